//! An agent's own record of a conversation: read back to learn whether a prompt arrived before it is sent a second time
//! (decision 4), and what else it says where nothing better does. Pure: the place is worked out, the reading is
//! somebody else's.

mod claude;
mod codex;
mod droid;
mod gemini;
mod opencode;
mod spending;

use owt_core::AbsPath;
use owt_core::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::events::ErrorClass;
use crate::events::ToolOutcome;
use crate::names::ConversationId;

pub use spending::Answer;
pub use spending::Spending;
pub use spending::Total;

/// How an agent keeps its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TranscriptFormat {
    /// Claude Code's, read from version 2.1.197: one file for each conversation, in a folder for each project.
    Claude,
    /// Codex's rollout files, read from version 0.169.0: one file for each session, in a folder for each day.
    Codex,
    /// Gemini CLI's, read from version 0.61.0: one file for each conversation, in a folder for each project.
    Gemini,
    /// Droid's, read from version 0.215.0: one file for each conversation, in a folder for each project.
    Droid,
    /// OpenCode's, read from version 1.18.33: one database for all conversations.
    Opencode,
}

/// What the lines before have said, where one does not stand alone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Before {
    /// The program's own name of the newest prompt.
    prompt: Option<String>,
    /// When that was written.
    prompted_at: Option<Timestamp>,
    /// The newest words of the answer to it.
    words: Option<String>,
    /// The newest answer in which tools are used.
    uses_tools: Option<String>,
    /// Whether an answer was begun and its turn is not over.
    is_answering: bool,
    /// Prompts that wait until an answer is begun again, by the program's own names of them.
    waiting: Vec<(String, SeenPrompt)>,
}

/// Something that a record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When, by the program's clock; `None` where it does not say.
    pub at: Option<Timestamp>,
    /// What.
    pub says: Said,
}

/// What a record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// Whose record it is.
    Begun {
        /// The conversation.
        conversation: ConversationId,
        /// The folder in which it was begun.
        directory: String,
    },
    /// A prompt.
    Prompt(SeenPrompt),
    /// A tool is being used.
    ToolOpened {
        /// The call.
        call: String,
        /// The tool.
        tool: String,
        /// What it is used on, in one line.
        summary: String,
        /// The files that it is to change, as the agent names them.
        edits: Vec<String>,
    },
    /// The use of a tool is over.
    ToolClosed {
        /// The call.
        call: String,
        /// Whether it worked.
        outcome: ToolOutcome,
    },
    /// The model has answered; whether its turn goes on is not said.
    Answered,
    /// The turn is over.
    TurnEnded {
        /// The last words.
        text: Option<String>,
    },
    /// The turn failed.
    TurnFailed {
        /// In which way.
        class: ErrorClass,
        /// The program's words for it.
        message: String,
    },
    /// The turn was broken off by the person.
    Interrupted,
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

/// What is known of a conversation by somebody who looks for its record.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The person's home.
    pub home: &'a AbsPath,
    /// The person's own folder for the program's files, where they have set one ([`TranscriptFormat::variable`]).
    pub configuration: Option<&'a AbsPath>,
    /// Where the agent works.
    pub workspace: &'a AbsPath,
    /// Which conversation it is, as soon as that is known.
    pub conversation: Option<&'a ConversationId>,
    /// When its program was started.
    pub started_at: Timestamp,
}

/// Where a record lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordPlace {
    /// Here.
    File(AbsPath),
    /// In one of these folders: the file whose name ends so, and whose first line names the workspace.
    OneOf {
        /// The folders, the likeliest first.
        folders: Vec<AbsPath>,
        /// The end of its name.
        name_ends: String,
    },
    /// In this database, among all other conversations.
    Database(AbsPath),
}

impl TranscriptFormat {
    /// The variable by which a person moves the program's files.
    pub const fn variable(self) -> &'static str {
        match self {
            Self::Claude => "CLAUDE_CONFIG_DIR",
            Self::Codex => "CODEX_HOME",
            Self::Gemini => "GEMINI_CLI_HOME",
            Self::Droid => "FACTORY_HOME_OVERRIDE",
            Self::Opencode => "XDG_DATA_HOME",
        }
    }

    /// Where the record of a conversation lies; `None` when only the program can tell.
    pub fn place(self, wanted: &Wanted<'_>) -> Option<RecordPlace> {
        match self {
            Self::Claude => claude::place(wanted),
            Self::Codex => Some(codex::place(wanted)),
            Self::Gemini => gemini::place(wanted),
            Self::Droid => droid::place(wanted),
            Self::Opencode => Some(opencode::place(wanted)),
        }
    }

    /// When a record in a folder with others was begun, by its name; `None` where the name does not say.
    pub fn begun_at(self, name: &str) -> Option<Timestamp> {
        match self {
            Self::Claude | Self::Gemini | Self::Droid | Self::Opencode => None,
            Self::Codex => codex::named_at(name),
        }
    }

    /// Whether the names of records hold a part of their conversation only: the first line holds the whole.
    pub const fn is_named_in_part(self) -> bool {
        matches!(self, Self::Gemini)
    }

    /// Whether owt gives a fresh conversation its name.
    pub const fn is_named_by_us(self) -> bool {
        matches!(self, Self::Claude | Self::Gemini)
    }

    /// What a line of a record says by itself; nothing where it is not understood.
    pub fn entries(self, line: &str) -> Vec<Entry> {
        self.entries_after(&mut Before::default(), line)
    }

    /// The same for a line that follows others.
    pub fn entries_after(self, before: &mut Before, line: &str) -> Vec<Entry> {
        let Ok(value) = serde_json::from_str::<Value>(line) else { return Vec::new() };
        let says = match self {
            Self::Claude => claude::says(&value),
            Self::Codex => codex::says(&value),
            Self::Gemini => gemini::says(&value),
            Self::Droid => droid::says(&value),
            Self::Opencode => opencode::says(&value, before),
        };
        let at = self.time_of(&value);
        says.into_iter().map(|says| Entry { at, says }).collect()
    }

    /// When a line was written.
    fn time_of(self, line: &Value) -> Option<Timestamp> {
        match self {
            Self::Opencode => opencode::at(line),
            _ => line.get("timestamp").and_then(Value::as_str).and_then(Timestamp::from_utc_text),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_line_breaks_it(line: String, like in r#"\{"type":"(user|assistant|event_msg|session_meta|response_item|message.updated.1)","(message|payload|tokens|data)":.{0,40}\}"#) {
            for format in [TranscriptFormat::Claude, TranscriptFormat::Codex, TranscriptFormat::Gemini, TranscriptFormat::Droid, TranscriptFormat::Opencode] {
                let _ = (format.entries(&line), format.entries(&like), format.spending(&line, "r"), format.spending(&like, "r"));
            }
        }
    }
}
