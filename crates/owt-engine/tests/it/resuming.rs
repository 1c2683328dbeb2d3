//! Sessions that ended before their agents had begun, and are taken up again.

use std::time::Duration;

use owt_agents::AgentName;
use owt_core::AttemptId;
use owt_core::RequestId;
use owt_core::attempt::Attempt;
use owt_core::authority::Principal;
use owt_core::delivery::Delivery;
use owt_core::delivery::Meaning;
use owt_core::environment::InstallState;
use owt_core::text::Prompt;
use owt_core::workspace::Phase;
use owt_core::workspace::Workspace;
use owt_engine::SessionFiles;
use owt_engine::use_cases;
use owt_engine::use_cases::Audience;
use owt_engine::use_cases::HookReport;
use owt_engine::use_cases::Resolve;
use owt_engine::use_cases::ResumeError;
use owt_engine::use_cases::ResumeOutcome;
use owt_engine::use_cases::ResumeRequest;
use owt_engine::use_cases::SendError;
use owt_engine::use_cases::SendRequest;
use owt_engine::use_cases::WantedSession;
use owt_engine::use_cases::WhileBusy;
use owt_ports::Clock;
use owt_ports::PrivateFiles;
use owt_ports::StreamKind;
use owt_testkit::simulation::Move;

use crate::scene::Scene;
use crate::scene::some_request;
use crate::simulation::world::World;

const PERSON: Principal = Principal::Person;

/// An agent that is at its start, and is to be given a task once it is up.
fn starting(session: WantedSession) -> (Scene, String) {
    let scene = Scene::new();
    let mut new = Scene::request(&scene.root(), "Fix the login page");
    new.agent.session = session;
    let begun = use_cases::begin_new_workspace(&scene.engine, &PERSON, some_request(), &new).unwrap();
    scene.settle();
    let name = scene.name(begun[0].0);
    (scene, name)
}

fn newest(scene: &Scene) -> Attempt {
    scene.rows::<Attempt>(StreamKind::Attempt).into_iter().max_by_key(|attempt| attempt.spec.number).unwrap()
}

/// What an agent does, with what its hooks report of it.
fn act(scene: &Scene, attempt: AttemptId, chosen: Move) {
    let deed = scene.world.stage.perform(attempt, chosen).unwrap();
    scene.world.sessions_seen.act(attempt, deed.acts);
    scene.settle();
    for (event, payload) in deed.hooks {
        let agent = AgentName::new("demo").unwrap();
        let (event, at) = (event.to_owned(), scene.world.clock.now());
        let report = HookReport { agent, event, attempt, at, payload, is_cut: false };
        use_cases::hook(&scene.engine, some_request(), &report).unwrap();
        scene.settle();
    }
}

fn states(scene: &Scene) -> Vec<(String, &'static str)> {
    let mut messages = scene.rows::<Delivery>(StreamKind::Delivery);
    messages.sort_by_key(|message| message.since);
    messages.iter().map(|message| (message.spec.preview.clone(), message.word())).collect()
}

fn resume(scene: &Scene, name: &str, resolve: Resolve) -> Result<ResumeOutcome, ResumeError> {
    let (folder, name, busy) = (scene.root(), name.to_owned(), WhileBusy::Refuse);
    let resume = ResumeRequest { folder, name, message: None, wanted: None, busy, resolve };
    let outcome = use_cases::begin_resume(&scene.engine, &PERSON, some_request(), &resume);
    scene.settle();
    outcome.map(|(_, outcome)| outcome)
}

#[test]
fn an_agent_that_had_certainly_read_nothing_begins_afresh_with_its_task() {
    let (scene, name) = starting(WantedSession::Terminal);
    let first = newest(&scene);
    let text = Prompt::new("And the logout page").unwrap();
    let to = Audience::One(name.clone());
    let send = SendRequest {
        folder: scene.root(),
        to,
        text,
        meaning: Meaning::Words,
        wait: Duration::ZERO,
        key: None,
    };
    use_cases::send(&scene.engine, &PERSON, some_request(), &send, &|| true).unwrap();
    scene.settle();
    // Twice: the second try ends as early as the first.
    for number in [2, 3] {
        scene.act(newest(&scene).id, Move::Die(9));
        assert_eq!(newest(&scene).conversation, None);
        assert!(states(&scene).iter().all(|(_, state)| *state == "failed"), "{:?}", states(&scene));
        assert_eq!(resume(&scene, &name, Resolve::Preview), Ok(ResumeOutcome::WouldBegin));
        assert_eq!(resume(&scene, &name, Resolve::Do), Ok(ResumeOutcome::Begun));
        assert_eq!(newest(&scene).spec.number, number);
    }
    let last = newest(&scene);
    assert_eq!((&last.spec.session, &last.spec.resumes), (&first.spec.session, &None));
    for chosen in [Move::Boot, Move::Read, Move::Finish, Move::Read, Move::Finish] {
        act(&scene, last.id, chosen);
    }
    let observed: Vec<String> =
        states(&scene).into_iter().filter(|(_, state)| *state == "observed").map(|(text, _)| text).collect();
    assert_eq!(observed, ["Fix the login page", "And the logout page"]);
    scene.act(last.id, Move::Die(9));
    assert_eq!(resume(&scene, &name, Resolve::Do), Ok(ResumeOutcome::Resumed), "it has a conversation now");
}

