//! What would be made of an agent's screen.

use std::path::PathBuf;

use crate::sealed::Sealed;

fn recorded(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../owt-agents/tests/corpus/screens");
    folder.join(name).to_str().unwrap().to_owned()
}

#[test]
fn a_picture_is_judged_by_the_rule_that_would_judge_it_in_a_session() {
    let sealed = Sealed::new();
    let told =
        |agent: &str, file: &str| sealed.run(&["agents", "test", agent, "--screen", &recorded(file)]).told();
    insta::assert_snapshot!(told("claude", "claude-permission-bash.ansi"), @r"
    ◆ needs a yes  by the rule 'permission'
      whole  Do you want to proceed?
      whole  ❯ 1. Yes
      bottom:4  Esc to cancel · Tab to amend · ctrl+e to explain
    No message would be typed now.
    [exit 0]
    ");
    insta::assert_snapshot!(told("codex", "codex-dialog-trust.txt"), @r"
    ▲ blocked  by the rule 'trust'
      whole  Trust this folder? Codex can read, edit, and run files here, subject to your permission settings. Folder settings
    No message would be typed now.
    You would be told: attach and say whether Codex may trust this repository; it asks once per main checkout
    [exit 0]
    ");
    insta::assert_snapshot!(told("codex", "codex-working-tool.txt"), @r"
    ● working  by the rule 'interruptible'
      last-block  • Working (2s • esc to interrupt) · 1 background terminal running · /ps to view · /stop to close
      the rule 'words-streaming' holds too, and is outranked
        last-block  • Working (2s • esc to interrupt) · 1 background terminal running · /ps to view · /stop to close
      the rule 'idle' holds too, and is outranked
        below-prompt  GPT-5.5 default · /home/dev/agent-work/cxtui-wt
    No message would be typed now.
    [exit 0]
    ");
    insta::assert_snapshot!(told("gemini", "claude-idle.txt"), @r"
    · unknown  no rule holds
    No message would be typed now.
    [exit 0]
    ");
}

#[test]
fn the_rules_are_those_of_the_persons_own_manifest() {
    let sealed = Sealed::new();
    let folder = sealed.home.path().join("owt/agents");
    std::fs::create_dir_all(&folder).unwrap();
    let built_in = owt_agents::Catalog::built_in_text("claude").unwrap();
    let mine =
        built_in.replace("Do you want", "No such words").replace("name = \"permission\"", "name = \"mine\"");
    std::fs::write(folder.join("claude.toml"), mine).unwrap();
    let ran = sealed.run(&[
        "agents",
        "test",
        "claude",
        "--screen",
        &recorded("claude-permission-bash.txt"),
        "--json",
    ]);
    assert_ne!(ran.json()["data"]["rule"], "permission", "{}", ran.told());
}

#[test]
fn what_is_no_agent_or_no_picture_is_refused() {
    let sealed = Sealed::new();
    insta::assert_snapshot!(sealed.run(&["agents", "test", "cladue", "--screen", "x"]).told(), @r"
    error: no agent is called 'cladue', did you mean 'claude'?
    hint: see: owt agents
    [exit 5]
    ");
    insta::assert_snapshot!(sealed.run(&["agents", "test", "claude", "--screen", "nothing-here"]).told(), @r"
    error: nothing-here: no such file or directory
    hint: --screen names a picture of a terminal: tmux capture-pane -ep > FILE
    [exit 2]
    ");
    insta::assert_snapshot!(sealed.run(&["agents", "test", "claude"]).told(), @r"
    error: the following required arguments were not provided: --screen <FILE>
    hint: see: owt agents --help
    [exit 2]
    ");
}
