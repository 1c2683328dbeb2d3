//! Who stands where, and how that looks.

use owt_api::Happening;
use owt_tui::Event;
use serde_json::Value;
use serde_json::json;

use crate::stage::Stage;
use crate::stage::permission;
use crate::stage::workspace;

/// One of each kind.
fn fleet() -> Vec<Value> {
    vec![
        workspace("search", "working", &json!({ "model": "opus", "cost_usd": 0.42, "dirty_files": 3 })),
        workspace(
            "auth-jwt",
            "waiting_permission",
            &json!({ "pending": permission("req_1", "cargo test --workspace"), "commits_ahead": 2, "unread": true }),
        ),
        workspace(
            "prices",
            "done",
            &json!({ "commits_ahead": 1, "commits_behind": 4, "status_since": "2026-01-02T09:00:00Z" }),
        ),
        workspace(
            "checkout",
            "blocked",
            &json!({
                "backend": "tmux", "status_since": "2026-01-02T10:00:00Z", "status_detail": "it asks you to log in",
            }),
        ),
        workspace("docs", "exited", &json!({ "session": null, "status_since": "2026-01-01T10:00:00Z" })),
        workspace(
            "crashed",
            "failed",
            &json!({ "session": null, "unread": true, "status_detail": "the program crashed" }),
        ),
        workspace("rest", "idle", &json!({})),
        workspace(
            "young",
            "starting",
            &json!({ "outfit": { "port": null, "compose_project": null,
            "database_suffix": null, "install": "running", "setup": "off" }, "status_detail": "installing packages: npm ci" }),
        ),
    ]
}

