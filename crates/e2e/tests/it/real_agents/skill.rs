//! What `owt skill install` writes is what Claude Code reads: it lists the skill to the model, and a slash command puts
//! its text before it.

use super::stage::Stage;
use super::workspace::Workspace;

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
