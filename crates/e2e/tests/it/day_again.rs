//! Remaking a lost day: after a restart of the machine each agent goes on in its own conversation.

use std::collections::BTreeSet;
use std::fs;

use owt_testkit::scripted_agent::prompts;
use serde_json::Value;

use crate::installs_that_fail::installing;
use crate::patience::until;
use crate::processes;
use crate::project::Project;
use crate::ran::Ran;
use crate::sealed::Sealed;

/// Every process of the home is killed, and what lives in memory is gone too.
fn restart_the_machine(sealed: &Sealed) {
    // The first to go is who would write down the end of the others.
    processes::kill_and_wait(sealed.server_pid());
    while let [first, ..] = sealed.processes()[..] {
        processes::kill_and_wait(first);
    }
    for entry in fs::read_dir(sealed.root().join("run")).unwrap() {
        fs::remove_dir_all(entry.unwrap().path()).unwrap();
    }
}

/// What a taken up attempt must have in common with the one before.
fn character(project: &Project<'_>, name: &str) -> Vec<Value> {
    let shown = project.data(&["show", name]);
    let keys = ["id", "name", "branch", "path", "agent", "model", "backend", "job", "task", "permissions"];
    keys.iter().map(|key| shown[key].clone()).collect()
}

fn outcomes(answer: &Value) -> Vec<(&str, &str)> {
    let each = answer.as_array().unwrap().iter();
    each.map(|it| (it["name"].as_str().unwrap(), it["outcome"].as_str().unwrap())).collect()
}

fn conversations(project: &Project<'_>, name: &str) -> Vec<Value> {
    let shown = project.data(&["show", name]);
    shown["attempts"].as_array().unwrap().iter().map(|it| it["conversation"].clone()).collect()
}

#[test]
fn after_a_restart_of_the_machine_all_go_on_in_their_own_conversations() {
    let sealed = Sealed::new();
    let app = sealed.repository("app");
    let begun =
        [("zeta", "--tmux", "edits"), ("alpha", "--structured", "edits"), ("mid", "--structured", "bypass")];
    for (name, session, level) in begun {
        let words =
            ["new", "Say hello", "--branch", name, "--agent", "demo", session, "--permissions", level];
        app.data(&words);
        app.until_status(name, "idle");
    }
    app.data(&[
        "new",
        "Say hello",
        "--branch",
        "ended",
        "--agent",
        "demo",
        "--tmux",
        "--permissions",
        "edits",
    ]);
    app.until_status("ended", "idle");
    app.data(&["stop", "ended"]);
    assert_eq!(outcomes(&app.data(&["resume", "zeta"])), [("zeta", "already_running")]);
    let before: Vec<_> = begun.iter().map(|(name, ..)| character(&app, name)).collect();
    restart_the_machine(&sealed);

    let lost = app.data(&["list"]);
    for it in lost.as_array().unwrap().iter().filter(|it| it["name"] != "ended") {
        assert_eq!((&it["status"], &it["session"]), (&"failed".into(), &Value::Null), "{it:#}");
        assert!(it["status_detail"].as_str().unwrap().contains("machine restarted"), "{it:#}");
    }
    let order = |outcome| begun.map(|(name, ..)| (name, outcome));
    assert_eq!(outcomes(&app.data(&["resume", "--all", "--dry-run"])), order("would_resume"));
    assert_eq!(app.data(&["show", "zeta"])["attempts"].as_array().unwrap().len(), 1);
    assert_eq!(outcomes(&app.data(&["resume", "--all"])), order("resumed"));
    for ((name, ..), before) in begun.iter().zip(before) {
        app.until_status(name, "idle");
        assert_eq!(character(&app, name), before);
        app.data(&["send", name, "--wait", "--timeout", "50s", "And now?"]);
        app.until_status(name, "idle");
        let said = conversations(&app, name);
        assert_eq!((said.len(), &said[0]), (2, &said[1]), "{name}: one conversation, two attempts");
        assert!(said[0].is_string(), "{name}");
    }
    assert_eq!(outcomes(&app.data(&["resume", "--all"])), []);
    // Who was stopped by hand comes back on its own name only.
    assert_eq!(outcomes(&app.data(&["resume", "ended"])), [("ended", "resumed")]);
    app.until_status("ended", "idle");
    restart_the_machine(&sealed);
    assert_eq!(app.data(&["resume", "--all"]).as_array().unwrap().len(), 4, "once more, and in any number");
}

