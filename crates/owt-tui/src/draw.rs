//! The board on the screen: a function of the [`Board`] alone. It must not change it, nor know a terminal.

mod bars;
mod help;
mod layers;
mod layout;
mod pane;
mod review;
mod rows;
mod typed;
mod view;

use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Position;
use ratatui_core::layout::Rect;
use ratatui_core::style::Style;

use crate::board::Board;
use crate::draw::layout::Layout;
use crate::ink::Ink;
use crate::ink::Line;
use crate::key::Key;
use crate::layer::Layer;
use crate::status::Tone;
use crate::text;
use crate::theme::Theme;

/// Draws everything; where the cursor belongs, if a text is being written.
pub fn draw(board: &Board, theme: Theme, buffer: &mut Buffer) -> Option<Position> {
    let mut canvas = Canvas { buffer, theme };
    let layout = Layout::of(board);
    bars::header(board, layout.header, &mut canvas);
    if let Some(list) = layout.list {
        match &board.view {
            Some(view) => view::draw(view, list, &mut canvas),
            None => rows::draw(board, list, &mut canvas),
        }
    }
    if let (Some(area), Some(open)) = (layout.pane, board.side.pane()) {
        pane::draw(board, open, area, &mut canvas);
    }
    bars::said(board, layout.said, &mut canvas);
    bars::keys(board, layout.keys, &mut canvas);
    board.layers.top().and_then(|layer| layers::draw(board, layer, layout.screen, &mut canvas))
}

/// Whether all that the selected row asks is on the screen, to the last letter.
pub(crate) fn shows_what_is_asked(board: &Board) -> bool {
    let list = Layout::of(board).list.filter(|_| board.view.is_none());
    list.is_some_and(|list| rows::shows_what_is_asked(board, list))
}

/// How far down what lies on top goes.
pub(crate) fn end_of_layer(board: &Board) -> usize {
    let screen = Layout::of(board).screen;
    match board.layers.top() {
        Some(Layer::Help { of, .. }) => help::end(board, *of),
        Some(Layer::Choice(choice)) => layers::end_of_choice(choice, screen),
        Some(Layer::Write(writing)) => layers::end_of_writing(writing, screen),
        Some(Layer::Pick(_) | Layer::Review(_)) | None => 0,
    }
}

/// For so many columns and rows there is room in the pane.
pub(crate) fn pane_room(board: &Board) -> (usize, usize) {
    let within = Layout::of(board).pane.map(layers::within).unwrap_or_default();
    (within.width.into(), within.height.into())
}

/// Which row, or item of the view, stands there.
pub(crate) fn row_at(board: &Board, column: u16, row: u16) -> Option<usize> {
    let list = Layout::of(board).list?;
    if !list.contains(Position::new(column, row)) {
        return None;
    }
    let line = usize::from(row - list.y);
    match &board.view {
        Some(view) => view::item_at(view, list, line),
        None => rows::row_at(board, list, line),
    }
}

/// The key of what stands there, if it is something that a key does as well.
pub(crate) fn key_at(board: &Board, column: u16, row: u16) -> Option<Key> {
    let layout = Layout::of(board);
    let place = Position::new(column, row);
    match board.layers.top() {
        Some(Layer::Review(_)) => None,
        Some(layer) => {
            layers::key_at(layer, layout.screen, place).or_else(|| bars::key_at(board, layout.keys, place))
        }
        None => bars::key_at(board, layout.keys, place),
    }
}

/// Which of the things to pick stands there.
pub(crate) fn item_at(board: &Board, column: u16, row: u16) -> Option<usize> {
    let Some(Layer::Pick(picker)) = board.layers.top() else { return None };
    layers::item_at(picker, Layout::of(board).screen, Position::new(column, row))
}

/// Which line of the patch under review stands there.
pub(crate) fn patch_line_at(board: &Board, column: u16, row: u16) -> Option<usize> {
    let Some(Layer::Review(it)) = board.layers.top() else { return None };
    review::line_at(it, Layout::of(board).screen, Position::new(column, row))
}

