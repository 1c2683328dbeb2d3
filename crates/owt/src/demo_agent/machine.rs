//! The face for programs: lines of JSON on standard output as `owt_agents::events` has them, and, in a structured
//! conversation, frames on standard input as `owt_agents::protocol` has them.

mod frames;

use std::collections::VecDeque;
use std::io;
use std::io::Write;
use std::os::fd::AsFd;
use std::time::Duration;
use std::time::Instant;

use owt_agents::events::ErrorClass;
use owt_agents::events::ToolOutcome;
use serde_json::Value;
use serde_json::json;
use signal_hook::consts::SIGHUP;
use signal_hook::consts::SIGINT;
use signal_hook::consts::SIGTERM;

use self::frames::Frame;
use self::frames::Frames;
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

/// How many prompts may wait; more are refused.
const MAX_WAITING: usize = 100;

/// The largest prompt of a headless conversation, in bytes.
const MAX_PROMPT: usize = 16 * 1024 * 1024;

/// Signals that end the program, in an orderly way.
const LEAVE: [i32; 3] = [SIGINT, SIGTERM, SIGHUP];

/// How prompts come.
enum Input {
    /// All of standard input is the one prompt.
    Whole { taken: bool },
    /// As frames.
    Frames(Frames),
}

/// The face.
pub(super) struct Machine {
    out: Box<dyn Write>,
    hearing: Hearing,
    input: Input,
    waiting: VecDeque<Assignment>,
    /// Of the requests that were made, the newest; answers to others come too late.
    requests: u32,
    reply: Option<Reply>,
    interrupted: bool,
    /// What the turn has cost so far, in dollars.
    cost: f64,
    /// Something was begun that has not ended.
    in_turn: bool,
}

impl Machine {
    /// For one prompt.
    pub(super) fn headless() -> io::Result<Self> {
        Self::new(Input::Whole { taken: false }, stdin()?, Box::new(io::stdout()))
    }

    /// For as many as come.
    pub(super) fn structured() -> io::Result<Self> {
        Self::new(Input::Frames(Frames::default()), stdin()?, Box::new(io::stdout()))
    }

    fn new(input: Input, stdin: Hearing, out: Box<dyn Write>) -> io::Result<Self> {
        Ok(Self {
            out,
            hearing: stdin,
            input,
            waiting: VecDeque::new(),
            requests: 0,
            reply: None,
            interrupted: false,
            cost: 0.0,
            in_turn: false,
        })
    }

    fn line(&mut self, line: &Value) -> Result<(), Halt> {
        let text = format!("{line}\n");
        Ok(self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush())?)
    }

    /// Listens until then, or until `enough`; whether it was enough.
    fn listen(&mut self, until: Option<Instant>, enough: fn(&Self) -> bool) -> Result<bool, Halt> {
        loop {
            if enough(self) {
                return Ok(true);
            }
            match self.hearing.listen(until)? {
                Heard::Bytes(bytes) => self.take(&bytes)?,
                // Whoever prompted has gone: what was begun is ended, and then it is over.
                Heard::End => {}
                Heard::Signal(signal) => return Err(self.leave(signal)),
                Heard::Nothing => return Ok(false),
            }
        }
    }

    fn leave(&mut self, signal: i32) -> Halt {
        if self.in_turn {
            let done = json!({"type": "done", "outcome": "interrupted", "text": "I was ended."});
            drop(self.line(&done));
        }
        Halt::Leave(128_u8.saturating_add(u8::try_from(signal).unwrap_or(0)))
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), Halt> {
        let Input::Frames(frames) = &mut self.input else { return Ok(()) };
        for frame in frames.feed(bytes) {
            self.obey(frame)?;
        }
        Ok(())
    }

    fn obey(&mut self, frame: Frame) -> Result<(), Halt> {
        match frame {
            Frame::Hello { request } => self.line(&json!({"type": "answered", "request_id": request})),
            Frame::Prompt(assignment) if self.waiting.len() < MAX_WAITING => {
                self.waiting.push_back(assignment);
                Ok(())
            }
            Frame::Prompt(_) => self.complain(&format!("{MAX_WAITING} prompts are waiting already")),
            Frame::Answer { request, reply } => {
                if request == self.newest_request() {
                    self.reply = Some(reply);
                }
                Ok(())
            }
            Frame::Interrupt { request } => {
                self.interrupted = self.in_turn;
                self.line(&json!({"type": "answered", "request_id": request}))
            }
            Frame::NotUnderstood { why } => self.complain(&why),
        }
    }

    fn complain(&mut self, message: &str) -> Result<(), Halt> {
        let class = ErrorClass::InvalidRequest.as_str();
        self.line(&json!({"type": "error", "class": class, "message": message}))
    }

    fn newest_request(&self) -> String {
        format!("demo-{}", self.requests)
    }

    /// Everything on standard input, once.
    fn whole(&mut self) -> Result<Option<Assignment>, Halt> {
        let mut prompt = Vec::new();
        while self.hearing.has_input() {
            match self.hearing.listen(None)? {
                Heard::Bytes(bytes) if prompt.len() + bytes.len() <= MAX_PROMPT => prompt.extend(bytes),
                Heard::Bytes(_) => return Err(io::Error::other("the prompt is too long").into()),
                Heard::Signal(signal) => return Err(self.leave(signal)),
                Heard::End | Heard::Nothing => {}
            }
        }
        let text = String::from_utf8_lossy(&prompt).into_owned();
        Ok((!text.trim().is_empty()).then_some(Assignment { id: None, text }))
    }

    /// Whether an answer can still come.
    const fn is_answerable(&self) -> bool {
        matches!(self.input, Input::Frames(_)) && self.hearing.has_input()
    }
}