#[test]
fn what_may_have_arrived_is_not_sent_again_and_what_waited_is() {
    let sealed = Sealed::new().with_scripted_claude();
    let app = sealed.repository("app");
    app.data(&["new", "Look around", "--branch", "talk", "--agent", "claude", "--structured"]);
    app.until_status("talk", "idle");
    let gate = sealed.record("gate");
    sealed.command("mkfifo", &sealed.work()).arg(&gate).run_checked().unwrap();
    let wait = format!(r#"Wait [[script:[{{"wait_for":"{}"}}]]]"#, gate.display());
    app.data(&["send", "talk", &wait]);
    app.until_status("talk", "working");
    for words in ["This one waits", "Second", "Third", "Fourth"] {
        app.data(&["send", "talk", words]);
    }
    restart_the_machine(&sealed);
    let heard = prompts(&sealed.received()).len();
    app.data(&["resume", "talk"]);
    app.until_status("talk", "idle");
    app.data(&["send", "talk", "--wait", "--timeout", "50s", "What did you do?"]);
    until("the messages to arrive", || prompts(&sealed.received()).len() >= heard + 5);
    let in_order = ["This one waits", "Second", "Third", "Fourth", "What did you do?"];
    assert_eq!(prompts(&sealed.received())[heard..], in_order);
    let states = || {
        let shown = app.data(&["show", "talk"]);
        let states =
            shown["deliveries"].as_array().unwrap().iter().map(|it| it["state"].as_str().unwrap().to_owned());
        states.collect::<Vec<_>>()
    };
    let before = states();
    assert!(before.contains(&"failed".to_owned()), "the first try of what waited: {before:?}");
    // Once is once, however often the session comes back.
    app.data(&["stop", "talk"]);
    app.data(&["resume", "talk"]);
    app.until_status("talk", "idle");
    assert_eq!(states(), before);
}

#[test]
fn what_cannot_go_on_is_refused_before_anything_changes() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    app.data(&["new", "Make it", "--branch", "plain", "--agent", "worker", "--headless"]);
    app.data(&["wait", "plain"]);
    app.refused(&["resume", "plain"], 3, "cannot_resume");
    app.refused(&["resume", "nobody"], 5, "not_found");
    app.data(&[
        "new",
        "Say hello",
        "--branch",
        "done",
        "--agent",
        "demo",
        "--headless",
        "--permissions",
        "edits",
    ]);
    app.data(&["wait", "done"]);
    let refused = app.refused(&["resume", "done"], 3, "cannot_resume");
    assert!(refused["hint"].as_str().unwrap().contains("owt resume done"), "{refused}");
    app.data(&["resume", "done", "Say good bye"]);
    assert_eq!(app.data(&["wait", "done"])["outcome"], "done");
    let said = conversations(&app, "done");
    assert_eq!((said.len(), &said[0]), (2, &said[1]));
    fs::rename(app.workspace("plain").root, sealed.work().join("moved")).unwrap();
    app.refused(&["resume", "plain"], 3, "cannot_resume");
}

/// The command and the server are cut off in the middle: the next word finishes it, and no agent runs twice.
#[test]
fn a_resumption_that_is_cut_off_is_finished_by_the_next() {
    let sealed = Sealed::new();
    let app = sealed.repository("app");
    let names = ["one", "two", "three"];
    for name in names {
        let words = ["new", "Say hello", "--branch", name, "--agent", "demo", "--structured"];
        app.data(&[&words[..], &["--permissions", "edits"]].concat());
        app.until_status(name, "idle");
    }
    for victim in ["resume", "serve"] {
        restart_the_machine(&sealed);
        assert_eq!(app.data(&["resume", "--all", "--dry-run"]).as_array().unwrap().len(), 3);
        let command = app.command(&["resume", "--all", "--json"]);
        std::thread::scope(|scope| {
            let cut = scope.spawn(|| Ran::of(&command));
            until("the first to be on its way", || !hosts(&sealed).is_empty() || cut.is_finished());
            processes::with_word(&sealed.processes(), victim).into_iter().for_each(processes::kill_and_wait);
            // What it could still say is not what counts.
            drop(cut.join().unwrap());
        });
        let rest = app.data(&["resume", "--all"]);
        assert!(rest.as_array().unwrap().iter().all(|one| one["outcome"] != "not_resumed"), "{rest:#}");
        for name in names {
            app.until_status(name, "idle");
        }
        assert_eq!(hosts(&sealed).len(), 3, "each once");
        assert_eq!(app.data(&["resume", "--all"]), serde_json::json!([]));
        for name in names {
            app.data(&["send", name, "--wait", "--timeout", "50s", "And now?"]);
            app.until_status(name, "idle");
            let said: BTreeSet<_> =
                conversations(&app, name).iter().filter_map(|it| it.as_str().map(str::to_owned)).collect();
            assert_eq!(said.len(), 1, "{name}: {said:?}");
        }
    }
}

fn hosts(sealed: &Sealed) -> Vec<u32> {
    processes::with_word(&sealed.processes(), "host")
}

