//! `--resolve AGENT`: an agent settles what git cannot merge, in a workspace of its own, and what it made of it is judged before
//! any of it is taken.

use std::fs;
use std::io::Write as _;

use serde_json::json;

use crate::agents::install_script;
use crate::patience::until;
use crate::processes;
use crate::project::Project;
use crate::sealed::Sealed;

/// Keeps what it is told, and writes both lines into the file that conflicts.
const SETTLER: &str = r#"
cat > "$RECORD/settle"
echo "$$" >> "$RECORD/settlers"
printf 'mine and theirs\n' > README.md
printf 'Both hold.\nCONFIDENCE: 0.85\n'
"#;

/// A repository in which `topic` and `main` have both changed README.md, and its home, with an agent `settler`.
fn colliding<'a>(sealed: &'a Sealed) -> Project<'a> {
    let app = sealed.repository("app");
    app.data(&["new", "Make it theirs", "--branch", "topic", "--agent", "worker", "--headless"]);
    app.data(&["wait", "topic"]);
    commit(&app.workspace("topic"), "README.md", "theirs\n");
    commit(&app, "README.md", "mine\n");
    app
}

fn with_settler(script: &str) -> Sealed {
    Sealed::with_worker().with_tool("settler", script)
}

fn commit(project: &Project<'_>, path: &str, text: &str) {
    project.write(path, text);
    project.git(&["add", path]);
    project.git(&["commit", "-qm", &format!("Change {path}")]);
}

fn names(app: &Project<'_>) -> Vec<String> {
    let list = app.data(&["list"]);
    list.as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect()
}

/// What does not hold leaves everything as it was, but for the trash.
#[track_caller]
fn refused(sealed: &Sealed, app: &Project<'_>, code: &str, said: &str) {
    let topic = app.workspace("topic");
    topic.write("draft.txt", "draft\n");
    let (witness, there) = (app.witness(), topic.witness());
    let ran = app.owt(&["sync", "topic", "--resolve", "settler", "--json"]);
    let error = ran.refused(1, code);
    assert!(error["message"].as_str().unwrap().contains(said), "{error:#}");
    until("what it was settled in to go", || names(app) == ["topic"]);
    until("its branch to go", || app.git(&["branch", "--list", "topic-settled"]).is_empty());
    there.assert_untouched(&[]);
    witness.assert_untouched(&[]);
    assert!(sealed.record("settlers").exists());
    let kept = app.data(&["restore"]);
    assert!(kept.to_string().contains("topic-settled"), "what it made can be looked at: {kept:#}");
}

#[test]
fn an_agent_settles_what_conflicts_and_the_rest_stays_as_it_is() {
    let sealed = with_settler(SETTLER);
    let app = colliding(&sealed);
    let topic = app.workspace("topic");
    topic.write("draft.txt", "draft\n");
    let (before, main) = (topic.git(&["rev-parse", "HEAD"]), app.git(&["rev-parse", "main"]));
    let witness = app.witness();

    let done = app.data(&["sync", "topic", "--resolve", "settler"]);
    let done = &done["workspaces"][0];
    assert_eq!(
        (&done["outcome"], &done["settled"]),
        (&json!("merged"), &json!({"agent": "settler", "confidence_percent": 85})),
        "{done:#}"
    );
    assert_eq!(topic.read("README.md"), "mine and theirs\n");
    assert_eq!(topic.git(&["status", "--porcelain"]), "?? draft.txt");
    assert_eq!(topic.git(&["show", "-s", "--format=%P", "HEAD"]), format!("{before} {main}"));
    assert!(topic.git(&["show", "-s", "--format=%B", "HEAD"]).contains("Settled by settler:\n- README.md"));
    until("what it was settled in to go", || names(&app) == ["topic"]);
    until("its branch to go", || app.git(&["branch", "--list", "topic-settled"]).is_empty());
    witness.assert_untouched_beside_git(&["refs/heads/topic"]);
    let told = fs::read_to_string(sealed.record("settle")).unwrap();
    for word in ["Make it theirs", "> Change README.md", "- README.md", "CONFIDENCE:"] {
        assert!(told.contains(word), "{word} is missing:\n{told}");
    }
    app.refused(&["undo", "--dry-run"], 5, "nothing_to_undo");
    // Now it lands without a conflict.
    topic.git(&["add", "-A"]);
    topic.git(&["commit", "-qm", "More"]);
    app.data(&["merge", "topic"]);
    assert_eq!(app.read("README.md"), "mine and theirs\n");
}

#[test]
fn marks_that_are_left_are_not_taken() {
    let sealed = with_settler("echo x >> \"$RECORD/settlers\"; sed -i '/^<<<<<<</d' README.md\n");
    refused(&sealed, &colliding(&sealed), "merge_conflicts", "conflict markers are left in README.md");
}

#[test]
fn other_files_that_were_changed_are_not_taken() {
    let script = "echo x >> \"$RECORD/settlers\"; echo both > README.md; echo more > other.txt\n";
    let sealed = with_settler(script);
    refused(&sealed, &colliding(&sealed), "merge_conflicts", "it changed other files: other.txt");
}

