//! The scripted model in the words of Chat Completions and of generateContent.

use owt_testkit::model::ModelConfig;
use owt_testkit::model::ModelServer;
use owt_testkit::model::RequestKind;
use serde_json::Value;
use serde_json::json;

use crate::exchange::post;

const CHAT: &str = "/v1/chat/completions";
const STREAM: &str = "/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse";
const WHOLE: &str = "/v1beta/models/gemini-2.5-pro:generateContent";

/// Speaks, then writes a file: what the first turn of `commit` does.
const PROMPT: &str = "[[scn:commit]] go";

fn server() -> ModelServer {
    ModelServer::start(ModelConfig::default()).unwrap()
}

fn file_schema() -> Value {
    json!({"type": "object", "properties": {"path": {"type": "string"}, "content": {"type": "string"}}})
}

fn chat(stream: bool, messages: &Value) -> Value {
    let tool = |name: &str, schema: &Value| json!({"type": "function", "function": {"name": name, "parameters": schema}});
    let shell = json!({"type": "object", "properties": {"command": {"type": "string"}}});
    json!({
        "model": "m", "stream": stream, "messages": messages,
        "tools": [tool("write", &file_schema()), tool("bash", &shell)],
    })
}

fn written() -> Value {
    json!({"path": "/w/hello.txt", "content": "hello agent\n"})
}

#[test]
fn a_chat_is_played_turn_by_turn_and_its_stream_adds_up_to_the_whole() {
    let server = server();
    let url = server.base_url();
    let mut messages = vec![
        json!({"role": "system", "content": "Working directory: /w"}),
        json!({"role": "user", "content": [{"type": "text", "text": PROMPT}]}),
    ];
    let whole = post(&url, CHAT, &chat(false, &json!(messages))).json();
    let choice = &whole["choices"][0];
    assert_eq!(choice["finish_reason"], "tool_calls");
    let called = &choice["message"]["tool_calls"][0];
    let input: Value = serde_json::from_str(called["function"]["arguments"].as_str().unwrap()).unwrap();
    assert_eq!((called["function"]["name"].as_str(), input), (Some("write"), written()));

    let answer = post(&url, CHAT, &chat(true, &json!(messages)));
    assert!(answer.is_whole && answer.body.ends_with("data: [DONE]\n\n"), "{}", answer.body);
    assert!(!answer.body.contains("event:"), "chunks have no name");
    let chunks: Vec<Value> = answer
        .body
        .lines()
        .filter_map(|line| serde_json::from_str(line.strip_prefix("data: ")?).ok())
        .collect();
    let joined = |pointer: &str| -> String {
        chunks.iter().filter_map(|chunk| chunk.pointer(pointer)?.as_str()).collect()
    };
    assert_eq!(joined("/choices/0/delta/content"), choice["message"]["content"].as_str().unwrap());
    let arguments = joined("/choices/0/delta/tool_calls/0/function/arguments");
    assert_eq!(serde_json::from_str::<Value>(&arguments).unwrap(), written());
    assert_eq!(chunks.last().unwrap()["usage"], whole["usage"]);

    messages.push(choice["message"].clone());
    messages.push(json!({"role": "tool", "tool_call_id": called["id"], "content": "ok [[scn:hang]]"}));
    let second = post(&url, CHAT, &chat(false, &json!(messages))).json();
    let command = second["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"].as_str().unwrap();
    assert!(command.contains("git commit"), "{command}");
    let log = server.log();
    assert_eq!(log.iter().map(|request| request.turn).collect::<Vec<_>>(), [Some(0), Some(0), Some(1)]);
    assert!(log.iter().all(|request| request.users.len() == 1 && request.users[0].text == PROMPT));
}

fn contents(contents: &Value) -> Value {
    let declaration = |name: &str, schema: Value| json!({"name": name, "parametersJsonSchema": schema});
    let shell = json!({"type": "object", "properties": {"command": {"type": "string"}}});
    json!({
        "systemInstruction": {"parts": [{"text": "Working directory: /w"}]}, "contents": contents,
        "tools": [{"functionDeclarations": [
            declaration("write_file", file_schema()), declaration("run_shell_command", shell),
        ]}],
    })
}

