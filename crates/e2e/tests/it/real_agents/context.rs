//! What an agent is told besides its task reaches the model beside the prompt, and the prompt stays what it was.

use std::fs;
use std::os::unix::fs::symlink;

use owt_testkit::lab::DROID;
use owt_testkit::lab::GEMINI;
use owt_testkit::lab::OPENCODE;
use owt_testkit::lab::PI;
use owt_testkit::lab::PinnedAgent;
use owt_testkit::model::UserText;

use super::others;
use super::stage::Stage;
use super::workspace::Workspace;
use crate::patience::until;

const TASK: &str = "[[scn:default]] Fix the \"greeting\"";

/// What the model was told besides the messages, where that task was the last of them.
#[track_caller]
fn told(stage: &Stage, number: usize) -> String {
    let turns = stage.turns();
    assert_eq!(turns.len(), number, "{turns:#?}");
    assert_eq!(stage.prompts("default").last().map(String::as_str), Some(TASK));
    turns.last().unwrap().told.clone()
}

/// In each kind of session it is told as `show --context` says, and nothing where that was switched off.
#[track_caller]
fn is_told(stage: &Stage, agent: &str, sessions: &[&str]) {
    for (index, session) in sessions.iter().enumerate() {
        let name = format!("{agent}{index}");
        let options = [*session, "--permissions", "bypass", "--no-deps"];
        let work = Workspace::start(stage, &name, agent, options, TASK);
        until("the model is asked", || stage.turns().len() == 2 * index + 1);
        work.wait_done();
        let text = told(stage, 2 * index + 1);
        let shown = stage.owt(["show", &name, "--context", "--json"]).data();
        let shown = shown["context"].as_str().unwrap();
        assert!(shown.contains(&format!("on the branch `{name}`")) && shown.contains("a bug fix"), "{shown}");
        assert!(text.contains(shown.trim_end()), "{agent} {session}: {text}");
        let silent = format!("{name}-silent");
        let options = [*session, "--permissions", "bypass", "--no-context", "--no-deps"];
        let work = Workspace::start(stage, &silent, agent, options, TASK);
        until("the model is asked", || stage.turns().len() == 2 * index + 2);
        work.wait_done();
        let text = told(stage, 2 * index + 2);
        assert!(!text.contains("From owt"), "{agent} {session}: {text}");
        assert_eq!(work.git(&["status", "--porcelain", "--ignored"]), "");
    }
}

#[test]
fn claude_code_is_told_where_it_is_and_only_if_that_is_wanted() {
    let Some(stage) = Stage::open() else { return };
    is_told(&stage, "claude", &["--headless", "--tmux"]);
}

#[test]
fn codex_is_told_where_it_is_and_only_if_that_is_wanted() {
    let Some(stage) = Stage::open() else { return };
    is_told(&stage, "codex", &["--headless", "--tmux"]);
}

#[track_caller]
fn other_is_told(pinned: PinnedAgent, agent: &str) {
    if let Some(stage) = others::stage_with(pinned) {
        is_told(&stage, agent, &["--headless", "--tmux"]);
    }
}

#[test]
#[ignore = "every agent at hand: the long tier (cargo xtask test --long)"]
fn long_opencode_is_told_where_it_is() {
    other_is_told(OPENCODE, "opencode");
}

#[test]
#[ignore = "every agent at hand: the long tier (cargo xtask test --long)"]
fn long_pi_is_told_where_it_is() {
    other_is_told(PI, "pi");
}

#[test]
#[ignore = "every agent at hand: the long tier (cargo xtask test --long)"]
fn long_droid_is_told_where_it_is() {
    other_is_told(DROID, "droid");
}

/// What the person told the program themselves is told too, and first.
#[track_caller]
fn own_words_stay(stage: &Stage, agent: &str) {
    for (index, session) in ["--headless", "--tmux"].into_iter().enumerate() {
        let name = format!("{agent}-own{index}");
        let options = [session, "--permissions", "bypass", "--no-deps"];
        let work = Workspace::start(stage, &name, agent, options, TASK);
        until("the model is asked", || stage.turns().len() == index + 1);
        work.wait_done();
        let text = told(stage, index + 1);
        let (own, ours) = (text.find("Answer in verse"), text.find("From owt"));
        assert!(own.is_some() && own < ours, "{agent} {session}: {text}");
        let shown = stage.owt(["show", &name, "--context"]).stdout;
        assert!(shown.contains("From owt") && !shown.contains("verse"), "{shown}");
    }
}

#[test]
fn codex_keeps_the_persons_own_instructions() {
    let Some(stage) = Stage::open() else { return };
    let file = stage.home_folder().join(".codex/config.toml");
    let settings = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("developer_instructions = \"Answer in verse\"\n{settings}")).unwrap();
    own_words_stay(&stage, "codex");
}

/// The marked lines that stand before a task, and the task behind them.
#[track_caller]
fn in_front(stage: &Stage, name: &str) {
    let said = stage.prompts("default").pop().unwrap();
    assert!(said.starts_with("[owt] From owt, which started this session"), "{said}");
    let shown = stage.owt(["show", name, "--context", "--json"]).data();
    assert_eq!(shown["context_way"], "prompt");
    let shown = shown["context"].as_str().unwrap();
    assert!(shown.contains(&format!("on the branch `{name}`")), "{shown}");
    let users = stage.turns().pop().unwrap().users;
    assert!(users.contains(&UserText::of(&format!("{shown}{TASK}"))), "{users:#?}");
}

#[test]
#[ignore = "every agent at hand: the long tier (cargo xtask test --long)"]
fn long_gemini_is_told_in_front_of_its_task() {
    let Some(stage) = others::stage_with(GEMINI) else { return };
    let options = ["--headless", "--permissions", "bypass", "--no-deps"];
    Workspace::start(&stage, "front", "gemini", options, TASK).wait_done();
    in_front(&stage, "front");
}

/// A link could lead anywhere, and what it leads to is not told again: ours goes another way then.
#[test]
fn codex_keeps_instructions_that_owt_will_not_read() {
    let Some(stage) = Stage::open() else { return };
    let (file, target) = (stage.home_folder().join(".codex/config.toml"), stage.beside("codex.toml"));
    let settings = fs::read_to_string(&file).unwrap();
    fs::write(&target, format!("developer_instructions = \"Answer in verse\"\n{settings}")).unwrap();
    fs::remove_file(&file).unwrap();
    symlink(&target, &file).unwrap();
    let options = ["--headless", "--permissions", "bypass", "--no-deps"];
    Workspace::start(&stage, "linked", "codex", options, TASK).wait_done();
    let text = stage.turns().pop().unwrap().told;
    assert!(text.contains("Answer in verse") && !text.contains("From owt"), "{text}");
    in_front(&stage, "linked");
}

#[test]
#[ignore = "every agent at hand: the long tier (cargo xtask test --long)"]
fn long_pi_keeps_the_persons_own_instructions() {
    let Some(stage) = others::stage_with(PI) else { return };
    fs::write(stage.home_folder().join(".pi/agent/APPEND_SYSTEM.md"), "Answer in verse\n").unwrap();
    own_words_stay(&stage, "pi");
}
