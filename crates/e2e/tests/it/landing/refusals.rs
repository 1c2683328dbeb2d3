//! What does not land: the target, the checkout and the workspace are as they were, and the person is told what to do.

use serde_json::json;

use super::finish;
use super::finished;
use super::has;
use super::tip;
use crate::agents::WAITER;
use crate::agents::WORKER;
use crate::patience::until;
use crate::project::Project;
use crate::sealed::Sealed;
use crate::terminal::converse;

#[test]
fn uncommitted_work_does_not_land() {
    let sealed = Sealed::with_worker();
    let app = finished(&sealed, "topic");
    app.workspace("topic").write("new.txt", "new\n");
    let (witness, there) = (app.witness(), app.workspace("topic").witness());
    let refused = app.refused(&["merge", "topic"], 3, "uncommitted_work");
    assert!(refused["message"].as_str().unwrap().contains("1 file that is not committed"), "{refused:#}");
    app.refused(&["merge", "topic", "--dry-run"], 3, "uncommitted_work");
    witness.assert_untouched(&[]);
    there.assert_untouched(&[]);
}

/// A repository with an agent that works on `slow` until its gate is opened.
fn with_one_at_work(sealed: &Sealed) -> Project<'_> {
    let app = sealed.repository("app");
    app.data(&["new", "Wait a while", "--branch", "slow", "--agent", "waiter", "--headless"]);
    until("the agent to run", || sealed.runs("slow") == 1);
    app.until_status("slow", "working");
    app
}

#[test]
fn an_agent_at_work_is_not_landed_under() {
    let sealed = Sealed::new().with_tool("waiter", WAITER);
    let app = with_one_at_work(&sealed);
    let refused = app.refused(&["merge", "slow"], 3, "agent_working");
    assert!(refused["hint"].as_str().unwrap().contains("owt stop slow"), "{refused:#}");
    sealed.open_gate("slow");
    let waited = app.data(&["wait", "slow", "slo"]);
    assert_eq!(waited["workspaces"].as_array().unwrap().len(), 1, "{waited:#}");
    app.refused(&["merge", "slow"], 1, "nothing_to_land");
}

#[test]
fn nothing_lands_under_an_agent_that_works_in_the_target() {
    let sealed = Sealed::with_worker().with_tool("waiter", WAITER);
    let app = with_one_at_work(&sealed);
    app.data(&["new", "Make it", "--branch", "child", "--base", "slow", "--agent", "worker", "--headless"]);
    app.data(&["wait", "child"]);
    let (slow, there) = (tip(&app, "slow"), app.workspace("slow").witness());
    for words in [&["merge", "child"][..], &["merge", "child", "--dry-run"], &["ship", "child", "--yes"]] {
        let refused = app.refused(words, 3, "agent_working");
        assert!(
            refused["message"].as_str().unwrap().starts_with("slow is the branch of 'slow', whose agent")
        );
        assert!(refused["hint"].as_str().unwrap().contains("owt stop slow"), "{refused:#}");
    }
    there.assert_untouched(&[]);
    sealed.open_gate("slow");
    app.data(&["wait", "slow"]);
    app.data(&["merge", "child"]);
    assert_ne!(tip(&app, "slow"), slow);
}

#[test]
fn commits_that_were_taken_out_of_the_target_are_told_before_they_come_back() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    app.write("dropped.txt", "dropped\n");
    app.git(&["add", "-A"]);
    app.git(&["commit", "-qm", "To be dropped"]);
    finish(&app, "topic");
    app.git(&["reset", "-q", "--hard", "HEAD~1"]);
    for words in [["merge", "topic", "--dry-run"], ["ship", "topic", "--dry-run"]] {
        let would = app.data(&words);
        let found = would["review"]["findings"].to_string();
        assert!(found.contains("unmerged_parents") && found.contains("1 commit comes along"), "{would:#}");
    }
    let told = app.owt(&["merge", "topic", "--dry-run"]).done();
    assert!(told.contains("1 commit comes along"), "{told}");
    let main = tip(&app, "main");
    let shown = converse(&app, "owt merge topic", &[("Land them, too?", "n\n")]);
    assert!(shown.screen.contains("1 commit comes along") && shown.code != 0, "{}", shown.screen);
    assert_eq!(tip(&app, "main"), main);
    let shown = converse(&app, "owt merge topic", &[("Land them, too?", "y\n")]);
    assert_eq!((shown.code, app.read("dropped.txt").as_str()), (0, "dropped\n"), "{}", shown.screen);
}