/// Whoever hears no answer asks again: the same key is the same message, whatever became of the session meanwhile, and
/// never another one.
#[test]
fn a_message_sent_again_under_its_key_reaches_the_agent_once() {
    let (scene, name) = starting(WantedSession::Terminal);
    let said = |text: &str, key: u128| SendRequest {
        folder: scene.root(),
        to: Audience::One(name.clone()),
        text: Prompt::new(text).unwrap(),
        meaning: Meaning::Words,
        wait: Duration::ZERO,
        key: Some(RequestId::from_bits(key)),
    };
    let send = |what: &SendRequest| {
        let sent = use_cases::send(&scene.engine, &PERSON, some_request(), what, &|| true);
        sent.map(|sent| sent.into_iter().map(|(_, id, delivery)| (id, delivery.word())).collect::<Vec<_>>())
    };
    let first = send(&said("And the logout page", 7)).unwrap();
    assert_eq!(send(&said("And the logout page", 7)).unwrap()[0].0, first[0].0);
    assert_ne!(send(&said("And the logout page", 8)).unwrap()[0].0, first[0].0);
    assert_eq!(send(&said("Something else", 7)).unwrap_err(), SendError::KeyTaken { name: name.clone() });
    // Nor one that is as long and begins alike.
    let long = |end: char| format!("{}{end}", "and then ".repeat(30));
    send(&said(&long('a'), 10)).unwrap();
    assert!(send(&said(&long('a'), 10)).is_ok());
    assert_eq!(send(&said(&long('b'), 10)).unwrap_err(), SendError::KeyTaken { name: name.clone() });
    scene.settle();
    let mut texts: Vec<String> = states(&scene).into_iter().map(|(text, _)| text).collect();
    texts.sort();
    texts.retain(|text| !text.starts_with("and then"));
    assert_eq!(texts, ["And the logout page", "And the logout page", "Fix the login page"]);
    scene.act(newest(&scene).id, Move::Die(9));
    assert_eq!(send(&said("And the logout page", 7)).unwrap(), [(first[0].0, "failed")]);
    assert!(matches!(send(&said("And the logout page", 9)), Err(SendError::NoSession { .. })));
}

#[test]
fn what_may_have_been_read_is_not_begun_again() {
    let (scene, name) = starting(WantedSession::Structured);
    let attempt = newest(&scene).id;
    assert_eq!(states(&scene)[0].1, "injected");
    scene.act(attempt, Move::Die(9));
    let refused = resume(&scene, &name, Resolve::Do).unwrap_err();
    assert!(matches!(refused, ResumeError::NoConversation { .. }) && refused.is_final(), "{refused:?}");
    assert_eq!(newest(&scene).id, attempt);
}

/// A workspace with its agent about to begin, called off as soon as that is so.
fn called_off(scene: &Scene, when: impl Fn(&Workspace) -> bool) -> String {
    let new = Scene::request(&scene.root(), "Fix the login page");
    let begun = use_cases::begin_new_workspace(&scene.engine, &PERSON, some_request(), &new).unwrap();
    let workspace = |scene: &Scene| scene.rows::<Workspace>(StreamKind::Workspace).into_iter().next();
    scene.settle_until(|scene| workspace(scene).is_some_and(|it| when(&it)));
    assert!(workspace(scene).is_some_and(|it| when(&it)), "it was not so far");
    let name = scene.name(begun[0].0);
    let (root, once) = (scene.root(), Resolve::Do);
    use_cases::begin_stop(&scene.engine, &PERSON, some_request(), &root, &name, once).unwrap();
    name
}

/// What its agent has heard, once it had the time to.
fn heard(scene: &Scene) -> Vec<String> {
    let attempt = newest(scene);
    assert_eq!((attempt.spec.number, &attempt.spec.resumes), (1, &None));
    for chosen in [Move::Boot, Move::Read, Move::Finish] {
        act(scene, attempt.id, chosen);
    }
    let actor = scene.world.stage.actor(attempt.id).unwrap();
    actor.heard.into_iter().map(|heard| heard.words).collect()
}

