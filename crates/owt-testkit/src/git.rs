//! git as the engine sees it, in memory: the twin of the real adapter, held to it by
//! [`git_conformance`](crate::git_conformance).
//!
//! Repositories, checkouts, files and refs are plain data behind one lock; there is no chance, no clock and no
//! thread, so that a simulated run is repeated by its seed. Every call asks the [`CrashPlan`] first and last, and
//! once more in the middle where the real one takes several steps. What a person (or an agent) does by hand is
//! done with the methods of [`FakeGit`] itself. It must not know the engine.

mod branches;
mod checkout;
mod diff;
mod landing;
mod listing;
mod lookout;
mod radar;
mod remotes;
mod repository;
mod snapshots;
mod trash;
mod worktrees;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

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
use owt_ports::BranchOrigin;
use owt_ports::BranchState;
use owt_ports::CommitHooks;
use owt_ports::CommitPlan;
use owt_ports::CommitReport;
use owt_ports::DiffForm;
use owt_ports::DiffQuestion;
use owt_ports::DiffSink;
use owt_ports::Git;
use owt_ports::GitError;
use owt_ports::IndexLock;
use owt_ports::LinkedWorktree;
use owt_ports::Outlook;
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

use crate::crash::CrashPlan;
use crate::crash::Crashed;
use crate::git::repository::Repo;

impl From<Crashed> for GitError {
    fn from(Crashed: Crashed) -> Self {
        Self::Crashed
    }
}

/// The files of a commit, an index or a working tree: path below the root, content.
pub(crate) type Tree = BTreeMap<String, String>;

/// The whole world of one simulated machine, as far as git sees it.
#[derive(Debug)]
pub(crate) struct Machine {
    /// What the clock on the wall shows: only what is trashed is dated.
    now: Timestamp,
    /// Every file, by its absolute path. Folders are there when a file is below them.
    pub(crate) files: BTreeMap<AbsPath, String>,
    pub(crate) repositories: Vec<Repo>,
    /// What somebody keeps watch over.
    watched: Vec<Outlook>,
    failures: Vec<(&'static str, GitError)>,
    calls: Vec<&'static str>,
}

impl Default for Machine {
    fn default() -> Self {
        Self {
            now: crate::clock::START,
            files: BTreeMap::new(),
            repositories: Vec::new(),
            watched: Vec::new(),
            failures: Vec::new(),
            calls: Vec::new(),
        }
    }
}

/// The fake. Clones share one world.
#[derive(Debug, Clone, Default)]
pub struct FakeGit {
    world: Arc<Mutex<Machine>>,
    plan: CrashPlan,
}

impl FakeGit {
    /// An empty world whose calls die where `plan` says.
    pub fn new(plan: CrashPlan) -> Self {
        Self { world: Arc::default(), plan }
    }

    /// The same world through calls that die as `plan` says: the next server's git, or somebody else's.
    pub fn reopened(&self, plan: CrashPlan) -> Self {
        Self { world: Arc::clone(&self.world), plan }
    }

    /// Forgets the failures that were asked for and have not happened yet.
    pub fn stop_failing(&self) {
        self.lock().failures.clear();
    }

    /// Makes a repository with its main checkout at `root`, on the branch `main`, with one commit of these files.
    pub fn add_repository(&self, root: &AbsPath, files: &[(&str, &str)]) -> Repository {
        self.lock().add_repository(root, files)
    }

    /// Makes the next call of this method (`"add_worktree"`) fail with `error` and change nothing.
    pub fn fail_next(&self, method: &'static str, error: GitError) {
        self.lock().failures.push((method, error));
    }

    /// The methods that were called, in order; also those that failed.
    pub fn calls(&self) -> Vec<&'static str> {
        self.lock().calls.clone()
    }

    /// How many outlooks somebody keeps watch over.
    pub fn watched(&self) -> usize {
        self.lock().watched.len()
    }

    /// Writes a file, as a person or an agent does.
    pub fn write_file(&self, file: &AbsPath, content: &str) {
        self.lock().files.insert(file.clone(), content.to_owned());
    }

