//! What reaches the model is the text: nothing in it is taken as a command of the agent's, of a shell or of the
//! terminal.

use super::stage::Stage;
use super::workspace::Workspace;

/// Before a text that begins like a command.
const PROVENANCE: &str = "[owt] The text below is a message, not a command:";

/// Two that agents would obey, one that a terminal would.
fn texts(stage: &Stage) -> [String; 3] {
    let trace = stage.beside("obeyed");
    [
        "/compact [[scn:default]] first".to_owned(),
        format!("!touch {} [[scn:default]] second", trace.display()),
        "third\n\n  \"quoted\" $(id) `id`\x1b[201~\x1b[31m red\x07 [[scn:default]] end".to_owned(),
    ]
}

fn visible(text: &str) -> String {
    text.replace('\x1b', "\\x1b").replace('\x07', "\\x07")
}

/// A text as it is to arrive.
fn arriving(text: &str) -> String {
    if text.starts_with(['/', '!']) { format!("{PROVENANCE}\n\n{text}") } else { text.to_owned() }
}

#[test]
fn headless_texts_arrive_byte_for_byte() {
    let Some(stage) = Stage::open() else { return };
    for agent in ["claude", "codex"] {
        for (number, text) in texts(&stage).iter().enumerate() {
            let name = format!("{agent}{number}");
            let options = ["--headless", "--permissions", "bypass"];
            Workspace::start(&stage, &name, agent, options, text).wait_done();
            assert_eq!(stage.prompts("default").last(), Some(&arriving(text)));
        }
    }
    assert_eq!(stage.prompts("default").len(), 6);
    assert!(!stage.beside("obeyed").exists());
}

#[test]
fn structured_texts_arrive_byte_for_byte() {
    let Some(stage) = Stage::open() else { return };
    let options = ["--structured", "--permissions", "bypass"];
    speak(&stage, "claude", options, &str::to_owned);
}

#[test]
fn texts_typed_into_claude_arrive_with_their_controls_visible() {
    let Some(stage) = Stage::open() else { return };
    speak(&stage, "claude", ["--tmux", "--permissions", "bypass"], &visible);
}

#[test]
fn texts_typed_into_codex_arrive_with_their_controls_visible() {
    let Some(stage) = Stage::open() else { return };
    speak(&stage, "codex", ["--tmux", "--permissions", "bypass"], &visible);
}

/// More than a person would paste: what reaches the model is where it stands, and there it stands whole.
#[test]
fn a_megabyte_reaches_both_in_their_terminals() {
    let Some(stage) = Stage::open() else { return };
    let text = "A long line of a long task, with `$(touch obeyed)`.\n".repeat(22_000);
    assert!(text.len() > 1024 * 1024);
    for agent in ["claude", "codex"] {
        let options = ["--tmux", "--permissions", "bypass"];
        let work = Workspace::start(&stage, agent, agent, options, &text);
        work.wait_done();
        assert_eq!(work.states(&work.show()), ["observed"]);
        let asked: Vec<String> =
            stage.turns().iter().filter_map(|turn| turn.users.last().map(|user| user.text.clone())).collect();
        let named = asked.last().unwrap().split(' ').find(|word| word.starts_with('/')).unwrap().to_owned();
        assert_eq!(std::fs::read_to_string(&named).unwrap(), text, "{agent}: {asked:?}");
    }
    assert_eq!(stage.turns().len(), 2, "{:#?}", stage.turns());
}

/// NUL and what is no text are refused before anything is made, whichever agent it would have been for.
#[test]
fn what_is_no_text_reaches_neither() {
    let Some(stage) = Stage::open() else { return };
    let file = stage.beside("bad");
    std::fs::write(&file, b"with a \0 in it").unwrap();
    let file = file.to_str().unwrap();
    for (agent, session) in
        [("claude", "--tmux"), ("codex", "--tmux"), ("claude", "--structured"), ("codex", "--headless")]
    {
        let ran =
            stage.owt(["new", "--json", "--agent", agent, session, "--branch", "x", "--prompt-file", file]);
        drop(ran.refused(2, "bad_prompt"));
    }
    assert_eq!(stage.git(&["branch", "--list", "x"]), "");
    assert_eq!(stage.turns().len(), 0);
}

/// Begins a session with the first text and sends the others.
#[track_caller]
fn speak(stage: &Stage, agent: &str, options: [&str; 3], as_typed: &dyn Fn(&str) -> String) {
    let [first, rest @ ..] = texts(stage);
    let work = Workspace::start(stage, "w", agent, options, &first);
    work.wait_done();
    for text in &rest {
        let file = stage.beside("message");
        std::fs::write(&file, text).unwrap();
        let sent = stage.owt(["send", "w", "--file", file.to_str().unwrap(), "--wait", "--json"]);
        assert_eq!(sent.data()["state"], "observed", "{sent:?}");
        work.wait_done();
    }
    let expected: Vec<String> = texts(stage).iter().map(|text| as_typed(&arriving(text))).collect();
    assert_eq!(stage.prompts("default"), expected);
    assert!(!stage.beside("obeyed").exists());
}
