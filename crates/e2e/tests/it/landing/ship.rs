//! `owt ship`: what the agent left is committed, looked at, checked, landed, and the workspace goes.

use std::fs;

use owt_testkit::lab::Seat;
use serde_json::Value;
use serde_json::json;

use super::finish;
use super::finished;
use super::tip;
use crate::agents::install_script;
use crate::patience::until;
use crate::processes;
use crate::project::Project;
use crate::sealed::Sealed;

/// Commits the rules of a repository in its checkout.
fn rule(app: &Project<'_>, rules: &str) {
    app.write(".worktreerc.toml", rules);
    app.git(&["add", "-A"]);
    app.git(&["commit", "-q", "-m", "Rules"]);
}

/// The person allows whatever the repository brings along.
fn allow(app: &Project<'_>) {
    for content in app.data(&["approvals"]).as_array().unwrap() {
        app.data(&["approvals", "allow", content["digest"].as_str().unwrap()]);
    }
}

/// A repository whose check runs `check` from the search path, which has this script, and is approved.
fn checked(sealed: &Sealed, script: &str) {
    install_script(sealed, "check", script);
}

/// Commits in the workspace while its work is checked.
const GOES_ON: &str = r#"
[ -e "$RECORD/later" ] && exit 0
touch "$RECORD/later"
cd "$(cat "$RECORD/where")" || exit 1
unset $(git rev-parse --local-env-vars)
echo later > later.txt
git add later.txt
git commit -q -m Later
"#;

#[test]
fn a_workspace_with_commits_that_came_while_it_was_checked_stays() {
    let ways = [&["ship", "topic", "--yes"][..], &["queue", "--ship", "--yes"]];
    // The branch is the workspace's own, or the person's, and stays whatever becomes of the workspace.
    for (words, is_own) in ways.into_iter().flat_map(|words| [(words, true), (words, false)]) {
        let sealed = Sealed::with_worker().with_tool("keeper", "exec cat > /dev/null\n");
        checked(&sealed, GOES_ON);
        sealed.configure("[landing]\nchecks = [\"check\"]\n");
        let app = sealed.repository("app");
        if is_own {
            finish(&app, "topic");
        } else {
            app.git(&["branch", "topic"]);
            app.data(&["create", "topic", "--agent", "keeper", "--pty"]);
            app.data(&["stop", "topic"]);
            let topic = app.workspace("topic");
            topic.write("made.txt", "made\n");
            topic.git(&["add", "made.txt"]);
            topic.git(&["commit", "-q", "-m", "Make it"]);
        }
        let topic = app.workspace("topic");
        fs::write(sealed.record("where"), topic.root.as_os_str().as_encoded_bytes()).unwrap();
        let landed = app.data(words);
        assert!(landed.to_string().contains("came after what has landed"), "{words:?}: {landed:#}");
        assert_eq!(app.only_workspace()["commits_ahead"], 1, "{words:?}");
        assert_eq!(topic.git(&["log", "-1", "--format=%s"]), "Later");
        assert!(!app.root.join("later.txt").exists() && app.root.join("made.txt").exists());
        app.data(&["merge", "topic"]);
        assert_eq!(app.read("later.txt"), "later\n");
    }
}

