//! Branches by compare-and-swap.

use owt_ports::BranchState;
use owt_ports::GitError;

use super::Scene;
use super::World;
use super::branch;

pub(super) fn a_name_is_free_taken_or_in_conflict(world: &dyn World) {
    let scene = Scene::new(world);
    scene.git.make_branch(&scene.repository, &branch("feat/x"), &scene.first).unwrap();
    scene.git.make_branch(&scene.repository, &branch("fix"), &scene.first).unwrap();
    let state = |name| scene.git.branch_state(&scene.repository, &branch(name)).unwrap();
    for name in ["feat/y", "feat/xy", "fixes", "fi", "feat-x", "日本"] {
        assert_eq!(state(name), BranchState::Free, "{name}");
    }
    assert_eq!(state("feat/x"), BranchState::Taken(scene.first.clone()));
    assert_eq!(state("feat"), BranchState::Conflicts("refs/heads/feat/x".to_owned()));
    assert_eq!(state("feat/x/y/z"), BranchState::Conflicts("refs/heads/feat/x".to_owned()));
    assert_eq!(state("fix/a"), BranchState::Conflicts("refs/heads/fix".to_owned()));
}

pub(super) fn a_branch_is_made_once(world: &dyn World) {
    let scene = Scene::new(world);
    scene.write(&world.root(), "a.txt", "two\n");
    let second = world.commit(&world.root());
    let make = |tip| scene.git.make_branch(&scene.repository, &branch("b001"), tip);
    assert_eq!((make(&scene.first), make(&scene.first)), (Ok(()), Ok(())));
    assert_eq!(make(&second), Err(GitError::BranchTaken(branch("b001"))));
    assert_eq!(scene.git.resolve(&scene.repository, "b001"), Ok(scene.first.clone()));
}

pub(super) fn a_branch_in_the_way_is_told(world: &dyn World) {
    let scene = Scene::new(world);
    scene.git.make_branch(&scene.repository, &branch("feat"), &scene.first).unwrap();
    let conflict = GitError::RefConflict { wanted: branch("feat/x"), existing: "refs/heads/feat".to_owned() };
    assert_eq!(scene.git.make_branch(&scene.repository, &branch("feat/x"), &scene.first), Err(conflict));
}

pub(super) fn a_branch_goes_only_if_it_has_not_moved(world: &dyn World) {
    let scene = Scene::new(world);
    scene.write(&world.root(), "a.txt", "two\n");
    let second = world.commit(&world.root());
    scene.git.make_branch(&scene.repository, &branch("old"), &second).unwrap();
    let delete = |expected| scene.git.delete_branch(&scene.repository, &branch("old"), expected);
    let moved = GitError::RefMoved {
        name: "refs/heads/old".to_owned(),
        expected: scene.first.to_string(),
        found: second.to_string(),
    };
    assert_eq!(delete(&scene.first), Err(moved));
    assert_eq!((delete(&second), delete(&second)), (Ok(()), Ok(())));
    assert_eq!(scene.git.branch_state(&scene.repository, &branch("old")), Ok(BranchState::Free));
}

pub(super) fn a_checked_out_branch_stays(world: &dyn World) {
    let scene = Scene::new(world);
    let at = scene.worktree("feat/x");
    for (name, at) in [("feat/x", at), ("main", world.root())] {
        let held = GitError::CheckedOutElsewhere { branch: branch(name), at };
        assert_eq!(scene.git.delete_branch(&scene.repository, &branch(name), &scene.first), Err(held));
    }
}
