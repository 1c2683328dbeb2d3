//! `spawn`: children that somebody holds, and `exec`.

use std::fs::File;
use std::io::Read;
use std::io::Write;
use std::time::Duration;

use owt_process::Cmd;
use owt_process::ExitOutcome;
use owt_process::Placement;
use owt_process::ProcessError;
use owt_process::Stream;
use owt_process::Streams;
use owt_process::tree;
use rustix::process::Pid;
use rustix::process::getpgid;
use rustix::process::getsid;

use crate::conditions::HASTY;
use crate::conditions::PATIENCE;
use crate::conditions::alone;
use crate::conditions::alone_args;
use crate::conditions::exists;
use crate::conditions::number_in;
use crate::conditions::runs;
use crate::conditions::sh;
use crate::conditions::wait_until;

/// Reads its input until that is closed.
fn reader() -> Streams {
    Streams { stdin: Stream::Piped, ..Streams::default() }
}

#[test]
fn a_conversation_over_pipes() {
    let mut child = Cmd::new("cat").spawn(Streams::piped()).unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let mut answer = [0; 6];
    for question in [b"first\n", b"other\n"] {
        stdin.write_all(question).unwrap();
        stdout.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, question);
    }
    assert_eq!(child.try_wait().unwrap(), None);
    drop(stdin);
    assert_eq!(child.wait().unwrap(), ExitOutcome::Code(0));
    assert_eq!(child.wait().unwrap(), ExitOutcome::Code(0), "asked twice, the answer is the same");
    assert_eq!(child.try_wait().unwrap(), Some(ExitOutcome::Code(0)));
}

#[test]
fn waiting_has_a_limit_and_leaves_the_input_open() {
    let mut child = sh("read line; exit 5").spawn(reader()).unwrap();
    assert_eq!(child.wait_timeout(Duration::from_millis(30)).unwrap(), None);
    child.stdin.as_mut().unwrap().write_all(b"go\n").unwrap();
    assert_eq!(child.wait_timeout(PATIENCE).unwrap(), Some(ExitOutcome::Code(5)));
}

#[test]
fn waiting_closes_the_input() {
    assert_eq!(Cmd::new("cat").spawn(reader()).unwrap().wait().unwrap(), ExitOutcome::Code(0));
}

#[test]
fn a_notice_tells_of_the_end_and_leaves_the_status() {
    let mut child = sh("read line; exit 6").spawn(reader()).unwrap();
    let notice = child.exit_notice().unwrap();
    assert!(!notice.wait(Some(Duration::ZERO)).unwrap());
    child.stdin = None;
    assert!(notice.wait(Some(PATIENCE)).unwrap());
    assert_eq!(child.wait().unwrap(), ExitOutcome::Code(6));
    assert!(matches!(child.exit_notice(), Err(ProcessError::Io { .. })), "there is nothing left to watch");
}

#[test]
#[cfg(target_os = "linux")]
fn terminating_takes_the_whole_tree() {
    let folder = tempfile::tempdir().unwrap();
    let script = r#"trap "" INT; setsid sh -c 'trap "" INT TERM; echo $$ > far; while :; do sleep 1; done' &
        sleep 1000 & echo $! > near; wait"#;
    let mut child = sh(script).current_dir(folder.path()).spawn(Streams::default()).unwrap();
    let (far, near) = (number_in(&folder.path().join("far")), number_in(&folder.path().join("near")));
    assert!(runs(far) && runs(near));
    assert_eq!(child.terminate_tree(&HASTY).unwrap(), ExitOutcome::Signal(15));
    assert!(!runs(far) && !runs(near) && !exists(child.pid()));
    assert_eq!(child.terminate_tree(&HASTY).unwrap(), ExitOutcome::Signal(15), "ended once, ended for good");
}