    /// What is trashed from now on is dated so.
    pub fn set_time(&self, now: Timestamp) {
        self.lock().now = now;
    }

    /// The content of a file.
    pub fn read_file(&self, file: &AbsPath) -> Option<String> {
        self.lock().files.get(file).cloned()
    }

    /// Removes a file or a folder with all below it; git is not told.
    pub fn remove_path(&self, path: &AbsPath) {
        self.lock().files.retain(|file, _| !file.starts_with(path));
    }

    /// Leaves a branch of a remote as a fetch does.
    ///
    /// # Panics
    /// When there is no such repository.
    pub fn fetch(&self, repository: &Repository, remote: &str, branch: &BranchName, tip: &ObjectId) {
        let mut world = self.lock();
        let repo = world.repo_mut(repository).expect("the repository is there");
        repo.remotes.insert((remote.to_owned(), branch.clone()), tip.clone());
    }

    /// Leaves a branch at a remote, where it was not fetched yet.
    ///
    /// # Panics
    /// When there is no such repository.
    pub fn push(&self, repository: &Repository, remote: &str, branch: &BranchName, tip: &ObjectId) {
        let mut world = self.lock();
        let repo = world.repo_mut(repository).expect("the repository is there");
        repo.elsewhere.insert((remote.to_owned(), branch.clone()), tip.clone());
    }

    /// Commits everything in a checkout that is not ignored, as a person or an agent does.
    ///
    /// # Panics
    /// When there is no checkout at `worktree`.
    pub fn commit(&self, worktree: &AbsPath) -> ObjectId {
        self.lock().commit_everything(worktree)
    }

    /// Commits everything in a checkout that is not ignored, as a merge that has these parents too.
    ///
    /// # Panics
    /// When there is no checkout at `worktree`.
    pub fn commit_merge(&self, worktree: &AbsPath, others: &[ObjectId]) -> ObjectId {
        self.lock().commit_merge(worktree, others)
    }

    /// Puts a file's present content into the index.
    ///
    /// # Panics
    /// When there is no checkout at `worktree`.
    pub fn stage(&self, worktree: &AbsPath, path: &str) {
        self.lock().stage(worktree, path);
    }

    /// Locks a worktree against removal.
    ///
    /// # Panics
    /// When there is no checkout at `worktree`.
    pub fn lock_worktree(&self, worktree: &AbsPath) {
        self.lock().checkout_mut(worktree).locked = true;
    }

    /// Leaves a lock on a checkout's index, as a git that was killed does.
    ///
    /// # Panics
    /// When there is no checkout at `worktree`.
    pub fn leave_index_lock(&self, worktree: &AbsPath) {
        self.lock().leave_index_lock(worktree);
    }

    /// Begins a merge in a checkout and leaves it unfinished.
    ///
    /// # Panics
    /// When there is no checkout at `worktree`.
    pub fn begin_merge(&self, worktree: &AbsPath) {
        self.lock().checkout_mut(worktree).merging = true;
    }

    /// Makes a ref outside of the branches, as a push or a tag does, in the first repository.
    ///
    /// # Panics
    /// When there is no repository.
    pub fn make_ref(&self, full_name: &str, at: &ObjectId) {
        let mut world = self.lock();
        let repo = world.repositories.first_mut().expect("a repository of this world");
        repo.others.insert(full_name.to_owned(), at.clone());
    }

    /// Takes a checkout from its branch; no file changes.
    ///
    /// # Panics
    /// When there is no checkout at `worktree`.
    pub fn detach(&self, worktree: &AbsPath) {
        let mut world = self.lock();
        let repo = world.repo_of(worktree);
        let head = repo.head_of(&repo.checkouts[worktree]);
        let state = world.checkout_mut(worktree);
        (state.branch, state.detached) = (None, head);
    }

    /// The branches of a repository and where they point.
    ///
    /// # Panics
    /// When the repository is not of this world.
    pub fn branches(&self, repository: &Repository) -> BTreeMap<BranchName, ObjectId> {
        let world = self.lock();
        let repo = world.repo(repository).expect("a repository of this world");
        repo.branches.iter().map(|(name, branch)| (name.clone(), branch.tip.clone())).collect()
    }

