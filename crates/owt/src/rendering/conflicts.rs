//! `owt conflicts`: pairs of workspaces, and workspaces with their targets, that would not merge.

use owt_api::ConflictFile;
use owt_api::ConflictLines;
use owt_api::Conflicts;
use owt_core::counting::counted;
use owt_tui::text::one_line;
use owt_tui::wording;

use crate::rendering::Page;
use crate::rendering::Tone;
use crate::rendering::table;
use crate::rendering::table::Cell;
use crate::rendering::table::Column;
use crate::rendering::table::Squeeze;

const COLUMNS: [Column; 5] = [
    Column { heading: "WORKSPACE", squeeze: Squeeze::To(12) },
    Column { heading: "WITH", squeeze: Squeeze::To(12) },
    Column { heading: "FILE", squeeze: Squeeze::To(16) },
    Column { heading: "WHY", squeeze: Squeeze::Drop(0) },
    Column { heading: "LINES", squeeze: Squeeze::Drop(1) },
];

pub(crate) fn render(page: &Page, found: &Conflicts) -> String {
    let pairs = found.pairs.iter().flat_map(|pair| {
        let files = pair.files.iter();
        files.map(|file| row(&pair.a, &pair.b, file, Order::AsTold)).collect::<Vec<_>>()
    });
    let targets = found.targets.iter().flat_map(|it| {
        let files = it.files.iter();
        files.map(|file| row(&it.workspace, &it.target, file, Order::Turned)).collect::<Vec<_>>()
    });
    let rows: Vec<Vec<Cell>> = pairs.chain(targets).collect();
    let mut text = match rows.is_empty() {
        true => nothing(found),
        false => table::render(page, &COLUMNS, &rows),
    };
    for it in &found.unknown {
        let whom = match &it.with {
            Some(with) => format!("{} with {}", one_line(&it.workspace), one_line(with)),
            None => one_line(&it.workspace),
        };
        let said = format!("not known: {whom}: {}\n", one_line(&it.reason));
        text.push_str(&page.style.paint(Tone::Warn, &said));
    }
    text
}

fn nothing(found: &Conflicts) -> String {
    match found.workspaces {
        0 => "There are no workspaces with work in this repository.\n".to_owned(),
        count => {
            let count = counted(u32::try_from(count).unwrap_or(u32::MAX), "workspace", "workspaces");
            if !found.unknown.is_empty() {
                return format!("No conflicts are known among {count}.\n");
            }
            format!("No conflicts: {count} would merge with one another and with their targets.\n")
        }
    }
}

/// Whose lines come first.
#[derive(Debug, Clone, Copy)]
enum Order {
    AsTold,
    Turned,
}

fn row(one: &str, other: &str, file: &ConflictFile, order: Order) -> Vec<Cell> {
    let lines: Vec<String> = file.lines.iter().map(|it| lines(*it, order)).collect();
    vec![
        Cell::new(Tone::Strong, one_line(one)),
        Cell::new(Tone::Strong, one_line(other)),
        Cell::plain(one_line(&file.path)),
        Cell::plain(wording::conflict(&file.kind)),
        Cell::plain(lines.join(", ")),
    ]
}

/// Lines as the first has them and as the second has them.
fn lines(both: ConflictLines, order: Order) -> String {
    let (first, second) = match order {
        Order::AsTold => (both.a, both.b),
        Order::Turned => (both.b, both.a),
    };
    format!("{}|{}", wording::span(first), wording::span(second))
}
