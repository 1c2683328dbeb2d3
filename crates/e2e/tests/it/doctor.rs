//! What is not as it should be is really made, found, mended, and gone at the second look; what is not ours stays.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use owt_process::Streams;
use serde_json::Value;

use crate::agents::WAITER;
use crate::agents::install_script;
use crate::mounts::Mount;
use crate::patience::until;
use crate::processes;
use crate::project::Project;
use crate::sealed::Sealed;

fn data(sealed: &Sealed) -> PathBuf {
    sealed.owt_home().join("data")
}

/// Ends the server, and waits until its process has gone.
fn end_server(sealed: &Sealed, app: &Project<'_>) {
    let pid = sealed.server_pid();
    app.data(&["server", "stop"]);
    until("the server to end", || !processes::is_alive(pid));
}

/// What was found: code, subject.
fn found(report: &Value) -> Vec<(String, String)> {
    let findings = report["findings"].as_array().unwrap_or_else(|| panic!("{report:#}"));
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
    findings.iter().map(|finding| (text(finding, "code"), text(finding, "subject"))).collect()
}

/// The report of a look that finds something, and changes nothing.
#[track_caller]
fn looked(app: &Project<'_>) -> Value {
    let ran = app.owt(&["--json", "doctor"]);
    assert_eq!(ran.code, 1, "{ran:#?}");
    let answer = ran.json();
    assert_eq!(answer["error"]["code"], "faults_found", "{ran:#?}");
    answer["data"].clone()
}

/// Finds exactly this, twice; mends it; finds nothing.
#[track_caller]
fn is_found_and_mended(app: &Project<'_>, code: &str, subject: &str) {
    let expected = [(code.to_owned(), subject.to_owned())];
    for _ in 0..2 {
        assert_eq!(found(&looked(app)), expected);
    }
    app.refused(&["doctor", "--fix"], 3, "needs_confirmation");
    let rehearsed = app.owt(&["--json", "doctor", "--fix", "--dry-run"]);
    assert_eq!((rehearsed.code, &rehearsed.json()["data"]["dry_run"]), (1, &Value::Bool(true)));
    let mended = app.data(&["doctor", "--fix", "--yes"]);
    assert_eq!(found(&mended), expected);
    assert_eq!(mended["findings"][0]["state"], "mended", "{mended:#}");
    is_well(app);
}

#[track_caller]
fn is_well(app: &Project<'_>) {
    let well = app.data(&["doctor"]);
    assert_eq!(found(&well), [], "{well:#}");
}

fn begun(app: &Project<'_>, name: &str) -> PathBuf {
    let made = app.data(&["new", "Make it", "--branch", name, "--agent", "worker", "--headless"]);
    app.data(&["wait", name]);
    made["path"].as_str().unwrap().into()
}

fn set_old(file: &Path) {
    let file = fs::File::options().write(true).open(file).unwrap();
    let written = file.metadata().unwrap().modified().unwrap();
    file.set_modified(written - Duration::from_secs(3600)).unwrap();
}

#[test]
fn a_new_home_and_one_at_work_are_well_and_a_look_makes_nothing() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    is_well(&app);
    assert!(!data(&sealed).exists(), "a look made the data folder");
    begun(&app, "x");
    let witness = app.witness();
    is_well(&app);
    end_server(&sealed, &app);
    is_well(&app);
    assert_eq!(app.owt(&["doctor"]).done(), "All is well.\n");
    witness.assert_untouched(&[]);
}

/// A repository whose database went back to the time before its second workspace: the folder of that.
fn with_an_orphan(sealed: &Sealed) -> (Project<'_>, PathBuf) {
    let app = sealed.repository("app");
    begun(&app, "first");
    let backup = app.data(&["db", "backup"])["path"].as_str().unwrap().to_owned();
    let orphan = begun(&app, "second");
    end_server(sealed, &app);
    app.data(&["db", "restore", &backup, "--yes"]);
    (app, orphan)
}

