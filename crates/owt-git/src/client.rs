//! The git program with our settings, and the port it implements. Only delegates.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::sync::OnceLock;
use std::time::Duration;

use owt_core::AbsPath;
use owt_core::SnapshotId;
use owt_core::environment::RelPath;
use owt_core::environment::Submodules;
use owt_core::vcs::BranchName;
use owt_core::vcs::Checkout;
use owt_core::vcs::ObjectId;
use owt_core::vcs::RemoteBranch;
use owt_core::vcs::Repository;
use owt_core::vcs::WorktreeFacts;
use owt_ports::BranchState;
use owt_ports::CommitHooks;
use owt_ports::CommitReport;
use owt_ports::DiffForm;
use owt_ports::DiffQuestion;
use owt_ports::DiffSink;
use owt_ports::Git;
use owt_ports::GitError;
use owt_ports::IndexLock;
use owt_ports::LinkedWorktree;
use owt_ports::Snapshot;
use owt_ports::SnapshotLabel;
use owt_ports::SnapshotRecord;
use owt_ports::StepSink;
use owt_ports::Trashed;
use owt_ports::Untracked;
use owt_ports::Untrashed;
use owt_ports::Upstream;
use owt_ports::WorktreePresence;
use owt_ports::WorktreeRequest;
use owt_process::Cmd;

use crate::failure;
use crate::version::MINIMUM;
use crate::version::Version;

/// How long `git version` may take.
const VERSION_LIMIT: Duration = Duration::from_secs(10);

/// What git needs to be told by the composition root.
#[derive(Debug, Clone)]
pub struct GitSettings {
    /// The program: a name for the search path, or an absolute path.
    pub program: OsString,
    /// The environment that git starts from; `None`: that of this process. Variables that point git at another
    /// repository are dropped from either.
    pub environment: Option<BTreeMap<OsString, OsString>>,
    /// A private folder for index files of a moment; made when it is needed.
    pub scratch: AbsPath,
    /// The private folder for files that the secret rule keeps out of git; made when it is needed.
    pub withheld_root: AbsPath,
    /// Shortens every time limit to this much; `None`: the limits of the operations hold.
    pub patience: Option<Duration>,
}

/// git by its command line.
#[derive(Debug)]
pub struct GitCli {
    settings: GitSettings,
    checked: OnceLock<()>,
}

impl GitCli {
    /// Nothing is started yet; a git that is missing or too old is reported by the first call.
    pub const fn new(settings: GitSettings) -> Self {
        Self { settings, checked: OnceLock::new() }
    }

    /// For a look that nothing follows from: which git this is, is not asked. One that is too old fails somehow.
    pub fn of_any_version(settings: GitSettings) -> Self {
        Self { settings, checked: OnceLock::from(()) }
    }

    pub(crate) const fn settings(&self) -> &GitSettings {
        &self.settings
    }

    /// The program with its environment, nothing else.
    pub(crate) fn program(&self) -> Cmd {
        let cmd = Cmd::new(self.settings.program.clone());
        match &self.settings.environment {
            Some(base) => cmd.env_base(base.clone()),
            None => cmd,
        }
    }

    pub(crate) fn limit(&self, wanted: Duration) -> Duration {
        self.settings.patience.map_or(wanted, |patience| patience.min(wanted))
    }

    /// Whether git can be used at all.
    ///
    /// # Errors
    /// [`GitError::Unusable`] when it is missing or older than we need.
    pub fn require(&self) -> Result<(), GitError> {
        self.require_version()
    }

    /// Asks git for its version once; only success is remembered, so that installing git needs no restart.
    pub(crate) fn require_version(&self) -> Result<(), GitError> {
        if self.checked.get().is_some() {
            return Ok(());
        }
        let root = AbsPath::new("/").expect("the root is absolute");
        let output = self
            .program()
            .arg("version")
            .current_dir(&root)
            .timeout(VERSION_LIMIT)
            .run()
            .map_err(|error| failure::of_process(error, "version", &root, VERSION_LIMIT))?;
        let text = output.stdout_utf8_lossy();
        match Version::parse(&text) {
            Some(version) if version >= MINIMUM => {
                // Another thread may have been faster with the same answer.
                let _ = self.checked.set(());
                Ok(())
            }
            _ => {
                Err(GitError::Unusable(format!("git {MINIMUM} or newer is needed, found '{}'", text.trim())))
            }
        }
    }
}

