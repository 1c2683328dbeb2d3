//! OpenCode in each kind of session that `owt` has for it.

use owt_testkit::lab::OPENCODE;

use super::others;
use super::structured;

#[test]
#[ignore = "every agent at hand: the long tier (cargo xtask test --long)"]
fn long_headless_it_is_held_to_its_level_and_gets_its_prompt_whole() {
    let Some(stage) = others::stage_with(OPENCODE) else { return };
    others::headless_at_bypass(&stage, "opencode");
    others::headless_at_edits(&stage, "opencode");
    others::no_shell_at_edits(&stage, "opencode");
}

#[test]
#[ignore = "every agent at hand: the long tier (cargo xtask test --long)"]
fn long_in_tmux_it_gets_prompt_and_messages_and_is_idle_between() {
    let Some(stage) = others::stage_with(OPENCODE) else { return };
    others::in_tmux_at_bypass(&stage, "opencode");
    others::in_tmux_at_ask(&stage, "opencode");
}

#[test]
#[ignore = "every agent at hand: the long tier (cargo xtask test --long)"]
fn long_structured_it_asks_and_takes_answers_and_messages() {
    let Some(stage) = others::stage_with(OPENCODE) else { return };
    structured::asks_and_takes_answers_and_messages(&stage, "opencode", ["edit", "execute"]);
}

#[test]
#[ignore = "minutes: the long tier (cargo xtask test --long)"]
fn long_structured_it_hears_why_it_was_refused_and_is_interrupted() {
    let Some(stage) = others::stage_with(OPENCODE) else { return };
    structured::hears_why_it_was_refused_and_is_interrupted(&stage, "opencode", "ask");
}
