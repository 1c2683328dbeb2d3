//! `owt pr`, against a scripted GitHub on loopback and a bare repository as the remote. The real one is never asked.

mod scene;
mod shipping;

use std::fs;

use owt_core::Timestamp;
use owt_core::pull_request::PullRequestState;
use owt_testkit::forge::TOKEN;
use owt_testkit::github::install_stand_in_gh;
use serde_json::Value;
use serde_json::json;

use crate::agents::install_script;
use crate::landing::finish;
use scene::ADDRESS;
use scene::Scene;

#[test]
fn a_finished_branch_is_pushed_and_becomes_a_pull_request_whose_state_is_told() {
    let scene = Scene::new();
    let app = scene.finished("topic");
    let (witness, tip) = (app.witness(), app.git(&["rev-parse", "topic"]));
    let would = app.data(&["pr", "create", "topic", "--dry-run"]);
    assert_eq!(
        (&would["outcome"], &would["remote"]),
        (&json!("would_create"), &json!("origin")),
        "{would:#}"
    );
    assert_eq!(
        (scene.there("topic"), scene.host.requests()),
        (String::new(), Vec::new()),
        "nothing was done"
    );

    let made = app.data(&["pr", "create", "topic"]);
    assert_eq!((&made["outcome"], &made["repository"]), (&json!("created"), &json!("acme/app")), "{made:#}");
    assert_eq!((made["title"].as_str(), &made["base"]), (would["title"].as_str(), &json!("main")));
    assert_eq!(scene.there("topic"), tip);
    let held = scene.host.pulls().remove(0);
    assert!(
        held.body.contains("## Task\n\n> Make it\n") && held.body.contains("`made.txt` (+1 −0)"),
        "{}",
        held.body
    );
    let url = "https://github.com/acme/app/pull/1";
    assert_eq!(made["pull_request"]["url"], url);
    let shown = app.data(&["show", "topic"]);
    assert_eq!(
        (&shown["pull_request"]["url"], &shown["pull_request"]["state"]),
        (&json!(url), &json!("open"))
    );
    assert!(app.owt(&["show", "topic"]).stdout.contains("#1 open"));
    // As git itself remembers what it has pushed.
    witness.assert_untouched(&["refs/remotes/origin/topic"]);

    scene.host.check(1, owt_core::pull_request::CheckState::Failed);
    let status = app.data(&["pr", "status"]);
    assert_eq!(
        (&status[0]["name"], &status[0]["pull_request"]["checks"]),
        (&json!("topic"), &json!("failed"))
    );
    assert_eq!(app.data(&["list"])[0]["pull_request"]["checks"], "failed", "it is recorded");
    let again = app.data(&["pr", "create", "topic"]);
    assert_eq!((&again["outcome"], &again["pull_request"]["number"]), (&json!("was_there"), &json!(1)));
    assert_eq!(scene.host.pulls().len(), 1);
    scene.assert_no_token_in_logs();
}

#[test]
fn with_gh_logged_in_its_login_is_taken_and_no_token_is_needed() {
    let scene = Scene::with(|sealed, url| {
        install_stand_in_gh(&sealed.bin().join("gh"));
        sealed.with("SCRIPTED_GITHUB", url).with("STAND_IN_LOGIN", TOKEN)
    });
    let app = scene.finished("topic");
    let made = app.data(&["pr", "create", "topic", "--draft", "--title", "Mine", "--body", "Words"]);
    assert_eq!(
        (&made["outcome"], &made["pull_request"]["draft"]),
        (&json!("created"), &json!(true)),
        "{made:#}"
    );
    let held = scene.host.pulls().remove(0);
    assert_eq!((held.pull.title.as_str(), held.body.as_str()), ("Mine", "Words"));
    assert_eq!(app.data(&["pr", "status", "topic"])[0]["pull_request"]["number"], 1);
    scene.assert_no_token_in_logs();
}

