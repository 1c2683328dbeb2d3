//! Letting go of trashed worktrees: for good when they have expired, or of the empty shell after one came back.

use std::fs;
use std::io;
use std::path::Path;

use owt_core::AbsPath;
use owt_core::vcs::Repository;
use owt_ports::GitError;

use crate::GitCli;
use crate::failure;
use crate::refs;
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
    remove(&trash_record::tree(trashed))?;
    remove(&record.kept_entry())?;
    forget(client, &record, trashed)
}

/// Removes record, ref and folders of a worktree that is not in the trash any more; the record goes last.
pub(crate) fn forget(client: &GitCli, record: &Record, trashed: &AbsPath) -> Result<(), GitError> {
    if let Some(head) = untrash::kept_head(client, record)? {
        refs::delete_ref(client, &record.common_dir, &record.full_ref(), &head)?.required()?;
    }
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
