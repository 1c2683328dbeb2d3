//! What the engine needs from git.

use std::time::Duration;

use owt_core::AbsPath;
use owt_core::SnapshotId;
use owt_core::Timestamp;
use owt_core::environment::RelPath;
use owt_core::environment::Submodules;
use owt_core::vcs::BranchName;
use owt_core::vcs::Checkout;
use owt_core::vcs::ObjectId;
use owt_core::vcs::RemoteBranch;
use owt_core::vcs::Repository;
use owt_core::vcs::WorktreeFacts;

use crate::CommitHooks;
use crate::DiffForm;
use crate::DiffQuestion;
use crate::DiffSink;
use crate::StepSink;
use crate::Untracked;

/// Why a git operation failed. One enum for the port, because the engine reacts to the kind, not to the call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GitError {
    /// The folder is in no git repository.
    #[error("{dir} is not in a git repository")]
    NotARepository {
        /// The folder that was asked about.
        dir: AbsPath,
    },
    /// git refuses the repository because another user owns it (`safe.directory`).
    #[error("git refuses the repository at {dir}: it belongs to another user")]
    DubiousOwnership {
        /// The folder.
        dir: AbsPath,
    },
    /// The name resolves to no commit.
    #[error("'{name}' names no commit in this repository")]
    UnknownRevision {
        /// The name as given.
        name: String,
    },
    /// The branch exists already.
    #[error("the branch '{0}' exists already")]
    BranchTaken(BranchName),
    /// A ref stands where this branch would need a folder, or the other way round (`feat` and `feat/x`).
    #[error("the branch '{wanted}' cannot exist beside '{existing}'")]
    RefConflict {
        /// The branch that was asked for.
        wanted: BranchName,
        /// The ref that is in its way.
        existing: String,
    },
    /// The branch is checked out in another worktree.
    #[error("the branch '{branch}' is checked out at {at}")]
    CheckedOutElsewhere {
        /// The branch.
        branch: BranchName,
        /// The worktree that has it.
        at: AbsPath,
    },
    /// Something that is not ours is where the worktree should be.
    #[error("{0} exists already and is not a worktree of this job")]
    PathTaken(AbsPath),
    /// A ref did not hold the value that the caller expected.
    #[error("{name} moved: expected {expected}, found {found}")]
    RefMoved {
        /// The ref.
        name: String,
        /// What the caller expected, or `(none)`.
        expected: String,
        /// What is there, or `(none)`.
        found: String,
    },
    /// git holds a lock, or changes are in the way.
    #[error("{what} at {dir}")]
    Busy {
        /// The checkout.
        dir: AbsPath,
        /// What is in the way.
        what: String,
    },
    /// A merge, rebase, cherry-pick or bisect is under way there: it stays so until somebody ends it.
    #[error("{what} at {dir}")]
    Unfinished {
        /// The checkout.
        dir: AbsPath,
        /// What is under way.
        what: String,
    },
    /// A file is larger than anybody would look at.
    #[error("{path} is larger than {limit} bytes: nobody could look at it")]
    TooLarge {
        /// The file.
        path: String,
        /// How large one may be.
        limit: u64,
    },
    /// A folder in the checkout is a git repository of its own, or a submodule with changes of its own: no commit
    /// of this repository can hold what is in it.
    #[error("'{path}' is a git repository of its own with work that a snapshot cannot hold")]
    NestedRepository {
        /// The folder, relative to the checkout.
        path: String,
    },
    /// The disk is full.
    #[error("no space left on the disk of {0}")]
    NoSpace(AbsPath),
    /// git is missing or older than we need.
    #[error("{0}")]
    Unusable(String),
    /// git took longer than its limit and was ended.
    #[error("git {operation} took longer than {limit:?}")]
    TimedOut {
        /// The subcommand.
        operation: String,
        /// The limit.
        limit: Duration,
    },
    /// Anything else; carries git's own words for the person.
    #[error("git {operation} failed: {message}")]
    Failed {
        /// The subcommand.
        operation: String,
        /// The last lines of git's standard error.
        message: String,
    },
    /// The process died at this point (only the simulator says this).
    #[error("crashed")]
    Crashed,
}

