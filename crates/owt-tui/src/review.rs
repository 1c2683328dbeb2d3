//! Looking through what a workspace changed: the critic's word, the patch, and comments on its lines, which all go to the
//! agent as one message. It must not know where on the screen it stands, nor who reads the patch.

use std::collections::BTreeMap;

use owt_api as api;
use owt_core::counting::counted;

use crate::editor::Editor;
use crate::event::Deed;
use crate::event::Look;
use crate::event::Seen;
use crate::event::Ticket;
use crate::key::Code;
use crate::key::Key;
use crate::layer::Act;
use crate::layer::Taken;
use crate::pane::State;
use crate::patch::Kind;
use crate::patch::Patch;
use crate::patch::PatchLine;
use crate::status::Tone;
use crate::text;
use crate::text::line;
use crate::wording;

/// So many lines does a page have.
const PAGE: isize = 15;

/// So many columns does a long line move at a time.
const SIDEWAYS: isize = 20;

/// Its keys while it is read, with what they do. They are the same for everybody.
pub(crate) const KEYS: [(&str, &str); 11] = [
    ("j, k, down, up", "the next line, the one before"),
    ("pagedown, pageup", "a page further, a page back"),
    ("g, G, home, end", "the first line, the last"),
    ("], [, tab", "the next file, the one before"),
    ("}, {", "the next piece of a file that was changed, the one before"),
    ("right, left, >, <", "further right in long lines, further left"),
    ("v", "as it was beside as it is, where there is room, and back"),
    ("c", "a comment on this line"),
    ("enter", "send all comments to the agent as one message; without any, leave"),
    ("?", "this help"),
    ("esc, q", "leave; comments that were not sent are asked about"),
];

/// A review under way.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Review {
    pub(crate) name: String,
    /// To whom comments go, without their words.
    reader: Reader,
    /// The question to the critic.
    pub(crate) ticket: Ticket,
    /// The patch.
    pub(crate) look: Look,
    verdict: Option<Result<Box<api::Criticism>, String>>,
    pub(crate) patch: Patch,
    pub(crate) state: State,
    /// The line of the patch that comments are on.
    pub(crate) cursor: usize,
    /// Whether a key has moved it yet.
    has_begun: bool,
    /// By line of the patch.
    pub(crate) comments: BTreeMap<usize, String>,
    pub(crate) mode: Mode,
    pub(crate) form: Form,
    /// So many columns of the patch are left of what is seen.
    pub(crate) shift: usize,
}

/// Who reads the comments.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Reader {
    /// The agent that runs.
    Agent(api::SendMessage),
    /// The agent whose session has ended: it is taken up again with them.
    Resumed(api::ResumeSession),
}

/// How the patch stands on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Unified,
    /// Where there is room for it.
    Beside,
}

/// What keys mean.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Mode {
    Reading,
    /// A comment on the line of the cursor.
    Writing(Editor),
    /// It would be lost.
    Unkept(Editor),
    /// All comments would be lost.
    Leaving,
}

impl Review {
    pub(crate) fn new(name: String, reader: Reader, ticket: Ticket, look: Look) -> Self {
        Self {
            name,
            reader,
            ticket,
            look,
            verdict: None,
            patch: Patch::default(),
            state: State::Reading,
            cursor: 0,
            has_begun: false,
            comments: BTreeMap::new(),
            mode: Mode::Reading,
            form: Form::Unified,
            shift: 0,
        }
    }

    /// More of the patch.
    pub(crate) fn see(&mut self, seen: Seen) {
        match seen {
            Seen::Text(text) => self.patch.push(&text),
            Seen::End => {
                self.patch.end();
                self.state = State::Whole;
            }
            Seen::Failed(why) => self.state = State::Failed(line(&why)),
            Seen::Screen(_) | Seen::Evidence(_) | Seen::Detail(_) => {}
        }
        if !self.has_begun {
            self.cursor = self.nearest().unwrap_or(self.cursor);
        }
    }

    /// The line nearest to the cursor that a comment can be on: the next one, else the last before it.
    fn nearest(&self) -> Option<usize> {
        let takes_one = |at: &usize| self.patch.lines.get(*at).is_some_and(|line| line.place.is_some());
        let next = (self.cursor..self.patch.lines.len()).find(takes_one);
        next.or_else(|| (0..self.cursor).rev().find(takes_one))
    }

    /// Whether there is any line that a comment can be on.
    pub(crate) fn takes_comments(&self) -> bool {
        self.nearest().is_some()
    }

    /// What the critic says.
    pub(crate) fn judged(&mut self, verdict: Result<Box<api::Criticism>, api::Problem>) {
        self.verdict = Some(verdict.map_err(|problem| line(&problem.message)));
    }