#[test]
fn a_dirty_target_is_left_alone_and_the_result_can_be_taken() {
    let sealed = Sealed::with_worker();
    let app = finished(&sealed, "topic");
    app.write("made.txt", "mine\n");
    let witness = app.witness();
    let ran = app.owt(&["merge", "topic", "--json"]);
    let error = ran.refused(3, "target_dirty");
    let data = ran.json()["data"].clone();
    assert_eq!(data["outcome"], "target_kept", "{data:#}");
    assert!(data["in_the_way"].as_str().unwrap().contains("made.txt"), "{data:#}");
    witness.assert_untouched_beside_git(&[]);
    assert_eq!(app.only_workspace()["name"], "topic");
    std::fs::remove_file(app.root.join("made.txt")).unwrap();
    assert!(by_the_hint(&error));
    assert_eq!(app.read("made.txt"), "made\n");
    app.refused(&["merge", "topic"], 1, "nothing_to_land");
}

/// Pastes the command that the hint ends with; whether it succeeds.
fn by_the_hint(error: &serde_json::Value) -> bool {
    let hint = error["hint"].as_str().unwrap();
    let (_, command) = hint.split_once("yourself: ").unwrap_or_else(|| panic!("{error:#}"));
    owt_process::Cmd::new("sh").args(["-c", command]).run().unwrap().status.success()
}

#[test]
fn what_the_hint_of_a_dirty_target_says_overwrites_no_ignored_file_either() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("a pp's");
    app.write(".gitignore", "*.log\n");
    app.git(&["add", "-A"]);
    app.git(&["commit", "-q", "-m", "Ignore"]);
    finish(&app, "topic");
    let topic = app.workspace("topic");
    topic.write("notes.log", "theirs\n");
    topic.git(&["add", "-A", "-f"]);
    topic.git(&["commit", "-q", "-m", "Notes"]);
    app.write("notes.log", "mine\n");
    let error = app.owt(&["merge", "topic", "--json"]).refused(3, "target_dirty");
    assert!(!by_the_hint(&error));
    assert_eq!(app.read("notes.log"), "mine\n");
    std::fs::remove_file(app.root.join("notes.log")).unwrap();
    assert!(by_the_hint(&error));
    assert_eq!(app.read("notes.log"), "theirs\n");
}

#[test]
fn under_a_bisect_nothing_is_there_to_be_taken_by_hand() {
    let sealed = Sealed::with_worker();
    let app = finished(&sealed, "topic");
    app.git(&["bisect", "start"]);
    app.git(&["checkout", "-q", "--detach"]);
    let ran = app.owt(&["merge", "topic", "--json"]);
    let error = ran.refused(3, "target_dirty");
    assert!(error["message"].as_str().unwrap().contains("git bisect reset"), "{error:#}");
    assert!(!error["hint"].as_str().unwrap().contains("yourself"), "{error:#}");
    assert_eq!(ran.json()["data"]["after_sha"], json!(null));
    app.git(&["bisect", "reset"]);
    app.data(&["merge", "topic"]);
}

#[test]
fn conflicts_are_told_before_anything_is_touched_and_left_only_where_asked() {
    let sealed = Sealed::with_worker();
    let app = finished(&sealed, "topic");
    app.write("made.txt", "mine\n");
    app.git(&["add", "-A"]);
    app.git(&["commit", "-q", "-m", "Mine"]);
    let topic = app.workspace("topic");
    let (witness, there) = (app.witness(), topic.witness());
    let ran = app.owt(&["merge", "topic", "--json"]);
    ran.refused(1, "merge_conflicts");
    let found = json!([{
        "path": "made.txt", "kind": "both_added", "what": "both made it", "sides": ["target", "branch"]
    }]);
    assert_eq!(ran.json()["data"]["conflicts"], found);
    app.owt(&["merge", "topic", "--squash", "--json"]).refused(1, "merge_conflicts");
    app.owt(&["merge", "topic", "--rebase", "--json"]).refused(1, "merge_conflicts");
    app.owt(&["merge", "topic", "--rebase", "--dry-run", "--json"]).refused(1, "merge_conflicts");
    witness.assert_untouched(&[]);
    there.assert_untouched(&[]);
    assert_eq!(app.git(&["for-each-ref", "refs/owt"]), "");

    let ran = app.owt(&["merge", "topic", "--leave-conflicts", "--json"]);
    ran.refused(1, "merge_conflicts");
    assert_eq!(ran.json()["data"]["outcome"], "conflicts_left");
    witness.assert_untouched(&[]);
    assert!(topic.read("made.txt").contains("<<<<<<<"));
    topic.write("made.txt", "both\n");
    topic.git(&["add", "-A"]);
    topic.git(&["commit", "-q", "--no-edit"]);
    app.data(&["merge", "topic"]);
    assert_eq!(app.read("made.txt"), "both\n");
}

