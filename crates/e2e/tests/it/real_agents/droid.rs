//! Droid in each kind of session that `owt` has for it.

use owt_testkit::lab::DROID;

use super::others;

#[test]
#[ignore = "every agent at hand: the long tier (cargo xtask test --long)"]
fn long_headless_it_is_held_to_its_level_and_gets_its_prompt_whole() {
    let Some(stage) = others::stage_with(DROID) else { return };
    others::headless_at_bypass(&stage, "droid");
    others::headless_at_edits(&stage, "droid");
    others::no_shell_at_edits(&stage, "droid");
}

#[test]
#[ignore = "every agent at hand: the long tier (cargo xtask test --long)"]
fn long_in_tmux_it_gets_prompt_and_messages_and_is_idle_between() {
    let Some(stage) = others::stage_with(DROID) else { return };
    others::in_tmux_at_bypass(&stage, "droid");
    others::in_tmux_at_ask(&stage, "droid");
}
