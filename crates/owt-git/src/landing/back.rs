//! Taking a checkout back to where its branch was.
//!
//! By `git checkout -B`, not `git reset --keep`: that overwrites ignored files, folders of them included, and takes
//! from the index what was staged (both seen in git 2.47.3). This refuses the one and keeps the other.

use owt_core::AbsPath;
use owt_core::vcs::ObjectId;
use owt_ports::GitError;
use owt_ports::TargetMove;

use super::STEADY;
use super::target;
use crate::GitCli;
use crate::call::Answer;
use crate::call::Call;

/// Moves the branch of a checkout, with its files.
pub(super) fn go_back(client: &GitCli, request: &TargetMove, top: &AbsPath) -> Result<Answer, GitError> {
    let answer = checked_out(client, request, top, &request.to)?;
    if !answer.success() || target::tip_of(client, request)?.as_ref() != Some(&request.to) {
        return Ok(answer);
    }
    // Unlike a fast-forward this moves the branch from wherever it is. What came in between goes back to its place.
    match place_before(client, request)? {
        Some(between) if between != request.from => checked_out(client, request, top, &between),
        _ => Ok(answer),
    }
}

fn checked_out(
    client: &GitCli,
    request: &TargetMove,
    top: &AbsPath,
    to: &ObjectId,
) -> Result<Answer, GitError> {
    Call::in_checkout(client, top, "checkout")
        .args(STEADY)
        // Without its log nobody could tell where the branch was.
        .args(["-c", "core.logAllRefUpdates=true"])
        .args(["checkout", "--quiet", "--no-overwrite-ignore", "--no-track"])
        .args(["-B", request.target.as_str(), to.as_str(), "--"])
        .env("GIT_REFLOG_ACTION", request.reason.as_str())
        .tree_work()
        .answer()
}

/// Where the branch was before its last move.
fn place_before(client: &GitCli, request: &TargetMove) -> Result<Option<ObjectId>, GitError> {
    let name = format!("{}@{{1}}", request.target.full_ref());
    let answer = Call::in_repository(client, &request.repository.common_dir, "rev-parse")
        .args(["rev-parse", "--verify", "-q", name.as_str()])
        .answer()?;
    Ok(ObjectId::new(answer.text()).ok().filter(|_| answer.success()))
}
