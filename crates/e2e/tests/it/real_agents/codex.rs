//! Codex in each kind of session that `owt` has for it.

use super::others;
use super::stage::Stage;
use super::structured;
use super::workspace::Workspace;

#[test]
fn headless_at_bypass_it_commits_by_itself() {
    let Some(stage) = Stage::open() else { return };
    others::headless_at_bypass(&stage, "codex");
}

#[test]
fn headless_in_its_sandbox_owt_commits_for_it() {
    let Some(stage) = Stage::open() else { return };
    others::headless_at_edits(&stage, "codex");
}

#[test]
fn structured_it_asks_and_takes_answers_and_messages() {
    let Some(stage) = Stage::open() else { return };
    structured::asks_and_takes_answers_and_messages(&stage, "codex", ["file_change", "command_execution"]);
}

/// What was asked while no server ran is asked of the person by the next one, and the answer arrives.
#[test]
fn structured_a_question_outlives_the_server() {
    let Some(stage) = Stage::open() else { return };
    let work = Workspace::start(&stage, "s3", "codex", ["--structured"], "[[scn:edit]] Add a greeting");
    assert_eq!(work.wait().code, 4);
    stage.kill_server();
    assert_eq!(work.show()["pending"][0]["tool"], "file_change", "{:#}", work.show());
    assert_eq!(stage.owt(["answer", work.name, "allow"]).code, 0);
    work.wait_done();
    assert!(work.path().join("hello.txt").exists());
    stage.assert_played_once("edit", 2);
}

#[test]
fn structured_what_is_refused_is_not_done() {
    let Some(stage) = Stage::open() else { return };
    let options = ["--headless", "--permissions", "ask"];
    let work = Workspace::start(&stage, "s2", "codex", options, "[[scn:edit]] Add a greeting");
    assert_eq!(work.wait().code, 4);
    let answered = stage.owt(["answer", work.name, "deny"]);
    assert_eq!(answered.code, 0, "{answered:?}");
    work.wait_done();
    assert!(!work.path().join("hello.txt").exists());
    stage.assert_played_once("edit", 2);
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
    let work = Workspace::start(&stage, "t1", "codex", options, "[[scn:commit]] Add\na \"greeting\" $(now)");
    work.wait_done();
    work.assert_committed("Add hello", "idle", 0);
    work.assert_told_to_have_changed("hello.txt");
    let sent = stage.owt(["send", work.name, "[[scn:default]] And\nnow?", "--wait", "--json"]);
    assert_eq!(sent.data()["state"], "observed", "{sent:?}");
    work.wait_done();
    work.assert_committed("Add hello", "idle", 1);
    work.assert_attachable("Codex");
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
#[ignore = "minutes: the long tier (cargo xtask test --long)"]
fn long_its_conversation_moves_into_a_terminal_and_back() {
    let Some(stage) = Stage::open() else { return };
    structured::moves_into_a_terminal_and_back(&stage, "codex", "bypass");
}

#[test]
fn structured_a_refusal_reaches_it_with_its_reason() {
    let Some(stage) = Stage::open() else { return };
    let work = Workspace::start(&stage, "s2", "codex", ["--structured"], "[[scn:edit]] Add a greeting");
    assert_eq!(work.wait().code, 4);
    let answered = stage.owt(["answer", work.name, "deny", "--message", "not that file"]);
    assert_eq!(answered.code, 0, "{answered:?}");
    work.wait_done();
    let heard = |turn: &owt_testkit::model::LoggedRequest| {
        turn.users.iter().filter(|user| user.text.contains("not that file")).count()
    };
    assert_eq!(stage.turns().iter().map(heard).max(), Some(1), "{:#?}", stage.turns());
}
