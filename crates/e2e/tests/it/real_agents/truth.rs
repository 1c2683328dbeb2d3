//! What a status of the real programs rests on, where their hooks say nothing or the wrong thing.

use std::fs;
use std::time::Instant;

use super::stage::Stage;
use super::workspace::Workspace;
use crate::patience::until;
use crate::processes;

/// Ctrl-b d.
const LEAVE: &str = "\u{2}d";

const ESCAPE: &str = "\u{1b}";

fn evidence(stage: &Stage, name: &str) -> serde_json::Value {
    stage.owt(["explain", name, "--json"]).data()
}

/// No hook of Claude Code tells of a turn that was broken off: by its hooks alone it would work for ever.
#[test]
fn after_escape_claude_code_is_idle_although_no_hook_says_so() {
    let Some(stage) = Stage::open() else { return };
    let work = Workspace::start(
        &stage,
        "esc",
        "claude",
        ["--pty", "--permissions", "bypass"],
        "[[scn:long-command]] Go",
    );
    until("its command to run", || !stage.processes("sleep 601").is_empty());
    assert_eq!(work.show()["status"], "working");
    let shown = stage.converse("attach esc", &[("interrupt", ESCAPE), ("Interrupted", LEAVE)]);
    assert_eq!(shown.code, 0, "{shown:?}");
    let began = Instant::now();
    until("it to be called idle", || work.show()["status"] == "idle");
    println!("idle {:?} after the screen of a turn that was broken off", began.elapsed());
    let explained = evidence(&stage, "esc");
    // It has written down that it was broken off.
    assert_eq!(
        (&explained["source"], &explained["hooks"]),
        (&"transcript".into(), &"reporting".into()),
        "{explained:#}"
    );
    let pieces = explained["evidence"].as_array().unwrap();
    let told_by_hook = pieces.iter().any(|piece| piece["source"] == "hook" && piece["made"] == "idle");
    assert!(!told_by_hook, "{explained:#}");
}

/// By its hooks where they fire, and by its own record where they do not; both name its conversation, too.
#[test]
fn codex_is_seen_to_read_a_message_in_its_terminal_before_its_turn_is_over() {
    let Some(stage) = Stage::open() else { return };
    let options = ["--pty", "--permissions", "bypass"];
    let work = Workspace::start(&stage, "rollout", "codex", options, "[[scn:long-command]] Go");
    until("its command to run", || !stage.processes("sleep 601").is_empty());
    until("the message to be read", || work.show()["deliveries"][0]["state"] == "observed");
    let shown = work.show();
    assert_eq!(shown["status"], "working", "{shown:#}");
    assert!(shown["attempts"][0]["conversation"].is_string(), "{shown:#}");
    until("the command to be named", || {
        work.show()["tools"][0]["summary"].as_str().is_some_and(|summary| summary.contains("sleep 601"))
    });
    assert_eq!(stage.owt(["stop", "rollout"]).code, 0);
}

/// The turn is over by the program's own word; what it has left in the background works.
#[test]
fn what_claude_code_leaves_in_the_background_keeps_it_from_being_called_idle() {
    let Some(stage) = Stage::open() else { return };
    let options = ["--pty", "--permissions", "bypass"];
    let work = Workspace::start(&stage, "bg", "claude", options, "[[scn:background]] Go");
    until("the command in the background", || !stage.processes("sleep 602").is_empty());
    until("its turn to be over", || evidence(&stage, "bg")["decided"]["rule"] == "children_work");
    let shown = work.show();
    assert_eq!(shown["status"], "working", "{shown:#}");
    let children = shown["children"].as_array().unwrap();
    let commands: Vec<&str> = children.iter().filter_map(|child| child["command"].as_str()).collect();
    assert_eq!(commands, ["sleep 602"], "{shown:#}");
    stage.processes("sleep 602").into_iter().for_each(processes::kill);
    until("it to be idle", || work.show()["status"] == "idle");
    assert_eq!(stage.owt(["stop", "bg"]).code, 0);
}

/// Ours come by a file of the session; the person's stay where they are, and both are called.
#[test]
fn the_persons_own_hooks_are_called_beside_ours() {
    let Some(stage) = Stage::open() else { return };
    let file = stage.home_folder().join(".claude/settings.json");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let text = fs::read_to_string(&file).unwrap_or_else(|_| "{}".to_owned());
    let mut settings: serde_json::Value = serde_json::from_str(&text).unwrap();
    let called = stage.beside("called");
    let command = format!("echo stop >> '{}'", called.display());
    settings["hooks"] = serde_json::json!({"Stop": [{"hooks": [{"type": "command", "command": command}]}]});
    let theirs = settings.to_string();
    fs::write(&file, &theirs).unwrap();
    let work =
        Workspace::start(&stage, "both", "claude", ["--pty", "--permissions", "bypass"], "[[scn:commit]] Go");
    work.wait_done();
    until("the person's own hook", || called.exists());
    let explained = evidence(&stage, "both");
    assert_eq!(
        (&explained["source"], &explained["hooks"]),
        (&"hook".into(), &"reporting".into()),
        "{explained:#}"
    );
    work.assert_committed("Add hello", "idle", 0);
    assert_eq!(fs::read_to_string(&file).unwrap(), theirs, "their settings are as they were");
    assert_eq!(stage.owt(["stop", "both"]).code, 0);
}
