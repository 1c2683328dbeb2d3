//! What each program makes of a provider that refuses, and what kind of failure `owt` says that it is.
//!
//! The page tells the same table (`docs/agents.md`), and a quick test holds it to this one.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;
use std::time::Instant;

use owt_testkit::lab::CLAUDE;
use owt_testkit::lab::CODEX;
use owt_testkit::lab::DROID;
use owt_testkit::lab::GEMINI;
use owt_testkit::lab::OPENCODE;
use owt_testkit::lab::PI;
use owt_testkit::lab::PinnedAgent;

use super::others;
use super::stage::Stage;
use super::workspace::Workspace;

/// What a provider does: the scenario, and how the page calls it.
const REFUSALS: [(&str, &str); 6] = [
    ("rate-limited", "429, `retry-after: 1`"),
    ("limited", "429, over in an hour"),
    ("unauthorized", "401"),
    ("no-capacity", "no capacity: 529, 503"),
    ("cut", "stream cut"),
    ("too-long", "prompt too long"),
];

/// Our own limit, for those that do not give up by themselves.
const WALL: Duration = Duration::from_secs(200);

/// Within this all of them have given up or been ended, on a busy machine too.
const PATIENCE: Duration = Duration::from_secs(320);

/// The program calls its turn a good one.
const NONE: &str = "-";

