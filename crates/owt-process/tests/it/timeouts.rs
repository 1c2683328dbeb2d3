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

/// Runs out of time after the script has written its number to the file `ready`, and so after what it did before that;
/// one that has not come so far on a busy machine is given more time. Returns what was said, and the number.
fn timed_out_when_ready(cmd: &Cmd) -> (String, u32) {
    let folder = tempfile::tempdir().unwrap();
    let ready = folder.path().join("ready");
    let mut limit = Duration::from_millis(300);
    loop {
        let said = timed_out(&cmd.clone().current_dir(folder.path()).timeout(limit));
        if std::fs::read_to_string(&ready).is_ok_and(|text| text.ends_with('\n')) {
            return (said, number_in(&ready));
        }
        limit *= 4;
        assert!(limit < PATIENCE, "it never became ready");
    }
}

#[test]
fn the_first_signal_is_an_interrupt_and_the_last_words_are_kept() {
    let script = "trap 'echo interrupted >&2; exit 0' INT; echo $$ > ready; while :; do sleep 0.05; done";
    let cmd = sh(script).placement(Placement::OwnSession);
    let (said, _) = timed_out_when_ready(&cmd.escalation(Escalation::AGENT));
    assert_eq!(said.lines().last(), Some("interrupted"));
}

#[test]
fn the_second_signal_is_a_termination() {
    let script = "trap '' INT; trap 'echo terminated >&2; exit 0' TERM; echo $$ > ready; \
        while :; do sleep 0.05; done";
    let patient = Escalation { interrupt: Duration::from_millis(150), ..Escalation::AGENT };
    let (said, _) = timed_out_when_ready(&sh(script).escalation(patient));
    // Before that the shell may tell that its `sleep` was terminated.
    assert_eq!(said.lines().last(), Some("terminated"));
}

#[test]
fn one_that_ignores_both_is_killed() {
    let script = "trap '' INT TERM; echo $$ > ready; while :; do sleep 1; done";
    let (_, pid) = timed_out_when_ready(&sh(script).escalation(HASTY));
    assert!(!runs(pid));
}

#[test]
#[cfg(target_os = "linux")]
fn a_grandchild_that_left_the_group_and_ignores_signals_is_ended_too() {
    let script = r#"setsid sh -c 'trap "" INT TERM; echo $$ > ready; while :; do sleep 1; done' & wait"#;
    let (_, pid) = timed_out_when_ready(&sh(script).escalation(HASTY));
    assert!(!runs(pid));
}

#[test]
fn a_stopped_process_obeys_without_being_killed() {
    let script = "trap 'echo obeyed >&2; exit 0' TERM; echo $$ > ready; kill -STOP $$; \
        while :; do sleep 0.05; done";
    let only_term = Escalation { interrupt: Duration::ZERO, ..Escalation::AGENT };
    let (said, _) = timed_out_when_ready(&sh(script).escalation(only_term));
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
