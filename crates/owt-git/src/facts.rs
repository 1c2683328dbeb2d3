//! How a workspace stands against its base: two git processes, and two more where it has work of its own.

use std::collections::BTreeMap;
use std::os::unix::ffi::OsStringExt as _;
use std::time::Duration;

use owt_core::AbsPath;
use owt_core::edits::EditedFile;
use owt_core::edits::EditedFiles;
use owt_core::vcs::BranchName;
use owt_core::vcs::LinesChanged;
use owt_core::vcs::ObjectId;
use owt_core::vcs::UNMERGED_SHOWN;
use owt_core::vcs::WorktreeFacts;
use owt_ports::ChangedFile;
use owt_ports::GitError;

use crate::GitCli;
use crate::call::Answer;
use crate::call::Call;
use crate::diff::STEADY;
use crate::diff::listed_files;
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
    own_work(client, worktree, &facts, base, base_branch).told_in(&mut facts);
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
        changed: EditedFiles::default(),
        unknown: status
            .entries
            .iter()
            .filter(|entry| entry.kind == Kind::Untracked)
            .map(|entry| EditedFile::named_by_git(&entry.path.to_string_lossy()))
            .collect(),
    }
}

/// The largest new file whose lines are counted, in bytes.
const LARGEST_COUNTED: u64 = 1024 * 1024;

/// Among how many of its first bytes git looks for a NUL to tell that a file is no text.
const TOLD_BY: usize = 8000;

/// What a workspace's own work changes.
#[derive(Debug, Default)]
pub(crate) struct OwnWork {
    /// `None` where that could not be told.
    lines: Option<LinesChanged>,
    files: EditedFiles,
}

impl OwnWork {
    fn of(files: &[ChangedFile]) -> Self {
        // A path in which a merge has left conflicts is listed twice.
        let counts: BTreeMap<&str, (u64, u64)> =
            files.iter().filter_map(|file| Some((file.path.as_str(), file.lines?))).collect();
        let count = |of: fn((u64, u64)) -> u64| {
            let lines = counts.values().copied().map(of).fold(0, u64::saturating_add);
            u32::try_from(lines).unwrap_or(u32::MAX)
        };
        let lines = LinesChanged { added: count(|(added, _)| added), removed: count(|(_, removed)| removed) };
        let files = files.iter().map(|file| EditedFile::named_by_git(&file.path)).collect();
        Self { lines: Some(lines), files }
    }

    /// Nothing at all.
    fn none() -> Self {
        Self { lines: Some(LinesChanged::default()), files: EditedFiles::default() }
    }

    /// With the lines of the files that git does not know yet, as far as they are named.
    fn with_new_files(mut self, worktree: &AbsPath, unknown: &EditedFiles) -> Self {
        if let Some(lines) = &mut self.lines {
            let new = unknown.named().filter_map(|file| lines_of(&worktree.join(file.as_str())));
            lines.added = new.fold(lines.added, u32::saturating_add);
        }
        self
    }

    /// Puts it among the facts.
    pub(crate) fn told_in(self, facts: &mut WorktreeFacts) {
        (facts.lines, facts.changed) = (self.lines, self.files);
    }
}

/// The files that differ, and by how many lines, from the commit at which its work left the base branch or the one that the
/// work began at, whichever is later (where the branch is gone: the latter). Where nothing is its own nobody is asked. They are
/// there for a person to see: what fails or takes long leaves them unknown, and nothing else.
pub(crate) fn own_work(
    client: &GitCli,
    worktree: &AbsPath,
    facts: &WorktreeFacts,
    base: &ObjectId,
    base_branch: Option<&BranchName>,
) -> OwnWork {
    let Some(head) = &facts.head else { return OwnWork::default() };
    if facts.ahead == 0 && facts.dirty_files == 0 {
        return OwnWork::none();
    }
    let looked = against(client, worktree, head, base, base_branch)
        .and_then(|against| look_at_files(client, worktree, &against));
    match looked {
        Ok(own) => own.with_new_files(worktree, &facts.unknown),
        Err(error) => {
            tracing::debug!(%worktree, %error, "what was changed could not be told");
            OwnWork::default()
        }
    }
}

/// How many lines git would count in a new file, or in where a link leads to; nothing where that is no text.
fn lines_of(path: &AbsPath) -> Option<u32> {
    let path = path.as_path();
    let kind = path.symlink_metadata().ok()?;
    let bytes = match kind.is_symlink() {
        true => path.read_link().ok()?.into_os_string().into_vec(),
        false if kind.is_file() && kind.len() <= LARGEST_COUNTED => std::fs::read(path).ok()?,
        false => return None,
    };
    if bytes.iter().take(TOLD_BY).any(|&byte| byte == 0) {
        return None;
    }
    let unended = bytes.last().is_some_and(|&byte| byte != b'\n');
    let ended = bytes.iter().filter(|&&byte| byte == b'\n').count();
    u32::try_from(ended + usize::from(unended)).ok()
}

/// Of the files as they lie there. `diff` would write the index with what it has learned of their times, under its lock and
/// without being asked (`diff.autoRefreshIndex`; git 2.47); this one only reads.
fn look_at_files(client: &GitCli, worktree: &AbsPath, against: &ObjectId) -> Result<OwnWork, GitError> {
    let call = Call::in_checkout(client, worktree, "diff-index").limit(COUNTING).without_terminal();
    let call =
        call.args(["diff-index", "--raw", "--numstat", "-z", "--no-abbrev"]).args(STEADY.iter().copied());
    let answer = call.args([against.as_str(), "--"]).succeed()?;
    let files = listed_files(answer.bytes()).ok_or_else(|| answer.strange())?;
    Ok(OwnWork::of(&files))
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
