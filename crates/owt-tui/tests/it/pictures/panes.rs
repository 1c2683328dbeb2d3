//! What stands beside the rows.

use owt_tui::Event;
use owt_tui::Request;
use owt_tui::Seen;
use serde_json::Value;
use serde_json::json;

use super::from;
use super::selecting;
use crate::stage::Stage;
use crate::stage::picture as screen_of;

/// A pane that was opened on a workspace by a key, with what was seen for it.
fn opened(name: &str, key: &str, seen: Seen) -> Stage {
    let mut stage = selecting(name);
    if let Some(Request::Look(look, _)) = stage.keys(key).pop() {
        stage.hears(Event::Looked(look, seen));
    }
    stage
}

pub(super) fn terminal() -> Stage {
    let inked = |length: usize, colour: u8| json!({ "length": length, "letters": colour });
    let bold = |length: usize, colour: u8| json!({ "length": length, "letters": colour, "styles": ["bold"] });
    let rows: [(&str, Vec<Value>); 8] = [
        ("● Read(src/login.rs)", vec![inked(2, 75), bold(99, 255)]),
        ("  └  Read 61 lines", vec![inked(99, 245)]),
        ("● Update(src/login.rs)", vec![inked(2, 114), bold(99, 255)]),
        ("  └  41  -  let known = check(password);", vec![inked(9, 245), inked(99, 203)]),
        ("     41  +  let known = passkey.verify(&challenge)?;", vec![inked(9, 245), inked(99, 114)]),
        ("", vec![]),
        ("✶ Running the tests… (12s)", vec![bold(20, 209), inked(99, 245)]),
        ("❯ ", vec![]),
    ];
    let (texts, looks): (Vec<&str>, Vec<Vec<Value>>) = rows.into_iter().unzip();
    opened("auth", "p", Seen::Screen(screen_of(&texts, &json!(looks))))
}

pub(super) fn log() -> Stage {
    let text = "Fix the search: it is slow with many words.\n\nI read src/search.rs first.\n· Read src/search.rs\n· Bash: cargo bench \
        search\n  find/1000 words  time: 48.2 ms\nThe scan is the slow part; the index already knows the words.\n· Edit \
        src/search.rs\n· Bash: cargo test\n  test result: ok. 61 passed\n· Bash: cargo bench search\n  find/1000 words  time: 0.9 \
        ms\nIt uses the index now, and the tests pass.\n";
    opened("search", "l", Seen::Text(text.to_owned()))
}

pub(super) fn evidence() -> Stage {
    let piece = |age: u64, source: &str, weight: &str, says: &str, made: Option<&str>| {
        json!({ "at": "2026-01-02T11:50:00Z", "age_s": age, "source": source, "weight": weight, "says": says, "made": made,
            "decides": made == Some("idle") })
    };
    let ruling = |rule: &str, why: &str, status: &str| json!({ "rule": rule, "why": why, "status": status, "detail": null });
    let told = json!({ "name": "search", "status": "idle", "since": "2026-01-02T11:48:00Z", "source": "hook", "detail": null,
        "decided": ruling("newest_evidence", "the newest evidence says what it is doing", "idle"), "overruled": [], "earlier": 0,
        "evidence": [
            piece(1_260, "process", "strong", "its program was started", None),
            piece(1_200, "hook", "medium", "it read a message", Some("working")),
            piece(720, "hook", "medium", "its turn is over", Some("idle")),
        ],
        "disbelieved": [{ "at": "2026-01-02T11:48:01Z", "age_s": 719, "source": "screen", "weight": "weak", "says": "it works",
            "why": "the screen may not have caught up" }] });
    opened("search", "e", Seen::Evidence(Box::new(from(told))))
}
