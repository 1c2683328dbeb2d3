//! What the engine needs to bring work into a target branch: look ahead, make the commit, move the target.

use std::time::Duration;

use owt_core::AbsPath;
use owt_core::environment::RelPath;
use owt_core::landing::CandidateId;
use owt_core::landing::Conflict;
use owt_core::landing::Favour;
use owt_core::landing::Method;
use owt_core::landing::Obstacle;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_core::vcs::Repository;

use crate::GitError;

/// What a merge would come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prediction {
    /// The target has every commit already.
    Contained,
    /// A commit with this tree.
    Clean {
        /// The tree's id: what `git merge` would commit.
        tree: ObjectId,
    },
    /// Nothing, before these are settled.
    Conflicts(Vec<Conflict>),
    /// Nothing: they have no commit in common.
    Unrelated,
}

/// One file of the repository's hooks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookFile {
    /// Where it lies.
    pub place: HookPlace,
    /// Its path below that folder.
    pub path: RelPath,
    /// What is in it.
    pub content: Vec<u8>,
    /// Whether git runs it.
    pub kind: HookFileKind,
}

/// Where a file of hooks lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HookPlace {
    /// In the folder where git looks for hooks.
    Inside,
    /// In the folder around that, whose scripts those inside may run (Husky 9).
    Around,
}

/// What a file among hooks is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HookFileKind {
    /// A program.
    Program,
    /// Something that programs read.
    Plain,
}

/// What makes a commit, and so which hooks git runs for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Committing {
    /// `git commit` of what was left in a workspace.
    Left,
    /// What lands.
    Candidate(Method),
    /// One of these.
    Any,
}

impl Committing {
    /// Their names (githooks(5); a rebase by builtin/rebase.c and sequencer.c, git 2.47.3).
    const fn hooks(self) -> &'static [&'static str] {
        match self {
            Self::Left | Self::Candidate(Method::Squash) => {
                &["pre-commit", "prepare-commit-msg", "commit-msg"]
            }
            Self::Candidate(Method::Merge) => &["pre-merge-commit", "prepare-commit-msg", "commit-msg"],
            Self::Candidate(Method::Rebase) => &["prepare-commit-msg"],
            Self::Any => &["pre-commit", "pre-merge-commit", "prepare-commit-msg", "commit-msg"],
        }
    }

    /// Those that are there.
    pub fn runs(self, hooks: &[HookFile]) -> Vec<&'static str> {
        let is_there = |name: &&&str| {
            hooks.iter().any(|hook| {
                let runs = hook.place == HookPlace::Inside && hook.kind == HookFileKind::Program;
                runs && hook.path.to_str() == Some(name)
            })
        };
        self.hooks().iter().filter(is_there).copied().collect()
    }
}

/// Hooks that run with a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitHooks {
    /// Exactly as they are here. None: none runs.
    pub files: Vec<HookFile>,
    /// How long git may take with them.
    pub limit: Duration,
}

/// A commit that may become the target's tip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CandidateRequest {
    /// Its name.
    pub id: CandidateId,
    /// The repository.
    pub repository: Repository,
    /// What it stands on: the target's tip, or another candidate.
    pub onto: ObjectId,
    /// What lands.
    pub tip: ObjectId,
    /// How.
    pub method: Method,
    /// Whose lines are taken where both changed the same; `None`: that is a conflict.
    pub favour: Option<Favour>,
    /// The commit whose tree a merge comes to, where somebody has settled what the two do not agree on; `None`: git merges.
    pub settled: Option<ObjectId>,
    /// What `onto` has up to this commit the tip has too, in other commits, so that a merge counts from there. Nothing of a squash or
    /// a rebase.
    pub beyond: Option<ObjectId>,
    /// The message of the commit; not used by a rebase.
    pub message: String,
    /// The hooks that run, exactly as they are here. None: none runs.
    pub hooks: Vec<HookFile>,
    /// How long git may take with its hooks.
    pub limit: Duration,
}

/// What two commits come to, with git's marks where they do not agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marked {
    /// A commit of that tree, with both as its parents. Nothing keeps it but a branch that is made there.
    pub commit: ObjectId,
    /// On what they do not agree.
    pub conflicts: Vec<Conflict>,
    /// The first lines of the commits that the one has and the other has not, newest first, some dozens at most.
    pub ours: Vec<String>,
    /// The same of the other.
    pub theirs: Vec<String>,
}

/// What came of a candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Candidate {
    /// It is there, and stays reachable until [`Landing::drop_candidate`].
    Made {
        /// The commit.
        commit: ObjectId,
    },
    /// There is nothing to land: `onto` has it all.
    Nothing,
    /// These have to be settled first.
    Conflicts(Vec<Conflict>),
    /// They have no commit in common.
    Unrelated,
}

