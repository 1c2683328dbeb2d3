//! git's things as the domain sees them: names, object ids, where a checkout stands.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

use crate::AbsPath;
use crate::RepositoryId;
use crate::edits::EditedFiles;

/// The full hexadecimal name of a git object (SHA-1 or SHA-256).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ObjectId(String);

/// The text is not a full object id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a full git object id")]
pub struct ParseObjectIdError(String);

impl ObjectId {
    /// Checks a full object id: 40 or 64 lower-case hexadecimal digits.
    ///
    /// # Errors
    /// [`ParseObjectIdError`] for anything else, abbreviations included.
    pub fn new(text: impl Into<String>) -> Result<Self, ParseObjectIdError> {
        let text = text.into();
        let hex = text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if hex && (text.len() == 40 || text.len() == 64) {
            Ok(Self(text))
        } else {
            Err(ParseObjectIdError(text))
        }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first ten digits, for people.
    pub fn short(&self) -> &str {
        &self.0[..10]
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for ObjectId {
    type Error = ParseObjectIdError;

    fn try_from(text: String) -> Result<Self, ParseObjectIdError> {
        Self::new(text)
    }
}

impl From<ObjectId> for String {
    fn from(id: ObjectId) -> String {
        id.0
    }
}

/// A branch's short name (without `refs/heads/`), valid by the rules of `git check-ref-format --branch`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BranchName(String);

/// Why a branch name was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{name}' is not a valid branch name: {reason}")]
pub struct BranchNameError {
    /// The name as given.
    pub name: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl BranchName {
    /// Checks a name by the rules of `git check-ref-format` (git 2.47) plus: no leading `-`, not `HEAD`.
    ///
    /// # Errors
    /// [`BranchNameError`] with the first rule that is broken.
    pub fn new(name: impl Into<String>) -> Result<Self, BranchNameError> {
        let name = name.into();
        match broken_rule(&name) {
            None => Ok(Self(name)),
            Some(reason) => Err(BranchNameError { name, reason }),
        }
    }

    /// The short name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The full ref name, `refs/heads/NAME`: never ambiguous with an object id or a tag.
    pub fn full_ref(&self) -> String {
        format!("refs/heads/{}", self.0)
    }
}

fn broken_rule(name: &str) -> Option<&'static str> {
    let forbidden =
        |c: char| c.is_ascii_control() || matches!(c, ' ' | '~' | '^' | ':' | '?' | '*' | '[' | '\\');
    let bad_component = |part: &str| part.starts_with('.') || part.to_ascii_lowercase().ends_with(".lock");
    match name {
        "" => Some("it is empty"),
        "@" | "HEAD" => Some("git reserves this name"),
        _ if name.len() > 200 => Some("it is longer than 200 bytes"),
        _ if name.starts_with('-') => Some("it starts with '-'"),
        _ if name.contains(forbidden) => {
            Some("it contains a space, a control character or one of ~ ^ : ? * [ \\")
        }
        _ if name.contains("..") => Some("it contains '..'"),
        _ if name.contains("@{") => Some("it contains '@{'"),
        _ if name.starts_with('/') || name.ends_with('/') || name.contains("//") => {
            Some("it has an empty part")
        }
        _ if name.ends_with('.') => Some("it ends with '.'"),
        _ if name.split('/').any(bad_component) => Some("a part of it starts with '.' or ends with '.lock'"),
        _ => None,
    }
}

impl fmt::Display for BranchName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for BranchName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl TryFrom<String> for BranchName {
    type Error = BranchNameError;

    fn try_from(text: String) -> Result<Self, BranchNameError> {
        Self::new(text)
    }
}

impl From<BranchName> for String {
    fn from(name: BranchName) -> String {
        name.0
    }
}

/// Where a checkout's HEAD points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Head {
    /// On a branch that has at least one commit.
    Branch {
        /// The branch.
        name: BranchName,
        /// Its tip.
        tip: ObjectId,
    },
    /// On no branch.
    Detached {
        /// The commit that is checked out.
        at: ObjectId,
    },
    /// On a branch without a commit yet.
    Unborn {
        /// The branch that the first commit will create.
        name: BranchName,
    },
}

impl Head {
    /// The commit that is checked out.
    pub const fn commit(&self) -> Option<&ObjectId> {
        match self {
            Self::Branch { tip, .. } => Some(tip),
            Self::Detached { at } => Some(at),
            Self::Unborn { .. } => None,
        }
    }
}

/// One repository, by the identity of its common directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repository {
    /// Derived from the canonical path of the common directory alone (see `owt-git`).
    pub id: RepositoryId,
    /// The canonical common directory (`git rev-parse --git-common-dir`, symlinks resolved).
    pub common_dir: AbsPath,
    /// The main worktree's root; for a bare repository the common directory itself.
    pub root: AbsPath,
    /// A short name for people: the last part of `root`, without `.git`. Not an identity.
    pub name: String,
    /// The linked worktree that stands in for the main one where the repository has none (it is bare, or its git folder
    /// lies elsewhere and does not say): the one that the caller stands in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stand_in: Option<AbsPath>,
}

impl Repository {
    /// The source checkout: what a workspace is given of the person's own (configuration, private files, caches)
    /// comes from there. The main worktree, or what stands in for it.
    pub fn source(&self) -> &AbsPath {
        self.stand_in.as_ref().unwrap_or(&self.root)
    }

