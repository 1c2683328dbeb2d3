//! OpenCode in each kind of session that `owt` has for it.

use owt_testkit::lab::OPENCODE;

use super::others;
use super::structured;
use super::workspace::Workspace;

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

/// It writes down that it has read a message, and shows an empty box for a while before it draws any work.
#[test]
#[ignore = "every agent at hand: the long tier (cargo xtask test --long)"]
fn long_in_tmux_it_is_not_done_before_the_answer_to_what_it_has_read() {
    let Some(stage) = others::stage_with(OPENCODE) else { return };
    let asked = r#"[[turns:[{"bash":"true"},{"say":"That is all.","delay_ms":2000}]]] Look"#;
    let options = ["--tmux", "--permissions", "bypass", "--no-context"];
    let work = Workspace::start(&stage, "t3", "opencode", options, &format!("{asked} once"));
    for (times, next) in ["twice", "three times", "no more"].into_iter().enumerate() {
        work.wait_done();
        let explained = || stage.owt(["explain", work.name]).stdout;
        assert_eq!(stage.played().len(), 2 * (times + 1), "{}", explained());
        let (shown, listed) = (work.show(), work.listed());
        assert!(work.states(&shown).iter().all(|state| *state == "observed"), "{shown:#}");
        // Its start, that it takes messages, its work, its end; of each further turn the last two.
        let most = 4 + 2 * times as u64;
        let told = listed["notice"]["number"].as_u64();
        assert!(told.is_some_and(|told| told <= most), "{listed:#}\n{}", explained());
        if next != "no more" {
            let sent = stage.owt(["send", work.name, &format!("{asked} {next}"), "--wait", "--json"]);
            assert_eq!(sent.code, 0, "{sent:?}");
        }
    }
    assert_eq!(stage.owt(["stop", work.name]).code, 0);
}
