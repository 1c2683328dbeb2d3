//! The Tab key in a real shell, and manual pages.

use std::io::Read;
use std::os::unix::net::UnixListener;
use std::time::Duration;
use std::time::Instant;

use owt_api::Status;

use crate::rehearsal::workspace;
use crate::sealed::Sealed;
use crate::sealed::Staged;

/// What bash would offer for the last of these words.
fn offered(sealed: &Sealed, words: &[&str]) -> Vec<String> {
    let script = sealed.run(&["completions", "bash"]);
    assert_eq!(script.code, 0, "{script:?}");
    std::fs::write(sealed.home.path().join("completions.bash"), script.stdout).unwrap();
    let asking = r#"
        source "$1"; shift
        COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 )); COMP_TYPE=9
        _clap_complete_owt owt "${COMP_WORDS[$COMP_CWORD]}" "${COMP_WORDS[$COMP_CWORD - 1]}"
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let file = sealed.home.path().join("completions.bash");
    let bash = owt_process::Cmd::new("bash")
        .args(["--norc", "-c", asking, "bash"])
        .arg(file)
        .args(words.iter().copied())
        .env_base(sealed.environment.clone())
        .current_dir(sealed.work());
    let output = bash.run_checked().unwrap();
    output
        .stdout_utf8_lossy()
        .lines()
        .map(|line| line.trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect()
}

#[test]
fn tab_knows_commands_flags_and_the_workspaces_that_there_are() {
    let staged = Staged::new();
    staged.service.set(|scene| {
        scene.workspaces.push(workspace("auth-jwt", Status::Working));
        scene.workspaces.push(workspace("billing", Status::Idle));
    });
    assert_eq!(offered(&staged.sealed, &["owt", "swi"]), ["switch"]);
    assert_eq!(offered(&staged.sealed, &["owt", "stop", "--dry"]), ["--dry-run"]);
    assert_eq!(offered(&staged.sealed, &["owt", "attach", ""])[..2], ["auth-jwt", "billing"]);
    assert_eq!(offered(&staged.sealed, &["owt", "wait", "billing", "au"]), ["auth-jwt"]);
}

#[test]
fn tab_knows_the_templates_that_there_are() {
    let sealed = Sealed::new();
    let folder = sealed.places().templates();
    std::fs::create_dir_all(folder.as_path()).unwrap();
    std::fs::write(folder.as_path().join("spike.toml"), "broken").unwrap();
    let all = ["bugfix", "feature", "hotfix", "spike"];
    assert_eq!(offered(&sealed, &["owt", "new", "--template", ""]), all);
    assert_eq!(offered(&sealed, &["owt", "create", "x", "-t", "sp"]), ["spike"]);
}

#[test]
fn tab_starts_no_server() {
    let sealed = Sealed::new();
    assert_eq!(offered(&sealed, &["owt", "stop", "a"]), Vec::<String>::new());
    assert!(!sealed.home.path().join("owt").exists(), "nothing was written for a key press");
}

/// Who takes the connection and never answers: a server that is stopped or stuck.
#[test]
fn tab_does_not_wait_for_a_server_that_is_silent_and_not_at_all_for_a_socket_without_one() {
    let sealed = Sealed::new();
    sealed.places().make_folders().unwrap();
    let socket = sealed.places().server_socket();
    let silent = UnixListener::bind(socket.as_path()).unwrap();
    let began = Instant::now();
    assert_eq!(offered(&sealed, &["owt", "stop", "a"]), Vec::<String>::new());
    // An ordinary command gives it 5 seconds.
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    let (mut asked, _) = silent.accept().unwrap();
    let mut first = [0; 17];
    asked.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"GET /v1/handshake");
    drop((asked, silent));
    assert!(socket.as_path().exists(), "nobody listens there now");
    assert_eq!(offered(&sealed, &["owt", "stop", "--dry"]), ["--dry-run"]);
    assert_eq!(offered(&sealed, &["owt", "stop", "a"]), Vec::<String>::new());
    assert!(!sealed.home.path().join("owt/data/server.lock").exists(), "no server was started");
}

#[test]
fn each_command_for_people_has_a_manual_page() {
    let sealed = Sealed::new();
    let written = sealed.run(&["man", "--dir", "pages", "--json"]);
    assert_eq!(written.code, 0, "{written:?}");
    let mut pages: Vec<_> = std::fs::read_dir(sealed.work().join("pages"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    pages.sort();
    assert_eq!(written.json()["data"].as_array().unwrap().len(), pages.len());
    assert!(pages.contains(&"owt.1".to_owned()) && pages.contains(&"owt-new.1".to_owned()), "{pages:?}");
    assert!(!pages.iter().any(|page| page.contains("hook") || page.contains("help")), "{pages:?}");
    let page = sealed.run(&["man", "ls"]);
    assert!(page.stdout.contains(".TH owt-list 1") && page.stdout.contains("Examples"), "{page:?}");
    insta::assert_snapshot!(sealed.run(&["man", "nope"]).told(), @r"
    error: there is no command 'nope'
    hint: see all commands: owt --help
    [exit 2]
    ");
}
