//! The pictures of `docs/control-plane.md`: each view with invented workspaces, drawn by the code that draws the real one.
//! `cargo xtask pictures` makes them.

mod panes;
pub(crate) mod svg;
mod words;

use std::path::PathBuf;

use owt_api as api;
use owt_tui::Done;
use owt_tui::Event;
use owt_tui::Foreseen;
use owt_tui::Request;
use owt_tui::Seen;
use owt_tui::Theme;
use owt_tui::Viewed;
use serde_json::Value;
use serde_json::json;

use crate::stage::Stage;
use crate::stage::permission;
use crate::stage::workspace;

const COLUMNS: u16 = 112;
const ROWS: u16 = 26;

const PATCH: &str = "diff --git a/src/search.rs b/src/search.rs
index 4b825dc..9daeafb 100644
--- a/src/search.rs
+++ b/src/search.rs
@@ -41,7 +41,8 @@ impl Index {
     pub fn find(&self, words: &str) -> Vec<Hit> {
-        let mut hits = self.scan(words);
+        let words = normalised(words);
+        let mut hits = self.lookup(&words);
         hits.sort_by_key(|hit| hit.rank);
         hits
     }
";

/// Where they are.
pub(crate) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/pictures")
}

/// All of them, by the names of their files.
pub(crate) fn all() -> Vec<(&'static str, String)> {
    let picture = |name, title: &str, stage: Stage| (name, svg::drawn(title, &stage.buffer(Theme::Dark)));
    vec![
        picture("board.svg", "the board: two agents need you, two are ready, two at work", fleet()),
        picture("board-task.svg", "a new task with its agent, way of working, base and session", task()),
        picture(
            "board-permission.svg",
            "all of what an agent wants to do, with its answers",
            words::permission(),
        ),
        picture("board-question.svg", "a question of an agent with its options", words::question()),
        picture(
            "board-broadcast.svg",
            "a message to every running agent, with who gets it",
            words::broadcast(),
        ),
        picture("board-review.svg", "a review: the critic's word, the patch, a comment on a line", review()),
        picture(
            "board-review-beside.svg",
            "a review with what was removed beside what came in its place",
            beside(),
        ),
        picture(
            "board-terminal.svg",
            "an agent's terminal beside the rows, in the agent's colours",
            panes::terminal(),
        ),
        picture("board-log.svg", "what an agent printed, beside the rows", panes::log()),
        picture("board-evidence.svg", "why a workspace has its status", panes::evidence()),
        picture("board-finder.svg", "a workspace is found by a word of its task", finder()),
        picture("board-commands.svg", "everything that can be done, by name", commands()),
        picture("board-queue.svg", "in which order work should land, and why", queue()),
        picture("board-ship.svg", "the queue before it is shipped, with the reason of each place", ship()),
        picture("board-conflicts.svg", "who would not merge with whom, in which lines", conflicts()),
        picture("board-help.svg", "the help, beginning with what fits the selected workspace", help()),
    ]
}

fn used(more: &Value) -> Value {
    let mut it = json!({ "cost_usd": 0.42, "model": "opus" });
    for (key, value) in more.as_object().expect("it is written as one") {
        it[key] = value.clone();
    }
    it
}

fn fleet() -> Stage {
    let ready = |title: &str, commits: u32| {
        used(
            &json!({ "title": title, "commits_ahead": commits, "lines_added": 41 * commits, "lines_removed": 9, "status_since": "2026-01-02T11:48:00Z" }),
        )
    };
    let rows = [
        workspace(
            "payments",
            "waiting_permission",
            &used(
                &json!({ "title": "Upgrade the payment library", "pending": permission("req_1", "npm install stripe@15"),
                "cost_usd": 0.31, "commits_ahead": 1, "unread": true }),
            ),
        ),
        workspace(
            "prices",
            "failed",
            &used(
                &json!({ "title": "Fix the rounding of prices", "session": null, "unread": true, "agent": "codex", "model": null,
                "status_detail": "it was refused by its provider: the login has expired" }),
            ),
        ),
        workspace("search", "idle", &ready("Speed up the search", 3)),
        workspace("docs", "done", &ready("Write docs for the checkout", 1)),
        workspace(
            "auth",
            "working",
            &used(
                &json!({ "title": "Sign in with a passkey", "dirty_files": 4, "lines_added": 86, "lines_removed": 12, "cost_usd": 1.27 }),
            ),
        ),
        workspace(
            "cart",
            "working",
            &used(
                &json!({ "title": "Keep the cart for a week", "agent": "opencode", "model": null, "conflicts_with": ["search"], "commits_ahead": 2 }),
            ),
        ),
    ];
    Stage::new(COLUMNS, ROWS, &rows)
}

/// Selects a workspace of the fleet.
fn selecting(name: &str) -> Stage {
    let mut stage = fleet();
    stage.keys("/");
    stage.writes(name);
    stage.keys("enter");
    stage
}

fn from<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("it is written as the API has it")
}

