//! What landing must do for the engine, whatever is behind the port: the one suite for [`Landing`].
//!
//! Run on the real git and on the fake, in the worlds of [`git_conformance`](crate::git_conformance).
#![expect(
    clippy::unwrap_used,
    reason = "a check's way of failing is to panic; the port's error is the message"
)]

mod candidates;
mod predictions;
mod returns;
mod settling;
mod targets;
mod workspaces;

use std::time::Duration;

use owt_core::AbsPath;
use owt_core::LandingId;
use owt_core::landing::CandidateId;
use owt_core::landing::CandidateOf;
use owt_core::landing::Method;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_core::vcs::Repository;
use owt_ports::BranchOrigin;
use owt_ports::Candidate;
use owt_ports::CandidateRequest;
use owt_ports::Git;
use owt_ports::Landing;
use owt_ports::TargetMove;
use owt_ports::WorktreeRequest;

use crate::git_conformance::World;

/// A world with a landing port over its repository.
pub trait LandingWorld: World {
    /// The port under test.
    fn landing(&self) -> &dyn Landing;
    /// Makes a ref of this full name, as a push or a tag does.
    fn make_ref(&self, full_name: &str, at: &ObjectId);
    /// Takes a checkout from its branch.
    fn detach(&self, checkout: &AbsPath);
}

/// One named demand.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    /// What must hold.
    pub name: &'static str,
    /// Panics when it does not.
    pub run: fn(&dyn LandingWorld),
}

macro_rules! checks {
    ($($module:ident: $($name:ident),+;)+) => {
        /// All demands.
        pub const CHECKS: &[Check] = &[$($(Check { name: stringify!($name), run: $module::$name }),+),+];
    };
}

checks! {
    predictions: what_diverged_is_predicted_clean, what_both_changed_is_a_conflict, what_landed_is_contained,
        one_side_may_delete_what_the_other_changes;
    candidates: a_merge_has_both_parents_and_touches_no_checkout, a_squash_is_one_commit_on_the_target,
        a_rebase_stands_on_the_target, a_candidate_is_made_once, a_dropped_candidate_can_be_made_again,
        conflicts_make_no_candidate, what_is_favoured_is_taken, what_landed_makes_no_candidate,
        a_candidate_stands_on_another, a_candidate_is_laid_out_and_cleared, equal_trees_have_one_name,
        files_are_read_as_a_commit_has_them;
    settling: what_does_not_agree_is_marked_for_somebody_to_settle, what_agrees_needs_nobody_to_settle_it,
        a_settled_merge_has_both_parents_and_the_tree_of_who_settled_it,
        what_landed_in_other_commits_counts_from_where_it_was_made;
    targets: a_target_that_is_not_checked_out_moves, a_checked_out_target_goes_along_with_its_files,
        what_would_go_along_with_a_target_is_told_and_nothing_moves, a_target_moves_once, a_target_that_somebody_moved_stays, a_missing_target_is_told,
        changes_that_are_not_in_the_way_stay, a_changed_file_in_the_way_keeps_the_target,
        the_files_of_a_change_that_a_person_is_at_are_named,
        a_staged_file_in_the_way_keeps_the_target, files_that_are_staged_as_they_land_keep_the_target, an_untracked_file_in_the_way_keeps_the_target,
        an_ignored_file_in_the_way_keeps_the_target, a_merge_under_way_keeps_the_target,
        a_target_in_a_linked_worktree_goes_along;
    returns: a_target_that_is_not_checked_out_goes_back, a_checked_out_target_goes_back_with_its_files,
        a_target_goes_back_once, a_target_that_moved_on_does_not_go_back, what_is_not_in_the_way_stays_as_it_is,
        a_draft_in_the_way_keeps_what_has_landed, a_new_file_in_the_way_keeps_what_has_landed,
        an_ignored_file_in_the_way_keeps_what_has_landed, a_merge_under_way_keeps_what_has_landed,
        a_linked_worktree_goes_back_too, who_has_a_commit_is_told, an_unknown_commit_has_no_holders;
    workspaces: conflicts_are_left_in_the_workspace, without_a_conflict_the_target_is_merged_in,
        a_merge_of_somebody_is_not_touched;
}

