//! The Chat Completions API of OpenAI, which many other providers speak too: reading a request, writing an answer
//! whole or streamed.

use serde_json::Value;
use serde_json::json;

use super::conversation::Conversation;
use super::conversation::Delivery;
use super::conversation::Entry;
use super::conversation::OfferedTool;
use super::conversation::ToolInput;
use super::conversation::directory_in;
use super::reply::Block;
use super::reply::Call;
use super::reply::CallInput;
use super::reply::Reply;
use super::reply::pieces;

/// What ends a stream, in the place of an event's data.
pub(super) const STREAM_END: &str = "[DONE]";

/// Reads a request's body.
pub(super) fn read(body: &Value) -> Conversation {
    let messages = body["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let is_told = |message: &&Value| matches!(message["role"].as_str(), Some("system" | "developer"));
    let told: Vec<&str> = messages.iter().filter(is_told).flat_map(texts).collect();
    let entries: Vec<Entry> = messages.iter().flat_map(entries).collect();
    let first = entries.iter().find_map(|entry| directory_in(entry.text()));
    Conversation {
        model: body["model"].as_str().unwrap_or("scripted").to_owned(),
        delivery: if body["stream"] == true { Delivery::Streamed } else { Delivery::Whole },
        entries,
        tools: body["tools"].as_array().into_iter().flatten().filter_map(tool).collect(),
        answer_schema: body["response_format"]["json_schema"].get("schema").cloned(),
        directory: directory_in(&told.join("\n")).or(first),
        told: told.join("\n"),
    }
}

fn tool(tool: &Value) -> Option<OfferedTool> {
    let function = tool.get("function")?;
    let name = function["name"].as_str()?.to_owned();
    Some(OfferedTool { name, input: ToolInput::Schema(function["parameters"].clone()) })
}

fn entries(message: &Value) -> Vec<Entry> {
    match message["role"].as_str() {
        Some("user") => texts(message).map(|text| Entry::User(text.to_owned())).collect(),
        Some("assistant") => {
            let calls = message["tool_calls"].as_array().into_iter().flatten();
            let calls =
                calls.map(|call| format!("{} {}", call["function"]["name"], call["function"]["arguments"]));
            let said = texts(message).map(str::to_owned).chain(calls);
            vec![Entry::Assistant(said.collect::<Vec<_>>().join("\n"))]
        }
        Some("tool") => vec![Entry::ToolResult(message["content"].to_string())],
        _ => Vec::new(),
    }
}

fn texts(message: &Value) -> impl Iterator<Item = &str> {
    let content = &message["content"];
    let blocks = content.as_array().map_or(std::slice::from_ref(content), Vec::as_slice);
    blocks.iter().filter_map(|block| block.as_str().or_else(|| block["text"].as_str()))
}

/// The answer in one piece.
pub(super) fn whole(reply: &Reply) -> Value {
    let texts: Vec<&str> = reply.blocks.iter().filter_map(text_of).collect();
    let mut message = json!({"role": "assistant", "content": texts.join("\n")});
    let calls: Vec<Value> = calls(reply).map(|(_, call)| call_value(call, &arguments(call))).collect();
    if !calls.is_empty() {
        message["tool_calls"] = json!(calls);
    }
    json!({
        "id": id(reply), "object": "chat.completion", "created": 0, "model": reply.model, "usage": usage(reply),
        "choices": [{"index": 0, "message": message, "finish_reason": finish_reason(reply)}],
    })
}

/// The answer as a stream of chunks; [`STREAM_END`] comes after them.
pub(super) fn events(reply: &Reply) -> Vec<Value> {
    let chunk = |delta: Value, finish: Value| {
        json!({
            "id": id(reply), "object": "chat.completion.chunk", "created": 0, "model": reply.model,
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        })
    };
    let mut events = vec![chunk(json!({"role": "assistant", "content": ""}), Value::Null)];
    for text in reply.blocks.iter().filter_map(text_of) {
        events.extend(pieces(text).map(|piece| chunk(json!({"content": piece}), Value::Null)));
    }
    for (index, call) in calls(reply) {
        let mut begun = call_value(call, "");
        begun["index"] = json!(index);
        events.push(chunk(json!({"tool_calls": [begun]}), Value::Null));
        events.extend(pieces(&arguments(call)).map(|piece| {
            let part = json!({"index": index, "function": {"arguments": piece}});
            chunk(json!({"tool_calls": [part]}), Value::Null)
        }));
    }
    let mut last = chunk(json!({}), json!(finish_reason(reply)));
    last["usage"] = usage(reply);
    events.push(last);
    events
}

fn id(reply: &Reply) -> String {
    format!("chatcmpl-{}", reply.id)
}

fn text_of(block: &Block) -> Option<&str> {
    match block {
        Block::Text(text) => Some(text),
        Block::Call(_) => None,
    }
}

/// The calls, numbered among themselves.
fn calls(reply: &Reply) -> impl Iterator<Item = (usize, &Call)> {
    let calls = reply.blocks.iter().filter_map(|block| match block {
        Block::Call(call) => Some(call),
        Block::Text(_) => None,
    });
    calls.enumerate()
}

fn call_value(call: &Call, arguments: &str) -> Value {
    json!({
        "id": format!("call_{}", call.id), "type": "function",
        "function": {"name": call.name, "arguments": arguments},
    })
}

fn arguments(call: &Call) -> String {
    match &call.input {
        CallInput::Object(object) => object.to_string(),
        CallInput::Freeform(text) => json!({ "input": text }).to_string(),
    }
}

fn finish_reason(reply: &Reply) -> &'static str {
    if reply.calls_tools() { "tool_calls" } else { "stop" }
}

fn usage(reply: &Reply) -> Value {
    let (input, output) = (reply.usage.input, reply.usage.output);
    json!({"prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output})
}
