//! The one way to start git. Each hazard is neutralised here, once, with its reason; callers add only what their
//! subcommand needs. Must not know what any subcommand means.

use std::ffi::OsString;
use std::fs::File;
use std::hash::DefaultHasher;
use std::hash::Hash;
use std::hash::Hasher;
use std::io::Read;
use std::path::Path;
use std::process::ChildStdout;
use std::time::Duration;
use std::time::Instant;

use owt_core::AbsPath;
use owt_ports::GitError;
use owt_process::Cmd;
use owt_process::Input;
use owt_process::Output;
use owt_process::Placement;
use owt_process::Stream;
use owt_process::Streams;
use rustix::event::PollFd;
use rustix::event::PollFlags;
use rustix::event::Timespec;
use rustix::event::poll;
use rustix::io::Errno;

use crate::GitCli;
use crate::failure;

/// Settings forced on every call, each with its reason.
const FORCED: &[(&str, &str)] = &[
    // A checkout runs in-tree hooks otherwise (decision 11).
    ("core.hooksPath", "/dev/null"),
    // It may name a program; and a daemon would outlive the call.
    ("core.fsmonitor", "false"),
    // Submodules are other repositories: nothing of ours reaches into them.
    ("submodule.recurse", "false"),
    // Paths come as their bytes.
    ("core.quotePath", "false"),
    // Repacking is the person's business, and a detached gc would outlive the call.
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    // Since git 2.48 `worktree add` would otherwise write `extensions.relativeWorktrees` into `.git/config`.
    ("worktree.useRelativePaths", "false"),
    // Never refuse to read a file because of its line ends; nothing is lost, the file stays.
    ("core.safecrlf", "false"),
    // git waits for its own ref locks (default 100 ms, 1 s and 100 ms), so that parallel work does not fail.
    ("core.filesRefLockTimeout", "5000"),
    ("core.packedRefsTimeout", "5000"),
    ("reftable.lockTimeout", "5000"),
];

/// For calls that only look.
pub(crate) const LOOK: Duration = Duration::from_secs(120);

/// For calls that write refs and objects.
pub(crate) const WRITE: Duration = Duration::from_secs(120);

/// For calls that write a whole working tree, or read all of it into objects.
const TREE: Duration = Duration::from_secs(1800);

/// How often a call is made when other git processes are in its way; some 400 ms in all.
const TRIES: u32 = 10;

/// No other try is begun after so long: git waits by itself, too, up to a second for each lock (`core.packedRefsTimeout`), and one
/// command makes many calls. What holds a lock for longer was left behind, as a rule.
const PATIENCE: Duration = Duration::from_secs(2);

/// The most that is read of one answer: a status of some 500,000 files.
const ANSWER_CAP: usize = 64 * 1024 * 1024;

/// How much of a streamed answer is read at a time, in bytes.
const STREAMED: usize = 64 * 1024;

/// The most that is read of the words beside a streamed answer, in bytes.
const WORDS: u64 = 64 * 1024;

/// One git process before it is started.
pub(crate) struct Call<'a> {
    client: &'a GitCli,
    cmd: Cmd,
    dir: AbsPath,
    operation: &'static str,
    limit: Duration,
}

/// The beginning of time, so that the same of the same is the same commit, whenever it is made.
pub(crate) const AT_NO_TIME: &str = "@0 +0000";

impl<'a> Call<'a> {
    /// A call in a checkout: git finds the repository from the folder, and `safe.directory` holds.
    pub(crate) fn in_checkout(client: &'a GitCli, dir: &AbsPath, operation: &'static str) -> Self {
        Self::prepared(client, dir, operation, None)
    }

    /// A call on a repository known by its common directory, outside any checkout.
    pub(crate) fn in_repository(client: &'a GitCli, common_dir: &AbsPath, operation: &'static str) -> Self {
        Self::prepared(client, common_dir, operation, Some(format!("--git-dir={common_dir}")))
    }