#[test]
fn a_dropped_child_leaves_nothing_behind() {
    let child = sh("sleep 1000 & wait").spawn(Streams::default()).unwrap();
    let pid = child.pid();
    let mut below = Vec::new();
    wait_until("it has a child", || {
        below = tree::descendants(pid).unwrap();
        !below.is_empty()
    });
    drop(child);
    assert!(below.iter().all(|process| !process.is_alive()));
    wait_until("it was waited for", || !exists(pid));
}

#[test]
fn a_child_dropped_after_its_end_is_waited_for() {
    let child = sh("exit 0").spawn(Streams::default()).unwrap();
    let pid = child.pid();
    wait_until("it ended", || !runs(pid));
    drop(child);
    assert!(!exists(pid));
}

#[test]
fn streams_can_be_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    let streams = Streams { stdout: File::create(&path).unwrap().into(), ..Streams::default() };
    assert!(sh("echo to a file").spawn(streams).unwrap().wait().unwrap().success());
    assert_eq!(std::fs::read_to_string(path).unwrap(), "to a file\n");
}

/// In a session of its own, because the one that the tests run in may be another namespace's, which has no number.
#[test]
fn each_placement_is_where_it_says() {
    alone("children::told_to_place").placement(Placement::OwnSession).run_checked().unwrap();
}

#[test]
#[ignore = "needs a session with a number; run alone by each_placement_is_where_it_says"]
fn told_to_place() {
    let place = |placement: Placement| {
        let child = Cmd::new("cat").placement(placement).spawn(reader()).unwrap();
        let pid = Pid::from_raw(child.pid().try_into().unwrap());
        (pid.unwrap(), getpgid(pid).unwrap(), getsid(pid).unwrap(), child)
    };
    let (our_group, our_session) = (getpgid(None).unwrap(), getsid(None).unwrap());
    let (pid, group, session, _child) = place(Placement::OwnGroup);
    assert_eq!((group, session), (pid, our_session));
    let (_, group, session, _child) = place(Placement::ParentGroup);
    assert_eq!((group, session), (our_group, our_session));
    let (pid, group, session, _child) = place(Placement::OwnSession);
    assert_eq!((group, session), (pid, pid));
}

#[test]
fn a_session_of_its_own_starts_with_default_signals() {
    let inner = alone_args("children::told_to_interrupt_itself");
    let background = Cmd::new("/bin/sh").args(["-c", "trap '' INT QUIT; exec \"$@\"", "sh"]).args(inner);
    background.run_checked().unwrap();
}

#[test]
#[ignore = "needs SIGINT to be ignored; run alone by a_session_of_its_own_starts_with_default_signals"]
fn told_to_interrupt_itself() {
    let interrupted = sh("kill -INT $$; exit 8");
    assert_eq!(interrupted.run().unwrap().status, ExitOutcome::Code(8), "what is ignored is inherited");
    let own = interrupted.placement(Placement::OwnSession);
    assert_eq!(own.run().unwrap().status, ExitOutcome::Signal(2));
}

#[test]
fn a_run_in_our_own_group_leaves_us_alone() {
    assert!(sh("exit 0").placement(Placement::ParentGroup).run().unwrap().success());
    let late = sh("sleep 1000").placement(Placement::ParentGroup).timeout(Duration::from_millis(100));
    assert!(matches!(late.run(), Err(ProcessError::TimedOut { .. })));
}

#[test]
fn exec_becomes_the_program() {
    let output = alone("children::replaced").run().unwrap();
    assert_eq!(output.status, ExitOutcome::Code(42));
    assert!(output.stdout_utf8_lossy().contains("replaced in /"), "{output:?}");
}

#[test]
#[ignore = "replaces the process; run alone by exec_becomes_the_program"]
fn replaced() {
    let missing = Cmd::new("owt-there-is-no-such-program").exec();
    assert!(matches!(missing, ProcessError::NotFound { .. }));
    let failed = sh("echo replaced in $PWD; exit 42").current_dir("/").exec();
    panic!("{failed}");
}
