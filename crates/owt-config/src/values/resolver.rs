//! `landing.resolve`: the agent that settles what conflicts, or none.

use std::fmt;
use std::str::FromStr;

use super::AgentChoice;
use super::SettingValue;
use super::agent_choice::WrongAgentName;

/// The agent that settles what conflicts. Whether there is such an agent is not known here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolver {
    /// None, unless a command names one.
    Off,
    /// This one.
    Named(String),
}

impl FromStr for Resolver {
    type Err = WrongAgentName;

    fn from_str(text: &str) -> Result<Self, WrongAgentName> {
        match text {
            "off" => Ok(Self::Off),
            _ => match text.parse()? {
                AgentChoice::Named(name) => Ok(Self::Named(name)),
                AgentChoice::Auto => Err(WrongAgentName),
            },
        }
    }
}

impl fmt::Display for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("off"),
            Self::Named(name) => f.write_str(name),
        }
    }
}

impl SettingValue for Resolver {
    const EXPECTS: &'static str = "an agent's name such as \"claude\", or \"off\"";
    const EXAMPLES: &'static [&'static str] = &["off", "claude", "codex"];
}
