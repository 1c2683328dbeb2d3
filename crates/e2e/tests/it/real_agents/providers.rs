//! A provider that does not answer: our own limits end the session, and `owt wait` says why.

use super::stage::Stage;
use super::workspace::Workspace;
use crate::patience::until;

/// The end of a session whose provider is of no use.
#[track_caller]
fn assert_failed(work: &Workspace<'_>, reason: &str) {
    let waited = work.wait();
    assert_eq!(waited.code, 1, "{waited:?}");
    let answer = waited.json();
    let detail = answer["data"]["workspaces"][0]["detail"].as_str().unwrap_or_default();
    assert!(detail.contains(reason), "{answer:#}");
    assert_eq!((&work.listed()["status"], work.listed()["session"].as_str()), (&"failed".into(), None));
}

#[test]
fn one_that_hangs_runs_into_the_idle_limit() {
    let Some(stage) = Stage::open() else { return };
    stage.configure("[limits]\nidle = \"6s\"\n");
    let options = ["--headless", "--permissions", "edits"];
    let claude = Workspace::start(&stage, "p1", "claude", options, "[[scn:hang]] Claude");
    let codex = Workspace::start(&stage, "p2", "codex", options, "[[scn:hang]] Codex");
    for work in [&claude, &codex] {
        assert_failed(work, "printed nothing for the whole idle limit");
    }
    until("nothing runs on", || {
        ["host --launch", "claude", "codex"].into_iter().all(|program| stage.processes(program).is_empty())
    });
}

/// Claude Code says that the turn failed when it is interrupted; a moment later it has ended.
#[test]
fn one_that_hangs_ends_a_structured_session_too() {
    let Some(stage) = Stage::open() else { return };
    stage.configure("[limits]\nidle = \"6s\"\n");
    let options = ["--structured", "--permissions", "edits"];
    let work = Workspace::start(&stage, "p3", "claude", options, "[[scn:hang]] Structured");
    let waited = work.wait();
    assert_eq!(waited.code, 1, "{waited:?}");
    until("it has ended", || work.show()["session"].is_null());
    assert_failed(&work, "printed nothing for the whole idle limit");
}

#[test]
fn one_that_refuses_connections_ends_claude_by_itself_and_codex_by_our_time_limit() {
    let Some(mut stage) = Stage::open() else { return };
    // Nothing listens on the discard port of this network.
    stage.point_agents_at("http://127.0.0.1:9");
    stage.configure("[limits]\nwall = \"15s\"\n[retry]\nattempts = \"0\"\n");
    let options = ["--headless", "--permissions", "edits"];
    let codex = Workspace::start(&stage, "p2", "codex", options, "[[scn:default]] Codex");
    let claude = Workspace::start(&stage, "p1", "claude", options, "[[scn:default]] Claude");
    let waited = claude.wait();
    assert_eq!(waited.code, 1, "{waited:?}");
    assert!(waited.stdout.contains("ConnectionRefused"), "{waited:?}");
    assert_failed(&codex, "time limit was reached");
    assert_eq!(stage.played(), []);
}
