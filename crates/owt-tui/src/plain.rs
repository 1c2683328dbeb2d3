//! The board as lines of text, for a pipe. It must not know a terminal.

use jiff::Timestamp;
use owt_api::Workspace;

use crate::row::Row;
use crate::status;
use crate::text::line;

/// The whole board, once. Nothing is cut to a width.
pub fn as_text(title: &str, workspaces: &[Workspace], now: Timestamp) -> String {
    let mut rows: Vec<Row> = workspaces.iter().cloned().map(Row::of).collect();
    rows.sort_by(|one, other| one.rank().cmp(&other.rank()));
    let mut text = format!("{}\n", line(title));
    if rows.is_empty() {
        text.push_str("No workspaces yet.\n");
    }
    let mut last = None;
    for row in &rows {
        if last.replace(row.section) != Some(row.section) {
            text.push_str(&format!("\n{}\n", row.section.heading()));
        }
        text.push_str(&format!("  {}\n", sentence(row, now)));
    }
    text
}

/// One row, read from left to right.
fn sentence(row: &Row, now: Timestamp) -> String {
    let status = row.workspace.status;
    let unread = if row.workspace.used.attention.unread { "not seen" } else { "" };
    let state = format!("{} {}", status::glyph(status), status::word(status));
    let age = row.age(now);
    let parts = [&state, row.name(), row.agent(), row.changes(), row.cost(), &age, unread, row.summary().1];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("  ")
}