#[test]
fn one_that_was_called_off_during_its_install_begins_when_that_has_ended() {
    let scene = Scene::new();
    let name = called_off(&scene, |workspace| workspace.outfit.install == InstallState::Waiting);
    let (folder, message) = (scene.root(), None);
    let (wanted, busy, resolve) = (None, WhileBusy::Refuse, Resolve::Do);
    let wish = ResumeRequest { folder, name: name.clone(), message, wanted, busy, resolve };
    let (_, outcome) = use_cases::begin_resume(&scene.engine, &PERSON, some_request(), &wish).unwrap();
    assert_eq!(outcome, ResumeOutcome::Begun);
    scene.settle_until(|scene| !scene.rows::<Attempt>(StreamKind::Attempt).is_empty());
    let workspaces = scene.rows::<Workspace>(StreamKind::Workspace);
    assert_eq!(workspaces[0].outfit.install, InstallState::Done, "its agent waits for its packages");
    scene.settle();
    assert_eq!(heard(&scene).len(), 1);
    let words: Vec<&str> = states(&scene).into_iter().map(|(_, state)| state).collect();
    assert_eq!(words, ["failed", "observed"], "the first was called off, and says so");
}

#[test]
fn one_that_was_called_off_again_and_again_hears_its_task_once() {
    let scene = Scene::new();
    let name = called_off(&scene, |workspace| workspace.phase == Phase::Ready);
    for _ in 0..3 {
        scene.settle();
        assert!(scene.rows::<Attempt>(StreamKind::Attempt).is_empty(), "nobody asked for it");
        let (folder, message) = (scene.root(), None);
        let (wanted, busy, resolve) = (None, WhileBusy::Refuse, Resolve::Do);
        let wish = ResumeRequest { folder, name: name.clone(), message, wanted, busy, resolve };
        use_cases::begin_resume(&scene.engine, &PERSON, some_request(), &wish).unwrap();
        let (root, once) = (scene.root(), Resolve::Do);
        use_cases::begin_stop(&scene.engine, &PERSON, some_request(), &root, &name, once).unwrap();
    }
    scene.settle();
    assert_eq!(resume(&scene, &name, Resolve::Preview), Ok(ResumeOutcome::WouldBegin));
    assert_eq!(resume(&scene, &name, Resolve::Do), Ok(ResumeOutcome::Begun));
    assert_eq!(heard(&scene).len(), 1);
    assert_eq!(states(&scene).iter().filter(|(_, state)| *state == "observed").count(), 1);
}

/// A credential and what of the person's settings went along are nobody's any more; what the agent was told is still told, and whoever
/// takes the session up again gets files of their own.
#[test]
fn what_a_session_was_started_with_goes_some_time_after_its_end() {
    let (scene, name) = starting(WantedSession::Terminal);
    let first = newest(&scene);
    for chosen in [Move::Boot, Move::Read, Move::Finish] {
        act(&scene, first.id, chosen);
    }
    let folder = |attempt: &Attempt| World::data().join("agents").join(&attempt.id.to_string());
    let files = |attempt: &Attempt| scene.world.files.list(&folder(attempt)).unwrap();
    let credential = folder(&first).join("credential");
    let secret = String::from_utf8(scene.world.files.read(&credential).unwrap().unwrap()).unwrap();
    // As the real programs have them.
    for name in ["settings.json", "servers.json", "handed-over.json", "context.md", "preamble.md"] {
        scene.world.files.write(&folder(&first).join(name), b"{}").unwrap();
    }
    let before = files(&first);
    let mut session_files = SessionFiles::default();
    let mut sweep = |seconds| {
        scene.world.clock.advance(Duration::from_secs(seconds));
        session_files.sweep(&scene.engine).unwrap();
    };
    sweep(1_000);
    assert_eq!(files(&first), before, "it runs");
    use_cases::begin_stop(&scene.engine, &PERSON, some_request(), &scene.root(), &name, Resolve::Do).unwrap();
    scene.settle();
    sweep(59);
    assert_eq!(files(&first), before, "a hook may still come");
    assert_eq!(owt_engine::owner(&scene.engine, &secret), Some(first.id));
    sweep(1);
    assert_eq!(files(&first), ["context.md", "preamble.md"]);
    assert_eq!(owt_engine::owner(&scene.engine, &secret), None);

    assert_eq!(resume(&scene, &name, Resolve::Do), Ok(ResumeOutcome::Resumed));
    let again = newest(&scene);
    assert_ne!(again.id, first.id);
    sweep(1_000);
    assert!(files(&again).contains(&"credential".to_owned()), "{:?}", files(&again));
}
