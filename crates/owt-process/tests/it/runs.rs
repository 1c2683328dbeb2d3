//! `run`: what goes in, what comes out, what is left behind.

use std::time::Duration;
use std::time::Instant;

use owt_process::Cmd;
use owt_process::Escalation;
use owt_process::ExitOutcome;
use owt_process::Input;
use owt_process::ProcessError;
use owt_process::tree;

use crate::conditions::PATIENCE;
use crate::conditions::runs;
use crate::conditions::sh;

#[test]
fn output_error_and_code_are_told_apart() {
    let output = sh("printf out; printf err >&2; exit 3").run().unwrap();
    assert_eq!(output.status, ExitOutcome::Code(3));
    assert_eq!((output.stdout.as_slice(), output.stderr.as_slice()), (b"out".as_slice(), b"err".as_slice()));
    assert!(!output.success() && !output.truncated);
}

#[test]
fn a_signal_is_not_a_code() {
    assert_eq!(sh("kill -KILL $$").run().unwrap().status, ExitOutcome::Signal(9));
}

#[test]
fn run_checked_shows_what_was_said_last() {
    let error = sh("echo first >&2; echo last words >&2; exit 9").label("talk").run_checked().unwrap_err();
    assert_eq!(error.to_string(), "talk failed with exit code 9: first\nlast words");
    assert!(matches!(error, ProcessError::Failed { outcome: ExitOutcome::Code(9), .. }));
    assert!(sh("true").run_checked().unwrap().success());
}

#[test]
fn ten_megabytes_go_in_and_come_out_again() {
    let bytes: Vec<u8> = (0..10_000_000_u32).map(|n| (n % 251) as u8).collect();
    let output = Cmd::new("cat").stdin(Input::Bytes(bytes.clone())).run().unwrap();
    assert!(output.success());
    assert!(output.stdout == bytes, "{} bytes came back changed", output.stdout.len());
}

#[test]
fn neither_side_waits_for_the_other() {
    // It makes a little room in a full pipe, then talks more than a pipe holds before it reads on.
    let script = "dd bs=5000 count=1 of=/dev/null 2>&1; head -c 300000 /dev/zero; cat > /dev/null";
    let output = sh(script).stdin(Input::Bytes(vec![b'x'; 1_000_000])).run().unwrap();
    assert!(output.success() && output.stdout.len() >= 300_000);
}

#[test]
fn a_program_that_does_not_want_its_input_has_not_failed() {
    let output = sh("exit 0").stdin(Input::Bytes(vec![b'x'; 10_000_000])).run().unwrap();
    assert!(output.success());
    let closed = sh("exec 0<&-; echo still here").stdin(Input::Bytes(vec![b'x'; 1_000_000])).run().unwrap();
    assert_eq!(closed.stdout, b"still here\n");
}

#[test]
fn input_is_nothing_or_a_file() {
    assert_eq!(Cmd::new("cat").run().unwrap().stdout, b"");
    assert_eq!(Cmd::new("cat").stdin(Input::Bytes(Vec::new())).run().unwrap().stdout, b"");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in put");
    std::fs::write(&path, "from a file").unwrap();
    assert_eq!(Cmd::new("cat").stdin(Input::File(path)).run().unwrap().stdout, b"from a file");
    let missing = folder.path().join("missing");
    let error = Cmd::new("cat").stdin(Input::File(missing.clone())).run().unwrap_err();
    assert!(matches!(error, ProcessError::File { path, .. } if path == missing));
}

#[test]
fn output_beyond_the_cap_is_read_and_dropped() {
    let output = sh("head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2").output_cap(1000).run().unwrap();
    assert!(output.success(), "the writer was never blocked or refused");
    assert_eq!((output.stdout.len(), output.stderr.len(), output.truncated), (1000, 1000, true));
    let exact = sh("head -c 1000 /dev/zero").output_cap(1000).run().unwrap();
    assert_eq!((exact.stdout.len(), exact.truncated), (1000, false));
    let one_more = sh("head -c 1001 /dev/zero").output_cap(1000).run().unwrap();
    assert!(one_more.truncated);
}

#[test]
fn what_it_leaves_running_in_its_group_is_ended() {
    let start = Instant::now();
    let loud = sh("sleep 1000 & echo $!").run().unwrap();
    assert!(start.elapsed() < PATIENCE, "a background process held the pipe, and we waited for it");
    assert!(!runs(loud.stdout_utf8_lossy().trim().parse().unwrap()));
    let quiet = sh("sleep 1000 >/dev/null 2>&1 & echo $!").run().unwrap();
    assert!(!runs(quiet.stdout_utf8_lossy().trim().parse().unwrap()));
    let deaf =
        sh("sh -c 'trap \"\" TERM; while :; do sleep 1; done' >/dev/null 2>&1 & echo $!").run().unwrap();
    assert!(!runs(deaf.stdout_utf8_lossy().trim().parse().unwrap()));
}

#[test]
#[cfg(target_os = "linux")]
fn a_daemon_in_a_session_of_its_own_is_neither_waited_for_nor_ended() {
    let start = Instant::now();
    // The shell waits until the daemon has said its number, so that it has left the group before the shell ends.
    let script = "mkfifo f; setsid sh -c 'echo $$; exec sleep 1000' > f & head -n 1 f";
    let folder = tempfile::tempdir().unwrap();
    let output = sh(script).current_dir(folder.path()).run().unwrap();
    assert!(start.elapsed() < PATIENCE);
    let daemon: u32 = output.stdout_utf8_lossy().trim().parse().unwrap();
    assert!(runs(daemon));
    tree::end_tree(daemon, &Escalation::KILL).unwrap();
    assert!(!runs(daemon));
}

#[test]
fn two_hundred_at_once_do_not_mix() {
    std::thread::scope(|scope| {
        let run = |n: u32| {
            let input = Input::Bytes(format!("{n};").repeat(20_000).into_bytes());
            Cmd::new("cat").stdin(input).timeout(Duration::from_secs(120)).run()
        };
        let all: Vec<_> = (0..200).map(|n| (n, scope.spawn(move || run(n)))).collect();
        for (n, thread) in all {
            let output = thread.join().unwrap().unwrap();
            assert!(output.stdout == format!("{n};").repeat(20_000).as_bytes(), "run {n} got something else");
        }
    });
}
