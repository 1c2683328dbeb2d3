//! The Messages API of Anthropic: reading a request, writing an answer whole or streamed.

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

/// Reads a request's body.
pub(super) fn read(body: &Value) -> Conversation {
    let messages = body["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    // Claude Code 2.1.197 puts what it has to say in the course of a conversation among the messages.
    let among =
        messages.iter().filter(|message| message["role"] == "system").map(|message| &message["content"]);
    let told = [&body["system"]].into_iter().chain(among).flat_map(blocks).filter_map(text_of);
    let system = told.collect::<Vec<_>>().join("\n");
    Conversation {
        model: body["model"].as_str().unwrap_or("scripted").to_owned(),
        delivery: if body["stream"] == true { Delivery::Streamed } else { Delivery::Whole },
        entries: messages.iter().flat_map(entries).collect(),
        tools: body["tools"].as_array().into_iter().flatten().filter_map(tool).collect(),
        answer_schema: body["output_config"]["format"].get("schema").cloned(),
        directory: directory_in(&system),
        told: system,
    }
}

fn tool(tool: &Value) -> Option<OfferedTool> {
    let schema = tool.get("input_schema")?;
    Some(OfferedTool { name: tool["name"].as_str()?.to_owned(), input: ToolInput::Schema(schema.clone()) })
}

fn entries(message: &Value) -> Vec<Entry> {
    let content = || blocks(&message["content"]);
    match message["role"].as_str() {
        Some("user") => content()
            .filter_map(|block| match block["type"].as_str() {
                Some("tool_result") => Some(Entry::ToolResult(block["content"].to_string())),
                _ => text_of(block).map(|text| Entry::User(text.to_owned())),
            })
            .collect(),
        Some("assistant") => {
            let said = content().map(|block| match text_of(block) {
                Some(text) => text.to_owned(),
                None => format!("{} {}", block["name"], block["input"]),
            });
            vec![Entry::Assistant(said.collect::<Vec<_>>().join("\n"))]
        }
        _ => Vec::new(),
    }
}

/// The blocks of a content that may also be one plain text.
fn blocks(content: &Value) -> impl Iterator<Item = &Value> {
    content.as_array().map_or(std::slice::from_ref(content), Vec::as_slice).iter()
}

fn text_of(block: &Value) -> Option<&str> {
    block.as_str().or_else(|| block["text"].as_str())
}

/// The answer in one piece.
pub(super) fn whole(reply: &Reply) -> Value {
    let mut message = message(reply, &reply.blocks.iter().map(block).collect::<Vec<_>>(), reply.usage.output);
    message["stop_reason"] = json!(stop_reason(reply));
    message
}

fn message(reply: &Reply, content: &[Value], output: u64) -> Value {
    json!({
        "id": format!("msg_{}", reply.id), "type": "message", "role": "assistant", "model": reply.model,
        "content": content, "stop_reason": null, "stop_sequence": null,
        "usage": {"input_tokens": reply.usage.input, "cache_creation_input_tokens": 0,
                  "cache_read_input_tokens": 0, "output_tokens": output},
    })
}

fn stop_reason(reply: &Reply) -> &'static str {
    if reply.calls_tools() { "tool_use" } else { "end_turn" }
}

fn block(block: &Block) -> Value {
    match block {
        Block::Text(text) => json!({"type": "text", "text": text}),
        Block::Call(call) => call_block(call, &input(call)),
    }
}

fn call_block(call: &Call, input: &Value) -> Value {
    json!({"type": "tool_use", "id": format!("toolu_{}", call.id), "name": call.name, "input": input})
}

fn input(call: &Call) -> Value {
    match &call.input {
        CallInput::Object(object) => object.clone(),
        CallInput::Freeform(text) => json!({ "input": text }),
    }
}

/// The answer as a stream of events.
pub(super) fn events(reply: &Reply) -> Vec<Value> {
    let mut events = vec![json!({"type": "message_start", "message": message(reply, &[], 1)})];
    for (index, block) in reply.blocks.iter().enumerate() {
        let (start, deltas) = match block {
            Block::Text(text) => (json!({"type": "text", "text": ""}), text_deltas(text)),
            Block::Call(call) => (call_block(call, &json!({})), input_deltas(call)),
        };
        events.push(json!({"type": "content_block_start", "index": index, "content_block": start}));
        let delta = |delta| json!({"type": "content_block_delta", "index": index, "delta": delta});
        events.extend(deltas.into_iter().map(delta));
        events.push(json!({"type": "content_block_stop", "index": index}));
    }
    events.push(json!({
        "type": "message_delta",
        "delta": {"stop_reason": stop_reason(reply), "stop_sequence": null},
        "usage": {"output_tokens": reply.usage.output},
    }));
    events.push(json!({"type": "message_stop"}));
    events
}

fn text_deltas(text: &str) -> Vec<Value> {
    pieces(text).map(|piece| json!({"type": "text_delta", "text": piece})).collect()
}

fn input_deltas(call: &Call) -> Vec<Value> {
    let text = input(call).to_string();
    pieces(&text).map(|piece| json!({"type": "input_json_delta", "partial_json": piece})).collect()
}

/// The body of a refusal.
pub(super) fn error(status: u16, message: &str) -> Value {
    let kind = match status {
        400 | 413 => "invalid_request_error",
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        429 => "rate_limit_error",
        529 => "overloaded_error",
        _ => "api_error",
    };
    json!({"type": "error", "error": {"type": kind, "message": message}})
}
