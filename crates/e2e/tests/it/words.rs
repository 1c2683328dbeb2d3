//! The words that people bring along: aliases, and the flags that say one thing in several ways.

use owt_testkit::scripted_agent::Received;
use serde_json::Value;

use crate::agents::WORKER;
use crate::agents::install_script;
use crate::patience::until;
use crate::ran::Ran;
use crate::sealed::Sealed;

fn argv_of_last_start(sealed: &Sealed) -> Vec<String> {
    let started = sealed.received().into_iter().rev().find_map(|it| match it {
        Received::Started { argv, .. } => Some(argv),
        _ => None,
    });
    started.expect("a start")
}

#[test]
fn short_words_do_what_the_long_ones_do() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    let made = app.data(&["n", "Make it", "--branch", "topic", "--ai-tool", "worker", "--no-tmux"]);
    assert_eq!((&made["backend"], &made["agent"]), (&"headless".into(), &"worker".into()));
    app.data(&["wait", "topic"]);
    // A person is told of its end a moment later.
    until("the end to be told", || app.only_workspace()["notice"]["kind"] == "done");
    assert_eq!(app.data(&["ls"]), app.data(&["list"]));
    app.refused(&["rm", "topic", "--yes"], 3, "unsaved_work");
    app.data(&["rm", "topic", "--force", "--yes"]);
    assert_eq!(app.data(&["ls"]), serde_json::json!([]));
    let help = app.owt(&["--help"]).done();
    for word in ["ls", "rm", "n", "s"] {
        assert!(help.contains(word), "{help}");
    }
}

#[test]
fn a_title_is_shown_and_without_one_the_task_is_it() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    for (branch, title) in [("a", Some("A title of its own")), ("b", None)] {
        let words = ["new", "Make it work", "--branch", branch, "--agent", "worker", "--headless"];
        let title: Vec<&str> = title.into_iter().flat_map(|title| ["--title", title]).collect();
        app.data(&[&words[..], &title].concat());
        app.data(&["wait", branch]);
    }
    let listed = app.data(&["list"]);
    let titles = |name: &str| {
        let mut items = listed.as_array().unwrap().iter();
        items.find(|it| it["name"] == name).map(|it| (it["title"].clone(), it["task"].clone())).unwrap()
    };
    assert_eq!(titles("a"), ("A title of its own".into(), "Make it work".into()));
    assert_eq!(titles("b"), ("Make it work".into(), "Make it work".into()));
    let page = app.owt(&["list"]).done();
    assert!(page.contains("A title of its own") && page.contains("Make it work"), "{page}");
}

#[test]
fn plan_mode_is_enforced_by_the_program_or_refused() {
    let sealed = Sealed::with_worker().with_scripted_claude();
    let app = sealed.repository("app");
    app.data(&["create", "plan", "--plan-mode", "--ai-tool", "claude", "--structured"]);
    app.data(&["send", "plan", "--wait", "--timeout", "50s", "Hello"]);
    let argv = argv_of_last_start(&sealed);
    assert!(argv.windows(2).any(|pair| pair == ["--permission-mode", "plan"]), "{argv:?}");
    app.data(&["new", "Plan it", "--branch", "plan2", "--plan-mode", "--agent", "claude", "--no-tmux"]);
    until("the second start", || sealed.starts() == 2);
    let argv = argv_of_last_start(&sealed);
    assert!(argv.windows(2).any(|pair| pair == ["--permission-mode", "plan"]), "{argv:?}");
    app.data(&["wait", "plan", "plan2"]);
    let (traces, witness) = (app.traces(), app.witness());
    for words in [&["new", "Plan it"][..], &["create", "plan3"], &["branch", "Plan it"]] {
        let words = [words, &["--plan-mode", "--agent", "worker", "--headless"]].concat();
        app.refused(&words, 3, "unsupported");
    }
    assert_eq!(app.traces(), traces);
    witness.assert_untouched(&[]);
}

#[test]
fn the_program_of_a_built_in_agent_can_be_named() {
    let sealed = Sealed::new();
    install_script(&sealed, "my-claude", WORKER);
    install_script(&sealed, "other-claude", &format!("echo other > \"$RECORD/other\"\n{WORKER}"));
    let path = |name: &str| sealed.bin().join(name).display().to_string();
    sealed.configure(&format!("[agents.claude]\npath = \"{}\"\n", path("my-claude")));
    let app = sealed.repository("app");
    let start = |branch| ["--json", "new", "Do it", "--branch", branch, "--agent", "claude", "--headless"];
    Ran::of(&app.command(&start("one"))).data();
    until("its start", || sealed.runs("one") == 1);
    assert!(!sealed.record("other").exists());
    // The variable of the original stands over the file.
    Ran::of(&app.command(&start("two")).env("CLAUDE_BIN", path("other-claude"))).data();
    until("its start", || sealed.runs("two") == 1);
    assert!(sealed.record("other").exists());
    let nowhere = app.command(&start("three")).env("CLAUDE_BIN", "/nowhere/claude");
    let refused = Ran::of(&nowhere).refused(5, "agent_missing");
    assert!(refused["message"].as_str().unwrap().contains("/nowhere/claude"), "{refused}");
    assert_eq!(app.git(&["branch", "--list", "three"]), "");
}

#[test]
fn variables_of_the_original_and_a_home_that_is_none_are_answered_before_anything_is_made() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    let words = ["--json", "new", "Do it", "--branch", "x", "--agent", "worker", "--headless"];
    for variable in ["OWT_DB_PATH", "OWT_RECALL_DB_PATH"] {
        let error = Ran::of(&app.command(&words).env(variable, "/tmp/x.db")).refused(2, "renamed_word");
        assert!(error.to_string().contains("OWT_HOME") && error.to_string().contains(variable), "{error:#}");
    }
    let file = sealed.root().join("a-file");
    std::fs::write(&file, "").unwrap();
    let error = Ran::of(&app.command(&words).env("OWT_HOME", &file)).refused(1, "home_not_writable");
    assert!(error.to_string().contains("OWT_HOME"), "{error:#}");
    assert_eq!(app.git(&["branch", "--list", "x"]), "");
    assert_eq!(app.data(&["list"]), Value::Array(Vec::new()));
}

#[test]
fn the_persons_and_the_repositorys_word_for_the_session_hold_unless_a_flag_says_otherwise() {
    let sealed = Sealed::new().with_scripted_claude();
    let app = sealed.repository("app");
    let made = app.data(&["new", "Look", "--branch", "a", "--agent", "claude"]);
    assert_eq!(made["backend"], "tmux");
    let made = app.data(&["new", "Look", "--branch", "b", "--agent", "claude", "--structured"]);
    assert_eq!(made["backend"], "structured");
    // Where there is no terminal to hand over, the plan's refusal is the same by both names.
    for verb in ["attach", "switch"] {
        app.refused(&[verb, "b", "--tmux"], 1, "no_terminal");
    }
}
