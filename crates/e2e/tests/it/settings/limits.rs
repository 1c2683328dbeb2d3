//! When a session is ended.

use crate::sealed::Sealed;

/// Says one thing, then nothing, until it is ended: without a limit it would end well.
const SILENT: &str = "echo began\nsleep 60\n";

/// How the only attempt of a session ended that had this one limit.
fn end_with(limit: &str, options: &[&str]) -> String {
    let sealed = Sealed::new().with_tool("silent", SILENT);
    sealed.configure(&format!("[limits]\n{limit} = \"1s\"\n"));
    let project = sealed.repository("app");
    project.data(&[&["new", "Mend prices", "--branch", "mend", "--agent", "silent"], options].concat());
    let waited = project.owt(&["wait", "mend"]);
    assert_eq!(waited.code, 1, "{waited:#?}");
    project.data(&["show", "mend"])["attempts"][0]["exit"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_session_without_a_terminal_ends_at_its_limits() {
    assert_eq!(end_with("wall", &["--headless"]), "wall_limit");
    assert_eq!(end_with("idle", &["--headless"]), "idle_limit");
}

#[test]
fn a_session_in_a_terminal_ends_at_its_limits() {
    assert_eq!(end_with("terminal_wall", &["--tmux"]), "wall_limit");
    assert_eq!(end_with("terminal_idle", &["--tmux"]), "idle_limit");
}
