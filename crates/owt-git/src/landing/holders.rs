//! From where a commit can be reached.

use owt_core::AbsPath;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_ports::GitError;
use owt_ports::Holder;

use crate::GitCli;
use crate::call::Answer;
use crate::call::Call;
use crate::location::absolute;
use crate::refs;

/// How many are told at most: one is enough to know that it is held.
const MOST: &str = "--count=100";

/// Finds them; see [`owt_ports::Landing::holders`].
pub(super) fn find(
    client: &GitCli,
    common_dir: &AbsPath,
    commit: &ObjectId,
) -> Result<Vec<Holder>, GitError> {
    let answer = Call::in_repository(client, common_dir, "for-each-ref")
        .args(["for-each-ref", MOST, "--format=%(symref)%00%(refname)", "--contains", commit.as_str()])
        .args(["refs/heads", "refs/remotes", "refs/tags"])
        .answer()?;
    if !answer.success() {
        refs::resolve(client, common_dir, commit.as_str())?;
        return Err(answer.failure());
    }
    let mut found: Vec<Holder> = answer.text().lines().filter_map(holder).collect();
    for (at, head) in detached(client, common_dir)? {
        if refs::is_merged(client, common_dir, commit, &head)? {
            found.push(Holder::Detached(at));
        }
    }
    Ok(found)
}

/// A ref that names another, like a remote's HEAD, holds nothing of its own.
fn holder(line: &str) -> Option<Holder> {
    let name = line.strip_prefix('\0')?;
    if let Some(name) = name.strip_prefix("refs/remotes/") {
        return Some(Holder::RemoteBranch(name.to_owned()));
    }
    if let Some(name) = name.strip_prefix("refs/tags/") {
        return Some(Holder::Tag(name.to_owned()));
    }
    BranchName::new(name.strip_prefix("refs/heads/")?).ok().map(Holder::Branch)
}

/// The checkouts that are on no branch, and where they are.
fn detached(client: &GitCli, common_dir: &AbsPath) -> Result<Vec<(AbsPath, ObjectId)>, GitError> {
    let answer = Call::in_repository(client, common_dir, "worktree list")
        .args(["worktree", "list", "--porcelain", "-z"])
        .succeed()?;
    // Each entry ends with an empty line (git-worktree(1), "Porcelain Format").
    let mut found = Vec::new();
    let (mut at, mut head) = (None, None);
    for line in answer.bytes().split(|&byte| byte == 0) {
        if let Some(path) = line.strip_prefix(b"worktree ") {
            (at, head) = (Some(absolute(path)?), None);
        } else if let Some(id) = line.strip_prefix(b"HEAD ") {
            head = Some(read(&answer, id)?);
        } else if line == b"detached" {
            found.extend(at.take().zip(head.take()));
        }
    }
    Ok(found)
}

fn read(answer: &Answer, id: &[u8]) -> Result<ObjectId, GitError> {
    ObjectId::new(String::from_utf8_lossy(id)).map_err(|_| answer.strange())
}
