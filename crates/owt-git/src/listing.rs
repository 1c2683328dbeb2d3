//! Which files a checkout has: those of certain names, those that git does not track, folders that it ignores.
//! Knows nothing of what they are for.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use owt_core::AbsPath;
use owt_core::environment::RelPath;
use owt_ports::GitError;
use owt_ports::Standing;
use owt_ports::Untracked;

use crate::GitCli;
use crate::call::Answer;
use crate::call::Call;

/// git itself picks the names out, so that a tree of any size is a short answer.
pub(crate) fn files(client: &GitCli, worktree: &AbsPath, names: &[&str]) -> Result<Vec<RelPath>, GitError> {
    let wanted = names.iter().map(|name| format!(":(glob)**/{name}"));
    let call = Call::in_checkout(client, worktree, "ls-files")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--"])
        .args(wanted)
        .env("GIT_LITERAL_PATHSPECS", "0");
    // A file in conflict is there once for each side.
    let found: BTreeSet<RelPath> = paths(&call.succeed()?).into_iter().collect();
    Ok(found.into_iter().collect())
}

impl GitCli {
    /// Which of these files, named from the root of a checkout, git tracks there.
    ///
    /// # Errors
    /// [`GitError::NotARepository`] when the folder is gone.
    pub fn tracked(&self, checkout: &AbsPath, paths: &[String]) -> Result<BTreeSet<String>, GitError> {
        let call = Call::in_checkout(self, checkout, "ls-files").args(["ls-files", "-z", "--"]).args(paths);
        Ok(self::paths(&call.succeed()?).into_iter().map(|path| path.to_string()).collect())
    }
}

pub(crate) fn untracked(
    client: &GitCli,
    source: &AbsPath,
    worktree: &AbsPath,
    patterns: &[String],
) -> Result<Vec<Untracked>, GitError> {
    if patterns.is_empty() {
        return Ok(Vec::new());
    }
    let call = Call::in_checkout(client, source, "ls-files").args(["ls-files", "-z", "--others"]);
    let call = match anchored(patterns) {
        // Whole folders need not be entered then.
        Some(pathspecs) => call.arg("--").args(pathspecs).env("GIT_LITERAL_PATHSPECS", "0"),
        None => call.arg("--ignored").args(patterns.iter().map(|pattern| format!("--exclude={pattern}"))),
    };
    // A path that ends with a slash is a repository of its own.
    let found: Vec<RelPath> =
        call.succeed()?.records().filter(|path| !path.ends_with(b"/")).filter_map(path).collect();
    let ignored = ignored(client, worktree, &found)?;
    let standing = |path: &RelPath| if ignored.contains(path) { Standing::Ignored } else { Standing::Shown };
    Ok(found.into_iter().map(|path| Untracked { standing: standing(&path), path }).collect())
}

pub(crate) fn ignored_folders(client: &GitCli, source: &AbsPath) -> Result<Vec<RelPath>, GitError> {
    let answer = all_ignored(client, source)?;
    Ok(answer.records().filter(|path| path.ends_with(b"/")).filter_map(path).collect())
}

pub(crate) fn ignored_files(
    client: &GitCli,
    source: &AbsPath,
    names: &[&str],
) -> Result<Vec<RelPath>, GitError> {
    let answer = all_ignored(client, source)?;
    let is_named = |path: &&[u8]| {
        let name = path.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
        names.iter().any(|wanted| wanted.as_bytes() == name)
    };
    Ok(answer.records().filter(is_named).filter_map(path).collect())
}

/// A folder that is ignored as a whole is one record that ends with a slash, and is not entered.
fn all_ignored(client: &GitCli, source: &AbsPath) -> Result<Answer, GitError> {
    let call = Call::in_checkout(client, source, "ls-files").args([
        "ls-files",
        "-z",
        "--others",
        "--ignored",
        "--exclude-standard",
        "--directory",
    ]);
    call.succeed()
}

/// The patterns as pathspecs, if each names files at one place: `/.env`, `/web/.env.*`.
fn anchored(patterns: &[String]) -> Option<Vec<String>> {
    let plain = |pattern: &String| {
        let rest = pattern.strip_prefix('/')?;
        let at_one_place = !rest.is_empty() && !rest.ends_with('/') && !rest.contains("**");
        at_one_place.then(|| format!(":(top,glob){rest}"))
    };
    patterns.iter().map(plain).collect()
}

/// Those of the paths that a rule of this checkout ignores; exit code 1 says: none (git-check-ignore(1)).
fn ignored(client: &GitCli, worktree: &AbsPath, paths: &[RelPath]) -> Result<BTreeSet<RelPath>, GitError> {
    if paths.is_empty() {
        return Ok(BTreeSet::new());
    }
    let mut input = Vec::new();
    for path in paths {
        // Whatever the name begins with, it is a path and no pattern.
        input.extend_from_slice(b"./");
        input.extend_from_slice(path.as_path().as_os_str().as_bytes());
        input.push(0);
    }
    let answer = Call::in_checkout(client, worktree, "check-ignore")
        .args(["check-ignore", "-z", "--stdin", "--no-index"])
        .env("GIT_LITERAL_PATHSPECS", "0")
        .input(input)
        .answer()?;
    match answer.code() {
        Some(0) => Ok(self::paths(&answer).into_iter().collect()),
        Some(1) => Ok(BTreeSet::new()),
        _ => Err(answer.failure()),
    }
}

fn paths(answer: &Answer) -> Vec<RelPath> {
    answer.records().filter_map(path).collect()
}

fn path(bytes: &[u8]) -> Option<RelPath> {
    RelPath::new(OsStr::from_bytes(bytes)).ok()
}