#[test]
fn what_was_left_is_committed_and_lands_and_the_workspace_goes() {
    let sealed = Sealed::with_worker();
    let app = finished(&sealed, "topic");
    let topic = app.workspace("topic");
    topic.write(".gitignore", "*.log\n");
    topic.write("left.txt", "left\n");
    topic.write("junk.log", "junk\n");
    topic.write(".env", "KEY=1\n");
    topic.write(".claude/settings.local.json", "{}\n");
    app.write("draft.txt", "draft\n");
    let (before, witness, there) = (tip(&app, "main"), app.witness(), topic.witness());

    let would = app.data(&["ship", "topic", "--dry-run"]);
    assert_eq!((&would["outcome"], &would["dry_run"]), (&json!("would_land"), &json!(true)), "{would:#}");
    assert_eq!(
        (&would["committed"]["files"], &would["withheld"]),
        (&json!(2), &json!([".claude/settings.local.json", ".env"]))
    );
    let unsure = app.owt(&["ship", "topic", "--json"]);
    unsure.refused(3, "needs_confirmation");
    assert_eq!(unsure.json()["data"]["outcome"], "would_land");
    witness.assert_untouched(&[]);
    there.assert_untouched(&[]);

    let shipped = app.data(&["ship", "topic", "--yes"]);
    assert_eq!(
        (&shipped["outcome"], &shipped["withheld"]),
        (&json!("landed"), &json!([".claude/settings.local.json", ".env"])),
        "{shipped:#}"
    );
    assert_eq!(shipped["checks"]["outcome"], "none_declared");
    assert_eq!((app.read("left.txt").as_str(), app.read("made.txt").as_str()), ("left\n", "made\n"));
    assert_eq!(app.git(&["status", "--porcelain"]), "?? draft.txt");
    let files = app.git(&["diff", "--name-only", &before, "main"]);
    assert_eq!(files, ".gitignore\nleft.txt\nmade.txt", "nothing else landed");
    let message = app.git(&["show", "-s", "--format=%B", "main^2"]);
    assert_eq!(message.trim(), "Make it\n\nChanged:\n- .gitignore\n- left.txt");
    assert_eq!(app.data(&["list"]), json!([]));
    // What stayed out comes back with the workspace.
    assert!(shipped["snapshot"].is_string(), "{shipped:#}");
    app.data(&["restore", "topic"]);
    assert_eq!((topic.read(".env").as_str(), topic.read("junk.log").as_str()), ("KEY=1\n", "junk\n"));
}

#[test]
fn how_far_a_landing_is_is_told_wherever_somebody_looks() {
    let sealed = Sealed::with_worker();
    checked(&sealed, "mkfifo \"$RECORD/gate\"; read -r word < \"$RECORD/gate\"\n");
    sealed.configure("[landing]\nchecks = [\"check\"]\n");
    let app = finished(&sealed, "topic");
    let told = "landing: checked by check";
    let mut shipping = Seat::take(app.command(&["ship", "topic", "--yes"]), 24, 100);
    let mut board = Seat::take(app.command(&[]), 30, 110);
    shipping.until_shown(told);
    board.until_shown(told);
    board.until_shown("IN FLIGHT");
    let topic = app.only_workspace();
    assert_eq!(
        (&topic["landing"]["step"], &topic["landing"]["check"]),
        (&json!("checking"), &json!("check"))
    );
    assert!(app.owt(&["list"]).stdout.contains(told));
    assert!(app.owt(&["show", "topic"]).stdout.contains(told));
    // Nobody lands it a second time meanwhile, here as little as there.
    let busy = app.refused(&["ship", "topic", "--yes"], 3, "git_busy");
    assert!(busy["hint"].as_str().unwrap().contains("owt show topic"), "{busy:#}");
    board.types("s");
    board.until_shown("wait for that: landing");
    fs::write(sealed.record("gate"), "go on\n").unwrap();
    assert_eq!(shipping.until_ended().code(), Some(0));
    board.until("it to leave the board", |screen| !screen.contents().contains("IN FLIGHT"));
    board.until_shown("critic · topic: lets it pass");
    board.types("X");
    board.until_shown("1 line taken as seen");
    board.types("q");
    assert_eq!(board.until_ended().code(), Some(0));
}

