//! What a person has deleted or staged in a checkout. A file that is not there git takes for one that nobody has touched, and writes it
//! anew (`git merge --ff-only` and `git checkout -B` of 2.47.3); a deletion that is staged it refuses to undo.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt as _;

use owt_core::AbsPath;
use owt_core::vcs::ObjectId;
use owt_ports::Between;
use owt_ports::GitError;
use owt_ports::TargetMove;

use crate::GitCli;
use crate::call::Answer;
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
    let changed = changed(client, request, &["--diff-filter=AMT"])?;
    let back: Vec<&[u8]> = changed.records().filter(|path| gone.contains(path)).collect();
    Ok((!back.is_empty()).then(|| named("files that were deleted there would come back:", &back)))
}

/// Why a move forward is not made: files of it are staged there as it brings them, and others are not. git takes those for its own
/// (`git merge --ff-only` of 2.47.3), and going back would take them from the index and the folder. Where all of them are, that is what
/// a move leaves that was broken off before the branch moved.
pub(super) fn would_be_taken_for_ours(
    client: &GitCli,
    request: &TargetMove,
    top: &AbsPath,
) -> Result<Option<String>, GitError> {
    let staged_beside = |commit: &ObjectId| {
        Call::in_checkout(client, top, "diff-index")
            .args(["diff-index", "--cached", "-z", "--name-only", "--no-renames", commit.as_str()])
            .succeed()
    };
    let staged = staged_beside(&request.from)?;
    let staged: BTreeSet<&[u8]> = staged.records().collect();
    if staged.is_empty() {
        return Ok(None);
    }
    let (changed, unlike) = (changed(client, request, &[])?, staged_beside(&request.to)?);
    let unlike: BTreeSet<&[u8]> = unlike.records().collect();
    let (other, alike): (Vec<&[u8]>, Vec<&[u8]>) = changed.records().partition(|path| unlike.contains(path));
    let alike: Vec<&[u8]> = alike.into_iter().filter(|path| staged.contains(path)).collect();
    let is_in_part = !alike.is_empty() && !other.is_empty();
    Ok(is_in_part.then(|| named("files that land are staged there already:", &alike)))
}

/// The files that a move changes.
fn changed(client: &GitCli, request: &TargetMove, which: &[&str]) -> Result<Answer, GitError> {
    Call::in_repository(client, &request.repository.common_dir, "diff-tree")
        .args(["diff-tree", "-r", "-z", "--name-only", "--no-renames"])
        .args(which)
        .args([request.from.as_str(), request.to.as_str()])
        .succeed()
}

/// The first of them below these words.
fn named(words: &str, paths: &[&[u8]]) -> String {
    let line = |path: &&[u8]| format!("\n\t{}", String::from_utf8_lossy(path));
    let first: String = paths.iter().take(MOST_NAMED).map(line).collect();
    match paths.len().saturating_sub(MOST_NAMED) {
        0 => format!("{words}{first}"),
        more => format!("{words}{first}\n\tand {more} more"),
    }
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
