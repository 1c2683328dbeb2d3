//! What single lines say, and what they say together.

use serde_json::json;

use super::*;
use crate::protocol::INITIALIZE;

/// Our message of the prompt `01a1b2c3-d4e5-7f00-8123-456789abcdef`.
const OURS: &str = "msg_1b2c3d4e500001a1b2c3d4e57f008123456789abcdef";

fn said(parser: &mut OpencodeServe, value: &Value) -> Vec<AgentEvent> {
    parser.understand(value).expect("it is understood")
}

fn event(kind: &str, session: &str, more: &Value) -> Value {
    let mut told = more.clone();
    told["sessionID"] = session.into();
    json!({"event": {"id": "evt_1", "type": kind, "properties": told}})
}

fn status(session: &str, kind: &str) -> Value {
    event("session.status", session, &json!({"status": {"type": kind}}))
}

fn user_message(session: &str, id: &str) -> Value {
    let model = json!({"providerID": "lab", "modelID": "scripted-1"});
    event("message.updated", session, &json!({"info": {"id": id, "role": "user", "model": model}}))
}

fn part(session: &str, part: &Value) -> Value {
    event("message.part.updated", session, &json!({"part": part, "time": 1_000}))
}

fn words(session: &str, text: &str) -> Value {
    part(
        session,
        &json!({"id": "prt_1", "messageID": "msg_a", "type": "text", "text": text, "time": {"start": 1, "end": 2}}),
    )
}

/// In a turn of session `ses_1`.
fn at_work() -> OpencodeServe {
    let mut parser = OpencodeServe::default();
    let body = json!({"id": "ses_1", "directory": "/w"});
    let events = said(&mut parser, &json!({"id": OPENCODE_SESSION, "status": 200, "body": body}));
    let conversation = ConversationId::new("ses_1").ok();
    let started = AgentEvent::SessionStarted {
        conversation: conversation.clone(),
        model: None,
        directory: Some("/w".to_owned()),
    };
    assert_eq!(events, [started, AgentEvent::Answered { request: OPENCODE_SESSION.to_owned(), error: None }]);
    let events = said(&mut parser, &user_message("ses_1", OURS));
    let started = AgentEvent::SessionStarted {
        conversation,
        model: Some("lab/scripted-1".to_owned()),
        directory: None,
    };
    let id = Some("01a1b2c3-d4e5-7f00-8123-456789abcdef".to_owned());
    assert_eq!(events, [started, AgentEvent::PromptEchoed { id, text: String::new() }]);
    parser
}

fn end(events: &[AgentEvent]) -> (TurnOutcome, Option<&str>, Spent) {
    let [.., AgentEvent::TurnEnded { outcome, text, spent, .. }] = events else { panic!("{events:?}") };
    (*outcome, text.as_deref(), **spent)
}

#[test]
fn a_turn_is_over_when_our_session_is_idle_and_no_other_ends_it() {
    let mut parser = at_work();
    assert_eq!(said(&mut parser, &status("ses_1", "busy")), [AgentEvent::Working]);
    let theirs = AgentEvent::MessageText { text: "Helped.".to_owned(), author: Author::Subagent };
    assert_eq!(said(&mut parser, &words("ses_2", "Helped.")), [theirs]);
    assert_eq!(said(&mut parser, &status("ses_2", "idle")), []);
    let ours = AgentEvent::MessageText { text: "Done.".to_owned(), author: Author::Agent };
    assert_eq!(said(&mut parser, &words("ses_1", "Done.")), [ours]);
    let tokens = json!({"input": 7, "output": 2, "reasoning": 1, "cache": {"read": 3, "write": 4}});
    for (session, reason) in [("ses_2", "stop"), ("ses_1", "tool-calls"), ("ses_1", "stop")] {
        let step = json!({"id": "prt_2", "messageID": "msg_a", "type": "step-finish", "reason": reason, "tokens": tokens, "cost": 0.5});
        said(&mut parser, &part(session, &step));
    }
    let events = said(&mut parser, &status("ses_1", "idle"));
    let usage = Usage { input: 21, cache_read: 9, cache_write: 12, output: 9 };
    let spent = Spent { usage: Some(usage), conversation_usage: None, cost: Some(MicroUsd(1_500_000)) };
    assert_eq!(end(&events), (TurnOutcome::Completed, Some("Done."), spent));
    // Its summary is made later, and a helper may go on in the background.
    assert_eq!(said(&mut parser, &user_message("ses_1", OURS)), []);
    assert_eq!(said(&mut parser, &status("ses_2", "busy")), []);
    assert_eq!(said(&mut parser, &words("ses_2", "More.")), []);
    assert_eq!(said(&mut parser, &status("ses_1", "idle")), []);
}