#[test]
fn before_it_lands_it_is_told_which_checks_run_what_goes_along_and_what_goes() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    checked(&sealed, "echo ran >> \"$RECORD/checks\"\n");
    rule(&app, "[landing]\nchecks = [\"check 'one word'\"]\n");
    finish(&app, "topic");
    app.workspace("topic").write(".env", "KEY=1\n");
    // What the person has not approved does not land, and that is said before.
    app.refused(&["ship", "topic", "--dry-run"], 4, "needs_approval");
    allow(&app);
    let (before, witness) = (tip(&app, "main"), app.witness());
    let would = app.data(&["ship", "topic", "--dry-run"]);
    assert_eq!(
        (&would["checks"]["outcome"], &would["checks"]["commands"]),
        (&json!("would_run"), &json!(["check 'one word'"])),
        "{would:#}"
    );
    assert_eq!(would["checkout"], json!(app.root), "{would:#}");
    let deleted = &would["deleted"];
    assert_eq!(
        (&deleted["branch_deleted"], &deleted["changed_files"], &deleted["dry_run"]),
        (&json!(true), &json!(1), &json!(true)),
        "{would:#}"
    );
    let text = app.owt(&["ship", "topic", "--dry-run"]).done();
    for words in ["checks would run: check 'one word'.", "would go along.", "'topic' would be deleted."] {
        assert!(text.contains(words), "{words}: {text}");
    }
    // A workspace that is kept is not said to go.
    let kept = app.data(&["ship", "topic", "--keep", "--no-verify", "--dry-run"]);
    assert_eq!((&kept["deleted"], &kept["checks"]["outcome"]), (&json!(null), &json!("skipped")), "{kept:#}");
    witness.assert_untouched(&[]);
    assert_eq!((tip(&app, "main"), sealed.record("checks").exists()), (before.clone(), false));
    // Where a merge is under way nothing moves, which is told as it will be.
    app.git(&["checkout", "-q", "-b", "aside", "HEAD~1"]);
    app.write("aside.txt", "aside\n");
    app.git(&["add", "-A"]);
    app.git(&["commit", "-q", "-m", "Aside"]);
    app.git(&["checkout", "-q", "main"]);
    app.git(&["merge", "-q", "--no-commit", "--no-ff", "aside"]);
    app.refused(&["ship", "topic", "--dry-run"], 3, "target_dirty");
    app.git(&["merge", "--abort"]);
    let shipped = app.data(&["ship", "topic", "--yes"]);
    assert_eq!((&shipped["checks"]["outcome"], &shipped["checkout"]), (&json!("passed"), &would["checkout"]));
    assert_eq!(shipped["deleted"]["branch_deleted"], deleted["branch_deleted"]);
}

#[test]
fn the_message_is_the_persons_or_as_the_configuration_says() {
    let sealed = Sealed::with_worker();
    sealed.configure("[landing]\nmessage = \"feat: {subject} ({name})\"\n");
    let app = finished(&sealed, "topic");
    app.workspace("topic").write("left.txt", "left\n");
    let shipped = app.data(&["ship", "topic", "--yes", "--squash", "-m", "Mine\n\n# not a comment"]);
    assert_eq!(shipped["commits"], 2, "{shipped:#}");
    assert_eq!(app.git(&["log", "-1", "--format=%B"]).trim_end(), "Mine\n\n# not a comment");
    finish(&app, "other");
    app.workspace("other").write("more.txt", "more\n");
    app.data(&["ship", "other", "--yes", "--keep"]);
    assert!(app.git(&["log", "--format=%s", "other"]).starts_with("feat: Make it (other)"), "as configured");
    assert_eq!(app.data(&["list"]).as_array().unwrap().len(), 1, "it was to stay");
}

#[test]
fn the_commit_that_lands_has_words_and_no_message_is_dropped() {
    let sealed = Sealed::with_worker();
    let app = finished(&sealed, "topic");
    app.workspace("topic").write("left.txt", "left\n");
    let would = app.data(&["ship", "topic", "--squash", "--dry-run"]);
    app.data(&["ship", "topic", "--squash", "--yes"]);
    let all = "Make it\n\nCommits:\n- Make something\n\nChanged:\n- left.txt\n- made.txt";
    assert_eq!(
        (would["commits"].as_u64(), app.git(&["log", "-1", "--format=%B"]).trim_end()),
        (Some(2), all)
    );
    for way in ["ship", "merge"] {
        finish(&app, way);
        app.workspace(way).git(&["commit", "-q", "--allow-empty", "-m", "Again"]);
        let refused =
            app.owt(&["ship", way, "--yes", "--rebase", "-m", "Mine", "--json"]).refused(2, "usage");
        assert!(refused["hint"].as_str().unwrap().contains("--squash"), "{refused:#}");
        let words: &[&str] = if way == "ship" { &["ship", way, "--yes"] } else { &["merge", way] };
        app.data(&[words, &["-m", "PROJ-1 Bring it in"]].concat());
        assert_eq!(app.git(&["log", "-1", "--format=%s %p"]).split(' ').count(), 6, "two parents");
        assert!(app.git(&["log", "-1", "--format=%s"]).starts_with("PROJ-1 Bring it in"));
    }
}