fn stdin() -> io::Result<Hearing> {
    Hearing::new(io::stdin().as_fd().try_clone_to_owned()?, &LEAVE)
}

impl Face for Machine {
    fn open(&mut self, introduction: Introduction<'_>) -> Result<(), Halt> {
        let Introduction { conversation, model, folder, .. } = introduction;
        self.line(&json!({"type": "session", "session_id": conversation, "model": model, "cwd": folder}))
    }

    fn next(&mut self) -> Result<Option<Assignment>, Halt> {
        if let Input::Whole { taken } = &mut self.input {
            let first = !std::mem::replace(taken, true);
            return if first { self.whole() } else { Ok(None) };
        }
        self.listen(None, |face| !face.waiting.is_empty() || !face.hearing.has_input())?;
        Ok(self.waiting.pop_front())
    }

    fn begin(&mut self, assignment: &Assignment) -> Result<(), Halt> {
        self.in_turn = true;
        self.interrupted = false;
        let mut echo = json!({"type": "prompt", "text": assignment.text});
        if let Some(id) = &assignment.id {
            echo["id"] = id.as_str().into();
        }
        self.line(&echo)?;
        self.line(&json!({"type": "turn"}))
    }

    fn tell(&mut self, report: &Report<'_>) -> Result<(), Halt> {
        if let Report::Cost { dollars } = report {
            self.cost = *dollars;
        }
        self.line(&match report {
            Report::Said(text) => json!({"type": "message", "text": text}),
            Report::ToolStarted(tool) => json!({
                "type": "tool_call",
                "id": tool.number.to_string(),
                "tool": tool.tool,
                "summary": tool.summary,
                "edits": tool.edits(),
            }),
            Report::ToolEnded { tool, outcome, said } => json!({
                "type": "tool_result",
                "id": tool.number.to_string(),
                "ok": *outcome == ToolOutcome::Done,
                "summary": said,
            }),
            Report::Limited { resets_at } => json!({"type": "rate_limit", "resets_at": resets_at}),
            Report::Cost { dollars } => json!({"type": "spent", "cost_usd": dollars}),
            Report::Failed { class, message } => {
                json!({"type": "error", "class": class.as_str(), "message": message})
            }
        })
    }

    fn pause(&mut self, span: Duration) -> Result<(), Halt> {
        let until = Instant::now().checked_add(span);
        if self.listen(until, |face| face.interrupted)? { Err(Halt::Interrupted) } else { Ok(()) }
    }

    fn ask(&mut self, request: &Request) -> Result<Reply, Halt> {
        if !self.is_answerable() {
            return Ok(Reply::No("nobody is here to be asked".to_owned()));
        }
        self.requests += 1;
        self.reply = None;
        let id = self.newest_request();
        self.line(&match request {
            Request::Permission { tool, input, .. } => {
                json!({"type": "permission", "request_id": id, "tool": tool, "input": input})
            }
            Request::Question { question, options } => {
                json!({"type": "question", "request_id": id, "question": question, "options": options})
            }
        })?;
        self.listen(None, |face| face.reply.is_some() || face.interrupted || !face.hearing.has_input())?;
        match self.reply.take() {
            Some(reply) => Ok(reply),
            None if self.interrupted => Err(Halt::Interrupted),
            None => Ok(Reply::No("whoever could answer has gone".to_owned())),
        }
    }

    fn end(&mut self, ended: &Ended) -> Result<(), Halt> {
        self.in_turn = false;
        let (outcome, class) = match ended.outcome {
            Outcome::Completed => ("completed", None),
            Outcome::Interrupted => ("interrupted", None),
            Outcome::Failed(class) => ("failed", Some(class.as_str())),
        };
        let mut done = json!({
            "type": "done",
            "outcome": outcome,
            "text": ended.text,
            "usage": {"input": ended.read, "output": ended.written},
            "cost_usd": std::mem::take(&mut self.cost),
        });
        if let Some(class) = class {
            done["class"] = class.into();
        }
        self.line(&done)
    }

    fn close(&mut self, last: Option<Outcome>) -> u8 {
        match (&self.input, last) {
            (Input::Frames(_), _) | (_, Some(Outcome::Completed)) => 0,
            (Input::Whole { .. }, Some(Outcome::Failed(_)) | None) => 1,
            (Input::Whole { .. }, Some(Outcome::Interrupted)) => 130,
        }
    }
}

#[cfg(test)]
mod tests;
