//! The board as lines of text: for a pipe, for who has it read aloud, for a prompt. It must not know a terminal.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use owt_api::Happening;
use owt_api::Workspace;

use crate::happenings::Happenings;
use crate::happenings::sentence as sentence_of;
use crate::order::arranged;
use crate::row::Row;
use crate::section::Section;
use crate::status;
use crate::text::line;

/// The whole board, once. Nothing is cut to a width.
pub fn as_text(title: &str, workspaces: &[Workspace], now: Timestamp) -> String {
    let rows = arranged(workspaces.iter().cloned());
    let mut text = format!("{}\n", line(title));
    if rows.is_empty() {
        text.push_str("No workspaces yet.\n");
    }
    let mut last = None;
    for row in &rows {
        if last.replace(row.section) != Some(row.section) {
            text.push_str(&format!("\n{}\n", row.section.heading()));
        }
        text.push_str(&format!("  {}\n", sentence(row, now)));
    }
    text
}

/// One row, read from left to right.
fn sentence(row: &Row, now: Timestamp) -> String {
    let status = row.workspace.status;
    let unread = if row.workspace.used.attention.unread { "not seen" } else { "" };
    let state = format!("{} {}", status::glyph(status), status::word(status));
    let age = row.age(now);
    let parts = [
        &state,
        row.label(),
        row.agent(),
        row.lines(),
        row.changes(),
        row.cost(),
        &age,
        unread,
        row.summary().1,
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("  ")
}

/// A board that only goes on: first all of it, then a line for each thing that has changed.
#[derive(Debug)]
pub struct Chronicle {
    title: String,
    zone: TimeZone,
    /// What was said of each workspace, by id; nothing before the first list.
    said: Option<BTreeMap<String, Saying>>,
    /// Whether it was said that nobody answers.
    is_alone: bool,
    /// What has happened by itself, and of which nothing has been said yet.
    happenings: Happenings,
}

/// What was said of a workspace.
#[derive(Debug, PartialEq)]
struct Saying {
    name: String,
    section: Section,
    words: String,
}

impl Chronicle {
    /// One that has said nothing yet; its clock goes in this zone.
    pub const fn new(title: String, zone: TimeZone) -> Self {
        Self { title, zone, said: None, is_alone: false, happenings: Happenings::new() }
    }

    /// What is to be said now that the server is gone; once.
    pub fn lost(&mut self, now: Timestamp) -> String {
        if std::mem::replace(&mut self.is_alone, true) {
            return String::new();
        }
        let clock = self.clock(now);
        format!(
            "{clock}  the server is away: what was said is the last that is known; the board goes on when it is there again\n"
        )
    }

    fn clock(&self, now: Timestamp) -> String {
        now.to_zoned(self.zone.clone()).strftime("%H:%M").to_string()
    }

    /// What is to be said now that this has happened by itself.
    pub fn happened(&mut self, happenings: &[Happening]) -> String {
        self.happenings.take(happenings.to_vec());
        let news: Vec<String> = self.happenings.unseen().map(|it| sentence_of(it, &self.zone).1).collect();
        self.happenings.see();
        news.iter().rev().map(|words| format!("{words}\n")).collect()
    }

    /// What is to be said now that the workspaces are these.
    pub fn next(&mut self, workspaces: &[Workspace], now: Timestamp) -> String {
        let rows = arranged(workspaces.iter().cloned());
        let sayings = rows.iter().map(|row| (row.workspace.id.clone(), Saying::of(row)));
        let Some(before) = self.said.replace(sayings.collect()) else {
            return as_text(&self.title, workspaces, now);
        };
        let clock = self.clock(now);
        let back =
            std::mem::take(&mut self.is_alone).then(|| format!("{clock}  the server is there again\n"));
        let is_gone = |(id, _): &(&String, &Saying)| !rows.iter().any(|row| row.workspace.id == **id);
        let gone =
            before.iter().filter(is_gone).map(|(_, saying)| format!("{clock}  gone: {}\n", saying.name));
        let is_news = |row: &&Row| before.get(&row.workspace.id) != Some(&Saying::of(row));
        let news = rows.iter().filter(is_news).map(|row| {
            let saying = Saying::of(row);
            format!("{clock}  {}: {}\n", saying.section.heading(), saying.words)
        });
        back.into_iter().chain(gone).chain(news).collect()
    }
}

impl Saying {
    /// Neither time, cost nor lines: they grow all the time, and nobody wants to hear each cent.
    fn of(row: &Row) -> Self {
        let status = row.workspace.status;
        let unread = if row.workspace.used.attention.unread { "not seen" } else { "" };
        let parts = [status::word(status), row.name(), row.agent(), row.changes(), unread, row.summary().1];
        let words = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("  ");
        Self { name: row.name().to_owned(), section: row.section, words }
    }
}

/// How many need the person, are ready and in flight, in one line; nothing of none.
pub fn status_line(workspaces: &[Workspace]) -> String {
    let count = |section: Section| workspaces.iter().filter(|it| Section::of(it) == section).count();
    let counted = Section::ALL.into_iter().filter(|section| *section != Section::Background);
    counted.filter_map(|section| section.counted(count(section))).collect::<Vec<_>>().join(" · ")
}
