//! The server, a host or tmux killed at the worst moments: the next command shows the same truth, and the model was
//! asked for nothing twice.

use super::stage::Stage;
use super::workspace::Workspace;
use crate::patience::until;
use crate::processes;

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

/// One stage for all: each is of its own, and a start costs the machine most.
#[test]
fn the_host_of_every_other_kind_of_session() {
    let Some(stage) = Stage::open() else { return };
    for (name, agent, session, scenario) in [
        ("l1", "codex", "--headless", "slow-commit"),
        ("l2", "claude", "--structured", "slow-edit"),
        ("l3", "claude", "--tmux", "slow-look"),
        ("l4", "codex", "--tmux", "slow-word"),
    ] {
        let options = [session, "--permissions", "bypass"];
        let prompt = format!("[[scn:{scenario}]] Add a greeting");
        let work = Workspace::start(&stage, name, agent, options, &prompt);
        until("the model is asked", || stage.played().iter().any(|(played, _)| played == scenario));
        stage.kill(HOST);
        assert_lost(&work);
        stage.assert_played_once(scenario, 1);
    }
}

#[test]
fn the_server_while_codex_in_tmux_waits_for_its_model_and_again_between_turns() {
    let Some(stage) = Stage::open() else { return };
    let options = ["--tmux", "--permissions", "bypass"];
    let work = Workspace::start(&stage, "k8", "codex", options, "[[scn:slow-commit]] Add a greeting");
    until("the model is asked", || !stage.played().is_empty());
    stage.kill_server();
    work.wait_done();
    work.assert_committed("Add hello", "idle", 0);
    stage.kill(TMUX);
    stage.kill_server();
    work.assert_committed("Add hello", "idle", 0);
    let sent = stage.owt(["send", work.name, "[[scn:default]] And now?", "--wait", "--json"]);
    assert_eq!(sent.data()["state"], "observed", "{sent:?}");
    work.wait_done();
    stage.assert_played_once("slow-commit", 3);
    stage.assert_played_once("default", 1);
}

/// The moments at which a start is most easily made twice: each is another in each round.
#[test]
fn the_server_while_it_starts_real_agents() {
    let Some(stage) = Stage::open() else { return };
    for (number, (agent, session)) in [
        ("claude", "--headless"),
        ("codex", "--headless"),
        ("claude", "--structured"),
        ("claude", "--tmux"),
        ("codex", "--tmux"),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("m{number}");
        let pid = stage.server_pid();
        let prompt = format!("[[scn:default]] Say something as {name}");
        let words = [
            "new",
            "--json",
            "--agent",
            agent,
            "--branch",
            &name,
            session,
            "--permissions",
            "bypass",
            "--",
            &prompt,
        ];
        std::thread::scope(|scope| {
            let made = scope.spawn(|| stage.owt_with(&words));
            until("the start to come this far", || match number {
                0 => stage.repository().with_file_name(format!("repo-{name}")).exists() || made.is_finished(),
                _ => !stage.processes(HOST).is_empty() || made.is_finished(),
            });
            processes::kill_and_wait(pid);
            // Cut off or answered: what counts is what is there.
            drop(made.join().unwrap());
        });
        let work = Workspace { stage: &stage, name: &name };
        work.wait_done();
        assert_eq!(work.states(&work.show()), ["observed"], "{name}");
        let asked = stage.prompts("default").into_iter().filter(|asked| *asked == prompt).count();
        assert_eq!(asked, 1, "{name}: {:#?}", stage.prompts("default"));
        assert_eq!(work.show()["attempts"].as_array().map(Vec::len), Some(1));
        assert_eq!(stage.owt(["stop", &name]).code, 0);
        until("no host is left", || stage.processes(HOST).is_empty());
    }
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
