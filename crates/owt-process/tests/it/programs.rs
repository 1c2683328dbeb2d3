//! Finding installed programs.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Instant;

use owt_core::AbsPath;
use owt_process::find_program;
use owt_process::program_version;

use crate::conditions::PATIENCE;

fn program(folder: &Path, name: &str, script: &str, mode: u32) -> AbsPath {
    let path = folder.join(name);
    fs::create_dir_all(folder).unwrap();
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    AbsPath::new(path).unwrap()
}

#[test]
fn the_first_executable_file_on_the_path_wins_then_the_known_places() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    program(&at("plain"), "tool", "", 0o644);
    fs::create_dir_all(at("dir/tool")).unwrap();
    let first = program(&at("first"), "tool", "", 0o755);
    program(&at("second"), "tool", "", 0o755);
    let known = program(&at("known"), "other", "", 0o755);
    let path = format!(
        "::relative:{0}/missing:{0}/plain:{0}/dir:{0}/first:{0}/second",
        folder.path().to_str().unwrap()
    );
    assert_eq!(find_program("tool", &path, &[]), Some(first.clone()));
    assert_eq!(
        find_program("tool", &path, std::slice::from_ref(&known)),
        Some(first.clone()),
        "the path goes first"
    );
    let missing = AbsPath::new(at("missing/other")).unwrap();
    assert_eq!(find_program("other", &path, &[missing, known.clone()]), Some(known));
    assert_eq!(find_program("other", &path, &[]), None);
    assert_eq!(find_program(first.as_str(), "", &[]), Some(first));
    assert_eq!(find_program(at("plain/tool").to_str().unwrap(), &path, &[]), None);
}

#[test]
fn names_that_are_no_names_are_never_found() {
    for name in ["", ".", "..", "../bin/sh", "bin/sh", "./sh"] {
        assert_eq!(find_program(name, "/bin:/usr/bin:/", &[]), None, "{name:?}");
    }
}

#[test]
fn a_version_is_the_first_line() {
    let folder = tempfile::tempdir().unwrap();
    let version = |name: &str, script: &str| {
        let environment = BTreeMap::from([("VERSION".to_owned(), "7.1".to_owned())]);
        program_version(&program(folder.path(), name, script, 0o755), &environment)
    };
    assert_eq!(version("good", "echo; echo tool $VERSION; echo more").as_deref(), Some("tool 7.1"));
    assert_eq!(version("aside", "echo tool 2 >&2").as_deref(), Some("tool 2"));
    assert_eq!(version("silent", ""), None);
    assert_eq!(version("failing", "echo usage; exit 2"), None);
}

#[test]
fn a_program_that_hangs_has_no_version() {
    let folder = tempfile::tempdir().unwrap();
    let start = Instant::now();
    let environment = BTreeMap::from([("PATH".to_owned(), "/usr/bin:/bin".to_owned())]);
    let slow = program(folder.path(), "slow", "echo early; sleep 1000", 0o755);
    assert_eq!(program_version(&slow, &environment), None);
    assert!(start.elapsed() < PATIENCE);
}