#[test]
fn a_side_can_be_favoured() {
    for (side, text) in [("ours", "made\n"), ("theirs", "mine\n")] {
        let sealed = Sealed::with_worker();
        let app = finished(&sealed, "topic");
        app.write("made.txt", "mine\n");
        app.git(&["add", "-A"]);
        app.git(&["commit", "-q", "-m", "Mine"]);
        app.data(&["merge", "topic", "--strategy", side]);
        assert_eq!(app.read("made.txt"), text, "{side}");
    }
}

#[test]
fn an_agent_lands_nothing() {
    const LANDER: &str = r#"
cat > /dev/null
owt merge topic --json > "$RECORD/answer" 2>&1
echo "$?" > "$RECORD/code"
"#;
    let sealed = Sealed::with_worker().with_tool("lander", LANDER);
    let app = finished(&sealed, "topic");
    let before = tip(&app, "main");
    app.data(&["new", "Land it", "--branch", "other", "--agent", "lander", "--headless"]);
    app.data(&["wait", "other"]);
    let answer = std::fs::read_to_string(sealed.record("answer")).unwrap();
    assert!(answer.contains("person_only"), "{answer}");
    assert_eq!(tip(&app, "main"), before);
}

#[test]
fn a_failing_hook_is_told_in_its_words() {
    let sealed = Sealed::with_worker();
    let app = finished(&sealed, "topic");
    let hook = app.root.join(".git/hooks/pre-merge-commit");
    crate::agents::install_script(&sealed, "hook", "echo no such luck >&2\nexit 1\n");
    std::fs::copy(sealed.bin().join("hook"), hook).unwrap();
    let listed = app.data(&["approvals"]);
    app.data(&["approvals", "allow", listed[0]["digest"].as_str().unwrap()]);
    let witness = app.witness();
    let refused = app.refused(&["merge", "topic"], 1, "git_failed");
    assert!(refused["message"].as_str().unwrap().contains("no such luck"), "{refused:#}");
    witness.assert_untouched(&[]);
    assert_eq!(app.git(&["for-each-ref", "refs/owt"]), "");
    // Denied, they do not run, and the work lands without them.
    app.data(&["approvals", "deny", listed[0]["digest"].as_str().unwrap()]);
    app.data(&["merge", "topic"]);
}

#[test]
fn two_at_once_both_land() {
    let sealed = Sealed::new().with_tool("worker", &WORKER.replace("made.txt", "\"$OWT_WORKTREE_NAME.txt\""));
    let app = sealed.repository("app");
    let branches = ["one", "two", "three"];
    branches.iter().for_each(|branch| finish(&app, branch));
    let tips: Vec<String> = branches.iter().map(|branch| tip(&app, branch)).collect();
    std::thread::scope(|scope| {
        for branch in branches {
            scope.spawn(|| app.data(&["merge", branch]));
        }
    });
    assert!(tips.iter().all(|tip| has(&app, "main", tip)), "{}", app.git(&["log", "--oneline", "main"]));
    assert_eq!(app.git(&["status", "--porcelain"]), "");
    assert_eq!(app.git(&["rev-list", "--count", "--merges", "main"]), "3");
}

#[test]
fn a_target_that_is_only_another_name_is_refused_before_anything_and_the_branch_takes_the_work() {
    let sealed = Sealed::with_worker();
    let app = finished(&sealed, "topic");
    app.workspace("topic").write("left.txt", "left\n");
    app.git(&["branch", "-m", "main", "trunk"]);
    app.git(&["symbolic-ref", "refs/heads/main", "refs/heads/trunk"]);
    let (witness, there) = (app.witness(), app.workspace("topic").witness());
    for words in
        [&["ship", "topic", "--yes"][..], &["ship", "topic", "--dry-run"], &["critic", "ship", "topic"]]
    {
        let refused = app.refused(words, 5, "unknown_target");
        assert!(refused["hint"].as_str().unwrap().contains("--into trunk"), "{refused:#}");
    }
    witness.assert_untouched(&[]);
    there.assert_untouched(&[]);
    app.data(&["ship", "topic", "--yes", "--into", "trunk"]);
    assert_eq!(
        (app.read("left.txt"), app.git(&["status", "--porcelain"])),
        ("left\n".to_owned(), String::new())
    );
}