#[test]
fn what_is_denied_is_not_committed_either_whatever_the_person_says() {
    let sealed = Sealed::with_worker();
    let app = finished(&sealed, "topic");
    let topic = app.workspace("topic");
    topic.write("made.txt", "<<<<<<< a\nx\n=======\ny\n>>>>>>> b\n");
    let (witness, there) = (app.witness(), topic.witness());
    let ran = app.owt(&["ship", "topic", "--yes", "--no-verify", "--json"]);
    ran.refused(3, "critic_denied");
    assert_eq!(ran.json()["data"]["review"]["findings"][0]["rule"], "conflict_markers");
    witness.assert_untouched(&[]);
    there.assert_untouched(&[]);
}

#[test]
fn checks_run_on_what_lands_once_approved_and_not_twice_on_one_tree() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    checked(
        &sealed,
        "pwd >> \"$RECORD/checks\"\ncat made.txt from-main.txt >> \"$RECORD/seen\"\ntest ! -e bad.txt\n",
    );
    rule(&app, "[landing]\nchecks = [\"check 'one word'\"]\n");
    finish(&app, "topic");
    app.write("from-main.txt", "main\n");
    app.git(&["add", "-A"]);
    app.git(&["commit", "-q", "-m", "Meanwhile"]);
    let runs = || fs::read_to_string(sealed.record("checks")).unwrap_or_default().lines().count();

    let before = tip(&app, "main");
    app.refused(&["ship", "topic", "--yes"], 4, "needs_approval");
    assert_eq!((runs(), tip(&app, "main")), (0, before.clone()));
    assert!(
        app.owt(&["approvals"]).done().contains("landing.checks: check 'one word'"),
        "seen before it is allowed"
    );
    allow(&app);
    // A check that fails keeps the target, and what it printed is told.
    let topic = app.workspace("topic");
    topic.write("bad.txt", "bad\n");
    let ran = app.owt(&["ship", "topic", "--yes", "--json"]);
    let error = ran.refused(1, "checks_failed");
    assert!(error["message"].as_str().unwrap().contains("check"), "{error:#}");
    let log = ran.json()["data"]["checks"]["log"].as_str().unwrap().to_owned();
    assert!(fs::metadata(&log).unwrap().is_file(), "{log}");
    assert_eq!((runs(), tip(&app, "main")), (1, before.clone()));
    let place = fs::read_to_string(sealed.record("checks")).unwrap();
    assert!(place.starts_with(sealed.owt_home().to_str().unwrap()), "{place}");
    assert_eq!(
        fs::read_to_string(sealed.record("seen")).unwrap(),
        "made\nmain\n",
        "both sides, as they land"
    );
    assert!(!fs::exists(place.trim()).unwrap(), "where it ran is gone");

    topic.git(&["rm", "-q", "bad.txt"]);
    let shipped = app.data(&["ship", "topic", "--yes", "--keep"]);
    assert_eq!((runs(), &shipped["checks"]["outcome"]), (2, &json!("passed")), "{shipped:#}");
    assert_eq!(tip(&app, "main^{tree}"), shipped["checks"]["tree"].as_str().unwrap());
    // The same tree again: the branch is set back, and lands as before.
    app.git(&["reset", "-q", "--keep", &before]);
    let again = app.data(&["ship", "topic", "--yes", "--keep"]);
    assert_eq!((runs(), &again["checks"]["outcome"]), (2, &json!("passed_before")), "{again:#}");
    // Around them only by the person's word, which is told.
    topic.write("bad.txt", "bad\n");
    let around = app.data(&["ship", "topic", "--yes", "--no-verify"]);
    assert_eq!((runs(), &around["checks"]["outcome"]), (2, &json!("skipped")), "{around:#}");
    assert_eq!(app.data(&["undo", "--list"])[0]["checks"], "skipped");
    assert!(app.owt(&["undo", "--list"]).done().contains("unchecked (--no-verify)"), "listed");
    let kept = app.data(&["restore"]);
    assert_eq!(kept[0]["reason"], "delete, landed unchecked (--no-verify)", "{kept:#}");
    app.data(&["restore", "topic"]);
    assert_eq!(app.data(&["show", "topic"])["landed"]["checks"], "skipped");
    assert!(app.owt(&["show", "topic"]).done().contains("without its checks (--no-verify)"), "shown");
}

