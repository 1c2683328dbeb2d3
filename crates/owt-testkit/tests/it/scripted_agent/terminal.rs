//! The agent at a terminal.

use owt_process::ExitOutcome;
use owt_testkit::scripted_agent::BracketedPaste;
use owt_testkit::scripted_agent::Dialog;
use owt_testkit::scripted_agent::Personality;
use owt_testkit::scripted_agent::Received;
use owt_testkit::scripted_agent::ScreenKind;
use owt_testkit::scripted_agent::Step;
use owt_testkit::scripted_agent::Via;
use owt_testkit::scripted_agent::prompts;
use serde_json::Value;
use serde_json::json;

use super::pty::Pty;
use super::stage::Stage;

const READY: &str = "? for shortcuts";
const WORKING: &str = "esc to interrupt";

fn quick() -> Personality {
    Personality::default()
}

#[test]
fn a_pasted_text_is_one_prompt_and_comes_as_it_was() {
    let stage = Stage::with(&quick());
    let mut pty = Pty::start(&stage, &[]);
    pty.wait_for(READY);
    assert!(pty.wrote("\x1b[?2004h"));
    let text = "from a person:\nline two\twith \"quotes\"\n\nend";
    pty.paste(text);
    pty.wait_for("end");
    pty.type_in("\r");
    pty.wait_for("● Done.");
    pty.type_in("\x04");
    assert_eq!(pty.wait(), ExitOutcome::Code(0));
    assert_eq!(prompts(&stage.received()), [text]);
    assert!(stage.received().iter().any(|entry| matches!(entry, Received::Prompt { via: Via::Pasted, .. })));
}

#[test]
fn what_is_typed_while_it_starts_is_thrown_away_where_it_flushes() {
    for (flush_input, expected) in [(true, vec!["late"]), (false, vec!["early", "late"])] {
        let bracketed_paste = BracketedPaste::AtStart;
        let stage = Stage::with(&Personality { boot_ms: 500, flush_input, bracketed_paste, ..quick() });
        let mut pty = Pty::start(&stage, &[]);
        // Before raw mode the terminal itself turns Enter into a mere line end.
        pty.wait_until("sign of raw mode", vt100::Screen::bracketed_paste);
        pty.type_in("early\r");
        pty.wait_for(READY);
        pty.type_in("late\r");
        pty.wait_for("● Done.");
        pty.wait_until("the last prompt", |_| prompts(&stage.received()).last() == Some(&"late"));
        assert_eq!(prompts(&stage.received()), expected);
    }
}

#[test]
fn without_bracketed_paste_every_line_is_a_prompt() {
    let stage = Stage::with(&Personality { bracketed_paste: BracketedPaste::Never, ..quick() });
    let mut pty = Pty::start(&stage, &[]);
    pty.wait_for(READY);
    pty.type_in("one\rtwo\r");
    pty.wait_until("two prompts", |_| prompts(&stage.received()).len() == 2);
    assert!(!pty.wrote("\x1b[?2004h"));
}

#[test]
fn a_dialog_takes_what_is_typed() {
    let dialog =
        Some(Dialog { text: "Accessing workspace:\n❯ 1. Yes, I trust this folder\n  2. No, exit".into() });
    let stage = Stage::with(&Personality { dialog, bracketed_paste: BracketedPaste::AtStart, ..quick() });
    let mut pty = Pty::start(&stage, &[]);
    let screen = pty.wait_for("Enter to confirm");
    assert!(pty.wrote("\x1b[?2004h") && screen.contains("I trust this folder") && !screen.contains(READY));
    pty.paste("my prompt");
    pty.type_in("\r");
    pty.wait_for(READY);
    assert_eq!(prompts(&stage.received()), [""; 0]);
    assert!(
        stage
            .received()
            .iter()
            .any(|entry| matches!(entry, Received::DialogKey { key } if key.contains("my prompt")))
    );

    let mut refused = Pty::start(&stage, &[]);
    refused.wait_for("Enter to confirm");
    refused.type_in("\x1b");
    assert_eq!(refused.wait(), ExitOutcome::Code(1));
}

