//! No false rest: an agent whose turn is over is not called idle while what it has started works on.

use std::time::Duration;

use owt_core::AttemptId;
use owt_core::Timestamp;
use owt_core::WorkspaceId;
use owt_core::attempt::Attempt;
use owt_core::authority::Principal;
use owt_core::job::Job;
use owt_core::offspring::Offspring;
use owt_core::offspring::Pace;
use owt_core::offspring::Standing;
use owt_core::status::Judgement;
use owt_core::status::Status;
use owt_core::status::judge;
use owt_core::workspace::Workspace;
use owt_engine::use_cases;
use owt_ports::Clock;
use owt_ports::EventStore;
use owt_ports::StreamId;
use owt_ports::StreamKind;
use owt_testkit::sessions::Act;
use owt_testkit::simulation::Move;

use crate::scene::Scene;
use crate::scene::some_request;

const PERSON: Principal = Principal::Person;

/// An agent in the middle of its first turn.
fn at_work() -> (Scene, WorkspaceId, AttemptId) {
    let scene = Scene::new();
    let new = Scene::request(&scene.root(), "Fix the login page");
    let begun = use_cases::begin_new_workspace(&scene.engine, &PERSON, some_request(), &new).unwrap();
    scene.settle();
    let attempt = attempt(&scene).id;
    scene.act(attempt, Move::Boot);
    scene.act(attempt, Move::Read);
    (scene, begun[0].0, attempt)
}

fn attempt(scene: &Scene) -> Attempt {
    scene.rows::<Attempt>(StreamKind::Attempt).remove(0)
}

fn judged(scene: &Scene) -> Judgement {
    let workspace = scene.rows::<Workspace>(StreamKind::Workspace).remove(0);
    let job = scene.rows::<Job>(StreamKind::Job).remove(0);
    judge(&workspace, Some(&job), Some(&attempt(scene)))
}

fn program(scene: &Scene, pid: u32, used: Duration) -> Offspring {
    Offspring {
        pid,
        parent: 10_003,
        started_at: scene.world.clock.now(),
        processor_time: used,
        words: vec!["/usr/bin/cargo".to_owned(), "test".to_owned()],
        standing: Standing::OnItsOwn,
    }
}

fn lives(scene: &Scene, attempt: AttemptId, family: &[Offspring]) {
    scene.world.sessions_seen.act(attempt, vec![Act::Family(family.to_vec())]);
    scene.settle();
}

fn pass(scene: &Scene, seconds: u64) {
    scene.world.clock.advance(Duration::from_secs(seconds));
    scene.world.sessions_seen.pass_time();
    scene.settle();
}

/// Every status that the journal has ever amounted to, in order.
fn statuses(scene: &Scene, id: AttemptId) -> Vec<Status> {
    let workspace = scene.rows::<Workspace>(StreamKind::Workspace).remove(0);
    let job = scene.rows::<Job>(StreamKind::Job).remove(0);
    let stream = StreamId { kind: StreamKind::Attempt, id: id.to_string() };
    let events = scene.world.store_seen.stream(&stream, 0, usize::MAX).unwrap();
    let mut state = None;
    let mut statuses: Vec<Status> = Vec::new();
    for event in events {
        // Effects that were asked for lie between the facts.
        let Ok(decoded) = serde_json::from_str(&event.payload) else { continue };
        state = <Attempt as owt_core::machine::Machine>::apply(state, &decoded, event.at);
        let status = judge(&workspace, Some(&job), state.as_ref()).status;
        if statuses.last() != Some(&status) {
            statuses.push(status);
        }
    }
    statuses
}

#[test]
fn while_a_child_works_it_is_not_idle_and_with_its_end_it_is() {
    let (scene, _, id) = at_work();
    let started = program(&scene, 77, Duration::ZERO);
    lives(&scene, id, std::slice::from_ref(&started));
    scene.act(id, Move::Finish);
    let judgement = judged(&scene);
    assert_eq!((judgement.status, judgement.source), (Status::Working, "process"));
    assert!(judgement.detail.unwrap().contains("cargo test (77)"));
    lives(&scene, id, &[]);
    assert_eq!(judged(&scene).status, Status::Idle);
    let all = statuses(&scene, id);
    let expected = [Status::Starting, Status::Idle, Status::Working, Status::Idle];
    assert_eq!(all, expected, "idle before its first message, and then not before the last of it has ended");
    assert!(attempt(&scene).turn.children.is_empty());
}

#[test]
fn a_child_that_does_nothing_for_a_minute_is_named_and_no_work() {
    let (scene, _, id) = at_work();
    let calm = program(&scene, 77, Duration::ZERO);
    lives(&scene, id, std::slice::from_ref(&calm));
    scene.act(id, Move::Finish);
    for _ in 0..3 {
        pass(&scene, 15);
        assert_eq!(judged(&scene).status, Status::Working);
    }
    let ended = judged(&scene).since;
    assert!(judged(&scene).begun < ended, "it has worked since its turn began");
    pass(&scene, 16);
    let idle = judged(&scene);
    assert_eq!((idle.status, idle.since), (Status::Idle, ended));
    assert!(idle.begun >= ended.plus(Duration::from_secs(60)), "it is idle since nothing works on: {idle:?}");
    let children = attempt(&scene).turn.children;
    assert_eq!((children[0].pid, children[0].pace), (77, Pace::Rests));
    // What it starts later is work again.
    lives(&scene, id, &[calm, Offspring { parent: 77, ..program(&scene, 78, Duration::ZERO) }]);
    pass(&scene, 61);
    assert_eq!(judged(&scene).status, Status::Working);
}

#[test]
fn what_was_there_before_the_turn_does_not_hold_it_up() {
    let scene = Scene::new();
    let new = Scene::request(&scene.root(), "Fix the login page");
    use_cases::begin_new_workspace(&scene.engine, &PERSON, some_request(), &new).unwrap();
    scene.settle();
    let id = attempt(&scene).id;
    let helper = Offspring { started_at: Timestamp::EPOCH, ..program(&scene, 77, Duration::ZERO) };
    let server = Offspring { standing: Standing::TalkedWith, ..program(&scene, 78, Duration::ZERO) };
    lives(&scene, id, &[helper, server]);
    for chosen in [Move::Boot, Move::Read, Move::Finish] {
        scene.act(id, chosen);
    }
    assert_eq!(judged(&scene).status, Status::Idle);
    assert!(attempt(&scene).turn.children.is_empty());
}

/// The next server finds it as it was, watches the rest anew, and tells of its end.
#[test]
fn a_server_that_comes_later_watches_what_is_left() {
    let (mut scene, _, id) = at_work();
    let busy = program(&scene, 77, Duration::ZERO);
    lives(&scene, id, std::slice::from_ref(&busy));
    scene.act(id, Move::Finish);
    scene.restart_server();
    assert_eq!(judged(&scene).status, Status::Working);
    lives(&scene, id, &[]);
    assert_eq!(judged(&scene).status, Status::Idle);
}