    /// The linked worktrees that git knows, whether or not their folders are there.
    ///
    /// # Panics
    /// When the repository is not of this world.
    pub fn worktrees(&self, repository: &Repository) -> Vec<AbsPath> {
        let world = self.lock();
        let repo = world.repo(repository).expect("a repository of this world");
        repo.checkouts.iter().filter(|(_, checkout)| !checkout.main).map(|(path, _)| path.clone()).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Machine> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One call of the port: a point, an injected failure, the effect, a point.
    fn call<T>(
        &self,
        name: &'static str,
        effect: impl FnOnce(&mut Machine, &CrashPlan) -> Result<T, GitError>,
    ) -> Result<T, GitError> {
        self.plan.around(name, || {
            let mut world = self.lock();
            let method = name.trim_start_matches("git.");
            world.calls.push(method);
            if let Some(at) = world.failures.iter().position(|(failing, _)| *failing == method) {
                return Err(world.failures.remove(at).1);
            }
            effect(&mut world, &self.plan)
        })
    }
}

impl Git for FakeGit {
    fn discover(&self, dir: &AbsPath) -> Result<Checkout, GitError> {
        self.call("git.discover", |world, _| world.discover(dir))
    }

    fn resolve(&self, repository: &Repository, name: &str) -> Result<ObjectId, GitError> {
        self.call("git.resolve", |world, _| world.repo(repository)?.resolve(name))
    }

    fn branch_state(&self, repository: &Repository, branch: &BranchName) -> Result<BranchState, GitError> {
        self.call("git.branch_state", |world, _| Ok(world.repo(repository)?.branch_state(branch)))
    }

    fn add_worktree(&self, request: &WorktreeRequest) -> Result<(), GitError> {
        self.call("git.add_worktree", |world, plan| world.add_worktree(request, plan))
    }

    fn undo_worktree(&self, request: &WorktreeRequest) -> Result<(), GitError> {
        self.call("git.undo_worktree", |world, _| world.undo_worktree(request))
    }

    fn worktree_presence(
        &self,
        repository: &Repository,
        path: &AbsPath,
    ) -> Result<WorktreePresence, GitError> {
        self.call("git.worktree_presence", |world, _| world.presence(repository, path))
    }

    fn linked_worktrees(&self, repository: &Repository) -> Result<Vec<LinkedWorktree>, GitError> {
        self.call("git.linked_worktrees", |world, _| Ok(world.repo(repository)?.linked_worktrees()))
    }

    fn is_made_here(&self, repository: &Repository, worktree: &LinkedWorktree) -> Result<bool, GitError> {
        self.call("git.is_made_here", |world, _| Ok(world.repo(repository)?.is_made_here(worktree)))
    }

    fn relink(&self, repository: &Repository, _moved: &[AbsPath]) -> Result<(), GitError> {
        // Nothing is ever moved there.
        self.call("git.relink", |world, _| world.repo(repository).map(drop))
    }

    fn index_lock(&self, worktree: &AbsPath) -> Result<Option<IndexLock>, GitError> {
        self.call("git.index_lock", |world, _| Ok(world.index_lock(worktree)))
    }

    fn set_index_lock_aside(&self, worktree: &AbsPath, lock: &IndexLock) -> Result<(), GitError> {
        self.call("git.set_index_lock_aside", |world, _| world.set_index_lock_aside(worktree, lock))
    }

    fn facts(
        &self,
        worktree: &AbsPath,
        base: &ObjectId,
        base_branch: Option<&BranchName>,
    ) -> Result<WorktreeFacts, GitError> {
        self.call("git.facts", |world, _| world.facts(worktree, base, base_branch))
    }

    fn snapshot(&self, worktree: &AbsPath, label: &SnapshotLabel) -> Result<Option<Snapshot>, GitError> {
        self.call("git.snapshot", |world, plan| world.snapshot(worktree, label, plan))
    }

