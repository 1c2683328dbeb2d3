//! What a person at a terminal is asked, and shown.

use crate::agents::WORKER;
use crate::sealed::Sealed;
use crate::terminal::converse;

/// Ctrl-b d.
const LEAVE: &str = "\u{2}d";

#[test]
fn a_person_chooses_among_several_agents() {
    let sealed = Sealed::with_worker().with_tool("second", WORKER);
    let app = sealed.repository("app");
    let shown = converse(&app, "owt new 'Make it' --branch topic --headless", &[("Which agent?", "2\n")]);
    assert_eq!(shown.code, 0, "{shown:?}");
    assert!(shown.screen.contains("worker") && shown.screen.contains("second"), "{shown:?}");
    assert_eq!(app.only_workspace()["agent"], "worker", "{shown:?}");
}

#[test]
fn without_a_person_nothing_is_asked() {
    let sealed = Sealed::with_worker().with_tool("second", WORKER);
    let app = sealed.repository("app");
    let made = app.data(&["new", "Make it", "--branch", "topic", "--headless"]);
    let chosen = app.data(&["agents"]);
    let default = chosen.as_array().unwrap().iter().find(|agent| agent["default"] == true).unwrap();
    assert_eq!(made["agent"], default["name"]);
}

#[test]
fn a_person_attaches_and_leaves_and_the_agent_goes_on() {
    let sealed = Sealed::new().with_scripted_claude();
    let app = sealed.repository("app");
    let words = "owt new 'Look around' --branch chat --agent claude --attach";
    let shown = converse(&app, words, &[("? for shortcuts", LEAVE)]);
    assert_eq!(shown.code, 0, "{shown:?}");
    app.until_status("chat", "idle");
    for verb in ["attach", "switch", "s"] {
        let shown = converse(&app, &format!("owt {verb} chat"), &[("? for shortcuts", LEAVE)]);
        assert_eq!(shown.code, 0, "{shown:?}");
    }
    assert_eq!(sealed.starts(), 1);
    app.refused(&["attach", "chat"], 1, "no_terminal");
}

#[test]
fn a_person_is_asked_before_work_is_deleted() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    app.data(&["new", "Make it", "--branch", "topic", "--agent", "worker", "--headless"]);
    app.data(&["wait", "topic"]);
    let shown = converse(&app, "owt delete topic --force", &[("Delete it?", "n\n")]);
    assert_eq!(shown.code, 3, "{shown:?}");
    assert_eq!(app.only_workspace()["name"], "topic");
    let shown = converse(&app, "owt delete topic --force", &[("Delete it?", "y\n")]);
    assert_eq!(shown.code, 0, "{shown:?}");
    assert_eq!(app.data(&["list"]), serde_json::json!([]));
}
