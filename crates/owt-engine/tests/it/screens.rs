//! What a terminal shows is told to whoever looks at it, as it changes and to its end; nobody else is asked anything.

use std::sync::mpsc;

use owt_core::AttemptId;
use owt_core::attempt::Attempt;
use owt_core::authority::Principal;
use owt_engine::use_cases;
use owt_engine::use_cases::NewRequest;
use owt_engine::use_cases::ScreenError;
use owt_engine::use_cases::WantedSession;
use owt_ports::Screen;
use owt_ports::StreamKind;
use owt_testkit::sessions::Act;
use owt_testkit::simulation::Move;

use crate::scene::Scene;
use crate::scene::some_request;

const PERSON: Principal = Principal::Person;

/// An agent on a terminal of our own, with the name of its workspace.
fn begun(scene: &Scene) -> (String, AttemptId) {
    let mut new: NewRequest = Scene::request(&scene.root(), "Fix the login page");
    new.agent.session = WantedSession::OnPty;
    let begun = use_cases::begin_new_workspace(&scene.engine, &PERSON, some_request(), &new).unwrap();
    scene.settle();
    (scene.name(begun[0].0), scene.rows::<Attempt>(StreamKind::Attempt).remove(0).id)
}

fn shows(scene: &Scene, attempt: AttemptId, row: &str) {
    let screen = Screen { rows: vec![row.to_owned()], ..Screen::default() };
    scene.world.sessions_seen.act(attempt, vec![Act::Show(screen)]);
    scene.settle();
}

#[test]
fn a_terminal_is_told_as_it_changes_until_its_session_has_ended() {
    let scene = Scene::new();
    let (name, attempt) = begun(&scene);
    shows(&scene, attempt, "first");
    let (tell, told) = mpsc::channel();
    let (engine, root) = (scene.engine.clone(), scene.root());
    std::thread::scope(|scope| {
        let watching = scope.spawn(|| {
            let mut sink = |_: &str, screen: Screen| tell.send(screen.rows.concat()).is_ok();
            use_cases::watch_screen(&engine, &PERSON, &root, &name, &mut sink, &|| true)
        });
        assert_eq!(told.recv().unwrap(), "first");
        for row in ["second", "third"] {
            shows(&scene, attempt, row);
            assert_eq!(told.recv().unwrap(), row);
        }
        scene.act(attempt, Move::Leave(0));
        watching.join().unwrap().unwrap();
    });
    assert_eq!(told.try_recv(), Err(mpsc::TryRecvError::Empty), "it was told of each picture once");
    let over = use_cases::watch_screen(&engine, &PERSON, &root, &name, &mut |_, _| true, &|| true);
    assert!(matches!(over, Err(ScreenError::NoSession { .. })), "{over:?}");
}

#[test]
fn who_looks_away_is_not_waited_for() {
    let scene = Scene::new();
    let (name, attempt) = begun(&scene);
    shows(&scene, attempt, "first");
    let gone = std::sync::atomic::AtomicBool::new(false);
    let still_there = || !gone.load(std::sync::atomic::Ordering::SeqCst);
    let (tell, told) = mpsc::channel();
    let (engine, root) = (scene.engine.clone(), scene.root());
    std::thread::scope(|scope| {
        let watching = scope.spawn(|| {
            let mut sink = |_: &str, screen: Screen| tell.send(screen.rows.concat()).is_ok();
            use_cases::watch_screen(&engine, &PERSON, &root, &name, &mut sink, &still_there)
        });
        assert_eq!(told.recv().unwrap(), "first");
        gone.store(true, std::sync::atomic::Ordering::SeqCst);
        engine.nudge();
        watching.join().unwrap().unwrap();
    });
}
