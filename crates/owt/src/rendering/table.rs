//! Tables: aligned columns, cut to the terminal's width only where there is a terminal.

use owt_tui::text::columns;
use owt_tui::text::cut;

use crate::rendering::Page;
use crate::rendering::Tone;

/// Blanks between columns.
const GAP: usize = 2;

/// What is left of a column that may be cut, where even leaving others out was not enough.
const LEAST: usize = 8;

/// What a column does when there is not enough room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Squeeze {
    /// Keeps its width.
    Never,
    /// Is cut, down to this many columns.
    To(usize),
    /// Is left out when cutting was not enough; lower numbers first.
    Drop(u8),
}

/// A column's heading and behaviour.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    pub(crate) heading: &'static str,
    pub(crate) squeeze: Squeeze,
}

/// One entry.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    text: String,
    tone: Tone,
}

impl Cell {
    pub(crate) fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self { text: text.into(), tone }
    }

    pub(crate) fn plain(text: impl Into<String>) -> Self {
        Self::new(Tone::Plain, text)
    }

    /// With something to be warned of in front of it.
    pub(crate) fn warned(self, of: &str) -> Self {
        let tone = if self.tone == Tone::Plain { Tone::Warn } else { self.tone };
        Self { text: format!("[{of}] {}", self.text), tone }
    }
}

/// Renders a table, each line ended. Every row has a cell for each column.
pub(crate) fn render(page: &Page, table: &[Column], rows: &[Vec<Cell>]) -> String {
    let natural: Vec<usize> = table
        .iter()
        .enumerate()
        .map(|(at, column)| {
            let widest = rows.iter().map(|row| columns(&row[at].text)).max().unwrap_or(0);
            widest.max(columns(column.heading))
        })
        .collect();
    let widths = fitted(table, natural, page.width);
    let headings: Vec<Cell> = table.iter().map(|column| Cell::new(Tone::Dim, column.heading)).collect();
    std::iter::once(&headings).chain(rows).map(|row| line(page, row, &widths)).collect()
}

/// The width of each column; `None` for one that is left out.
fn fitted(table: &[Column], natural: Vec<usize>, limit: Option<usize>) -> Vec<Option<usize>> {
    let mut widths: Vec<Option<usize>> = natural.into_iter().map(Some).collect();
    let Some(limit) = limit else { return widths };
    for drops in 0..=table.len() {
        if drops > 0 {
            let next = table
                .iter()
                .enumerate()
                .filter_map(|(at, column)| match column.squeeze {
                    Squeeze::Drop(rank) if widths[at].is_some() => Some((rank, at)),
                    _ => None,
                })
                .min();
            match next {
                Some((_, at)) => widths[at] = None,
                None => break,
            }
        }
        let mut tried = widths.clone();
        if squeezed(table, &mut tried, limit, None) {
            return tried;
        }
    }
    squeezed(table, &mut widths, limit, Some(LEAST));
    widths
}

/// Cuts columns, the last first, until the line fits; whether it does. In need, down to `last_resort`.
fn squeezed(
    table: &[Column],
    widths: &mut [Option<usize>],
    limit: usize,
    last_resort: Option<usize>,
) -> bool {
    for at in (0..table.len()).rev() {
        let over = total(widths).saturating_sub(limit);
        if over == 0 {
            return true;
        }
        if let (Squeeze::To(least), Some(width)) = (table[at].squeeze, widths[at]) {
            let least = last_resort.map_or(least, |last_resort| least.min(last_resort));
            widths[at] = Some(width - over.min(width.saturating_sub(least)));
        }
    }
    total(widths) <= limit
}

fn total(widths: &[Option<usize>]) -> usize {
    let shown: Vec<usize> = widths.iter().copied().flatten().collect();
    shown.iter().sum::<usize>() + GAP * shown.len().saturating_sub(1)
}

fn line(page: &Page, row: &[Cell], widths: &[Option<usize>]) -> String {
    let mut line = String::new();
    let mut blanks = 0;
    for (cell, width) in row.iter().zip(widths) {
        let Some(width) = *width else { continue };
        let text = cut(&cell.text, width);
        if !text.is_empty() {
            line.push_str(&" ".repeat(blanks));
            line.push_str(&page.style.paint(cell.tone, &text));
            blanks = 0;
        }
        blanks += width - columns(&text) + GAP;
    }
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::rendering::Style;

    const TABLE: [Column; 4] = [
        Column { heading: "NAME", squeeze: Squeeze::Never },
        Column { heading: "BRANCH", squeeze: Squeeze::Drop(1) },
        Column { heading: "AGE", squeeze: Squeeze::Drop(0) },
        Column { heading: "TASK", squeeze: Squeeze::To(8) },
    ];

    fn rows() -> Vec<Vec<Cell>> {
        [
            ["auth", "feat/auth", "5m", "Add user authentication with JWT"],
            ["日本", "", "", "短い"],
            ["a-longer-name", "fix/it", "2h", ""],
        ]
        .map(|row| row.map(Cell::plain).to_vec())
        .to_vec()
    }

    fn at(width: Option<usize>) -> String {
        render(&Page { style: Style::PLAIN, width, now: jiff::Timestamp::UNIX_EPOCH }, &TABLE, &rows())
    }

    #[test]
    fn in_a_pipe_nothing_is_cut() {
        insta::assert_snapshot!(at(None), @r"
        NAME           BRANCH     AGE  TASK
        auth           feat/auth  5m   Add user authentication with JWT
        日本                           短い
        a-longer-name  fix/it     2h
        ");
    }

    #[test]
    fn on_a_terminal_it_is_cut_and_then_columns_go() {
        insta::assert_snapshot!(at(Some(45)), @r"
        NAME           BRANCH     AGE  TASK
        auth           feat/auth  5m   Add user auth…
        日本                           短い
        a-longer-name  fix/it     2h
        ");
        insta::assert_snapshot!(at(Some(36)), @r"
        NAME           BRANCH     TASK
        auth           feat/auth  Add user …
        日本                      短い
        a-longer-name  fix/it
        ");
        insta::assert_snapshot!(at(Some(24)), @r"
        NAME           TASK
        auth           Add user…
        日本           短い
        a-longer-name
        ");
    }

    #[test]
    fn where_nothing_can_go_everything_is_cut_further() {
        let table = ["NAME", "TASK"].map(|heading| Column { heading, squeeze: Squeeze::To(12) });
        let rows = [["a-longer-name", "something to do"].map(Cell::plain).to_vec()];
        let at = |width| {
            let page = Page { style: Style::PLAIN, width: Some(width), now: jiff::Timestamp::UNIX_EPOCH };
            render(&page, &table, &rows)
        };
        assert_eq!(at(27), "NAME           TASK\na-longer-name  something t…\n");
        assert_eq!(at(18), "NAME      TASK\na-longe…  somethi…\n");
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_the_terminal(width in 24usize..100) {
            for line in at(Some(width)).lines() {
                prop_assert!(columns(line) <= width, "{line}");
            }
        }
    }
}
