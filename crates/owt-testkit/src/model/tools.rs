//! Abstract tools in the tools of a request: chosen by name and filled in by JSON schema, so that no table of
//! agents is needed.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::conversation::Conversation;
use super::conversation::OfferedTool;
use super::conversation::ToolInput;
use super::reply::CallInput;
use super::schema;
use super::script::ToolCall;

/// Names of tools that run a command line, as agents call them, without case and underscores.
const SHELLS: [&str; 8] = [
    "bash",
    "execcommand",
    "shell",
    "shellcommand",
    "localshell",
    "runshellcommand",
    "executecommand",
    "execute",
];
const READERS: [&str; 3] = ["read", "readfile", "view"];
const WRITERS: [&str; 4] = ["write", "writefile", "create", "createfile"];
const EDITORS: [&str; 5] = ["edit", "replace", "strreplace", "editfile", "searchreplace"];
const PATCHERS: [&str; 1] = ["applypatch"];

/// Names of a tool's members, as agents call them.
const COMMAND: [&str; 3] = ["command", "cmd", "script"];
const PATH: [&str; 6] = ["file_path", "filePath", "path", "filename", "absolute_path", "target_file"];
const CONTENT: [&str; 5] = ["content", "contents", "file_text", "text", "new_content"];
const OLD: [&str; 5] = ["old_string", "oldString", "old_str", "oldText", "search"];
const NEW: [&str; 5] = ["new_string", "newString", "new_str", "newText", "replace"];

/// The tool to call and its input.
///
/// # Errors
/// When the request offers nothing that could do it: which tools it offers.
pub(super) fn translate(call: &ToolCall, conversation: &Conversation) -> Result<(String, CallInput), String> {
    let tools = Offered { tools: &conversation.tools };
    let path = |path: &str| absolute(path, conversation.directory.as_deref());
    let found = match call {
        ToolCall::Bash(line) => tools.shell(line),
        ToolCall::Read(file) => tools
            .filled(&READERS, &[(&PATH, &path(file))])
            .or_else(|| tools.shell(&format!("cat -- {}", quoted(file)))),
        ToolCall::Write { path: file, text } => tools
            .filled(&WRITERS, &[(&PATH, &path(file)), (&CONTENT, text)])
            .or_else(|| tools.patch(&format!("*** Add File: {file}\n{}", prefixed('+', text)))),
        ToolCall::Edit { path: file, old, new } => tools
            .filled(&EDITORS, &[(&PATH, &path(file)), (&OLD, old), (&NEW, new)])
            .or_else(|| tools.patch(&replacement(file, old, new))),
        ToolCall::Raw { name, input } => tools.raw(name, input),
    };
    found.ok_or_else(|| {
        let names: Vec<&str> = conversation.tools.iter().map(|tool| tool.name.as_str()).collect();
        format!("no tool for {call:?} among {}", names.join(", "))
    })
}

/// Whether a command line can be run.
pub(super) fn offers_a_shell(tools: &[OfferedTool]) -> bool {
    Offered { tools }.named(&SHELLS).is_some()
}

struct Offered<'a> {
    tools: &'a [OfferedTool],
}

impl Offered<'_> {
    /// The first offered tool that bears one of the names, in the order of the names.
    fn named(&self, names: &[&str]) -> Option<&OfferedTool> {
        names.iter().find_map(|name| self.tools.iter().find(|tool| plain(&tool.name) == *name))
    }

    fn shell(&self, line: &str) -> Option<(String, CallInput)> {
        self.filled(&SHELLS, &[(&COMMAND, line)])
    }

    /// A tool of one of the names that has a member for each of the values.
    fn filled(&self, names: &[&str], values: &[(&[&str], &str)]) -> Option<(String, CallInput)> {
        let tool = self.named(names)?;
        let ToolInput::Schema(schema) = &tool.input else { return None };
        let members = &schema["properties"];
        let mut input = Map::new();
        for (synonyms, value) in values {
            let name = synonyms.iter().find(|name| members.get(**name).is_some())?;
            input.insert((*name).to_owned(), as_kind(schema::kind(&members[*name]), value));
        }
        for name in schema::required(schema) {
            input.entry(name.to_owned()).or_insert_with(|| schema::instance(&members[name]));
        }
        Some((tool.name.clone(), CallInput::Object(Value::Object(input))))
    }

    fn patch(&self, body: &str) -> Option<(String, CallInput)> {
        let patch = format!("*** Begin Patch\n{body}*** End Patch\n");
        let tool = self.named(&PATCHERS)?;
        let input = match &tool.input {
            ToolInput::Freeform => CallInput::Freeform(patch),
            ToolInput::Schema(schema) => {
                let member = schema::required(schema).next().unwrap_or("input");
                CallInput::Object(json!({ member: patch }))
            }
        };
        Some((tool.name.clone(), input))
    }

    fn raw(&self, name: &str, input: &Value) -> Option<(String, CallInput)> {
        let tool = self.tools.iter().find(|tool| tool.name == name)?;
        let input = match (&tool.input, input) {
            (ToolInput::Freeform, Value::String(text)) => CallInput::Freeform(text.clone()),
            _ => CallInput::Object(input.clone()),
        };
        Some((name.to_owned(), input))
    }
}

fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// A command line for a tool that takes words instead of a line.
fn as_kind(kind: &str, value: &str) -> Value {
    if kind == "array" { json!(["bash", "-c", value]) } else { json!(value) }
}

fn absolute(path: &str, directory: Option<&str>) -> String {
    match directory {
        Some(directory) if !path.starts_with('/') => format!("{directory}/{path}"),
        _ => path.to_owned(),
    }
}

/// A word that a POSIX shell takes as it is: the command line is the model's, and no shell of ours runs it.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

fn replacement(file: &str, old: &str, new: &str) -> String {
    format!("*** Update File: {file}\n@@\n{}{}", prefixed('-', old), prefixed('+', new))
}

fn prefixed(sign: char, text: &str) -> String {
    text.lines().fold(String::new(), |out, line| out + &format!("{sign}{line}\n"))
}

#[cfg(test)]
mod tests {
    use super::super::conversation::Delivery;
    use super::*;

    fn offering(tools: &Value) -> Conversation {
        let tools = tools.as_object().expect("an object").iter().map(|(name, schema)| OfferedTool {
            name: name.clone(),
            input: if schema.is_null() { ToolInput::Freeform } else { ToolInput::Schema(schema.clone()) },
        });
        Conversation {
            model: String::new(),
            delivery: Delivery::Whole,
            entries: Vec::new(),
            tools: tools.collect(),
            answer_schema: None,
            directory: Some("/w".to_owned()),
            told: String::new(),
        }
    }

    fn object(call: &ToolCall, tools: &Value) -> (String, Value) {
        match translate(call, &offering(tools)) {
            Ok((name, CallInput::Object(input))) => (name, input),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_call_takes_the_names_and_the_required_members_of_the_request() {
        let bash = json!({"Bash": {"properties": {"command": {"type": "string"}, "description": {"type": "string"}},
            "required": ["command", "description"]}});
        let call = ToolCall::Bash("ls".into());
        assert_eq!(
            object(&call, &bash),
            ("Bash".into(), json!({"command": "ls", "description": "Scripted"}))
        );
        let words = json!({"shell": {"properties": {"command": {"type": "array"}}, "required": ["command"]}});
        assert_eq!(object(&call, &words), ("shell".into(), json!({"command": ["bash", "-c", "ls"]})));
        let write = json!({"Write": {"properties": {"file_path": {}, "content": {}}}});
        let call = ToolCall::Write { path: "a".into(), text: "x\n".into() };
        assert_eq!(object(&call, &write), ("Write".into(), json!({"file_path": "/w/a", "content": "x\n"})));
    }

    #[test]
    fn where_there_is_only_a_patch_tool_files_are_patched() {
        let call = ToolCall::Edit { path: "a".into(), old: "one\n".into(), new: "two\nthree".into() };
        let expected = "*** Begin Patch\n*** Update File: a\n@@\n-one\n+two\n+three\n*** End Patch\n";
        let made = translate(&call, &offering(&json!({"apply_patch": null})));
        assert_eq!(made, Ok(("apply_patch".into(), CallInput::Freeform(expected.into()))));
    }

    #[test]
    fn a_request_without_a_fitting_tool_is_told() {
        let missing =
            translate(&ToolCall::Bash("ls".into()), &offering(&json!({"Glob": {}}))).expect_err("nothing");
        assert!(missing.contains("Glob"), "{missing}");
    }
}
