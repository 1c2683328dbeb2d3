//! git's administrative entries of linked worktrees, `<common>/worktrees/<name>/`, read as files: git has no
//! question for "what is the entry of this path" that does not list and stat every worktree.
//! Layout: gitrepository-layout(5), "worktrees/" (git 2.5 and later; paths may be relative since 2.48).

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;

use owt_core::AbsPath;
use owt_core::vcs::BranchName;

/// What is in `locked` while a worktree is being made: git's own word (builtin/worktree.c, under `LC_ALL=C`) and
/// ours.
pub(crate) const BEING_MADE: &str = "initializing";

/// The administrative entry of one linked worktree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The entry's folder.
    pub(crate) dir: PathBuf,
    /// The worktree's root, as git noted it.
    pub(crate) worktree: PathBuf,
    /// Whether it is locked, and how.
    pub(crate) lock: Lock,
}

/// Whether a worktree is locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Lock {
    /// Not locked.
    None,
    /// `git worktree add` is at work, or died at it.
    BeingMade,
    /// Somebody locked it, for this reason (may be empty).
    Held(String),
}

/// The entry of the worktree at `path`, whether or not its folder is there.
pub(crate) fn entry_of(common_dir: &AbsPath, path: &AbsPath) -> Option<Entry> {
    let wanted = real(path.as_path());
    entries(common_dir).into_iter().find(|entry| real(&entry.worktree) == wanted)
}

/// All entries that can be read.
pub(crate) fn entries(common_dir: &AbsPath) -> Vec<Entry> {
    let Ok(folder) = fs::read_dir(common_dir.as_path().join("worktrees")) else { return Vec::new() };
    folder.flatten().filter_map(|entry| read(entry.path())).collect()
}

/// Reads the entry in `dir`.
pub(crate) fn read(dir: PathBuf) -> Option<Entry> {
    let gitdir = first_line(&dir.join("gitdir"))?;
    // Joining an absolute path replaces the first.
    let dot_git = dir.join(OsStr::from_bytes(&gitdir));
    let lock = match fs::read_to_string(dir.join("locked")) {
        Err(_) => Lock::None,
        Ok(reason) if reason.trim() == BEING_MADE => Lock::BeingMade,
        Ok(reason) => Lock::Held(reason.trim().to_owned()),
    };
    Some(Entry { worktree: dot_git.parent()?.to_owned(), dir, lock })
}

/// The branch that an entry's HEAD is on, read as a file; `None` in a repository that keeps refs otherwise.
pub(crate) fn branch_of(entry: &Entry) -> Option<BranchName> {
    let head = first_line(&entry.dir.join("HEAD"))?;
    let name = std::str::from_utf8(head.strip_prefix(b"ref: refs/heads/")?).ok()?;
    BranchName::new(name).ok()
}

/// The folder in which git keeps HEAD and index of the checkout at `path`, read from its `.git`.
pub(crate) fn git_dir_of(path: &AbsPath) -> io::Result<PathBuf> {
    let dot_git = path.as_path().join(".git");
    if dot_git.is_dir() {
        return Ok(dot_git);
    }
    let link = fs::read(&dot_git)?;
    let target = link.strip_prefix(b"gitdir: ").unwrap_or(&link).trim_ascii_end();
    Ok(path.as_path().join(OsStr::from_bytes(target)))
}

/// Takes the lock from the worktree at `path`, whose `.git` file leads to its entry.
pub(crate) fn unlock(path: &AbsPath) -> io::Result<()> {
    fs::remove_file(git_dir_of(path)?.join("locked"))
}

/// The worktree whose rebase or bisect will come back to `branch`, if there is one.
pub(crate) fn held_by_operation(common_dir: &AbsPath, branch: &BranchName) -> Option<AbsPath> {
    let linked = entries(common_dir).into_iter().map(|entry| (entry.dir, entry.worktree));
    let main = (common_dir.as_path().to_owned(), main_worktree(common_dir));
    let holder = linked.chain([main]).find(|(dir, _)| comes_back_to(dir, branch));
    holder.and_then(|(_, worktree)| AbsPath::new(worktree).ok())
}

/// Where the main worktree is, as far as the folder's name says it (gitrepository-layout(5)); else the folder itself.
fn main_worktree(common_dir: &AbsPath) -> PathBuf {
    let path = common_dir.as_path();
    let inside = path.parent().filter(|_| path.file_name().is_some_and(|name| name == ".git"));
    inside.unwrap_or(path).to_owned()
}

fn comes_back_to(git_dir: &Path, branch: &BranchName) -> bool {
    let full = branch.full_ref();
    let names = |file: &str, wanted: &str| {
        first_line(&git_dir.join(file)).is_some_and(|line| line == wanted.as_bytes())
    };
    names("rebase-merge/head-name", &full)
        || names("rebase-apply/head-name", &full)
        // A bisect notes the short name.
        || names("BISECT_START", branch.as_str())
}

/// A path with symlinks resolved, as far as it exists.
pub(crate) fn real(path: &Path) -> PathBuf {
    if let Ok(real) = fs::canonicalize(path) {
        return real;
    }
    match (path.parent(), path.components().next_back()) {
        (Some(parent), Some(Component::Normal(name))) => real(parent).join(name),
        (Some(parent), Some(Component::ParentDir)) => {
            let mut folder = real(parent);
            folder.pop();
            folder
        }
        _ => path.to_owned(),
    }
}

fn first_line(path: &Path) -> Option<Vec<u8>> {
    let bytes = fs::read(path).ok()?;
    bytes.split(|&byte| byte == b'\n').next().filter(|line| !line.is_empty()).map(<[u8]>::to_vec)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(gitdir: &str, locked: Option<&str>) -> (tempfile::TempDir, Option<Entry>) {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("worktrees/x");
        fs::create_dir_all(&dir).unwrap();
        fs::write(dir.join("gitdir"), gitdir).unwrap();
        if let Some(reason) = locked {
            fs::write(dir.join("locked"), reason).unwrap();
        }
        let read = read(dir);
        (home, read)
    }

    #[test]
    fn absolute_and_relative_links_are_read() {
        let (_home, absolute) = entry("/w/x/.git\n", None);
        assert_eq!(absolute.unwrap().worktree, Path::new("/w/x"));
        let (home, relative) = entry("../gone/../w/.git\n", None);
        // Neither the worktree nor a folder above it need be there.
        assert_eq!(real(&relative.unwrap().worktree), real(home.path()).join("worktrees/w"));
    }

    #[test]
    fn a_lock_of_somebody_differs_from_one_of_worktree_add() {
        let lock = |text| entry("/w/x/.git\n", text).1.unwrap().lock;
        assert_eq!(lock(None), Lock::None);
        assert_eq!(lock(Some("initializing\n")), Lock::BeingMade);
        assert_eq!(lock(Some("on a stick")), Lock::Held("on a stick".to_owned()));
        assert_eq!(lock(Some("")), Lock::Held(String::new()));
    }

    #[test]
    fn an_entry_without_a_link_is_none() {
        assert_eq!(entry("", None).1, None);
    }
}
