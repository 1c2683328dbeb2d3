//! What each of many commits brings, told by one git (two, where some are merges of many branches): a process for each would take
//! longer than all that it tells.

use owt_core::vcs::ObjectId;
use owt_core::vcs::Repository;
use owt_ports::DiffForm;
use owt_ports::DiffPart;
use owt_ports::GitError;
use owt_ports::StepSink;

use super::BARE;
use super::STEADY;
use super::files;
use super::fresh_name;
use crate::GitCli;
use crate::call::Call;
use crate::failure;
use crate::index::IndexCopy;
use crate::private_file;

/// So many at once: their names go into a command, and what is told of their files is held in memory.
const AT_ONCE: usize = 100;

/// Before each commit a line, or a field, with its name. In a patch no other line begins with this byte: those of a file have their
/// sign before them, and names with it are quoted.
const MARK: u8 = 0;

/// Tells them; see [`owt_ports::Git::steps`].
pub(crate) fn steps(
    client: &GitCli,
    repository: &Repository,
    commits: &[ObjectId],
    form: DiffForm,
    sink: StepSink<'_>,
) -> Result<(), GitError> {
    // Of more than two parents git makes no merge to compare with (`--remerge-diff` warns of it on standard output and tells
    // nothing, 2.47.3): beside the first of them nothing that came in stays unseen.
    let (many, few) = by_parents(client, repository, commits)?;
    let told = Told { client, repository, form };
    for (commits, merges) in [(few, "--remerge-diff"), (many, "--diff-merges=first-parent")] {
        // Without any `show` would tell HEAD: of no commits there are no chunks.
        for some in commits.chunks(AT_ONCE) {
            if !told.tell(some, merges, sink)? {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Those with more than two parents, and the rest.
fn by_parents(
    client: &GitCli,
    repository: &Repository,
    commits: &[ObjectId],
) -> Result<(Vec<ObjectId>, Vec<ObjectId>), GitError> {
    if commits.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let answer = Call::in_repository(client, &repository.common_dir, "rev-list")
        .args(["rev-list", "--no-walk=unsorted", "--parents", "--stdin"])
        .input(listed(commits))
        .succeed()?;
    let text = String::from_utf8_lossy(answer.bytes()).into_owned();
    let has_many = |line: &&str| line.split(' ').count() > 3;
    let (many, few): (Vec<&str>, Vec<&str>) = text.lines().partition(has_many);
    let named = |lines: Vec<&str>| -> Option<Vec<ObjectId>> {
        lines.into_iter().map(|line| ObjectId::new(line.split(' ').next()?).ok()).collect()
    };
    named(many).zip(named(few)).ok_or_else(|| answer.strange())
}

fn listed(commits: &[ObjectId]) -> Vec<u8> {
    commits.iter().map(|commit| format!("{commit}\n")).collect::<String>().into_bytes()
}

struct Told<'a> {
    client: &'a GitCli,
    repository: &'a Repository,
    form: DiffForm,
}

impl Told<'_> {
    /// Whether more is wanted.
    fn tell(&self, commits: &[ObjectId], merges: &str, sink: StepSink<'_>) -> Result<bool, GitError> {
        // The first commit of all brings all that it has.
        let call = Call::in_repository(self.client, &self.repository.common_dir, "show")
            .tree_work()
            .args(["-c", "log.showRoot=true", "show", "--no-walk=unsorted"])
            .args(["--format=%x00%H", "--no-show-signature", merges])
            .args(STEADY.iter().copied());
        let form: &[&str] = match self.form {
            DiffForm::Files => &["--raw", "--numstat", "-z", "--no-abbrev"],
            DiffForm::Patch => &["--patch"],
            DiffForm::Whole => &["--patch", "--binary"],
            DiffForm::Bare => BARE,
        };
        let call = call.args(form.iter().copied()).args(commits.iter().map(ObjectId::as_str)).arg("--");
        match self.form {
            DiffForm::Files => self.files(call, sink),
            DiffForm::Patch | DiffForm::Whole | DiffForm::Bare => self.patch(call, commits.len(), sink),
        }
    }

    fn files(&self, call: Call<'_>, sink: StepSink<'_>) -> Result<bool, GitError> {
        let answer = call.succeed()?;
        let steps = files::parse_steps(answer.bytes()).ok_or_else(|| answer.strange())?;
        for (commit, files) in steps {
            for file in files {
                if !sink(&commit, DiffPart::File(file)) {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    fn patch(&self, call: Call<'_>, commits: usize, sink: StepSink<'_>) -> Result<bool, GitError> {
        let scratch = IndexCopy::empty(&self.client.settings().scratch, &fresh_name())?;
        let words = scratch.beside("words");
        let file = private_file::create(&words).map_err(|error| failure::of_file(&error, "show", &words))?;
        let mut parted = Parted::new(sink);
        call.stream((&words, file), &mut |bytes| parted.take(&bytes))?;
        let (wants_more, seen) = (parted.wants_more, parted.seen);
        if wants_more && seen != commits {
            let message = format!("of {commits} commits git told {seen}");
            return Err(GitError::Failed { operation: "show".to_owned(), message });
        }
        Ok(wants_more)
    }
}

/// Parts a patch of many commits at their marks, wherever the portions in which it comes begin and end.
struct Parted<'s> {
    sink: StepSink<'s>,
    of: Option<ObjectId>,
    at: At,
    seen: usize,
    wants_more: bool,
}

/// Where the next byte stands.
enum At {
    /// At the beginning of a line.
    Line,
    /// Within one.
    Within,
    /// Within a mark, of which this came.
    Mark(Vec<u8>),
    /// Behind a mark: a line that is empty belongs to it.
    Behind,
}

impl<'s> Parted<'s> {
    fn new(sink: StepSink<'s>) -> Self {
        Self { sink, of: None, at: At::Line, seen: 0, wants_more: true }
    }

    /// Whether more is wanted.
    fn take(&mut self, bytes: &[u8]) -> bool {
        let mut rest = bytes;
        while self.wants_more && !rest.is_empty() {
            let taken = match (&mut self.at, rest[0]) {
                (At::Mark(_), _) => self.mark(rest),
                (At::Line | At::Behind, MARK) => {
                    self.at = At::Mark(Vec::new());
                    1
                }
                (At::Behind, b'\n') => {
                    self.at = At::Line;
                    1
                }
                (At::Behind | At::Line | At::Within, _) => self.text(rest),
            };
            rest = &rest[taken..];
        }
        self.wants_more
    }

    fn mark(&mut self, rest: &[u8]) -> usize {
        let At::Mark(begun) = &mut self.at else { return 0 };
        let end = rest.iter().position(|&byte| byte == b'\n');
        begun.extend_from_slice(&rest[..end.unwrap_or(rest.len())]);
        let Some(end) = end else { return rest.len() };
        self.of = ObjectId::new(String::from_utf8_lossy(begun).into_owned()).ok();
        self.seen += usize::from(self.of.is_some());
        self.at = At::Behind;
        end + 1
    }

    /// Up to the next mark, or to the end of what there is.
    fn text(&mut self, rest: &[u8]) -> usize {
        let is_mark = |pair: &[u8]| pair[0] == b'\n' && pair[1] == MARK;
        let end = rest.windows(2).position(is_mark).map_or(rest.len(), |at| at + 1);
        self.at = if rest[end - 1] == b'\n' { At::Line } else { At::Within };
        if let Some(of) = &self.of {
            self.wants_more = (self.sink)(of, DiffPart::Patch(rest[..end].to_vec()));
        }
        end
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parted(portions: &[&[u8]]) -> Vec<(String, String)> {
        let mut found: Vec<(String, String)> = Vec::new();
        let mut sink = |of: &ObjectId, part: DiffPart| {
            let DiffPart::Patch(bytes) = part else { panic!("{part:?}") };
            let (of, text) = (of.as_str()[..1].to_owned(), String::from_utf8_lossy(&bytes).into_owned());
            match found.last_mut() {
                Some((last, told)) if *last == of => told.push_str(&text),
                _ => found.push((of, text)),
            }
            true
        };
        let mut parted = Parted::new(&mut sink);
        for portion in portions {
            parted.take(portion);
        }
        found
    }

    proptest! {
        #[test]
        fn each_commit_has_its_own_patch_wherever_the_portions_end(cuts in prop::collection::vec(0usize..200, 0..12)) {
            let [a, b, c] = ["a", "b", "c"].map(|digit| digit.repeat(40));
            let answer = format!("\0{a}\n\ndiff --git a/x b/x\n+\0no mark\n\0{b}\n\0{c}\n\ndiff --git a/y b/y\n-\0\n");
            let bytes = answer.as_bytes();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|at| at.min(bytes.len())).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let portions: Vec<&[u8]> = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
            let text = |of: &str, text: &str| (of.to_owned(), text.to_owned());
            prop_assert_eq!(
                parted(&portions),
                [text("a", "diff --git a/x b/x\n+\0no mark\n"), text("c", "diff --git a/y b/y\n-\0\n")]
            );
        }
    }
}
