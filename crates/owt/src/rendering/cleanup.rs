//! `owt cleanup`: what goes, what it frees, and why the rest stays.

use owt_api::Cleanup;
use owt_api::CleanupItem;
use owt_api::CleanupKind;
use owt_api::SparedWorkspace;
use owt_core::counting::counted;
use owt_tui::text::one_line;

use crate::rendering::Page;
use crate::rendering::Tone;
use crate::rendering::amount;
use crate::rendering::table;
use crate::rendering::table::Cell;
use crate::rendering::table::Column;
use crate::rendering::table::Squeeze;

const GOES: [Column; 5] = [
    Column { heading: "GOES", squeeze: Squeeze::Never },
    Column { heading: "WORKSPACE", squeeze: Squeeze::To(24) },
    Column { heading: "FREES", squeeze: Squeeze::Never },
    Column { heading: "LATER", squeeze: Squeeze::Drop(1) },
    Column { heading: "WHY", squeeze: Squeeze::To(24) },
];

const STAYS: [Column; 3] = [
    Column { heading: "STAYS", squeeze: Squeeze::To(24) },
    Column { heading: "HOLDS", squeeze: Squeeze::Drop(0) },
    Column { heading: "WHY", squeeze: Squeeze::To(24) },
];

pub(crate) fn render(page: &Page, cleanup: &Cleanup) -> String {
    let mut text = String::new();
    if cleanup.items.is_empty() {
        text.push_str("There is nothing to clean up.\n");
    } else {
        let rows: Vec<Vec<Cell>> = cleanup.items.iter().map(goes).collect();
        text.push_str(&table::render(page, &GOES, &rows));
        text.push_str(&sum(cleanup));
    }
    if !cleanup.spared.is_empty() {
        let rows: Vec<Vec<Cell>> = cleanup.spared.iter().map(stays).collect();
        text.push_str(&format!("\n{}", table::render(page, &STAYS, &rows)));
    }
    if cleanup.trash.folders > 0 {
        let folders =
            counted(cleanup.trash.folders, "folder in the trash stays", "folders in the trash stay");
        let held = amount::bytes(cleanup.trash.bytes);
        text.push_str(&format!("\n{folders} for now ({held}).\n"));
    }
    text
}

fn goes(item: &CleanupItem) -> Vec<Cell> {
    let what = match item.kind {
        CleanupKind::Workspace => "workspace",
        CleanupKind::Cache => "cache",
        CleanupKind::Trash => "trash",
        CleanupKind::Orphan => "orphan",
        CleanupKind::Snapshot => "snapshot",
    };
    let later = if item.later_bytes > 0 { amount::bytes(item.later_bytes) } else { String::new() };
    let why = match (&item.stays, &item.snapshot) {
        (Some(stays), _) => Cell::new(Tone::Warn, format!("stays after all: {}", one_line(stays))),
        (None, Some(snapshot)) => Cell::plain(format!("{}: {}", one_line(&item.reason), one_line(snapshot))),
        (None, None) => Cell::plain(one_line(&item.reason)),
    };
    vec![
        Cell::plain(what),
        Cell::new(Tone::Strong, one_line(&item.workspace)),
        Cell::plain(amount::bytes(item.frees_bytes)),
        Cell::new(Tone::Dim, later),
        why,
    ]
}

fn stays(spared: &SparedWorkspace) -> Vec<Cell> {
    vec![
        Cell::new(Tone::Strong, one_line(&spared.workspace)),
        Cell::plain(spared.exclusive_bytes.map_or_else(String::new, amount::bytes)),
        Cell::plain(one_line(&spared.reason)),
    ]
}

fn sum(cleanup: &Cleanup) -> String {
    let word = if cleanup.dry_run { "would be" } else { "are" };
    let mut text = format!("\n{} {word} free", amount::bytes(cleanup.freed_bytes));
    if cleanup.later_bytes > 0 {
        let later = amount::bytes(cleanup.later_bytes);
        text.push_str(&format!(", {later} more when the trash expires (until then: owt restore)"));
    }
    text + ".\n"
}
