//! One line about what a tool is used on.

use serde_json::Value;

use super::json::one_line;

/// The keys that say most about a tool's use, best first. They are shared by the agents' tools (`command`,
/// `file_path` of Claude Code, `path` of Codex and Pi, `filePath` of OpenCode, ...).
pub(super) const TELLING: [&str; 12] = [
    "command",
    "file_path",
    "filePath",
    "path",
    "notebook_path",
    "pattern",
    "url",
    "query",
    "plan",
    "description",
    "prompt",
    "text",
];

/// What a tool is used on, in one line: its most telling input, else all of it.
pub(crate) fn tool_summary(input: &Value) -> String {
    let telling = TELLING.iter().find_map(|key| input.get(key));
    match telling {
        Some(Value::String(text)) => one_line(text),
        Some(Value::Array(words)) => {
            one_line(&words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "))
        }
        _ if input.as_object().is_none_or(serde_json::Map::is_empty) => String::new(),
        _ => one_line(&input.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_most_telling_input_is_shown_in_one_line() {
        assert_eq!(
            tool_summary(&json!({"description": "d", "command": "git add -A\ngit commit"})),
            "git add -A git commit"
        );
        assert_eq!(tool_summary(&json!({"file_path": "/a/b", "content": "x"})), "/a/b");
        assert_eq!(tool_summary(&json!({"command": ["apply_patch", "x"]})), "apply_patch x");
        assert_eq!(tool_summary(&json!({"odd": 1})), r#"{"odd":1}"#);
        assert_eq!(tool_summary(&json!({})), "");
        assert_eq!(tool_summary(&json!({"command": "x".repeat(300)})).chars().count(), 201);
    }
}
