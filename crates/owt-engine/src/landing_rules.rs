//! The rules by which work lands in a branch: what its critic looks for, which checks run, what commits are called. A
//! repository's part is read from the commit that it would land on, never from the work that is judged (decision 10).

use std::time::Duration;

use owt_core::critic::Policy;
use owt_core::vcs::ObjectId;
use owt_core::vcs::Repository;
use owt_ports::GitError;

use crate::ports::Ports;
use crate::settings::BrokenSettings;
use crate::settings::Hook;

/// The rules in force for one target.
#[derive(Debug, Clone, Default)]
pub struct LandingRules {
    /// What the critic goes by; `None`: the person has switched it off.
    pub critic: Option<Policy>,
    /// The commands that must succeed on what is to land.
    pub checks: Option<Hook>,
    /// How long they may take together.
    pub check_limit: Duration,
    /// How many candidates of a train are checked at once.
    pub concurrency: u32,
    /// How often a train runs checks again that have failed, before it believes them.
    pub retries: u32,
    /// What a commit of left work is called, with `{subject}`, `{task}`, `{name}`, `{branch}` and `{files}`.
    pub message: String,
}

/// Why the rules are not known. Nothing lands then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RulesError {
    /// git.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The configuration is broken, perhaps that of the target.
    #[error(transparent)]
    Broken(#[from] BrokenSettings),
}

/// The rules for landing on a commit.
pub(crate) fn rules_at(
    ports: &Ports,
    repository: &Repository,
    commit: &ObjectId,
) -> Result<LandingRules, RulesError> {
    let names = ports.settings.repository_files();
    let files = ports.landing.files_at(repository, commit, names)?;
    Ok(ports.settings.landing(repository.source(), &files)?)
}
