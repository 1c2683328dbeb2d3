//! What somebody has changed in a checkout that was laid out.

use owt_core::AbsPath;
use owt_core::vcs::ObjectId;
use owt_ports::GitError;

use crate::GitCli;
use crate::call::Call;

/// Looks; see [`owt_ports::Landing::altered`].
pub(super) fn find(client: &GitCli, root: &AbsPath, commit: &ObjectId) -> Result<Vec<String>, GitError> {
    let head = Call::in_checkout(client, root, "rev-parse")
        .args(["rev-parse", "--verify", "-q", "HEAD"])
        .answer()?;
    let is_elsewhere = head.text() != commit.as_str();
    let files = Call::in_checkout(client, root, "diff")
        // `diff`, not `diff-index`: that names files which were written again as they were.
        .args([
            // What `diff` looks at again it otherwise names, when a person's configuration has this switched off.
            "-c",
            "diff.autoRefreshIndex=true",
            "diff",
            "--name-only",
            "-z",
            "--no-renames",
            "--no-ext-diff",
            "--no-textconv",
            "--no-relative",
        ])
        // A submodule that was checked out has files of its own, which are nothing that lands.
        .args(["--ignore-submodules=dirty", commit.as_str(), "--"])
        .tree_work()
        .succeed()?;
    let names = files.records().map(|name| String::from_utf8_lossy(name).into_owned());
    Ok(is_elsewhere.then(|| "HEAD".to_owned()).into_iter().chain(names).collect())
}
