//! A view in the place of the rows. It must not know what it is about.

use ratatui_core::layout::Rect;

use crate::draw::Canvas;
use crate::draw::layers::wrapped;
use crate::status::Tone;
use crate::text;
use crate::view::Item;
use crate::view::View;

/// Before a head is the mark of what is chosen.
const HEAD: u16 = 2;

/// Lines below an item stand in from its head.
const INDENT: u16 = 4;

pub(super) fn draw(view: &View, area: Rect, canvas: &mut Canvas<'_>) {
    if view.items.is_empty() {
        for (y, (tone, words)) in (area.top() + 1..area.bottom()).zip(&view.note) {
            canvas.put((area.x + 2, y), area.width.saturating_sub(2), *tone, words);
        }
        return;
    }
    let lines = lines(view, area.width);
    let seen = lines.iter().skip(top(view, &lines, area.height));
    for (y, line) in (area.top()..area.bottom()).zip(seen) {
        if line.is_head && line.of == view.chosen {
            canvas.put((area.x, y), area.width, Tone::Active, "▶");
        }
        let mut x = area.x + if line.is_head { HEAD } else { INDENT };
        for (tone, words) in &line.words {
            x = canvas.put((x, y), area.right().saturating_sub(x), *tone, words);
        }
        if line.of == view.chosen {
            canvas.fill(Rect::new(area.x, y, area.width, 1), canvas.theme.selected());
        }
    }
}

/// Which item stands there.
pub(super) fn item_at(view: &View, area: Rect, line: usize) -> Option<usize> {
    let lines = lines(view, area.width);
    lines.get(top(view, &lines, area.height) + line).map(|line| line.of)
}

/// A line of the screen.
struct Line {
    /// The item that it is of.
    of: usize,
    is_head: bool,
    words: Vec<(Tone, String)>,
}

fn lines(view: &View, width: u16) -> Vec<Line> {
    view.items.iter().enumerate().flat_map(|(at, item)| lines_of(at, item, width)).collect()
}

/// What has no room at the end of the head stands below it, and nothing is cut that could be read.
fn lines_of(of: usize, item: &Item, width: u16) -> Vec<Line> {
    let room = usize::from(width.saturating_sub(HEAD));
    let needed: usize = item.head.iter().map(|(_, words)| text::columns(words)).sum();
    let (mut head, mut below) = (item.head.clone(), Vec::new());
    if needed > room && head.len() > 1 {
        below.extend(head.pop());
    }
    below.extend(item.below.iter().cloned());
    let below = wrapped(&below, width.saturating_sub(INDENT));
    let below = below.into_iter().map(|words| Line { of, is_head: false, words: vec![words] });
    std::iter::once(Line { of, is_head: true, words: head }).chain(below).collect()
}

/// The first line to be seen, so that the chosen item is.
fn top(view: &View, lines: &[Line], height: u16) -> usize {
    let height = usize::from(height);
    let at = lines.iter().position(|line| line.of == view.chosen).unwrap_or(0);
    at.saturating_sub(height / 2).min(lines.len().saturating_sub(height))
}
