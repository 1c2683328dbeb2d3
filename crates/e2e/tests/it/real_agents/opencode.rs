//! OpenCode in each kind of session that `owt` has for it.

use owt_testkit::lab::OPENCODE;
use serde_json::json;

use super::others;
use super::structured;
use super::workspace::Workspace;
use crate::patience::until;

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
    structured::asks_and_takes_answers_and_messages(&stage, "opencode", ["edit", "bash"]);
}

/// The tool that was refused says why, and the turn goes on.
#[test]
#[ignore = "minutes: the long tier (cargo xtask test --long)"]
fn long_structured_it_hears_why_it_was_refused_and_is_interrupted() {
    let Some(stage) = others::stage_with(OPENCODE) else { return };
    let options = ["--structured", "--permissions", "ask", "--no-context"];
    let work = Workspace::start(&stage, "r1", "opencode", options, "[[scn:edit]] Add a greeting");
    assert_eq!(work.wait().code, 4, "{:#}\n{}", work.show(), work.logs());
    let answered = stage.owt(["answer", work.name, "deny", "--message", "not that file"]);
    assert_eq!(answered.code, 0, "{answered:?}\n{}", work.logs());
    work.wait_done();
    assert!(!work.path().join("hello.txt").exists());
    assert!(work.logs().contains("not that file"), "{}", work.logs());
    stage.assert_played_once("edit", 2);
    structured::is_interrupted_and_goes_on(&stage, &work);
}

/// What its tool says to the model are the answers; a question that is refused ends the turn, and why comes as a message.
#[test]
#[ignore = "every agent at hand: the long tier (cargo xtask test --long)"]
fn long_structured_its_questions_are_answered() {
    let Some(stage) = others::stage_with(OPENCODE) else { return };
    let option = |label: &str| json!({"label": label, "description": format!("a {label} one")});
    let input = json!({"questions": [
        {"question": "Which colour?", "header": "Colour", "options": [option("Red"), option("Blue")]},
        {"question": "Which sizes?", "header": "Size", "multiple": true, "options": [option("S"), option("L")]},
    ]});
    let turns = json!([{"raw": {"name": "question", "input": input}}, {"say": "Thank you."}]);
    let options = ["--structured", "--permissions", "ask", "--no-context"];
    let work = Workspace::start(&stage, "q1", "opencode", options, &format!("Ask [[turns:{turns}]]"));
    assert_eq!(work.wait().code, 4, "{:#}\n{}", work.show(), work.logs());
    let shown = work.show();
    assert_eq!(shown["status"], "waiting_input", "{shown:#}");
    assert_eq!(shown["status_detail"], "Which colour? (Red, Blue) / Which sizes? (S, L)");
    let answered = stage.owt(["answer", work.name, "-m", "Size=1, l", "-m", "a deep green"]);
    assert_eq!(answered.code, 0, "{answered:?}");
    work.wait_done();
    let told = stage.owt(["logs", work.name, "--raw"]).stdout;
    for answer in [r#"\"Which colour?\"=\"a deep green\""#, r#"\"Which sizes?\"=\"S, L\""#, "Thank you."] {
        assert!(told.contains(answer), "{told}");
    }

    let again = format!("Ask again [[turns:{turns}]]");
    assert_eq!(stage.owt(["send", work.name, &again]).code, 0);
    until("it asks again", || work.show()["status"] == "waiting_input");
    let refused = stage.owt(["answer", work.name, "deny", "--message", "[[scn:default]] ask later"]);
    assert_eq!(refused.code, 0, "{refused:?}");
    until("the reason to be read", || stage.prompts("default").len() == 1);
    work.wait_done();
    assert_eq!(stage.owt(["stop", work.name]).code, 0);
}

/// A helper has a session of its own: what it asks is asked of the person, and its end is not that of the turn.
#[test]
#[ignore = "every agent at hand: the long tier (cargo xtask test --long)"]
fn long_structured_its_helper_asks_and_its_end_is_not_the_turns() {
    let Some(stage) = others::stage_with(OPENCODE) else { return };
    let options = ["--structured", "--permissions", "ask", "--no-context"];
    let work = Workspace::start(&stage, "h1", "opencode", options, "[[scn:with-helper]] Go");
    for command in ["echo helped > helped.txt", "echo mine > mine.txt"] {
        assert_eq!(work.wait().code, 4, "{:#}\n{}", work.show(), work.logs());
        let shown = work.show();
        assert_eq!(shown["pending"][0]["tool"], "bash", "{shown:#}");
        assert_eq!(shown["pending"][0]["summary"], command, "{shown:#}");
        assert_eq!(stage.owt(["answer", work.name, "allow"]).code, 0);
    }
    work.wait_done();
    assert!(work.path().join("helped.txt").exists() && work.path().join("mine.txt").exists());
    let shown = work.show();
    assert_eq!(shown["failure"].as_object(), None, "{shown:#}");
    assert_eq!(stage.owt(["stop", work.name]).code, 0);
}

