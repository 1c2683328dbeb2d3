//! Landing work: what is shown before, while and after.

use owt_api as api;
use owt_tui::Deed;
use owt_tui::Done;
use owt_tui::Event;
use owt_tui::Request;
use owt_tui::Ticket;
use serde_json::Value;
use serde_json::json;

use crate::stage::Stage;
use crate::stage::workspace;

fn merged(outcome: &str, more: &Value) -> Box<api::Merged> {
    let mut it = json!({
        "name": "auth", "branch": "feat/auth", "head_sha": "fedcba9876543210", "target": "main", "method": "merge",
        "outcome": outcome, "commits": 2, "before_sha": "0123456789abcdef", "after_sha": null,
        "checkout": null, "in_the_way": null, "conflicts": [], "withheld": [], "deleted": null, "snapshot": null, "not_deleted": null,
        "dry_run": true,
    });
    for (key, value) in more.as_object().unwrap() {
        it[key] = value.clone();
    }
    Box::new(serde_json::from_value(it).unwrap())
}

fn looks_ahead(stage: &mut Stage, key: &str) -> Ticket {
    match stage.keys(key).pop() {
        Some(Request::Do(ticket, deed)) => match *deed {
            Deed::Merge(merge) if merge.dry_run => ticket,
            Deed::Ship(ship) if ship.dry_run => ticket,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_merge_shows_what_would_happen_and_lands_on_yes() {
    let mut stage = Stage::new(80, 20, &[workspace("auth", "done", &json!({ "commits_ahead": 2 }))]);
    let ticket = looks_ahead(&mut stage, "m");
    assert_eq!(stage.keys("y"), [], "nothing lands before it was shown");
    let ahead = merged("would_land", &json!({ "checkout": "/repos/shop" }));
    stage.hears(Event::Outcome(ticket, Box::new(Ok(Done::Merged(ahead)))));
    insta::assert_snapshot!(stage.screen(), @r#"
     shop · 1 ready                                                           12:00
     READY TO SHIP 1
    ▶ ✓ done         auth   ↑2   5m Do auth



    ╭─ Merge auth? ────────────────────────────────────────────────────────────────╮
    │2 commits would land in main, without a conflict.                             │
    │main is at 0123456789.                                                        │
    │The checkout in /repos/shop goes along.                                       │
    │                                                                              │
    │y land it                                                                     │
    │esc closes                                                                    │
    ╰──────────────────────────────────────────────────────────────────────────────╯





     y land it  esc close
    "#);
    let Deed::Merge(merge) = stage.deed("y") else { panic!("no merge") };
    assert_eq!((merge.workspace.name.as_str(), merge.dry_run), ("/repos/shop-auth", false));
    let landed = merged("landed", &json!({ "dry_run": false }));
    stage.hears(Event::Outcome(Ticket(9), Box::new(Ok(Done::Merged(landed)))));
    assert!(stage.screen().contains("auth has landed in main (2 commits)"), "{}", stage.screen());
}

#[test]
fn shipping_names_the_checks_that_run_and_what_goes_afterwards() {
    let mut stage = ready();
    let ticket = looks_ahead(&mut stage, "s");
    let ahead = json!({
        "checkout": "/repos/shop",
        "checks": { "outcome": "would_run", "tree": null, "what": null, "last_lines": [], "log": null,
            "commands": ["cargo test", "npm test"] },
        "deleted": { "name": "auth", "branch": "feat/auth", "branch_deleted": true, "switched_to": null, "missing": null,
            "snapshot": null, "head_sha": null, "changed_files": 1, "unmerged_commits": 0, "trash": null, "teardown": null,
            "dry_run": true },
    });
    shipped(&mut stage, ticket, merged("would_land", &ahead));
    insta::assert_snapshot!(stage.screen(), @r#"
     shop · 1 ready                                                           12:00
     READY TO SHIP 1
    ▶ ✓ done         auth   ↑2 ~3   5m Do auth





    ╭─ Ship auth? ─────────────────────────────────────────────────────────────────╮
    │2 commits would land in main, without a conflict.                             │
    │main is at 0123456789.                                                        │
    │First the checks run on it: cargo test, npm test.                             │
    │The checkout in /repos/shop goes along.                                       │
    │Then the workspace and its branch goes; owt restore brings it back.           │
    │1 uncommitted file does not land: kept in a snapshot.                         │
    │                                                                              │
    │y ship it                                                                     │
    │esc closes                                                                    │
    ╰──────────────────────────────────────────────────────────────────────────────╯








     y ship it  esc close
    "#);
}

#[test]
fn a_merge_that_was_closed_does_not_come_back() {
    let mut stage = Stage::new(80, 20, &[workspace("auth", "done", &json!({ "commits_ahead": 2 }))]);
    let ticket = looks_ahead(&mut stage, "m");
    stage.keys("esc");
    let ahead = merged("would_land", &json!({}));
    stage.hears(Event::Outcome(ticket, Box::new(Ok(Done::Merged(ahead)))));
    assert!(!stage.screen().contains("land it"), "{}", stage.screen());
}

#[test]
fn conflicts_are_told_and_can_be_left_to_the_agent() {
    let mut stage = Stage::new(80, 20, &[workspace("auth", "done", &json!({ "commits_ahead": 2 }))]);
    let ticket = looks_ahead(&mut stage, "m");
    let conflicts = json!({ "conflicts":
        [{ "path": "src/auth.rs", "kind": "content", "what": "both changed the same lines", "sides": [] }] });
    let ahead = merged("conflicts", &conflicts);
    stage.hears(Event::Outcome(ticket, Box::new(Ok(Done::Merged(ahead)))));
    assert!(stage.screen().contains("src/auth.rs: both changed the same lines"), "{}", stage.screen());
    assert_eq!(stage.keys("y"), []);
    let Deed::Merge(merge) = stage.deed("c") else { panic!("no merge") };
    assert!(merge.leave_conflicts && !merge.dry_run);
}

fn ready() -> Stage {
    Stage::new(80, 28, &[workspace("auth", "done", &json!({ "commits_ahead": 2, "dirty_files": 3 }))])
}

fn shipped(stage: &mut Stage, ticket: Ticket, merged: Box<api::Merged>) {
    stage.hears(Event::Outcome(ticket, Box::new(Ok(Done::Shipped(merged)))));
}

#[test]
fn shipping_shows_all_that_would_happen_and_its_row_says_that_it_is_under_way() {
    let mut stage = ready();
    let ticket = looks_ahead(&mut stage, "s");
    assert_eq!(stage.keys("y"), [], "nothing is shipped before it was shown");
    let ahead = json!({
        "commits": 3, "committed": { "sha": null, "files": 3, "message": "feat: sign in\n\nsrc/auth.rs" },
        "withheld": [".env"],
        "review": { "verdict": "warned", "more": 1, "denials_in_a_row": 0, "denials": 0, "needs_decision": false,
            "findings": [{ "rule": "todo", "severity": "warn", "path": "src/auth.rs", "line": 7, "what": "unfinished" }] },
    });
    shipped(&mut stage, ticket, merged("would_land", &ahead));
    insta::assert_snapshot!(stage.screen(), @r#"
     shop · 1 ready                                                           12:00
     READY TO SHIP 1
    ▶ ✓ done         auth   ↑2 ~3   5m Do auth




    ╭─ Ship auth? ─────────────────────────────────────────────────────────────────╮
    │2 commits, and one of what is not committed yet, would land in main, without a│
    │conflict.                                                                     │
    │main is at 0123456789.                                                        │
    │Committed first, 3 files: feat: sign in                                       │
    │Never committed (secrets, or repositories of their own):                      │
    │  .env                                                                        │
    │The critic:                                                                   │
    │  warn  src/auth.rs:7: unfinished                                             │
    │  and 1 more                                                                  │
    │                                                                              │
    │y ship it                                                                     │
    │esc closes                                                                    │
    ╰──────────────────────────────────────────────────────────────────────────────╯






     y ship it  esc close
    "#);
    let Some(Request::Do(ticket, deed)) = stage.keys("y").pop() else { panic!("nothing is shipped") };
    let Deed::Ship(ship) = *deed else { panic!("{deed:?}") };
    assert_eq!(
        (ship.workspace.name.as_str(), ship.dry_run, ship.no_verify),
        ("/repos/shop-auth", false, false)
    );
    let row = |stage: &Stage| stage.screen().lines().find(|line| line.starts_with('▶')).unwrap().to_owned();
    assert!(row(&stage).contains("shipping auth …"), "{}", row(&stage));
    assert_eq!(stage.keys("s"), [], "it is not shipped twice");
    assert!(stage.screen().contains("wait for that: shipping auth"), "{}", stage.screen());
    shipped(&mut stage, ticket, merged("landed", &json!({ "dry_run": false })));
    assert!(stage.screen().contains("auth has landed in main (2 commits)"), "{}", stage.screen());
    assert!(!row(&stage).contains("shipping"), "{}", row(&stage));
}

#[test]
fn what_stands_against_shipping_is_told_with_what_to_do() {
    let mut stage = ready();
    let ticket = looks_ahead(&mut stage, "s");
    let denied = json!({ "review": { "verdict": "blocked", "more": 0, "denials_in_a_row": 3, "denials": 3, "needs_decision": true,
        "findings": [{ "rule": "secrets", "severity": "deny", "path": "key.pem", "line": null, "what": "a private key" }] } });
    shipped(&mut stage, ticket, merged("denied", &denied));
    let screen = stage.screen();
    for words in [
        "Ship auth: nothing has landed",
        "deny  key.pem: a private key",
        "denied 3 times in a row",
        "hint: settle it",
    ] {
        assert!(screen.contains(words), "{words}: {screen}");
    }
    assert_eq!(stage.keys("y"), [], "what is denied is denied");
    stage.keys("esc");

    let checks = json!({ "dry_run": false, "checks": { "outcome": "failed", "tree": null, "what": "cargo test ended with 101",
        "last_lines": ["test auth ... FAILED"], "log": "/data/checks/1.log" } });
    shipped(&mut stage, Ticket(99), merged("checks_failed", &checks));
    let screen = stage.screen();
    for words in [
        "main is where it was: the check cargo test ended",
        "test auth ... FAILED",
        "is in /data/checks/1.log",
    ] {
        assert!(screen.contains(words), "{words}: {screen}");
    }
    stage.keys("esc");

    let ticket = looks_ahead(&mut stage, "s");
    let problem = api::Problem::new(api::ErrorCode::AgentWorking, "'auth' works").hint("owt wait auth");
    stage.hears(Event::Outcome(ticket, Box::new(Err(problem))));
    assert!(stage.screen().contains("hint: owt wait auth"), "{}", stage.screen());
}

#[test]
fn what_is_not_at_rest_is_not_landed() {
    let mut stage = Stage::new(80, 20, &[workspace("auth", "working", &json!({ "commits_ahead": 2 }))]);
    assert_eq!(stage.keys("s"), []);
    assert!(stage.screen().contains("ship: 'auth' is not at rest"), "{}", stage.screen());
    assert_eq!(stage.keys("m"), []);
}

fn undone(more: &Value) -> Done {
    let mut it = json!({ "id": "op_7", "kind": "landing", "workspace": "auth", "target": "main", "before_sha": "0123456789abcdef",
        "after_sha": "fedcba9876543210", "workspaces": ["auth"], "checkout": "/repos/shop", "not_restored": [], "dry_run": true,
        "restored": [{ "name": "auth", "branch": "feat/auth", "path": "/repos/shop-auth", "snapshot": null, "dry_run": true }] });
    for (key, value) in more.as_object().unwrap() {
        it[key] = value.clone();
    }
    Done::Undone(Box::new(serde_json::from_value(it).unwrap()))
}

#[test]
fn what_was_done_last_is_shown_and_taken_back_and_nothing_else() {
    let mut stage = Stage::new(80, 20, &[]);
    let Some(Request::Do(ticket, deed)) = stage.keys("u").pop() else { panic!("no look back") };
    assert_eq!(*deed, Deed::Undo(api::Undo { cwd: "/repos/shop".to_owned(), only: None, dry_run: true }));
    assert_eq!(stage.keys("y"), [], "nothing is taken back before it was shown");
    stage.hears(Event::Outcome(ticket, Box::new(Ok(undone(&json!({}))))));
    let screen = stage.screen();
    for words in [
        "Take back the landing of auth in main?",
        "main goes from fedcba9876 back to 0123456789.",
        "The checkout in /repos/shop goes along.",
        "auth comes back in /repos/shop-auth.",
    ] {
        assert!(screen.contains(words), "{words}: {screen}");
    }
    let Some(Request::Do(ticket, deed)) = stage.keys("y").pop() else { panic!("nothing is taken back") };
    let only = Some("op_7".to_owned());
    assert_eq!(*deed, Deed::Undo(api::Undo { cwd: "/repos/shop".to_owned(), only, dry_run: false }));
    let problem = api::Problem::new(api::ErrorCode::BranchTaken, "auth stays away");
    let partly = undone(&json!({ "dry_run": false, "not_restored": [problem] }));
    stage.hears(Event::Outcome(ticket, Box::new(Ok(partly))));
    assert!(stage.screen().contains("auth stays away"), "{}", stage.screen());
    stage.keys("esc");
    stage.hears(Event::Outcome(Ticket(99), Box::new(Ok(undone(&json!({ "dry_run": false }))))));
    assert!(stage.screen().contains("the landing of auth in main is taken back"), "{}", stage.screen());
}

#[test]
fn where_nothing_can_be_taken_back_it_says_why() {
    let mut stage = ready();
    let Some(Request::Do(ticket, _)) = stage.keys("u").pop() else { panic!("no look back") };
    let problem =
        api::Problem::new(api::ErrorCode::NotFound, "nothing was landed here").hint("owt undo --list");
    stage.hears(Event::Outcome(ticket, Box::new(Err(problem))));
    assert!(stage.screen().contains("hint: owt undo --list"), "{}", stage.screen());
}

#[test]
fn work_of_which_nothing_is_committed_yet_is_not_called_no_commits() {
    let mut stage = ready();
    let ticket = looks_ahead(&mut stage, "s");
    let left = json!({ "commits": 1, "committed": { "sha": null, "files": 3, "message": "feat: sign in" } });
    shipped(&mut stage, ticket, merged("would_land", &left));
    let screen = stage.screen();
    assert!(screen.contains("One commit, of what is not committed yet, would land in main"), "{screen}");
}

#[test]
fn what_came_to_nothing_stands_on_its_row_until_something_changes() {
    let row = |commits: u32| workspace("auth", "done", &json!({ "commits_ahead": commits }));
    let mut stage = Stage::new(110, 20, &[row(2)]);
    let checks = json!({ "dry_run": false, "checks": { "outcome": "failed", "tree": null, "what": "cargo test ended with 101",
        "last_lines": [], "log": null } });
    let fails = |stage: &mut Stage| {
        let ticket = looks_ahead(stage, "s");
        let would = merged("would_land", &json!({}));
        stage.hears(Event::Outcome(ticket, Box::new(Ok(Done::Shipped(would)))));
        let Some(Request::Do(ticket, _)) = stage.keys("y").pop() else { panic!("{}", stage.screen()) };
        let failed = merged("checks_failed", &checks);
        stage.hears(Event::Outcome(ticket, Box::new(Ok(Done::Shipped(failed)))));
        stage.keys("esc");
    };
    let words = "main is where it was: the check cargo test ended with 101";
    fails(&mut stage);
    assert!(stage.screen().contains(words), "{}", stage.screen());
    stage.lists(&[row(2)]);
    assert!(stage.screen().contains(words), "nothing has changed: {}", stage.screen());
    stage.lists(&[row(3)]);
    stage.lists(&[row(2)]);
    assert!(!stage.screen().contains(words), "that was of another state: {}", stage.screen());
    fails(&mut stage);
    stage.keys("x");
    assert!(!stage.screen().contains(words), "the person has taken note: {}", stage.screen());
}
