//! How a workspace stands against its base: two git processes, and one more where it has work of its own.

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
    facts.lines = lines(client, worktree, &facts, base, base_branch)?;
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

/// The lines by which its files differ from the commit at which its work left the base branch (where that is gone: the commit
/// that the work began at). Where nothing is its own nobody is asked.
pub(crate) fn lines(
    client: &GitCli,
    worktree: &AbsPath,
    facts: &WorktreeFacts,
    base: &ObjectId,
    base_branch: Option<&BranchName>,
) -> Result<Option<LinesChanged>, GitError> {
    if facts.head.is_none() {
        return Ok(None);
    }
    if facts.ahead == 0 && facts.dirty_files == 0 {
        return Ok(Some(LinesChanged::default()));
    }
    let branch = base_branch.map(BranchName::full_ref);
    for against in branch.as_deref().into_iter().chain([base.as_str()]) {
        let answer = Call::in_checkout(client, worktree, "diff")
            .args(["diff", "--shortstat", "--merge-base"])
            .args(STEADY.iter().copied())
            .args([against, "--"])
            .answer()?;
        if answer.success() {
            return Ok(Some(counted(&answer.text())));
        }
    }
    Ok(None)
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
