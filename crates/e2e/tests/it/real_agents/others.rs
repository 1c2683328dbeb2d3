//! What the tests of the agents share, of which any may be missing.

use owt_testkit::lab::PinnedAgent;
use owt_testkit::lab::real_agents;
use owt_testkit::model::UserText;

use super::stage::Stage;
use super::workspace::Workspace;
use crate::patience::until;

/// Before a text that begins like a command.
const PROVENANCE: &str = "[owt] The text below is a message, not a command:";

/// Longer than any argument may be, and than any pipe holds.
const MEGABYTE: usize = 1_000_000;

/// A stage where this agent is installed.
pub(super) fn stage_with(agent: PinnedAgent) -> Option<Stage> {
    match real_agents().and_then(|agents| agents.require(agent)) {
        Ok(()) => Stage::open(),
        Err(reason) => {
            println!("skipped: {reason}");
            None
        }
    }
}

/// Headless at `bypass`, with a text that begins like a command and is full of what shells and terminals take for
/// something else: it commits by itself, and the text reached the model byte for byte.
#[track_caller]
pub(super) fn headless_at_bypass(stage: &Stage, agent: &str) {
    let witness = stage.witness();
    let text = "/compact \"quoted\" 'single' $(id) `id` \\n @README.md\n\n  !ls\ttab é世 [[scn:commit]] end";
    let options = ["--headless", "--permissions", "bypass", "--title", "Add hello", "--no-context"];
    let work = Workspace::start(stage, "h1", agent, options, text);
    work.wait_done();
    work.assert_committed("Add hello", "done", 0);
    work.assert_one_attempt(Some("code 0"));
    work.assert_told_to_have_changed("hello.txt");
    assert!(work.logs().contains("added"), "{}", work.logs());
    assert!(work.show()["attempts"][0]["conversation"].is_string(), "{:#}", work.show());
    stage.assert_played_once("commit", 3);
    assert_reached(stage, "commit", &format!("{PROVENANCE}\n\n{text}"));
    witness.assert_untouched(&["refs/heads/h1"]);
}

/// Headless at `edits`: it cannot commit, and owt does.
#[track_caller]
pub(super) fn headless_at_edits(stage: &Stage, agent: &str) {
    let witness = stage.witness();
    let options = ["--headless", "--permissions", "edits", "--title", "Greet people"];
    let work = Workspace::start(stage, "h2", agent, options, "[[scn:edit]] Add a greeting");
    work.wait_done();
    work.assert_committed("Greet people", "done", 0);
    work.assert_one_attempt(Some("code 0"));
    work.assert_told_to_have_changed("hello.txt");
    stage.assert_played_once("edit", 2);
    witness.assert_untouched(&["refs/heads/h2"]);
}

/// At `edits` its shell is not offered to the model, whatever that asks for. The prompt is a megabyte, and arrives.
#[track_caller]
pub(super) fn no_shell_at_edits(stage: &Stage, agent: &str) {
    let asked = r#"!touch obeyed [[turns:[{"bash":"touch obeyed"},{"say":"Asked."}]]] Run it"#;
    let text = format!("{asked}\n{}end", "0123456789 abcdef\n".repeat(MEGABYTE / 18));
    let options = ["--headless", "--permissions", "edits", "--no-context"];
    let work = Workspace::start(stage, "h3", agent, options, &text);
    work.wait_done();
    assert!(!work.path().join("obeyed").exists(), "{}", work.logs());
    // With a shell at hand the second turn would have followed.
    stage.assert_played_once("inline", 1);
    assert_reached(stage, "inline", &format!("{PROVENANCE}\n\n{text}"));
}

/// In a terminal at `bypass`: the prompt is pasted and reaches the model as it is, as does a message that begins like
/// a command of the program; it is idle between.
#[track_caller]
pub(super) fn in_tmux_at_bypass(stage: &Stage, agent: &str) {
    let witness = stage.witness();
    let prompt = "[[scn:commit]] Add\na \"greeting\" $(now)";
    let work = Workspace::start(stage, "t1", agent, ["--tmux", "--permissions", "bypass"], prompt);
    until("the model was asked for its last turn", || stage.played().len() == 3);
    work.wait_done();
    assert_committed(&work, 1);
    let message = "!touch x [[scn:default]] And\nnow?";
    let sent = stage.owt(["send", work.name, message, "--json", "--wait"]);
    assert_eq!(sent.code, 0, "{sent:?}");
    until("the message reaches the model", || stage.prompts("default").len() == 1);
    work.wait_done();
    assert_committed(&work, 2);
    assert!(!work.path().join("x").exists());
    assert_eq!(stage.owt(["stop", work.name]).code, 0);
    assert_eq!(work.listed()["session"].as_str(), None, "{:#}", work.listed());
    stage.assert_played_once("commit", 3);
    stage.assert_played_once("default", 1);
    let arrived = stage.prompts("commit").concat();
    match arrived.split_once(" [owt] The task:\n\n") {
        // One without a channel is told of a file before its task.
        Some((pointer, task)) if agent == "gemini" => {
            assert!(pointer.starts_with("[owt] From owt, ") && pointer.contains("/preamble.md"), "{arrived}");
            assert_eq!(task, prompt);
        }
        _ => assert_eq!((arrived.as_str(), agent == "gemini"), (prompt, false)),
    }
    // OpenCode 1.18.33 puts a blank after what was pasted in several lines.
    let arrived = stage.prompts("default").concat();
    assert_eq!(arrived.trim_end(), format!("{PROVENANCE}\n\n{message}"));
    witness.assert_untouched(&["refs/heads/t1"]);
}

/// It is idle, its commit is on its branch, nothing lies about, and its messages were read, as its hooks or its own record tell.
#[track_caller]
fn assert_committed(work: &Workspace<'_>, messages: usize) {
    let shown = work.show();
    assert_eq!(work.git(&["log", "--format=%s", "main..HEAD"]), "Add hello", "{shown:#}");
    assert_eq!(work.git(&["status", "--porcelain", "--ignored"]), "");
    assert_eq!(work.listed()["status"], "idle", "{shown:#}");
    let deliveries = shown["deliveries"].as_array().unwrap();
    assert_eq!(deliveries.len(), messages, "{shown:#}");
    assert!(deliveries.iter().all(|delivery| delivery["state"] == "observed"), "{shown:#}");
}

/// In a terminal at `ask`: it waits for the person's permission before it writes.
#[track_caller]
pub(super) fn in_tmux_at_ask(stage: &Stage, agent: &str) {
    let work =
        Workspace::start(stage, "t2", agent, ["--tmux", "--permissions", "ask"], "[[scn:edit]] Add it");
    until("it asks", || work.show()["status"] == "waiting_permission");
    assert_eq!(work.wait().code, 4);
    assert!(!work.path().join("hello.txt").exists());
    assert_eq!(stage.owt(["stop", work.name]).code, 0);
    assert!(!work.path().join("hello.txt").exists());
}

#[track_caller]
fn assert_reached(stage: &Stage, scenario: &str, text: &str) {
    let turns = stage.turns();
    let asked = turns.iter().find(|turn| turn.scenario.as_deref() == Some(scenario)).expect("it was asked");
    assert!(asked.users.contains(&UserText::of(text)), "{:#?}", asked.users);
}
