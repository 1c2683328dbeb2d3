//! Orphans stay findable below a subreaper.
#![cfg(target_os = "linux")]

use std::time::Duration;

use owt_process::Escalation;
use owt_process::ExitOutcome;
use owt_process::Streams;
use owt_process::tree;

use crate::conditions::HASTY;
use crate::conditions::alone;
use crate::conditions::exists;
use crate::conditions::number_in;
use crate::conditions::sh;
use crate::conditions::wait_until;

#[test]
fn a_daemon_is_found_ended_and_waited_for() {
    alone("subreaper::inherits_and_ends").run_checked().unwrap();
}

/// Its parent ends at once; it has left the group and the session and ignores what can be ignored.
const DAEMON: &str = r#"setsid sh -c '(trap "" INT TERM HUP; sh -c "echo \$PPID" > daemon; while :; do sleep 1; done) & :' & wait"#;

#[test]
#[ignore = "makes the whole process a subreaper; run alone by a_daemon_is_found_ended_and_waited_for"]
fn inherits_and_ends() {
    tree::become_subreaper().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut agent = sh(DAEMON).current_dir(folder.path()).spawn(Streams::default()).unwrap();
    assert_eq!(agent.wait().unwrap(), ExitOutcome::Code(0));
    let daemon = number_in(&folder.path().join("daemon"));
    wait_until("we have inherited it", || {
        tree::ancestors(daemon).first().is_some_and(|parent| parent.pid == std::process::id())
    });
    tree::end_descendants(std::process::id(), &HASTY).unwrap();
    assert!(tree::descendants(std::process::id()).unwrap().is_empty());
    wait_until("all adopted ones were waited for", || {
        tree::reap_adopted().unwrap();
        !exists(daemon)
    });
    children_of_ours_keep_their_status();
}

/// An ended child that somebody holds is never taken by `reap_adopted`.
fn children_of_ours_keep_their_status() {
    let mut held = sh("exit 7").spawn(Streams::default()).unwrap();
    assert!(held.exit_notice().unwrap().wait(Some(Duration::from_secs(30))).unwrap());
    assert_eq!(tree::reap_adopted().unwrap(), 0);
    assert_eq!(held.wait().unwrap(), ExitOutcome::Code(7));
    tree::end_descendants(std::process::id(), &Escalation::KILL).unwrap();
}
