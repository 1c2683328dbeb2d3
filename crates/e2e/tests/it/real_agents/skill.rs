//! What `owt skill install` writes is what Claude Code reads: it lists the skill to the model, and a slash command puts
//! its text before it.

use std::path::Path;

use super::stage::Stage;
use super::workspace::Workspace;
use crate::patience::until;

#[test]
fn claude_code_lists_the_skill_and_knows_the_slash_commands() {
    let Some(stage) = Stage::open() else { return };
    assert_eq!(stage.owt(["skill", "install", "--yes"]).code, 0);
    let options = ["--headless", "--permissions", "bypass", "--as-command", "--no-deps"];
    let work = Workspace::start(&stage, "w1", "claude", options, "/wt-create [[scn:default]] Paint it blue");
    work.wait_done();
    let turns = stage.turns();
    let asked = turns.last().unwrap();
    // Claude Code names the commands that only a person may give to nobody but the person.
    assert!(asked.told.contains("- owt: Run other coding agents beside this one"), "{}", asked.told);
    assert!(!asked.told.contains("wt-cleanup"), "{}", asked.told);
    let said: String = asked.users.iter().map(|user| user.text.as_str()).collect();
    assert!(said.contains("Start another coding agent on this task with `owt`"), "{said}");
    assert!(said.contains("[[scn:default]] Paint it blue"), "{said}");
    let stream = stage.owt(["logs", work.name, "--raw"]).stdout;
    let begun = stream.lines().find(|line| line.contains("slash_commands")).expect("it says what it has");
    for name in ["owt", "worktree", "wt-create", "wt-list", "wt-status", "wt-cleanup"] {
        assert!(begun.contains(&format!("\"{name}\"")), "{name}: {begun}");
    }
    assert_eq!(stage.owt(["skill", "uninstall", "--yes"]).code, 0);
    let work =
        Workspace::start(&stage, "w2", "claude", ["--headless", "--no-deps"], "[[scn:default]] Look around");
    work.wait_done();
    assert!(!stage.turns().last().unwrap().told.contains("- owt: Run other"), "it is gone");
}

#[test]
fn claude_code_that_the_person_starts_in_a_worktree_is_told_where_it_is() {
    let Some(stage) = Stage::open() else { return };
    stage.put_owt_on_the_path();
    assert_eq!(stage.owt(["skill", "install", "--yes"]).code, 0);
    let options = ["--headless", "--no-deps"];
    let work = Workspace::start(&stage, "w1", "claude", options, "[[scn:default]] Look around");
    work.wait_done();
    let heard = |folder: &Path, prompt: &str| {
        stage.by_hand(folder, "claude", &["-p", prompt]);
        let asked = stage.turns().pop().unwrap();
        asked.users.iter().map(|user| user.text.as_str()).chain([asked.told.as_str()]).collect::<String>()
    };
    let mut there = String::new();
    // A server that is busy is not waited for.
    until("Claude Code to be told", || {
        there = heard(&work.path(), "[[scn:default]] Look around here");
        there.contains("From owt, which made this worktree and did not start this session")
    });
    assert!(there.contains("on the branch `w1`"), "{there}");
    let elsewhere = heard(&stage.repository(), "[[scn:default]] Look around elsewhere");
    assert!(!elsewhere.contains("From owt"), "{elsewhere}");
    // A session of owt's own is told once.
    let again = Workspace::start(&stage, "w2", "claude", options, "[[scn:default]] Look again");
    again.wait_done();
    let asked = stage.turns().pop().unwrap();
    let said: String =
        asked.users.iter().map(|user| user.text.as_str()).chain([asked.told.as_str()]).collect();
    assert_eq!(said.matches("From owt, which").count(), 1, "{said}");
}