/// What to make a worktree from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorktreeRequest {
    /// The repository.
    pub repository: Repository,
    /// Where; the parent folder need not exist.
    pub path: AbsPath,
    /// The branch that is checked out there.
    pub branch: BranchName,
    /// Where the branch starts. An existing branch is checked out as it is (see `branch_origin`).
    pub start: ObjectId,
    /// Whether the branch is made now or was there before.
    pub branch_origin: BranchOrigin,
}

/// Whether a branch is made with its worktree or was there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BranchOrigin {
    /// Made with the worktree, starting at the request's `start`.
    New,
    /// There before: checked out, never moved, never deleted on rollback.
    Existing,
}

/// Whether a name is free for a new branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BranchState {
    /// Nothing is in the way.
    Free,
    /// A branch of this name exists, with this tip.
    Taken(ObjectId),
    /// A ref with a name that cannot stand beside it exists.
    Conflicts(String),
}

/// Work written down before something is removed, or to be carried to another place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Its id; its ref is `refs/owt/snapshots/<id>`.
    pub id: SnapshotId,
    /// The commit that the ref names: parent is the checkout's HEAD, tree is the working tree's content
    /// (tracked, and untracked but not ignored); a second parent holds the index where it differs.
    pub commit: ObjectId,
    /// Number of files that differ from HEAD.
    pub changed_files: u32,
    /// Files that the secret rule kept out of git (paths relative to the checkout); they lie in the private
    /// folder named by `withheld_in`.
    pub withheld: Vec<String>,
    /// The private folder (mode 0700) that holds what was withheld.
    pub withheld_in: Option<AbsPath>,
}

/// One snapshot as `restore` lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotRecord {
    /// Its id.
    pub id: SnapshotId,
    /// The commit.
    pub commit: ObjectId,
    /// The commit that the branch was at; `None` where it had none yet.
    pub head: Option<ObjectId>,
    /// The branch it was taken from, when it was on one.
    pub branch: Option<BranchName>,
    /// The name of the workspace it was taken from.
    pub workspace: String,
    /// When.
    pub taken_at: Timestamp,
    /// Why (`delete`, `with-changes`, ...).
    pub reason: String,
}

/// What a snapshot is called and why it is taken; written into its commit message as trailers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotLabel {
    /// Its id.
    pub id: SnapshotId,
    /// The workspace it is taken from.
    pub workspace: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// How a trashed worktree came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Untrashed {
    /// Out of the trash, with all that it held.
    Moved,
    /// A worktree was there: brought back by an earlier try, or made anew.
    WasThere,
}

/// How a branch stands to the one that it follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    /// What it follows, as a person writes it (`origin/main`).
    pub name: String,
    /// The remote that has it; `None`: it is a branch of the repository's own.
    pub remote: Option<String>,
    /// Where it is, as last fetched.
    pub tip: ObjectId,
    /// Commits that the upstream has not.
    pub ahead: u32,
    /// Commits that only the upstream has.
    pub behind: u32,
}

/// What is found where a worktree should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorktreePresence {
    /// A worktree of this repository, with this branch (none when detached) checked out.
    Present {
        /// The branch, if HEAD is on one.
        branch: Option<BranchName>,
        /// The commit.
        head: Option<ObjectId>,
    },
    /// Nothing at all.
    Absent,
    /// Something else (a folder that git does not know, a worktree of another repository).
    Foreign,
}

/// A worktree in the trash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trashed {
    /// What it was trashed as.
    pub id: SnapshotId,
    /// Where it lies: what `trash_worktree` answered.
    pub at: AbsPath,
    /// Where it was.
    pub path: AbsPath,
    /// Since when.
    pub since: Timestamp,
    /// Who put it there.
    pub owner: TrashOwner,
}

/// Who has put a worktree into the trash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrashOwner {
    /// The home whose git this is, whatever its records know of it.
    ThisHome,
    /// Another one.
    AnotherHome,
    /// The first versions did not note it.
    NotNoted,
}

/// A linked worktree as git knows it; its folder may be lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkedWorktree {
    /// Its folder.
    pub path: AbsPath,
    /// The branch that is checked out there, if one is.
    pub branch: Option<BranchName>,
    /// When it was made, where that is known.
    pub made_at: Option<Timestamp>,
}

/// The lock on a worktree's index, which git holds while it writes it and leaves behind when it is killed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexLock {
    /// The file.
    pub path: AbsPath,
    /// When it was written.
    pub written_at: Timestamp,
    /// Who may still hold it.
    pub holder: LockHolder,
}

