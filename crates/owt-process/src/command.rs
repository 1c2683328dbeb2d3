//! The description of a process to be started. Plain data: nothing happens before `run`, `spawn`,
//! `spawn_detached` or `exec`.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::ffi::OsString;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use crate::Escalation;
use crate::Placement;
use crate::environment::Environment;

/// How long [`Cmd::run`] waits unless told otherwise: 60 seconds.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);

/// How much of each output stream [`Cmd::run`] keeps unless told otherwise: 16 MiB.
pub const DEFAULT_OUTPUT_CAP: usize = 16 * 1024 * 1024;

/// What a process reads on standard input in [`Cmd::run`].
#[derive(Debug, Clone, Default)]
pub enum Input {
    /// Nothing (`/dev/null`).
    #[default]
    Null,
    /// These bytes, then end of file.
    Bytes(Vec<u8>),
    /// This file.
    File(PathBuf),
}

/// A process to be started: program, arguments, environment, directory, limits.
///
/// A program given by name is looked up in the `PATH` of the child's environment, where empty and relative
/// entries are skipped: a repository's own folder never supplies a program. Inherited variables that point git
/// elsewhere are dropped ([`git_variables`](crate::git_variables)); those set by name here are kept.
#[derive(Debug, Clone)]
pub struct Cmd {
    program: OsString,
    arguments: Vec<OsString>,
    environment: Environment,
    directory: Option<PathBuf>,
    label: Option<String>,
    pub(crate) input: Input,
    pub(crate) timeout: Duration,
    pub(crate) output_cap: usize,
    pub(crate) escalation: Escalation,
    pub(crate) placement: Placement,
}

impl Cmd {
    /// A command that inherits our environment and runs in our current directory.
    pub fn new(program: impl Into<OsString>) -> Self {
        Self {
            program: program.into(),
            arguments: Vec::new(),
            environment: Environment::inherited(),
            directory: None,
            label: None,
            input: Input::Null,
            timeout: DEFAULT_TIMEOUT,
            output_cap: DEFAULT_OUTPUT_CAP,
            escalation: Escalation::TOOL,
            placement: Placement::OwnGroup,
        }
    }

    /// Adds an argument.
    pub fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Adds arguments.
    pub fn args<A: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Sets a variable.
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.set(name.into(), value.into());
        self
    }

    /// Sets variables by name, so that variables which point git elsewhere are kept. For another person's whole
    /// environment use [`Cmd::env_base`].
    pub fn envs<N: Into<OsString>, V: Into<OsString>>(
        mut self,
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        for (name, value) in variables {
            self.environment.set(name.into(), value.into());
        }
        self
    }

    /// Removes an inherited variable.
    pub fn env_remove(mut self, name: impl Into<OsString>) -> Self {
        self.environment.remove(name.into());
        self
    }

    /// Starts from an empty environment; forgets what was set before.
    pub fn env_clear(self) -> Self {
        self.env_base::<OsString, OsString>(BTreeMap::new())
    }

    /// Starts from this environment instead of ours (the one that came with a person's request); forgets what
    /// was set before. It counts as inherited: variables that point git elsewhere are dropped.
    pub fn env_base<N: Into<OsString>, V: Into<OsString>>(
        mut self,
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        self.environment
            .start_from(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect());
        self
    }

    /// Sets the working directory.
    pub fn current_dir(mut self, directory: impl AsRef<Path>) -> Self {
        self.directory = Some(directory.as_ref().to_owned());
        self
    }

    /// What [`Cmd::run`] feeds it; default [`Input::Null`]. The other ways to start have streams of their own.
    pub fn stdin(mut self, input: Input) -> Self {
        self.input = input;
        self
    }

    /// How long [`Cmd::run`] waits before it ends the whole tree; default [`DEFAULT_TIMEOUT`], and
    /// `Duration::MAX` is no limit.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How much of each output stream [`Cmd::run`] keeps, in bytes; default [`DEFAULT_OUTPUT_CAP`].
    pub const fn output_cap(mut self, bytes: usize) -> Self {
        self.output_cap = bytes;
        self
    }

    /// How a run that is out of time is ended; default [`Escalation::TOOL`].
    pub const fn escalation(mut self, escalation: Escalation) -> Self {
        self.escalation = escalation;
        self
    }

    /// Where the child stands among groups and sessions; default [`Placement::OwnGroup`].
    pub fn placement(mut self, placement: Placement) -> Self {
        self.placement = placement;
        self
    }

    /// What it is called in errors and trace records: `git status`. Without it errors show the command line.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    pub(crate) fn program(&self) -> &OsStr {
        &self.program
    }

    pub(crate) fn arguments(&self) -> impl Iterator<Item = &OsStr> {
        self.arguments.iter().map(OsString::as_os_str)
    }

    pub(crate) const fn environment(&self) -> &Environment {
        &self.environment
    }

    pub(crate) fn directory(&self) -> Option<&Path> {
        self.directory.as_deref()
    }

    /// The label, or the command line.
    pub(crate) fn label_text(&self) -> String {
        self.label.clone().unwrap_or_else(|| self.to_string())
    }
}
