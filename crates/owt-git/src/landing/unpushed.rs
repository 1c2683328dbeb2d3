//! Submodules at commits that nobody else could get.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use owt_core::AbsPath;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_core::vcs::Repository;
use owt_ports::GitError;

use super::target;
use crate::GitCli;
use crate::call::Call;

/// The mode of a submodule's entry in a tree.
const GITLINK: &[u8] = b"160000";

/// Finds them; see [`owt_ports::Landing::unpushed`].
pub(super) fn find(
    client: &GitCli,
    repository: &Repository,
    branch: &BranchName,
    (onto, tip): (&ObjectId, &ObjectId),
) -> Result<Vec<String>, GitError> {
    let moved = moved(client, &repository.common_dir, onto, tip)?;
    let worktrees = match moved.is_empty() {
        true => return Ok(Vec::new()),
        false => target::holders(client, &repository.common_dir, branch)?,
    };
    let mut found = Vec::new();
    for (path, commit) in moved {
        let path = Path::new(OsStr::from_bytes(&path));
        let at = |root: &AbsPath| AbsPath::new(root.as_path().join(path)).ok();
        let is_there = at(&repository.root).is_some_and(|dir| has(client, &dir, &commit));
        let only = worktrees.iter().filter_map(at).any(|dir| has_alone(client, &dir, &commit));
        if only && !is_there {
            found.push(path.to_string_lossy().into_owned());
        }
    }
    Ok(found)
}

/// The submodules that are at other commits since both parted, each with its path and its commit.
fn moved(
    client: &GitCli,
    common_dir: &AbsPath,
    onto: &ObjectId,
    tip: &ObjectId,
) -> Result<Vec<(Vec<u8>, String)>, GitError> {
    let answer = Call::in_repository(client, common_dir, "diff-tree")
        .args(["diff-tree", "-r", "-z", "--raw", "--no-renames", "--ignore-submodules=none", "--no-abbrev"])
        .args([onto.as_str(), tip.as_str()])
        .succeed()?;
    let mut fields = answer.records();
    let mut found = Vec::new();
    // `:<mode> <mode> <object> <object> <letter>`, then the path (git-diff(1), "Raw output format").
    while let (Some(meta), Some(path)) = (fields.next(), fields.next()) {
        let meta: Vec<&[u8]> = meta.split(|&byte| byte == b' ').collect();
        if meta.get(1) == Some(&GITLINK) {
            let commit = meta.get(3).ok_or_else(|| answer.strange())?;
            found.push((path.to_vec(), String::from_utf8_lossy(commit).into_owned()));
        }
    }
    Ok(found)
}

/// Whether a submodule that is checked out there has a commit.
fn has(client: &GitCli, dir: &AbsPath, commit: &str) -> bool {
    is_checked_out(dir)
        && Call::in_checkout(client, dir, "cat-file")
            .args(["cat-file", "-e", &format!("{commit}^{{commit}}")])
            .answer()
            .is_ok_and(|answer| answer.success())
}

/// Whether it has one that is on no branch of its remotes.
fn has_alone(client: &GitCli, dir: &AbsPath, commit: &str) -> bool {
    is_checked_out(dir)
        && Call::in_checkout(client, dir, "rev-list")
            .args(["rev-list", "--max-count=1", commit, "--not", "--remotes"])
            .answer()
            .is_ok_and(|answer| answer.success() && !answer.text().is_empty())
}

/// Else git would answer for the repository around.
fn is_checked_out(dir: &AbsPath) -> bool {
    dir.join(".git").as_path().symlink_metadata().is_ok()
}
