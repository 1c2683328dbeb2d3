//! A program's event stream as evidence.

use owt_agents::events::AgentEvent;
use owt_agents::events::Parser;
use owt_agents::events::Spent;
use owt_agents::events::Start;
use owt_agents::events::TurnOutcome;
use owt_agents::manifest::OutputFormat;
use owt_agents::protocol::Protocol;
use owt_core::DeliveryId;
use owt_core::Timestamp;
use owt_core::agent_failure::AgentFailureKind;
use owt_core::evidence::Activity;
use owt_core::evidence::Ask;
use owt_core::evidence::Evidence;
use owt_core::evidence::FinalWord;
use owt_core::evidence::Observation;
use owt_core::evidence::Source;
use owt_core::evidence::Usage;
use owt_core::session::Exit;
use owt_core::session::SessionKind;

use super::edits::Edits;
use super::last_words;
use crate::effects::session::echo_id;

/// What is said of a stream that ends before the word that ends a turn.
const BROKEN_OFF: &str = "its output broke off before it said how its turn ended";

/// What is said of a stream that ends with nothing in it that could be read.
const NOT_UNDERSTOOD: &str = "it ended, and what it printed is not understood: `owt explain` has it";

/// Places that each event of a stream has: more than any event gives observations.
const PLACES: u64 = 8;

/// Reads one program's standard output.
pub(super) struct StreamReader {
    format: OutputFormat,
    kind: SessionKind,
    parser: Parser,
    /// Events so far. Places follow from these alone: what an event means depends on the message on the line,
    /// which is another one when the stream is read again.
    events: u64,
    working: bool,
    edits: Edits,
    usage: Usage,
    last_text: String,
    /// Whether it has used a tool or said anything.
    did_something: bool,
    /// Whether it has told of the end of a turn.
    has_concluded: bool,
    /// Whole lines that were not understood.
    strange_lines: u64,
    /// The end of the limit that its provider told of last.
    limit_ends: Option<Timestamp>,
}

impl StreamReader {
    /// A reader at the beginning of a stream.
    pub(super) fn new(format: OutputFormat, kind: SessionKind, start: Start, edits: Edits) -> Self {
        Self {
            format,
            kind,
            parser: Parser::new(format, start),
            events: 0,
            working: false,
            edits,
            usage: Usage::default(),
            last_text: String::new(),
            did_something: false,
            has_concluded: false,
            strange_lines: 0,
            limit_ends: None,
        }
    }

