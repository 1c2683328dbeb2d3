//! What stands in a worktree as one commit, uncommitted work included, made of objects that are thrown away.

use std::path::Path;

use owt_core::AbsPath;
use owt_core::radar::Standing;
use owt_core::vcs::ObjectId;
use owt_ports::GitError;

use crate::GitCli;
use crate::administration;
use crate::call::AT_NO_TIME;
use crate::call::Call;
use crate::call::WRITE;
use crate::index::Index;
use crate::index::IndexCopy;
use crate::index::Selection;
use crate::status;
use crate::status::Listing;
use crate::throw_away::ThrowAway;

/// Takes it; `objects` get what the repository does not have.
pub(super) fn take(
    client: &GitCli,
    common_dir: &AbsPath,
    worktree: &AbsPath,
    name: &str,
    objects: &Path,
) -> Result<Option<Standing>, GitError> {
    let git_dir = git_dir_of(worktree)?;
    let status = status::status(client, worktree, Listing::Everything)?;
    let Some(head) = status.head.clone() else { return Ok(None) };
    let selection = Selection::of_the_work(worktree, &status.entries);
    if selection.changed_paths().is_empty() {
        return Ok(Some(Standing::committed(head)));
    }
    let objects = ThrowAway::before(common_dir, objects.to_owned(), [])?;
    let copy = IndexCopy::of(&git_dir, &client.settings().scratch, name)?;
    let file = copy.path();
    let index = Index { client, worktree, file: Some(Path::new(&file)), objects: Some(&objects) };
    index.enter(&selection)?;
    let tree = index.write_tree()?;
    let state = commit(client, common_dir, &objects, &tree, &head)?;
    Ok(Some(Standing { head, state }))
}

/// Where its index is. Read from its `.git`: this is done after each change, and a process more would be felt.
fn git_dir_of(worktree: &AbsPath) -> Result<AbsPath, GitError> {
    let not_there = || GitError::NotARepository { dir: worktree.clone() };
    let found = administration::git_dir_of(worktree).map_err(|_| not_there())?;
    AbsPath::new(found).map_err(|_| not_there())
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
