//! Codex through its adapter for the Agent Client Protocol.

use owt_testkit::lab::CODEX_ACP;

use super::others;
use super::structured;

#[test]
#[ignore = "every agent at hand: the long tier (cargo xtask test --long)"]
fn long_structured_it_asks_and_takes_answers_and_messages() {
    let Some(stage) = others::stage_with(CODEX_ACP) else { return };
    structured::asks_and_takes_answers_and_messages(&stage, "codex-acp", ["edit", "execute"]);
}

#[test]
#[ignore = "minutes: the long tier (cargo xtask test --long)"]
fn long_structured_it_hears_why_it_was_refused_and_is_interrupted() {
    let Some(stage) = others::stage_with(CODEX_ACP) else { return };
    structured::hears_why_it_was_refused_and_is_interrupted(&stage, "codex-acp", "ask");
}

#[test]
#[ignore = "minutes: the long tier (cargo xtask test --long)"]
fn long_structured_it_is_held_to_bypass_and_plans() {
    let Some(stage) = others::stage_with(CODEX_ACP) else { return };
    structured::commits_at_bypass(&stage, "codex-acp");
    structured::plans_and_changes_nothing(&stage, "codex-acp");
}
