//! Worktrees in the trash.

use owt_ports::BranchOrigin;
use owt_ports::BranchState;
use owt_ports::GitError;
use owt_ports::TrashOwner;
use owt_ports::Untrashed;
use owt_ports::WorktreePresence;
use owt_ports::WorktreeRequest;

use super::Scene;
use super::World;
use super::branch;
use super::id;

pub(super) fn a_trashed_worktree_comes_back_whole(world: &dyn World) {
    let scene = Scene::new(world);
    let path = scene.worktree("feat/x");
    scene.write(&path, "a.txt", "staged\n");
    world.stage(&path, "a.txt");
    scene.write(&path, "b.txt", "changed\n");
    scene.write(&path, "new.txt", "new\n");
    scene.write(&path, "ignored/cache", "cache\n");
    scene.write(&path, ".env", "KEY=1\n");
    let before = scene.git.facts(&path, &scene.first, None);
    let trashed = scene.git.trash_worktree(&scene.repository, &path, id(1)).unwrap().unwrap();
    let presence = scene.git.worktree_presence(&scene.repository, &path);
    assert_eq!(presence, Ok(WorktreePresence::Absent));
    assert!(!trashed.starts_with(&path));
    let untrash = || scene.git.untrash_worktree(&scene.repository, &trashed, &path, &branch("feat/x"));
    for way in [Untrashed::Moved, Untrashed::WasThere] {
        assert_eq!(untrash(), Ok(way));
        assert_eq!(scene.git.facts(&path, &scene.first, None), before);
        for (file, content) in
            [("a.txt", "staged\n"), ("new.txt", "new\n"), ("ignored/cache", "cache\n"), (".env", "KEY=1\n")]
        {
            assert_eq!(scene.read(&path, file).as_deref(), Some(content), "{file}");
        }
    }
    let again = scene.git.trash_worktree(&scene.repository, &path, id(2)).unwrap().unwrap();
    assert_ne!(again, trashed);
}

pub(super) fn trashing_twice_is_trashing_once(world: &dyn World) {
    let scene = Scene::new(world);
    let path = scene.worktree("feat/x");
    let trashed = scene.git.trash_worktree(&scene.repository, &path, id(1)).unwrap().unwrap();
    assert_eq!(scene.git.trash_worktree(&scene.repository, &path, id(1)), Ok(Some(trashed.clone())));
    // A new worktree at the old place is not what the old call meant.
    scene.git.delete_branch(&scene.repository, &branch("feat/x"), &scene.first).unwrap();
    scene.worktree("feat/x");
    assert_eq!(scene.git.trash_worktree(&scene.repository, &path, id(1)), Ok(Some(trashed)));
    assert_eq!(scene.dirty(&path), 0);
}

pub(super) fn a_locked_worktree_is_not_trashed(world: &dyn World) {
    let scene = Scene::new(world);
    let path = scene.worktree("feat/x");
    world.lock(&path);
    let refused = scene.git.trash_worktree(&scene.repository, &path, id(1));
    assert!(matches!(refused, Err(GitError::Busy { .. })), "{refused:?}");
    assert_eq!(scene.dirty(&path), 0);
}

pub(super) fn only_worktrees_are_trashed(world: &dyn World) {
    let scene = Scene::new(world);
    let plain = world.outside().join("plain");
    scene.write(&plain, "x", "x");
    for path in [world.root(), plain] {
        let refused = scene.git.trash_worktree(&scene.repository, &path, id(1));
        assert_eq!(refused, Err(GitError::PathTaken(path)));
    }
    let nothing = world.outside().join("nothing");
    let refused = scene.git.trash_worktree(&scene.repository, &nothing, id(1));
    assert_eq!(refused, Err(GitError::NotARepository { dir: nothing }));
}

pub(super) fn a_lost_folder_is_forgotten(world: &dyn World) {
    let scene = Scene::new(world);
    let (path, other) = (scene.worktree("feat/x"), scene.worktree("other"));
    world.remove(&path);
    world.remove(&other);
    for time in ["first", "again"] {
        assert_eq!(scene.git.trash_worktree(&scene.repository, &path, id(1)), Ok(None), "{time}");
    }
    let delete = |name| scene.git.delete_branch(&scene.repository, &branch(name), &scene.first);
    assert_eq!(delete("feat/x"), Ok(()));
    let held = GitError::CheckedOutElsewhere { branch: branch("other"), at: other };
    assert_eq!(delete("other"), Err(held), "another lost worktree is not ours to forget");
    let presence = scene.git.worktree_presence(&scene.repository, &path);
    assert_eq!(presence, Ok(WorktreePresence::Absent));
}

pub(super) fn a_trashed_worktree_does_not_overwrite(world: &dyn World) {
    let scene = Scene::new(world);
    let path = scene.worktree("feat/x");
    scene.write(&path, "a.txt", "changed\n");
    let trashed = scene.git.trash_worktree(&scene.repository, &path, id(1)).unwrap().unwrap();
    scene.write(&path, "mine", "mine");
    let untrash = || scene.git.untrash_worktree(&scene.repository, &trashed, &path, &branch("feat/x"));
    assert_eq!(untrash(), Err(GitError::PathTaken(path.clone())));
    world.remove(&path);
    assert_eq!(untrash(), Ok(Untrashed::Moved));
    assert_eq!(scene.read(&path, "a.txt").as_deref(), Some("changed\n"));
}

