//! Shipping the whole queue: what is shown before, how far it is, calling it off, and what came of it.

use owt_api as api;
use owt_tui::Deed;
use owt_tui::Done;
use owt_tui::Event;
use owt_tui::Foreseen;
use owt_tui::Request;
use owt_tui::Ticket;
use owt_tui::Viewed;
use serde_json::Value;
use serde_json::json;

use crate::stage::Stage;
use crate::stage::workspace;

fn fleet() -> Vec<Value> {
    ["auth", "search"].map(|name| workspace(name, "done", &json!({ "commits_ahead": 1 }))).to_vec()
}

fn car(name: &str, state: &str) -> Value {
    json!({ "workspace": name, "branch": format!("feat/{name}"), "state": state, "commits": 1, "uncommitted": null,
        "withheld": [], "review": null })
}

fn train(state: &str, more: &Value) -> api::ShippedQueue {
    let mut it = json!({ "train": "tr_1", "target": "main", "state": state, "cars": [], "landed": [], "out": [],
        "before": null, "after": null, "checkout": null, "check_runs": 0, "flaky_retries": 0, "dry_run": false });
    for (key, value) in more.as_object().unwrap() {
        it[key] = value.clone();
    }
    serde_json::from_value(it).unwrap()
}

fn place(at: u32, name: &str, more: &Value) -> api::QueuePlace {
    let mut it = json!({ "place": at, "workspace": name, "branch": format!("feat/{name}"), "target": "main",
        "state": "ready", "because": "size", "reason": "it changes fewer files", "files": 1, "commits": 1,
        "conflicts_with": [], "depends_on": [], "created_at": "2026-01-02T11:00:00Z" });
    for (key, value) in more.as_object().unwrap() {
        it[key] = value.clone();
    }
    serde_json::from_value(it).unwrap()
}

fn would() -> Foreseen {
    let mut uncommitted = car("auth", "waits");
    uncommitted["uncommitted"] = json!(2);
    uncommitted["withheld"] = json!([".env"]);
    uncommitted["conflicts"] = json!([{ "with": "search", "files": ["src/cart.rs"] }]);
    let told = json!({ "train": null, "dry_run": true, "cars": [car("search", "waits"), uncommitted],
        "out": [{ "workspace": "prices", "reason": "its agent is at work", "code": "agent_working", "log": null }],
        "checkout": "/repos/shop",
        "checks": { "outcome": "would_run", "commands": ["make test"], "tree": null, "what": null, "last_lines": [], "log": null } });
    Foreseen {
        train: train("would_land", &told),
        places: vec![
            place(1, "search", &json!({})),
            place(2, "auth", &json!({ "reason": "it is all that is left" })),
        ],
    }
}

fn asks(stage: &mut Stage, keys: &str) -> (Ticket, Deed) {
    match stage.keys(keys).pop() {
        Some(Request::Do(ticket, deed)) => (ticket, *deed),
        other => panic!("{keys}: {other:?}"),
    }
}

fn comes(stage: &mut Stage, ticket: Ticket, done: Done) -> Vec<Request> {
    stage.hears(Event::Outcome(ticket, Box::new(Ok(done))))
}

fn rides(stage: &mut Stage, told: api::ShippedQueue) -> Vec<Request> {
    stage.hears(Event::Rode("tr_1".to_owned(), Box::new(Ok(told))))
}

/// A board on which the queue is being shipped.
fn shipping() -> Stage {
    let mut stage = Stage::new(90, 24, &fleet());
    let (ticket, _) = asks(&mut stage, "S");
    comes(&mut stage, ticket, Done::Foreseen(Box::new(would())));
    let (ticket, deed) = asks(&mut stage, "y");
    let into = Some("main".to_owned());
    assert_eq!(deed, Deed::ShipQueue(api::ShipQueue { cwd: "/repos/shop".to_owned(), into, dry_run: false }));
    let begun = Box::new(train("running", &json!({})));
    assert_eq!(comes(&mut stage, ticket, Done::Departed(begun)), [Request::Follow("tr_1".to_owned())]);
    stage
}

fn checking() -> api::ShippedQueue {
    train("running", &json!({ "cars": [car("search", "landed"), car("auth", "checking")] }))
}

