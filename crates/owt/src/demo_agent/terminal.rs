//! The face for people: a small full-screen program. What its rows look like is a promise to the screen rules of
//! `crates/owt-agents/manifests/demo.toml`.

mod keys;
mod picture;
mod raw_mode;

use std::collections::VecDeque;
use std::io;
use std::io::IsTerminal;
use std::io::Write;
use std::os::fd::AsFd;
use std::time::Duration;
use std::time::Instant;

use owt_agents::events::ToolOutcome;
use signal_hook::consts::SIGHUP;
use signal_hook::consts::SIGINT;
use signal_hook::consts::SIGTERM;
use signal_hook::consts::SIGWINCH;

use self::keys::Key;
use self::keys::Keys;
use self::picture::Below;
use self::picture::Entry;
use self::picture::Picture;
use self::picture::Size;
use self::raw_mode::RawMode;
use super::directive::Directive;
use super::face::Assignment;
use super::face::Ended;
use super::face::Face;
use super::face::Halt;
use super::face::Introduction;
use super::face::Outcome;
use super::face::Reply;
use super::face::Report;
use super::face::Request;
use super::hearing::Heard;
use super::hearing::Hearing;
use crate::rendering::Style;

/// How many prompts may wait; more are refused.
const MAX_WAITING: usize = 100;

/// How much of the conversation can be shown.
const MAX_ENTRIES: usize = 400;

/// The largest draft, in bytes.
const MAX_DRAFT: usize = 4 * 1024 * 1024;

/// Alternate screen, bracketed paste, title (xterm's control sequences).
const ENTER: &str = "\x1b[?1049h\x1b[?2004h\x1b]2;demo agent\x07";
const LEAVE: &str = "\x1b[?2004l\x1b[?1049l";

/// The face.
pub(super) struct Terminal {
    hearing: Hearing,
    keys: Keys,
    style: Style,
    raw: Option<RawMode>,
    entries: VecDeque<Entry>,
    draft: String,
    waiting: VecDeque<Assignment>,
    doing: Doing,
    reply: Option<Reply>,
    wish: Wish,
}

/// What the agent is at.
enum Doing {
    Nothing,
    Work { since: Instant },
    Asking { since: Instant, request: Request },
}

/// What the person wants, beside prompting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Nothing,
    /// Ctrl-C on nothing: once more, and it leaves.
    AlmostLeave,
    Leave,
    Interrupt,
}

impl Terminal {
    /// Takes over the terminal.
    pub(super) fn open(style: Style) -> io::Result<Self> {
        let (stdin, stdout) = (io::stdin(), io::stdout());
        if !stdin.is_terminal() || !stdout.is_terminal() {
            return Err(io::Error::other("there is no terminal; without one: --output jsonl"));
        }
        let hearing =
            Hearing::new(stdin.as_fd().try_clone_to_owned()?, &[SIGINT, SIGTERM, SIGHUP, SIGWINCH])?;
        let raw = RawMode::enter(stdin.as_fd().try_clone_to_owned()?)?;
        write(ENTER)?;
        Ok(Self {
            hearing,
            keys: Keys::default(),
            style,
            raw: Some(raw),
            entries: VecDeque::new(),
            draft: String::new(),
            waiting: VecDeque::new(),
            doing: Doing::Nothing,
            reply: None,
            wish: Wish::Nothing,
        })
    }

    /// Gives the terminal back, once.
    fn restore(&mut self) {
        if let Some(raw) = self.raw.take() {
            drop(write(LEAVE));
            drop(raw);
        }
    }

