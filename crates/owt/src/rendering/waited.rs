//! `owt wait`.

use owt_api::WaitReport;
use owt_api::Waited;
use owt_tui::status;
use owt_tui::text::one_line;

use crate::rendering::Page;
use crate::rendering::Tone;
use crate::rendering::table;
use crate::rendering::table::Cell;
use crate::rendering::table::Column;
use crate::rendering::table::Squeeze;

const COLUMNS: [Column; 3] = [
    Column { heading: "STATUS", squeeze: Squeeze::Never },
    Column { heading: "NAME", squeeze: Squeeze::To(12) },
    Column { heading: "WHY", squeeze: Squeeze::To(12) },
];

pub(crate) fn render(page: &Page, report: &WaitReport) -> String {
    let row = |waited: &Waited| {
        let state = format!("{} {}", status::glyph(waited.status), status::word(waited.status));
        vec![
            Cell::new(status::tone(waited.status), state),
            Cell::new(Tone::Strong, one_line(&waited.name)),
            Cell::plain(waited.detail.as_deref().map(one_line).unwrap_or_default()),
        ]
    };
    let rows: Vec<Vec<Cell>> = report.workspaces.iter().map(row).collect();
    table::render(page, &COLUMNS, &rows)
}
