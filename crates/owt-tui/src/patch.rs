//! A patch as git prints it, line by line, and where each line stands in its file. It must not know who reads it.

use crate::ink::Change;
use crate::ink::Ink;
use crate::ink::Line;
use crate::status::Tone;
use crate::syntax;
use crate::syntax::Language;
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
    const fn tone(self) -> Tone {
        match self {
            Self::File => Tone::Strong,
            Self::About => Tone::Dim,
            Self::Hunk => Tone::Active,
            Self::Context => Tone::Plain,
            Self::Added => Tone::Good,
            Self::Removed => Tone::Bad,
        }
    }

    const fn change(self) -> Change {
        match self {
            Self::Added => Change::Added,
            Self::Removed => Change::Removed,
            Self::File | Self::About | Self::Hunk | Self::Context => Change::Same,
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
    /// With its sign.
    pub(crate) shown: Line,
    pub(crate) place: Option<Place>,
    /// Where it stood, if it did; where it stands now is its place.
    was: Option<u32>,
}

/// Which file a line is seen in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    Before,
    After,
}

impl PatchLine {
    /// With its number before it, where there is room for that; what says something of the patch has none.
    pub(crate) fn numbered(&self, of: Of, gutter: Gutter) -> Line {
        let Some(place) = self.place.as_ref().filter(|_| gutter.digits > 0) else {
            return self.shown.beyond(gutter.shift);
        };
        let number = match of {
            Of::Before => self.was.unwrap_or(place.line),
            Of::After => place.line,
        };
        let mut line = Line::on(self.shown.ground);
        line.push(Ink::Tone(Tone::Dim), &format!("{number:>width$} ", width = gutter.digits));
        for (ink, piece) in self.shown.beyond(gutter.shift).pieces() {
            line.push(ink, piece);
        }
        line
    }
}

/// From here on there is room for numbers.
const ROOM_FOR_NUMBERS: usize = 40;

/// What stands before a line, and how much of it is left of what is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gutter {
    digits: usize,
    shift: usize,
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
    /// The beginning of a line.
    rest: String,
    before: Side,
    after: Side,
    /// The highest number of a line.
    highest: u32,
}

/// One side of the file that is being read.
#[derive(Debug, Clone, Default, PartialEq)]
struct Side {
    path: String,
    next: u32,
    /// So many lines of the open hunk are still to come.
    left: u32,
    language: Option<&'static Language>,
    /// What of it is open where the next line begins; where a hunk begins within something, nobody knows.
    open: syntax::State,
}

impl Side {
    fn of(path: String) -> Self {
        Self { language: Language::of(&path), path, ..Self::default() }
    }

    const fn begin(&mut self, (next, left): Span) {
        (self.next, self.left, self.open) = (next, left, syntax::State::Code);
    }

    fn place(&mut self) -> Place {
        let place = Place { path: self.path.clone(), line: self.next };
        self.pass();
        place
    }

    const fn pass(&mut self) {
        self.next = self.next.saturating_add(1);
        self.left = self.left.saturating_sub(1);
    }

