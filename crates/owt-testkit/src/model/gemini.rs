//! The `generateContent` API of Google: reading a request, writing an answer whole or streamed. The model and the
//! way of the answer are named by the path: `/v1beta/models/MODEL:streamGenerateContent`.

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

/// What ends the path of an answer in one piece.
pub(super) const WHOLE: &str = ":generateContent";

/// What ends the path of a streamed one.
pub(super) const STREAMED: &str = ":streamGenerateContent";

/// What ends the path of a count.
pub(super) const COUNT: &str = ":countTokens";

/// Reads a request.
pub(super) fn read(path: &str, body: &Value) -> Conversation {
    let name = path.rsplit('/').next().unwrap_or_default().split(':').next().unwrap_or_default();
    let told = texts(&body["systemInstruction"]).collect::<Vec<_>>().join("\n");
    let entries: Vec<Entry> = body["contents"].as_array().into_iter().flatten().flat_map(entries).collect();
    let first = entries.iter().find_map(|entry| directory_in(entry.text()));
    let functions = body["tools"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|tool| tool["functionDeclarations"].as_array());
    let answer = &body["generationConfig"];
    Conversation {
        model: name.to_owned(),
        delivery: if path.ends_with(STREAMED) { Delivery::Streamed } else { Delivery::Whole },
        directory: directory_in(&told).or(first),
        told,
        entries,
        tools: functions.flatten().filter_map(tool).collect(),
        answer_schema: answer.get("responseJsonSchema").or_else(|| answer.get("responseSchema")).cloned(),
    }
}

fn tool(function: &Value) -> Option<OfferedTool> {
    let schema = function.get("parametersJsonSchema").or_else(|| function.get("parameters"));
    let input = ToolInput::Schema(schema.cloned().unwrap_or_else(|| json!({"type": "object"})));
    Some(OfferedTool { name: function["name"].as_str()?.to_owned(), input })
}

fn parts(content: &Value) -> impl Iterator<Item = &Value> {
    content["parts"].as_array().into_iter().flatten()
}

fn texts(content: &Value) -> impl Iterator<Item = &str> {
    parts(content).filter_map(|part| part["text"].as_str())
}

fn entries(content: &Value) -> Vec<Entry> {
    if content["role"] == "model" {
        let said = parts(content).map(|part| match part["text"].as_str() {
            Some(text) => text.to_owned(),
            None => format!("{} {}", part["functionCall"]["name"], part["functionCall"]["args"]),
        });
        return vec![Entry::Assistant(said.collect::<Vec<_>>().join("\n"))];
    }
    let from_outside = |part: &Value| match part.get("functionResponse") {
        Some(answered) => Some(Entry::ToolResult(answered["response"].to_string())),
        None => part["text"].as_str().map(|text| Entry::User(text.to_owned())),
    };
    parts(content).filter_map(from_outside).collect()
}

/// The answer in one piece.
pub(super) fn whole(reply: &Reply) -> Value {
    let mut answer = response(reply, &reply.blocks.iter().map(part).collect::<Vec<_>>());
    finish(&mut answer, reply);
    answer
}

/// The answer as a stream: whole parts, a text in several.
pub(super) fn events(reply: &Reply) -> Vec<Value> {
    let mut events: Vec<Value> = Vec::new();
    for block in &reply.blocks {
        match block {
            Block::Text(text) => {
                events.extend(pieces(text).map(|piece| response(reply, &[json!({"text": piece})])));
            }
            Block::Call(_) => events.push(response(reply, &[part(block)])),
        }
    }
    let mut last = events.pop().unwrap_or_else(|| response(reply, &[json!({"text": ""})]));
    finish(&mut last, reply);
    events.push(last);
    events
}

fn part(block: &Block) -> Value {
    match block {
        Block::Text(text) => json!({ "text": text }),
        Block::Call(Call { name, input: CallInput::Object(input), .. }) => {
            json!({"functionCall": {"name": name, "args": input}})
        }
        Block::Call(Call { name, input: CallInput::Freeform(input), .. }) => {
            json!({"functionCall": {"name": name, "args": {"input": input}}})
        }
    }
}

fn response(reply: &Reply, parts: &[Value]) -> Value {
    json!({
        "candidates": [{"index": 0, "content": {"role": "model", "parts": parts}}],
        "modelVersion": reply.model, "responseId": reply.id,
    })
}

fn finish(answer: &mut Value, reply: &Reply) {
    let (input, output) = (reply.usage.input, reply.usage.output);
    answer["candidates"][0]["finishReason"] = json!("STOP");
    answer["usageMetadata"] =
        json!({"promptTokenCount": input, "candidatesTokenCount": output, "totalTokenCount": input + output});
}

/// The body of a refusal.
pub(super) fn error(status: u16, message: &str) -> Value {
    let kind = match status {
        400 => "INVALID_ARGUMENT",
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        429 => "RESOURCE_EXHAUSTED",
        503 => "UNAVAILABLE",
        _ => "INTERNAL",
    };
    json!({"error": {"code": status, "message": message, "status": kind}})
}
