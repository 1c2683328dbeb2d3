//! The Agent Client Protocol, version 1 (agentclientprotocol.com): JSON-RPC 2.0 in lines. Spoken by OpenCode 1.18.33
//! (`opencode acp`) and Gemini CLI 0.61.0 (`gemini --acp`), and by adapters for many others.
//!
//! We offer no file system and no terminal: the agent uses its own, under its own permissions. A refusal has no room
//! for a reason.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::Answer;
use super::Frame;
use super::Opening;
use super::Request;

/// The id of the frame that begins or takes up the session.
pub(crate) const SESSION: &str = "owt-session";
/// What ids of prompts begin with; the message's own follows.
pub(crate) const PROMPT: &str = "owt-prompt-";

/// JSON-RPC 2.0, section 5.1: the method does not exist or is not available.
const METHOD_NOT_FOUND: i64 = -32601;

pub(super) fn initialize(key: &str) -> String {
    call(
        key,
        "initialize",
        &json!({
            "protocolVersion": 1,
            "clientCapabilities": {"fs": {"readTextFile": false, "writeTextFile": false}, "terminal": false},
            "clientInfo": {"name": "owt", "title": "Open Orchestrator", "version": env!("CARGO_PKG_VERSION")},
        }),
    )
}

/// What follows on the answer to the first frame.
pub(super) fn open(opening: &Opening<'_>) -> Vec<Frame> {
    let mut params = opening.members.clone();
    params.insert("cwd".to_owned(), opening.directory.as_str().into());
    params.insert("mcpServers".to_owned(), Value::Array(Vec::new()));
    let method = match opening.resumes {
        Some(session) => {
            params.insert("sessionId".to_owned(), session.into());
            "session/load"
        }
        None => "session/new",
    };
    vec![Frame { key: SESSION.to_owned(), line: call(SESSION, method, &Value::Object(params)) }]
}

/// The answer to it comes at the end of the turn.
pub(super) fn prompt(id: &str, session: &str, text: &str) -> String {
    let prompt = json!([{"type": "text", "text": text}]);
    call(&format!("{PROMPT}{id}"), "session/prompt", &json!({"sessionId": session, "prompt": prompt}))
}

pub(super) fn answer(request: &Request<'_>, answer: &Answer) -> String {
    let chosen = match answer {
        Answer::Allow => option(request.input, &["allow_once", "allow_always"]),
        Answer::Deny { .. } => option(request.input, &["reject_once", "reject_always"]),
        Answer::Choices { .. } | Answer::Unsupported => {
            let error = json!({"code": METHOD_NOT_FOUND, "message": "not supported by this client"});
            return json!({"jsonrpc": "2.0", "id": request.id(), "error": error}).to_string();
        }
    };
    // Without a fitting option nothing is chosen, which is no permission.
    let outcome = match chosen {
        Some(option) => json!({"outcome": "selected", "optionId": option}),
        None => json!({"outcome": "cancelled"}),
    };
    json!({"jsonrpc": "2.0", "id": request.id(), "result": {"outcome": outcome}}).to_string()
}

/// A notification: it has no answer of its own, the prompt's says that it was cancelled. Requests that are open must be
/// answered with that, too.
pub(super) fn cancel(session: &str, asks: &[&str]) -> Vec<String> {
    let withdrawn = asks.iter().map(|ask| {
        let id = Request { request: ask, input: &Value::Null }.id();
        json!({"jsonrpc": "2.0", "id": id, "result": {"outcome": {"outcome": "cancelled"}}}).to_string()
    });
    let cancel = json!({"jsonrpc": "2.0", "method": "session/cancel", "params": {"sessionId": session}});
    std::iter::once(cancel.to_string()).chain(withdrawn).collect()
}

/// The option of the first of these kinds that is offered.
fn option<'v>(input: &'v Value, kinds: &[&str]) -> Option<&'v str> {
    let options: Vec<&Map<String, Value>> =
        input.get("options")?.as_array()?.iter().filter_map(Value::as_object).collect();
    let of_kind = |kind: &&str| {
        options.iter().find(|option| option.get("kind").and_then(Value::as_str) == Some(kind)).copied()
    };
    kinds.iter().find_map(of_kind)?.get("optionId")?.as_str()
}

fn call(id: &str, method: &str, params: &Value) -> String {
    json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).to_string()
}

#[cfg(test)]
mod tests {
    use owt_core::AbsPath;

    use super::*;

    fn parsed(line: &str) -> Value {
        serde_json::from_str(line).unwrap()
    }

    #[test]
    fn a_session_begins_or_is_loaded_where_the_agent_works() {
        let (directory, members) = (AbsPath::new("/w").unwrap(), Map::new());
        let frame =
            |resumes| parsed(&open(&Opening { directory: &directory, resumes, members: &members })[0].line);
        let new = frame(None);
        assert_eq!((&new["method"], &new["params"]["cwd"]), (&json!("session/new"), &json!("/w")));
        let loaded = frame(Some("s"));
        assert_eq!(
            (&loaded["method"], &loaded["params"]["sessionId"]),
            (&json!("session/load"), &json!("s"))
        );
    }

    #[test]
    fn the_narrowest_fitting_option_is_chosen_and_none_is_no_permission() {
        let options = json!({"options": [
            {"optionId": "always", "kind": "allow_always"},
            {"optionId": "once", "kind": "allow_once"},
            {"optionId": "no", "kind": "reject_once"},
        ]});
        let outcome = |input: &Value, said: &Answer| {
            parsed(&answer(&Request { request: "0", input }, said))["result"]["outcome"].clone()
        };
        let deny = Answer::Deny { reason: "no".to_owned() };
        assert_eq!(outcome(&options, &Answer::Allow), json!({"outcome": "selected", "optionId": "once"}));
        assert_eq!(outcome(&options, &deny), json!({"outcome": "selected", "optionId": "no"}));
        assert_eq!(outcome(&json!({"options": []}), &Answer::Allow), json!({"outcome": "cancelled"}));
    }
}
