//! How long an agent may say nothing: as long as it waits for somebody, and not for ever while it is at work.

use std::time::Duration;

use owt_core::attempt::Attempt;
use owt_core::attempt::AttemptPhase;
use owt_core::attempt::Verdict;
use owt_core::authority::Principal;
use owt_core::session::EndReason;
use owt_engine::use_cases;
use owt_engine::use_cases::AnswerRequest;
use owt_engine::use_cases::Given;
use owt_engine::use_cases::Resolve;
use owt_ports::StreamKind;
use owt_testkit::simulation::Move;

use crate::scene::Scene;
use crate::scene::some_request;

const PERSON: Principal = Principal::Person;

/// Longer than an agent at work may be silent, shorter than a session may last.
const LONG: Duration = Duration::from_secs(61 * 60);

/// An agent that has done this and then says nothing for long.
fn silent_after(moves: &[Move]) -> (Scene, AttemptPhase) {
    let scene = Scene::new();
    let new = Scene::request(&scene.root(), "Fix the login page");
    use_cases::begin_new_workspace(&scene.engine, &PERSON, some_request(), &new).unwrap();
    scene.settle();
    for chosen in moves {
        scene.act(attempt(&scene).id, *chosen);
    }
    pass(&scene, LONG);
    let phase = attempt(&scene).phase;
    (scene, phase)
}

fn pass(scene: &Scene, time: Duration) {
    scene.world.clock.advance(time);
    scene.world.sessions_seen.pass_time();
    scene.settle();
}

fn attempt(scene: &Scene) -> Attempt {
    scene.rows::<Attempt>(StreamKind::Attempt).remove(0)
}

#[test]
fn who_waits_for_the_next_message_may_be_silent() {
    let (_, phase) = silent_after(&[Move::Boot, Move::Read, Move::Finish]);
    assert!(matches!(phase, AttemptPhase::Running { .. }), "{phase:?}");
}

#[test]
fn who_is_at_work_may_not() {
    for moves in [&[][..], &[Move::Boot], &[Move::Boot, Move::Read], &[Move::Boot, Move::Read, Move::Say]] {
        let (_, phase) = silent_after(moves);
        let AttemptPhase::Ended { verdict, .. } = phase else { panic!("it hangs for ever after {moves:?}") };
        assert_eq!(verdict, Verdict::TimedOut { reason: EndReason::IdleLimit }, "{moves:?}");
    }
}

#[test]
fn who_has_asked_the_person_may_be_silent_until_there_is_an_answer() {
    let (scene, phase) = silent_after(&[Move::Boot, Move::Read, Move::Ask]);
    assert!(matches!(phase, AttemptPhase::Running { .. }), "{phase:?}");
    let workspace = attempt(&scene).spec.workspace;
    let (folder, name) = (scene.root(), scene.name(workspace));
    let answer = AnswerRequest { folder, name, given: Given::Allow, only: None, resolve: Resolve::Do };
    let meant_before = AnswerRequest { only: Some("another".to_owned()), ..answer.clone() };
    let refused = use_cases::answer(&scene.engine, &PERSON, some_request(), &meant_before).unwrap_err();
    assert!(matches!(refused, use_cases::AnswerError::NoLongerAsked { .. }), "{refused}");
    use_cases::answer(&scene.engine, &PERSON, some_request(), &answer).unwrap();
    scene.settle();
    pass(&scene, Duration::from_secs(30 * 60));
    assert!(matches!(attempt(&scene).phase, AttemptPhase::Running { .. }), "it has just been answered");
}
