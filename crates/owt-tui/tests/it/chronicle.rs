//! The board as text: lines that only go on, and one line of counts.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use owt_api::Workspace;
use owt_tui::Chronicle;
use serde_json::Value;
use serde_json::json;

use crate::stage::NOW;
use crate::stage::permission;
use crate::stage::workspace;

fn listed(rows: &[Value]) -> Vec<Workspace> {
    rows.iter().map(|row| serde_json::from_value(row.clone()).unwrap()).collect()
}

#[test]
fn each_change_is_one_line_and_nothing_else_is_said() {
    let now: Timestamp = NOW.parse().unwrap();
    let mut chronicle = Chronicle::new("shop".to_owned(), TimeZone::UTC);
    let working = |cost: f64| workspace("auth", "working", &json!({ "cost_usd": cost }));
    let prices = workspace("prices", "done", &json!({ "commits_ahead": 1 }));
    let first = chronicle.next(&listed(&[working(0.1), prices.clone()]), now);
    assert!(first.starts_with("shop\n\nREADY TO SHIP\n") && first.contains("Do auth"), "{first}");
    assert_eq!(chronicle.next(&listed(&[working(0.9), prices]), now), "", "costs grow all the time");
    let asks = json!({ "pending": permission("req_1", "cargo\u{1b}[2J test") });
    let said = chronicle.next(&listed(&[workspace("auth", "waiting_permission", &asks)]), now);
    assert_eq!(
        said,
        "12:00  gone: prices\n12:00  NEEDS YOU: needs a yes  auth  claude  Bash: cargo\\x1b[2J test\n"
    );
    assert!(chronicle.lost(now).starts_with("12:00  the server is away"), "said");
    assert_eq!(chronicle.lost(now), "", "and once");
    let said = chronicle.next(&listed(&[workspace("auth", "waiting_permission", &asks)]), now);
    assert_eq!(said, "12:00  the server is there again\n");
}

#[test]
fn a_status_line_counts_what_is_not_over() {
    let rows = [
        workspace("auth", "waiting_permission", &json!({ "pending": permission("req_1", "make") })),
        workspace("prices", "done", &json!({ "commits_ahead": 1 })),
        workspace("search", "working", &json!({})),
        workspace("chat", "working", &json!({})),
        workspace("old", "exited", &json!({ "session": null })),
    ];
    assert_eq!(owt_tui::status_line(&listed(&rows)), "1 needs you · 1 ready · 2 in flight");
    assert_eq!(owt_tui::status_line(&listed(&rows[4..])), "");
}
