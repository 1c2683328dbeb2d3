//! `spawn_detached`: processes that outlive us.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use owt_process::Escalation;
use owt_process::Log;
use owt_process::ProcessError;
use owt_process::tree;
use rustix::process::Pid;
use rustix::process::getsid;

use crate::conditions::alone;
use crate::conditions::exists;
use crate::conditions::number_in;
use crate::conditions::runs;
use crate::conditions::sh;
use crate::conditions::wait_until;

#[test]
fn it_has_a_session_of_its_own_and_no_input() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let pid = sh("cat; echo done reading; exec sleep 1000").spawn_detached(&Log::File(log.clone())).unwrap();
    wait_until("it has read all of nothing", || fs::read_to_string(&log).unwrap() == "done reading\n");
    let raw = Pid::from_raw(pid.try_into().unwrap()).unwrap();
    assert_eq!(getsid(Some(raw)).unwrap(), raw);
    tree::end_tree(pid, &Escalation::KILL).unwrap();
    wait_until("somebody waited for it", || !exists(pid));
}

#[test]
fn its_log_is_private_and_grows() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    for _ in 0..2 {
        let pid = sh("echo out; echo err >&2").spawn_detached(&Log::File(log.clone())).unwrap();
        wait_until("it ended", || !exists(pid));
    }
    assert_eq!(fs::read_to_string(&log).unwrap(), "out\nerr\n".repeat(2));
    assert_eq!(fs::metadata(&log).unwrap().permissions().mode() & 0o777, 0o600);
    let nowhere = Log::File(folder.path().join("missing/log"));
    assert!(matches!(sh("true").spawn_detached(&nowhere), Err(ProcessError::File { .. })));
}

#[test]
fn none_of_many_stays_a_zombie() {
    let pids: Vec<u32> = (0..50).map(|_| sh("exit 1").spawn_detached(&Log::Null).unwrap()).collect();
    wait_until("all were waited for", || !pids.iter().any(|pid| exists(*pid)));
}

#[test]
fn it_outlives_the_process_that_started_it() {
    let folder = tempfile::tempdir().unwrap();
    alone("detached::starts_one_and_ends").current_dir(folder.path()).run_checked().unwrap();
    let pid = number_in(&folder.path().join("pid"));
    assert!(runs(pid));
    tree::end_tree(pid, &Escalation::KILL).unwrap();
}

#[test]
#[ignore = "ends with its child running; run alone by it_outlives_the_process_that_started_it"]
fn starts_one_and_ends() {
    let pid = sh("echo $$ > pid; exec sleep 1000").spawn_detached(&Log::Null).unwrap();
    assert_eq!(number_in(std::path::Path::new("pid")), pid);
}