#[test]
fn words_of_a_person_are_not_the_agents() {
    let mut parser = at_work();
    let theirs = json!({"id": "prt_0", "messageID": OURS, "type": "text", "text": "Do", "time": {"end": 1}});
    assert_eq!(said(&mut parser, &part("ses_1", &theirs)), []);
    assert_eq!(said(&mut parser, &user_message("ses_2", "msg_1fc3ef2d6001fQm20p23lKWmUX")), []);
}

#[test]
fn a_tool_is_told_once_when_it_is_used_and_once_when_it_is_done() {
    let mut parser = at_work();
    let input = json!({"filePath": "/w/a.txt", "content": "x"});
    let tool = |state: &Value| {
        part(
            "ses_1",
            &json!({"id": "prt_3", "messageID": "msg_a", "type": "tool", "tool": "write", "callID": "c", "state": state}),
        )
    };
    assert_eq!(said(&mut parser, &tool(&json!({"status": "pending", "input": {}}))), [AgentEvent::Working]);
    let running = tool(&json!({"status": "running", "input": input}));
    let call = AgentEvent::ToolCall {
        call: "prt_3".to_owned(),
        tool: "write".to_owned(),
        summary: "/w/a.txt".to_owned(),
        edits: vec!["/w/a.txt".to_owned()],
    };
    assert_eq!(said(&mut parser, &running), [call]);
    assert_eq!(said(&mut parser, &running), [AgentEvent::Working]);
    let over = tool(&json!({"status": "error", "input": input, "error": "No."}));
    let result = AgentEvent::ToolResult {
        call: "prt_3".to_owned(),
        outcome: ToolOutcome::Failed,
        summary: "No.".to_owned(),
        edits: vec![],
    };
    assert_eq!(said(&mut parser, &over), [result]);
    assert_eq!(said(&mut parser, &over), [AgentEvent::Working]);
}

#[test]
fn whoever_asks_is_answered_and_what_nobody_answered_is_gone_with_the_turn() {
    let mut parser = at_work();
    let asked = json!({"id": "per_1", "permission": "bash", "patterns": ["ls"], "always": ["ls *"],
        "metadata": {"command": "ls && pwd"}});
    let events = said(&mut parser, &event("permission.asked", "ses_2", &asked));
    let [AgentEvent::PermissionRequest { request, tool, summary, .. }] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!((request.as_str(), tool.as_str(), summary.as_str()), ("per_1", "bash", "ls && pwd"));
    let replied = event("permission.replied", "ses_2", &json!({"requestID": "per_1", "reply": "once"}));
    assert_eq!(said(&mut parser, &replied), [AgentEvent::RequestWithdrawn { request: "per_1".to_owned() }]);

    let questions = json!({"id": "que_1", "questions": [
        {"question": "Which?", "header": "Kind", "options": [{"label": "A", "description": "a"}], "multiple": true, "custom": false},
        {"question": "Why?", "header": "Why", "options": []},
    ]});
    let events = said(&mut parser, &event("question.asked", "ses_1", &questions));
    let [AgentEvent::Question { questions, .. }] = &events[..] else { panic!("{events:?}") };
    let kinds: Vec<_> = questions.iter().map(|question| (question.picks, question.beside)).collect();
    assert_eq!(kinds, [(Picks::Several, Beside::Nothing), (Picks::One, Beside::Words)]);
    let aborted = json!({"error": {"name": "MessageAbortedError", "data": {"message": "Aborted"}}});
    assert_eq!(said(&mut parser, &event("session.error", "ses_1", &aborted)), []);
    let events = said(&mut parser, &status("ses_1", "idle"));
    assert_eq!(events[0], AgentEvent::RequestWithdrawn { request: "que_1".to_owned() });
    assert_eq!(end(&events).0, TurnOutcome::Interrupted);
}