#[test]
fn the_work_does_not_say_what_it_is_checked_by() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    checked(&sealed, "exit 1\n");
    rule(&app, "[landing]\nchecks = [\"check\"]\n");
    allow(&app);
    finish(&app, "topic");
    let before = tip(&app, "main");
    app.workspace("topic").write(".worktreerc.toml", "[landing]\nchecks = [\"true\"]\n");
    app.owt(&["ship", "topic", "--yes", "--json"]).refused(1, "checks_failed");
    assert_eq!(tip(&app, "main"), before);
}

#[test]
fn checks_that_hang_are_ended() {
    let sealed = Sealed::with_worker();
    sealed.configure("[landing]\ncheck_limit = \"2s\"\n");
    let app = sealed.repository("app");
    checked(&sealed, "echo $$ > \"$RECORD/pid\"\nexec sleep 1000\n");
    rule(&app, "[landing]\nchecks = [\"check\"]\n");
    allow(&app);
    finish(&app, "topic");
    let before = tip(&app, "main");
    app.owt(&["ship", "topic", "--yes", "--json"]).refused(1, "checks_failed");
    assert_eq!(tip(&app, "main"), before);
    let pid = fs::read_to_string(sealed.record("pid")).unwrap();
    until("the check to be gone", || !fs::exists(format!("/proc/{}", pid.trim())).unwrap());
}

/// `kill -9` while its checks run: the next server runs them again, and it lands once.
#[test]
fn the_server_while_checks_run() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    checked(&sealed, "echo $$ >> \"$RECORD/checks\"\nuntil [ -e \"$RECORD/go\" ]; do sleep 0.1; done\n");
    rule(&app, "[landing]\nchecks = [\"check\"]\n");
    allow(&app);
    finish(&app, "topic");
    app.workspace("topic").write("left.txt", "left\n");
    let before = tip(&app, "main");
    let runs = || fs::read_to_string(sealed.record("checks")).unwrap_or_default().lines().count();
    let ship = app.command(&["ship", "topic", "--yes", "--json"]);
    std::thread::scope(|scope| {
        let shipping = scope.spawn(|| ship.run().unwrap());
        until("the check to run", || runs() == 1);
        processes::kill_and_wait(sealed.server_pid());
        drop(shipping.join().unwrap());
    });
    assert_eq!(tip(&app, "main"), before);
    app.data(&["list"]);
    until("the check to run again", || runs() >= 2);
    assert_eq!(tip(&app, "main"), before);
    fs::write(sealed.record("go"), "").unwrap();
    until("the work to land", || tip(&app, "main") != before);
    until("the workspace to go", || app.data(&["list"]) == json!([]));
    assert_eq!(app.read("left.txt"), "left\n");
    let commits = app.git(&["log", "--format=%s", &format!("{before}..main")]);
    assert_eq!(commits.lines().count(), 3, "the agent's, the one of what was left, the merge: {commits}");
    assert_eq!(app.git(&["status", "--porcelain"]), "");
    until("the private worktree to go", || {
        app.git(&["worktree", "list", "--porcelain"]).matches("worktree ").count() == 1
    });
}

