//! A person at a terminal: a box to type into, questions, a screen.

use std::collections::VecDeque;
use std::io;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;

use super::arguments::Permission;
use super::command_words;
use super::face::Asked;
use super::face::Face;
use super::face::Prompt;
use super::face::Turn;
use super::face::TurnEnd;
use super::face::Waited;
use super::keys::Key;
use super::life::Life;
use super::performance::Flow;
use super::personality::BracketedPaste;
use super::personality::Personality;
use super::received::Received;
use super::received::Recorder;
use super::received::Via;
use super::screen::Screen;
use super::screen::Status;
use super::screen::View;
use super::terminal;
use super::terminal::RawTerminal;

const PASTE_ON: &str = "\x1b[?2004h";
const PASTE_OFF: &str = "\x1b[?2004l";

/// Pasted texts with more lines or characters than this are shown as a short word.
const SHOWN_LINES: usize = 10;
const SHOWN_CHARACTERS: usize = 800;

/// The exit code of a dialog that was refused.
const REFUSED: u8 = 1;

/// Plays turn after turn until the person leaves; the exit code.
pub(super) fn run(life: &mut Life, argument: Option<String>) -> io::Result<u8> {
    let terminal = RawTerminal::take()?;
    let personality = life.personality.clone();
    if personality.bracketed_paste == BracketedPaste::AtStart {
        terminal::put(PASTE_ON)?;
    }
    let screen = Screen::open(personality.screen)?;
    life.wait_for_boot();
    if personality.flush_input {
        terminal.flush_input()?;
    }
    let mut desk = Desk {
        keys: terminal.keys()?,
        screen,
        record: life.record.clone(),
        permission: life.permission,
        input: InputBox::default(),
        queue: VecDeque::new(),
        status: Status::Idle,
        deaf_until: Instant::now(),
        overlooks: 0,
        prompt: String::new(),
        returns_prompt: personality.returns_prompt_on_interrupt,
    };
    let code = match desk.open(&personality)? {
        Opened::Ready => desk.serve(life, argument)?,
        Opened::Refused => REFUSED,
    };
    let farewell = format!("Resume this session with:\r\nclaude --resume {}", life.session);
    desk.screen.close(&farewell)?;
    terminal::put(PASTE_OFF)?;
    Ok(code)
}

enum Opened {
    Ready,
    Refused,
}

/// What a key leads to.
enum Taken {
    Nothing,
    Submitted,
    Interrupt,
    Leave,
}

/// A text that is being written, in the pieces in which it came.
#[derive(Debug, Default)]
struct InputBox {
    pieces: Vec<(Via, String)>,
}

impl InputBox {
    fn add(&mut self, via: Via, text: &str) {
        match self.pieces.last_mut() {
            Some((Via::Typed, typed)) if via == Via::Typed => typed.push_str(text),
            _ => self.pieces.push((via, text.to_owned())),
        }
    }

    fn backspace(&mut self) {
        if let Some((_, text)) = self.pieces.last_mut() {
            text.pop();
        }
        self.pieces.retain(|(_, text)| !text.is_empty());
    }

    fn take(&mut self) -> Prompt {
        let is_pasted = self.pieces.iter().any(|(via, _)| *via == Via::Pasted);
        let text = self.pieces.drain(..).map(|(_, text)| text).collect();
        Prompt { text, via: if is_pasted { Via::Pasted } else { Via::Typed }, uuid: None }
    }

    fn shown(&self) -> String {
        let shown = |(index, (via, text)): (usize, &(Via, String))| {
            let lines = text.lines().count();
            if *via == Via::Pasted && (lines > SHOWN_LINES || text.chars().count() > SHOWN_CHARACTERS) {
                format!("[Pasted text #{} +{lines} lines]", index + 1)
            } else {
                text.clone()
            }
        };
        self.pieces.iter().enumerate().map(shown).collect()
    }
}