#[test]
fn what_the_critic_denies_is_not_pushed_and_nobody_is_asked() {
    let scene = Scene::new();
    let app = scene.finished("topic");
    let topic = app.workspace("topic");
    topic.write("made.txt", "<<<<<<< a\nx\n=======\ny\n>>>>>>> b\n");
    for words in
        [&["pr", "create", "topic", "--commit"][..], &["pr", "create", "topic", "--commit", "--dry-run"]]
    {
        let denied = app.refused(words, 3, "critic_denied");
        assert!(denied["message"].as_str().unwrap().contains("conflict_markers"), "{denied:#}");
    }
    assert_eq!(topic.git(&["status", "--porcelain"]), " M made.txt", "nothing was committed either");
    assert_eq!((scene.there("topic"), scene.host.requests()), (String::new(), Vec::new()));
}

#[test]
fn what_is_not_committed_is_told_and_goes_along_when_asked() {
    let scene = Scene::new();
    let app = scene.finished("topic");
    let topic = app.workspace("topic");
    topic.write("left.txt", "left\n");
    topic.write(".env", "KEY=1\n");
    let refused = app.refused(&["pr", "create", "topic"], 3, "uncommitted_work");
    assert!(refused["hint"].as_str().unwrap().contains("--commit"), "{refused:#}");
    assert_eq!((scene.there("topic"), scene.host.requests()), (String::new(), Vec::new()));
    let made = app.data(&["pr", "create", "topic", "--commit", "-m", "Leave it"]);
    assert_eq!((&made["committed"]["files"], &made["withheld"]), (&json!(1), &json!([".env"])), "{made:#}");
    assert_eq!(scene.there("topic"), app.git(&["rev-parse", "topic"]));
    assert_eq!(app.git(&["show", "-s", "--format=%s", "topic"]), "Leave it");
    assert!(scene.host.pulls()[0].body.contains("- Leave it"));
}

#[test]
fn the_hook_of_commits_judges_what_goes_along() {
    let scene = Scene::new();
    let app = scene.finished("topic");
    let topic = app.workspace("topic");
    let hook = "git diff --cached --name-only | grep -q bad || exit 0\necho nothing bad >&2\nexit 1\n";
    install_script(&scene.sealed, "hook", hook);
    fs::copy(scene.sealed.bin().join("hook"), app.root.join(".git/hooks/pre-commit")).unwrap();
    topic.write("bad.txt", "bad\n");
    let create = ["pr", "create", "topic", "--commit"];
    app.refused(&create, 4, "needs_approval");
    for content in app.data(&["approvals"]).as_array().unwrap() {
        app.data(&["approvals", "allow", content["digest"].as_str().unwrap()]);
    }
    let there = topic.witness();
    let refused = app.owt(&[&create[..], &["--json"]].concat());
    assert!(
        refused.code != 0 && refused.json()["error"]["message"].to_string().contains("nothing bad"),
        "{refused:?}"
    );
    there.assert_untouched(&[]);
    assert_eq!(scene.there("topic"), "");
    fs::rename(topic.root.join("bad.txt"), topic.root.join("good.txt")).unwrap();
    assert_eq!(app.data(&create)["committed"]["files"], 1);
}

#[test]
fn a_change_that_is_held_back_hides_no_secret_that_is_committed() {
    let scene = Scene::new();
    let app = scene.finished("topic");
    let topic = app.workspace("topic");
    topic.write(".env", "KEY=1\n");
    topic.git(&["add", "-f", ".env"]);
    topic.git(&["commit", "-q", "-m", "Settings"]);
    topic.write(".env", "KEY=2\n");
    app.refused(&["pr", "create", "topic", "--commit"], 3, "critic_denied");
    assert_eq!((scene.there("topic"), scene.host.requests()), (String::new(), Vec::new()));
}

#[test]
fn what_is_committed_after_a_merge_is_in_no_merged_pull_request() {
    let scene = Scene::new();
    let app = scene.finished("topic");
    app.data(&["pr", "create", "topic"]);
    scene.host.change(1, |pull| pull.state = PullRequestState::Merged);
    app.workspace("topic").write("more.txt", "more\n");
    let made = app.data(&["pr", "create", "topic", "--commit"]);
    let pull = &app.data(&["show", "topic"])["pull_request"];
    assert_eq!((&pull["number"], &pull["state"]), (&json!(2), &json!("open")), "{made:#}");
    app.refused(&["delete", "topic", "--yes"], 3, "unsaved_work");
}

