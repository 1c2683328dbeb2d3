//! A program's own questions at its first start belong to the person: owt says so everywhere, and types nothing.

use std::fs;

use serde_json::Value;

use super::stage::Stage;
use super::workspace::Workspace;
use crate::patience::until;

/// A text that any answer to a dialog would betray in what the program writes down.
const PROMPT: &str = "[[scn:default]] Say something";

/// The agent stands before a dialog: every command says so and what the person must do, the prompt waits, and not
/// one key has reached the program.
#[track_caller]
fn assert_blocked(stage: &Stage, work: &Workspace<'_>, on_screen: &str, to_do: &str) {
    let waited = work.wait();
    assert_eq!(waited.code, 4, "{waited:?}\n{:#}", work.show());
    let said = waited.json()["data"]["workspaces"][0].clone();
    let (listed, shown) = (work.listed(), work.show());
    for status in [&said["status"], &listed["status"], &shown["status"]] {
        assert_eq!(status, "blocked", "{shown:#}");
    }
    let everywhere = [said.to_string(), shown.to_string(), stage.owt(["show", work.name]).stdout];
    for text in everywhere {
        assert!(text.contains(to_do), "'{to_do}' in {text}");
    }
    let screen = stage.owt(["logs", work.name]).stdout;
    assert!(screen.contains(on_screen), "{screen}");
    let states = work.states(&shown);
    assert!(matches!(states[..], ["accepted" | "queued"]), "{shown:#}");
    assert_eq!(stage.played(), []);
    assert!(stage.injections().is_empty(), "{:?}", stage.injections());
    // More of it waits too.
    let sent = stage.owt(["send", work.name, "And more", "--json"]);
    assert!(["accepted", "queued"].contains(&sent.data()["state"].as_str().unwrap()), "{sent:?}");
    assert!(stage.injections().is_empty(), "{:?}", stage.injections());
    assert_eq!(stage.owt(["stop", work.name]).code, 0);
}

fn state_of_claude(stage: &Stage) -> Value {
    let text = fs::read_to_string(stage.home_folder().join(".claude.json")).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

const TMUX: [&str; 3] = ["--tmux", "--permissions", "edits"];

/// Its first start looks for its provider's own host before it shows a dialog, and ends without a network.
#[test]
fn a_claude_that_never_ran_ends_here_and_its_reason_is_shown() {
    let Some(stage) = Stage::open() else { return };
    fs::remove_file(stage.home_folder().join(".claude.json")).unwrap();
    let work = Workspace::start(&stage, "f1", "claude", TMUX, PROMPT);
    // On a slow machine the dialog is seen for a moment before the program gives up.
    until("it has ended", || work.show()["session"].is_null());
    let waited = work.wait();
    assert_eq!(waited.code, 1, "{waited:?}");
    let shown = work.show();
    assert_eq!((&shown["status"], work.states(&shown)), (&"failed".into(), vec!["failed"]), "{shown:#}");
    assert!(shown["last_lines"].to_string().contains("Unable to connect to Anthropic"), "{shown:#}");
    assert_eq!(stage.injections(), "");
    let state = state_of_claude(&stage);
    assert_eq!(
        (&state["theme"], &state["hasCompletedOnboarding"]),
        (&Value::Null, &Value::Null),
        "{state:#}"
    );
}

#[test]
fn a_claude_that_finds_a_new_key_is_answered_by_the_person() {
    let Some(stage) = Stage::open() else { return };
    let settled = r#"{"hasCompletedOnboarding": true, "theme": "dark"}"#;
    fs::write(stage.home_folder().join(".claude.json"), settled).unwrap();
    let work = Workspace::start(&stage, "f2", "claude", TMUX, PROMPT);
    assert_blocked(&stage, &work, "custom API key", "API key of the environment");
    let state = state_of_claude(&stage);
    assert_eq!(state["customApiKeyResponses"], Value::Null, "{state:#}");
}

#[test]
fn a_claude_without_an_account_is_logged_in_by_the_person() {
    let Some(mut stage) = Stage::open() else { return };
    stage.forget_variable("ANTHROPIC_API_KEY");
    let settled = r#"{"hasCompletedOnboarding": true, "theme": "dark"}"#;
    fs::write(stage.home_folder().join(".claude.json"), settled).unwrap();
    let work = Workspace::start(&stage, "f3", "claude", TMUX, PROMPT);
    // It takes the prompt and answers that it has no account: an answer, not a dialog.
    let waited = work.wait();
    assert_eq!(waited.code, 1, "{waited:?}");
    let answer = waited.json();
    assert!(answer["error"]["message"].as_str().unwrap().starts_with("f3: "), "{answer:#}");
    assert!(answer.to_string().contains("Please run /login"), "{answer:#}");
    assert_eq!(stage.played(), []);
}

#[test]
fn a_codex_without_an_account_is_logged_in_by_the_person() {
    let Some(stage) = Stage::open() else { return };
    fs::remove_file(stage.home_folder().join(".codex/config.toml")).unwrap();
    let work = Workspace::start(&stage, "f4", "codex", TMUX, PROMPT);
    assert_blocked(&stage, &work, "Sign in", "log in");
}

#[test]
fn a_codex_that_asks_whether_to_trust_a_repository_is_answered_by_the_person() {
    let Some(stage) = Stage::open() else { return };
    fs::create_dir(stage.repository().join(".codex")).unwrap();
    fs::write(stage.repository().join(".codex/config.toml"), "model_reasoning_effort = \"low\"\n").unwrap();
    stage.git(&["add", "."]);
    stage.git(&["commit", "--quiet", "--message", "Bring settings"]);
    let before = fs::read_to_string(stage.home_folder().join(".codex/config.toml")).unwrap();
    let work = Workspace::start(&stage, "f5", "codex", TMUX, PROMPT);
    assert_blocked(&stage, &work, "rust", "Codex may trust this repository");
    let after = fs::read_to_string(stage.home_folder().join(".codex/config.toml")).unwrap();
    assert_eq!(after.contains("trust_level"), before.contains("trust_level"), "{after}");
}
