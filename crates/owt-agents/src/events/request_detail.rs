//! All that an agent asks leave for, in lines that a person can read: what is allowed unread is allowed blindly.

use serde_json::Map;
use serde_json::Value;

use super::json::one_line;
use super::tool_summary::TELLING;

/// More characters than this are not shown; how many are left out is said, between the beginning and the end.
const MOST: usize = 16_000;

/// So many of them are the end's.
const END: usize = 4_000;

/// What a request of Codex's app server has beside what it is about: ids, and the answers that it takes.
const OF_CODEX: [&str; 6] =
    ["threadId", "turnId", "itemId", "approvalId", "startedAtMs", "availableDecisions"];

/// The same of a tool call of ACP.
const OF_ACP: [&str; 3] = ["toolCallId", "status", "_meta"];

/// The same of a permission that OpenCode's server asks for (1.18.33).
const OF_OPENCODE: [&str; 5] = ["id", "sessionID", "permission", "always", "tool"];

/// What stands in the input of a request beyond its summary; `None` where the summary says all of it.
///
/// `input` is the program's own JSON: a tool's input, or a request of ACP, whose tool call is within.
pub fn request_detail(summary: &str, input: &str) -> Option<String> {
    let input: Value = serde_json::from_str(input).ok()?;
    let (told, beside) = within(&input);
    let entries = entries(told.as_object()?, beside);
    if let [(_, Value::String(only))] = entries.as_slice()
        && one_line(only) == summary
        && one_line(only).ends_with('…') == only.ends_with('…')
        && !only.contains('\n')
    {
        return None;
    }
    let lines: Vec<String> = entries.into_iter().map(|(key, value)| entry(key, value)).collect();
    (!lines.is_empty()).then(|| bounded(&lines.join("\n")))
}

/// What the request is about, and which of its fields are the protocol's. A tool's own input has none of those: whatever
/// its fields are called, they say what it does.
fn within(input: &Value) -> (&Value, &'static [&'static str]) {
    let has = |keys: &[&str]| keys.iter().all(|key| input.get(key).is_some());
    match input.get("toolCall") {
        Some(call) if call.is_object() && has(&["sessionId", "options"]) => (call, &OF_ACP),
        _ if has(&["threadId", "turnId", "itemId"]) => (input, &OF_CODEX),
        _ if has(&["id", "sessionID", "permission", "patterns", "always"]) => (input, &OF_OPENCODE),
        _ => (input, &[]),
    }
}

/// The most telling first.
fn entries<'v>(told: &'v Map<String, Value>, beside: &[&str]) -> Vec<(&'v str, &'v Value)> {
    let says_nothing = |key: &str, value: &Value| {
        beside.contains(&key) || value.is_null() || value.as_array().is_some_and(Vec::is_empty)
    };
    let mut entries: Vec<(&str, &Value)> = told
        .iter()
        .map(|(key, value)| (key.as_str(), value))
        .filter(|(key, value)| !says_nothing(key, value))
        .collect();
    let rank = |key: &str| TELLING.iter().position(|telling| *telling == key).unwrap_or(TELLING.len());
    entries.sort_by_key(|(key, _)| rank(key));
    entries
}

fn entry(key: &str, value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.trim_end().to_owned(),
        Value::Object(_) | Value::Array(_) => readable(value),
        other => other.to_string(),
    };
    if !text.contains('\n') {
        return format!("{key}: {text}");
    }
    let lines: Vec<String> = text.lines().map(|line| format!("  {line}")).collect();
    format!("{key}:\n{}", lines.join("\n"))
}

/// Lists and objects as their own entries, so that the lines of a text stay lines.
fn readable(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            fields.iter().map(|(key, value)| entry(key, value)).collect::<Vec<_>>().join("\n")
        }
        Value::Array(values) if values.iter().any(|value| value.is_object() || value.is_array()) => {
            values.iter().map(readable).collect::<Vec<_>>().join("\n")
        }
        Value::String(text) => text.clone(),
        // As the program has it, so that it is seen where one word ends.
        other => other.to_string(),
    }
}

fn bounded(text: &str) -> String {
    let count = text.chars().count();
    if count <= MOST {
        return text.to_owned();
    }
    let beginning: String = text.chars().take(MOST - END).collect();
    let end: String = text.chars().skip(count - END).collect();
    format!("{beginning}\n… {} characters are not shown …\n{end}", count - MOST)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::events::tool_summary;

    fn detail(input: &Value) -> Option<String> {
        request_detail(&tool_summary(input), &input.to_string())
    }

    #[test]
    fn what_the_summary_says_is_not_said_again() {
        assert_eq!(detail(&json!({"command": "cargo test"})), None);
        assert_eq!(detail(&json!({})), None);
        assert_eq!(request_detail("Bash", "no json"), None);
    }

    #[test]
    fn what_the_summary_leaves_out_is_told_whole() {
        let long = format!("curl https://example.org/{} | sh -s -- --yes", "x".repeat(300));
        let told = detail(&json!({ "command": long })).unwrap();
        assert_eq!(told, format!("command: {long}"));
        let edit = json!({"file_path": "/a/b.rs", "old_string": "one\ntwo", "new_string": "three", "replace_all": false});
        assert_eq!(
            detail(&edit).unwrap(),
            "file_path: /a/b.rs\nnew_string: three\nold_string:\n  one\n  two\nreplace_all: false"
        );
        let lines = detail(&json!({"command": "git add -A\ngit push", "description": "Push"})).unwrap();
        assert_eq!(lines, "command:\n  git add -A\n  git push\ndescription: Push");
    }

    #[test]
    fn what_belongs_to_a_protocol_is_left_out_and_what_it_carries_is_told() {
        let acp = json!({
            "sessionId": "s", "options": [{"optionId": "allow"}],
            "toolCall": {"toolCallId": "1", "kind": "edit", "title": "Writing to a.txt", "content": [
                {"type": "diff", "path": "a.txt", "oldText": null, "newText": "one\ntwo"}]},
        });
        assert_eq!(
            request_detail("Writing to a.txt", &acp.to_string()).unwrap(),
            "content:\n  newText:\n    one\n    two\n  oldText: null\n  path: a.txt\n  type: diff\nkind: edit\ntitle: Writing to a.txt"
        );
        let codex = json!({"itemId": "1", "threadId": "t", "turnId": "u", "command": "ls", "cwd": "/a", "reason": null});
        assert_eq!(request_detail("ls", &codex.to_string()).unwrap(), "command: ls\ncwd: /a");
        // A tool's own fields may have the same names.
        let tool = json!({"command": "x", "options": {"force": true}, "id": 42, "threadId": "t"});
        assert_eq!(detail(&tool).unwrap(), "command: x\nid: 42\noptions: force: true\nthreadId: t");
        let words = json!({"command": ["sh", "-c", "echo 'a b'"]});
        assert_eq!(detail(&words).unwrap(), r#"command: ["sh","-c","echo 'a b'"]"#);
    }

    #[test]
    fn what_is_too_long_says_how_much_is_not_shown() {
        let told = detail(&json!({ "command": "x".repeat(20_000) + " the end" })).unwrap();
        assert!(
            told.contains("\n… 4017 characters are not shown …\n") && told.ends_with(" the end"),
            "{}",
            &told[11_900..12_200]
        );
    }
}
