//! `owt sync`: what has come to a base or an upstream comes into workspaces, and nothing that lies there is lost.

use std::fs;
use std::io::Write as _;

use serde_json::Value;
use serde_json::json;

use crate::agents::install_script;
use crate::patience::until;
use crate::processes;
use crate::project::Project;
use crate::sealed::Sealed;

/// A clone of a repository, with the finished work of an agent on the branch `topic`; what comes to the remote from here on is
/// not fetched.
fn cloned<'a>(sealed: &'a Sealed, there: &Project<'a>) -> Project<'a> {
    there.git(&["clone", "-q", ".", "../app"]);
    let app = sealed.at(sealed.work().join("app"));
    begin(&app, "topic");
    app
}

fn begin(app: &Project<'_>, branch: &str) {
    app.data(&["new", "Make it", "--branch", branch, "--agent", "worker", "--headless"]);
    app.data(&["wait", branch]);
}

fn commit(project: &Project<'_>, path: &str, text: &str) -> String {
    project.write(path, text);
    project.git(&["add", path]);
    project.git(&["commit", "-qm", &format!("Change {path}")]);
    project.git(&["rev-parse", "HEAD"])
}

/// What came of the only one.
#[track_caller]
fn synced(app: &Project<'_>, words: &[&str]) -> Value {
    let mut answer = app.data(words);
    assert_eq!(answer["workspaces"].as_array().map(Vec::len), Some(1), "{answer:#}");
    answer["workspaces"][0].take()
}

#[test]
fn what_came_to_the_remote_comes_in_beside_what_is_not_committed() {
    let sealed = Sealed::with_worker();
    let there = sealed.repository("there");
    let app = cloned(&sealed, &there);
    let (topic, theirs) = (app.workspace("topic"), commit(&there, "theirs.txt", "theirs\n"));
    app.write("kept.txt", "mine\n");
    app.git(&["stash", "push", "-q", "--include-untracked"]);
    topic.write("made.txt", "changed since\n");
    topic.write("draft.txt", "draft\n");
    let (before, witness) = (topic.git(&["rev-parse", "HEAD"]), app.witness());

    let would = synced(&app, &["sync", "topic", "--dry-run"]);
    assert_eq!((&would["outcome"], &would["commits"]), (&json!("would_merge"), &json!(1)), "{would:#}");
    assert_eq!(topic.git(&["rev-parse", "HEAD"]), before);
    let done = synced(&app, &["sync", "topic"]);
    assert_eq!((&done["outcome"], &done["source"]), (&json!("merged"), &json!("origin/main")), "{done:#}");
    assert_eq!((&done["before_sha"], &done["source_sha"]), (&json!(before), &json!(theirs)));
    let parents = topic.git(&["show", "-s", "--format=%P|%s", "HEAD"]);
    assert_eq!(parents, format!("{before} {theirs}|Merge origin/main into topic"));
    assert_eq!(topic.read("theirs.txt"), "theirs\n");
    assert_eq!(
        (topic.read("made.txt").as_str(), topic.read("draft.txt").as_str()),
        ("changed since\n", "draft\n")
    );
    assert_eq!(topic.git(&["status", "--porcelain"]), " M made.txt\n?? draft.txt");
    // Nothing else has changed: neither the person's checkout and branch, nor a stash, nor what others read.
    witness.assert_untouched_beside_git(&["refs/heads/topic", "refs/remotes/origin/main"]);
    assert_eq!(app.git(&["rev-list", "--count", "main..origin/main"]), "1");
    assert!(!app.root.join(".git/FETCH_HEAD").exists());
    assert_eq!(app.git(&["stash", "list"]).lines().count(), 1);
    let again = app.owt(&["sync", "topic"]).done();
    assert_eq!(again, "'topic' has everything of origin/main.\n");
    // It is nothing that the agent has changed, before the person's branch has it and afterwards.
    assert!(!app.owt(&["diff", "topic", "--name-only"]).done().contains("theirs.txt"));
    app.git(&["merge", "-q", "--ff-only", "origin/main"]);
    assert!(!app.owt(&["diff", "topic", "--name-only"]).done().contains("theirs.txt"));
}

#[test]
fn what_conflicts_is_told_before_anything_is_touched_and_left_to_who_asks_for_it() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    begin(&app, "topic");
    let topic = app.workspace("topic");
    commit(&topic, "README.md", "# Theirs\n");
    commit(&app, "README.md", "# Mine\n");
    let before = topic.git(&["rev-parse", "HEAD"]);

    let ran = app.owt(&["sync", "topic", "--json"]);
    let error = ran.refused(1, "merge_conflicts");
    assert!(error["message"].as_str().unwrap().contains("README.md"), "{error:#}");
    assert_eq!(ran.json()["data"]["workspaces"][0]["conflicts"][0]["path"], "README.md");
    assert_eq!(
        (topic.git(&["rev-parse", "HEAD"]), topic.git(&["status", "--porcelain"])),
        (before, String::new())
    );

    let left = app.owt(&["sync", "topic", "--leave-conflicts", "--json"]);
    left.refused(1, "merge_conflicts");
    assert_eq!(left.json()["data"]["workspaces"][0]["outcome"], "conflicts_left");
    assert!(topic.read("README.md").contains("<<<<<<<"));
    assert_eq!(app.read("README.md"), "# Mine\n");
    commit(&topic, "README.md", "# Both\n");
    assert_eq!(synced(&app, &["sync", "topic"])["outcome"], "up_to_date");
}

