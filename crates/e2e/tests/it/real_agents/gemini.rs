//! Gemini CLI in each kind of session that `owt` has for it.

use owt_testkit::lab::GEMINI;

use super::others;
use super::structured;

#[test]
#[ignore = "every agent at hand: the long tier (cargo xtask test --long)"]
fn long_headless_it_is_held_to_its_level_and_gets_its_prompt_whole() {
    let Some(stage) = others::stage_with(GEMINI) else { return };
    others::headless_at_bypass(&stage, "gemini");
    others::headless_at_edits(&stage, "gemini");
    others::no_shell_at_edits(&stage, "gemini");
}

#[test]
#[ignore = "every agent at hand: the long tier (cargo xtask test --long)"]
fn long_in_tmux_it_gets_prompt_and_messages_and_is_idle_between() {
    let Some(stage) = others::stage_with(GEMINI) else { return };
    // Its shell hides the person's own configuration from git.
    stage.git(&["config", "user.name", "Test Person"]);
    stage.git(&["config", "user.email", "test@example.invalid"]);
    others::in_tmux_at_bypass(&stage, "gemini");
    others::in_tmux_at_ask(&stage, "gemini");
}

#[test]
#[ignore = "every agent at hand: the long tier (cargo xtask test --long)"]
fn long_structured_it_asks_and_takes_answers_and_messages() {
    let Some(stage) = others::stage_with(GEMINI) else { return };
    // Its shell hides the person's own configuration from git.
    stage.git(&["config", "user.name", "Test Person"]);
    stage.git(&["config", "user.email", "test@example.invalid"]);
    structured::asks_and_takes_answers_and_messages(&stage, "gemini", ["edit", "execute"]);
}

#[test]
#[ignore = "minutes: the long tier (cargo xtask test --long)"]
fn long_structured_it_hears_why_it_was_refused_and_is_interrupted() {
    let Some(stage) = others::stage_with(GEMINI) else { return };
    structured::hears_why_it_was_refused_and_is_interrupted(&stage, "gemini", "ask");
}
