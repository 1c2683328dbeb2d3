//! Branches and revisions: looked up by full names, moved only by compare-and-swap.

use owt_core::AbsPath;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_ports::BranchState;
use owt_ports::GitError;

use crate::GitCli;
use crate::administration;
use crate::call::Call;
use crate::call::WRITE;
use crate::location::absolute;

/// Where a branch points and which worktree has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Branch {
    pub(crate) tip: ObjectId,
    pub(crate) checked_out_at: Option<AbsPath>,
}

/// What a ref is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefKind {
    /// A branch of the repository's own.
    Branch,
    /// Where a branch of a remote was last seen.
    RemoteBranch,
    /// A tag.
    Tag,
}

impl RefKind {
    const fn folder(self) -> &'static str {
        match self {
            Self::Branch => "refs/heads",
            Self::RemoteBranch => "refs/remotes",
            Self::Tag => "refs/tags",
        }
    }
}

/// How many names are read at most: a person chooses among them.
const MOST_NAMES: &str = "--count=1000";

impl GitCli {
    /// Names of these kinds of refs, as a person writes them, those with the newest commits first; at most 1,000.
    ///
    /// # Errors
    /// [`GitError::NotARepository`].
    pub fn ref_names(&self, checkout: &AbsPath, kinds: &[RefKind]) -> Result<Vec<String>, GitError> {
        let answer = Call::in_checkout(self, checkout, "for-each-ref")
            .args([
                "for-each-ref",
                MOST_NAMES,
                "--sort=-creatordate",
                "--format=%(symref)%00%(refname:lstrip=2)",
            ])
            .args(kinds.iter().map(|kind| kind.folder()))
            .succeed()?;
        // A ref that names another, like a remote's HEAD, is no choice of its own.
        let name = |line: &str| line.strip_prefix('\0').map(str::to_owned);
        Ok(answer.text().lines().filter_map(name).collect())
    }
}

/// The commit that a name means; a branch wins over everything else of its name.
pub(crate) fn resolve(client: &GitCli, common_dir: &AbsPath, name: &str) -> Result<ObjectId, GitError> {
    let unknown = || GitError::UnknownRevision { name: name.to_owned() };
    if name.is_empty() || name.contains(char::is_control) {
        return Err(unknown());
    }
    // On standard input a name cannot be taken for an option.
    let questions = format!("refs/heads/{name}^{{commit}}\n{name}^{{commit}}\n");
    let answer = Call::in_repository(client, common_dir, "cat-file")
        .args(["cat-file", "--batch-check=%(objectname)"])
        .input(questions.into_bytes())
        .succeed()?;
    answer.text().lines().find_map(|line| ObjectId::new(line).ok()).ok_or_else(unknown)
}

/// Whether a branch of this name could be made.
pub(crate) fn branch_state(
    client: &GitCli,
    common_dir: &AbsPath,
    branch: &BranchName,
) -> Result<BranchState, GitError> {
    let full = branch.full_ref();
    let ancestors = full.match_indices('/').map(|(at, _)| &full[..at]).skip(2);
    let answer = Call::in_repository(client, common_dir, "for-each-ref")
        .args(["for-each-ref", "--count=1", "--format=%(objectname) %(refname)"])
        // A name means itself and all below it.
        .arg(&full)
        .args(ancestors.map(exactly))
        .succeed()?;
    let text = answer.text();
    let Some((oid, name)) = text.split_once(' ') else {
        return Ok(BranchState::Free);
    };
    if name != full {
        return Ok(BranchState::Conflicts(name.to_owned()));
    }
    ObjectId::new(oid).map(BranchState::Taken).map_err(|_| answer.strange())
}

/// A pattern of for-each-ref that matches this ref and nothing below it: one with a bracket is a glob. The
/// bracket goes around the last plain letter or digit (git's globs know bytes, and `[!]` is something else), so
/// that as many refs as possible are skipped by their prefix; `refs/heads/` always has one.
pub(crate) fn exactly(full_ref: &str) -> String {
    match full_ref.rfind(|c: char| c.is_ascii_alphanumeric()) {
        Some(at) => format!("{}[{}]{}", &full_ref[..at], &full_ref[at..=at], &full_ref[at + 1..]),
        None => full_ref.to_owned(),
    }
}

/// Where a branch points and who has it; `None` when there is no such branch.
pub(crate) fn branch(
    client: &GitCli,
    common_dir: &AbsPath,
    branch: &BranchName,
) -> Result<Option<Branch>, GitError> {
    let answer = Call::in_repository(client, common_dir, "for-each-ref")
        .args(["for-each-ref", "--format=%(objectname)%00%(refname)%00%(worktreepath)"])
        .arg(exactly(&branch.full_ref()))
        .succeed()?;
    let line = answer.bytes().strip_suffix(b"\n").unwrap_or(answer.bytes());
    if line.is_empty() {
        return Ok(None);
    }
    let fields: Vec<&[u8]> = line.splitn(3, |&byte| byte == 0).collect();
    let [oid, _, path] = fields.as_slice() else { return Err(answer.strange()) };
    let tip = ObjectId::new(String::from_utf8_lossy(oid)).map_err(|_| answer.strange())?;
    let checked_out_at = match path {
        // A rebase or bisect has it in its hands although HEAD is detached.
        [] => administration::held_by_operation(common_dir, branch),
        path => Some(absolute(path)?),
    };
    Ok(Some(Branch { tip, checked_out_at }))
}