    /// The events that these bytes complete.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Vec<AgentEvent> {
        self.parser.feed(bytes)
    }

    /// The request of an event that nobody here can answer.
    pub(super) fn unanswerable(event: &AgentEvent) -> Option<&str> {
        match event {
            AgentEvent::UnsupportedRequest { request, .. } => Some(request),
            _ => None,
        }
    }

    /// What an event says of the agent. `before` are the messages that it may be reading, the
    /// likeliest first.
    pub(super) fn understand(
        &mut self,
        event: &AgentEvent,
        before: &[DeliveryId],
        now: Timestamp,
    ) -> Vec<Evidence> {
        // A name says nothing of what the agent does, and has no place.
        if matches!(event, AgentEvent::TurnNamed { .. }) {
            return Vec::new();
        }
        self.events += 1;
        let first = self.events * PLACES;
        let seen = self.observations(event, before);
        (first..)
            .zip(seen)
            .map(|(place, observation)| Evidence {
                observation,
                source: Source::Protocol,
                at: now,
                place: Some(place),
                held_ms: 0,
                reading: None,
                about: None,
            })
            .collect()
    }

    /// What the end of the program says: for programs without an event stream, a good exit is their last word; for one
    /// with a stream, a good exit before the word that ends every turn is none.
    pub(super) fn finish(&mut self, exit: Exit, before: &[DeliveryId], now: Timestamp) -> Vec<Evidence> {
        let mut seen = Vec::new();
        let code = match exit {
            Exit::Code { code } => Some(code),
            _ => None,
        };
        self.strange_lines = self.parser.unknown_lines();
        for event in self.parser.finish_with(code) {
            seen.extend(self.understand(&event, before, now));
        }
        if let Some(word) = self.word_of_exit(exit) {
            self.events += 1;
            let (observation, place) =
                (Observation::TurnEnded { word: Some(word) }, Some(self.events * PLACES));
            seen.push(Evidence {
                observation,
                source: Source::Process,
                at: now,
                place,
                held_ms: 0,
                reading: None,
                about: None,
            });
        }
        seen
    }

    /// What a headless program says by its good exit alone.
    fn word_of_exit(&mut self, exit: Exit) -> Option<FinalWord> {
        if self.kind != SessionKind::Headless || exit != (Exit::Code { code: 0 }) || self.has_concluded {
            return None;
        }
        match self.format {
            OutputFormat::Terminal => None,
            OutputFormat::Text => Some(FinalWord::good(std::mem::take(&mut self.last_text))),
            _ if self.did_something || self.broke_off() => {
                Some(FinalWord::bad(BROKEN_OFF.to_owned(), AgentFailureKind::Crash))
            }
            _ if self.is_strange() => {
                Some(FinalWord::bad(NOT_UNDERSTOOD.to_owned(), AgentFailureKind::Unknown))
            }
            _ => {
                let kind = Some(AgentFailureKind::NothingDone);
                Some(FinalWord { kind, ..FinalWord::good(String::new()) })
            }
        }
    }

    fn observations(&mut self, event: &AgentEvent, before: &[DeliveryId]) -> Vec<Observation> {
        match event {
            AgentEvent::SessionStarted { conversation: Some(id), model, .. } => {
                vec![Observation::Conversation { id: id.as_str().to_owned(), model: model.clone() }]
            }
            AgentEvent::TurnStarted => {
                let read = before.first().map(|delivery| Observation::PromptRead { delivery: *delivery });
                read.into_iter().chain(self.work()).collect()
            }
            AgentEvent::PromptEchoed { id, .. } => {
                let is_it = |delivery: &&DeliveryId| id.as_ref().is_none_or(|id| *id == echo_id(**delivery));
                let echoed = before.iter().find(is_it);
                echoed
                    .map(|delivery| Observation::PromptRead { delivery: *delivery })
                    .into_iter()
                    .chain(self.work())
                    .collect()
            }
            AgentEvent::MessageText { text, .. } => {
                if !text.trim().is_empty() {
                    self.last_text = last_words::kept(text);
                    self.did_something = true;
                }
                self.work()
            }
            AgentEvent::ToolCall { call, edits, .. } => {
                self.did_something = true;
                self.edits.begin(call, edits);
                self.work()
            }
            AgentEvent::ToolResult { call, outcome, edits, .. } => {
                self.did_something = true;
                let edited = self.edits.end(call, *outcome, edits);
                self.work().into_iter().chain(edited).collect()
            }
            AgentEvent::Working => self.work(),
            AgentEvent::Spending { spent } => {
                vec![Observation::Used { usage: with(self.usage, spent) }]
            }
            AgentEvent::RateLimited { resets_at: Some(seconds) } => {
                self.limit_ends = Some(Timestamp::from_millis(seconds.saturating_mul(1000)));
                Vec::new()
            }
            AgentEvent::PermissionRequest { request, tool, summary, input } => {
                let (request, tool) = (request.clone(), tool.clone());
                let ask = Ask::permission(request, tool, summary.clone(), input.to_string());
                vec![Observation::Asks { ask }]
            }
            AgentEvent::Question { request, questions, input } => {
                let ask = Ask::question(request.clone(), questions.clone(), input.to_string());
                vec![Observation::Asks { ask }]
            }
            AgentEvent::Answered { request, error } if self.is_opened_by(request, error.as_deref()) => {
                vec![opened(error.as_deref())]
            }
            AgentEvent::RequestWithdrawn { request } | AgentEvent::Answered { request, .. } => {
                vec![Observation::AskSettled { request: request.clone() }]
            }
            AgentEvent::TurnEnded { outcome, text, spent, .. } => {
                self.turn_ended(*outcome, text.as_deref(), spent)
            }
            _ => Vec::new(),
        }
    }

    fn is_opened_by(&self, request: &str, error: Option<&str>) -> bool {
        self.kind == SessionKind::Structured
            && Protocol::of(self.format).is_some_and(|protocol| protocol.is_opened_by(request, error))
    }

    /// Working, said once for each stretch of work.
    fn work(&mut self) -> Vec<Observation> {
        let new = !std::mem::replace(&mut self.working, true);
        if new { vec![Observation::Doing { activity: Activity::Working }] } else { Vec::new() }
    }

    fn turn_ended(&mut self, outcome: TurnOutcome, text: Option<&str>, spent: &Spent) -> Vec<Observation> {
        self.working = false;
        self.edits.forget();
        self.has_concluded = true;
        self.usage = with(self.usage, spent);
        let said = text.map_or_else(|| std::mem::take(&mut self.last_text), last_words::kept);
        let word = match outcome {
            TurnOutcome::Completed => FinalWord { kind: self.is_nothing(&said), ..FinalWord::good(said) },
            TurnOutcome::Failed(class) => FinalWord::bad(said, class.kind(self.limit_ends)),
            // What programs say then is meant for their makers (Claude Code 2.1.197: "[ede_diagnostic] ..").
            TurnOutcome::Interrupted => {
                FinalWord::bad("it was interrupted".to_owned(), AgentFailureKind::Interrupted)
            }
        };
        // In this order: what a turn took is no reason to end it when it is over.
        vec![Observation::TurnEnded { word: Some(word) }, Observation::Used { usage: self.usage }]
    }

    /// Whether its last line had no end, and no meaning.
    fn broke_off(&self) -> bool {
        self.parser.unknown_lines() > self.strange_lines
    }

    /// Whether it printed something that was not understood.
    fn is_strange(&self) -> bool {
        self.parser.unknown_lines() > 0
    }

    /// The mark of an end with nothing done. It cannot be wrong where the stream tells of every tool and every word: a
    /// session in which none came has changed nothing and answered nothing. Whether files changed is not asked: others
    /// may have changed them. A program that prints plain text, or shows a screen, may work in silence; what one did that
    /// printed something else than its version that we know does not follow from what was understood.
    fn is_nothing(&self, said: &str) -> Option<AgentFailureKind> {
        let tells_everything = !matches!(self.format, OutputFormat::Text | OutputFormat::Terminal);
        let nothing = tells_everything && !self.is_strange() && !self.did_something && said.trim().is_empty();
        nothing.then_some(AgentFailureKind::NothingDone)
    }
}

