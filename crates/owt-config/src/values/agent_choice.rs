//! Which agent to start when nobody names one.

use std::fmt;
use std::str::FromStr;

use super::SettingValue;

/// The agent to start when none is named. Whether there is such an agent is not known here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AgentChoice {
    /// The most preferred one of those that are installed.
    Auto,
    /// This one.
    Named(String),
}

/// The text cannot be an agent's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an agent's name has lower-case letters, digits, '-' and '_' only")]
pub struct WrongAgentName;

impl FromStr for AgentChoice {
    type Err = WrongAgentName;

    fn from_str(text: &str) -> Result<Self, WrongAgentName> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        match text {
            "auto" => Ok(Self::Auto),
            _ if !text.is_empty() && text.len() <= 64 && text.chars().all(plain) => {
                Ok(Self::Named(text.to_owned()))
            }
            _ => Err(WrongAgentName),
        }
    }
}

impl fmt::Display for AgentChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Named(name) => f.write_str(name),
        }
    }
}

impl SettingValue for AgentChoice {
    const EXPECTS: &'static str = "an agent's name such as \"claude\", or \"auto\"";
    const EXAMPLES: &'static [&'static str] = &["auto", "claude", "codex"];
}
