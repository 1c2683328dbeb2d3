//! What is asked to land, before anything is begun.

use owt_core::WorkspaceId;
use owt_core::authority::Principal;
use owt_core::landing::Gate;
use owt_core::landing::Goal;
use owt_core::landing::Method;
use owt_core::landing::WhenConflicting;
use owt_core::vcs::ObjectId;
use owt_core::workspace::Workspace;

use owt_engine::use_cases;
use owt_engine::use_cases::DeleteRequest;
use owt_engine::use_cases::Force;
use owt_engine::use_cases::MergeError;
use owt_engine::use_cases::MergeRequest;
use owt_engine::use_cases::Resolve;
use owt_engine::use_cases::SettlerWish;
use owt_engine::use_cases::TrainError;
use owt_engine::use_cases::TrainRequest;
use owt_engine::use_cases::Uncommitted;
use owt_engine::use_cases::WhenLanded;
use owt_ports::CallerEnvironment;
use owt_ports::Git;
use owt_ports::StreamKind;

use crate::scene::Scene;
use crate::scene::some_request;

const PERSON: Principal = Principal::Person;

fn stop(scene: &Scene, id: WorkspaceId) {
    let name = scene.name(id);
    use_cases::begin_stop(&scene.engine, &PERSON, some_request(), &scene.root(), &name, Resolve::Do).unwrap();
    scene.settle();
}

/// What somebody commits in a workspace.
fn commit(scene: &Scene, id: WorkspaceId, text: &str) -> ObjectId {
    let (git, name) = (&scene.world.git_seen, scene.name(id));
    let all: Vec<Workspace> = scene.rows(StreamKind::Workspace);
    let spec = all.into_iter().find(|it| it.spec.name.as_str() == name).unwrap().spec;
    git.write_file(&spec.path.join("new.txt"), text);
    git.commit(&spec.path);
    git.resolve(&scene.world.repository, spec.line().unwrap().branch.as_str()).unwrap()
}

#[test]
fn where_one_tip_alone_may_land_no_later_one_does() {
    let scene = Scene::new();
    let (id, _) = scene.workspace(&PERSON, &Scene::request(&scene.root(), "First thing"));
    let name = scene.name(id);
    stop(&scene, id);
    let commit = |text: &str| commit(&scene, id, text);
    let asked = |only_at: ObjectId| {
        let merge = MergeRequest {
            settler: SettlerWish::Nobody,
            only_at: Some(only_at),
            folder: scene.root(),
            name: name.clone(),
            into: None,
            method: Method::Merge,
            favour: None,
            message: None,
            conflicts: WhenConflicting::Stop,
            uncommitted: Uncommitted::Refuse,
            checks: Gate::NotAsked,
            opinion: use_cases::OpinionWish::NotAsked,
            when_landed: WhenLanded::Keep,
            goal: Goal::Target,
            caller: CallerEnvironment::default(),
            resolve: Resolve::Do,
        };
        use_cases::begin_merge(&scene.engine, &PERSON, some_request(), &merge).map(|(plan, _)| plan.tip)
    };
    let first = commit("one");
    let second = commit("two");
    assert_eq!(asked(first), Err(MergeError::Changed(name.clone())));
    assert_eq!(asked(second.clone()), Ok(second));
}

#[test]
fn a_train_that_was_planned_with_one_that_is_deleted_meanwhile_does_not_begin() {
    let scene = Scene::new();
    let (id, _) = scene.workspace(&PERSON, &Scene::request(&scene.root(), "First thing"));
    stop(&scene, id);
    commit(&scene, id, "one");
    let target = || scene.world.git_seen.resolve(&scene.world.repository, "main").unwrap();
    let before = target();
    // The last that is asked of a workspace before the train begins is what would go with it.
    let hold = scene.world.crash.hold("git.unkeepable");
    let wish = TrainRequest { folder: scene.root(), into: None, resolve: Resolve::Do };
    let delete =
        DeleteRequest { folder: scene.root(), name: scene.name(id), force: Force::Yes, resolve: Resolve::Do };
    let begun = std::thread::scope(|scope| {
        let train =
            scope.spawn(|| use_cases::begin_train(&scene.engine, &PERSON, some_request(), &wish).map(|_| ()));
        hold.meanwhile(|| {
            use_cases::begin_delete(&scene.engine, &PERSON, some_request(), &delete).unwrap();
        });
        train.join().unwrap()
    });
    let name = delete.name.clone();
    assert_eq!(begun, Err(TrainError::Changed(MergeError::InBetween(name))));
    scene.settle();
    assert_eq!(target(), before);
}
