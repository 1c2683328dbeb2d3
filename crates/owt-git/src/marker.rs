//! How a branch that we made is known again: by the first line of its reflog. The line dies with the branch and
//! needs neither `.git/config` nor a ref of its own.

use owt_core::AbsPath;
use owt_core::vcs::BranchName;
use owt_ports::GitError;

use crate::GitCli;
use crate::call::Call;
use crate::identity::path_bits;

/// What stands in the reflog of a branch that was made for one worktree by one home (their paths as hashes: git squeezes
/// white space in reflog messages).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Marker {
    message: String,
    /// The same without the home, as the first versions wrote it.
    homeless: String,
}

impl Marker {
    /// The marker of branches that this client makes for the worktree at `path`.
    pub(crate) fn for_worktree(client: &GitCli, path: &AbsPath) -> Self {
        let homeless = format!("owt: made for worktree {:032x}", path_bits("owt worktree", path.as_path()));
        let home = home(client);
        Self { message: format!("{homeless} by {home:032x}"), homeless }
    }

    /// As a reflog message.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    fn is(&self, message: &str) -> bool {
        message == self.message || message == self.homeless
    }
}

/// What a home is known by: two never have the same.
pub(crate) fn home(client: &GitCli) -> u128 {
    path_bits("owt home", client.settings().withheld_root.as_path())
}

/// Whether `branch` was made with this marker and has not moved since: its reflog has that one line.
pub(crate) fn is_untouched(
    client: &GitCli,
    common_dir: &AbsPath,
    branch: &BranchName,
    marker: &Marker,
) -> Result<bool, GitError> {
    let messages = reflog(client, common_dir, branch)?;
    Ok(messages.is_some_and(|messages| matches!(&messages[..], [only] if marker.is(only))))
}

/// Whether `branch` was made with this marker, wherever it points now.
pub(crate) fn is_first(
    client: &GitCli,
    common_dir: &AbsPath,
    branch: &BranchName,
    marker: &Marker,
) -> Result<bool, GitError> {
    let messages = reflog(client, common_dir, branch)?;
    Ok(messages.is_some_and(|messages| messages.last().is_some_and(|first| marker.is(first))))
}

/// Whether `branch` was made with this marker by this very home. A marker without a home proves nothing.
pub(crate) fn is_of_this_home(
    client: &GitCli,
    common_dir: &AbsPath,
    branch: &BranchName,
    marker: &Marker,
) -> Result<bool, GitError> {
    let messages = reflog(client, common_dir, branch)?;
    Ok(messages.is_some_and(|messages| messages.last().is_some_and(|first| first == marker.message())))
}

/// The reflog's messages, newest first; `None` when there is no such branch or it has no reflog.
///
/// By `git log`, since `rev-list` leaves `%gs` empty (2.47.3); what a person's settings could add is switched off.
fn reflog(
    client: &GitCli,
    common_dir: &AbsPath,
    branch: &BranchName,
) -> Result<Option<Vec<String>>, GitError> {
    let answer = Call::in_repository(client, common_dir, "log")
        .args(["log", "--walk-reflogs", "--no-patch", "--no-color", "--no-show-signature", "--format=%gs"])
        .args([branch.full_ref().as_str(), "--"])
        .answer()?;
    let messages = answer.text().lines().map(str::to_owned).collect();
    Ok(answer.success().then_some(messages))
}