/// What was used before, and this.
fn with(mut all: Usage, spent: &Spent) -> Usage {
    if let Some(usage) = spent.usage {
        let read = usage.total().saturating_sub(usage.output);
        all.input_tokens = all.input_tokens.saturating_add(read);
        all.output_tokens = all.output_tokens.saturating_add(usage.output);
        all.cache_read_tokens = all.cache_read_tokens.saturating_add(usage.cache_read);
        all.cache_write_tokens = all.cache_write_tokens.saturating_add(usage.cache_write);
    }
    if let Some(cost) = spent.cost {
        all.cost_micro_usd = Some(all.cost_micro_usd.unwrap_or(0).saturating_add(cost.0));
    }
    all
}

/// The program takes prompts from now on, or never will.
fn opened(error: Option<&str>) -> Observation {
    let activity = match error {
        None => Activity::Idle,
        Some(error) => Activity::Blocked { advice: format!("it could not begin its conversation: {error}") },
    };
    Observation::Doing { activity }
}

#[cfg(test)]
mod tests {
    use owt_core::AbsPath;

    use super::*;

    fn reader(edits: Edits) -> StreamReader {
        StreamReader::new(OutputFormat::ClaudeStreamJson, SessionKind::Headless, Start::Fresh, edits)
    }

    /// The files that it has changed, by what it prints.
    fn edited(output: &str) -> Vec<String> {
        let mut reader = reader(Edits::within(AbsPath::new("/w").ok()));
        let events = reader.feed(output.as_bytes());
        let seen = events.iter().flat_map(|event| reader.understand(event, &[], Timestamp::from_millis(1)));
        let files = seen.filter_map(|evidence| match evidence.observation {
            Observation::Edited { files } => Some(files),
            _ => None,
        });
        files.flatten().map(|file| file.to_string()).collect()
    }

