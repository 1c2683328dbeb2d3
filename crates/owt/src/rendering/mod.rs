//! How answers look to people: tables, pages, colours, times.
//!
//! Pure: from wire types and a [`Style`] to text. It must not write, ask or read anything.

pub(crate) mod agent_failure;
pub(crate) mod agents;
pub(crate) mod amount;
pub(crate) mod approvals;
mod asked;
pub(crate) mod changed_files;
pub(crate) mod cleanup;
pub(crate) mod conflicts;
pub(crate) mod created;
pub(crate) mod database;
pub(crate) mod deliveries;
pub(crate) mod doctor;
pub(crate) mod explanation;
pub(crate) mod next_step;
pub(crate) mod notes;
pub(crate) mod notify;
pub(crate) mod offered;
pub(crate) mod opinion;
pub(crate) mod palette;
pub(crate) mod patch;
pub(crate) mod pull_requests;
pub(crate) mod queue;
pub(crate) mod repaint;
pub(crate) mod review;
pub(crate) mod server;
pub(crate) mod settings;
pub(crate) mod snapshots;
pub(crate) mod span;
pub(crate) mod style;
pub(crate) mod synced;
pub(crate) mod table;
pub(crate) mod train;
pub(crate) mod undoable;
pub(crate) mod usage;
pub(crate) mod verdict;
pub(crate) mod waited;
pub(crate) mod workspace_detail;
pub(crate) mod workspace_list;

pub(crate) use owt_tui::Tone;
pub(crate) use style::Style;

/// What a page is made for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page {
    /// Its colours.
    pub(crate) style: Style,
    /// How many columns it may have; `None` in a pipe, where nothing is cut.
    pub(crate) width: Option<usize>,
    /// The present.
    pub(crate) now: jiff::Timestamp,
}

impl Page {
    /// For text that becomes a part of a message.
    pub(crate) const PLAIN: Self =
        Self { style: Style::PLAIN, width: None, now: jiff::Timestamp::UNIX_EPOCH };
}
