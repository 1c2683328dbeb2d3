//! What a person has deleted in a checkout and not staged. git takes a file that is not there for one that nobody has touched, and
//! writes it anew (`git merge --ff-only` and `git checkout -B` of 2.47.3); a deletion that is staged it refuses to undo.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt as _;

use owt_core::AbsPath;
use owt_ports::Between;
use owt_ports::GitError;
use owt_ports::TargetMove;

use crate::GitCli;
use crate::call::Call;

/// So many files are named at most.
const MOST_NAMED: usize = 10;

/// Why a move is not made: it would bring files back that were deleted there.
pub(super) fn would_come_back(
    client: &GitCli,
    request: &TargetMove,
    top: &AbsPath,
) -> Result<Option<String>, GitError> {
    let gone = Call::in_checkout(client, top, "ls-files")
        .args(["ls-files", "-z", "--deleted", "--full-name"])
        .tree_work()
        .succeed()?;
    let gone: BTreeSet<&[u8]> = gone.records().collect();
    if gone.is_empty() {
        return Ok(None);
    }
    let changed = Call::in_repository(client, &request.repository.common_dir, "diff-tree")
        .args(["diff-tree", "-r", "-z", "--name-only", "--no-renames", "--diff-filter=AMT"])
        .args([request.from.as_str(), request.to.as_str()])
        .succeed()?;
    let back: Vec<String> = changed
        .records()
        .filter(|path| gone.contains(path))
        .map(|path| String::from_utf8_lossy(path).into_owned())
        .collect();
    let more = back.len().saturating_sub(MOST_NAMED);
    let named = back.iter().take(MOST_NAMED).map(|path| format!("\n\t{path}")).collect::<String>();
    let more = if more > 0 { format!("\n\tand {more} more") } else { String::new() };
    Ok((!back.is_empty()).then(|| format!("files that were deleted there would come back:{named}{more}")))
}

/// The files of a change that a person is at in a checkout; see [`owt_ports::Landing::drafted`].
pub(super) fn drafted(client: &GitCli, at: &AbsPath, change: Between<'_>) -> Result<Vec<String>, GitError> {
    let touched = Call::in_checkout(client, at, "diff-tree")
        .args(["diff-tree", "-r", "-z", "--name-only", "--no-renames"])
        .args([change.from.as_str(), change.to.as_str()])
        .succeed()?;
    let listed = |args: &[&str]| Call::in_checkout(client, at, "diff").args(args).tree_work().succeed();
    let draft =
        listed(&["diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--no-relative", "HEAD"])?;
    let tracked = listed(&["ls-tree", "-r", "-z", "--name-only", "--full-tree", "HEAD"])?;
    let draft: BTreeSet<&[u8]> = draft.records().collect();
    let tracked: BTreeSet<&[u8]> = tracked.records().collect();
    let is_drafted = |path: &&[u8]| draft.contains(path) || !tracked.contains(path) && lies_there(at, path);
    let named = |path: &[u8]| String::from_utf8_lossy(path).into_owned();
    Ok(touched.records().filter(is_drafted).map(named).collect())
}

/// Whether there is something at a path, or a file where its folder would be.
fn lies_there(at: &AbsPath, path: &[u8]) -> bool {
    match at.as_path().join(OsStr::from_bytes(path)).symlink_metadata() {
        Ok(_) => true,
        Err(error) => error.kind() == ErrorKind::NotADirectory,
    }
}
