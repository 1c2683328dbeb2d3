//! Looking into JSON whose shape another program decides: what is missing or of another type is absent.

use serde_json::Value;

/// The longest text kept of a line or a tool's output.
const SUMMARY_CHARS: usize = 200;

pub(super) fn text<'v>(value: &'v Value, pointer: &str) -> Option<&'v str> {
    value.pointer(pointer).and_then(Value::as_str)
}

pub(super) fn owned(value: &Value, pointer: &str) -> Option<String> {
    text(value, pointer).map(str::to_owned)
}

pub(super) fn number(value: &Value, pointer: &str) -> Option<u64> {
    value.pointer(pointer).and_then(Value::as_u64)
}

pub(super) fn small(value: &Value, pointer: &str) -> Option<u32> {
    number(value, pointer).and_then(|number| u32::try_from(number).ok())
}

pub(super) fn items<'v>(value: &'v Value, pointer: &str) -> impl Iterator<Item = &'v Value> {
    value.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}

/// The beginning of a text in one line: white space runs become one blank.
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.len() > SUMMARY_CHARS * 4 {
            break;
        }
    }
    match line.char_indices().nth(SUMMARY_CHARS) {
        Some((cut, _)) => format!("{}…", &line[..cut]),
        None => line,
    }
}

/// The texts of a message's content: a string, or a list of blocks with `text`.
pub(super) fn content_text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(blocks) => {
            blocks.iter().filter_map(|block| text(block, "/text")).collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    }
}
