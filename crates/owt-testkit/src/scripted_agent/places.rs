//! Where the agent finds its personality and leaves its record.

use std::ffi::OsStr;
use std::path::Path;
use std::path::PathBuf;

/// Names the personality's file.
const SCRIPT: &str = "SCRIPTED_AGENT_SCRIPT";

/// Names the record's file.
const RECEIVED: &str = "SCRIPTED_AGENT_RECEIVED";

/// The files of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Places {
    pub(super) script: PathBuf,
    pub(super) received: PathBuf,
}

impl Places {
    /// As the environment says, else beside the program, under the name it was started by.
    pub(super) fn of(program: &str) -> Self {
        let given = |name: &str| {
            #[expect(
                clippy::disallowed_methods,
                reason = "a stand-in has no configuration but its environment"
            )]
            let value = std::env::var_os(name);
            value.filter(|value| !value.is_empty()).map(PathBuf::from)
        };
        let beside = |end: &str| with_end(Path::new(program), end);
        Self {
            script: given(SCRIPT).unwrap_or_else(|| beside(".script.json")),
            received: given(RECEIVED).unwrap_or_else(|| beside(".received.jsonl")),
        }
    }
}

fn with_end(program: &Path, end: &str) -> PathBuf {
    let mut name = program.file_name().unwrap_or(OsStr::new("scripted-agent")).to_owned();
    name.push(end);
    program.with_file_name(name)
}