struct Desk {
    keys: Receiver<Key>,
    screen: Screen,
    record: Recorder,
    permission: Permission,
    input: InputBox,
    queue: VecDeque<Prompt>,
    status: Status,
    deaf_until: Instant,
    overlooks: u32,
    /// The prompt of the turn.
    prompt: String,
    returns_prompt: bool,
}

impl Desk {
    fn open(&mut self, personality: &Personality) -> io::Result<Opened> {
        if let Some(dialog) = &personality.dialog {
            let lines = dialog.text.lines().chain(["Enter to confirm · Esc to cancel"]).map(str::to_owned);
            self.screen.draw(&View::Question(lines.collect()))?;
            if !self.answer_dialog()? {
                return Ok(Opened::Refused);
            }
        }
        if personality.bracketed_paste == BracketedPaste::AtReady {
            terminal::put(PASTE_ON)?;
        }
        self.deaf_until = Instant::now() + Duration::from_millis(personality.deaf_to_enter_ms);
        self.overlooks = personality.overlooked_enters;
        self.draw()?;
        self.record.add(&Received::Ready)?;
        Ok(Opened::Ready)
    }

    /// Whether the person goes on.
    fn answer_dialog(&mut self) -> io::Result<bool> {
        while let Ok(key) = self.keys.recv() {
            self.record.add(&Received::DialogKey { key: format!("{key:?}") })?;
            match key {
                Key::Enter => return Ok(true),
                Key::Escape | Key::Interrupt => return Ok(false),
                _ => {}
            }
        }
        Ok(false)
    }

    fn serve(&mut self, life: &mut Life, argument: Option<String>) -> io::Result<u8> {
        if let Some(text) = argument {
            self.record.prompt(&text, Via::Argument, None)?;
            self.queue.push_back(Prompt { text, via: Via::Argument, uuid: None });
        }
        while let Some(prompt) = self.next()? {
            if let Flow::End(code) = life.play(self, &prompt)? {
                return Ok(code);
            }
        }
        Ok(0)
    }

    /// The next prompt; `None` when the person leaves.
    fn next(&mut self) -> io::Result<Option<Prompt>> {
        while self.queue.is_empty() {
            let Ok(key) = self.keys.recv() else { return Ok(None) };
            match self.take(key)? {
                Taken::Leave => return Ok(None),
                Taken::Nothing | Taken::Submitted | Taken::Interrupt => {}
            }
        }
        Ok(self.queue.pop_front())
    }

    fn take(&mut self, key: Key) -> io::Result<Taken> {
        let taken = match key {
            Key::Text(text) => self.add(Via::Typed, &text),
            Key::Pasted(text) => self.add(Via::Pasted, &text),
            Key::Newline => self.add(Via::Typed, "\n"),
            Key::Backspace => {
                self.input.backspace();
                Taken::Nothing
            }
            Key::Enter => self.submit()?,
            Key::Escape => Taken::Interrupt,
            Key::ClearLine => self.clear(),
            Key::Interrupt if self.status == Status::Working => Taken::Interrupt,
            Key::Interrupt | Key::End if self.input.pieces.is_empty() => Taken::Leave,
            Key::Interrupt | Key::End => self.clear(),
        };
        self.draw()?;
        Ok(taken)
    }

    fn add(&mut self, via: Via, text: &str) -> Taken {
        self.input.add(via, text);
        Taken::Nothing
    }

    fn clear(&mut self) -> Taken {
        self.input.pieces.clear();
        Taken::Nothing
    }

    fn submit(&mut self) -> io::Result<Taken> {
        if self.input.pieces.is_empty() || Instant::now() < self.deaf_until {
            return Ok(Taken::Nothing);
        }
        if let Some(left) = self.overlooks.checked_sub(1) {
            self.overlooks = left;
            return Ok(Taken::Nothing);
        }
        let prompt = self.input.take();
        let text = prompt.text.clone();
        if command_words::is_slash_command(&text) || command_words::is_shell_command(&text) {
            self.record.add(&Received::Command { text: text.clone() })?;
            self.say(&format!("● Unknown command: {text}"))?;
            return Ok(if text.trim() == "/exit" { Taken::Leave } else { Taken::Submitted });
        }
        self.record.prompt(&text, prompt.via, None)?;
        self.queue.push_back(prompt);
        Ok(Taken::Submitted)
    }

