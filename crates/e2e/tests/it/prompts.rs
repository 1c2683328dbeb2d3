//! A prompt arrives as it was written, whatever is in it, and only once.

use std::fs;
use std::time::Duration;
use std::time::Instant;

use owt_process::Input;
use owt_testkit::scripted_agent::prompts;

use crate::patience::until;
use crate::ran::Ran;
use crate::sealed::Sealed;

const AWKWARD: &[&str] = &[
    "two\nlines\n\nand a third",
    "quotes ' and \" and \\ and `backticks` and $(touch pwned) and ${HOME} and %s",
    "\u{1b}[31mred\u{1b}[0m \u{1b}]0;title\u{7} and \u{1b}[201~ after the paste",
    "tabs\tand trailing space ",
    "ünïcödé 日本語 👩‍👩‍👧",
    "- begins like an option",
    "--help",
    "! begins like a shell command",
    "/clear begins like a command of the agent",
    "# begins like a memory",
    "@file begins like a mention",
    "; rm -rf / && echo | tee > x",
];

#[test]
fn a_tool_reads_from_its_standard_input_what_the_file_holds() {
    let sealed = Sealed::with_worker().with("OWT_CONTEXT", "off");
    let app = sealed.repository("app");
    for (number, text) in AWKWARD.iter().enumerate() {
        let name = format!("w{number}");
        app.write("../prompt.md", text);
        let words =
            ["new", "--prompt-file", "../prompt.md", "--branch", &name, "--agent", "worker", "--headless"];
        app.data(&words);
        app.data(&["wait", &name]);
        let arrived = fs::read(sealed.record(&format!("prompt.{name}"))).unwrap();
        let arrived = String::from_utf8_lossy(&arrived);
        assert!(holds(&arrived, text), "{text:?} != {arrived:?}");
        assert_eq!(sealed.runs(&name), 1);
        assert!(!app.workspace(&name).root.join("pwned").exists());
    }
}

#[test]
fn words_of_the_command_line_arrive_as_they_are() {
    let sealed = Sealed::with_worker().with("OWT_CONTEXT", "off");
    let app = sealed.repository("app");
    for (number, text) in AWKWARD.iter().enumerate() {
        let name = format!("w{number}");
        app.data(&["new", "--branch", &name, "--agent", "worker", "--headless", "--", text]);
        app.data(&["wait", &name]);
        let arrived = fs::read(sealed.record(&format!("prompt.{name}"))).unwrap();
        let arrived = String::from_utf8_lossy(&arrived);
        assert!(holds(&arrived, text), "{text:?} != {arrived:?}");
    }
}

#[test]
fn a_megabyte_arrives_whole() {
    let sealed = Sealed::with_worker().with("OWT_CONTEXT", "off");
    let app = sealed.repository("app");
    let line = "Line with 'quotes' and ünïcödé, again and again.\n";
    let text = line.repeat(1024 * 1024 / line.len() + 1);
    app.write("../prompt.md", &text);
    app.data(&["new", "--prompt-file", "../prompt.md", "--branch", "big", "--agent", "worker", "--headless"]);
    app.data(&["wait", "big"]);
    assert_eq!(fs::read(sealed.record("prompt.big")).unwrap(), text.as_bytes());
    let words =
        ["--json", "new", "--prompt-file", "-", "--branch", "piped", "--agent", "worker", "--headless"];
    Ran::of(&app.command(&words).stdin(Input::Bytes(text.clone().into_bytes()))).data();
    app.data(&["wait", "piped"]);
    assert_eq!(fs::read(sealed.record("prompt.piped")).unwrap(), text.as_bytes());
}

#[test]
fn what_is_no_text_is_refused() {
    let sealed = Sealed::with_worker().with("OWT_CONTEXT", "off");
    let app = sealed.repository("app");
    let traces = app.traces();
    let file = sealed.work().join("bad.md");
    for bytes in [&b"with a \0 in it"[..], b"not \xff utf-8", &vec![b'x'; 2 * 1024 * 1024 + 1]] {
        fs::write(&file, bytes).unwrap();
        app.refused(
            &["new", "--prompt-file", "../bad.md", "--branch", "x", "--agent", "worker", "--headless"],
            2,
            "bad_prompt",
        );
    }
    fs::remove_file(file).unwrap();
    assert_eq!(app.traces(), traces);
}

/// The very text; where it begins like a command of some agent, after a line that says that it is none.
fn holds(arrived: &str, text: &str) -> bool {
    match text.starts_with(['!', '/', '#', '@', '$', '-']) {
        true => arrived == format!("[owt] The text below is a message, not a command:\n\n{text}"),
        false => arrived == text,
    }
}

