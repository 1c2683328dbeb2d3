//! A piece of an agent's log.

use serde::Deserialize;
use serde::Serialize;

use crate::Problem;

/// A part of a log: one line of the answer of `POST /v1/workspaces/logs` (newline-delimited JSON).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum LogChunk {
    /// Readable text.
    Text {
        /// `output`, `error` or `event`.
        stream: String,
        /// The attempt's number.
        attempt: u32,
        /// The text, with its newline if it had one.
        text: String,
    },
    /// Bytes as printed, base64.
    Raw {
        /// `output` or `error`.
        stream: String,
        /// The attempt's number.
        attempt: u32,
        /// Base64 (RFC 4648 section 4).
        base64: String,
    },
    /// The attempt has ended: nothing more will come of it.
    End {
        /// The attempt's number.
        attempt: u32,
        /// How it ended.
        exit: Option<String>,
    },
    /// Reading failed after the first chunk: the log is incomplete.
    Broken {
        /// Why.
        problem: Problem,
    },
}
