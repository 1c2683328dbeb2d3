//! Mistral Vibe over the Agent Client Protocol.

use owt_testkit::lab::VIBE;

use super::others;
use super::structured;

#[test]
#[ignore = "every agent at hand: the long tier (cargo xtask test --long)"]
fn long_structured_it_asks_and_takes_answers_and_messages() {
    let Some(stage) = others::stage_with(VIBE) else { return };
    structured::asks_and_takes_answers_and_messages(&stage, "vibe", ["edit", "execute"]);
}

#[test]
#[ignore = "minutes: the long tier (cargo xtask test --long)"]
fn long_structured_it_hears_why_it_was_refused_and_is_interrupted() {
    let Some(stage) = others::stage_with(VIBE) else { return };
    structured::hears_why_it_was_refused_and_is_interrupted(&stage, "vibe", "ask");
}

#[test]
#[ignore = "minutes: the long tier (cargo xtask test --long)"]
fn long_structured_it_is_held_to_its_level() {
    let Some(stage) = others::stage_with(VIBE) else { return };
    structured::is_held_to_its_level(&stage, "vibe");
}
