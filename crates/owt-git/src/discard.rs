//! Letting go of trashed worktrees: for good when they have expired, or of the empty shell after one came back.

use std::fs;
use std::io;
use std::path::Path;

use owt_core::AbsPath;
use owt_core::vcs::Repository;
use owt_ports::GitError;

use crate::GitCli;
use crate::call::Call;
use crate::failure;
use crate::refs;
use crate::trash::rename;
use crate::trash_record;
use crate::trash_record::Record;
use crate::untrash;

/// Removes a trashed worktree for good; see [`owt_ports::Git::discard_trash`].
pub(crate) fn discard(client: &GitCli, repository: &Repository, trashed: &AbsPath) -> Result<(), GitError> {
    // Only a folder with a record of ours, for this repository, is ever removed.
    let Some(record) = Record::read(trashed)? else { return Ok(()) };
    if record.common_dir != repository.common_dir {
        let message = format!("{trashed} belongs to the repository {}", record.common_dir);
        return Err(GitError::Failed { operation: "discard".to_owned(), message });
    }
    let (tree, expired) = (trash_record::tree(trashed), trash_record::expired_tree(trashed));
    if !expired.exists() {
        match tree.exists() {
            // Under this name nobody brings it back: from here on it is gone.
            true => rename(&tree, &expired)?,
            // Its files are at their old place, and its entry is about to follow.
            false if record.path.as_path().symlink_metadata().is_ok() && record.kept_entry().exists() => {
                return Err(GitError::Busy {
                    dir: record.path.clone(),
                    what: "the worktree is being brought back, or another is in its place".to_owned(),
                });
            }
            false => {}
        }
    }
    remove(&expired)?;
    match kept_by_nothing_else(client, &record)? {
        true => remove_folders(&record, trashed),
        false => forget(client, &record, trashed),
    }
}

/// Whether the commit that was checked out is in no branch, tag or snapshot: then our ref to it stays.
fn kept_by_nothing_else(client: &GitCli, record: &Record) -> Result<bool, GitError> {
    let Some(head) = untrash::kept_head(client, record)? else { return Ok(false) };
    let own = record.full_ref();
    let answer = Call::in_repository(client, &record.common_dir, "for-each-ref")
        .args(["for-each-ref", "--count=2", "--format=%(refname)", "--contains", head.as_str()])
        .succeed()?;
    Ok(answer.text().lines().all(|name| name == own))
}

/// Removes record, ref and folders of a worktree that is not in the trash any more; the record goes last.
pub(crate) fn forget(client: &GitCli, record: &Record, trashed: &AbsPath) -> Result<(), GitError> {
    if let Some(head) = untrash::kept_head(client, record)? {
        refs::delete_ref(client, &record.common_dir, &record.full_ref(), &head)?.required()?;
    }
    remove_folders(record, trashed)
}

fn remove_folders(record: &Record, trashed: &AbsPath) -> Result<(), GitError> {
    let kept = trash_record::kept_folder(&record.common_dir, record.id);
    if kept != *trashed {
        remove(kept.as_path())?;
    }
    remove(trashed.as_path())
}

fn remove(folder: &Path) -> Result<(), GitError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(failure::of_file(&error, "discard", folder))
        }
        _ => Ok(()),
    }
}