/// A failed install is tried again before its agent goes on, and this time it never ends.
#[test]
fn an_install_that_hangs_holds_nobody_up_and_is_told_as_such() {
    let sealed = Sealed::new();
    let app = sealed.repository("app");
    installing(&app, "test -e \"$RECORD/hang\" && sleep 1000; exit 1");
    let begin = |name: &str, more: &[&str]| {
        let words = ["new", "Say hello", "--branch", name, "--agent", "demo", "--structured"];
        app.data(&[&words[..], &["--permissions", "edits"], more].concat());
        app.data(&["wait", name]);
    };
    begin("lame", &[]);
    for name in ["one", "two"] {
        begin(name, &["--no-deps"]);
    }
    restart_the_machine(&sealed);
    fs::write(sealed.record("hang"), "").unwrap();
    let order = [("lame", "installing"), ("one", "resumed"), ("two", "resumed")];
    assert_eq!(outcomes(&app.data(&["resume", "--all"])), order);
    for name in ["one", "two"] {
        app.until_status(name, "idle");
    }
    until("the install to be told", || {
        let lame = app.data(&["show", "lame"]);
        let told = lame["status_detail"].as_str().is_some_and(|detail| detail.starts_with("installing: npm"));
        lame["status"] == "starting" && told
    });
    let listed = app.owt(&["list"]).done();
    assert!(listed.contains("installing: npm") && !listed.contains("failed"), "{listed}");
    app.data(&["delete", "lame", "--force", "--yes"]);
}

#[test]
fn plain_tools_stay_as_they_are_and_that_is_an_end_of_its_own() {
    let sealed = Sealed::new().with_tool("keeper", "exec sleep 1000\n");
    let app = sealed.repository("app");
    app.data(&["new", "Keep it", "--branch", "kept", "--agent", "keeper", "--headless"]);
    app.until_status("kept", "working");
    let words = ["new", "Say hello", "--branch", "talk", "--agent", "demo", "--structured"];
    app.data(&[&words[..], &["--permissions", "edits"]].concat());
    app.until_status("talk", "idle");
    restart_the_machine(&sealed);
    let ran = app.owt(&["resume", "--all", "--json"]);
    let refused = ran.refused(4, "waiting_on_person");
    assert!(refused["message"].as_str().unwrap().contains("kept"), "{refused}");
    let data = &ran.json()["data"];
    assert_eq!(outcomes(data), [("kept", "stays"), ("talk", "resumed")]);
    assert!(data[0]["error"]["message"].as_str().unwrap().contains("plain tool"), "{data:#}");
}

/// It asked for a yes when the machine stopped: the question is gone with its turn, and the task is not done.
#[test]
fn a_turn_that_was_broken_off_is_no_rest() {
    let sealed = Sealed::new();
    let app = sealed.repository("app");
    let words = ["new", "Say hello", "--branch", "talk", "--agent", "demo", "--structured"];
    app.data(&[&words[..], &["--permissions", "ask"]].concat());
    app.until_status("talk", "waiting_permission");
    // However often: nobody has told it to go on.
    for _ in 0..2 {
        restart_the_machine(&sealed);
        let resumed = app.data(&["resume", "--all"]);
        assert_eq!(outcomes(&resumed), [("talk", "resumed")]);
        assert!(resumed[0]["notice"].as_str().unwrap().contains("owt send talk"), "{resumed:#}");
        let shown = app.until_status("talk", "idle");
        assert_eq!(shown["failure"]["kind"], "killed", "{shown:#}");
        assert!(app.owt(&["list"]).done().contains("its turn failed"));
        let refused = app.refused(&["wait", "talk"], 1, "agent_failed");
        assert!(refused.to_string().contains("talk"), "{refused}");
    }
    app.data(&["send", "talk", "--wait", "--timeout", "50s", "[[demo:question]] Go on"]);
    let shown = app.until_status("talk", "waiting_input");
    assert_eq!(shown["failure"], Value::Null, "{shown:#}");
}

/// A note is something to know, not the word to go on with what was broken off.
#[test]
fn a_note_that_waited_is_no_word_to_go_on() {
    let sealed = Sealed::new();
    let app = sealed.repository("app");
    let words = ["new", "Say hello", "--branch", "talk", "--agent", "demo", "--structured"];
    app.data(&[&words[..], &["--permissions", "ask"]].concat());
    app.until_status("talk", "waiting_permission");
    app.data(&["note", "The interface lies below /v2 [[demo:nothing]]"]);
    restart_the_machine(&sealed);
    let resumed = app.data(&["resume", "--all"]);
    assert!(resumed[0]["notice"].as_str().unwrap().contains("owt send talk"), "{resumed:#}");
    let is_told = || {
        let shown = app.data(&["show", "talk"]);
        let messages = shown["deliveries"].as_array().unwrap().iter();
        messages.filter(|it| it["state"] == "observed").count() == 2 && shown["status"] == "idle"
    };
    until("the note to reach it", is_told);
    let shown = app.until_status("talk", "idle");
    assert_eq!(shown["failure"]["kind"], "killed", "{shown:#}");
    app.refused(&["wait", "talk"], 1, "agent_failed");
    app.data(&["send", "talk", "--wait", "--timeout", "50s", "[[demo:nothing]] Go on"]);
    app.data(&["wait", "talk"]);
}