#[test]
fn what_came_into_another_branch_keeps_its_workspace() {
    let scene = Scene::new();
    let app = scene.finished("topic");
    app.data(&["pr", "create", "topic"]);
    scene.host.change(1, |pull| {
        pull.state = PullRequestState::Merged;
        pull.base = "stacked".to_owned();
    });
    let done = app.data(&["pr", "cleanup", "--yes"]);
    assert_eq!((&done[0]["name"], &done[0]["done"]), (&json!("topic"), &json!(false)), "{done:#}");
}

#[test]
fn what_breaks_off_after_the_push_is_gone_on_with_by_the_same_command() {
    let scene = Scene::new();
    let app = scene.finished("topic");
    scene.host.refuse_next("It is closed today");
    let refused = app.refused(&["pr", "create", "topic"], 1, "forge_refused");
    let message = refused["message"].as_str().unwrap();
    assert!(message.contains("was pushed") && message.contains("It is closed today"), "{refused:#}");
    assert_eq!(scene.there("topic"), app.git(&["rev-parse", "topic"]));
    assert_eq!(app.data(&["show", "topic"])["pull_request"], Value::Null);
    // A pull request that was made while nobody wrote it down is found, and not made again.
    app.data(&["pr", "create", "topic"]);
    scene.sealed.kill_server();
    assert_eq!(app.data(&["pr", "create", "topic"])["outcome"], "was_there");
    assert_eq!(scene.host.pulls().len(), 1);
}

#[test]
fn nothing_is_pushed_over_what_is_there() {
    let scene = Scene::new();
    let app = scene.finished("topic");
    app.git(&["push", "-q", "origin", "main:refs/heads/topic"]);
    let theirs = app.git(&["commit-tree", "-p", "main", "-m", "Theirs", "main^{tree}"]);
    app.git(&["push", "-q", "origin", &format!("{theirs}:refs/heads/topic")]);
    let refused = app.refused(&["pr", "create", "topic"], 1, "push_failed");
    assert!(refused["message"].as_str().unwrap().contains("'origin'"), "{refused:#}");
    assert_eq!((scene.there("topic"), scene.host.pulls().len()), (theirs, 0));
}

#[test]
fn a_secret_that_a_later_commit_takes_out_is_not_pushed() {
    let scene = Scene::new();
    let app = scene.finished("topic");
    let topic = app.workspace("topic");
    topic.write(".env", "KEY=1\n");
    topic.git(&["add", "-f", ".env"]);
    topic.git(&["commit", "-q", "-m", "Settings"]);
    let bad = topic.git(&["rev-parse", "--short=10", "HEAD"]);
    topic.git(&["rm", "-q", "-f", ".env"]);
    topic.git(&["commit", "-q", "-m", "No settings"]);
    for words in [&["pr", "create", "topic", "--dry-run"][..], &["pr", "create", "topic"]] {
        let denied = app.refused(words, 3, "critic_denied");
        let message = denied["message"].as_str().unwrap();
        assert!(message.contains(&bad) && message.contains(".env: "), "{denied:#}");
    }
    assert_eq!((scene.there("topic"), scene.host.requests()), (String::new(), Vec::new()));
    // What the remote has is out already, and is nobody's reason to hold back what is new.
    app.git(&["push", "-q", "origin", &format!("{bad}:refs/heads/old")]);
    app.data(&["pr", "create", "topic"]);
}

#[test]
fn a_secret_in_what_would_be_said_is_shown_to_nobody() {
    let scene = Scene::new();
    let app = scene.finished("topic");
    let key = format!("ghp_{}", "aB3".repeat(12));
    let words = ["pr", "create", "topic", "--title", "Log in", "--body"];
    for last in [&[key.as_str()][..], &[&key, "--dry-run"]] {
        let denied = app.refused(&[&words, last].concat(), 3, "critic_denied");
        assert!(!denied.to_string().contains(&key), "{denied:#}");
    }
    let topic = app.workspace("topic");
    topic.git(&["commit", "-q", "--allow-empty", "-m", &format!("Log in with {key}")]);
    let denied =
        app.refused(&["pr", "create", "topic", "--title", "Log in", "--body", "Words"], 3, "critic_denied");
    assert!(denied["message"].as_str().unwrap().contains("the message of commit"), "{denied:#}");
    assert_eq!((scene.there("topic"), scene.host.pulls().len()), (String::new(), 0));
    topic.git(&["reset", "-q", "--hard", "HEAD~1"]);
    app.data(&["pr", "create", "topic", "--title", "Log in", "--body", "Words"]);
}

