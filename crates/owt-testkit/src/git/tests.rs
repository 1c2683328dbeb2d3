//! The fake under the suite of the real one, and where it can crash.

use owt_ports::Landing;

use super::*;
use crate::git_conformance;
use crate::git_conformance::FIRST_FILES;
use crate::landing_conformance;
use crate::lookout_conformance;

struct FakeWorld(FakeGit);

impl FakeWorld {
    fn new() -> Self {
        let world = Self(FakeGit::default());
        world.0.add_repository(&abs("/home/me/app"), FIRST_FILES);
        world
    }
}

fn abs(path: &str) -> AbsPath {
    AbsPath::new(path).unwrap()
}

fn branch(name: &str) -> BranchName {
    BranchName::new(name).unwrap()
}

impl landing_conformance::LandingWorld for FakeWorld {
    fn landing(&self) -> &dyn Landing {
        &self.0
    }

    fn make_ref(&self, full_name: &str, at: &ObjectId) {
        self.0.make_ref(full_name, at);
    }

    fn detach(&self, checkout: &AbsPath) {
        self.0.detach(checkout);
    }
}

impl git_conformance::World for FakeWorld {
    fn git(&self) -> &dyn Git {
        &self.0
    }

    fn root(&self) -> AbsPath {
        abs("/home/me/app")
    }

    fn outside(&self) -> AbsPath {
        abs("/home/me/work")
    }

    fn write(&self, file: &AbsPath, content: &str) {
        self.0.write_file(file, content);
    }

    fn read(&self, file: &AbsPath) -> Option<String> {
        self.0.read_file(file)
    }

    fn remove(&self, path: &AbsPath) {
        self.0.remove_path(path);
    }

    fn commit(&self, checkout: &AbsPath) -> ObjectId {
        self.0.commit(checkout)
    }

    fn commit_merge(&self, checkout: &AbsPath, others: &[ObjectId]) -> ObjectId {
        self.0.commit_merge(checkout, others)
    }

    fn stage(&self, checkout: &AbsPath, path: &str) {
        self.0.stage(checkout, path);
    }

    fn fetch(&self, remote: &str, branch: &BranchName, tip: &ObjectId) {
        let repository = self.0.discover(&self.root()).unwrap().repository;
        self.0.fetch(&repository, remote, branch, tip);
    }

    fn push(&self, remote: &str, branch: &BranchName, tip: &ObjectId) {
        let repository = self.0.discover(&self.root()).unwrap().repository;
        self.0.push(&repository, remote, branch, tip);
    }

    fn lock(&self, worktree: &AbsPath) {
        self.0.lock_worktree(worktree);
    }

    fn leave_index_lock(&self, checkout: &AbsPath) {
        self.0.leave_index_lock(checkout);
    }

    fn begin_merge(&self, checkout: &AbsPath) {
        self.0.begin_merge(checkout);
    }
}

#[test]
fn the_fake_lands_as_the_port_says() {
    landing_conformance::assert_conforms(FakeWorld::new);
}

#[test]
fn the_fake_has_remotes_as_the_port_says() {
    crate::remotes_conformance::assert_conforms(|| {
        let world = FakeWorld::new();
        let remotes = world.0.clone();
        (world, remotes, owt_ports::CallerEnvironment::default())
    });
}

#[test]
fn the_fake_does_what_git_does() {
    git_conformance::assert_conforms(FakeWorld::new);
}

#[test]
fn the_fake_keeps_watch_as_the_real_one_does() {
    lookout_conformance::assert_conforms(|| {
        let world = FakeWorld::new();
        let lookout = world.0.clone();
        (world, lookout)
    });
}

#[test]
fn the_fakes_radar_is_as_the_port_says() {
    crate::radar_conformance::assert_conforms(|| {
        let world = FakeWorld::new();
        let radar = world.0.clone();
        (world, radar)
    });
}

fn request(repository: &Repository, git: &FakeGit) -> WorktreeRequest {
    WorktreeRequest {
        repository: repository.clone(),
        path: abs("/home/me/work/x"),
        branch: branch("feat/x"),
        start: git.branches(repository)[&branch("main")].clone(),
        branch_origin: BranchOrigin::New,
    }
}

#[test]
fn a_crash_at_any_point_of_making_a_worktree_is_made_good_by_doing_it_again() {
    for point in 1..=3 {
        let plan = CrashPlan::at(point);
        let git = FakeGit::new(plan.clone());
        let repository = git.add_repository(&abs("/app"), FIRST_FILES);
        let request = request(&repository, &git);
        assert_eq!(git.add_worktree(&request), Err(GitError::Crashed), "point {point}");
        assert_eq!(git.branches(&repository).len(), if point == 1 { 1 } else { 2 });
        plan.revive();
        assert_eq!(git.add_worktree(&request), Ok(()));
        assert_eq!(git.worktrees(&repository), [abs("/home/me/work/x")]);
    }
}

#[test]
fn a_crash_between_the_two_halves_of_trashing_is_made_good() {
    let plan = CrashPlan::never();
    let git = FakeGit::new(plan.clone());
    let repository = git.add_repository(&abs("/app"), FIRST_FILES);
    let request = request(&repository, &git);
    git.add_worktree(&request).unwrap();
    plan.arm(1);
    let trash = || git.trash_worktree(&repository, &request.path, SnapshotId::from_bits(1));
    assert_eq!(trash(), Err(GitError::Crashed));
    assert_eq!(git.worktrees(&repository).len(), 1, "git still lists it");
    plan.revive();
    let trashed = trash().unwrap().unwrap();
    assert_eq!(git.worktrees(&repository), []);
    git.untrash_worktree(&repository, &trashed, &request.path, &request.branch).unwrap();
    assert_eq!(git.read_file(&request.path.join("a.txt")).as_deref(), Some("one\n"));
}

#[test]
fn an_injected_failure_happens_once_and_changes_nothing() {
    let git = FakeGit::default();
    let repository = git.add_repository(&abs("/app"), FIRST_FILES);
    let request = request(&repository, &git);
    let full = GitError::NoSpace(request.path.clone());
    git.fail_next("add_worktree", full.clone());
    assert_eq!(git.add_worktree(&request), Err(full));
    assert_eq!(git.branches(&repository).len(), 1);
    assert_eq!(git.add_worktree(&request), Ok(()));
    assert_eq!(git.calls(), ["add_worktree", "add_worktree"]);
}