impl Git for GitCli {
    fn discover(&self, dir: &AbsPath) -> Result<Checkout, GitError> {
        crate::location::discover(self, dir)
    }

    fn resolve(&self, repository: &Repository, name: &str) -> Result<ObjectId, GitError> {
        crate::refs::resolve(self, &repository.common_dir, name)
    }

    fn branch_state(&self, repository: &Repository, branch: &BranchName) -> Result<BranchState, GitError> {
        crate::refs::branch_state(self, &repository.common_dir, branch)
    }

    fn add_worktree(&self, request: &WorktreeRequest) -> Result<(), GitError> {
        crate::worktree::add(self, request)
    }

    fn undo_worktree(&self, request: &WorktreeRequest) -> Result<(), GitError> {
        crate::undo::undo(self, request)
    }

    fn worktree_presence(
        &self,
        repository: &Repository,
        path: &AbsPath,
    ) -> Result<WorktreePresence, GitError> {
        crate::worktree::presence(self, repository, path)
    }

    fn linked_worktrees(&self, repository: &Repository) -> Result<Vec<LinkedWorktree>, GitError> {
        crate::linked::linked_worktrees(self, repository)
    }

    fn is_made_here(&self, repository: &Repository, worktree: &LinkedWorktree) -> Result<bool, GitError> {
        crate::linked::is_made_here(self, repository, worktree)
    }

    fn relink(&self, repository: &Repository, moved: &[AbsPath]) -> Result<(), GitError> {
        crate::linked::relink(self, repository, moved)
    }

    fn index_lock(&self, worktree: &AbsPath) -> Result<Option<IndexLock>, GitError> {
        crate::index_lock::look(worktree)
    }

    fn set_index_lock_aside(&self, worktree: &AbsPath, lock: &IndexLock) -> Result<(), GitError> {
        crate::index_lock::set_aside(worktree, lock)
    }

    fn facts(
        &self,
        worktree: &AbsPath,
        base: &ObjectId,
        base_branch: Option<&BranchName>,
    ) -> Result<WorktreeFacts, GitError> {
        crate::facts::facts(self, worktree, base, base_branch)
    }

    fn snapshot(&self, worktree: &AbsPath, label: &SnapshotLabel) -> Result<Option<Snapshot>, GitError> {
        crate::snapshot::take(self, worktree, label)
    }

    fn keep(
        &self,
        repository: &Repository,
        label: &SnapshotLabel,
        branch: &BranchName,
        tip: &ObjectId,
    ) -> Result<Snapshot, GitError> {
        crate::snapshot::keep(self, repository, label, branch, tip)
    }

    fn snapshots(&self, repository: &Repository, limit: usize) -> Result<Vec<SnapshotRecord>, GitError> {
        crate::snapshot::list(self, repository, limit)
    }

    fn snapshot_bytes(&self, repository: &Repository, id: SnapshotId) -> Result<u64, GitError> {
        crate::snapshot::bytes(self, repository, id)
    }

    fn drop_snapshot(&self, repository: &Repository, id: SnapshotId) -> Result<(), GitError> {
        crate::snapshot::forget(self, repository, id)
    }

    fn apply_snapshot(&self, worktree: &AbsPath, snapshot: &SnapshotRecord) -> Result<(), GitError> {
        crate::apply::apply(self, worktree, snapshot)
    }

    fn trash_worktree(
        &self,
        repository: &Repository,
        path: &AbsPath,
        id: SnapshotId,
    ) -> Result<Option<AbsPath>, GitError> {
        crate::trash::trash(self, repository, path, id)
    }

    fn unkeepable(&self, worktree: &AbsPath) -> Result<Option<String>, GitError> {
        crate::nested::unkeepable(self, worktree)
    }

    fn untrash_worktree(
        &self,
        repository: &Repository,
        trashed: &AbsPath,
        path: &AbsPath,
        branch: &BranchName,
    ) -> Result<Untrashed, GitError> {
        crate::untrash::untrash(self, repository, trashed, path, branch)
    }

    fn trashed(&self, repository: &Repository) -> Result<Vec<Trashed>, GitError> {
        crate::trash_record::list(self, &repository.common_dir)
    }

    fn discard_trash(&self, repository: &Repository, trashed: &AbsPath) -> Result<(), GitError> {
        crate::discard::discard(self, repository, trashed)
    }