#[test]
fn a_cleanup_finds_the_worktree_of_no_workspace_and_takes_it_once_nothing_in_it_is_unsaved() {
    let sealed = Sealed::with_worker();
    let (app, orphan) = with_an_orphan(&sealed);
    let draft = orphan.join("new.txt");
    fs::write(&draft, "not committed\n").unwrap();
    let of_it = |found: &Value, list: &str| {
        let all = found[list].as_array().unwrap().iter();
        all.filter(|it| it["path"] == orphan.to_str().unwrap()).cloned().collect::<Vec<Value>>()
    };
    let fresh = app.data(&["cleanup", "--dry-run"]);
    let reason = |it: &Value| it["reason"].as_str().unwrap().to_owned();
    let told = reason(&of_it(&fresh, "spared")[0]);
    assert!(told.starts_with("no workspace has this worktree; touched "), "{told}");
    let unsaved = app.data(&["cleanup", "--days", "0", "--dry-run"]);
    let spared = &of_it(&unsaved, "spared")[0];
    assert_eq!(reason(spared), "no workspace has this worktree; 1 uncommitted file");
    assert!(spared["exclusive_bytes"].as_u64().unwrap() > 0, "{spared:#}");
    let done = app.data(&["cleanup", "--days", "0", "--yes"]);
    assert!(of_it(&done, "items").is_empty() && draft.exists(), "{done:#}");
    fs::remove_file(&draft).unwrap();
    let done = app.data(&["cleanup", "--days", "0", "--yes"]);
    let item = &of_it(&done, "items")[0];
    assert_eq!((&item["kind"], &item["done"]), (&Value::from("orphan"), &Value::from(true)), "{item:#}");
    assert!(!orphan.exists() && app.git(&["branch", "--list", "second"]).contains("second"));
    is_well(&app);
}

#[test]
fn a_worktree_without_a_workspace_goes_to_the_trash_and_those_of_others_stay() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    begun(&app, "first");
    let backup = app.data(&["db", "backup"])["path"].as_str().unwrap().to_owned();
    let orphan = begun(&app, "second");
    fs::write(orphan.join("new.txt"), "not committed\n").unwrap();
    // Somebody else's: the person's own, and one of another home.
    let own = sealed.work().join("own");
    app.git(&["worktree", "add", "-q", "-b", "own", own.to_str().unwrap()]);
    let other_home = sealed.root().join("other");
    let words =
        ["new", "Make it", "--branch", "theirs", "--agent", "demo", "--headless", "--permissions", "edits"];
    let other = app.command(&words).env("OWT_HOME", &other_home);
    crate::ran::Ran::of(&other).done();
    end_server(&sealed, &app);
    app.data(&["db", "restore", &backup, "--yes"]);

    let before = app.git(&["worktree", "list", "--porcelain"]);
    is_found_and_mended(&app, "orphaned_worktree", orphan.to_str().unwrap());
    let after = app.git(&["worktree", "list", "--porcelain"]);
    assert!(before.contains("/app-second\n") && !after.contains("/app-second\n"), "{after}");
    assert!(after.contains("/own\n") && after.contains("/app-theirs\n") && after.contains("/app-first\n"));
    assert!(own.join("README.md").exists() && !orphan.exists());
    assert!(app.git(&["branch", "--list", "second"]).contains("second"), "its branch is gone");
    let snapshots = app.git(&["for-each-ref", "--format=%(refname)", "refs/owt/snapshots/"]);
    let kept = app.git(&["ls-tree", "--name-only", "-r", snapshots.lines().next().unwrap()]);
    assert!(kept.contains("new.txt"), "{kept}");
    let id = snapshots.lines().next().unwrap().rsplit('/').next().unwrap();
    let refused = app.refused(&["restore", id], 3, "unsupported");
    let hint = refused["hint"].as_str().unwrap();
    let words = |after: &str| -> Vec<String> {
        let command = hint.split_once(after).expect(hint).1.split(';').next().unwrap();
        command.split_whitespace().map(str::to_owned).collect()
    };
    // What the hint says works as it stands there.
    let create = words("owt create ");
    let create: Vec<&str> = create.iter().map(String::as_str).collect();
    app.data(&[&["create"], &create[..], &["--agent", "demo", "--dry-run"]].concat());
    let branch = words("git branch ");
    app.git(&["branch", &branch[0], &branch[1]]);
    assert!(app.git(&["ls-tree", "--name-only", "-r", &branch[0]]).contains("new.txt"));
    // No record knows of what lies in the trash now, and it expires as everything there.
    sealed.configure("\n[cleanup]\ntrash_size = \"1B\"\n");
    let looked = app.data(&["cleanup", "--dry-run"]);
    let goes = |item: &Value| item["kind"] == "trash" && item["workspace"] == "app-second";
    assert!(looked["items"].as_array().unwrap().iter().any(goes), "{looked:#}");
    let stop = app.command(&["server", "stop"]).env("OWT_HOME", &other_home);
    crate::ran::Ran::of(&stop).done();
}

