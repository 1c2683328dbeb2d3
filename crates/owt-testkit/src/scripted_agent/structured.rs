//! Claude Code's control protocol: messages and answers in on standard input, events out, until the input ends.

use std::collections::VecDeque;
use std::io;
use std::io::BufRead as _;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::RecvTimeoutError;
use std::sync::mpsc::SyncSender;
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;
use serde_json::json;

use super::arguments::Permission;
use super::arguments::Replay;
use super::command_words;
use super::face::Asked;
use super::face::Face;
use super::face::Prompt;
use super::face::Tokens;
use super::face::Turn;
use super::face::TurnEnd;
use super::face::Waited;
use super::life::Life;
use super::performance::Flow;
use super::received::Received;
use super::received::Recorder;
use super::received::Via;
use super::stream::EventStream;
use super::stream::new_uuid;

/// How many frames may wait to be looked at.
const FRAME_CAP: usize = 64;

/// Plays turn after turn; the exit code.
pub(super) fn run(life: &mut Life, replay: Replay) -> io::Result<u8> {
    life.wait_for_boot();
    life.record.add(&Received::Ready)?;
    let mut talk = Talk {
        input: read_frames()?,
        pending: VecDeque::new(),
        stream: life.stream(),
        record: life.record.clone(),
        permission: life.permission,
        replay,
        unacknowledged: None,
    };
    while let Some(pending) = talk.next()? {
        match pending {
            Pending::Command(text) => talk.refuse_command(&text)?,
            Pending::Prompt(prompt) => {
                if let Flow::End(code) = life.play(&mut talk, &prompt)? {
                    return Ok(code);
                }
            }
        }
    }
    Ok(0)
}

/// A line of standard input, read.
enum Frame {
    Message(Prompt),
    Control { id: Value, subtype: String },
    Answer { id: Value, is_allowed: bool, answers: Value },
    Broken(String),
}

/// Something to be done when the turn before it is over.
enum Pending {
    Prompt(Prompt),
    Command(String),
}

/// What a frame leads to at once.
enum Taken {
    Nothing,
    Interrupt,
    Answer { id: Value, is_allowed: bool, answers: Value },
}

/// The thread ends with its input, or with the program, whichever is first; what it cannot read it passes on.
fn read_frames() -> io::Result<Receiver<Frame>> {
    let (sender, receiver) = sync_channel(FRAME_CAP);
    thread::Builder::new().name("read-frames".to_owned()).spawn(move || pass_frames_on(&sender))?;
    Ok(receiver)
}

fn pass_frames_on(sender: &SyncSender<Frame>) {
    for line in io::stdin().lock().lines() {
        let frame = match line {
            Ok(line) if line.trim().is_empty() => continue,
            Ok(line) => parse(&line),
            Err(error) => Frame::Broken(error.to_string()),
        };
        if sender.send(frame).is_err() {
            return;
        }
    }
}

fn parse(line: &str) -> Frame {
    let frame: Value = match serde_json::from_str(line) {
        Ok(frame) => frame,
        Err(error) => return Frame::Broken(format!("Error parsing streaming input line: {line}: {error}")),
    };
    match frame["type"].as_str() {
        Some("user") => Frame::Message(Prompt {
            text: content(&frame["message"]["content"]),
            via: Via::Message,
            uuid: frame["uuid"].as_str().map(str::to_owned),
        }),
        Some("control_request") => Frame::Control {
            id: frame["request_id"].clone(),
            subtype: frame["request"]["subtype"].as_str().unwrap_or_default().to_owned(),
        },
        Some("control_response") => Frame::Answer {
            id: frame["response"]["request_id"].clone(),
            is_allowed: frame["response"]["response"]["behavior"] == "allow",
            answers: frame["response"]["response"]["updatedInput"]["answers"].clone(),
        },
        _ => Frame::Broken(format!("Error: unknown message: {line}")),
    }
}

/// A message's text: plain, or in blocks.
fn content(content: &Value) -> String {
    match content.as_str() {
        Some(text) => text.to_owned(),
        None => content.as_array().into_iter().flatten().filter_map(|block| block["text"].as_str()).collect(),
    }
}

struct Talk {
    input: Receiver<Frame>,
    pending: VecDeque<Pending>,
    stream: EventStream,
    record: Recorder,
    permission: Permission,
    replay: Replay,
    /// A prompt whose echo is due with the first event after it, as in the real program.
    unacknowledged: Option<Prompt>,
}

impl Talk {
    /// The next thing to do; `None` when the input has ended and everything is done.
    fn next(&mut self) -> io::Result<Option<Pending>> {
        while self.pending.is_empty() {
            let Ok(frame) = self.input.recv() else { return Ok(None) };
            self.take(frame)?;
        }
        Ok(self.pending.pop_front())
    }

