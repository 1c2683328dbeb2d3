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
