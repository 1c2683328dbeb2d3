//! Where everything stands, for a terminal of any size. It must not know what is drawn there.

use ratatui_core::layout::Rect;

use crate::board::Board;

/// From here on there is room for two lines at the foot.
pub(super) const TALL: u16 = 12;
/// From here on a pane stands beside the rows.
const WIDE: u16 = 120;
/// From here on a pane stands below them; with less it takes the whole screen.
const HALVES: u16 = 16;

/// The places on the screen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    pub(super) screen: Rect,
    pub(super) header: Rect,
    pub(super) list: Option<Rect>,
    pub(super) pane: Option<Rect>,
    pub(super) said: Rect,
    pub(super) keys: Rect,
}

impl Layout {
    pub(super) fn of(board: &Board) -> Self {
        let screen = Rect::new(0, 0, board.size.0, board.size.1);
        let line = |y: u16| Rect::new(0, y, screen.width, screen.height.min(1));
        let foot = if screen.height >= TALL { 2 } else { 1 };
        let header = line(0);
        let keys = line(screen.height.saturating_sub(1));
        let said = line(screen.height.saturating_sub(foot));
        let main = Rect::new(0, 1, screen.width, screen.height.saturating_sub(1 + foot));
        let (list, pane) = match board.side.pane() {
            None => (Some(main), None),
            Some(pane) if pane.zoomed || (main.width < WIDE && main.height < HALVES) => (None, Some(main)),
            Some(_) if main.width >= WIDE => {
                let left = main.width / 2;
                let right = Rect { x: main.x + left, width: main.width - left, ..main };
                (Some(Rect { width: left, ..main }), Some(right))
            }
            Some(_) => {
                let above = main.height / 2;
                let below = Rect { y: main.y + above, height: main.height - above, ..main };
                (Some(Rect { height: above, ..main }), Some(below))
            }
        };
        Self { screen, header, list, pane, said, keys }
    }
}
