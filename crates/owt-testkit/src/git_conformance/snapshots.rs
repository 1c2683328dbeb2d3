//! Snapshots: taken without a trace, brought back whole.

use owt_core::vcs::ObjectId;
use owt_ports::BranchOrigin;
use owt_ports::GitError;
use owt_ports::SnapshotRecord;

use super::Scene;
use super::World;
use super::branch;
use super::id;
use super::label;

/// Changed, new, gone and ignored files, and one in the index.
fn work_in(scene: &Scene<'_>, path: &owt_core::AbsPath) {
    scene.write(path, "a.txt", "changed\n");
    scene.world.remove(&path.join("b.txt"));
    scene.write(path, "new/ünïcode name.txt", "new\n");
    scene.write(path, "ignored/cache", "cache\n");
}

pub(super) fn a_clean_checkout_needs_no_snapshot(world: &dyn World) {
    let scene = Scene::new(world);
    let path = scene.worktree("feat/x");
    scene.write(&path, "ignored/cache", "cache\n");
    assert_eq!(scene.git.snapshot(&path, &label(1, "delete")), Ok(None));
    assert_eq!(scene.git.snapshots(&scene.repository, 10), Ok(Vec::new()));
}

pub(super) fn a_snapshot_changes_nothing_in_the_checkout(world: &dyn World) {
    let scene = Scene::new(world);
    let path = scene.worktree("feat/x");
    work_in(&scene, &path);
    scene.write(&path, ".env", "KEY=1\n");
    let facts = scene.git.facts(&path, &scene.first, None);
    let snapshot = scene.git.snapshot(&path, &label(1, "delete")).unwrap().unwrap();
    assert_eq!((snapshot.id, snapshot.changed_files), (id(1), 4));
    assert_eq!(scene.git.facts(&path, &scene.first, None), facts);
    for (file, content) in [("a.txt", Some("changed\n")), ("b.txt", None), (".env", Some("KEY=1\n"))] {
        assert_eq!(scene.read(&path, file).as_deref(), content, "{file}");
    }
    assert_eq!(scene.git.resolve(&scene.repository, "feat/x"), Ok(scene.first.clone()));
}

pub(super) fn a_snapshot_is_taken_once(world: &dyn World) {
    let scene = Scene::new(world);
    let path = scene.worktree("feat/x");
    scene.write(&path, "a.txt", "changed\n");
    scene.write(&path, ".env", "KEY=1\n");
    let first = scene.git.snapshot(&path, &label(1, "delete")).unwrap();
    scene.write(&path, "a.txt", "changed again\n");
    assert_eq!(scene.git.snapshot(&path, &label(1, "delete")).unwrap(), first);
    assert!(first.is_some_and(|it| it.withheld == [".env"]));
}

pub(super) fn a_snapshot_comes_back_in_another_worktree(world: &dyn World) {
    let scene = Scene::new(world);
    let path = scene.worktree("feat/x");
    work_in(&scene, &path);
    scene.git.snapshot(&path, &label(1, "delete")).unwrap().unwrap();
    let other = scene.worktree("feat/y");
    let record = scene.record(id(1));
    for time in ["first", "again"] {
        assert_eq!(scene.git.apply_snapshot(&other, &record), Ok(()), "{time}");
        assert_eq!(scene.read(&other, "a.txt").as_deref(), Some("changed\n"));
        assert_eq!(scene.read(&other, "b.txt"), None);
        assert_eq!(scene.read(&other, "new/ünïcode name.txt").as_deref(), Some("new\n"));
        assert_eq!(scene.read(&other, "ignored/cache"), None, "ignored files are not in a snapshot");
        assert_eq!(scene.dirty(&other), 3);
    }
}

pub(super) fn staged_work_comes_back_staged(world: &dyn World) {
    let scene = Scene::new(world);
    let path = scene.worktree("feat/x");
    scene.write(&path, "a.txt", "staged\n");
    world.stage(&path, "a.txt");
    scene.write(&path, "a.txt", "one\n");
    // The file is as in HEAD again; only the index knows of the work.
    scene.git.snapshot(&path, &label(1, "delete")).unwrap().unwrap();
    let other = scene.worktree("feat/y");
    scene.git.apply_snapshot(&other, &scene.record(id(1))).unwrap();
    assert_eq!(scene.read(&other, "a.txt").as_deref(), Some("one\n"));
    assert_eq!(scene.dirty(&other), 1);
}

