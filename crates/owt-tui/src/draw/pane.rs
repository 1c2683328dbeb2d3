//! The pane. It must not know how its lines were read.

use ratatui_core::layout::Rect;

use crate::board::Board;
use crate::draw::Canvas;
use crate::pane::Pane;
use crate::pane::State;
use crate::row::Row;
use crate::status::Tone;
use crate::text;

pub(super) fn draw(board: &Board, pane: &Pane, area: Rect, canvas: &mut Canvas<'_>) {
    let row = board.fleet.with_id(&pane.of);
    let name = row.map_or("", Row::name);
    let inner = canvas.frame(area, &format!("{name} · {}", pane.title()));
    let lines = pane.window((usize::from(inner.width), usize::from(inner.height)));
    for (y, line) in (inner.top()..inner.bottom()).zip(&lines) {
        canvas.put_line(line, Rect { y, height: 1, ..inner });
    }
    let note = match &pane.state {
        State::Failed(why) => (Tone::Bad, why.clone()),
        State::Reading if lines.is_empty() => (Tone::Dim, "reading …".to_owned()),
        State::Live | State::Whole if lines.is_empty() => (Tone::Dim, "nothing".to_owned()),
        State::Reading | State::Live | State::Whole => return,
    };
    let y = inner.top() + crate::draw::narrow(lines.len()).min(inner.height.saturating_sub(1));
    canvas.put((inner.x, y), inner.width, note.0, &text::line(&note.1));
}
