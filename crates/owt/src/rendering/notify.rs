//! `owt notify`: of what the person is told, and how the ways go.

use owt_api::Notify;
use owt_api::NotifyChannel;
use owt_tui::text::one_line;

use crate::rendering::Page;
use crate::rendering::Tone;
use crate::rendering::table;
use crate::rendering::table::Cell;
use crate::rendering::table::Column;
use crate::rendering::table::Squeeze;

const COLUMNS: [Column; 7] = [
    Column { heading: "CHANNEL", squeeze: Squeeze::Never },
    Column { heading: "STATE", squeeze: Squeeze::Never },
    Column { heading: "TEST", squeeze: Squeeze::Never },
    Column { heading: "TOLD", squeeze: Squeeze::Never },
    Column { heading: "FAILED", squeeze: Squeeze::Never },
    Column { heading: "DROPPED", squeeze: Squeeze::Drop(0) },
    Column { heading: "ERROR", squeeze: Squeeze::To(20) },
];

pub(crate) fn render(page: &Page, told: &Notify) -> String {
    let rows: Vec<Vec<Cell>> = told.channels.iter().map(row).collect();
    let quiet = match told.quiet_hours.as_str() {
        "none" => String::new(),
        hours => format!(", not in {hours}"),
    };
    let of = page.style.paint(Tone::Dim, &format!("You are told of {}{quiet}.", one_line(&told.events)));
    format!("{of}\n\n{}", table::render(page, &COLUMNS, &rows))
}

fn row(channel: &NotifyChannel) -> Vec<Cell> {
    let (tone, word) = if channel.on { (Tone::Plain, "on") } else { (Tone::Dim, "off") };
    let test = match channel.test.as_deref() {
        None => Cell::new(Tone::Dim, "-".to_owned()),
        Some("told") => Cell::new(Tone::Good, "told".to_owned()),
        Some(other) => Cell::new(Tone::Bad, one_line(other)),
    };
    vec![
        Cell::new(Tone::Strong, one_line(&channel.channel)),
        Cell::new(tone, word.to_owned()),
        test,
        Cell::plain(channel.told.to_string()),
        Cell::plain(channel.failed.to_string()),
        Cell::plain(channel.dropped.to_string()),
        Cell::new(Tone::Bad, channel.error.as_deref().map(one_line).unwrap_or_default()),
    ]
}
