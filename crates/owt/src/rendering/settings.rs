//! `owt config show --origin`.

use owt_config::Origin;
use owt_config::Shown;
use owt_tui::text::one_line;

use crate::rendering::Page;
use crate::rendering::Tone;
use crate::rendering::table;
use crate::rendering::table::Cell;
use crate::rendering::table::Column;
use crate::rendering::table::Squeeze;

const COLUMNS: [Column; 3] = [
    Column { heading: "SETTING", squeeze: Squeeze::Never },
    Column { heading: "VALUE", squeeze: Squeeze::To(12) },
    Column { heading: "FROM", squeeze: Squeeze::To(20) },
];

pub(crate) fn render(page: &Page, settings: &[Shown]) -> String {
    let rows: Vec<Vec<Cell>> = settings.iter().map(row).collect();
    table::render(page, &COLUMNS, &rows)
}

fn row(shown: &Shown) -> Vec<Cell> {
    let tone = if shown.origin == Origin::Default { Tone::Dim } else { Tone::Plain };
    vec![
        Cell::new(tone, one_line(&shown.key())),
        Cell::new(tone, one_line(&shown.value.to_string())),
        Cell::new(tone, one_line(&shown.origin.to_string())),
    ]
}
