//! One request and its answer: read, chosen, logged, sent.

use std::io;
use std::io::Read as _;
use std::net::TcpStream;
use std::time::Duration;
use std::time::SystemTime;

use serde_json::Value;
use serde_json::json;

use super::anthropic;
use super::chat;
use super::conversation::Conversation;
use super::conversation::Delivery;
use super::gemini;
use super::http;
use super::http::EventStream;
use super::http::Request;
use super::log::LoggedRequest;
use super::log::Outcome;
use super::log::RequestKind;
use super::log::UserText;
use super::refusal::Refusal;
use super::reply;
use super::reply::Reply;
use super::responses;
use super::script::Fault;
use super::script::Marker;
use super::script::Scenarios;
use super::script::Turn;
use super::server::Shared;

/// Opens the part of a base URL that names a scenario.
const SCENARIO_PREFIX: &str = "/s/";

/// An API that conversations are asked through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Api {
    Messages,
    Responses,
    Chat,
    Gemini,
}

impl Api {
    fn read(self, path: &str, body: &Value) -> Conversation {
        match self {
            Self::Messages => anthropic::read(body),
            Self::Responses => responses::read(body),
            Self::Chat => chat::read(body),
            Self::Gemini => gemini::read(path, body),
        }
    }

    fn whole(self, reply: &Reply) -> Value {
        match self {
            Self::Messages => anthropic::whole(reply),
            Self::Responses => responses::whole(reply),
            Self::Chat => chat::whole(reply),
            Self::Gemini => gemini::whole(reply),
        }
    }

    fn events(self, reply: &Reply) -> Vec<Value> {
        match self {
            Self::Messages => anthropic::events(reply),
            Self::Responses => responses::events(reply),
            Self::Chat => chat::events(reply),
            Self::Gemini => gemini::events(reply),
        }
    }

    pub(super) fn error(self, status: u16, message: &str) -> Value {
        match self {
            Self::Messages => anthropic::error(status, message),
            Self::Responses | Self::Chat => responses::error(status, message),
            Self::Gemini => gemini::error(status, message),
        }
    }

    /// What comes after a stream's last event.
    const fn stream_end(self) -> Option<&'static str> {
        match self {
            Self::Chat => Some(chat::STREAM_END),
            Self::Messages | Self::Responses | Self::Gemini => None,
        }
    }
}

/// What a path asks for.
enum Endpoint {
    Conversation(Api),
    TokenCount,
    Models,
    Nothing,
}

/// Answers the one request of a connection.
///
/// # Errors
/// When the client is gone, or the log cannot be written.
pub(super) fn serve(stream: &TcpStream, shared: &Shared) -> io::Result<()> {
    let Some(request) = http::read_request(stream)? else { return Ok(()) };
    let (forced, path) = split_scenario(&request.path);
    match endpoint(&request, path) {
        Endpoint::Conversation(api) => match serde_json::from_slice(&request.body) {
            Ok(body) => Exchange { stream, shared, api, path, forced }.answer(&body),
            Err(error) => {
                log_other(shared, path, Outcome::Unknown)?;
                http::send_json(stream, 400, [], &api.error(400, &error.to_string()))
            }
        },
        Endpoint::TokenCount => plain(stream, shared, path, &token_count(&request)),
        Endpoint::Models => {
            plain(stream, shared, path, &json!({"data": [], "models": [], "has_more": false}))
        }
        Endpoint::Nothing => {
            log_other(shared, path, Outcome::Unknown)?;
            http::send_json(stream, 404, [], &json!({"error": {"message": "scripted model: nothing here"}}))
        }
    }
}

fn endpoint(request: &Request, path: &str) -> Endpoint {
    let ends = |end: &str| path.trim_end_matches('/').ends_with(end);
    match request.method.as_str() {
        "POST" if ends("/messages") => Endpoint::Conversation(Api::Messages),
        "POST" if ends("/responses") => Endpoint::Conversation(Api::Responses),
        "POST" if ends("/chat/completions") => Endpoint::Conversation(Api::Chat),
        "POST" if ends(gemini::WHOLE) || ends(gemini::STREAMED) => Endpoint::Conversation(Api::Gemini),
        "POST" if ends("/count_tokens") || ends(gemini::COUNT) => Endpoint::TokenCount,
        "GET" | "HEAD" if ends("/models") || ends("") && path == "/" => Endpoint::Models,
        _ => Endpoint::Nothing,
    }
}

/// An estimate, under the names that the APIs give it.
fn token_count(request: &Request) -> Value {
    let tokens = request.body.len() / 4;
    json!({"input_tokens": tokens, "totalTokens": tokens})
}

/// Takes `/s/NAME` off the front of a path.
fn split_scenario(path: &str) -> (Option<&str>, &str) {
    let Some(rest) = path.strip_prefix(SCENARIO_PREFIX) else { return (None, path) };
    let end = rest.find('/').unwrap_or(rest.len());
    (Some(&rest[..end]), &rest[end..])
}

fn plain(stream: &TcpStream, shared: &Shared, path: &str, body: &Value) -> io::Result<()> {
    log_other(shared, path, Outcome::Answered)?;
    http::send_json(stream, 200, [], body)
}

fn log_other(shared: &Shared, path: &str, outcome: Outcome) -> io::Result<()> {
    shared.log(|sequence, at_ms, _| LoggedRequest {
        sequence,
        at_ms,
        path: path.to_owned(),
        kind: RequestKind::Other,
        scenario: None,
        turn: None,
        outcome,
        ask: String::new(),
        users: Vec::new(),
        told: String::new(),
    })?;
    Ok(())
}

