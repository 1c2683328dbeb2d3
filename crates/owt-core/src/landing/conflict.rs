//! What two lines of work cannot agree on, as git tells it.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

/// One path that git cannot merge by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// The path below the root; bytes that are not UTF-8 are U+FFFD.
    pub path: String,
    /// What is wrong with it.
    pub kind: ConflictKind,
    /// Who has a version of it.
    pub sides: Sides,
}

/// Who has a version of a path.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sides {
    /// Their common ancestor (stage 1).
    pub base: bool,
    /// The target.
    pub target: bool,
    /// The branch that is to land.
    pub branch: bool,
}

/// Why git cannot merge a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConflictKind {
    /// Both changed the same lines.
    Content,
    /// Both changed it, and it is no text.
    Binary,
    /// Both made it.
    BothAdded,
    /// One changed it, the other took it away.
    ModifyDelete,
    /// A file or folder got another name on one side or on both.
    Rename,
    /// It is a file on one side and a folder on the other.
    FileFolder,
    /// It is of another type on each side (a file, a symbolic link, a submodule).
    Types,
    /// Both moved a submodule.
    Submodule,
    /// Something else.
    Other,
}

impl ConflictKind {
    /// What can be told from who has a version alone.
    pub const fn of_sides(sides: Sides) -> Self {
        match (sides.base, sides.target, sides.branch) {
            (true, true, true) => Self::Content,
            (false, true, true) => Self::BothAdded,
            (true, true, false) | (true, false, true) => Self::ModifyDelete,
            (false, ..) | (true, false, false) => Self::Rename,
        }
    }

    /// The word for it in records and on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Content => "content",
            Self::Binary => "binary",
            Self::BothAdded => "both_added",
            Self::ModifyDelete => "modify_delete",
            Self::Rename => "rename",
            Self::FileFolder => "file_folder",
            Self::Types => "types",
            Self::Submodule => "submodule",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for ConflictKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Content => "both changed it",
            Self::Binary => "both changed it, and it is no text",
            Self::BothAdded => "both made it",
            Self::ModifyDelete => "one changed it, the other deleted it",
            Self::Rename => "renamed",
            Self::FileFolder => "a file here, a folder there",
            Self::Types => "of another type on each side",
            Self::Submodule => "both moved the submodule",
            Self::Other => "git cannot merge it",
        })
    }
}
