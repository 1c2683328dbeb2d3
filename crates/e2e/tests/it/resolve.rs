//! `--resolve AGENT`: an agent settles what git cannot merge, in a workspace of its own, and what it made of it is judged before
//! any of it is taken.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use serde_json::Value;
use serde_json::json;

use crate::agents::install_script;
use crate::patience::until;
use crate::processes;
use crate::project::Project;
use crate::ran::Ran;
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
    let error = ran.refused(if code == "critic_denied" { 3 } else { 1 }, code);
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
fn a_secret_that_was_written_is_in_no_commit() {
    let key = format!("ghp_{}", "aB3".repeat(12));
    let sealed = with_settler(&format!("echo x >> \"$RECORD/settlers\"; echo key={key} > README.md\n"));
    let app = colliding(&sealed);
    refused(
        &sealed,
        &app,
        "critic_denied",
        "the critic denies it: README.md has the form of a token of GitHub",
    );
    assert_eq!(app.git(&["log", "--branches", &format!("-S{key}"), "--oneline"]), "");
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
fn where_it_is_configured_nobody_has_to_say_it() {
    let sealed = with_settler(SETTLER);
    sealed.configure("[landing]\nresolve = \"settler\"\n");
    let app = colliding(&sealed);
    app.owt(&["sync", "topic", "--resolve", "off", "--json"]).refused(1, "merge_conflicts");
    app.owt(&["merge", "topic", "--rebase", "--json"]).refused(1, "merge_conflicts");
    assert!(!sealed.record("settlers").exists());
    let would = app.data(&["ship", "topic", "--dry-run"]);
    assert_eq!((&would["outcome"], &would["settled"]["agent"]), (&json!("conflicts"), &json!("settler")));
    let merged = app.data(&["merge", "topic"]);
    assert_eq!((&merged["outcome"], &merged["settled"]["agent"]), (&json!("landed"), &json!("settler")));
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

/// Waits at a pipe before it does its work.
const WAITS: &str = "echo \"$$\" >> \"$RECORD/settlers\"; mkfifo \"$RECORD/gate\"; read -r word < \"$RECORD/gate\"\n\
                     printf 'mine and theirs\\n' > README.md\n";

/// Lets go on what waits at such a pipe.
fn open(sealed: &Sealed, gate: &str) {
    fs::write(sealed.record(gate), "go\n").unwrap();
}

/// Has it settled, and does something once this is there.
fn meanwhile(app: &Project<'_>, words: &[&str], there: &Path, does: impl FnOnce()) -> Ran {
    let command = app.command(&[words, &["--json"]].concat());
    std::thread::scope(|scope| {
        let command = scope.spawn(|| Ran::of(&command));
        until("something to wait", || there.exists());
        does();
        command.join().unwrap()
    })
}

fn settlers(sealed: &Sealed) -> usize {
    fs::read_to_string(sealed.record("settlers")).unwrap_or_default().lines().count()
}

const RESOLVE: &[&str] = &["sync", "topic", "--resolve", "settler"];

/// The same command does not meet it again and again.
#[test]
fn whatever_an_agent_leaves_behind_the_same_command_begins_anew() {
    let sealed = with_settler("");
    let app = colliding(&sealed);
    let topic = app.workspace("topic");
    topic.write("draft.txt", "draft\n");
    let there = topic.witness();
    let merging = "git merge -q --no-commit --no-ff $(git commit-tree -p HEAD^1 -m more 'HEAD^1^{tree}')";
    let cases = [
        ("git checkout -q -b elsewhere", "its branch is not checked out any more"),
        (merging, "a merge is under way"),
        ("head -c 1100000 /dev/zero | tr '\\0' 'x' > README.md", "nobody could look at README.md"),
    ];
    for (number, (does, said)) in cases.iter().enumerate() {
        install_script(&sealed, "settler", &format!("echo x >> \"$RECORD/settlers\"\n{does}\n"));
        let error = app.refused(RESOLVE, 1, "merge_conflicts");
        assert!(error["message"].as_str().unwrap().contains(said), "{error:#}");
        assert!(error["hint"].as_str().unwrap().contains("owt restore"), "{error:#}");
        until("what it was settled in to go", || names(&app) == ["topic"]);
        assert_eq!(settlers(&sealed), number + 1, "each time another begins");
    }
    there.assert_untouched_beside_git(&["refs/heads/elsewhere", "refs/heads/topic-settled"]);
    install_script(&sealed, "settler", SETTLER);
    assert_eq!(app.data(RESOLVE)["workspaces"][0]["outcome"], "merged");
}

#[test]
fn a_file_that_became_a_program_or_a_link_is_not_taken() {
    let both = "echo x >> \"$RECORD/settlers\"; echo both > README.md\n";
    let sealed = with_settler(&format!("{both}chmod +x README.md\n"));
    let app = colliding(&sealed);
    refused(&sealed, &app, "merge_conflicts", "it changed whether a file is a program: README.md");
    install_script(&sealed, "settler", &format!("{both}rm README.md; ln -s made.txt README.md\n"));
    refused(&sealed, &app, "merge_conflicts", "made something else of it than a file");
}

#[test]
fn of_two_commands_at_once_one_has_it_settled_and_the_other_is_refused() {
    let sealed = with_settler(WAITS);
    let app = colliding(&sealed);
    let done = meanwhile(&app, RESOLVE, &sealed.record("gate"), || {
        for words in [RESOLVE, &["merge", "topic", "--resolve", "settler"]] {
            let error = app.refused(words, 3, "git_busy");
            assert!(error["message"].as_str().unwrap().contains("another command"), "{error:#}");
        }
        open(&sealed, "gate");
    });
    assert_eq!(done.data()["workspaces"][0]["outcome"], "merged");
    assert_eq!(settlers(&sealed), 1);
}

#[test]
fn what_was_made_to_settle_goes_with_its_workspace() {
    let sealed = with_settler(WAITS);
    let app = colliding(&sealed);
    let ran = meanwhile(&app, RESOLVE, &sealed.record("gate"), || {
        app.workspace("topic-settled").write("README.md", "half of it\n");
        app.data(&["delete", "--force", "--yes", "topic"]);
        until("both to be gone", || names(&app).is_empty());
    });
    assert_ne!(ran.code, 0, "{ran:#?}");
    let kept = app.data(&["restore"]).to_string();
    assert!(kept.contains("topic-settled"), "{kept}");
    app.data(&["restore", "topic-settled"]);
    assert_eq!(app.workspace("topic-settled").read("README.md"), "half of it\n");
}

/// A home whose check waits at a pipe.
fn with_slow_check() -> Sealed {
    let sealed = with_settler(SETTLER);
    let check = "mkfifo \"$RECORD/checking\"; read -r word < \"$RECORD/checking\"; cat README.md > \"$RECORD/checked\"\n";
    install_script(&sealed, "check", check);
    sealed.configure("[landing]\nchecks = [\"check\"]\n");
    sealed
}

/// What is written anywhere while the checks run is neither taken nor overwritten.
#[test]
fn what_is_taken_is_what_was_checked_and_a_change_meanwhile_keeps_it_out() {
    let sealed = with_slow_check();
    let app = colliding(&sealed);
    let topic = app.workspace("topic");
    let ran = meanwhile(&app, RESOLVE, &sealed.record("checking"), || {
        topic.write("README.md", "a message made me write this\n");
        app.workspace("topic-settled").write("README.md", "and me this\n");
        open(&sealed, "checking");
    });
    let error = ran.refused(3, "uncommitted_work");
    assert!(error["message"].as_str().unwrap().contains("README.md"), "{error:#}");
    assert_eq!(topic.read("README.md"), "a message made me write this\n");
    assert_eq!(fs::read_to_string(sealed.record("checked")).unwrap(), "mine and theirs\n");
    let before = topic.git(&["rev-parse", "HEAD"]);
    topic.git(&["checkout", "-q", "README.md"]);
    app.workspace("topic-settled").git(&["checkout", "-q", "README.md"]);
    // It waits for who asks again, and needs neither an agent nor a check any more.
    assert_eq!(app.data(RESOLVE)["workspaces"][0]["outcome"], "merged");
    assert_eq!((topic.read("README.md").as_str(), settlers(&sealed)), ("mine and theirs\n", 1));
    assert_eq!(topic.git(&["rev-parse", "HEAD^1"]), before);
}

#[test]
fn a_commit_that_comes_while_the_checks_run_keeps_it_out() {
    let sealed = with_slow_check();
    let app = colliding(&sealed);
    let topic = app.workspace("topic");
    let ran = meanwhile(&app, RESOLVE, &sealed.record("checking"), || {
        commit(&topic, "more.txt", "more\n");
        open(&sealed, "checking");
    });
    let error = ran.refused(3, "git_busy");
    assert!(error["message"].as_str().unwrap().contains("was moved meanwhile"), "{error:#}");
    assert_eq!(topic.git(&["show", "-s", "--format=%s", "HEAD"]), "Change more.txt");
    assert_eq!(topic.read("README.md"), "theirs\n");
}

/// Nobody has said that it is to land.
#[test]
fn what_comes_into_a_workspace_while_its_conflicts_are_settled_does_not_land() {
    let sealed = with_settler(WAITS);
    let app = colliding(&sealed);
    let main = app.git(&["rev-parse", "main"]);
    let ship = &["ship", "topic", "--yes", "--resolve", "settler"];
    let ran = meanwhile(&app, ship, &sealed.record("gate"), || {
        app.workspace("topic").write("new.txt", "not looked at\n");
        open(&sealed, "gate");
    });
    ran.refused(3, "uncommitted_work");
    assert_eq!(app.git(&["rev-parse", "main"]), main);
    let topic = app.workspace("topic");
    assert_eq!(
        (topic.read("new.txt").as_str(), topic.read("README.md").as_str()),
        ("not looked at\n", "mine and theirs\n")
    );
    // What was settled stays in; nothing is settled twice.
    topic.git(&["add", "-A"]);
    topic.git(&["commit", "-qm", "Look at it"]);
    app.data(&["merge", "topic"]);
    assert_eq!(settlers(&sealed), 1);
}

#[test]
fn checks_that_are_to_be_approved_by_then_keep_what_was_settled() {
    let sealed = with_settler(WAITS);
    install_script(&sealed, "check", "true\n");
    let app = colliding(&sealed);
    // What comes in is another branch than the one that has the rules.
    app.git(&["branch", "other"]);
    app.workspace("topic").git(&["branch", "-q", "--set-upstream-to=other"]);
    let ran = meanwhile(&app, RESOLVE, &sealed.record("gate"), || {
        commit(&app, ".worktreerc.toml", "[landing]\nchecks = [\"check\"]\n");
        open(&sealed, "gate");
    });
    let error = ran.refused(3, "git_busy");
    assert!(error["message"].as_str().unwrap().contains("owt approvals"), "{error:#}");
    assert!(names(&app).contains(&"topic-settled".to_owned()));
    for content in app.data(&["approvals"]).as_array().unwrap() {
        app.data(&["approvals", "allow", content["digest"].as_str().unwrap()]);
    }
    assert_eq!(app.data(RESOLVE)["workspaces"][0]["outcome"], "merged");
    assert_eq!(settlers(&sealed), 1);
}

/// Only an agent that nobody can hold to anything works as it is configured.
#[test]
fn an_agent_may_edit_and_no_more_where_it_can_be_held_to_that() {
    let sealed = with_settler(WAITS).with_scripted_claude();
    install_script(&sealed, "pi", "echo started >> \"$RECORD/pi\"\n");
    let app = colliding(&sealed);
    let permissions = |agent: &str| {
        let sync = app.command(&["sync", "topic", "--resolve", agent, "--json"]);
        let syncing = sync.spawn(owt_process::Streams::piped()).unwrap();
        let mut said = Value::Null;
        until("the agent to work", || {
            let shown = app.owt(&["show", "topic-settled", "--json"]);
            if shown.code == 0 {
                said = shown.data()["permissions"].clone();
            }
            shown.code == 0
        });
        drop(syncing);
        // One that is quick has ended by now, and its workspace is gone or going.
        until("it to be gone", || {
            let deleted = app.owt(&["delete", "--force", "--yes", "topic-settled"]);
            [0, 5].contains(&deleted.code) && names(&app) == ["topic"]
        });
        said
    };
    assert_eq!(permissions("claude"), "edits");
    assert_eq!(permissions("settler"), "unmanaged");
    // It has a level for that, and cannot hold it: nothing is widened.
    let error = app.owt(&["sync", "topic", "--resolve", "pi", "--json"]).json()["error"].take();
    assert!(error["message"].as_str().unwrap().contains("permission"), "{error:#}");
    assert!(!sealed.record("pi").exists() && names(&app) == ["topic"]);
}

#[test]
fn what_a_train_puts_out_for_its_conflicts_is_settled_when_the_rest_has_landed() {
    let sealed = with_settler(SETTLER);
    let app = colliding(&sealed);
    app.data(&["new", "Something else", "--branch", "other", "--agent", "worker", "--headless"]);
    app.data(&["wait", "other"]);
    let error = app.refused(&["queue", "--ship", "--yes", "--resolve", "off"], 1, "ship_incomplete");
    assert!(error["message"].as_str().unwrap().contains("topic"), "{error:#}");
    assert_eq!((names(&app), settlers(&sealed)), (vec!["topic".to_owned()], 0));
    let shipped = app.data(&["queue", "--ship", "--yes", "--resolve", "settler"]);
    assert_eq!(
        (&shipped["out"], &shipped["landed"][0]["workspace"]),
        (&json!([]), &json!("topic")),
        "{shipped:#}"
    );
    assert_eq!((app.read("README.md").as_str(), settlers(&sealed)), ("mine and theirs\n", 1));
    assert_eq!(shipped["after"], app.git(&["rev-parse", "main"]));
}
