//! An agent without a will of its own: it knows how the built-in demo agent speaks (JSON lines, screens, hooks) and
//! how a plain terminal program looks, and does what it is told to do next.

use std::collections::VecDeque;

use owt_core::AbsPath;
use owt_core::AttemptId;
use owt_core::DeliveryId;
use owt_core::session::Exit;
use owt_core::session::SessionKind;
use owt_ports::Payload;
use owt_ports::Screen;
use owt_ports::SessionInput;
use owt_ports::SessionPlan;
use owt_ports::Stream;
use serde_json::Value;
use serde_json::json;

use crate::sessions::Act;

/// The key that interrupts its terminal.
const INTERRUPT: &str = "\u{3}";

/// What an agent is at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Busy {
    /// It starts, and shows nothing yet.
    Starting,
    /// It takes the next prompt.
    Idle,
    /// It works on this.
    Working(Heard),
    /// It works on this, and waits for the answer to a request.
    Asking(Heard, String),
}

/// A prompt as an agent got it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The id that came with it, where a protocol carries one.
    pub id: Option<String>,
    /// The words; empty for what came on standard input.
    pub words: String,
}

/// Something that an agent can do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// It is up, and shows it.
    Boot,
    /// It reads the oldest prompt that it was given.
    Read,
    /// It says something.
    Say,
    /// It asks for a permission.
    Ask,
    /// It is answered on its own terminal, or no longer wants an answer.
    GoOn,
    /// Its turn ends well.
    Finish,
    /// Its turn ends badly.
    Fail,
    /// Its program leaves with this code.
    Leave(i32),
    /// Its program dies of this signal.
    Die(i32),
    /// A person types into its prompt box, and does not enter it.
    Draft,
    /// The person takes the draft away again.
    Erase,
    /// The person enters the draft.
    Enter,
}

/// A report of an agent's hook: the event's name, and the payload.
pub type Announcement = (&'static str, String);

/// What an agent's doing looks like from outside.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Deed {
    /// What its program does.
    pub acts: Vec<Act>,
    /// What its hooks report.
    pub hooks: Vec<Announcement>,
}

/// How a program speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Speech {
    /// The demo agent.
    Demo,
    /// A terminal program that nothing is known of.
    Plain,
}

/// One agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Its attempt.
    pub attempt: AttemptId,
    /// How it lives.
    pub kind: SessionKind,
    /// The folder it works in.
    pub directory: AbsPath,
    /// What it is at.
    pub busy: Busy,
    /// Whether a person has begun a line in its prompt box.
    pub draft: bool,
    /// The message that came on standard input.
    pub carried: Option<DeliveryId>,
    /// Every prompt that it was given, in order.
    pub heard: Vec<Heard>,
    /// How many turns it has ended.
    pub turns: u32,
    /// What it says at the end of a turn.
    pub(super) last_words: String,
    unread: VecDeque<Heard>,
    speech: Speech,
    asked: u32,
    brackets: bool,
}

impl Actor {
    /// The agent that a session's plan starts.
    pub(super) fn cast(plan: &SessionPlan) -> Self {
        let carried = match &plan.stdin {
            SessionInput::File { delivery, .. } => *delivery,
            _ => None,
        };
        let prompt = matches!(plan.stdin, SessionInput::File { .. });
        let unread = prompt.then(|| Heard { id: None, words: String::new() });
        let speech = match plan.argv.get(1).map(String::as_str) {
            Some("demo-agent") => Speech::Demo,
            _ => Speech::Plain,
        };
        Self {
            attempt: plan.attempt,
            kind: plan.kind,
            directory: plan.directory.clone(),
            busy: Busy::Starting,
            draft: false,
            carried,
            heard: unread.iter().cloned().collect(),
            turns: 0,
            last_words: "that is all".to_owned(),
            unread: unread.into_iter().collect(),
            speech,
            asked: 0,
            // Some programs switch it on, some do not; the attempt decides, so that a run can be repeated.
            brackets: plan.attempt.bits().count_ones().is_multiple_of(2),
        }
    }

