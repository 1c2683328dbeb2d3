//! What a failed git call means. Exit codes first; where git has one code (128) for everything, its words under
//! `LC_ALL=C` are the only signal, and each such sentence is listed here with the versions that say it.

use std::path::Path;
use std::time::Duration;

use owt_core::AbsPath;
use owt_ports::GitError;
use owt_process::Output;
use owt_process::ProcessError;

/// `strerror(ENOSPC)` and `strerror(EDQUOT)`, which git appends to whatever it was doing, and what it says of an index or a
/// pack (csum-file.c, `flush`; all versions up to 2.51).
const NO_SPACE: &[&str] = &["No space left on device", "Disk quota exceeded", "Out of diskspace"];

/// Where git does not say why it could not write (all versions up to 2.51): entry.c, `write_entry`;
/// refs/files-backend.c, `write_ref_to_lockfile` and `log_ref_write`; read-cache.c; wrapper.c, `write_file`.
const UNWRITTEN: &[&str] =
    &["unable to write", "couldn't write", "could not write", "failed to write", "unable to append to"];

/// A disk with less than this free is full, whatever the words are, in bytes.
pub(crate) const FULL: u64 = 256 * 1024;

/// git 2.35.3 and later (2.35.2 alone said "unsafe repository").
const DUBIOUS: &[&str] = &["detected dubious ownership in repository", "unsafe repository ("];

/// All versions up to 2.51: setup.c, `die(_("not a git repository ..."))`.
const NOT_A_REPOSITORY: &str = "not a git repository";

/// Up to 2.51: setup.c, `die(_("this operation must be run in a work tree"))`: in a bare repository.
const NO_WORK_TREE: &str = "must be run in a work tree";

/// lockfile.c, `unable_to_lock_message` (since 1.6, up to 2.51): "Unable to create '%s.lock': %s."
const LOCK_BEGIN: &str = "Unable to create '";
const LOCK_END: &str = ".lock': File exists";

/// What git says when a folder vanishes or appears under its hands, as fragments of one line (2.47.3, all seen in
/// tests): every command that lists worktrees dies of one that is being made or removed (setup.c, abspath.c);
/// `gc` prunes the entry that `worktree add` has just begun (builtin/worktree.c), and takes empty object folders
/// away from those who write into them (object-file.c).
const PASSING: &[&[&str]] = &[
    &["failed to read ", "/worktrees/", "/commondir: "],
    &[".git/", "/worktrees/", ": No such file or directory"],
    // The last of them has taken the folder of all with it.
    &["Invalid path ", "/worktrees': No such file or directory"],
    &["unable to create temporary file: No such file or directory"],
];

/// How many lines of git's own words an error carries.
const LINES: usize = 12;

/// The failure of a call that ended with an exit code other than 0; `dir` is where it worked.
pub(crate) fn of_answer(output: &Output, operation: &str, dir: &AbsPath) -> GitError {
    let words = output.stderr_utf8_lossy();
    let says = |sentences: &[&str]| sentences.iter().any(|sentence| words.contains(sentence));
    match () {
        () if says(NO_SPACE) => GitError::NoSpace(dir.clone()),
        () if says(UNWRITTEN) && is_full(dir) => GitError::NoSpace(dir.clone()),
        () if says(DUBIOUS) => GitError::DubiousOwnership { dir: dir.clone() },
        () if says(&[NOT_A_REPOSITORY]) || says(&[NO_WORK_TREE]) => {
            GitError::NotARepository { dir: dir.clone() }
        }
        () if is_passing(&words) => {
            GitError::Busy { dir: dir.clone(), what: "git gc or another worktree is in the way".to_owned() }
        }
        () => match between(&words, LOCK_BEGIN, LOCK_END) {
            Some(lock) => GitError::Busy {
                dir: dir.clone(),
                what: format!("another git process holds {lock}.lock (or left it behind)"),
            },
            None => GitError::Failed { operation: operation.to_owned(), message: last_lines(&words, output) },
        },
    }
}

/// The failure of a call that gave no answer.
pub(crate) fn of_process(error: ProcessError, operation: &str, dir: &AbsPath, limit: Duration) -> GitError {
    match error {
        ProcessError::NotFound { program } => GitError::Unusable(format!(
            "'{program}' was not found: install git {} or newer",
            crate::version::MINIMUM
        )),
        ProcessError::WorkingDirectory { .. } => GitError::NotARepository { dir: dir.clone() },
        ProcessError::TimedOut { .. } => GitError::TimedOut { operation: operation.to_owned(), limit },
        ProcessError::NoSpace { .. } => GitError::NoSpace(dir.clone()),
        other => GitError::Failed { operation: operation.to_owned(), message: chain(&other) },
    }
}