/// A target branch that is to move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetMove {
    /// The repository.
    pub repository: Repository,
    /// The branch.
    pub target: BranchName,
    /// Where it must be.
    pub from: ObjectId,
    /// Where it goes: a descendant, or, where something is taken back, where it was.
    pub to: ObjectId,
    /// The line in the branch's reflog.
    pub reason: String,
}

/// Whether a target moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetMoved {
    /// It did, now or before.
    Moved {
        /// The checkout that went along.
        checkout: Option<AbsPath>,
    },
    /// Somebody moved or deleted it meanwhile.
    Elsewhere {
        /// Where it is.
        found: Option<ObjectId>,
    },
    /// It is checked out there with something in the way, and was left alone, the checkout too.
    Kept {
        /// The checkout.
        at: AbsPath,
        /// What is in the way, in git's words.
        why: String,
        /// What kind of thing that is.
        obstacle: Obstacle,
    },
}

/// What goes along when a target moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetStand {
    /// It is checked out nowhere, and moves by itself.
    Alone,
    /// It is checked out there, which goes along unless something there would be overwritten.
    CheckedOut(AbsPath),
    /// As things are it does not move, whatever it is to move to.
    Kept {
        /// The checkout.
        at: AbsPath,
        /// What is in the way, in words.
        why: String,
    },
    /// It is only another name (a symbolic ref): the branch of this name would move, and a checkout that is on it would not go
    /// along. Nothing lands in it.
    Symbolic {
        /// Where it leads.
        leads_to: String,
    },
}

/// What a commit changes.
#[derive(Debug, Clone, Copy)]
pub struct Between<'a> {
    /// Before.
    pub from: &'a ObjectId,
    /// After.
    pub to: &'a ObjectId,
}

/// Something from which a commit can be reached.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holder {
    /// A branch of the repository's own.
    Branch(BranchName),
    /// Where a branch of a remote was last seen, as a person writes it.
    RemoteBranch(String),
    /// A tag.
    Tag(String),
    /// A checkout that is on no branch.
    Detached(AbsPath),
}

/// Landing as the engine sees it. Nothing here changes a person's checkout, but for [`Landing::move_target`] where the
/// target is checked out, and then as git's own fast-forward that overwrites nothing (decision 15), and
/// [`Landing::take_back`], which is its undoing (decision 18).
pub trait Landing: Send + Sync {
    /// What merging `tip` into `target` would come to. Nothing is written into the repository.
    ///
    /// # Errors
    /// [`GitError::UnknownRevision`], [`GitError::NoSpace`], ...
    fn predict(
        &self,
        repository: &Repository,
        target: &ObjectId,
        tip: &ObjectId,
    ) -> Result<Prediction, GitError>;

    /// The same where what `tip` has up to `fork` is in `target` too, in other commits: only what came after on either side counts.
    ///
    /// # Errors
    /// The same.
    fn predict_beyond(
        &self,
        repository: &Repository,
        fork: &ObjectId,
        target: &ObjectId,
        tip: &ObjectId,
    ) -> Result<Prediction, GitError>;

    /// The hooks that the repository wants run when a commit is made on this one: those of its own folder, or what
    /// `onto` itself has in the folder that `core.hooksPath` names; where it has none there, what lies there in the main
    /// checkout, made by some tool. Without any that a commit or merge runs: empty.
    ///
    /// # Errors
    /// [`GitError::Failed`] when they cannot be looked at, or are more than could be.
    fn hooks(&self, repository: &Repository, onto: &ObjectId) -> Result<Vec<HookFile>, GitError>;

    /// The files of these paths as a commit has them, each with its content; those that it does not have are left out, and
    /// so are folders, links and submodules.
    ///
    /// # Errors
    /// [`GitError::UnknownRevision`], [`GitError::TooLarge`].
    fn files_at(
        &self,
        repository: &Repository,
        commit: &ObjectId,
        paths: &[&str],
    ) -> Result<Vec<(String, Vec<u8>)>, GitError>;

    /// Makes a commit of what two come to, with git's marks where they do not agree, for somebody to settle. Marked already:
    /// the same answer. `None`: there is nothing to settle, or they have no commit in common.
    ///
    /// # Errors
    /// [`GitError::UnknownRevision`], [`GitError::NoSpace`], ...
    fn mark(
        &self,
        repository: &Repository,
        ours: &ObjectId,
        theirs: &ObjectId,
    ) -> Result<Option<Marked>, GitError>;