    /// Something arrives on its input.
    pub(super) fn given(&mut self, payload: &Payload) -> Vec<Act> {
        match payload {
            Payload::Keys(keys) if keys == INTERRUPT => {
                if self.is_in_turn() {
                    self.interrupted().acts
                } else {
                    Vec::new()
                }
            }
            Payload::Keys(_) => Vec::new(),
            Payload::Paste { text, .. } => {
                self.hear(Heard { id: None, words: text.clone() });
                Vec::new()
            }
            Payload::Line(line) => {
                let frame: Value = serde_json::from_str(line).unwrap_or_default();
                let word = |key: &str| frame[key].as_str().unwrap_or_default().to_owned();
                match word("type").as_str() {
                    "prompt" => {
                        self.hear(Heard { id: Some(word("id")), words: word("text") });
                        Vec::new()
                    }
                    "answer" => self.answered(&word("request_id")),
                    "interrupt" => {
                        let answer = print(&json!({"type": "answered", "request_id": word("request_id")}));
                        let ended = if self.is_in_turn() { self.interrupted() } else { Deed::default() };
                        [answer].into_iter().chain(ended.acts).collect()
                    }
                    _ => vec![print(&json!({"type": "answered", "request_id": word("request_id")}))],
                }
            }
        }
    }

    const fn is_in_turn(&self) -> bool {
        matches!(self.busy, Busy::Working(_) | Busy::Asking(..))
    }

    /// Its turn ends at once, and no hook tells of it.
    fn interrupted(&mut self) -> Deed {
        self.busy = Busy::Idle;
        self.turns += 1;
        self.shown(&json!({"type": "done", "text": "", "outcome": "interrupted"}))
    }

    fn hear(&mut self, heard: Heard) {
        self.heard.push(heard.clone());
        self.unread.push_back(heard);
    }

    fn answered(&mut self, request: &str) -> Vec<Act> {
        if let Busy::Asking(turn, asked) = &self.busy
            && asked == request
        {
            self.busy = Busy::Working(turn.clone());
        }
        vec![print(&json!({"type": "answered", "request_id": request}))]
    }

    /// Everything that it can do next.
    pub fn moves(&self) -> Vec<Move> {
        let terminal = self.kind.is_terminal();
        let leaving = [Move::Leave(0), Move::Leave(3), Move::Die(11)];
        let mut moves = match &self.busy {
            Busy::Starting => vec![Move::Boot, Move::Boot, Move::Boot, Move::Leave(1)],
            Busy::Working(_) => {
                let mut moves = vec![Move::Say, Move::Say, Move::Finish, Move::Finish, Move::Fail];
                if self.kind != SessionKind::Headless && self.speech == Speech::Demo {
                    moves.push(Move::Ask);
                }
                moves
            }
            Busy::Asking(..) => vec![Move::GoOn],
            Busy::Idle if self.draft => vec![Move::Erase, Move::Enter],
            Busy::Idle if !self.unread.is_empty() => vec![Move::Read, Move::Read, Move::Read],
            Busy::Idle if terminal => vec![Move::Draft],
            Busy::Idle => Vec::new(),
        };
        let headless = self.kind == SessionKind::Headless;
        let hardly = if headless { &leaving[1..] } else { &leaving };
        moves.extend(hardly.iter().copied().filter(|_| self.busy != Busy::Starting));
        moves
    }

    /// Does it.
    pub(super) fn perform(&mut self, chosen: Move) -> Deed {
        match chosen {
            Move::Boot => {
                self.busy = Busy::Idle;
                self.shown(&json!({"type": "session", "session_id": self.conversation(), "model": "demo"}))
            }
            Move::Read => match self.unread.pop_front() {
                Some(turn) => self.take_up(turn),
                None => Deed::default(),
            },
            Move::Say => self.shown(&json!({"type": "message", "text": "still at it"})),
            Move::Ask => self.ask(),
            Move::GoOn => self.go_on(),
            Move::Finish => self.finish(false),
            Move::Fail => self.finish(true),
            Move::Leave(code) => Deed { acts: vec![Act::End(Exit::Code { code })], hooks: Vec::new() },
            Move::Die(signal) => Deed { acts: vec![Act::End(Exit::Signal { signal })], hooks: Vec::new() },
            Move::Draft => {
                self.draft = true;
                self.shown(&Value::Null)
            }
            Move::Erase => {
                self.draft = false;
                self.shown(&Value::Null)
            }
            Move::Enter => {
                self.draft = false;
                self.take_up(Heard { id: None, words: "the person's own words".to_owned() })
            }
        }
    }

