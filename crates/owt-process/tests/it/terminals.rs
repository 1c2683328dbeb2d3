//! A child with a controlling terminal.

use std::fs::File;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use owt_process::ExitOutcome;
use owt_process::Placement;
use owt_process::ProcessError;
use owt_process::Streams;
use rustix::fs::Mode;
use rustix::fs::OFlags;
use rustix::pty::OpenptFlags;

use crate::conditions::sh;

fn terminal() -> (File, Arc<OwnedFd>) {
    let master = rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    rustix::pty::grantpt(&master).unwrap();
    rustix::pty::unlockpt(&master).unwrap();
    let name = rustix::pty::ptsname(&master, Vec::new()).unwrap();
    let slave =
        rustix::fs::open(name.as_c_str(), OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty());
    (master.into(), Arc::new(slave.unwrap()))
}

#[test]
fn it_can_open_dev_tty_and_gets_the_keys_pressed_there() {
    let (mut master, slave) = terminal();
    let script = "trap 'echo interrupted; exit 3' INT; echo ready > /dev/tty; while :; do sleep 0.05; done";
    let streams = Streams::terminal(&slave).unwrap();
    let mut child = sh(script).placement(Placement::OwnTerminal(slave)).spawn(streams).unwrap();
    let mut lines = BufReader::new(master.try_clone().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "ready");
    master.write_all(b"\x03").unwrap();
    assert!(lines.next().unwrap().unwrap().contains("interrupted"));
    assert_eq!(child.wait().unwrap(), ExitOutcome::Code(3));
}

#[test]
fn without_one_dev_tty_cannot_be_opened() {
    let output = sh(": < /dev/tty").placement(Placement::OwnSession).run().unwrap();
    assert!(!output.success());
}

#[test]
fn what_is_no_terminal_is_refused() {
    let file: OwnedFd = File::open("/dev/null").unwrap().into();
    let error = sh("true").placement(Placement::OwnTerminal(Arc::new(file))).run().unwrap_err();
    assert!(matches!(error, ProcessError::Io { operation: "taking the terminal", .. }), "{error:?}");
}
