//! What a workspace was fitted out with.

use serde::Deserialize;
use serde::Serialize;

/// What a workspace has for itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Outfit {
    /// The first of its ten ports (`OWT_PORT`); `None` until it has them.
    pub port: Option<u16>,
    /// Its containers' project name (`COMPOSE_PROJECT_NAME`).
    pub compose_project: Option<String>,
    /// The end of its databases' names (`OWT_DATABASE_SUFFIX`).
    pub database_suffix: Option<String>,
    /// How far the install of its packages is: `off`, `waiting`, `running`, `done` or `failed`.
    pub install: String,
    /// How far the commands are that set it up: `off`, `unapproved`, `waiting`, `running`, `done` or `failed`.
    pub setup: String,
    /// What a person should know of its files, packages and ports, as `show` says it.
    #[serde(default)]
    pub notices: Vec<String>,
}

/// What was brought into a workspace's folder, and what is installed there.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Furnishing {
    /// Its projects: folder, package manager, and what told so.
    pub projects: Vec<String>,
    /// Private files that were copied from the main checkout.
    pub copied: Vec<String>,
    /// Caches that share their data with those of the main checkout.
    pub carried: Vec<String>,
    /// Submodules that are checked out from what the main checkout has.
    #[serde(default)]
    pub submodules: Vec<String>,
    /// Caches that are built anew, with the reason.
    pub rebuilt: Vec<String>,
    /// What could not be installed.
    pub install_failures: Vec<String>,
    /// The output of the install; `None` when there was none.
    pub install_log: Option<String>,
    /// Which of the commands that set it up failed, and how.
    pub setup_failure: Option<String>,
    /// The output of the commands that set it up; `None` when none ran.
    pub setup_log: Option<String>,
    /// What a person should know.
    pub notices: Vec<String>,
}
