//! A box: an own home, an own environment, and if wanted a server whose answers the test decides.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use owt_api::Build;
use owt_config::Environment;
use owt_config::Places;
use owt_process::Cmd;
use owt_process::Input;
use owt_server::Instance;
use owt_server::Patience;
use owt_server::ServeError;
use owt_server::ServerOptions;
use owt_server::Service;
use owt_server::StopReason;

use crate::rehearsal::PATIENCE;
use crate::rehearsal::Rehearsal;

/// What a command printed and how it ended.
#[derive(Debug)]
#[must_use = "look at the exit code at least"]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// Standard output, standard error and exit code together, for snapshots.
    pub(crate) fn told(&self) -> String {
        format!("{}{}[exit {}]", self.stdout, self.stderr, self.code)
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        assert_eq!(self.stdout.lines().count(), 1, "{self:?}");
        serde_json::from_str(&self.stdout).unwrap()
    }
}

pub(crate) struct Sealed {
    pub(crate) home: tempfile::TempDir,
    pub(crate) environment: BTreeMap<String, String>,
}

impl Sealed {
    pub(crate) fn new() -> Self {
        // A short path: sockets lie below it.
        let home = tempfile::Builder::new().prefix("owt").tempdir_in("/tmp").unwrap();
        for folder in ["home", "run", "work"] {
            std::fs::create_dir(home.path().join(folder)).unwrap();
        }
        let path = |name: &str| home.path().join(name).display().to_string();
        let environment = [
            ("HOME", path("home")),
            ("OWT_HOME", path("owt")),
            ("XDG_RUNTIME_DIR", path("run")),
            ("PATH", "/usr/bin:/bin".to_owned()),
            ("TERM", "xterm-256color".to_owned()),
        ];
        let environment = environment.map(|(name, value)| (name.to_owned(), value)).into();
        Self { home, environment }
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn work(&self) -> PathBuf {
        self.home.path().join("work")
    }

    pub(crate) fn places(&self) -> Places {
        let uid = rustix::process::geteuid().as_raw();
        Places::of(&Environment::new(self.environment.clone(), uid)).unwrap()
    }

    pub(crate) fn cmd(&self, arguments: &[&str]) -> Cmd {
        Cmd::new(env!("CARGO_BIN_EXE_owt"))
            .args(arguments.iter().copied())
            .env_base(self.environment.clone())
            .current_dir(self.work())
            .timeout(Duration::from_secs(60))
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        ran(&self.cmd(arguments))
    }

    /// Makes the folder of commands a repository with one commit on `main`.
    pub(crate) fn make_repository(&self) {
        for arguments in [
            &["init", "--quiet", "--initial-branch=main"][..],
            &["config", "user.name", "Somebody"],
            &["config", "user.email", "somebody@example.com"],
            &["commit", "--quiet", "--allow-empty", "--message=Begin"],
        ] {
            self.git(arguments);
        }
    }

    /// git as a person uses it here.
    pub(crate) fn git(&self, arguments: &[&str]) {
        let git = Cmd::new("git").args(arguments.iter().copied()).env_base(self.environment.clone());
        git.current_dir(self.work()).run_checked().unwrap();
    }

    /// Makes an agent known: a shell script, started without a terminal and with the task as its last argument.
    pub(crate) fn make_agent(&self, name: &str, script: &str) {
        let program = self.home.path().join(name);
        std::fs::write(&program, format!("#!/bin/sh\n{script}")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        std::fs::create_dir_all(self.home.path().join("owt")).unwrap();
        let lines = format!("[tools.{name}]\nbinary = \"{}\"\nsupports_headless = true\n", program.display());
        std::fs::write(self.home.path().join("owt/config.toml"), lines).unwrap();
    }

    /// Ends the server at once and without its knowledge.
    pub(crate) fn kill_server(&self) {
        let status = self.run(&["server", "status", "--json"]).json();
        let pid = i32::try_from(status["data"]["pid"].as_i64().unwrap()).unwrap();
        let pid = rustix::process::Pid::from_raw(pid).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    }

    /// Ends the server as a person, whatever session the box is in.
    fn stop_server(&self) {
        let cmd = ["OWT_ATTEMPT", "OWT_TOKEN", "OWT_DB_PATH"]
            .into_iter()
            .fold(self.cmd(&["server", "stop"]), Cmd::env_remove);
        assert_eq!(ran(&cmd).code, 0);
    }

    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &[u8]) -> Ran {
        ran(&self.cmd(arguments).stdin(Input::Bytes(input.to_vec())))
    }
}

pub(crate) fn ran(cmd: &Cmd) -> Ran {
    let output = cmd.run().unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: output.stdout_utf8_lossy().into_owned(),
        stderr: output.stderr_utf8_lossy().into_owned(),
    }
}

/// Ends the real server of a box with it.
impl Drop for Sealed {
    fn drop(&mut self) {
        if self.home.path().join("owt/data/server.lock").exists() {
            self.stop_server();
        }
    }
}

/// A box with a rehearsed server.
pub(crate) struct Staged {
    pub(crate) sealed: Sealed,
    pub(crate) service: Arc<Rehearsal>,
    server: Option<JoinHandle<Result<StopReason, ServeError>>>,
}

impl Staged {
    pub(crate) fn new() -> Self {
        Self::of(Sealed::new(), Build(i64::MAX))
    }

    pub(crate) fn of(sealed: Sealed, build: Build) -> Self {
        let places = sealed.places();
        places.make_folders().unwrap();
        let socket = places.server_socket().as_path().to_owned();
        let lock = places.data.join("server.lock").as_path().to_owned();
        let instance = Instance::claim(&lock, Patience::None).unwrap();
        let listener = owt_server::bind(&socket, &instance).unwrap();
        let service = Rehearsal::new();
        let shared: Arc<dyn Service> = Arc::clone(&service) as _;
        let options = ServerOptions {
            socket,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            build,
            started_at: "2026-01-01T00:00:00Z".to_owned(),
            idle_exit: None,
            drain: Duration::from_secs(5),
        };
        let (tell, ready) = mpsc::channel();
        let serve =
            move || owt_server::serve(instance, listener, shared, options, move || tell.send(()).unwrap());
        let server = std::thread::Builder::new().name("server".to_owned()).spawn(serve).unwrap();
        ready.recv_timeout(PATIENCE).unwrap();
        Self { sealed, service, server: Some(server) }
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.sealed.run(arguments)
    }

    /// Waits for the server's end.
    pub(crate) fn ended(&mut self) -> StopReason {
        self.server.take().unwrap().join().unwrap().unwrap()
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            self.sealed.stop_server();
            drop(server.join());
        }
    }
}
