//! Old records go when the person says so: those of removed workspaces that cannot come back, whole, and nothing else.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use serde_json::Value;

use crate::agents::WAITER;
use crate::patience::until;
use crate::processes;
use crate::project::Project;
use crate::sealed::Sealed;

/// A workspace whose work is done, with something big that git ignores.
fn worked(app: &Project<'_>, name: &str) -> PathBuf {
    let made = app.data(&["new", "Make it", "--branch", name, "--agent", "worker", "--headless"]);
    app.data(&["wait", name]);
    let folder = PathBuf::from(made["path"].as_str().unwrap());
    fs::write(folder.join("big.bin"), vec![7; 300_000]).unwrap();
    folder
}

fn repository(sealed: &Sealed) -> Project<'_> {
    let app = sealed.repository("app");
    fs::write(app.root.join(".git/info/exclude"), "big.bin\n").unwrap();
    app
}

/// Removes a workspace whose work is in main; only the trash has it then.
fn merge_and_delete(app: &Project<'_>, name: &str) {
    app.git(&["merge", "-q", "--no-ff", "-m", "Merge it", name]);
    app.data(&["delete", name, "--force", "--yes"]);
}

fn empty_the_trash(sealed: &Sealed, app: &Project<'_>) {
    sealed.configure("\n[cleanup]\ntrash_size = \"1kB\"\n");
    app.data(&["cleanup", "--yes"]);
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect()
}

/// What would go, and what stays with why.
fn planned(app: &Project<'_>, days: &str) -> (Vec<String>, Vec<(String, String)>) {
    let plan = app.data(&["db", "purge", "--days", days, "--dry-run"]);
    assert_eq!((&plan["dry_run"], &plan["backup"]), (&Value::Bool(true), &Value::Null));
    let word = |it: &Value, key: &str| it[key].as_str().unwrap().to_owned();
    let spared = plan["spared"].as_array().unwrap().iter();
    let spared = spared.map(|it| (word(it, "name"), word(it, "reason"))).collect();
    (names(&plan["workspaces"]).into_iter().map(str::to_owned).collect(), spared)
}

#[test]
fn what_cannot_come_back_goes_whole_and_what_lives_or_comes_back_stays() {
    let sealed = Sealed::with_worker();
    let app = repository(&sealed);
    for name in ["old", "unsaved", "living"] {
        let folder = worked(&app, name);
        if name == "unsaved" {
            fs::write(folder.join("new.txt"), "not committed\n").unwrap();
        }
    }
    merge_and_delete(&app, "old");
    app.data(&["delete", "unsaved", "--force", "--yes"]);
    let back = |what: &str| format!("owt restore brings it back from {what}");
    let stays = |name: &str, what: &str| (name.to_owned(), back(what));
    let in_trash = vec![stays("old", "the trash"), stays("unsaved", "the trash")];
    assert_eq!(planned(&app, "0"), (vec![], in_trash));
    empty_the_trash(&sealed, &app);
    assert_eq!(planned(&app, "30"), (vec![], vec![]));
    let unsaved = vec![stays("unsaved", "its snapshot")];
    assert_eq!(planned(&app, "0"), (vec!["old".to_owned()], unsaved.clone()));

    let unsure = app.refused(&["db", "purge", "--days", "0"], 3, "needs_confirmation");
    assert!(unsure.to_string().contains("old"), "{unsure:#}");
    // A look at what was unread is an event, too.
    let shown = app.data(&["show", "living"]);
    let before = app.data(&["db", "health"]);
    let done = app.data(&["db", "purge", "--days", "0", "--yes"]);
    assert_eq!((names(&done["workspaces"]), &done["dry_run"]), (vec!["old"], &Value::Bool(false)));
    let gone = &done["workspaces"][0];
    assert_eq!((&gone["jobs"], &gone["attempts"]), (&1.into(), &1.into()), "{done:#}");
    let after = app.data(&["db", "health"]);
    let count = |health: &Value, key: &str| health[key].as_u64().unwrap();
    assert_eq!(count(&before, "events") - count(&after, "events"), gone["events"].as_u64().unwrap());
    assert_eq!(after["integrity"], "ok");

    assert_eq!(app.data(&["db", "rebuild"])["mended"], serde_json::json!([]));
    assert!(app.owt(&["doctor"]).done().contains("All is well"));
    let restorable = app.data(&["restore"]);
    assert_eq!((restorable.as_array().unwrap().len(), &restorable[0]["workspace"]), (1, &"unsaved".into()));
    assert_eq!(app.data(&["show", "living"])["id"], shown["id"]);
    assert_eq!(app.data(&["usage"])["total"]["workspaces"], 2);
    assert_eq!(planned(&app, "0"), (vec![], unsaved));
    let again = app.data(&["db", "purge", "--days", "0", "--yes"]);
    assert_eq!((names(&again["workspaces"]), &again["backup"]), (vec![], &Value::Null));
    app.data(&["restore", "unsaved"]);
    worked(&app, "old");

    // The copy that was made before has everything.
    let pid = sealed.server_pid();
    app.data(&["server", "stop"]);
    until("the server to end", || !processes::is_alive(pid));
    let backup = done["backup"].as_str().unwrap();
    assert!(Path::new(backup).exists());
    app.data(&["db", "restore", backup, "--yes"]);
    assert_eq!(app.data(&["db", "health"])["events"], before["events"]);
}