/// Where in the text that is being written the letter begins which stands there, in bytes.
pub(crate) fn letter_at(board: &Board, column: u16, row: u16) -> Option<usize> {
    let (screen, place) = (Layout::of(board).screen, Position::new(column, row));
    match board.layers.top()? {
        Layer::Write(writing) => layers::letter_at(writing, screen, place),
        Layer::Review(review) => review::letter_at(review, screen, place),
        Layer::Pick(_) | Layer::Choice(_) | Layer::Help { .. } => None,
    }
}

/// Where is drawn, and in which colours. Nothing leaves the screen's edges.
struct Canvas<'a> {
    buffer: &'a mut Buffer,
    theme: Theme,
}

impl Canvas<'_> {
    /// A text at a place, cut to so many columns; the column behind it.
    fn put(&mut self, place: (u16, u16), width: u16, tone: Tone, text: &str) -> u16 {
        self.put_ink(place, width, Ink::Tone(tone), &text::cut(text, usize::from(width)))
    }

    fn put_ink(&mut self, (x, y): (u16, u16), width: u16, ink: Ink, text: &str) -> u16 {
        let area = self.buffer.area;
        if y >= area.bottom() || x >= area.right() || width == 0 {
            return x;
        }
        self.buffer.set_stringn(x, y, text, usize::from(width), self.theme.ink(ink)).0
    }

    /// A line of many looks over a row, on its ground; what has no room is cut off and marked.
    fn put_line(&mut self, line: &Line, area: Rect) {
        self.fill(area, self.theme.ground(line.ground));
        let is_cut = text::columns(&line.text) > usize::from(area.width);
        let right = area.right().saturating_sub(u16::from(is_cut));
        let (mut x, mut last) = (area.x, Ink::Tone(Tone::Plain));
        for (ink, piece) in line.pieces() {
            x = self.put_ink((x, area.y), right.saturating_sub(x), ink, piece);
            last = ink;
            if x >= right {
                break;
            }
        }
        if is_cut {
            self.put_ink((x, area.y), area.right().saturating_sub(x), last, text::ELLIPSIS);
        }
    }

    /// A text whose end is at `right`.
    fn put_right(&mut self, (right, y): (u16, u16), width: u16, tone: Tone, text: &str) {
        let columns = narrow(text::columns(text)).min(width);
        self.put((right.saturating_sub(columns), y), columns, tone, text);
    }

    fn fill(&mut self, area: Rect, style: Style) {
        self.buffer.set_style(area.intersection(self.buffer.area), style);
    }

    /// Nothing, with a frame around it.
    fn frame(&mut self, area: Rect, title: &str) -> Rect {
        let area = area.intersection(self.buffer.area);
        for y in area.top()..area.bottom() {
            for x in area.left()..area.right() {
                if let Some(cell) = self.buffer.cell_mut(Position::new(x, y)) {
                    cell.reset();
                }
            }
        }
        if area.width < 2 || area.height < 2 {
            return area;
        }
        let (left, right, top, bottom) = (area.left(), area.right() - 1, area.top(), area.bottom() - 1);
        let line = "─".repeat(usize::from(area.width) - 2);
        self.put((left, top), area.width, Tone::Dim, &format!("╭{line}╮"));
        self.put((left, bottom), area.width, Tone::Dim, &format!("╰{line}╯"));
        for y in top + 1..bottom {
            self.put((left, y), 1, Tone::Dim, "│");
            self.put((right, y), 1, Tone::Dim, "│");
        }
        self.put(
            (left + 2, top),
            area.width.saturating_sub(4),
            Tone::Strong,
            &format!(" {} ", text::line(title)),
        );
        Rect::new(left + 1, top + 1, area.width - 2, area.height - 2)
    }
}

/// A number of columns or lines as the screen counts them.
fn narrow(number: usize) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}
