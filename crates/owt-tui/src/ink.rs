//! A line of text of which each piece has a look of its own: code in a patch, what a program's terminal shows. It must not
//! know what a look is on the screen.

use owt_api::TextColour;
use ratatui_core::style::Modifier;
use unicode_segmentation::UnicodeSegmentation;

use crate::status::Tone;
use crate::syntax::Token;
use crate::text;

/// How a piece of text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    Tone(Tone),
    Code(Change, Token),
    Own(Own),
}

/// How a program wished its letters to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Own {
    pub(crate) letters: Option<TextColour>,
    pub(crate) ground: Option<TextColour>,
    pub(crate) styles: Modifier,
}

/// What became of a line, by which its ground may be told from that of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Change {
    #[default]
    Same,
    Added,
    Removed,
}

/// A line, harmless.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Line {
    pub(crate) text: String,
    pub(crate) ground: Change,
    /// How many bytes look how, from the first on.
    runs: Vec<(Ink, usize)>,
}

impl Line {
    pub(crate) fn toned(tone: Tone, text: String) -> Self {
        let runs = vec![(Ink::Tone(tone), text.len())];
        Self { text, ground: Change::Same, runs }
    }

    /// One that lies on the ground of a change.
    pub(crate) fn on(ground: Change) -> Self {
        Self { ground, ..Self::default() }
    }

    pub(crate) fn push(&mut self, ink: Ink, piece: &str) {
        self.text.push_str(piece);
        match self.runs.last_mut() {
            Some((last, length)) if *last == ink => *length += piece.len(),
            _ => self.runs.push((ink, piece.len())),
        }
    }

    /// All of it in lines of so many columns. What a person sees as one letter stays whole.
    pub(crate) fn wrapped(&self, width: usize) -> Vec<Self> {
        if text::columns(&self.text) <= width {
            return vec![self.clone()];
        }
        let (mut lines, mut open, mut columns) = (Vec::new(), Self::on(self.ground), 0);
        for (ink, letter) in self.letters() {
            columns += text::columns(letter);
            if columns > width && !open.text.is_empty() {
                lines.push(std::mem::replace(&mut open, Self::on(self.ground)));
                columns = text::columns(letter);
            }
            open.push(ink, letter);
        }
        lines.push(open);
        lines
    }

    /// What of it stands from this column on.
    pub(crate) fn beyond(&self, column: usize) -> Self {
        let (mut shown, mut columns) = (Self::on(self.ground), 0);
        for (ink, letter) in self.letters() {
            if columns >= column {
                shown.push(ink, letter);
            }
            columns += text::columns(letter);
        }
        shown
    }

    fn letters(&self) -> impl Iterator<Item = (Ink, &str)> {
        self.pieces().flat_map(|(ink, piece)| piece.graphemes(true).map(move |letter| (ink, letter)))
    }

    pub(crate) fn pieces(&self) -> impl Iterator<Item = (Ink, &str)> {
        let mut at = 0;
        self.runs.iter().filter_map(move |(ink, length)| {
            let piece = self.text.get(at..at + length)?;
            at += length;
            Some((*ink, piece))
        })
    }
}
