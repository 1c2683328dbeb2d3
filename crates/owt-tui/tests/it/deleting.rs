//! Deleting a workspace: what goes is shown before, and what came of it after.

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

fn deleted(more: &Value) -> Done {
    let mut it = json!({ "name": "auth", "branch": "feat/auth", "branch_deleted": true, "switched_to": null, "missing": null,
        "snapshot": null, "head_sha": "abc", "changed_files": 1, "unmerged_commits": 2, "trash": null, "teardown": null,
        "dry_run": true });
    for (key, value) in more.as_object().unwrap() {
        it[key] = value.clone();
    }
    Done::Deleted(serde_json::from_value(it).unwrap())
}

fn asks(stage: &mut Stage, keys: &str) -> (Ticket, api::DeleteWorkspace) {
    match stage.keys(keys).pop() {
        Some(Request::Do(ticket, deed)) => match *deed {
            Deed::Delete(delete) => (ticket, delete),
            other => panic!("{other:?}"),
        },
        other => panic!("{keys}: {other:?}"),
    }
}

fn comes(stage: &mut Stage, ticket: Ticket, done: Done) {
    stage.hears(Event::Outcome(ticket, Box::new(Ok(done))));
}

#[test]
fn what_would_go_is_shown_and_goes_on_yes() {
    let mut stage = Stage::new(90, 20, &[workspace("auth", "idle", &json!({ "commits_ahead": 2 }))]);
    let (ticket, asked) = asks(&mut stage, "D");
    assert!(asked.dry_run && asked.force, "{asked:?}");
    assert_eq!(stage.keys("y"), [], "nothing goes before it was shown");
    comes(&mut stage, ticket, deleted(&json!({})));
    insta::assert_snapshot!(stage.screen(), @r#"
     shop · 1 ready                                                                     12:00
     READY TO SHIP 1
    ▶ ○ idle         auth   ↑2   5m Do auth


    ╭─ Delete auth? ─────────────────────────────────────────────────────────────────────────╮
    │Its session ends, and its folder goes into the trash, ignored files included.           │
    │Its branch feat/auth goes too.                                                          │
    │It holds 1 changed file and 2 unmerged commits: kept in a snapshot.                     │
    │Until the trash expires, undo or owt restore brings it back.                            │
    │                                                                                        │
    │y delete it                                                                             │
    │esc closes                                                                              │
    ╰────────────────────────────────────────────────────────────────────────────────────────╯





     y delete it  esc close
    "#);
    let (ticket, asked) = asks(&mut stage, "y");
    assert_eq!((asked.dry_run, asked.workspace.name.as_str()), (false, "/repos/shop-auth"));
    assert!(stage.screen().contains("deleting auth …"), "{}", stage.screen());
    assert_eq!(stage.keys("D"), [], "it is not deleted twice at once");
    comes(&mut stage, ticket, deleted(&json!({ "dry_run": false })));
    assert!(stage.screen().contains("auth is deleted; undo brings it back"), "{}", stage.screen());
}

#[test]
fn what_stays_is_said_and_esc_leaves_all_as_it_is() {
    let mut stage = Stage::new(90, 20, &[workspace("auth", "idle", &json!({}))]);
    let (ticket, _) = asks(&mut stage, "D");
    let stays = json!({ "branch_deleted": false, "switched_to": "side", "changed_files": 0, "unmerged_commits": 0,
        "missing": "folder" });
    comes(&mut stage, ticket, deleted(&stays));
    let screen = stage.screen();
    for words in ["folder is gone already", "feat/auth stays", "The branch side,"] {
        assert!(screen.contains(words), "{words}: {screen}");
    }
    assert!(!screen.contains("snapshot"), "{screen}");
    assert_eq!(stage.keys("esc"), []);
    assert!(!stage.screen().contains("Delete auth?"));
}
