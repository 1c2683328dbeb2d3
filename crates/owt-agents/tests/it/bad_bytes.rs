//! Recordings of the real programs, damaged in every way that a broken pipe, a full disk or a hostile file can think of: the
//! bounded run of what the fuzz targets try without an end.

use std::time::Duration;
use std::time::Instant;

use owt_agents::events::AgentEvent;
use owt_agents::events::MAX_LINE_BYTES;
use owt_agents::events::Parser;
use owt_agents::events::Start;
use proptest::prelude::*;

use crate::any_bytes;
use crate::any_bytes::FORMATS;
use crate::corpus;

/// One thing that goes wrong with a text.
#[derive(Debug, Clone)]
enum Damage {
    /// It ends here.
    Cut(usize),
    /// Something else stands here.
    Insert(usize, Vec<u8>),
    /// This many bytes are missing.
    Remove(usize, usize),
    /// Two lines have changed places.
    Swap(usize, usize),
    /// A line comes twice.
    Repeat(usize),
}

impl Damage {
    fn apply(&self, text: &mut Vec<u8>) {
        match self {
            Self::Cut(at) => text.truncate(at % (text.len() + 1)),
            Self::Insert(at, bytes) => {
                let at = at % (text.len() + 1);
                text.splice(at..at, bytes.iter().copied());
            }
            Self::Remove(at, length) => {
                let at = at % (text.len() + 1);
                let end = (at + length).min(text.len());
                text.drain(at..end);
            }
            Self::Swap(one, other) => {
                let mut lines: Vec<Vec<u8>> = text.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
                let (one, other) = (one % lines.len(), other % lines.len());
                lines.swap(one, other);
                *text = lines.join(&b'\n');
            }
            Self::Repeat(at) => {
                let lines: Vec<Vec<u8>> = text.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
                let line = lines[at % lines.len()].clone();
                text.push(b'\n');
                text.extend(line);
            }
        }
    }
}

fn damage() -> impl Strategy<Value = Damage> {
    let bytes = prop_oneof![
        prop::collection::vec(any::<u8>(), 1..8),
        prop::sample::select(vec![
            "{", "}", "[", "]", "\"", "\\", "\n", "\r", "\0", "null", "-1", "1e999", "\u{1b}["
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        Just(b"\xff\xfe\xc3".to_vec()),
        Just(vec![b'['; 2000]),
    ];
    prop_oneof![
        any::<usize>().prop_map(Damage::Cut),
        (any::<usize>(), bytes).prop_map(|(at, bytes)| Damage::Insert(at, bytes)),
        (any::<usize>(), 1usize..200).prop_map(|(at, length)| Damage::Remove(at, length)),
        (any::<usize>(), any::<usize>()).prop_map(|(one, other)| Damage::Swap(one, other)),
        any::<usize>().prop_map(Damage::Repeat),
    ]
}

/// A recorded file, damaged.
fn damaged(kind: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let files = prop::sample::select(corpus::names(kind));
    (files, prop::collection::vec(damage(), 0..6)).prop_map(move |(file, damages)| {
        let mut text = corpus::read(kind, &file).into_bytes();
        damages.iter().for_each(|damage| damage.apply(&mut text));
        text
    })
}

/// A built-in manifest, damaged.
fn damaged_manifest() -> impl Strategy<Value = Vec<u8>> {
    let texts = ["claude", "codex", "opencode", "aider", "demo"].map(|name| {
        let path = format!("{}/manifests/{name}.toml", env!("CARGO_MANIFEST_DIR"));
        std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
    });
    let damages = prop::collection::vec(damage(), 0..4);
    (prop::sample::select(texts.to_vec()), damages).prop_map(|(mut text, damages)| {
        damages.iter().for_each(|damage| damage.apply(&mut text));
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Garbage, half lines, invalid UTF-8, streams cut anywhere, events that are missing, doubled or out of order; each in every
    /// program's format, its own and the wrong ones.
    #[test]
    fn damaged_streams_are_read_to_their_end(bytes in damaged("transcripts")) {
        for format in FORMATS {
            any_bytes::event_stream(format, &bytes);
        }
    }

    #[test]
    fn any_bytes_are_read_as_any_stream(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        any_bytes::any_event_stream(&bytes);
    }

    #[test]
    fn damaged_payloads_of_hooks_are_understood_or_refused(bytes in damaged("transcripts")) {
        any_bytes::hook_payload(&bytes);
        bytes.split(|byte| *byte == b'\n').for_each(any_bytes::hook_payload);
    }

    #[test]
    fn damaged_pictures_are_judged(bytes in damaged("screens")) {
        any_bytes::picture(&bytes);
    }

    #[test]
    fn damaged_manifests_are_refused_with_their_place(bytes in damaged_manifest()) {
        any_bytes::manifest(&bytes);
    }

    #[test]
    fn damaged_records_of_conversations_show_the_prompts_that_are_whole(bytes in damaged("transcripts")) {
        any_bytes::transcript(&bytes);
    }
}

/// A line of ten megabytes is dropped and told in every format; what comes after it is read.
#[test]
fn a_line_of_ten_megabytes_is_told_and_the_next_is_read() {
    let mut stream = br#"{"type":"message","text":""#.to_vec();
    stream.resize(10 * 1024 * 1024, b'x');
    stream.extend(b"\"}\nthe next line\n");
    assert!(stream.len() > MAX_LINE_BYTES);
    for format in FORMATS.into_iter().filter(|format| *format != owt_agents::manifest::OutputFormat::Terminal)
    {
        let mut parser = Parser::new(format, Start::Fresh);
        let events: Vec<AgentEvent> = stream.chunks(64 * 1024).flat_map(|part| parser.feed(part)).collect();
        assert!(matches!(&events[0], AgentEvent::Unknown { line, .. } if line.len() < 1000), "{format:?}");
        assert_eq!(events.len(), 2, "{format:?}: the next line is read, too: {events:?}");
    }
}

/// Five megabytes from a hook: whole JSON is understood, garbage is refused, and neither takes long.
#[test]
fn a_payload_of_five_megabytes_is_understood_or_refused_in_time() {
    let began = Instant::now();
    let output = "x".repeat(5 * 1024 * 1024);
    let payload = serde_json::json!({
        "session_id": "0b1e", "hook_event_name": "PostToolUse", "tool_name": "Bash", "tool_input": {}, "tool_response": output,
    });
    any_bytes::hook_payload(payload.to_string().as_bytes());
    any_bytes::hook_payload(output.as_bytes());
    any_bytes::hook_payload("[".repeat(5 * 1024 * 1024).as_bytes());
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
}
