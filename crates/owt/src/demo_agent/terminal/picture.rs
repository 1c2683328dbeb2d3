//! What the terminal shows: rows from the conversation, the draft and what the agent is at. Pure.

use std::collections::VecDeque;

use owt_tui::text::block;
use owt_tui::text::columns;
use owt_tui::text::cut;
use owt_tui::text::one_line;
use unicode_width::UnicodeWidthChar;

use crate::rendering::Style;
use crate::rendering::Tone;

/// What stands before the draft: the mark of the input box.
const MARK: &str = "demo> ";

/// What stands before the draft's further rows. Never blank: a blank row ends the box.
const FURTHER: &str = "    | ";

/// How many rows of a text of the conversation are shown.
const MAX_ROWS_OF_A_TEXT: usize = 12;

/// How much of a text is looked at, in characters.
const MAX_TEXT: usize = 4000;

/// A terminal's size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) rows: usize,
    pub(super) columns: usize,
}

/// A piece of the conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry {
    Person(String),
    Agent(String),
    Tool(String),
    Result(String),
    Failure(String),
    Remark(String),
}

/// What stands at the bottom.
#[derive(Debug, Clone, Copy)]
pub(super) enum Below<'a> {
    Idle,
    Working { seconds: u64 },
    Permission { what: &'a str },
    Question { question: &'a str, options: &'a [&'a str] },
}

/// Everything that is shown.
pub(super) struct Picture<'a> {
    pub(super) entries: &'a VecDeque<Entry>,
    pub(super) draft: &'a str,
    pub(super) below: Below<'a>,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    tone: Tone,
    text: String,
}

/// Rows and where the cursor stands, from 0.
struct Layout {
    rows: Vec<Row>,
    cursor: (usize, usize),
}

impl Picture<'_> {
    /// The control sequences and text that show it.
    pub(super) fn draw(&self, size: Size, style: Style) -> String {
        let layout = self.layout(size);
        let rows = layout.rows.iter().map(|row| format!("{}\x1b[K", style.paint(row.tone, &row.text)));
        let (row, column) = layout.cursor;
        let text = rows.collect::<Vec<_>>().join("\r\n");
        format!("\x1b[?25l\x1b[H{text}\x1b[J\x1b[{};{}H\x1b[?25h", row + 1, column + 1)
    }

    fn layout(&self, size: Size) -> Layout {
        let columns = size.columns.max(MARK.len() + 2);
        let (bottom, (up, column)) = self.bottom(columns, (size.rows / 2).max(1));
        let room = size.rows.saturating_sub(bottom.len() + 1);
        let mut rows: Vec<Row> = self.entries.iter().flat_map(|entry| entry.rows(columns)).collect();
        rows.drain(..rows.len().saturating_sub(room));
        if !rows.is_empty() && size.rows > bottom.len() {
            rows.push(Row { tone: Tone::Plain, text: String::new() });
        }
        rows.extend(bottom);
        rows.drain(..rows.len().saturating_sub(size.rows.max(1)));
        let row = rows.len().saturating_sub(up + 1);
        Layout { rows, cursor: (row, column.min(columns - 1)) }
    }

    /// The rows below the conversation; how many rows from below the cursor stands, and its column.
    fn bottom(&self, width: usize, most: usize) -> (Vec<Row>, (usize, usize)) {
        let mut rows = draft_rows(self.draft, width, most);
        let column = rows.last().map_or(0, |row| columns(&row.text));
        match self.below {
            Below::Idle => (rows, (0, column)),
            Below::Working { seconds } => {
                let text = cut(&format!("demo: working ({seconds}s), ctrl-c interrupts"), width);
                rows.push(Row { tone: Tone::Active, text });
                (rows, (1, column))
            }
            Below::Permission { what } => {
                let text = fitted("demo: may I ", what, "? (y/n)", width);
                let column = columns(&text);
                (vec![Row { tone: Tone::Warn, text }], (0, column))
            }
            Below::Question { question, options } => {
                let options = format!(" ({})", options.join(", "));
                let text = fitted("demo: question: ", question, &options, width);
                rows.insert(0, Row { tone: Tone::Warn, text });
                rows.drain(1..rows.len().saturating_sub(1));
                (rows, (0, column))
            }
        }
    }
}