    /// The submodules that `tip` has at another commit than `onto`, and whose commit is only in the worktree of this branch: no
    /// remote of theirs has it as far as they know, nor has the main checkout's.
    ///
    /// # Errors
    /// [`GitError::UnknownRevision`].
    fn unpushed(
        &self,
        repository: &Repository,
        branch: &BranchName,
        onto: &ObjectId,
        tip: &ObjectId,
    ) -> Result<Vec<String>, GitError>;

    /// Makes a candidate in a private worktree, which is gone afterwards. Made already: the same answer.
    ///
    /// # Errors
    /// [`GitError::Failed`] with the words of git, a hook or a signing program that refused; [`GitError::TimedOut`].
    fn make_candidate(&self, request: &CandidateRequest) -> Result<Candidate, GitError>;

    /// The tree of a commit.
    ///
    /// # Errors
    /// [`GitError::UnknownRevision`].
    fn tree_of(&self, repository: &Repository, commit: &ObjectId) -> Result<ObjectId, GitError>;

    /// Lays a commit out in a private worktree of this candidate, on no branch, and answers its root. What lay there
    /// for the same candidate is gone.
    ///
    /// # Errors
    /// [`GitError::NoSpace`], [`GitError::UnknownRevision`], ...
    fn lay_out(
        &self,
        repository: &Repository,
        id: CandidateId,
        commit: &ObjectId,
    ) -> Result<AbsPath, GitError>;

    /// What is not as this commit has it in a checkout that was laid out: tracked files, and `HEAD` where that is another
    /// commit. New files beside them are nothing that was altered.
    ///
    /// # Errors
    /// [`GitError::NotARepository`], [`GitError::UnknownRevision`], ...
    fn altered(&self, root: &AbsPath, commit: &ObjectId) -> Result<Vec<String>, GitError>;

    /// Takes away what [`Landing::lay_out`] has laid out. Gone already: success.
    ///
    /// # Errors
    /// Only failures of the system itself.
    fn clear(&self, repository: &Repository, id: CandidateId) -> Result<(), GitError>;

    /// Forgets a candidate, and what an attempt at it has left. Gone already: success.
    ///
    /// # Errors
    /// Only failures of git itself.
    fn drop_candidate(&self, repository: &Repository, id: CandidateId) -> Result<(), GitError>;

    /// What would go along if a target moved now. Nothing is changed; a target that there is not stands alone.
    ///
    /// # Errors
    /// Only failures of git itself.
    fn stand_of(&self, repository: &Repository, target: &BranchName) -> Result<TargetStand, GitError>;

    /// Moves a target by compare-and-swap; where it is checked out, together with that checkout, or not at all. Moved
    /// already: the same answer.
    ///
    /// # Errors
    /// [`GitError::Busy`] when another git process holds a lock, [`GitError::NoSpace`], ...; the target was not moved.
    fn move_target(&self, request: &TargetMove) -> Result<TargetMoved, GitError>;

    /// Of the files that a change writes or takes away, those that are changed in a checkout of `from`'s branch, or lie there without
    /// being tracked, whatever is in them. Nothing is changed.
    ///
    /// # Errors
    /// [`GitError::UnknownRevision`], [`GitError::NotARepository`], ...
    fn drafted(&self, at: &AbsPath, change: Between<'_>) -> Result<Vec<String>, GitError>;

    /// Moves a target back to where it was, by compare-and-swap; where it is checked out, together with that checkout, or
    /// not at all: whatever is there and not committed stays as it is, and what would be overwritten or is staged keeps the
    /// target. Moved already: the same answer.
    ///
    /// # Errors
    /// [`GitError::Busy`] when another git process holds a lock, [`GitError::NoSpace`], ...; the target was not moved.
    fn take_back(&self, request: &TargetMove) -> Result<TargetMoved, GitError>;

    /// From where a commit can be reached: branches, what was last seen of remotes, tags and detached checkouts, in this
    /// order, some hundred at most. Without those of our own.
    ///
    /// # Errors
    /// [`GitError::UnknownRevision`].
    fn holders(&self, repository: &Repository, commit: &ObjectId) -> Result<Vec<Holder>, GitError>;

    /// Merges `onto` in the worktree of a workspace, where what is not committed and not concerned stays as it is; what
    /// conflicts is left there, for somebody to settle. Begun already: the same answer.
    ///
    /// # Errors
    /// [`GitError::Unfinished`] when something else is under way there, [`GitError::Busy`] when changes are in the way.
    fn merge_in_worktree(
        &self,
        worktree: &AbsPath,
        onto: &ObjectId,
        message: &str,
    ) -> Result<Vec<Conflict>, GitError>;
}
