//! Terminal programs: what is typed into them, what they show.

use owt_core::AttemptId;
use owt_core::session::EndReason;
use owt_core::session::SessionKind;
use owt_ports::Injection;
use owt_ports::InjectionKey;
use owt_ports::InjectionOutcome;
use owt_ports::Payload;
use owt_ports::SessionError;
use owt_ports::SessionPresence;
use owt_ports::SessionSignal;
use owt_ports::Stream;

use super::Scene;
use super::Script;
use super::SessionsHarness;

const TERMINAL: &[SessionKind] = &[SessionKind::Tmux, SessionKind::Pty];

fn paste(scene: &Scene<'_>, text: &str) -> Injection {
    let payload = Payload::Paste { text: text.to_owned(), submit: "\r".to_owned() };
    Injection { key: InjectionKey::Delivery(scene.fresh_delivery()), payload }
}

fn stop(scene: &Scene<'_>, attempt: AttemptId) {
    scene.sessions.stop(attempt, EndReason::Requested).unwrap();
}

pub(super) fn a_paste_goes_in_once_and_is_submitted(harness: &dyn SessionsHarness) {
    for scene in Scene::each(harness, TERMINAL) {
        let (attempt, listener) = scene.launch_ready(Script::Repeat);
        let text = paste(&scene, "first line\nsecond `line` $(id)");
        assert_eq!(scene.sessions.inject(attempt, &text), Ok(InjectionOutcome::Injected));
        listener.await_output("second `line` $(id)");
        let repeat = harness.sessions().inject(attempt, &text);
        assert_eq!(repeat, Ok(InjectionOutcome::AlreadyInjected));
        stop(&scene, attempt);
        listener.await_end();
        let log = listener.text(Stream::Output);
        assert_eq!(log.matches("second `line` $(id)").count(), 1, "{log:?}");
    }
}

pub(super) fn several_lines_need_bracketed_paste(harness: &dyn SessionsHarness) {
    for scene in Scene::each(harness, TERMINAL) {
        let (attempt, _) = scene.launch_ready(Script::Plain);
        let several = paste(&scene, "one\ntwo");
        for _ in 0..2 {
            let refused = scene.sessions.inject(attempt, &several);
            assert_eq!(refused, Ok(InjectionOutcome::NeedsBracketedPaste));
        }
        let one = paste(&scene, "one line");
        assert_eq!(scene.sessions.inject(attempt, &one), Ok(InjectionOutcome::Injected));
        stop(&scene, attempt);
    }
}

pub(super) fn a_person_at_the_keys_has_the_line(harness: &dyn SessionsHarness) {
    for scene in Scene::each(harness, TERMINAL) {
        let (attempt, listener) = scene.launch_ready(Script::Repeat);
        harness.person_types(attempt);
        let refused = scene.sessions.inject(attempt, &paste(&scene, "machine text"));
        assert_eq!(refused, Ok(InjectionOutcome::LineTaken));
        // What a person asks for elsewhere is theirs too.
        let Injection { key, .. } = paste(&scene, "");
        let asked_for = Injection { key, payload: Payload::Keys("\u{1}".to_owned()) };
        assert_eq!(scene.sessions.inject(attempt, &asked_for), Ok(InjectionOutcome::Injected));
        stop(&scene, attempt);
        listener.await_end();
        assert!(!listener.text(Stream::Output).contains("machine text"));
    }
}

pub(super) fn control_characters_never_reach_a_terminal(harness: &dyn SessionsHarness) {
    for scene in Scene::each(harness, TERMINAL) {
        let (attempt, _) = scene.launch_ready(Script::Repeat);
        for text in ["a\x1b[201~b", "a\rb", "a\0b", "a\u{9b}b", "a\x03"] {
            let refused = scene.sessions.inject(attempt, &paste(&scene, text));
            assert!(matches!(refused, Err(SessionError::Failed { .. })), "{text:?}: {refused:?}");
        }
        stop(&scene, attempt);
    }
}

