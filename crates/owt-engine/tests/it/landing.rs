//! What is asked to land, before anything is begun.

use owt_core::authority::Principal;
use owt_core::landing::Gate;
use owt_core::landing::Goal;
use owt_core::landing::Method;
use owt_core::landing::WhenConflicting;
use owt_core::vcs::ObjectId;
use owt_core::workspace::Workspace;
use owt_engine::use_cases;
use owt_engine::use_cases::MergeError;
use owt_engine::use_cases::MergeRequest;
use owt_engine::use_cases::Resolve;
use owt_engine::use_cases::SettlerWish;
use owt_engine::use_cases::Uncommitted;
use owt_engine::use_cases::WhenLanded;
use owt_ports::CallerEnvironment;
use owt_ports::Git;
use owt_ports::StreamKind;

use crate::scene::Scene;
use crate::scene::some_request;

const PERSON: Principal = Principal::Person;

#[test]
fn where_one_tip_alone_may_land_no_later_one_does() {
    let scene = Scene::new();
    let (id, _) = scene.workspace(&PERSON, &Scene::request(&scene.root(), "First thing"));
    let name = scene.name(id);
    use_cases::begin_stop(&scene.engine, &PERSON, some_request(), &scene.root(), &name, Resolve::Do).unwrap();
    scene.settle();
    let git = &scene.world.git_seen;
    let all: Vec<Workspace> = scene.rows(StreamKind::Workspace);
    let spec = all.into_iter().find(|it| it.spec.name.as_str() == name).unwrap().spec;
    let branch = spec.line().unwrap().branch.clone();
    let commit = |text: &str| {
        git.write_file(&spec.path.join("new.txt"), text);
        git.commit(&spec.path);
        git.resolve(&scene.world.repository, branch.as_str()).unwrap()
    };
    let asked = |only_at: ObjectId| {
        let merge = MergeRequest {
            settler: SettlerWish::Nobody,
            only_at: Some(only_at),
            folder: scene.root(),
            name: name.clone(),
            into: None,
            method: Method::Merge,
            favour: None,
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
