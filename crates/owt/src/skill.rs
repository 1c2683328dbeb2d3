//! What an agent is given so that it can drive `owt` itself: a skill and slash commands for Claude Code, a hook that
//! tells it in a worktree where it is, and a block for a repository's AGENTS.md. Here is what they say, where they belong,
//! and when a file may be written: never over one that owt did not write, or that somebody changed since, but for the
//! one entry in the person's settings that is the hook.
//!
//! It must not know the command line, git or the server.

pub(crate) mod block;
pub(crate) mod disk;
mod json_text;
pub(crate) mod piece;
pub(crate) mod stamp;
pub(crate) mod start_hook;

pub(crate) use piece::PIECES;
pub(crate) use piece::Piece;
pub(crate) use stamp::Standing;
