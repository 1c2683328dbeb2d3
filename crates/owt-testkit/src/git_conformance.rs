//! What git must do for the engine, whatever is behind the port: the one suite for [`Git`].
//!
//! Run on the real git and on the fake. A check sees the port and, for what a person or an agent does by hand, a
//! [`World`]. Each starts from one repository with one commit on `main`: `a.txt` and `b.txt` ("one\n" each) and a
//! `.gitignore` of `*.log` and `ignored/`.
#![expect(
    clippy::unwrap_used,
    reason = "a check's way of failing is to panic; the port's error is the message"
)]

mod branches;
mod commits;
mod diffs;
mod discovery;
mod in_place;
mod listings;
mod remotes;
mod snapshots;
mod trash;
mod worktrees;

use std::thread;

use owt_core::AbsPath;
use owt_core::SnapshotId;
use owt_core::Timestamp;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_core::vcs::Repository;
use owt_ports::BranchOrigin;
use owt_ports::Git;
use owt_ports::SnapshotLabel;
use owt_ports::SnapshotRecord;
use owt_ports::WorktreeRequest;

/// The files of the first commit.
pub const FIRST_FILES: &[(&str, &str)] =
    &[(".gitignore", "*.log\nignored/\n"), ("a.txt", "one\n"), ("b.txt", "one\n")];

/// The machine around the port: what people and agents do by hand.
pub trait World: Sync {
    /// The port under test.
    fn git(&self) -> &dyn Git;
    /// The main checkout's root.
    fn root(&self) -> AbsPath;
    /// A folder in no repository, for worktrees.
    fn outside(&self) -> AbsPath;
    /// Writes a file, and its folders.
    fn write(&self, file: &AbsPath, content: &str);
    /// The content of a file, if it is there.
    fn read(&self, file: &AbsPath) -> Option<String>;
    /// Removes a file, or a folder with all below it.
    fn remove(&self, path: &AbsPath);
    /// Commits everything in a checkout that is not ignored.
    fn commit(&self, checkout: &AbsPath) -> ObjectId;
    /// Commits everything in a checkout that is not ignored, as a merge that has these parents too.
    fn commit_merge(&self, checkout: &AbsPath, others: &[ObjectId]) -> ObjectId;
    /// Puts a file's content into the index of a checkout.
    fn stage(&self, checkout: &AbsPath, path: &str);
    /// Leaves a branch of a remote as a fetch does; the remote is known by its name.
    fn fetch(&self, remote: &str, branch: &BranchName, tip: &ObjectId);
    /// Leaves a branch at a remote that is known here by then, where nobody has fetched it yet.
    fn push(&self, remote: &str, branch: &BranchName, tip: &ObjectId);
    /// Locks a worktree against removal.
    fn lock(&self, worktree: &AbsPath);
    /// Leaves a lock on the index of a checkout, as a git that was killed does.
    fn leave_index_lock(&self, checkout: &AbsPath);
    /// Begins a merge in a checkout and leaves it unfinished; no file changes.
    fn begin_merge(&self, checkout: &AbsPath);
}

/// One named demand.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    /// What must hold.
    pub name: &'static str,
    /// Panics when it does not.
    pub run: fn(&dyn World),
}

macro_rules! checks {
    ($($module:ident: $($name:ident),+;)+) => {
        /// All demands.
        pub const CHECKS: &[Check] = &[$($(Check { name: stringify!($name), run: $module::$name }),+),+];
    };
}