    #[test]
    fn a_file_is_changed_when_the_tool_that_was_to_change_it_is_done() {
        let call = |id: &str, tool: &str, file: &str| {
            format!(
                r#"{{"type":"assistant","message":{{"content":[{{"type":"tool_use","id":"{id}","name":"{tool}","input":{{"file_path":"{file}"}}}}]}}}}"#
            )
        };
        let result = |id: &str, failed: bool| {
            format!(
                r#"{{"type":"user","message":{{"content":[{{"type":"tool_result","tool_use_id":"{id}","is_error":{failed}}}]}}}}"#
            )
        };
        let lines = [
            call("1", "Write", "/w/a.txt"),
            call("2", "Edit", "/w/b.txt"),
            call("3", "Read", "/w/c.txt"),
            call("4", "Write", "/elsewhere/d.txt"),
            call("5", "Write", "/w/never.txt"),
            result("2", true),
            result("3", false),
            result("1", false),
            result("4", false),
            result("4", false),
        ];
        assert_eq!(edited(&format!("{}\n", lines.join("\n"))), ["a.txt", "/elsewhere/d.txt"]);
    }

    /// Its last word, by what it prints before it leaves with code 0.
    fn last_word(output: &str) -> Option<FinalWord> {
        let mut reader = reader(Edits::default());
        let mut seen = Vec::new();
        for event in reader.feed(output.as_bytes()) {
            seen.extend(reader.understand(&event, &[], Timestamp::from_millis(1)));
        }
        seen.extend(reader.finish(Exit::Code { code: 0 }, &[], Timestamp::from_millis(2)));
        seen.into_iter().rev().find_map(|evidence| match evidence.observation {
            Observation::TurnEnded { word } => word,
            _ => None,
        })
    }

    #[test]
    fn a_good_exit_before_the_last_word_of_the_stream_is_no_success() {
        let init = r#"{"type":"system","subtype":"init","session_id":"bfe1fc6e-01b4-419d-af9f-97cd7fbd1850","model":"m"}"#;
        let says = r#"{"type":"assistant","message":{"content":[{"type":"text","text":"I begin."}]}}"#;
        let result = r#"{"type":"result","subtype":"success","is_error":false,"result":"Done."}"#;
        let whole = format!("{init}\n{says}\n{result}\n");
        assert_eq!(last_word(&whole), Some(FinalWord::good("Done.".to_owned())));
        let nothing = last_word(init).unwrap();
        assert!(nothing.did_nothing(), "{nothing:?}");
        let cut = last_word(&whole[..whole.len() - 40]).unwrap();
        assert_eq!((cut.failed, cut.kind), (true, Some(AgentFailureKind::Crash)), "{cut:?}");
    }

    #[test]
    fn what_printed_something_strange_is_not_said_to_have_done_nothing() {
        let init = r#"{"type":"system","subtype":"init","session_id":"bfe1fc6e-01b4-419d-af9f-97cd7fbd1850","model":"m"}"#;
        for (strange, kind) in [
            ("\u{1}\u{2}\n", AgentFailureKind::Unknown),
            ("{\"type\":\"news_of_tomorrow\"}\n", AgentFailureKind::Unknown),
            (r#"{"type":"result","subty"#, AgentFailureKind::Crash),
        ] {
            let word = last_word(&format!("{init}\n{strange}")).unwrap();
            assert_eq!((word.failed, word.kind), (true, Some(kind)), "{strange}");
        }
        let ended = r#"{"type":"result","subtype":"success","is_error":false,"result":""}"#;
        let word = last_word(&format!("{init}\n{{\"type\":\"news_of_tomorrow\"}}\n{ended}\n")).unwrap();
        assert!(!word.did_nothing() && !word.failed, "{word:?}");
        assert!(last_word(&format!("{init}\n{ended}\n")).unwrap().did_nothing());
    }
}