    /// Where something is that lay in this repository, or beside it, now that the repository is at another place.
    pub fn moved_along(&self, path: &AbsPath, to: &Self) -> AbsPath {
        match path.starts_with(&self.common_dir) {
            true => path.carried(&self.common_dir, &to.common_dir),
            false => path.carried(&self.root, &to.root),
        }
    }
}

/// A branch of a remote, as it was last fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteBranch {
    /// The remote's name.
    pub remote: String,
    /// The whole name of the ref that follows it (`refs/remotes/origin/main`).
    pub tracking: String,
    /// Where it was.
    pub tip: ObjectId,
}

impl RemoteBranch {
    /// As a person writes it (`origin/main`).
    pub fn short(&self) -> &str {
        self.tracking.strip_prefix("refs/remotes/").unwrap_or(&self.tracking)
    }
}

/// The checkout that a caller stands in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkout {
    /// The repository it belongs to.
    pub repository: Repository,
    /// The worktree's root; `None` in a bare repository outside any worktree.
    pub worktree: Option<AbsPath>,
    /// Where HEAD points.
    pub head: Head,
}

/// What git says about a workspace now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorktreeFacts {
    /// The commit that is checked out; `None` while the branch is unborn.
    pub head: Option<ObjectId>,
    /// The branch that is checked out; `None` when HEAD is on none.
    pub branch: Option<BranchName>,
    /// Commits on the workspace's branch that its base does not have.
    pub ahead: u32,
    /// Commits on the base branch that the workspace's branch does not have.
    pub behind: u32,
    /// Files that differ from HEAD: staged, changed, or untracked and not ignored.
    pub dirty_files: u32,
    /// Files in which a merge has left conflicts, those before [`UNMERGED_SHOWN`]; bytes that are not UTF-8 are U+FFFD.
    pub unmerged: Vec<String>,
    /// How much its own work changes, committed or not; `None` where that could not be told.
    pub lines: Option<LinesChanged>,
    /// The files that git tracks and its own work changes; none where that could not be told.
    #[serde(default)]
    pub changed: EditedFiles,
    /// Files and whole folders that git does not know, and does not ignore.
    #[serde(default)]
    pub unknown: EditedFiles,
}

/// So many files in which a merge has left conflicts are named.
pub const UNMERGED_SHOWN: usize = 100;

/// Lines that differ, in files that git tracks and in new ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LinesChanged {
    /// That are there now.
    pub added: u32,
    /// That are there no more.
    pub removed: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_git_refuses_are_refused() {
        for name in [
            "", "@", "HEAD", "-x", "a b", "a..b", "a~", "a^b", "a:b", "a?", "a*", "a[", "a\\b", "a@{b", "/a",
            "a/", "a//b", "a.", ".a", "a/.b", "a.lock", "a.LOCK/b", "a\u{7f}", "a\n",
        ] {
            assert!(BranchName::new(name).is_err(), "{name:?} must be refused");
        }
    }

    #[test]
    fn names_that_git_accepts_are_accepted() {
        for name in ["main", "feat/add-login", "ünïcode/日本", "a.b", "b001", "fix/@home"] {
            assert!(BranchName::new(name).is_ok(), "{name:?} must be accepted");
        }
    }

    #[test]
    fn abbreviated_object_ids_are_refused() {
        assert!(ObjectId::new("abc123").is_err());
        assert!(ObjectId::new("A".repeat(40)).is_err());
        assert!(ObjectId::new("a".repeat(40)).is_ok());
    }
}
