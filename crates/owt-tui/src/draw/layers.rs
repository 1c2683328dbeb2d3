//! What lies over the board. It must not know what becomes of a choice.

use ratatui_core::layout::Position;
use ratatui_core::layout::Rect;

use crate::board::Board;
use crate::draw::Canvas;
use crate::draw::narrow;
use crate::draw::typed;
use crate::key::Code;
use crate::key::Key;
use crate::layer::Choice;
use crate::layer::HelpOf;
use crate::layer::Layer;
use crate::layer::Picker;
use crate::layer::Writing;
use crate::status::Tone;
use crate::text;

type Lines = Vec<(Tone, String)>;

/// How large a picker is, where there is room.
const PICKER: (u16, u16) = (90, 20);

/// Draws one; where the cursor belongs.
pub(super) fn draw(board: &Board, layer: &Layer, screen: Rect, canvas: &mut Canvas<'_>) -> Option<Position> {
    match layer {
        Layer::Help { of, scroll } => {
            if let (HelpOf::Review, Some(review)) = (of, board.layers.under_review()) {
                crate::draw::review::draw(review, screen, canvas);
            }
            crate::draw::help::draw(board, (*of, *scroll), screen, canvas);
            None
        }
        Layer::Pick(picker) => Some(pick(picker, screen, canvas)),
        Layer::Write(writing) => Some(write(writing, screen, canvas)),
        Layer::Review(review) => crate::draw::review::draw(review, screen, canvas),
        Layer::Choice(choice) => {
            draw_choice(choice, screen, canvas);
            None
        }
    }
}

/// A place in the middle, as large as wanted and possible.
pub(super) fn centred(screen: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(screen.width), height.min(screen.height));
    Rect::new((screen.width - width) / 2, (screen.height - height) / 2, width, height)
}

pub(super) fn put_lines(lines: &[(Tone, String)], area: Rect, canvas: &mut Canvas<'_>) {
    for (y, (tone, line)) in (area.top()..area.bottom()).zip(lines) {
        canvas.put((area.x, y), area.width, *tone, line);
    }
}

/// Lines broken to a width.
pub(super) fn wrapped(lines: &[(Tone, String)], width: u16) -> Lines {
    let of = |(tone, line): &(Tone, String)| {
        let pieces = text::lines(line).into_iter().flat_map(|line| indented(&line, usize::from(width)));
        pieces.map(|piece| (*tone, piece)).collect::<Lines>()
    };
    lines.iter().flat_map(of).collect()
}

/// A line broken to a width; what goes on stands below where it began.
fn indented(line: &str, width: usize) -> Vec<String> {
    let words = line.trim_start_matches(' ');
    let indent = (line.len() - words.len()).min(width / 2);
    let pieces = text::wrap(words, width - indent, 200);
    pieces.into_iter().map(|piece| format!("{:indent$}{piece}", "")).collect()
}

fn pick(picker: &Picker, screen: Rect, canvas: &mut Canvas<'_>) -> Position {
    let found = picker.found();
    let inner = canvas.frame(centred(screen, PICKER.0, PICKER.1), picker.title);
    let (before, behind) = picker.editor.halves();
    let x = canvas.put((inner.x, inner.y), inner.width, Tone::Active, "› ");
    let before = text::line(before);
    let cursor = canvas.put((x, inner.y), inner.right().saturating_sub(x), Tone::Plain, &before);
    canvas.put((cursor, inner.y), inner.right().saturating_sub(cursor), Tone::Plain, &text::line(behind));
    let list = below(inner);
    let width = found
        .iter()
        .map(|item| text::columns(&item.text))
        .max()
        .map_or(0, |width| narrow(width).min(list.width / 2));
    let top = first(picker, list);
    for (y, (at, item)) in (list.top()..list.bottom()).zip(found.iter().enumerate().skip(top)) {
        canvas.put((list.x, y), 2, Tone::Active, if at == picker.chosen { "▶ " } else { "  " });
        canvas.put((list.x + 2, y), width, Tone::Strong, &item.text);
        let note = list.x + 2 + width + 2;
        canvas.put((note, y), list.right().saturating_sub(note), Tone::Dim, &item.note);
        if at == picker.chosen {
            canvas.fill(Rect::new(list.x, y, list.width, 1), canvas.theme.selected());
        }
    }
    if found.is_empty() {
        canvas.put((list.x + 2, list.y), list.width.saturating_sub(2), Tone::Dim, "nothing fits");
    }
    Position::new(cursor, inner.y)
}

