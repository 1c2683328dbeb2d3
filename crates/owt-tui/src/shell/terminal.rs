//! The person's terminal: taken for the board, given back as it was. It must not know what the board shows.

use std::io;
use std::io::BufWriter;
use std::io::Stdout;
use std::io::Write;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use crossterm::cursor::Show;
use crossterm::event::DisableBracketedPaste;
use crossterm::event::DisableMouseCapture;
use crossterm::event::EnableBracketedPaste;
use crossterm::event::EnableMouseCapture;
use crossterm::execute;
use crossterm::terminal::Clear;
use crossterm::terminal::ClearType;
use crossterm::terminal::EnterAlternateScreen;
use crossterm::terminal::LeaveAlternateScreen;
use crossterm::terminal::disable_raw_mode;
use crossterm::terminal::enable_raw_mode;
use ratatui_crossterm::CrosstermBackend;

use crate::Board;
use crate::Theme;
use crate::shell::Heard;
use crate::shell::Mouth;

type Inner = ratatui_core::terminal::Terminal<CrosstermBackend<BufWriter<Stdout>>>;

/// Whether the terminal is the board's now; the one who gives it back is the one who clears this.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The terminal, as long as the board has it. It is given back with this value, and before the words of a panic.
pub(super) struct Terminal {
    inner: Inner,
}

impl Terminal {
    /// A board of which a part has failed is none: whatever panics ends it, once the terminal is given back.
    pub(super) fn enter(mouth: Mouth) -> io::Result<Self> {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            drop(give_back());
            before(panic);
            // Where there is no room for it, much is heard, and the board that then draws meets a terminal that is not its own.
            drop(mouth.try_send(Heard::Leave));
        }));
        Ok(Self { inner: taken()? })
    }

    pub(super) fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.inner.size()?;
        Ok((size.width, size.height))
    }

    /// Gives it back for a while.
    #[expect(clippy::unused_self, reason = "who has no terminal has none to give back")]
    pub(super) fn leave(&mut self) -> io::Result<()> {
        give_back()
    }

    /// Takes it again; whatever is on it now is not ours.
    pub(super) fn come_back(&mut self) -> io::Result<()> {
        // One that believes the screen to be empty. Its own way to empty it asks the terminal where the cursor is, and
        // the answer would come to the reader of keys.
        self.inner = taken()?;
        Ok(())
    }

    /// What is on it now counts for nothing: all is drawn with the next picture.
    pub(super) fn begin_anew(&mut self) -> io::Result<()> {
        execute!(io::stdout(), Clear(ClearType::All))?;
        self.inner = Inner::new(CrosstermBackend::new(BufWriter::new(io::stdout())))?;
        Ok(())
    }

    pub(super) fn draw(&mut self, board: &Board, theme: Theme) -> io::Result<()> {
        self.inner.draw(|frame| {
            if let Some(cursor) = crate::draw(board, theme, frame.buffer_mut()) {
                frame.set_cursor_position(cursor);
            }
        })?;
        Ok(())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        drop(give_back());
    }
}

fn taken() -> io::Result<Inner> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    execute!(
        io::stdout(),
        EnterAlternateScreen,
        Clear(ClearType::All),
        EnableBracketedPaste,
        EnableMouseCapture
    )?;
    Inner::new(CrosstermBackend::new(BufWriter::new(io::stdout())))
}

fn give_back() -> io::Result<()> {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return Ok(());
    }
    let given =
        execute!(io::stdout(), DisableMouseCapture, DisableBracketedPaste, LeaveAlternateScreen, Show);
    let cooked = disable_raw_mode();
    given.and(cooked).and_then(|()| io::stdout().flush())
}