#[test]
fn a_session_that_no_record_knows_is_ended() {
    let sealed = Sealed::with_worker().with_tool("waiter", WAITER);
    let app = sealed.repository("app");
    begun(&app, "first");
    let backup = app.data(&["db", "backup"])["path"].as_str().unwrap().to_owned();
    app.data(&["new", "Wait", "--branch", "second", "--agent", "waiter", "--headless"]);
    until("the agent to begin", || sealed.runs("second") == 1);
    let agent: u32 = fs::read_to_string(sealed.record("runs.second")).unwrap().trim().parse().unwrap();
    end_server(&sealed, &app);
    app.data(&["db", "restore", &backup, "--yes"]);
    let codes: Vec<String> = found(&looked(&app)).into_iter().map(|(code, _)| code).collect();
    assert_eq!(codes, ["orphaned_session", "orphaned_worktree"]);
    assert!(processes::is_alive(agent), "a look ended the agent");
    app.data(&["doctor", "--fix", "--yes"]);
    until("the agent to end", || !processes::is_alive(agent));
    is_well(&app);
}

#[test]
fn a_session_that_was_killed_is_written_down_as_lost() {
    let sealed = Sealed::new().with_tool("waiter", WAITER);
    let app = sealed.repository("app");
    app.data(&["new", "Wait", "--branch", "x", "--agent", "waiter", "--headless"]);
    until("the agent to begin", || sealed.runs("x") == 1);
    let attempt = app.data(&["show", "x"])["attempts"][0]["id"].as_str().unwrap().to_owned();
    end_server(&sealed, &app);
    for process in processes::with_word(&sealed.processes(), "host") {
        processes::kill_and_wait(process);
    }
    is_found_and_mended(&app, "lost_session", &attempt);
    assert_eq!(app.only_workspace()["status"], "failed");
}

#[test]
fn a_window_of_ours_without_a_session_is_closed_and_those_of_others_stay() {
    let sealed = Sealed::with_worker();
    let Ok(tmux) = fs::canonicalize(sealed.bin().join("tmux")) else {
        println!("skipped: no tmux");
        return;
    };
    let app = sealed.repository("app");
    begun(&app, "x");
    let runtime =
        fs::read_dir(sealed.root().join("run")).unwrap().map(|entry| entry.unwrap().path()).next().unwrap();
    let (ours, theirs) = (runtime.join("tmux.sock"), sealed.root().join("theirs.sock"));
    let run = |socket: &Path, words: &[&str]| {
        let socket = ["-S", socket.to_str().unwrap()];
        sealed.command(&tmux, sealed.root()).args(socket).args(words.iter().copied()).run().unwrap()
    };
    let stray = "owt-0123456789abcdef";
    for (socket, name) in [(&ours, stray), (&ours, "mine"), (&theirs, stray)] {
        assert!(run(socket, &["new-session", "-d", "-s", name, "sleep", "600"]).success());
    }
    is_found_and_mended(&app, "orphaned_window", stray);
    let names =
        |socket| run(socket, &["list-sessions", "-F", "#{session_name}"]).stdout_utf8_lossy().into_owned();
    assert_eq!((names(&ours), names(&theirs)), ("mine\n".to_owned(), format!("{stray}\n")));
    for socket in [&ours, &theirs] {
        assert!(run(socket, &["kill-server"]).success());
    }
}

