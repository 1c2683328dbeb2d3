//! `owt undo --list`.

use owt_api::UndoKind;
use owt_api::Undoable;
use owt_tui::text::one_line;

use crate::rendering::Page;
use crate::rendering::Tone;
use crate::rendering::span;
use crate::rendering::table;
use crate::rendering::table::Cell;
use crate::rendering::table::Column;
use crate::rendering::table::Squeeze;

const COLUMNS: [Column; 4] = [
    Column { heading: "DONE", squeeze: Squeeze::Drop(1) },
    Column { heading: "WHAT", squeeze: Squeeze::Drop(0) },
    Column { heading: "WORKSPACE", squeeze: Squeeze::To(24) },
    Column { heading: "CAN BE TAKEN BACK", squeeze: Squeeze::To(40) },
];

pub(crate) fn render(page: &Page, found: &[Undoable]) -> String {
    if found.is_empty() {
        return "Nothing was landed or deleted here that could be taken back.\n".to_owned();
    }
    let row = |(at, it): (usize, &Undoable)| {
        let what = match (it.kind, &it.target) {
            (UndoKind::Landing, Some(target)) => {
                let unchecked = if it.checks.is_some() { ", unchecked (--no-verify)" } else { "" };
                format!("landed in {}{unchecked}", one_line(target))
            }
            (UndoKind::Landing | UndoKind::Deletion, _) => "deleted".to_owned(),
        };
        let can = match (&it.obstacle, at, it.kind) {
            (Some(problem), ..) => Cell::new(Tone::Dim, format!("no: {}", one_line(&problem.message))),
            (None, 0, _) => Cell::plain("yes: owt undo".to_owned()),
            (None, _, UndoKind::Deletion) => Cell::plain(format!("yes: owt restore {}", one_line(&it.id))),
            (None, _, UndoKind::Landing) => Cell::plain("once it is the last".to_owned()),
        };
        vec![
            Cell::new(Tone::Dim, span::since(&it.at, page.now)),
            Cell::plain(what),
            Cell::new(Tone::Strong, one_line(&it.workspace)),
            can,
        ]
    };
    let rows: Vec<Vec<Cell>> = found.iter().enumerate().map(row).collect();
    table::render(page, &COLUMNS, &rows)
}