    fn delete_branch(
        &self,
        repository: &Repository,
        branch: &BranchName,
        expected: &ObjectId,
    ) -> Result<(), GitError> {
        crate::refs::delete_branch(self, &repository.common_dir, branch, expected)
    }

    fn make_branch(
        &self,
        repository: &Repository,
        branch: &BranchName,
        tip: &ObjectId,
    ) -> Result<(), GitError> {
        crate::refs::make_branch(self, &repository.common_dir, branch, tip)
    }

    fn remote_branches(
        &self,
        repository: &Repository,
        branch: &BranchName,
    ) -> Result<Vec<RemoteBranch>, GitError> {
        crate::remote::remote_branches(self, &repository.common_dir, branch)
    }

    fn track_branch(
        &self,
        repository: &Repository,
        branch: &BranchName,
        from: &RemoteBranch,
    ) -> Result<(), GitError> {
        crate::remote::track_branch(self, &repository.common_dir, branch, from)
    }

    fn untrack_branch(
        &self,
        repository: &Repository,
        branch: &BranchName,
        from: &RemoteBranch,
    ) -> Result<(), GitError> {
        crate::remote::untrack_branch(self, &repository.common_dir, branch, from)
    }

    fn upstream(&self, repository: &Repository, branch: &BranchName) -> Result<Option<Upstream>, GitError> {
        crate::remote::upstream(self, &repository.common_dir, branch)
    }

    fn fetch(&self, repository: &Repository, remote: &str) -> Result<(), GitError> {
        crate::remote::fetch(self, &repository.common_dir, remote)
    }

    fn bring_submodules(&self, source: &AbsPath, worktree: &AbsPath) -> Result<Submodules, GitError> {
        crate::submodules::bring(self, source, worktree)
    }

    fn is_merged(&self, repository: &Repository, tip: &ObjectId, into: &ObjectId) -> Result<bool, GitError> {
        crate::refs::is_merged(self, &repository.common_dir, tip, into)
    }

    fn count_commits(
        &self,
        repository: &Repository,
        base: &ObjectId,
        tip: &ObjectId,
    ) -> Result<u32, GitError> {
        crate::refs::count_commits(self, &repository.common_dir, base, tip)
    }

    fn commit_plan(&self, worktree: &AbsPath) -> Result<owt_ports::CommitPlan, GitError> {
        crate::commit::commit_plan(self, worktree)
    }

    fn commit_all(&self, worktree: &AbsPath, message: &str) -> Result<Option<CommitReport>, GitError> {
        crate::commit::commit_all(self, worktree, message)
    }

    fn commit_left(
        &self,
        worktree: &AbsPath,
        message: &str,
        hooks: &CommitHooks,
    ) -> Result<Option<CommitReport>, GitError> {
        crate::commit::commit_left(self, worktree, message, hooks)
    }

    fn switch_in_place(
        &self,
        worktree: &AbsPath,
        branch: &BranchName,
        start: &ObjectId,
        origin: owt_ports::BranchOrigin,
    ) -> Result<(), GitError> {
        crate::switch::switch_in_place(self, worktree, branch, start, origin)
    }

    fn switch_back(&self, worktree: &AbsPath, branch: &BranchName) -> Result<(), GitError> {
        crate::switch::switch_back(self, worktree, branch)
    }

    fn files(&self, worktree: &AbsPath, names: &[&str]) -> Result<Vec<RelPath>, GitError> {
        crate::listing::files(self, worktree, names)
    }

    fn untracked(
        &self,
        source: &AbsPath,
        worktree: &AbsPath,
        patterns: &[String],
    ) -> Result<Vec<Untracked>, GitError> {
        crate::listing::untracked(self, source, worktree, patterns)
    }

    fn ignored_folders(&self, source: &AbsPath) -> Result<Vec<RelPath>, GitError> {
        crate::listing::ignored_folders(self, source)
    }

    fn ignored_files(&self, source: &AbsPath, names: &[&str]) -> Result<Vec<RelPath>, GitError> {
        crate::listing::ignored_files(self, source, names)
    }

    fn diff(&self, question: &DiffQuestion, form: DiffForm, sink: DiffSink<'_>) -> Result<(), GitError> {
        crate::diff::diff(self, question, form, sink)
    }

    fn steps(
        &self,
        repository: &Repository,
        commits: &[ObjectId],
        form: DiffForm,
        sink: StepSink<'_>,
    ) -> Result<(), GitError> {
        crate::diff::steps(self, repository, commits, form, sink)
    }
}