    /// The critic's word.
    pub(crate) fn head(&self) -> Vec<(Tone, String)> {
        let mut lines = self.verdict();
        if let Reader::Resumed(_) = self.reader {
            let what = "Its session has ended: with your comments it is taken up again.";
            lines.push((Tone::Dim, what.to_owned()));
        }
        lines
    }

    fn verdict(&self) -> Vec<(Tone, String)> {
        let criticism = match &self.verdict {
            None => return vec![(Tone::Dim, "the critic is looking …".to_owned())],
            Some(Err(why)) => return vec![(Tone::Bad, format!("the critic cannot say: {why}"))],
            Some(Ok(criticism)) => criticism,
        };
        let (tone, words) = match criticism.verdict {
            api::Verdict::Clear => (Tone::Good, "The critic has nothing against it."),
            api::Verdict::Warned => (Tone::Warn, "The critic warns:"),
            api::Verdict::Blocked => (Tone::Bad, "The critic denies that it lands:"),
            api::Verdict::Off => (Tone::Dim, "The critic is switched off."),
        };
        let mut lines = vec![(tone, words.to_owned())];
        lines.extend(wording::findings(&criticism.findings, criticism.more));
        lines
    }

    /// What a comment would be on.
    pub(crate) fn line(&self) -> Option<&PatchLine> {
        self.patch.lines.get(self.cursor)
    }

    pub(crate) fn take(&mut self, key: Key) -> Taken {
        self.has_begun = true;
        match &self.mode {
            Mode::Reading => self.read(key),
            Mode::Writing(_) => self.write(key),
            Mode::Unkept(_) => self.unkept(key),
            Mode::Leaving => match key.code {
                Code::Enter => self.send(),
                Code::Char('d') => Taken::Acts(Act::Close),
                Code::Esc => self.go_on(),
                _ => Taken::Kept,
            },
        }
    }

    pub(crate) fn paste(&mut self, text: &str) {
        if let Mode::Writing(editor) = &mut self.mode {
            editor.insert(text);
        }
    }

    /// What is being written goes on at a byte of it.
    pub(crate) fn write_at(&mut self, at: usize) {
        if let Mode::Writing(editor) = &mut self.mode {
            editor.go_to(at);
        }
    }

    pub(crate) fn move_by(&mut self, lines: isize) {
        let last = self.patch.lines.len().saturating_sub(1);
        self.cursor = self.cursor.saturating_add_signed(lines).min(last);
    }

    /// The cursor goes to a line, unless a comment is being written on the one where it is.
    pub(crate) fn read_at(&mut self, line: usize) {
        if self.mode == Mode::Reading {
            self.cursor = line;
            self.move_by(0);
        }
    }

    fn go_on(&mut self) -> Taken {
        self.mode = Mode::Reading;
        Taken::Kept
    }

    fn read(&mut self, key: Key) -> Taken {
        match (key.code, key.ctrl) {
            (Code::Down | Code::Char('j'), false) => self.move_by(1),
            (Code::Up | Code::Char('k'), false) => self.move_by(-1),
            (Code::PageDown | Code::Char(' '), _) | (Code::Char('d'), true) => self.move_by(PAGE),
            (Code::PageUp, _) | (Code::Char('u'), true) => self.move_by(-PAGE),
            (Code::Home | Code::Char('g'), false) => self.move_by(isize::MIN),
            (Code::End | Code::Char('G'), false) => self.move_by(isize::MAX),
            (Code::Char(']') | Code::Tab, false) => self.go_to(self.patch.next(self.cursor, Kind::File)),
            (Code::Char('[') | Code::BackTab, false) => {
                self.go_to(self.patch.previous(self.cursor, Kind::File));
            }
            (Code::Char('}'), false) => self.go_to(self.patch.next(self.cursor, Kind::Hunk)),
            (Code::Char('{'), false) => self.go_to(self.patch.previous(self.cursor, Kind::Hunk)),
            (Code::Right | Code::Char('>'), _) => self.shift_by(SIDEWAYS),
            (Code::Left | Code::Char('<'), _) => self.shift_by(-SIDEWAYS),
            (Code::Char('v'), false) => {
                self.form = match self.form {
                    Form::Unified => Form::Beside,
                    Form::Beside => Form::Unified,
                };
            }
            (Code::Char('c'), false) if self.takes_comments() => {
                self.cursor = self.nearest().unwrap_or(self.cursor);
                let before = self.comments.get(&self.cursor).cloned().unwrap_or_default();
                self.mode = Mode::Writing(Editor::holding(before));
            }
            (Code::Char('?'), false) => return Taken::Helps,
            (Code::Enter, _) => return self.send(),
            (Code::Esc | Code::Char('q'), false) | (Code::Char('c'), true) => match self.comments.len() {
                0 => return Taken::Acts(Act::Close),
                _ => self.mode = Mode::Leaving,
            },
            _ => {}
        }
        Taken::Kept
    }

