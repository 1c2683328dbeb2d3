//! The person's keys, as the terminal sends them. It must not know what a key does.

use std::io;
use std::sync::mpsc;
use std::time::Duration;

use crossterm::event;
use crossterm::event::KeyCode;
use crossterm::event::KeyEvent;
use crossterm::event::KeyEventKind;
use crossterm::event::KeyModifiers;
use crossterm::event::MouseButton;
use crossterm::event::MouseEventKind;

use crate::Code;
use crate::Event;
use crate::Key;
use crate::shell::Heard;
use crate::shell::Mouth;

/// Begins to hear what the terminal tells, its size above all; what comes is kept for the reader.
pub(super) fn listen() -> io::Result<()> {
    event::poll(Duration::ZERO).map(|_| ())
}

/// The reader of keys. It ends when its terminal does, and with the process.
pub(super) struct Input {
    next: mpsc::SyncSender<()>,
}

impl Input {
    pub(super) fn begin(mouth: Mouth) -> io::Result<Self> {
        let (next, may_go_on) = mpsc::sync_channel(1);
        let read = move || {
            let mut answer = Answer::default();
            loop {
                let Ok(read) = event::read() else {
                    // The terminal is gone, and with it the person.
                    drop(mouth.send(Heard::Leave));
                    return;
                };
                let went_on = match answer.take(&read, behind) {
                    Part::None => match translated(read) {
                        Some(event) => mouth.send(Heard::Person(event)).is_ok() && may_go_on.recv().is_ok(),
                        None => true,
                    },
                    Part::Inside => true,
                    Part::End(said) => mouth.send(Heard::Background(said)).is_ok(),
                };
                if !went_on {
                    return;
                }
            }
        };
        std::thread::Builder::new().name("owt-board-keys".to_owned()).spawn(read)?;
        Ok(Self { next })
    }

    /// The last key was dealt with: the next may be read.
    pub(super) fn go_on(&self) {
        // A reader that has ended says so itself.
        let _ = self.next.try_send(());
    }
}

/// The terminal's answer to the question for its background. To a reader of keys it (`ESC ] 11 ; rgb:... BEL` or
/// `... ESC \`) looks like alt-] and letters, and letters are verbs.
#[derive(Debug, Default)]
struct Answer {
    /// What has come of it.
    said: Option<String>,
    stage: Stage,
}

/// How far it is.
#[derive(Debug, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Awaited,
    /// The person pressed Esc: should the answer come right behind it, its first byte is read as a part of that key
    /// (crossterm 0.29), and what is left of it begins with a plain bracket.
    BehindEsc,
    Over,
}

/// An answer is there as a whole. With no time at all crossterm 0.29 does not look, not even at what it has read.
const AT_ONCE: Duration = Duration::from_millis(5);

fn behind() -> Behind {
    match event::poll(AT_ONCE) {
        Ok(true) => Behind::More,
        _ => Behind::Nothing,
    }
}

/// What waits behind a key: an answer comes at once, a person's keys one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Behind {
    Nothing,
    More,
}

/// What a key is of the answer.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    /// Nothing: it is the person's.
    None,
    Inside,
    /// Its last, with all that it said.
    End(String),
}

impl Answer {
    fn take(&mut self, read: &event::Event, behind: impl FnOnce() -> Behind) -> Part {
        let event::Event::Key(key) = read else { return Part::None };
        let stage = match self.stage {
            Stage::Over => Stage::Over,
            _ if key.code == KeyCode::Esc => Stage::BehindEsc,
            _ => Stage::Awaited,
        };
        let before = std::mem::replace(&mut self.stage, stage);
        let may_be_bare = before == Stage::BehindEsc && key.modifiers.is_empty();
        let (alt, ctrl) =
            (key.modifiers.contains(KeyModifiers::ALT), key.modifiers.contains(KeyModifiers::CONTROL));
        if key.code == KeyCode::Char(']') && (alt || may_be_bare && behind() == Behind::More) {
            self.said = Some(String::new());
            return Part::Inside;
        }
        let Some(mut said) = self.said.take() else { return Part::None };
        match key.code {
            KeyCode::Char('\\') if alt => self.end(said),
            KeyCode::Char('g') if ctrl => self.end(said),
            // Its letters; anything else is the person again.
            KeyCode::Char(letter @ ('0'..='9' | 'a'..='f' | 'A'..='F' | ';' | ':' | '/' | 'r' | 'g')) => {
                said.push(letter);
                self.said = Some(said);
                Part::Inside
            }
            _ => Part::None,
        }
    }

    fn end(&mut self, said: String) -> Part {
        self.stage = Stage::Over;
        Part::End(said)
    }
}