checks! {
    discovery: every_place_of_a_repository_is_the_same_repository, a_folder_outside_is_no_repository,
        names_mean_commits_and_branches_win, unknown_names_are_refused, history_is_asked;
    branches: a_name_is_free_taken_or_in_conflict, a_branch_is_made_once, a_branch_in_the_way_is_told,
        a_branch_goes_only_if_it_has_not_moved, a_checked_out_branch_stays;
    worktrees: a_worktree_is_made_and_made_again, a_taken_branch_is_refused_and_nothing_is_left,
        a_conflicting_branch_is_refused_and_nothing_is_left, an_existing_branch_is_checked_out_as_it_is,
        a_branch_is_checked_out_once, a_missing_branch_is_unknown, something_else_at_the_path_is_left_alone,
        an_untouched_worktree_is_taken_back, a_touched_worktree_is_not_taken_back,
        an_existing_branch_outlives_its_worktree, somebody_elses_branch_is_never_taken_back,
        presence_tells_ours_from_others, facts_count_what_is_ahead_behind_and_dirty,
        what_was_landed_is_no_longer_ahead, facts_of_a_lost_folder_are_refused,
        a_worktree_whose_folder_is_lost_is_made_again, linked_worktrees_are_listed_and_known_again,
        links_that_are_well_stay_as_they_are,
        a_lock_that_was_left_is_seen_and_set_aside;
    snapshots: a_clean_checkout_needs_no_snapshot, a_snapshot_changes_nothing_in_the_checkout,
        a_snapshot_is_taken_once, a_snapshot_comes_back_in_another_worktree, staged_work_comes_back_staged,
        secrets_stay_out_and_come_back, a_snapshot_fits_only_its_commit, a_snapshot_can_be_the_start_of_a_branch,
        an_unknown_snapshot_is_refused, what_is_in_the_way_of_a_snapshot_stays, snapshots_are_listed_newest_first,
        a_clean_branch_is_kept, a_snapshot_that_is_dropped_is_gone_and_the_others_stay;
    trash: a_trashed_worktree_comes_back_whole, trashing_twice_is_trashing_once,
        a_locked_worktree_is_not_trashed, only_worktrees_are_trashed, a_lost_folder_is_forgotten,
        a_trashed_worktree_does_not_overwrite, a_trashed_worktree_needs_its_branch,
        a_trashed_worktree_does_not_come_back_to_a_branch_that_has_moved,
        a_trashed_worktree_comes_back_elsewhere_on_another_branch, discarded_trash_is_gone,
        the_trash_says_what_lies_in_it;
    commits: nothing_to_commit_is_none, what_changed_is_committed, what_would_be_committed_is_told_and_nothing_happens, secrets_are_held_back,
        a_staged_secret_is_held_back_too, nothing_is_committed_during_a_merge;
    in_place: changes_are_carried_to_the_new_branch_and_back, a_switch_is_made_once,
        a_switch_to_a_taken_branch_is_refused, a_switch_that_would_overwrite_changes_nothing,
        an_existing_branch_is_switched_to, nothing_is_switched_during_a_merge;
    remotes: branches_of_remotes_are_known_as_last_fetched, a_branch_begins_at_a_remotes_and_follows_it,
        what_follows_a_remotes_branch_is_taken_back_as_long_as_it_has_not_moved,
        a_remote_is_asked_what_is_new_and_nothing_else_changes, a_remote_that_cannot_be_reached_is_told;
    listings: files_are_found_by_name_wherever_they_lie, untracked_files_are_told_with_what_git_shows,
        ignored_folders_are_named_without_what_is_in_them,
        ignored_files_are_found_by_name_and_not_in_ignored_folders;
    diffs: everything_since_the_base_is_told_and_nothing_changes, what_came_from_the_base_is_no_change,
        a_file_with_another_name_is_renamed, a_commit_is_compared_without_a_folder,
        each_commit_is_told_by_itself, a_merge_of_many_is_told_beside_its_first_parent,
        who_wants_no_more_gets_no_more, a_diff_needs_its_folder_and_its_base;
}

/// Runs every check in a world of its own.
///
/// # Panics
/// After the last check, when any failed, with their names. Each ran in a thread of its name, so that its own
/// message says which it was.
pub fn assert_conforms<W: World>(fresh: impl Fn() -> W) {
    let failed: Vec<&str> =
        CHECKS.iter().filter(|check| !holds(check, &fresh())).map(|check| check.name).collect();
    assert!(failed.is_empty(), "not as the port says: {}", failed.join(", "));
}

fn holds(check: &Check, world: &dyn World) -> bool {
    thread::scope(|scope| {
        let thread = thread::Builder::new()
            .name(check.name.to_owned())
            .spawn_scoped(scope, || (check.run)(world))
            .expect("the system has room for one more thread");
        thread.join().is_ok()
    })
}

/// Short ways to say what checks say often.
struct Scene<'a> {
    world: &'a dyn World,
    git: &'a dyn Git,
    repository: Repository,
    first: ObjectId,
}

impl<'a> Scene<'a> {
    fn new(world: &'a dyn World) -> Self {
        let git = world.git();
        let repository = git.discover(&world.root()).unwrap().repository;
        let first = git.resolve(&repository, "main").unwrap();
        Self { world, git, repository, first }
    }

    fn request(&self, name: &str, origin: BranchOrigin) -> WorktreeRequest {
        WorktreeRequest {
            repository: self.repository.clone(),
            path: self.world.outside().join(&name.replace('/', "-")),
            branch: branch(name),
            start: self.first.clone(),
            branch_origin: origin,
        }
    }

    /// A new worktree on a new branch of this name.
    fn worktree(&self, name: &str) -> AbsPath {
        let request = self.request(name, BranchOrigin::New);
        self.git.add_worktree(&request).unwrap();
        request.path
    }

    fn write(&self, folder: &AbsPath, path: &str, content: &str) {
        self.world.write(&folder.join(path), content);
    }

    fn read(&self, folder: &AbsPath, path: &str) -> Option<String> {
        self.world.read(&folder.join(path))
    }

    fn dirty(&self, worktree: &AbsPath) -> u32 {
        self.git.facts(worktree, &self.first, None).unwrap().dirty_files
    }

    fn record(&self, id: SnapshotId) -> SnapshotRecord {
        let all = self.git.snapshots(&self.repository, 100).unwrap();
        all.into_iter().find(|record| record.id == id).unwrap()
    }
}

fn branch(name: &str) -> BranchName {
    BranchName::new(name).unwrap()
}

fn id(number: u128) -> SnapshotId {
    SnapshotId::from_bits(number)
}

fn label(number: u128, reason: &str) -> SnapshotLabel {
    SnapshotLabel {
        id: id(number),
        workspace: "work".to_owned(),
        reason: reason.to_owned(),
        at: Timestamp::from_millis(1_767_225_600_000 + i64::try_from(number).unwrap()),
    }
}
