//! What git cannot merge by itself, settled by an agent: in a workspace of its own, whose branch begins at a commit with git's
//! marks in it. What it makes of them is judged here, and is taken or not; it decides nothing.

use serde::Deserialize;
use serde::Serialize;

use super::Removal;
use crate::WorkspaceId;
use crate::landing::Refusal;
use crate::vcs::ObjectId;

/// What a workspace was made to settle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settling {
    /// Into whose branch something is to come.
    pub of: WorkspaceId,
    /// The tip of that branch.
    pub before: ObjectId,
    /// What is to come in.
    pub source: ObjectId,
    /// The commit that both come to, with git's marks where they do not agree.
    pub marked: ObjectId,
    /// The files that have marks.
    pub files: Vec<String>,
}

/// Who has settled it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settler {
    /// The workspace in which it was done.
    pub workspace: WorkspaceId,
    /// The agent.
    pub agent: String,
    /// How sure it says it is. Recorded, and nothing else: the checks decide.
    pub confidence: Option<Confidence>,
    /// How that workspace goes once this is judged.
    pub removal: Removal,
}

/// How sure somebody is, in hundredths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Confidence(u8);

/// Before the number, on a line of its own.
pub const CONFIDENCE: &str = "CONFIDENCE:";

impl Confidence {
    /// The last one that somebody's words have: `CONFIDENCE: 0.8`.
    pub fn in_words(words: &str) -> Option<Self> {
        let lines =
            words.lines().rev().map(|line| line.trim_matches(|it: char| it.is_whitespace() || it == '*'));
        let number = lines.filter_map(|line| line.strip_prefix(CONFIDENCE)).next()?;
        let share: f32 = number.trim_matches(|it: char| it.is_whitespace() || it == '*').parse().ok()?;
        (0.0..=1.0).contains(&share).then(|| Self::of_share(share))
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is between 0 and 1, so that this is between 0 and 100"
    )]
    fn of_share(share: f32) -> Self {
        Self((share * 100.0).round() as u8)
    }

    /// In hundredths.
    pub const fn percent(self) -> u8 {
        self.0
    }
}

/// Why what an agent has made of it is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "why")]
pub enum Unsettled {
    /// It ended badly.
    AgentFailed {
        /// How, in words.
        how: String,
    },
    /// Its branch does not stand on the merge any more: what it has cannot be told from what it threw away.
    Elsewhere,
    /// Its branch is not checked out any more where it worked.
    BranchLeft,
    /// It has begun something there and not ended it: a merge, a rebase.
    UnderWay {
        /// What, in git's words.
        what: String,
    },
    /// A file is larger than anybody would look at.
    TooLarge {
        /// Which.
        file: String,
    },
    /// Files are programs by now that were none, or are none any more.
    Modes {
        /// These.
        files: Vec<String>,
    },
    /// git's marks are still there.
    MarksLeft {
        /// In these.
        files: Vec<String>,
    },
    /// Files that both sides have are gone, or no files any more.
    Gone {
        /// These.
        files: Vec<String>,
    },
    /// Others were changed, too.
    OtherFiles {
        /// These.
        files: Vec<String>,
    },
    /// The repository's checks do not let it pass.
    Checks {
        /// Why.
        refusal: Box<Refusal>,
    },
}

/// What differs from the commit with git's marks.
#[derive(Debug, Clone, Default)]
pub struct Changed {
    /// Every path, by both its names where it has another.
    pub paths: Vec<String>,
    /// Those that became programs, or are none any more.
    pub modes: Vec<String>,
}

/// One file as everybody has it; `None`: they do not have it, or it is no file.
#[derive(Debug, Clone, Copy, Default)]
pub struct Versions<'a> {
    /// The workspace's branch.
    pub ours: Option<&'a [u8]>,
    /// What comes in.
    pub theirs: Option<&'a [u8]>,
    /// git, with its marks.
    pub marked: Option<&'a [u8]>,
    /// The agent.
    pub settled: Option<&'a [u8]>,
}