/// Makes a branch if there is none of that name; one that points there already is success.
pub(crate) fn make_branch(
    client: &GitCli,
    common_dir: &AbsPath,
    branch: &BranchName,
    tip: &ObjectId,
) -> Result<(), GitError> {
    match create(client, common_dir, branch, tip, "owt: made") {
        Err(GitError::BranchTaken(_)) if points_at(client, common_dir, branch, tip)? => Ok(()),
        other => other,
    }
}

fn points_at(
    client: &GitCli,
    common_dir: &AbsPath,
    branch: &BranchName,
    tip: &ObjectId,
) -> Result<bool, GitError> {
    Ok(branch_state(client, common_dir, branch)? == BranchState::Taken(tip.clone()))
}

/// Makes a branch that is not there yet, with this line in its reflog.
///
/// # Errors
/// [`GitError::BranchTaken`], [`GitError::RefConflict`], [`GitError::UnknownRevision`].
pub(crate) fn create(
    client: &GitCli,
    common_dir: &AbsPath,
    branch: &BranchName,
    tip: &ObjectId,
    reason: &str,
) -> Result<(), GitError> {
    let answer = Call::in_repository(client, common_dir, "update-ref")
        .args(["update-ref", "--create-reflog", "-m", reason])
        // The empty old value: it must not exist.
        .args([branch.full_ref().as_str(), tip.as_str(), ""])
        .limit(WRITE)
        .answer()?;
    if answer.success() {
        return Ok(());
    }
    // update-ref has one exit code for every refusal: look for the reason.
    match (branch_state(client, common_dir, branch)?, answer.failure()) {
        (BranchState::Taken(_), _) => Err(GitError::BranchTaken(branch.clone())),
        (BranchState::Conflicts(existing), _) => {
            Err(GitError::RefConflict { wanted: branch.clone(), existing })
        }
        (BranchState::Free, failure @ GitError::Failed { .. }) => {
            resolve(client, common_dir, tip.as_str()).and(Err(failure))
        }
        (BranchState::Free, failure) => Err(failure),
    }
}

/// Deletes a branch if it still points at `expected`; one that is gone is success.
///
/// `.git/config` is not touched: a `[branch]` section that somebody wrote stays.
pub(crate) fn delete_branch(
    client: &GitCli,
    common_dir: &AbsPath,
    name: &BranchName,
    expected: &ObjectId,
) -> Result<(), GitError> {
    let Some(found) = branch(client, common_dir, name)? else { return Ok(()) };
    if let Some(at) = found.checked_out_at {
        return Err(GitError::CheckedOutElsewhere { branch: name.clone(), at });
    }
    let moved = |found: &ObjectId| GitError::RefMoved {
        name: name.full_ref(),
        expected: expected.to_string(),
        found: found.to_string(),
    };
    if found.tip != *expected {
        return Err(moved(&found.tip));
    }
    let answer = delete_ref(client, common_dir, &name.full_ref(), expected)?;
    if answer.success() {
        return Ok(());
    }
    match branch(client, common_dir, name)? {
        None => Ok(()),
        Some(now) if now.tip != *expected => Err(moved(&now.tip)),
        Some(_) => Err(answer.failure()),
    }
}

/// Deletes a ref if it still holds `expected`.
pub(crate) fn delete_ref(
    client: &GitCli,
    common_dir: &AbsPath,
    full_ref: &str,
    expected: &ObjectId,
) -> Result<crate::call::Answer, GitError> {
    Call::in_repository(client, common_dir, "update-ref")
        .args(["update-ref", "-d", full_ref, expected.as_str()])
        .limit(WRITE)
        .answer()
}

/// Whether every commit of `tip` is also in `into`.
pub(crate) fn is_merged(
    client: &GitCli,
    common_dir: &AbsPath,
    tip: &ObjectId,
    into: &ObjectId,
) -> Result<bool, GitError> {
    let answer = Call::in_repository(client, common_dir, "merge-base")
        .args(["merge-base", "--is-ancestor", tip.as_str(), into.as_str()])
        .answer()?;
    match answer.code() {
        Some(0) => Ok(true),
        Some(1) => Ok(false),
        _ => {
            resolve(client, common_dir, tip.as_str())?;
            resolve(client, common_dir, into.as_str())?;
            Err(answer.failure())
        }
    }
}

/// How many commits `tip` has that `base` has not.
pub(crate) fn count_commits(
    client: &GitCli,
    common_dir: &AbsPath,
    base: &ObjectId,
    tip: &ObjectId,
) -> Result<u32, GitError> {
    let answer = Call::in_repository(client, common_dir, "rev-list")
        .args(["rev-list", "--count", tip.as_str(), &format!("^{base}"), "--"])
        .answer()?;
    if !answer.success() {
        resolve(client, common_dir, tip.as_str())?;
        resolve(client, common_dir, base.as_str())?;
        return Err(answer.failure());
    }
    answer.text().parse().map_err(|_| answer.strange())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exact_pattern_brackets_one_plain_character() {
        assert_eq!(exactly("refs/heads/feat"), "refs/heads/fea[t]");
        assert_eq!(exactly("refs/heads/a-日本!"), "refs/heads/[a]-日本!");
        assert_eq!(exactly("refs/heads/日本"), "refs/head[s]/日本");
    }
}
