//! Where trashed worktrees lie and what is written beside them. One trashed worktree is two folders: its tree on
//! the filesystem it was on, and git's administrative entry (HEAD, index, reflog, submodules) in the repository.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::path::PathBuf;
use std::time::UNIX_EPOCH;

use owt_core::AbsPath;
use owt_core::SnapshotId;
use owt_core::Timestamp;
use owt_ports::GitError;
use owt_ports::TrashOwner;
use owt_ports::Trashed;

use crate::GitCli;
use crate::administration;
use crate::failure;
use crate::marker;
use crate::private_file;

/// Folder of trashed trees beside worktrees that lie outside any checkout.
const BESIDE: &str = ".owt-trash";

/// Folder in the repository: for administrative entries, and for trees of worktrees that lie inside a checkout.
const INSIDE: &str = "owt-trash";

/// The file that describes a trashed worktree.
const RECORD: &str = "record";

/// The file in the repository's own folder that says where the tree lies.
const PLACE: &str = "place";

/// What is known of a trashed worktree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) id: SnapshotId,
    pub(crate) common_dir: AbsPath,
    /// Where it was.
    pub(crate) path: AbsPath,
    /// The name of its administrative entry.
    pub(crate) entry: String,
    /// The home that put it there; older records have none.
    pub(crate) home: Option<u128>,
}

impl Record {
    fn to_text(&self) -> String {
        let Self { id, common_dir, path, entry, home } = self;
        let home = home.map(|home| format!("home={home:032x}\n")).unwrap_or_default();
        format!("id={id}\nrepository={common_dir}\npath={path}\nentry={entry}\n{home}")
    }

    fn parse(text: &str) -> Option<Self> {
        let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        let entry = value("entry").filter(|name| !name.is_empty() && !name.contains('/'))?;
        Some(Self {
            id: value("id")?.parse().ok()?,
            common_dir: AbsPath::new(value("repository")?).ok()?,
            path: AbsPath::new(value("path")?).ok()?,
            entry: entry.to_owned(),
            home: value("home").and_then(|home| u128::from_str_radix(home, 16).ok()),
        })
    }

    /// Reads the record of the worktree that was trashed to this folder.
    pub(crate) fn read(trashed: &AbsPath) -> Result<Option<Self>, GitError> {
        let file = trashed.as_path().join(RECORD);
        match fs::read_to_string(&file) {
            Ok(text) => match Self::parse(&text) {
                Some(record) => Ok(Some(record)),
                None => Err(GitError::Failed {
                    operation: "trash".to_owned(),
                    message: format!("{} is not a record of ours", file.display()),
                }),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failure::of_file(&error, "trash", &file)),
        }
    }

    /// Writes it beside the tree.
    pub(crate) fn write(&self, trashed: &AbsPath) -> Result<(), GitError> {
        let file = trashed.as_path().join(RECORD);
        private_file::make_folder(trashed.as_path())
            .and_then(|()| private_file::write(&file, self.to_text().as_bytes()))
            .map_err(|error| failure::of_file(&error, "trash", &file))
    }

    /// The worktree that the repository's own folder for it describes: its record lies there, or where its tree is.
    /// `None` for what is being made or removed just now.
    fn of_kept(common_dir: &AbsPath, id: SnapshotId) -> Result<Option<(Self, AbsPath)>, GitError> {
        let kept = kept_folder(common_dir, id);
        let inside = Self::read(&kept)?.map(|record| (record, kept.clone()));
        if inside.is_some() {
            return Ok(inside);
        }
        let noted = fs::read_to_string(kept.as_path().join(PLACE)).ok();
        let places = match noted.and_then(|text| AbsPath::new(text.trim_end_matches('\n')).ok()) {
            Some(place) => vec![place],
            // Trashed before places were noted: the entry says where it was.
            None => {
                let entry = administration::read(kept.as_path().join("entry"));
                let path = entry.and_then(|entry| AbsPath::new(entry.worktree).ok());
                path.map_or_else(Vec::new, |path| candidates(common_dir, &path, id))
            }
        };
        for trashed in places {
            if let Some(record) = Self::read(&trashed)? {
                return Ok(Some((record, trashed)));
            }
        }
        Ok(None)
    }

    fn owner(&self, client: &GitCli) -> TrashOwner {
        match self.home {
            Some(home) if home == marker::home(client) => TrashOwner::ThisHome,
            Some(_) => TrashOwner::AnotherHome,
            None => TrashOwner::NotNoted,
        }
    }

    /// Notes in the repository where the tree lies, for whoever looks at its trash.
    pub(crate) fn point_to(&self, trashed: &AbsPath) -> Result<(), GitError> {
        let file = kept_folder(&self.common_dir, self.id).as_path().join(PLACE);
        private_file::write(&file, format!("{trashed}\n").as_bytes())
            .map_err(|error| failure::of_file(&error, "trash", &file))
    }

    /// The administrative entry where git has it.
    pub(crate) fn live_entry(&self) -> PathBuf {
        self.common_dir.as_path().join("worktrees").join(&self.entry)
    }

    /// The administrative entry in the trash.
    pub(crate) fn kept_entry(&self) -> PathBuf {
        kept_folder(&self.common_dir, self.id).as_path().join("entry")
    }