#[test]
fn what_waits_longest_on_the_person_is_first_and_nobody_leaves_the_board() {
    let stage = Stage::new(100, 20, &fleet());
    insta::assert_snapshot!(stage.screen(), @r#"
     shop · 3 need you · 1 ready · 3 in flight · 1 over                                           12:00
     NEEDS YOU 3
    ▶ ▲ blocked      checkout   claude                    2h it asks you to log in
      ◆ needs a yes  auth-jwt • claude      ↑2            5m Bash: cargo test --workspace
      ✗ failed       crashed •  claude                    5m the program crashed
     READY TO SHIP 1
      ✓ done         prices     claude      ↑1 ↓4         3h Do prices
     IN FLIGHT 3
      ○ idle         rest       claude                    5m Do rest
      ● working      search     claude opus ~3    $0.42   5m Do search
      ◌ starting     young      claude                    5m installing packages: npm ci
     BACKGROUND 1
      ■ exited       docs       claude                    1d Do docs






     enter answer  i send  a attach  r review  p preview  d diff  l log  e explain  K stop  n new ? help
    "#);
}

#[test]
fn what_an_agent_has_begun_stands_below_it_and_the_one_that_waits_longest_brings_all_along() {
    let of = |lead: &str| json!({ "begun_by": format!("ws_{lead}") });
    let mut waits = of("lead");
    waits["status_since"] = json!("2026-01-02T11:00:00Z");
    let ready = json!({ "begun_by": "ws_lead", "commits_ahead": 1 });
    let rows = [
        workspace("alone", "working", &json!({ "status_since": "2026-01-02T11:30:00Z" })),
        workspace("lead", "working", &json!({})),
        workspace("beta", "working", &of("lead")),
        workspace("alpha", "working", &waits),
        workspace("deep", "working", &of("alpha")),
        workspace("ready", "done", &ready),
        workspace("orphan", "working", &of("nobody-here")),
    ];
    let stage = Stage::new(80, 14, &rows);
    insta::assert_snapshot!(stage.screen(), @r#"
     shop · 1 ready · 6 in flight                                             12:00
     READY TO SHIP 1
    ▶ ✓ done         ready      ↑1   5m Do ready
     IN FLIGHT 6
      ● working      lead            5m Do lead
      ● working      └ alpha         1h Do alpha
      ● working        └ deep        5m Do deep
      ● working      └ beta          5m Do beta
      ● working      alone          30m Do alone
      ● working      orphan          5m Do orphan



     s ship  enter answer  i send  a attach  m merge  r review  p preview     ? help
    "#);
}

#[test]
fn a_row_says_how_many_lines_its_work_adds_and_removes_where_there_is_room() {
    let counts = json!({ "commits_ahead": 2, "lines_added": 12_345, "lines_removed": 7 });
    let mut stage = Stage::new(110, 10, &[workspace("auth", "done", &counts)]);
    assert!(stage.screen().contains("claude +12k -7 ↑2 "), "{}", stage.screen());
    stage.hears(Event::Resized(80, 10));
    assert!(stage.screen().contains("auth   ↑2 ") && !stage.screen().contains("+12k"), "{}", stage.screen());
}

#[test]
fn on_a_narrow_terminal_the_name_and_the_question_remain() {
    insta::assert_snapshot!(Stage::new(60, 15, &fleet()).screen(), @r#"
     shop · 3 need you · 1 ready · 3 in flight · 1 over   12:00
     NEEDS YOU 3
    ▶ ▲ blocked      checkout     2h it asks you to log in
      ◆ needs a yes  auth-jwt •   5m Bash: cargo test --workspa…
        Bash: cargo test --workspace
      ✗ failed       crashed •    5m the program crashed
     READY TO SHIP 1
      ✓ done         prices       3h Do prices
     IN FLIGHT 3
      ○ idle         rest         5m Do rest
      ● working      search       5m Do search
      ◌ starting     young        5m installing packages: npm ci
     BACKGROUND 1

     enter answer  i send  a attach  r review  p preview  ? help
    "#);
}

#[test]
fn on_the_smallest_terminal_rows_are_all_there_is() {
    insta::assert_snapshot!(Stage::new(20, 5, &fleet()).screen(), @r#"
     shop · 3 need you …
    ▶ ▲ checkout   it a…
      ◆ auth-jwt • Bash…
      ✗ crashed •  the …
     enter answer ? help
    "#);
}

#[test]
fn a_question_that_has_no_room_in_its_row_is_told_below_it() {
    let long = "run the whole test suite of the workspace with every feature switched on, then remove target/ and build again";
    let rows = [
        workspace("auth", "waiting_permission", &json!({ "pending": permission("req_1", long) })),
        workspace("other", "working", &json!({})),
    ];
    insta::assert_snapshot!(Stage::new(70, 13, &rows).screen(), @r#"
     shop · 1 needs you · 1 in flight                               12:00
     NEEDS YOU 1
    ▶ ◆ needs a yes  auth      5m Bash: run the whole test suite of the w…
        Bash: run the whole test suite of the workspace with every
        feature switched on, then remove target/ and build again
     IN FLIGHT 1
      ● working      other     5m Do other





     y allow  N deny  enter answer  i send  a attach  r review      ? help
    "#);
}

#[test]
fn without_workspaces_it_says_how_to_start_one() {
    let screen = Stage::new(60, 12, &[]).screen();
    assert!(screen.contains("No workspaces yet.") && !screen.contains("NEEDS YOU"), "{screen}");
}

#[test]
fn the_selected_row_stays_selected_when_it_moves() {
    let mut stage = Stage::new(80, 20, &fleet());
    stage.keys("j j j j");
    let selected = |stage: &Stage| {
        let screen = stage.screen();
        screen
            .lines()
            .find(|line| line.starts_with('▶'))
            .unwrap()
            .split_whitespace()
            .nth(3)
            .unwrap()
            .to_owned()
    };
    let before = selected(&stage);
    let mut rows = fleet();
    rows.retain(|row| row["name"] != "checkout");
    stage.lists(&rows);
    assert_eq!(selected(&stage), before);
    // One that is gone hands over to the row in its place.
    rows.retain(|row| row["name"] != before.as_str());
    stage.lists(&rows);
    assert_ne!(selected(&stage), before);
}

#[test]
fn a_lost_server_is_told_until_it_is_back() {
    let mut stage = Stage::new(80, 20, &fleet());
    stage.hears(Event::Lost("nobody answers".to_owned()));
    assert!(
        stage.screen().contains("the server is away, asking again: nobody answers"),
        "{}",
        stage.screen()
    );
    stage.keys("j");
    assert!(stage.screen().contains("the server is away"), "a key does not hide it");
    stage.lists(&fleet());
    assert!(stage.screen().contains("the server is there again"), "{}", stage.screen());
}

#[test]
fn a_server_that_was_stopped_stays_so_until_a_key_starts_it() {
    let mut stage = Stage::new(80, 20, &fleet());
    assert_eq!(stage.hears(Event::Stopped), []);
    stage.keys("j");
    assert!(
        stage.screen().contains("the server was stopped, agents go on: enter starts it"),
        "{}",
        stage.screen()
    );
    assert_eq!(stage.keys("enter"), [owt_tui::Request::StartServer]);
    assert!(stage.screen().contains("it was stopped, and is started"), "{}", stage.screen());
    stage.lists(&fleet());
    assert!(stage.screen().contains("the server is there again"), "{}", stage.screen());
}

#[test]
fn the_day_s_cost_is_asked_for_when_something_has_cost_more() {
    let mut stage = Stage::new(80, 20, &fleet());
    assert_eq!(stage.lists(&fleet()), [], "nothing has changed");
    let mut rows = fleet();
    rows[0]["cost_usd"] = json!(0.5);
    assert_eq!(stage.lists(&rows), [owt_tui::Request::ReadSpent]);
    stage.hears(Event::Spent(Some(owt_api::Cost { usd: 1.234, is_estimated: false })));
    assert!(stage.screen().lines().next().unwrap().ends_with("$1.23 today · 12:00"), "{}", stage.screen());
}

#[test]
fn a_message_that_waits_behind_a_draft_waits_on_the_person() {
    let waits =
        "a message waits behind what somebody has typed into its prompt box: attach, and send or clear that";
    let held = workspace("typed", "idle", &json!({ "held_message": true, "status_detail": waits }));
    let stage = Stage::new(100, 12, &[workspace("rest", "idle", &json!({})), held]);
    let screen = stage.screen();
    let (needs, flies) = (screen.find("NEEDS YOU 1").unwrap(), screen.find("IN FLIGHT 1").unwrap());
    assert!((needs..flies).contains(&screen.find("typed").unwrap()), "{screen}");
    assert!(screen.contains("a message waits behind what"), "{screen}");
}

#[test]
fn a_message_that_may_not_have_been_read_needs_the_person_before_its_work_is_ready() {
    let words = "a message to it may not have been read: look";
    let unsure = json!({ "uncertain_message": true, "status_detail": words, "commits_ahead": 1 });
    for status in ["idle", "working"] {
        let stage = Stage::new(
            100,
            12,
            &[workspace("rest", "idle", &json!({})), workspace("unsure", status, &unsure)],
        );
        let screen = stage.screen();
        let (needs, flies) = (screen.find("NEEDS YOU 1").unwrap(), screen.find("IN FLIGHT 1").unwrap());
        assert!((needs..flies).contains(&screen.find("unsure").unwrap()), "{screen}");
        assert!(screen.contains(words), "{screen}");
    }
}

#[test]
fn of_what_is_over_the_ten_newest_are_shown_until_the_person_goes_further() {
    let over = |number: u32| {
        let since = format!("2026-01-01T{:02}:00:00Z", 23 - number);
        workspace(&format!("old-{number:02}"), "exited", &json!({ "session": null, "status_since": since }))
    };
    let mut rows: Vec<Value> = (0..14).map(over).collect();
    rows.push(workspace("search", "working", &json!({})));
    let mut stage = Stage::new(100, 30, &rows);
    let screen = stage.screen();
    assert!(
        screen.contains("BACKGROUND 14") && screen.contains("old-09") && !screen.contains("old-10"),
        "{screen}"
    );
    assert!(screen.contains("… 4 more, longer over"), "{screen}");
    stage.keys("G");
    let screen = stage.screen();
    assert!(screen.contains("old-13") && !screen.contains("longer over"), "{screen}");
    stage.keys("g");
    let line = stage.screen().lines().position(|line| line.contains("longer over")).unwrap();
    stage.hears(Event::Click(20, u16::try_from(line).unwrap()));
    assert!(
        stage.screen().lines().any(|line| line.starts_with('▶') && line.contains("old-10")),
        "{}",
        stage.screen()
    );
}

/// The name that the mark stands at.
fn marked(stage: &Stage) -> String {
    let screen = stage.screen();
    let line = screen.lines().find(|line| line.starts_with('▶')).unwrap_or_else(|| panic!("{screen}"));
    line.get("▶ ✓ needs answer ".len()..).unwrap().split_whitespace().next().unwrap().to_owned()
}

/// Ready, with work to land.
fn ready(name: &str) -> Value {
    workspace(name, "idle", &json!({ "commits_ahead": 1 }))
}

#[test]
fn what_is_gone_hands_over_to_its_neighbour_in_the_section_where_it_was_meant() {
    let others = [workspace("search", "working", &json!({})), workspace("zoom", "working", &json!({}))];
    let asks = workspace("auth", "waiting_permission", &json!({ "pending": permission("req_1", "make") }));
    let all = |some: &[Value]| [some, std::slice::from_ref(&asks), &others].concat();
    let mut stage = Stage::new(80, 20, &all(&[ready("login-bug"), ready("prices")]));
    stage.keys("j");
    assert_eq!(marked(&stage), "login-bug");
    // On its way out it has nothing more to land, and stands elsewhere for a while.
    let landed = workspace("login-bug", "exited", &json!({ "session": null }));
    stage.lists(&all(&[landed.clone(), ready("prices")]));
    assert_eq!(marked(&stage), "login-bug");
    stage.lists(&all(&[ready("prices")]));
    assert_eq!(marked(&stage), "prices", "its neighbour");
    stage.lists(&all(&[]));
    assert_eq!(marked(&stage), "auth", "the nearest section");
}

#[test]
fn a_key_that_was_pressed_already_is_not_for_the_row_that_came_under_it() {
    let mut stage = Stage::new(90, 20, &[ready("login-bug"), ready("prices")]);
    stage.lists(&[ready("prices")]);
    assert_eq!(stage.keys("K s"), []);
    let screen = stage.screen();
    assert!(screen.contains("another row, prices, has just come under this key"), "{screen}");
    stage.pass(1_000);
    stage.keys("K");
    assert!(stage.screen().contains("Stop prices?"), "{}", stage.screen());
    // A row that the person chose is theirs at once.
    let mut stage = Stage::new(90, 20, &[ready("login-bug"), ready("prices"), ready("search")]);
    stage.lists(&[ready("prices"), ready("search")]);
    stage.keys("j K");
    assert!(stage.screen().contains("Stop search?"), "{}", stage.screen());
}

#[test]
fn rows_of_several_repositories_say_of_which_they_are() {
    let of = |repository: &str, name: &str| {
        let mut it = workspace(name, "done", &json!({ "commits_ahead": 1 }));
        it["id"] = json!(format!("ws_{repository}_{name}"));
        it["path"] = json!(format!("/repos/{repository}-{name}"));
        it["repository"] = json!(format!("/repos/{repository}"));
        it
    };
    let rows = [of("shop", "login-bug"), of("app", "login-bug")];
    let mut stage = Stage::new(100, 20, &rows);
    let screen = stage.screen();
    assert!(screen.contains("shop/login-bug") && screen.contains("app/login-bug"), "{screen}");
    stage.keys("/");
    stage.writes("shop");
    let screen = stage.screen();
    assert!(screen.contains("▶ shop/login-bug"), "{screen}");
    stage.keys("enter K");
    assert!(stage.screen().contains("Stop shop/login-bug?"), "{}", stage.screen());
    assert!(
        stage.screen().contains("owt resume login-bug"),
        "as the command line knows it: {}",
        stage.screen()
    );
    stage.keys("esc Q");
    assert!(stage.screen().contains("queue of shop"), "{}", stage.screen());
    let text = owt_tui::as_text(
        "all",
        &rows.map(|it| serde_json::from_value(it).unwrap()),
        crate::stage::NOW.parse().unwrap(),
    );
    assert!(text.contains("shop/login-bug") && text.contains("app/login-bug"), "{text}");
}

#[test]
fn a_merge_that_was_left_half_done_waits_on_the_person_and_is_not_offered_for_landing() {
    let left = json!({ "commits_ahead": 1, "dirty_files": 1, "unmerged_files": ["src/cart.rs"] });
    let mut stage = Stage::new(110, 12, &[workspace("auth", "done", &left)]);
    let screen = stage.screen();
    assert!(screen.contains("NEEDS YOU 1") && !screen.contains("READY"), "{screen}");
    assert!(
        !screen.contains("s ship") && screen.contains("a merge has left conflicts in src/cart.rs"),
        "{screen}"
    );
    for key in ["s", "m", "U"] {
        assert_eq!(stage.keys(key), []);
        assert!(
            stage.screen().contains("has left conflicts: settle them first"),
            "{key}: {}",
            stage.screen()
        );
    }
}

#[test]
fn the_finder_has_names_before_words_that_are_not_to_be_seen() {
    let rows = [
        workspace("api-docs", "working", &json!({ "task": "say how the price is made" })),
        workspace("prices", "idle", &json!({})),
    ];
    let mut stage = Stage::new(80, 20, &rows);
    stage.keys("/");
    stage.writes("price");
    stage.keys("enter");
    assert_eq!(marked(&stage), "prices");
}

fn happening(at: &str, workspace: &str, verdict: &str, found: Option<&str>) -> Happening {
    Happening {
        at: format!("2026-01-02T{at}:00.000Z"),
        source: "critic".to_owned(),
        workspace: workspace.to_owned(),
        verdict: verdict.to_owned(),
        found: found.map(str::to_owned),
    }
}

#[test]
fn what_has_happened_by_itself_stands_below_what_is_over_until_it_is_taken_as_seen() {
    let denied = happening("09:05", "auth", "denied", Some("a.env: a key\u{1b}[31m of AWS, and 2 more"));
    let passed = happening("08:00", "docs", "passed", None);
    let mut stage = Stage::new(100, 20, &fleet());
    stage.hears(Event::Happened(vec![denied.clone(), passed.clone()]));
    let screen = stage.screen();
    assert!(screen.contains("BACKGROUND 3"), "{screen}");
    let below = screen.split_once("docs ").unwrap().1;
    let (first, second) = below.split_once("08:00  critic · docs: lets it pass").unwrap();
    assert!(first.contains("09:05  critic · auth: denies it: a.env: a key"), "{screen}");
    assert!(!second.contains("critic"), "{screen}");
    stage.keys("X");
    assert!(!stage.screen().contains("critic ·") && stage.screen().contains("2 lines taken as seen"));
    // The list comes again, with one more.
    let warned = happening("09:30", "prices", "warned", Some("a test goes"));
    stage.hears(Event::Happened(vec![warned, denied, passed]));
    let screen = stage.screen();
    assert!(screen.contains("prices: lets it pass, but: a test goes") && !screen.contains("auth: denies"));
    // Where there is nothing else, it stands below the words that say so.
    stage.lists(&[]);
    let screen = stage.screen();
    assert!(screen.contains("No workspaces yet") && screen.contains("critic · prices"), "{screen}");
}

#[test]
fn how_far_a_landing_is_is_said_before_anything_else_of_work_at_rest() {
    for (landing, words) in [
        (
            json!({ "step": "checking", "check": "cargo test", "since": "2026-01-02T09:00:00Z" }),
            "landing: checked by cargo test",
        ),
        (json!({ "step": "waiting", "since": "2026-01-02T09:00:00Z" }), "waits for its turn to land"),
        (
            json!({ "step": "landed", "since": "2026-01-02T09:00:00Z" }),
            "has landed; others that land with it have not yet",
        ),
        (
            json!({ "step": "of a later version", "since": "2026-01-02T09:00:00Z" }),
            "landing: of a later version",
        ),
    ] {
        let row = json!({ "commits_ahead": 2, "unread": true, "session": null, "landing": landing });
        let mut stage = Stage::new(120, 20, &[workspace("auth", "exited", &row)]);
        let screen = stage.screen();
        assert!(screen.contains("IN FLIGHT 1") && screen.contains(words), "{screen}");
        assert!(stage.keys("s").is_empty() && stage.screen().contains("wait for that"));
    }
}
