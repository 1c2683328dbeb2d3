//! What differs from where the work began, uncommitted and new files included. Works on a copy of the index, in which
//! new files are only announced: nothing is written into the checkout or the repository, and nothing is held in
//! memory that grows with what changed.

mod files;
mod steps;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use owt_core::AbsPath;
use owt_core::vcs::ObjectId;
use owt_ports::DiffForm;
use owt_ports::DiffPart;
use owt_ports::DiffQuestion;
use owt_ports::DiffSide;
use owt_ports::DiffSink;
use owt_ports::GitError;

pub(crate) use files::parse as listed_files;
pub(crate) use steps::steps;

use crate::GitCli;
use crate::call::Call;
use crate::failure;
use crate::index::IndexCopy;
use crate::location;
use crate::location::Location;
use crate::private_file;
use crate::refs;

/// How often new files are listed anew when one of them goes while it is announced.
const TRIES: u32 = 3;

/// What makes the answer the same whatever the person's configuration says of differences, and keeps every program
/// that a configuration names out of it.
pub(crate) const STEADY: &[&str] = &[
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "--find-renames",
    "--submodule=short",
    "--ignore-submodules=untracked",
    "--no-relative",
    "--src-prefix=a/",
    "--dst-prefix=b/",
    // Cancels `diff.orderFile` (git-diff(1)).
    "-O/dev/null",
];

/// A patch without lines around what differs.
const BARE: &[&str] = &["--patch", "--unified=0", "--inter-hunk-context=0", "--text"];

/// Tells what differs; see [`owt_ports::Git::diff`].
pub(crate) fn diff(
    client: &GitCli,
    question: &DiffQuestion,
    form: DiffForm,
    sink: DiffSink<'_>,
) -> Result<(), GitError> {
    match &question.side {
        DiffSide::Worktree(worktree) => {
            let location = location::locate(client, worktree)?;
            let top = location.require_worktree(worktree)?;
            let against = against(client, question, "HEAD")?;
            let prepared = Prepared::of(client, &location, top)?;
            let index = prepared.index.path();
            let call = Call::in_checkout(client, top, "diff").tree_work().env("GIT_INDEX_FILE", index);
            // A copy that is split would leave its shared part in the git folder.
            let call = call.args(["-c", "core.splitIndex=false", "diff"]).args(STEADY.iter().copied());
            let start = DiffPart::Against { commit: against.clone(), left_out: prepared.left_out.clone() };
            let words = prepared.index.beside("words");
            tell(call, form, (Some(start), vec![against.to_string()]), &words, sink)
        }
        DiffSide::Commit(commit) => {
            let against = against(client, question, commit.as_str())?;
            let scratch = IndexCopy::empty(&client.settings().scratch, &fresh_name())?;
            let call = Call::in_repository(client, &question.repository.common_dir, "diff");
            let call = call.tree_work().arg("diff").args(STEADY.iter().copied());
            let start = DiffPart::Against { commit: against.clone(), left_out: Vec::new() };
            let sides = vec![against.to_string(), commit.to_string()];
            tell(call, form, (Some(start), sides), &scratch.beside("words"), sink)
        }
    }
}

fn tell(
    call: Call<'_>,
    form: DiffForm,
    (start, sides): (Option<DiffPart>, Vec<String>),
    words: &Path,
    sink: DiffSink<'_>,
) -> Result<(), GitError> {
    match form {
        DiffForm::Patch | DiffForm::Whole | DiffForm::Bare => {
            let form: &[&str] = match form {
                DiffForm::Bare => BARE,
                DiffForm::Whole => &["--patch", "--binary"],
                _ => &["--patch"],
            };
            let call = call.args(form.iter().copied()).args(sides).arg("--");
            let words_file =
                private_file::create(words).map_err(|error| failure::of_file(&error, "diff", words))?;
            if start.is_some_and(|start| !sink(start)) {
                return Ok(());
            }
            call.stream((words, words_file), &mut |bytes| sink(DiffPart::Patch(bytes)))
        }
        DiffForm::Files => {
            let answer = call.args(["--raw", "--numstat", "-z", "--no-abbrev"]).args(sides).arg("--");
            let answer = answer.succeed()?;
            let files = files::parse(answer.bytes()).ok_or_else(|| answer.strange())?;
            let told = start.into_iter().chain(files.into_iter().map(DiffPart::File));
            for part in told {
                if !sink(part) {
                    break;
                }
            }
            Ok(())
        }
    }
}

