//! The scripted model, asked by a plain client.

use std::io::Read as _;
use std::time::Duration;
use std::time::Instant;

use owt_testkit::model::ModelConfig;
use owt_testkit::model::ModelServer;
use owt_testkit::model::Outcome;
use owt_testkit::model::RequestKind;
use owt_testkit::model::Scenarios;
use owt_testkit::model::asked_twice;
use owt_testkit::model::read_log;
use serde_json::Value;
use serde_json::json;

use crate::exchange::post;
use crate::exchange::send;

const MESSAGES: &str = "/v1/messages";
const RESPONSES: &str = "/v1/responses";

fn server() -> ModelServer {
    ModelServer::start(ModelConfig::default()).unwrap()
}

fn claude_tools() -> Value {
    json!([
        {"name": "Bash", "input_schema": {"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]}},
        {"name": "Write", "input_schema": {"type": "object", "properties": {"file_path": {"type": "string"}, "content": {"type": "string"}}}},
    ])
}

fn messages(stream: bool, messages: &Value) -> Value {
    json!({"model": "m", "stream": stream, "system": "Primary working directory: /w", "tools": claude_tools(), "messages": messages})
}

fn user(text: &str) -> Value {
    json!({"role": "user", "content": [{"type": "text", "text": text}]})
}

fn used(id: &str) -> [Value; 2] {
    [
        json!({"role": "assistant", "content": [{"type": "tool_use", "id": id, "name": "Bash", "input": {}}]}),
        json!({"role": "user", "content": [{"type": "tool_result", "tool_use_id": id, "content": "ok [[scn:hang]]"}]}),
    ]
}

#[test]
fn a_scenario_is_played_turn_by_turn_from_the_conversation_alone() {
    let [called, result] = used("t1");
    for restarted in [server(), server()] {
        let url = restarted.base_url();
        let first = post(&url, MESSAGES, &messages(false, &json!([user("[[scn:commit]] go")]))).json();
        assert_eq!(first["stop_reason"], "tool_use");
        assert_eq!(
            first["content"][1]["input"],
            json!({"file_path": "/w/hello.txt", "content": "hello agent\n"})
        );
        let history = json!([user("[[scn:commit]] go"), called, result]);
        let second = post(&url, MESSAGES, &messages(false, &history)).json();
        assert_eq!(second["content"][0]["name"], "Bash");
        let log = restarted.log();
        assert_eq!(log.iter().map(|request| request.turn).collect::<Vec<_>>(), [Some(0), Some(1)]);
        assert_eq!(log[1].scenario.as_deref(), Some("commit"));
    }
}

#[test]
fn a_streamed_answer_adds_up_to_the_whole_one() {
    let server = server();
    let ask = |stream| {
        let text = r#"[[turns:[{"say":"two words","bash":"echo a b"}]]] go"#;
        post(&server.base_url(), MESSAGES, &messages(stream, &json!([user(text)])))
    };
    let (whole, streamed) = (ask(false).json(), ask(true));
    assert!(streamed.is_whole);
    let events = streamed.events();
    let joined = |kind: &str, member: &str| -> String {
        let deltas = events.iter().map(|event| &event["delta"]).filter(|delta| delta["type"] == kind);
        deltas.map(|delta| delta[member].as_str().unwrap()).collect()
    };
    assert_eq!(joined("text_delta", "text"), "two words");
    let input: Value = serde_json::from_str(&joined("input_json_delta", "partial_json")).unwrap();
    assert_eq!(input, whole["content"][1]["input"]);
    assert_eq!(events.last().unwrap()["type"], "message_stop");
}

#[test]
fn the_responses_api_patches_files_and_runs_commands() {
    let server = server();
    let ask = |input: &Value| {
        let tools = json!([
            {"type": "custom", "name": "apply_patch"},
            {"type": "function", "name": "exec_command", "parameters": {"properties": {"cmd": {"type": "string"}}, "required": ["cmd"]}},
            {"type": "web_search"},
        ]);
        let body = json!({"model": "m", "stream": true, "tools": tools, "input": input});
        let events = post(&server.base_url(), RESPONSES, &body).events();
        events.last().unwrap()["response"]["output"].clone()
    };
    let prompt = json!({"type": "message", "role": "user", "content": [{"type": "input_text", "text": "[[scn:commit]]"}]});
    let first = ask(&json!([prompt]));
    assert_eq!(first[1]["type"], "custom_tool_call");
    assert_eq!(first[1]["input"], "*** Begin Patch\n*** Add File: hello.txt\n+hello agent\n*** End Patch\n");
    let called = json!({"type": "custom_tool_call", "name": "apply_patch", "input": "", "call_id": "c"});
    let output = json!({"type": "custom_tool_call_output", "call_id": "c", "output": "ok"});
    let second = ask(&json!([prompt, called, output]));
    assert_eq!(second[0]["name"], "exec_command");
    assert!(second[0]["arguments"].as_str().unwrap().contains("git commit"));
}

#[test]
fn a_request_without_tools_never_takes_a_turn() {
    let server = server();
    let schema =
        json!({"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]});
    let body = json!({
        "model": "m", "messages": [user("[[scn:hang]] name this")], "tools": [],
        "output_config": {"format": {"type": "json_schema", "schema": schema}},
    });
    let answer = post(&server.base_url(), MESSAGES, &body).json();
    assert_eq!(answer["content"][0]["text"], r#"{"title":"Scripted"}"#);
    let log = server.log();
    assert_eq!((log[0].kind, log[0].turn), (RequestKind::Auxiliary, None));
}

#[test]
fn a_title_that_codex_asks_for_with_a_tool_at_hand_takes_no_turn_either() {
    let server = server();
    let schema =
        json!({"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]});
    let shell =
        json!({"type": "function", "name": "exec_command", "parameters": {"properties": {"cmd": {}}}});
    let patch = json!({"type": "custom", "name": "apply_patch"});
    let kind = |tools: Value| {
        let body =
            json!({"input": "[[scn:default]] x", "tools": tools, "text": {"format": {"schema": schema}}});
        post(&server.base_url(), RESPONSES, &body);
        server.log().last().unwrap().kind
    };
    assert_eq!(kind(json!([patch])), RequestKind::Auxiliary);
    assert_eq!(kind(json!([patch, shell])), RequestKind::Turn);
}

#[test]
fn a_fault_strikes_as_often_as_it_is_told_and_a_retry_is_no_second_question() {
    let server = server();
    let text = r#"[[turns:[{"say":"ok","fault":{"error":{"status":529,"message":"Overloaded","headers":{"retry-after":"7"},"times":2}}}]]]"#;
    let ask = || post(&server.base_url(), MESSAGES, &messages(true, &json!([user(text)])));
    for _ in 0..2 {
        let refused = ask();
        assert_eq!(refused.status, 529);
        assert!(refused.head.contains("retry-after: 7"), "{}", refused.head);
        assert_eq!(refused.json()["error"]["type"], "overloaded_error");
    }
    assert_eq!(ask().status, 200);
    assert_eq!(asked_twice(&server.log()).len(), 0);
    assert_eq!(ask().status, 200);
    assert_eq!(asked_twice(&server.log()).len(), 1);
}

#[test]
fn a_cut_stream_lacks_its_end() {
    let server = server();
    let answer = post(&server.base_url(), MESSAGES, &messages(true, &json!([user("[[scn:cut]]")])));
    assert!(!answer.is_whole);
    assert!(!answer.events().is_empty());
    assert_eq!(server.log()[0].outcome, Outcome::Cut);
}

#[test]
fn a_hanging_request_ends_with_the_server() {
    let server = server();
    let mut stream = send(&server.base_url(), MESSAGES, &messages(true, &json!([user("[[scn:hang]]")])));
    // The first answered request shows that the server is awake and the hanging one is in its hands.
    let log_of_both = || {
        post(&server.base_url(), MESSAGES, &messages(false, &json!([user("hello")])));
        server.log().iter().any(|request| request.outcome == Outcome::Hung)
    };
    let deadline = Instant::now() + Duration::from_secs(10);
    while !log_of_both() {
        assert!(Instant::now() < deadline, "the request never arrived");
    }
    drop(server);
    let mut rest = Vec::new();
    let _reset_or_end = stream.read_to_end(&mut rest);
    assert_eq!(rest, b"");
}

#[test]
fn scenarios_can_be_given_by_name_and_chosen_by_the_base_url() {
    let scenarios = Scenarios::parse(r#"{"mine": [{"say": "mine"}]}"#).unwrap();
    let server = ModelServer::start(ModelConfig { scenarios, ..ModelConfig::default() }).unwrap();
    let said = |path: &str, text: &str| {
        let answer = post(&server.base_url(), path, &messages(false, &json!([user(text)]))).json();
        answer["content"][0]["text"].as_str().unwrap().to_owned()
    };
    assert_eq!(said("/s/mine/v1/messages", "hi"), "mine");
    assert_eq!(said("/v1/messages?beta=true", "[[scn:mine]]"), "mine");
    assert_eq!(said("/v1/messages", "hi"), "Done.");
    assert_eq!(said("/s/mine/v1/messages", "[[scn:default]] hi"), "Done.");
}

#[test]
fn every_request_is_in_the_file_before_its_answer_begins() {
    let folder = tempfile::tempdir().unwrap();
    let log_file = folder.path().join("log");
    let server =
        ModelServer::start(ModelConfig { log_file: Some(log_file.clone()), ..ModelConfig::default() })
            .unwrap();
    let big = "x".repeat(1_000_000);
    post(&server.base_url(), MESSAGES, &messages(true, &json!([user("<system-reminder>no"), user(&big)])));
    post(&server.base_url(), "/nothing", &json!({}));
    let log = read_log(&log_file).unwrap();
    assert_eq!(log, server.log());
    assert_eq!(log[0].users.len(), 1);
    assert_eq!((log[0].users[0].bytes, log[0].users[0].text.len()), (1_000_000, 400));
    assert_eq!((log[1].kind, log[1].outcome), (RequestKind::Other, Outcome::Unknown));
}