#[test]
fn content_is_generated_turn_by_turn_and_its_stream_adds_up_to_the_whole() {
    let server = server();
    let url = server.base_url();
    let mut said = vec![
        json!({"role": "user", "parts": [{"text": "<session_context>\nToday is"}]}),
        json!({"role": "user", "parts": [{"text": PROMPT}]}),
    ];
    let whole = post(&url, WHOLE, &contents(&json!(said))).json();
    let parts = &whole["candidates"][0]["content"]["parts"];
    assert_eq!(parts[1]["functionCall"], json!({"name": "write_file", "args": written()}));
    assert_eq!(whole["candidates"][0]["finishReason"], "STOP");

    let answer = post(&url, STREAM, &contents(&json!(said)));
    assert!(answer.is_whole);
    let events = answer.events();
    let streamed =
        || events.iter().flat_map(|event| event["candidates"][0]["content"]["parts"].as_array().unwrap());
    let text: String = streamed().filter_map(|part| part["text"].as_str()).collect();
    assert_eq!(text, parts[0]["text"].as_str().unwrap());
    assert_eq!(streamed().filter(|part| part["functionCall"] == parts[1]["functionCall"]).count(), 1);
    assert_eq!(events.last().unwrap()["usageMetadata"], whole["usageMetadata"]);

    said.push(whole["candidates"][0]["content"].clone());
    let done = json!({"functionResponse": {"name": "write_file", "response": {"output": "ok [[scn:hang]]"}}});
    said.push(json!({"role": "user", "parts": [done]}));
    let second = post(&url, STREAM, &contents(&json!(said))).events();
    let call = &second.last().unwrap()["candidates"][0]["content"]["parts"][0]["functionCall"];
    assert_eq!(call["name"], "run_shell_command", "{call}");
    let log = server.log();
    assert_eq!(log.iter().map(|request| request.turn).collect::<Vec<_>>(), [Some(0), Some(0), Some(1)]);
    assert!(log.iter().all(|request| request.users.len() == 1 && request.users[0].text == PROMPT));
}

#[test]
fn which_model_to_take_is_no_turn_and_failures_are_told_in_googles_words() {
    let server = server();
    let schema = json!({"type": "object", "properties": {"choice": {"enum": ["flash", "pro"]}}, "required": ["choice"]});
    let body = json!({
        "contents": [{"role": "user", "parts": [{"text": "[[scn:unauthorized]] which?"}]}],
        "generationConfig": {"responseMimeType": "application/json", "responseJsonSchema": schema},
    });
    let answer = post(&server.base_url(), WHOLE, &body).json();
    assert_eq!(answer["candidates"][0]["content"]["parts"][0]["text"], r#"{"choice":"flash"}"#);
    assert_eq!(server.log()[0].kind, RequestKind::Auxiliary);
    let asked = contents(&json!([{"role": "user", "parts": [{"text": "[[scn:unauthorized]] x"}]}]));
    let refused = post(&server.base_url(), STREAM, &asked);
    assert_eq!((refused.status, &refused.json()["error"]["status"]), (401, &"UNAUTHENTICATED".into()));
}

/// The same scenario of a refusal, asked through each API.
fn refused(scenario: &str) -> [crate::exchange::Answer; 3] {
    let server = server();
    let text = format!("[[scn:{scenario}]] go");
    let url = server.base_url();
    let user = json!([{"role": "user", "content": text}]);
    let tools = json!([{"name": "Bash", "input_schema": {"type": "object", "properties": {"command": {}}}}]);
    let messages = json!({"model": "m", "stream": true, "tools": tools, "messages": user});
    let contents = json!({"contents": [{"role": "user", "parts": [{"text": text}]}], "tools": [{"functionDeclarations":
        [{"name": "shell", "parametersJsonSchema": {"type": "object", "properties": {"command": {}}}}]}]});
    [
        post(&url, "/v1/messages", &messages),
        post(&url, CHAT, &chat(true, &user)),
        post(&url, STREAM, &contents),
    ]
}

#[test]
fn each_api_refuses_in_its_own_fields() {
    let [messages, chat, gemini] = refused("limited");
    for answer in [&messages, &chat, &gemini] {
        assert_eq!(answer.status, 429, "{}", answer.body);
    }
    assert!(messages.head.contains("anthropic-ratelimit-unified-reset: "), "{}", messages.head);
    assert!(chat.head.contains("retry-after: 3600"), "{}", chat.head);
    assert_eq!(gemini.json()["error"]["details"][0]["retryDelay"], "3600s");

    let [messages, chat, gemini] = refused("no-capacity");
    assert_eq!((messages.status, chat.status, gemini.status), (529, 503, 503));
    assert_eq!(messages.json()["error"]["type"], "overloaded_error");
    assert_eq!(chat.json()["error"]["code"], "server_is_overloaded");

    let [messages, chat, gemini] = refused("too-long");
    assert_eq!((messages.status, chat.status, gemini.status), (400, 400, 400));
    assert_eq!(chat.json()["error"]["code"], "context_length_exceeded");
}

/// The Responses API says it in a stream that began well.
#[test]
fn what_is_too_long_for_the_responses_api_fails_within_its_stream() {
    let server = server();
    let tools =
        json!([{"type": "function", "name": "exec_command", "parameters": {"properties": {"cmd": {}}}}]);
    let body = json!({"model": "m", "stream": true, "tools": tools, "input": "[[scn:too-long]] go"});
    let answer = post(&server.base_url(), "/v1/responses", &body);
    assert_eq!((answer.status, answer.is_whole), (200, true));
    let last = answer.events().pop().unwrap();
    assert_eq!(last["response"]["error"]["code"], "context_length_exceeded", "{last:#}");
}
