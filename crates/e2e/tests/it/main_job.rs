//! The main job, headless: from `new` to `restore`, as the contract of the command line says it.

use serde_json::Value;

use crate::sealed::Sealed;

const LIST_KEYS: &[&str] = &[
    "name",
    "branch",
    "path",
    "repository",
    "kind",
    "agent",
    "model",
    "backend",
    "session",
    "status",
    "status_since",
    "status_source",
    "failure",
    "job",
    "task",
    "base",
    "base_sha",
    "head_sha",
    "commits_ahead",
    "commits_behind",
    "dirty_files",
    "conflicts_with",
    "cost_usd",
    "tokens",
    "modified_files",
    "created_at",
    "updated_at",
];

#[track_caller]
fn assert_has(keys: &[&str], object: &Value) {
    for key in keys {
        assert!(object.get(key).is_some(), "{key} is missing in {object:#}");
    }
}

#[test]
fn the_main_job_from_new_to_restore() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    let base = app.git(&["rev-parse", "HEAD"]);

    let made = app.data(&["new", "Add user authentication with JWT", "--agent", "worker", "--headless"]);
    assert_has(LIST_KEYS, &made);
    assert_has(&["permissions"], &made);
    assert_has(&["id", "state"], &made["delivery"]);
    assert_eq!(made["base"], "main");
    assert_eq!(made["base_sha"], base.as_str());
    assert_eq!(made["kind"], "worktree");
    assert_eq!(made["task"], "Add user authentication with JWT");
    let name = made["name"].as_str().unwrap();

    let waited = app.data(&["wait", name, "--timeout", "60s"]);
    assert_eq!(waited["outcome"], "done");
    let listed = app.only_workspace();
    assert_has(LIST_KEYS, &listed);
    for key in ["name", "branch", "path", "job", "task", "base_sha"] {
        assert_eq!(listed[key], made[key], "{key}");
    }
    assert_eq!(listed["commits_ahead"], 1);
    assert_eq!(listed["dirty_files"], 0);

    let shown = app.data(&["show", name]);
    assert_has(LIST_KEYS, &shown);
    assert_eq!(shown["attempts"].as_array().unwrap().len(), 1);
    assert_eq!(shown["attempts"][0]["exit"], "code 0");
    assert!(shown["last_lines"].to_string().contains("finished"), "{shown:#}");
    assert!(app.owt(&["logs", name]).done().contains("working on it\nfinished\n"));

    let refused = app.refused(&["delete", name, "--yes"], 3, "unsaved_work");
    assert!(refused["message"].as_str().unwrap().contains("commit"), "says what would be lost: {refused:#}");
    app.refused(&["delete", name, "--force"], 3, "needs_confirmation");
    assert_eq!(app.only_workspace()["name"], made["name"]);
    let tip = listed["head_sha"].as_str().unwrap();
    let deleted = app.data(&["delete", name, "--force", "--yes"]);
    assert_eq!(deleted["head_sha"], tip);
    assert_eq!(deleted["unmerged_commits"], 1);
    assert!(!std::path::Path::new(made["path"].as_str().unwrap()).exists());
    assert_eq!(app.data(&["list"]), serde_json::json!([]));
    app.refused(&["show", name], 5, "not_found");

    let kept = app.data(&["restore"]);
    assert_eq!(kept[0]["workspace"], made["name"], "{kept:#}");
    let restored = app.data(&["restore", name]);
    assert_eq!(restored["path"], made["path"]);
    let back = app.workspace(name);
    assert_eq!(back.read("made.txt"), "made\n");
    assert_eq!(back.git(&["rev-parse", "HEAD"]), tip);
    assert_eq!(back.git(&["status", "--porcelain"]), "");
    assert_eq!(sealed.runs(name), 1, "nothing was run again");
}

#[test]
fn an_abbreviation_a_branch_and_a_folder_name_the_same_workspace() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    let made = app.data(&["new", "Add user authentication with JWT", "--agent", "worker", "--headless"]);
    for named in [&made["name"], &made["branch"], &made["path"]] {
        assert_eq!(app.data(&["show", named.as_str().unwrap()])["id"], made["id"]);
    }
    assert_eq!(app.data(&["show", "auth-jwt"])["id"], made["id"]);
    assert_eq!(app.workspace("auth-jwt").data(&["show", "."])["id"], made["id"]);
    app.data(&["wait", "auth-jwt"]);
    app.data(&["delete", "auth-jwt", "--force", "--yes"]);
    app.data(&["restore", "auth-jwt"]);
    assert_eq!(app.only_workspace()["id"], made["id"]);
    // What was not committed left a snapshot behind, which is no workspace that could come back.
    app.workspace("auth-jwt").write("draft.txt", "draft\n");
    app.data(&["delete", "auth-jwt", "--force", "--yes"]);
    app.data(&["restore", "auth-jwt"]);
    let again = app.refused(&["restore", "auth-jwt"], 5, "not_found");
    assert!(again["message"].as_str().unwrap().ends_with("is there"), "{again:#}");
}

#[test]
fn exit_codes_of_wait_tell_how_the_work_went() {
    let sealed = Sealed::new()
        .with_tool("failing", "cat > /dev/null; echo no; exit 7\n")
        .with_tool("waiter", crate::agents::WAITER);
    let app = sealed.repository("app");
    app.data(&["new", "Fail at it", "--branch", "bad", "--agent", "failing", "--headless"]);
    let report = app.owt(&["wait", "bad", "--timeout", "60s", "--json"]);
    assert_eq!(report.json()["data"]["outcome"], "failed");
    report.refused(1, "agent_failed");
    assert_eq!(app.data(&["show", "bad"])["attempts"][0]["exit"], "code 7");

    app.data(&["new", "Wait a while", "--branch", "slow", "--agent", "waiter", "--headless"]);
    app.refused(&["wait", "slow", "--timeout", "1s"], 124, "timed_out");
    let stopped = app.data(&["stop", "slow"]);
    assert_eq!(stopped["was_running"], true);
    assert_eq!(app.data(&["stop", "slow"])["was_running"], false);
    app.refused(&["wait", "nobody"], 5, "not_found");
}
