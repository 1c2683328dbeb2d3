//! Commands around a worktree's life: the person's own run, a repository's when the person has approved them as they
//! are.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::fs::symlink;

use serde_json::Value;

use crate::agents::install_script;
use crate::patience::until;
use crate::project::Project;
use crate::ran::Ran;
use crate::sealed::Sealed;

/// Keeps what it is started with, and whether the worktree was set up before.
const WITNESS: &str = r#"
cat > /dev/null
{ cat made-ready 2>/dev/null || echo "not set up"; echo "OWT_SETUP=$OWT_SETUP"; } > "$RECORD/saw.$OWT_WORKTREE_NAME"
"#;

const HOOKS: &str = "[worktree]\nsetup = [[\"./ready.sh\", \"one two\"]]\nteardown = [[\"sh\", \"-c\", \"echo gone > $RECORD/gone.$OWT_WORKTREE_NAME\"]]\n";

fn home() -> Sealed {
    let sealed = Sealed::new().with_tool("witness", WITNESS);
    install_script(&sealed, "left-alone", "touch \"$RECORD/not-stopped\"\n");
    sealed
}

fn with_script(app: &Project<'_>, script: &str) {
    app.write(".gitignore", "made-ready\n");
    app.write("ready.sh", script);
    fs::set_permissions(app.root.join("ready.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    app.git(&["add", "-A"]);
    app.git(&["commit", "-q", "-m", "A script"]);
}

const READY: &str =
    "#!/bin/sh\necho \"$1 on $OWT_PORT in $(basename \"$PWD\") of $OWT_MAIN_CHECKOUT\" > made-ready\n";

fn begun(app: &Project<'_>, branch: &str) -> Value {
    app.data(&["new", "Look", "--branch", branch, "--agent", "witness", "--headless"]);
    app.data(&["wait", branch]);
    app.data(&["show", branch])
}

fn saw(sealed: &Sealed, name: &str) -> String {
    fs::read_to_string(sealed.record(&format!("saw.{name}"))).unwrap()
}

fn approve(app: &Project<'_>, word: &str) {
    let listed = app.data(&["approvals"]);
    let content =
        listed.as_array().unwrap().iter().find(|it| it["commands"].to_string().contains(word)).unwrap();
    assert_eq!(content["state"], "pending", "{listed:#}");
    // A unique beginning is enough.
    app.data(&["approvals", "allow", &content["digest"].as_str().unwrap()[..5]]);
}

#[test]
fn the_persons_own_setup_and_teardown_run_around_the_agents_work() {
    let sealed = home();
    let app = sealed.repository("app");
    with_script(&app, READY);
    sealed.configure(HOOKS);
    let shown = begun(&app, "topic");
    assert_eq!(shown["outfit"]["setup"], "done", "{shown:#}");
    let port = shown["outfit"]["port"].as_u64().unwrap();
    let expected = format!("one two on {port} in app-topic of {}\nOWT_SETUP=\n", app.root.display());
    assert_eq!(saw(&sealed, "topic"), expected);
    let log = fs::read_to_string(shown["furnishing"]["setup_log"].as_str().unwrap()).unwrap();
    assert!(log.contains("ready.sh 'one two'"), "{log}");
    assert!(!sealed.record("gone.topic").exists());
    let deleted = app.data(&["delete", "topic", "--force", "--yes"]);
    assert_eq!(deleted["teardown"], Value::Null, "{deleted:#}");
    assert_eq!(fs::read_to_string(sealed.record("gone.topic")).unwrap(), "gone\n");
}

#[test]
fn a_repositorys_hooks_run_only_as_the_person_has_approved_them() {
    let sealed = home();
    let app = sealed.repository("app");
    with_script(&app, READY);
    app.write(".worktreerc.toml", HOOKS);
    app.git(&["add", "-A"]);
    app.git(&["commit", "-q", "-m", "Hooks"]);
    let made = app.owt(&["new", "Look", "--branch", "unknown", "--agent", "witness", "--headless"]).done();
    assert!(made.contains("owt approvals"), "{made}");
    app.data(&["wait", "unknown"]);
    assert_eq!(saw(&sealed, "unknown"), "not set up\nOWT_SETUP=unapproved\n");
    assert_eq!(app.data(&["show", "unknown"])["outfit"]["setup"], "unapproved");
    assert!(app.owt(&["list"]).done().contains("[not set up] Look"), "the task is not hidden");
    let deleted = app.data(&["delete", "unknown", "--force", "--yes"]);
    assert!(deleted["teardown"].as_str().unwrap().contains("not approved"), "{deleted:#}");
    assert!(!sealed.record("gone.unknown").exists());

    approve(&app, "ready.sh");
    approve(&app, "gone");
    assert_eq!(begun(&app, "known")["outfit"]["setup"], "done");
    app.data(&["delete", "known", "--force", "--yes"]);
    assert!(sealed.record("gone.known").exists());

    // The same commands, but the script is another one.
    with_script(&app, &format!("{READY}echo more\n"));
    assert_eq!(begun(&app, "later")["outfit"]["setup"], "unapproved");
    app.write(".worktreerc.toml", &HOOKS.replace("one two", "three"));
    with_script(&app, READY);
    assert_eq!(begun(&app, "last")["outfit"]["setup"], "unapproved");
}

#[test]
fn a_script_that_a_command_names_anywhere_is_part_of_what_is_approved() {
    let sealed = home();
    let app = sealed.repository("app");
    with_script(&app, READY);
    let setup = |words: &str| format!("[worktree]\nsetup = [[{words}]]\n");
    // Through a link, too: what it leads to is what runs.
    symlink("ready.sh", app.root.join("linked.sh")).unwrap();
    app.write(".worktreerc.toml", &setup("\"env\", \"X=1\", \"./linked.sh\", \"made-ready\""));
    app.git(&["add", "-A"]);
    app.git(&["commit", "-q", "-m", "Hooks"]);
    // What git ignores is different in every folder, and nothing that a repository brings.
    app.write("made-ready", "in the main checkout\n");
    approve(&app, "linked.sh");
    assert_eq!(begun(&app, "known")["outfit"]["setup"], "done");
    with_script(&app, &format!("{READY}echo more\n"));
    assert_eq!(begun(&app, "later")["outfit"]["setup"], "unapproved");
}

#[test]
fn the_persons_own_commands_run_while_the_repositorys_wait_for_approval() {
    let sealed = home();
    let app = sealed.repository("app");
    with_script(&app, "#!/bin/sh\necho of the repository > made-ready\n");
    sealed.configure(
        "[worktree]\nsetup = [[\"sh\", \"-c\", \"echo my own > made-ready\"]]\nteardown = [[\"sh\", \"-c\", \"echo gone > $RECORD/gone.$OWT_WORKTREE_NAME\"]]\n",
    );
    app.write(".worktreerc.toml", "[worktree]\nsetup = [[\"./ready.sh\"]]\nteardown = [[\"false\"]]\n");
    app.git(&["add", "-A"]);
    app.git(&["commit", "-q", "-m", "Hooks"]);
    let shown = begun(&app, "waiting");
    assert_eq!(shown["outfit"]["setup"], "unapproved", "{shown:#}");
    assert_eq!(saw(&sealed, "waiting"), "my own\nOWT_SETUP=unapproved\n");
    let deleted = app.data(&["delete", "waiting", "--force", "--yes"]);
    assert!(deleted["teardown"].as_str().unwrap().contains("not approved"), "{deleted:#}");
    assert!(sealed.record("gone.waiting").exists());
    approve(&app, "ready.sh");
    assert_eq!(begun(&app, "known")["outfit"]["setup"], "done");
    assert_eq!(saw(&sealed, "known"), "of the repository\nOWT_SETUP=\n");
}

#[test]
fn an_active_environment_of_python_stays_behind_and_work_in_place_keeps_it() {
    let told = |file: &str| format!("printf '%s\\n' \"[$VIRTUAL_ENV]\" \"$PATH\" > \"$RECORD/{file}\"");
    let sealed = Sealed::new().with_tool("witness", &format!("cat > /dev/null\n{}\n", told("agent")));
    let app = sealed.repository("app");
    install_script(&sealed, "note-setup", &format!("{}\n", told("setup")));
    sealed.configure("[worktree]\nsetup = [[\"note-setup\"]]\n");
    let active = app.root.join(".venv");
    let path = format!("{}/bin:{}:/usr/bin:/bin", active.display(), sealed.bin().display());
    let begin = |words: &[&str]| {
        let words = [&["--json", "new", "Look", "--agent", "witness", "--headless"], words].concat();
        let command = app.command(&words).env("VIRTUAL_ENV", active.as_os_str()).env("PATH", &path);
        let made = Ran::of(&command).data();
        app.data(&["wait", made["name"].as_str().unwrap()]);
    };
    let heard = |file: &str| fs::read_to_string(sealed.record(file)).unwrap();
    begin(&["--branch", "topic"]);
    for file in ["agent", "setup"] {
        let said = heard(file);
        assert!(said.starts_with("[]\n") && !said.contains(".venv"), "{file}: {said}");
    }
    begin(&["--in-place"]);
    assert!(heard("agent").starts_with(&format!("[{}]\n", active.display())), "{}", heard("agent"));
}

#[test]
fn a_setup_that_is_approved_later_runs_before_the_agent_goes_on() {
    let sealed = Sealed::new();
    let app = sealed.repository("app");
    with_script(&app, "#!/bin/sh\nenv >> made-ready\n");
    app.write(".worktreerc.toml", "[worktree]\nsetup = [[\"./ready.sh\"], [\"sh\", \"./ready.sh\"]]\n");
    app.git(&["add", "-A"]);
    app.git(&["commit", "-q", "-m", "Hooks"]);
    let begin =
        ["new", "Say hello", "--branch", "topic", "--agent", "demo", "--headless", "--permissions", "edits"];
    let made = app.data(&begin);
    assert!(made["notices"].to_string().contains("owt resume topic"), "{made:#}");
    app.data(&["wait", "topic"]);
    let there = app.workspace("topic");
    assert!(!there.root.join("made-ready").exists());

    let listed = app.data(&["approvals"]);
    let content = &listed.as_array().unwrap()[0];
    assert_eq!(content["hook"], "worktree.setup", "{listed:#}");
    assert_eq!(content["files"], serde_json::json!(["ready.sh"]), "once: {listed:#}");
    let digest = content["digest"].as_str().unwrap();
    let page = app.owt(&["approvals", "show", digest]).done();
    assert!(page.contains("    ./ready.sh\n") && page.contains("| env >> made-ready"), "{page}");

    app.data(&["resume", "topic", "Say good bye"]);
    app.data(&["wait", "topic"]);
    assert_eq!(app.data(&["show", "topic"])["outfit"]["setup"], "unapproved", "a wish is no approval");
    app.data(&["approvals", "allow", digest]);
    app.data(&["resume", "topic", "Say good bye again"]);
    app.data(&["wait", "topic"]);
    let shown = app.data(&["show", "topic"]);
    assert_eq!(shown["outfit"]["setup"], "done", "{shown:#}");
    let saw = there.read("made-ready");
    assert!(saw.contains("OWT_WORKTREE_NAME=topic"), "{saw}");
    assert!(!saw.contains("OWT_INSTALL="), "that says to an agent that its install failed: {saw}");
    app.data(&["resume", "topic", "Once more"]);
    app.data(&["wait", "topic"]);
    assert_eq!(there.read("made-ready"), saw, "what is done is not done again");
}

#[test]
fn a_setup_that_fails_is_told_and_loses_nothing() {
    let sealed = home();
    let app = sealed.repository("app");
    // It leaves a process in a session of its own behind, and ends only once that one is there.
    let leaves = "#!/bin/sh\nmkfifo \"$RECORD/left\"\n\
        setsid sh -c 'echo there > \"$RECORD/left\"; exec sleep 1000' &\nread -r word < \"$RECORD/left\"\n\
        echo partly > made-ready\necho so it is >&2\nexit 3\n";
    with_script(&app, leaves);
    sealed.configure("[worktree]\nsetup = [[\"./ready.sh\"], [\"left-alone\"]]\n");
    let shown = begun(&app, "topic");
    assert_eq!(shown["outfit"]["setup"], "failed", "{shown:#}");
    assert!(shown["furnishing"]["setup_failure"].to_string().contains("exit code 3"), "{shown:#}");
    assert!(shown["furnishing"]["notices"].to_string().contains("left running"), "{shown:#}");
    assert_eq!(saw(&sealed, "topic"), "partly\nOWT_SETUP=failed\n");
    assert!(!sealed.record("not-stopped").exists(), "what follows a failure does not run");
    let log = app.owt(&["logs", "topic", "--setup"]).done();
    assert!(log.contains("so it is"), "{log}");
}

#[test]
fn a_port_that_is_taken_between_lease_and_start_is_told() {
    let script = "cat > /dev/null\necho \"$OWT_PORTS_TAKEN\" > \"$RECORD/taken\"\n";
    let sealed = Sealed::new().with_tool("witness", script);
    let app = sealed.repository("app");
    sealed.configure(
        "[worktree]\nsetup = [[\"sh\", \"-c\", \"mkfifo $RECORD/gate; read -r word < $RECORD/gate\"]]\n",
    );
    let words = ["--json", "new", "Look", "--branch", "topic", "--agent", "witness", "--headless"];
    let starting = app.command(&words).spawn(owt_process::Streams::piped()).unwrap();
    until("the setup to wait", || sealed.record("gate").exists());
    let port = u16::try_from(app.only_workspace()["outfit"]["port"].as_u64().unwrap()).unwrap() + 2;
    let taken = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
    fs::write(sealed.record("gate"), "go\n").unwrap();
    app.data(&["wait", "topic"]);
    assert_eq!(fs::read_to_string(sealed.record("taken")).unwrap(), format!("{port}\n"));
    let shown = app.data(&["show", "topic"]);
    assert!(shown["furnishing"]["notices"].to_string().contains(&format!("ports {port} ")), "{shown:#}");
    drop((taken, starting));
}

#[test]
fn a_teardown_that_fails_or_hangs_does_not_hold_a_delete_up() {
    let sealed = home();
    let app = sealed.repository("app");
    sealed.configure(
        "[worktree]\nhook_limit = \"1s\"\nteardown = [[\"sh\", \"-c\", \"rm README.md; cat; sleep 1000\"]]\n",
    );
    begun(&app, "topic");
    app.workspace("topic").write("README.md", "changed by somebody\n");
    let deleted = app.data(&["delete", "topic", "--force", "--yes"]);
    assert!(deleted["teardown"].as_str().unwrap().contains("did not finish within 1 s"), "{deleted:#}");
    let snapshot = deleted["snapshot"].as_str().unwrap();
    let kept = app.git(&["show", &format!("refs/owt/snapshots/{snapshot}:README.md")]);
    assert_eq!(kept, "changed by somebody", "kept as it was before the commands ran");
}
