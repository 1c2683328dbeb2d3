//! How a workspace stands against its base: two git processes, and two more where it has work of its own.

use std::time::Duration;

use owt_core::AbsPath;
use owt_core::vcs::BranchName;
use owt_core::vcs::LinesChanged;
use owt_core::vcs::ObjectId;
use owt_core::vcs::UNMERGED_SHOWN;
use owt_core::vcs::WorktreeFacts;
use owt_ports::GitError;

use crate::GitCli;
use crate::call::Answer;
use crate::call::Call;
use crate::diff::STEADY;
use crate::status;
use crate::status::Kind;
use crate::status::Listing;
use crate::status::Status;

/// The longest that a count of lines may take.
const COUNTING: Duration = Duration::from_secs(5);

/// Head, distance, dirty files and changed lines. `ahead` counts commits that neither `base` nor the base branch has (so
/// what was landed no longer counts); `behind` those of the base branch that HEAD does not have.
pub(crate) fn facts(
    client: &GitCli,
    worktree: &AbsPath,
    base: &ObjectId,
    base_branch: Option<&BranchName>,
) -> Result<WorktreeFacts, GitError> {
    let own = own(&status::status(client, worktree, Listing::AsConfigured)?);
    let (ahead, behind) = distance(client, worktree, own.head.as_ref(), base, base_branch)?;
    let mut facts = WorktreeFacts { ahead, behind, ..own };
    facts.lines = lines(client, worktree, &facts, base, base_branch);
    Ok(facts)
}

/// What a status alone tells.
pub(crate) fn own(status: &Status) -> WorktreeFacts {
    let unmerged = status.entries.iter().filter(|entry| matches!(entry.kind, Kind::Unmerged(_)));
    WorktreeFacts {
        head: status.head.clone(),
        branch: status.branch.clone(),
        ahead: 0,
        behind: 0,
        dirty_files: dirty(status),
        unmerged: unmerged.take(UNMERGED_SHOWN).map(|it| it.path.to_string_lossy().into_owned()).collect(),
        lines: None,
    }
}

/// The lines by which its files differ from the commit at which its work left the base branch and the commit that the work
/// began at, whichever is later (where the branch is gone: the latter). Where nothing is its own nobody is asked. They are
/// there for a person to see: what fails or takes long leaves them unknown, and nothing else.
pub(crate) fn lines(
    client: &GitCli,
    worktree: &AbsPath,
    facts: &WorktreeFacts,
    base: &ObjectId,
    base_branch: Option<&BranchName>,
) -> Option<LinesChanged> {
    let head = facts.head.as_ref()?;
    if facts.ahead == 0 && facts.dirty_files == 0 {
        return Some(LinesChanged::default());
    }
    let counted = against(client, worktree, head, base, base_branch)
        .and_then(|against| count_lines(client, worktree, &against));
    counted.inspect_err(|error| tracing::debug!(%worktree, %error, "changed lines could not be counted")).ok()
}

/// Of the files as they lie there. `diff` would write the index with what it has learned of their times, under its lock and
/// without being asked (`diff.autoRefreshIndex`; git 2.47); this one only reads.
fn count_lines(client: &GitCli, worktree: &AbsPath, against: &ObjectId) -> Result<LinesChanged, GitError> {
    let call = Call::in_checkout(client, worktree, "diff-index").limit(COUNTING).without_terminal();
    let call = call.args(["diff-index", "--shortstat"]).args(STEADY.iter().copied());
    let answer = call.args([against.as_str(), "--"]).succeed()?;
    Ok(counted(&answer.text()))
}

fn against(
    client: &GitCli,
    worktree: &AbsPath,
    head: &ObjectId,
    base: &ObjectId,
    base_branch: Option<&BranchName>,
) -> Result<ObjectId, GitError> {
    let ask = |branch: Option<&str>| {
        let call = Call::in_checkout(client, worktree, "merge-base").limit(COUNTING);
        call.args(["merge-base", head.as_str()]).args(branch).arg(base.as_str()).answer()
    };
    let branch = base_branch.map(BranchName::full_ref);
    let mut answer = ask(branch.as_deref())?;
    if !answer.success() && branch.is_some() {
        answer = ask(None)?;
    }
    let answer = answer.required()?;
    let text = answer.text();
    ObjectId::new(text.lines().next().unwrap_or_default()).map_err(|_| answer.strange())
}

/// ` 3 files changed, 10 insertions(+), 2 deletions(-)`, where what is none is left out; nothing where nothing differs.
fn counted(text: &str) -> LinesChanged {
    let count = |word: &str| {
        let part = text.split(", ").find(|part| part.contains(word))?;
        part.split_whitespace().next()?.parse().ok()
    };
    LinesChanged { added: count("insertion").unwrap_or(0), removed: count("deletion").unwrap_or(0) }
}

/// Files that differ from HEAD; ignored ones do not count, if they were asked for.
pub(crate) fn dirty(status: &Status) -> u32 {
    let differing = status.entries.iter().filter(|entry| entry.kind != Kind::Ignored);
    u32::try_from(differing.count()).unwrap_or(u32::MAX)
}

/// Commits ahead and behind; an unborn HEAD is neither.
pub(crate) fn distance(
    client: &GitCli,
    worktree: &AbsPath,
    head: Option<&ObjectId>,
    base: &ObjectId,
    base_branch: Option<&BranchName>,
) -> Result<(u32, u32), GitError> {
    let Some(head) = head else { return Ok((0, 0)) };
    if let Some(branch) = base_branch {
        let answer = count(client, worktree, &format!("{}...{head}", branch.full_ref()), base)?;
        if answer.success() {
            return read(&answer);
        }
    }
    // The base branch is gone: what is left is the commit that the work began at.
    let answer = count(client, worktree, head.as_str(), base)?;
    if answer.success() {
        return Ok((read(&answer)?.0, 0));
    }
    let common_dir = crate::location::locate(client, worktree)?.common_dir;
    crate::refs::resolve(client, &common_dir, base.as_str())?;
    Err(answer.failure())
}

/// `^base` changes the left count only where HEAD was moved to before its own base.
fn count(client: &GitCli, worktree: &AbsPath, range: &str, base: &ObjectId) -> Result<Answer, GitError> {
    Call::in_checkout(client, worktree, "rev-list")
        .args(["rev-list", "--left-right", "--count", range, &format!("^{base}"), "--"])
        .answer()
}

/// `LEFT<tab>RIGHT`: left is the base branch's side, right is HEAD's; without a `...` range all is on the right.
fn read(answer: &Answer) -> Result<(u32, u32), GitError> {
    let text = answer.text();
    let numbers: Vec<u32> = text.split('\t').filter_map(|number| number.parse().ok()).collect();
    match numbers.as_slice() {
        [left, right] => Ok((*right, *left)),
        _ => Err(answer.strange()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_lines_are_read_in_every_form() {
        for (text, added, removed) in [
            (" 3 files changed, 10 insertions(+), 2 deletions(-)", 10, 2),
            (" 1 file changed, 1 insertion(+)", 1, 0),
            (" 1 file changed, 1 deletion(-)", 0, 1),
            (" 1 file changed, 0 insertions(+), 0 deletions(-)", 0, 0),
            ("", 0, 0),
        ] {
            assert_eq!(counted(text), LinesChanged { added, removed }, "{text:?}");
        }
    }
}
