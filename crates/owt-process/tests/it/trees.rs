//! Families of processes.

use std::fs;
use std::io::Write;
use std::sync::mpsc::channel;
use std::time::Duration;

use owt_process::Cmd;
use owt_process::Escalation;
use owt_process::ExitOutcome;
use owt_process::Placement;
use owt_process::Stream;
use owt_process::Streams;
use owt_process::tree;
use owt_process::tree::EndError;
use owt_process::tree::ProcessIdentity;
use owt_process::while_none_starts;

use crate::conditions::HASTY;
use crate::conditions::PATIENCE;
use crate::conditions::number_in;
use crate::conditions::runs;
use crate::conditions::sh;
use crate::conditions::wait_until;

#[test]
#[cfg(target_os = "linux")]
fn a_grandchild_in_another_session_is_below_us_and_we_above_it() {
    let folder = tempfile::tempdir().unwrap();
    let script = "setsid sh -c 'echo $$ > far; exec sleep 1000' & wait";
    let child = sh(script).current_dir(folder.path()).spawn(Streams::default()).unwrap();
    let far = number_in(&folder.path().join("far"));
    let above: Vec<u32> = tree::ancestors(far).iter().map(|process| process.pid).collect();
    assert_eq!(above[..2], [child.pid(), std::process::id()]);
    let far = ProcessIdentity::of(far).unwrap();
    assert!(tree::descendants(child.pid()).unwrap().contains(&far));
    assert!(tree::descendants(std::process::id()).unwrap().contains(&far));
    assert!(!tree::descendants(far.pid).unwrap().contains(&child.identity()));
}

#[test]
fn an_identity_is_not_the_number() {
    let mut child = Cmd::new("cat").spawn(Streams { stdin: Stream::Piped, ..Streams::default() }).unwrap();
    let identity = child.identity();
    assert!(identity.is_alive());
    let earlier = ProcessIdentity { start_time: identity.start_time - 1, ..identity };
    assert!(!earlier.is_alive(), "the same number, another process");
    child.stdin = None;
    wait_until("it ended", || !identity.is_alive());
    assert_eq!(
        ProcessIdentity::of(identity.pid),
        Some(identity),
        "a zombie has its identity and is not alive"
    );
    assert_eq!(child.wait().unwrap(), ExitOutcome::Code(0));
    assert!(ProcessIdentity::of_self().is_alive());
}

#[test]
fn one_thread_waits_while_another_ends_it() {
    // Not by way of a shell: until dash has become its last command, it may put an interrupt off and take it along.
    let sleep = Cmd::new("sleep").args(["1000"]).placement(Placement::OwnSession);
    let mut child = sleep.spawn(Streams::default()).unwrap();
    let pid = child.pid();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(move || child.wait().unwrap());
        tree::end_tree(pid, &HASTY).unwrap();
        assert_eq!(waiting.join().unwrap(), ExitOutcome::Signal(2));
    });
}

#[test]
fn what_is_not_there_is_ended_already() {
    tree::end_tree(u32::MAX, &HASTY).unwrap();
    tree::end_tree(0, &HASTY).unwrap();
    tree::end_descendants(u32::MAX, &HASTY).unwrap();
}

#[test]
fn we_do_not_end_ourselves_or_those_above_us() {
    let parent = std::os::unix::process::parent_id();
    for root in [std::process::id(), parent, 1] {
        assert!(
            matches!(tree::end_tree(root, &Escalation::KILL), Err(EndError::OurOwn(told)) if told == root)
        );
    }
    assert!(matches!(tree::end_descendants(parent, &Escalation::KILL), Err(EndError::OurOwn(_))));
    assert!(runs(parent));
}

#[test]
fn ending_what_is_below_spares_the_root() {
    let script = "sleep 1000 & wait; read line; exit 4";
    let mut child = sh(script).spawn(Streams { stdin: Stream::Piped, ..Streams::default() }).unwrap();
    wait_until("it has a child", || !tree::descendants(child.pid()).unwrap().is_empty());
    tree::end_descendants(child.pid(), &HASTY).unwrap();
    assert_eq!(child.try_wait().unwrap(), None);
    child.stdin.as_mut().unwrap().write_all(b"go\n").unwrap();
    assert_eq!(child.wait().unwrap(), ExitOutcome::Code(4));
}

#[test]
#[cfg(target_os = "linux")]
fn nobody_escapes_by_forking_faster_than_we_look() {
    let mark = format!("owt-mark-{}", std::process::id());
    let sleeper = format!("setsid sh -c 'trap \"\" INT TERM; sleep 1000; :' {mark}");
    // Bounded, so that a failure of ours does not fill the machine.
    let forker = format!("(for i in $(seq 60); do {sleeper} & done; wait) &");
    let script = format!("trap '' INT TERM; {} wait", forker.repeat(8));
    let mut child = sh(&script).spawn(Streams::default()).unwrap();
    wait_until("some have forked", || tree::descendants(child.pid()).unwrap().len() > 30);
    // So many take their time to die on a busy machine.
    let patient = Escalation { kill: PATIENCE, ..Escalation::KILL };
    let end = child.terminate_tree(&patient).unwrap();
    assert_eq!(end, ExitOutcome::Signal(9));
    assert_eq!(running_with(&mark), Vec::<String>::new());
}

fn running_with(mark: &str) -> Vec<String> {
    let folders = fs::read_dir("/proc").unwrap().flatten();
    let lines = folders.filter_map(|folder| fs::read_to_string(folder.path().join("cmdline")).ok());
    lines.filter(|line| line.contains(mark)).collect()
}

#[test]
fn nothing_is_started_while_a_program_is_written() {
    let (tell, told) = channel();
    std::thread::scope(|scope| {
        while_none_starts(|| {
            scope.spawn(move || tell.send(Cmd::new("true").run().unwrap().success()).unwrap());
            assert!(told.recv_timeout(Duration::from_millis(300)).is_err());
        });
        assert_eq!(told.recv(), Ok(true));
    });
}
