//! Names that cross to an agent program: checked once, so that none is ever taken as an option.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

/// Why a name was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// No agent's name.
    #[error("'{0}' is not an agent name (lower-case letters, digits, '-', '_'; a letter first; at most 40)")]
    Agent(String),
    /// No model's name.
    #[error("'{0}' is not a model name (no blanks or control characters, no leading '-', at most 200 bytes)")]
    Model(String),
    /// No conversation's id.
    #[error(
        "'{0}' is not a conversation id (no blanks or control characters, no leading '-', at most 200 bytes)"
    )]
    Conversation(String),
}

macro_rules! checked_name {
    ($(#[$doc:meta])* $name:ident, $check:expr, $error:path) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks a name.
            ///
            /// # Errors
            /// [`NameError`].
            pub fn new(name: &str) -> Result<Self, NameError> {
                if $check(name) { Ok(Self(name.to_owned())) } else { Err($error(name.to_owned())) }
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;

            fn try_from(name: String) -> Result<Self, NameError> {
                Self::new(&name)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }
    };
}

checked_name!(
    /// What an agent is called on the command line and in files.
    AgentName, is_agent_name, NameError::Agent
);
checked_name!(
    /// A model in the agent's own words.
    ModelName, is_plain_argument, NameError::Model
);
checked_name!(
    /// A conversation in the agent's own words (Claude Code: session id, Codex: thread id).
    ConversationId, is_plain_argument, NameError::Conversation
);

impl ConversationId {
    /// A version 4 UUID made of these bits; the caller owns uniqueness. Claude Code takes nothing else
    /// (2.1.197: "must be a valid UUID").
    pub fn from_bits(bits: u128) -> Self {
        let bits = (bits & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
        let hex = format!("{bits:032x}");
        Self([&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-"))
    }
}

fn is_agent_name(name: &str) -> bool {
    name.len() <= 40
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_')
}

fn is_plain_argument(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 200
        && !name.starts_with('-')
        && !name.chars().any(|c| c.is_whitespace() || c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_could_be_taken_as_options_are_refused() {
        assert!(AgentName::new("claude-2_x").is_ok());
        for bad in ["", "-x", "Claude", "a b", "2fast", "a/b"] {
            assert!(AgentName::new(bad).is_err(), "{bad}");
        }
        assert!(ModelName::new("openrouter/x:y[1m]").is_ok());
        for bad in ["", "-m", "a b", "a\nb"] {
            assert!(ModelName::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn bits_become_a_valid_version_4_uuid() {
        assert_eq!(ConversationId::from_bits(0).as_str(), "00000000-0000-4000-8000-000000000000");
        assert_eq!(ConversationId::from_bits(u128::MAX).as_str(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }
}
