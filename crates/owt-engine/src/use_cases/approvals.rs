//! What a repository brings along that runs code, and the person's answer to it.

use owt_core::AbsPath;
use owt_core::authority::Action;
use owt_core::authority::Ownership;
use owt_core::authority::Principal;
use owt_core::authority::authorise;
use owt_core::environment::HookMoment;
use owt_core::vcs::Checkout;
use owt_ports::FileError;
use owt_ports::GitError;

use super::Decision;
use super::Resolve;
use crate::approvals::Answers;
use crate::approvals::Brought;
use crate::approvals::CommandsOf;
use crate::approvals::ShownFile;
use crate::approvals::Verdict;
use crate::approvals::brought_along;
use crate::approvals::brought_by_checks;
use crate::approvals::brought_by_git_hooks;
use crate::approvals::brought_by_hook;
use crate::approvals::names_of;
use crate::engine::Engine;
use crate::landing_rules::RulesError;
use crate::landing_rules::rules_at;
use crate::settings::BrokenSettings;
use crate::settings::HookSource;

/// How a content stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApprovalState {
    /// The person has not answered: it is kept out of automated jobs.
    Pending,
    /// It may run.
    Allowed,
    /// It may not.
    Denied,
}

/// What one checkout brings along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// SHA-256 over names and contents, in hexadecimal.
    pub digest: String,
    /// The checkout.
    pub checkout: AbsPath,
    /// The files, relative to it.
    pub files: Vec<String>,
    /// The commands, as one would type them, where it is a setting that wants them run.
    pub commands: Vec<String>,
    /// What wants them run.
    pub commands_of: Option<CommandsOf>,
    /// What is in the files, as far as it is shown.
    pub contents: Vec<ShownFile>,
    /// How it stands.
    pub state: ApprovalState,
}

/// Why nothing was listed or answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApprovalError {
    /// Only a person may.
    #[error(transparent)]
    Denied(#[from] owt_core::authority::Denied),
    /// git.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The configuration.
    #[error(transparent)]
    Settings(#[from] BrokenSettings),
    /// Nothing of that digest is there.
    #[error("nothing here has the digest '{0}'")]
    UnknownDigest(String),
    /// The answer could not be written.
    #[error(transparent)]
    File(#[from] FileError),
}

/// What the caller's checkout brings along.
///
/// # Errors
/// [`ApprovalError`].
pub fn approvals(
    engine: &Engine,
    asker: &Principal,
    folder: &AbsPath,
) -> Result<Vec<Approval>, ApprovalError> {
    authorise(asker, Action::Read(Ownership::SameRepository))?;
    let checkout = engine.ports().git.discover(folder)?;
    let root = checkout.worktree.clone().unwrap_or_else(|| checkout.repository.root.clone());
    let settings = engine.ports().settings.settings(Some(checkout.repository.source()), None)?;
    let answers = Answers::load(engine.ports().files.as_ref(), engine.home());
    let files = engine.ports().files.as_ref();
    let hooks = [HookMoment::Setup, HookMoment::Teardown].into_iter().filter_map(|moment| {
        let hook = settings.hook(moment).filter(|hook| hook.source == HookSource::Repository)?;
        Some(brought_by_hook(files, engine.ports().git.as_ref(), &root, moment, hook))
    });
    let all = brought_along(files, &root, &names_of(&settings.catalog)).into_iter().chain(hooks);
    let all = all.chain(landing_hooks(engine, &checkout)?).chain(landing_checks(engine, &checkout)?);
    Ok(all.map(|brought| approval(&answers, &root, brought)).collect())
}

/// The checks that run when something lands in what is checked out here.
fn landing_checks(engine: &Engine, checkout: &Checkout) -> Result<Option<Brought>, ApprovalError> {
    let Some(onto) = checkout.head.commit() else { return Ok(None) };
    let rules = rules_at(engine.ports(), &checkout.repository, onto).map_err(|error| match error {
        RulesError::Git(error) => ApprovalError::Git(error),
        RulesError::Broken(broken) => ApprovalError::Settings(broken),
    })?;
    let checks = rules.checks.filter(|checks| checks.source == HookSource::Repository);
    Ok(checks.as_ref().map(brought_by_checks))
}

/// The hooks that run when something lands in what is checked out here.
fn landing_hooks(engine: &Engine, checkout: &Checkout) -> Result<Option<Brought>, ApprovalError> {
    let Some(onto) = checkout.head.commit() else { return Ok(None) };
    let hooks = engine.ports().landing.hooks(&checkout.repository, onto)?;
    Ok((!hooks.is_empty()).then(|| brought_by_git_hooks(&hooks)))
}

fn approval(answers: &Answers, checkout: &AbsPath, brought: Brought) -> Approval {
    Approval {
        state: match answers.verdict(&brought.digest) {
            None => ApprovalState::Pending,
            Some(Verdict::Allowed) => ApprovalState::Allowed,
            Some(Verdict::Denied) => ApprovalState::Denied,
        },
        digest: brought.digest,
        checkout: checkout.clone(),
        files: brought.files,
        commands: brought.commands,
        commands_of: brought.commands_of,
        contents: brought.contents,
    }
}

/// Answers for a content, by the beginning of its digest (at least 8 digits).
///
/// # Errors
/// [`ApprovalError`].
pub fn approve(
    engine: &Engine,
    asker: &Principal,
    folder: &AbsPath,
    digest: &str,
    decision: Decision,
    resolve: Resolve,
) -> Result<Approval, ApprovalError> {
    authorise(asker, Action::Approve)?;
    let found = approvals(engine, asker, folder)?
        .into_iter()
        .find(|approval| digest.len() >= 8 && approval.digest.starts_with(digest))
        .ok_or_else(|| ApprovalError::UnknownDigest(digest.to_owned()))?;
    let files = engine.ports().files.as_ref();
    let mut answers = Answers::load(files, engine.home());
    let (verdict, state) = match decision {
        Decision::Allow => (Verdict::Allowed, ApprovalState::Allowed),
        Decision::Deny => (Verdict::Denied, ApprovalState::Denied),
    };
    if resolve == Resolve::Preview {
        return Ok(Approval { state, ..found });
    }
    answers.note(found.digest.clone(), verdict);
    answers.save(files, engine.home())?;
    Ok(Approval { state, ..found })
}