/// The newest commit that `tip` has in common with the base branch, what that follows, and the commit that the work began at: what
/// came in from there is nobody's change here, and a base branch that was set back takes nothing away.
fn against(client: &GitCli, question: &DiffQuestion, tip: &str) -> Result<ObjectId, GitError> {
    let common_dir = &question.repository.common_dir;
    let branch = question.base_branch.as_ref().map(owt_core::vcs::BranchName::full_ref);
    let ask = |others: &[&str]| {
        let call = match &question.side {
            DiffSide::Worktree(worktree) => Call::in_checkout(client, worktree, "merge-base"),
            DiffSide::Commit(_) => Call::in_repository(client, common_dir, "merge-base"),
        };
        call.args(["merge-base", tip]).args(others.iter().copied()).answer()
    };
    let base = question.base.as_str();
    let upstream = question.base_upstream.as_ref().map(ObjectId::as_str);
    let known: Vec<&str> = branch.as_deref().into_iter().chain(upstream).chain([base]).collect();
    let mut answer = ask(&known)?;
    if !answer.success() && branch.is_some() {
        // The base branch is gone: what is left is the commit that the work began at.
        answer = ask(&[base])?;
    }
    if answer.success() {
        let text = answer.text();
        let first = text.lines().next().unwrap_or_default();
        return ObjectId::new(first).map_err(|_| answer.strange());
    }
    // Nothing in common, or no commit yet.
    refs::resolve(client, common_dir, base)
}

/// A copy of the index in which new files are announced.
struct Prepared {
    index: IndexCopy,
    /// Repositories of their own, which cannot be announced.
    left_out: Vec<String>,
}

impl Prepared {
    fn of(client: &GitCli, location: &Location, top: &AbsPath) -> Result<Self, GitError> {
        let index = IndexCopy::of(&location.git_dir, &client.settings().scratch, &fresh_name())?;
        let mut tried = 1;
        loop {
            let (nested, new): (Vec<_>, Vec<_>) =
                new_files(client, top)?.into_iter().partition(|path| path.ends_with(b"/"));
            match announce(client, location, top, &index, &new) {
                // A file that goes between the two calls (a compiler's, an editor's) makes git refuse all of them.
                Err(GitError::Failed { .. }) if tried < TRIES => tried += 1,
                Err(error) => return Err(error),
                Ok(()) => {
                    let left_out =
                        nested.iter().map(|path| String::from_utf8_lossy(path).into_owned()).collect();
                    return Ok(Self { index, left_out });
                }
            }
        }
    }
}

/// Files that git does not track and does not ignore; a repository of its own ends with `/`.
fn new_files(client: &GitCli, top: &AbsPath) -> Result<Vec<Vec<u8>>, GitError> {
    let answer = Call::in_checkout(client, top, "ls-files")
        .args(["ls-files", "-z", "--others", "--exclude-standard"])
        .succeed()?;
    Ok(answer.records().map(<[u8]>::to_vec).collect())
}

/// Announces files in a copy of the index (`add --intent-to-add`): git then reads their content from the working tree.
/// It writes the one empty object that stands for them, which goes to the copy's folder.
fn announce(
    client: &GitCli,
    location: &Location,
    top: &AbsPath,
    index: &IndexCopy,
    paths: &[Vec<u8>],
) -> Result<(), GitError> {
    if paths.is_empty() {
        return Ok(());
    }
    let objects = index.beside("objects");
    private_file::make_folder(&objects).map_err(|error| failure::of_file(&error, "diff", &objects))?;
    let mut list = Vec::new();
    for path in paths {
        list.extend_from_slice(path);
        list.push(0);
    }
    Call::in_checkout(client, top, "add")
        .tree_work()
        .args(["-c", "core.splitIndex=false", "-c", "advice.addEmbeddedRepo=false"])
        .args(["add", "--intent-to-add", "--sparse", "--pathspec-from-file=-", "--pathspec-file-nul"])
        .env("GIT_INDEX_FILE", index.path())
        .env("GIT_OBJECT_DIRECTORY", objects)
        .env("GIT_ALTERNATE_OBJECT_DIRECTORIES", quoted(&location.common_dir.join("objects")))
        .input(list)
        .succeed()
        .map(drop)
}

/// A path as an entry of `GIT_ALTERNATE_OBJECT_DIRECTORIES`: in double quotes it may hold a colon (git(1)).
fn quoted(path: &AbsPath) -> std::ffi::OsString {
    let mut bytes = vec![b'"'];
    for &byte in path.as_path().as_os_str().as_bytes() {
        if matches!(byte, b'"' | b'\\') {
            bytes.push(b'\\');
        }
        bytes.push(byte);
    }
    bytes.push(b'"');
    OsStr::from_bytes(&bytes).to_owned()
}

/// A name that no other diff of this process has. After a restart the names come again, and what was left of them goes.
fn fresh_name() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("diff-{}", COUNT.fetch_add(1, Ordering::Relaxed))
}