/// The list of a picker, below what is typed.
const fn below(inner: Rect) -> Rect {
    Rect { y: inner.y + 1, height: inner.height.saturating_sub(1), ..inner }
}

/// The first item to be seen.
fn first(picker: &Picker, list: Rect) -> usize {
    picker.chosen.saturating_sub(usize::from(list.height.saturating_sub(1)))
}

pub(super) fn item_at(picker: &Picker, screen: Rect, place: Position) -> Option<usize> {
    let list = below(within(centred(screen, PICKER.0, PICKER.1)));
    let at = first(picker, list) + usize::from(place.y.checked_sub(list.y)?);
    (list.contains(place) && at < picker.found().len()).then_some(at)
}

/// The key of the way on that stands there; what only tells something goes with a click anywhere.
pub(super) fn key_at(layer: &Layer, screen: Rect, place: Position) -> Option<Key> {
    match layer {
        Layer::Help { .. } => Some(Key::plain(Code::Esc)),
        Layer::Choice(choice) => {
            let foot = foot(choice, within(of_choice(choice, screen).0));
            let at = usize::from(place.y.checked_sub(foot.y)?);
            // Below the ways stands how to close it.
            let key = choice.ways.get(at).map_or(Key::plain(Code::Esc), |way| way.key);
            foot.contains(place).then_some(key)
        }
        Layer::Write(writing) => written_key_at(writing, screen, place),
        Layer::Pick(_) | Layer::Review(_) => None,
    }
}

/// What is within a frame.
pub(super) const fn within(area: Rect) -> Rect {
    if area.width < 2 || area.height < 2 {
        return area;
    }
    Rect { x: area.x + 1, y: area.y + 1, width: area.width - 2, height: area.height - 2 }
}

/// Where a text is written.
fn of_writing(writing: &Writing, screen: Rect) -> Rect {
    let width = 90.min(screen.width);
    let above = wrapped(&writing.above, width.saturating_sub(2));
    let typed = typed::height(&writing.editor, width.saturating_sub(2));
    let height = narrow(above.len()).saturating_add(typed.clamp(3, 16)).saturating_add(3);
    centred(screen, width, height.min(above_the_foot(screen)))
}

/// How tall a dialog may be: where there is room, the keys at the foot of the screen stay to be seen.
const fn above_the_foot(screen: Rect) -> u16 {
    if screen.height > 12 { screen.height - 1 } else { screen.height }
}

/// The key that picks the part of a task which stands there.
fn written_key_at(writing: &Writing, screen: Rect, place: Position) -> Option<Key> {
    let sheet = Sheet::of(writing, within(of_writing(writing, screen)));
    let at = usize::from(place.y.checked_sub(sheet.above.y)?) + sheet.scroll;
    let mut until = 0;
    for (line, part) in writing.above.iter().zip(writing.parts()) {
        until += wrapped(std::slice::from_ref(line), sheet.above.width).len();
        if at < until {
            return sheet.above.contains(place).then(|| part.key());
        }
    }
    None
}

/// Where of a text that is being written stands what.
struct Sheet {
    lines: Lines,
    above: Rect,
    /// So many of the lines above are scrolled away.
    scroll: usize,
    /// So many have no room below those that are shown.
    more: usize,
    typed: Rect,
    foot: Rect,
}

impl Sheet {
    /// What it is about goes first: only what is typed keeps some lines beside it.
    fn of(writing: &Writing, inner: Rect) -> Self {
        let lines = wrapped(&writing.above, inner.width);
        let foot = u16::from(inner.height > 3);
        let room = inner.height.saturating_sub(foot);
        let typed = typed::height(&writing.editor, inner.width).clamp(1, 3).min(room);
        let above = narrow(lines.len()).min(room - typed);
        let end = lines.len() - usize::from(above);
        let scroll = writing.scroll.min(end);
        let typed = Rect { y: inner.y + above, height: room - above, ..inner };
        let foot = Rect { y: typed.bottom(), height: foot, ..inner };
        Self { lines, above: Rect { height: above, ..inner }, scroll, more: end - scroll, typed, foot }
    }
}

