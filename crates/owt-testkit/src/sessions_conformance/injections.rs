//! What is put before a program goes in at most once, whoever asks and however often.

use owt_core::session::EndReason;
use owt_core::session::Exit;
use owt_core::session::SessionKind;
use owt_ports::Injection;
use owt_ports::InjectionKey;
use owt_ports::InjectionOutcome;
use owt_ports::Payload;
use owt_ports::SessionError;
use owt_ports::SessionInput;
use owt_ports::Stream;

use super::Scene;
use super::Script;
use super::SessionsHarness;

fn frame(name: &str, line: &str) -> Injection {
    Injection { key: InjectionKey::Frame(name.to_owned()), payload: Payload::Line(line.to_owned()) }
}

pub(super) fn a_line_goes_in_once(harness: &dyn SessionsHarness) {
    for scene in Scene::each(harness, &[SessionKind::Structured]) {
        let (attempt, listener) = scene.launch_ready(Script::Repeat);
        let line = frame("r1", r#"{"text":"grüße \"all\" $(id)"}"#);
        assert_eq!(scene.sessions.inject(attempt, &line), Ok(InjectionOutcome::Injected));
        let later = harness.sessions();
        for sessions in [&scene.sessions, &later] {
            assert_eq!(sessions.inject(attempt, &line), Ok(InjectionOutcome::AlreadyInjected));
        }
        assert_eq!(later.inject(attempt, &frame("r2", "quit")), Ok(InjectionOutcome::Injected));
        assert_eq!(listener.await_end(), Exit::Code { code: 0 });
        let log = listener.text(Stream::Output);
        assert_eq!(log.matches(r#"{"text":"grüße \"all\" $(id)"}"#).count(), 1, "{log}");
    }
}

pub(super) fn an_end_does_not_undo_what_was_injected(harness: &dyn SessionsHarness) {
    for scene in Scene::each(harness, &[SessionKind::Structured]) {
        let (attempt, listener) = scene.launch_ready(Script::Repeat);
        assert_eq!(scene.sessions.inject(attempt, &frame("r1", "quit")), Ok(InjectionOutcome::Injected));
        listener.await_end();
        let repeat = scene.sessions.inject(attempt, &frame("r1", "quit"));
        assert_eq!(repeat, Ok(InjectionOutcome::AlreadyInjected));
        let fresh = scene.sessions.inject(attempt, &frame("r2", "more"));
        assert_eq!(fresh, Err(SessionError::NotRunning(attempt)));
    }
}

pub(super) fn a_file_on_stdin_is_its_delivery(harness: &dyn SessionsHarness) {
    for scene in Scene::each(harness, &[SessionKind::Headless]) {
        let (mut plan, delivery) = (scene.plan(Script::Repeat), scene.fresh_delivery());
        let path = harness.file("a prompt\nof two lines\nquit\n");
        plan.stdin = SessionInput::File { path, delivery: Some(delivery) };
        scene.sessions.launch(&plan).unwrap();
        let injection = Injection {
            key: InjectionKey::Delivery(delivery),
            payload: Payload::Line("a prompt\nof two lines".to_owned()),
        };
        assert_eq!(scene.sessions.inject(plan.attempt, &injection), Ok(InjectionOutcome::AlreadyInjected));
        let listener = scene.listen(plan.attempt, 0);
        assert_eq!(listener.await_end(), Exit::Code { code: 0 });
        let log = listener.text(Stream::Output);
        assert_eq!(log.matches("a prompt\nof two lines").count(), 1, "{log}");
        let after = harness.sessions().inject(plan.attempt, &injection);
        assert_eq!(after, Ok(InjectionOutcome::AlreadyInjected));
    }
}

pub(super) fn keys_of_two_kinds_never_meet(harness: &dyn SessionsHarness) {
    for scene in Scene::each(harness, &[SessionKind::Structured]) {
        let (attempt, _) = scene.launch_ready(Script::Repeat);
        let delivery = scene.fresh_delivery();
        let delivered =
            Injection { key: InjectionKey::Delivery(delivery), payload: Payload::Line("one".to_owned()) };
        assert_eq!(scene.sessions.inject(attempt, &delivered), Ok(InjectionOutcome::Injected));
        let framed = frame(&delivery.to_string(), "two");
        assert_eq!(scene.sessions.inject(attempt, &framed), Ok(InjectionOutcome::Injected));
        scene.sessions.stop(attempt, EndReason::Requested).unwrap();
    }
}

pub(super) fn what_does_not_fit_the_program_is_refused_and_may_come_again(harness: &dyn SessionsHarness) {
    for scene in Scene::each(harness, &[SessionKind::Structured, SessionKind::Tmux, SessionKind::Pty]) {
        let (attempt, _) = scene.launch_ready(Script::Repeat);
        let line = Payload::Line("{}".to_owned());
        let paste = Payload::Paste { text: "text".to_owned(), submit: "\r".to_owned() };
        let (wrong, right) = if scene.kind.is_terminal() { (line, paste) } else { (paste, line) };
        let key = InjectionKey::Delivery(scene.fresh_delivery());
        let refused = scene.sessions.inject(attempt, &Injection { key: key.clone(), payload: wrong });
        assert!(matches!(refused, Err(SessionError::Failed { .. })), "{refused:?}");
        let taken = scene.sessions.inject(attempt, &Injection { key, payload: right });
        assert_eq!(taken, Ok(InjectionOutcome::Injected));
        scene.sessions.stop(attempt, EndReason::Requested).unwrap();
    }
}
