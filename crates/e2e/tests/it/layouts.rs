//! Pane layouts: what stands beside an agent in its window, for the person who attaches.

use std::fs;

use owt_process::ExitOutcome;
use owt_testkit::lab::Seat;

use crate::agents::install_script;
use crate::patience::until;
use crate::project::Project;
use crate::sealed::Sealed;

const DEMO: [&str; 5] = ["--agent", "demo", "--permissions", "edits", "--json"];

/// A home whose `cargo` says what it was asked, in a repository of Rust.
fn rust_project(sealed: &Sealed) -> Project<'_> {
    install_script(sealed, "cargo", "echo \"cargo was asked to $*\"\n");
    let app = sealed.repository("app");
    app.write("Cargo.toml", "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
    app.write("src/lib.rs", "");
    app.git(&["add", "-A"]);
    app.git(&["commit", "-q", "-m", "A project of Rust"]);
    app
}

fn begin(app: &Project<'_>, name: &str, more: &[&str]) -> serde_json::Value {
    let made = app.data(&[&["new", "Greet them", "--branch", name], more, &DEMO[..4]].concat());
    app.until_status(name, "idle");
    made
}

/// A command to owt's own tmux server; what it printed.
pub(crate) fn tmux(sealed: &Sealed, words: &[&str]) -> String {
    let run = sealed.root().join("run");
    let folder = fs::read_dir(run).unwrap().next().unwrap().unwrap().path();
    let command = sealed.command("tmux", sealed.root()).arg("-S").arg(folder.join("tmux.sock"));
    command.args(words.iter().copied()).run().unwrap().stdout_utf8_lossy().into_owned()
}

#[test]
fn an_attached_person_sees_the_whole_layout_and_it_ends_with_the_session() {
    let sealed = Sealed::new();
    sealed.configure(
        "[worktree]\ninstall = \"off\"\n[tmux]\nlayout = \"agent+shell+tests+log\"\n[tmux.panes.log]\ncommand = [\"sh\", \"-c\", \
         \"echo my own pane $OWT_PORT ${OWT_TOKEN-without}; exec sleep 1000\"]\nsplit = \"right\"\nsize = \"25%\"\n",
    );
    let app = rust_project(&sealed);
    begin(&app, "topic", &["--tmux"]);
    let port = app.data(&["show", "topic"])["outfit"]["port"].to_string();
    let mut person = Seat::take(app.command(&["attach", "topic"]), 50, 200);
    for text in ["demo>", "cargo test: Enter runs it, q closes this", &format!("my own pane {port} without")]
    {
        person.until_shown(text);
    }
    // The agent's pane has the keys, and it keeps its room.
    let panes = tmux(
        &sealed,
        &["list-panes", "-a", "-F", "#{@owt_agent} #{pane_active} #{pane_width} #{pane_height}"],
    );
    let agents = panes.lines().find(|line| line.starts_with("1 1 ")).unwrap();
    let sizes: Vec<u16> = agents[4..].split(' ').map(|word| word.parse().unwrap()).collect();
    assert!(panes.lines().count() == 4 && (140..160).contains(&sizes[0]) && sizes[1] > 30, "{panes}");
    // The tests run when the person says so: in the pane of the tests, which is found by what it shows.
    let ids = tmux(&sealed, &["list-panes", "-a", "-F", "#{pane_id}"]);
    let tests = ids
        .lines()
        .find(|id| tmux(&sealed, &["capture-pane", "-p", "-t", id]).contains("Enter runs it"))
        .unwrap();
    assert!(!person.text().contains("cargo was asked"), "nothing runs by itself");
    tmux(&sealed, &["send-keys", "-t", tests, "Enter"]);
    person.until_shown("cargo was asked to test");
    person.until_shown("done; Enter runs it again, q closes this");
    // While the person is in another pane the agent gets what is for it.
    tmux(&sealed, &["select-pane", "-t", tests]);
    app.data(&["send", "topic", "--wait", "--timeout", "50s", "And once more"]);
    app.until_status("topic", "idle");
    person.until_shown("> And once more");
    app.data(&["stop", "topic"]);
    assert_eq!(person.until_ended(), ExitOutcome::Code(0));
    until("the panes to end", || {
        let pane = |pid: &u32| {
            fs::read_to_string(format!("/proc/{pid}/cmdline")).is_ok_and(|line| line.contains("sleep"))
        };
        !sealed.processes().iter().any(pane)
    });
    // Taken up again it has its panes again.
    app.data(&["resume", "topic"]);
    app.until_status("topic", "idle");
    Seat::take(app.command(&["attach", "topic"]), 50, 200).until_shown("cargo test: Enter runs it");
}

#[test]
fn a_layout_without_tmux_is_left_out_and_that_is_said() {
    let sealed = Sealed::new();
    sealed.configure("[tmux]\nlayout = \"agent+shell\"\n");
    let app = sealed.repository("app");
    let made = begin(&app, "topic", &["--pty"]);
    assert!(made["notices"].to_string().contains("tmux.layout need tmux"), "{made:#}");
    let mut person = Seat::take(app.command(&["attach", "topic"]), 30, 100);
    person.until_shown("demo>");
    let made = begin(&app, "other", &["--tmux"]);
    assert!(!made["notices"].to_string().contains("tmux.layout"), "{made:#}");
}

#[test]
fn a_repository_puts_no_command_beside_an_agent() {
    let sealed = Sealed::new();
    let app = sealed.repository("app");
    sealed.configure("[tmux.panes.deploy]\ncommand = [\"touch\", \"deployed\"]\n");
    let refused = |text: &str, says: &str| {
        app.write(".worktreerc.toml", text);
        let words = ["new", "Greet them", "--branch", "topic", "--agent", "demo"];
        let error = app.refused(&words, 2, "bad_configuration");
        assert!(error["message"].as_str().unwrap().contains(says), "{error:#}");
    };
    refused("[tmux]\nlayout = \"agent+deploy\"\n", "a repository may put 'shell' and 'tests'");
    refused("[tmux.panes.deploy]\ncommand = [\"rm\"]\n", "not in a repository's file");
    app.write(".worktreerc.toml", "[tmux]\nlayout = \"agent+tests\"\n");
    begin(&app, "topic", &["--tmux"]);
    Seat::take(app.command(&["attach", "topic"]), 40, 120).until_shown("no command was found that tests");
    fs::remove_file(app.root.join(".worktreerc.toml")).unwrap();
    sealed.configure("[tmux]\nlayout = \"agent+deplyo\"\n");
    let error = app.refused(&["new", "Greet", "--branch", "more", "--agent", "demo"], 2, "bad_configuration");
    assert!(error["message"].as_str().unwrap().contains("there is no pane 'deplyo'"), "{error:#}");
}