#[test]
fn a_full_screen_program_takes_the_alternate_screen_and_gives_it_back() {
    let stage = Stage::with(&Personality { screen: ScreenKind::Full, ..quick() });
    let mut pty = Pty::start(&stage, &["hello from the command line"]);
    pty.wait_until("alternate screen", vt100::Screen::alternate_screen);
    let screen = pty.wait_for("● Done.");
    assert!(screen.contains("❯ hello from the command line"), "{screen}");
    pty.type_in("\x03");
    pty.wait_for("claude --resume");
    pty.wait_until("normal screen", |screen| !screen.alternate_screen());
}

#[test]
fn an_interrupted_turn_gives_its_prompt_back_where_it_does_so() {
    let stage = Stage::with(&Personality { returns_prompt_on_interrupt: true, ..quick() });
    let mut pty = Pty::start(&stage, &[]);
    pty.wait_for(READY);
    let first = r#"[[script:["stall"]]] first"#;
    pty.type_in(&format!("{first}\r"));
    pty.wait_for(WORKING);
    pty.type_in("\x1b");
    pty.wait_for("Interrupted");
    pty.wait_for(READY);
    pty.type_in("\x15second\r");
    pty.wait_until("the second", |_| prompts(&stage.received()).len() == 2);
    assert_eq!(prompts(&stage.received()), [first, "second"]);
    assert!(stage.received().contains(&Received::Interrupted));
}

#[test]
fn a_prompt_written_while_it_works_waits_for_its_turn() {
    let stage = Stage::with(&quick());
    let pipe = stage.pipe("go-on");
    let mut pty = Pty::start(&stage, &[]);
    pty.wait_for(READY);
    pty.type_in("[[script:[{\"wait_for\":\"go-on\"},{\"say\":\"first over\"}]]]\r");
    pty.wait_for(WORKING);
    pty.type_in("second\r");
    drop(std::fs::OpenOptions::new().write(true).open(pipe).unwrap());
    pty.wait_for("● Done.");
    assert_eq!(prompts(&stage.received()).last(), Some(&"second"));
}

#[test]
fn permission_is_asked_on_the_screen() {
    let ask = Step::Ask { tool: "Bash".into(), input: json!({"command": "ls"}) };
    let stage = Stage::doing(&[ask, Step::Say("it ran".into())]);
    let mut pty = Pty::start(&stage, &["go"]);
    let screen = pty.wait_for("Do you want to proceed?");
    assert!(screen.contains("❯ 1. Yes") && !screen.contains(READY), "{screen}");
    pty.type_in("\r");
    pty.wait_for("● it ran");
    assert!(stage.received().contains(&Received::Answer { allowed: true, answers: Value::Null }));
    pty.type_in("again\r");
    pty.wait_for("Do you want to proceed?");
    pty.type_in("n");
    pty.wait_for("was denied");
    assert!(stage.received().contains(&Received::Answer { allowed: false, answers: Value::Null }));
}

#[test]
fn commands_of_the_agent_and_the_shell_are_recorded_and_not_carried_out() {
    let stage = Stage::with(&quick());
    let mut pty = Pty::start(&stage, &[]);
    pty.wait_for(READY);
    for text in ["!touch ran", "/deploy"] {
        pty.paste(text);
        pty.type_in("\r");
        pty.wait_for(&format!("Unknown command: {text}"));
    }
    assert_eq!(prompts(&stage.received()), [""; 0]);
    assert!(!stage.folder().join("ran").exists());
}

#[test]
fn an_enter_right_after_the_box_was_drawn_may_be_overlooked() {
    let stage = Stage::with(&Personality { deaf_to_enter_ms: 3_600_000, ..quick() });
    let mut pty = Pty::start(&stage, &[]);
    pty.wait_for(READY);
    pty.paste("a draft");
    pty.type_in("\r");
    pty.type_in("!");
    pty.wait_for("❯ a draft!");
    assert_eq!(prompts(&stage.received()), [""; 0]);
}
