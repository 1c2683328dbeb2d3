//! Letting the critic look at a change: git tells it, file by file and line by line, and nothing of it is kept.

use owt_core::critic::FileChange;
use owt_core::critic::Policy;
use owt_core::critic::Review;
use owt_core::critic::Reviewer;
use owt_core::vcs::ObjectId;
use owt_core::vcs::Repository;
use owt_ports::ChangeKind;
use owt_ports::DiffForm;
use owt_ports::DiffPart;
use owt_ports::DiffQuestion;
use owt_ports::DiffSide;
use owt_ports::Git;
use owt_ports::GitError;

/// A change that is to be looked at.
pub(crate) struct Change<'a> {
    /// The repository.
    pub(crate) repository: &'a Repository,
    /// What it would land on.
    pub(crate) onto: &'a ObjectId,
    /// What would land: a commit, or a workspace with all that would be committed.
    pub(crate) side: DiffSide,
    /// Of these, what stays out of the commit.
    pub(crate) withheld: &'a [String],
}

/// What the critic says of it.
pub(crate) fn review(git: &dyn Git, change: &Change<'_>, policy: &Policy) -> Result<Review, GitError> {
    let question = DiffQuestion {
        repository: change.repository.clone(),
        side: change.side.clone(),
        base: change.onto.clone(),
        base_branch: None,
        base_upstream: None,
    };
    let mut reviewer = Reviewer::new(policy.clone());
    reviewer.withhold(change.withheld);
    for form in [DiffForm::Files, DiffForm::Bare] {
        git.diff(&question, form, &mut |part| {
            match part {
                DiffPart::Against { .. } => {}
                DiffPart::File(file) => reviewer.file(&file.path, kind(file.kind), file.lines),
                DiffPart::Patch(bytes) => reviewer.patch(&bytes),
            }
            true
        })?;
    }
    Ok(reviewer.end())
}

const fn kind(kind: ChangeKind) -> FileChange {
    match kind {
        ChangeKind::Added | ChangeKind::Renamed | ChangeKind::Copied => FileChange::New,
        ChangeKind::Modified | ChangeKind::TypeChanged => FileChange::Changed,
        ChangeKind::Deleted => FileChange::Gone,
    }
}