#[test]
fn a_branch_of_the_same_name_that_was_not_made_here_is_not_moved() {
    let scene = Scene::new();
    let app = scene.finished("topic");
    // Somebody has just begun work of the same name: what is there is in ours, too.
    app.git(&["push", "-q", "origin", "main:refs/heads/topic"]);
    app.git(&["update-ref", "-d", "refs/remotes/origin/topic"]);
    let main = app.git(&["rev-parse", "main"]);
    let refused = app.refused(&["pr", "create", "topic"], 3, "branch_taken");
    assert!(refused["hint"].as_str().unwrap().contains("--set-upstream-to=origin/topic"), "{refused:#}");
    assert_eq!((scene.there("topic"), scene.host.pulls().len()), (main, 0));
    app.git(&["update-ref", "refs/remotes/origin/topic", "main"]);
    app.git(&["branch", "-q", "--set-upstream-to=origin/topic", "topic"]);
    app.data(&["pr", "create", "topic"]);
    assert_eq!(scene.there("topic"), app.git(&["rev-parse", "topic"]));
}

#[test]
fn where_it_is_not_clear_to_whom_a_branch_would_go_nothing_is_pushed() {
    let scene = Scene::new();
    let app = scene.finished("topic");
    let address = "https://me:hunter2@example.com/acme/app.git";
    app.git(&["config", "branch.topic.pushRemote", address]);
    let refused = app.refused(&["pr", "create", "topic"], 1, "no_remote");
    assert!(!refused.to_string().contains("hunter2"), "{refused:#}");
    app.git(&["config", "--unset", "branch.topic.pushRemote"]);
    for more in [ADDRESS, "/srv/git/mirror.git"] {
        app.git(&["remote", "set-url", "--add", "--push", "origin", more]);
    }
    let refused = app.refused(&["pr", "create", "topic"], 1, "no_remote");
    assert!(refused["message"].as_str().unwrap().contains("several addresses"), "{refused:#}");
    assert_eq!((scene.there("topic"), scene.host.requests()), (String::new(), Vec::new()));
}

#[test]
fn who_has_no_login_or_remote_is_told_what_to_do_before_anything_is_pushed() {
    let scene = Scene::with(|sealed, url| sealed.with("GITHUB_API_URL", url));
    let app = scene.finished("topic");
    let refused = app.refused(&["pr", "create", "topic"], 1, "forge_login");
    assert!(refused["hint"].as_str().unwrap().contains("gh auth login"), "{refused:#}");
    assert_eq!((scene.there("topic"), scene.host.requests()), (String::new(), Vec::new()));
    app.git(&["remote", "set-url", "origin", "/srv/git/app.git"]);
    app.refused(&["pr", "create", "topic"], 1, "no_remote");
    app.git(&["remote", "remove", "origin"]);
    app.refused(&["pr", "create", "topic"], 1, "no_remote");
    assert_eq!(app.data(&["pr", "status"])[0]["pull_request"], Value::Null, "it goes nowhere");
}

#[test]
fn a_limit_of_the_host_is_told_and_nobody_is_asked_before_its_end() {
    let scene = Scene::new();
    let app = scene.finished("topic");
    scene.host.limit(Timestamp::from_millis(4_102_444_800_000));
    let asked = |words: &[&str]| {
        app.refused(words, 1, "forge_limited");
        scene.host.requests().len()
    };
    assert_eq!((asked(&["pr", "status"]), asked(&["pr", "create", "topic"])), (1, 1));
    assert_eq!(scene.there("topic"), "");
}

