//! The files of a repository that a worktree's facts are read from: its own git folder (HEAD, index), and in the
//! common folder its branch, its base branch and what holds for all. Layout: gitrepository-layout(5), git 2.5 and
//! later; refs in files or in tables.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::path::PathBuf;

use owt_core::AbsPath;
use owt_core::vcs::Repository;
use owt_ports::Found;
use owt_ports::Outlook;

use super::place;
use super::post::Post;
use super::post::Refused;
use super::queue::WatchId;
use super::table::Part;
use super::table::Watcher;

const OWN: &[Part] = &[Part::Own];
const BASE: &[Part] = &[Part::Base];
const BOTH: &[Part] = &[Part::Own, Part::Base];

/// Entries of the common folder that hold for every worktree: refs, and what cuts or replaces history. Its
/// configuration is watched with the rest of what git is told ([`super::settings`]).
const FOR_ALL: &[&str] = &["packed-refs", "shallow", "info", "refs", "reftable"];

/// Folders in the common folder, all entries of which count.
const FOLDERS_FOR_ALL: &[&str] = &["info", "refs/replace", "reftable"];

/// Folders in a worktree's own git folder, all entries of which count.
const OWN_FOLDERS: &[&str] = &["info", "reftable"];

/// Where a worktree's repository lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Standpoint {
    /// The worktree's own git folder.
    pub(super) git_dir: PathBuf,
    /// The repository's common folder; the same in a main worktree.
    pub(super) common_dir: PathBuf,
}

impl Standpoint {
    /// Follows the worktree's `.git`, without asking git.
    pub(super) fn of(worktree: &Path) -> Result<Self, Refused> {
        Self::follow(worktree)?.ok_or(Refused::Unfit)
    }

    /// `None`: the file is no link of git's.
    fn follow(worktree: &Path) -> io::Result<Option<Self>> {
        let dot_git = worktree.join(".git");
        let git_dir = if fs::symlink_metadata(&dot_git)?.is_dir() {
            dot_git
        } else {
            let link = fs::read(&dot_git)?;
            let Some(target) = link.strip_prefix(b"gitdir: ") else { return Ok(None) };
            worktree.join(OsStr::from_bytes(target.trim_ascii_end()))
        };
        let git_dir = fs::canonicalize(git_dir)?;
        let common_dir = match fs::read(git_dir.join("commondir")) {
            Ok(link) => fs::canonicalize(git_dir.join(OsStr::from_bytes(link.trim_ascii_end())))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => git_dir.clone(),
            Err(error) => return Err(error),
        };
        Ok(Some(Self { git_dir, common_dir }))
    }

    /// Refuses what lies where changes can come unnoticed.
    pub(super) fn require_local(&self, worktree: &Path) -> Result<(), Refused> {
        [worktree, &self.git_dir, &self.common_dir].into_iter().try_for_each(place::require_local)
    }

    /// States a watcher's interests in all these files, from HEAD as it is once HEAD is watched. Answers the watches
    /// that it has for itself.
    pub(super) fn watch(
        &self,
        post: &mut Post,
        watcher: Watcher,
        outlook: &Outlook,
    ) -> Result<Vec<WatchId>, Refused> {
        let mut own = Vec::new();
        if self.git_dir == self.common_dir {
            // Other worktrees watch here, too.
            require(post.watch_folder(watcher, BOTH, &self.git_dir, None)?)?;
        } else {
            own.push(post.watch_once(watcher, &self.git_dir)?);
            for name in FOR_ALL {
                require(post.watch_folder(watcher, BOTH, &self.common_dir, Some(OsStr::new(name)))?)?;
            }
            for name in OWN_FOLDERS.iter().map(|name| self.git_dir.join(name)).filter(|path| path.is_dir()) {
                own.push(post.watch_once(watcher, &name)?);
            }
        }
        for name in FOLDERS_FOR_ALL {
            post.watch_folder(watcher, BOTH, &self.common_dir.join(name), None)?;
        }
        // Refs in tables are all in the folders that are watched by now; HEAD is a dummy then.
        if self.common_dir.join("reftable").is_dir() {
            return Ok(own);
        }
        post.watch_folder(watcher, BOTH, &self.common_dir.join("refs"), Some(OsStr::new("replace")))?;
        if let Some(name) = self.ref_of_head()? {
            self.watch_ref(post, watcher, OWN, &name)?;
        }
        if let Some(branch) = &outlook.base_branch {
            self.watch_ref(post, watcher, BASE, &branch.full_ref())?;
        }
        Ok(own)
    }

    /// The ref that HEAD is on; `None` when it is on none.
    fn ref_of_head(&self) -> Result<Option<String>, Refused> {
        let head = self.git_dir.join("HEAD");
        if !fs::symlink_metadata(&head)?.is_file() {
            return Err(Refused::Unfit);
        }
        let text = fs::read(head)?;
        let Some(name) = text.strip_prefix(b"ref: ") else { return Ok(None) };
        let name = std::str::from_utf8(name.trim_ascii_end()).map_err(|_| Refused::Unfit)?;
        let plain = name.split('/').all(|part| !matches!(part, "" | "." | ".."));
        if plain && name.starts_with("refs/") { Ok(Some(name.to_owned())) } else { Err(Refused::Unfit) }
    }

    /// Watches a ref in every folder on its way that is there; the last of them tells when the next one appears.
    fn watch_ref(
        &self,
        post: &mut Post,
        watcher: Watcher,
        parts: &[Part],
        name: &str,
    ) -> Result<(), Refused> {
        let mut path = self.common_dir.clone();
        for part in name.split('/') {
            let there = post.watch_folder(watcher, parts, &path, Some(OsStr::new(part)))?;
            path.push(part);
            if !there {
                return Ok(());
            }
        }
        match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            // A ref that points on to another one moves with it.
            Ok(meta) if meta.is_file() && !fs::read(&path)?.starts_with(b"ref:") => Ok(()),
            // A folder of that name: refs below it, none here.
            Ok(meta) if meta.is_dir() => Ok(()),
            _ => Err(Refused::Unfit),
        }
    }
}

/// What lies at a workspace's place; see [`owt_ports::Lookout::find`].
pub(super) fn find(repository: Option<&Repository>, folder: &AbsPath) -> Found {
    let common_dir = repository.map(|repository| fs::canonicalize(repository.common_dir.as_path()));
    if matches!(&common_dir, Some(Err(error)) if is_missing(error)) {
        return Found::NoRepository;
    }
    match fs::metadata(folder.as_path()) {
        Ok(meta) if meta.is_dir() => {}
        Err(error) if !is_missing(&error) => return Found::Folder,
        _ => return Found::Nothing,
    }
    let Some(Ok(common_dir)) = common_dir else { return Found::Folder };
    match Standpoint::follow(folder.as_path()) {
        Ok(Some(standpoint)) if standpoint.common_dir == common_dir => Found::Folder,
        Err(error) if !is_missing(&error) => Found::Folder,
        _ => Found::Another,
    }
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn require(there: bool) -> Result<(), Refused> {
    if there { Ok(()) } else { Err(Refused::Unfit) }
}
