//! `owt merge`: finished work comes into its target, and what is the person's stays theirs.

mod crashes;
mod critic;
mod hazards;
mod opinion;
mod refusals;
mod ship;
mod trains;
mod undo;

use serde_json::Value;
use serde_json::json;

use crate::agents::install_script;
use crate::project::Project;
use crate::sealed::Sealed;

/// A workspace whose agent has committed `made.txt` and ended.
fn finished<'a>(sealed: &'a Sealed, branch: &str) -> Project<'a> {
    let app = sealed.repository("app");
    finish(&app, branch);
    app
}

pub(crate) fn finish(app: &Project<'_>, branch: &str) {
    app.data(&["new", "Make it", "--branch", branch, "--agent", "worker", "--headless"]);
    app.data(&["wait", branch]);
}

/// The tip of a branch.
fn tip(app: &Project<'_>, branch: &str) -> String {
    app.git(&["rev-parse", branch])
}

fn has(app: &Project<'_>, branch: &str, commit: &str) -> bool {
    app.try_git(&["merge-base", "--is-ancestor", commit, branch]).success()
}

#[test]
fn work_lands_where_the_person_stands_and_the_workspace_goes() {
    let sealed = Sealed::with_worker();
    let app = finished(&sealed, "topic");
    app.write("draft.txt", "draft\n");
    let (before, lands) = (tip(&app, "main"), tip(&app, "topic"));
    let would = app.data(&["merge", "topic", "--dry-run"]);
    assert_eq!((&would["outcome"], &would["commits"]), (&json!("would_land"), &json!(1)), "{would:#}");
    assert_eq!(tip(&app, "main"), before);

    let merged = app.data(&["merge", "topic"]);
    let after = tip(&app, "main");
    assert_eq!((&merged["before_sha"], &merged["after_sha"]), (&json!(before), &json!(after)), "{merged:#}");
    assert_eq!((&merged["outcome"], &merged["target"]), (&json!("landed"), &json!("main")));
    assert_eq!(merged["checkout"].as_str(), app.root.to_str());
    let parents = app.git(&["show", "-s", "--format=%P|%s", "main"]);
    assert_eq!(parents, format!("{before} {lands}|Merge branch 'topic' into main"));
    assert_eq!((app.read("made.txt").as_str(), app.read("draft.txt").as_str()), ("made\n", "draft\n"));
    assert_eq!(app.git(&["status", "--porcelain"]), "?? draft.txt");
    // The workspace went as `owt delete` would have it go, and comes back.
    assert_eq!(merged["deleted"]["branch_deleted"], true, "{merged:#}");
    assert_eq!(app.data(&["list"]), json!([]));
    assert_eq!(app.git(&["for-each-ref", "refs/owt/landings", "refs/heads/topic"]), "");
    assert_eq!(app.git(&["worktree", "list", "--porcelain"]).matches("worktree ").count(), 1);
    app.data(&["restore", "topic"]);
    let shown = app.data(&["show", "topic"]);
    assert_eq!(shown["landed"]["after_sha"], json!(after), "{:#}", shown["landed"]);
    app.refused(&["merge", "topic"], 1, "nothing_to_land");
}

/// Twice as many as a landing tries again when others move its target.
const AT_ONCE: usize = 10;

#[test]
fn many_that_land_in_one_target_at_once_all_land() {
    let script = "echo x > \"$OWT_WORKTREE_NAME.txt\"; git add -A; git commit -qm \"$OWT_WORKTREE_NAME\"\n";
    let sealed = Sealed::new().with_tool("several", script);
    let app = sealed.repository("app");
    let names: Vec<String> = (1..=AT_ONCE).map(|number| format!("part-{number}")).collect();
    for name in &names {
        app.data(&["new", "Make it", "--branch", name, "--agent", "several", "--headless", "--no-deps"]);
    }
    for name in &names {
        app.data(&["wait", name]);
    }
    std::thread::scope(|scope| {
        let running: Vec<_> =
            names.iter().map(|name| scope.spawn(|| app.owt(&["--json", "merge", name]))).collect();
        for (name, merged) in names.iter().zip(running) {
            let merged = merged.join().unwrap().data();
            assert_eq!(merged["outcome"], "landed", "{name}: {merged:#}");
        }
    });
    for name in &names {
        assert_eq!(app.read(&format!("{name}.txt")), "x\n");
    }
    assert_eq!(app.git(&["rev-list", "--count", "--merges", "main"]), AT_ONCE.to_string());
    assert_eq!(app.git(&["status", "--porcelain"]), "");
    assert_eq!(app.data(&["list"]), json!([]));
}