pub(super) fn a_screen_shows_what_was_printed(harness: &dyn SessionsHarness) {
    for scene in Scene::each(harness, TERMINAL) {
        let (attempt, listener) = scene.launch_ready(Script::Repeat);
        let shown = |signal: &SessionSignal| {
            matches!(signal, SessionSignal::Screen(screen)
                if screen.bracketed_paste && screen.rows.iter().any(|row| row.starts_with("ready")))
        };
        listener.await_that("a picture", |signals| signals.iter().any(shown));
        let screen = scene.sessions.screen(attempt).unwrap();
        assert!(screen.bracketed_paste);
        assert!(screen.rows.iter().any(|row| row.starts_with("ready")), "{:?}", screen.rows);
        let later = scene.listen(attempt, 0);
        later.await_that("the picture as it is", |signals| signals.iter().any(shown));
        let plan = scene.sessions.attach_plan(attempt, None).unwrap();
        assert!(plan.argv[0].starts_with('/') && plan.unset.is_empty(), "{plan:?}");
        let nested = scene.sessions.attach_plan(attempt, Some("/tmp/elsewhere/default,1,0")).unwrap();
        let unset = if scene.kind == SessionKind::Tmux { vec!["TMUX".to_owned()] } else { Vec::new() };
        assert_eq!(nested.unset, unset);
        stop(&scene, attempt);
        assert_eq!(scene.sessions.screen(attempt), Err(SessionError::NotRunning(attempt)));
        assert_eq!(scene.sessions.attach_plan(attempt, None), Err(SessionError::NotRunning(attempt)));
    }
}

pub(super) fn a_transcript_has_each_line_once(harness: &dyn SessionsHarness) {
    for scene in Scene::each(harness, TERMINAL) {
        let (attempt, listener) = scene.launch_ready(Script::Repeat);
        let mut following = scene.sessions.transcript(attempt).unwrap();
        let early = following.news().unwrap();
        let text = paste(&scene, "a text to repeat");
        assert_eq!(scene.sessions.inject(attempt, &text), Ok(InjectionOutcome::Injected));
        listener.await_output("a text to repeat");
        stop(&scene, attempt);
        listener.await_end();
        let late = following.rest().unwrap();
        let whole = harness.sessions().transcript(attempt).unwrap().rest().unwrap();
        assert_eq!([early, late].concat(), whole);
        assert_eq!(whole.iter().filter(|line| line.contains("a text to repeat")).count(), 1, "{whole:?}");
        assert!(whole.iter().all(|line| !line.contains(char::is_control)), "{whole:?}");
    }
}

pub(super) fn a_session_without_a_terminal_has_no_screen(harness: &dyn SessionsHarness) {
    for scene in Scene::each(harness, &[SessionKind::Headless, SessionKind::Structured]) {
        let (attempt, _) = scene.launch_ready(Script::Wait);
        assert!(matches!(scene.sessions.screen(attempt), Err(SessionError::Unusable(_))));
        assert!(matches!(scene.sessions.attach_plan(attempt, None), Err(SessionError::Unusable(_))));
        stop(&scene, attempt);
    }
}

pub(super) fn a_window_without_its_attempt_is_stray(harness: &dyn SessionsHarness) {
    for scene in Scene::each(harness, &[SessionKind::Tmux]) {
        let (attempt, _) = scene.launch_ready(Script::Wait);
        let strays = |kept: &[AttemptId]| scene.sessions.stray_windows(kept).unwrap();
        // Other checks may have windows of their own.
        let kept = strays(&[attempt]);
        let ours: Vec<String> = strays(&[]).into_iter().filter(|name| !kept.contains(name)).collect();
        let [name] = &ours[..] else { panic!("{ours:?}") };
        for _ in 0..2 {
            scene.sessions.close_window(name).unwrap();
            assert!(!strays(&[]).contains(name));
        }
        let presence = scene.sessions.probe(attempt).unwrap();
        assert!(matches!(presence, SessionPresence::Running { .. }), "{presence:?}");
        stop(&scene, attempt);
    }
}