fn write(writing: &Writing, screen: Rect, canvas: &mut Canvas<'_>) -> Position {
    let inner = canvas.frame(of_writing(writing, screen), &writing.title);
    let sheet = Sheet::of(writing, inner);
    put_lines(sheet.lines.get(sheet.scroll..).unwrap_or_default(), sheet.above, canvas);
    if sheet.foot.height > 0 {
        let keys = "enter sends · alt-enter a new line · esc closes";
        let foot = match (sheet.more, sheet.scroll) {
            (0, 0) => (Tone::Dim, keys.to_owned()),
            (0, _) => (Tone::Dim, format!("↑ shows what is above · {keys}")),
            (more, _) => (Tone::Warn, format!("{more} more above: ↓ · {keys}")),
        };
        canvas.put((inner.x, sheet.foot.y), inner.width, foot.0, &foot.1);
    }
    typed::draw(&writing.editor, sheet.typed, canvas)
}

/// How far what a text is about can be scrolled.
pub(super) fn end_of_writing(writing: &Writing, screen: Rect) -> usize {
    let sheet = Sheet::of(writing, within(of_writing(writing, screen)));
    sheet.scroll + sheet.more
}

/// The letter that stands there, of what is being written.
pub(super) fn letter_at(writing: &Writing, screen: Rect, place: Position) -> Option<usize> {
    let sheet = Sheet::of(writing, within(of_writing(writing, screen)));
    typed::letter_at(&writing.editor, sheet.typed, place)
}

/// Where a choice lies, with its lines.
fn of_choice(choice: &Choice, screen: Rect) -> (Rect, Lines) {
    let width = 90.min(screen.width);
    let lines = wrapped(&choice.lines, width.saturating_sub(2));
    let height = narrow(lines.len() + choice.ways.len()).saturating_add(4);
    (centred(screen, width, height.min(above_the_foot(screen))), lines)
}

/// How far it can be scrolled.
pub(super) fn end_of_choice(choice: &Choice, screen: Rect) -> usize {
    let (area, lines) = of_choice(choice, screen);
    let inner = within(area);
    lines.len().saturating_sub(usize::from(inner.height - foot(choice, inner).height))
}

/// Where its ways on stand; what they are about keeps half of the room where it needs that.
fn foot(choice: &Choice, inner: Rect) -> Rect {
    let kept = narrow(choice.lines.len()).min(inner.height.div_ceil(2));
    let height = narrow(choice.ways.len() + 1).min(inner.height - kept);
    Rect { y: inner.bottom() - height, height, ..inner }
}

fn draw_choice(choice: &Choice, screen: Rect, canvas: &mut Canvas<'_>) {
    let (area, lines) = of_choice(choice, screen);
    let inner = canvas.frame(area, &choice.title);
    let foot = foot(choice, inner);
    let room = Rect { height: inner.height - foot.height, ..inner };
    let most = lines.len().saturating_sub(usize::from(room.height));
    put_lines(lines.get(choice.scroll.min(most)..).unwrap_or_default(), room, canvas);
    for (y, way) in (foot.top()..foot.bottom()).zip(&choice.ways) {
        let x = canvas.put((inner.x, y), inner.width, Tone::Active, &way.key.to_string());
        canvas.put((x + 1, y), inner.right().saturating_sub(x + 1), Tone::Plain, way.words);
    }
    let below = most.saturating_sub(choice.scroll);
    let keys = match below {
        0 => "esc closes".to_owned(),
        _ if choice.to_read.is_some() => format!("{below} more below: y goes on reading · esc closes"),
        _ => format!("{below} more below: j, page-down · esc closes"),
    };
    if foot.height > narrow(choice.ways.len()) {
        canvas.put((inner.x, foot.bottom() - 1), inner.width, Tone::Dim, &keys);
    }
}