    fn add(&mut self, entry: Entry) {
        if self.entries.len() == MAX_ENTRIES {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
    }

    fn draw(&self) -> io::Result<()> {
        let below = match &self.doing {
            Doing::Nothing => Below::Idle,
            Doing::Work { since } => Below::Working { seconds: since.elapsed().as_secs() },
            Doing::Asking { request: Request::Permission { what, .. }, .. } => Below::Permission { what },
            Doing::Asking { request: Request::Question { question, options }, .. } => {
                Below::Question { question, options }
            }
        };
        let picture = Picture { entries: &self.entries, draft: &self.draft, below };
        write(&picture.draw(window_size(), self.style))
    }

    /// Shows and listens until then, or until `enough`; whether it was enough.
    fn attend(&mut self, until: Option<Instant>, enough: fn(&Self) -> bool) -> Result<bool, Halt> {
        loop {
            if self.wish == Wish::Leave {
                return Err(Halt::Leave(0));
            }
            if enough(self) {
                return Ok(true);
            }
            self.draw()?;
            let next = [until, self.next_second()].into_iter().flatten().min();
            match self.hearing.listen(next)? {
                Heard::Bytes(bytes) => {
                    for key in self.keys.feed(&bytes) {
                        self.press(key);
                    }
                }
                Heard::Signal(SIGWINCH) => {}
                Heard::Signal(signal) => {
                    return Err(Halt::Leave(128_u8.saturating_add(u8::try_from(signal).unwrap_or(0))));
                }
                Heard::End => return Err(Halt::Leave(0)),
                Heard::Nothing if until.is_some_and(|until| Instant::now() >= until) => return Ok(false),
                Heard::Nothing => {}
            }
        }
    }

    /// When the clock of the working line moves on.
    fn next_second(&self) -> Option<Instant> {
        match self.doing {
            Doing::Work { since } => Some(since + Duration::from_secs(since.elapsed().as_secs() + 1)),
            Doing::Nothing | Doing::Asking { .. } => None,
        }
    }

    fn press(&mut self, key: Key) {
        if !matches!(key, Key::Interrupt) && self.wish == Wish::AlmostLeave {
            self.wish = Wish::Nothing;
        }
        match (&self.doing, key) {
            (_, Key::Interrupt) => self.interrupt(),
            (Doing::Asking { request: Request::Permission { .. }, .. }, Key::Letter('y' | 'Y')) => {
                self.reply = Some(Reply::Yes(String::new()));
            }
            (Doing::Asking { request: Request::Permission { .. }, .. }, Key::Letter('n' | 'N')) => {
                self.reply = Some(Reply::No("the person said no".to_owned()));
            }
            (Doing::Asking { request: Request::Permission { .. }, .. }, _) => {}
            (_, Key::Letter(letter)) => self.extend(letter.encode_utf8(&mut [0; 4])),
            (_, Key::Paste(text)) => self.extend(&text),
            (_, Key::Backspace) => drop(self.draft.pop()),
            (_, Key::ClearLine) => self.draft.clear(),
            (Doing::Asking { .. }, Key::Enter) => {
                self.reply = Some(Reply::Yes(std::mem::take(&mut self.draft)));
            }
            (_, Key::Enter) => self.submit(),
            (_, Key::EndOfInput) if self.draft.is_empty() => self.wish = Wish::Leave,
            (_, Key::EndOfInput) => {}
        }
    }

    fn interrupt(&mut self) {
        self.wish = match (&self.doing, self.wish) {
            (Doing::Work { .. } | Doing::Asking { .. }, _) => Wish::Interrupt,
            (Doing::Nothing, _) if !self.draft.is_empty() => {
                self.draft.clear();
                Wish::Nothing
            }
            (Doing::Nothing, Wish::AlmostLeave) => Wish::Leave,
            (Doing::Nothing, _) => {
                self.add(Entry::Remark("ctrl-c once more leaves".to_owned()));
                Wish::AlmostLeave
            }
        };
    }

    fn extend(&mut self, text: &str) {
        if self.draft.len() + text.len() <= MAX_DRAFT {
            self.draft.push_str(text);
        } else {
            self.add(Entry::Remark("that is too much text".to_owned()));
        }
    }

    fn submit(&mut self) {
        let text = std::mem::take(&mut self.draft);
        match text.trim() {
            "" => {}
            "/exit" | "/quit" => self.wish = Wish::Leave,
            "/help" => self.add(Entry::Remark(Directive::HELP.to_owned())),
            command if command.starts_with('/') => {
                self.add(Entry::Remark(format!("{command} is no command of mine: /help, /exit")));
            }
            _ if self.waiting.len() == MAX_WAITING => {
                self.add(Entry::Remark("too many prompts are waiting".to_owned()));
                self.draft = text;
            }
            _ => self.waiting.push_back(Assignment { id: None, text }),
        }
    }

    fn is_interrupted(&self) -> bool {
        self.wish == Wish::Interrupt
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.restore();
    }
}

fn write(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

fn window_size() -> Size {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok();
    let size = size.filter(|size| size.ws_row > 0 && size.ws_col > 0);
    size.map_or(Size { rows: 24, columns: 80 }, |size| Size {
        rows: size.ws_row.into(),
        columns: size.ws_col.into(),
    })
}

impl Face for Terminal {
    fn open(&mut self, introduction: Introduction<'_>) -> Result<(), Halt> {
        let Introduction { conversation, model, folder, resumed } = introduction;
        let greeting = if resumed { "Taking up" } else { "Beginning" };
        self.add(Entry::Remark(format!("{greeting} conversation {conversation} with {model} in {folder}")));
        self.add(Entry::Remark("/help: what it understands; /exit: leave; ctrl-c: interrupt".to_owned()));
        Ok(self.draw()?)
    }

    fn next(&mut self) -> Result<Option<Assignment>, Halt> {
        self.doing = Doing::Nothing;
        self.wish = Wish::Nothing;
        self.attend(None, |terminal| !terminal.waiting.is_empty())?;
        Ok(self.waiting.pop_front())
    }

    fn begin(&mut self, assignment: &Assignment) -> Result<(), Halt> {
        self.add(Entry::Person(assignment.text.clone()));
        self.doing = Doing::Work { since: Instant::now() };
        Ok(self.draw()?)
    }

    fn tell(&mut self, report: &Report<'_>) -> Result<(), Halt> {
        match report {
            Report::Said(text) => self.add(Entry::Agent((*text).to_owned())),
            Report::ToolStarted(tool) => self.add(Entry::Tool(format!("{} {}", tool.tool, tool.summary))),
            Report::ToolEnded { outcome: ToolOutcome::Done, said, .. } => {
                self.add(Entry::Result((*said).to_owned()));
            }
            Report::ToolEnded { said, .. } => self.add(Entry::Result(format!("failed: {said}"))),
            Report::Limited { .. } | Report::Cost { .. } => {}
            Report::Failed { message, .. } => self.add(Entry::Failure((*message).to_owned())),
        }
        Ok(self.draw()?)
    }

    fn pause(&mut self, span: Duration) -> Result<(), Halt> {
        let until = Instant::now().checked_add(span);
        if self.attend(until, Self::is_interrupted)? { Err(Halt::Interrupted) } else { Ok(()) }
    }

    fn ask(&mut self, request: &Request) -> Result<Reply, Halt> {
        let since = match self.doing {
            Doing::Work { since } | Doing::Asking { since, .. } => since,
            Doing::Nothing => Instant::now(),
        };
        self.reply = None;
        self.doing = Doing::Asking { since, request: request.clone() };
        self.attend(None, |terminal| terminal.reply.is_some() || terminal.is_interrupted())?;
        self.doing = Doing::Work { since };
        self.reply.take().ok_or(Halt::Interrupted)
    }

    fn end(&mut self, ended: &Ended) -> Result<(), Halt> {
        let tokens = format!("about {} tokens read, {} written", ended.read, ended.written);
        // A failure stands last, right above the prompt, where it is looked for.
        if !matches!(ended.outcome, Outcome::Failed(_)) {
            self.add(Entry::Remark(tokens));
        }
        self.doing = Doing::Nothing;
        Ok(())
    }

    fn close(&mut self, _: Option<Outcome>) -> u8 {
        self.restore();
        drop(write("demo: bye\n"));
        0
    }
}
