//! A person's terminal on which the host draws: when it is drawn, how far it has scrolled back. One that is slow is
//! drawn less often and costs the program nothing. It must not know its connection.

use std::time::Duration;
use std::time::Instant;

use crate::emulator::Size;
use crate::host::painter::Painter;
use crate::host::terminal::Terminal;

/// The shortest time between two pictures.
const FRAME: Duration = Duration::from_millis(10);

/// Somebody who looks on.
#[derive(Debug)]
pub(super) struct Onlooker {
    size: Size,
    painter: Painter,
    back: usize,
    /// What was drawn last: the number of the change, and when.
    drawn: Option<(u64, Instant)>,
}

impl Onlooker {
    pub(super) fn new(size: Size) -> Self {
        Self { size, painter: Painter::default(), back: 0, drawn: None }
    }

    pub(super) const fn size(&self) -> Size {
        self.size
    }

    /// The person's terminal has another size, and may show anything.
    pub(super) fn resized(&mut self, size: Size) {
        self.size = size;
        self.painter.forget();
        self.drawn = None;
    }

    /// Goes so many lines back, or on.
    pub(super) fn scroll(&mut self, lines: i16, history: usize) {
        let far = usize::from(lines.unsigned_abs());
        self.back = if lines > 0 { (self.back + far).min(history) } else { self.back.saturating_sub(far) };
        self.drawn = None;
    }

    /// Back to what is now, since the person types.
    pub(super) fn present(&mut self) {
        if self.back > 0 {
            self.back = 0;
            self.drawn = None;
        }
    }

    /// When there is something to draw, if nothing waits to be sent.
    pub(super) fn due(&self, change: u64, now: Instant) -> Option<Instant> {
        match self.drawn {
            None => Some(now),
            Some((drawn, at)) => (drawn != change).then(|| at + FRAME),
        }
    }

    /// Draws what is due.
    pub(super) fn draw(&mut self, terminal: &mut Terminal, now: Instant) -> Vec<u8> {
        self.back = self.back.min(terminal.history());
        self.drawn = Some((terminal.change(), now));
        terminal.paint(&mut self.painter, self.size, self.back)
    }
}
