//! A patch as git prints it, line by line, and where each line stands in its file. It must not know who reads it.

use crate::status::Tone;
use crate::text;

/// So many lines are kept: who changed more reads them with `owt diff`.
const LINES: usize = 5_000;

/// Of a line without end only its beginning has room on any screen.
const LONGEST: usize = 64 * 1024;

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Another file begins.
    File,
    /// What git says of it.
    About,
    /// Another piece of it begins.
    Hunk,
    Context,
    Added,
    Removed,
}

impl Kind {
    pub(crate) const fn tone(self) -> Tone {
        match self {
            Self::File => Tone::Strong,
            Self::About => Tone::Dim,
            Self::Hunk => Tone::Active,
            Self::Context => Tone::Plain,
            Self::Added => Tone::Good,
            Self::Removed => Tone::Bad,
        }
    }
}

/// Where a line stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) path: String,
    /// Counted from 1; of a removed line: where it stood.
    pub(crate) line: u32,
}

/// A line of a patch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PatchLine {
    pub(crate) kind: Kind,
    /// Harmless, with its sign.
    pub(crate) text: String,
    pub(crate) place: Option<Place>,
}

/// A line of the screen, by the numbers of what stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    Whole(usize),
    /// As it was, and as it is.
    Beside(Option<usize>, Option<usize>),
}

impl Shown {
    /// The lines of the patch that stand there, each once.
    pub(crate) fn lines(self) -> impl Iterator<Item = usize> {
        let (one, other) = match self {
            Self::Whole(at) => (Some(at), None),
            Self::Beside(before, after) => (before, after.filter(|after| before != Some(*after))),
        };
        one.into_iter().chain(other)
    }
}

/// A patch that comes in pieces.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Patch {
    pub(crate) lines: Vec<PatchLine>,
    /// Whether there were more than have room.
    pub(crate) is_cut: bool,
    /// The beginning of a line.
    rest: String,
    before: Side,
    after: Side,
}

/// One side of the file that is being read.
#[derive(Debug, Clone, Default, PartialEq)]
struct Side {
    path: String,
    next: u32,
    /// So many lines of the open hunk are still to come.
    left: u32,
}

impl Side {
    fn place(&mut self) -> Place {
        let place = Place { path: self.path.clone(), line: self.next };
        self.pass();
        place
    }

    const fn pass(&mut self) {
        self.next = self.next.saturating_add(1);
        self.left = self.left.saturating_sub(1);
    }
}

impl Patch {
    /// The next bytes of it.
    pub(crate) fn push(&mut self, more: &str) {
        for piece in more.split_inclusive('\n') {
            if self.rest.len() < LONGEST {
                self.rest.push_str(piece);
            }
            if piece.ends_with('\n') {
                self.end();
            }
        }
    }

    /// A line is at its end.
    pub(crate) fn end(&mut self) {
        let line = std::mem::take(&mut self.rest);
        let line = line.trim_end_matches(['\n', '\r']);
        if !line.is_empty() || self.before.left + self.after.left > 0 {
            self.line(line);
        }
    }

    fn line(&mut self, line: &str) {
        if self.lines.len() >= LINES {
            self.is_cut = true;
            return;
        }
        let is_in_hunk = self.before.left > 0 || self.after.left > 0;
        let (kind, place) = match line.as_bytes().first() {
            Some(b'+') if is_in_hunk => (Kind::Added, Some(self.after.place())),
            Some(b'-') if is_in_hunk => (Kind::Removed, Some(self.before.place())),
            Some(b' ') | None if is_in_hunk => {
                self.before.pass();
                (Kind::Context, Some(self.after.place()))
            }
            _ => (self.about(line), None),
        };
        self.lines.push(PatchLine { kind, text: text::harmless(line), place });
    }

    /// A line outside of the hunks.
    fn about(&mut self, line: &str) -> Kind {
        if line.starts_with("diff ") {
            (self.before, self.after) = (Side::default(), Side::default());
            return Kind::File;
        }
        if let Some(path) = line.strip_prefix("--- ") {
            self.before.path = path_of(path, "a/");
        } else if let Some(path) = line.strip_prefix("+++ ") {
            self.after.path = path_of(path, "b/");
        } else if let Some((before, after)) = spans(line) {
            (self.before.next, self.before.left) = before;
            (self.after.next, self.after.left) = after;
            return Kind::Hunk;
        }
        Kind::About
    }

    /// All lines one below the other.
    pub(crate) fn unified(&self) -> Vec<Shown> {
        (0..self.lines.len()).map(Shown::Whole).collect()
    }

