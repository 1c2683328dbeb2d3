//! `owt ship` with `landing.pull_request = "auto"`.

use owt_testkit::forge::TOKEN;
use serde_json::Value;
use serde_json::json;

use super::scene::Scene;

/// With that setting in the person's own file.
fn scene() -> Scene {
    Scene::with(|sealed, url| {
        sealed.configure("[landing]\npull_request = \"auto\"\nchecks = [\"test -e made.txt\"]\n");
        sealed.with("GITHUB_API_URL", url).with("GH_TOKEN", TOKEN)
    })
}

#[test]
fn what_is_shipped_goes_by_a_pull_request_where_the_person_has_it_so() {
    let scene = scene();
    let app = scene.finished("topic");
    let main = app.git(&["rev-parse", "main"]);
    app.workspace("topic").write("left.txt", "left\n");
    let would = app.data(&["ship", "topic", "--dry-run"]);
    assert_eq!(
        (&would["outcome"], &would["offered"]["remote"], &would["offered"]["repository"]),
        (&json!("would_open_pull_request"), &json!("origin"), &json!("acme/app")),
        "{would:#}"
    );
    assert_eq!((scene.there("topic"), scene.host.requests()), (String::new(), Vec::new()));

    let shipped = app.data(&["ship", "topic", "--yes", "-m", "Leave it"]);
    let url = "https://github.com/acme/app/pull/1";
    assert_eq!(
        (&shipped["outcome"], &shipped["offered"]["pull_request"]["url"], &shipped["checks"]["outcome"]),
        (&json!("pull_request"), &json!(url), &json!("passed")),
        "{shipped:#}"
    );
    assert_eq!((&shipped["after_sha"], &shipped["deleted"]), (&Value::Null, &Value::Null));
    let tip = app.git(&["rev-parse", "topic"]);
    assert_eq!((scene.there("topic"), app.git(&["rev-parse", "main"])), (tip, main), "nothing has landed");
    assert_eq!(app.git(&["show", "-s", "--format=%s", "topic"]), "Leave it");
    assert!(scene.host.pulls()[0].body.contains("- Leave it"));
    assert_eq!(app.data(&["show", "topic"])["pull_request"]["url"], url);

    let again = app.owt(&["ship", "topic", "--yes"]);
    assert!(
        again.stdout.contains("goes by a pull request: #1 open") && again.stdout.contains(url),
        "{again:?}"
    );
    assert_eq!(scene.host.pulls().len(), 1);
    app.data(&["undo", "--list"]);
    scene.assert_no_token_in_logs();
}

#[test]
fn where_the_host_says_no_the_branch_is_pushed_all_the_same() {
    let scene = scene();
    let app = scene.finished("topic");
    scene.host.refuse_next("It is closed today");
    let failed = app.owt(&["--json", "ship", "topic", "--yes"]);
    let answer = failed.json();
    assert_eq!(
        (failed.code, &answer["error"]["code"], &answer["data"]["outcome"]),
        (1, &json!("forge_refused"), &json!("pushed")),
        "{answer:#}"
    );
    let hint = answer["error"]["hint"].as_str().unwrap();
    assert!(hint.contains("owt pr create topic"), "{answer:#}");
    assert_eq!(scene.there("topic"), app.git(&["rev-parse", "topic"]));
    assert_eq!(app.data(&["pr", "create", "topic"])["outcome"], "created");
}

#[test]
fn without_a_login_what_is_shipped_is_pushed_and_what_may_not_land_is_not() {
    let scene = Scene::with(|sealed, url| {
        sealed.configure("[landing]\npull_request = \"auto\"\nchecks = [\"test -e fine.txt\"]\n");
        sealed.with("GITHUB_API_URL", url)
    });
    let app = scene.finished("topic");
    app.refused(&["ship", "topic", "--yes"], 1, "checks_failed");
    assert_eq!((scene.there("topic"), scene.host.requests()), (String::new(), Vec::new()));
    app.workspace("topic").write("fine.txt", "fine\n");
    app.refused(&["ship", "topic", "--yes"], 1, "forge_login");
    assert_eq!(scene.there("topic"), app.git(&["rev-parse", "topic"]));
}

#[test]
fn what_makes_no_sense_with_pull_requests_is_refused_and_nothing_is_touched() {
    let scene = scene();
    let app = scene.finished("topic");
    let tip = app.git(&["rev-parse", "topic"]);
    app.workspace("topic").write("left.txt", "left\n");
    for way in ["--squash", "--rebase"] {
        app.refused(&["ship", "topic", "--yes", way], 2, "flag_conflict");
    }
    app.refused(&["queue", "--ship", "--yes"], 3, "unsupported");
    app.git(&["remote", "set-url", "origin", "/srv/git/app.git"]);
    let refused = app.refused(&["ship", "topic", "--yes"], 1, "no_remote");
    assert!(refused["hint"].as_str().unwrap().contains("owt merge topic"), "{refused:#}");
    assert_eq!((app.git(&["rev-parse", "topic"]), scene.there("topic")), (tip, String::new()));
    assert_eq!(scene.host.requests(), Vec::<String>::new());
}

#[test]
fn no_repository_makes_pull_requests_of_what_is_shipped() {
    let scene = Scene::new();
    let app = scene.repository();
    app.write(".worktreerc.toml", "[landing]\npull_request = \"auto\"\n");
    app.git(&["add", "-A"]);
    app.git(&["commit", "-q", "-m", "Rules"]);
    let refused = app.refused(
        &["new", "Make it", "--branch", "topic", "--agent", "worker", "--headless"],
        2,
        "bad_configuration",
    );
    assert!(refused["message"].as_str().unwrap().contains("landing.pull_request"), "{refused:#}");
}
