//! What a workspace changed, by the real program in every kind of workspace.

use std::fs;

use serde_json::Value;
use serde_json::json;

use crate::project::Project;
use crate::ran::Ran;
use crate::sealed::Sealed;

fn worked(project: &Project<'_>, words: &[&str]) -> Value {
    let made = project.data(&[words, &["--agent", "worker", "--headless"]].concat());
    project.data(&["wait", made["name"].as_str().unwrap()]);
    made
}

fn paths(project: &Project<'_>, name: &str) -> Vec<String> {
    let found = project.data(&["diff", name]);
    found["files"].as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn committed_uncommitted_and_new_files_and_nothing_of_the_base() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    let made = worked(&app, &["new", "Mend it", "--branch", "topic"]);
    let topic = app.workspace("topic");
    topic.write("src/main.txt", "one\ntwo\nchanged\n");
    topic.write("new file.txt", "new\n");
    fs::write(topic.root.join("picture"), b"\0\x01").unwrap();
    topic.write("debug.log", "ignored\n");
    fs::rename(topic.root.join("README.md"), topic.root.join("READ.md")).unwrap();
    app.write("elsewhere.txt", "theirs\n");
    app.git(&["add", "elsewhere.txt"]);
    app.git(&["commit", "-q", "-m", "Theirs"]);
    let (witness, theirs) = (app.witness(), topic.witness());

    let found = app.data(&["diff", "topic"]);
    let file = |path: &str, old: Option<&str>, status: &str, lines: Option<(u64, u64)>| {
        json!({
            "path": path, "old_path": old, "status": status, "binary": lines.is_none(),
            "additions": lines.map(|(added, _)| added), "deletions": lines.map(|(_, removed)| removed),
        })
    };
    let files = [
        file("READ.md", Some("README.md"), "renamed", Some((0, 0))),
        file("made.txt", None, "added", Some((1, 0))),
        file("new file.txt", None, "added", Some((1, 0))),
        file("picture", None, "added", None),
        file("src/main.txt", None, "modified", Some((1, 1))),
    ];
    assert_eq!(found["files"], json!(files));
    assert_eq!(found["totals"], json!({"files": 5, "additions": 3, "deletions": 1, "binary": 1}));
    assert_eq!(
        (&found["name"], &found["base"], &found["base_sha"]),
        (&json!("topic"), &json!("main"), &made["base_sha"])
    );
    assert_eq!(
        app.owt(&["diff", "topic", "--name-only"]).done(),
        "READ.md\nmade.txt\nnew file.txt\npicture\nsrc/main.txt\n"
    );
    assert!(
        app.owt(&["diff", "topic", "--stat"])
            .done()
            .ends_with(" 5 files changed, 3 insertions(+), 1 deletion(-)\n")
    );

    // What it prints is a patch: applied to the base it gives the same files.
    let patch = app.owt(&["diff", "topic"]).done();
    assert!(patch.contains("rename from README.md\nrename to READ.md\n"), "{patch}");
    witness.assert_untouched(&[]);
    theirs.assert_untouched(&[]);
    fs::write(sealed.root().join("patch"), app.owt(&["diff", "topic"]).done()).unwrap();
    app.git(&["apply", "--index", sealed.root().join("patch").to_str().unwrap()]);
    assert_eq!(app.read("src/main.txt"), "one\ntwo\nchanged\n");
    assert_eq!(app.read("READ.md"), "# Sample\n");
    let pictures = [&app.root, &topic.root].map(|root| fs::read(root.join("picture")).unwrap());
    assert_eq!(pictures[0], pictures[1], "what is no text comes along, too");
}

#[test]
fn in_place_folders_that_are_gone_and_what_was_deleted() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    worked(&app, &["branch", "Mend it", "--branch", "here"]);
    app.write("README.md", "# Changed\n");
    assert_eq!(paths(&app, "here"), ["README.md", "made.txt"]);
    // The person goes back to their own branch: that is not the workspace's work.
    app.git(&["stash", "-q"]);
    app.git(&["checkout", "-q", "main"]);
    app.write("README.md", "# Other work\n");
    let found = app.data(&["diff", "here"]);
    assert_eq!(
        (found["files"].as_array().unwrap().len(), &found["files"][0]["path"]),
        (1, &json!("made.txt"))
    );
    assert!(found["notices"][0].as_str().unwrap().starts_with("main is checked out at"), "{found:#}");

    worked(&app, &["new", "Mend it", "--branch", "topic"]);
    fs::remove_dir_all(app.workspace("topic").root).unwrap();
    let found = app.data(&["diff", "topic"]);
    assert_eq!(found["files"][0]["path"], "made.txt");
    assert!(found["notices"][0].as_str().unwrap().contains("is gone"), "{found:#}");

    worked(&app, &["new", "Mend it", "--branch", "away"]);
    app.data(&["delete", "away", "--force", "--yes"]);
    for command in ["diff", "show"] {
        let refused = app.refused(&[command, "away"], 5, "not_found");
        assert_eq!(
            (&refused["message"], &refused["hint"]),
            (&json!("'away' was deleted"), &json!("bring it back: owt restore away"))
        );
    }
    app.data(&["restore", "away"]);
    assert_eq!(paths(&app, "away"), ["made.txt"]);

    let plain = sealed.work().join("plain");
    fs::create_dir(&plain).unwrap();
    let plain = sealed.at(plain);
    let made = plain.data(&["new", "Look", "--no-git", "--agent", "worker", "--headless"]);
    plain.refused(&["diff", made["name"].as_str().unwrap()], 2, "not_a_repository");
}

#[test]
fn a_diff_of_many_megabytes_passes_through_a_server_that_stays_small() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    worked(&app, &["new", "Mend it", "--branch", "topic"]);
    let topic = app.workspace("topic");
    let block = "0123456789abcdef\n".repeat(1024 * 1024 / 17);
    for number in 0..48 {
        topic.write(&format!("big-{number}"), &block);
    }
    app.data(&["show", "topic"]);
    let pid = sealed.server_pid();
    let before = peak_kilobytes(pid);
    let mut reader = app.command(&["diff", "topic"]).spawn(owt_process::Streams::piped()).unwrap();
    let read = std::io::copy(&mut reader.stdout.take().unwrap(), &mut std::io::sink()).unwrap();
    assert!(reader.wait().unwrap().success() && read > 48 * 1024 * 1024, "{read}");
    let grown = peak_kilobytes(pid) - before;
    assert!(grown < 16 * 1024, "the server grew by {grown} kB");
    // Who leaves early leaves nothing running.
    let mut reader = app.command(&["diff", "topic"]).spawn(owt_process::Streams::piped()).unwrap();
    let mut few = [0; 1000];
    std::io::Read::read_exact(&mut reader.stdout.take().unwrap(), &mut few).unwrap();
    assert!(Ran::of(&app.command(&["list"])).code == 0);
    drop(reader);
}

/// The most memory that a process ever had.
fn peak_kilobytes(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().trim_end_matches(" kB").parse().unwrap()
}