pub(super) fn a_trashed_worktree_needs_its_branch(world: &dyn World) {
    let scene = Scene::new(world);
    let path = scene.worktree("feat/x");
    let trashed = scene.git.trash_worktree(&scene.repository, &path, id(1)).unwrap().unwrap();
    let untrash = |name| scene.git.untrash_worktree(&scene.repository, &trashed, &path, &branch(name));
    assert_eq!(untrash("nope"), Err(GitError::UnknownRevision { name: "nope".to_owned() }));
    let held = GitError::CheckedOutElsewhere { branch: branch("main"), at: world.root() };
    assert_eq!(untrash("main"), Err(held));
    scene.git.delete_branch(&scene.repository, &branch("feat/x"), &scene.first).unwrap();
    assert!(untrash("feat/x").is_err());
    scene.git.make_branch(&scene.repository, &branch("feat/x"), &scene.first).unwrap();
    assert_eq!(untrash("feat/x"), Ok(Untrashed::Moved));
}

/// Its index and files would take back what has come to the branch since.
pub(super) fn a_trashed_worktree_does_not_come_back_to_a_branch_that_has_moved(world: &dyn World) {
    let scene = Scene::new(world);
    let path = scene.worktree("feat/x");
    scene.write(&path, "a.txt", "changed\n");
    let trashed = scene.git.trash_worktree(&scene.repository, &path, id(1)).unwrap().unwrap();
    scene.write(&world.root(), "later.txt", "later\n");
    let moved = world.commit(&world.root());
    scene.git.delete_branch(&scene.repository, &branch("feat/x"), &scene.first).unwrap();
    scene.git.make_branch(&scene.repository, &branch("feat/x"), &moved).unwrap();
    let untrash = || scene.git.untrash_worktree(&scene.repository, &trashed, &path, &branch("feat/x"));
    let refused = GitError::RefMoved {
        name: "feat/x".to_owned(),
        expected: scene.first.to_string(),
        found: moved.to_string(),
    };
    assert_eq!(untrash(), Err(refused));
    assert_eq!(scene.git.worktree_presence(&scene.repository, &path), Ok(WorktreePresence::Absent));
    scene.git.delete_branch(&scene.repository, &branch("feat/x"), &moved).unwrap();
    scene.git.make_branch(&scene.repository, &branch("feat/x"), &scene.first).unwrap();
    assert_eq!(untrash(), Ok(Untrashed::Moved));
    assert_eq!((scene.read(&path, "a.txt").as_deref(), scene.dirty(&path)), (Some("changed\n"), 1));
}

pub(super) fn a_trashed_worktree_comes_back_elsewhere_on_another_branch(world: &dyn World) {
    let scene = Scene::new(world);
    let path = scene.worktree("feat/x");
    scene.write(&path, "a.txt", "changed\n");
    let trashed = scene.git.trash_worktree(&scene.repository, &path, id(1)).unwrap().unwrap();
    // Name and place are taken by something new.
    scene.git.delete_branch(&scene.repository, &branch("feat/x"), &scene.first).unwrap();
    scene.worktree("feat/x");
    scene.git.make_branch(&scene.repository, &branch("feat/x-2"), &scene.first).unwrap();
    let other = world.outside().join("feat-x-2");
    scene.git.untrash_worktree(&scene.repository, &trashed, &other, &branch("feat/x-2")).unwrap();
    assert_eq!(scene.read(&other, "a.txt").as_deref(), Some("changed\n"));
    assert_eq!((scene.dirty(&other), scene.dirty(&path)), (1, 0));
    let head = Some(scene.first.clone());
    let presence = scene.git.worktree_presence(&scene.repository, &other);
    assert_eq!(presence, Ok(WorktreePresence::Present { branch: Some(branch("feat/x-2")), head }));
}

pub(super) fn discarded_trash_is_gone(world: &dyn World) {
    let scene = Scene::new(world);
    let path = scene.worktree("feat/x");
    let trashed = scene.git.trash_worktree(&scene.repository, &path, id(1)).unwrap().unwrap();
    let discard = || scene.git.discard_trash(&scene.repository, &trashed);
    assert_eq!((discard(), discard()), (Ok(()), Ok(())));
    assert!(scene.git.untrash_worktree(&scene.repository, &trashed, &path, &branch("feat/x")).is_err());
    let state = scene.git.branch_state(&scene.repository, &branch("feat/x"));
    assert_eq!(state, Ok(BranchState::Taken(scene.first.clone())));
}

pub(super) fn the_trash_says_what_lies_in_it(world: &dyn World) {
    let scene = Scene::new(world);
    let listed = || {
        let trashed = scene.git.trashed(&scene.repository).unwrap();
        assert!(trashed.iter().all(|it| it.owner == TrashOwner::ThisHome));
        let mut found: Vec<_> = trashed.into_iter().map(|it| (it.id, it.at, it.path)).collect();
        found.sort();
        found
    };
    assert_eq!(listed(), []);
    let (inside, outside) = (world.root().join(".worktrees/x"), scene.worktree("feat/y"));
    let request = WorktreeRequest { path: inside.clone(), ..scene.request("feat/x", BranchOrigin::New) };
    scene.git.add_worktree(&request).unwrap();
    let trash = |path, number| {
        (
            id(number),
            scene.git.trash_worktree(&scene.repository, path, id(number)).unwrap().unwrap(),
            path.clone(),
        )
    };
    let (first, second) = (trash(&inside, 1), trash(&outside, 2));
    assert_eq!(listed(), [first.clone(), second.clone()]);
    scene.git.untrash_worktree(&scene.repository, &first.1, &inside, &branch("feat/x")).unwrap();
    assert_eq!(listed(), std::slice::from_ref(&second));
    scene.git.discard_trash(&scene.repository, &second.1).unwrap();
    assert_eq!(listed(), []);
}