    fn prepared(client: &'a GitCli, dir: &AbsPath, operation: &'static str, git_dir: Option<String>) -> Self {
        let settings = FORCED.iter().flat_map(|(key, value)| ["-c".to_owned(), format!("{key}={value}")]);
        let cmd = client
            .program()
            .current_dir(dir)
            // A status would otherwise rewrite the index of the person's checkout and take its lock; calls that
            // mean to write an index write it all the same.
            .arg("--no-optional-locks")
            .args(settings)
            .args(git_dir)
            // The few messages that have no exit code of their own are read in English.
            .env("LC_ALL", "C")
            // No person is there to answer.
            .env("GIT_TERMINAL_PROMPT", "0")
            // Paths mean themselves, never patterns.
            .env("GIT_LITERAL_PATHSPECS", "1")
            .output_cap(ANSWER_CAP)
            .label(format!("git {operation}"));
        Self { client, cmd, dir: dir.clone(), operation, limit: LOOK }
    }

    /// Adds an argument.
    pub(crate) fn arg(self, argument: impl Into<OsString>) -> Self {
        Self { cmd: self.cmd.arg(argument), ..self }
    }

    /// Adds arguments.
    pub(crate) fn args<A: Into<OsString>>(self, arguments: impl IntoIterator<Item = A>) -> Self {
        Self { cmd: self.cmd.args(arguments), ..self }
    }

    /// Sets a variable for this call alone.
    pub(crate) fn env(self, name: &str, value: impl Into<OsString>) -> Self {
        Self { cmd: self.cmd.env(name, value), ..self }
    }

    /// What it commits is by owt itself at that time (git's own words for a date), whoever runs it.
    pub(crate) fn by_owt(self, date: &str) -> Self {
        self.env("GIT_AUTHOR_NAME", "owt")
            .env("GIT_AUTHOR_EMAIL", "owt@localhost")
            .env("GIT_AUTHOR_DATE", date)
            .env("GIT_COMMITTER_NAME", "owt")
            .env("GIT_COMMITTER_EMAIL", "owt@localhost")
            .env("GIT_COMMITTER_DATE", date)
    }

    /// Feeds standard input.
    pub(crate) fn input(self, bytes: Vec<u8>) -> Self {
        Self { cmd: self.cmd.stdin(Input::Bytes(bytes)), ..self }
    }

