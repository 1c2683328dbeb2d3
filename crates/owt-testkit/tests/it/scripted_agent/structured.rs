//! The machine protocol, as Claude Code 2.1.197 was seen to speak it.

use owt_process::ExitOutcome;
use owt_testkit::scripted_agent::Received;
use owt_testkit::scripted_agent::Step;
use owt_testkit::scripted_agent::prompts;
use serde_json::Value;
use serde_json::json;

use super::stage::Stage;
use super::talk::Talk;

fn kinds(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["type"].as_str().unwrap()).collect()
}

fn ask() -> Step {
    Step::Ask { tool: "Bash".into(), input: json!({"command": "ls"}) }
}

fn answer(request: &Value, behavior: &str) -> Value {
    json!({"type": "control_response", "response": {"subtype": "success", "request_id": request["request_id"],
        "response": {"behavior": behavior}}})
}

#[test]
fn a_message_is_acknowledged_with_the_first_event_of_its_turn() {
    let stage = Stage::plain();
    let mut talk = Talk::start(&stage, &["--replay-user-messages"]);
    talk.send(&json!({"type": "control_request", "request_id": "r", "request": {"subtype": "initialize"}}));
    assert_eq!(talk.event()["response"]["request_id"], "r");
    for uuid in ["u1", "u2"] {
        talk.message("hello", uuid);
        let events = talk.until("result");
        assert_eq!(kinds(&events), ["system", "user", "assistant", "result"]);
        assert_eq!((&events[1]["uuid"], &events[1]["isReplay"]), (&json!(uuid), &json!(true)));
    }
    assert_eq!(talk.end(), ExitOutcome::Code(0));
    assert_eq!(prompts(&stage.received()), ["hello", "hello"]);
}

#[test]
fn the_same_message_is_never_run_twice_not_even_after_resuming() {
    let stage = Stage::plain();
    let mut talk = Talk::start(&stage, &["--replay-user-messages", "--session-id", "S"]);
    talk.message("once", "u1");
    talk.until("result");
    talk.message("once", "u1");
    assert_eq!(talk.event()["isReplay"], true);
    talk.end();
    let mut talk = Talk::start(&stage, &["--replay-user-messages", "--resume", "S"]);
    talk.message("once", "u1");
    assert_eq!(talk.event()["isReplay"], true);
    talk.message("another", "u2");
    assert_eq!(kinds(&talk.until("result")), ["system", "user", "assistant", "result"]);
    talk.end();
    assert_eq!(prompts(&stage.received()), ["once", "another"]);
    let duplicates = stage.received().into_iter().filter(|entry| matches!(entry, Received::Duplicate { .. }));
    assert_eq!(duplicates.count(), 2);
}

#[test]
fn permission_is_asked_for_and_the_answer_counts() {
    let stage = Stage::doing(&[ask(), Step::Write { path: "made".into(), text: String::new() }]);
    let mut talk = Talk::start(&stage, &[]);
    talk.message("go", "u1");
    let request = talk.until("control_request").pop().unwrap();
    assert_eq!(request["request"]["subtype"], "can_use_tool");
    talk.send(&answer(&request, "deny"));
    assert_eq!(talk.until("result").pop().unwrap()["is_error"], true);
    assert!(!stage.folder().join("made").exists());
    talk.message("again", "u2");
    let request = talk.until("control_request").pop().unwrap();
    // An answer to some other request is none.
    talk.send(&answer(&json!({"request_id": "other"}), "deny"));
    talk.send(&answer(&request, "allow"));
    assert_eq!(talk.until("result").pop().unwrap()["is_error"], false);
    assert!(stage.folder().join("made").exists());
    talk.end();
}

#[test]
fn who_may_do_everything_is_not_asked() {
    let stage = Stage::doing(&[ask()]);
    let mut talk = Talk::start(&stage, &["--dangerously-skip-permissions"]);
    talk.message("go", "u1");
    assert_eq!(kinds(&talk.until("result")), ["system", "result"]);
    talk.end();
}

#[test]
fn an_interrupt_ends_a_stalled_turn_and_a_message_sent_meanwhile_comes_next() {
    let stage = Stage::plain();
    let mut talk = Talk::start(&stage, &[]);
    talk.message(r#"[[script:["stall"]]]"#, "u1");
    talk.until("system");
    talk.message("next", "u2");
    talk.send(&json!({"type": "control_request", "request_id": "i", "request": {"subtype": "interrupt"}}));
    let ended = talk.until("result").pop().unwrap();
    assert_eq!((&ended["subtype"], &ended["is_error"]), (&json!("error_during_execution"), &json!(true)));
    assert_eq!(talk.until("result").pop().unwrap()["result"], "Done.");
    talk.end();
}

#[test]
fn a_line_that_is_no_frame_ends_it_with_an_error() {
    let stage = Stage::plain();
    let mut talk = Talk::start(&stage, &[]);
    talk.send(&json!("not a frame"));
    assert_eq!(talk.end(), ExitOutcome::Code(1));
}

#[test]
fn a_slash_command_is_answered_without_a_turn() {
    let stage = Stage::plain();
    let mut talk = Talk::start(&stage, &["--replay-user-messages"]);
    talk.message("/deploy", "u1");
    let events = talk.until("result");
    assert_eq!(kinds(&events), ["system", "assistant", "result"]);
    assert_eq!(events[2]["is_error"], false);
    talk.end();
    assert_eq!(prompts(&stage.received()), [""; 0]);
}
