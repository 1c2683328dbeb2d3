//! Commits made for agents that cannot.

use owt_ports::GitError;

use super::Scene;
use super::World;

pub(super) fn nothing_to_commit_is_none(world: &dyn World) {
    let scene = Scene::new(world);
    let path = scene.worktree("feat/x");
    scene.write(&path, "ignored/cache", "cache\n");
    scene.write(&path, ".env", "KEY=1\n");
    assert_eq!(scene.git.commit_all(&path, "work"), Ok(None));
    assert_eq!(scene.git.resolve(&scene.repository, "feat/x"), Ok(scene.first.clone()));
}

pub(super) fn what_changed_is_committed(world: &dyn World) {
    let scene = Scene::new(world);
    let path = scene.worktree("feat/x");
    scene.write(&path, "a.txt", "two\n");
    world.remove(&path.join("b.txt"));
    scene.write(&path, "new/c.txt", "c\n");
    scene.write(&path, "x.log", "log\n");
    let report = scene.git.commit_all(&path, "work\n\n# not a comment\n").unwrap().unwrap();
    assert_eq!((report.files, report.withheld.len()), (3, 0));
    assert_eq!(scene.git.resolve(&scene.repository, "feat/x"), Ok(report.commit.clone()));
    assert_eq!(scene.git.count_commits(&scene.repository, &scene.first, &report.commit), Ok(1));
    assert_eq!(scene.dirty(&path), 0);
    assert_eq!(scene.git.commit_all(&path, "again"), Ok(None));
}

pub(super) fn what_would_be_committed_is_told_and_nothing_happens(world: &dyn World) {
    let scene = Scene::new(world);
    let path = scene.worktree("feat/x");
    scene.write(&path, "a.txt", "two\n");
    scene.write(&path, ".env", "KEY=1\n");
    scene.write(&path, "x.log", "log\n");
    let plan = scene.git.commit_plan(&path).unwrap();
    assert_eq!((plan.files, plan.withheld), (vec!["a.txt".to_owned()], vec![".env".to_owned()]));
    assert_eq!(scene.git.resolve(&scene.repository, "feat/x"), Ok(scene.first.clone()));
    world.begin_merge(&path);
    let refused = scene.git.commit_plan(&path);
    assert!(matches!(refused, Err(GitError::Unfinished { .. })), "{refused:?}");
}

pub(super) fn secrets_are_held_back(world: &dyn World) {
    let scene = Scene::new(world);
    let path = scene.worktree("feat/x");
    scene.write(&path, "a.txt", "two\n");
    scene.write(&path, ".env", "KEY=1\n");
    let report = scene.git.commit_all(&path, "work").unwrap().unwrap();
    assert_eq!((report.files, report.withheld), (1, vec![".env".to_owned()]));
    assert_eq!((scene.read(&path, ".env").as_deref(), scene.dirty(&path)), (Some("KEY=1\n"), 1));
}

pub(super) fn a_staged_secret_is_held_back_too(world: &dyn World) {
    let scene = Scene::new(world);
    let path = scene.worktree("feat/x");
    scene.write(&path, "a.txt", "two\n");
    scene.write(&path, ".env", "KEY=1\n");
    world.stage(&path, ".env");
    let report = scene.git.commit_all(&path, "work").unwrap().unwrap();
    assert_eq!((report.files, report.withheld), (1, vec![".env".to_owned()]));
    let mut request = scene.request("look", owt_ports::BranchOrigin::New);
    request.start = report.commit;
    scene.git.add_worktree(&request).unwrap();
    assert_eq!(scene.read(&request.path, ".env"), None);
}

pub(super) fn nothing_is_committed_during_a_merge(world: &dyn World) {
    let scene = Scene::new(world);
    let path = scene.worktree("feat/x");
    scene.write(&path, "a.txt", "two\n");
    world.begin_merge(&path);
    let refused = scene.git.commit_all(&path, "work");
    assert!(matches!(refused, Err(GitError::Unfinished { .. })), "{refused:?}");
    assert_eq!(scene.git.resolve(&scene.repository, "feat/x"), Ok(scene.first.clone()));
}
