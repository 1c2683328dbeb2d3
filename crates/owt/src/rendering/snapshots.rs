//! `owt restore` without a name.

use owt_api::Holds;
use owt_api::Restorable;
use owt_api::Restored;
use owt_process::Cmd;
use owt_tui::text::one_line;

use crate::rendering::Page;
use crate::rendering::Tone;
use crate::rendering::span;
use crate::rendering::table;
use crate::rendering::table::Cell;
use crate::rendering::table::Column;
use crate::rendering::table::Squeeze;

const COLUMNS: [Column; 5] = [
    Column { heading: "WORKSPACE", squeeze: Squeeze::To(24) },
    Column { heading: "TAKEN", squeeze: Squeeze::Drop(2) },
    Column { heading: "HOLDS", squeeze: Squeeze::Drop(0) },
    Column { heading: "WHY", squeeze: Squeeze::Drop(1) },
    Column { heading: "ID", squeeze: Squeeze::Never },
];

/// What has come back, or would. The person's own checkout is not switched for it.
pub(crate) fn back(it: &Restored) -> String {
    let (name, path) = (one_line(&it.name), one_line(&it.path));
    let is = if it.dry_run { "would be" } else { "is" };
    match (&it.branch, &it.switched_to) {
        (Some(branch), Some(other)) => {
            let switch = Cmd::new("git").args(["-C", &it.path, "switch", branch]);
            format!("'{name}' {is} back; {path} stays on {}: {switch}", one_line(other))
        }
        (branch, _) => {
            let branch = branch.as_deref().map(|branch| format!(" on {}", one_line(branch)));
            format!("'{name}' {is} back in {path}{}.", branch.unwrap_or_default())
        }
    }
}

pub(crate) fn render(page: &Page, snapshots: &[Restorable]) -> String {
    if snapshots.is_empty() {
        return "There is nothing to bring back.\n".to_owned();
    }
    let row = |snapshot: &Restorable| {
        let holds = match snapshot.holds {
            Holds::Folder => "the whole folder",
            Holds::Changes => "tracked and new files",
            Holds::Commits => "what was committed",
        };
        vec![
            Cell::new(Tone::Strong, one_line(&snapshot.workspace)),
            Cell::new(Tone::Dim, span::since(&snapshot.taken_at, page.now)),
            Cell::plain(holds),
            Cell::plain(one_line(&snapshot.reason)),
            Cell::new(Tone::Dim, one_line(&snapshot.id)),
        ]
    };
    let rows: Vec<Vec<Cell>> = snapshots.iter().map(row).collect();
    table::render(page, &COLUMNS, &rows)
}
