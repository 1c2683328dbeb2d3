//! What the disk may be used for.

use serde_json::Value;

use crate::patience::until;
use crate::project::Project;
use crate::sealed::Sealed;

#[track_caller]
fn worked(app: &Project<'_>, branch: &str) {
    app.data(&["new", "Make it", "--branch", branch, "--agent", "worker", "--headless"]);
    app.data(&["wait", branch]);
}

/// What could go of this kind.
fn goes(app: &Project<'_>, kind: &str) -> usize {
    let found = app.data(&["cleanup", "--dry-run"]);
    found["items"].as_array().unwrap().iter().filter(|item| item["kind"] == kind).count()
}

#[test]
fn work_begins_only_where_there_is_room() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    sealed.configure("[worktree]\nmin_free_space = \"900TB\"\n");
    app.refused(&["new", "Make it", "--branch", "topic", "--agent", "worker", "--headless"], 1, "no_space");
    assert_eq!(app.data(&["list"]), Value::Array(Vec::new()));
}

#[test]
fn a_repository_stays_within_its_budget() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    sealed.configure("[worktree]\ndisk_budget = \"1kB\"\n");
    worked(&app, "first");
    let words = ["new", "Make it", "--branch", "second", "--agent", "worker", "--headless"];
    let error = app.refused(&words, 3, "over_budget");
    assert!(error["hint"].as_str().unwrap().contains("owt cleanup"), "{error}");
    assert_eq!(app.only_workspace()["name"], "first");
    worked(&sealed.repository("other"), "second");
}

#[test]
fn what_is_idle_is_said_by_the_configuration() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    worked(&app, "topic");
    app.git(&["merge", "-q", "topic"]);
    let found = app.data(&["cleanup", "--dry-run"]);
    let why = found["spared"][0]["reason"].as_str().unwrap();
    assert!(found["items"] == serde_json::json!([]) && why.starts_with("touched "), "{found:#}");
    sealed.configure("[cleanup]\nidle = \"1s\"\n");
    until("a second to pass", || goes(&app, "workspace") == 1);
}

#[test]
fn trash_leaves_by_the_configured_age_and_size() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    worked(&app, "topic");
    app.data(&["delete", "topic", "--force", "--yes"]);
    assert_eq!(goes(&app, "trash"), 0);
    let limited = |limit: &str| {
        std::fs::write(sealed.owt_home().join("config.toml"), format!("[cleanup]\n{limit}\n")).unwrap();
    };
    limited("trash_age = \"1s\"");
    until("a second to pass", || goes(&app, "trash") == 1);
    limited("");
    assert_eq!(goes(&app, "trash"), 0);
    limited("trash_size = \"1kB\"");
    assert_eq!(goes(&app, "trash"), 1);
}

#[test]
fn snapshots_of_what_landed_go_by_age_and_size_and_what_landed_nowhere_stays() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    let limited = |limit: &str| {
        std::fs::write(sealed.owt_home().join("config.toml"), format!("[cleanup]\n{limit}\n")).unwrap();
    };
    for branch in ["landed", "unsaved", "lost"] {
        worked(&app, branch);
    }
    for unsaved in ["unsaved", "lost"] {
        app.workspace(unsaved).write("new.txt", &"x".repeat(5_000));
    }
    for branch in ["landed", "unsaved", "lost"] {
        app.data(&["delete", branch, "--force", "--yes"]);
    }
    limited("snapshot_age = \"1s\"");
    assert_eq!(goes(&app, "snapshot"), 0, "their folders are in the trash");
    limited("trash_age = \"1s\"\nsnapshot_age = \"none\"");
    until("a second to pass", || goes(&app, "trash") == 3);
    app.data(&["cleanup", "--yes"]);
    assert_eq!(goes(&app, "snapshot"), 0, "none is old");
    // What was only in a snapshot when it went has landed since.
    let landed = app.data(&["restore"]);
    let landed = landed.as_array().unwrap().iter().find(|it| it["workspace"] == "landed").unwrap().clone();
    app.git(&["merge", "-q", "--no-ff", "-m", "Merge it", &format!("{}^", landed["sha"].as_str().unwrap())]);
    for limit in ["snapshot_age = \"1s\"", "snapshot_size = \"1B\""] {
        limited(limit);
        let found = app.data(&["cleanup", "--dry-run"]);
        let items: Vec<(&Value, &Value)> =
            found["items"].as_array().unwrap().iter().map(|it| (&it["kind"], &it["workspace"])).collect();
        assert_eq!(items, [(&"snapshot".into(), &"landed".into())], "{limit}: {found:#}");
        let spared = found["spared"].as_array().unwrap();
        let why = spared.iter().find(|it| it["workspace"] == "unsaved").unwrap()["reason"].as_str().unwrap();
        assert!(why.contains("landed nowhere"), "{why}");
    }
    app.data(&["cleanup", "--yes"]);
    let names = || -> Vec<String> {
        let all = app.data(&["restore"]);
        let mut names: Vec<String> =
            all.as_array().unwrap().iter().map(|it| it["workspace"].as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    };
    assert_eq!(names(), ["lost", "unsaved"]);
    app.data(&["restore", "unsaved"]);
    assert_eq!(app.workspace("unsaved").read("new.txt").len(), 5_000);
    // Whoever insists has it listed first.
    let would = app.data(&["cleanup", "--force", "--dry-run"]);
    assert!(would["items"].as_array().unwrap().iter().any(|it| it["workspace"] == "lost"), "{would:#}");
    app.data(&["cleanup", "--force", "--yes"]);
    assert!(!names().contains(&"lost".to_owned()));
}