    /// The ref that keeps the worktree's HEAD from being collected.
    pub(crate) fn full_ref(&self) -> String {
        format!("refs/owt/trash/{}", self.id)
    }
}

/// The trashed worktrees of a repository, oldest first. One whose record cannot be read is passed over: what is not
/// known to be ours is not listed as such.
pub(crate) fn list(client: &GitCli, common_dir: &AbsPath) -> Result<Vec<Trashed>, GitError> {
    let folder = common_dir.join(INSIDE);
    let entries = match fs::read_dir(folder.as_path()) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(|error| failure::of_file(&error, "trash", folder.as_path()))?,
    };
    let mut found = Vec::new();
    for entry in entries.flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let Ok(Some((record, at))) = Record::of_kept(common_dir, id) else { continue };
        if record.common_dir == *common_dir
            && let Some(since) = written(&at)
        {
            let owner = record.owner(client);
            found.push(Trashed { id, at, path: record.path, since, owner });
        }
    }
    found.sort_by_key(|trashed| (trashed.since, trashed.id));
    Ok(found)
}

/// When the record in a trash folder was written: before the worktree was moved there.
fn written(trashed: &AbsPath) -> Option<Timestamp> {
    let modified = trashed.as_path().join(RECORD).metadata().ok()?.modified().ok()?;
    let since = modified.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_millis()).ok().map(Timestamp::from_millis)
}

/// What is left to remove of a tree that has expired: it has another name, so that nobody brings it back by halves.
pub(crate) fn expired_tree(trashed: &AbsPath) -> PathBuf {
    trashed.as_path().join("expired")
}

/// The worktree's tree inside its trash folder.
pub(crate) fn tree(trashed: &AbsPath) -> PathBuf {
    trashed.as_path().join("tree")
}

/// The repository's own folder for a trashed worktree.
pub(crate) fn kept_folder(common_dir: &AbsPath, id: SnapshotId) -> AbsPath {
    common_dir.join(INSIDE).join(&id.to_string())
}

/// The folders that a worktree at `path` may be trashed to, best first: beside it, unless that is inside a
/// checkout (where it would show as untracked); else in the repository; else outside that checkout.
pub(crate) fn candidates(common_dir: &AbsPath, path: &AbsPath, id: SnapshotId) -> Vec<AbsPath> {
    let beside = |folder: &AbsPath| folder.join(BESIDE).join(&id.to_string());
    let outside = first_outside(path);
    let mut found = Vec::new();
    if outside == path.parent() {
        found.extend(outside.as_ref().map(beside));
    }
    found.push(kept_folder(common_dir, id));
    found.extend(outside.as_ref().map(beside));
    found
}

/// The nearest folder above `path` that is in no checkout.
fn first_outside(path: &AbsPath) -> Option<AbsPath> {
    let mut folder = path.parent()?;
    let mut outside = Some(folder.clone());
    loop {
        let above = folder.parent();
        if folder.as_path().join(".git").symlink_metadata().is_ok() {
            outside.clone_from(&above);
        }
        match above {
            Some(next) => folder = next,
            None => return outside,
        }
    }
}

/// The first of the candidates on the filesystem that holds `path`.
pub(crate) fn on_same_filesystem(candidates: Vec<AbsPath>, path: &Path) -> Result<AbsPath, GitError> {
    let device = path.metadata().map_err(|error| failure::of_file(&error, "trash", path))?.dev();
    let fits = |candidate: &AbsPath| {
        let existing = candidate.as_path().ancestors().skip(1).find(|folder| folder.exists());
        existing.and_then(|folder| folder.metadata().ok()).is_some_and(|meta| meta.dev() == device)
    };
    candidates.into_iter().find(fits).ok_or_else(|| GitError::Failed {
        operation: "trash".to_owned(),
        message: format!("no folder for trash on the filesystem of {}", path.display()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn abs(path: &Path) -> AbsPath {
        AbsPath::new(path).unwrap()
    }

    #[test]
    fn a_record_is_read_back() {
        for home in [None, Some(7)] {
            let record = Record {
                id: SnapshotId::from_bits(7),
                common_dir: AbsPath::new("/r/.git").unwrap(),
                path: AbsPath::new("/w/a = b").unwrap(),
                entry: "a = b".to_owned(),
                home,
            };
            assert_eq!(Record::parse(&record.to_text()), Some(record));
        }
        assert_eq!(Record::parse("id=x"), None);
    }

    #[test]
    fn trash_lies_beside_the_worktree_and_never_inside_a_checkout() {
        let home = tempfile::tempdir().unwrap();
        let id = SnapshotId::from_bits(1);
        let common = abs(&home.path().join("repo/.git"));
        fs::create_dir_all(common.as_path()).unwrap();
        fs::create_dir_all(home.path().join("work")).unwrap();
        let beside = candidates(&common, &abs(&home.path().join("work/x")), id);
        assert_eq!(beside[0], abs(&home.path().join(format!("work/.owt-trash/{id}"))));
        let inside = candidates(&common, &abs(&home.path().join("repo/.worktrees/x")), id);
        assert_eq!(inside[0], kept_folder(&common, id));
        assert_eq!(inside[1], abs(&home.path().join(format!(".owt-trash/{id}"))));
    }
}
