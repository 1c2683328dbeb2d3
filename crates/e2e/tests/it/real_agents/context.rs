//! What an agent is told besides its task reaches the model beside the prompt, and the prompt stays what it was.

use super::stage::Stage;
use super::workspace::Workspace;

const TASK: &str = "[[scn:default]] Fix the \"greeting\"";

/// What the model was told besides the messages, where that task was the last of them.
#[track_caller]
fn told(stage: &Stage, number: usize) -> String {
    let turns = stage.turns();
    assert_eq!(turns.len(), number, "{turns:#?}");
    assert_eq!(stage.prompts("default").last().map(String::as_str), Some(TASK));
    turns.last().unwrap().told.clone()
}

#[test]
fn both_are_told_where_they_are_and_only_if_that_is_wanted() {
    let Some(stage) = Stage::open() else { return };
    let sessions =
        [("claude", "--headless"), ("claude", "--tmux"), ("codex", "--headless"), ("codex", "--tmux")];
    for (index, (agent, session)) in sessions.into_iter().enumerate() {
        let name = format!("w{index}");
        let work = Workspace::start(&stage, &name, agent, [session, "--permissions", "bypass"], TASK);
        work.wait_done();
        let text = told(&stage, 2 * index + 1);
        let shown = stage.owt(["show", &name, "--context", "--json"]).data();
        let shown = shown["context"].as_str().unwrap();
        assert!(shown.contains(&format!("on the branch `{name}`")) && shown.contains("a bug fix"), "{shown}");
        assert!(text.contains(shown.trim_end()), "{agent} {session}: {text}");
        let silent = format!("{name}-silent");
        let options = [session, "--permissions", "bypass", "--no-context"];
        let work = Workspace::start(&stage, &silent, agent, options, TASK);
        work.wait_done();
        let text = told(&stage, 2 * index + 2);
        assert!(!text.contains("From owt"), "{agent} {session}: {text}");
    }
}
