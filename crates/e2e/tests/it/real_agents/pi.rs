//! Pi in each kind of session that `owt` has for it.

use std::fs;

use owt_testkit::lab::PI;

use super::others;
use super::structured;

#[test]
#[ignore = "every agent at hand: the long tier (cargo xtask test --long)"]
fn long_headless_it_knows_bypass_alone_and_gets_its_prompt_whole() {
    let Some(stage) = others::stage_with(PI) else { return };
    others::headless_at_bypass(&stage, "pi");
    let refused =
        stage.owt(["new", "--json", "--agent", "pi", "--headless", "--permissions", "edits", "Add it"]);
    assert_ne!(refused.code, 0, "{refused:?}");
    assert!(refused.stdout.contains("permission system"), "{refused:?}");
}

#[test]
#[ignore = "every agent at hand: the long tier (cargo xtask test --long)"]
fn long_in_tmux_it_gets_prompt_and_messages_and_is_idle_between() {
    let Some(stage) = others::stage_with(PI) else { return };
    others::in_tmux_at_bypass(&stage, "pi");
}

#[test]
#[ignore = "every agent at hand: the long tier (cargo xtask test --long)"]
fn long_its_conversation_moves_into_a_terminal_and_back() {
    let Some(stage) = others::stage_with(PI) else { return };
    structured::moves_into_a_terminal_and_back(&stage, "pi", "bypass");
}

/// An extension of the person's asks before every tool.
const ASKS: &str = r#"export default function (pi) {
  pi.on("tool_call", async (event, context) => {
    if (!(await context.ui.confirm("May it?", event.toolName))) return { block: true, reason: "refused" };
  });
}
"#;

#[test]
#[ignore = "minutes: the long tier (cargo xtask test --long)"]
fn long_structured_it_hears_why_it_was_refused_and_is_interrupted() {
    let Some(stage) = others::stage_with(PI) else { return };
    let folder = stage.home_folder().join(".pi/agent/extensions");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("asks.js"), ASKS).unwrap();
    structured::hears_why_it_was_refused_and_is_interrupted(&stage, "pi", "bypass");
    // The reason came with the refusal, not after the turn.
    stage.assert_played_once("edit", 2);
}
