//! What kind of failure `owt` says it is when a provider refuses a real program in its terminal: from the program's hooks and from
//! its own record of the conversation.

use std::fs;

use owt_testkit::lab::CLAUDE;
use owt_testkit::lab::CODEX;
use owt_testkit::lab::DROID;
use owt_testkit::lab::GEMINI;
use owt_testkit::lab::OPENCODE;
use owt_testkit::lab::PI;
use owt_testkit::lab::PinnedAgent;

use super::others;
use super::stage::Stage;
use super::workspace::Workspace;
use crate::patience::until;

/// Ctrl-b d.
const LEAVE: &str = "\u{2}d";

const ESCAPE: &str = "\u{1b}";

#[test]
fn claude_codes_failed_turns_have_kinds_in_a_terminal() {
    // What is too long it tries to sum up, and then the scripted model plays the newest scenario of what is left: that one first.
    assert_kinds(CLAUDE, &[("too-long", "context_overflow"), ("unauthorized", "auth"), ("cut", "network")]);
}

#[test]
fn codexs_failed_turns_have_kinds_in_a_terminal() {
    assert_kinds(CODEX, &[("unauthorized", "auth"), ("too-long", "context_overflow"), ("cut", "network")]);
}

#[test]
#[ignore = "every agent at hand: the long tier (cargo xtask test --long)"]
fn long_gemini_clis_failed_turns_have_kinds_in_a_terminal() {
    assert_kinds(GEMINI, &[("unauthorized", "auth"), ("too-long", "context_overflow"), ("cut", "network")]);
}

#[test]
#[ignore = "every agent at hand: the long tier (cargo xtask test --long)"]
fn long_droids_failed_turns_have_kinds_in_a_terminal() {
    assert_kinds(DROID, &[("unauthorized", "auth"), ("too-long", "refused")]);
}

#[test]
#[ignore = "every agent at hand: the long tier (cargo xtask test --long)"]
fn long_pis_failed_turns_have_kinds_in_a_terminal() {
    assert_kinds(PI, &[("unauthorized", "auth"), ("cut", "network")]);
}

/// Pi in a terminal, asked for something for which its provider has no capacity.
fn pi_without_capacity(stage: &Stage) -> Workspace<'_> {
    let options = ["--pty", "--permissions", "bypass", "--no-context"];
    let work = Workspace::start(stage, "t", PI.program, options, "[[scn:default]] Say something");
    work.wait_done();
    let refused = r#"[[turns:[{"fault":{"error":{"status":503,"message":"no capacity"}}}]]] Say it"#;
    let sent = stage.owt(["send", work.name, refused, "--wait", "--json"]);
    assert_eq!(sent.code, 0, "{sent:?}");
    work
}

/// It tries again after two, four and eight seconds, and its extensions are told of each end. Each of its tries is three
/// requests of its library.
#[test]
#[ignore = "every agent at hand: the long tier (cargo xtask test --long)"]
fn long_pi_has_failed_once_in_a_terminal_when_it_has_tried_for_the_last_time() {
    let Some(stage) = others::stage_with(PI) else { return };
    let work = pi_without_capacity(&stage);
    assert_eq!(work.wait().code, 1);
    assert_eq!(stage.prompts("inline").len(), 4 * 3, "{}", stage.owt(["explain", work.name]).stdout);
    assert_eq!(work.show()["failure"]["kind"], "overload");
    assert_eq!(stage.owt(["stop", work.name]).code, 0);
}

/// By the person's own settings it waits for ten minutes before it tries again: nothing but the key ends that.
#[test]
#[ignore = "every agent at hand: the long tier (cargo xtask test --long)"]
fn long_pi_has_failed_at_once_in_a_terminal_when_its_next_try_is_called_off() {
    let Some(stage) = others::stage_with(PI) else { return };
    let file = stage.home_folder().join(".pi/agent/settings.json");
    let text = fs::read_to_string(&file).unwrap_or_else(|_| "{}".to_owned());
    let mut settings: serde_json::Value = serde_json::from_str(&text).unwrap();
    settings["retry"] = serde_json::json!({ "baseDelayMs": 600_000 });
    fs::write(&file, settings.to_string()).unwrap();
    let work = pi_without_capacity(&stage);
    let shown = stage.converse("attach t", &[("Retrying", ESCAPE), ("cancelled", LEAVE)]);
    assert_eq!(shown.code, 0, "{shown:?}");
    until("its failure", || work.show()["failure"]["kind"] == "overload");
    assert_eq!(work.wait().code, 1, "{}", stage.owt(["explain", work.name]).stdout);
    assert_eq!(stage.prompts("inline").len(), 3, "one try of its library's three requests");
    assert_eq!(stage.owt(["stop", work.name]).code, 0);
}

/// What breaks off it asks again for minutes, and what is too long it makes short by itself.
#[test]
#[ignore = "every agent at hand: the long tier (cargo xtask test --long)"]
fn long_opencodes_failed_turns_have_kinds_in_a_terminal() {
    assert_kinds(OPENCODE, &[("unauthorized", "auth"), ("no-such-model", "refused")]);
}

/// One session, refused in one way after the other; a turn that goes well in between leaves nothing of the failure.
#[track_caller]
fn assert_kinds(agent: PinnedAgent, refusals: &[(&str, &str)]) {
    let Some(stage) = others::stage_with(agent) else { return };
    let options = ["--pty", "--permissions", "bypass", "--no-context"];
    let work = Workspace::start(&stage, "t", agent.program, options, "[[scn:default]] Say something");
    work.wait_done();
    for (scenario, kind) in refusals {
        for (prompt, expected) in [(*scenario, Some(*kind)), ("default", None)] {
            let before = newest_notice(&work)["number"].as_u64();
            let sent = stage.owt([
                "send",
                work.name,
                &format!("[[scn:{prompt}]] Say {scenario}"),
                "--wait",
                "--json",
            ]);
            assert_eq!(sent.code, 0, "{scenario}: {sent:?}");
            let waited = work.wait();
            let failed = i32::from(expected.is_some());
            let explained = stage.owt(["explain", work.name]).stdout;
            assert_eq!(
                waited.code,
                failed,
                "{scenario} {prompt}: {explained}\n{:#}",
                work.show()["last_lines"]
            );
            assert_eq!(work.show()["failure"]["kind"].as_str(), expected, "{scenario} {prompt}: {explained}");
            // Where turns are not counted, a good one within seconds of another end is not told again.
            if expected.is_some() {
                until(&format!("the notice of {scenario}"), || {
                    let notice = newest_notice(&work);
                    notice["number"].as_u64() > before && notice["kind"] == "failed"
                });
            }
        }
    }
    assert_eq!(stage.owt(["stop", work.name]).code, 0);
}

/// The newest of the notices that tell of a turn's end.
fn newest_notice(work: &Workspace<'_>) -> serde_json::Value {
    work.listed()["notice"].clone()
}