#[test]
fn an_agent_ships_nothing_and_may_ask_the_critic() {
    const SHIPPER: &str = r#"
cat > /dev/null
owt ship topic --yes --json > "$RECORD/answer" 2>&1
owt critic ship topic --json > "$RECORD/critic" 2>&1
"#;
    let sealed = Sealed::with_worker().with_tool("shipper", SHIPPER);
    let app = finished(&sealed, "topic");
    let before = tip(&app, "main");
    app.data(&["new", "Ship it", "--branch", "other", "--agent", "shipper", "--headless"]);
    app.data(&["wait", "other"]);
    let answer = fs::read_to_string(sealed.record("answer")).unwrap();
    assert!(answer.contains("person_only"), "{answer}");
    let said: Value = serde_json::from_str(&fs::read_to_string(sealed.record("critic")).unwrap()).unwrap();
    assert_eq!(said["data"]["verdict"], "clear", "{said:#}");
    assert_eq!(tip(&app, "main"), before);
}

#[test]
fn with_nothing_to_ship_it_says_so() {
    let sealed = Sealed::with_worker();
    let app = finished(&sealed, "topic");
    let shown = app.data(&["ship", "topic", "--dry-run"]);
    assert_eq!(shown["committed"], Value::Null, "everything is committed: {shown:#}");
    app.refused(&["ship", "nowhere", "--yes"], 5, "not_found");
    app.data(&["ship", "topic", "--yes", "--keep"]);
    app.refused(&["ship", "topic", "--yes"], 1, "nothing_to_land");
}

/// The commit comes first, so what conflicts before it does not afterwards.
#[test]
fn a_conflict_that_what_is_left_settles_is_none_of_the_dry_run_either() {
    let sealed = Sealed::with_worker();
    let app = finished(&sealed, "topic");
    let topic = app.workspace("topic");
    topic.write("README.md", "# Theirs\n");
    topic.git(&["commit", "-q", "-am", "Theirs"]);
    app.write("README.md", "# Ours\n");
    app.git(&["commit", "-q", "-am", "Ours"]);
    app.owt(&["ship", "topic", "--dry-run", "--json"]).refused(1, "merge_conflicts");
    topic.write("README.md", "# Ours\n");
    assert_eq!(app.data(&["ship", "topic", "--dry-run"])["outcome"], "would_land");
    app.data(&["ship", "topic", "--yes"]);
    assert_eq!((app.read("README.md"), app.read("made.txt")), ("# Ours\n".to_owned(), "made\n".to_owned()));
}

#[test]
fn the_hook_of_commits_judges_what_was_left_and_nobody_is_asked_about_one_that_does_not_run() {
    for words in [&["ship", "topic", "--yes"][..], &["queue", "--ship", "--yes"]] {
        let sealed = Sealed::with_worker();
        let app = finished(&sealed, "topic");
        install_script(
            &sealed,
            "hook",
            "git diff --cached --name-only | grep -q bad || exit 0\necho nothing bad >&2\nexit 1\n",
        );
        fs::copy(sealed.bin().join("hook"), app.root.join(".git/hooks/pre-commit")).unwrap();
        let topic = app.workspace("topic");
        topic.write("bad.txt", "bad\n");
        app.owt(&[words, &["--json"]].concat()).refused(4, "needs_approval");
        allow(&app);
        let (witness, there) = (app.witness(), topic.witness());
        let ran = app.owt(&[words, &["--json"]].concat());
        assert!(ran.json().to_string().contains("nothing bad"), "{:#}", ran.json());
        witness.assert_untouched(&[]);
        there.assert_untouched(&[]);
        fs::rename(topic.root.join("bad.txt"), topic.root.join("good.txt")).unwrap();
        app.data(words);
        assert_eq!(app.read("good.txt"), "bad\n");
    }
    let sealed = Sealed::with_worker();
    let app = finished(&sealed, "topic");
    install_script(&sealed, "hook", "exit 1\n");
    fs::copy(sealed.bin().join("hook"), app.root.join(".git/hooks/pre-commit")).unwrap();
    app.data(&["merge", "topic"]);
}
