//! How soon a request for permission of the real programs is told to whoever waits for it: from its first byte in the session's
//! log to the answer of an `owt wait`. What it takes stands in `docs/measured.md`.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;
use std::time::Instant;

use owt_testkit::lab::CLAUDE;
use owt_testkit::lab::CODEX;
use owt_testkit::lab::DROID;
use owt_testkit::lab::GEMINI;
use owt_testkit::lab::OPENCODE;
use owt_testkit::lab::PinnedAgent;

use super::others;
use super::stage::Stage;
use super::workspace::Workspace;
use crate::patience::until;

/// Requests of each kind.
const ROUNDS: usize = 10;

/// Nobody who is needed may be told later.
const AIM: Duration = Duration::from_millis(500);

/// A kind of session, and a word that stands in its log as soon as it asks and not before.
struct Way {
    session: &'static str,
    words: &'static str,
    asks: &'static str,
}

const fn terminal(asks: &'static str) -> Way {
    Way { session: "--pty", words: "on its terminal", asks }
}

const fn protocol(asks: &'static str) -> Way {
    Way { session: "--structured", words: "over its machine protocol", asks }
}

#[test]
#[ignore = "a measurement"]
fn how_soon_claude_codes_requests_are_told() {
    assert_told_soon(CLAUDE, "claude", &[terminal("want"), protocol("can_use_tool")]);
}

#[test]
#[ignore = "a measurement"]
fn how_soon_codexs_requests_are_told() {
    assert_told_soon(CODEX, "codex", &[terminal("like"), protocol("requestApproval")]);
}

#[test]
#[ignore = "a measurement"]
fn how_soon_opencodes_requests_are_told() {
    assert_told_soon(OPENCODE, "opencode", &[terminal("required"), protocol("permission.asked")]);
}

#[test]
#[ignore = "a measurement"]
fn how_soon_gemini_clis_requests_are_told() {
    assert_told_soon(GEMINI, "gemini", &[terminal("once"), protocol("request_permission")]);
}

#[test]
#[ignore = "a measurement"]
fn how_soon_droids_requests_are_told() {
    assert_told_soon(DROID, "droid", &[terminal("Yes,")]);
}

#[track_caller]
fn assert_told_soon(program: PinnedAgent, agent: &str, ways: &[Way]) {
    let Some(stage) = others::stage_with(program) else { return };
    for (kind, way) in ways.iter().enumerate() {
        let name = |round| format!("ask-{kind}-{round}");
        let mut spans: Vec<Duration> =
            (0..ROUNDS).map(|round| request_to_told(&stage, agent, way, &name(round))).collect();
        spans.sort();
        let at = |part: usize| spans[(spans.len() * part / 100).min(spans.len() - 1)];
        println!(
            "| {agent} {}, {} | {} ms | {} ms | {} |",
            program.version,
            way.words,
            at(50).as_millis(),
            at(95).as_millis(),
            spans.len()
        );
        assert!(at(50) <= AIM, "{spans:?}");
    }
}

fn request_to_told(stage: &Stage, agent: &str, way: &Way, name: &str) -> Duration {
    let options = [way.session, "--permissions", "ask"];
    let work = Workspace::start(stage, name, agent, options, "[[scn:slow-edit]] Add a greeting");
    let log = log_of(stage, &work);
    let span = std::thread::scope(|scope| {
        let asked = scope.spawn(|| when_said(&log, way.asks.as_bytes()));
        let waited = work.wait();
        let told = Instant::now();
        assert_eq!(waited.code, 4, "{waited:?}");
        told.saturating_duration_since(asked.join().unwrap())
    });
    assert_eq!(work.show()["status"], "waiting_permission");
    assert_eq!(stage.owt(["stop", name]).code, 0);
    span
}

fn log_of(stage: &Stage, work: &Workspace<'_>) -> PathBuf {
    let attempt = work.show()["attempts"][0]["id"].as_str().unwrap().to_owned();
    let attempts = stage.home_folder().join(".local/share/open-orchestrator/attempts");
    attempts.join(attempt).join("output.log")
}

fn when_said(log: &Path, word: &[u8]) -> Instant {
    until("the request", || {
        let text = fs::read(log).unwrap_or_default();
        text.windows(word.len()).any(|window| window == word)
    });
    Instant::now()
}