/// Changes the time in the row of the workspace, behind the back of the server that has ended.
fn spoil_a_row(sealed: &Sealed) {
    const SPOIL: &str = r#"
import sqlite3, sys
rows = sqlite3.connect(sys.argv[1])
spoilt = "update rows set state = replace(state, '\"since\":1', '\"since\":2') where kind = 'workspace'"
assert rows.execute(spoilt).rowcount == 1
rows.commit()
"#;
    let file = data(sealed).join("owt.db");
    sealed.command("python3", &sealed.work()).args(["-c", SPOIL]).arg(file).run_checked().unwrap();
}

#[test]
fn a_row_that_is_not_what_happened_is_written_anew() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    begun(&app, "x");
    let before = app.data(&["show", "x"]);
    for mended_by_doctor in [true, false] {
        end_server(&sealed, &app);
        spoil_a_row(&sealed);
        let [(code, row)] = &found(&looked(&app))[..] else { panic!("not one fault") };
        assert_eq!(code, "stale_row");
        if mended_by_doctor {
            is_found_and_mended(&app, "stale_row", row);
        } else {
            let rebuilt = app.data(&["db", "rebuild"]);
            assert_eq!(rebuilt["mended"], serde_json::json!([row.replace(' ', "/")]), "{rebuilt:#}");
            assert_eq!(app.data(&["db", "rebuild"])["mended"], serde_json::json!([]));
            is_well(&app);
        }
        let after = app.data(&["show", "x"]);
        for field in ["status", "status_since", "created_at", "updated_at", "head_sha"] {
            assert_eq!(after[field], before[field], "{field}");
        }
    }
}

#[test]
fn a_workspace_whose_folder_is_gone_releases_what_it_holds_and_one_whose_repository_is_away_stays() {
    let sealed = Sealed::with_worker();
    let (app, other) = (sealed.repository("app"), sealed.repository("other"));
    let folder = begun(&app, "x");
    let left = begun(&other, "y");
    let tip = app.git(&["rev-parse", "x"]);
    fs::remove_dir_all(&folder).unwrap();
    is_found_and_mended(&app, "worktree_gone", folder.to_str().unwrap());
    assert_eq!(app.git(&["rev-parse", "x"]), tip, "its branch has moved");
    assert_eq!(app.data(&["list"]), serde_json::json!([]));
    app.data(&["restore", "x"]);
    assert!(folder.join("made.txt").exists());

    fs::remove_dir_all(&other.root).unwrap();
    for words in [&["--json", "doctor"][..], &["--json", "doctor", "--fix", "--yes"]] {
        let report = app.owt(words).json()["data"].clone();
        assert_eq!(found(&report), [("repository_gone".to_owned(), other.root.to_str().unwrap().to_owned())]);
        assert_eq!(report["findings"][0]["fixable"], false, "{report:#}");
    }
    assert!(left.join("made.txt").exists(), "what lay in the folder is gone");
    assert_eq!(app.data(&["list", "--all-repos"]).as_array().unwrap().len(), 2);
    // What it says leads out of it.
    app.data(&["delete", "--force", left.to_str().unwrap(), "--yes"]);
    assert!(left.join("made.txt").exists(), "what lay in the folder is gone");
    is_well(&app);
}

fn outside_detail(from: &Project<'_>, name: &str) -> String {
    let listed = from.data(&["list", "--all-repos"]);
    let one = listed.as_array().unwrap().iter().find(|it| it["name"] == name).unwrap();
    one["status_detail"].as_str().unwrap().to_owned()
}

/// The database goes back to a day when one repository was not known yet, and another had fewer workspaces.
#[test]
fn worktrees_of_a_repository_that_an_older_database_does_not_know_are_found() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    begun(&app, "first");
    let backup = app.data(&["db", "backup"])["path"].as_str().unwrap().to_owned();
    let later = sealed.repository("later");
    let orphan = begun(&later, "second");
    fs::write(orphan.join("new.txt"), "not committed\n").unwrap();
    // The person's own, in the same folder.
    let own = sealed.work().join("own");
    later.git(&["worktree", "add", "-q", "-b", "own", own.to_str().unwrap()]);
    end_server(&sealed, &app);
    app.data(&["db", "restore", &backup, "--yes"]);

    let orphaned = [("orphaned_worktree".to_owned(), orphan.to_str().unwrap().to_owned())];
    for from in [&app, &later] {
        assert_eq!(found(&looked(from)), orphaned);
    }
    assert!(looked(&app)["findings"][0]["remedy"].as_str().unwrap().contains("owt create second"));
    assert!(orphan.join("new.txt").exists(), "a look touches nothing");
    is_found_and_mended(&app, "orphaned_worktree", orphan.to_str().unwrap());
    assert!(own.join("README.md").exists() && !orphan.exists());
    // What was said goes as it was said.
    later.data(&["create", "second", "--agent", "worker", "--pty"]);
    assert_eq!(later.workspace("second").read("made.txt"), "made\n");
    let kept = later.data(&["restore"]);
    assert_eq!(kept[0]["reason"], "doctor", "{kept:#}");
}

