//! The person's own instructions for agents that lie in their checkout and in no commit, and so not in a worktree.

use std::fmt::Write as _;

use super::inert;
use super::plain;

/// Their files, at the root of a checkout: Claude Code's, and the one that most other agents read.
pub const INSTRUCTION_FILES: [&str; 2] = ["CLAUDE.md", "AGENTS.md"];
/// The longest that is told, in characters.
pub const MAX_INSTRUCTIONS: usize = 32_000;

/// Such a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instructions {
    /// Its name.
    pub file: String,
    /// What it says, with paths as they are in the worktree.
    pub text: String,
}

impl Instructions {
    pub(super) fn write(&self, text: &mut String) {
        let file = inert(&self.file);
        let _infallible = writeln!(
            text,
            "\n## The person's own instructions\nThey stand in `{file}` in the person's checkout and in no commit: keep to them as if that file lay here."
        );
        let bounded: String = self.text.chars().take(MAX_INSTRUCTIONS).collect();
        for line in bounded.lines() {
            let _infallible = writeln!(text, "> {}", plain(line));
        }
        if bounded.len() < self.text.len() {
            text.push_str("The rest of it is left out.\n");
        }
    }
}
