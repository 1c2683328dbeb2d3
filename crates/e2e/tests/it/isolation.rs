//! Repositories and homes that never see each other.

use crate::ran::Ran;
use crate::sealed::Sealed;

#[test]
fn two_repositories_of_one_name() {
    let sealed = Sealed::with_worker();
    let one = sealed.repository("here/app");
    let two = sealed.repository("there/app");
    for (project, task) in [(&one, "Mend the first"), (&two, "Mend the second")] {
        project.data(&["new", task, "--branch", "topic", "--agent", "worker", "--headless"]);
        project.data(&["wait", "topic"]);
    }
    for (project, task) in [(&one, "Mend the first"), (&two, "Mend the second")] {
        assert_eq!(project.only_workspace()["task"], task);
        assert_eq!(project.data(&["show", "topic"])["task"], task);
        assert_eq!(project.data(&["list", "--all-repos"]).as_array().unwrap().len(), 2);
    }
    // From outside of both, the folder tells them apart.
    let outside = sealed.at(sealed.work());
    let refused = outside.refused(&["show", "topic"], 5, "ambiguous");
    let folders = refused["candidates"].as_array().unwrap();
    assert_eq!(folders.len(), 2, "{refused:#}");
    let hint = refused["hint"].as_str().unwrap();
    assert!(hint.ends_with(&format!("owt show {}", folders[0].as_str().unwrap())), "{refused:#}");
    for folder in folders {
        assert_eq!(outside.data(&["show", folder.as_str().unwrap()])["path"], *folder);
    }
    one.data(&["delete", "topic", "--force", "--yes"]);
    assert_eq!(one.data(&["list"]), serde_json::json!([]));
    assert_eq!(two.data(&["restore"]), serde_json::json!([]));
    two.refused(&["restore", "topic"], 5, "not_found");
    assert_eq!(two.workspace("topic").read("made.txt"), "made\n");
    one.data(&["restore", "topic"]);
    assert_eq!(one.only_workspace()["task"], "Mend the first");
}

#[test]
fn two_homes_on_one_repository() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    app.data(&["new", "Mend it", "--branch", "topic", "--agent", "worker", "--headless"]);
    app.data(&["wait", "topic"]);
    let other = |words: &[&str]| {
        let words = ["--json"].iter().chain(words).copied();
        Ran::of(&sealed.owt(&app.root, words).env("OWT_HOME", sealed.root().join("other")))
    };
    assert_eq!(other(&["list", "--all-repos"]).data(), serde_json::json!([]));
    assert_eq!(other(&["restore"]).data(), serde_json::json!([]));
    other(&["show", "topic"]).refused(5, "not_found");
    other(&["delete", "topic", "--force", "--yes"]).refused(5, "not_found");
    assert_ne!(other(&["server", "status"]).data()["pid"], sealed.server_pid());
    other(&["server", "stop"]).data();
    assert_eq!(app.only_workspace()["status"], "done");
}
