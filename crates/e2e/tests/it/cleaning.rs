//! `owt cleanup`: what is no longer needed goes, and nothing that anybody could still want.

use serde_json::Value;

use crate::project::Project;
use crate::sealed::Sealed;

/// A project of Rust, as far as git and caches are concerned.
fn rust_project(sealed: &Sealed) -> Project<'_> {
    let app = sealed.repository("app");
    app.write("Cargo.toml", "[package]\nname = \"app\"\nversion = \"1.0.0\"\n");
    app.write(".gitignore", "target\n.env\n");
    app.git(&["add", "-A"]);
    app.git(&["commit", "-q", "-m", "A project of Rust"]);
    app
}

/// A workspace in which the worker has made a commit and a build has left its cache.
fn worked<'a>(app: &Project<'a>, branch: &str) -> Project<'a> {
    app.data(&["new", "Make it", "--branch", branch, "--agent", "worker", "--headless", "--no-deps"]);
    app.data(&["wait", branch]);
    let there = app.workspace(branch);
    // Made in the same second it would be the commit of another workspace, too.
    there.git(&["commit", "-q", "--amend", "-m", branch]);
    there.write("target/debug/app", &"x".repeat(300_000));
    there.write(".env", "SECRET=1\n");
    there
}

#[track_caller]
fn found<'a>(report: &'a Value, list: &str, name: &str) -> Vec<&'a Value> {
    report[list].as_array().unwrap().iter().filter(|item| item["workspace"] == name).collect()
}

#[test]
fn only_what_is_merged_goes_and_it_comes_back() {
    let sealed = Sealed::with_worker();
    let app = rust_project(&sealed);
    let [merged, unmerged, dirty] = ["merged", "unmerged", "dirty"].map(|branch| worked(&app, branch));
    dirty.write("new.txt", "new\n");
    app.git(&["merge", "-q", "merged"]);
    app.git(&["merge", "-q", "dirty"]);
    let before = app.traces();

    let looked = app.data(&["cleanup", "--days", "0", "--dry-run"]);
    let goes = found(&looked, "items", "merged")[0];
    assert_eq!((&goes["kind"], &goes["done"]), (&"workspace".into(), &false.into()), "{looked:#}");
    assert!(goes["frees_bytes"].as_u64().unwrap() >= 300_000, "{looked:#}");
    assert!(goes["reason"].as_str().unwrap().starts_with("merged into main"), "{looked:#}");
    for (name, why) in [("unmerged", "1 unmerged commit"), ("dirty", "1 uncommitted file")] {
        assert_eq!(found(&looked, "items", name)[0]["kind"], "cache", "{looked:#}");
        assert_eq!(found(&looked, "spared", name)[0]["reason"], why, "{looked:#}");
    }
    app.refused(&["cleanup", "--days", "0"], 3, "needs_confirmation");
    assert_eq!(app.traces(), before, "nothing was done yet");
    assert!(unmerged.root.join("target").exists());

    let witness = app.witness();
    let done = app.data(&["cleanup", "--days", "0", "--yes"]);
    assert_eq!(done["items"].as_array().unwrap().len(), 3, "{done:#}");
    assert!(done["items"].as_array().unwrap().iter().all(|item| item["done"] == true), "{done:#}");
    assert!(done["freed_bytes"].as_u64().unwrap() >= 900_000, "{done:#}");
    assert!(!merged.root.exists() && app.git(&["branch", "--list", "merged"]).is_empty());
    for kept in [&unmerged, &dirty] {
        assert!(!kept.root.join("target").exists());
        assert_eq!((kept.read("made.txt"), kept.read(".env")), ("made\n".into(), "SECRET=1\n".into()));
    }
    assert_eq!(dirty.read("new.txt"), "new\n");
    witness.assert_untouched(&["refs/heads/merged", "refs/owt/"]);

    assert_eq!(app.data(&["cleanup", "--days", "0", "--yes"])["items"], serde_json::json!([]));
    app.data(&["restore", "merged"]);
    assert_eq!((merged.read("made.txt"), merged.read(".env")), ("made\n".into(), "SECRET=1\n".into()));
    assert!(!merged.root.join("target").exists(), "caches go at once");
}