    fn view(&self) -> View {
        View::Box {
            text: self.input.shown(),
            status: self.status,
            queued: self.queue.iter().map(|prompt| prompt.text.clone()).collect(),
        }
    }

    fn draw(&mut self) -> io::Result<()> {
        let view = self.view();
        self.screen.draw(&view)
    }
}

impl Face for Desk {
    fn begin(&mut self, prompt: &Prompt) -> io::Result<()> {
        self.status = Status::Working;
        self.prompt.clone_from(&prompt.text);
        let view = self.view();
        self.screen.say(&format!("❯ {}", prompt.text), &view)
    }

    fn say(&mut self, text: &str) -> io::Result<()> {
        let view = self.view();
        self.screen.say(&format!("● {text}"), &view)
    }

    fn tool(&mut self, name: &str, input: &Value) -> io::Result<()> {
        self.say(&format!("{name}({input})"))
    }

    fn print(&mut self, text: &str) -> io::Result<()> {
        let view = self.view();
        self.screen.print(text, &view)
    }

    fn ask(&mut self, tool: &str, input: &Value) -> io::Result<Asked> {
        if self.permission == Permission::Granted {
            return Ok(Asked::Allowed);
        }
        let lines = [
            &format!("{tool} command"),
            &format!("  {input}"),
            "Do you want to proceed?",
            "❯ 1. Yes",
            "  2. No",
            "Esc to cancel · Tab to amend",
        ];
        self.screen.draw(&View::Question(lines.map(str::to_owned).to_vec()))?;
        let asked = loop {
            match self.keys.recv() {
                Ok(Key::Enter) => break Asked::Allowed,
                Ok(Key::Text(text)) if text == "1" || text == "y" => break Asked::Allowed,
                Ok(Key::Text(text)) if text == "2" || text == "n" => break Asked::Denied,
                Ok(Key::Escape | Key::Interrupt) => break Asked::Interrupted,
                Ok(key) => self.record.add(&Received::DialogKey { key: format!("{key:?}") })?,
                Err(_) => return Ok(Asked::Gone),
            }
        };
        self.record.add(&Received::Answer { allowed: asked == Asked::Allowed, answers: Value::Null })?;
        self.draw()?;
        Ok(asked)
    }

    fn wait(&mut self, limit: Option<Duration>) -> io::Result<Waited> {
        let start = Instant::now();
        loop {
            let received = match limit.map(|limit| limit.saturating_sub(start.elapsed())) {
                Some(left) => self.keys.recv_timeout(left),
                None => self.keys.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match received {
                Err(RecvTimeoutError::Timeout) => return Ok(Waited::TimeIsUp),
                Err(RecvTimeoutError::Disconnected) => return Ok(Waited::Gone),
                Ok(key) => match self.take(key)? {
                    Taken::Interrupt => return Ok(Waited::Interrupted),
                    Taken::Leave => return Ok(Waited::Gone),
                    Taken::Nothing | Taken::Submitted => {}
                },
            }
        }
    }

    fn finish(&mut self, turn: &Turn) -> io::Result<()> {
        self.status = Status::Idle;
        match &turn.end {
            TurnEnd::Done => self.draw(),
            TurnEnd::Failed(why) => {
                let view = self.view();
                self.screen.say(&format!("● API Error: {why}"), &view)
            }
            TurnEnd::Interrupted => {
                if self.returns_prompt && self.input.pieces.is_empty() {
                    self.input.add(Via::Typed, &std::mem::take(&mut self.prompt));
                }
                let view = self.view();
                self.screen.say("  ⎿  Interrupted · What should Claude do instead?", &view)
            }
        }
    }
}