pub(super) fn secrets_stay_out_and_come_back(world: &dyn World) {
    let scene = Scene::new(world);
    let path = scene.worktree("feat/x");
    scene.write(&path, ".env", "KEY=1\n");
    scene.write(&path, "app/.env.local", "KEY=2\n");
    scene.write(&path, ".env.example", "KEY=\n");
    world.stage(&path, ".env");
    let snapshot = scene.git.snapshot(&path, &label(1, "delete")).unwrap().unwrap();
    assert_eq!(snapshot.withheld, [".env", "app/.env.local"]);
    assert!(snapshot.withheld_in.is_some());
    // What is in git has no secret: a branch that begins there shows it.
    let mut request = scene.request("bare", BranchOrigin::New);
    request.start = snapshot.commit;
    scene.git.add_worktree(&request).unwrap();
    assert_eq!(scene.read(&request.path, ".env"), None);
    assert_eq!(scene.read(&request.path, ".env.example").as_deref(), Some("KEY=\n"));
    let other = scene.worktree("feat/y");
    scene.git.apply_snapshot(&other, &scene.record(id(1))).unwrap();
    assert_eq!(scene.read(&other, ".env").as_deref(), Some("KEY=1\n"));
    assert_eq!(scene.read(&other, "app/.env.local").as_deref(), Some("KEY=2\n"));
}

pub(super) fn a_snapshot_fits_only_its_commit(world: &dyn World) {
    let scene = Scene::new(world);
    let path = scene.worktree("feat/x");
    scene.write(&path, "a.txt", "changed\n");
    scene.git.snapshot(&path, &label(1, "delete")).unwrap().unwrap();
    let other = scene.worktree("feat/y");
    scene.write(&other, "b.txt", "two\n");
    let tip = world.commit(&other);
    let moved = GitError::RefMoved {
        name: "HEAD".to_owned(),
        expected: scene.first.to_string(),
        found: tip.to_string(),
    };
    assert_eq!(scene.git.apply_snapshot(&other, &scene.record(id(1))), Err(moved));
    assert_eq!(scene.read(&other, "a.txt").as_deref(), Some("one\n"));
}

pub(super) fn a_snapshot_can_be_the_start_of_a_branch(world: &dyn World) {
    let scene = Scene::new(world);
    let root = world.root();
    scene.write(&root, "a.txt", "changed\n");
    scene.write(&root, ".env", "KEY=1\n");
    let snapshot = scene.git.snapshot(&root, &label(1, "delete")).unwrap().unwrap();
    let mut request = scene.request("feat/x", BranchOrigin::New);
    request.start = snapshot.commit;
    scene.git.add_worktree(&request).unwrap();
    scene.git.apply_snapshot(&request.path, &scene.record(id(1))).unwrap();
    assert_eq!(scene.read(&request.path, "a.txt").as_deref(), Some("changed\n"));
    assert_eq!(scene.read(&request.path, ".env").as_deref(), Some("KEY=1\n"));
    assert_eq!(scene.dirty(&root), 2, "the caller's checkout is as it was");
}

pub(super) fn an_unknown_snapshot_is_refused(world: &dyn World) {
    let scene = Scene::new(world);
    let path = scene.worktree("feat/x");
    let record = SnapshotRecord {
        id: id(9),
        commit: ObjectId::new("1".repeat(40)).unwrap(),
        head: None,
        branch: None,
        workspace: "work".to_owned(),
        taken_at: label(9, "x").at,
        reason: "x".to_owned(),
    };
    let unknown = GitError::UnknownRevision { name: format!("refs/owt/snapshots/{}", id(9)) };
    assert_eq!(scene.git.apply_snapshot(&path, &record), Err(unknown));
}

