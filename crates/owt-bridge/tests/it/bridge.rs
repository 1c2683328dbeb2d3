//! What goes over the bridge, and how it ends.

use std::fs;
use std::time::Duration;
use std::time::Instant;

use owt_bridge::BridgeError;
use owt_bridge::MAX_LINE_BYTES;
use owt_bridge::Patience;
use owt_process::ExitOutcome;
use serde_json::json;

use crate::sham::Asked;
use crate::sham::PATIENT;
use crate::sham::Running;
use crate::sham::Sham;

fn echo(asked: &Asked) -> (u16, String) {
    match asked.line.split(' ').nth(1) {
        Some("/event") => (200, String::new()),
        Some("/missing") => (404, r#"{"name":"NotFoundError"}"#.to_owned()),
        Some("/long") => (200, "x".repeat(MAX_LINE_BYTES + 1)),
        Some("/nothing") => (204, String::new()),
        _ => (200, json!({"line": asked.line, "body": asked.body}).to_string()),
    }
}

fn ask(id: &str, path: &str) -> String {
    json!({"id": id, "method": "GET", "path": path}).to_string()
}

#[test]
fn lines_are_asked_in_their_order_and_events_are_passed_on() {
    let sham = Sham::serve(echo);
    let mut bridge = Running::start(sham.program("exec sleep 60"), PATIENT);
    bridge.say(&json!({"id": "1", "method": "POST", "path": "/a?b=c", "body": {"x": "ä\n"}}).to_string());
    let body = json!({"line": "POST /a?b=c HTTP/1.1", "body": r#"{"x":"ä\n"}"#});
    assert_eq!(bridge.next(), json!({"id": "1", "status": 200, "body": body}));
    bridge.say(&ask("2", "/missing"));
    bridge.say(&json!({"id": "3", "method": "POST", "path": "/nothing"}).to_string());
    assert_eq!(bridge.next(), json!({"id": "2", "status": 404, "body": {"name": "NotFoundError"}}));
    assert_eq!(bridge.next(), json!({"id": "3", "status": 204, "body": null}));
    sham.tell(": beat\n\ndata: {\"type\":\"beat\"}\n\ndata: {\"type\":\"t\"}\n\n");
    assert_eq!(bridge.next(), json!({"event": {"type": "t"}}));
    drop(bridge.input.take());
    assert!(matches!(bridge.end(), Ok(ExitOutcome::Signal(_))));
}

#[test]
fn garbage_is_answered_and_what_is_too_long_is_left_out() {
    let sham = Sham::serve(echo);
    let mut bridge = Running::start(sham.program("exec sleep 60"), PATIENT);
    bridge.say(&"x".repeat(10 * 1024 * 1024));
    assert!(bridge.next()["error"].as_str().unwrap().contains("10485760 bytes is too long"));
    for (garbage, id) in [
        ("no json", None),
        ("{}", None),
        (&*ask("4", "//example.org/"), Some("4")),
        (&*ask("5", "http://example.org/"), Some("5")),
    ] {
        bridge.say(garbage);
        let said = bridge.next();
        assert_eq!((said["id"].as_str(), said["error"].is_string()), (id, true), "{said}");
    }
    bridge.say(&ask("6", "/long"));
    assert!(bridge.next()["error"].as_str().unwrap().contains("longer than"));
    sham.tell(&format!("data: \"{}\"\n\ndata: 1\n\n", "x".repeat(MAX_LINE_BYTES)));
    assert!(bridge.next()["error"].as_str().unwrap().contains("is left out"));
    assert_eq!(bridge.next(), json!({"event": 1}));
    bridge.say(&ask("7", "/ok"));
    assert_eq!(bridge.next()["id"], "7");
    let asked = sham.asked.lock().unwrap();
    assert_eq!(
        asked.iter().map(|asked| &*asked.line).collect::<Vec<_>>(),
        ["GET /event HTTP/1.1", "GET /long HTTP/1.1", "GET /ok HTTP/1.1"]
    );
}

#[test]
fn the_program_is_told_the_password_that_it_is_asked_with() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    let sham = Sham::serve(echo);
    let then = format!("printf someone:$SHAM_PASSWORD | base64 -w0 > {}; exec sleep 60", file.display());
    let mut argv = sham.program("");
    // Known before it listens.
    argv[2] = format!("{}; {}", then.replace("; exec sleep 60", ""), argv[2].clone() + "exec sleep 60");
    let mut bridge = Running::start(argv, PATIENT);
    bridge.say(&ask("1", "/ok"));
    bridge.next();
    let known = fs::read_to_string(file).unwrap();
    assert!(known.len() > 60, "{known}");
    let asked = sham.asked.lock().unwrap();
    assert!(asked.iter().all(|asked| asked.authorization == format!("Basic {known}")), "{asked:?}");
}

#[test]
fn a_program_that_refuses_to_tell_its_events_is_ended() {
    let sham = Sham::serve(|_| (401, String::new()));
    let mut bridge = Running::start(sham.program("exec sleep 60"), PATIENT);
    bridge.say(&ask("1", "/ok"));
    let said = bridge.next();
    assert!(said["error"].as_str().unwrap().contains("answered 401"), "{said}");
    assert!(matches!(bridge.end(), Err(BridgeError::NoEvents(_))));
    assert_eq!(sham.asked.lock().unwrap().len(), 1, "nothing is asked");
}

#[test]
fn a_program_that_never_listens_is_ended_in_time() {
    let patience = Patience { listening: Duration::from_millis(300), ..PATIENT };
    let began = Instant::now();
    let mut bridge = Running::start(["/bin/sleep", "60"].map(str::to_owned).to_vec(), patience);
    bridge.say(&ask("1", "/ok"));
    assert!(bridge.next()["error"].as_str().unwrap().contains("where it listens"));
    assert!(matches!(bridge.end(), Err(BridgeError::NeverListened(_))));
    assert!(began.elapsed() < Duration::from_secs(20));
}

#[test]
fn it_ends_as_its_program_does() {
    let sham = Sham::serve(echo);
    for (then, how) in [("exit 7", ExitOutcome::Code(7)), ("kill -9 $$", ExitOutcome::Signal(9))] {
        let bridge = Running::start(sham.program(then), PATIENT);
        assert_eq!(bridge.end().unwrap(), how, "{then}");
    }
    let bridge = Running::start(["/bin/sh", "-c", "exit 3"].map(str::to_owned).to_vec(), PATIENT);
    assert_eq!(bridge.end().unwrap(), ExitOutcome::Code(3));
    let missing = Running::start(vec!["/no/such/program".to_owned()], PATIENT);
    assert!(matches!(missing.end(), Err(BridgeError::Process(_))));
}

#[test]
fn events_that_break_off_end_it_and_a_slow_answer_does_not() {
    let sham = Sham::serve(|asked| {
        if asked.line.contains("/slow") {
            std::thread::park_timeout(Duration::from_secs(20));
        }
        echo(asked)
    });
    let patience = Patience { answer: Duration::from_secs(1), ..PATIENT };
    let mut bridge = Running::start(sham.program("exec sleep 60"), patience);
    bridge.say(&ask("1", "/slow"));
    assert_eq!(bridge.next(), json!({"id": "1", "error": "there was no answer within 1 s"}));
    bridge.say(&ask("2", "/ok"));
    assert_eq!(bridge.next()["id"], "2");
    sham.hang_up();
    assert_eq!(bridge.next(), json!({"error": "the program's events broke off"}));
    assert!(matches!(bridge.end(), Err(BridgeError::EventsBrokeOff)));
}

#[test]
fn what_is_below_the_program_ends_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pid");
    let sham = Sham::serve(echo);
    let then = format!("sleep 61 & echo $! > {0}.new; mv {0}.new {0}; wait", file.display());
    let mut bridge = Running::start(sham.program(&then), PATIENT);
    bridge.say(&ask("1", "/ok"));
    bridge.next();
    let pid = loop {
        match fs::read_to_string(&file) {
            Ok(pid) => break pid.trim().to_owned(),
            Err(_) => std::thread::yield_now(),
        }
    };
    drop(bridge.input.take());
    bridge.end().unwrap();
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    assert!(stat.is_empty() || stat.contains(") Z "), "{stat}");
}
