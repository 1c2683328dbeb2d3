//! What a status rests on: programs that an agent leaves running, and words that are not its own.

use std::fs;

use serde_json::Value;

use crate::patience::until;
use crate::processes;
use crate::project::Project;
use crate::sealed::Sealed;

/// A prompt on which the scripted agent leaves a program behind in a session of its own, and calls its turn over.
const LEAVE_BEHIND: &str =
    r#"Test it [[script:[{"grandchild":{"seconds":600,"pid_file":"../left"}},{"say":"All done."}]]]"#;

fn left_behind(app: &Project<'_>, name: &str) -> u32 {
    let path = app.data(&["show", name])["path"].as_str().unwrap().to_owned();
    let file = std::path::Path::new(&path).join("../left");
    let mut pid = None;
    until("the program that it leaves behind", || {
        pid = fs::read_to_string(&file).ok().and_then(|text| text.trim().parse::<u32>().ok());
        pid.is_some()
    });
    pid.unwrap()
}

/// The words of `owt explain` that the status is decided by.
fn decided(app: &Project<'_>, name: &str) -> Value {
    app.data(&["explain", name])["decided"]["rule"].clone()
}

#[test]
fn an_agent_that_says_it_is_done_is_not_idle_while_what_it_started_works() {
    for backend in ["--tmux", "--pty", "--structured"] {
        let sealed = Sealed::new().with_scripted_claude();
        let app = sealed.repository("app");
        app.data(&["new", LEAVE_BEHIND, "--branch", "busy", "--agent", "claude", backend]);
        let pid = left_behind(&app, "busy");
        until("its word that it is done", || {
            app.owt(&["explain", "busy"]).stdout.contains("its turn is over")
        });
        let shown = app.data(&["show", "busy"]);
        assert_eq!(
            (&shown["status"], &shown["status_source"]),
            (&"working".into(), &"process".into()),
            "{shown:#}"
        );
        let child = &shown["children"][0];
        assert_eq!((&child["pid"], &child["pace"]), (&pid.into(), &"works".into()), "{shown:#}");
        assert_eq!(decided(&app, "busy"), "children_work");
        let page = app.owt(&["explain", "busy"]);
        assert!(page.stdout.contains(&format!("sleep 600 ({pid})")), "{page:?}");
        assert!(app.owt(&["show", "busy"]).stdout.contains("Still runs"));
        assert_eq!(app.owt(&["wait", "busy", "--timeout", "1s"]).code, 124);
        // What works is no reason to keep the agent from its next message.
        let sent = app.data(&["send", "busy", "--wait", "--timeout", "50s", "And now?"]);
        assert_eq!(sent["state"], "observed", "{sent:#}");
        until("the end of that turn", || decided(&app, "busy") == "children_work");
        processes::kill(pid);
        let shown = app.until_status("busy", "idle");
        assert_eq!(shown["children"], serde_json::json!([]), "{shown:#}");
        assert_eq!(decided(&app, "busy"), "newest_evidence");
        assert_eq!(app.owt(&["wait", "busy", "--timeout", "5s"]).code, 0);
    }
}