#[test]
fn a_kept_workspace_stays_and_lands_again() {
    let sealed = Sealed::with_worker();
    let app = finished(&sealed, "topic");
    let said = app.owt(&["m", "topic", "--keep"]).done();
    assert!(said.contains("'topic' has landed in main (1 commit)."), "{said}");
    let topic = app.workspace("topic");
    topic.write("more.txt", "more\n");
    topic.git(&["add", "-A"]);
    topic.git(&["commit", "-q", "-m", "More"]);
    let merged = app.data(&["merge", "topic", "--keep"]);
    assert_eq!((&merged["commits"], &merged["deleted"]), (&json!(1), &Value::Null), "{merged:#}");
    assert_eq!(app.read("more.txt"), "more\n");
    assert!(app.owt(&["show", "topic"]).done().contains("Landed"), "told");
}

/// In one commit, or in new ones: git alone would merge them with those that they were made of.
#[test]
fn a_kept_workspace_does_not_conflict_with_what_has_landed_of_it_in_other_commits() {
    let sealed = Sealed::with_worker();
    let app = finished(&sealed, "topic");
    let topic = app.workspace("topic");
    let go_on = |text: &str| {
        topic.write("made.txt", text);
        topic.git(&["commit", "-q", "-am", "Go on"]);
    };
    for (text, method) in [("more\n", "--squash"), ("and more\n", "--rebase"), ("and on\n", "--squash")] {
        app.data(&["merge", "topic", method, "--keep"]);
        assert_eq!(app.owt(&["diff", "topic"]).done(), "", "all of it has landed");
        app.write("other.txt", text);
        app.git(&["add", "other.txt"]);
        app.git(&["commit", "-q", "-m", "Other"]);
        go_on(text);
        // The person's own git finds no conflict either.
        let alone = topic.git(&["merge-tree", "--write-tree", "HEAD", "main"]);
        assert_eq!(topic.git(&["show", &format!("{alone}:made.txt")]), text.trim_end());
    }
    app.data(&["merge", "topic", "--squash"]);
    assert_eq!((app.read("made.txt"), app.read("other.txt")), ("and on\n".to_owned(), "and on\n".to_owned()));
}

#[test]
fn another_target_another_history() {
    let sealed = Sealed::with_worker();
    let app = finished(&sealed, "topic");
    app.git(&["branch", "release"]);
    app.git(&["branch", "line"]);
    let main = tip(&app, "main");
    let witness = app.witness();
    let squashed = app.data(&["merge", "topic", "--squash", "--into", "release", "--keep"]);
    assert_eq!((&squashed["method"], &squashed["checkout"]), (&json!("squash"), &Value::Null));
    assert_eq!(app.git(&["log", "--format=%P", "main..release"]), main);
    let rebased = app.data(&["merge", "topic", "--rebase", "--into", "line", "--keep"]);
    assert_eq!(rebased["after_sha"].as_str().unwrap(), tip(&app, "line"));
    assert_eq!(app.git(&["log", "--format=%s", "main..line"]), "Make something");
    witness.assert_untouched(&["refs/heads/release", "refs/heads/line"]);
    // What is in no branch is in a snapshot when the workspace goes.
    app.git(&["branch", "third"]);
    let gone = app.data(&["merge", "topic", "--squash", "--into", "third"]);
    assert!(gone["snapshot"].is_string(), "{gone:#}");
    app.refused(&["merge", "topic", "--into", "nowhere"], 5, "not_found");
}

#[test]
fn work_in_place_lands_and_the_checkout_goes_back() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    let before = tip(&app, "main");
    app.data(&["branch", "Make it", "--branch", "here", "--agent", "worker", "--headless"]);
    app.data(&["wait", "here"]);
    let merged = app.data(&["merge", "here"]);
    assert_eq!(merged["before_sha"], json!(before), "{merged:#}");
    assert_eq!(app.git(&["symbolic-ref", "--short", "HEAD"]), "main");
    assert_eq!(
        (app.read("made.txt").as_str(), app.git(&["status", "--porcelain"])),
        ("made\n", String::new())
    );
}

