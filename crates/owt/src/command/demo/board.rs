//! The demonstration as it goes: a table that changes in place on a terminal, a line for each change in a pipe,
//! nothing in JSON.

use std::collections::HashMap;

use owt_api::Status;
use owt_api::WorkspaceDetail;
use owt_tui::status;
use owt_tui::text::one_line;

use super::is_over;
use crate::output::Form;
use crate::output::Output;
use crate::rendering::Page;
use crate::rendering::Tone;
use crate::rendering::table;
use crate::rendering::table::Cell;
use crate::rendering::table::Column;
use crate::rendering::table::Squeeze;

const COLUMNS: [Column; 3] = [
    Column { heading: "STATUS", squeeze: Squeeze::Never },
    Column { heading: "NAME", squeeze: Squeeze::To(12) },
    Column { heading: "NOW", squeeze: Squeeze::To(10) },
];

/// A window of which nobody tells the width.
const ORDINARY_WIDTH: usize = 80;

/// What was shown so far.
pub(super) struct Board {
    output: Output,
    /// How many rows stand on the terminal.
    rows: usize,
    told: HashMap<String, Status>,
}

impl Board {
    /// Nothing yet.
    pub(super) fn new(output: Output) -> Self {
        Self { output, rows: 0, told: HashMap::new() }
    }

    /// Brings it up to date.
    pub(super) fn show(&mut self, details: &[WorkspaceDetail]) {
        match (self.output.form(), self.output.talks_to_terminal()) {
            (Form::Json, _) => {}
            (Form::Text, true) => self.redraw(details),
            (Form::Text, false) => self.tell_changes(details),
        }
    }

    fn redraw(&mut self, details: &[WorkspaceDetail]) {
        let page =
            Page { style: self.output.talk_style(), width: Some(width()), now: jiff::Timestamp::UNIX_EPOCH };
        let rows: Vec<Vec<Cell>> = details.iter().map(cells).collect();
        let table = table::render(&page, &COLUMNS, &rows);
        // Up to the first row of the last table (ECMA-48: CPL), then each row anew (EL).
        let up = if self.rows == 0 { "\n".to_owned() } else { format!("\x1b[{}F", self.rows) };
        let lines: String = table.lines().map(|line| format!("\x1b[2K{line}\n")).collect();
        self.output.say_in_place(&format!("{up}{lines}"));
        self.rows = table.lines().count();
    }

    fn tell_changes(&mut self, details: &[WorkspaceDetail]) {
        for detail in details {
            let workspace = &detail.workspace;
            if self.told.insert(workspace.name.clone(), workspace.status) != Some(workspace.status) {
                let word = status::word(workspace.status);
                self.output.say(&format!("{}: {word}{}", one_line(&workspace.name), after(word, detail)));
            }
        }
    }
}

fn after(word: &str, detail: &WorkspaceDetail) -> String {
    match now(detail) {
        doing if doing.is_empty() || doing == word => String::new(),
        doing => format!(", {doing}"),
    }
}

fn cells(detail: &WorkspaceDetail) -> Vec<Cell> {
    let workspace = &detail.workspace;
    let state = format!("{} {}", status::glyph(workspace.status), status::word(workspace.status));
    vec![
        Cell::new(status::tone(workspace.status), state),
        Cell::new(Tone::Strong, one_line(&workspace.name)),
        Cell::new(Tone::Dim, now(detail)),
    ]
}

/// What its agent is at: its last word, once it has ended.
fn now(detail: &WorkspaceDetail) -> String {
    let last_word = || detail.attempts.last()?.final_word.as_deref();
    let last_line = || detail.last_lines.iter().rev().find(|line| !line.trim().is_empty());
    let text = match is_over(detail.workspace.status) {
        true => last_word().or_else(|| last_line().map(String::as_str)),
        false => last_line().map(String::as_str),
    };
    text.map(one_line).unwrap_or_default()
}

fn width() -> usize {
    let size = rustix::termios::tcgetwinsize(std::io::stderr()).ok();
    size.map(|size| usize::from(size.ws_col)).filter(|&columns| columns > 0).unwrap_or(ORDINARY_WIDTH)
}
