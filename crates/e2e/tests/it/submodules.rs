//! A worktree of a repository with submodules has them, from what the person's checkout has: no remote is asked.

use std::fs;

use crate::project::Project;
use crate::sealed::Sealed;

const WORKER: &[&str] = &["--agent", "worker", "--headless"];

/// A repository that uses `library`, which uses `inner`; where they were cloned from is gone.
fn with_submodules(sealed: &Sealed) -> Project<'_> {
    let allow = ["-c", "protocol.file.allow=always"];
    let add = |outer: &Project<'_>, from: &Project<'_>, path: &str| {
        let from = from.root.to_str().unwrap();
        outer.git(&[&allow[..], &["submodule", "add", "-q", from, path]].concat());
        outer.git(&["commit", "-q", "-m", "Use it"]);
    };
    let (inner, library, app) =
        (sealed.repository("inner"), sealed.repository("library"), sealed.repository("app"));
    add(&library, &inner, "deep");
    add(&app, &library, "vendor/lib");
    app.git(&[&allow[..], &["submodule", "update", "-q", "--init", "--recursive"]].concat());
    // A commit that only this checkout has, on no branch.
    let own = app.beside(app.root.join("vendor/lib"));
    own.write("own.txt", "own\n");
    own.git(&["add", "own.txt"]);
    own.git(&["commit", "-qm", "Mine alone"]);
    app.git(&["commit", "-qam", "Use mine"]);
    for gone in [&inner, &library] {
        fs::rename(&gone.root, gone.root.with_extension("away")).unwrap();
    }
    app
}

#[test]
fn submodules_are_checked_out_from_the_checkout_and_lead_to_their_own_remotes() {
    let sealed = Sealed::with_worker();
    let app = with_submodules(&sealed);
    let witness = app.witness();
    let config = app.read(".git/config");
    let made = app.data(&[&["new", "Mend it", "--branch", "topic"], WORKER].concat());
    app.data(&["wait", "topic"]);
    let shown = app.data(&["show", "topic"]);
    let brought = &shown["furnishing"]["submodules"];
    assert_eq!(brought, &serde_json::json!(["vendor/lib", "vendor/lib/deep"]), "{shown:#}");
    assert!(!made["notices"].to_string().contains("submodule"), "{made:#}");
    assert!(app.owt(&["show", "topic"]).done().contains("submodule vendor/lib"));
    let there = app.workspace("topic");
    assert_eq!(there.read("vendor/lib/own.txt"), "own\n");
    assert_eq!(there.read("vendor/lib/deep/README.md"), "# Sample\n");
    assert_eq!(there.git(&["status", "--porcelain"]), "");
    let url = |folder: &Project<'_>, path: &str| {
        folder.beside(folder.root.join(path)).git(&["remote", "get-url", "origin"])
    };
    for path in ["vendor/lib", "vendor/lib/deep"] {
        assert_eq!(url(&there, path), url(&app, path));
    }
    witness.assert_untouched(&["refs/heads/topic"]);
    assert_eq!(app.read(".git/config"), config);
    // What the checkout has, too, is not lost with the workspace; what is committed there is.
    let library = there.beside(there.root.join("vendor/lib"));
    library.write("more.txt", "more\n");
    library.git(&["switch", "-qc", "mine"]);
    library.git(&["add", "."]);
    library.git(&["commit", "-qm", "More"]);
    there.git(&["commit", "-qam", "Use more"]);
    app.refused(&["delete", "topic", "--force", "--yes"], 3, "unsaved_work");
    library.git(&["switch", "-q", "--detach", "HEAD~1"]);
    library.git(&["branch", "-D", "mine"]);
    there.git(&["reset", "-q", "--hard", "HEAD~1"]);
    app.data(&["delete", "topic", "--force", "--yes"]);
    app.data(&["restore", "topic"]);
    assert_eq!(app.workspace("topic").read("vendor/lib/own.txt"), "own\n");
}

#[test]
fn a_submodule_that_the_checkout_has_not_got_is_told_to_the_person_and_the_agent() {
    let sealed = Sealed::with_worker().with_tool("listener", "cat > \"$RECORD/heard\"\n");
    let app = with_submodules(&sealed);
    app.git(&["submodule", "--quiet", "deinit", "--force", "vendor/lib"]);
    let made = app.data(&["new", "Mend it", "--branch", "topic", "--agent", "listener", "--headless"]);
    let told = made["notices"].to_string();
    assert!(told.contains("empty submodules: vendor/lib (git -C"), "{made:#}");
    app.data(&["wait", "topic"]);
    let shown = app.data(&["show", "topic"]);
    let notices = shown["furnishing"]["notices"].to_string();
    assert!(notices.contains("the submodule vendor/lib is empty: your checkout has not got it"), "{notices}");
    let heard = fs::read_to_string(sealed.record("heard")).unwrap();
    assert!(heard.contains("Submodules that are empty here: `vendor/lib`"), "{heard}");
    app.data(&["delete", "topic", "--force", "--yes"]);
}