#[test]
fn work_in_place_ships_with_what_was_left_and_goes_back_by_undo() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    let before = tip(&app, "main");
    app.data(&["branch", "Make it", "--branch", "here", "--agent", "worker", "--headless"]);
    app.data(&["wait", "here"]);
    app.write("left.txt", "left\n");
    app.write("debug.log", "ignored\n");
    app.write(".env", "KEY=1\n");
    let shipped = app.data(&["ship", "here", "--yes"]);
    assert_eq!(
        (&shipped["outcome"], &shipped["withheld"]),
        (&json!("landed"), &json!([".env"])),
        "{shipped:#}"
    );
    assert_eq!(app.git(&["symbolic-ref", "--short", "HEAD"]), "main");
    assert_eq!(app.git(&["diff", "--name-only", &before, "main"]), "left.txt\nmade.txt");
    assert_eq!(app.data(&["list"]), json!([]));
    // The checkout is the person's: nothing that no commit has goes from it.
    assert_eq!((app.read("debug.log").as_str(), app.read(".env").as_str()), ("ignored\n", "KEY=1\n"));
    assert_eq!(app.git(&["status", "--porcelain"]), "?? .env");
    let told = app.owt(&["undo", "--yes"]).done();
    let (_, switch) = told.split_once(" stays on main: ").unwrap_or_else(|| panic!("{told}"));
    assert_eq!(app.git(&["symbolic-ref", "--short", "HEAD"]), "main");
    assert_eq!(tip(&app, "main"), before);
    assert_eq!(json!(tip(&app, "here")), shipped["head_sha"]);
    assert!(owt_process::Cmd::new("sh").args(["-c", switch.trim()]).run().unwrap().status.success());
    assert_eq!(app.git(&["symbolic-ref", "--short", "HEAD"]), "here");
    assert_eq!(app.read(".env"), "KEY=1\n");
}

/// As mergiraf is set up, for one: a driver in the configuration, attributes in the repository.
#[test]
fn what_a_merge_driver_of_the_person_settles_lands_by_every_way() {
    for words in [&["merge", "topic"][..], &["ship", "topic", "--yes"], &["queue", "--ship", "--yes"]] {
        let sealed = Sealed::with_worker();
        install_script(&sealed, "settles", "printf 'one of both\\n' > \"$1\"\n");
        let app = sealed.repository("app");
        app.git(&["config", "merge.both.driver", &format!("{} %A", sealed.bin().join("settles").display())]);
        app.write(".gitattributes", "*.list merge=both\n");
        app.write("a.list", "one\n");
        app.git(&["add", "-A"]);
        app.git(&["commit", "-q", "-m", "Lists"]);
        finish(&app, "topic");
        for (project, text) in [(&app.workspace("topic"), "theirs\n"), (&app, "ours\n")] {
            project.write("a.list", text);
            project.git(&["commit", "-q", "-a", "-m", "Change the list"]);
        }
        assert_eq!(app.data(&["conflicts"])["targets"], json!([]), "{words:?}: the radar knows of it");
        app.data(words);
        assert_eq!(app.read("a.list"), "one of both\n", "{words:?}");
    }
}

#[test]
fn hooks_run_once_approved_and_only_as_approved() {
    let sealed = Sealed::with_worker();
    let app = finished(&sealed, "topic");
    let before = tip(&app, "main");
    let hook = |script: &str| {
        install_script(&sealed, "hook", script);
        std::fs::copy(sealed.bin().join("hook"), app.root.join(".git/hooks/pre-merge-commit")).unwrap();
    };
    hook("pwd > \"$RECORD/hooked\"\n");
    let refused = app.refused(&["merge", "topic"], 4, "needs_approval");
    assert!(refused["hint"].as_str().unwrap().contains("owt approvals"), "{refused:#}");
    assert_eq!(tip(&app, "main"), before);
    assert!(!sealed.record("hooked").exists());

    let listed = app.data(&["approvals"]);
    let content = listed.as_array().unwrap().iter().find(|it| it["files"][0] == "hooks/pre-merge-commit");
    let digest = content.unwrap_or_else(|| panic!("{listed:#}"))["digest"].as_str().unwrap().to_owned();
    app.data(&["approvals", "allow", &digest]);
    hook("pwd > \"$RECORD/changed\"\n");
    app.refused(&["merge", "topic"], 4, "needs_approval");
    hook("pwd > \"$RECORD/hooked\"\n");
    app.data(&["merge", "topic", "--keep"]);
    let place = std::fs::read_to_string(sealed.record("hooked")).unwrap();
    assert!(place.starts_with(sealed.owt_home().to_str().unwrap()), "{place}");
    assert!(!sealed.record("changed").exists());
}