/// A row that keeps its beginning and end, and of its middle what there is room for.
fn fitted(begin: &str, middle: &str, end: &str, width: usize) -> String {
    let room = width.saturating_sub(columns(begin) + columns(end));
    cut(&format!("{begin}{}{end}", cut(&one_line(middle), room)), width)
}

/// The input box, of at most so many rows (at least one): the last ones, when there are more.
fn draft_rows(draft: &str, width: usize, most: usize) -> Vec<Row> {
    let row = |text: String| Row { tone: Tone::Strong, text };
    let tail: String = tail_of(draft);
    let lines: Vec<&str> = tail.split('\n').collect();
    let mut rows: Vec<Row> = Vec::new();
    for line in lines {
        let mark = if rows.is_empty() { MARK } else { FURTHER };
        // One column stays free for the cursor.
        for (index, part) in wrapped(&block(line), width - MARK.len() - 1).into_iter().enumerate() {
            let mark = if index == 0 { mark } else { FURTHER };
            rows.push(row(format!("{mark}{part}")));
        }
    }
    if rows.len() > most {
        let hidden = rows.len() - (most - 1);
        rows.drain(..hidden);
        rows.insert(0, row(cut(&format!("{MARK}... {hidden} more rows"), width - 1)));
    }
    rows
}

/// The end of a long draft: nobody reads the rest on a screen.
fn tail_of(draft: &str) -> String {
    let count = draft.chars().count();
    draft.chars().skip(count.saturating_sub(MAX_TEXT)).collect()
}

impl Entry {
    /// No row of it begins with `demo`: that is how the agent itself speaks.
    fn rows(&self, width: usize) -> Vec<Row> {
        let (tone, first, text) = match self {
            Self::Person(text) => (Tone::Strong, "> ", text),
            Self::Agent(text) => (Tone::Plain, "  ", text),
            Self::Tool(text) => (Tone::Active, "* ", text),
            Self::Result(text) => (Tone::Dim, "    ", text),
            Self::Failure(text) => (Tone::Bad, "demo: failed: ", text),
            Self::Remark(text) => (Tone::Dim, "  ", text),
        };
        let further = " ".repeat(columns(first).min(4));
        let shown: String = text.chars().take(MAX_TEXT).collect();
        let room = width.saturating_sub(columns(first)).max(1);
        let parts: Vec<String> =
            block(shown.trim()).lines().flat_map(|line| wrapped(&line.replace('\t', "    "), room)).collect();
        let hidden = parts.len().saturating_sub(MAX_ROWS_OF_A_TEXT);
        let mut rows = Vec::new();
        if matches!(self, Self::Person(_) | Self::Failure(_)) {
            rows.push(Row { tone: Tone::Plain, text: String::new() });
        }
        for (index, part) in parts.iter().take(MAX_ROWS_OF_A_TEXT).enumerate() {
            let mark = if index == 0 { first } else { further.as_str() };
            rows.push(Row { tone, text: format!("{mark}{part}").trim_end().to_owned() });
        }
        if hidden > 0 {
            rows.push(Row { tone: Tone::Dim, text: cut(&format!("{further}... {hidden} more rows"), width) });
        }
        rows
    }
}

/// A line in rows of at most this many columns, broken at blanks where there are some.
fn wrapped(line: &str, width: usize) -> Vec<String> {
    let mut rows = Vec::new();
    let mut row = String::new();
    let mut used = 0;
    for letter in line.chars() {
        let wide = letter.width().unwrap_or(0);
        if used + wide > width && !row.is_empty() {
            let whole = row.rfind(' ').filter(|&at| at * 2 > row.len() && letter != ' ');
            let rest = whole.map(|at| row.split_off(at + 1)).unwrap_or_default();
            rows.push(std::mem::replace(&mut row, rest).trim_end().to_owned());
            used = columns(&row);
        }
        row.push(letter);
        used += wide;
    }
    rows.push(row);
    rows
}

#[cfg(test)]
mod tests;
