//! Bringing in what has come to a base: what is shown before, while and after.

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

fn synced(outcome: &str, more: &Value) -> Done {
    let mut it = json!({ "name": "auth", "branch": "feat/auth", "outcome": outcome, "source": "origin/main", "source_sha": "abc",
        "commits": 2, "before_sha": "def", "after_sha": null, "conflicts": [], "problem": null });
    for (key, value) in more.as_object().unwrap() {
        it[key] = value.clone();
    }
    let dry_run = !matches!(outcome, "merged" | "conflicts_left");
    let unreached = json!([{ "remote": "backup", "why": "no route to host" }]);
    let told = json!({ "unreached": unreached, "workspaces": [it], "dry_run": dry_run });
    Done::Synced(Box::new(serde_json::from_value(told).unwrap()))
}

fn looks(stage: &mut Stage) -> Ticket {
    match stage.keys("U").pop() {
        Some(Request::Do(ticket, deed)) => {
            assert!(
                matches!(&*deed, Deed::Sync(sync) if sync.dry_run && sync.name.as_deref() == Some("/repos/shop-auth"))
            );
            ticket
        }
        other => panic!("{other:?}"),
    }
}

fn comes(stage: &mut Stage, ticket: Ticket, done: Done) {
    stage.hears(Event::Outcome(ticket, Box::new(Ok(done))));
}

fn resting() -> Stage {
    Stage::new(90, 20, &[workspace("auth", "idle", &json!({ "commits_behind": 2 }))])
}

#[test]
fn what_would_come_in_is_shown_and_comes_in_on_yes() {
    let mut stage = resting();
    let ticket = looks(&mut stage);
    assert_eq!(stage.keys("y"), [], "nothing comes in before it was shown");
    comes(&mut stage, ticket, synced("would_merge", &json!({})));
    insta::assert_snapshot!(stage.screen(), @r#"
     shop · 1 in flight                                                                 12:00
     IN FLIGHT 1
    ▶ ○ idle         auth   ↓2   5m Do auth



    ╭─ Sync auth? ───────────────────────────────────────────────────────────────────────────╮
    │2 commits of origin/main would come in, without a conflict.                             │
    │What is not committed stays as it is.                                                   │
    │'backup' was not asked, and what was last fetched counts: no route to host              │
    │                                                                                        │
    │y bring it in                                                                           │
    │esc closes                                                                              │
    ╰────────────────────────────────────────────────────────────────────────────────────────╯





     y bring it in  esc close
    "#);
    let Some(Request::Do(ticket, deed)) = stage.keys("y").pop() else { panic!("nothing comes in") };
    assert!(matches!(*deed, Deed::Sync(sync) if !sync.dry_run && !sync.leave_conflicts));
    assert!(stage.screen().contains("syncing auth …"), "{}", stage.screen());
    assert_eq!(stage.keys("U"), [], "it is not synced twice at once");
    comes(&mut stage, ticket, synced("merged", &json!({})));
    assert!(stage.screen().contains("auth got 2 commits of origin/main"), "{}", stage.screen());
}

#[test]
fn conflicts_are_told_first_and_can_be_left_to_the_agent() {
    let mut stage = resting();
    let ticket = looks(&mut stage);
    let conflicts = json!({ "conflicts":
        [{ "path": "src/auth.rs", "kind": "content", "what": "both changed the same lines", "sides": [] }] });
    comes(&mut stage, ticket, synced("conflicts", &conflicts));
    assert!(stage.screen().contains("src/auth.rs: both changed the same lines"), "{}", stage.screen());
    assert_eq!(stage.keys("y"), []);
    let Some(Request::Do(ticket, deed)) = stage.keys("c").pop() else { panic!("no merge") };
    assert!(matches!(*deed, Deed::Sync(sync) if !sync.dry_run && sync.leave_conflicts));
    comes(&mut stage, ticket, synced("conflicts_left", &conflicts));
    assert!(stage.screen().contains("let its agent settle it there and commit"), "{}", stage.screen());
}

#[test]
fn what_has_everything_or_cannot_have_it_says_so() {
    let mut stage = resting();
    let ticket = looks(&mut stage);
    comes(&mut stage, ticket, synced("up_to_date", &json!({})));
    assert!(stage.screen().contains("auth has everything of origin/main."), "{}", stage.screen());
    stage.keys("esc");
    let ticket = looks(&mut stage);
    let problem =
        api::Problem::new(api::ErrorCode::AgentWorking, "its agent is at work").hint("owt wait auth");
    comes(&mut stage, ticket, synced("skipped", &json!({ "problem": problem })));
    assert!(stage.screen().contains("hint: owt wait auth"), "{}", stage.screen());

    let mut stage = Stage::new(90, 20, &[workspace("auth", "working", &json!({}))]);
    assert_eq!(stage.keys("U"), []);
    assert!(stage.screen().contains("sync: 'auth' is not at rest"), "{}", stage.screen());
}
