//! The critic: what is denied does not land, by the rules of the target and of the person.

use serde_json::Value;
use serde_json::json;

use super::finished;
use super::tip;
use crate::project::Project;
use crate::sealed::Sealed;

/// Commits one file on the branch of a workspace.
fn commit(project: &Project<'_>, path: &str, content: &str) {
    project.write(path, content);
    project.git(&["add", "-Af"]);
    project.git(&["commit", "-q", "-m", path]);
}

fn rules(review: &Value) -> Vec<&str> {
    let findings = review["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding["rule"].as_str().unwrap()).collect()
}

#[test]
fn what_it_denies_does_not_land_and_nothing_is_touched() {
    let sealed = Sealed::with_worker();
    let app = finished(&sealed, "topic");
    let topic = app.workspace("topic");
    commit(&topic, ".env", "KEY=1\n");
    commit(&topic, "src/a.rs", &format!("const KEY: &str = \"ghp_{}\";\n", "aB3".repeat(12)));
    let (witness, there) = (app.witness(), topic.witness());
    for command in [&["critic", "merge", "topic"][..], &["merge", "topic", "--dry-run"], &["merge", "topic"]]
    {
        let ran = app.owt(&[command, &["--json"]].concat());
        let error = ran.refused(3, "critic_denied");
        assert!(!error["message"].as_str().unwrap().contains("aB3"), "the secret is not shown: {error:#}");
        let data = ran.json()["data"].clone();
        let review = if command[0] == "critic" { &data } else { &data["review"] };
        assert_eq!(review["verdict"], "blocked", "{review:#}");
        assert_eq!(rules(review)[..2], ["secret_file", "secret_text"], "{review:#}");
        assert_eq!(
            (&review["findings"][1]["path"], &review["findings"][1]["line"]),
            (&json!("src/a.rs"), &json!(1))
        );
    }
    witness.assert_untouched(&[]);
    there.assert_untouched(&[]);
    // Denied again and again, it is the person's to decide.
    app.owt(&["merge", "topic", "--json"]).refused(3, "critic_denied");
    let third = app.owt(&["merge", "topic", "--json"]);
    third.refused(4, "needs_decision");
    assert_eq!(third.json()["data"]["review"]["denials_in_a_row"], 3);
    // It says the same of each workspace, and not of what is gone.
    topic.git(&["reset", "-q", "--hard", "HEAD~2"]);
    app.data(&["critic", "merge", "topic"]);
    app.data(&["merge", "topic"]);
}

/// Its bytes would be in the target's history for good, and go out with the next push.
#[test]
fn a_secret_that_a_later_commit_takes_away_lands_with_no_history() {
    let sealed = Sealed::with_worker();
    let app = finished(&sealed, "topic");
    let topic = app.workspace("topic");
    commit(&topic, ".env", "KEY=1\n");
    topic.git(&["rm", "-q", ".env"]);
    topic.git(&["commit", "-q", "-m", "Take it away"]);
    let secret = tip(&topic, "HEAD~1");
    let (witness, there) = (app.witness(), topic.witness());
    for command in [
        &["critic", "merge", "topic"][..],
        &["critic", "ship", "topic"],
        &["merge", "topic", "--dry-run"],
        &["merge", "topic", "--rebase"],
        &["ship", "topic", "--yes"],
        &["queue", "--ship", "--yes"],
    ] {
        let ran = app.owt(&[command, &["--json"]].concat());
        assert_eq!(ran.json()["ok"], false, "{command:?}: {:#}", ran.json());
        let said = ran.json().to_string();
        assert!(said.contains(&format!("in commit {}", &secret[..7])), "{command:?}: {said}");
    }
    witness.assert_untouched(&[]);
    there.assert_untouched(&[]);
    app.data(&["merge", "topic", "--squash"]);
    assert_eq!(app.git(&["log", "--full-history", "--format=%s", "main", "--", ".env"]), "");
}

/// Agents write messages, too, and owt writes them from tasks.
#[test]
fn a_secret_in_a_message_does_not_land_whoever_has_written_it() {
    let sealed = Sealed::with_worker();
    let app = finished(&sealed, "topic");
    let topic = app.workspace("topic");
    let key = format!("ghp_{}", "aB3".repeat(12));
    topic.git(&["commit", "-q", "--allow-empty", "-m", &format!("Log in\n\nIt was tried with {key}.")]);
    let said = tip(&topic, "HEAD");
    let (witness, there) = (app.witness(), topic.witness());
    for command in [
        &["critic", "merge", "topic"][..],
        &["merge", "topic", "--dry-run"],
        &["merge", "topic", "--rebase"],
        &["ship", "topic", "--yes"],
        &["merge", "topic", "--squash", "--message", &key],
    ] {
        let error = app.owt(&[command, &["--json"]].concat()).json().to_string();
        let whose = if command.contains(&"--squash") { "would land with" } else { &said[..7] };
        assert!(error.contains("secret_text") && error.contains(whose), "{command:?}: {error}");
        assert!(!error.contains(&key), "the secret is not shown: {error}");
    }
    witness.assert_untouched(&[]);
    there.assert_untouched(&[]);
    app.data(&["merge", "topic", "--squash", "--message", "Make it"]);
    assert_eq!(app.git(&["log", "--format=%B", "--grep=ghp_", "main"]), "");
}

/// More commits than are looked at one by one: what a remote has already is no news.
#[test]
fn what_came_from_a_remote_is_not_looked_at_commit_by_commit_and_what_is_ours_is() {
    let sealed = Sealed::with_worker();
    let there = sealed.repository("there");
    there.git(&["clone", "-q", ".", "../app"]);
    let app = sealed.at(sealed.work().join("app"));
    super::finish(&app, "topic");
    for number in 0..501 {
        there.git(&["commit", "-q", "--allow-empty", "-m", &format!("Theirs, {number}")]);
    }
    app.data(&["sync", "topic"]);
    let topic = app.workspace("topic");
    commit(&topic, ".env", "KEY=1\n");
    topic.git(&["rm", "-q", ".env"]);
    topic.git(&["commit", "-q", "-m", "Take it away"]);
    let secret = tip(&topic, "HEAD~1");
    for is_at_the_remote in [false, true] {
        if is_at_the_remote {
            topic.git(&["push", "-q", "origin", "topic"]);
        }
        let ran = app.owt(&["merge", "topic", "--json"]);
        let said = ran.json().to_string();
        assert!(said.contains(&format!("in commit {}", &secret[..7])), "{said}");
    }
    topic.git(&["reset", "-q", "--hard", "HEAD~2"]);
    app.data(&["ship", "topic", "--yes"]);
    assert_eq!(app.git(&["rev-list", "--count", "--grep=Theirs,", "main"]), "501");
}

/// No merge that git makes by itself can be compared with it.
#[test]
fn a_merge_of_many_branches_lands_and_a_secret_in_it_does_not() {
    let sealed = Sealed::with_worker();
    let app = finished(&sealed, "topic");
    let topic = app.workspace("topic");
    let octopus = || {
        for side in ["side-1", "side-2"] {
            topic.git(&["checkout", "-q", "-B", side, "topic"]);
            commit(&topic, side, "theirs\n");
        }
        topic.git(&["checkout", "-q", "topic"]);
        topic.git(&["merge", "-q", "--no-ff", "-m", "Bring them together", "side-1", "side-2"]);
        assert_eq!(topic.git(&["rev-list", "--count", "--min-parents=3", "-1", "HEAD"]), "1");
    };
    octopus();
    topic.write(".env", "KEY=1\n");
    topic.git(&["add", "-f", ".env"]);
    topic.git(&["commit", "-q", "--amend", "--no-edit"]);
    let secret = tip(&topic, "HEAD");
    topic.git(&["rm", "-q", ".env"]);
    topic.git(&["commit", "-q", "-m", "Take it away"]);
    let ran = app.owt(&["merge", "topic", "--json"]);
    ran.refused(3, "critic_denied");
    let said = ran.json().to_string();
    assert!(said.contains(&format!("in commit {}", &secret[..7])), "{said}");
    topic.git(&["reset", "-q", "--hard", "HEAD~2"]);
    octopus();
    app.data(&["merge", "topic"]);
    assert_eq!(app.git(&["rev-list", "--count", "--min-parents=3", "main"]), "1");
}

#[test]
fn the_rules_are_those_of_the_target_and_never_those_of_the_work() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    commit(&app, ".worktreerc.toml", "[critic]\ndeny = [\"todo\"]\nscope = [\"made.txt\", \"src\"]\n");
    super::finish(&app, "topic");
    let topic = app.workspace("topic");
    commit(&topic, ".worktreerc.toml", "[critic]\nignore = [\"todo\", \"out_of_scope\"]\n");
    commit(&topic, "src/a.rs", "// TODO: more\n");
    let ran = app.owt(&["critic", "merge", "topic", "--json"]);
    ran.refused(3, "critic_denied");
    let data = ran.json()["data"].clone();
    assert_eq!(data["rules_sha"].as_str().unwrap(), tip(&app, "main"));
    let found = rules(&data);
    assert_eq!(found[..2], ["out_of_scope", "todo"], "{data:#}");
    assert!(found.contains(&"rules"), "that the rules change is told: {data:#}");
    // Nor what merely lies in the person's checkout.
    app.write(".worktreerc.toml", "[critic]\nignore = [\"todo\", \"out_of_scope\"]\n");
    app.owt(&["merge", "topic", "--json"]).refused(3, "critic_denied");
}

