//! The agent programs that are known, and which of them are here.

use serde::Deserialize;
use serde::Serialize;

/// An agent as `owt agents` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// Its name.
    pub name: String,
    /// Its name for people.
    pub display_name: String,
    /// Where its program is; `None` when it is not installed.
    pub path: Option<String>,
    /// Where the configuration says that its program is.
    #[serde(default)]
    pub configured_path: Option<String>,
    /// What it says of its version.
    pub version: Option<String>,
    /// `built_in`, `user` or `tool`.
    pub origin: String,
    /// Whether its description was tried with the program itself.
    pub tested: bool,
    /// The session kinds it can have.
    pub modes: Vec<String>,
    /// The permission levels it can enforce, by session kind.
    pub permissions: Vec<AgentPermissions>,
    /// Whether its hooks report to us.
    pub hooks: String,
    /// How to install it.
    pub install_hint: Option<String>,
    /// The names of the variables with a key for a model that are set for it; never a value.
    #[serde(default)]
    pub model_keys: Vec<String>,
    /// Whether `owt new` would choose it here.
    pub default: bool,
}

/// The permission levels of one kind of session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentPermissions {
    /// The session kind.
    pub mode: String,
    /// The levels.
    pub levels: Vec<String>,
}
