//! What stands in a worktree as one commit, uncommitted work included, made of objects that are thrown away.

use std::ffi::OsStr;
use std::path::Path;

use owt_core::AbsPath;
use owt_core::radar::Standing;
use owt_core::vcs::ObjectId;
use owt_ports::GitError;

use crate::GitCli;
use crate::call::AT_NO_TIME;
use crate::call::Call;
use crate::call::WRITE;
use crate::index::Index;
use crate::index::IndexCopy;
use crate::index::Selection;
use crate::location;
use crate::status;
use crate::status::Listing;
use crate::throw_away::ThrowAway;

/// Takes it; `objects` get what the repository does not have.
pub(super) fn take(
    client: &GitCli,
    worktree: &AbsPath,
    name: &str,
    objects: &Path,
) -> Result<Option<Standing>, GitError> {
    let location = location::locate(client, worktree)?;
    let top = location.require_worktree(worktree)?;
    let status = status::status(client, top, Listing::Everything)?;
    let Some(head) = status.head.clone() else { return Ok(None) };
    let selection = Selection::of(top, &status.entries);
    let paths: Vec<&OsStr> = selection.allowed_paths().collect();
    if paths.is_empty() {
        return Ok(Some(Standing::committed(head)));
    }
    let objects = ThrowAway::before(&location.common_dir, objects.to_owned(), [])?;
    let copy = IndexCopy::of(&location.git_dir, &client.settings().scratch, name)?;
    let file = copy.path();
    let index = Index { client, worktree: top, file: Some(Path::new(&file)), objects: Some(&objects) };
    index.put(selection.staged_secrets())?;
    index.take(paths.into_iter())?;
    let tree = index.write_tree()?;
    let state = commit(client, &location.common_dir, &objects, &tree, &head)?;
    Ok(Some(Standing { head, state }))
}

/// The same tree on the same commit is the same commit, whenever it is made.
fn commit(
    client: &GitCli,
    common_dir: &AbsPath,
    objects: &ThrowAway,
    tree: &ObjectId,
    head: &ObjectId,
) -> Result<ObjectId, GitError> {
    let call = Call::in_repository(client, common_dir, "commit-tree")
        .args(["commit-tree", "--no-gpg-sign", tree.as_str(), "-p", head.as_str(), "-m", "uncommitted"])
        .by_owt(AT_NO_TIME)
        .limit(WRITE);
    let answer = objects.of(call).succeed()?;
    ObjectId::new(answer.text()).map_err(|_| answer.strange())
}