#[test]
fn a_repository_that_was_moved_is_followed_from_inside_it() {
    let sealed = Sealed::with_worker();
    sealed.configure("[worktree]\nbase_directory = \"../trees\"\n");
    let app = sealed.repository("app");
    let folder = begun(&app, "x");
    let lost = begun(&app, "lost");
    begun(&app, "removed");
    app.workspace("removed").write("new.txt", "not committed\n");
    app.data(&["delete", "removed", "--force", "--yes"]);
    app.beside(&folder).write("new.txt", "not committed\n");
    fs::remove_dir_all(&lost).unwrap();
    let clone = sealed.work().join("clone");
    app.git(&["clone", "-q", ".", clone.to_str().unwrap()]);
    let before = app.root.to_str().unwrap().to_owned();
    let moved = sealed.at(sealed.work().join("moved"));
    fs::rename(&app.root, &moved.root).unwrap();

    // Elsewhere, and in a clone, it is away: that is all.
    for outside in [sealed.at(sealed.work()), sealed.at(&clone)] {
        let report = looked(&outside);
        assert_eq!(found(&report), [("repository_gone".to_owned(), before.clone())]);
        let what = report["findings"][0]["what"].as_str().unwrap();
        assert!(what.contains("'x' of it have their folders") && what.contains("'lost'"), "{what}");
        outside.refused(&["doctor", "--fix", "--yes"], 1, "faults_found");
        assert_eq!(outside.data(&["list", "--all-repos"]).as_array().unwrap().len(), 2);
    }

    // Whoever asks for one of them is led there.
    let refused = app.beside(&folder).refused(&["resume", folder.to_str().unwrap()], 3, "cannot_resume");
    assert!(refused["message"].as_str().unwrap().contains("its repository"), "{refused}");
    assert!(refused["hint"].as_str().unwrap().contains("owt doctor --fix"), "{refused}");
    let away = outside_detail(&sealed.at(sealed.work()), "x");
    assert!(away.contains("is not there") && away.contains("owt doctor"), "{away}");

    assert_eq!(found(&looked(&moved)), [("repository_moved".to_owned(), before)]);
    assert_eq!(moved.data(&["list"]), serde_json::json!([]), "a look changes nothing");
    let mended = moved.data(&["doctor", "--fix", "--yes"]);
    assert_eq!(mended["findings"][0]["state"], "mended", "{mended:#}");
    // Now it can be seen of which worktree the folder is gone.
    is_found_and_mended(&moved, "worktree_gone", lost.to_str().unwrap());
    let listed = moved.only_workspace();
    assert_eq!(
        (&listed["name"], &listed["missing"], &listed["dirty_files"]),
        (&"x".into(), &Value::Null, &1.into())
    );
    assert_eq!(moved.beside(&folder).git(&["status", "--porcelain"]), "?? new.txt");
    begun(&moved, "y");
    moved.data(&["restore", "removed"]);
    assert_eq!(moved.workspace("removed").read("new.txt"), "not committed\n");
    is_well(&moved);
}

