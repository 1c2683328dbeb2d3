//! Committing in a workspace of ours, for agents whose sandbox cannot. The person's identity and signing settings
//! hold; no hook runs, and nobody can be asked (a signing program that wants a passphrase runs into its time
//! limit).

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use owt_core::AbsPath;
use owt_core::vcs::ObjectId;
use owt_ports::CommitPlan;
use owt_ports::CommitReport;
use owt_ports::GitError;

use crate::GitCli;
use crate::call::Call;
use crate::index::Index;
use crate::index::IndexCopy;
use crate::index::Selection;
use crate::location;
use crate::location::Location;
use crate::status;
use crate::status::Kind;
use crate::status::Listing;
use crate::status::Status;
use crate::unfinished;

/// For the commit itself: nearly nothing, but for a signature with a hardware key.
const COMMIT: Duration = Duration::from_secs(120);

/// Commits; see [`owt_ports::Git::commit_all`].
pub(crate) fn commit_all(
    client: &GitCli,
    worktree: &AbsPath,
    message: &str,
) -> Result<Option<CommitReport>, GitError> {
    let location = location::locate(client, worktree)?;
    let top = location.require_worktree(worktree)?;
    let status = committable(client, &location, top)?;
    let before = IndexCopy::of(&location.git_dir, &client.settings().scratch, &fresh_name())?;
    let selection = Selection::of_the_work(top, &status.entries);
    let index = Index { client, worktree: top, file: None, objects: None };
    let entered = index.enter(&selection);
    let left = index.entries();
    let made = entered.and_then(|()| made(&index, &selection, message));
    // What fails changes nothing: new files would stay staged, and secret ones be so no more.
    if made.is_err() && head(client, top).ok() == status.head {
        let is_as_left = || left.is_ok() && left == index.entries();
        // A git that holds the index now says more than we know of it.
        let _ = before.put_back(&location.git_dir, is_as_left);
    }
    made
}

fn made(
    index: &Index<'_>,
    selection: &Selection<'_>,
    message: &str,
) -> Result<Option<CommitReport>, GitError> {
    let (client, top) = (index.client, index.worktree);
    let files = selection.changed_paths().len();
    if files == 0 || !index.differs_from_head()? {
        return Ok(None);
    }
    commit(client, top, message)?;
    Ok(Some(CommitReport {
        commit: head(client, top)?,
        files: u32::try_from(files).unwrap_or(u32::MAX),
        withheld: withheld(selection),
    }))
}

/// A name that no other commit of this process has. After a restart the names come again, and what was left of them goes.
fn fresh_name() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("commit-{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Plans; see [`owt_ports::Git::commit_plan`].
pub(crate) fn commit_plan(client: &GitCli, worktree: &AbsPath) -> Result<CommitPlan, GitError> {
    let location = location::locate(client, worktree)?;
    let top = location.require_worktree(worktree)?;
    let status = committable(client, &location, top)?;
    let selection = Selection::of_the_work(top, &status.entries);
    let files =
        selection.changed_paths().into_iter().map(|path| path.to_string_lossy().into_owned()).collect();
    Ok(CommitPlan { files, withheld: withheld(&selection) })
}

/// The status of a checkout in which something can be committed.
fn committable(client: &GitCli, location: &Location, top: &AbsPath) -> Result<Status, GitError> {
    unfinished::refuse(location, top)?;
    let status = status::status(client, top, Listing::Everything)?;
    if status.entries.iter().any(|entry| matches!(entry.kind, Kind::Unmerged(_))) {
        return Err(GitError::Unfinished { dir: top.clone(), what: "conflicts are not resolved".to_owned() });
    }
    Ok(status)
}

fn withheld(selection: &Selection<'_>) -> Vec<String> {
    let held = selection.secret.iter().chain(&selection.nested);
    held.map(|entry| entry.path.to_string_lossy().into_owned()).collect()
}

fn commit(client: &GitCli, top: &AbsPath, message: &str) -> Result<(), GitError> {
    let answer = Call::in_checkout(client, top, "commit")
        // An identity that git guesses from the machine's name is nobody's.
        .args(["-c", "user.useConfigOnly=true", "-c", "i18n.commitEncoding=UTF-8"])
        // `whitespace`: a line that begins with `#` is text, not a comment.
        .args(["commit", "--quiet", "--cleanup=whitespace", "--file=-"])
        .input(message.as_bytes().to_vec())
        .limit(COMMIT)
        .without_terminal()
        .answer()?;
    if answer.success() {
        return Ok(());
    }
    let who = Call::in_checkout(client, top, "var")
        .args(["-c", "user.useConfigOnly=true", "var", "GIT_COMMITTER_IDENT"])
        .answer()?;
    if who.success() {
        return Err(answer.failure());
    }
    let message = "git does not know who you are: set user.name and user.email (git config --global)";
    Err(GitError::Failed { operation: "commit".to_owned(), message: message.to_owned() })
}

fn head(client: &GitCli, top: &AbsPath) -> Result<ObjectId, GitError> {
    let answer = Call::in_checkout(client, top, "rev-parse")
        .args(["rev-parse", "--verify", "-q", "HEAD"])
        .succeed()?;
    ObjectId::new(answer.text()).map_err(|_| answer.strange())
}
