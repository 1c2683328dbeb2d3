//! A database that is gone or empty while agents run: said with the way back, and neither begun anew nor believed.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;

use serde_json::Value;

use crate::agents::WAITER;
use crate::patience::until;
use crate::processes;
use crate::project::Project;
use crate::sealed::Sealed;

/// A home with a running agent and a backup, whose server has ended.
struct Scene {
    sealed: Sealed,
    agent: u32,
    worktree: PathBuf,
    backup: String,
    /// The log as it was while the server ran.
    log: Vec<u8>,
}

impl Scene {
    fn new() -> Self {
        let sealed = Sealed::with_worker().with_tool("waiter", WAITER);
        let app = sealed.repository("app");
        app.data(&["new", "Wait", "--branch", "x", "--agent", "waiter", "--headless"]);
        until("the agent to begin", || sealed.runs("x") == 1);
        let agent = fs::read_to_string(sealed.record("runs.x")).unwrap().trim().parse().unwrap();
        let worktree = app.workspace("x").root;
        let backup = app.data(&["db", "backup"])["path"].as_str().unwrap().to_owned();
        let log = fs::read(sealed.owt_home().join("data/owt.db-wal")).unwrap();
        assert!(!log.is_empty(), "there is no log: this shows nothing");
        end_server(&sealed, &app);
        Self { sealed, agent, worktree, backup, log }
    }

    fn data(&self, name: &str) -> PathBuf {
        self.sealed.owt_home().join("data").join(name)
    }

