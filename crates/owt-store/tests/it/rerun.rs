//! A second process for a test: this very binary again, running one ignored test. What the child needs comes on its
//! standard input, so that it ends at once when it is started by hand.

use std::io::Write;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;

use owt_core::AbsPath;

/// Starts the test `name` in a process of its own, with a path on the first line of its input.
pub(crate) fn start(name: &str, path: &AbsPath) -> Child {
    launch(command(std::env::current_exe().unwrap().as_os_str()), name, path)
}

/// The same in a mount namespace of its own, where it may mount; `None` with the reason when the system allows none.
pub(crate) fn start_with_mounts(name: &str, path: &AbsPath) -> Result<Child, String> {
    let namespace = ["--user", "--map-root-user", "--mount"];
    let tried = command("unshare".as_ref()).args(namespace).arg("true").output();
    match tried {
        Ok(output) if output.status.success() => {}
        other => return Err(format!("no namespaces here: {other:?}")),
    }
    let mut unshare = command("unshare".as_ref());
    unshare.args(namespace).arg(std::env::current_exe().unwrap());
    Ok(launch(unshare, name, path))
}

/// Mounts what fits in `size` on `folder`; only in a namespace of one's own.
pub(crate) fn mount_small(folder: &AbsPath, size: &str) {
    run("mount", &["-t", "tmpfs", "-o", &format!("size={size},mode=700"), "small", folder.as_str()]);
}

/// Takes the right to write from a mounted folder.
pub(crate) fn remount_read_only(folder: &AbsPath) {
    run("mount", &["-o", "remount,ro", folder.as_str()]);
}

/// The path that the parent sent; `None` when there is no parent.
pub(crate) fn path_from_parent() -> Option<AbsPath> {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    AbsPath::new(line.trim()).ok()
}

fn launch(mut command: Command, name: &str, path: &AbsPath) -> Child {
    let arguments = ["--exact", name, "--ignored", "--nocapture", "--test-threads=1"];
    let mut child = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "{path}").unwrap();
    child
}

fn run(program: &str, arguments: &[&str]) {
    let status = command(program.as_ref()).args(arguments).status().unwrap();
    assert!(status.success(), "{program} {arguments:?}: {status}");
}

#[expect(
    clippy::disallowed_methods,
    reason = "the children of these tests are to be killed or to lose their disk"
)]
fn command(program: &std::ffi::OsStr) -> Command {
    Command::new(program)
}
