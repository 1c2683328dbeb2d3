//! `owt queue`: in which order work should land.

use owt_api::QueuePlace;
use owt_tui::text::one_line;
use owt_tui::wording::car_state;
use owt_tui::wording::car_tone;
use owt_tui::wording::queue_state;
use owt_tui::wording::queue_tone;

use crate::rendering::Page;
use crate::rendering::Tone;
use crate::rendering::table;
use crate::rendering::table::Cell;
use crate::rendering::table::Column;
use crate::rendering::table::Squeeze;

const COLUMNS: [Column; 6] = [
    Column { heading: "PLACE", squeeze: Squeeze::Never },
    Column { heading: "WORKSPACE", squeeze: Squeeze::To(12) },
    Column { heading: "TARGET", squeeze: Squeeze::Drop(1) },
    Column { heading: "STATE", squeeze: Squeeze::Never },
    Column { heading: "FILES", squeeze: Squeeze::Drop(0) },
    Column { heading: "WHY HERE", squeeze: Squeeze::To(20) },
];

pub(crate) fn render(page: &Page, places: &[QueuePlace]) -> String {
    if places.is_empty() {
        return "There is no work that could land in this repository.\n".to_owned();
    }
    let rows: Vec<Vec<Cell>> = places.iter().map(row).collect();
    table::render(page, &COLUMNS, &rows)
}

fn row(place: &QueuePlace) -> Vec<Cell> {
    let unknown = || "-".to_owned();
    vec![
        Cell::plain(place.place.to_string()),
        Cell::new(Tone::Strong, one_line(&place.workspace)),
        Cell::plain(place.target.as_deref().map_or_else(unknown, one_line)),
        standing(place),
        Cell::plain(place.files.map_or_else(unknown, |files| files.to_string())),
        Cell::plain(one_line(&place.reason)),
    ]
}

/// Where it is in a train that is under way, or else whether it could land.
fn standing(place: &QueuePlace) -> Cell {
    match place.train {
        None => Cell::new(queue_tone(place.state), queue_state(place.state)),
        Some(state) => Cell::new(car_tone(state), car_state(state)),
    }
}
