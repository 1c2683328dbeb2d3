//! Files as a commit has them, whatever lies in any checkout.

use owt_core::AbsPath;
use owt_core::vcs::ObjectId;
use owt_ports::GitError;

use crate::GitCli;
use crate::call::Call;

/// The largest file that is looked at, in bytes.
const MAX_BYTES: u64 = 1024 * 1024;

/// Reads them; see [`owt_ports::Landing::files_at`].
pub(super) fn read(
    client: &GitCli,
    common_dir: &AbsPath,
    commit: &ObjectId,
    paths: &[&str],
) -> Result<Vec<(String, Vec<u8>)>, GitError> {
    let answer = Call::in_repository(client, common_dir, "ls-tree")
        .args(["ls-tree", "-z", "--long", "--full-tree", commit.as_str(), "--"])
        .args(paths.iter().copied())
        .succeed()?;
    let mut files = Vec::new();
    for line in answer.records() {
        let line = std::str::from_utf8(line).map_err(|_| answer.strange())?;
        let (meta, path) = line.split_once('\t').ok_or_else(|| answer.strange())?;
        // `<mode> <type> <object> <size>`, columns filled up with blanks (git-ls-tree(1), "--long").
        let [mode, _, object, size] = meta.split_whitespace().collect::<Vec<_>>()[..] else {
            return Err(answer.strange());
        };
        if !mode.starts_with("100") {
            continue;
        }
        if size.parse::<u64>().map_err(|_| answer.strange())? > MAX_BYTES {
            return Err(GitError::TooLarge { path: path.to_owned(), limit: MAX_BYTES });
        }
        let content = Call::in_repository(client, common_dir, "cat-file")
            .args(["cat-file", "blob", object])
            .succeed()?;
        files.push((path.to_owned(), content.bytes().to_vec()));
    }
    Ok(files)
}
