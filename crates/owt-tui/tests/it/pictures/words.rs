//! The pictures of what passes between the person and agents: a permission, a question, a message to all.

use serde_json::json;

use super::COLUMNS;
use super::ROWS;
use super::fleet;
use super::selecting;
use crate::stage::Stage;
use crate::stage::workspace;

/// All of what an agent wants to do.
pub(super) fn permission() -> Stage {
    let mut stage = selecting("payments");
    stage.keys("enter");
    stage
}

/// One with options, and room for other words.
pub(super) fn question() -> Stage {
    let option = |label: &str, description: &str| json!({ "label": label, "description": description });
    let question = json!({ "text": "Where should a cart be kept?", "header": null, "multi_select": false, "free_text": true,
        "options": [option("In the browser", "nothing to store, gone with another device"),
            option("In the database", "one more table, the same on every device")] });
    let asked = json!([{ "request": "req_2", "tool": "question", "summary": "", "questions": [question] }]);
    let rows = [
        workspace(
            "cart",
            "waiting_input",
            &json!({ "title": "Keep the cart for a week", "pending": asked, "model": "opus" }),
        ),
        workspace("auth", "working", &json!({ "title": "Sign in with a passkey", "model": "opus" })),
    ];
    let mut stage = Stage::new(COLUMNS, ROWS, &rows);
    stage.keys("enter");
    stage
}

/// Who gets it stands above it.
pub(super) fn broadcast() -> Stage {
    let mut stage = fleet();
    stage.keys("b");
    stage.writes("The tests of main are green again: take it in before you go on.");
    stage
}
