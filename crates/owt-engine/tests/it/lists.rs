//! Lists tell the truth, and ask git only about what has changed.

use owt_core::authority::Principal;
use owt_core::status::Status;
use owt_core::vcs::WorktreeFacts;
use owt_engine::Left;
use owt_engine::use_cases;
use owt_engine::use_cases::DeleteRequest;
use owt_engine::use_cases::Force;
use owt_engine::use_cases::Resolve;
use owt_engine::use_cases::Scope;
use owt_ports::Found;
use owt_ports::Git;

use crate::scene::Scene;
use crate::scene::some_request;

const PERSON: Principal = Principal::Person;

/// Two workspaces that a list has shown already.
fn seen_scene() -> Scene {
    let scene = Scene::new();
    for task in ["First thing", "Second thing"] {
        scene.workspace(&PERSON, &Scene::request(&scene.root(), task));
    }
    list(&scene, Scope::Repository);
    scene
}

/// What a list shows, and about how many workspaces git was asked for it. It must be what git says.
fn list(scene: &Scene, scope: Scope) -> (Vec<WorktreeFacts>, usize) {
    let looks = || scene.world.git_seen.calls().iter().filter(|method| **method == "look").count();
    let before = looks();
    let views = use_cases::list(&scene.engine, &PERSON, &scene.root(), scope).unwrap();
    let asked = looks() - before;
    let facts = views.iter().map(|view| {
        let line = view.workspace.spec.line().unwrap();
        let path = &view.workspace.spec.path;
        let truth = scene.world.git_seen.facts(path, &line.base.sha, line.base.branch.as_ref()).unwrap();
        assert_eq!(view.facts.as_ref(), Some(&truth), "{}", view.name());
        truth
    });
    (facts.collect(), asked)
}

#[test]
fn a_list_of_many_asks_the_store_as_often_as_a_list_of_few() {
    let scene = seen_scene();
    let asked = || {
        let before = scene.world.crash.calls_of("store");
        use_cases::list(&scene.engine, &PERSON, &scene.root(), Scope::Everything).unwrap();
        scene.world.crash.calls_of("store") - before
    };
    let of_two = asked();
    for number in 0..5 {
        scene.workspace(&PERSON, &Scene::request(&scene.root(), &format!("Another thing {number}")));
    }
    assert_eq!(asked(), of_two);
}

#[test]
fn git_is_asked_about_what_has_changed_alone() {
    let scene = seen_scene();
    assert_eq!(list(&scene, Scope::Repository).1, 0);
    assert_eq!(list(&scene, Scope::Everything).1, 0);
    let path = use_cases::list(&scene.engine, &PERSON, &scene.root(), Scope::Repository).unwrap()[1]
        .workspace
        .spec
        .path
        .clone();
    scene.world.git_seen.write_file(&path.join("new.txt"), "new");
    let (facts, asked) = list(&scene, Scope::Repository);
    assert_eq!((facts[1].dirty_files, asked), (1, 1));
    assert_eq!(list(&scene, Scope::Repository).1, 0);
}

#[test]
fn a_moved_base_branch_concerns_all() {
    let scene = seen_scene();
    scene.world.git_seen.write_file(&scene.root().join("a.txt"), "moved on");
    scene.world.git_seen.commit(&scene.root());
    let (facts, asked) = list(&scene, Scope::Repository);
    assert!(facts.iter().all(|facts| facts.behind == 1));
    assert_eq!(asked, 2);
}

#[test]
fn a_list_of_one_repository_forgets_nothing_of_another() {
    let scene = seen_scene();
    let other = scene.another_repository();
    use_cases::list(&scene.engine, &PERSON, &other.root, Scope::Repository).unwrap();
    assert_eq!(list(&scene, Scope::Repository).1, 0);
}

#[test]
fn nobody_watches_what_is_deleted() {
    let scene = seen_scene();
    assert_eq!(scene.world.git_seen.watched(), 2);
    let name = use_cases::list(&scene.engine, &PERSON, &scene.root(), Scope::Repository).unwrap()[0]
        .name()
        .to_owned();
    let request = DeleteRequest { folder: scene.root(), name, force: Force::Yes, resolve: Resolve::Do };
    use_cases::begin_delete(&scene.engine, &PERSON, some_request(), &request).unwrap();
    scene.settle();
    assert_eq!(list(&scene, Scope::Repository).0.len(), 1);
    assert_eq!(scene.world.git_seen.watched(), 1);
}

#[test]
fn a_lost_folder_is_seen_at_the_question_and_its_branch_still_tells() {
    let scene = Scene::new();
    scene.workspace(&PERSON, &Scene::request(&scene.root(), "First thing"));
    let seen =
        || use_cases::list(&scene.engine, &PERSON, &scene.root(), Scope::Repository).unwrap().remove(0);
    let path = seen().workspace.spec.path;
    scene.world.git_seen.write_file(&path.join("new.txt"), "new");
    scene.world.git_seen.commit(&path);
    let before = seen();
    assert_eq!((before.found, before.facts.as_ref().map(|facts| facts.ahead)), (Found::Folder, Some(1)));
    scene.world.git_seen.remove_path(&path);
    let gone = seen();
    assert_eq!((gone.found, gone.judgement.status), (Found::Nothing, Status::Blocked));
    assert_eq!((gone.facts, gone.left), (None, Some(Left { ahead: 1, behind: 0 })));
    scene.world.git_seen.write_file(&path.join("new.txt"), "new");
    assert_eq!((seen().found, seen().judgement.status), (Found::Folder, before.judgement.status));
}