#[test]
fn whoever_insists_ends_sessions_and_finds_everything_again() {
    let sealed = Sealed::with_worker().with_tool("waiter", crate::agents::WAITER);
    let app = rust_project(&sealed);
    app.data(&["new", "Wait", "--branch", "live", "--agent", "waiter", "--headless"]);
    app.until_status("live", "working");
    let live = app.workspace("live");
    live.write("new.txt", "new\n");
    let looked = app.data(&["cleanup", "--days", "0", "--dry-run"]);
    assert_eq!(looked["items"], serde_json::json!([]), "{looked:#}");
    assert_eq!(looked["spared"][0]["reason"], "its session runs, or is about to");
    let done = app.data(&["cleanup", "--days", "0", "--force", "--yes"]);
    assert_eq!((&done["items"][0]["workspace"], &done["items"][0]["done"]), (&"live".into(), &true.into()));
    let snapshot = done["items"][0]["snapshot"].as_str().unwrap();
    assert!(!live.root.exists());
    app.data(&["restore", snapshot]);
    assert_eq!(live.read("new.txt"), "new\n");
}

#[test]
fn nothing_of_another_repository_goes_unless_asked() {
    let sealed = Sealed::with_worker();
    let app = rust_project(&sealed);
    let other = sealed.repository("other");
    worked(&app, "here");
    other.data(&["new", "Make it", "--branch", "there", "--agent", "worker", "--headless"]);
    other.data(&["wait", "there"]);
    let names = |report: &Value| {
        let all = ["items", "spared"].map(|list| report[list].as_array().unwrap().clone()).concat();
        let mut names: Vec<String> =
            all.iter().map(|it| it["workspace"].as_str().unwrap().to_owned()).collect();
        names.sort();
        names.dedup();
        names
    };
    assert_eq!(names(&app.data(&["cleanup", "--days", "0", "--dry-run"])), ["here"]);
    assert_eq!(names(&app.data(&["cleanup", "--days", "0", "--dry-run", "--all-repos"])), ["here", "there"]);
    sealed.at(sealed.work()).refused(&["cleanup", "--dry-run"], 2, "not_a_repository");
}

/// Somebody began anew in it, on a branch without a history.
#[test]
fn work_on_a_branch_without_a_commit_comes_back_from_the_trash_and_from_the_snapshot() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    for trash in ["kept", "expired"] {
        let there = worked(&app, trash);
        let (pages, file) = (format!("{trash}-pages"), format!("{trash}.txt"));
        there.git(&["checkout", "-q", "--orphan", &pages]);
        there.write(&file, "new\n");
        app.data(&["delete", trash, "--force", "--yes"]);
        if trash == "expired" {
            sealed.configure("\n[cleanup]\ntrash_size = \"1B\"\n");
            app.data(&["cleanup", "--yes"]);
            assert_eq!(app.data(&["restore"])[0]["holds"], "changes");
        }
        app.data(&["restore", trash]);
        assert_eq!((there.read(&file), there.read("made.txt")), ("new\n".into(), "made\n".into()));
        assert_eq!(there.git(&["symbolic-ref", "--short", "HEAD"]), pages);
    }
}

/// Somebody went on in it on another branch, which is gone when it comes back.
#[test]
fn a_branch_that_is_gone_begins_again_where_it_was_and_what_was_not_committed_is_so_again() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    let there = worked(&app, "topic");
    there.git(&["checkout", "-q", "-b", "other"]);
    there.write("committed.txt", "one\n");
    there.git(&["add", "committed.txt"]);
    there.git(&["commit", "-q", "-m", "On the other branch"]);
    let tip = there.git(&["rev-parse", "HEAD"]);
    there.write("staged.txt", "two\n");
    there.git(&["add", "staged.txt"]);
    there.write("new.txt", "three\n");
    let before = there.git(&["status", "--porcelain"]);
    app.data(&["delete", "topic", "--force", "--yes"]);
    app.git(&["branch", "-q", "-D", "other"]);
    sealed.configure("\n[cleanup]\ntrash_size = \"1B\"\n");
    app.data(&["cleanup", "--yes"]);
    app.data(&["restore", "topic"]);
    assert_eq!(there.git(&["symbolic-ref", "--short", "HEAD"]), "other");
    assert_eq!(there.git(&["rev-parse", "HEAD"]), tip);
    assert_eq!(there.git(&["status", "--porcelain"]), before);
    assert_eq!((there.read("staged.txt"), there.read("new.txt")), ("two\n".into(), "three\n".into()));
}

