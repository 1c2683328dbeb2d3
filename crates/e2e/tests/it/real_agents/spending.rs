//! What the real programs took in a terminal, counted by `owt` from their own records, against what the model has answered.

use owt_testkit::lab::DROID;
use owt_testkit::lab::GEMINI;
use owt_testkit::lab::OPENCODE;
use serde_json::Value;
use serde_json::json;

use super::others;
use super::stage::Stage;
use super::workspace::Workspace;
use crate::patience::until;

/// Each turn of the scenario asks the model twice.
const TURN: (u64, u64) = (3000, 57);

/// What an agent asks the model beside a session's turns (a title), where it counts that, too.
type Beside = (u64, u64);

const NOTHING: Beside = (0, 0);

fn tokens(turns: u64, beside: Beside) -> Value {
    json!({ "input": TURN.0 * turns + beside.0, "output": TURN.1 * turns + beside.1 })
}

/// What the agents do not say of costs is estimated by the person's prices.
fn assert_counted(stage: &Stage, agent: &str) {
    counted(stage, agent, NOTHING, |work| {
        let model = work.show()["model"].as_str().unwrap().to_owned();
        stage.configure(&format!("[usage.prices]\n{model:?} = \"input 100, output 1000\"\n"));
        let shown = work.show();
        // 0.6 and 0.114 dollars.
        let (cost, estimated) = (shown["cost_usd"].as_f64().unwrap(), &shown["cost_estimated"]);
        assert!((cost - 0.714).abs() < 1e-9 && *estimated == true, "{shown:#}");
    });
}

/// Two turns with a server killed in between, and a third after the conversation was taken up again.
fn counted(stage: &Stage, agent: &str, beside: Beside, look: impl Fn(&Workspace<'_>)) {
    let options = ["--pty", "--permissions", "bypass", "--no-context"];
    let work = Workspace::start(stage, "costs", agent, options, "[[scn:costly]] Go");
    let count = |turns: u64, beside: Beside| {
        until("the tokens of its turns", || work.show()["tokens"] == tokens(turns, beside));
    };
    work.wait_done();
    count(1, beside);
    stage.kill_server();
    assert_eq!(stage.owt(["send", work.name, "[[scn:costly]] Go on", "--wait"]).code, 0);
    work.wait_done();
    count(2, beside);
    look(&work);
    assert_eq!(stage.owt(["stop", work.name]).code, 0);
    assert_eq!(stage.owt(["resume", work.name]).code, 0);
    assert_eq!(stage.owt(["send", work.name, "[[scn:costly]] And on", "--wait"]).code, 0);
    work.wait_done();
    count(1, NOTHING);
    let used = stage.owt(["usage", "--json"]).data();
    assert_eq!(used["total"]["tokens"], tokens(3, beside), "{used:#}");
    assert_eq!(stage.owt(["stop", work.name]).code, 0);
}

#[test]
fn claude_codes_tokens_in_a_terminal_are_those_of_the_model() {
    let Some(stage) = Stage::open() else { return };
    assert_counted(&stage, "claude");
}

#[test]
fn codexs_tokens_in_a_terminal_are_those_of_the_model() {
    let Some(stage) = Stage::open() else { return };
    assert_counted(&stage, "codex");
}

#[test]
#[ignore = "every agent at hand: the long tier (cargo xtask test --long)"]
fn long_gemini_clis_tokens_in_a_terminal_are_those_of_the_model() {
    let Some(stage) = others::stage_with(GEMINI) else { return };
    assert_counted(&stage, "gemini");
}

/// It writes no more than the total of a conversation, in which the title is that it has the model give to it (0.215.0).
#[test]
#[ignore = "every agent at hand: the long tier (cargo xtask test --long)"]
fn long_droids_tokens_in_a_terminal_are_those_of_the_model() {
    let Some(stage) = others::stage_with(DROID) else { return };
    counted(&stage, "droid", (5, 4), |_| {});
}

/// It says itself what its answers cost: 3 and 15 dollars for a million tokens, by the settings of its person.
#[test]
#[ignore = "every agent at hand: the long tier (cargo xtask test --long)"]
fn long_opencodes_tokens_and_costs_in_a_terminal_are_those_of_the_model() {
    let Some(stage) = others::stage_with(OPENCODE) else { return };
    counted(&stage, "opencode", NOTHING, |work| {
        let shown = work.show();
        #[expect(clippy::cast_precision_loss, reason = "a few thousand tokens")]
        let dollars = (2 * (TURN.0 * 3 + TURN.1 * 15)) as f64 / 1e6;
        let cost = shown["cost_usd"].as_f64().unwrap();
        assert!((cost - dollars).abs() < 1e-9 && shown["cost_estimated"] != true, "{shown:#}");
    });
}