/// Runs every check in a world of its own.
///
/// # Panics
/// After the last check, when any failed, with their names.
pub fn assert_conforms<W: LandingWorld>(fresh: impl Fn() -> W) {
    let failed: Vec<&str> =
        CHECKS.iter().filter(|check| !holds(check, &fresh())).map(|check| check.name).collect();
    assert!(failed.is_empty(), "not as the port says: {}", failed.join(", "));
}

fn holds(check: &Check, world: &dyn LandingWorld) -> bool {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .name(check.name.to_owned())
            .spawn_scoped(scope, || (check.run)(world))
            .expect("the system has room for one more thread");
        thread.join().is_ok()
    })
}

/// A branch `feat` in a worktree of its own, and `main` in the main checkout.
struct Scene<'a> {
    world: &'a dyn LandingWorld,
    git: &'a dyn Git,
    landing: &'a dyn Landing,
    repository: Repository,
    root: AbsPath,
    feat: AbsPath,
}

impl<'a> Scene<'a> {
    fn new(world: &'a dyn LandingWorld) -> Self {
        let git = world.git();
        let repository = git.discover(&world.root()).unwrap().repository;
        let scene = Self {
            world,
            git,
            landing: world.landing(),
            repository,
            root: world.root(),
            feat: world.outside().join("feat"),
        };
        scene.worktree("feat", "main");
        scene
    }

    /// A worktree on a new branch.
    fn worktree(&self, name: &str, start: &str) -> AbsPath {
        let path = self.world.outside().join(name);
        let request = WorktreeRequest {
            repository: self.repository.clone(),
            path: path.clone(),
            branch: branch(name),
            start: self.tip(start),
            branch_origin: BranchOrigin::New,
        };
        self.git.add_worktree(&request).unwrap();
        path
    }

    fn tip(&self, name: &str) -> ObjectId {
        self.git.resolve(&self.repository, name).unwrap()
    }

    fn write(&self, checkout: &AbsPath, path: &str, content: &str) {
        self.world.write(&checkout.join(path), content);
    }

    fn read(&self, checkout: &AbsPath, path: &str) -> Option<String> {
        self.world.read(&checkout.join(path))
    }

    /// Commits one file in a checkout.
    fn commit(&self, checkout: &AbsPath, path: &str, content: &str) -> ObjectId {
        self.write(checkout, path, content);
        self.world.commit(checkout)
    }

    /// Both have work of their own, in different files.
    fn diverge(&self) {
        self.commit(&self.root, "a.txt", "main\n");
        self.commit(&self.feat, "b.txt", "feat\n");
    }

    /// Both have changed the same line.
    fn collide(&self) {
        self.commit(&self.root, "a.txt", "main\n");
        self.commit(&self.feat, "a.txt", "feat\n");
    }

    fn request(&self, number: u128, method: Method) -> CandidateRequest {
        CandidateRequest {
            id: CandidateId { of: CandidateOf::Landing(LandingId::from_bits(number)), round: 1 },
            repository: self.repository.clone(),
            onto: self.tip("main"),
            tip: self.tip("feat"),
            method,
            favour: None,
            settled: None,
            beyond: None,
            message: "Merge feat\n\n# not a comment".to_owned(),
            hooks: Vec::new(),
            limit: Duration::from_secs(120),
        }
    }

    fn made(&self, request: &CandidateRequest) -> ObjectId {
        match self.landing.make_candidate(request).unwrap() {
            Candidate::Made { commit } => commit,
            other => panic!("no candidate: {other:?}"),
        }
    }

    fn move_to(&self, target: &str, to: ObjectId) -> TargetMove {
        TargetMove {
            repository: self.repository.clone(),
            target: branch(target),
            from: self.tip(target),
            to,
            reason: "owt: landed feat".to_owned(),
        }
    }

    /// What a commit has at a path, seen in a worktree of its own.
    fn content(&self, commit: &ObjectId, path: &str) -> Option<String> {
        let look = self.world.outside().join("look");
        let request = WorktreeRequest {
            repository: self.repository.clone(),
            path: look.clone(),
            branch: branch("look"),
            start: commit.clone(),
            branch_origin: BranchOrigin::New,
        };
        self.git.add_worktree(&request).unwrap();
        let content = self.read(&look, path);
        self.git.undo_worktree(&request).unwrap();
        content
    }

    fn has(&self, commit: &ObjectId, into: &ObjectId) -> bool {
        self.git.is_merged(&self.repository, commit, into).unwrap()
    }
}

fn branch(name: &str) -> BranchName {
    BranchName::new(name).unwrap()
}
