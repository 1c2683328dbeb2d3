//! The conflict radar: which lines of work would not merge with one another, told before anybody merges. What stands
//! where and how two things merge is told to it; it knows which pairs have to be asked for and which are known.

mod board;
mod told;

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

use crate::landing::Conflict;
use crate::vcs::ObjectId;

pub use board::Board;
pub use told::ConflictsTold;

/// What stands in a worktree or on a branch.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Standing {
    /// The commit that is checked out.
    pub head: ObjectId,
    /// The same with the work that is not committed: a commit that only whoever made it can read. Without any: `head`.
    pub state: ObjectId,
}

impl Standing {
    /// Nothing but what is committed.
    pub fn committed(head: ObjectId) -> Self {
        Self { state: head.clone(), head }
    }
}

/// Two that may meet: the first is what `a` means in what follows, or the target.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Meeting {
    /// The one.
    pub a: Standing,
    /// The other.
    pub b: Standing,
}

/// How two lines of work go together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// git merges them by itself.
    Clean,
    /// It does not.
    Conflicts(Vec<Clash>),
    /// They have no commit in common.
    Unrelated,
    /// It could not be found out.
    Unknown {
        /// Why, in the words of git.
        why: String,
    },
}

/// One path that two lines of work cannot agree on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clash {
    /// The path and what is wrong with it; `a` is on the target's side of it.
    pub conflict: Conflict,
    /// The lines that both changed, where both changed lines of one text.
    pub lines: Vec<Overlap>,
}

/// Lines that both changed, by the numbers that they have on each side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overlap {
    /// As `a` has them.
    pub a: LineRange,
    /// As `b` has them.
    pub b: LineRange,
}

/// Some lines of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineRange {
    /// The first, counted from 1; of no lines: the line behind which some were taken away, 0 for the beginning.
    pub first: u32,
    /// How many.
    pub count: u32,
}

impl fmt::Display for LineRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.count {
            0 => write!(f, "{}+", self.first),
            1 => write!(f, "{}", self.first),
            count => write!(f, "{}-{}", self.first, self.first.saturating_add(count - 1)),
        }
    }
}
