//! Making the data and runtime folders on a real disk.

use std::fs;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::fs::symlink;
use std::path::Path;

use owt_config::Environment;
use owt_config::FolderError;
use owt_config::Places;
use tempfile::TempDir;

use crate::variables;

fn places(folder: &TempDir) -> Places {
    let path = folder.path().to_str().unwrap();
    let user = Environment::capture().user();
    let home = format!("{path}/home");
    Places::of(&Environment::new(variables(&[("OWT_HOME", &home), ("TMPDIR", path)]), user)).unwrap()
}

fn mode(path: impl AsRef<Path>) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn both_folders_are_ours_alone_and_making_them_twice_is_no_matter() {
    let folder = tempfile::tempdir().unwrap();
    let places = places(&folder);
    places.make_folders().unwrap();
    places.make_folders().unwrap();
    assert_eq!((mode(&places.data), mode(&places.runtime)), (0o700, 0o700));
}

#[test]
fn an_open_data_folder_of_ours_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let places = places(&folder);
    fs::create_dir_all(&places.data).unwrap();
    fs::set_permissions(&places.data, Permissions::from_mode(0o755)).unwrap();
    places.make_folders().unwrap();
    assert_eq!(mode(&places.data), 0o700);
}

#[test]
fn a_runtime_folder_that_others_may_enter_or_that_is_a_link_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let places = places(&folder);
    fs::create_dir(&places.runtime).unwrap();
    fs::set_permissions(&places.runtime, Permissions::from_mode(0o750)).unwrap();
    assert!(matches!(places.make_folders(), Err(FolderError::NotOurs { mode: 0o750, .. })));
    fs::remove_dir(&places.runtime).unwrap();
    let elsewhere = folder.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    fs::set_permissions(&elsewhere, Permissions::from_mode(0o700)).unwrap();
    symlink(&elsewhere, &places.runtime).unwrap();
    assert!(matches!(places.make_folders(), Err(FolderError::NotOurs { .. })));
}

#[test]
fn a_data_folder_that_cannot_be_made_names_owt_home() {
    let folder = tempfile::tempdir().unwrap();
    let places = places(&folder);
    fs::write(folder.path().join("home"), "in the way").unwrap();
    let error = places.make_folders().unwrap_err();
    assert!(matches!(error, FolderError::DataNotWritable { .. }));
    assert!(error.to_string().contains("set OWT_HOME"), "{error}");
}

#[test]
fn a_missing_temporary_folder_names_the_variable() {
    let folder = tempfile::tempdir().unwrap();
    let mut places = places(&folder);
    places.runtime = places.runtime.parent().unwrap().join("gone").join("owt-x");
    let error = places.make_folders().unwrap_err();
    assert!(error.to_string().contains("XDG_RUNTIME_DIR or TMPDIR"), "{error}");
}