#[test]
fn notes_and_what_has_landed_move_with_their_repository() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    begun(&app, "stays");
    begun(&app, "landed");
    let before = app.git(&["rev-parse", "main"]);
    app.data(&["merge", "landed"]);
    for text in ["The users table is gone", "Never mind"] {
        app.data(&["note", text]);
    }
    app.data(&["note", "--remove", "2", "--yes"]);
    let moved = sealed.at(sealed.work().join("moved"));
    fs::rename(&app.root, &moved.root).unwrap();
    is_found_and_mended(&moved, "repository_moved", app.root.to_str().unwrap());
    let notes = moved.data(&["note", "--list"]);
    assert!(notes.to_string().contains("The users table is gone"), "{notes:#}");
    assert_eq!(moved.data(&["note", "Go on"])["note"]["number"], 3, "a number is never given again");
    assert!(moved.data(&["show", "stays"])["path"].is_string());
    let undoable = moved.data(&["undo", "--list"]);
    assert_eq!(undoable[0]["workspace"], "landed", "{undoable:#}");
    moved.data(&["undo", "--yes"]);
    assert_eq!(moved.git(&["rev-parse", "main"]), before);
    assert_eq!(moved.workspace("landed").read("made.txt"), "made\n");
    is_well(&moved);
}

#[test]
fn work_in_place_moves_with_its_repository() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    begun(&app, "x");
    app.data(&["new", "Make it", "--branch", "here", "--agent", "worker", "--headless", "--in-place"]);
    app.data(&["wait", "here"]);
    let moved = sealed.at(sealed.work().join("moved"));
    fs::rename(&app.root, &moved.root).unwrap();
    is_found_and_mended(&moved, "repository_moved", app.root.to_str().unwrap());
    let here = moved.data(&["show", "here"]);
    assert_eq!((&here["path"], &here["missing"]), (&moved.root.to_str().unwrap().into(), &Value::Null));
    assert_eq!(moved.data(&["show", "x"])["missing"], Value::Null);
}

#[test]
fn reports_that_nobody_took_are_taken_and_unfinished_ones_go() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    begun(&app, "x");
    end_server(&sealed, &app);
    let spool = data(&sealed).join("spool");
    fs::create_dir(&spool).unwrap();
    fs::set_permissions(&spool, fs::Permissions::from_mode(0o700)).unwrap();
    let report = |name: &str, text: &str| {
        let file = spool.join(name);
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        file
    };
    let whole = report("00000000001000000000-0000000007.json", "{}");
    is_found_and_mended(&app, "waiting_reports", spool.to_str().unwrap());
    assert!(!whole.exists());
    let part = report("00000000001000000000-0000000008.part", "{");
    is_found_and_mended(&app, "unfinished_report", part.to_str().unwrap());
    assert!(!part.exists());
}

#[test]
fn hook_settings_of_a_running_agent_are_written_anew() {
    let sealed = Sealed::new().with_scripted_claude();
    let app = sealed.repository("app");
    app.data(&[
        "new",
        "Say hello",
        "--branch",
        "x",
        "--agent",
        "claude",
        "--structured",
        "--permissions",
        "edits",
    ]);
    let attempt = app.data(&["show", "x"])["attempts"][0]["id"].as_str().unwrap().to_owned();
    let file = data(&sealed).join("agents").join(&attempt).join("settings.json");
    let written = fs::read_to_string(&file).unwrap();
    let program = serde_json::from_str::<Value>(&written).unwrap().to_string();
    assert!(program.contains(" hook --agent claude"), "{program}");
    let moved = written.replace(" hook --agent", ".old hook --agent");
    for spoilt in [Some(moved), Some("{}".to_owned()), None] {
        match spoilt {
            Some(text) => fs::write(&file, text).unwrap(),
            None => fs::remove_file(&file).unwrap(),
        }
        is_found_and_mended(&app, "broken_hooks", file.to_str().unwrap());
        assert_eq!(fs::read_to_string(&file).unwrap(), written);
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_lock_that_git_left_is_set_aside_when_nobody_works_there() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    let folder = begun(&app, "x");
    let worktree = app.beside(&folder);
    let lock = PathBuf::from(worktree.git(&["rev-parse", "--absolute-git-dir"])).join("index.lock");
    fs::write(&lock, "half an index").unwrap();
    is_well(&app);
    set_old(&lock);
    // Somebody works there.
    let mut work = sealed.command("sleep", &folder).arg("600").spawn(Streams::default()).unwrap();
    let seen = looked(&app);
    assert_eq!(found(&seen), [("stale_git_lock".to_owned(), lock.to_str().unwrap().to_owned())]);
    assert_eq!(seen["findings"][0]["fixable"], false, "{seen:#}");
    app.refused(&["doctor", "--fix", "--yes"], 1, "faults_found");
    assert!(lock.exists());
    processes::kill(work.pid());
    work.wait().unwrap();
    is_found_and_mended(&app, "stale_git_lock", lock.to_str().unwrap());
    worktree.git(&["commit", "-q", "--allow-empty", "-m", "It works again"]);
    let names = fs::read_dir(lock.parent().unwrap()).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(names.filter(|name| name.to_string_lossy().starts_with("index.lock.stale-")).count(), 1);
    // The person's own checkout is theirs.
    let own = app.root.join(".git/index.lock");
    fs::write(&own, "").unwrap();
    set_old(&own);
    is_well(&app);
    assert!(own.exists());
}

#[test]
fn files_that_others_may_read_are_closed_and_leftovers_go() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    begun(&app, "x");
    let open = data(&sealed).join("messages");
    fs::set_permissions(&open, fs::Permissions::from_mode(0o755)).unwrap();
    is_found_and_mended(&app, "wrong_permissions", open.to_str().unwrap());
    assert_eq!(fs::metadata(&open).unwrap().permissions().mode() & 0o777, 0o700);
    // What is no file of ours has the mode that it has.
    fs::create_dir_all(data(&sealed).join("worktrees/app")).unwrap();
    fs::write(data(&sealed).join("worktrees/app/script"), "x").unwrap();
    is_well(&app);
    let left = open.join(".owt-partial-999999-0");
    fs::write(&left, "half").unwrap();
    fs::set_permissions(&left, fs::Permissions::from_mode(0o600)).unwrap();
    is_well(&app);
    set_old(&left);
    is_found_and_mended(&app, "leftover_file", left.to_str().unwrap());
    assert!(!left.exists());
}