impl Versions<'_> {
    /// Whether git has marked something in it that somebody could settle.
    pub fn has_marks(&self) -> bool {
        self.marks().next().is_some()
    }

    /// Whether a mark is left, whatever is written behind it: a line in the form of one that stands there more often than on
    /// either side.
    fn keeps_marks(&self) -> bool {
        let times = |text, line: &[u8]| lines(text).filter(|other| *other == line).count();
        let is_own =
            |line: &[u8]| times(self.settled, line) <= times(self.ours, line).max(times(self.theirs, line));
        let size = self.mark_size();
        // A line of equals signs underlines headings, too: it is a mark in the length of the others.
        let could_be = |line: &[u8]| is_mark(line) && (line[0] != b'=' || line.len() == size);
        lines(self.settled).any(|line| could_be(line) && !is_own(line))
    }

    /// How many signs git's marks have here (gitattributes(5), "conflict-marker-size").
    fn mark_size(&self) -> usize {
        let first = self.marks().find(|line| line[0] == b'<');
        first.map_or(7, |line| line.iter().take_while(|byte| **byte == b'<').count())
    }

    /// Lines in the form of marks that neither side has: a text about merges may have some of its own.
    fn marks(&self) -> impl Iterator<Item = &[u8]> {
        let own: Vec<&[u8]> = lines(self.ours).chain(lines(self.theirs)).collect();
        lines(self.marked).filter(move |line| is_mark(line) && !own.contains(line))
    }
}

