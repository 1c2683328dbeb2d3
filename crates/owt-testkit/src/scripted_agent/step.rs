//! What the agent does with a prompt: steps, as data.
//!
//! It must not know how a step shows on a screen or in a stream.

use std::path::PathBuf;

use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;

/// Opens the steps that a prompt carries.
const OPEN: &str = "[[script:";

/// One thing to do. Paths are relative to the agent's folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Say this to the person.
    Say(String),
    /// Put these very characters on standard output, whatever is spoken there.
    Print(String),
    /// Put this many lines of 80 characters on standard output.
    Flood(u32),
    /// Work for so many milliseconds.
    PauseMs(u64),
    /// Work until interrupted.
    Stall,
    /// Wait until somebody writes into this named pipe.
    WaitFor(PathBuf),
    /// Write a file.
    Write {
        /// Which.
        path: PathBuf,
        /// All of its text.
        text: String,
    },
    /// Commit these paths.
    Commit {
        /// The message.
        message: String,
        /// What is added first.
        paths: Vec<PathBuf>,
    },
    /// Ask for permission to use a tool; a refusal ends the turn.
    Ask {
        /// The tool.
        tool: String,
        /// Its input.
        #[serde(default)]
        input: Value,
    },
    /// Use up tokens.
    Tokens {
        /// Read.
        input: u64,
        /// Written.
        output: u64,
    },
    /// Leave a process in a session of its own behind.
    Grandchild {
        /// How long it lives.
        seconds: u32,
        /// Where its process id is written.
        pid_file: PathBuf,
    },
    /// End the turn as failed, for this reason.
    Fail(String),
    /// Die.
    Crash(CrashKind),
    /// End with this code, in the middle of the turn.
    Exit(u8),
}

/// How to die.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CrashKind {
    /// By SIGABRT.
    Abort,
    /// By SIGKILL: nothing is cleaned up, the terminal stays as it is.
    Kill,
}

impl Step {
    /// The steps that a prompt carries, if any. Broken ones become a failed turn that says why.
    pub(super) fn in_prompt(prompt: &str) -> Option<Vec<Self>> {
        let rest = &prompt[prompt.rfind(OPEN)? + OPEN.len()..];
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Vec<Self>>();
        let parsed = values.next();
        let is_closed = rest[values.byte_offset()..].trim_start().starts_with("]]");
        Some(match parsed {
            Some(Ok(steps)) if is_closed => steps,
            Some(Err(error)) => vec![Self::Fail(format!("scripted agent: broken script: {error}"))],
            _ => vec![Self::Fail("scripted agent: broken script: no ]] at its end".to_owned())],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_carries_its_steps() {
        let text = r#"please [[script:["stall",{"say":"a ]] b"},{"crash":"kill"}]]] now"#;
        let steps = [Step::Stall, Step::Say("a ]] b".into()), Step::Crash(CrashKind::Kill)];
        assert_eq!(Step::in_prompt(text), Some(steps.to_vec()));
        assert_eq!(Step::in_prompt("no script"), None);
        assert!(matches!(Step::in_prompt("[[script:[{\"dance\":1}]]]").unwrap()[..], [Step::Fail(_)]));
        assert!(matches!(Step::in_prompt("[[script:[]").unwrap()[..], [Step::Fail(_)]));
    }
}