pub(super) fn what_is_in_the_way_of_a_snapshot_stays(world: &dyn World) {
    let scene = Scene::new(world);
    let path = scene.worktree("feat/x");
    scene.write(&path, "a.txt", "changed\n");
    scene.write(&path, "new.txt", "new\n");
    scene.git.snapshot(&path, &label(1, "delete")).unwrap().unwrap();
    for (name, file) in [("one", "a.txt"), ("two", "new.txt")] {
        let other = scene.worktree(name);
        scene.write(&other, file, "mine\n");
        let refused = scene.git.apply_snapshot(&other, &scene.record(id(1)));
        assert!(matches!(refused, Err(GitError::Busy { .. })), "{refused:?}");
        assert_eq!(scene.read(&other, file).as_deref(), Some("mine\n"));
        assert_eq!(scene.dirty(&other), 1, "nothing was begun");
    }
}

pub(super) fn snapshots_are_listed_newest_first(world: &dyn World) {
    let scene = Scene::new(world);
    let path = scene.worktree("feat/x");
    for number in [2, 3, 1] {
        scene.write(&path, "a.txt", &format!("{number}\n"));
        scene.git.snapshot(&path, &label(number, "delete")).unwrap().unwrap();
    }
    let all = scene.git.snapshots(&scene.repository, 10).unwrap();
    assert_eq!(all.iter().map(|record| record.id).collect::<Vec<_>>(), [id(3), id(2), id(1)]);
    let (newest, expected) = (&all[0], label(3, "delete"));
    assert_eq!((&newest.workspace, &newest.reason), (&expected.workspace, &expected.reason));
    assert_eq!((newest.taken_at, newest.branch.clone()), (expected.at, Some(branch("feat/x"))));
    assert_eq!(newest.head.as_ref(), Some(&scene.first), "the commit that its branch was at");
    assert_eq!(scene.git.snapshots(&scene.repository, 2).unwrap(), all[..2]);
    assert_eq!(scene.git.snapshots(&scene.repository, usize::MAX).unwrap(), all);
    assert_eq!(scene.git.snapshots(&scene.repository, 0).unwrap(), []);
}

pub(super) fn a_clean_branch_is_kept(world: &dyn World) {
    let scene = Scene::new(world);
    let path = scene.worktree("feat/x");
    scene.write(&path, "a.txt", "two\n");
    let tip = world.commit(&path);
    let keep = || scene.git.keep(&scene.repository, &label(1, "delete"), &branch("feat/x"), &tip);
    let kept = keep().unwrap();
    assert_eq!(keep(), Ok(kept.clone()));
    assert_eq!((kept.changed_files, kept.withheld.len()), (0, 0));
    assert_eq!(scene.git.is_merged(&scene.repository, &tip, &kept.commit), Ok(true));
    assert_eq!(scene.git.count_commits(&scene.repository, &tip, &kept.commit), Ok(1));
    assert_eq!(scene.record(id(1)).branch, Some(branch("feat/x")));
    assert_eq!(scene.git.apply_snapshot(&path, &scene.record(id(1))), Ok(()), "nothing to put back");
    assert_eq!(scene.dirty(&path), 0);
}

pub(super) fn a_snapshot_that_is_dropped_is_gone_and_the_others_stay(world: &dyn World) {
    let scene = Scene::new(world);
    let path = scene.worktree("feat/x");
    for number in [1, 2] {
        scene.write(&path, "a.txt", &format!("{number}\n"));
        scene.git.snapshot(&path, &label(number, "delete")).unwrap().unwrap();
    }
    let (first, bytes) =
        (scene.record(id(1)), |number| scene.git.snapshot_bytes(&scene.repository, id(number)));
    assert!(bytes(1).unwrap() > 0 && bytes(2).unwrap() > 0);
    for _ in 0..2 {
        assert_eq!(scene.git.drop_snapshot(&scene.repository, id(1)), Ok(()));
    }
    let left = scene.git.snapshots(&scene.repository, 10).unwrap();
    assert_eq!(left.iter().map(|record| record.id).collect::<Vec<_>>(), [id(2)]);
    assert_eq!((bytes(1), bytes(2).unwrap() > 0), (Ok(0), true));
    let refused = scene.git.apply_snapshot(&path, &first);
    assert!(matches!(refused, Err(GitError::UnknownRevision { .. })), "{refused:?}");
}