    /// The line in its colours; `text` has a sign before it.
    fn coloured(&mut self, kind: Kind, text: &str) -> Line {
        let (change, at) = (kind.change(), text.chars().next().map_or(0, char::len_utf8));
        let (sign, code) = text.split_at(at);
        let mut line = Line::on(change);
        line.push(Ink::Tone(kind.tone()), sign);
        let Some(language) = self.language else {
            line.push(Ink::Code(change, syntax::Token::Plain), code);
            return line;
        };
        let (pieces, open) = syntax::read(language, self.open, code);
        self.open = open;
        let mut rest = code;
        for (token, length) in pieces {
            let (piece, behind) = rest.split_at(length);
            line.push(Ink::Code(change, token), piece);
            rest = behind;
        }
        line
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
            if self.lines.len() == LINES {
                self.add(Kind::About, Line::toned(Tone::Dim, "… the rest: owt diff".to_owned()), None);
            }
            return;
        }
        let is_in_hunk = self.before.left > 0 || self.after.left > 0;
        let text = text::harmless(line);
        match line.as_bytes().first() {
            Some(b'+') if is_in_hunk => {
                let (shown, place) = (self.after.coloured(Kind::Added, &text), self.after.place());
                self.add(Kind::Added, shown, Some((None, place)));
            }
            Some(b'-') if is_in_hunk => {
                let (shown, place) = (self.before.coloured(Kind::Removed, &text), self.before.place());
                self.add(Kind::Removed, shown, Some((Some(place.line), place)));
            }
            Some(b' ') | None if is_in_hunk => {
                let was = self.before.next;
                self.before.pass();
                self.before.coloured(Kind::Context, &text);
                let (shown, place) = (self.after.coloured(Kind::Context, &text), self.after.place());
                self.add(Kind::Context, shown, Some((Some(was), place)));
            }
            _ => {
                let kind = self.about(line);
                self.add(kind, Line::toned(kind.tone(), text), None);
            }
        }
    }

    fn add(&mut self, kind: Kind, shown: Line, stands: Option<(Option<u32>, Place)>) {
        let (was, place) = stands.map_or((None, None), |(was, place)| (was, Some(place)));
        let number = was.max(place.as_ref().map(|place| place.line));
        self.highest = self.highest.max(number.unwrap_or(0));
        self.lines.push(PatchLine { kind, shown, place, was });
    }

    /// What stands before its lines in so many columns, of which so many are left of what is seen.
    pub(crate) fn gutter(&self, columns: usize, shift: usize) -> Gutter {
        let digits = if columns < ROOM_FOR_NUMBERS { 0 } else { self.highest.to_string().len() };
        Gutter { digits, shift }
    }

    /// A line outside of the hunks.
    fn about(&mut self, line: &str) -> Kind {
        if line.starts_with("diff ") {
            (self.before, self.after) = (Side::default(), Side::default());
            return Kind::File;
        }
        if let Some(path) = line.strip_prefix("--- ") {
            self.before = Side::of(path_of(path, "a/"));
        } else if let Some(path) = line.strip_prefix("+++ ") {
            self.after = Side::of(path_of(path, "b/"));
        } else if let Some((before, after)) = spans(line) {
            self.before.begin(before);
            self.after.begin(after);
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

    #[test]
    fn code_has_its_colours_on_each_side_and_a_comment_of_one_is_none_of_the_other() {
        let patch = "--- a/a.rs\n+++ b/a.rs\n@@ -1,2 +1,2 @@\n-/* one\n+let a = \"b\";\n fn\n@@ -9 +9 @@\n-two */\n+1\n";
        let patch = read(&[patch]);
        let words = |at: usize| {
            let pieces = patch.lines[at].shown.pieces().filter_map(|(ink, text)| match ink {
                Ink::Code(_, token) if token != syntax::Token::Plain => Some((token, text.to_owned())),
                _ => None,
            });
            pieces.collect::<Vec<_>>()
        };
        let (keyword, comment) = (syntax::Token::Keyword, syntax::Token::Comment);
        assert_eq!(words(3), [(comment, "/* one".to_owned())]);
        assert_eq!(words(4), [(keyword, "let".to_owned()), (syntax::Token::Text, "\"b\"".to_owned())]);
        assert_eq!(words(5), [(keyword, "fn".to_owned())], "beside a comment that only the old file has");
        assert_eq!(words(7), [], "where a hunk begins nothing is open");
        assert_eq!(patch.lines[4].shown.ground, Change::Added);
    }

    #[test]
    fn what_is_too_long_ends_with_where_the_rest_is() {
        let patch = read(&[&format!("@@ -0,0 +1,6000 @@\n{}", "+a\n".repeat(6000))]);
        assert_eq!(
            (patch.lines.len(), patch.lines[LINES].shown.text.as_str()),
            (LINES + 1, "… the rest: owt diff")
        );
    }

    proptest! {
        #[test]
        fn a_patch_may_be_cut_anywhere(at in 0..PATCH.len()) {
            prop_assert_eq!(read(&[&PATCH[..at], &PATCH[at..]]), read(&[PATCH]));
        }

        #[test]
        fn any_text_is_read_as_a_patch(text in "([@+\\- diff0-9,\\n]|\\PC){0,200}") {
            let patch = read(&[&text]);
            prop_assert!(patch.lines.iter().all(|line| !line.shown.text.chars().any(char::is_control)));
        }
    }
}
