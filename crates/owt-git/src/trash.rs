//! Moving a worktree into the trash and out of git's sight. Two renames; a record written first makes every
//! point between them a place to go on from. Only this worktree's entry is touched: `git worktree prune` would
//! forget other people's missing worktrees too.

use std::fs;
use std::path::Path;

use owt_core::AbsPath;
use owt_core::SnapshotId;
use owt_core::vcs::ObjectId;
use owt_core::vcs::Repository;
use owt_ports::GitError;

use crate::GitCli;
use crate::administration;
use crate::administration::Entry;
use crate::administration::Lock;
use crate::call::Call;
use crate::call::WRITE;
use crate::failure;
use crate::location;
use crate::marker;
use crate::nested;
use crate::private_file;
use crate::trash_record;
use crate::trash_record::Record;

/// Trashes a worktree; see [`owt_ports::Git::trash_worktree`].
pub(crate) fn trash(
    client: &GitCli,
    repository: &Repository,
    path: &AbsPath,
    id: SnapshotId,
) -> Result<Option<AbsPath>, GitError> {
    let candidates = trash_record::candidates(&repository.common_dir, path, id);
    for trashed in &candidates {
        if let Some(record) = Record::read(trashed)? {
            return move_away(&record, trashed);
        }
    }
    let entry = require_linked_worktree(client, repository, path)?;
    refuse_locked(&entry, path)?;
    let is_there = path.as_path().symlink_metadata().is_ok();
    let trashed = match is_there {
        true => trash_record::on_same_filesystem(candidates, path.as_path())?,
        false => trash_record::kept_folder(&repository.common_dir, id),
    };
    let record = Record {
        id,
        common_dir: repository.common_dir.clone(),
        path: path.clone(),
        entry: entry.dir.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        home: Some(marker::home(client)),
    };
    if is_there {
        nested::refuse_lonely(client, &entry.dir)?;
        protect_head(client, path, &record)?;
    }
    record.write(&trashed)?;
    move_away(&record, &trashed)
}

/// The entry of the linked worktree at `path`; the folder itself may be lost.
fn require_linked_worktree(
    client: &GitCli,
    repository: &Repository,
    path: &AbsPath,
) -> Result<Entry, GitError> {
    let entry = administration::entry_of(&repository.common_dir, path);
    if path.as_path().symlink_metadata().is_err() {
        return entry.ok_or_else(|| GitError::NotARepository { dir: path.clone() });
    }
    let foreign = || GitError::PathTaken(path.clone());
    let location = match location::locate(client, path) {
        Ok(location) => location,
        Err(GitError::NotARepository { .. }) => return Err(foreign()),
        Err(other) => return Err(other),
    };
    let is_its_entry = |entry: &Entry| {
        location.is_linked()
            && location.common_dir == repository.common_dir
            && administration::real(&entry.dir) == location.git_dir.as_path()
    };
    entry.filter(is_its_entry).ok_or_else(foreign)
}

fn refuse_locked(entry: &Entry, path: &AbsPath) -> Result<(), GitError> {
    let what = match &entry.lock {
        Lock::None => return Ok(()),
        Lock::BeingMade => "the worktree is being made".to_owned(),
        Lock::Held(reason) if reason.is_empty() => "the worktree is locked".to_owned(),
        Lock::Held(reason) => format!("the worktree is locked ({reason})"),
    };
    Err(GitError::Busy { dir: path.clone(), what })
}

/// Out of git's sight, nothing but a ref of ours keeps a commit that only this worktree's HEAD names.
fn protect_head(client: &GitCli, path: &AbsPath, record: &Record) -> Result<(), GitError> {
    let location = location::locate(client, path)?;
    let Some(head) = location.commit().map(ObjectId::as_str) else { return Ok(()) };
    Call::in_repository(client, &record.common_dir, "update-ref")
        .args(["update-ref", "-m", "owt: trash", record.full_ref().as_str(), head])
        .limit(WRITE)
        .succeed()
        .map(|_| ())
}

/// What is left to move of a recorded worktree: its tree, then git's entry.
fn move_away(record: &Record, trashed: &AbsPath) -> Result<Option<AbsPath>, GitError> {
    let tree = trash_record::tree(trashed);
    let (live, kept) = (record.live_entry(), record.kept_entry());
    if !kept.exists() && live.exists() {
        if !tree.exists() && record.path.as_path().symlink_metadata().is_ok() {
            rename(record.path.as_path(), &tree)?;
        }
        let parent = kept.parent().expect("the kept entry lies in a folder of its own");
        private_file::make_folder(parent).map_err(|error| failure::of_file(&error, "trash", parent))?;
        record.point_to(trashed)?;
        // A new worktree may stand at the old place by now, under the old name.
        if record.path.as_path().symlink_metadata().is_err() {
            rename(&live, &kept)?;
        }
    }
    Ok(tree.exists().then(|| trashed.clone()))
}

pub(crate) fn rename(from: &Path, to: &Path) -> Result<(), GitError> {
    fs::rename(from, to).map_err(|error| failure::of_file(&error, "trash", from))
}
