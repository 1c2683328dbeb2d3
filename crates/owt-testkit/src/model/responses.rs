//! The Responses API of OpenAI: reading a request, writing an answer whole or streamed.

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
    let entries: Vec<Entry> = match &body["input"] {
        Value::String(text) => vec![Entry::User(text.clone())],
        input => input.as_array().into_iter().flatten().flat_map(entries).collect(),
    };
    let is_told = |item: &&Value| matches!(item["role"].as_str(), Some("system" | "developer"));
    let told = body["input"].as_array().into_iter().flatten().filter(is_told).flat_map(texts);
    let told: Vec<&str> = body["instructions"].as_str().into_iter().chain(told).collect();
    let directory = entries.iter().find_map(|entry| directory_in(entry.text()));
    Conversation {
        model: body["model"].as_str().unwrap_or("scripted").to_owned(),
        delivery: if body["stream"] == true { Delivery::Streamed } else { Delivery::Whole },
        entries,
        tools: body["tools"].as_array().into_iter().flatten().filter_map(tool).collect(),
        answer_schema: body["text"]["format"].get("schema").cloned(),
        directory,
        told: told.join("\n"),
    }
}

fn tool(tool: &Value) -> Option<OfferedTool> {
    let name = tool["name"].as_str()?.to_owned();
    let input = match tool["type"].as_str()? {
        "function" => ToolInput::Schema(tool["parameters"].clone()),
        "custom" => ToolInput::Freeform,
        _ => return None,
    };
    Some(OfferedTool { name, input })
}

fn entries(item: &Value) -> Vec<Entry> {
    let kind = item["type"].as_str().unwrap_or("message");
    match (kind, item["role"].as_str()) {
        ("message", Some("user")) => texts(item).map(|text| Entry::User(text.to_owned())).collect(),
        ("message", Some("assistant")) => vec![Entry::Assistant(texts(item).collect::<Vec<_>>().join("\n"))],
        ("function_call", _) => vec![Entry::Assistant(format!("{} {}", item["name"], item["arguments"]))],
        ("custom_tool_call", _) => vec![Entry::Assistant(format!("{} {}", item["name"], item["input"]))],
        (kind, _) if kind.ends_with("_output") => vec![Entry::ToolResult(item["output"].to_string())],
        _ => Vec::new(),
    }
}

fn texts(item: &Value) -> impl Iterator<Item = &str> {
    let content = &item["content"];
    let blocks = content.as_array().map_or(std::slice::from_ref(content), Vec::as_slice);
    blocks.iter().filter_map(|block| block.as_str().or_else(|| block["text"].as_str()))
}

/// The answer in one piece.
pub(super) fn whole(reply: &Reply) -> Value {
    let output: Vec<Value> =
        reply.blocks.iter().enumerate().map(|(index, block)| item(reply, index, block)).collect();
    response(reply, "completed", &output)
}

fn response(reply: &Reply, status: &str, output: &[Value]) -> Value {
    json!({
        "id": format!("resp_{}", reply.id), "object": "response", "status": status, "model": reply.model,
        "output": output,
        "usage": {
            "input_tokens": reply.usage.input, "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": reply.usage.output, "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": reply.usage.input + reply.usage.output,
        },
    })
}

fn item_id(reply: &Reply, index: usize) -> String {
    format!("item_{}_{index}", reply.id)
}

fn item(reply: &Reply, index: usize, block: &Block) -> Value {
    let id = item_id(reply, index);
    match block {
        Block::Text(text) => json!({
            "type": "message", "id": id, "role": "assistant", "status": "completed",
            "content": [{"type": "output_text", "text": text, "annotations": []}],
        }),
        Block::Call(Call { id: call, name, input: CallInput::Object(input) }) => json!({
            "type": "function_call", "id": id, "call_id": format!("call_{call}"), "name": name,
            "arguments": input.to_string(), "status": "completed",
        }),
        Block::Call(Call { id: call, name, input: CallInput::Freeform(input) }) => json!({
            "type": "custom_tool_call", "id": id, "call_id": format!("call_{call}"), "name": name, "input": input,
            "status": "completed",
        }),
    }
}

/// The answer as a stream of events.
pub(super) fn events(reply: &Reply) -> Vec<Value> {
    let mut events =
        vec![json!({"type": "response.created", "response": response(reply, "in_progress", &[])})];
    for (index, block) in reply.blocks.iter().enumerate() {
        let done = item(reply, index, block);
        let mut begun = done.clone();
        if let Block::Text(_) = block {
            begun["content"] = json!([]);
        }
        events.push(json!({"type": "response.output_item.added", "output_index": index, "item": begun}));
        if let Block::Text(text) = block {
            events.extend(text_events(&item_id(reply, index), index, text));
        }
        events.push(json!({"type": "response.output_item.done", "output_index": index, "item": done}));
    }
    events.push(json!({"type": "response.completed", "response": whole(reply)}));
    for (number, event) in events.iter_mut().enumerate() {
        event["sequence_number"] = json!(number);
    }
    events
}

fn text_events(item: &str, index: usize, text: &str) -> Vec<Value> {
    let event = |kind: &str, member: &str, value: Value| json!({"type": kind, "item_id": item, "output_index": index, "content_index": 0, member: value});
    let part = |text: &str| json!({"type": "output_text", "text": text, "annotations": []});
    let deltas = pieces(text).map(|piece| event("response.output_text.delta", "delta", json!(piece)));
    std::iter::once(event("response.content_part.added", "part", part("")))
        .chain(deltas)
        .chain([
            event("response.output_text.done", "text", json!(text)),
            event("response.content_part.done", "part", part(text)),
        ])
        .collect()
}

/// The body of a refusal.
pub(super) fn error(status: u16, message: &str) -> Value {
    let kind = match status {
        401 => "invalid_api_key",
        429 => "rate_limit_exceeded",
        _ => "scripted",
    };
    json!({"error": {"message": message, "type": kind, "code": kind, "param": null}})
}
