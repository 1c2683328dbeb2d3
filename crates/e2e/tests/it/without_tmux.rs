//! Where tmux is not installed: terminals that owt keeps by itself.

use std::fs;
use std::io::BufRead as _;
use std::io::BufReader;

use crate::patience::until;
use crate::project::Project;
use crate::sealed::Sealed;
use crate::terminal::converse;

/// Ctrl-b d.
const LEAVE: &str = "\u{2}d";

/// What the agent's terminal interface shows when it is ready.
const PROMPT_BOX: &str = "? for shortcuts";

/// A home with everything of the system on its `PATH` but tmux.
fn without_tmux() -> Sealed {
    let sealed = Sealed::new().with_scripted_claude();
    fs::remove_file(sealed.bin().join("tmux")).unwrap();
    let programs = sealed.root().join("programs");
    fs::create_dir(&programs).unwrap();
    for folder in ["/usr/bin", "/bin", "/usr/sbin", "/sbin"] {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.file_name() != "tmux" {
                // The first of a name is the one that counts.
                drop(std::os::unix::fs::symlink(entry.path(), programs.join(entry.file_name())));
            }
        }
    }
    let path = format!("{}:{}", sealed.bin().display(), programs.display());
    sealed.with("PATH", path)
}

fn begun(app: &Project<'_>) -> serde_json::Value {
    let made = app.data(&["new", "Look around", "--branch", "chat", "--agent", "claude"]);
    app.until_status("chat", "idle");
    made
}

/// Waits until somebody's terminal shows the session.
fn until_attached(sealed: &Sealed) {
    let shows = |pid: &u32| {
        fs::read_to_string(format!("/proc/{pid}/cmdline")).is_ok_and(|line| line.contains("host-attach"))
    };
    until("somebody to attach", || sealed.processes().iter().any(shows));
}