#[test]
fn a_change_that_would_be_overwritten_keeps_the_workspace_as_it_is() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    begin(&app, "topic");
    let topic = app.workspace("topic");
    commit(&app, "README.md", "# Mine\n");
    commit(&app, "debug.txt", "mine\n");
    topic.write("README.md", "# Not committed\n");
    topic.write("debug.txt", "not committed\n");
    let before = topic.git(&["rev-parse", "HEAD"]);
    let ran = app.owt(&["sync", "topic", "--json"]);
    assert_eq!(ran.json()["data"]["workspaces"][0]["outcome"], "failed");
    let error = ran.refused(3, "uncommitted_work");
    assert!(error["message"].as_str().unwrap().contains("would be overwritten"), "{error:#}");
    assert_eq!(topic.git(&["rev-parse", "HEAD"]), before);
    assert_eq!(
        (topic.read("README.md").as_str(), topic.read("debug.txt").as_str()),
        ("# Not committed\n", "not committed\n")
    );
}

#[test]
fn all_are_synced_but_those_at_work_and_a_remote_that_is_away_is_told() {
    let sealed = Sealed::with_worker().with_tool("sleeper", "exec sleep 600\n");
    let there = sealed.repository("there");
    let app = cloned(&sealed, &there);
    app.data(&["create", "fresh", "--agent", "sleeper", "--pty", "--no-deps"]);
    app.data(&["stop", "fresh"]);
    app.data(&["new", "Sleep", "--branch", "busy", "--agent", "sleeper", "--headless"]);
    app.until_status("busy", "working");
    let mine = commit(&app, "mine.txt", "mine\n");
    fs::rename(&there.root, sealed.work().join("away")).unwrap();

    let ran = app.owt(&["sync", "--all", "--json"]);
    let answer = ran.json()["data"].take();
    assert_eq!((ran.code, &answer["unreached"][0]["remote"]), (0, &json!("origin")), "{ran:?}");
    let mut found: Vec<String> = answer["workspaces"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| format!("{}: {}", it["name"].as_str().unwrap(), it["outcome"].as_str().unwrap()))
        .collect();
    found.sort();
    assert_eq!(found, ["busy: skipped", "fresh: merged", "topic: merged"], "{answer:#}");
    // Without a commit of its own it goes along, and has no merge.
    assert_eq!(app.git(&["rev-parse", "fresh"]), mine);
    assert_eq!(app.workspace("fresh").read("mine.txt"), "mine\n");
    let text = app.owt(&["sync", "--all", "--offline"]).done();
    assert!(text.contains("was left alone: the agent of 'busy'"), "{text}");
    app.refused(&["sync", "busy"], 3, "agent_working");
    app.refused(&["sync", "nobody"], 5, "not_found");
}

#[test]
fn a_branch_that_follows_a_remotes_gets_what_came_there() {
    let sealed = Sealed::new().with_tool("keeper", "exec cat > /dev/null\n");
    let there = sealed.repository("there");
    there.git(&["branch", "topic"]);
    there.git(&["clone", "-q", ".", "../app"]);
    let app = sealed.at(sealed.work().join("app"));
    app.data(&["create", "topic", "--agent", "keeper", "--pty"]);
    app.data(&["stop", "topic"]);
    there.git(&["switch", "-q", "topic"]);
    let theirs = commit(&there, "topic.txt", "theirs\n");
    let done = synced(&app, &["sync", "topic"]);
    assert_eq!((&done["source"], &done["after_sha"]), (&json!("origin/topic"), &json!(theirs)), "{done:#}");
    assert_eq!(app.workspace("topic").read("topic.txt"), "theirs\n");
}

#[test]
fn a_server_that_is_killed_in_the_middle_leaves_nothing_half_done() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    begin(&app, "topic");
    let topic = app.workspace("topic");
    let gate = sealed.record("gate");
    let begun = || sealed.record("filtered").exists();
    app.git(&["-c", "alias.pipe=!mkfifo", "pipe", gate.to_str().unwrap()]);
    install_script(
        &sealed,
        "slow",
        "echo x >> \"$RECORD/filtered\"\nread -r word < \"$RECORD/gate\"\nexec cat\n",
    );
    commit(&app, ".gitattributes", "slow.txt filter=slow\n");
    commit(&app, "slow.txt", "slow\n");
    app.git(&["config", "filter.slow.smudge", "slow"]);
    let sync = app.command(&["sync", "topic", "--json"]);
    std::thread::scope(|scope| {
        let syncing = scope.spawn(|| sync.run().unwrap());
        until("git to write the files", begun);
        processes::kill_and_wait(sealed.server_pid());
        drop(syncing.join().unwrap());
    });
    app.data(&["list"]);
    let mut open = fs::OpenOptions::new().read(true).write(true).open(&gate).unwrap();
    open.write_all("go\n".repeat(50).as_bytes()).unwrap();
    until("what has come to be in", || {
        let ran = app.owt(&["sync", "topic", "--json"]);
        ran.code == 0 && ran.json()["data"]["workspaces"][0]["outcome"] == "up_to_date"
    });
    drop(open);
    assert_eq!(topic.git(&["status", "--porcelain"]), "");
    assert_eq!((topic.read("slow.txt").as_str(), topic.read("made.txt").as_str()), ("slow\n", "made\n"));
    assert_eq!(topic.git(&["log", "--merges", "--format=%s"]), "Merge main into topic");
}
