//! Being deaf to signals. A process cannot say that in safe Rust, but a shell can, and what it ignores stays
//! ignored in the program that it becomes.

use owt_process::Cmd;
use owt_process::ProcessError;
use serde::Deserialize;
use serde::Serialize;

/// A signal that can be ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignalName {
    /// Ctrl-C from a terminal that still makes signals of keys.
    Int,
    /// A polite request to end.
    Term,
    /// The terminal is gone.
    Hup,
}

/// Marks the second life, in which the signals are ignored already.
pub(super) const MARK: &str = "SCRIPTED_AGENT_IS_DEAF";

/// Ignores the signals named in its first word and becomes the rest.
const BECOME_DEAF: &str = r#"for name in $1; do trap "" "$name"; done; shift; exec "$@""#;

/// Starts this program over, deaf to the signals; returns only when that failed.
pub(super) fn become_deaf(names: &[SignalName], argv: &[String]) -> ProcessError {
    let names: Vec<&str> = names.iter().map(|name| name.posix()).collect();
    let script = ["-c", BECOME_DEAF, "scripted-agent"];
    Cmd::new("sh").args(script).arg(names.join(" ")).args(argv.to_vec()).env(MARK, "1").exec()
}

impl SignalName {
    const fn posix(self) -> &'static str {
        match self {
            Self::Int => "INT",
            Self::Term => "TERM",
            Self::Hup => "HUP",
        }
    }
}
