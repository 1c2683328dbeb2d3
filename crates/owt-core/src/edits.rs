//! Files that an agent says it has changed with its own tools: a set, so that hearing of the same edit again, in a stream
//! or a record that is read once more, adds nothing. What a shell command of its changes is not among them.

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;
use serde::Serialize;

use crate::path::AbsPath;

/// So many files of one attempt are named.
pub const MOST_EDITED: usize = 200;

/// The longest path that is kept, in bytes: the system takes no longer ones.
const LONGEST: usize = 4096;

/// A file as its workspace sees it: its path below the workspace's folder, or the absolute one of a file elsewhere. It
/// stands in no need of being there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EditedFile(String);

impl EditedFile {
    /// What an agent that works in `workspace` means by this path; `None` where that can be no file.
    pub fn seen_from(workspace: &AbsPath, told: &str) -> Option<Self> {
        if told.is_empty() || told.len() > LONGEST || told.contains('\0') || told.ends_with('/') {
            return None;
        }
        let whole = match told.strip_prefix('/') {
            Some(_) => cleaned(told),
            None => cleaned(&format!("{workspace}/{told}")),
        };
        let folder = cleaned(workspace.as_str());
        if whole == folder {
            return None;
        }
        let below =
            whole.strip_prefix(folder.trim_end_matches('/')).and_then(|below| below.strip_prefix('/'));
        Some(Self(below.unwrap_or(&whole).to_owned()))
    }

    /// The file that git names so, from the root of the worktree that is the workspace. A folder of new files that it names
    /// whole ends with `/`.
    pub fn named_by_git(path: &str) -> Self {
        Self(path.to_owned())
    }

    /// The path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EditedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An absolute path without `.`, `..` and empty parts. By its words alone: nobody looks where links lead.
fn cleaned(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// The files that an attempt has changed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct EditedFiles {
    files: BTreeSet<EditedFile>,
    /// Whether there were more than are named.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    more: bool,
}

impl EditedFiles {
    /// Whether none was changed.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Whether there were more than are named.
    pub const fn has_more(&self) -> bool {
        self.more
    }

    /// Those that are named, by their names.
    pub fn named(&self) -> impl Iterator<Item = &EditedFile> {
        self.files.iter()
    }

    /// Whether the record says less than it would with these.
    pub fn says_less_without(&self, files: &[EditedFile]) -> bool {
        let is_full = self.files.len() >= MOST_EDITED;
        files.iter().any(|file| !self.files.contains(file)) && !(is_full && self.more)
    }

    /// Takes these in.
    pub fn take_in(&mut self, files: &[EditedFile]) {
        files.iter().for_each(|file| self.take_in_one(file.clone()));
    }

    /// All that are in either.
    #[must_use]
    pub fn and(&self, others: &Self) -> Self {
        let mut all = self.clone();
        others.named().for_each(|file| all.take_in_one(file.clone()));
        all.more |= others.more;
        all
    }

    fn take_in_one(&mut self, file: EditedFile) {
        match self.files.len() {
            _ if self.files.contains(&file) => {}
            ..MOST_EDITED => {
                self.files.insert(file);
            }
            _ => self.more = true,
        }
    }
}

impl FromIterator<EditedFile> for EditedFiles {
    fn from_iter<I: IntoIterator<Item = EditedFile>>(files: I) -> Self {
        let mut all = Self::default();
        files.into_iter().for_each(|file| all.take_in_one(file));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(told: &str) -> Option<String> {
        let workspace = AbsPath::new("/w/app").expect("it is absolute");
        EditedFile::seen_from(&workspace, told).map(|file| file.0)
    }

    #[test]
    fn a_path_is_told_from_the_workspace_and_whole_where_it_leads_out() {
        for (told, seen) in [
            ("a.txt", Some("a.txt")),
            ("./src//a.rs", Some("src/a.rs")),
            ("/w/app/src/a.rs", Some("src/a.rs")),
            ("/w/app/../app/a b.rs", Some("a b.rs")),
            ("/w/application/a.rs", Some("/w/application/a.rs")),
            ("../other/a.rs", Some("/w/other/a.rs")),
            ("../../../../etc/passwd", Some("/etc/passwd")),
            ("", None),
            (".", None),
            ("/w/app", None),
            ("src/", None),
            ("a\0b", None),
        ] {
            assert_eq!(file(told).as_deref(), seen, "{told:?}");
        }
        assert_eq!(file(&"x".repeat(LONGEST + 1)), None);
    }

    #[test]
    fn the_same_again_adds_nothing_and_too_many_leave_a_mark() {
        let named = |number: usize| EditedFile(format!("{number}"));
        let all: Vec<EditedFile> = (0..MOST_EDITED).map(named).collect();
        let mut edited = EditedFiles::default();
        edited.take_in(&all);
        let before = edited.clone();
        assert!(!edited.says_less_without(&all));
        edited.take_in(&all);
        assert_eq!(edited, before);
        assert!(edited.says_less_without(&[named(MOST_EDITED)]));
        edited.take_in(&[named(MOST_EDITED)]);
        assert_eq!((edited.named().count(), edited.has_more()), (MOST_EDITED, true));
        assert!(!edited.says_less_without(&[named(MOST_EDITED + 1)]), "the mark stands there already");
    }
}
