//! What a configuration says that is well written and leads nowhere on this machine. It holds nothing up: the same file
//! may be right on another machine, or in a moment.

use std::fmt;

use owt_api::Finding;
use owt_config::Origin;
use owt_core::AbsPath;
use owt_engine::UnknownMention;

use crate::home_faults;

/// One thing that leads nowhere.
#[derive(Debug)]
pub(crate) enum Doubt {
    /// An agent that there is none of.
    Agent(UnknownMention),
    /// `[agents.NAME] path`: nothing can be run there.
    Path {
        /// The agent.
        agent: String,
        /// Where the path stands.
        place: String,
        /// The path.
        path: AbsPath,
    },
    /// `[tools.NAME]`: its program is nowhere.
    Tool {
        /// The tool.
        name: String,
        /// Where it is described.
        place: Origin,
        /// Its program.
        binary: String,
    },
    /// A file with a secret or an address of `[notify]`.
    Secret {
        /// The setting.
        key: &'static str,
        /// Where it stands.
        place: Origin,
        /// What is wrong with what lies there.
        why: String,
    },
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Agent(mention) => mention.fmt(f),
            Self::Path { agent, place, path } => {
                write!(f, "{place}: agents.{agent}.path: there is nothing to run at {path}")
            }
            Self::Tool { name, place, binary } => write!(
                f,
                "{place}: tools.{name}: its program '{binary}' is neither on your search path (PATH) nor at a known path"
            ),
            Self::Secret { key, place, why } => write!(f, "{place}: {key}: {why}"),
        }
    }
}

impl Doubt {
    /// The same as doctor tells it.
    pub(crate) fn finding(&self) -> Finding {
        let (code, subject, why, remedy) = match self {
            Self::Agent(mention) => (
                "unknown_agent",
                mention.unknown.name.as_str(),
                "what is said of it changes nothing, and where it is chosen nothing can be started",
                "name it as owt agents does, bring a manifest of that name, or take it out",
            ),
            Self::Path { agent: name, .. } | Self::Tool { name, .. } => (
                "agent_program_missing",
                name.as_str(),
                "nothing can be started with it on this machine",
                "install it, name the path where it is, or take it out",
            ),
            Self::Secret { key, .. } => (
                "secret_unreadable",
                *key,
                "you are not told by the webhook what your agents need",
                "put it there, or name where it is",
            ),
        };
        home_faults::for_the_person(code, subject, self.to_string(), why, remedy)
    }
}
