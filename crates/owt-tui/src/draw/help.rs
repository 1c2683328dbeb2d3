//! The keys, from the keymap that is in use: first what can be done to the selected workspace now, then all else. It must
//! not know what any of it does.

use ratatui_core::layout::Rect;

use crate::board::Board;
use crate::draw::Canvas;
use crate::draw::layers::centred;
use crate::draw::layers::put_lines;
use crate::draw::narrow;
use crate::keymap::ENTRIES;
use crate::keymap::Entry;
use crate::keymap::Group;
use crate::layer::HelpOf;
use crate::review;
use crate::row::Row;
use crate::status::Tone;
use crate::text;

type Lines = Vec<(Tone, String)>;

/// As wide as it ever is; with less the further keys of a verb are left out.
const WIDTH: u16 = 96;

pub(super) fn draw(board: &Board, (of, scroll): (HelpOf, usize), screen: Rect, canvas: &mut Canvas<'_>) {
    let lines = lines(board, of, screen.width);
    let inner = canvas.frame(area(&lines, screen), "Keys");
    let (room, foot) = room(inner);
    let from = scroll.min(lines.len());
    put_lines(lines.get(from..).unwrap_or_default(), room, canvas);
    if let Some(foot) = foot {
        let last = (from + usize::from(room.height)).min(lines.len());
        let words = format!("{last}/{} · j k scroll · any other key closes", lines.len());
        canvas.put((foot.x, foot.y), foot.width, Tone::Dim, &words);
    }
}

/// How far down it can be scrolled.
pub(super) fn end(board: &Board, of: HelpOf) -> usize {
    let screen = Rect::new(0, 0, board.size.0, board.size.1);
    let lines = lines(board, of, screen.width);
    let area = area(&lines, screen);
    let inner = Rect { width: area.width.saturating_sub(2), height: area.height.saturating_sub(2), ..area };
    lines.len().saturating_sub(usize::from(room(inner).0.height))
}

fn area(lines: &Lines, screen: Rect) -> Rect {
    centred(screen, WIDTH, narrow(lines.len()).saturating_add(3))
}

/// Where the lines stand, and what is said at the foot.
fn room(inner: Rect) -> (Rect, Option<Rect>) {
    if inner.height < 2 {
        return (inner, None);
    }
    let above = Rect { height: inner.height - 1, ..inner };
    (above, Some(Rect { y: inner.bottom() - 1, height: 1, ..inner }))
}

fn lines(board: &Board, of: HelpOf, width: u16) -> Lines {
    let width = width.min(WIDTH).saturating_sub(2);
    match of {
        HelpOf::Board => of_the_board(board, width),
        HelpOf::Review => of_a_review(width),
    }
}

fn of_a_review(width: u16) -> Lines {
    let mut lines = vec![(Tone::Strong, "In a review".to_owned())];
    lines.extend(review::KEYS.iter().flat_map(|(keys, what)| beside(&format!(" {keys:<18}"), what, width)));
    lines
}

fn of_the_board(board: &Board, width: u16) -> Lines {
    let mut lines = Lines::new();
    let row = board.row();
    let fits = |entry: &Entry, row: &Row| entry.verb.fits(row, board.viewing());
    let mut part = |heading: String, wanted: &dyn Fn(&Entry) -> bool| {
        let entries: Vec<&Entry> = ENTRIES.iter().filter(|entry| wanted(entry)).collect();
        if !entries.is_empty() {
            lines.push((Tone::Strong, heading));
            lines.extend(entries.into_iter().flat_map(|entry| told(board, entry, width)));
        }
    };
    if let Some(row) = row {
        part(format!("To {} now", row.name()), &|entry| entry.group == Group::Row && fits(entry, row));
    }
    part(Group::Board.heading().to_owned(), &|entry| entry.group == Group::Board);
    part(Group::Moving.heading().to_owned(), &|entry| entry.group == Group::Moving);
    let others =
        row.map_or("To a workspace".to_owned(), |row| format!("To others, not to {} now", row.name()));
    part(others, &|entry| entry.group == Group::Row && row.is_none_or(|row| !fits(entry, row)));
    lines.extend(signs(width));
    lines
}

/// A verb with its keys, its word, and what it does; below one another where there is little room.
fn told(board: &Board, entry: &Entry, width: u16) -> Lines {
    let keymap = &board.setting.keymap;
    let (keys, column) = match width >= WIDTH - 8 {
        true => (keymap.keys(entry.verb), 16),
        false => (keymap.key(entry.verb).unwrap_or_default(), 8),
    };
    beside(&format!(" {keys:<column$} {:<11} ", entry.word), entry.help, width)
}

/// What something means, beside it; what has no room stands below where it began.
fn beside(head: &str, what: &str, width: u16) -> Lines {
    let indent = text::columns(head);
    let room = usize::from(width).saturating_sub(indent).max(10);
    let mut pieces = text::wrap(what, room, 5).into_iter();
    let first = pieces.next().unwrap_or_default();
    let mut lines = vec![(Tone::Plain, format!("{head}{first}"))];
    lines.extend(pieces.map(|more| (Tone::Plain, format!("{:indent$}{more}", ""))));
    lines
}

fn signs(width: u16) -> Lines {
    const SIGNS: &str = "◆ asks you   ▲ something is in its way   ● works   ○ at rest   ✓ done   ✗ failed   ■ ended   • not seen by you   +added -removed lines   ↑commits ~files ↓behind";
    let mut lines = vec![(Tone::Strong, "Signs".to_owned())];
    let pieces = text::wrap(SIGNS, usize::from(width.saturating_sub(2)).max(10), 10);
    lines.extend(pieces.into_iter().map(|piece| (Tone::Plain, format!(" {piece}"))));
    lines
}