#[test]
fn a_repository_neither_switches_it_off_nor_lets_secrets_pass() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    commit(
        &app,
        ".worktreerc.toml",
        "[critic]\nignore = [\"secret_file\"]\nnote = [\"large_file\"]\nmax_file = \"10B\"\n",
    );
    super::finish(&app, "topic");
    let topic = app.workspace("topic");
    commit(&topic, "large.txt", "more than ten bytes\n");
    let clear = app.data(&["critic", "merge", "topic"]);
    assert_eq!(
        (&clear["verdict"], rules(&clear).contains(&"large_file")),
        (&json!("clear"), true),
        "{clear:#}"
    );
    commit(&topic, ".env", "KEY=1\n");
    app.owt(&["merge", "topic", "--json"]).refused(3, "critic_denied");
    commit(&app, ".worktreerc.toml", "[critic]\nenabled = \"off\"\n");
    let refused = app.refused(&["merge", "topic"], 2, "bad_configuration");
    assert!(refused["message"].as_str().unwrap().contains("critic.enabled"), "{refused:#}");
    // Broken rules let nothing pass.
    commit(&app, ".worktreerc.toml", "[critic\n");
    app.write(".worktreerc.toml", "");
    app.refused(&["merge", "topic"], 2, "bad_configuration");
}