/// Nobody answers what was asked in a turn that was interrupted.
#[test]
#[ignore = "every agent at hand: the long tier (cargo xtask test --long)"]
fn long_structured_what_it_asks_is_gone_with_an_interrupted_turn() {
    let Some(stage) = others::stage_with(OPENCODE) else { return };
    let options = ["--structured", "--permissions", "ask", "--no-context"];
    let work = Workspace::start(&stage, "i1", "opencode", options, "[[scn:edit]] Add a greeting");
    assert_eq!(work.wait().code, 4, "{:#}\n{}", work.show(), work.logs());
    let interrupted = stage.owt(["interrupt", work.name, "--json"]);
    assert_eq!(interrupted.code, 0, "{interrupted:?}");
    until("its turn to be over", || work.show()["status"] == "idle");
    let shown = work.show();
    assert_eq!(shown["pending"].as_array().map(Vec::len), Some(0), "{shown:#}");
    assert!(!work.path().join("hello.txt").exists());
    structured::is_interrupted_and_goes_on(&stage, &work);
}

#[test]
#[ignore = "minutes: the long tier (cargo xtask test --long)"]
fn long_its_conversation_moves_into_a_terminal_and_back() {
    let Some(stage) = others::stage_with(OPENCODE) else { return };
    structured::moves_into_a_terminal_and_back(&stage, "opencode", "bypass");
}

/// The model goes with each prompt; one that it does not know fails the turn, and is told.
#[test]
#[ignore = "every agent at hand: the long tier (cargo xtask test --long)"]
fn long_structured_it_works_with_the_model_that_is_asked_for() {
    let Some(stage) = others::stage_with(OPENCODE) else { return };
    let with = |name, model| {
        let options = ["--structured", "--permissions", "bypass", "--no-context", "--model", model];
        let work = Workspace::start(&stage, name, "opencode", options, "[[scn:default]] Say something");
        assert!([0, 1].contains(&work.wait().code), "{:#}\n{}", work.show(), work.logs());
        work
    };
    let known = with("m1", "scripted/scripted-1");
    assert_eq!(known.show()["status"], "idle", "{:#}", known.show());
    assert_eq!(known.show()["model"], "scripted/scripted-1", "{:#}", known.show());
    assert_eq!(stage.prompts("default").len(), 1);
    let unknown = with("m2", "scripted/no-such-model");
    let shown = unknown.show();
    assert!(shown["failure"].is_object(), "{shown:#}\n{}", unknown.logs());
    assert!(unknown.logs().contains("no-such-model"), "{}", unknown.logs());
    assert_eq!(stage.prompts("default").len(), 1);
}

/// Nothing of it is left when the bridge before it is killed, and its conversation is taken up again.
#[test]
#[ignore = "every agent at hand: the long tier (cargo xtask test --long)"]
fn long_structured_it_ends_with_its_bridge() {
    let Some(stage) = others::stage_with(OPENCODE) else { return };
    let options = ["--structured", "--permissions", "bypass", "--no-context"];
    let work = Workspace::start(&stage, "k1", "opencode", options, "[[scn:default]] First");
    work.wait_done();
    stage.kill("http-bridge");
    until("its server to be gone", || stage.processes("serve --hostname 127.0.0.1").is_empty());
    until("its session to be over", || work.show()["status"] == "failed");
    let resumed = stage.owt(["resume", work.name, "[[scn:default]] Second", "--json"]);
    assert_eq!(resumed.code, 0, "{resumed:?}");
    until("the second to be answered", || stage.prompts("default").len() == 2);
    work.wait_done();
    let last = stage.turns().pop().expect("a turn");
    assert!(last.users.iter().any(|user| user.text.ends_with("[[scn:default]] First")), "{last:#?}");
    assert_eq!(stage.owt(["stop", work.name]).code, 0);
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
