//! What cannot be started, and that the reason is told apart.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;
use std::time::Instant;

use owt_process::Cmd;
use owt_process::ProcessError;
use owt_process::Streams;

use crate::conditions::alone;
use crate::conditions::sh;
use crate::conditions::wait_until;

fn refused(cmd: &Cmd) -> ProcessError {
    let by_run = cmd.run().unwrap_err();
    let by_spawn = cmd.spawn(Streams::default()).unwrap_err();
    assert_eq!(by_run.to_string(), by_spawn.to_string(), "both ways to start say the same");
    by_run
}

fn file(path: &Path, content: &str, mode: u32) {
    fs::write(path, content).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn nul_is_named_by_place() {
    let said = |cmd: Cmd| match refused(&cmd) {
        error @ ProcessError::NulByte { .. } => error.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(said(sh("true").arg("a\0b")), "argument 3 contains a NUL byte");
    assert_eq!(said(sh("true").env("NAME", "a\0b")), "variable NAME contains a NUL byte");
    assert_eq!(said(sh("true").env_base([("NA\0ME", "a")])), "variable NA\\0ME contains a NUL byte");
    assert_eq!(said(Cmd::new("/bin/s\0h")), "the program's name contains a NUL byte");
    assert_eq!(said(sh("true").current_dir(Path::new("/\0"))), "the working directory contains a NUL byte");
}

#[test]
fn a_missing_program_is_not_found() {
    for name in ["owt-there-is-no-such-program", "/nowhere/at/all", "/bin/sh/below"] {
        assert!(matches!(refused(&Cmd::new(name)), ProcessError::NotFound { program } if program == name));
    }
    let no_path = Cmd::new("sh").env_clear();
    assert!(matches!(refused(&no_path), ProcessError::NotFound { .. }), "no PATH, no program by name");
}

#[test]
fn a_relative_program_is_refused() {
    let error = refused(&Cmd::new("./sh").current_dir(Path::new("/bin")));
    assert!(matches!(error, ProcessError::RelativeProgram { .. }));
}

#[test]
fn a_program_in_the_working_directory_is_never_taken() {
    let folder = tempfile::tempdir().unwrap();
    file(&folder.path().join("owt-trap"), "#!/bin/sh\n", 0o755);
    for path in ["", ".", ":", ".:/bin", "relative"] {
        let cmd = Cmd::new("owt-trap").env("PATH", path).current_dir(folder.path());
        assert!(matches!(refused(&cmd), ProcessError::NotFound { .. }), "PATH={path}");
    }
    let meant = Cmd::new("owt-trap").env("PATH", folder.path()).run().unwrap();
    assert!(meant.success());
}

#[test]
fn what_is_there_but_cannot_be_executed_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let reason = |cmd: Cmd| match refused(&cmd) {
        ProcessError::NotExecutable { reason, .. } => reason,
        other => panic!("{other:?}"),
    };
    file(&path("plain"), "text", 0o644);
    assert!(reason(Cmd::new(path("plain"))).contains("ermission denied"));
    assert_eq!(reason(Cmd::new("plain").env("PATH", folder.path())), "permission denied");
    file(&path("orphan"), "#!/no/such/interpreter\n", 0o755);
    assert_eq!(reason(Cmd::new(path("orphan"))), "its interpreter is missing");
    file(&path("noise"), "\u{1}\u{2}\u{3}", 0o755);
    assert!(reason(Cmd::new(path("noise"))).contains("format"));
}

#[test]
fn an_unusable_working_directory_is_not_blamed_on_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("plain");
    file(&plain, "text", 0o644);
    for path in [folder.path().join("missing"), plain] {
        let error = refused(&sh("true").current_dir(&path));
        assert!(matches!(error, ProcessError::WorkingDirectory { path: told, .. } if told == path));
    }
}

#[test]
fn too_much_to_say_is_told_as_such() {
    let error = refused(&sh("true").arg("x".repeat(8 * 1024 * 1024)));
    assert!(matches!(error, ProcessError::TooLong { .. }));
}

#[test]
fn no_descriptors_left_is_told_as_such() {
    alone("refusals::without_descriptors").run_checked().unwrap();
}

#[test]
#[ignore = "lowers the limit of the whole process; run alone by no_descriptors_left_is_told_as_such"]
fn without_descriptors() {
    let mut held = Vec::new();
    let nofile = rustix::process::Resource::Nofile;
    let old = rustix::process::getrlimit(nofile);
    rustix::process::setrlimit(nofile, rustix::process::Rlimit { current: Some(64), ..old }).unwrap();
    while let Ok(file) = fs::File::open("/dev/null") {
        held.push(file);
    }
    for _ in 0..5 {
        // From none left to one less than needed: whichever step runs out, nothing is left behind.
        let error = sh("sleep 1000").run().unwrap_err();
        let ran_out = matches!(error, ProcessError::Resources { .. } | ProcessError::Io { .. });
        assert!(ran_out, "{error:?}");
        held.pop();
    }
    drop(held);
    // Where not even the table could be looked at, what had been started was killed and not waited for.
    wait_until("nothing is left behind", || {
        owt_process::tree::descendants(std::process::id()).unwrap().is_empty()
    });
}

#[test]
#[cfg(target_os = "linux")]
fn a_program_still_being_written_is_tried_again_for_a_moment() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fresh");
    file(&path, "#!/bin/sh\necho fresh\n", 0o755);
    let writer = fs::OpenOptions::new().append(true).open(&path).unwrap();
    let start = Instant::now();
    let error = Cmd::new(&path).run().unwrap_err();
    assert!(start.elapsed() >= Duration::from_millis(60), "five pauses of 2 to 32 ms");
    assert!(
        matches!(error, ProcessError::Io { source, .. } if source.kind() == ErrorKind::ExecutableFileBusy)
    );
    drop(writer);
    assert_eq!(Cmd::new(&path).run().unwrap().stdout, b"fresh\n");
}