    fn shift_by(&mut self, columns: isize) {
        let widest = self.patch.lines.iter().map(|line| text::columns(&line.shown.text)).max().unwrap_or(0);
        self.shift = self.shift.saturating_add_signed(columns).min(widest.saturating_sub(1));
    }

    fn go_to(&mut self, line: Option<usize>) {
        self.cursor = line.unwrap_or(self.cursor);
    }

    fn write(&mut self, key: Key) -> Taken {
        let Mode::Writing(editor) = &mut self.mode else { return Taken::Kept };
        match (key.code, key.ctrl, key.alt) {
            (Code::Enter, false, false) => {
                let text = editor.text().trim().to_owned();
                return self.keep(text);
            }
            (Code::Esc, ..) | (Code::Char('c'), true, _) => {
                let kept = self.comments.get(&self.cursor).map_or("", String::as_str);
                if editor.text().trim() == kept {
                    return self.go_on();
                }
                self.mode = Mode::Unkept(editor.clone());
            }
            _ => {
                editor.take(key);
            }
        }
        Taken::Kept
    }

    fn unkept(&mut self, key: Key) -> Taken {
        let Mode::Unkept(editor) = &self.mode else { return Taken::Kept };
        match key.code {
            Code::Enter => {
                let text = editor.text().trim().to_owned();
                return self.keep(text);
            }
            Code::Char('d') => return self.go_on(),
            Code::Esc => self.mode = Mode::Writing(editor.clone()),
            _ => {}
        }
        Taken::Kept
    }

    /// A comment without words is none.
    fn keep(&mut self, text: String) -> Taken {
        match text.is_empty() {
            true => self.comments.remove(&self.cursor),
            false => self.comments.insert(self.cursor, text),
        };
        self.go_on()
    }

    fn send(&self) -> Taken {
        if self.comments.is_empty() {
            return Taken::Acts(Act::Close);
        }
        let count = counted(self.comments.len() as u64, "comment", "comments");
        let name = &self.name;
        let (deed, doing) = match &self.reader {
            Reader::Agent(message) => {
                let message = api::SendMessage { text: self.words(), ..message.clone() };
                (Deed::Send(message), format!("sending {count} to {name}"))
            }
            Reader::Resumed(resume) => {
                let resume = api::ResumeSession { message: Some(self.words()), ..resume.clone() };
                (Deed::Resume(resume), format!("taking {name} up again with {count}"))
            }
        };
        Taken::Acts(Act::Do(Box::new(deed), doing))
    }

    /// All comments, each with its place and the line that it is on.
    fn words(&self) -> String {
        let mut text = "Comments on your changes:\n".to_owned();
        for (at, comment) in &self.comments {
            let Some(PatchLine { kind, shown, place: Some(place), .. }) = self.patch.lines.get(*at) else {
                continue;
            };
            let quoted = &shown.text;
            let removed = if *kind == Kind::Removed { " (removed)" } else { "" };
            text.push_str(&format!("\n{}:{}{removed}\n> {quoted}\n{comment}\n", place.path, place.line));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One in the middle of three files, each with two changed pieces and a long line, seen from its middle.
    fn begun() -> Review {
        let selector = api::Selector { cwd: "/r".to_owned(), name: "auth".to_owned() };
        let reader =
            Reader::Resumed(api::ResumeSession { workspace: selector, ..api::ResumeSession::default() });
        let mut review = Review::new("auth".to_owned(), reader, Ticket(1), Look(1));
        let long = "x".repeat(100);
        for name in ["a", "b", "c"] {
            review.see(Seen::Text(format!(
                "diff --git a/{name} b/{name}\n--- a/{name}\n+++ b/{name}\n@@ -1 +1 @@\n-one\n+{long}\n@@ -9 +9 @@\n-nine\n+9\n"
            )));
        }
        review.see(Seen::End);
        review.has_begun = true;
        review.cursor = review.patch.lines.len() / 2;
        review.shift = 20;
        review
    }

    #[test]
    fn each_key_that_is_told_does_something() {
        for key in KEYS.iter().flat_map(|(keys, _)| keys.split(", ")) {
            let before = begun();
            let mut after = before.clone();
            let taken = after.take(key.parse().unwrap());
            assert!(taken != Taken::Kept || after != before, "{key}");
        }
    }
}