#[test]
fn a_folder_that_keeps_every_server_from_starting_is_mended() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    begun(&app, "x");
    end_server(&sealed, &app);
    let runtime =
        fs::read_dir(sealed.root().join("run")).unwrap().map(|entry| entry.unwrap().path()).next().unwrap();
    fs::set_permissions(&runtime, fs::Permissions::from_mode(0o755)).unwrap();
    let expected = [("wrong_permissions", runtime.to_str().unwrap()), ("home_not_writable", "records")];
    assert_eq!(found(&looked(&app)), expected.map(|(code, subject)| (code.to_owned(), subject.to_owned())));
    let mended = app.data(&["doctor", "--fix", "--yes"]);
    assert_eq!(mended["findings"].as_array().unwrap().len(), 1, "{mended:#}");
    is_well(&app);
    app.data(&["list"]);
}

#[test]
fn a_home_that_cannot_be_made_or_written_is_a_fault_and_no_server_is_started_there() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    let file = sealed.root().join("file");
    fs::write(&file, "theirs").unwrap();
    let told_of = |variable: &str, place: PathBuf| {
        for words in [["--json", "doctor"].as_slice(), &["--json", "doctor", "--fix", "--yes"]] {
            let mut command = app.command(words).env(variable, &place);
            if variable != "OWT_HOME" {
                command = command.env_remove("OWT_HOME");
            }
            let ran = crate::ran::Ran::of(&command);
            assert_eq!((ran.code, &ran.json()["error"]["code"]), (1, &"faults_found".into()), "{ran:#?}");
            let finding = &ran.json()["data"]["findings"];
            assert_eq!(finding.as_array().unwrap().len(), 1, "{finding:#}");
            assert_eq!(
                (&finding[0]["code"], &finding[0]["fixable"]),
                (&"home_not_writable".into(), &false.into())
            );
            assert!(finding[0]["remedy"].as_str().unwrap().contains("OWT_HOME"), "{finding:#}");
        }
    };
    told_of("OWT_HOME", file.clone());
    told_of("OWT_HOME", file.join("below"));
    told_of("XDG_DATA_HOME", file.clone());
    assert_eq!(processes::with_word(&sealed.processes(), "serve"), [0; 0], "a server runs");
    assert_eq!(fs::read_to_string(&file).unwrap(), "theirs");
}