/// What the script says about a request.
struct Choice {
    kind: RequestKind,
    scenario: Option<String>,
    index: Option<usize>,
    turn: Turn,
}

impl Choice {
    fn of(conversation: &Conversation, forced: Option<&str>, scenarios: &Scenarios) -> Self {
        if conversation.is_auxiliary() {
            return Self { kind: RequestKind::Auxiliary, scenario: None, index: None, turn: Turn::default() };
        }
        let (marker, index) = conversation.position();
        let marker = marker.unwrap_or_else(|| Marker::named(forced.unwrap_or("default")));
        let turn = marker.scenario(scenarios).turn(index);
        Self { kind: RequestKind::Turn, scenario: Some(marker.name), index: Some(index), turn }
    }

    /// The fault that strikes a request which was made so often before.
    fn fault(&self, times_asked: usize) -> Option<&Fault> {
        let fault = self.turn.fault.as_ref()?;
        let strikes = fault.times().is_none_or(|times| times_asked < times as usize);
        strikes.then_some(fault)
    }
}

fn outcome_of(fault: Option<&Fault>) -> Outcome {
    match fault {
        None => Outcome::Answered,
        Some(Fault::Error { .. } | Fault::Limit { .. } | Fault::Overload { .. } | Fault::Overflow { .. }) => {
            Outcome::Refused
        }
        Some(Fault::Hang { .. }) => Outcome::Hung,
        Some(Fault::Cut { .. }) => Outcome::Cut,
    }
}

/// Seconds since the Unix epoch.
#[expect(
    clippy::disallowed_methods,
    reason = "a provider names points in time of the world that its clients live in"
)]
fn seconds_now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

struct Exchange<'a> {
    stream: &'a TcpStream,
    shared: &'a Shared,
    api: Api,
    path: &'a str,
    forced: Option<&'a str>,
}

impl Exchange<'_> {
    fn answer(&self, body: &Value) -> io::Result<()> {
        let conversation = self.api.read(self.path, body);
        let choice = Choice::of(&conversation, self.forced, &self.shared.scenarios);
        let ask = conversation.fingerprint();
        let (sequence, times_asked) = self.log(&conversation, &choice, &ask)?;
        if self.shared.wait(choice.turn.delay).is_stopped() {
            return Ok(());
        }
        let seed = reply::seed(&ask, sequence);
        let reply = match choice.kind {
            RequestKind::Auxiliary => Reply::canned(&conversation, &seed),
            _ => Reply::scripted(&conversation, &choice.turn, &seed),
        };
        let sent = match choice.fault(times_asked) {
            None => self.send(&reply, conversation.delivery, choice.turn.chunk_pause),
            Some(Fault::Hang { .. }) => self.hang(),
            Some(Fault::Cut { .. }) => self.cut(&reply, choice.turn.chunk_pause),
            Some(fault) => self.refuse(fault),
        };
        self.shared.end(sequence);
        sent
    }

    fn refuse(&self, fault: &Fault) -> io::Result<()> {
        match Refusal::of(self.api, fault, seconds_now()) {
            Some(Refusal::Instead { status, headers, body }) => {
                http::send_json(self.stream, status, headers, &body)
            }
            Some(Refusal::Within(events)) => {
                let mut stream = EventStream::begin(self.stream)?;
                events.iter().try_for_each(|event| stream.send(event))?;
                stream.end()
            }
            None => Ok(()),
        }
    }

    /// Logs the request; its number, and how often the same was asked before.
    fn log(&self, conversation: &Conversation, choice: &Choice, ask: &str) -> io::Result<(u64, usize)> {
        let mut times = 0;
        let sequence = self.shared.log(|sequence, at_ms, log| {
            times = log.times_asked(ask);
            LoggedRequest {
                sequence,
                at_ms,
                path: self.path.to_owned(),
                kind: choice.kind,
                scenario: choice.scenario.clone(),
                turn: choice.index,
                outcome: outcome_of(choice.fault(times)),
                ask: ask.to_owned(),
                users: conversation.user_texts().map(UserText::of).collect(),
                told: conversation.all_told(),
            }
        })?;
        Ok((sequence, times))
    }

    fn send(&self, reply: &Reply, delivery: Delivery, pause: Duration) -> io::Result<()> {
        if delivery == Delivery::Whole {
            return http::send_json(self.stream, 200, [], &self.api.whole(reply));
        }
        let mut events = EventStream::begin(self.stream)?;
        for (index, event) in self.api.events(reply).iter().enumerate() {
            if index > 0 && self.shared.wait(pause).is_stopped() {
                return Ok(());
            }
            events.send(event)?;
        }
        if let Some(text) = self.api.stream_end() {
            events.send_text(text)?;
        }
        events.end()
    }

    /// Half of the answer as a stream; the connection then closes without the stream's end.
    fn cut(&self, reply: &Reply, pause: Duration) -> io::Result<()> {
        let mut events = EventStream::begin(self.stream)?;
        let all = self.api.events(reply);
        for event in &all[..all.len() / 2] {
            events.send(event)?;
            if self.shared.wait(pause).is_stopped() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Says nothing until the client goes or the server stops, which shuts the connection down.
    fn hang(&self) -> io::Result<()> {
        let mut rest = [0; 512];
        let mut stream = self.stream;
        while stream.read(&mut rest)? > 0 {}
        Ok(())
    }
}
