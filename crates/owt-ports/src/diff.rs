//! What a workspace changed: the question to git and the parts of its answer.

use owt_core::AbsPath;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_core::vcs::Repository;

/// What is compared with where it began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffQuestion {
    /// The repository.
    pub repository: Repository,
    /// What is looked at.
    pub side: DiffSide,
    /// The commit that the work began at.
    pub base: ObjectId,
    /// The branch that it began from: where that still exists, what is compared with is the newest commit that both
    /// have, so that what came in from there does not count as changed here.
    pub base_branch: Option<BranchName>,
    /// Where what that branch follows is: what came in from there does not count either.
    pub base_upstream: Option<ObjectId>,
}

/// What is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiffSide {
    /// A checkout as it lies there: committed, uncommitted, and new files that are not ignored.
    Worktree(AbsPath),
    /// A commit.
    Commit(ObjectId),
}

/// How the answer is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiffForm {
    /// As git prints it (git-diff(1), "Generating patch text with -p"), without colours.
    Patch,
    /// The same with what is in binary files (git-diff(1), `--binary`): what `git apply` takes, whatever there is in it.
    Whole,
    /// File by file, with counts of lines.
    Files,
    /// The same patch without lines around what differs, and with what is in binary files: what nothing in the
    /// repository can hide (`-diff`, `binary` in its attributes).
    Bare,
}

/// A part of the answer, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiffPart {
    /// The first part, and there always: the commit that is compared with, and folders that no diff can show because
    /// they are repositories of their own which git does not track.
    Against {
        /// The commit.
        commit: ObjectId,
        /// The folders, relative to the checkout.
        left_out: Vec<String>,
    },
    /// The next bytes of the patch.
    Patch(Vec<u8>),
    /// The next file, in git's order.
    File(ChangedFile),
}

/// How a file differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// Its content or mode differs.
    Modified,
    /// It is gone.
    Deleted,
    /// It has another name, and perhaps other content.
    Renamed,
    /// It is a copy of another file.
    Copied,
    /// It is another kind of thing: a symlink, a submodule.
    TypeChanged,
}

/// One file that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedFile {
    /// Its path; bytes that are not UTF-8 are U+FFFD.
    pub path: String,
    /// The path that it had, when it was renamed or copied.
    pub old_path: Option<String>,
    /// How it differs.
    pub kind: ChangeKind,
    /// Whether it was a file before and became a program, or the other way round.
    pub changes_mode: bool,
    /// Lines added and removed; `None` where the content is binary.
    pub lines: Option<(u64, u64)>,
}

/// Takes the parts; `false` when it wants no more.
pub type DiffSink<'a> = &'a mut dyn FnMut(DiffPart) -> bool;

/// Takes the parts one after the other, each with the commit that it is of; `false`: no more.
pub type StepSink<'a> = &'a mut dyn FnMut(&ObjectId, DiffPart) -> bool;
