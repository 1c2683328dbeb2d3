//! A view in the place of the rows. It must not know what it is about.

use ratatui_core::layout::Rect;

use crate::draw::Canvas;
use crate::status::Tone;
use crate::view::View;

/// Lines below an item stand in from its head.
const INDENT: u16 = 4;

pub(super) fn draw(view: &View, area: Rect, canvas: &mut Canvas<'_>) {
    if view.items.is_empty() {
        for (y, (tone, words)) in (area.top() + 1..area.bottom()).zip(&view.note) {
            canvas.put((area.x + 2, y), area.width.saturating_sub(2), *tone, words);
        }
        return;
    }
    let lines = lines(view);
    for (y, (at, line)) in (area.top()..area.bottom()).zip(lines.iter().skip(top(view, &lines, area.height)))
    {
        let Some(item) = view.items.get(*at) else { continue };
        match line.and_then(|line| item.below.get(line)) {
            Some((tone, words)) => {
                canvas.put((area.x + INDENT, y), area.width.saturating_sub(INDENT), *tone, words);
            }
            None => {
                let mark = if *at == view.chosen { "▶" } else { " " };
                canvas.put((area.x, y), area.width, Tone::Active, mark);
                let mut x = area.x + 2;
                for (tone, words) in &item.head {
                    x = canvas.put((x, y), area.right().saturating_sub(x), *tone, words);
                }
            }
        }
        if *at == view.chosen {
            canvas.fill(Rect::new(area.x, y, area.width, 1), canvas.theme.selected());
        }
    }
}

/// Which item stands there.
pub(super) fn item_at(view: &View, area: Rect, line: usize) -> Option<usize> {
    let lines = lines(view);
    lines.get(top(view, &lines, area.height) + line).map(|(at, _)| *at)
}

/// Each line: of which item, and which of those below its head.
fn lines(view: &View) -> Vec<(usize, Option<usize>)> {
    let of = |(at, item): (usize, &crate::view::Item)| {
        std::iter::once((at, None)).chain((0..item.below.len()).map(move |line| (at, Some(line))))
    };
    view.items.iter().enumerate().flat_map(of).collect()
}

/// The first line to be seen, so that the chosen item is.
fn top(view: &View, lines: &[(usize, Option<usize>)], height: u16) -> usize {
    let height = usize::from(height);
    let at = lines.iter().position(|(at, _)| *at == view.chosen).unwrap_or(0);
    at.saturating_sub(height / 2).min(lines.len().saturating_sub(height))
}
