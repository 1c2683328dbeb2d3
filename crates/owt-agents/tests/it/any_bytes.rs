//! What must hold of any bytes, from whatever program, repository or person they come. The fuzz targets (`fuzz/`) and the
//! bounded property run (`bad_bytes`) try it. Must not know where bytes are taken from.

use owt_agents::Catalog;
use owt_agents::Manifest;
use owt_agents::events::AgentEvent;
use owt_agents::events::Parser;
use owt_agents::events::Start;
use owt_agents::hook;
use owt_agents::hook::HookError;
use owt_agents::hook::HookFormat;
use owt_agents::manifest::OutputFormat;
use owt_agents::manifest::check_tool;
use owt_agents::screen::ScreenView;
use owt_agents::screen::classify;
use owt_agents::screen::held_rules;
use owt_agents::transcript::TranscriptFormat;

/// Every format of an event stream.
pub(crate) const FORMATS: [OutputFormat; 13] = [
    OutputFormat::ClaudeStreamJson,
    OutputFormat::CodexExecJson,
    OutputFormat::CodexAppServer,
    OutputFormat::Acp,
    OutputFormat::GeminiStreamJson,
    OutputFormat::OpencodeRunJson,
    OutputFormat::PiJson,
    OutputFormat::PiRpc,
    OutputFormat::DroidStreamJson,
    OutputFormat::DemoJsonl,
    OutputFormat::Text,
    OutputFormat::Terminal,
    OutputFormat::OpencodeServe,
];

/// Every format of a hook's payload, with an event that it is installed for.
const HOOKS: [(HookFormat, &str); 3] = [
    (HookFormat::Claude, "PreToolUse"),
    (HookFormat::Claude, "SessionStart"),
    (HookFormat::CodexNotify, "agent-turn-complete"),
];

fn read(format: OutputFormat, start: Start, portions: &[&[u8]]) -> (Vec<AgentEvent>, u64) {
    let mut parser = Parser::new(format, start);
    let mut events: Vec<AgentEvent> = portions.iter().flat_map(|portion| parser.feed(portion)).collect();
    events.extend(parser.finish());
    (events, parser.unknown_lines())
}

/// A stream is read to its end, in any portions to the same events, and what is not understood is counted.
pub(crate) fn event_stream(format: OutputFormat, bytes: &[u8]) {
    for start in [Start::Fresh, Start::Resumed(None)] {
        let (events, unknown) = read(format, start, &[bytes]);
        let (head, tail) = bytes.split_at(bytes.len() / 2);
        assert_eq!(
            read(format, start, &[head, tail]),
            (events.clone(), unknown),
            "{format:?} in two portions"
        );
        let told = events.iter().filter(|event| matches!(event, AgentEvent::Unknown { .. })).count();
        assert_eq!(told as u64, unknown, "{format:?}: what is not understood is told and counted");
    }
}

/// The first byte chooses the format.
pub(crate) fn any_event_stream(bytes: &[u8]) {
    let Some((first, rest)) = bytes.split_first() else { return };
    event_stream(FORMATS[usize::from(*first) % FORMATS.len()], rest);
}

/// A payload is understood or refused with a reason of one line.
pub(crate) fn hook_payload(bytes: &[u8]) {
    let payload = String::from_utf8_lossy(bytes);
    for (format, event) in HOOKS {
        match hook::parse(format, event, &payload) {
            Ok(report) => drop(report),
            Err(error) => {
                let is_object =
                    serde_json::from_str::<serde_json::Value>(&payload).is_ok_and(|it| it.is_object());
                assert_eq!(is_object, error != HookError::NotJson, "{error}");
                assert!(!error.to_string().is_empty());
            }
        }
    }
}

/// Every agent's rules judge any picture, and the first rule that holds decides.
pub(crate) fn picture(bytes: &[u8]) {
    let view = ScreenView::from_capture(&String::from_utf8_lossy(bytes));
    for manifest in Catalog::built_in().manifests() {
        let verdict = classify(manifest, &view);
        let first = held_rules(manifest, &view).first().map(|held| held.rule.name.clone());
        assert_eq!(verdict.rule.map(str::to_owned), first);
    }
}

/// A manifest or a table of a tool is taken, or refused with a message that says what is wrong.
pub(crate) fn manifest(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Err(error) = Manifest::parse("any.toml", &text) {
        assert!(error.to_string().contains("any.toml"), "{error}");
    }
    if let Err(error) = check_tool("any.toml", &text) {
        assert!(error.to_string().contains("any.toml"), "{error}");
    }
}

/// A record of a conversation may be unfinished, damaged, or none.
pub(crate) fn transcript(bytes: &[u8]) {
    let record = String::from_utf8_lossy(bytes);
    for format in
        [TranscriptFormat::Claude, TranscriptFormat::Codex, TranscriptFormat::Gemini, TranscriptFormat::Droid]
    {
        for line in record.lines() {
            let is_json = serde_json::from_str::<serde_json::Value>(line).is_ok();
            assert!(is_json || format.entries(line).is_empty(), "{format:?} makes something of {line:?}");
            format.begun_at(line);
        }
    }
}
