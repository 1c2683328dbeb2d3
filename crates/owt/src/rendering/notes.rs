//! `owt note`.

use owt_api::Note;
use owt_api::NoteReach;
use owt_api::NoteSource;
use owt_api::NoteWritten;
use owt_api::NotesRemoved;
use owt_core::counting::counted;
use owt_tui::text::block;
use owt_tui::text::one_line;

use crate::rendering::Page;
use crate::rendering::Tone;
use crate::rendering::span;

pub(crate) fn render(page: &Page, notes: &[Note]) -> String {
    if notes.is_empty() {
        return "There are no notes in this repository.\n".to_owned();
    }
    notes.iter().map(|note| one(page, note)).collect()
}

fn one(page: &Page, note: &Note) -> String {
    let number = page.style.paint(Tone::Strong, &format!("{:>3}", note.number));
    let source = match (note.source, &note.workspace) {
        (NoteSource::Agent, Some(workspace)) => format!("the agent of {}", one_line(workspace)),
        (NoteSource::Agent, None) => "an agent".to_owned(),
        (NoteSource::Person, _) => "you".to_owned(),
    };
    let head =
        page.style.paint(Tone::Dim, &format!("from {source}, {}", span::since(&note.created_at, page.now)));
    let lines: String = block(&note.text).lines().map(|line| format!("     {line}\n")).collect();
    format!("{number}  {head}\n{lines}")
}

/// What was written, and who gets it.
pub(crate) fn written(page: &Page, written: &NoteWritten) -> String {
    let mut text = match &written.note {
        Some(note) => format!("Note {} is left for everybody in this repository.\n", note.number),
        None => "The note would be left for everybody in this repository.\n".to_owned(),
    };
    for reader in &written.reaches {
        let name = page.style.paint(Tone::Strong, &one_line(&reader.workspace));
        text.push_str(&format!("  {name}  {}\n", meaning(reader.reach)));
    }
    text
}

const fn meaning(reach: NoteReach) -> &'static str {
    match reach {
        NoteReach::Told => "gets it as a message",
        NoteReach::Own => "wrote it",
        NoteReach::HeldBack => "does not get it: it may do everything, and the note is another agent's",
        NoteReach::OnePrompt => "does not get it: its session takes one prompt only",
        NoteReach::TaskOnly => "does not get it: it is told its task and nothing else (--no-context)",
    }
}

/// What was taken out.
pub(crate) fn removed(page: &Page, removed: &NotesRemoved) -> String {
    if removed.removed.is_empty() {
        return render(page, &[]);
    }
    let would = match (removed.dry_run, removed.removed.len()) {
        (true, _) => "would be",
        (false, 1) => "is",
        (false, _) => "are",
    };
    let notes: String = removed.removed.iter().map(|note| one(page, note)).collect();
    let count = counted(removed.removed.len(), "note", "notes");
    format!("{count} {would} taken out:\n{notes}")
}
