//! The launch file: what a host is to start, handed over as a private JSON file.
//!
//! The port's plan plus what only the adapter decides (socket, log limit, patience). It carries secrets of a
//! person's environment: 0600, never logged, and gone when the session is over. It must not know how the program is started.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use owt_core::AbsPath;
use owt_core::AttemptId;
use owt_core::DeliveryId;
use owt_core::pane::AltKeys;
use owt_core::pane::Pane;
use owt_core::session::SessionKind;
use owt_core::session::SessionLimits;
use owt_ports::SessionInput;
use owt_ports::SessionPlan;
use serde::Deserialize;
use serde::Serialize;

use crate::private;

/// The version of the format that this program writes and reads.
const FORMAT: u32 = 1;

/// The variable that marks every process of an attempt, so that strays of a killed host can be found.
pub(crate) const MARKER: &str = "OWT_ATTEMPT";

/// What a host is to do.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct LaunchFile {
    format: u32,
    pub(crate) attempt: AttemptId,
    pub(crate) kind: SessionKind,
    pub(crate) argv: Vec<String>,
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) directory: AbsPath,
    pub(crate) stdin: Stdin,
    pub(crate) limits: SessionLimits,
    pub(crate) title: String,
    pub(crate) socket: AbsPath,
    pub(crate) tuning: HostTuning,
    /// What stands beside the program in its window; older files have nothing.
    #[serde(default)]
    pub(crate) panes: Vec<Pane>,
    #[serde(default)]
    pub(crate) pane_environment: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) alt_keys: AltKeys,
}

/// What the program reads on standard input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Stdin {
    Nothing,
    File { path: AbsPath, delivery: Option<DeliveryId> },
    Open,
    Terminal,
}

/// What a host keeps to besides the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostTuning {
    /// The largest log of one stream in bytes; a session that prints more is ended
    /// ([`EndReason::LogFull`](owt_core::session::EndReason::LogFull)).
    pub log_limit: u64,
    /// The same for a terminal, whose pictures are redrawn all day long while a person works in it.
    pub terminal_log_limit: u64,
    /// Time to obey an interrupt, before a terminate follows.
    pub interrupt_grace: Duration,
    /// Time to obey a terminate, before a kill follows.
    pub terminate_grace: Duration,
}

impl HostTuning {
    pub(crate) const fn log_limit_of(&self, kind: SessionKind) -> u64 {
        if kind.is_terminal() { self.terminal_log_limit } else { self.log_limit }
    }
}

impl Default for HostTuning {
    fn default() -> Self {
        Self {
            log_limit: 256 * 1024 * 1024,
            terminal_log_limit: 2 * 1024 * 1024 * 1024,
            interrupt_grace: owt_process::Escalation::AGENT.interrupt,
            terminate_grace: owt_process::Escalation::AGENT.terminate,
        }
    }
}

/// Why a plan cannot become a launch file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PlanError {
    #[error("the plan names no program")]
    NoProgram,
    #[error("the program '{0}' is not an absolute path")]
    RelativeProgram(String),
    #[error("an argument or variable holds a NUL byte")]
    Nul,
    #[error("a {kind} session cannot have {stdin} on standard input")]
    Stdin { kind: &'static str, stdin: &'static str },
}

impl LaunchFile {
    /// Joins a plan with what the adapter decides.
    pub(crate) fn new(plan: &SessionPlan, socket: AbsPath, tuning: HostTuning) -> Result<Self, PlanError> {
        check(plan)?;
        let mut environment = plan.environment.clone();
        environment.insert(MARKER.to_owned(), plan.attempt.to_string());
        if let Some(name) = terminal_name(plan.kind) {
            environment.insert("TERM".to_owned(), name.to_owned());
        }
        Ok(Self {
            format: FORMAT,
            attempt: plan.attempt,
            kind: plan.kind,
            argv: plan.argv.clone(),
            environment,
            directory: plan.directory.clone(),
            stdin: Stdin::from(&plan.stdin),
            limits: plan.limits,
            title: plan.title.clone(),
            socket,
            tuning,
            panes: plan.window.panes.clone(),
            pane_environment: plan.window.environment.clone(),
            alt_keys: plan.window.alt_keys,
        })
    }

    /// Writes it where a host will read it.
    pub(crate) fn write(&self, path: &AbsPath) -> io::Result<()> {
        private::replace(path, &serde_json::to_vec(self)?)
    }

    /// Reads one; refuses one of another owner, with an open mode, or of a format that we do not know.
    pub(crate) fn read(path: &AbsPath) -> io::Result<Self> {
        let bytes = private::read(path)?;
        let file: Self = serde_json::from_slice(&bytes)?;
        if file.format != FORMAT {
            let message = format!("{path} has format {}, this program reads {FORMAT}", file.format);
            return Err(io::Error::new(io::ErrorKind::Unsupported, message));
        }
        Ok(file)
    }
}

