//! The rows by section. It must not know why a row stands where it stands.

use ratatui_core::layout::Rect;

use crate::board::Board;
use crate::board::Server;
use crate::draw::Canvas;
use crate::draw::narrow;
use crate::happenings;
use crate::row::Row;
use crate::section::Section;
use crate::status;
use crate::status::Tone;
use crate::text;

/// So many lines of what a row asks are shown, of the selected one more.
const ASKED: usize = 2;
const ASKED_IF_SELECTED: usize = 6;

/// So many of those that are over are shown until the person goes further: they are the newest.
const OVER: usize = 10;

/// So many lines are taken by the words that there is nothing.
const NOTHING: u16 = 4;

/// A line of the list.
#[derive(Debug, Clone, PartialEq)]
enum Line {
    Heading(Section),
    Row(usize),
    /// More of what the row asks.
    Asked(usize, String),
    /// From this row on there are so many more.
    Folded(usize, usize),
    /// Something that has happened by itself.
    Happened(Tone, String),
}

impl Line {
    const fn row(&self) -> Option<usize> {
        match self {
            Self::Heading(_) | Self::Happened(..) => None,
            Self::Row(at) | Self::Asked(at, _) | Self::Folded(at, _) => Some(*at),
        }
    }
}

pub(super) fn draw(board: &Board, area: Rect, canvas: &mut Canvas<'_>) {
    let mut area = area;
    if board.fleet.rows.is_empty() {
        nothing(board, area, canvas);
        let below = area.height.min(NOTHING);
        area = Rect { y: area.y + below, height: area.height - below, ..area };
    }
    let columns = Columns::of(board, area.width);
    let lines = lines(board, area, &columns);
    let selected = board.fleet.index();
    for (y, line) in (area.top()..area.bottom()).zip(lines.iter().skip(top(&lines, selected, area.height))) {
        match line {
            Line::Heading(section) => heading(board, *section, (area, y), canvas),
            Line::Row(at) => {
                if let Some(row) = board.fleet.rows.get(*at) {
                    columns.draw(board, row, selected == Some(*at), (area, y), canvas);
                }
            }
            Line::Happened(tone, words) => below(columns.indent, (area, y), *tone, words, canvas),
            Line::Asked(_, asked) => below(columns.indent, (area, y), Tone::Warn, asked, canvas),
            Line::Folded(_, count) => {
                below(columns.indent, (area, y), Tone::Dim, &format!("… {count} more, longer over"), canvas);
            }
        }
        if selected.is_some() && line.row() == selected {
            canvas.fill(Rect::new(area.x, y, area.width, 1), canvas.theme.selected());
        }
    }
}

fn below(indent: u16, (area, y): (Rect, u16), tone: Tone, words: &str, canvas: &mut Canvas<'_>) {
    canvas.put((area.x + indent, y), area.width.saturating_sub(indent), tone, words);
}

/// Which row stands there; at a heading it is the first below it.
pub(super) fn row_at(board: &Board, area: Rect, line: usize) -> Option<usize> {
    let lines = lines(board, area, &Columns::of(board, area.width));
    let at = top(&lines, board.fleet.index(), area.height) + line;
    lines.get(at)?.row().or_else(|| lines.get(at + 1)?.row())
}

fn nothing(board: &Board, area: Rect, canvas: &mut Canvas<'_>) {
    let words: &[&str] = match board.server {
        Server::Unheard => &["asking the server …"],
        Server::Lost(_) | Server::Stopped if !board.has_listed => {
            &["No list has come yet: what there is is not known."]
        }
        _ => {
            &["No workspaces yet.", "Start an agent on a task here, or with: owt new \"what should be done\""]
        }
    };
    for (y, words) in (area.top() + 1..area.bottom()).zip(words) {
        canvas.put((area.x + 2, y), area.width.saturating_sub(2), Tone::Dim, words);
    }
}

fn heading(board: &Board, section: Section, (area, y): (Rect, u16), canvas: &mut Canvas<'_>) {
    let tone = if section == Section::NeedsYou { Tone::Warn } else { Tone::Strong };
    let happened = if section == Section::Background { board.happenings.unseen().count() } else { 0 };
    let count = board.fleet.count(section) + happened;
    let x = canvas.put((area.x + 1, y), area.width.saturating_sub(1), tone, section.heading());
    canvas.put((x + 1, y), area.right().saturating_sub(x + 1), Tone::Dim, &count.to_string());
}

fn lines(board: &Board, area: Rect, columns: &Columns) -> Vec<Line> {
    let mut lines = Vec::with_capacity(board.fleet.rows.len() + 8);
    let mut last = None;
    let shown = shown(board);
    for (at, row) in board.fleet.rows.iter().enumerate().take(shown) {
        // On a few lines the rows themselves matter more than their headings.
        if last != Some(row.section) && area.height > 5 {
            lines.push(Line::Heading(row.section));
        }
        last = Some(row.section);
        lines.push(Line::Row(at));
        if row.section == Section::NeedsYou && area.height > 5 {
            let selected = board.fleet.is_selected(row);
            let asked = asked(row, area.width, columns, if selected { ASKED_IF_SELECTED } else { ASKED });
            lines.extend(asked.into_iter().map(|text| Line::Asked(at, text)));
        }
    }
    let more = board.fleet.rows.len() - shown;
    lines.extend((more > 0).then_some(Line::Folded(shown, more)));
    let mut happened = board.happenings.unseen().peekable();
    if happened.peek().is_some() && last != Some(Section::Background) && area.height > 5 {
        lines.push(Line::Heading(Section::Background));
    }
    lines.extend(happened.map(|it| {
        let (tone, words) = happenings::sentence(it, &board.setting.zone);
        Line::Happened(tone, words)
    }));
    lines
}