/// Who may hold a lock that names nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockHolder {
    /// Nobody: no process of this user works in the worktree.
    Nobody,
    /// Somebody works there, or it cannot be told.
    Perhaps,
}

/// git as the engine sees it. Every operation leaves the user's checkouts, index, stash, configuration and
/// hooks alone, is idempotent (it first looks whether it has already happened), and runs no hook of the
/// repository (`core.hooksPath=/dev/null`, decision 11).
pub trait Git: Send + Sync {
    /// The checkout that `dir` lies in.
    ///
    /// # Errors
    /// [`GitError::NotARepository`], [`GitError::DubiousOwnership`], [`GitError::Unusable`].
    fn discover(&self, dir: &AbsPath) -> Result<Checkout, GitError>;

    /// The commit that a name means; branches win over everything else of the same name.
    ///
    /// # Errors
    /// [`GitError::UnknownRevision`].
    fn resolve(&self, repository: &Repository, name: &str) -> Result<ObjectId, GitError>;

    /// Whether `branch` could be made.
    ///
    /// # Errors
    /// Only failures of git itself.
    fn branch_state(&self, repository: &Repository, branch: &BranchName) -> Result<BranchState, GitError>;

    /// Makes the worktree. Done already (same path, same branch): success. On failure nothing is left.
    ///
    /// # Errors
    /// [`GitError::BranchTaken`], [`GitError::RefConflict`], [`GitError::CheckedOutElsewhere`],
    /// [`GitError::PathTaken`], [`GitError::NoSpace`], ...
    fn add_worktree(&self, request: &WorktreeRequest) -> Result<(), GitError>;

    /// Takes back what `add_worktree` made, as far as it is untouched: the folder if clean, the branch if we
    /// made it and it still points at `start`.
    ///
    /// # Errors
    /// Only failures of git itself; what is not there any more is success.
    fn undo_worktree(&self, request: &WorktreeRequest) -> Result<(), GitError>;

    /// What is at `path`.
    ///
    /// # Errors
    /// Only failures of git itself.
    fn worktree_presence(
        &self,
        repository: &Repository,
        path: &AbsPath,
    ) -> Result<WorktreePresence, GitError>;

    /// The linked worktrees of a repository, whoever made them. Read from git's own records, without starting it.
    ///
    /// # Errors
    /// [`GitError::NotARepository`] when the repository is gone.
    fn linked_worktrees(&self, repository: &Repository) -> Result<Vec<LinkedWorktree>, GitError>;

    /// Whether `add_worktree` of this very home made a worktree together with its branch. One on a branch that was there
    /// before bears no mark, and counts as somebody else's.
    ///
    /// # Errors
    /// Only failures of git itself.
    fn is_made_here(&self, repository: &Repository, worktree: &LinkedWorktree) -> Result<bool, GitError>;

    /// Mends the links between a repository that was moved and its linked worktrees, of which those at these paths were
    /// moved with it (`git worktree repair`). What is linked already stays as it is.
    ///
    /// # Errors
    /// Only failures of git itself; what was mended before stays mended.
    fn relink(&self, repository: &Repository, moved: &[AbsPath]) -> Result<(), GitError>;

    /// The lock on a worktree's index, if there is one.
    ///
    /// # Errors
    /// Only failures of the system itself.
    fn index_lock(&self, worktree: &AbsPath) -> Result<Option<IndexLock>, GitError>;

    /// Renames a lock that nobody holds, so that git can go on; its content stays beside it. Gone already: success.
    ///
    /// # Errors
    /// [`GitError::Busy`] when it is another lock by now.
    fn set_index_lock_aside(&self, worktree: &AbsPath, lock: &IndexLock) -> Result<(), GitError>;

    /// How a workspace stands against its base: `base_branch` (for `behind`, when it still exists) and `base`.
    ///
    /// # Errors
    /// [`GitError::NotARepository`] when the folder is gone.
    fn facts(
        &self,
        worktree: &AbsPath,
        base: &ObjectId,
        base_branch: Option<&BranchName>,
    ) -> Result<WorktreeFacts, GitError>;

    /// What in a worktree no snapshot can hold, and would go with it: the first repository of its own that has commits or
    /// files that are nowhere else. A submodule counts with what is not on its remotes. `None`: there is none.
    ///
    /// # Errors
    /// [`GitError::NotARepository`] when the folder is gone.
    fn unkeepable(&self, worktree: &AbsPath) -> Result<Option<String>, GitError>;

