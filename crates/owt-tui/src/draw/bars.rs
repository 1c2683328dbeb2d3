//! The lines at the head and the foot. They must not decide what can be done.

use ratatui_core::layout::Position;
use ratatui_core::layout::Rect;

use crate::board::Board;
use crate::board::Server;
use crate::draw::Canvas;
use crate::draw::narrow;
use crate::key::Key;
use crate::keymap::ENTRIES;
use crate::keymap::Group;
use crate::keymap::Verb;
use crate::row::dollars;
use crate::section::Section;
use crate::status::Tone;
use crate::text;

/// Verbs of the board itself that the foot teaches, behind those of the row.
const TAUGHT: [Verb; 4] = [Verb::New, Verb::Find, Verb::Palette, Verb::Quit];

/// How many of what there are, and what the day has cost.
pub(super) fn header(board: &Board, area: Rect, canvas: &mut Canvas<'_>) {
    canvas.fill(area, canvas.theme.bar());
    let clock = board.now.to_zoned(board.setting.zone.clone()).strftime("%H:%M").to_string();
    let right = match board.spent {
        Some(spent) if area.width >= 50 => format!("{} today · {clock} ", dollars(spent)),
        _ if area.width >= 30 => format!("{clock} "),
        _ => String::new(),
    };
    let width = area.width.saturating_sub(narrow(text::columns(&right)));
    canvas.put_right((area.right(), area.y), area.width, Tone::Dim, &right);
    let mut x =
        canvas.put((area.x, area.y), width, Tone::Strong, &format!(" {}", text::line(&board.setting.title)));
    if let Some(view) = &board.view {
        x = canvas.put((x, area.y), width.saturating_sub(x), Tone::Dim, " · ");
        let whose = board.fleet.repository_name(&view.repository);
        let of = whose.map(|whose| format!(" of {}", text::line(&whose))).unwrap_or_default();
        let back = if area.width >= 80 { " (esc goes back)" } else { "" };
        let title = format!("{}{of}{back}", view.title());
        x = canvas.put((x, area.y), width.saturating_sub(x), Tone::Active, &title);
    }
    for ride in board.trains.rides() {
        x = canvas.put((x, area.y), width.saturating_sub(x), Tone::Dim, " · ");
        x = canvas.put((x, area.y), width.saturating_sub(x), Tone::Active, &ride.progress());
    }
    for section in Section::ALL {
        let Some(words) = section.counted(board.fleet.count(section)) else { continue };
        let tone = if section == Section::NeedsYou { Tone::Warn } else { Tone::Plain };
        x = canvas.put((x, area.y), width.saturating_sub(x), Tone::Dim, " · ");
        x = canvas.put((x, area.y), width.saturating_sub(x), tone, &words);
    }
}

/// What was said last; that the server is gone stays until it is back.
pub(super) fn said(board: &Board, area: Rect, canvas: &mut Canvas<'_>) {
    let (tone, words) = match (&board.server, &board.said) {
        (Server::Lost(why), _) => (Tone::Bad, format!("the server is away, asking again: {why}")),
        (Server::Stopped, _) => {
            let words = "the server was stopped, agents go on: enter starts it again";
            (Tone::Warn, words.to_owned())
        }
        (_, Some((tone, words))) => (*tone, text::line(words)),
        (_, None) => return,
    };
    canvas.put((area.x, area.y), area.width, tone, &format!(" {words}"));
}

/// What can be done now, by which keys.
pub(super) fn keys(board: &Board, area: Rect, canvas: &mut Canvas<'_>) {
    for Taught { x, key, word, tone } in taught(board, area) {
        let x = canvas.put((x, area.y), area.right().saturating_sub(x), Tone::Active, &format!("{key} "));
        canvas.put((x, area.y), area.right().saturating_sub(x), tone, word);
    }
}

/// The key that stands there at the foot.
pub(super) fn key_at(board: &Board, area: Rect, place: Position) -> Option<Key> {
    let is_there = |it: &Taught| area.contains(place) && (it.x..it.x + it.width()).contains(&place.x);
    taught(board, area).into_iter().find(is_there)?.key.parse().ok()
}

/// A key with what it does, at its place.
struct Taught {
    x: u16,
    key: String,
    word: &'static str,
    tone: Tone,
}

impl Taught {
    fn new((key, word): (String, &'static str)) -> Self {
        Self { x: 0, key, word, tone: Tone::Dim }
    }

    fn of(verb: Verb, board: &Board) -> Option<Self> {
        Some(Self::new((board.setting.keymap.key(verb)?, verb.entry().word)))
    }

    fn width(&self) -> u16 {
        narrow(text::columns(&self.key) + 1 + text::columns(self.word))
    }
}

/// Nothing where what was said has the only line.
fn taught(board: &Board, area: Rect) -> Vec<Taught> {
    let is_taken = board.size.1 < super::layout::TALL;
    if is_taken && (board.said.is_some() || matches!(board.server, Server::Lost(_) | Server::Stopped)) {
        return Vec::new();
    }
    match board.layers.top() {
        Some(layer) => placed(layer.keys().into_iter().map(Taught::new), (area.x, area.right())),
        None => of_the_board(board, area),
    }
}

fn of_the_board(board: &Board, area: Rect) -> Vec<Taught> {
    let help = Taught::of(Verb::Help, board).map(|it| Taught {
        x: area.right().saturating_sub(it.width()),
        tone: Tone::Active,
        ..it
    });
    let right = help.as_ref().map_or(area.right(), |help| help.x.saturating_sub(1));
    let row = board.row();
    let of_the_row = ENTRIES.iter().filter(|entry| entry.group == Group::Row).map(|entry| entry.verb);
    let fitting = of_the_row.filter(|verb| row.is_some_and(|row| verb.fits(row, board.viewing())));
    let all = fitting.chain(TAUGHT).filter_map(|verb| Taught::of(verb, board));
    placed(all, (area.x, right)).into_iter().chain(help).collect()
}

/// One behind the other. Half a word teaches nothing: what has no room is left out.
fn placed(all: impl Iterator<Item = Taught>, (left, right): (u16, u16)) -> Vec<Taught> {
    let mut x = left + 1;
    let mut placed = Vec::new();
    for it in all {
        if x + it.width() <= right {
            let next = x + it.width() + 2;
            placed.push(Taught { x, ..it });
            x = next;
        }
    }
    placed
}
