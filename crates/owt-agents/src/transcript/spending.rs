//! What a record says of tokens: each answer of the model with its own count.
//!
//! An answer may stand there more than once (one line for each of its parts, or the same line again when it has grown), and a
//! conversation that was copied brings those of before along: each has a key by which it counts once.

use owt_core::AbsPath;
use owt_core::Timestamp;
use serde_json::Value;

use super::TranscriptFormat;
use super::codex;
use crate::events::MicroUsd;
use crate::events::Usage;
use crate::names::ConversationId;

/// What one answer of the model took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// By what it is known again.
    pub key: String,
    /// When.
    pub at: Timestamp,
    /// What it took: as much as is known by now.
    pub usage: Usage,
    /// The model, where its line names it.
    pub model: Option<String>,
    /// What it cost, where its line says so.
    pub cost: Option<MicroUsd>,
}

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spending {
    /// The model that answers from here on.
    Model(String),
    /// An answer.
    Answer(Answer),
}

/// What a whole conversation has taken until now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Total {
    /// What it took, that of its helpers included.
    pub usage: Usage,
    /// The model that answers.
    pub model: Option<String>,
}

impl TranscriptFormat {
    /// The file with the total of a conversation, beside its record, where no answer has a count of its own.
    pub fn totals(self, record: &AbsPath) -> Option<AbsPath> {
        match self {
            // Version 0.215.0: `<conversation>.settings.json`.
            Self::Droid => {
                let name = record.file_name().strip_suffix(".jsonl")?;
                Some(record.parent()?.join(&format!("{name}.settings.json")))
            }
            Self::Claude | Self::Codex | Self::Gemini | Self::Opencode => None,
        }
    }

    /// Whether its answers have no count of their own, and only conversations have.
    pub const fn keeps_totals(self) -> bool {
        matches!(self, Self::Droid)
    }

    /// The total that such a file tells; `None` while it tells none.
    pub fn total(self, file: &[u8]) -> Option<Total> {
        let file: Value = serde_json::from_slice(file).ok()?;
        let of = |key: &str| file.get(key).filter(|usage| usage.is_object());
        let usage = of("inclusiveTokenUsage").or_else(|| of("tokenUsage"))?;
        let usage = Usage {
            input: count(usage, "inputTokens"),
            cache_read: count(usage, "cacheReadTokens"),
            cache_write: count(usage, "cacheCreationTokens"),
            output: count(usage, "outputTokens"),
        };
        Some(Total { usage, model: text(&file, "/model") })
    }

    /// What a line says of tokens. `record` is the name of the file that it stands in.
    pub fn spending(self, line: &str, record: &str) -> Option<Spending> {
        // Most lines say nothing of them, and are not taken apart.
        let marks: &[&str] = match self {
            Self::Claude => &["\"usage\""],
            Self::Codex => &["\"token_count\"", "\"turn_context\""],
            Self::Gemini => &["\"tokens\""],
            Self::Droid => &[],
            Self::Opencode => &["\"message.updated."],
        };
        if !marks.iter().any(|mark| line.contains(mark)) {
            return None;
        }
        let line: Value = serde_json::from_str(line).ok()?;
        let at = self.time_of(&line)?;
        match self {
            Self::Claude => claude(&line, at),
            Self::Codex => answer_of_codex(&line, at, record),
            Self::Gemini => gemini(&line, at),
            Self::Droid => None,
            Self::Opencode => opencode(&line),
        }
    }

    /// The folder with the records of helpers that worked in a conversation, beside its own record.
    pub fn helpers(self, record: &AbsPath) -> Option<AbsPath> {
        match self {
            // Version 2.1.197: `<conversation>/subagents/agent-<id>.jsonl`.
            Self::Claude => {
                let folder = record.file_name().strip_suffix(".jsonl")?;
                Some(record.parent()?.join(folder).join("subagents"))
            }
            Self::Codex | Self::Gemini | Self::Droid | Self::Opencode => None,
        }
    }
}