    fn app(&self) -> Project<'_> {
        self.sealed.at(self.sealed.work().join("app"))
    }

    /// Empties or removes the file; with a log as a killed server leaves it, or without.
    fn lose(&self, file: Lost, log: Log) {
        for name in ["owt.db", "owt.db-wal", "owt.db-shm"] {
            drop(fs::remove_file(self.data(name)));
        }
        if file == Lost::Emptied {
            write_privately(&self.data("owt.db"), b"");
        }
        if log == Log::Kept {
            write_privately(&self.data("owt.db-wal"), &self.log);
        }
    }

    /// The database's files and its backups, byte for byte.
    fn kept(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let names = ["owt.db", "owt.db-wal"].map(|name| self.data(name));
        let backups = fs::read_dir(self.data("backups")).into_iter().flatten();
        let all = names.into_iter().chain(backups.map(|entry| entry.unwrap().path()));
        all.filter_map(|path| fs::read(&path).ok().map(|bytes| (path, bytes))).collect()
    }

    fn found(&self, words: &[&str]) -> Vec<Value> {
        let words: Vec<&str> = ["--json"].iter().chain(words).copied().collect();
        let ran = self.app().owt(&words);
        assert_eq!(ran.code, 1, "{ran:#?}");
        ran.json()["data"]["findings"].as_array().unwrap_or_else(|| panic!("{ran:#?}")).clone()
    }

    fn lives(&self) {
        assert!(processes::is_alive(self.agent), "the agent was ended");
        assert!(self.worktree.join("README.md").exists(), "its worktree was taken away");
    }

    /// Every command says what happened and the way back, and leaves everything as it is; the way back is one.
    fn is_told_and_left_alone(&self) {
        let app = self.app();
        let (before, way_back) = (self.kept(), format!("owt db restore {}", self.backup));
        let names_the_way_back = |text: &Value| {
            assert!(text.as_str().unwrap().contains(&way_back), "{text}");
        };
        for words in
            [&["list"][..], &["db", "backup"], &["new", "More", "--branch", "y", "--agent", "waiter"]]
        {
            names_the_way_back(&app.refused(words, 1, "database_damaged")["hint"]);
        }
        assert_eq!(app.data(&["db", "health"])["integrity"], "damaged");
        names_the_way_back(&app.refused(&["db", "health", "--check"], 1, "database_damaged")["hint"]);
        let said = app.owt(&["db", "health"]).done();
        assert!(said.contains(&way_back), "{said:#?}");
        for words in [&["doctor"][..], &["doctor", "--fix", "--yes"]] {
            let [only] = &self.found(words)[..] else { panic!("{:#?}", self.found(words)) };
            assert_eq!(only["code"], "database_damaged");
            names_the_way_back(&only["remedy"]);
        }
        self.lives();
        assert!(self.kept() == before, "a file of the database was changed");
        assert_eq!(self.data("owt.db").exists(), before.contains_key(&self.data("owt.db")));

        app.data(&["db", "restore", "--yes"]);
        assert_eq!(app.only_workspace()["name"], "x");
        self.lives();
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        if processes::is_alive(self.agent) {
            processes::kill_and_wait(self.agent);
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Lost {
    Emptied,
    Gone,
}

#[derive(Clone, Copy, PartialEq)]
enum Log {
    Kept,
    None,
}

fn write_privately(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

fn end_server(sealed: &Sealed, app: &Project<'_>) {
    let pid = sealed.server_pid();
    app.data(&["server", "stop"]);
    until("the server to end", || !processes::is_alive(pid));
}

#[test]
fn an_emptied_file_with_its_log_is_told_and_left_alone() {
    let scene = Scene::new();
    scene.lose(Lost::Emptied, Log::Kept);
    scene.is_told_and_left_alone();
}

#[test]
fn a_file_that_is_gone_with_its_log_left_is_told_and_left_alone() {
    let scene = Scene::new();
    scene.lose(Lost::Gone, Log::Kept);
    scene.is_told_and_left_alone();
}

#[test]
fn an_emptied_file_with_backups_is_not_begun_anew() {
    let scene = Scene::new();
    scene.lose(Lost::Emptied, Log::None);
    scene.is_told_and_left_alone();
}

#[test]
fn a_file_that_is_gone_with_backups_left_is_not_begun_anew() {
    let scene = Scene::new();
    scene.lose(Lost::Gone, Log::None);
    scene.is_told_and_left_alone();
}

#[test]
fn without_backups_the_sessions_themselves_show_that_there_was_a_database() {
    let scene = Scene::new();
    scene.lose(Lost::Gone, Log::None);
    fs::remove_dir_all(scene.data("backups")).unwrap();
    let refused = scene.app().refused(&["list"], 1, "database_damaged");
    let hint = refused["hint"].as_str().unwrap();
    let folder = scene.sealed.owt_home().join("data");
    assert!(hint.contains(&format!("mv {0} {0}.old", folder.display())), "{hint}");
    let [only] = &scene.found(&["doctor", "--fix", "--yes"])[..] else { panic!() };
    assert_eq!(only["code"], "database_damaged");
    assert!(!scene.data("owt.db").exists(), "it was begun anew");
    scene.lives();
}

/// As an earlier version left a home that it had begun anew.
#[test]
fn a_database_that_is_younger_than_a_session_ends_it_not() {
    let scene = Scene::new();
    let app = scene.app();
    scene.lose(Lost::Gone, Log::None);
    let (attempts, aside) = (scene.data("attempts"), scene.data("aside"));
    fs::remove_dir_all(scene.data("backups")).unwrap();
    fs::rename(&attempts, &aside).unwrap();
    // Its repository is known to the new database by a workspace of its own.
    app.data(&["new", "More", "--branch", "y", "--agent", "worker", "--headless"]);
    app.owt(&["wait", "y"]).done();
    end_server(&scene.sealed, &app);
    move_all(&aside, &attempts);
    for words in [&["doctor"][..], &["doctor", "--fix", "--yes"]] {
        let found = scene.found(words);
        let codes: Vec<&str> = found.iter().map(|finding| finding["code"].as_str().unwrap()).collect();
        assert_eq!(codes, ["not_looked_at", "not_looked_at"], "{found:#?}");
        scene.lives();
    }
}

fn move_all(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::rename(entry.path(), to.join(entry.file_name())).unwrap();
    }
    fs::remove_dir(from).unwrap();
}
