//! What comes from agents and terminals of any size.

use owt_tui::Event;
use owt_tui::Look;
use owt_tui::Seen;
use owt_tui::Theme;
use proptest::prelude::*;
use serde_json::Value;
use serde_json::json;

use crate::stage::Stage;
use crate::stage::permission;
use crate::stage::workspace;

const STATUSES: [&str; 10] = [
    "starting",
    "working",
    "waiting_input",
    "waiting_permission",
    "idle",
    "blocked",
    "done",
    "failed",
    "exited",
    "unknown",
];

fn nasty() -> String {
    "\u{1b}[2J\u{1b}]0;owned\u{7}日本語 a\u{301}\u{202e}fdp.exe ".repeat(400)
}

fn row(number: usize) -> Value {
    let status = STATUSES[number % STATUSES.len()];
    let more = json!({ "task": nasty(), "title": nasty(), "status_detail": nasty(),
        "pending": if number.is_multiple_of(3) { permission("req", &nasty()) } else { json!([]) },
        "unread": number.is_multiple_of(2), "commits_ahead": number % 4 });
    workspace(&format!("{number}-日本-\u{1b}[31m"), status, &more)
}

/// Nothing on the screen acts on a terminal.
fn is_harmless(stage: &Stage) -> Result<(), TestCaseError> {
    for cell in stage.buffer(Theme::Light).content() {
        for letter in cell.symbol().chars() {
            prop_assert!(
                !letter.is_control() && !('\u{202a}'..='\u{202e}').contains(&letter),
                "{:?}",
                cell.symbol()
            );
        }
    }
    Ok(())
}

#[test]
fn a_thousand_rows_can_be_walked_through() {
    let rows: Vec<Value> = (0..1000).map(row).collect();
    let mut stage = Stage::new(120, 40, &rows);
    for key in ["G", "k", "pageup", "g", "pagedown", "j"] {
        stage.keys(key);
        let screen = stage.screen();
        assert_eq!(screen.lines().filter(|line| line.starts_with('▶')).count(), 1, "{key}: {screen}");
    }
}

#[test]
fn a_task_of_ten_thousand_characters_with_marks_of_direction_is_read_in_its_place_alone() {
    let long = "\u{202e}Umkehr a\u{301}\u{5d0}\u{5d1} \u{1f469}\u{200d}\u{1f469} ".repeat(600);
    assert!(long.chars().count() > 10_000);
    let rows = [
        workspace("long", "idle", &json!({ "task": long, "title": long })),
        workspace("short", "working", &json!({})),
    ];
    for (columns, height) in [(20, 5), (60, 15), (120, 40), (300, 80)] {
        let mut stage = Stage::new(columns, height, &rows);
        is_harmless(&stage).unwrap();
        let screen = stage.screen();
        assert!(screen.contains("long") && screen.contains("short"), "{columns}x{height}: {screen}");
        for keys in ["enter", "esc p", "p n"] {
            stage.keys(keys);
            stage.writes(&long);
            is_harmless(&stage).unwrap();
        }
        assert_eq!(stage.screen().lines().count(), usize::from(height));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_keys_on_any_size_with_any_rows(
        columns in 0_u16..300,
        height in 0_u16..80,
        count in 0_usize..30,
        keys in prop::collection::vec("(j|k|s|S|U|u|r|c|C|Q|f|n|p|y|N|enter|esc|i|b|m|d|l|e|K|x|z|G|g|/|:|\\?|down|pagedown|tab|backspace)", 0..25),
    ) {
        let rows: Vec<Value> = (0..count).map(row).collect();
        let mut stage = Stage::new(columns, height, &rows);
        is_harmless(&stage)?;
        for key in keys {
            stage.keys(&key);
            stage.hears(Event::Looked(Look(1), Seen::Text(nasty())));
            is_harmless(&stage)?;
        }
        stage.hears(Event::Resized(height, columns));
        is_harmless(&stage)?;
    }

    #[test]
    fn any_clicks_among_any_keys(
        columns in 1_u16..200,
        height in 1_u16..60,
        count in 0_usize..30,
        steps in prop::collection::vec(("(j|K|S|r|v|c|C|Q|n|enter|esc|/|:|\\?|p|z|b)", 0_u16..200, 0_u16..60, -3_i16..4), 0..20),
    ) {
        let rows: Vec<Value> = (0..count).map(row).collect();
        let mut stage = Stage::new(columns, height, &rows);
        for (key, x, y, lines) in steps {
            stage.keys(&key);
            stage.hears(Event::Click(x, y));
            stage.hears(Event::Wheel(lines));
            is_harmless(&stage)?;
        }
    }
}