impl TranscriptFormat {
    /// The folders in which those lie that helped in a conversation during this time, each with a record among those of
    /// others: [`TranscriptFormat::helps`] tells them apart.
    pub fn folders_of_helpers(self, record: &AbsPath, during: (Timestamp, Timestamp)) -> Vec<AbsPath> {
        match self {
            Self::Codex => codex::folders_of_helpers(record, during).unwrap_or_default(),
            Self::Claude | Self::Gemini | Self::Droid | Self::Opencode => Vec::new(),
        }
    }

    /// The conversation in which the one of a record with this first line helps.
    pub fn helps(self, first: &str) -> Option<ConversationId> {
        match self {
            Self::Codex => codex::helps(&serde_json::from_str(first).ok()?),
            Self::Claude | Self::Gemini | Self::Droid | Self::Opencode => None,
        }
    }
}

fn count(at: &Value, key: &str) -> u64 {
    at.get(key).and_then(Value::as_u64).unwrap_or(0)
}

fn text(at: &Value, pointer: &str) -> Option<String> {
    at.pointer(pointer).and_then(Value::as_str).map(str::to_owned)
}

/// Version 2.1.197 writes a line for each part of an answer, with the count of the whole.
fn claude(line: &Value, at: Timestamp) -> Option<Spending> {
    let message = line.get("message")?;
    let usage = message.get("usage").filter(|usage| usage.is_object())?;
    let usage = Usage {
        input: count(usage, "input_tokens"),
        cache_read: count(usage, "cache_read_input_tokens"),
        cache_write: count(usage, "cache_creation_input_tokens"),
        output: count(usage, "output_tokens"),
    };
    // What it writes as an answer by itself (a failure of the provider) took nothing.
    (usage.total() > 0).then_some(())?;
    Some(Spending::Answer(Answer {
        key: text(message, "/id")?,
        at,
        usage,
        model: text(message, "/model"),
        cost: None,
    }))
}

/// Version 0.169.0 tells the last answer's count with the conversation's after each answer, and once more when it has heard of a
/// limit. Of a conversation that was copied the count goes on: only the answer's own is of this record.
fn answer_of_codex(line: &Value, at: Timestamp, record: &str) -> Option<Spending> {
    let payload = line.get("payload")?;
    if line.get("type").and_then(Value::as_str) == Some("turn_context") {
        return text(payload, "/model").map(Spending::Model);
    }
    let (all, last) =
        (payload.pointer("/info/total_token_usage")?, payload.pointer("/info/last_token_usage")?);
    let (cache_read, cache_write) =
        (count(last, "cached_input_tokens"), count(last, "cache_write_input_tokens"));
    let usage = Usage {
        input: count(last, "input_tokens").saturating_sub(cache_read).saturating_sub(cache_write),
        cache_read,
        cache_write,
        output: count(last, "output_tokens"),
    };
    let key = format!("{record}:{}+{}", count(all, "input_tokens"), count(all, "output_tokens"));
    Some(Spending::Answer(Answer { key, at, usage, model: None, cost: None }))
}

/// Version 0.61.0 writes an answer again when its tools have run; what is read from a cache counts among the input.
fn gemini(line: &Value, at: Timestamp) -> Option<Spending> {
    let tokens = line.get("tokens").filter(|tokens| tokens.is_object())?;
    let cache_read = count(tokens, "cached");
    let usage = Usage {
        input: count(tokens, "input").saturating_add(count(tokens, "tool")).saturating_sub(cache_read),
        cache_read,
        cache_write: 0,
        output: count(tokens, "output").saturating_add(count(tokens, "thoughts")),
    };
    Some(Spending::Answer(Answer {
        key: text(line, "/id")?,
        at,
        usage,
        model: text(line, "/model"),
        cost: None,
    }))
}

