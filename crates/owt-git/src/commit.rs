//! Committing in a workspace of ours, for agents whose sandbox cannot, and before work lands. The person's identity and
//! signing settings hold; no hook runs but those that are handed over, and nobody can be asked (a signing program that
//! wants a passphrase runs into its time limit).

use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use owt_core::AbsPath;
use owt_core::vcs::ObjectId;
use owt_ports::CommitHooks;
use owt_ports::CommitPlan;
use owt_ports::CommitReport;
use owt_ports::Committing;
use owt_ports::GitError;

use crate::GitCli;
use crate::call::Call;
use crate::failure;
use crate::index::Index;
use crate::index::IndexCopy;
use crate::index::Selection;
use crate::landing::lay_hooks;
use crate::landing::name_hooks;
use crate::location;
use crate::location::Location;
use crate::status;
use crate::status::Kind;
use crate::status::Listing;
use crate::status::Status;
use crate::unfinished;

/// For the commit itself: nearly nothing, but for a signature with a hardware key.
const COMMIT: Duration = Duration::from_secs(120);

/// How often a checkout is looked at anew whose index somebody changes meanwhile.
const TRIES: u32 = 5;

/// Commits; see [`owt_ports::Git::commit_all`].
pub(crate) fn commit_all(
    client: &GitCli,
    worktree: &AbsPath,
    message: &str,
) -> Result<Option<CommitReport>, GitError> {
    commit_with(client, worktree, message, None)
}

/// Commits; see [`owt_ports::Git::commit_left`].
pub(crate) fn commit_left(
    client: &GitCli,
    worktree: &AbsPath,
    message: &str,
    hooks: &CommitHooks,
) -> Result<Option<CommitReport>, GitError> {
    if hooks.files.is_empty() {
        return commit_all(client, worktree, message);
    }
    let around = client.settings().scratch.join("hooks").join(&fresh_name());
    // What a server that died has left there.
    let _ = fs::remove_dir_all(around.as_path());
    let laid = lay_hooks(&around, &hooks.files).and_then(|folder| {
        commit_with(client, worktree, message, Some(Running { folder: &folder, limit: hooks.limit }))
    });
    let _ = fs::remove_dir_all(around.as_path());
    laid.map_err(|error| name_hooks(error, Committing::Left, &hooks.files))
}

/// Hooks that run.
#[derive(Clone, Copy)]
struct Running<'a> {
    folder: &'a AbsPath,
    limit: Duration,
}

fn commit_with(
    client: &GitCli,
    worktree: &AbsPath,
    message: &str,
    hooks: Option<Running<'_>>,
) -> Result<Option<CommitReport>, GitError> {
    let location = location::locate(client, worktree)?;
    let top = location.require_worktree(worktree)?;
    for _ in 0..TRIES {
        if let Some(staged) = staged(client, &location, top)? {
            return staged.commit(message, hooks);
        }
    }
    Err(GitError::Busy { dir: top.clone(), what: "somebody stages files".to_owned() })
}

/// A checkout with what is to be committed in its index, and in a copy of that of our own.
struct Staged<'a> {
    client: &'a GitCli,
    location: &'a Location,
    top: &'a AbsPath,
    head: Option<ObjectId>,
    /// As it was before.
    before: IndexCopy,
    /// As it is committed: what somebody stages from here on is theirs, and stays staged.
    work: IndexCopy,
    files: usize,
    withheld: Vec<String>,
}

/// Stages what is to be committed; `None`: somebody has changed the index since it was looked at, and nothing was touched. It is
/// made in a copy, which takes the place of the index under git's own lock.
fn staged<'a>(
    client: &'a GitCli,
    location: &'a Location,
    top: &'a AbsPath,
) -> Result<Option<Staged<'a>>, GitError> {
    let scratch = &client.settings().scratch;
    // Before anything is looked at: what is staged from here on makes a difference.
    let before = IndexCopy::of(&location.git_dir, scratch, &fresh_name())?;
    let status = committable(client, location, top)?;
    let selection = Selection::of_the_work(top, &status.entries);
    let work = before.again(scratch, &fresh_name())?;
    let of_work = work.path();
    Index { client, worktree: top, file: Some(&of_work), objects: None }.enter(&selection)?;
    let put = work.put_back(&location.git_dir, || before.is_copy_of(&location.git_dir));
    if !put.map_err(|error| held(&error, location, top))? {
        return Ok(None);
    }
    let (files, withheld) = (selection.changed_paths().len(), withheld(&selection));
    Ok(Some(Staged { client, location, top, head: status.head.clone(), before, work, files, withheld }))
}

fn held(error: &io::Error, location: &Location, top: &AbsPath) -> GitError {
    let lock = location.git_dir.join("index.lock");
    match error.kind() {
        io::ErrorKind::AlreadyExists => {
            GitError::Busy { dir: top.clone(), what: format!("another git holds {lock}") }
        }
        _ => failure::of_file(error, "index.lock", lock.as_path()),
    }
}

impl Staged<'_> {
    fn commit(self, message: &str, hooks: Option<Running<'_>>) -> Result<Option<CommitReport>, GitError> {
        let made = self.made(message, hooks);
        // What fails changes nothing: new files would stay staged, and secret ones be so no more.
        if made.is_err() && head(self.client, self.top).ok() == self.head {
            let of_work = self.work.path();
            let index = |file| Index { client: self.client, worktree: self.top, file, objects: None };
            let is_as_left =
                || index(Some(&of_work)).entries().is_ok_and(|left| index(None).entries() == Ok(left));
            // A git that holds the index now says more than we know of it.
            let _ = self.before.put_back(&self.location.git_dir, is_as_left);
        }
        made
    }

    fn made(&self, message: &str, hooks: Option<Running<'_>>) -> Result<Option<CommitReport>, GitError> {
        let (client, top, of_work) = (self.client, self.top, self.work.path());
        let index = Index { client, worktree: top, file: Some(&of_work), objects: None };
        if self.files == 0 || !index.differs_from_head()? {
            return Ok(None);
        }
        // What a hook stages is to be in the checkout's own index, as it is after a commit of the person's.
        let file = if hooks.is_some() { None } else { Some(of_work.as_path()) };
        commit(client, top, file, (message, hooks))?;
        Ok(Some(CommitReport {
            commit: head(client, top)?,
            files: u32::try_from(self.files).unwrap_or(u32::MAX),
            withheld: self.withheld.clone(),
        }))
    }
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

fn commit(
    client: &GitCli,
    top: &AbsPath,
    index: Option<&Path>,
    (message, hooks): (&str, Option<Running<'_>>),
) -> Result<(), GitError> {
    let call = Call::in_checkout(client, top, "commit");
    let call = match hooks {
        None => call.limit(COMMIT),
        Some(Running { folder, limit }) => call
            .args(["-c", &format!("core.hooksPath={folder}")])
            // Hooks ask git with patterns.
            .env("GIT_LITERAL_PATHSPECS", "0")
            .limit(limit),
    };
    let call = match index {
        Some(file) => call.args(["-c", "core.splitIndex=false"]).env("GIT_INDEX_FILE", file),
        None => call,
    };
    let answer = call
        // An identity that git guesses from the machine's name is nobody's.
        .args(["-c", "user.useConfigOnly=true", "-c", "i18n.commitEncoding=UTF-8"])
        // `whitespace`: a line that begins with `#` is text, not a comment.
        .args(["commit", "--quiet", "--cleanup=whitespace", "--file=-"])
        .input(message.as_bytes().to_vec())
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