#[test]
fn a_pull_request_is_linked_by_its_number() {
    let scene = Scene::new();
    let app = scene.finished("topic");
    finish(&app, "other");
    app.data(&["pr", "create", "other"]);
    app.refused(&["pr", "link", "topic", "--pr", "9"], 5, "not_found");
    assert_eq!(app.data(&["pr", "link", "topic", "1", "--dry-run"])["pull_request"]["number"], 1);
    assert_eq!(app.data(&["show", "topic"])["pull_request"], Value::Null);
    app.data(&["pr", "link", "topic", "--pr", "1"]);
    assert_eq!(app.data(&["show", "topic"])["pull_request"]["number"], 1);
}

#[test]
fn what_was_unlinked_is_not_taken_up_again_until_somebody_links_it() {
    let scene = Scene::new();
    let app = scene.finished("topic");
    app.refused(&["pr", "unlink", "topic"], 5, "not_found");
    app.data(&["pr", "create", "topic"]);
    let linked = || app.data(&["show", "topic"])["pull_request"]["number"].clone();
    assert_eq!(app.data(&["pr", "unlink", "topic", "--dry-run"])["pull_request"]["number"], 1);
    assert_eq!(linked(), 1);
    let asked = scene.host.requests().len();
    assert_eq!(app.data(&["pr", "unlink", "topic"])["pull_request"]["number"], 1);
    assert_eq!((linked(), scene.host.requests().len()), (Value::Null, asked));
    // Its branch has it still.
    assert_eq!(app.data(&["pr", "status"])[0]["pull_request"], Value::Null);
    assert_eq!(linked(), Value::Null);
    app.data(&["pr", "link", "topic", "--pr", "1"]);
    assert_eq!(
        (linked(), app.data(&["pr", "status"])[0]["pull_request"]["number"].clone()),
        (json!(1), json!(1))
    );
}

#[test]
fn what_was_merged_goes_and_what_came_after_keeps_its_workspace() {
    let scene = Scene::new();
    let app = scene.finished("topic");
    for branch in ["later", "open"] {
        finish(&app, branch);
    }
    for branch in ["topic", "later", "open"] {
        app.data(&["pr", "create", branch]);
    }
    // Squashed there: no commit of the branch is in any target.
    for number in [1, 2] {
        scene.host.change(number, |pull| pull.state = PullRequestState::Merged);
    }
    let later = app.workspace("later");
    later.git(&["commit", "-q", "--allow-empty", "-m", "After"]);
    let tip = app.git(&["rev-parse", "topic"]);
    let would = app.data(&["pr", "cleanup", "--dry-run"]);
    assert_eq!((would[0]["stays"].is_null(), would[1]["stays"].is_null()), (true, false), "{would:#}");
    app.refused(&["pr", "cleanup"], 3, "needs_confirmation");
    assert_eq!(app.data(&["list"]).as_array().unwrap().len(), 3);
    let done = app.data(&["pr", "cleanup", "--yes"]);
    assert_eq!((&done[0]["name"], &done[0]["done"]), (&json!("topic"), &json!(true)), "{done:#}");
    let left: Vec<Value> =
        app.data(&["list"]).as_array().unwrap().iter().map(|it| it["name"].clone()).collect();
    assert!(left.contains(&json!("later")) && left.contains(&json!("open")) && left.len() == 2, "{left:?}");
    app.data(&["restore", "topic"]);
    assert_eq!(app.git(&["rev-parse", "topic"]), tip);
}

#[test]
fn an_agent_pushes_nothing_and_asks_no_host() {
    const PUSHER: &str = r#"
cat > /dev/null
for words in "create topic" "link topic --pr 1" "status" "cleanup --yes"; do
  owt --json pr $words >> "$RECORD/answers" 2>&1
done
true
"#;
    let scene = Scene::with(|sealed, url| {
        sealed.with_tool("pusher", PUSHER).with("GITHUB_API_URL", url).with("GH_TOKEN", TOKEN)
    });
    let app = scene.finished("topic");
    app.data(&["new", "Push it", "--branch", "other", "--agent", "pusher", "--headless"]);
    app.data(&["wait", "other"]);
    let answers = fs::read_to_string(scene.sealed.record("answers")).unwrap();
    assert_eq!(answers.matches("\"person_only\"").count(), 4, "{answers}");
    assert_eq!((scene.there("topic"), scene.host.requests()), (String::new(), Vec::new()));
}
