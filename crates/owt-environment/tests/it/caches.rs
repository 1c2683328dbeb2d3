//! Caches that are not carried over, and why; wherever the file system could share or not.

use std::fs::File;
use std::os::unix::fs::symlink;

use owt_environment::WorktreeEnvironments;
use owt_ports::EnvironmentError;
use owt_ports::Environments as _;
use owt_ports::Furnished;
use rustix::fs::FlockOperation;

use crate::world::World;
use crate::world::rel;

/// The reason for the only cache.
fn reason(furnished: &Furnished) -> &str {
    assert!(furnished.carried.is_empty() && furnished.rebuilt.len() == 1, "{furnished:?}");
    &furnished.rebuilt[0].reason
}

#[test]
fn what_holds_absolute_paths_is_built_again() {
    let world = World::new();
    world.write(".venv/bin/activate", "VIRTUAL_ENV=x");
    assert!(reason(&world.carry(&[".venv"])).contains("absolute paths"));
    assert!(!world.has(".venv"));
}

#[test]
fn packages_of_another_lock_file_are_installed_again() {
    let world = World::new();
    world.write("node_modules/a/index.js", "1");
    assert_eq!(reason(&world.carry(&["node_modules"])), "no lock file says what is in it");
    world.write_both("package-lock.json", "{}");
    world.write("package-lock.json", "{ }");
    assert_eq!(
        reason(&world.carry(&["node_modules"])),
        "package-lock.json differs between the two checkouts"
    );
}

#[test]
fn packages_whose_start_scripts_name_the_other_checkout_are_installed_again() {
    let world = World::new();
    world.write_both("pnpm-lock.yaml", "x");
    world.write("node_modules/.bin/tool", &format!("#!/bin/sh\nNODE_PATH={}/node_modules\n", world.source));
    assert_eq!(
        reason(&world.carry(&["node_modules"])),
        "its .bin/tool holds absolute paths of the other checkout"
    );
}

#[test]
fn a_target_that_a_build_writes_to_is_left_alone() {
    let world = World::new();
    world.write_both("Cargo.toml", "");
    world.write("target/debug/.cargo-lock", "");
    world.write("target/debug/app", "x");
    let build = File::open(world.source.join("target/debug/.cargo-lock")).unwrap();
    rustix::fs::flock(&build, FlockOperation::LockExclusive).unwrap();
    assert_eq!(reason(&world.carry(&["target"])), "a build is running there");
    assert!(!world.has("target"));
}

#[test]
fn what_is_no_cache_or_there_already_is_passed_over() {
    let world = World::new();
    world.write("target/notes", "no Cargo.toml beside it");
    world.write("uploads/picture", "x");
    world.write_both("package-lock.json", "{}");
    world.write_both("node_modules/a", "x");
    let furnished = world.carry(&["target", "uploads", "node_modules", "gone/node_modules"]);
    assert_eq!(furnished, Furnished::default());
}

#[test]
fn nothing_is_carried_through_a_link_out_of_the_worktree() {
    let world = World::new();
    world.write("web/Cargo.toml", "");
    world.write("web/target/debug/app", "x");
    std::fs::create_dir_all(world.home.join("outside")).unwrap();
    symlink("../outside", world.worktree.join("web")).unwrap();
    assert_eq!(reason(&world.carry(&["web/target"])), "a symbolic link leads out of the worktree");
    assert_eq!(std::fs::read_dir(world.home.join("outside")).unwrap().count(), 0);
}

/// The known caches of builds among these folders of the worktree.
fn build_caches(world: &World, folders: &[&str]) -> Vec<String> {
    let folders: Vec<_> = folders.iter().map(|folder| rel(folder)).collect();
    let found = WorktreeEnvironments.build_caches(&world.worktree, &folders).unwrap();
    found.into_iter().map(|cache| cache.folder.to_string()).collect()
}

#[test]
fn only_what_a_build_fills_again_may_be_dropped() {
    let world = World::new();
    world.write_both("Cargo.toml", "");
    for file in
        ["target/debug/app", "node_modules/a", ".venv/x", "web/.next/cache/x", "web/target/x", ".turbo/x"]
    {
        world.write_both(file, "x");
    }
    let ignored = ["target", "node_modules", ".venv", "web/.next", "web/target", ".turbo", "gone"];
    assert_eq!(build_caches(&world, &ignored), ["target", "web/.next/cache", ".turbo"]);
    for folder in ["node_modules", ".venv", "web/target"] {
        let refused = WorktreeEnvironments.drop_cache(&world.worktree, &rel(folder));
        assert!(matches!(refused, Err(EnvironmentError::Io { .. })) && world.has(folder), "{refused:?}");
    }
    for time in ["first", "again"] {
        assert_eq!(WorktreeEnvironments.drop_cache(&world.worktree, &rel("target")), Ok(()), "{time}");
        assert!(!world.has("target"));
    }
}

#[test]
fn a_cache_of_somebody_elses_is_not_dropped_through_a_link() {
    let world = World::new();
    world.write_both("Cargo.toml", "");
    world.write("target/debug/app", "x");
    symlink(world.source.join("target").as_path(), world.worktree.join("target")).unwrap();
    assert_eq!(build_caches(&world, &["target"]), [""; 0]);
    assert!(WorktreeEnvironments.drop_cache(&world.worktree, &rel("target")).is_err());
    assert!(world.source.join("target/debug/app").as_path().exists());
}

#[test]
fn a_cache_that_a_build_writes_to_is_not_dropped() {
    let world = World::new();
    world.write_both("Cargo.toml", "");
    world.write_both("target/debug/.cargo-lock", "");
    let build = File::open(world.worktree.join("target/debug/.cargo-lock")).unwrap();
    rustix::fs::flock(&build, FlockOperation::LockExclusive).unwrap();
    let refused = WorktreeEnvironments.drop_cache(&world.worktree, &rel("target"));
    assert!(matches!(refused, Err(EnvironmentError::Busy { .. })) && world.has("target"), "{refused:?}");
    drop(build);
    assert_eq!(WorktreeEnvironments.drop_cache(&world.worktree, &rel("target")), Ok(()));
}
