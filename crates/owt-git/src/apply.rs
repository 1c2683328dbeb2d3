//! Putting a snapshot's content into a worktree made for it. Each step can be repeated after a crash.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use owt_core::AbsPath;
use owt_core::vcs::ObjectId;
use owt_ports::GitError;
use owt_ports::SnapshotRecord;

use crate::GitCli;
use crate::call::Call;
use crate::index::Index;
use crate::index::IndexCopy;
use crate::index::Selection;
use crate::location;
use crate::location::Location;
use crate::snapshot;
use crate::snapshot::Found;
use crate::status;
use crate::status::Listing;
use crate::withheld;

/// Applies a snapshot; see [`owt_ports::Git::apply_snapshot`].
pub(crate) fn apply(client: &GitCli, worktree: &AbsPath, record: &SnapshotRecord) -> Result<(), GitError> {
    let location = location::locate(client, worktree)?;
    let top = location.require_worktree(worktree)?;
    let Some(found) = snapshot::find(client, &location.common_dir, record.id)? else {
        return Err(GitError::UnknownRevision { name: snapshot::full_ref(record.id) });
    };
    // A worktree that begins at the snapshot has all of it but what was withheld.
    if location.commit() != Some(&found.commit) {
        require_its_head(&location, &found)?;
        fill_working_tree(client, top, &location, &found)?;
        set_index(client, top, &found)?;
    }
    let folder = withheld::folder(&client.settings().withheld_root, found.id);
    let known = tracked(client, top, &folder)?;
    withheld::give_back(&folder, top, |path| known.contains(path.as_bytes()))
}

/// A snapshot is a difference to one commit; on another it would undo what lies between.
fn require_its_head(location: &Location, found: &Found) -> Result<(), GitError> {
    if location.commit() == found.message.head.as_ref() {
        return Ok(());
    }
    let text = |commit: Option<&ObjectId>| commit.map_or_else(|| "(none)".to_owned(), ToString::to_string);
    Err(GitError::RefMoved {
        name: "HEAD".to_owned(),
        expected: text(found.message.head.as_ref()),
        found: text(location.commit()),
    })
}

/// git's own two-way merge from HEAD to the snapshot, which refuses to overwrite anything.
fn fill_working_tree(
    client: &GitCli,
    top: &AbsPath,
    location: &Location,
    found: &Found,
) -> Result<(), GitError> {
    let answer = Call::in_checkout(client, top, "read-tree")
        .args(["read-tree", "-m", "-u"])
        .args(found.message.head.as_ref().map(ObjectId::as_str))
        .arg(found.commit.as_str())
        .tree_work()
        .answer()?;
    if answer.success() || has_its_content(client, top, location, found)? {
        return Ok(());
    }
    match answer.failure() {
        GitError::Failed { message, .. } => Err(GitError::Busy { dir: top.clone(), what: message }),
        other => Err(other),
    }
}

/// Whether an earlier try has filled the working tree already.
fn has_its_content(
    client: &GitCli,
    top: &AbsPath,
    location: &Location,
    found: &Found,
) -> Result<bool, GitError> {
    let status = status::status(client, top, Listing::Everything)?;
    let selection = Selection::of_the_disk(top, &status.entries);
    let name = format!("{}-check", found.id);
    let copy = IndexCopy::of(&location.git_dir, &client.settings().scratch, &name)?;
    let file = copy.path();
    let index = Index { client, worktree: top, file: Some(Path::new(&file)), objects: None };
    index.take(selection.allowed_paths())?;
    let tree = Call::in_checkout(client, top, "rev-parse")
        .args(["rev-parse", "--verify", "-q", &format!("{}^{{tree}}", found.commit)])
        .succeed()?;
    Ok(index.write_tree()?.as_str() == tree.text())
}

/// The index as it was: what was staged is staged, the rest is changed or untracked.
fn set_index(client: &GitCli, top: &AbsPath, found: &Found) -> Result<(), GitError> {
    let call = Call::in_checkout(client, top, "read-tree").arg("read-tree").tree_work();
    match found.message.index.as_ref().or(found.message.head.as_ref()) {
        // A one-way merge keeps what the index knows about unchanged files.
        Some(commit) => call.args(["-m", commit.as_str()]),
        None => call.arg("--empty"),
    }
    .succeed()
    .map(|_| ())
}

/// Which of the withheld files git tracks: those have HEAD's content in the worktree and may be replaced.
fn tracked(client: &GitCli, top: &AbsPath, folder: &AbsPath) -> Result<HashSet<Vec<u8>>, GitError> {
    let paths = withheld::list(folder)?.unwrap_or_default();
    if paths.is_empty() {
        return Ok(HashSet::new());
    }
    let answer = Call::in_checkout(client, top, "ls-files")
        .args(["ls-files", "-z", "--"])
        .args(paths.iter().map(OsStr::new))
        .succeed()?;
    Ok(answer.bytes().split(|&byte| byte == 0).map(<[u8]>::to_vec).collect())
}
