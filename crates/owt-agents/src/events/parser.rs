//! The parser: bytes of one stream in, events out.

use super::AgentEvent;
use super::Author;
use super::acp::Acp;
use super::claude::Claude;
use super::codex::Codex;
use super::codex_app_server::CodexAppServer;
use super::demo;
use super::droid::Droid;
use super::gemini::Gemini;
use super::json::one_line;
use super::lines::Line;
use super::lines::Lines;
use super::opencode::Opencode;
use super::opencode_serve::OpencodeServe;
use super::pi::Pi;
use super::usage::Usage;
use crate::manifest::OutputFormat;

/// What a stream begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// A conversation that has taken nothing yet.
    Fresh,
    /// A conversation taken up again, which had taken this much; `None` when that is not known, and then the
    /// first turn's own usage of a program that counts the whole conversation is not known either.
    Resumed(Option<Usage>),
}

/// Turns the standard output of one run of one program into events. Keeps at most one line.
#[derive(Debug)]
pub struct Parser {
    lines: Lines,
    dialect: Dialect,
    unknown: u64,
}

#[derive(Debug)]
enum Dialect {
    Acp(Acp),
    Claude(Claude),
    Codex(Codex),
    CodexAppServer(CodexAppServer),
    Gemini(Gemini),
    Opencode(Opencode),
    OpencodeServe(OpencodeServe),
    Pi(Pi),
    Droid(Droid),
    Demo,
    Text,
    Silent,
}

impl Parser {
    /// A parser at the beginning of a stream. After a restart, feed the whole stream again.
    pub fn new(format: OutputFormat, start: Start) -> Self {
        let dialect = match format {
            OutputFormat::ClaudeStreamJson => Dialect::Claude(Claude::default()),
            OutputFormat::CodexExecJson => Dialect::Codex(Codex::new(start)),
            OutputFormat::Acp => Dialect::Acp(Acp::default()),
            OutputFormat::CodexAppServer => Dialect::CodexAppServer(CodexAppServer::default()),
            OutputFormat::GeminiStreamJson => Dialect::Gemini(Gemini::default()),
            OutputFormat::OpencodeRunJson => Dialect::Opencode(Opencode::default()),
            OutputFormat::OpencodeServe => Dialect::OpencodeServe(OpencodeServe::default()),
            OutputFormat::PiJson => Dialect::Pi(Pi::default()),
            OutputFormat::PiRpc => Dialect::Pi(Pi::in_conversation()),
            OutputFormat::DroidStreamJson => Dialect::Droid(Droid::default()),
            OutputFormat::DemoJsonl => Dialect::Demo,
            OutputFormat::Text => Dialect::Text,
            OutputFormat::Terminal => Dialect::Silent,
        };
        Self { lines: Lines::default(), dialect, unknown: 0 }
    }

    /// The events that these bytes complete.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<AgentEvent> {
        let lines = self.lines.feed(bytes);
        lines.into_iter().flat_map(|line| self.line(line)).collect()
    }

    /// The events of a last line without an end, and what the end of the stream itself says.
    pub fn finish(&mut self) -> Vec<AgentEvent> {
        self.finish_with(None)
    }

    /// The same where the program's exit code is known: some say in it what went wrong.
    pub fn finish_with(&mut self, code: Option<i32>) -> Vec<AgentEvent> {
        let mut events: Vec<AgentEvent> =
            self.lines.finish().into_iter().flat_map(|line| self.line(line)).collect();
        events.extend(match &mut self.dialect {
            Dialect::Gemini(gemini) => gemini.end(code),
            Dialect::Opencode(opencode) => opencode.end(),
            Dialect::Pi(pi) => pi.end(),
            Dialect::Droid(droid) => droid.end(),
            _ => None,
        });
        events
    }

    /// How many lines were not understood.
    pub fn unknown_lines(&self) -> u64 {
        self.unknown
    }

    fn line(&mut self, line: Line) -> Vec<AgentEvent> {
        let events = match (line, &mut self.dialect) {
            (_, Dialect::Silent) => Vec::new(),
            (Line::TooLong(start), _) => vec![unknown("a line that is too long", &start)],
            (Line::Text(text), Dialect::Text) => {
                vec![AgentEvent::MessageText { text, author: Author::Agent }]
            }
            (Line::Text(text), dialect) => match serde_json::from_str::<serde_json::Value>(&text) {
                Ok(value) if value.is_object() => dialect.understand(&value).unwrap_or_else(|| {
                    let kind = value.get("type").or_else(|| value.pointer("/event/type"));
                    let what = kind.and_then(|kind| kind.as_str()).unwrap_or("an object");
                    vec![unknown(what, &text)]
                }),
                _ => vec![unknown("no JSON object", &text)],
            },
        };
        let strange = events.iter().filter(|event| matches!(event, AgentEvent::Unknown { .. })).count();
        self.unknown = self.unknown.saturating_add(strange as u64);
        events
    }
}

fn unknown(what: &str, line: &str) -> AgentEvent {
    AgentEvent::Unknown { what: one_line(what), line: one_line(line) }
}

impl Dialect {
    /// The events of one line; `None` when the line is not understood.
    fn understand(&mut self, value: &serde_json::Value) -> Option<Vec<AgentEvent>> {
        match self {
            Self::Claude(claude) => claude.understand(value),
            Self::Codex(codex) => codex.understand(value),
            Self::Acp(acp) => acp.understand(value),
            Self::CodexAppServer(codex) => codex.understand(value),
            Self::Gemini(gemini) => gemini.understand(value),
            Self::Opencode(opencode) => opencode.understand(value),
            Self::OpencodeServe(opencode) => opencode.understand(value),
            Self::Pi(pi) => pi.understand(value),
            Self::Droid(droid) => droid.understand(value),
            Self::Demo => demo::understand(value),
            Self::Text | Self::Silent => Some(Vec::new()),
        }
    }
}
