//! `owt hook`: never in an agent's way.

use std::os::unix::net::UnixListener;
use std::time::Duration;
use std::time::Instant;

use owt_api::HookReport;
use owt_core::AttemptId;

use crate::sealed::Sealed;
use crate::sealed::Staged;

const HOOK: [&str; 5] = ["hook", "--agent", "claude", "--event", "Stop"];

fn in_session(sealed: Sealed) -> Sealed {
    sealed.with("OWT_ATTEMPT", &AttemptId::from_bits(1).to_string()).with("OWT_TOKEN", "ours")
}

fn spooled(sealed: &Sealed) -> Vec<HookReport> {
    let Ok(entries) = std::fs::read_dir(sealed.places().data.join("spool").as_path()) else {
        return Vec::new();
    };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()).collect()
}

#[test]
fn a_server_that_answers_gets_the_report() {
    let staged = Staged::of(in_session(Sealed::new()), owt_api::Build(i64::MAX));
    staged.service.set(|scene| {
        scene.tokens.insert("ours".to_owned(), AttemptId::from_bits(1));
    });
    let ran = staged.sealed.run_with_input(&HOOK, b"{\"session_id\":\"s\"}");
    assert_eq!(ran.told(), "[exit 0]");
    let argument: Vec<&str> = HOOK.into_iter().chain(["{\"type\":\"turn\"}"]).collect();
    assert_eq!(staged.run(&argument).told(), "[exit 0]");
    let scene = staged.service.scene();
    let payloads: Vec<&str> = scene.hooks.iter().map(|report| report.payload.as_str()).collect();
    assert_eq!(payloads, ["{\"session_id\":\"s\"}", "{\"type\":\"turn\"}"]);
    assert_eq!((scene.hooks[0].agent.as_str(), scene.hooks[0].event.as_str()), ("claude", "Stop"));
    assert!(spooled(&staged.sealed).is_empty());
}

#[test]
fn without_a_server_it_is_kept_and_none_is_started() {
    let sealed = in_session(Sealed::new());
    for _ in 0..3 {
        assert_eq!(sealed.run_with_input(&HOOK, b"{}").told(), "[exit 0]");
    }
    let kept = spooled(&sealed);
    assert_eq!(kept.len(), 3);
    assert!(kept.is_sorted_by_key(|report| report.at_ms));
    assert_eq!((kept[0].payload.as_str(), kept[0].token.as_str()), ("{}", "ours"));
    assert!(!sealed.places().server_socket().as_path().exists());
    assert!(!sealed.places().data.join("server.lock").as_path().exists());
}

#[test]
fn a_revoked_credential_is_not_kept() {
    let staged = Staged::of(in_session(Sealed::new()), owt_api::Build(i64::MAX));
    assert_eq!(staged.sealed.run_with_input(&HOOK, b"{}").told(), "[exit 0]");
    assert!(staged.service.scene().hooks.is_empty());
    assert!(spooled(&staged.sealed).is_empty());
}

#[test]
fn outside_of_a_session_it_does_nothing() {
    let sealed = Sealed::new();
    assert_eq!(sealed.run_with_input(&HOOK, b"{}").told(), "[exit 0]");
    assert!(!sealed.home.path().join("owt").exists());
}

#[test]
fn a_server_that_does_not_answer_costs_little_and_the_report_is_kept() {
    let sealed = in_session(Sealed::new());
    let places = sealed.places();
    places.make_folders().unwrap();
    // It listens, and never accepts.
    let _listener = UnixListener::bind(places.server_socket().as_path()).unwrap();
    let began = Instant::now();
    assert_eq!(sealed.run_with_input(&HOOK, b"{}").told(), "[exit 0]");
    let took = began.elapsed();
    assert!(took >= Duration::from_millis(250) && took < Duration::from_secs(3), "{took:?}");
    assert_eq!(spooled(&sealed).len(), 1);
}

#[test]
fn an_agent_that_keeps_standard_input_open_is_not_waited_for() {
    let sealed = in_session(Sealed::new());
    let began = Instant::now();
    let mut child = sealed.cmd(&HOOK).spawn(owt_process::Streams::piped()).unwrap();
    let _stdin = child.stdin.take().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(began.elapsed() < Duration::from_secs(3));
    assert_eq!(spooled(&sealed).len(), 1);
}

#[test]
fn of_a_huge_payload_the_event_remains() {
    let sealed = in_session(Sealed::new());
    let huge = vec![b'x'; 5 * 1024 * 1024];
    assert_eq!(sealed.run_with_input(&HOOK, &huge).told(), "[exit 0]");
    let kept = spooled(&sealed);
    let beginning = "x".repeat(300);
    assert_eq!((kept.len(), kept[0].payload.as_str(), kept[0].is_cut), (1, beginning.as_str(), true));
}

#[test]
fn nothing_makes_it_fail() {
    let sealed = in_session(Sealed::new());
    for arguments in
        [&["hook"][..], &["hook", "--agent", "x", "--event", "y", "{}", "more"], &["hook", "--nonsense"]]
    {
        assert_eq!(sealed.run(arguments).told(), "[exit 0]", "{arguments:?}");
    }
    // The agent may have removed the folder that it stands in.
    let script = "mkdir gone && cd gone && rmdir ../gone && exec \"$0\" hook --agent claude --event Stop {}";
    let removed = owt_process::Cmd::new("/bin/sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_owt")])
        .env_base(sealed.environment.clone())
        .current_dir(sealed.work());
    assert_eq!(crate::sealed::ran(&removed).told(), "[exit 0]");
    assert_eq!(spooled(&sealed).len(), 1);
    let unwritable = in_session(Sealed::new().with("OWT_HOME", "/proc/owt"));
    assert_eq!(unwritable.run_with_input(&HOOK, b"{}").told(), "[exit 0]");
}