#[test]
fn a_failure_has_its_class_and_the_end_of_its_limit_and_is_told_once() {
    let mut parser = at_work();
    let retry =
        json!({"status": {"type": "retry", "attempt": 2, "message": "Too Many Requests", "next": 5_000}});
    let retrying =
        AgentEvent::Retrying { attempt: Some(2), of: None, delay_ms: None, class: ErrorClass::RateLimit };
    assert_eq!(said(&mut parser, &event("session.status", "ses_1", &retry)), [retrying]);
    let refused = json!({"error": {"name": "APIError", "data": {"message": "slow down", "statusCode": 429,
        "isRetryable": true, "responseHeaders": {"retry-after": "60"}}}});
    let class = ErrorClass::RateLimit;
    let error = AgentEvent::Error { class, message: "slow down".to_owned() };
    let events = said(&mut parser, &event("session.error", "ses_1", &refused));
    assert_eq!(events, [AgentEvent::RateLimited { resets_at: Some(65) }, error]);
    let of_helper = json!({"error": {"name": "ProviderAuthError", "data": {}}});
    assert_eq!(said(&mut parser, &event("session.error", "ses_2", &of_helper)), [AgentEvent::Working]);
    let events = said(&mut parser, &status("ses_1", "idle"));
    let (outcome, text, _) = end(&events);
    assert_eq!((outcome, text), (TurnOutcome::Failed(class), Some("slow down")));
    let again = said(&mut parser, &event("session.error", "ses_1", &refused));
    assert!(matches!(again[..], [AgentEvent::RateLimited { .. }, AgentEvent::Error { .. }]), "{again:?}");
    // The next prompt did not become a message: `said` of it is this alone.
    said(&mut parser, &user_message("ses_1", &OURS.replace("abcdef", "abcde0")));
    said(&mut parser, &status("ses_1", "idle"));
    let unknown = json!({"error": {"name": "UnknownError", "data": {"message": "Agent not found"}}});
    let events = said(&mut parser, &event("session.error", "ses_1", &unknown));
    assert_eq!(end(&events).0, TurnOutcome::Failed(ErrorClass::Other));
}

#[test]
fn lines_of_ours_that_were_refused_say_why() {
    let mut parser = OpencodeServe::default();
    let health = json!({"id": INITIALIZE, "status": 200, "body": {"healthy": true}});
    let answered = |request: &str, error: Option<&str>| AgentEvent::Answered {
        request: request.to_owned(),
        error: error.map(str::to_owned),
    };
    assert_eq!(said(&mut parser, &health), [answered(INITIALIZE, None)]);
    let missing = json!({"id": OPENCODE_SESSION, "status": 404,
        "body": {"name": "NotFoundError", "data": {"message": "Session not found: ses_9"}}});
    assert_eq!(said(&mut parser, &missing), [answered(OPENCODE_SESSION, Some("Session not found: ses_9"))]);
    let late = json!({"id": "x", "error": "there was no answer within 60 s"});
    assert_eq!(said(&mut parser, &late), [answered("x", Some("there was no answer within 60 s"))]);
    let gone = json!({"id": "y", "status": 500, "body": null});
    assert_eq!(said(&mut parser, &gone), [answered("y", Some("it answered 500"))]);
    let prompt = format!("{OPENCODE_PROMPT}7");
    assert_eq!(said(&mut parser, &json!({"id": prompt, "status": 204, "body": null})), []);
    let bad =
        json!({"id": prompt, "status": 400, "body": {"name": "BadRequest", "data": {"message": "Expected"}}});
    let events = said(&mut parser, &bad);
    let (outcome, text, _) = end(&events);
    assert_eq!((outcome, text), (TurnOutcome::Failed(ErrorClass::InvalidRequest), Some("Expected")));
    let over = json!({"error": "the program's events broke off"});
    assert!(matches!(&said(&mut parser, &over)[..], [AgentEvent::Error { .. }]));
}

#[test]
fn events_of_tomorrow_are_not_understood_and_those_that_say_nothing_are() {
    let mut parser = at_work();
    let tell = |kind: &str| json!({"event": {"type": kind, "properties": {}}});
    for known in ["server.heartbeat", "plugin.added", "session.diff", "session.idle", "todo.updated"] {
        assert_eq!(said(&mut parser, &tell(known)), [], "{known}");
    }
    for strange in ["permission.v2.asked", "news.of.tomorrow", "session.status", "message.part.updated"] {
        assert_eq!(parser.understand(&tell(strange)), None, "{strange}");
    }
    for strange in
        [json!({}), json!({"event": 7}), json!({"event": {"properties": {}}}), json!({"type": "x"})]
    {
        assert_eq!(parser.understand(&strange), None, "{strange}");
    }
}