    /// Writes the state of a checkout under `refs/owt/snapshots/` without changing anything in it.
    /// `Ok(None)`: nothing differs from HEAD, no snapshot was needed.
    /// A snapshot of this id taken already is returned as it is.
    ///
    /// # Errors
    /// [`GitError::NoSpace`], [`GitError::Busy`], [`GitError::NestedRepository`], ...
    fn snapshot(&self, worktree: &AbsPath, label: &SnapshotLabel) -> Result<Option<Snapshot>, GitError>;

    /// Keeps a branch's commits reachable under `refs/owt/snapshots/<id>` although nothing is uncommitted: the
    /// snapshot's commit has `tip` as its only parent and `tip`'s tree. Kept already: the same answer.
    ///
    /// # Errors
    /// [`GitError::UnknownRevision`] when `tip` is gone, [`GitError::NoSpace`], ...
    fn keep(
        &self,
        repository: &Repository,
        label: &SnapshotLabel,
        branch: &BranchName,
        tip: &ObjectId,
    ) -> Result<Snapshot, GitError>;

    /// The snapshots of a repository, newest first, at most `limit`.
    ///
    /// # Errors
    /// Only failures of git itself.
    fn snapshots(&self, repository: &Repository, limit: usize) -> Result<Vec<SnapshotRecord>, GitError>;

    /// How many bytes git holds for a snapshot that no branch, tag or remote's branch has.
    ///
    /// # Errors
    /// Only failures of git itself; a snapshot that is gone holds nothing.
    fn snapshot_bytes(&self, repository: &Repository, id: SnapshotId) -> Result<u64, GitError>;

    /// Forgets a snapshot for good, with what was withheld from it. Gone already: success.
    ///
    /// # Errors
    /// [`GitError::Busy`] when another git process holds its ref.
    fn drop_snapshot(&self, repository: &Repository, id: SnapshotId) -> Result<(), GitError>;

    /// Puts the content of a snapshot into a worktree made for it: changed and untracked files come back as
    /// changes, withheld files return from their private folder. In a worktree that starts at the snapshot's own
    /// commit only the withheld files are missing. Done already: success.
    ///
    /// # Errors
    /// [`GitError::UnknownRevision`] when the snapshot is gone, [`GitError::RefMoved`] when HEAD is another commit
    /// than the one it was taken on, [`GitError::Busy`] or [`GitError::PathTaken`] when something is in the way.
    fn apply_snapshot(&self, worktree: &AbsPath, snapshot: &SnapshotRecord) -> Result<(), GitError>;

    /// Renames a worktree into the trash (same filesystem, decision 16) and forgets it in git. Returns where it
    /// lies now; `None` when its folder was lost before, so that git alone forgot it. Done already: the same answer.
    ///
    /// # Errors
    /// [`GitError::Busy`] when it is locked, [`GitError::PathTaken`] when it is not a worktree of this repository.
    fn trash_worktree(
        &self,
        repository: &Repository,
        path: &AbsPath,
        id: SnapshotId,
    ) -> Result<Option<AbsPath>, GitError>;

    /// Brings a trashed worktree back to `path` with `branch` checked out as it was, ignored files included. Where the
    /// trash holds nothing any more and a worktree on that branch stands there, that is the answer.
    ///
    /// # Errors
    /// [`GitError::PathTaken`], [`GitError::CheckedOutElsewhere`]; [`GitError::RefMoved`] when it was on a branch and this one is at
    /// another commit: its index and files would look like changes that take back what lies between.
    fn untrash_worktree(
        &self,
        repository: &Repository,
        trashed: &AbsPath,
        path: &AbsPath,
        branch: &BranchName,
    ) -> Result<Untrashed, GitError>;

    /// The trashed worktrees of a repository, oldest first.
    ///
    /// # Errors
    /// [`GitError::Failed`] when the trash cannot be read.
    fn trashed(&self, repository: &Repository) -> Result<Vec<Trashed>, GitError>;

    /// Removes a trashed worktree for good, when it has expired (decision 16). A commit that nothing else names stays
    /// reachable. Broken off, it can be gone on with, and the worktree does not come back by halves. Gone already:
    /// success.
    ///
    /// # Errors
    /// [`GitError::Failed`] when the folder was trashed from another repository, [`GitError::Busy`] when it is being
    /// brought back.
    fn discard_trash(&self, repository: &Repository, trashed: &AbsPath) -> Result<(), GitError>;

