//! Whether the disk of a checkout has room for what a fast-forward would write. git finds out in the middle, and
//! leaves the files that it has written by then.

use owt_core::AbsPath;
use owt_ports::GitError;
use owt_ports::TargetMove;

use crate::GitCli;
use crate::call::Answer;
use crate::call::Call;
use crate::failure;

/// What a disk gives away at a time, in bytes: a file of one byte takes this much on most.
const BLOCK: u64 = 4096;

/// The mode of a submodule, whose files are not written.
const GITLINK: &str = "160000";

/// Refuses a move whose files would not fit beside those that are there. What filters make of a file is not known
/// before; it counts as large as it is in the repository.
pub(super) fn require(client: &GitCli, request: &TargetMove, top: &AbsPath) -> Result<(), GitError> {
    let free = failure::free(top).unwrap_or(u64::MAX);
    if free < needed(client, request)?.saturating_add(failure::FULL) {
        return Err(GitError::NoSpace(top.clone()));
    }
    Ok(())
}

/// Bytes of the files that are written.
fn needed(client: &GitCli, request: &TargetMove) -> Result<u64, GitError> {
    let written = Call::in_repository(client, &request.repository.common_dir, "diff-tree")
        .args(["diff-tree", "-r", "-z", "--no-renames", "--diff-filter=AMT"])
        .args([request.from.as_str(), request.to.as_str()])
        .succeed()?;
    let objects = objects(&written)?;
    if objects.is_empty() {
        return Ok(0);
    }
    let sizes = Call::in_repository(client, &request.repository.common_dir, "cat-file")
        .args(["cat-file", "--buffer", "--batch-check=%(objectsize)"])
        .input(objects.into_bytes())
        .succeed()?;
    let text = sizes.text();
    let size = |line: &str| line.parse::<u64>().map_err(|_| sizes.strange());
    text.lines().try_fold(0_u64, |sum, line| Ok(sum.saturating_add(size(line)?.next_multiple_of(BLOCK))))
}

/// The files of a raw difference, one id a line: `:MODE MODE OBJECT OBJECT STATUS`, and a path, each with a NUL
/// behind it (git-diff-tree(1), "RAW OUTPUT FORMAT").
fn objects(answer: &Answer) -> Result<String, GitError> {
    let mut objects = String::new();
    let mut fields = answer.bytes().split(|&byte| byte == 0);
    while let Some(about) = fields.next().filter(|about| !about.is_empty()) {
        let about = std::str::from_utf8(about).map_err(|_| answer.strange())?;
        let mut words = about.split(' ').skip(1);
        let (Some(mode), Some(_), Some(object)) = (words.next(), words.next(), words.next()) else {
            return Err(answer.strange());
        };
        if mode != GITLINK {
            objects.push_str(object);
            objects.push('\n');
        }
        fields.next();
    }
    Ok(objects)
}
