//! The person's own instructions for agents that lie in their checkout and in no commit, and so not in a worktree.

use std::fmt::Write as _;

use super::inert;
use super::plain;

/// Files that every agent is told of, at the root of a checkout: Claude Code's, and the one that most others read.
pub const INSTRUCTION_FILES: [&str; 2] = ["CLAUDE.md", "AGENTS.md"];
/// The longest that is told of all of them together, in characters.
pub const MAX_INSTRUCTIONS: usize = 32_000;
/// The most files that are told.
pub const MAX_INSTRUCTION_FILES: usize = 20;

/// Such a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instructions {
    /// Its name.
    pub file: String,
    /// What it says, with paths as they are in the worktree.
    pub text: String,
}

/// Writes them until there is no more room; each says so where its rest is left out.
pub(super) fn write_all(all: &[Instructions], text: &mut String) {
    let mut room = MAX_INSTRUCTIONS;
    for own in all.iter().take(MAX_INSTRUCTION_FILES) {
        room -= own.write(room, text);
    }
}

impl Instructions {
    /// How many characters of it were written.
    fn write(&self, room: usize, text: &mut String) -> usize {
        let file = inert(&self.file);
        let _infallible = writeln!(
            text,
            "\n## The person's own instructions\nThey stand in `{file}` in the person's checkout and in no commit: keep to them as if that file lay here."
        );
        let bounded: String = self.text.chars().take(room).collect();
        for line in bounded.lines() {
            let _infallible = writeln!(text, "> {}", plain(line));
        }
        if bounded.len() < self.text.len() {
            text.push_str("The rest of it is left out.\n");
        }
        bounded.chars().count()
    }
}
