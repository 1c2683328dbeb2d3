//! The sealed home and the network of loopback alone.

use owt_process::Cmd;
use owt_testkit::lab::Network;
use owt_testkit::lab::SealedHome;

use crate::skipped::skip;

#[test]
fn nothing_of_the_outside_reaches_a_sealed_home() {
    let folder = tempfile::tempdir().unwrap();
    let home = SealedHome::create(folder.path()).unwrap();
    let seen = home.sealed(Cmd::new("env")).run_checked().unwrap();
    for line in seen.stdout_utf8_lossy().lines() {
        let (name, _) = line.split_once('=').unwrap();
        assert!(home.environment().contains_key(std::ffi::OsStr::new(name)), "{line}");
    }
    // Elsewhere than in the repository that holds this test, which may have an identity of its own.
    let asked = Cmd::new("git").args(["config", "user.email"]).current_dir(folder.path());
    let identity = home.sealed(asked).run_checked().unwrap();
    assert_eq!(identity.stdout_utf8_lossy().trim(), "test@example.invalid");
}

#[test]
fn a_program_can_be_put_on_a_homes_path_and_taken_off() {
    let folder = tempfile::tempdir().unwrap();
    let home = SealedHome::create(folder.path()).unwrap();
    for _ in 0..2 {
        home.add_program("say", std::path::Path::new("/bin/echo")).unwrap();
    }
    let said = home.sealed(Cmd::new("say").arg("hello")).run_checked().unwrap();
    assert_eq!(said.stdout, b"hello\n");
    home.remove_program("say").unwrap();
    assert!(home.sealed(Cmd::new("say")).run().is_err());
}

#[test]
fn a_machine_without_a_package_manager_is_told_why_it_has_no_agents() {
    let folder = tempfile::tempdir().unwrap();
    let home = SealedHome::create(&folder.path().join("h")).unwrap();
    let agents = folder.path().join("agents");
    let install = Cmd::new(env!("CARGO_BIN_EXE_install-agents")).arg(&agents);
    let output = home.sealed(install).env("PATH", home.bin()).run().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let said = output.stderr_utf8_lossy();
    assert!(said.contains("cannot be installed") && said.contains("npm"), "{said}");
}

#[test]
fn a_namespace_has_loopback_and_nothing_else() {
    let network = Network::open();
    if let Network::Shared(reason) = &network {
        return skip(reason);
    }
    let seen = network.command("ip").args(["-brief", "address"]).run_checked().unwrap();
    let text = seen.stdout_utf8_lossy();
    assert!(text.starts_with("lo ") && text.contains("127.0.0.1/8"), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
}