fn lines(text: Option<&[u8]>) -> impl Iterator<Item = &[u8]> {
    let all = text.unwrap_or_default().split(|&byte| byte == b'\n');
    all.map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

/// At least seven of one sign (gitattributes(5), "conflict-marker-size").
fn is_mark(line: &[u8]) -> bool {
    let is_led_by = |sign: u8| line.len() >= 7 && line[..7].iter().all(|&byte| byte == sign);
    b"<|=>".iter().any(|&sign| is_led_by(sign))
}

impl Settling {
    /// Whether what came of it may be taken.
    ///
    /// # Errors
    /// [`Unsettled`].
    pub fn judge<'a>(
        &self,
        changed: &Changed,
        versions: impl Fn(&str) -> Versions<'a>,
    ) -> Result<(), Unsettled> {
        let those = |is_bad: &dyn Fn(&Versions<'a>) -> bool| -> Vec<String> {
            self.files.iter().filter(|file| is_bad(&versions(file))).cloned().collect()
        };
        let is_other = |path: &&String| !self.files.contains(path);
        let others: Vec<String> = changed.paths.iter().filter(is_other).cloned().collect();
        let (gone, left) = (those(&|it| it.settled.is_none()), those(&Versions::keeps_marks));
        match (others.is_empty(), gone.is_empty(), changed.modes.is_empty(), left.is_empty()) {
            (false, ..) => Err(Unsettled::OtherFiles { files: others }),
            (_, false, ..) => Err(Unsettled::Gone { files: gone }),
            (_, _, false, _) => Err(Unsettled::Modes { files: changed.modes.clone() }),
            (.., false) => Err(Unsettled::MarksLeft { files: left }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &[u8] = b"a\nours\nz\n";
    const THEIRS: &[u8] = b"a\ntheirs\nz\n";
    const MARKED: &[u8] = b"a\n<<<<<<< one\nours\n=======\ntheirs\n>>>>>>> two\nz\n";

    fn judged(settled: Option<&'static [u8]>, changed: &[&str]) -> Result<(), Unsettled> {
        judged_with(settled, changed, &[])
    }

    fn judged_with(
        settled: Option<&'static [u8]>,
        changed: &[&str],
        modes: &[&str],
    ) -> Result<(), Unsettled> {
        let id = |digit: &str| ObjectId::new(digit.repeat(40)).unwrap();
        let settling = Settling {
            of: WorkspaceId::from_bits(1),
            before: id("a"),
            source: id("b"),
            marked: id("c"),
            files: vec!["x".to_owned()],
        };
        let owned = |paths: &[&str]| paths.iter().map(|&path| path.to_owned()).collect();
        let changed = Changed { paths: owned(changed), modes: owned(modes) };
        let versions = Versions { ours: Some(OURS), theirs: Some(THEIRS), marked: Some(MARKED), settled };
        settling.judge(&changed, |_| versions)
    }

    #[test]
    fn what_is_settled_in_its_files_alone_is_taken() {
        assert_eq!(judged(Some(b"a\nours and theirs\nz\n"), &["x"]), Ok(()));
    }

    #[test]
    fn any_mark_that_is_left_keeps_it_out() {
        let files = || vec!["x".to_owned()];
        let left = Err(Unsettled::MarksLeft { files: files() });
        for settled in [MARKED, b"a\n=======\nz\n", b"a\nours\n>>>>>>> two\r\nz\n", b"<<<<<<< one"] {
            assert_eq!(judged(Some(settled), &["x"]), left, "{settled:?}");
        }
        assert_eq!(judged(None, &["x"]), Err(Unsettled::Gone { files: files() }));
    }

    #[test]
    fn marks_with_other_words_behind_them_keep_it_out() {
        let left = Err(Unsettled::MarksLeft { files: vec!["x".to_owned()] });
        for settled in [
            &b"a\n<<<<<<< HEAD\nours\nz\n"[..],
            b"a\nours\n>>>>>>> topic\nz\n",
            b"a\n||||||| base\nz\n",
            b"<<<<<<<\n",
        ] {
            assert_eq!(judged(Some(settled), &["x"]), left, "{settled:?}");
        }
        // One line more of what both have is a mark, too; what underlines a heading is none.
        let own: &[u8] = b"Title\n=======\n";
        let marked: &[u8] = b"Title\n=======\n<<<<<<< one\na\n=======\nb\n>>>>>>> two\n";
        let file = |settled| Versions {
            ours: Some(own),
            theirs: Some(own),
            marked: Some(marked),
            settled: Some(settled),
        };
        assert!(file(b"Title\n=======\na\n=======\nb\n").keeps_marks());
        assert!(!file(b"Title\n=======\na and b\n\nAnother one\n===========\n").keeps_marks());
    }

    #[test]
    fn another_file_keeps_it_out() {
        let others = Err(Unsettled::OtherFiles { files: vec!["y".to_owned()] });
        assert_eq!(judged(Some(b"a\nboth\nz\n"), &["x", "y"]), others);
    }

    #[test]
    fn a_file_that_became_a_program_keeps_it_out() {
        let modes = Err(Unsettled::Modes { files: vec!["x".to_owned()] });
        assert_eq!(judged_with(Some(b"a\nboth\nz\n"), &["x"], &["x"]), modes);
    }

    #[test]
    fn a_text_about_merges_may_have_marks_of_its_own() {
        let own: &[u8] = b"Title\n=======\n<<<<<<< HEAD\n";
        let file = Versions { ours: Some(own), theirs: Some(own), marked: Some(own), settled: Some(own) };
        assert!(!file.has_marks() && !file.keeps_marks());
    }

    #[test]
    fn how_sure_somebody_is_is_read_from_their_last_words() {
        let percent = |words: &str| Confidence::in_words(words).map(Confidence::percent);
        assert_eq!(percent("Done.\nCONFIDENCE: 0.3\n**CONFIDENCE: 0.85**\n\n"), Some(85));
        assert_eq!(percent("CONFIDENCE: 1"), Some(100));
        for words in ["", "sure", "CONFIDENCE: high", "CONFIDENCE: 7", "CONFIDENCE: -0.1", "CONFIDENCE: NaN"]
        {
            assert_eq!(percent(words), None, "{words}");
        }
    }
}
