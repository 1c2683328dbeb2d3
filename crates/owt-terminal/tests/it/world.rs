//! A world of sessions below a temporary folder, taken away with everything in it.

use std::path::Path;
use std::process;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;

use owt_core::AbsPath;
use owt_core::AttemptId;
use owt_core::session::EndReason;
use owt_core::session::SessionKind;
use owt_core::session::SessionLimits;
use owt_ports::SessionInput;
use owt_ports::SessionPlan;
use owt_ports::SessionPresence;
use owt_ports::Sessions;
use owt_ports::WindowPlan;
use owt_process::Cmd;
use owt_process::tree::ProcessIdentity;
use owt_terminal::HostTuning;
use owt_terminal::LocalSessions;
use owt_terminal::SessionPaths;
use owt_testkit::sessions_conformance::Listener;
use owt_testkit::sessions_conformance::Script;
use owt_testkit::sessions_conformance::SessionsHarness;

use crate::terminal_client::TerminalClient;

static MINTED: AtomicU32 = AtomicU32::new(0);

/// Short graces: the programs of these tests obey at once or never.
pub(crate) const TUNING: HostTuning = HostTuning {
    log_limit: 8 * 1024 * 1024,
    terminal_log_limit: 8 * 1024 * 1024,
    interrupt_grace: Duration::from_millis(300),
    terminate_grace: Duration::from_millis(300),
};

pub(crate) struct World {
    folder: tempfile::TempDir,
    pub(crate) paths: SessionPaths,
    pub(crate) tuning: HostTuning,
    pub(crate) sessions: Arc<LocalSessions>,
}

#[expect(clippy::print_stdout, reason = "whoever reads the tests' output must know what was left out")]
#[expect(
    clippy::disallowed_methods,
    reason = "where this machine has its tools is known by its environment alone"
)]
pub(crate) fn tmux_program() -> Option<AbsPath> {
    let path = std::env::var("PATH").unwrap_or_default();
    let found = owt_process::find_program("tmux", &path, &[]);
    if found.is_none() {
        println!("skipped: tmux is not installed");
    }
    found
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(TUNING)
    }

    /// Below `/tmp`: a socket's path must be short. The names have what people's folders have.
    pub(crate) fn with(tuning: HostTuning) -> Self {
        let folder = tempfile::Builder::new().prefix("owt ü ").tempdir_in("/tmp").unwrap();
        let path = |name: &str| AbsPath::new(folder.path().join(name)).unwrap();
        let paths = SessionPaths {
            runtime_dir: path("run time"),
            attempts_dir: path("attempts 'ä' $HOME;"),
            owt_program: AbsPath::new(env!("CARGO_BIN_EXE_owt-session-host")).unwrap(),
            tmux_program: tmux_program(),
        };
        std::fs::create_dir(folder.path().join("work dir")).unwrap();
        let sessions = Arc::new(LocalSessions::new(paths.clone(), tuning));
        Self { folder, paths, tuning, sessions }
    }

    pub(crate) fn path(&self, name: &str) -> AbsPath {
        AbsPath::new(self.folder.path().join(name)).unwrap()
    }

    pub(crate) fn fresh_attempt(&self) -> AttemptId {
        AttemptId::from_bits(self.fresh_bits())
    }

    pub(crate) fn plan(&self, kind: SessionKind, argv: &[&str]) -> SessionPlan {
        SessionPlan {
            attempt: self.fresh_attempt(),
            kind,
            argv: argv.iter().map(|word| (*word).to_owned()).collect(),
            environment: [("PATH".to_owned(), "/usr/local/bin:/usr/bin:/bin".to_owned())].into(),
            directory: self.directory(),
            stdin: match kind {
                SessionKind::Headless => SessionInput::Nothing,
                SessionKind::Structured => SessionInput::Open,
                SessionKind::Tmux | SessionKind::Pty => SessionInput::Terminal,
            },
            limits: SessionLimits { wall: None, idle: None },
            title: "a #(touch /tmp/owned) title;".to_owned(),
            window: WindowPlan::default(),
        }
    }

    pub(crate) fn shell(&self, kind: SessionKind, script: &str) -> SessionPlan {
        self.plan(kind, &["/bin/sh", "-c", script])
    }

    pub(crate) fn launch(&self, plan: &SessionPlan) -> Arc<Listener> {
        self.sessions.launch(plan).unwrap();
        self.listen(plan.attempt)
    }

    pub(crate) fn listen(&self, attempt: AttemptId) -> Arc<Listener> {
        let listener = Arc::new(Listener::default());
        self.sessions.watch(attempt, 0, Arc::clone(&listener) as _).unwrap();
        listener
    }

    /// The pids of the host and of its program.
    pub(crate) fn pids(&self, attempt: AttemptId) -> (u32, u32) {
        match self.sessions.probe(attempt).unwrap() {
            SessionPresence::Running { host_pid, program_pid, .. } => (host_pid, program_pid),
            other => panic!("{attempt} does not run: {other:?}"),
        }
    }

    pub(crate) fn attempt_file(&self, attempt: AttemptId, name: &str) -> AbsPath {
        self.paths.attempts_dir.join(&format!("{attempt}/{name}"))
    }

    pub(crate) fn host_socket(&self, attempt: AttemptId) -> AbsPath {
        self.paths.runtime_dir.join(&format!("{attempt}.sock"))
    }

    /// Whether a host still has a terminal as its standard input that somebody holds.
    pub(crate) fn pane_of_host_is_open(&self, attempt: AttemptId) -> bool {
        let (host, _) = self.pids(attempt);
        let name = std::fs::read_link(format!("/proc/{host}/fd/0")).unwrap();
        name.exists()
    }

    /// A command to our own tmux server; what it printed.
    pub(crate) fn tmux(&self, words: &[&str]) -> String {
        let tmux = self.paths.tmux_program.as_ref().unwrap();
        let socket = self.paths.runtime_dir.join("tmux.sock");
        let output = Cmd::new(tmux.as_str()).args(["-S", socket.as_str()]).args(words).run().unwrap();
        output.stdout_utf8_lossy().trim().to_owned()
    }

    pub(crate) fn tmux_server_pid(&self) -> u32 {
        self.tmux(&["display-message", "-p", "#{pid}"]).parse().unwrap()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for attempt in self.sessions.known().unwrap_or_default() {
            let _ = self.sessions.stop(attempt, EndReason::Requested);
            let _ = self.sessions.end_strays(attempt);
        }
        if self.paths.tmux_program.is_some() && self.paths.runtime_dir.join("tmux.sock").as_path().exists() {
            self.tmux(&["kill-server"]);
        }
    }
}

