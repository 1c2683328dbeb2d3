//! Starting programs for tasks: cargo, git, apt-get. The one place of this crate that does.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::ExitStatus;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use crate::failure::Failure;

/// What a program ends with after Ctrl-C: 128 and the number of SIGINT.
pub(crate) const INTERRUPTED: i32 = 130;

/// A program to run to its end.
pub(crate) struct Program {
    command: Command,
    line: String,
}

impl Program {
    #[expect(clippy::disallowed_methods, reason = "tasks run before anything of ours is built")]
    pub(crate) fn new(name: impl AsRef<OsStr>) -> Self {
        let name = name.as_ref();
        let mut command = Command::new(name);
        command.stdin(Stdio::null());
        let line = Path::new(name).file_name().unwrap_or(name).to_string_lossy().into_owned();
        Self { command, line }
    }

    /// The cargo that runs this task.
    pub(crate) fn cargo() -> Self {
        Self::new(environment_value("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from))
    }

    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.line.push(' ');
        self.line.push_str(&argument.as_ref().to_string_lossy());
        self.command.arg(argument);
        self
    }

    pub(crate) fn args<A: AsRef<OsStr>>(self, arguments: impl IntoIterator<Item = A>) -> Self {
        arguments.into_iter().fold(self, Self::arg)
    }

    pub(crate) fn directory(mut self, directory: &Path) -> Self {
        self.command.current_dir(directory);
        self
    }

    pub(crate) fn variable(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Its whole environment, instead of ours.
    pub(crate) fn environment(mut self, variables: &BTreeMap<String, String>) -> Self {
        self.command.env_clear().envs(variables);
        self
    }

    /// Runs with our output; anything but exit 0 is a failure.
    pub(crate) fn run(mut self) -> Result<(), Failure> {
        let status = self.command.status().map_err(|error| self.not_started(&error))?;
        self.judged(status)
    }

    /// Runs and returns standard output; anything but exit 0 is a failure that carries standard error.
    pub(crate) fn read(mut self) -> Result<String, Failure> {
        let output = self.command.output().map_err(|error| self.not_started(&error))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(Failure::new(format!("`{}`: {}: {}", self.line, output.status, said.trim())));
        }
        String::from_utf8(output.stdout)
            .map_err(|_| Failure::new(format!("`{}` printed something that is not UTF-8", self.line)))
    }

    /// Starts it, with its standard output there, and does not wait.
    pub(crate) fn start(mut self, output: impl Into<Stdio>) -> Result<Child, Failure> {
        let started = self.command.stdout(output).stderr(Stdio::null()).spawn();
        started.map_err(|error| self.not_started(&error))
    }

    /// Runs without output of any kind; how long it took, from before its start until after its end. Anything but
    /// exit 0 is a failure.
    pub(crate) fn timed(mut self) -> Result<Duration, Failure> {
        self.command.stdout(Stdio::null()).stderr(Stdio::null());
        let began = Instant::now();
        let status = self.command.status().map_err(|error| self.not_started(&error))?;
        let took = began.elapsed();
        self.judged(status).map(|()| took)
    }

    fn judged(&self, status: ExitStatus) -> Result<(), Failure> {
        match status.code() {
            Some(0) => Ok(()),
            Some(INTERRUPTED) => Err(Failure::new("interrupted")),
            _ => Err(Failure::new(format!("`{}`: {status}", self.line))),
        }
    }

    fn not_started(&self, error: &std::io::Error) -> Failure {
        Failure::new(format!("`{}` could not be started: {error}", self.line))
    }
}

/// Where a program is on the search path.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let path = environment_value("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// One variable of the environment, when it is set and not empty.
#[expect(
    clippy::disallowed_methods,
    reason = "tasks are the edge: cargo and CI speak through the environment"
)]
pub(crate) fn environment_value(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
