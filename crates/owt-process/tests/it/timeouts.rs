//! Out of time: interrupt, terminate, kill, the whole tree.

use std::time::Duration;
use std::time::Instant;

use owt_process::Cmd;
use owt_process::Escalation;
use owt_process::Placement;
use owt_process::ProcessError;

use crate::conditions::HASTY;
use crate::conditions::PATIENCE;
use crate::conditions::number_in;
use crate::conditions::runs;
use crate::conditions::sh;

/// Runs out of time; returns what was said on standard error.
fn timed_out(cmd: &Cmd) -> String {
    let start = Instant::now();
    let error = cmd.run().unwrap_err();
    assert!(start.elapsed() < PATIENCE);
    match error {
        ProcessError::TimedOut { stderr_tail, .. } => stderr_tail,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_first_signal_is_an_interrupt_and_the_last_words_are_kept() {
    let script = "trap 'echo interrupted >&2; exit 0' INT; while :; do sleep 0.05; done";
    let cmd = sh(script).placement(Placement::OwnSession);
    let said = timed_out(&cmd.timeout(Duration::from_millis(300)).escalation(Escalation::AGENT));
    assert_eq!(said.lines().last(), Some("interrupted"));
}

#[test]
fn the_second_signal_is_a_termination() {
    let script = "trap '' INT; trap 'echo terminated >&2; exit 0' TERM; while :; do sleep 0.05; done";
    let patient = Escalation { interrupt: Duration::from_millis(150), ..Escalation::AGENT };
    let said = timed_out(&sh(script).timeout(Duration::from_millis(300)).escalation(patient));
    // Before that the shell may tell that its `sleep` was terminated.
    assert_eq!(said.lines().last(), Some("terminated"));
}

#[test]
fn one_that_ignores_both_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let script = "trap '' INT TERM; echo $$ > pid; while :; do sleep 1; done";
    timed_out(&sh(script).current_dir(folder.path()).timeout(Duration::from_millis(500)).escalation(HASTY));
    assert!(!runs(number_in(&folder.path().join("pid"))));
}

#[test]
#[cfg(target_os = "linux")]
fn a_grandchild_that_left_the_group_and_ignores_signals_is_ended_too() {
    let folder = tempfile::tempdir().unwrap();
    let script = r#"setsid sh -c 'trap "" INT TERM; echo $$ > pid; while :; do sleep 1; done' & wait"#;
    timed_out(&sh(script).current_dir(folder.path()).timeout(Duration::from_millis(500)).escalation(HASTY));
    assert!(!runs(number_in(&folder.path().join("pid"))));
}

#[test]
fn a_stopped_process_obeys_without_being_killed() {
    let script = "trap 'echo obeyed >&2; exit 0' TERM; kill -STOP $$; while :; do sleep 0.05; done";
    let only_term = Escalation { interrupt: Duration::ZERO, ..Escalation::AGENT };
    let said = timed_out(&sh(script).timeout(Duration::from_millis(300)).escalation(only_term));
    assert_eq!(said.lines().last(), Some("obeyed"));
}

#[test]
fn a_flood_of_output_does_not_defer_the_end_of_the_time() {
    timed_out(&Cmd::new("yes").output_cap(10).timeout(Duration::from_millis(200)));
}

#[test]
fn input_that_nobody_reads_does_not_defer_the_end_of_the_time() {
    let input = owt_process::Input::Bytes(vec![0; 1_000_000]);
    timed_out(&sh("sleep 1000").stdin(input).timeout(Duration::from_millis(200)));
}

#[test]
fn no_limit_is_a_limit_that_never_comes() {
    assert!(sh("exit 0").timeout(Duration::MAX).run().unwrap().success());
}

#[test]
fn the_error_names_the_command_and_the_limit() {
    let error = sh("sleep 1000").label("a long sleep").timeout(Duration::from_millis(100)).run().unwrap_err();
    assert_eq!(error.to_string(), "a long sleep did not finish within 100ms");
}