/// The failure of a file operation of our own.
pub(crate) fn of_file(error: &std::io::Error, operation: &str, path: &Path) -> GitError {
    let place = path.display();
    let full = rustix::io::Errno::from_io_error(error)
        .is_some_and(|errno| errno == rustix::io::Errno::NOSPC || errno == rustix::io::Errno::DQUOT);
    match AbsPath::new(path) {
        Ok(path) if full => GitError::NoSpace(path),
        _ => GitError::Failed { operation: operation.to_owned(), message: format!("{place}: {error}") },
    }
}

/// Whether the disk that holds this folder has no room left.
fn is_full(folder: &AbsPath) -> bool {
    free(folder.as_path()).is_some_and(|free| free < FULL)
}

/// Bytes that the disk of this folder has left for this user; none where it has no file left, which some file systems
/// do not count (`f_files` 0). `None`: it does not say.
pub(crate) fn free(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    let no_file_left = disk.f_files > 0 && disk.f_favail == 0;
    Some(if no_file_left { 0 } else { disk.f_bavail.saturating_mul(disk.f_frsize) })
}

fn is_passing(words: &str) -> bool {
    let says_all = |fragments: &[&str]| {
        words.lines().any(|line| fragments.iter().all(|fragment| line.contains(fragment)))
    };
    PASSING.iter().any(|fragments| says_all(fragments))
}

/// The path in a sentence, which is on one line.
fn between<'a>(words: &'a str, begin: &str, end: &str) -> Option<&'a str> {
    words.lines().find_map(|line| line.split_once(begin)?.1.split_once(end).map(|(path, _)| path))
}

fn last_lines(words: &str, output: &Output) -> String {
    let lines: Vec<&str> = words.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    if lines.is_empty() {
        return format!("{} without a word", output.status);
    }
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}

fn chain(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", chain(source)),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use owt_process::ExitOutcome;

    use super::*;

    fn meaning(stderr: &str) -> GitError {
        let output = Output {
            status: ExitOutcome::Code(128),
            stdout: Vec::new(),
            stderr: stderr.as_bytes().to_vec(),
            truncated: false,
        };
        of_answer(&output, "x", &AbsPath::new("/r").unwrap())
    }

    #[test]
    fn sentences_without_an_exit_code_of_their_own_are_understood() {
        let dir = AbsPath::new("/r").unwrap();
        assert_eq!(meaning("fatal: write error: No space left on device\n"), GitError::NoSpace(dir.clone()));
        let index = "fatal: sha1 file '/r/index.lock' write error. Out of diskspace\n";
        assert_eq!(meaning(index), GitError::NoSpace(dir.clone()));
        assert_eq!(
            meaning("fatal: detected dubious ownership in repository at '/r'\n"),
            GitError::DubiousOwnership { dir: dir.clone() }
        );
        assert_eq!(
            meaning("fatal: not a git repository (or any of the parent directories): .git\n"),
            GitError::NotARepository { dir: dir.clone() }
        );
        let lock = "fatal: Unable to create '/r/.git/index.lock': File exists.\n\nAnother git process seems";
        assert!(matches!(meaning(lock), GitError::Busy { what, .. } if what.contains("/r/.git/index.lock")));
        for words in [
            "fatal: failed to read /r/.git/worktrees/x/commondir: Success\n",
            "fatal: Invalid path '/r/.git/worktrees/x': No such file or directory\n",
            "fatal: Invalid path '/r/.git/worktrees': No such file or directory\n",
            "fatal: could not open '/r/.git/worktrees/x/locked' for writing: No such file or directory\n",
            "error: unable to create temporary file: No such file or directory\n",
        ] {
            assert!(matches!(meaning(words), GitError::Busy { .. }), "{words}");
        }
    }

    #[test]
    fn other_words_are_carried_to_the_person() {
        assert_eq!(
            meaning("hint: a\n\nfatal: b\n"),
            GitError::Failed { operation: "x".to_owned(), message: "hint: a\nfatal: b".to_owned() }
        );
        assert!(matches!(meaning(""), GitError::Failed { message, .. } if message.contains("exit code 128")));
    }
}
