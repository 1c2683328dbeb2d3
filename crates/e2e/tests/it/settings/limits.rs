//! When a session is ended.

use crate::agents::install_script;
use crate::project::Project;
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

/// A demo agent that begins a turn without a terminal.
fn begin(project: &Project<'_>, name: &str, task: &str, kind: &str) {
    let words = ["new", task, "--branch", name, "--agent", "demo", kind, "--permissions", "edits"];
    project.data(&words);
}

#[test]
fn a_session_ends_when_it_has_cost_what_it_may() {
    let sealed = Sealed::new().with("OWT_DEMO_PACE", "0").with_tool("untold", "echo began\n");
    sealed.configure("[limits]\nbudget = \"2.50\"\n");
    let project = sealed.repository("app");
    begin(&project, "dear", "Mend prices [[demo:cost=2.5]] [[demo:stall]]", "--headless");
    assert_eq!(project.owt(&["wait", "dear"]).code, 1);
    let shown = project.data(&["show", "dear"]);
    assert_eq!(shown["attempts"][0]["exit"], "budget", "{shown:#}");
    assert_eq!(shown["failure"]["kind"], "own_limit");
    begin(&project, "cheap", "Mend prices [[demo:cost=2.4]]", "--headless");
    assert_eq!(project.owt(&["wait", "cheap"]).code, 0);
    assert_eq!(project.data(&["show", "cheap"])["cost_usd"], 2.4);
    let words = ["new", "Mend [[demo:cost=1]] [[demo:stall]]", "--branch", "dear-too", "--agent", "demo"];
    let in_terminal = project.refused(&[&words[..], &["--pty", "--budget", "1"]].concat(), 2, "usage");
    assert!(in_terminal["hint"].as_str().unwrap().contains("--headless"), "{in_terminal:#}");
    project.refused(&[&words[..], &["--headless", "--budget", "nothing"]].concat(), 2, "usage");
    let limited = ["--headless", "--permissions", "edits", "--budget", "0.99"];
    project.data(&[&words[..], &limited].concat());
    assert_eq!(project.owt(&["wait", "dear-too"]).code, 1);
    assert_eq!(project.data(&["show", "dear-too"])["attempts"][0]["exit"], "budget");
    let refused = ["new", "Mend prices", "--branch", "mend", "--agent", "untold", "--headless"];
    let error = project.refused(&refused, 3, "unsupported");
    assert!(error["message"].as_str().unwrap().contains("limits.budget"), "{error:#}");
}

#[test]
fn a_budget_is_told_to_an_agent_that_keeps_to_it() {
    let sealed = Sealed::new();
    let script = "case \"$*\" in *--version*) echo '2.1.197 (Claude Code)'; exit 0;; esac\n\
                  cat >/dev/null\necho \"$@\" >>\"$RECORD/arguments\"\n";
    install_script(&sealed, "claude", script);
    sealed.configure("[retry]\nattempts = \"0\"\n");
    let project = sealed.repository("app");
    let words = ["new", "Mend prices", "--agent", "claude", "--headless", "--permissions", "edits"];
    project.data(&[&words[..], &["--branch", "some", "--budget", "0.75"]].concat());
    project.data(&[&words[..], &["--branch", "any"]].concat());
    assert_eq!(project.owt(&["wait", "some", "any"]).code, 1, "it says no last word");
    let started = std::fs::read_to_string(sealed.record("arguments")).unwrap();
    let told = started.lines().filter(|line| line.contains("--max-budget-usd 0.75")).count();
    assert_eq!((told, started.matches("--max-budget-usd").count()), (1, 1), "{started}");
}

#[test]
fn a_session_has_no_more_turns_than_it_may() {
    let sealed = Sealed::new().with("OWT_DEMO_PACE", "0");
    sealed.configure("[limits]\nturns = \"2\"\n");
    let project = sealed.repository("app");
    begin(&project, "topic", "Greet them", "--structured");
    project.until_status("topic", "idle");
    project.data(&["send", "topic", "--wait", "Greet them again"]);
    project.until_status("topic", "idle");
    let third = project.owt(&["send", "topic", "--wait", "Greet them once more"]);
    assert_ne!(third.code, 0, "{third:#?}");
    project.until_status("topic", "failed");
    let shown = project.data(&["show", "topic"]);
    assert_eq!(shown["attempts"][0]["exit"], "turn_limit", "{shown:#}");
    assert_eq!(shown["attempts"].as_array().unwrap().len(), 1, "it does not go on by itself");
}