#[test]
fn a_home_on_a_disk_that_became_read_only_or_full_is_a_fault() {
    let sealed = Sealed::with_worker();
    let disk = sealed.root().join("disk");
    fs::create_dir(&disk).unwrap();
    for (mount, code) in
        [(Mount::ReadOnly(&disk), "home_not_writable"), (Mount::Small("64k", &disk), "low_space")]
    {
        let sealed = Sealed::with_worker().with("OWT_HOME", disk.join("home"));
        let sealed = match sealed.with_mounts(&[mount]) {
            Ok(sealed) => sealed,
            Err(why) => return println!("skipped: this machine cannot make mounts for a test: {why}"),
        };
        let app = sealed.repository("app");
        assert_eq!(found(&looked(&app))[0].0, code);
        app.refused(&["doctor", "--fix", "--yes"], 1, "faults_found");
        assert_eq!(processes::with_word(&sealed.processes(), "serve"), [0; 0], "a server runs");
    }
}

#[test]
fn old_programs_a_broken_configuration_and_a_broken_database_are_told() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    begun(&app, "x");
    install_script(&sealed, "claude", "echo '1.0.9 (Claude Code)'");
    install_script(&sealed, "tmux", "echo 'tmux 2.9'");
    let codes = || found(&looked(&app)).into_iter().map(|(code, _)| code).collect::<Vec<_>>();
    assert_eq!(codes(), ["tmux_unusable", "agent_too_old"]);
    app.refused(&["doctor", "--fix", "--yes"], 1, "faults_found");
    for name in ["claude", "tmux"] {
        let script = sealed.bin().join(name);
        assert!(!script.is_symlink(), "{} leads out of the home", script.display());
        fs::remove_file(script).unwrap();
    }
    sealed.configure("[database]\nmax_size = \"1kB\"\n");
    assert_eq!(codes(), ["database_unhealthy"]);
    sealed.configure("nonsense = 1\n");
    assert_eq!(codes(), ["bad_configuration"]);
    fs::write(sealed.owt_home().join("config.toml"), "").unwrap();
    app.data(&["db", "backup"]);
    end_server(&sealed, &app);
    let file = data(&sealed).join("owt.db");
    fs::write(&file, b"this is no database\n".repeat(500)).unwrap();
    for log in ["owt.db-wal", "owt.db-shm"] {
        drop(fs::remove_file(file.with_file_name(log)));
    }
    let broken = looked(&app);
    assert!(broken.to_string().contains("owt db restore"), "{broken:#}");
    assert_eq!(codes(), ["database_damaged"]);
}

/// Looks, tries to mend, with its token and without, and ends.
const MEDDLER: &str = r#"
cat > /dev/null
try() { owt --json doctor "$@" > "$RECORD/$name.json"; echo $? > "$RECORD/$name.code"; }
name=look; try
name=mend; try --fix --yes
unset OWT_TOKEN OWT_ATTEMPT OWT_SOCKET OWT_JOB_ID OWT_WORKTREE_NAME OWT_AUTOMATED
name=bare; try --fix --yes
"#;

#[test]
fn an_agent_may_look_and_not_mend() {
    let sealed = Sealed::with_worker().with_tool("meddler", MEDDLER);
    let app = sealed.repository("app");
    let folder = begun(&app, "x");
    fs::remove_dir_all(&folder).unwrap();
    app.data(&["new", "Meddle", "--branch", "y", "--agent", "meddler", "--headless"]);
    app.owt(&["wait", "y"]).done();
    let said = |name: &str| {
        let read = |end: &str| fs::read_to_string(sealed.record(&format!("{name}.{end}"))).unwrap();
        let answer: Value = serde_json::from_str(&read("json")).unwrap();
        (read("code").trim().to_owned(), answer)
    };
    let (code, look) = said("look");
    assert_eq!((code.as_str(), &look["error"]["code"]), ("1", &"faults_found".into()));
    assert_eq!(found(&look["data"])[0].0, "worktree_gone");
    for name in ["mend", "bare"] {
        let (code, refused) = said(name);
        assert_eq!((code.as_str(), &refused["error"]["code"]), ("3", &"person_only".into()), "{refused:#}");
    }
    assert_eq!(found(&looked(&app))[0].0, "worktree_gone");
}