    /// What was removed beside what came in its place; what is the same on both sides; headings over both.
    pub(crate) fn beside(&self) -> Vec<Shown> {
        let mut shown = Vec::new();
        // The next of those that were removed beside which nothing stands yet.
        let mut free = 0;
        for (at, line) in self.lines.iter().enumerate() {
            match (line.kind, shown.get_mut(free)) {
                (Kind::Removed, _) => shown.push(Shown::Beside(Some(at), None)),
                (Kind::Added, Some(Shown::Beside(_, after))) => {
                    *after = Some(at);
                    free += 1;
                }
                (Kind::Added, _) => {
                    shown.push(Shown::Beside(None, Some(at)));
                    free = shown.len();
                }
                (Kind::Context, _) => {
                    shown.push(Shown::Beside(Some(at), Some(at)));
                    free = shown.len();
                }
                (Kind::File | Kind::About | Kind::Hunk, _) => {
                    shown.push(Shown::Whole(at));
                    free = shown.len();
                }
            }
        }
        shown
    }

    /// The next line of a kind behind a line, or before it.
    pub(crate) fn next(&self, from: usize, kind: Kind) -> Option<usize> {
        let found = self.lines.iter().skip(from + 1).position(|line| line.kind == kind);
        found.map(|at| from + 1 + at)
    }

    pub(crate) fn previous(&self, from: usize, kind: Kind) -> Option<usize> {
        self.lines.get(..from)?.iter().rposition(|line| line.kind == kind)
    }
}

/// git ends a name that has spaces with a tab.
fn path_of(told: &str, prefix: &str) -> String {
    let told = told.trim_end_matches('\t');
    told.strip_prefix(prefix).unwrap_or(told).to_owned()
}

type Span = (u32, u32);

/// `@@ -12,3 +12,4 @@`: first line and count, before and after.
fn spans(line: &str) -> Option<(Span, Span)> {
    let mut words = line.strip_prefix("@@ ")?.split(' ');
    let before = span(words.next()?.strip_prefix('-')?)?;
    let after = span(words.next()?.strip_prefix('+')?)?;
    Some((before, after))
}

fn span(text: &str) -> Option<Span> {
    match text.split_once(',') {
        Some((first, count)) => Some((first.parse().ok()?, count.parse().ok()?)),
        None => Some((text.parse().ok()?, 1)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PATCH: &str = "diff --git a/src/a.rs b/src/a.rs\nindex 1..2 100644\n--- a/src/a.rs\n+++ b/src/a.rs\n\
        @@ -1,3 +1,3 @@ fn main\n one\n--- two\n+++ three\n four\n\\ No newline at end of file\n\
        diff --git a/gone b/gone\ndeleted file mode 100644\n--- a/gone\n+++ /dev/null\n@@ -7 +6,0 @@\n-last\n";

    fn read(pieces: &[&str]) -> Patch {
        let mut patch = Patch::default();
        for piece in pieces {
            patch.push(piece);
        }
        patch.end();
        patch
    }

    #[test]
    fn each_line_has_its_place_even_if_it_looks_like_a_head() {
        let patch = read(&[PATCH]);
        let places: Vec<(Kind, String)> = patch
            .lines
            .iter()
            .filter_map(|line| Some((line.kind, line.place.as_ref()?)))
            .map(|(kind, place)| (kind, format!("{}:{}", place.path, place.line)))
            .collect();
        let expected = [
            (Kind::Context, "src/a.rs:1"),
            (Kind::Removed, "src/a.rs:2"),
            (Kind::Added, "src/a.rs:2"),
            (Kind::Context, "src/a.rs:3"),
            (Kind::Removed, "gone:7"),
        ];
        assert_eq!(places, expected.map(|(kind, place)| (kind, place.to_owned())));
        assert_eq!((patch.next(0, Kind::File), patch.previous(12, Kind::Hunk)), (Some(10), Some(4)));
    }

    proptest! {
        #[test]
        fn a_patch_may_be_cut_anywhere(at in 0..PATCH.len()) {
            prop_assert_eq!(read(&[&PATCH[..at], &PATCH[at..]]), read(&[PATCH]));
        }

        #[test]
        fn any_text_is_read_as_a_patch(text in "([@+\\- diff0-9,\\n]|\\PC){0,200}") {
            let patch = read(&[&text]);
            prop_assert!(patch.lines.iter().all(|line| !line.text.chars().any(char::is_control)));
        }
    }
}
