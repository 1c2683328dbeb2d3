//! What two commits come to with git's marks in it, as a commit that a branch can begin at.

use owt_core::AbsPath;
use owt_core::vcs::ObjectId;
use owt_ports::GitError;
use owt_ports::Marked;
use owt_ports::Prediction;

use super::STEADY;
use super::predict;
use crate::GitCli;
use crate::call::AT_NO_TIME;
use crate::call::Call;
use crate::call::WRITE;

/// So many commits of each side are told.
const MOST_SUBJECTS: &str = "--max-count=30";

/// Marks them; see [`owt_ports::Landing::mark`].
pub(super) fn mark(
    client: &GitCli,
    common_dir: &AbsPath,
    ours: &ObjectId,
    theirs: &ObjectId,
) -> Result<Option<Marked>, GitError> {
    if predict::are_unrelated(client, common_dir, ours, theirs)? {
        return Ok(None);
    }
    // Without a checkout git asks no `.gitattributes`: neither what does not merge nor drivers would count. Older ones than 2.41
    // have no such word, and say so: then nothing is marked.
    let answer = Call::in_repository(client, common_dir, "merge-tree")
        .args(STEADY)
        .arg(format!("--attr-source={ours}"))
        .args(["merge-tree", "--write-tree", "-z", "--messages", ours.as_str(), theirs.as_str()])
        .tree_work()
        .answer()?;
    let conflicts = match answer.code() {
        Some(0) => return Ok(None),
        Some(1) => match predict::parse(answer.bytes(), ours) {
            Some(Prediction::Conflicts(conflicts)) => conflicts,
            _ => return Err(answer.strange()),
        },
        _ => return Err(answer.failure()),
    };
    let tree = answer.bytes().split(|&byte| byte == 0).next().unwrap_or_default();
    let tree = ObjectId::new(String::from_utf8_lossy(tree)).map_err(|_| answer.strange())?;
    Ok(Some(Marked {
        commit: commit(client, common_dir, &tree, [ours, theirs])?,
        conflicts,
        ours: subjects(client, common_dir, theirs, ours)?,
        theirs: subjects(client, common_dir, ours, theirs)?,
    }))
}

/// The same of the same is the same commit, whenever it is made.
fn commit(
    client: &GitCli,
    common_dir: &AbsPath,
    tree: &ObjectId,
    [ours, theirs]: [&ObjectId; 2],
) -> Result<ObjectId, GitError> {
    let answer = Call::in_repository(client, common_dir, "commit-tree")
        .args(["commit-tree", "--no-gpg-sign", tree.as_str(), "-p", ours.as_str(), "-p", theirs.as_str()])
        .args(["-m", "A merge with the marks of what does not agree"])
        .by_owt(AT_NO_TIME)
        .limit(WRITE)
        .succeed()?;
    ObjectId::new(answer.text()).map_err(|_| answer.strange())
}

/// The first lines of the commits that `tip` has and `without` has not.
fn subjects(
    client: &GitCli,
    common_dir: &AbsPath,
    without: &ObjectId,
    tip: &ObjectId,
) -> Result<Vec<String>, GitError> {
    let range = format!("{without}..{tip}");
    let answer = Call::in_repository(client, common_dir, "log")
        .args(["log", "--format=%s", "--no-show-signature", MOST_SUBJECTS, range.as_str(), "--"])
        .succeed()?;
    Ok(String::from_utf8_lossy(answer.bytes()).lines().map(str::to_owned).collect())
}
