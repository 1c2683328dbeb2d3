//! Whether the files that a repository names, or that lie in agents' folders, are more than can be meant.

use std::collections::BTreeMap;

use owt_core::AbsPath;
use owt_core::counting::counted;
use owt_ports::MOST_NAMED_BYTES;
use owt_ports::MOST_NAMED_FILES;
use owt_ports::Untracked;

const MEBIBYTE: u64 = 1024 * 1024;

/// Where the files come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    /// `.worktreeinclude` names them.
    Named,
    /// They lie in agents' folders.
    Agents,
}

impl Whose {
    fn told(self, how_much: &str, most: &str) -> String {
        match self {
            Self::Named => format!(
                ".worktreeinclude names {how_much}: none of them was copied; most are in {most}: name single files or \
                 smaller folders, or take folders out again with lines that begin with '!'"
            ),
            Self::Agents => format!(
                "the agents' own folders have {how_much}: none of them was copied; most are in {most}: name those that \
                 are needed in .worktreeinclude"
            ),
        }
    }
}

/// Why none of them is copied; `None` when they may be.
pub(crate) fn excess(source: &AbsPath, named: &[&Untracked], whose: Whose) -> Option<String> {
    let count = named.len();
    if count > MOST_NAMED_FILES {
        let how_many = |_: &&Untracked| 1;
        let most = heaviest(named, how_many, |files| counted(files, "file", "files"));
        return Some(whose.told(&format!("{count} files (at most {MOST_NAMED_FILES} are copied)"), &most));
    }
    let size = |file: &&Untracked| file.path.within(source).symlink_metadata().map_or(0, |meta| meta.len());
    let bytes: u64 = named.iter().map(size).sum();
    (bytes > MOST_NAMED_BYTES).then(|| {
        let most = heaviest(named, size, |bytes| format!("{} MiB", bytes / MEBIBYTE));
        let files = counted(count, "file", "files");
        let (bytes, limit) = (bytes / MEBIBYTE, MOST_NAMED_BYTES / MEBIBYTE);
        whose.told(&format!("{files} of {bytes} MiB together (at most {limit} MiB are copied)"), &most)
    })
}

/// The three topmost places that hold the most.
fn heaviest(
    named: &[&Untracked],
    weight: impl Fn(&&Untracked) -> u64,
    shown: impl Fn(u64) -> String,
) -> String {
    let mut places: BTreeMap<String, u64> = BTreeMap::new();
    for file in named {
        let top = file.path.parts().next().unwrap_or_default().to_string_lossy().into_owned();
        *places.entry(top).or_default() += weight(file);
    }
    let mut places: Vec<(String, u64)> = places.into_iter().collect();
    places.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let shown: Vec<String> =
        places.into_iter().take(3).map(|(place, weight)| format!("{place} ({})", shown(weight))).collect();
    shown.join(", ")
}
