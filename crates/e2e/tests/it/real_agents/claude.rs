//! Claude Code in each kind of session that `owt` has for it.

use serde_json::Value;
use serde_json::json;

use super::others;
use super::stage::Stage;
use super::structured;
use super::workspace::Workspace;
use crate::patience::until;

#[test]
fn headless_at_bypass_it_commits_by_itself() {
    let Some(stage) = Stage::open() else { return };
    others::headless_at_bypass(&stage, "claude");
}

#[test]
fn headless_at_edits_owt_commits_for_it() {
    let Some(stage) = Stage::open() else { return };
    others::headless_at_edits(&stage, "claude");
}

#[test]
fn structured_it_asks_and_takes_answers_and_messages() {
    let Some(stage) = Stage::open() else { return };
    structured::asks_and_takes_answers_and_messages(&stage, "claude", ["Write", "Bash"]);
}

#[test]
fn structured_a_refusal_reaches_it_with_its_reason() {
    let Some(stage) = Stage::open() else { return };
    let work = Workspace::start(&stage, "s2", "claude", ["--structured"], "[[scn:edit]] Add a greeting");
    assert_eq!(work.wait().code, 4);
    let answered = stage.owt(["answer", work.name, "deny", "--message", "not that file"]);
    assert_eq!(answered.code, 0, "{answered:?}");
    work.wait_done();
    assert!(!work.path().join("hello.txt").exists());
    assert!(work.logs().contains("not that file"), "{}", work.logs());
    stage.assert_played_once("edit", 2);
}

/// Two questions of its `AskUserQuestion`: what its tool says to the model are the answers.
#[test]
fn structured_its_questions_are_answered() {
    let Some(stage) = Stage::open() else { return };
    let option = |label: &str| json!({"label": label, "description": format!("a {label} one")});
    let input = json!({"questions": [
        {"question": "Which colour?", "header": "Colour", "multiSelect": false, "options": [option("Red"), option("Blue")]},
        {"question": "Which sizes?", "header": "Size", "multiSelect": true, "options": [option("S"), option("L")]},
    ]});
    let turns = json!([{"raw": {"name": "AskUserQuestion", "input": input}}, {"say": "Thank you."}]);
    let options = ["--structured", "--permissions", "ask", "--no-context"];
    let work = Workspace::start(&stage, "q1", "claude", options, &format!("Ask [[turns:{turns}]]"));
    assert_eq!(work.wait().code, 4, "{:#}\n{}", work.show(), work.logs());
    let shown = work.show();
    assert_eq!(shown["status"], "waiting_input", "{shown:#}");
    assert_eq!(shown["status_detail"], "Which colour? (Red, Blue) / Which sizes? (S, L)");
    let answered = stage.owt(["answer", work.name, "-m", "Size=1, l", "-m", "a deep green"]);
    assert_eq!(answered.code, 0, "{answered:?}");
    work.wait_done();
    let stream = stage.owt(["logs", work.name, "--raw"]).stdout;
    let results: Vec<Value> = stream
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .map(|line| line["message"]["content"][0].clone())
        .filter(|block| block["type"] == "tool_result")
        .collect();
    let [result] = results.as_slice() else { panic!("{stream}") };
    assert_ne!(result["is_error"], true, "{result}");
    let said = result["content"].to_string();
    for answer in ["Which colour?", "a deep green", "Which sizes?", "S, L"] {
        assert!(said.contains(answer), "{said}");
    }
}

#[test]
fn in_tmux_it_gets_prompt_and_messages_and_is_idle_between() {
    in_a_terminal("--tmux");
}

#[test]
fn without_tmux_it_gets_prompt_and_messages_and_is_idle_between() {
    in_a_terminal("--pty");
}