    /// Changes the time limit (default [`LOOK`]).
    pub(crate) fn limit(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    /// It may run programs that the person configured (filters such as LFS, signing): they get no terminal to ask
    /// on, which a server started by hand would have.
    pub(crate) fn without_terminal(self) -> Self {
        Self { cmd: self.cmd.placement(Placement::OwnSession), ..self }
    }

    /// It reads or writes a whole working tree, through the person's filters.
    pub(crate) fn tree_work(self) -> Self {
        self.limit(TREE).without_terminal()
    }

    /// Runs it; any exit code is an answer. While other git processes are in its way (locks, gc, worktrees being made
    /// or removed) it is run again, a bounded number of times: what fails so has changed nothing.
    pub(crate) fn answer(self) -> Result<Answer, GitError> {
        self.client.require_version()?;
        let (mut tried, began) = (1, Instant::now());
        loop {
            let answer = self.once()?;
            let may_pass = is_worth_another(tried, began.elapsed());
            if !(may_pass && matches!(answer.busy(), Some(GitError::Busy { .. }))) {
                return Ok(answer);
            }
            pause(tried, &self.dir);
            tried += 1;
        }
    }

    fn once(&self) -> Result<Answer, GitError> {
        let limit = self.client.limit(self.limit);
        let output = self
            .cmd
            .clone()
            .timeout(limit)
            .run()
            .map_err(|error| failure::of_process(error, self.operation, &self.dir, limit))?;
        if output.truncated {
            let message = format!("its answer is larger than {ANSWER_CAP} bytes");
            return Err(GitError::Failed { operation: self.operation.to_owned(), message });
        }
        Ok(Answer { output, operation: self.operation, dir: self.dir.clone() })
    }

    /// Runs it once and hands out what it prints as it comes, so that nothing is held here; ends it when `each` wants
    /// no more. Its words go to a file of ours. The limit is for each wait for the next bytes, not for the reader.
    pub(crate) fn stream(
        self,
        (words, words_file): (&Path, File),
        each: &mut dyn FnMut(Vec<u8>) -> bool,
    ) -> Result<(), GitError> {
        self.client.require_version()?;
        let limit = self.client.limit(self.limit);
        let failed = |error| failure::of_process(error, self.operation, &self.dir, limit);
        let io = |error: std::io::Error| failure::of_file(&error, self.operation, self.dir.as_path());
        let streams = Streams { stdin: Stream::Null, stdout: Stream::Piped, stderr: words_file.into() };
        // Dropped on every way out, it and what it started are ended.
        let mut child = self.cmd.spawn(streams).map_err(failed)?;
        let mut stdout = child.stdout.take().expect("its output was asked for as a pipe");
        loop {
            if !has_more(&stdout, limit).map_err(io)? {
                return Err(GitError::TimedOut { operation: self.operation.to_owned(), limit });
            }
            let mut bytes = vec![0; STREAMED];
            let read = stdout.read(&mut bytes).map_err(io)?;
            if read == 0 {
                break;
            }
            bytes.truncate(read);
            if !each(bytes) {
                return Ok(());
            }
        }
        let status = child.wait().map_err(failed)?;
        let mut stderr = Vec::new();
        File::open(words).and_then(|file| file.take(WORDS).read_to_end(&mut stderr)).map_err(io)?;
        let output = Output { status, stdout: Vec::new(), stderr, truncated: false };
        if output.success() { Ok(()) } else { Err(failure::of_answer(&output, self.operation, &self.dir)) }
    }

    /// Runs it; anything but exit code 0 is an error.
    pub(crate) fn succeed(self) -> Result<Answer, GitError> {
        self.answer()?.required()
    }
}

/// Waits until there is something to read, or the end; `false` when the limit comes first.
fn has_more(stdout: &ChildStdout, limit: Duration) -> std::io::Result<bool> {
    let limit = Timespec {
        tv_sec: i64::try_from(limit.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: limit.subsec_nanos().into(),
    };
    loop {
        match poll(&mut [PollFd::new(stdout, PollFlags::IN)], Some(&limit)) {
            Ok(ready) => return Ok(ready > 0),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Whether what was in the way so often, and for so long, may be gone the next time.
const fn is_worth_another(tried: u32, waited: Duration) -> bool {
    tried < TRIES && waited.as_millis() < PATIENCE.as_millis()
}

/// Waits a moment that grows with the tries and differs between calls, so that neighbours do not meet again.
#[expect(clippy::disallowed_methods, reason = "the lock of another git process has no event to wait for")]
fn pause(tried: u32, dir: &AbsPath) {
    let mut hasher = DefaultHasher::new();
    (std::thread::current().id(), tried, dir).hash(&mut hasher);
    std::thread::sleep(Duration::from_millis(u64::from(tried) * 5 + hasher.finish() % 25));
}

/// What git answered.
pub(crate) struct Answer {
    output: Output,
    operation: &'static str,
    dir: AbsPath,
}

impl Answer {
    /// Whether it ended with exit code 0.
    pub(crate) fn success(&self) -> bool {
        self.output.success()
    }

    /// Its exit code; `None` when a signal ended it.
    pub(crate) fn code(&self) -> Option<i32> {
        self.output.status.code()
    }

    /// What it printed.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.output.stdout
    }

    /// What it printed, by the NULs that `-z` puts behind each record.
    pub(crate) fn records(&self) -> impl Iterator<Item = &[u8]> {
        self.bytes().split(|&byte| byte == 0).filter(|record| !record.is_empty())
    }

    /// What it printed, as text without the last line end; bytes that are not UTF-8 become U+FFFD.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.output.stdout).trim_end_matches('\n').to_owned()
    }

    fn busy(&self) -> Option<GitError> {
        (!self.success()).then(|| self.failure())
    }

    /// The failure that its exit code and words stand for.
    pub(crate) fn failure(&self) -> GitError {
        failure::of_answer(&self.output, self.operation, &self.dir)
    }

    /// This answer if the exit code was 0, otherwise [`Answer::failure`].
    pub(crate) fn required(self) -> Result<Self, GitError> {
        if self.success() { Ok(self) } else { Err(self.failure()) }
    }

    /// An answer that we do not understand.
    pub(crate) fn strange(&self) -> GitError {
        GitError::Failed {
            operation: self.operation.to_owned(),
            message: format!("an answer that was not expected: {:.200}", self.text()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_the_way_for_long_is_not_tried_as_often_as_what_passes_at_once() {
        assert!(is_worth_another(TRIES - 1, Duration::from_millis(400)));
        assert!(!is_worth_another(TRIES, Duration::ZERO));
        assert!(!is_worth_another(1, PATIENCE));
    }
}