/// Waits until something that tells nobody has come to be.
#[expect(clippy::disallowed_methods, reason = "the kernel tells nobody that a foreign process is gone")]
pub(crate) fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let latest = Instant::now() + Duration::from_secs(60);
    while !condition() {
        assert!(Instant::now() < latest, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// `kill -9` of one process, and its end awaited.
pub(crate) fn kill(pid: u32) {
    let process = ProcessIdentity::of(pid).expect("it lives");
    signal(pid, rustix::process::Signal::KILL);
    until("the killed process to be gone", || !process.is_alive());
}

/// Sends one process a signal.
pub(crate) fn signal(pid: u32, signal: rustix::process::Signal) {
    let raw = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    rustix::process::kill_process(raw, signal).unwrap();
}

pub(crate) fn is_alive(pid: u32) -> bool {
    ProcessIdentity::of(pid).is_some_and(ProcessIdentity::is_alive)
}

pub(crate) fn exists(path: &AbsPath) -> bool {
    Path::new(path.as_str()).exists()
}

impl SessionsHarness for World {
    fn sessions(&self) -> Arc<dyn Sessions> {
        Arc::new(LocalSessions::new(self.paths.clone(), self.tuning))
    }

    fn kinds(&self) -> Vec<SessionKind> {
        let mut kinds = vec![SessionKind::Headless, SessionKind::Structured];
        kinds.push(SessionKind::Pty);
        kinds.extend(self.paths.tmux_program.is_some().then_some(SessionKind::Tmux));
        kinds
    }

    fn fresh_bits(&self) -> u128 {
        (u128::from(process::id()) << 32) | u128::from(MINTED.fetch_add(1, Ordering::SeqCst))
    }

    fn argv(&self, kind: SessionKind, script: Script) -> Vec<String> {
        let script = match (script, kind.is_terminal()) {
            (Script::Missing, _) => return vec!["/nonexistent/program".to_owned()],
            (Script::Say, _) => "printf 'hello wörld'; exit 3",
            (Script::Wait, true) => "stty -echo; printf ready; exec sleep 1000",
            (Script::Wait, false) => "printf ready; exec sleep 1000",
            (Script::Stubborn, _) => "trap '' INT TERM HUP; printf ready; while :; do sleep 1000; done",
            (Script::Plain, _) => "printf ready; exec cat",
            (Script::Repeat, true) => r"stty raw -echo; printf '\033[?2004hready'; exec cat",
            (Script::Repeat, false) => {
                r#"echo ready; while IFS= read -r line; do [ "$line" = quit ] && exit 0; printf '%s\n' "$line"; done"#
            }
        };
        ["/bin/sh", "-c", script].map(str::to_owned).to_vec()
    }

    fn file(&self, content: &str) -> AbsPath {
        let path = self.path(&format!("input {}", self.fresh_bits()));
        std::fs::write(&path, content).unwrap();
        path
    }

    fn directory(&self) -> AbsPath {
        self.path("work dir")
    }

    fn kill_host(&self, attempt: AttemptId) {
        kill(self.pids(attempt).0);
    }

    fn let_time_pass(&self) {}

    fn person_types(&self, attempt: AttemptId) {
        let client = TerminalClient::attach(&self.host_socket(attempt));
        client.type_keys(b"half a li");
        // The keys have been taken once the program has repeated them.
        client.await_output("half a li");
    }
}
