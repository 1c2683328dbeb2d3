//! The mouse does what the keys do.

use owt_tui::Deed;
use owt_tui::Event;
use owt_tui::Request;
use owt_tui::Seen;
use serde_json::Value;
use serde_json::json;

use crate::stage::Stage;
use crate::stage::permission;
use crate::stage::workspace;

fn fleet() -> Vec<Value> {
    vec![
        workspace("auth", "waiting_permission", &json!({ "pending": permission("req_1", "make") })),
        workspace("prices", "done", &json!({ "commits_ahead": 1 })),
        workspace("search", "working", &json!({})),
        workspace("young", "working", &json!({ "status_since": "2026-01-02T11:56:00Z" })),
    ]
}

/// Clicks on these words, the last of them on the screen.
fn clicks(stage: &mut Stage, words: &str) -> Vec<Request> {
    let screen = stage.screen();
    let found = screen.lines().enumerate().filter_map(|(row, line)| Some((row, line.rfind(words)?, line)));
    let (row, at, line) = found.last().unwrap_or_else(|| panic!("no {words} on\n{screen}"));
    let column = line[..at].chars().count();
    stage.hears(Event::Click(u16::try_from(column).unwrap(), u16::try_from(row).unwrap()))
}

fn selected(stage: &Stage) -> String {
    let screen = stage.screen();
    screen.lines().find(|line| line.starts_with('▶')).unwrap_or_else(|| panic!("{screen}")).to_owned()
}

#[test]
fn a_click_selects_a_row_and_at_a_heading_the_first_below_it() {
    let mut stage = Stage::new(100, 24, &fleet());
    clicks(&mut stage, "prices");
    assert!(selected(&stage).contains("prices"));
    clicks(&mut stage, "IN FLIGHT");
    assert!(selected(&stage).contains("search"), "{}", stage.screen());
    stage.hears(Event::Wheel(1));
    assert!(selected(&stage).contains("young"));
    stage.hears(Event::Wheel(-2));
    assert!(selected(&stage).contains("prices"));
}

#[test]
fn a_click_at_the_foot_is_the_key_that_stands_there() {
    let mut stage = Stage::new(110, 24, &fleet());
    clicks(&mut stage, "? help");
    assert!(stage.screen().contains("─ Keys ─"), "{}", stage.screen());
    let before = stage.screen();
    stage.hears(Event::Wheel(1));
    assert_ne!(stage.screen(), before, "the wheel scrolls it");
    stage.hears(Event::Click(50, 10));
    assert!(!stage.screen().contains("─ Keys ─"));
    let wanted = clicks(&mut stage, "N deny");
    assert!(wanted.is_empty() && stage.screen().contains("Deny what"), "{}", stage.screen());
    stage.keys("esc");
    assert!(clicks(&mut stage, "  ").is_empty(), "beside the keys there is nothing");
    let allowed = clicks(&mut stage, "y allow");
    assert!(
        matches!(&allowed[..], [Request::Do(_, deed)] if matches!(**deed, Deed::Answer(_))),
        "{allowed:?}"
    );
}

#[test]
fn what_a_task_is_started_with_and_the_foot_of_a_dialog_are_clicked() {
    let mut stage = Stage::new(100, 24, &fleet());
    stage.keys("n");
    clicks(&mut stage, "template  ");
    let screen = stage.screen();
    assert!(screen.contains("Which way of working?") && screen.contains("enter take it"), "{screen}");
    clicks(&mut stage, "esc close");
    assert!(stage.screen().contains("What should be done?"), "{}", stage.screen());
    clicks(&mut stage, "alt-s session");
    assert!(stage.screen().contains("How does it live?"), "{}", stage.screen());
    stage.keys("esc");
    clicks(&mut stage, "esc close");
    assert!(!stage.screen().contains("What should be done?"), "{}", stage.screen());
}

#[test]
fn ways_on_and_things_to_pick_are_clicked() {
    let mut stage = Stage::new(100, 24, &fleet());
    clicks(&mut stage, "search");
    stage.keys("K");
    assert!(clicks(&mut stage, "Stop search?").is_empty(), "only the ways themselves are ways");
    assert!(stage.screen().contains("Stop search?"));
    clicks(&mut stage, "esc closes");
    assert!(!stage.screen().contains("Stop search?"));
    stage.keys("K");
    let line = stage.screen().lines().find(|line| line.contains("│y ")).unwrap().trim().to_owned();
    let stopped = clicks(&mut stage, line.trim_matches('│').trim());
    assert!(matches!(&stopped[..], [Request::Do(_, deed)] if matches!(**deed, Deed::Stop(_))), "{stopped:?}");

    stage.keys("/");
    stage.hears(Event::Wheel(2));
    let chosen = stage.screen().lines().find(|line| line.contains("│▶")).unwrap().to_owned();
    assert!(chosen.contains("search"), "{chosen}");
    clicks(&mut stage, "prices");
    assert!(selected(&stage).contains("prices"), "{}", stage.screen());
}

#[test]
fn a_click_in_a_review_goes_to_that_line_on_that_side() {
    let mut stage = Stage::new(100, 24, &fleet());
    for wanted in stage.keys("r") {
        if let Request::Look(look, _) = wanted {
            let patch = "--- a/a\n+++ b/a\n@@ -1,2 +1,2 @@\n first\n-gone\n+come\n".to_owned();
            stage.hears(Event::Looked(look, Seen::Text(patch)));
            stage.hears(Event::Looked(look, Seen::End));
        }
    }
    stage.keys("v");
    let commented = |stage: &mut Stage, words: &str| {
        clicks(stage, words);
        stage.keys("c");
        let screen = stage.screen();
        stage.keys("esc");
        screen
            .lines()
            .rev()
            .find(|line| line.contains("On a:"))
            .map(|line| line.trim_matches('│').trim().to_owned())
    };
    assert_eq!(commented(&mut stage, "+come").as_deref(), Some("On a:2"));
    clicks(&mut stage, "-gone");
    stage.keys("c");
    stage.writes("Why?");
    stage.keys("enter");
    assert!(stage.screen().contains("┃ Why?"));
    clicks(&mut stage, "first");
    stage.keys("c");
    assert!(stage.screen().contains("On a:1"), "{}", stage.screen());
    clicks(&mut stage, "+come");
    assert!(stage.screen().contains("On a:1"), "what is being written stays on its line");
}

#[test]
fn a_click_into_what_is_written_puts_the_cursor_there() {
    let mut stage = Stage::new(100, 24, &fleet());
    stage.keys("i");
    stage.writes("tell it so");
    clicks(&mut stage, "it so");
    stage.writes("them and ");
    assert!(stage.screen().contains("tell them and it so"), "{}", stage.screen());
}