fn translated(read: event::Event) -> Option<Event> {
    match read {
        event::Event::Key(key) if key.kind != KeyEventKind::Release => self::key(key).map(Event::Key),
        event::Event::Paste(text) => Some(Event::Paste(text)),
        event::Event::Resize(columns, rows) => Some(Event::Resized(columns, rows)),
        event::Event::Mouse(mouse) => match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => Some(Event::Click(mouse.column, mouse.row)),
            MouseEventKind::ScrollDown => Some(Event::Wheel(1)),
            MouseEventKind::ScrollUp => Some(Event::Wheel(-1)),
            _ => None,
        },
        _ => None,
    }
}

fn key(key: KeyEvent) -> Option<Key> {
    let code = match key.code {
        KeyCode::Char(letter) => Code::Char(letter),
        KeyCode::Enter => Code::Enter,
        KeyCode::Esc => Code::Esc,
        KeyCode::Tab => Code::Tab,
        KeyCode::BackTab => Code::BackTab,
        KeyCode::Backspace => Code::Backspace,
        KeyCode::Delete => Code::Delete,
        KeyCode::Left => Code::Left,
        KeyCode::Right => Code::Right,
        KeyCode::Up => Code::Up,
        KeyCode::Down => Code::Down,
        KeyCode::Home => Code::Home,
        KeyCode::End => Code::End,
        KeyCode::PageUp => Code::PageUp,
        KeyCode::PageDown => Code::PageDown,
        _ => return None,
    };
    let held = |modifier| key.modifiers.contains(modifier);
    Some(Key { code, ctrl: held(KeyModifiers::CONTROL), alt: held(KeyModifiers::ALT) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pressed(code: KeyCode, modifiers: KeyModifiers) -> event::Event {
        event::Event::Key(KeyEvent::new(code, modifiers))
    }

    #[test]
    fn the_terminals_answer_is_no_key() {
        for (last, held) in [('\\', KeyModifiers::ALT), ('g', KeyModifiers::CONTROL)] {
            let mut answer = Answer::default();
            let mut take =
                |code, modifiers| answer.take(&pressed(KeyCode::Char(code), modifiers), || Behind::More);
            assert_eq!(take('b', KeyModifiers::NONE), Part::None);
            assert_eq!(take(']', KeyModifiers::ALT), Part::Inside);
            for letter in "11;rgb:1e1e/1e1e/1e1e".chars() {
                assert_eq!(take(letter, KeyModifiers::NONE), Part::Inside, "{letter}");
            }
            assert_eq!(take(last, held), Part::End("11;rgb:1e1e/1e1e/1e1e".to_owned()));
            assert_eq!(take('b', KeyModifiers::NONE), Part::None);
        }
    }

    #[test]
    fn an_answer_that_breaks_off_takes_no_key_with_it_but_its_own_letters() {
        let mut answer = Answer::default();
        let mut take =
            |code, modifiers| answer.take(&pressed(KeyCode::Char(code), modifiers), || Behind::More);
        assert_eq!(take(']', KeyModifiers::ALT), Part::Inside);
        assert_eq!(take('j', KeyModifiers::NONE), Part::None);
        assert_eq!(take('b', KeyModifiers::NONE), Part::None);
    }

    #[test]
    fn an_answer_right_behind_esc_is_no_keys_either_and_esc_and_a_bracket_of_the_persons_are() {
        let none = KeyModifiers::NONE;
        let mut answer = Answer::default();
        assert_eq!(answer.take(&pressed(KeyCode::Esc, none), || Behind::More), Part::None);
        for letter in "]11;rgb:0/0/0".chars() {
            assert_eq!(answer.take(&pressed(KeyCode::Char(letter), none), || Behind::More), Part::Inside);
        }
        let end = pressed(KeyCode::Char('\\'), KeyModifiers::ALT);
        assert_eq!(answer.take(&end, || Behind::Nothing), Part::End("11;rgb:0/0/0".to_owned()));
        for mut answer in [Answer::default(), answer] {
            assert_eq!(answer.take(&pressed(KeyCode::Esc, none), || Behind::Nothing), Part::None);
            assert_eq!(answer.take(&pressed(KeyCode::Char(']'), none), || Behind::Nothing), Part::None);
        }
    }

    #[test]
    fn shift_is_in_the_letter_and_a_release_is_no_key() {
        let shifted = translated(pressed(KeyCode::Char('K'), KeyModifiers::SHIFT));
        assert_eq!(shifted, Some(Event::Key("K".parse().unwrap())));
        let released = KeyEvent::new_with_kind(KeyCode::Char('K'), KeyModifiers::NONE, KeyEventKind::Release);
        assert_eq!(translated(event::Event::Key(released)), None);
    }
}