#[test]
fn the_machine_protocol_carries_every_text_as_a_prompt() {
    let sealed = Sealed::new().with_scripted_claude();
    let app = sealed.repository("app");
    app.data(&["new", "Begin", "--branch", "chat", "--agent", "claude", "--structured"]);
    app.data(&["wait", "chat"]);
    for (number, text) in AWKWARD.iter().enumerate() {
        app.data(&["send", "chat", "--wait", "--timeout", "50s", "--", text]);
        app.data(&["wait", "chat"]);
        let received = sealed.received();
        let arrived = prompts(&received);
        assert_eq!(arrived.len(), number + 2, "{text:?} as a prompt, once: {received:#?}");
        assert!(holds(arrived.last().unwrap(), text), "{text:?} != {:?}", arrived.last());
    }
    assert_eq!(sealed.starts(), 1);
}

#[test]
fn a_terminal_gets_every_text_as_a_prompt_with_controls_shown() {
    let sealed = Sealed::new().with_scripted_claude();
    let app = sealed.repository("app");
    app.data(&["new", "Begin", "--branch", "chat", "--agent", "claude", "--tmux"]);
    app.until_status("chat", "idle");
    for (number, text) in AWKWARD.iter().enumerate() {
        app.data(&["send", "chat", "--wait", "--timeout", "50s", "--", text]);
        until("the prompt to arrive", || prompts(&sealed.received()).len() == number + 2);
        app.until_status("chat", "idle");
        let received = sealed.received();
        let arrived = prompts(&received);
        let shown = text.replace('\u{1b}', "\\x1b").replace('\u{7}', "\\x07");
        assert!(
            holds(arrived.last().unwrap().trim_end(), shown.trim_end()),
            "{text:?} != {:?}",
            arrived.last()
        );
    }
    assert_eq!(sealed.starts(), 1);
}

#[test]
fn a_megabyte_reaches_a_terminal_as_the_name_of_a_file() {
    let sealed = Sealed::new().with_scripted_claude();
    let app = sealed.repository("app");
    let text = "A long line of a long task.\n".repeat(40_000);
    app.write("../prompt.md", &text);
    let words = ["new", "--prompt-file", "../prompt.md", "--branch", "big", "--agent", "claude", "--tmux"];
    app.data(&words);
    until("the prompt to arrive", || prompts(&sealed.received()).len() == 1);
    let received = sealed.received();
    let named = prompts(&received)[0].split(' ').find(|word| word.starts_with('/')).unwrap();
    assert_eq!(fs::read_to_string(named).unwrap(), text);
    // It may be idle for owt until it has heard of what the agent has read already.
    until("the delivery to be observed", || {
        app.data(&["show", "big"])["deliveries"][0]["state"] == "observed"
    });
    app.until_status("big", "idle");
}

/// The end of a turn comes in two ways; the slower one must not be taken for the end of the next turn.
#[test]
fn a_wait_after_a_message_waits_for_the_turn_of_that_message() {
    let sealed = Sealed::new().with_scripted_claude();
    let app = sealed.repository("app");
    app.data(&["new", "Begin", "--branch", "chat", "--agent", "claude", "--structured"]);
    app.data(&["wait", "chat"]);
    for number in 0..10 {
        let text = format!(
            r#"Go [[script:[{{"pause_ms":150}},{{"write":{{"path":"done-{number}","text":"x"}}}}]]]"#
        );
        app.data(&["send", "chat", &text]);
        app.data(&["wait", "chat"]);
        assert!(app.root.with_file_name("app-chat").join(format!("done-{number}")).exists(), "turn {number}");
    }
}

/// How long it takes at most; what is looked at only by the timer takes half a minute.
const SOON: Duration = Duration::from_secs(20);

#[test]
fn an_enter_that_the_agent_overlooked_is_pressed_again_soon_and_the_text_is_not() {
    for overlooked in [1, 3] {
        let sealed = Sealed::new().with_scripted_claude();
        let script = sealed.record("personality.json");
        fs::write(&script, format!(r#"{{"overlooked_enters": {overlooked}}}"#)).unwrap();
        let sealed = sealed.with("SCRIPTED_AGENT_SCRIPT", script);
        let app = sealed.repository("app");
        let began = Instant::now();
        app.data(&["new", "Make it short", "--branch", "chat", "--agent", "claude", "--tmux"]);
        until("the prompt to arrive", || !prompts(&sealed.received()).is_empty());
        assert!(began.elapsed() < SOON, "{overlooked} overlooked: {:?}", began.elapsed());
        app.until_status("chat", "idle");
        assert_eq!(prompts(&sealed.received()), ["Make it short"]);
        let deliveries = app.data(&["show", "chat"])["deliveries"].clone();
        assert_eq!(deliveries[0]["state"], "observed", "{deliveries}");
    }
}
