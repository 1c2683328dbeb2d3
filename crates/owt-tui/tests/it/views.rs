//! The views in the board's place, and the editor on what conflicts.

use owt_api as api;
use owt_tui::Deed;
use owt_tui::Done;
use owt_tui::Event;
use owt_tui::Look;
use owt_tui::Request;
use owt_tui::Seen;
use owt_tui::Ticket;
use owt_tui::ViewKind;
use owt_tui::Viewed;
use serde_json::Value;
use serde_json::json;

use crate::stage::Stage;
use crate::stage::permission;
use crate::stage::workspace;

fn fleet() -> Vec<Value> {
    ["auth", "prices", "search"]
        .map(|name| workspace(name, "done", &json!({ "commits_ahead": 1, "conflicts_with": [] })))
        .to_vec()
}

fn conflicts() -> api::Conflicts {
    let file = json!({ "path": "src/cart.rs", "kind": "content",
        "lines": [{ "a": { "first": 10, "count": 3 }, "b": { "first": 14, "count": 1 } }] });
    let gone = json!({ "path": "old.txt", "kind": "modify_delete", "lines": [] });
    let told = json!({
        "workspaces": 3,
        "pairs": [{ "a": "prices", "b": "search", "files": [file, gone] }],
        "targets": [{ "workspace": "auth", "target": "main", "files": [file] }],
        "unknown": [{ "workspace": "search", "with": "auth", "reason": "its folder is not there" }],
    });
    serde_json::from_value(told).unwrap()
}

fn place(place: u32, name: &str, state: &str, because: &str, reason: &str) -> Value {
    json!({ "place": place, "workspace": name, "branch": format!("feat/{name}"), "target": "main", "state": state,
        "because": because, "reason": reason, "files": 1, "commits": 1, "conflicts_with": [], "depends_on": [],
        "created_at": "2026-01-02T11:00:00Z" })
}

fn queue(names: &[&str]) -> Viewed {
    let places = names
        .iter()
        .zip(1..)
        .map(|(name, at)| place(at, name, "ready", "size", "changes fewer files than the next"));
    Viewed::Queue(places.map(|place| serde_json::from_value(place).unwrap()).collect())
}

fn asked(wanted: &[Request], kind: ViewKind) -> Look {
    match wanted {
        [Request::View(look, of, cwd)] if *of == kind && cwd == "/repos/shop" => *look,
        other => panic!("{other:?}"),
    }
}

fn shows(stage: &mut Stage, look: Look, viewed: Viewed) -> Vec<Request> {
    stage.hears(Event::Viewed(look, Box::new(Ok(viewed))))
}

