//! Looking after the database: how it is, its copies, and the way back when it is broken or held by somebody else.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;
use std::time::Instant;

use crate::processes;
use crate::project::Project;
use crate::sealed::Sealed;

fn file(sealed: &Sealed) -> PathBuf {
    sealed.owt_home().join("data/owt.db")
}

/// Ends the server and waits until its process has gone, the database closed.
fn end_server(sealed: &Sealed, app: &Project<'_>) {
    let pid = sealed.server_pid();
    app.data(&["server", "stop"]);
    let deadline = Instant::now() + Duration::from_secs(30);
    while processes::is_alive(pid) {
        assert!(Instant::now() < deadline, "the server does not end");
        std::thread::yield_now();
    }
}

/// A workspace that is done.
fn lived_in(app: &Project<'_>) {
    app.data(&["new", "Make it", "--branch", "feat/x", "--agent", "worker", "--headless"]);
    app.data(&["wait", "feat/x"]);
}

#[test]
fn health_backup_and_vacuum_through_the_server() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    lived_in(&app);
    app.refused(&["db", "health", "--check"], 1, "database_unhealthy");
    assert_eq!(app.data(&["db", "backup", "--dry-run"])["taken_at"], serde_json::Value::Null);
    let mut made = app.data(&["db", "backup"]);
    assert_eq!(made.as_object_mut().unwrap().remove("dry_run"), Some(false.into()));
    let path = PathBuf::from(made["path"].as_str().unwrap());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let health = app.data(&["db", "health", "--check"]);
    assert_eq!((&health["schema_version"], &health["integrity"]), (&1.into(), &"ok".into()));
    assert_eq!(health["backups"][0], made);
    assert!(health["events"].as_u64() > health["streams"].as_u64(), "{health:#}");
    assert_eq!(health["size_bytes"].as_u64().unwrap(), fs::metadata(file(&sealed)).unwrap().len());
    let vacuumed = app.data(&["db", "vacuum"]);
    assert!(vacuumed["after_bytes"].as_u64() <= vacuumed["before_bytes"].as_u64(), "{vacuumed:#}");
    assert_eq!(app.data(&["db", "health"])["wal_bytes"], 0);
    for _ in 0..6 {
        app.data(&["db", "backup"]);
    }
    assert_eq!(app.data(&["db", "health"])["backups"].as_array().unwrap().len(), 5);
    app.refused(&["db", "restore", "--yes"], 1, "server_running");
}

#[test]
fn a_broken_database_is_told_with_the_command_that_brings_the_day_back() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    lived_in(&app);
    let before = app.only_workspace();
    let backup = app.data(&["db", "backup"])["path"].as_str().unwrap().to_owned();
    end_server(&sealed, &app);
    let broken = b"this is no database\n".repeat(500);
    fs::write(file(&sealed), &broken).unwrap();
    // A log that is whole would put every page right again.
    for log in ["owt.db-wal", "owt.db-shm"] {
        drop(fs::remove_file(file(&sealed).with_file_name(log)));
    }

    let refused = app.refused(&["list"], 1, "database_damaged");
    let hint = refused["hint"].as_str().unwrap();
    assert!(hint.contains(&format!("owt db restore {backup}")), "{hint}");
    let health = app.data(&["db", "health"]);
    assert_eq!(
        (&health["integrity"], &health["backups"][0]["path"]),
        (&"damaged".into(), &backup.as_str().into())
    );
    app.refused(&["db", "health", "--check"], 1, "database_damaged");
    app.refused(&["db", "restore"], 3, "needs_confirmation");
    assert_eq!(app.data(&["db", "restore", "--dry-run"])["dry_run"], true);
    assert!(
        fs::read(file(&sealed)).unwrap() == broken,
        "the broken file was changed before the word was given"
    );

    let restored = app.data(&["db", "restore", &backup, "--yes"]);
    let aside = PathBuf::from(restored["kept_aside"].as_str().unwrap());
    assert!(fs::read(aside.join("owt.db")).unwrap() == broken, "the broken file was not kept");
    let after = app.only_workspace();
    for field in ["id", "name", "branch", "path", "status", "job"] {
        assert_eq!(after[field], before[field], "{field}");
    }
}

#[test]
fn a_backup_that_is_none_is_refused_and_nothing_is_done() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    lived_in(&app);
    end_server(&sealed, &app);
    let before = fs::read(file(&sealed)).unwrap();
    app.write("notes.txt", "no database\n");
    app.refused(&["db", "restore", "notes.txt", "--yes"], 1, "database_damaged");
    app.refused(&["db", "restore", "--yes"], 5, "not_found");
    assert!(fs::read(file(&sealed)).unwrap() == before, "the database was changed");
}

#[test]
fn health_fails_at_the_configured_thresholds() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    lived_in(&app);
    app.data(&["db", "backup"]);
    app.data(&["db", "health", "--check"]);
    let configured = |line: &str| {
        fs::write(sealed.owt_home().join("config.toml"), format!("[database]\n{line}\n")).unwrap();
        app.refused(&["db", "health", "--check"], 1, "database_unhealthy")["message"].to_string()
    };
    for (line, named) in [("max_size = \"1kB\"", "max_size"), ("max_log = \"1kB\"", "max_log")] {
        let said = configured(line);
        assert!(said.contains(named), "{said}");
    }
    // A backup's time is in its name.
    let folder = file(&sealed).with_file_name("backups");
    let made = fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    fs::rename(made, folder.join("owt-1000.db")).unwrap();
    let said = configured("max_backup_age = \"1d\"");
    assert!(said.contains("max_backup_age"), "{said}");
}

#[test]
fn a_database_that_another_process_holds_is_told_and_works_again_when_it_is_let_go() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    lived_in(&app);
    end_server(&sealed, &app);
    let database = fs::File::options().read(true).write(true).open(file(&sealed)).unwrap();
    // As SQLite's exclusive lock: nobody can even read.
    rustix::fs::fcntl_lock(&database, rustix::fs::FlockOperation::NonBlockingLockExclusive).unwrap();
    for words in [["list", "--all-repos"], ["db", "health"]] {
        let began = Instant::now();
        let refused = app.refused(&words, 1, "database_locked");
        assert!(began.elapsed() < Duration::from_secs(60), "{words:?} took {:?}", began.elapsed());
        assert!(refused["hint"].as_str().unwrap().contains("fuser"), "{refused:#}");
    }
    let doctor = app.owt(&["--json", "doctor"]).json();
    let found = &doctor["data"]["findings"];
    assert!(found.to_string().contains("database_locked"), "{doctor:#}");
    assert!(found.to_string().contains(&format!("fuser {}", file(&sealed).display())), "{doctor:#}");
    drop(database);
    assert_eq!(app.only_workspace()["name"], "x");
}
