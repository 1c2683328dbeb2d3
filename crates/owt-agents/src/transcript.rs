//! An agent's own record of a conversation, read back to learn whether a prompt arrived before it is sent a second
//! time (decision 4). Pure: the path is worked out, the reading is somebody else's.

use owt_core::AbsPath;
use serde::Deserialize;
use serde_json::Value;

use crate::names::ConversationId;

/// How an agent keeps its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TranscriptFormat {
    /// Claude Code's, read from version 2.1.197.
    Claude,
}

/// A prompt that the record shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenPrompt {
    /// The id it was sent with, where it came by the machine protocol.
    pub id: Option<String>,
    /// Its text, as the program keeps it.
    pub text: String,
    /// How far it came.
    pub stage: SeenStage,
}

/// How far a prompt came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeenStage {
    /// The program has it, and has not given it to the model yet.
    Queued,
    /// It opened a turn or went into one.
    TakenUp,
}

impl TranscriptFormat {
    /// Where the record of a conversation lies; `None` when only the program can tell (its hooks do). `configuration`
    /// is the person's `CLAUDE_CONFIG_DIR`, if set.
    pub fn path(
        self,
        home: &AbsPath,
        configuration: Option<&AbsPath>,
        workspace: &AbsPath,
        conversation: &ConversationId,
    ) -> Option<AbsPath> {
        let Self::Claude = self;
        let root = configuration.cloned().unwrap_or_else(|| home.join(".claude"));
        Some(root.join("projects").join(&slug(workspace)?).join(&format!("{conversation}.jsonl")))
    }

    /// The prompts in a record, in order. Lines that are not understood are left out: so is the unfinished last
    /// line of a record that is being written.
    pub fn prompts(self, record: &str) -> Vec<SeenPrompt> {
        let Self::Claude = self;
        record.lines().filter_map(|line| claude_prompt(&serde_json::from_str(line).ok()?)).collect()
    }
}

/// The longest folder name that is the plain one; a longer one is cut and gets a hash that only the program knows.
const LONGEST_SLUG: usize = 200;

/// Claude Code names the folder of a project's records after its path: every UTF-16 unit that is no ASCII letter or
/// digit becomes a dash.
fn slug(workspace: &AbsPath) -> Option<String> {
    let plain =
        |unit: u16| char::from_u32(u32::from(unit)).filter(char::is_ascii_alphanumeric).unwrap_or('-');
    let slug: String = workspace.as_str().encode_utf16().map(plain).collect();
    (slug.len() <= LONGEST_SLUG).then_some(slug)
}

fn claude_prompt(line: &Value) -> Option<SeenPrompt> {
    let text_of = |pointer: &str| line.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let is_set = |key: &str| line.get(key).and_then(Value::as_bool) == Some(true);
    let (id, text, stage) = match line.get("type")?.as_str()? {
        "user" if !is_set("isSidechain") && !is_set("isMeta") => {
            (text_of("/uuid"), prompt_text(line.pointer("/message/content")?)?, SeenStage::TakenUp)
        }
        "attachment" if line.pointer("/attachment/type")? == "queued_command" => {
            let text = prompt_text(line.pointer("/attachment/prompt")?)?;
            (text_of("/attachment/source_uuid"), text, SeenStage::TakenUp)
        }
        "queue-operation" if line.get("operation")? == "enqueue" => {
            (None, prompt_text(line.get("content")?)?, SeenStage::Queued)
        }
        _ => return None,
    };
    Some(SeenPrompt { id, text, stage })
}

/// A prompt is a string, or blocks of text alone; blocks with tool results are no prompt.
fn prompt_text(content: &Value) -> Option<String> {
    match content {
        Value::String(text) => Some(text.clone()),
        Value::Array(blocks) => {
            let texts: Option<Vec<&str>> = blocks.iter().map(|block| block.get("text")?.as_str()).collect();
            texts.filter(|texts| !texts.is_empty()).map(|texts| texts.join("\n"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_shows_what_arrived() {
        let record = r#"{"type":"queue-operation","operation":"enqueue","content":"first"}
{"type":"queue-operation","operation":"dequeue"}
{"isSidechain":false,"type":"user","message":{"role":"user","content":"first"},"uuid":"u1"}
{"isSidechain":false,"type":"user","message":{"role":"user","content":[{"tool_use_id":"t","type":"tool_result","content":"hi"}]},"uuid":"u2"}
{"isSidechain":true,"type":"user","message":{"role":"user","content":"to a helper"},"uuid":"u3"}
{"isSidechain":false,"attachment":{"type":"queued_command","prompt":"second\nline","source_uuid":"u4","commandMode":"prompt"},"type":"attachment","uuid":"u5"}
{"isSidechain":false,"type":"user","message":{"role":"user","content":[{"type":"text","text":"third"}]},"uuid":"u6"}
{"type":"user","message":{"role":"us"#;
        let seen = |id: Option<&str>, text: &str, stage| SeenPrompt {
            id: id.map(str::to_owned),
            text: text.to_owned(),
            stage,
        };
        assert_eq!(
            TranscriptFormat::Claude.prompts(record),
            [
                seen(None, "first", SeenStage::Queued),
                seen(Some("u1"), "first", SeenStage::TakenUp),
                seen(Some("u4"), "second\nline", SeenStage::TakenUp),
                seen(Some("u6"), "third", SeenStage::TakenUp),
            ]
        );
    }

    #[test]
    fn the_record_lies_below_the_workspaces_name() {
        let path = |text: &str| AbsPath::new(text).unwrap();
        let id = ConversationId::new("c3256ebb-acd8-468f-bab7-afbcc853dc10").unwrap();
        let of = |configuration: Option<&AbsPath>, workspace: &str| {
            let found = TranscriptFormat::Claude.path(&path("/home/x"), configuration, &path(workspace), &id);
            found.map(|path| path.as_str().to_owned())
        };
        assert_eq!(
            of(None, "/w/a.b/r1-wé").as_deref(),
            Some("/home/x/.claude/projects/-w-a-b-r1-w-/c3256ebb-acd8-468f-bab7-afbcc853dc10.jsonl")
        );
        assert!(of(Some(&path("/cfg")), "/w").unwrap().starts_with("/cfg/projects/-w/"));
        assert_eq!(of(None, &format!("/{}", "x".repeat(200))), None);
    }
}