/// One line of the table: a kind of failure for each refusal, with `until` where the end of a limit is told.
struct Row {
    agent: PinnedAgent,
    called: &'static str,
    mode: &'static str,
    kinds: [&'static str; REFUSALS.len()],
}

const ROWS: [Row; 11] = [
    row(
        CLAUDE,
        "Claude Code",
        "headless",
        ["rate_limit", "rate_limit", "auth", "overload", "network", "context_overflow"],
    ),
    row(
        CLAUDE,
        "Claude Code",
        "structured",
        ["rate_limit", "rate_limit", "auth", "overload", "network", "context_overflow"],
    ),
    row(
        CODEX,
        "Codex",
        "headless",
        ["rate_limit", "rate_limit", "auth", "overload", "network", "context_overflow"],
    ),
    row(
        CODEX,
        "Codex",
        "structured",
        ["rate_limit", "rate_limit until", "auth", "overload", "network", "context_overflow"],
    ),
    row(
        OPENCODE,
        "OpenCode",
        "headless",
        ["rate_limit until", "timed_out", "auth", "overload", "network", "context_overflow"],
    ),
    row(
        OPENCODE,
        "OpenCode",
        "structured",
        ["rate_limit until", "timed_out", "auth", "overload", "network", "context_overflow"],
    ),
    row(
        GEMINI,
        "Gemini CLI",
        "headless",
        ["rate_limit", "rate_limit", "auth", "overload", "network", "context_overflow"],
    ),
    row(
        GEMINI,
        "Gemini CLI",
        "structured",
        ["rate_limit", "rate_limit", "auth", "overload", "-", "context_overflow"],
    ),
    row(PI, "Pi", "headless", ["rate_limit", "timed_out", "auth", "overload", "network", "context_overflow"]),
    row(
        PI,
        "Pi",
        "structured",
        ["rate_limit", "timed_out", "auth", "overload", "network", "context_overflow"],
    ),
    row(DROID, "Droid", "headless", ["rate_limit", "rate_limit", "auth", "timed_out", "network", "refused"]),
];

const fn row(
    agent: PinnedAgent,
    called: &'static str,
    mode: &'static str,
    kinds: [&'static str; REFUSALS.len()],
) -> Row {
    Row { agent, called, mode, kinds }
}

#[test]
#[ignore = "minutes: the long tier (cargo xtask test --long)"]
fn long_claude_codes_failures_have_kinds() {
    assert_kinds(CLAUDE);
}

#[test]
#[ignore = "minutes: the long tier (cargo xtask test --long)"]
fn long_codexs_failures_have_kinds() {
    assert_kinds(CODEX);
}

#[test]
#[ignore = "minutes: the long tier (cargo xtask test --long)"]
fn long_opencodes_failures_have_kinds() {
    assert_kinds(OPENCODE);
}

#[test]
#[ignore = "minutes: the long tier (cargo xtask test --long)"]
fn long_gemini_clis_failures_have_kinds() {
    assert_kinds(GEMINI);
}

#[test]
#[ignore = "minutes: the long tier (cargo xtask test --long)"]
fn long_pis_failures_have_kinds() {
    assert_kinds(PI);
}

#[test]
#[ignore = "minutes: the long tier (cargo xtask test --long)"]
fn long_droids_failures_have_kinds() {
    assert_kinds(DROID);
}

/// A program and all refusals at once, in each mode that it has.
#[track_caller]
fn assert_kinds(agent: PinnedAgent) {
    let Some(stage) = others::stage_with(agent) else { return };
    stage.configure(&format!("[limits]\nwall = \"{}s\"\n", WALL.as_secs()));
    bound_tries(&stage);
    let mut all = Vec::new();
    for row in ROWS.iter().filter(|row| row.agent == agent) {
        let found = kinds_of(&stage, row);
        println!("{} {} {}: {found:.1?}", row.called, agent.version, row.mode);
        all.push((row, found));
    }
    for (row, found) in all {
        let kinds: Vec<&str> = found.iter().map(|(kind, _)| kind.as_str()).collect();
        assert_eq!(kinds, row.kinds, "{} {} {}", row.called, agent.version, row.mode);
    }
}

/// Gemini CLI would try ten times, for minutes. The others' own measure is kept, or the lab has set it.
fn bound_tries(stage: &Stage) {
    let file = stage.home_folder().join(".gemini/settings.json");
    let mut settings: serde_json::Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    settings["general"]["maxAttempts"] = 3.into();
    fs::write(&file, settings.to_string()).unwrap();
}

/// What each refusal came to, and how long that took.
fn kinds_of(stage: &Stage, row: &Row) -> Vec<(String, Duration)> {
    let mode = format!("--{}", row.mode);
    let names = REFUSALS.map(|(scenario, _)| format!("{}-{scenario}", row.mode));
    let works: Vec<Workspace<'_>> = REFUSALS
        .iter()
        .zip(&names)
        .map(|((scenario, _), name)| {
            let options = [mode.as_str(), "--permissions", "bypass", "--no-context"];
            let prompt = format!("[[scn:{scenario}]] Say something");
            Workspace::start(stage, name, row.agent.program, options, &prompt)
        })
        .collect();
    let ends = std::thread::scope(|scope| {
        let waiting: Vec<_> = works.iter().map(|work| scope.spawn(move || kind(work))).collect();
        waiting.into_iter().map(|waiting| waiting.join().unwrap()).collect()
    });
    for work in &works {
        keep_stream(work, row);
        let stopped = stage.owt(["stop", work.name]);
        assert_eq!(stopped.code, 0, "{stopped:?}");
    }
    ends
}

/// `OWT_KEEP_STREAMS=FOLDER` keeps what the programs printed, for the parsers' tests.
fn keep_stream(work: &Workspace<'_>, row: &Row) {
    #[expect(clippy::disallowed_methods, reason = "said by whoever starts the test")]
    let Some(folder) = std::env::var_os("OWT_KEEP_STREAMS") else { return };
    let attempt = work.show()["attempts"][0]["id"].as_str().unwrap().to_owned();
    let attempts = work.stage.home_folder().join(".local/share/open-orchestrator/attempts");
    let name = format!("{}-{}.jsonl", row.agent.program, work.name);
    fs::copy(attempts.join(attempt).join("output.log"), PathBuf::from(folder).join(name)).unwrap();
}

/// The kind of a workspace's failure once its turn is over, with a mark where the end of a limit is told; and how long
/// that took.
fn kind(work: &Workspace<'_>) -> (String, Duration) {
    let began = Instant::now();
    while work.wait().code == TIME_IS_UP {
        assert!(began.elapsed() < PATIENCE, "{}: {:#}", work.name, work.show());
    }
    let took = began.elapsed();
    let failure = &work.show()["failure"];
    let kind = failure["kind"].as_str().unwrap_or(NONE);
    let until = if failure["resets_at"].is_string() { " until" } else { "" };
    (format!("{kind}{until}"), took)
}

/// `owt wait` has waited in vain.
const TIME_IS_UP: i32 = 124;

const BEGIN: &str = "<!-- refusals: held to the table in crates/e2e/tests/it/real_agents/refusals.rs -->\n";
const END: &str = "<!-- refusals end -->\n";

#[test]
fn the_page_tells_the_kinds_that_the_programs_failures_have() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/agents.md");
    let page = fs::read_to_string(path).unwrap();
    let (_, rest) = page.split_once(BEGIN).expect("the page marks where the table begins");
    let (told, _) = rest.split_once(END).expect("the page marks where the table ends");
    assert_eq!(told, table(), "docs/agents.md is out of date");
}

fn table() -> String {
    let words: Vec<&str> = REFUSALS.iter().map(|(_, words)| *words).collect();
    let mut text =
        format!("| program | mode | {} |\n|---|---|{}\n", words.join(" | "), "---|".repeat(words.len()));
    for row in &ROWS {
        let kinds = row.kinds.map(|kind| if kind == NONE { NONE.to_owned() } else { format!("`{kind}`") });
        let _ =
            writeln!(text, "| {} {} | {} | {} |", row.called, row.agent.version, row.mode, kinds.join(" | "));
    }
    text
}
