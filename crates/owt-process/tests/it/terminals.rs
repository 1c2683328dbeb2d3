//! A child with a controlling terminal.

use std::fs::File;
use std::io::Read;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use owt_process::ExitOutcome;
use owt_process::Placement;
use owt_process::ProcessError;
use owt_process::Streams;
use rustix::event::PollFd;
use rustix::event::PollFlags;
use rustix::event::Timespec;
use rustix::event::poll;
use rustix::fs::Mode;
use rustix::fs::OFlags;
use rustix::pty::OpenptFlags;

use crate::conditions::PATIENCE;
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

/// Reads what is shown until this is.
fn read_until(master: &mut File, expected: &str) {
    let mut shown = String::new();
    while !shown.contains(expected) {
        let limit = Timespec { tv_sec: PATIENCE.as_secs().try_into().unwrap(), tv_nsec: 0 };
        let ready = poll(&mut [PollFd::new(master, PollFlags::IN)], Some(&limit)).unwrap();
        assert!(ready > 0, "{expected:?} was never shown, only {shown:?}");
        let mut bytes = [0; 256];
        let count = master.read(&mut bytes).unwrap();
        shown.push_str(std::str::from_utf8(&bytes[..count]).unwrap());
    }
}

#[test]
fn it_can_open_dev_tty_and_gets_the_keys_pressed_there() {
    let (mut master, slave) = terminal();
    let script = "trap 'echo interrupted; exit 3' INT; echo ready > /dev/tty; while :; do sleep 0.05; done";
    let streams = Streams::terminal(&slave).unwrap();
    let mut child = sh(script).placement(Placement::OwnTerminal(slave)).spawn(streams).unwrap();
    read_until(&mut master, "ready");
    master.write_all(b"\x03").unwrap();
    read_until(&mut master, "interrupted");
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
