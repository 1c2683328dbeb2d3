//! Gemini CLI in each kind of session that `owt` has for it.

use std::time::Duration;
use std::time::Instant;

use owt_testkit::lab::GEMINI;

use super::others;
use super::structured;
use super::workspace::Workspace;
use crate::patience::until;

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

/// Such a turn may be over before a picture of it is taken: its record has the answer.
#[test]
#[ignore = "minutes: the long tier (cargo xtask test --long)"]
fn long_in_tmux_a_short_turn_is_over_soon_after_its_answer() {
    let Some(stage) = others::stage_with(GEMINI) else { return };
    let work = Workspace::start(&stage, "t1", "gemini", ["--tmux", "--permissions", "bypass"], TASK);
    work.wait_done();
    for turn in 1..=3 {
        let sent = stage.owt(["send", work.name, "[[scn:default]] Well?", "--json", "--wait"]);
        assert_eq!(sent.code, 0, "{sent:?}");
        until("the message reaches the model", || stage.prompts("default").len() > turn);
        let asked = Instant::now();
        work.wait_done();
        assert!(asked.elapsed() < SOON, "turn {turn}: {:?}", asked.elapsed());
    }
}

const TASK: &str = "[[scn:default]] Hello";

/// A picture of rest alone counts fifteen seconds after the message was read only.
const SOON: Duration = Duration::from_secs(8);

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
