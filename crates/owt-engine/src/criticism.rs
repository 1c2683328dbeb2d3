//! Letting the critic look at a change: git tells it, file by file and line by line, and nothing of it is kept.

use std::collections::HashMap;

use owt_core::critic::FileChange;
use owt_core::critic::Policy;
use owt_core::critic::Review;
use owt_core::critic::Reviewer;
use owt_core::critic::RuleName;
use owt_core::landing::LandingSpec;
use owt_core::landing::Method;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_core::vcs::Repository;
use owt_ports::ChangeKind;
use owt_ports::DiffForm;
use owt_ports::DiffPart;
use owt_ports::DiffQuestion;
use owt_ports::DiffSide;
use owt_ports::Git;
use owt_ports::GitError;
use owt_ports::Known;
use owt_ports::Remotes;

use crate::ports::Ports;

/// A change that is to be looked at.
pub(crate) struct Change<'a> {
    /// The repository.
    pub(crate) repository: &'a Repository,
    /// Whose work it is.
    pub(crate) branch: &'a BranchName,
    /// What it would land on.
    pub(crate) onto: &'a ObjectId,
    /// What would land: a commit, or a workspace with all that would be committed.
    pub(crate) side: DiffSide,
    /// Of these, what stays out of the commit.
    pub(crate) withheld: &'a [String],
}

/// The most commits of which each is looked at by itself.
const MOST: usize = 500;

/// What is looked for in each commit: what stays readable in the history, whatever a later commit makes of it.
pub(crate) const LASTING: &[RuleName] = &[RuleName::SecretFile, RuleName::SecretText, RuleName::Unreadable];

/// What the critic says of work that lands so: as one commit, or with those that it has.
pub(crate) fn review_of_landing(
    ports: &Ports,
    change: &Change<'_>,
    (method, head): (Method, &ObjectId),
    policy: &Policy,
) -> Result<Review, GitError> {
    let found = match method {
        Method::Squash => review(ports.git.as_ref(), change, policy),
        Method::Merge | Method::Rebase => review_with_history(ports, change, head, policy),
    }?;
    let unpushed = ports.landing.unpushed(change.repository, change.branch, change.onto, head)?;
    Ok(found.and(Review::of_unpushed(policy, &unpushed)))
}

/// What the critic says of work that lands commit by commit: of the whole, and of what is in one of the commits beyond
/// `change.onto` up to `head` and in a later one no more.
fn review_with_history(
    ports: &Ports,
    change: &Change<'_>,
    head: &ObjectId,
    policy: &Policy,
) -> Result<Review, GitError> {
    let mut found = review(ports.git.as_ref(), change, policy)?;
    let known = published(ports, change)?;
    let commits = ports.remotes.beyond(change.repository, head, &known, MOST + 1)?;
    if commits.len() > MOST {
        return Ok(found.and(Review::of_unread_history(policy, MOST)));
    }
    for (_, said) in messages(ports.remotes.as_ref(), change.repository, &commits, policy)? {
        found = found.and(said);
    }
    match commits.as_slice() {
        // It was the whole.
        [only] if change.side == DiffSide::Commit(only.clone()) => return Ok(found),
        _ => {}
    }
    let lasting = policy.clone().only(LASTING);
    for (commit, alone) in steps(ports.git.as_ref(), change.repository, &commits, &lasting)? {
        let alone = alone.of_commit(&commit, &found);
        found = found.and(alone);
    }
    Ok(found)
}

/// What the landing makes known to nobody: the history of what it lands on, and what is at a remote already and came from there. What of
/// this branch is there was brought there from here.
fn published(ports: &Ports, change: &Change<'_>) -> Result<Known, GitError> {
    let remotes = ports.remotes.remotes(change.repository, change.branch)?;
    Ok(Known {
        commits: vec![change.onto.clone()],
        fetched: remotes.all.into_iter().map(|remote| remote.name).collect(),
        but: Some(change.branch.clone()),
    })
}

/// What the critic says of the messages of commits, in their order.
pub(crate) fn messages(
    remotes: &dyn Remotes,
    repository: &Repository,
    commits: &[ObjectId],
    policy: &Policy,
) -> Result<Vec<(ObjectId, Review)>, GitError> {
    let messages = remotes.messages(repository, commits)?;
    let reviewed = commits.iter().zip(messages).map(|(commit, message)| {
        let whose = format!("the message of commit {}", commit.short());
        (commit.clone(), Review::of_words(policy, &whose, &message))
    });
    Ok(reviewed.collect())
}

/// What the critic says of the messages that the commits of a landing are to have: a task may say more than its history should.
pub(crate) fn review_of_words(spec: &LandingSpec, policy: &Policy) -> Review {
    let to_be_made = [&spec.commit, &spec.message].into_iter().flatten();
    let whose = "the message that the work would land with";
    let reviews = to_be_made.map(|message| Review::of_words(policy, whose, message));
    reviews.fold(Review::default(), Review::and)
}

/// What the critic says of each commit alone, in their order.
pub(crate) fn steps(
    git: &dyn Git,
    repository: &Repository,
    commits: &[ObjectId],
    policy: &Policy,
) -> Result<Vec<(ObjectId, Review)>, GitError> {
    let mut reviewers: HashMap<&ObjectId, Reviewer> =
        commits.iter().map(|commit| (commit, Reviewer::new(policy.clone()))).collect();
    for form in [DiffForm::Files, DiffForm::Bare] {
        git.steps(repository, commits, form, &mut |commit, part| {
            if let Some(reviewer) = reviewers.get_mut(commit) {
                show(reviewer, part);
            }
            true
        })?;
    }
    let reviewed =
        commits.iter().filter_map(|commit| Some((commit.clone(), reviewers.remove(commit)?.end())));
    Ok(reviewed.collect())
}

fn show(reviewer: &mut Reviewer, part: DiffPart) {
    match part {
        DiffPart::Against { .. } => {}
        DiffPart::File(file) => reviewer.file(&file.path, kind(file.kind), file.lines),
        DiffPart::Patch(bytes) => reviewer.patch(&bytes),
    }
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
            show(&mut reviewer, part);
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
