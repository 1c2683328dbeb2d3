//! What is broken off halfway, a start or a way back, leaves nothing of it behind.

use owt_core::authority::Principal;
use owt_core::environment::InstallState;
use owt_core::job::Job;
use owt_core::job::JobOutcome;
use owt_core::job::JobPhase;
use owt_core::workspace::Packages;
use owt_core::workspace::Phase;
use owt_core::workspace::Workspace;
use owt_engine::use_cases;
use owt_engine::use_cases::DeleteRequest;
use owt_engine::use_cases::Force;
use owt_engine::use_cases::Resolve;
use owt_ports::Git;
use owt_ports::GitError;
use owt_ports::StreamKind;

use crate::scene::Scene;
use crate::scene::some_request;

const PERSON: Principal = Principal::Person;

fn only_workspace(scene: &Scene) -> Workspace {
    scene.rows::<Workspace>(StreamKind::Workspace).remove(0)
}

/// git refuses this once.
fn refuse(scene: &Scene, call: &'static str) {
    scene.world.git_seen.fail_next(call, GitError::NoSpace(scene.root()));
}

#[test]
fn a_folder_that_could_not_be_filled_goes_and_the_next_try_brings_all_of_it_back() {
    let scene = Scene::new();
    let (id, _) = scene.workspace(&PERSON, &Scene::request(&scene.root(), "Fix the login page"));
    let (git, repository) = (&scene.world.git_seen, &scene.world.repository);
    let folder = only_workspace(&scene).spec.path;
    git.write_file(&folder.join("draft.txt"), "mine\n");
    let delete =
        DeleteRequest { folder: scene.root(), name: scene.name(id), force: Force::Yes, resolve: Resolve::Do };
    use_cases::begin_delete(&scene.engine, &PERSON, some_request(), &delete).unwrap();
    scene.settle();
    let Phase::Removed { report, .. } = only_workspace(&scene).phase else { panic!("it stays") };
    git.discard_trash(repository, &report.trash.unwrap()).unwrap();
    let restore = || {
        let what = report.snapshot.unwrap().to_string();
        let (root, engine) = (scene.root(), &scene.engine);
        use_cases::begin_restore(engine, &PERSON, some_request(), &root, &what, Resolve::Do).unwrap();
        scene.settle();
        only_workspace(&scene)
    };
    refuse(&scene, "apply_snapshot");
    let kept = restore();
    assert!(matches!(kept.phase, Phase::Removed { .. }) && kept.last_failure.is_some(), "{kept:?}");
    assert_eq!(git.worktrees(repository), []);
    assert_eq!(restore().phase, Phase::Ready);
    assert_eq!(git.read_file(&folder.join("draft.txt")).as_deref(), Some("mine\n"));
}

#[test]
fn what_was_carried_goes_with_a_start_that_is_broken_off_although_git_refuses_once() {
    for call in ["trash_worktree", "worktree_presence"] {
        let scene = Scene::new();
        let (git, repository) = (&scene.world.git_seen, &scene.world.repository);
        git.write_file(&scene.root().join("b.txt"), "mine\n");
        let mut new = Scene::request(&scene.root(), "Fix the login page");
        new.line.with_changes = true;
        // What was installed would stay.
        new.packages = Packages::LeftOut;
        use_cases::begin_new_workspace(&scene.engine, &PERSON, some_request(), &new).unwrap();
        scene.settle_until(|scene| only_workspace(scene).phase == Phase::Ready);
        scene.world.stage.refuse_next_start(2);
        scene.settle_until(|scene| matches!(only_workspace(scene).phase, Phase::Discarding { .. }));
        refuse(&scene, call);
        scene.settle();
        assert!(matches!(only_workspace(&scene).phase, Phase::Discarded { .. }), "{call}");
        assert_eq!(git.worktrees(repository), [], "{call}");
        assert_eq!(git.read_file(&scene.root().join("b.txt")).as_deref(), Some("mine\n"));
    }
}

#[test]
fn what_was_installed_stays_where_the_session_cannot_begin_and_begins_later() {
    let scene = Scene::new();
    let new = Scene::request(&scene.root(), "Fix the login page");
    use_cases::begin_new_workspace(&scene.engine, &PERSON, some_request(), &new).unwrap();
    scene.settle_until(|scene| only_workspace(scene).outfit.install == InstallState::Done);
    scene.world.stage.refuse_next_start(2);
    scene.settle();
    let kept = only_workspace(&scene);
    assert_eq!((&kept.phase, &kept.outfit.install), (&Phase::Ready, &InstallState::Done), "{kept:?}");
    let job = scene.rows::<Job>(StreamKind::Job).remove(0);
    assert!(matches!(job.phase, JobPhase::Ended { outcome: JobOutcome::NeverStarted { .. } }), "{job:?}");
    assert!(job.may_begin_yet());
}