    fn take_up(&mut self, turn: Heard) -> Deed {
        self.busy = Busy::Working(turn.clone());
        let mut deed = self.shown(&json!({"type": "turn"}));
        if !self.kind.is_terminal() {
            let mut echo = json!({"type": "prompt", "text": turn.words});
            if let Some(id) = turn.id {
                echo["id"] = id.into();
            }
            deed.acts.push(print(&echo));
        }
        self.announce(&mut deed, "UserPromptSubmit", json!({"prompt": turn.words}));
        deed
    }

    fn ask(&mut self) -> Deed {
        let Busy::Working(turn) = self.busy.clone() else { return Deed::default() };
        self.asked += 1;
        let request = format!("r{}", self.asked);
        self.busy = Busy::Asking(turn, request.clone());
        self.shown(
            &json!({"type": "permission", "request_id": request, "tool": "edit", "input": {"path": "a"}}),
        )
    }

    fn go_on(&mut self) -> Deed {
        let Busy::Asking(turn, request) = self.busy.clone() else { return Deed::default() };
        self.busy = Busy::Working(turn);
        self.shown(&json!({"type": "answered", "request_id": request}))
    }

    fn finish(&mut self, failed: bool) -> Deed {
        self.busy = Busy::Idle;
        self.turns += 1;
        let outcome = if failed { "failed" } else { "completed" };
        let usage = json!({"input": 10, "output": 5});
        let words = self.last_words.clone();
        let mut done = json!({"type": "done", "text": words, "outcome": outcome, "usage": usage});
        if failed {
            done["class"] = "overloaded".into();
        }
        let mut deed = self.shown(&done);
        if self.kind == SessionKind::Headless {
            let code = i32::from(failed);
            deed.acts.push(Act::End(Exit::Code { code }));
        }
        self.announce(&mut deed, "Stop", json!({"last_assistant_message": words}));
        deed
    }

    /// What the demo agent's hooks report; those of headless and structured sessions say what the stream says.
    fn announce(&self, deed: &mut Deed, event: &'static str, mut payload: Value) {
        if self.kind.is_terminal() && self.speech == Speech::Demo {
            payload["session_id"] = self.conversation().into();
            payload["hook_event_name"] = event.into();
            deed.hooks.push((event, payload.to_string()));
        }
    }

    fn conversation(&self) -> String {
        format!("conversation-{}", self.attempt)
    }

    /// What can be seen of what it is at: a line where there is a stream, a picture where there is a terminal.
    fn shown(&self, line: &Value) -> Deed {
        if self.kind.is_terminal() {
            let rows = self.rows();
            let text = rows.join("\r\n").into_bytes();
            let screen = Screen { rows, bracketed_paste: self.brackets, ..Screen::default() };
            return Deed {
                acts: vec![Act::Print(Stream::Output, text), Act::Show(screen)],
                hooks: Vec::new(),
            };
        }
        let acts = if self.speech == Speech::Demo { vec![print(line)] } else { Vec::new() };
        Deed { acts, hooks: Vec::new() }
    }

    fn rows(&self) -> Vec<String> {
        let rows: &[&str] = match (self.speech, &self.busy) {
            (Speech::Plain, Busy::Working(_)) => &["plain", "thinking"],
            (Speech::Plain, _) => &["plain", ">"],
            (Speech::Demo, Busy::Working(_)) => &["demo> do it", "demo: working (3s)"],
            (Speech::Demo, Busy::Asking(..)) => &["demo> do it", "demo: may I edit a? (y/n)"],
            (Speech::Demo, _) if self.draft => &["demo: hello", "", "demo> half a line"],
            (Speech::Demo, _) => &["demo: hello", "", "demo>"],
        };
        rows.iter().map(|row| (*row).to_owned()).collect()
    }
}

fn print(line: &Value) -> Act {
    Act::Print(Stream::Output, format!("{line}\n").into_bytes())
}
