//! Bringing a trashed worktree back: the two renames of trashing in reverse, and the link files between tree and
//! administrative entry set for the new place. Can be gone on with from any point.

use std::fs;
use std::io;
use std::path::Path;

use owt_core::AbsPath;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_core::vcs::Repository;
use owt_ports::GitError;
use owt_ports::Untrashed;
use owt_ports::WorktreePresence;

use crate::GitCli;
use crate::administration;
use crate::call::Call;
use crate::call::WRITE;
use crate::discard;
use crate::failure;
use crate::location;
use crate::private_file;
use crate::refs;
use crate::trash::rename;
use crate::trash_record;
use crate::trash_record::Record;
use crate::worktree;

/// Locks that a git process left when it was ended; nobody works in a trashed worktree.
const LEFT_BEHIND: &[&str] = &["index.lock", "HEAD.lock"];

/// Brings a worktree back; see [`owt_ports::Git::untrash_worktree`].
pub(crate) fn untrash(
    client: &GitCli,
    repository: &Repository,
    trashed: &AbsPath,
    path: &AbsPath,
    branch: &BranchName,
) -> Result<Untrashed, GitError> {
    let Some(record) = Record::read(trashed)? else {
        return match worktree::presence(client, repository, path)? {
            WorktreePresence::Present { branch: Some(found), .. } if found == *branch => {
                Ok(Untrashed::WasThere)
            }
            _ => Err(failed(format!("{trashed} holds no worktree"))),
        };
    };
    if record.common_dir != repository.common_dir {
        return Err(failed(format!("{trashed} belongs to the repository {}", record.common_dir)));
    }
    let tree = trash_record::tree(trashed);
    if !tree.exists() && path.as_path().symlink_metadata().is_err() {
        return Err(failed(format!("{trashed} holds no files: the folder was lost before it was trashed")));
    }
    if tree.exists() {
        require_free(client, &record, path, branch)?;
        let parent = path.parent().unwrap_or_else(|| path.clone());
        fs::create_dir_all(parent.as_path())
            .map_err(|error| failure::of_file(&error, "restore", parent.as_path()))?;
        rename(&tree, path.as_path())?;
    }
    if record.kept_entry().exists() {
        let name = free_entry_name(&record)?;
        link(&record, path, &name)?;
    }
    set_branch(client, path, branch)?;
    discard::forget(client, &record, trashed).map(|()| Untrashed::Moved)
}

fn failed(message: String) -> GitError {
    GitError::Failed { operation: "restore".to_owned(), message }
}

/// Everything that must hold before anything is moved.
fn require_free(
    client: &GitCli,
    record: &Record,
    path: &AbsPath,
    branch: &BranchName,
) -> Result<(), GitError> {
    if path.as_path().symlink_metadata().is_ok() {
        return Err(GitError::PathTaken(path.clone()));
    }
    if !record.kept_entry().exists() {
        return Err(failed(format!(
            "git's entry of the trashed worktree is gone from {}",
            record.common_dir
        )));
    }
    // Submodules link to the worktree's place in both directions; git refuses to move such worktrees as well.
    if record.kept_entry().join("modules").exists() && *path != record.path {
        return Err(failed(format!("a worktree with submodules can only come back to {}", record.path)));
    }
    match refs::branch(client, &record.common_dir, branch)? {
        // It was on a branch without a commit.
        None if kept_head(client, record)?.is_none() => Ok(()),
        None => Err(GitError::UnknownRevision { name: branch.to_string() }),
        Some(refs::Branch { checked_out_at: Some(at), .. }) => {
            Err(GitError::CheckedOutElsewhere { branch: branch.clone(), at })
        }
        Some(refs::Branch { tip, checked_out_at: None }) => require_tip(client, record, branch, &tip),
    }
}

/// Index and files are a difference to the commit that they were on.
fn require_tip(
    client: &GitCli,
    record: &Record,
    branch: &BranchName,
    tip: &ObjectId,
) -> Result<(), GitError> {
    match kept_head(client, record)? {
        Some(head) if head != *tip && was_on_branch(record)? => Err(GitError::RefMoved {
            name: branch.to_string(),
            expected: head.to_string(),
            found: tip.to_string(),
        }),
        _ => Ok(()),
    }
}

/// Whether its HEAD names a branch, and no commit (gitrepository-layout(5)).
fn was_on_branch(record: &Record) -> Result<bool, GitError> {
    let head = record.kept_entry().join("HEAD");
    let text = fs::read_to_string(&head).map_err(|error| failure::of_file(&error, "restore", &head))?;
    Ok(text.starts_with("ref:"))
}

/// The old name of the entry, or one like it when another worktree has it now.
fn free_entry_name(record: &Record) -> Result<String, GitError> {
    let folder = record.common_dir.as_path().join("worktrees");
    fs::create_dir_all(&folder).map_err(|error| failure::of_file(&error, "restore", &folder))?;
    let numbered = (1..1000).map(|number| format!("{}{number}", record.entry));
    std::iter::once(record.entry.clone())
        .chain(numbered)
        .find(|name| folder.join(name).symlink_metadata().is_err())
        .ok_or_else(|| failed(format!("no free name in {}", folder.display())))
}

/// Makes tree and entry name each other, and gives the entry back to git.
fn link(record: &Record, path: &AbsPath, name: &str) -> Result<(), GitError> {
    let kept = record.kept_entry();
    let live = record.common_dir.as_path().join("worktrees").join(name);
    for lock in LEFT_BEHIND {
        // Absent as a rule; one that cannot be removed shows in the first git call.
        let _ = fs::remove_file(kept.join(lock));
    }
    let dot_git = administration::real(path.as_path()).join(".git");
    write_if_new(&kept.join("gitdir"), &format!("{}\n", dot_git.display()))?;
    write_if_new(&dot_git, &format!("gitdir: {}\n", live.display()))?;
    rename(&kept, &live)
}

fn write_if_new(file: &Path, text: &str) -> Result<(), GitError> {
    let failed = |error: &io::Error| failure::of_file(error, "restore", file);
    match fs::read(file) {
        Ok(bytes) if bytes == text.as_bytes() => Ok(()),
        _ => private_file::write(file, text.as_bytes()).map_err(|error| failed(&error)),
    }
}

/// The branch may have another name now. A HEAD that was on no branch stays so.
fn set_branch(client: &GitCli, path: &AbsPath, branch: &BranchName) -> Result<(), GitError> {
    let location = location::locate(client, path)?;
    match location.branch() {
        Some(current) if current != branch => {
            Call::in_checkout(client, path, "symbolic-ref")
                .args(["symbolic-ref", "-m", "owt: restored", "HEAD", branch.full_ref().as_str()])
                .limit(WRITE)
                .succeed()?;
        }
        _ => {}
    }
    Ok(())
}

/// The commit that the trash's ref keeps.
pub(crate) fn kept_head(client: &GitCli, record: &Record) -> Result<Option<ObjectId>, GitError> {
    let answer = Call::in_repository(client, &record.common_dir, "for-each-ref")
        .args(["for-each-ref", "--format=%(objectname)", record.full_ref().as_str()])
        .succeed()?;
    Ok(ObjectId::new(answer.text()).ok())
}