fn in_a_terminal(backend: &str) {
    let Some(stage) = Stage::open() else { return };
    let witness = stage.witness();
    let options = [backend, "--permissions", "bypass"];
    let work = Workspace::start(&stage, "t1", "claude", options, "[[scn:commit]] Add\na \"greeting\" $(now)");
    work.wait_done();
    work.assert_committed("Add hello", "idle", 0);
    work.assert_told_to_have_changed("hello.txt");
    let sent = stage.owt(["send", work.name, "[[scn:default]] And\nnow?", "--wait", "--json"]);
    assert_eq!(sent.data()["state"], "observed", "{sent:?}");
    work.wait_done();
    work.assert_committed("Add hello", "idle", 1);
    assert!(work.logs().contains("added"), "{:?}", stage.owt(["logs", work.name, "--raw"]).stdout);
    work.assert_attachable("bypass");
    assert_eq!(stage.owt(["stop", work.name]).code, 0);
    let listed = work.listed();
    assert_eq!(listed["session"].as_str(), None, "{listed:#}");
    stage.assert_played_once("commit", 3);
    stage.assert_played_once("default", 1);
    assert_eq!(stage.prompts("commit"), ["[[scn:commit]] Add\na \"greeting\" $(now)"]);
    work.assert_deleted_and_restored("Add hello");
    witness.assert_untouched(&["refs/heads/t1"]);
}

#[test]
fn without_tmux_it_asks_and_a_person_answers_at_its_terminal() {
    let Some(stage) = Stage::open() else { return };
    let options = ["--pty", "--permissions", "ask"];
    let work = Workspace::start(&stage, "p2", "claude", options, "[[scn:edit]] Add a greeting");
    until("it asks", || work.show()["status"] == "waiting_permission");
    assert!(!work.path().join("hello.txt").exists());
    // The first answer, which is allowed once, stands under the cursor.
    let shown = stage.converse("attach p2", &[("Do you want", "\r"), ("did not commit", "\u{2}d")]);
    assert_eq!(shown.code, 0, "{shown:?}");
    work.wait_done();
    assert!(work.path().join("hello.txt").exists());
}

#[test]
#[ignore = "minutes: the long tier (cargo xtask test --long)"]
fn long_its_conversation_moves_into_a_terminal_and_back() {
    let Some(stage) = Stage::open() else { return };
    structured::moves_into_a_terminal_and_back(&stage, "claude", "bypass");
}

/// A person looks in by `owt attach`, which moves the conversation into tmux; it works on there, and when they leave the
/// program it comes back.
#[test]
#[ignore = "minutes: the long tier (cargo xtask test --long)"]
fn long_a_person_attaches_to_its_conversation_in_tmux_and_gives_it_back() {
    let Some(stage) = Stage::open() else { return };
    let options = ["--structured", "--permissions", "bypass", "--no-context"];
    let work = Workspace::start(&stage, "a1", "claude", options, "[[scn:default]] First");
    work.wait_done();
    let shown = stage.converse("attach --tmux a1", &[("bypass", "\u{2}d")]);
    assert_eq!(shown.code, 0, "{shown:?}");
    assert_eq!((&work.show()["backend"], &work.show()["status"]), (&"tmux".into(), &"idle".into()));
    let sent = stage.owt(["send", work.name, "[[scn:default]] Second", "--wait", "--json"]);
    assert_eq!(sent.data()["state"], "observed", "{sent:?}");
    work.wait_done();
    let shown = stage.converse("attach a1", &[("bypass", "/exit"), ("/exit", "\r")]);
    assert_eq!(shown.code, 0, "{shown:?}");
    until("it to be back", || {
        let shown = work.show();
        shown["backend"] == "structured" && shown["status"] == "idle"
    });
    let sent = stage.owt(["send", work.name, "[[scn:default]] Third", "--wait", "--json"]);
    assert_eq!(sent.data()["state"], "observed", "{sent:?}");
    work.wait_done();
    let said = ["First", "Second", "Third"].map(|word| format!("[[scn:default]] {word}"));
    assert_eq!(stage.prompts("default"), said);
    let shown = work.show();
    let talks: Vec<&Value> =
        shown["attempts"].as_array().unwrap().iter().map(|it| &it["conversation"]).collect();
    assert!(talks.len() == 3 && talks.iter().all(|talk| talk.is_string() && *talk == talks[0]), "{shown:#}");
}