/// Version 1.18.33 writes an answer again when it has grown; it costs what the person's own settings say, and nothing where they
/// say nothing.
fn opencode(line: &Value) -> Option<Spending> {
    let info = line.pointer("/data/info")?;
    let tokens = info.get("tokens").filter(|tokens| tokens.is_object())?;
    let cached = |key: &str| tokens.get("cache").map_or(0, |cache| count(cache, key));
    let usage = Usage {
        input: count(tokens, "input"),
        cache_read: cached("read"),
        cache_write: cached("write"),
        output: count(tokens, "output").saturating_add(count(tokens, "reasoning")),
    };
    (usage.total() > 0).then_some(())?;
    let cost = info.get("cost").and_then(Value::as_f64).map(MicroUsd::from_dollars);
    Some(Spending::Answer(Answer {
        key: text(info, "/id")?,
        // An answer of before the attempt may be told again in it.
        at: Timestamp::from_millis(info.pointer("/time/created")?.as_i64()?),
        usage,
        model: text(info, "/modelID").map(|model| match text(info, "/providerID") {
            Some(provider) => format!("{provider}/{model}"),
            None => model,
        }),
        cost: cost.filter(|cost| cost.0 > 0),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(format: TranscriptFormat, record: &str, name: &str) -> Vec<(String, Usage, Option<String>)> {
        let said = record.lines().filter_map(|line| match format.spending(line, name)? {
            Spending::Answer(answer) => Some((answer.key, answer.usage, answer.model)),
            Spending::Model(model) => Some((String::new(), Usage::default(), Some(model))),
        });
        said.collect()
    }

    /// Lines as version 2.1.197 writes them, shortened: two parts of one answer, a failure, and words about usage.
    const CLAUDE: &str = r#"{"isSidechain":false,"type":"assistant","timestamp":"2026-11-22T11:57:01.358Z","message":{"id":"msg_1","model":"claude-opus-4-8","usage":{"input_tokens":82,"cache_creation_input_tokens":5,"cache_read_input_tokens":7,"output_tokens":1}}}
{"isSidechain":false,"type":"assistant","timestamp":"2026-11-22T11:57:01.371Z","message":{"id":"msg_1","model":"claude-opus-4-8","usage":{"input_tokens":82,"cache_creation_input_tokens":5,"cache_read_input_tokens":7,"output_tokens":27}}}
{"type":"assistant","timestamp":"2026-11-22T11:57:02Z","message":{"id":"u","model":"<synthetic>","usage":{"input_tokens":0,"output_tokens":0}},"isApiErrorMessage":true}
{"type":"user","timestamp":"2026-11-22T11:57:02Z","message":{"content":"say \"usage\": {\"output_tokens\": 9}"}}
{"type":"assistant","message":{"id":"msg_2","usage":{"output_tokens":9}}}
{"type":"assistant","message":{"id":"msg_3","usage":{"outp"#;

    #[test]
    fn claude_codes_answers_count_with_each_of_their_lines_under_one_key() {
        let usage = |output| Usage { input: 82, cache_read: 7, cache_write: 5, output };
        let model = Some("claude-opus-4-8".to_owned());
        let told = |output| ("msg_1".to_owned(), usage(output), model.clone());
        assert_eq!(answers(TranscriptFormat::Claude, CLAUDE, "c.jsonl"), [told(1), told(27)]);
        let record = AbsPath::new("/p/c.jsonl").unwrap();
        let helpers = TranscriptFormat::Claude.helpers(&record).unwrap();
        assert_eq!(helpers.as_str(), "/p/c/subagents");
    }

    /// Lines as version 0.169.0 writes them, shortened: of a limit alone, of an answer, and that again.
    const CODEX: &str = r#"{"timestamp":"2026-11-22T11:57:11.640Z","type":"turn_context","payload":{"model":"gpt-5.5"}}
{"timestamp":"2026-11-22T11:57:11.791Z","type":"event_msg","payload":{"type":"token_count","info":null,"rate_limits":{}}}
{"timestamp":"2026-11-22T11:57:12.044Z","type":"event_msg","payload":{"type":"token_count","info":{"total_token_usage":{"input_tokens":255,"cached_input_tokens":100,"output_tokens":38},"last_token_usage":{"input_tokens":154,"cached_input_tokens":100,"cache_write_input_tokens":4,"output_tokens":15,"reasoning_output_tokens":3}}}}
{"timestamp":"2026-11-22T11:57:12.044Z","type":"event_msg","payload":{"type":"token_count","info":{"total_token_usage":{"input_tokens":255,"cached_input_tokens":100,"output_tokens":38},"last_token_usage":{"input_tokens":154,"cached_input_tokens":100,"cache_write_input_tokens":4,"output_tokens":15,"reasoning_output_tokens":3}}}}"#;

    #[test]
    fn codexs_answers_are_known_again_by_the_count_of_their_conversation() {
        let usage = Usage { input: 50, cache_read: 100, cache_write: 4, output: 15 };
        let told = ("r.jsonl:255+38".to_owned(), usage, None);
        let model = (String::new(), Usage::default(), Some("gpt-5.5".to_owned()));
        assert_eq!(answers(TranscriptFormat::Codex, CODEX, "r.jsonl"), [model, told.clone(), told]);
    }

    /// As version 0.61.0 writes it, shortened.
    const GEMINI: &str = r#"{"id":"9d75","timestamp":"2026-11-22T11:58:52.794Z","type":"gemini","content":"I will.","tokens":{"input":167,"output":19,"cached":60,"thoughts":2,"tool":1,"total":189},"model":"gemini-2.5-pro"}"#;

    #[test]
    fn gemini_clis_answers_count_what_was_thought_and_what_was_cached() {
        let usage = Usage { input: 108, cache_read: 60, cache_write: 0, output: 21 };
        let model = Some("gemini-2.5-pro".to_owned());
        assert_eq!(answers(TranscriptFormat::Gemini, GEMINI, "g"), [("9d75".to_owned(), usage, model)]);
    }

    /// As version 0.215.0 writes it, shortened.
    const DROID: &str = r#"{"model": "custom:Scripted-0", "tokenUsage": {"inputTokens": 6000, "outputTokens": 50},
        "inclusiveTokenUsage": {"inputTokens": 6429, "outputTokens": 61, "cacheCreationTokens": 3, "cacheReadTokens": 4,
        "thinkingTokens": 0, "factoryCredits": 0}, "lastCallTokenUsage": {"inputTokens": 2252}}"#;

    #[test]
    fn droids_conversations_have_a_total_with_their_helpers() {
        let usage = Usage { input: 6429, cache_read: 4, cache_write: 3, output: 61 };
        let total = Total { usage, model: Some("custom:Scripted-0".to_owned()) };
        assert_eq!(TranscriptFormat::Droid.total(DROID.as_bytes()), Some(total));
        for none in ["", "{", "{}", "[]", r#"{"tokenUsage": 7}"#] {
            assert_eq!(TranscriptFormat::Droid.total(none.as_bytes()), None, "{none}");
        }
        let record = AbsPath::new("/s/-w/98e6.jsonl").unwrap();
        let totals = TranscriptFormat::Droid.totals(&record).unwrap();
        assert_eq!(totals.as_str(), "/s/-w/98e6.settings.json");
    }

    /// As version 1.18.33 writes it, shortened: an answer that has begun, and the same when it is whole.
    const OPENCODE: &str = r#"{"type":"message.updated.1","data":{"info":{"id":"msg_2","role":"assistant","time":{"created":1795348647391},"modelID":"m","providerID":"p","cost":0,"tokens":{"input":0,"output":0,"reasoning":0,"cache":{"read":0,"write":0}}}}}
{"type":"message.updated.1","data":{"info":{"id":"msg_2","role":"assistant","time":{"created":1795348647391,"completed":1795348654988},"modelID":"m","providerID":"p","cost":0.00042,"tokens":{"total":32,"input":5,"output":27,"reasoning":2,"cache":{"write":3,"read":4}}}}}"#;

    #[test]
    fn opencodes_answers_tell_what_they_cost() {
        let usage = Usage { input: 5, cache_read: 4, cache_write: 3, output: 29 };
        let told = ("msg_2".to_owned(), usage, Some("p/m".to_owned()));
        assert_eq!(answers(TranscriptFormat::Opencode, OPENCODE, "ses_1"), [told]);
        let Some(Spending::Answer(answer)) =
            TranscriptFormat::Opencode.spending(OPENCODE.lines().last().unwrap(), "ses_1")
        else {
            panic!("an answer");
        };
        assert_eq!((answer.cost, answer.at.as_millis()), (Some(MicroUsd(420)), 1_795_348_647_391));
    }
}