#[test]
fn who_would_not_merge_with_whom_stands_in_the_boards_place() {
    let mut stage = Stage::new(90, 20, &fleet());
    let wanted = stage.keys("C");
    assert!(stage.screen().contains("asking the server"), "{}", stage.screen());
    shows(&mut stage, asked(&wanted, ViewKind::Conflicts), Viewed::Conflicts(conflicts()));
    insta::assert_snapshot!(stage.screen(), @r#"
     shop · conflicts (esc goes back) · 3 ready                                         12:00
      prices with search
        src/cart.rs  both changed it: lines 10-12 of prices, 14 of search
        old.txt  changed and deleted
    ▶ auth with its target main
        src/cart.rs  both changed it: lines 10-12 of main, 14 of auth
      search with auth: not known, its folder is not there












     s ship  enter answer  i send  a attach  m merge  r review  p preview  d diff       ? help
    "#);
    let Some(Request::Do(_, deed)) = stage.keys("m").pop() else { panic!("no look ahead") };
    let Deed::Merge(merge) = *deed else { panic!("{deed:?}") };
    assert_eq!(merge.workspace.name, "/repos/shop-auth", "keys are about what is chosen in the view");
    assert_eq!(stage.keys("esc esc"), []);
    assert!(stage.screen().contains("READY TO SHIP 3"), "{}", stage.screen());
    assert!(stage.screen().lines().any(|line| line.starts_with('▶') && line.contains("auth")));
}

#[test]
fn the_queue_is_shown_in_its_order_with_reasons() {
    let mut stage = Stage::new(90, 12, &fleet());
    let wanted = stage.keys("Q");
    let places = [
        place(1, "search", "ready", "size", "changes fewer files than the next"),
        place(2, "auth", "conflicts", "last", "nothing else is left"),
    ];
    let places = places.into_iter().map(|place| serde_json::from_value(place).unwrap()).collect();
    shows(&mut stage, asked(&wanted, ViewKind::Queue), Viewed::Queue(places));
    insta::assert_snapshot!(stage.screen(), @r#"
     shop · queue (esc goes back) · 3 ready                                             12:00
        1  search  main  ready                      changes fewer files than the next
    ▶   2  auth    main  conflicts with its target  nothing else is left








     s ship  enter answer  i send  a attach  m merge  r review  p preview  d diff       ? help
    "#);
    stage.hears(Event::Click(5, 1));
    assert!(stage.screen().lines().nth(1).unwrap().starts_with('▶'), "{}", stage.screen());
    assert_eq!(stage.keys("Q"), [], "the same key closes it");
    assert!(stage.screen().contains("READY TO SHIP"), "{}", stage.screen());
}

#[test]
fn who_only_looks_at_a_view_finds_the_board_as_it_was() {
    let mut stage = Stage::new(90, 12, &fleet());
    stage.keys("G");
    let selected =
        |stage: &Stage| stage.screen().lines().find(|line| line.starts_with('▶')).unwrap().to_owned();
    let before = selected(&stage);
    let wanted = stage.keys("Q");
    shows(&mut stage, asked(&wanted, ViewKind::Queue), queue(&["auth", "elsewhere"]));
    stage.keys("Q");
    assert_eq!(selected(&stage), before);
}

#[test]
fn a_reason_that_has_no_room_beside_its_work_stands_below_it() {
    let mut stage = Stage::new(60, 15, &fleet());
    let wanted = stage.keys("Q");
    let places = [place(
        1,
        "search",
        "ready",
        "size",
        "changes fewer files than the next of all those that are ready",
    )];
    let places = places.into_iter().map(|place| serde_json::from_value(place).unwrap()).collect();
    shows(&mut stage, asked(&wanted, ViewKind::Queue), Viewed::Queue(places));
    let screen = stage.screen();
    let words: String = screen.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("changes fewer files than the next of all those that are ready"), "{screen}");
}

#[test]
fn a_view_is_asked_for_again_when_something_changes_and_one_question_at_a_time() {
    let mut stage = Stage::new(90, 20, &fleet());
    let wanted = stage.keys("Q");
    let look = asked(&wanted, ViewKind::Queue);
    let mut more = fleet();
    more.push(workspace("late", "idle", &json!({ "commits_ahead": 1 })));
    assert_eq!(stage.lists(&more), [], "an answer is still to come");
    let wanted = shows(&mut stage, look, queue(&["auth", "search"]));
    let again = asked(&wanted, ViewKind::Queue);
    assert_eq!(shows(&mut stage, look, queue(&["prices"])), [], "what comes late is nothing any more");
    assert!(stage.screen().contains("search"), "{}", stage.screen());
    stage.keys("j");
    assert_eq!(shows(&mut stage, again, queue(&["late", "auth", "search"])), []);
    let chosen =
        |stage: &Stage| stage.screen().lines().find(|line| line.starts_with('▶')).unwrap().to_owned();
    assert!(chosen(&stage).contains("search"), "{}", chosen(&stage));
    assert_eq!(stage.lists(&more), [], "nothing has changed");
}

#[test]
fn a_view_that_cannot_be_had_says_why_and_keys_do_nothing_behind_it() {
    let mut stage = Stage::new(90, 20, &fleet());
    let wanted = stage.keys("C");
    let problem =
        api::Problem::new(api::ErrorCode::NotARepository, "this is no repository").hint("cd to one");
    stage.hears(Event::Viewed(asked(&wanted, ViewKind::Conflicts), Box::new(Err(problem))));
    let screen = stage.screen();
    assert!(screen.contains("this is no repository") && screen.contains("hint: cd to one"), "{screen}");
    assert_eq!(stage.keys("s"), [], "no row is to be seen");
    let wanted = stage.lists(&fleet());
    asked(&wanted, ViewKind::Conflicts);
}

#[test]
fn the_editor_opens_on_what_conflicts_if_the_person_still_waits() {
    let clashes = |name: &str, with: &str| {
        workspace(name, "done", &json!({ "commits_ahead": 1, "conflicts_with": [with] }))
    };
    let mut stage = Stage::new(90, 20, &[clashes("auth", "prices"), clashes("prices", "auth")]);
    let find = |stage: &mut Stage, name: &str| {
        stage.keys("/");
        stage.writes(name);
        stage.keys("enter");
        match stage.keys("f").pop() {
            Some(Request::Do(ticket, deed)) => match *deed {
                Deed::FindConflicts(asked) => (ticket, asked.cwd),
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    };
    let found = |ticket: Ticket| Event::Outcome(ticket, Box::new(Ok(Done::Conflicts(conflicts()))));
    let (ticket, cwd) = find(&mut stage, "prices");
    assert_eq!(cwd, "/repos/shop-prices");
    let files = ["old.txt", "src/cart.rs"].map(str::to_owned).to_vec();
    assert_eq!(stage.hears(found(ticket)), [], "an editor that opens by itself would get keys of the board");
    assert!(
        stage.screen().contains("Fix prices?") && stage.screen().contains("src/cart.rs: with "),
        "{}",
        stage.screen()
    );
    assert_eq!(stage.keys("y"), [Request::Edit("/repos/shop-prices".to_owned(), files)]);
    let (ticket, _) = find(&mut stage, "auth");
    stage.keys("esc");
    assert_eq!(stage.hears(found(ticket)), [], "the person did not wait");
    let (ticket, _) = find(&mut stage, "auth");
    let none = api::Conflicts { workspaces: 3, pairs: Vec::new(), targets: Vec::new(), unknown: Vec::new() };
    assert_eq!(stage.hears(Event::Outcome(ticket, Box::new(Ok(Done::Conflicts(none))))), []);
    assert!(stage.screen().contains("auth conflicts with nobody now"), "{}", stage.screen());
}

#[test]
fn the_editor_is_offered_only_where_there_is_a_conflict() {
    let mut stage = Stage::new(140, 20, &fleet());
    assert!(!stage.screen().contains("f fix"), "{}", stage.screen());
    assert_eq!(stage.keys("f"), []);
    assert!(stage.screen().contains("fix: 'auth' conflicts with nobody"), "{}", stage.screen());
    stage.keys(": f i x");
    assert!(stage.screen().contains("nothing fits"), "{}", stage.screen());
    stage.keys("esc");
    // With its target alone the view of the conflicts has it.
    let wanted = stage.keys("C");
    shows(&mut stage, asked(&wanted, ViewKind::Conflicts), Viewed::Conflicts(conflicts()));
    assert!(stage.screen().contains("f fix"), "{}", stage.screen());
    let Some(Request::Do(_, deed)) = stage.keys("f").pop() else { panic!("no look") };
    assert!(matches!(*deed, Deed::FindConflicts(asked) if asked.cwd == "/repos/shop-auth"));
}

#[test]
fn a_conflict_with_the_target_is_told_in_the_row_and_its_files_open() {
    let with_main = json!({ "commits_ahead": 1, "conflicts_with_target": "main" });
    let mut stage = Stage::new(140, 20, &[workspace("auth", "done", &with_main)]);
    assert!(stage.screen().contains("conflicts with main · Do auth"), "{}", stage.screen());
    assert!(stage.screen().contains("f fix"), "{}", stage.screen());
    let Some(Request::Do(ticket, deed)) = stage.keys("f").pop() else { panic!("no look") };
    assert!(matches!(*deed, Deed::FindConflicts(asked) if asked.cwd == "/repos/shop-auth"));
    let found: api::Conflicts = serde_json::from_value(json!({
        "workspaces": 1, "pairs": [], "unknown": [],
        "targets": [{ "workspace": "auth", "target": "main", "files": [{ "path": "a.txt", "kind": "content", "lines": [] }] }],
    }))
    .unwrap();
    stage.hears(Event::Outcome(ticket, Box::new(Ok(Done::Conflicts(found)))));
    assert!(stage.screen().contains("a.txt: with its target main"), "{}", stage.screen());
    let files = vec!["a.txt".to_owned()];
    assert_eq!(stage.keys("y"), [Request::Edit("/repos/shop-auth".to_owned(), files)]);
}

#[test]
fn what_a_merge_has_left_in_a_workspace_is_told_and_opens_in_the_editor() {
    let left = json!({ "commits_ahead": 1, "dirty_files": 2, "unmerged_files": ["a.txt", "b.txt"] });
    let mut stage = Stage::new(140, 20, &[workspace("auth", "idle", &left)]);
    assert!(stage.screen().contains("a merge has left conflicts in a.txt and 1 more"), "{}", stage.screen());
    assert!(stage.screen().contains("f fix"), "{}", stage.screen());
    assert_eq!(stage.keys("f"), []);
    assert!(stage.screen().contains("b.txt: a merge has left conflicts in it"), "{}", stage.screen());
    let files = ["a.txt", "b.txt"].map(str::to_owned).to_vec();
    assert_eq!(stage.keys("y"), [Request::Edit("/repos/shop-auth".to_owned(), files)]);
}

#[test]
fn what_is_not_to_be_seen_is_not_allowed_by_one_key() {
    let asks = json!({ "pending": permission("req_1", "cargo publish") });
    let mut stage = Stage::new(90, 20, &[workspace("auth", "waiting_permission", &asks)]);
    let wanted = stage.keys("Q");
    shows(&mut stage, asked(&wanted, ViewKind::Queue), queue(&["auth"]));
    stage.pass(1_000);
    assert_eq!(stage.keys("y"), [], "a queue does not show what is asked");
    assert!(stage.screen().contains("cargo publish"), "{}", stage.screen());
    stage.pass(400);
    assert!(matches!(stage.deed("y"), Deed::Answer(_)));
    stage.keys("Q l z");
    stage.pass(1_000);
    assert_eq!(stage.keys("y"), [], "nor does a pane over the whole screen");
    assert!(stage.screen().contains("cargo publish"), "{}", stage.screen());
}

#[test]
fn what_is_wider_than_a_pane_can_be_read_to_its_end() {
    let mut stage = Stage::new(60, 24, &[workspace("auth", "done", &json!({ "commits_ahead": 1 }))]);
    let look = |wanted: &[Request]| match wanted {
        [Request::Look(look, _)] => *look,
        other => panic!("{other:?}"),
    };
    let log = look(&stage.keys("l"));
    let long = format!("{} the end of the line", "word ".repeat(30));
    stage.hears(Event::Looked(log, Seen::Text(format!("{long}\n"))));
    let screen = stage.screen();
    let pane = screen.split("log ─").nth(1).unwrap();
    assert!(
        pane.replace("│\n│", "").contains("the end of the line") && !pane.contains('…'),
        "a log is broken: {screen}"
    );
    stage.keys("l");
    let diff = look(&stage.keys("d"));
    let patch = format!("diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -0,0 +1 @@\n+{long}\n");
    stage.hears(Event::Looked(diff, Seen::Text(patch)));
    stage.hears(Event::Looked(diff, Seen::End));
    assert!(!stage.screen().contains("the end of the line"), "{}", stage.screen());
    stage.keys("right right right right right right right");
    assert!(stage.screen().contains("the end of the line"), "a diff moves sideways: {}", stage.screen());
    stage.keys("left left left left left left left");
    assert!(stage.screen().contains("diff --git a/a"), "{}", stage.screen());
}