/// How many rows are shown: of what is over only the newest, unless the person has gone further than that.
fn shown(board: &Board) -> usize {
    let all = board.fleet.rows.len();
    let newest = all - board.fleet.count(Section::Background) + OVER;
    if board.fleet.index().is_some_and(|at| at >= newest) { all } else { newest.min(all) }
}

/// Whether the selected row and all lines of what it asks are to be seen, and leave nothing of it out.
pub(super) fn shows_what_is_asked(board: &Board, area: Rect) -> bool {
    let Some((at, row)) = board.fleet.index().and_then(|at| Some((at, board.fleet.rows.get(at)?))) else {
        return false;
    };
    if row.asks().is_none_or(|asked| asked.detail.is_some()) {
        return false;
    }
    let columns = Columns::of(board, area.width);
    let (_, summary) = row.summary();
    let lines = lines(board, area, &columns);
    let top = top(&lines, Some(at), area.height);
    let of_row = |from: usize, count: usize| {
        lines.iter().skip(from).take(count).filter(|line| line.row() == Some(at)).count()
    };
    let all_there = of_row(top, usize::from(area.height)) == of_row(0, lines.len());
    let fits = text::columns(summary) <= usize::from(columns.rest)
        || of_row(0, lines.len()) > 1
            && asked(row, area.width, &columns, usize::MAX).len() <= ASKED_IF_SELECTED;
    all_there && fits
}

/// What it asks, whole, where its own line has no room for that.
fn asked(row: &Row, width: u16, columns: &Columns, most: usize) -> Vec<String> {
    let (_, summary) = row.summary();
    if text::columns(summary) <= usize::from(columns.rest) {
        return Vec::new();
    }
    text::wrap(summary, usize::from(width.saturating_sub(columns.indent + 1)), most)
}

/// The first line to be seen: the selected one is, and its section's heading where there is room.
fn top(lines: &[Line], selected: Option<usize>, height: u16) -> usize {
    let height = usize::from(height);
    let Some(at) = selected.and_then(|at| lines.iter().position(|line| line.row() == Some(at))) else {
        return 0;
    };
    let most = lines.len().saturating_sub(height);
    at.saturating_sub(height / 2).min(most)
}

/// How wide each column is; 0 is none.
struct Columns {
    mark: u16,
    word: u16,
    name: u16,
    agent: u16,
    lines: u16,
    changes: u16,
    cost: u16,
    age: u16,
    rest: u16,
    indent: u16,
}

impl Columns {
    fn of(board: &Board, width: u16) -> Self {
        let widest = |most: u16, text: fn(&Row) -> &str| {
            let columns = board.fleet.rows.iter().map(|row| text::columns(text(row))).max();
            narrow(columns.unwrap_or(0)).min(most)
        };
        let from = |enough: u16, columns: u16| if width >= enough { columns } else { 0 };
        let mark = 2;
        // The sign, and room for the mark of what is unread.
        let name = widest(if width >= 60 { (width / 4).max(24) } else { (width / 2).max(6) }, Row::label) + 2;
        let word = from(60, 12);
        let agent = from(100, widest(18, Row::agent));
        let lines = from(100, widest(12, Row::lines));
        let changes = from(70, widest(12, Row::changes));
        let cost = from(90, widest(8, Row::cost));
        let age = from(30, 4);
        let gaps =
            [word, name, agent, lines, changes, cost, age].iter().filter(|&&column| column > 0).count();
        let taken = mark + 2 + word + name + agent + lines + changes + cost + age + narrow(gaps);
        Self {
            mark,
            word,
            name,
            agent,
            lines,
            changes,
            cost,
            age,
            rest: width.saturating_sub(taken),
            indent: mark + 2,
        }
    }

    fn draw(
        &self,
        board: &Board,
        row: &Row,
        selected: bool,
        (area, y): (Rect, u16),
        canvas: &mut Canvas<'_>,
    ) {
        let status = row.workspace.status;
        let room = |x: u16, wanted: u16| wanted.min(area.right().saturating_sub(x));
        let mut x = area.x;
        canvas.put((x, y), room(x, self.mark), Tone::Active, if selected { "▶" } else { " " });
        x += self.mark;
        canvas.put((x, y), room(x, 1), status::tone(status), status::glyph(status));
        x += 2;
        let name = match row.workspace.used.attention.unread {
            true => format!("{} •", text::cut(row.label(), usize::from(self.name.saturating_sub(2)))),
            false => row.label().to_owned(),
        };
        let (tone, summary) = board.summary(row);
        for (width, tone, text) in [
            (self.word, status::tone(status), status::word(status)),
            (self.name, Tone::Strong, &name),
            (self.agent, Tone::Dim, row.agent()),
            (self.lines, Tone::Dim, row.lines()),
            (self.changes, Tone::Plain, row.changes()),
            (self.cost, Tone::Dim, row.cost()),
        ] {
            if width > 0 {
                canvas.put((x, y), room(x, width), tone, text);
                x += width + 1;
            }
        }
        if self.age > 0 {
            let right = (x + self.age).min(area.right());
            canvas.put_right((right, y), room(x, self.age), Tone::Dim, &row.age(board.now));
            x += self.age + 1;
        }
        canvas.put((x, y), room(x, self.rest), tone, summary);
    }
}