/// The terminal that programs in our tmux server see. ncurses before 6.1, which macOS ships, has no
/// `tmux-256color`.
pub(crate) const TERMINAL_NAME: &str =
    if cfg!(target_os = "macos") { "screen-256color" } else { "tmux-256color" };

/// The terminal that programs on a terminal of our own see. Every ncurses knows it; where tmux is not installed,
/// its terminals often are not described either.
const OWN_TERMINAL_NAME: &str = "xterm-256color";

const fn terminal_name(kind: SessionKind) -> Option<&'static str> {
    match kind {
        SessionKind::Headless | SessionKind::Structured => None,
        SessionKind::Tmux => Some(TERMINAL_NAME),
        SessionKind::Pty => Some(OWN_TERMINAL_NAME),
    }
}

fn check(plan: &SessionPlan) -> Result<(), PlanError> {
    let program = plan.argv.first().ok_or(PlanError::NoProgram)?;
    if !program.starts_with('/') {
        return Err(PlanError::RelativeProgram(program.clone()));
    }
    let variables = plan.environment.iter().flat_map(|(name, value)| [name, value]);
    if plan.argv.iter().chain(variables).any(|text| text.contains('\0')) {
        return Err(PlanError::Nul);
    }
    match (plan.kind, &plan.stdin) {
        (SessionKind::Headless, SessionInput::Nothing | SessionInput::File { .. })
        | (SessionKind::Structured, SessionInput::Open)
        | (SessionKind::Tmux | SessionKind::Pty, SessionInput::Terminal) => Ok(()),
        (kind, stdin) => Err(PlanError::Stdin { kind: kind.as_str(), stdin: Stdin::from(stdin).word() }),
    }
}

impl Stdin {
    const fn word(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::File { .. } => "a file",
            Self::Open => "an open pipe",
            Self::Terminal => "a terminal",
        }
    }
}

impl From<&SessionInput> for Stdin {
    fn from(input: &SessionInput) -> Self {
        match input {
            SessionInput::Nothing => Self::Nothing,
            SessionInput::File { path, delivery } => Self::File { path: path.clone(), delivery: *delivery },
            SessionInput::Open => Self::Open,
            SessionInput::Terminal => Self::Terminal,
        }
    }
}

#[cfg(test)]
mod tests {
    use owt_ports::WindowPlan;

    use super::*;

    fn plan(kind: SessionKind, stdin: SessionInput) -> SessionPlan {
        SessionPlan {
            attempt: AttemptId::from_bits(5),
            kind,
            argv: vec!["/bin/true".to_owned()],
            environment: BTreeMap::from([("TERM".to_owned(), "xterm-kitty".to_owned())]),
            directory: AbsPath::new("/").unwrap(),
            stdin,
            limits: SessionLimits { wall: None, idle: Some(Duration::from_millis(1500)) },
            title: String::new(),
            window: WindowPlan::default(),
        }
    }

    fn made(plan: &SessionPlan) -> Result<LaunchFile, PlanError> {
        LaunchFile::new(plan, AbsPath::new("/run/a.sock").unwrap(), HostTuning::default())
    }

    #[test]
    fn it_is_read_back_as_written_with_marker_and_terminal_set() {
        let folder = tempfile::tempdir().unwrap();
        let path = AbsPath::new(folder.path().join("launch.json")).unwrap();
        made(&plan(SessionKind::Tmux, SessionInput::Terminal)).unwrap().write(&path).unwrap();
        let file = LaunchFile::read(&path).unwrap();
        assert_eq!(file.environment["TERM"], TERMINAL_NAME);
        assert_eq!(file.environment[MARKER], AttemptId::from_bits(5).to_string());
        assert_eq!(file.limits.idle, Some(Duration::from_millis(1500)));
    }

    #[test]
    fn a_newer_format_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = AbsPath::new(folder.path().join("launch.json")).unwrap();
        let mut file = made(&plan(SessionKind::Headless, SessionInput::Nothing)).unwrap();
        file.format = 2;
        file.write(&path).unwrap();
        let error = LaunchFile::read(&path).err().unwrap();
        assert!(error.to_string().contains("format 2"), "{error}");
    }

    #[test]
    fn a_plan_that_cannot_be_started_is_refused() {
        let mut relative = plan(SessionKind::Headless, SessionInput::Nothing);
        relative.argv = vec!["sh".to_owned()];
        assert_eq!(made(&relative).err(), Some(PlanError::RelativeProgram("sh".to_owned())));
        let odd = plan(SessionKind::Headless, SessionInput::Terminal);
        assert!(matches!(made(&odd).err(), Some(PlanError::Stdin { .. })));
        let mut nul = plan(SessionKind::Structured, SessionInput::Open);
        nul.argv.push("a\0b".to_owned());
        assert_eq!(made(&nul).err(), Some(PlanError::Nul));
    }
}