    /// Deletes a branch if it still points at `expected`.
    ///
    /// # Errors
    /// [`GitError::RefMoved`], [`GitError::CheckedOutElsewhere`].
    fn delete_branch(
        &self,
        repository: &Repository,
        branch: &BranchName,
        expected: &ObjectId,
    ) -> Result<(), GitError>;

    /// Makes a branch at `tip` if there is none of that name; one that points there already is success.
    ///
    /// # Errors
    /// [`GitError::BranchTaken`], [`GitError::RefConflict`].
    fn make_branch(
        &self,
        repository: &Repository,
        branch: &BranchName,
        tip: &ObjectId,
    ) -> Result<(), GitError>;

    /// The branches of remotes, as last fetched, that a local branch of this name would begin from: one for each remote
    /// that has it, or that of the remote that is preferred (`checkout.defaultRemote`). No remote is asked.
    ///
    /// # Errors
    /// Only failures of git itself.
    fn remote_branches(
        &self,
        repository: &Repository,
        branch: &BranchName,
    ) -> Result<Vec<RemoteBranch>, GitError>;

    /// Makes a branch where a remote's was last seen, and has it follow that one: the only thing that is ever written into
    /// the repository's configuration. Made already: success.
    ///
    /// # Errors
    /// [`GitError::BranchTaken`], [`GitError::RefConflict`].
    fn track_branch(
        &self,
        repository: &Repository,
        branch: &BranchName,
        from: &RemoteBranch,
    ) -> Result<(), GitError>;

    /// Takes back what `track_branch` made, if the branch has not moved. Gone already: success.
    ///
    /// # Errors
    /// [`GitError::RefMoved`], [`GitError::CheckedOutElsewhere`].
    fn untrack_branch(
        &self,
        repository: &Repository,
        branch: &BranchName,
        from: &RemoteBranch,
    ) -> Result<(), GitError>;

    /// How a branch stands to the one that it follows, as last fetched; `None` when it follows none that is known here.
    ///
    /// # Errors
    /// Only failures of git itself.
    fn upstream(&self, repository: &Repository, branch: &BranchName) -> Result<Option<Upstream>, GitError>;

    /// Asks a remote what is new there. Nothing but what was last seen of its branches changes: no `FETCH_HEAD`, which others
    /// read, no tags, and what is gone there stays here.
    ///
    /// # Errors
    /// [`GitError::Failed`] with git's words when it cannot be reached or does not let us in, [`GitError::TimedOut`].
    fn fetch(&self, repository: &Repository, remote: &str) -> Result<(), GitError>;

    /// Checks out the submodules of a worktree, nested ones too, from what `source` (another checkout of the repository)
    /// has, without a network; the two share nothing that changes. What is checked out already stays as it is.
    ///
    /// # Errors
    /// Only what keeps git from looking at the worktree; what one submodule fails with is told with it.
    fn bring_submodules(&self, source: &AbsPath, worktree: &AbsPath) -> Result<Submodules, GitError>;

    /// Whether every commit of `tip` is also in `into`.
    ///
    /// # Errors
    /// [`GitError::UnknownRevision`].
    fn is_merged(&self, repository: &Repository, tip: &ObjectId, into: &ObjectId) -> Result<bool, GitError>;

    /// How many commits `tip` has that `base` has not.
    ///
    /// # Errors
    /// [`GitError::UnknownRevision`].
    fn count_commits(
        &self,
        repository: &Repository,
        base: &ObjectId,
        tip: &ObjectId,
    ) -> Result<u32, GitError>;

    /// Commits what is changed or new (not ignored, not secret, not ours) in a workspace of ours, for agents
    /// whose sandbox cannot. `Ok(None)`: nothing to commit.
    ///
    /// # Errors
    /// [`GitError::Failed`] with git's words (identity missing, ...).
    fn commit_all(&self, worktree: &AbsPath, message: &str) -> Result<Option<CommitReport>, GitError>;

    /// The same of what is left in a workspace that is to land, with hooks of the repository: one that refuses it leaves the index
    /// as [`Git::commit_all`] does.
    ///
    /// # Errors
    /// Those of [`Git::commit_all`]; [`GitError::TimedOut`].
    fn commit_left(
        &self,
        worktree: &AbsPath,
        message: &str,
        hooks: &CommitHooks,
    ) -> Result<Option<CommitReport>, GitError>;