#[test]
fn what_the_whole_queue_landed_goes_with_the_last_whose_work_it_was() {
    let sealed = Sealed::with_worker();
    let app = repository(&sealed);
    for name in ["one", "two"] {
        let folder = worked(&app, name);
        fs::write(folder.join(name), "its own\n").unwrap();
    }
    app.data(&["queue", "--ship", "--yes"]);
    empty_the_trash(&sealed, &app);
    let one = app.data(&["undo", "--list"]);
    assert_eq!(one.as_array().unwrap().len(), 1, "{one:#}");
    let plan = app.data(&["db", "purge", "--days", "0", "--dry-run"]);
    assert_eq!((names(&plan["workspaces"]).len(), &plan["trains"]), (2, &1.into()), "{plan:#}");
    let done = app.data(&["db", "purge", "--days", "0", "--yes"]);
    assert_eq!((names(&done["workspaces"]).len(), &done["trains"]), (2, &1.into()), "{done:#}");
    assert_eq!(app.data(&["undo", "--list"]), serde_json::json!([]));
    assert_eq!(app.data(&["db", "rebuild"])["mended"], serde_json::json!([]));
}

#[test]
fn a_message_that_was_not_read_keeps_its_workspace_and_so_does_a_repository_that_is_away() {
    let sealed = Sealed::with_worker().with_tool("waiter", WAITER);
    let app = repository(&sealed);
    app.data(&["new", "Wait", "--branch", "told", "--agent", "waiter", "--headless"]);
    until("the agent to begin", || sealed.runs("told") == 1);
    // Nobody knows whether it took its prompt.
    app.data(&["stop", "told"]);
    fs::write(PathBuf::from(app.only_workspace()["path"].as_str().unwrap()).join("big.bin"), [7; 300_000])
        .unwrap();
    merge_and_delete(&app, "told");
    worked(&app, "done");
    merge_and_delete(&app, "done");
    empty_the_trash(&sealed, &app);
    let unread = ("told".to_owned(), "1 message to it was not read".to_owned());
    assert_eq!(planned(&app, "0"), (vec!["done".to_owned()], vec![unread.clone()]));
    let away = app.root.with_file_name("away");
    fs::rename(&app.root, &away).unwrap();
    let elsewhere = sealed.at(sealed.work());
    let plan = elsewhere.data(&["db", "purge", "--days", "0", "--yes"]);
    assert_eq!((names(&plan["workspaces"]), names(&plan["spared"])), (vec![], vec!["told", "done"]));
    let reason = plan["spared"][1]["reason"].as_str().unwrap();
    assert!(reason.contains("cannot be looked at"), "{reason}");
    fs::rename(&away, &app.root).unwrap();
    let done = app.data(&["db", "purge", "--days", "0", "--yes"]);
    assert_eq!(names(&done["workspaces"]), ["done"]);
    assert_eq!(planned(&app, "0"), (vec![], vec![unread]));
}

/// Tries to purge, with its token and without, and ends.
const MEDDLER: &str = r#"
cat > /dev/null
try() { owt --json db purge --days 0 "$@" > "$RECORD/$name.json"; }
name=look; try --dry-run
unset OWT_TOKEN OWT_ATTEMPT OWT_SOCKET OWT_JOB_ID OWT_WORKTREE_NAME OWT_AUTOMATED
name=bare; try --yes
true
"#;

#[test]
fn an_agent_may_not_purge() {
    let sealed = Sealed::with_worker().with_tool("meddler", MEDDLER);
    let app = repository(&sealed);
    worked(&app, "old");
    merge_and_delete(&app, "old");
    empty_the_trash(&sealed, &app);
    app.data(&["new", "Meddle", "--branch", "y", "--agent", "meddler", "--headless"]);
    app.owt(&["wait", "y"]).done();
    for name in ["look", "bare"] {
        let said = fs::read_to_string(sealed.record(&format!("{name}.json"))).unwrap();
        let refused: Value = serde_json::from_str(&said).unwrap();
        assert_eq!(refused["error"]["code"], "person_only", "{name}: {refused:#}");
    }
    assert_eq!(planned(&app, "0").0, ["old"]);
}