    fn take(&mut self, frame: Frame) -> io::Result<Taken> {
        match frame {
            Frame::Message(prompt) => self.take_message(prompt)?,
            Frame::Control { id, subtype } => {
                let answer = json!({"commands": [], "output_style": "default"});
                self.stream.send(&json!({
                    "type": "control_response",
                    "response": {"subtype": "success", "request_id": id, "response": answer},
                }))?;
                if subtype == "interrupt" {
                    return Ok(Taken::Interrupt);
                }
            }
            Frame::Answer { id, is_allowed, answers } => {
                return Ok(Taken::Answer { id, is_allowed, answers });
            }
            Frame::Broken(why) => return Err(io::Error::other(why)),
        }
        Ok(Taken::Nothing)
    }

    fn take_message(&mut self, prompt: Prompt) -> io::Result<()> {
        if command_words::is_slash_command(&prompt.text) {
            self.record.add(&Received::Command { text: prompt.text.clone() })?;
            self.pending.push_back(Pending::Command(prompt.text));
        } else if self.record.prompt(&prompt.text, prompt.via, prompt.uuid.as_deref())? {
            self.pending.push_back(Pending::Prompt(prompt));
        } else if self.replay == Replay::On {
            self.stream.replay(&prompt)?;
        }
        Ok(())
    }

    /// The real program answers a command itself: no prompt is acknowledged, no model asked.
    fn refuse_command(&mut self, text: &str) -> io::Result<()> {
        let answer = format!("Unknown command: {text}");
        self.stream.init()?;
        self.stream.text(&answer)?;
        self.stream.result(&Turn { end: TurnEnd::Done, text: answer, tokens: Tokens::default() })
    }

    fn acknowledge(&mut self) -> io::Result<()> {
        match self.unacknowledged.take() {
            Some(prompt) if self.replay == Replay::On => self.stream.replay(&prompt),
            _ => Ok(()),
        }
    }

    /// The next frame within the limit; `None` when time is up. When the input has ended, only time can pass.
    fn frame_within(&mut self, limit: Option<Duration>) -> Option<Frame> {
        let received = match limit {
            Some(limit) => self.input.recv_timeout(limit),
            None => self.input.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match (received, limit) {
            (Ok(frame), _) => Some(frame),
            (Err(RecvTimeoutError::Timeout), _) => None,
            (Err(RecvTimeoutError::Disconnected), Some(limit)) => {
                #[expect(
                    clippy::disallowed_methods,
                    reason = "working on for the time that the script says"
                )]
                thread::sleep(limit);
                None
            }
            (Err(RecvTimeoutError::Disconnected), None) => loop {
                thread::park();
            },
        }
    }
}

impl Face for Talk {
    fn begin(&mut self, prompt: &Prompt) -> io::Result<()> {
        self.unacknowledged = Some(prompt.clone());
        self.stream.init()
    }

    fn say(&mut self, text: &str) -> io::Result<()> {
        self.acknowledge()?;
        self.stream.text(text)
    }

    fn tool(&mut self, name: &str, input: &Value) -> io::Result<()> {
        self.acknowledge()?;
        self.stream.tool(name, input)
    }

    fn print(&mut self, text: &str) -> io::Result<()> {
        use std::io::Write as _;
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()
    }

    fn ask(&mut self, tool: &str, input: &Value) -> io::Result<Asked> {
        self.acknowledge()?;
        if self.permission == Permission::Granted {
            return Ok(Asked::Allowed);
        }
        let asked = json!(new_uuid());
        self.stream.send(&json!({
            "type": "control_request", "request_id": asked,
            "request": {"subtype": "can_use_tool", "tool_name": tool, "display_name": tool, "input": input,
                "permission_suggestions": [], "tool_use_id": format!("toolu_{}", new_uuid())},
        }))?;
        while let Ok(frame) = self.input.recv() {
            match self.take(frame)? {
                Taken::Interrupt => return Ok(Asked::Interrupted),
                Taken::Answer { id, is_allowed, answers } if id == asked => {
                    self.record.add(&Received::Answer { allowed: is_allowed, answers })?;
                    return Ok(if is_allowed { Asked::Allowed } else { Asked::Denied });
                }
                Taken::Answer { .. } | Taken::Nothing => {}
            }
        }
        // "Tool permission stream closed before response received"
        Ok(Asked::Denied)
    }

    fn wait(&mut self, limit: Option<Duration>) -> io::Result<Waited> {
        let start = Instant::now();
        loop {
            let left = limit.map(|limit| limit.saturating_sub(start.elapsed()));
            let Some(frame) = self.frame_within(left) else { return Ok(Waited::TimeIsUp) };
            if matches!(self.take(frame)?, Taken::Interrupt) {
                return Ok(Waited::Interrupted);
            }
        }
    }

    fn finish(&mut self, turn: &Turn) -> io::Result<()> {
        self.acknowledge()?;
        self.stream.result(turn)
    }
}