    fn keep(
        &self,
        repository: &Repository,
        label: &SnapshotLabel,
        branch: &BranchName,
        tip: &ObjectId,
    ) -> Result<Snapshot, GitError> {
        self.call("git.keep", |world, _| world.keep(repository, label, branch, tip))
    }

    fn snapshots(&self, repository: &Repository, limit: usize) -> Result<Vec<SnapshotRecord>, GitError> {
        self.call("git.snapshots", |world, _| Ok(world.repo(repository)?.snapshot_records(limit)))
    }

    fn snapshot_bytes(&self, repository: &Repository, id: SnapshotId) -> Result<u64, GitError> {
        self.call("git.snapshot_bytes", |world, _| Ok(world.repo(repository)?.snapshot_bytes(id)))
    }

    fn drop_snapshot(&self, repository: &Repository, id: SnapshotId) -> Result<(), GitError> {
        self.call("git.drop_snapshot", |world, _| {
            world.repo_mut(repository)?.snapshots.remove(&id);
            Ok(())
        })
    }

    fn apply_snapshot(&self, worktree: &AbsPath, snapshot: &SnapshotRecord) -> Result<(), GitError> {
        self.call("git.apply_snapshot", |world, _| world.apply_snapshot(worktree, snapshot))
    }

    fn trash_worktree(
        &self,
        repository: &Repository,
        path: &AbsPath,
        id: SnapshotId,
    ) -> Result<Option<AbsPath>, GitError> {
        self.call("git.trash_worktree", |world, plan| world.trash(repository, path, id, plan))
    }

    fn unkeepable(&self, worktree: &AbsPath) -> Result<Option<String>, GitError> {
        // There are no repositories inside of others in this world.
        self.call("git.unkeepable", |world, _| world.checkout(worktree).map(|_| None))
    }

    fn untrash_worktree(
        &self,
        repository: &Repository,
        trashed: &AbsPath,
        path: &AbsPath,
        branch: &BranchName,
    ) -> Result<Untrashed, GitError> {
        self.call("git.untrash_worktree", |world, _| world.untrash(repository, trashed, path, branch))
    }

    fn trashed(&self, repository: &Repository) -> Result<Vec<Trashed>, GitError> {
        self.call("git.trashed", |world, _| world.trashed(repository))
    }

    fn discard_trash(&self, repository: &Repository, trashed: &AbsPath) -> Result<(), GitError> {
        self.call("git.discard_trash", |world, _| world.discard_trash(repository, trashed))
    }

    fn delete_branch(
        &self,
        repository: &Repository,
        branch: &BranchName,
        expected: &ObjectId,
    ) -> Result<(), GitError> {
        self.call("git.delete_branch", |world, _| world.repo_mut(repository)?.delete_branch(branch, expected))
    }

    fn remote_branches(
        &self,
        repository: &Repository,
        branch: &BranchName,
    ) -> Result<Vec<RemoteBranch>, GitError> {
        self.call("git.remote_branches", |world, _| Ok(world.repo(repository)?.remote_branches(branch)))
    }

    fn track_branch(
        &self,
        repository: &Repository,
        branch: &BranchName,
        from: &RemoteBranch,
    ) -> Result<(), GitError> {
        self.call("git.track_branch", |world, _| world.repo_mut(repository)?.track_branch(branch, from))
    }

    fn untrack_branch(
        &self,
        repository: &Repository,
        branch: &BranchName,
        from: &RemoteBranch,
    ) -> Result<(), GitError> {
        self.call("git.untrack_branch", |world, _| world.repo_mut(repository)?.untrack_branch(branch, from))
    }

    fn bring_submodules(&self, _: &AbsPath, worktree: &AbsPath) -> Result<Submodules, GitError> {
        // There are no repositories inside of others in this world.
        self.call("git.bring_submodules", |world, _| world.checkout(worktree).map(|_| Submodules::default()))
    }

    fn upstream(&self, repository: &Repository, branch: &BranchName) -> Result<Option<Upstream>, GitError> {
        self.call("git.upstream", |world, _| world.repo(repository)?.upstream(branch))
    }