/// The repository of the submodule lies in git's folder of the worktree, and goes with it.
#[test]
fn commits_of_a_submodule_that_are_nowhere_else_are_not_deleted_even_by_force() {
    let sealed = Sealed::with_worker();
    let library = sealed.repository("library");
    let app = sealed.repository("app");
    let local = ["-c", "protocol.file.allow=always"];
    let from = library.root.to_str().unwrap();
    app.git(&[&local[..], &["submodule", "add", "-q", from, "lib"]].concat());
    app.write(".gitignore", ".env\n");
    app.git(&["add", ".gitignore"]);
    app.git(&["commit", "-q", "-m", "Use the library"]);
    let there = worked(&app, "topic");
    there.git(&[&local[..], &["submodule", "update", "-q", "--init"]].concat());
    let inner = app.beside(there.root.join("lib"));
    inner.write("mine.txt", "mine\n");
    inner.git(&["add", "."]);
    inner.git(&["commit", "-q", "-m", "Mine"]);
    there.git(&["add", "."]);
    there.git(&["commit", "-q", "-m", "Use mine"]);
    for words in [&["delete", "topic", "--force", "--yes"][..], &["merge", "topic"]] {
        let refused = app.refused(words, 3, "unsaved_work");
        assert!(refused["message"].as_str().unwrap().contains("lib"), "{refused:#}");
    }
    assert_eq!(inner.read("mine.txt"), "mine\n");
    inner.git(&["push", "-q", "origin", "HEAD:refs/heads/mine"]);
    app.data(&["merge", "topic"]);
    assert!(!there.root.exists());
}

#[test]
fn expired_trash_goes_for_good_and_its_commits_stay() {
    let sealed = Sealed::with_worker();
    let app = rust_project(&sealed);
    let there = worked(&app, "topic");
    there.write("new.txt", "new\n");
    app.data(&["delete", "topic", "--force", "--yes"]);
    assert_eq!(app.data(&["restore"])[0]["holds"], "folder");
    sealed.configure("\n[cleanup]\ntrash_size = \"1kB\"\n");
    let done = app.data(&["cleanup", "--yes"]);
    let item = &done["items"][0];
    assert_eq!(
        (&item["kind"], &item["workspace"], &item["done"]),
        (&"trash".into(), &"topic".into(), &true.into())
    );
    assert!(item["frees_bytes"].as_u64().unwrap() > 300_000, "{done:#}");
    assert_eq!(app.data(&["restore"])[0]["holds"], "changes");
    app.data(&["restore", "topic"]);
    assert_eq!((there.read("new.txt"), there.read("made.txt")), ("new\n".into(), "made\n".into()));
    assert!(!there.root.join(".env").exists(), "what git ignores was in the trash alone");
}

/// Two homes work in one repository: what one of them keeps longer is not the other's to take.
#[test]
fn the_trash_of_another_home_stays() {
    let sealed = Sealed::with_worker();
    let app = rust_project(&sealed);
    let there = worked(&app, "topic");
    there.write("new.txt", "new\n");
    app.data(&["delete", "topic", "--force", "--yes"]);
    let other = Sealed::with_worker();
    other.configure("\n[cleanup]\ntrash_size = \"1B\"\n");
    let same = Project { sealed: &other, root: app.root.clone() };
    worked(&same, "theirs");
    same.data(&["delete", "theirs", "--force", "--yes"]);
    let done = same.data(&["cleanup", "--yes"]);
    assert_eq!(found(&done, "items", "topic"), Vec::<&Value>::new(), "{done:#}");
    app.data(&["restore", "topic"]);
    assert_eq!((there.read("new.txt"), there.read(".env")), ("new\n".into(), "SECRET=1\n".into()));
}