fn task() -> Stage {
    let mut stage = fleet();
    stage.keys("n");
    stage.writes("Speed up the start page.\nMeasure first; keep the order of what is shown.");
    stage
}

fn review() -> Stage {
    let mut stage = selecting("search");
    let asked = stage.keys("r");
    for request in asked {
        match request {
            Request::Do(ticket, _) => {
                let finding = json!({ "rule": "todo", "severity": "warn", "path": "src/search.rs", "line": 43, "what": "unfinished: TODO" });
                let said = json!({ "name": "search", "branch": "feat/search", "target": "main", "deed": "ship", "verdict": "warned",
                    "findings": [finding], "more": 0, "denials": 0, "denials_in_a_row": 0, "needs_decision": false });
                stage.hears(Event::Outcome(ticket, Box::new(Ok(Done::Criticised(from(said))))));
            }
            Request::Look(look, _) => {
                stage.hears(Event::Looked(look, Seen::Text(PATCH.to_owned())));
                stage.hears(Event::Looked(look, Seen::End));
            }
            _ => {}
        }
    }
    stage.keys("j j c");
    stage.writes("Say here why the words are normalised");
    stage.keys("enter");
    stage
}

fn beside() -> Stage {
    let mut stage = review();
    stage.keys("v");
    stage
}

fn place(at: u32, name: &str, reason: &str) -> Value {
    json!({ "place": at, "workspace": name, "branch": format!("feat/{name}"), "target": "main", "state": "ready", "because": "size",
        "reason": reason, "files": 1, "commits": 1, "conflicts_with": [], "depends_on": [], "created_at": "2026-01-02T11:00:00Z" })
}

fn ship() -> Stage {
    let mut stage = fleet();
    let car = |name: &str, commits: u32| {
        json!({ "workspace": name, "branch": format!("feat/{name}"), "state": "waits", "commits": commits, "uncommitted": null,
            "withheld": [], "review": null })
    };
    let train = json!({ "train": null, "target": "main", "state": "would_land", "cars": [car("docs", 1), car("search", 3)], "landed": [],
        "out": [{ "workspace": "auth", "reason": "its agent is at work", "code": "agent_working", "log": null },
            { "workspace": "cart", "reason": "its agent is at work", "code": "agent_working", "log": null }],
        "before": null, "after": null, "checkout": null, "check_runs": 0, "flaky_retries": 0, "dry_run": true });
    let places = json!([
        place(1, "docs", "in the way of fewer than 'search'"),
        place(2, "search", "all that is left")
    ]);
    let foreseen = Foreseen { train: from(train), places: from(places) };
    for request in stage.keys("S") {
        if let Request::Do(ticket, _) = request {
            stage.hears(Event::Outcome(ticket, Box::new(Ok(Done::Foreseen(Box::new(foreseen.clone()))))));
        }
    }
    stage
}

fn queue() -> Stage {
    let mut stage = fleet();
    let waits = |at: u32, name: &str, state: &str, reason: &str| {
        let mut it = place(at, name, reason);
        it["state"] = json!(state);
        it
    };
    let places: Vec<api::QueuePlace> = from(json!([
        place(1, "docs", "in the way of fewer than 'search'"),
        place(2, "search", "all that is ready"),
        waits(3, "auth", "working", "its agent is at work"),
        waits(4, "cart", "working", "its agent is at work"),
    ]));
    for request in stage.keys("Q") {
        if let Request::View(look, ..) = request {
            stage.hears(Event::Viewed(look, Box::new(Ok(Viewed::Queue(places.clone())))));
        }
    }
    stage
}

fn conflicts() -> Stage {
    let mut stage = fleet();
    let file = json!({ "path": "src/search.rs", "kind": "content",
        "lines": [{ "a": { "first": 40, "count": 12 }, "b": { "first": 44, "count": 3 } }] });
    let other = json!({ "path": "src/index.rs", "kind": "modify_delete", "lines": [] });
    let told: api::Conflicts = from(json!({ "workspaces": 4, "unknown": [],
        "pairs": [{ "a": "cart", "b": "search", "files": [file, other] }],
        "targets": [{ "workspace": "docs", "target": "main", "files": [{ "path": "docs/checkout.md", "kind": "content",
            "lines": [{ "a": { "first": 3, "count": 1 }, "b": { "first": 3, "count": 2 } }] }] }] }));
    for request in stage.keys("C") {
        if let Request::View(look, ..) = request {
            stage.hears(Event::Viewed(look, Box::new(Ok(Viewed::Conflicts(told.clone())))));
        }
    }
    stage
}

fn help() -> Stage {
    let mut stage = selecting("search");
    stage.keys("?");
    stage
}

fn finder() -> Stage {
    let mut stage = fleet();
    stage.keys("/");
    stage.writes("checkout");
    stage
}

fn commands() -> Stage {
    let mut stage = selecting("search");
    stage.keys(":");
    stage.writes("land");
    stage
}
