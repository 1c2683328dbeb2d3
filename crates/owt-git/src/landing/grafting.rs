//! A commit that stands elsewhere: what two lines have in different commits (a squash, a rebase) has no place in the history that
//! both have, so git would merge it against itself. On such a commit it counts from where the one line had it.

use owt_core::AbsPath;
use owt_core::vcs::ObjectId;
use owt_ports::GitError;

use crate::GitCli;
use crate::call::AT_NO_TIME;
use crate::call::Call;
use crate::call::WRITE;
use crate::throw_away::ThrowAway;

/// A commit with the files of `commit` and `fork` as its only parent, written into the repository, or where it is not kept. The
/// same of the same is the same commit. No ref has it: it is for a merge, and is in no history of that.
pub(super) fn graft(
    client: &GitCli,
    common_dir: &AbsPath,
    commit: &ObjectId,
    fork: &ObjectId,
    objects: Option<&ThrowAway>,
) -> Result<ObjectId, GitError> {
    let tree = format!("{commit}^{{tree}}");
    let call = Call::in_repository(client, common_dir, "commit-tree")
        .args(["commit-tree", "--no-gpg-sign", tree.as_str(), "-p", fork.as_str()])
        .args(["-m", "What has landed, on what it was made of"])
        .by_owt(AT_NO_TIME)
        .limit(WRITE);
    let call = match objects {
        Some(objects) => objects.of(call),
        None => call,
    };
    let answer = call.succeed()?;
    ObjectId::new(answer.text()).map_err(|_| answer.strange())
}
