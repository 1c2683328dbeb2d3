//! Words that fit no command, and flags of all of them.

use crate::rehearsal::workspace;
use crate::sealed::Sealed;
use crate::sealed::Staged;

#[test]
fn usage_errors_are_clear_in_both_forms() {
    let sealed = Sealed::new();
    insta::assert_snapshot!(sealed.run(&["shwo", "x"]).told(), @r"
    error: unrecognized subcommand 'shwo'
    hint: did you mean 'show'? see: owt --help
    [exit 2]
    ");
    insta::assert_snapshot!(sealed.run(&["new", "x", "--headles"]).told(), @r"
    error: unexpected argument '--headles' found
    hint: a similar argument exists: '--headless'; see: owt new --help
    [exit 2]
    ");
    insta::assert_snapshot!(sealed.run(&["new", "--json", "x", "--headless", "--tmux"]).told(), @r#"
    {"ok":false,"error":{"code":"flag_conflict","message":"the argument '--headless' cannot be used with '--tmux'","hint":"see: owt new --help"}}
    [exit 2]
    "#);
    insta::assert_snapshot!(sealed.run(&["wait", "x", "--poll", "5"]).told(), @r"
    error: '--poll' is a word of the original
    hint: leave it out: owt is told when something changes
    [exit 2]
    ");
    insta::assert_snapshot!(sealed.run(&["server"]).told(), @r"
    error: it needs a word that says what to do
    hint: owt server status|stop|restart; see: owt server --help
    [exit 2]
    ");
    insta::assert_snapshot!(sealed.run(&["wait", "x", "--timeout", "-5"]).told(), @r"
    error: invalid value '-5' for '--timeout <SPAN>': time does not go backwards
    hint: see: owt wait --help
    [exit 2]
    ");
    insta::assert_snapshot!(sealed.run(&["send", "x", "--wait", "--timeout", "soon", "hello"]).told(), @r"
    error: invalid value 'soon' for '--timeout <SPAN>': not a number of seconds (90), or 90s, 10m, 2h
    hint: see: owt send --help
    [exit 2]
    ");
    insta::assert_snapshot!(sealed.run(&["db", "purge", "--days", "-1"]).told(), @r"
    error: invalid value '-1' for '--days <N>': -1 is not in 0..=36500
    hint: see: owt db --help
    [exit 2]
    ");
    insta::assert_snapshot!(sealed.run(&["new", "--prompt-file", "nowhere.md"]).told(), @r"
    error: nowhere.md: no such file or directory
    hint: --prompt-file (--file) names a text file, or - for standard input
    [exit 2]
    ");
    insta::assert_snapshot!(sealed.run(&["wait"]).told(), @r"
    error: the following required arguments were not provided: <NAME>...
    hint: see: owt wait --help
    [exit 2]
    ");
}

#[test]
fn version_and_help_are_answers() {
    let sealed = Sealed::new();
    let version = format!("owt {}\n", env!("CARGO_PKG_VERSION"));
    for arguments in [&["--version"][..], &["-V"], &["version"]] {
        let ran = sealed.run(arguments);
        assert_eq!((ran.code, ran.stdout.as_str()), (0, version.as_str()), "{arguments:?}");
    }
    let json = sealed.run(&["version", "--json"]).json();
    assert_eq!(json["data"]["protocol"], owt_api::PROTOCOL);
    for command in [
        "new",
        "n",
        "create",
        "branch",
        "list",
        "ls",
        "status",
        "show",
        "attach",
        "switch",
        "s",
        "send",
        "answer",
        "wait",
        "logs",
        "stop",
        "delete",
        "rm",
        "restore",
        "agents",
        "approvals",
        "serve",
        "server",
        "version",
    ] {
        let ran = sealed.run(&[command, "--help"]);
        assert_eq!(ran.code, 0, "{command}");
        assert!(ran.stdout.contains("Usage: owt"), "{command}: {ran:?}");
        assert!(ran.stderr.is_empty(), "{command}: {ran:?}");
    }
    for hidden in ["hook", "host", "host-attach"] {
        assert!(!sealed.run(&["--help"]).stdout.contains(&format!("  {hidden} ")), "{hidden}");
    }
}

#[test]
fn global_flags_stand_before_and_after_the_command() {
    let staged = Staged::new();
    let elsewhere = staged.sealed.home.path().join("run").display().to_string();
    for arguments in [
        ["-C", &elsewhere, "--json", "--theme", "dark", "--color", "never", "list"],
        ["list", "-C", &elsewhere, "--json", "--theme", "dark", "--color", "never"],
    ] {
        assert_eq!(staged.run(&arguments).json()["ok"], true);
    }
}

#[test]
fn a_folder_that_is_none_is_refused_before_anything_else() {
    let sealed = Sealed::new();
    insta::assert_snapshot!(sealed.run(&["-C", "/nowhere/at/all", "list"]).told(), @r"
    error: -C /nowhere/at/all: no such file or directory
    [exit 2]
    ");
    insta::assert_snapshot!(sealed.run(&["-C", "/etc/passwd", "list"]).told(), @r"
    error: -C /etc/passwd: not a folder
    [exit 2]
    ");
    assert!(!sealed.home.path().join("owt").exists());
}

#[test]
fn variables_of_the_original_are_answered_with_the_new_word() {
    let sealed = Sealed::new().with("OWT_DB_PATH", "/tmp/x.db");
    let ran = sealed.run(&["list", "--json"]);
    assert_eq!((ran.code, ran.json()["error"]["code"].as_str()), (2, Some("renamed_word")));
}

#[test]
fn a_home_that_cannot_be_written_names_owt_home() {
    let sealed = Sealed::new().with("OWT_HOME", "/proc/owt");
    let ran = sealed.run(&["list"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("/proc/owt/data") && ran.stderr.contains("OWT_HOME"), "{ran:?}");
}

#[test]
fn colours_only_where_they_are_wanted() {
    let staged = Staged::new();
    staged.service.set(|scene| scene.workspaces.push(workspace("auth", owt_api::Status::Working)));
    let coloured = |arguments: &[&str]| staged.run(arguments).stdout.contains('\u{1b}');
    assert!(!coloured(&["list"]));
    assert!(coloured(&["list", "--color", "always"]));
    assert!(coloured(&["show", "auth", "--color", "always", "--theme", "light-ansi"]));
    assert!(!coloured(&["list", "--json", "--color", "always"]));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    use std::io::Read;

    let staged = Staged::new();
    staged.service.set(|scene| {
        for number in 0..2_000 {
            scene.workspaces.push(workspace(&format!("workspace-{number}"), owt_api::Status::Working));
        }
    });
    for arguments in [&["list"][..], &["list", "--json"]] {
        let streams = owt_process::Streams::piped();
        let mut child = staged.sealed.cmd(arguments).spawn(streams).unwrap();
        let mut stdout = child.stdout.take().unwrap();
        stdout.read_exact(&mut [0]).unwrap();
        drop(stdout);
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0), "{stderr}");
        assert!(!stderr.contains("error") && !stderr.contains("panicked"), "{stderr}");
    }
}

#[test]
fn log_records_carry_the_commands_name_on_the_wire() {
    let staged = Staged::new();
    let ran = staged.run(&["list", "-vv", "--log-format", "json"]);
    assert_eq!(ran.code, 0);
    let mut ids = Vec::new();
    for line in ran.stderr.lines() {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        ids.push(record["span"]["id"].as_str().unwrap().to_owned());
    }
    assert!(ids.iter().all(|id| id.starts_with("req_") && *id == ids[0]), "{ids:?}");
}