#[test]
fn a_terminal_is_followed_while_it_lives() {
    let sealed = Sealed::new();
    let app = sealed.repository("app");
    let words =
        ["new", "Say hello", "--branch", "talk", "--agent", "demo", "--pty", "--permissions", "edits"];
    app.data(&words);
    app.until_status("talk", "idle");
    let following = app.command(&["logs", "talk", "--follow"]);
    let mut following = following.spawn(owt_process::Streams::piped()).unwrap();
    let mut lines = BufReader::new(following.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut seen = vec![lines.find(|line| line.contains("Say hello")).expect("what was there before")];
    app.data(&["send", "talk", "And now?"]);
    seen.extend(lines.find(|line| line.contains("And now?")));
    assert_eq!(seen.len(), 2, "what came since, while the session runs");
    app.until_status("talk", "idle");
    app.data(&["stop", "talk"]);
    seen.extend(lines);
    assert!(following.wait().unwrap().success());
    let whole = app.owt(&["logs", "talk"]).done();
    for said in ["And now?", "demo/now.md", "bye"] {
        let times = |line: &&str| line.contains(said);
        let followed = seen.iter().map(String::as_str).filter(times).count();
        assert_eq!(followed, whole.lines().filter(times).count(), "{said}: {seen:#?}\n{whole}");
    }
}

#[test]
fn an_agent_works_on_a_terminal_of_our_own_and_it_is_said() {
    let sealed = without_tmux();
    let app = sealed.repository("app");
    let made = begun(&app);
    assert_eq!(made["backend"], "pty", "{made}");
    assert!(made["notices"].to_string().contains("tmux is not installed"), "{made}");
    app.data(&["send", "chat", "--wait", "--timeout", "50s", "Look again"]);
    app.until_status("chat", "idle");
    let logs = app.owt(&["logs", "chat"]);
    assert!(logs.stdout.contains("Look again"), "{logs:?}");
    app.refused(&["new", "More", "--branch", "more", "--agent", "claude", "--tmux"], 1, "tmux_unusable");
    app.data(&["stop", "chat"]);
    let stopped = app.only_workspace();
    assert_eq!(
        (&stopped["session"], &stopped["status"]),
        (&serde_json::Value::Null, &"done".into()),
        "{stopped}"
    );
    assert_eq!(sealed.starts(), 1);
}

#[test]
fn tmux_is_found_where_the_person_who_asks_has_it_and_by_the_next_server_too() {
    let sealed = without_tmux();
    let app = sealed.repository("app");
    app.data(&["list"]);
    let theirs = sealed.root().join("theirs");
    fs::create_dir(&theirs).unwrap();
    let system = ["/usr/bin/tmux", "/usr/local/bin/tmux", "/opt/homebrew/bin/tmux"];
    let Some(tmux) = system.into_iter().find(|path| fs::exists(path).is_ok_and(|there| there)) else {
        println!("skipped: tmux is not installed");
        return;
    };
    std::os::unix::fs::symlink(tmux, theirs.join("tmux")).unwrap();
    let folders = [theirs, sealed.bin(), sealed.root().join("programs")];
    let path = folders.map(|folder| folder.display().to_string()).join(":");
    let words = ["new", "Look", "--branch", "chat", "--agent", "claude", "--tmux", "--json"];
    let made = app.command(&words).env("PATH", path).run_checked().unwrap();
    assert!(made.stdout_utf8_lossy().contains("\"tmux\""), "{made:?}");
    app.until_status("chat", "idle");
    sealed.kill_server();
    let shown = converse(&app, "owt attach chat", &[(PROMPT_BOX, LEAVE)]);
    assert_eq!(shown.code, 0, "{shown:?}");
    app.data(&["stop", "chat"]);
}

#[test]
fn a_person_attaches_and_leaves_without_tmux_and_the_terminal_is_given_back() {
    let sealed = without_tmux();
    let app = sealed.repository("app");
    begun(&app);
    for verb in ["attach", "switch", "attach --pty"] {
        let words = format!("stty -a >before; owt {verb} chat; stty -a >after");
        let shown = converse(&app, &words, &[("leaves it running", ""), (PROMPT_BOX, LEAVE)]);
        assert_eq!(shown.code, 0, "{shown:?}");
        assert!(shown.screen.contains("[left; the agent goes on]"), "{shown:?}");
        assert_eq!(app.read("before"), app.read("after"));
    }
    let shown = converse(&app, "owt attach --tmux chat", &[]);
    assert!(shown.code != 0 && shown.screen.contains("lives in pty"), "{shown:?}");
    assert_eq!(sealed.starts(), 1);
    assert_eq!(app.only_workspace()["status"], "idle");
}

#[test]
fn an_attached_person_notices_nothing_of_a_server_that_is_killed() {
    let sealed = without_tmux();
    let app = sealed.repository("app");
    begun(&app);
    let app = &app;
    std::thread::scope(|scope| {
        let exchange = [(PROMPT_BOX, ""), ("Typed by hand", LEAVE)];
        let person = scope.spawn(move || converse(app, "owt attach chat", &exchange));
        until_attached(&sealed);
        sealed.kill_server();
        app.data(&["send", "chat", "Typed by hand"]);
        let shown = person.join().unwrap();
        assert_eq!(shown.code, 0, "{shown:?}");
    });
    assert_eq!(sealed.starts(), 1);
}

#[test]
fn a_person_is_told_that_the_session_has_ended() {
    let sealed = without_tmux();
    let app = sealed.repository("app");
    begun(&app);
    let app = &app;
    std::thread::scope(|scope| {
        let person = scope.spawn(move || converse(app, "owt attach chat", &[(PROMPT_BOX, "")]));
        until_attached(&sealed);
        app.data(&["stop", "chat"]);
        let shown = person.join().unwrap();
        assert!(shown.code == 0 && shown.screen.contains("[the session has ended]"), "{shown:?}");
    });
}
