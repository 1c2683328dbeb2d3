//! A session on a terminal of our own is, to everybody who asks about it, what it is in tmux: one day of it, told twice.

use owt_testkit::lab::Seat;
use serde_json::Value;
use serde_json::json;

use crate::project::Project;
use crate::sealed::Sealed;

/// What is told about a workspace, without what no two workspaces have in common.
fn told(value: &Value) -> Value {
    let own = |key: &str| {
        // What hooks report, and what a person was told and has looked at since, comes a moment later.
        let told_meanwhile = ["hooks", "notice", "unread"].contains(&key);
        told_meanwhile
            || ["id", "job", "conversation", "snapshot", "outfit", "final_word", "last_lines", "status_since"]
                .contains(&key)
            || ["_at", "_id", "_sha", "_ms", "_bytes"].iter().any(|end| key.ends_with(end))
    };
    match value {
        Value::Object(fields) => {
            let kept = fields.iter().filter(|(key, _)| !own(key));
            kept.map(|(key, value)| (key.clone(), told(value))).collect()
        }
        Value::Array(all) => all.iter().map(told).collect(),
        Value::String(text) if text == "tmux" || text == "pty" => json!("BACKEND"),
        Value::String(text) if text.starts_with("att_") => json!("ATTEMPT"),
        Value::String(text) if text.starts_with('/') => json!("PATH"),
        other => other.clone(),
    }
}

/// Somebody at a terminal attaches, sees each text and types its keys, and closes the terminal.
fn visit(app: &Project<'_>, exchange: &[(&str, &str)]) {
    let mut seat = Seat::take(app.command(&["attach", "topic"]), 40, 120);
    for (text, keys) in exchange {
        seat.until_shown(text);
        seat.types(keys);
    }
}

/// A day of a session, as its person is told of it.
fn day(backend: &str) -> Vec<(&'static str, Value)> {
    let sealed = Sealed::new();
    let app = sealed.repository("app");
    let mut day = Vec::new();
    let words =
        ["new", "Greet them", "--branch", "topic", "--agent", "demo", "--permissions", "ask", backend];
    let made = app.data(&words);
    assert_eq!(format!("--{}", made["backend"].as_str().unwrap()), backend, "{made:#}");
    day.push(("made", json!([told(&made["branch"]), told(&made["permissions"]), told(&made["notices"])])));
    let asks = app.until_status("topic", "waiting_permission");
    day.push(("asks", told(&json!([asks["pending"], asks["status"], asks["status_detail"]]))));
    day.push(("cannot be answered from afar", app.refused(&["answer", "topic", "allow"], 3, "unsupported")));
    visit(&app, &[("may I write", "y"), ("may I run git commit", "y"), ("Done:", "")]);
    day.push(("idle", told(&app.until_status("topic", "idle"))));
    app.data(&["send", "topic", "Greet more of them [[demo:ask]]"]);
    let asks = app.until_status("topic", "waiting_permission");
    day.push(("asks again", told(&asks["pending"])));
    visit(&app, &[("Greet more of them", ""), ("may I", "n"), ("I was not allowed", "")]);
    day.push(("refused", told(&app.until_status("topic", "idle"))));
    day.push(("waited", told(&app.data(&["wait", "topic"])["outcome"])));
    let logs = app.owt(&["logs", "topic"]).stdout;
    day.push((
        "logs",
        json!([logs.contains("Greet them"), logs.contains("Greet more of them"), logs.contains("Done:")]),
    ));
    app.data(&["stop", "topic"]);
    day.push(("stopped", told(&app.only_workspace())));
    app.refused(&["attach", "topic"], 1, "no_terminal");
    day.push(("resumed", told(&app.data(&["resume", "topic"]))));
    day.push(("goes on", told(&app.until_status("topic", "idle"))));
    visit(&app, &[("demo>", "")]);
    let gone = app.data(&["delete", "topic", "--force", "--yes"]);
    day.push(("deleted", told(&gone)));
    assert_eq!(app.data(&["list"]), json!([]));
    app.data(&["restore", "topic"]);
    day.push(("restored", told(&app.only_workspace())));
    day
}

#[test]
fn a_day_without_tmux_is_told_as_one_in_tmux_is() {
    let (in_tmux, on_our_own) = std::thread::scope(|scope| {
        let in_tmux = scope.spawn(|| day("--tmux"));
        let on_our_own = day("--pty");
        (in_tmux.join().unwrap(), on_our_own)
    });
    for (tmux, own) in in_tmux.iter().zip(&on_our_own) {
        assert_eq!(tmux, own);
    }
    assert_eq!(in_tmux.len(), on_our_own.len());
}
