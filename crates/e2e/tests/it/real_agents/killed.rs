//! The server, a host or tmux killed at the worst moments: the next command shows the same truth, and the model was
//! asked for nothing twice.

use super::stage::Stage;
use super::workspace::Workspace;
use crate::patience::until;

/// How a host shows in a list of processes.
const HOST: &str = "host --launch";

/// How a tmux server does.
const TMUX: &str = "tmux -S";

#[test]
fn the_server_just_after_new_returned() {
    let Some(stage) = Stage::open() else { return };
    let options = ["--headless", "--permissions", "bypass"];
    let work = Workspace::start(&stage, "k1", "claude", options, "[[scn:commit]] Add a greeting");
    stage.kill_server();
    work.wait_done();
    work.assert_committed("Add hello", "done", 0);
    work.assert_one_attempt(Some("code 0"));
    stage.assert_played_once("commit", 3);
}

#[test]
fn the_server_while_a_headless_agent_waits_for_its_model() {
    let Some(stage) = Stage::open() else { return };
    let options = ["--headless", "--permissions", "edits", "--title", "Greet people"];
    let work = Workspace::start(&stage, "k2", "codex", options, "[[scn:slow-edit]] Add a greeting");
    until("the model is asked", || !stage.played().is_empty());
    stage.kill_server();
    work.wait_done();
    work.assert_committed("Greet people", "done", 0);
    work.assert_one_attempt(Some("code 0"));
    stage.assert_played_once("slow-edit", 2);
}

#[test]
fn the_server_while_an_agent_in_tmux_waits_for_its_model_and_again_between_turns() {
    let Some(stage) = Stage::open() else { return };
    let options = ["--tmux", "--permissions", "bypass"];
    let work = Workspace::start(&stage, "k3", "claude", options, "[[scn:slow-commit]] Add a greeting");
    until("the model is asked", || !stage.played().is_empty());
    stage.kill_server();
    work.wait_done();
    work.assert_committed("Add hello", "idle", 0);
    stage.kill_server();
    work.assert_committed("Add hello", "idle", 0);
    let sent = stage.owt(["send", work.name, "[[scn:default]] And now?", "--wait", "--json"]);
    assert_eq!(sent.data()["state"], "observed", "{sent:?}");
    work.wait_done();
    stage.assert_played_once("slow-commit", 3);
    stage.assert_played_once("default", 1);
}

#[test]
fn the_server_while_a_structured_agent_asks() {
    let Some(stage) = Stage::open() else { return };
    let work = Workspace::start(&stage, "k4", "claude", ["--structured"], "[[scn:edit]] Add a greeting");
    assert_eq!(work.wait().code, 4);
    stage.kill_server();
    let shown = work.show();
    assert_eq!(
        (&shown["status"], &shown["pending"][0]["tool"]),
        (&"waiting_permission".into(), &"Write".into())
    );
    let answered = stage.owt(["answer", work.name, "allow"]);
    assert_eq!(answered.code, 0, "{answered:?}");
    work.wait_done();
    assert!(work.path().join("hello.txt").exists());
    stage.assert_played_once("edit", 2);
}

#[test]
fn the_server_after_the_end_and_before_the_next_command() {
    let Some(stage) = Stage::open() else { return };
    let options = ["--headless", "--permissions", "bypass"];
    let work = Workspace::start(&stage, "k5", "claude", options, "[[scn:commit]] Add a greeting");
    until("the last turn is asked for", || stage.played().len() == 3);
    stage.kill_server();
    until("the agent and its host have ended", || stage.processes(HOST).is_empty());
    work.assert_committed("Add hello", "done", 0);
    work.assert_one_attempt(Some("code 0"));
    stage.assert_played_once("commit", 3);
}

#[test]
fn the_host_during_a_turn() {
    let Some(stage) = Stage::open() else { return };
    let options = ["--headless", "--permissions", "bypass"];
    let work = Workspace::start(&stage, "k6", "claude", options, "[[scn:slow-commit]] Add a greeting");
    until("the model is asked", || !stage.played().is_empty());
    stage.kill(HOST);
    assert_lost(&work);
    stage.assert_played_once("slow-commit", 1);
}

/// The host has the agent's terminal, not tmux: nothing is lost but the window.
#[test]
fn tmux_during_a_turn() {
    let Some(stage) = Stage::open() else { return };
    let options = ["--tmux", "--permissions", "bypass"];
    let work = Workspace::start(&stage, "k7", "claude", options, "[[scn:slow-commit]] Add a greeting");
    until("the model is asked", || !stage.played().is_empty());
    stage.kill(TMUX);
    work.wait_done();
    work.assert_committed("Add hello", "idle", 0);
    stage.assert_played_once("slow-commit", 3);
    assert_eq!(stage.owt(["stop", work.name]).code, 0);
    until("no host is left", || stage.processes(HOST).is_empty());
}

/// The attempt counts as failed, nothing of it runs on, and nothing is tried again.
#[track_caller]
fn assert_lost(work: &Workspace<'_>) {
    let waited = work.wait();
    assert_eq!(waited.code, 1, "{waited:?}");
    let listed = work.listed();
    assert_eq!((&listed["status"], listed["session"].as_str()), (&"failed".into(), None), "{listed:#}");
    until("no agent is left", || work.stage.processes("claude").is_empty());
    work.stage.kill_server();
    let listed = work.listed();
    assert_eq!((&listed["status"], listed["session"].as_str()), (&"failed".into(), None), "{listed:#}");
    assert_eq!(work.show()["attempts"].as_array().map(Vec::len), Some(1));
}