#[test]
fn the_queue_is_shown_with_its_order_and_reasons_before_it_is_shipped() {
    let mut stage = Stage::new(90, 24, &fleet());
    let (ticket, deed) = asks(&mut stage, "S");
    assert_eq!(
        deed,
        Deed::LookAlong(api::ShipQueue { cwd: "/repos/shop".to_owned(), into: None, dry_run: true })
    );
    assert_eq!(stage.keys("y"), [], "nothing is shipped before it was shown");
    comes(&mut stage, ticket, Done::Foreseen(Box::new(would())));
    insta::assert_snapshot!(stage.screen(), @r#"
     shop · 2 ready                                                                     12:00
     READY TO SHIP 2
    ▶ ✓ done         auth     ↑1   5m Do auth
      ✓ done         search   ↑1   5m Do search

    ╭─ Ship the queue? ──────────────────────────────────────────────────────────────────────╮
    │This would land in main, in this order, each on those before it:                        │
    │  1 search (1 commit): it changes fewer files                                           │
    │  2 auth (1 commit; 2 files committed first): it is all that is left                    │
    │    never committed: .env                                                               │
    │    conflicts with search in src/cart.rs: it would be put out                           │
    │The repository's checks would run: make test.                                           │
    │The checkout in /repos/shop goes along.                                                 │
    │This would not:                                                                         │
    │  prices: its agent is at work                                                          │
    │                                                                                        │
    │y ship all of it                                                                        │
    │esc closes                                                                              │
    ╰────────────────────────────────────────────────────────────────────────────────────────╯




     y ship all of it  esc close
    "#);
}

#[test]
fn nothing_is_shipped_where_nothing_could_land_or_the_person_did_not_wait() {
    let mut stage = Stage::new(90, 24, &fleet());
    let (ticket, _) = asks(&mut stage, "S");
    let nothing = Foreseen { train: train("would_land", &json!({ "train": null })), places: Vec::new() };
    comes(&mut stage, ticket, Done::Foreseen(Box::new(nothing)));
    assert!(stage.screen().contains("There is nothing that could land now."), "{}", stage.screen());
    assert_eq!(stage.keys("y"), []);
    stage.keys("esc");
    let (ticket, _) = asks(&mut stage, "S");
    stage.keys("esc");
    assert_eq!(comes(&mut stage, ticket, Done::Foreseen(Box::new(would()))), []);
    assert!(!stage.screen().contains("Ship the queue"), "{}", stage.screen());
}

#[test]
fn how_far_it_is_stands_at_the_head_and_it_can_be_called_off() {
    let mut stage = shipping();
    rides(&mut stage, checking());
    assert!(stage.screen().contains("landing 1/2, checking auth"), "{}", stage.screen());
    let (ticket, _) = asks(&mut stage, "S");
    let joined = Foreseen { train: train("running", &json!({ "target": null })), places: Vec::new() };
    assert_eq!(comes(&mut stage, ticket, Done::Foreseen(Box::new(joined))), [], "it is followed already");
    insta::assert_snapshot!(stage.screen(), @r#"
     shop · landing 1/2, checking auth · 2 ready                                        12:00
     READY TO SHIP 2
    ▶ ✓ done         auth     ↑1   5m Do auth
      ✓ done         search   ↑1   5m Do search




    ╭─ The queue is landing ─────────────────────────────────────────────────────────────────╮
    │In this order into main:                                                                │
    │  1 search: landed                                                                      │
    │  2 auth: in the train: being checked                                                   │
    │                                                                                        │
    │c call it off: what has landed stays, all other work stays where it is                  │
    │esc closes                                                                              │
    ╰────────────────────────────────────────────────────────────────────────────────────────╯







     c call it off: what has landed stays, all other work stays where it is  esc close
    "#);
    let passed = json!({ "cars": [car("search", "landed"), car("auth", "passed")] });
    rides(&mut stage, train("running", &passed));
    assert!(
        stage.screen().contains("2 auth: in the train: passed"),
        "what is open is as it is now: {}",
        stage.screen()
    );
    let (_, deed) = asks(&mut stage, "c");
    let into = Some("main".to_owned());
    assert_eq!(
        deed,
        Deed::CancelQueue(api::CancelQueue { cwd: "/repos/shop".to_owned(), into, dry_run: false })
    );
}

#[test]
fn what_was_put_out_is_told_with_its_log_and_a_clean_end_in_one_line() {
    let mut stage = shipping();
    let out = json!({ "landed": [{ "workspace": "search", "branch": "feat/search", "commit": "abc", "snapshot": null, "not_deleted": null }],
        "out": [{ "workspace": "auth", "reason": "its checks failed: make ended with 2", "code": "checks_failed", "log": "/data/checks/7.log" }] });
    rides(&mut stage, train("ended", &out));
    let screen = stage.screen();
    for words in [
        "The queue: 1 workspace has landed in main",
        "search has landed",
        "auth: its checks failed: make ended with 2",
        "all that the checks printed is in /data/checks/7.log",
    ] {
        assert!(screen.contains(words), "{words}: {screen}");
    }
    assert!(!screen.contains("landing 1/2"), "{screen}");

    let mut stage = shipping();
    let all = json!({ "landed": [{ "workspace": "search", "branch": "feat/search", "commit": "abc", "snapshot": null, "not_deleted": null }] });
    rides(&mut stage, train("ended", &all));
    assert!(stage.screen().contains(" 1 workspace has landed in main"), "{}", stage.screen());
    assert!(matches!(stage.keys("u").pop(), Some(Request::Do(..))), "nothing lies over the board");
}

#[test]
fn a_train_that_somebody_else_began_is_followed_once_it_is_seen_in_the_queue() {
    let mut stage = Stage::new(90, 24, &fleet());
    let Some(Request::View(look, ..)) = stage.keys("Q").pop() else { panic!("no view") };
    let places = vec![
        place(1, "search", &json!({ "train": "building" })),
        place(2, "auth", &json!({ "train": "waits" })),
    ];
    let wanted = stage.hears(Event::Viewed(look, Box::new(Ok(Viewed::Queue(places)))));
    assert!(stage.screen().contains("in the train: being built"), "{}", stage.screen());
    let [Request::Do(ticket, deed)] = wanted.as_slice() else { panic!("{wanted:?}") };
    assert!(
        matches!(&**deed, Deed::LookAlong(asked) if asked.dry_run && asked.into.as_deref() == Some("main"))
    );
    let joined = Foreseen { train: train("running", &json!({})), places: Vec::new() };
    assert_eq!(
        comes(&mut stage, *ticket, Done::Foreseen(Box::new(joined))),
        [Request::Follow("tr_1".to_owned())]
    );
    // What happens to it changes the queue: it is asked for again.
    assert!(matches!(rides(&mut stage, checking()).as_slice(), [Request::View(..)]));
    let problem = api::Problem::new(api::ErrorCode::NotFound, "there is no such train here");
    stage.hears(Event::Rode("tr_1".to_owned(), Box::new(Err(problem))));
    assert!(stage.screen().contains("there is no such train here"), "{}", stage.screen());
}
