//! What a repository brings along that runs code, and the person's answer to it.

use owt_core::AbsPath;
use owt_core::authority::Action;
use owt_core::authority::Ownership;
use owt_core::authority::Principal;
use owt_core::authority::authorise;
use owt_ports::FileError;
use owt_ports::GitError;

use super::Decision;
use super::Resolve;
use crate::approvals::Answers;
use crate::approvals::Verdict;
use crate::approvals::brought_along;
use crate::approvals::names_of;
use crate::engine::Engine;
use crate::settings::BrokenSettings;

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
    let root = checkout.worktree.unwrap_or_else(|| checkout.repository.root.clone());
    let settings = engine.ports().settings.settings(Some(&checkout.repository.root), None)?;
    let answers = Answers::load(engine.ports().files.as_ref(), engine.home());
    Ok(brought_along(engine.ports().files.as_ref(), &root, &names_of(&settings.catalog))
        .map(|brought| Approval {
            state: match answers.verdict(&brought.digest) {
                None => ApprovalState::Pending,
                Some(Verdict::Allowed) => ApprovalState::Allowed,
                Some(Verdict::Denied) => ApprovalState::Denied,
            },
            digest: brought.digest,
            checkout: root,
            files: brought.files,
        })
        .into_iter()
        .collect())
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
