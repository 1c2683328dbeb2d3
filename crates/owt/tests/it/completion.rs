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
    let workspaces = |words: &[&str]| {
        let offered = offered(&staged.sealed, words);
        offered.into_iter().filter(|word| !word.starts_with('-')).collect::<Vec<_>>()
    };
    assert_eq!(workspaces(&["owt", "wait", "billing", ""]), ["auth-jwt"], "not what is named already");
    assert_eq!(workspaces(&["owt", "send", ""]), ["auth-jwt", "billing"]);
    assert_eq!(workspaces(&["owt", "send", "billing", ""]), Vec::<String>::new(), "the message follows");
    assert_eq!(workspaces(&["owt", "send", "--all", ""]), Vec::<String>::new());
    assert_eq!(workspaces(&["owt", "new", "--from", "billing", "--from", ""]), ["auth-jwt"]);
}

#[test]
fn tab_knows_what_can_be_brought_back_what_was_noted_and_what_awaits_a_decision() {
    let staged = Staged::new();
    let restorable = |id: &str, workspace: &str| owt_api::Restorable {
        id: id.to_owned(),
        workspace: workspace.to_owned(),
        branch: None,
        sha: None,
        reason: "delete".to_owned(),
        taken_at: "2026-01-01T00:00:00.000Z".to_owned(),
        in_trash: false,
        holds: owt_api::Holds::Changes,
    };
    let note = |number| owt_api::Note {
        number,
        text: "a\nb".to_owned(),
        source: owt_api::NoteSource::Person,
        workspace: None,
        created_at: "2026-01-01T00:00:00.000Z".to_owned(),
    };
    let approval = owt_api::Approval {
        digest: "3f9c0123456789ab".to_owned(),
        repository: "/repos/app".to_owned(),
        files: vec![".mcp.json".to_owned()],
        commands: Vec::new(),
        hook: None,
        contents: Vec::new(),
        state: "pending".to_owned(),
    };
    staged.service.set(|scene| {
        scene.snapshots =
            vec![restorable("snp_3", "try"), restorable("snp_2", "try"), restorable("snp_1", "old")];
        scene.notes = vec![note(3), note(14)];
        scene.approvals.push(approval);
    });
    let sealed = &staged.sealed;
    assert_eq!(offered(sealed, &["owt", "restore", ""])[..3], ["try", "snp_2", "old"]);
    assert_eq!(offered(sealed, &["owt", "note", "--remove", ""]), ["3", "14"]);
    for decision in ["show", "allow", "deny"] {
        assert_eq!(offered(sealed, &["owt", "approvals", decision, "3f"]), ["3f9c0123456789ab"]);
    }
}

#[test]
fn tab_knows_backups_branches_and_pages_without_a_server() {
    let sealed = Sealed::new();
    let started = |words: &[&str]| {
        let offered = offered(&sealed, words);
        offered.into_iter().filter(|word| !word.starts_with('-')).collect::<Vec<_>>()
    };
    assert_eq!(started(&["owt", "new", "--base", ""]), Vec::<String>::new(), "no repository");
    sealed.make_repository();
    let git = |arguments: &[&str]| {
        let git = owt_process::Cmd::new("git").args(arguments.iter().copied());
        git.env_base(sealed.environment.clone()).current_dir(sealed.work()).run_checked().unwrap();
    };
    git(&["branch", "feat/auth"]);
    git(&["tag", "v1"]);
    assert_eq!(started(&["owt", "new", "--base", ""]).len(), 3);
    assert_eq!(started(&["owt", "new", "--base", "v"]), ["v1"]);
    assert_eq!(started(&["owt", "create", "fe"]), ["feat/auth"]);
    let work = sealed.work().display().to_string();
    std::fs::create_dir(sealed.home.path().join("elsewhere")).unwrap();
    let elsewhere = sealed.home.path().join("elsewhere").display().to_string();
    assert_eq!(started(&["owt", "-C", &elsewhere, "create", "fe"]), Vec::<String>::new());
    assert_eq!(started(&["owt", "-C", &work, "create", "fe"]), ["feat/auth"]);

    let backups = sealed.places().data.as_path().join("backups");
    std::fs::create_dir_all(&backups).unwrap();
    for at in [1_767_225_600_000_u64, 1_767_225_700_000] {
        std::fs::write(backups.join(format!("owt-{at}.db")), "any").unwrap();
    }
    std::fs::write(sealed.work().join("mine.db"), "any").unwrap();
    let newest = backups.join("owt-1767225700000.db").display().to_string();
    let all = started(&["owt", "db", "restore", ""]);
    assert_eq!((&all[0], all[2..].contains(&"mine.db".to_owned())), (&newest, true), "{all:?}");

    assert_eq!(started(&["owt", "man", "appr"]), ["approvals"]);
    assert_eq!(started(&["owt", "man", "db", "re"]), ["rebuild", "restore"]);
    assert_eq!(started(&["owt", "agents", "test", "cod"]), ["codex", "codex-acp"]);
    assert_eq!(started(&["owt", "skill", "show", "wt-l"]), ["wt-list"]);
    assert!(!sealed.home.path().join("owt/data/server.lock").exists(), "no server was started");
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
    for expected in ["owt.1", "owt-new.1", "owt-db-health.1"] {
        assert!(pages.contains(&expected.to_owned()), "{pages:?}");
    }
    assert!(!pages.iter().any(|page| page.contains("hook") || page.contains("help")), "{pages:?}");
    let page = sealed.run(&["man", "ls"]);
    assert!(page.stdout.contains(".TH owt-list 1") && page.stdout.contains("Examples"), "{page:?}");
    let below = sealed.run(&["man", "db", "health"]);
    assert!(
        below.stdout.contains(".TH owt-db-health 1") && below.stdout.contains("owt db health"),
        "{below:?}"
    );
    assert_eq!(sealed.run(&["man", "db", "nope"]).code, 2);
    insta::assert_snapshot!(sealed.run(&["man", "nope"]).told(), @r"
    error: there is no command 'nope'
    hint: see all commands: owt --help
    [exit 2]
    ");
}
