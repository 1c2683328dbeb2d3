//! Why a launch is refused: before anything is done, with what would be possible instead.

use std::fmt;

use owt_core::Permissions;
use owt_core::session::SessionKind;

use crate::names::AgentName;

/// Why an agent cannot be started as wanted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LaunchError {
    /// It cannot be started in this kind of session.
    #[error("{agent} cannot be started {}; it can {}", mode(*.kind), list(.supported.iter().map(|kind| mode(*kind))))]
    Mode {
        /// The agent.
        agent: AgentName,
        /// What was wanted.
        kind: SessionKind,
        /// What it can.
        supported: Vec<SessionKind>,
    },
    /// It cannot enforce this level in this kind of session.
    #[error("{agent} cannot enforce '{level}' {}: {reason}; it can {}", mode(*.kind), list(.supported.iter()))]
    Permissions {
        /// The agent.
        agent: AgentName,
        /// The session.
        kind: SessionKind,
        /// What was wanted.
        level: Permissions,
        /// Why not.
        reason: String,
        /// What it can.
        supported: Vec<Permissions>,
    },
    /// It has no level that may be taken unasked.
    #[error("{agent} enforces no permissions {}: ask for '{}' if that is meant", mode(*.kind), list(.supported.iter()))]
    LevelNeeded {
        /// The agent.
        agent: AgentName,
        /// The session.
        kind: SessionKind,
        /// What it can.
        supported: Vec<Permissions>,
    },
    /// Its permissions are not ours to manage.
    #[error(
        "the permissions of {agent} are its own, so '{level}' cannot be enforced; leave out --permissions to run it as its command_template says"
    )]
    Unmanaged {
        /// The agent.
        agent: AgentName,
        /// What was wanted.
        level: Permissions,
    },
    /// It has no read-only mode that it enforces.
    #[error("{agent} cannot be held to planning {}: {reason}", mode(*.kind))]
    Plan {
        /// The agent.
        agent: AgentName,
        /// The session.
        kind: SessionKind,
        /// Why not.
        reason: String,
    },
    /// Its model cannot be chosen by us.
    #[error("the model of {0} cannot be chosen on the command line")]
    Model(AgentName),
    /// What the repository brings along is not approved and cannot be kept out.
    #[error("{agent} would obey what this repository brings along ({}), and it cannot be kept out: {reason}; approve it first", list(.brings.iter()))]
    Extras {
        /// The agent.
        agent: AgentName,
        /// Files and folders that it would obey.
        brings: Vec<String>,
        /// Why they cannot be kept out.
        reason: String,
    },
    /// It cannot take up an earlier conversation.
    #[error("{agent} cannot take up an earlier conversation {}", mode(*.kind))]
    Resume {
        /// The agent.
        agent: AgentName,
        /// The session.
        kind: SessionKind,
    },
    /// This kind of session starts with a prompt.
    #[error("{agent} needs a prompt to be started {}", mode(*.kind))]
    PromptMissing {
        /// The agent.
        agent: AgentName,
        /// The session.
        kind: SessionKind,
    },
    /// The prompt has to travel as an argument and is too long for that.
    #[error(
        "{agent} takes its prompt as an argument, and {bytes} bytes are more than the {limit} that may travel so"
    )]
    PromptTooLong {
        /// The agent.
        agent: AgentName,
        /// Its length.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// A command for the program that would be taken as an option.
    #[error("{0} takes its prompt as an argument, and one that begins with '-' would be taken as an option")]
    PromptLooksLikeOption(AgentName),
}

fn mode(kind: SessionKind) -> &'static str {
    match kind {
        SessionKind::Headless => "headless",
        SessionKind::Structured => "by a machine protocol",
        SessionKind::Tmux | SessionKind::Pty => "in a terminal",
    }
}

fn list<T: fmt::Display>(items: impl Iterator<Item = T>) -> String {
    let items: Vec<String> = items.map(|item| item.to_string()).collect();
    if items.is_empty() { "nothing else".to_owned() } else { items.join(", ") }
}