#[test]
fn a_file_that_was_taken_away_and_an_agent_that_fails_are_not_taken() {
    let sealed = with_settler("echo x >> \"$RECORD/settlers\"; git rm -qf README.md\n");
    let app = colliding(&sealed);
    refused(&sealed, &app, "merge_conflicts", "it took away README.md");
    install_script(&sealed, "settler", "echo both > README.md; exit 3\n");
    refused(&sealed, &app, "merge_conflicts", "it has failed");
}

#[test]
fn a_branch_that_was_put_elsewhere_is_not_taken() {
    let sealed = with_settler("echo x >> \"$RECORD/settlers\"; git reset -q --hard main\n");
    refused(&sealed, &colliding(&sealed), "merge_conflicts", "does not stand on the merge");
}

#[test]
fn what_the_checks_refuse_is_not_taken() {
    let sealed = with_settler(SETTLER);
    install_script(&sealed, "check", "echo looked; ! grep -q 'mine and' README.md\n");
    let app = colliding(&sealed);
    commit(&app, ".worktreerc.toml", "[landing]\nchecks = [\"check\"]\n");
    // Nobody works for what could not be judged.
    app.owt(&["sync", "topic", "--resolve", "settler", "--json"]).refused(4, "needs_approval");
    assert!(!sealed.record("settlers").exists());
    for content in app.data(&["approvals"]).as_array().unwrap() {
        app.data(&["approvals", "allow", content["digest"].as_str().unwrap()]);
    }
    refused(&sealed, &app, "checks_failed", "the check 'check'");
}

#[test]
fn what_is_no_text_is_left_to_the_person() {
    let sealed = with_settler(SETTLER);
    let app = colliding(&sealed);
    let topic = app.workspace("topic");
    topic.git(&["rm", "-q", "made.txt"]);
    topic.git(&["commit", "-qm", "Take it away"]);
    commit(&topic, "pixels", "one\0\n");
    commit(&app, "pixels", "two\0\n");
    let error = app.owt(&["sync", "topic", "--resolve", "settler", "--json"]).refused(1, "merge_conflicts");
    assert!(error["message"].as_str().unwrap().contains("pixels"), "{error:#}");
    assert!(!sealed.record("settlers").exists());
}

#[test]
fn a_server_that_dies_leaves_it_as_it_is_and_the_next_goes_on_with_the_same_agent() {
    let waits = "echo \"$$\" >> \"$RECORD/settlers\"; mkfifo \"$RECORD/gate\"; read -r word < \"$RECORD/gate\"\n\
                 printf 'mine and theirs\\n' > README.md\n";
    let sealed = with_settler(waits);
    let app = colliding(&sealed);
    let topic = app.workspace("topic");
    let there = topic.witness();
    let sync = app.command(&["sync", "topic", "--resolve", "settler", "--json"]);
    std::thread::scope(|scope| {
        let first = scope.spawn(|| sync.run().unwrap());
        until("the agent to work", || sealed.record("gate").exists());
        processes::kill_and_wait(sealed.server_pid());
        drop(first.join().unwrap());
    });
    there.assert_untouched_beside_git(&["refs/heads/topic-settled"]);
    assert!(names(&app).contains(&"topic-settled".to_owned()));
    let mut open = fs::OpenOptions::new().read(true).write(true).open(sealed.record("gate")).unwrap();
    open.write_all(b"go\n").unwrap();
    let done = app.data(&["sync", "topic", "--resolve", "settler"]);
    assert_eq!(done["workspaces"][0]["outcome"], "merged", "{done:#}");
    assert_eq!(topic.read("README.md"), "mine and theirs\n");
    assert_eq!(fs::read_to_string(sealed.record("settlers")).unwrap().lines().count(), 1);
}

/// Who called it off is not surprised by it hours later.
#[test]
fn what_is_settled_after_its_command_was_broken_off_is_not_taken() {
    let waits =
        "mkfifo \"$RECORD/gate\"; read -r word < \"$RECORD/gate\"\nprintf 'mine and theirs\\n' > README.md\n";
    let sealed = with_settler(waits);
    let app = colliding(&sealed);
    let topic = app.workspace("topic");
    let there = topic.witness();
    let ship = app.command(&["ship", "topic", "--yes", "--resolve", "settler", "--json"]);
    let shipping = ship.spawn(owt_process::Streams::piped()).unwrap();
    until("the agent to work", || sealed.record("gate").exists());
    drop(shipping);
    let mut open = fs::OpenOptions::new().read(true).write(true).open(sealed.record("gate")).unwrap();
    open.write_all(b"go\n").unwrap();
    app.data(&["wait", "topic-settled"]);
    // The next has it at once, so nobody else has.
    there.assert_untouched_beside_git(&["refs/heads/topic-settled"]);
    assert_eq!(app.data(&["sync", "topic", "--resolve", "settler"])["workspaces"][0]["outcome"], "merged");
}

#[test]
fn what_conflicts_is_settled_before_it_lands() {
    let sealed = with_settler(SETTLER);
    let app = colliding(&sealed);
    app.workspace("topic").write("left.txt", "left\n");
    let shipped = app.data(&["ship", "topic", "--yes", "--resolve", "settler"]);
    assert_eq!(
        (&shipped["outcome"], &shipped["settled"]["agent"]),
        (&json!("landed"), &json!("settler")),
        "{shipped:#}"
    );
    assert_eq!(
        (app.read("README.md").as_str(), app.read("left.txt").as_str()),
        ("mine and theirs\n", "left\n")
    );
}
