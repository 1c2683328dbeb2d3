//! What tests wait for, and the small programs that they run.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;
use std::time::Instant;

use owt_process::Cmd;
use owt_process::Escalation;
use owt_process::tree::ProcessIdentity;

/// Far longer than anything here takes on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Short times to obey, for tests of disobedience.
pub(crate) const HASTY: Escalation = Escalation {
    interrupt: Duration::from_millis(150),
    terminate: Duration::from_millis(150),
    kill: Duration::from_secs(10),
};

/// A shell script as a command.
pub(crate) fn sh(script: &str) -> Cmd {
    Cmd::new("/bin/sh").args(["-c", script])
}

/// Looks again and again until `condition` holds.
#[expect(
    clippy::disallowed_methods,
    reason = "what other processes do has no event that a test could wait for"
)]
pub(crate) fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Whether a process of this number runs (zombies do not).
pub(crate) fn runs(pid: u32) -> bool {
    ProcessIdentity::of(pid).is_some_and(ProcessIdentity::is_alive)
}

/// Whether the number is taken, by a process or a zombie.
pub(crate) fn exists(pid: u32) -> bool {
    ProcessIdentity::of(pid).is_some()
}

/// Waits for a file with a number in its first line.
pub(crate) fn number_in(path: &Path) -> u32 {
    let mut number = None;
    wait_until(&format!("{} holds a number", path.display()), || {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        number = text.strip_suffix('\n').and_then(|line| line.trim().parse().ok());
        number.is_some()
    });
    number.unwrap()
}

/// One test of this very binary in a process of its own: for what would change the whole process.
pub(crate) fn alone(test: &str) -> Cmd {
    let [binary, arguments @ ..] = alone_args(test);
    Cmd::new(binary).args(arguments).label(test)
}

/// The same as program and arguments.
pub(crate) fn alone_args(test: &str) -> [OsString; 5] {
    let binary = std::env::current_exe().unwrap();
    [binary.into(), test.into(), "--exact".into(), "--ignored".into(), "--nocapture".into()]
}