    /// What [`Git::commit_all`] would commit now, and what it would hold back. Nothing is written.
    ///
    /// # Errors
    /// [`GitError::Unfinished`] when something is under way there, or conflicts are not resolved.
    fn commit_plan(&self, worktree: &AbsPath) -> Result<CommitPlan, GitError>;

    /// Switches the *caller's* checkout to a new branch for an in-place job, carrying its uncommitted changes
    /// along unchanged. Done already: success. Refuses when git would overwrite anything.
    ///
    /// # Errors
    /// [`GitError::BranchTaken`], [`GitError::Busy`], ...
    fn switch_in_place(
        &self,
        worktree: &AbsPath,
        branch: &BranchName,
        start: &ObjectId,
        origin: BranchOrigin,
    ) -> Result<(), GitError>;

    /// Switches the caller's checkout back to `branch` when an in-place job ends; refuses to overwrite anything.
    ///
    /// # Errors
    /// [`GitError::Busy`] when uncommitted work is in the way.
    fn switch_back(&self, worktree: &AbsPath, branch: &BranchName) -> Result<(), GitError>;

    /// The files of a checkout with one of these names, wherever they lie: tracked, or untracked and not ignored.
    ///
    /// # Errors
    /// [`GitError::NotARepository`] when the folder is gone.
    fn files(&self, worktree: &AbsPath, names: &[&str]) -> Result<Vec<RelPath>, GitError>;

    /// The files of `source` that git does not track there and that one of the patterns (gitignore syntax, later ones
    /// win) names, each with whether git would show it in `worktree`.
    ///
    /// # Errors
    /// [`GitError::NotARepository`] when a folder is gone, or has no files of its own (a bare repository).
    fn untracked(
        &self,
        source: &AbsPath,
        worktree: &AbsPath,
        patterns: &[String],
    ) -> Result<Vec<Untracked>, GitError>;

    /// The folders of a checkout that are ignored as a whole, each without what is in it.
    ///
    /// # Errors
    /// As for [`Git::untracked`].
    fn ignored_folders(&self, source: &AbsPath) -> Result<Vec<RelPath>, GitError>;

    /// The ignored files of a checkout with one of these names, but for those in folders that are ignored as a whole.
    ///
    /// # Errors
    /// As for [`Git::untracked`].
    fn ignored_files(&self, source: &AbsPath, names: &[&str]) -> Result<Vec<RelPath>, GitError>;

    /// Tells how something differs from where it began, part by part, renames found. Nothing is written into the
    /// checkout, its index or the repository, and no program that the repository names for showing differences is run
    /// (`diff.external`, `textconv`). When `sink` wants no more, that is a good end.
    ///
    /// # Errors
    /// [`GitError::NotARepository`] when the folder is gone, [`GitError::UnknownRevision`] when the base is; after
    /// the first part only what breaks in the middle.
    fn diff(&self, question: &DiffQuestion, form: DiffForm, sink: DiffSink<'_>) -> Result<(), GitError>;

    /// Tells what each of these commits itself brings, those of each together: what differs from its parent, whatever the work began
    /// at; of a merge, what differs from what git makes of it alone; of a merge of more than two, from its first parent. What it is
    /// compared with is not told, and of one that brings nothing there is no part.
    ///
    /// # Errors
    /// [`GitError::UnknownRevision`], [`GitError::Failed`], also where git has left one of them out.
    fn steps(
        &self,
        repository: &Repository,
        commits: &[ObjectId],
        form: DiffForm,
        sink: StepSink<'_>,
    ) -> Result<(), GitError>;
}

/// What [`Git::commit_all`] would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommitPlan {
    /// Paths that would be committed; bytes that are not UTF-8 are U+FFFD.
    pub files: Vec<String>,
    /// What would be held back, as [`CommitReport::withheld`] has it.
    pub withheld: Vec<String>,
}

/// What [`Git::commit_all`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitReport {
    /// The new commit.
    pub commit: ObjectId,
    /// Files in it.
    pub files: u32,
    /// What was held back: files by the secret rule, and folders (ending with `/`) that are repositories of
    /// their own.
    pub withheld: Vec<String>,
}