#[test]
fn the_person_says_how_much_rules_weigh_and_may_switch_it_off() {
    let sealed = Sealed::with_worker();
    sealed.configure(
        "[critic]\nwarn = [\"secret_file\"]\nnote = [\"deleted_tests\"]\ndeny = [\"debug_code\"]\n",
    );
    let app = finished(&sealed, "topic");
    let topic = app.workspace("topic");
    commit(&topic, ".env", "KEY=1\n");
    let warned = app.data(&["critic", "merge", "topic"]);
    assert_eq!((&warned["verdict"], rules(&warned)[0]), (&json!("warned"), "secret_file"), "{warned:#}");
    commit(&topic, "a.rs", "dbg!(1);\n");
    app.owt(&["merge", "topic", "--json"]).refused(3, "critic_denied");
    let sealed = Sealed::with_worker();
    sealed.configure("[critic]\nenabled = \"off\"\n");
    let app = finished(&sealed, "topic");
    commit(&app.workspace("topic"), ".env", "KEY=1\n");
    assert_eq!(app.data(&["critic", "merge", "topic"])["verdict"], "off");
    app.data(&["merge", "topic"]);
    assert_eq!(app.read(".env"), "KEY=1\n");
}

#[test]
fn how_a_workspace_stands_is_part_of_it() {
    let sealed = Sealed::with_worker();
    let app = finished(&sealed, "topic");
    super::finish(&app, "other");
    let topic = app.workspace("topic");
    commit(&topic, "made.txt", "topic\n");
    // What the other has not committed counts, too.
    app.workspace("other").write("made.txt", "other\n");
    let warned = app.data(&["critic", "merge", "topic"]);
    assert_eq!(rules(&warned), ["workspace_conflicts", "missing_checks"], "{warned:#}");
    assert_eq!(warned["findings"][0]["path"], "made.txt");
    topic.write("left.txt", "left\n");
    let blocked = |deed: &str| {
        let ran = app.owt(&["critic", deed, "topic", "--json"]);
        ran.refused(3, "critic_denied");
        ran.json()["data"].clone()
    };
    assert_eq!(rules(&blocked("merge"))[0], "uncommitted_work");
    assert_eq!(rules(&blocked("delete")), ["uncommitted_work", "unmerged_work"]);
    assert_eq!(app.data(&["critic", "ship", "topic"])["verdict"], "warned");
    commit(&app, "made.txt", "main\n");
    assert_eq!(rules(&blocked("ship"))[0], "target_conflicts");
    let rules = app.data(&["critic", "--rules"]);
    assert!(rules.as_array().unwrap().iter().any(|rule| rule["rule"] == "secret_file"), "{rules:#}");
}

#[test]
fn what_is_not_committed_is_looked_ahead_as_it_would_land() {
    let sealed = Sealed::with_worker();
    let app = finished(&sealed, "topic");
    app.data(&["merge", "topic", "--keep"]);
    let topic = app.workspace("topic");
    topic.write("shared.txt", "topic\n");
    app.write("shared.txt", "main\n");
    app.git(&["add", "shared.txt"]);
    app.git(&["commit", "-q", "-m", "Main"]);
    let there = topic.witness();
    let data = app.owt(&["critic", "ship", "topic", "--json"]).json()["data"].clone();
    let told = data.to_string();
    assert!(told.contains("shared.txt") && data["verdict"] != "clear", "{data:#}");
    for more in [&[][..], &["--squash"]] {
        let error = app.owt(&[&["ship", "topic", "--dry-run", "--json"], more].concat());
        error.refused(1, "merge_conflicts");
    }
    there.assert_untouched(&[]);
    app.owt(&["ship", "topic", "--yes", "--json"]).refused(1, "merge_conflicts");
}
