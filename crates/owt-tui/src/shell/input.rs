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
            let mut late = LateAnswer::default();
            loop {
                let Ok(read) = event::read() else {
                    // The terminal is gone, and with it the person.
                    drop(mouth.send(Heard::Leave));
                    return;
                };
                if late.is_part(&read) {
                    continue;
                }
                let Some(event) = translated(read) else { continue };
                if mouth.send(Heard::Person(event)).is_err() || may_go_on.recv().is_err() {
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

/// A terminal may answer the question for its background when nobody waits for that any more. To a reader of keys the
/// answer (`ESC ] 11 ; rgb:... BEL` or `... ESC \`) looks like alt-] and letters, and letters are verbs.
#[derive(Debug, Default)]
struct LateAnswer {
    inside: bool,
}

impl LateAnswer {
    fn is_part(&mut self, read: &event::Event) -> bool {
        let event::Event::Key(key) = read else { return false };
        let (alt, ctrl) =
            (key.modifiers.contains(KeyModifiers::ALT), key.modifiers.contains(KeyModifiers::CONTROL));
        let is_part = self.inside;
        match key.code {
            KeyCode::Char(']') if alt => {
                self.inside = true;
                return true;
            }
            KeyCode::Char('\\') if alt => self.inside = false,
            KeyCode::Char('g') if ctrl => self.inside = false,
            // Its letters; anything else is the person again.
            KeyCode::Char('0'..='9' | 'a'..='f' | 'A'..='F' | ';' | ':' | '/' | 'r' | 'g') if self.inside => {
            }
            _ if self.inside => {
                self.inside = false;
                return false;
            }
            _ => {}
        }
        is_part
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
    fn an_answer_that_comes_late_is_no_key() {
        let mut late = LateAnswer::default();
        let mut is_part = |code, modifiers| late.is_part(&pressed(code, modifiers));
        assert!(!is_part(KeyCode::Char('b'), KeyModifiers::NONE));
        assert!(is_part(KeyCode::Char(']'), KeyModifiers::ALT));
        for letter in "11;rgb:1e1e/1e1e/1e1e".chars() {
            assert!(is_part(KeyCode::Char(letter), KeyModifiers::NONE), "{letter}");
        }
        assert!(is_part(KeyCode::Char('\\'), KeyModifiers::ALT));
        assert!(!is_part(KeyCode::Char('b'), KeyModifiers::NONE));
        // One that breaks off takes no key of the person's with it but its own letters.
        let mut late = LateAnswer::default();
        assert!(late.is_part(&pressed(KeyCode::Char(']'), KeyModifiers::ALT)));
        assert!(!late.is_part(&pressed(KeyCode::Char('j'), KeyModifiers::NONE)));
        assert!(!late.is_part(&pressed(KeyCode::Char('b'), KeyModifiers::NONE)));
    }

    #[test]
    fn shift_is_in_the_letter_and_a_release_is_no_key() {
        let shifted = translated(pressed(KeyCode::Char('K'), KeyModifiers::SHIFT));
        assert_eq!(shifted, Some(Event::Key("K".parse().unwrap())));
        let released = KeyEvent::new_with_kind(KeyCode::Char('K'), KeyModifiers::NONE, KeyEventKind::Release);
        assert_eq!(translated(event::Event::Key(released)), None);
    }
}