    fn fetch(&self, repository: &Repository, remote: &str) -> Result<(), GitError> {
        self.call("git.fetch", |world, _| world.repo_mut(repository)?.fetch(remote))
    }

    fn make_branch(
        &self,
        repository: &Repository,
        branch: &BranchName,
        tip: &ObjectId,
    ) -> Result<(), GitError> {
        self.call("git.make_branch", |world, _| world.repo_mut(repository)?.make_branch(branch, tip))
    }

    fn is_merged(&self, repository: &Repository, tip: &ObjectId, into: &ObjectId) -> Result<bool, GitError> {
        self.call("git.is_merged", |world, _| world.repo(repository)?.is_merged(tip, into))
    }

    fn count_commits(
        &self,
        repository: &Repository,
        base: &ObjectId,
        tip: &ObjectId,
    ) -> Result<u32, GitError> {
        self.call("git.count_commits", |world, _| world.repo(repository)?.count_commits(base, tip))
    }

    fn commit_plan(&self, worktree: &AbsPath) -> Result<CommitPlan, GitError> {
        self.call("git.commit_plan", |world, _| world.commit_plan(worktree))
    }

    fn commit_all(&self, worktree: &AbsPath, _message: &str) -> Result<Option<CommitReport>, GitError> {
        self.call("git.commit_all", |world, _| world.commit_all(worktree))
    }

    fn commit_left(
        &self,
        worktree: &AbsPath,
        message: &str,
        _hooks: &CommitHooks,
    ) -> Result<Option<CommitReport>, GitError> {
        self.commit_all(worktree, message)
    }

    fn switch_in_place(
        &self,
        worktree: &AbsPath,
        branch: &BranchName,
        start: &ObjectId,
        origin: BranchOrigin,
    ) -> Result<(), GitError> {
        self.call("git.switch_in_place", |world, _| world.switch_in_place(worktree, branch, start, origin))
    }

    fn switch_back(&self, worktree: &AbsPath, branch: &BranchName) -> Result<(), GitError> {
        self.call("git.switch_back", |world, _| world.switch_back(worktree, branch))
    }

    fn files(&self, worktree: &AbsPath, names: &[&str]) -> Result<Vec<RelPath>, GitError> {
        self.call("git.files", |world, _| world.named_files(worktree, names))
    }

    fn untracked(
        &self,
        source: &AbsPath,
        worktree: &AbsPath,
        patterns: &[String],
    ) -> Result<Vec<Untracked>, GitError> {
        self.call("git.untracked", |world, _| world.untracked(source, worktree, patterns))
    }

    fn ignored_folders(&self, source: &AbsPath) -> Result<Vec<RelPath>, GitError> {
        self.call("git.ignored_folders", |world, _| world.ignored_folders(source))
    }

    fn ignored_files(&self, source: &AbsPath, names: &[&str]) -> Result<Vec<RelPath>, GitError> {
        self.call("git.ignored_files", |world, _| world.ignored_files(source, names))
    }

    fn diff(&self, question: &DiffQuestion, form: DiffForm, sink: DiffSink<'_>) -> Result<(), GitError> {
        // The parts are handed out when the world is free again: whoever takes them may ask it more.
        let parts = self.call("git.diff", |world, _| world.diff(question, form))?;
        for part in parts {
            if !sink(part) {
                break;
            }
        }
        Ok(())
    }

    fn steps(
        &self,
        repository: &Repository,
        commits: &[ObjectId],
        form: DiffForm,
        sink: StepSink<'_>,
    ) -> Result<(), GitError> {
        let steps = self.call("git.steps", |world, _| {
            let repo = world.repo(repository)?;
            commits.iter().map(|commit| repo.step(commit, form)).collect::<Result<Vec<_>, _>>()
        })?;
        let all = commits
            .iter()
            .zip(steps)
            .flat_map(|(commit, parts)| parts.into_iter().map(move |it| (commit, it)));
        for (commit, part) in all {
            if !sink(commit, part) {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
