//! Which files a checkout has.

use owt_core::environment::RelPath;
use owt_ports::GitError;
use owt_ports::Standing;
use owt_ports::Untracked;

use super::Scene;
use super::World;

fn paths(names: &[&str]) -> Vec<RelPath> {
    names.iter().map(|name| RelPath::new(name).unwrap()).collect()
}

pub(super) fn files_are_found_by_name_wherever_they_lie(world: &dyn World) {
    let scene = Scene::new(world);
    let path = scene.worktree("feat/x");
    for file in ["package.json", "web/package.json", "web/deep/go.mod", "ignored/package.json", "web/other"] {
        scene.write(&path, file, "x\n");
    }
    world.commit(&path);
    scene.write(&path, "new/package.json", "x\n");
    let mut found = scene.git.files(&path, &["package.json", "go.mod"]).unwrap();
    found.sort();
    assert_eq!(found, paths(&["new/package.json", "package.json", "web/deep/go.mod", "web/package.json"]));
    assert_eq!(scene.git.files(&path, &["Cargo.toml"]), Ok(Vec::new()));
    let gone = world.outside().join("gone");
    assert!(matches!(scene.git.files(&gone, &["a"]), Err(GitError::NotARepository { .. })));
}

pub(super) fn untracked_files_are_told_with_what_git_shows(world: &dyn World) {
    let scene = Scene::new(world);
    let path = scene.worktree("feat/x");
    let root = world.root();
    for file in [".env", ".env.local", "own.log", "web/own.log", "a.txt"] {
        world.write(&root.join(file), "x\n");
    }
    let untracked = |patterns: &[&str]| {
        let patterns: Vec<String> = patterns.iter().map(|&pattern| pattern.to_owned()).collect();
        let mut found = scene.git.untracked(&root, &path, &patterns).unwrap();
        found.sort_by(|one, other| one.path.cmp(&other.path));
        found
    };
    let told = |name: &str, standing| Untracked { path: RelPath::new(name).unwrap(), standing };
    let env = [told(".env", Standing::Shown), told(".env.local", Standing::Shown)];
    assert_eq!(untracked(&["/.env", "/.env.*", "/a.txt"]), env);
    let logs = [told("own.log", Standing::Ignored), told("web/own.log", Standing::Ignored)];
    assert_eq!(untracked(&["own.log", "a.txt"]), logs);
    assert_eq!(untracked(&[]), []);
}

pub(super) fn ignored_files_are_found_by_name_and_not_in_ignored_folders(world: &dyn World) {
    let scene = Scene::new(world);
    for file in ["own.log", "web/own.log", "web/other.log", "ignored/own.log", "shown/own.txt"] {
        world.write(&world.root().join(file), "x\n");
    }
    let mut found = scene.git.ignored_files(&world.root(), &["own.log", "own.txt"]).unwrap();
    found.sort();
    assert_eq!(found, paths(&["own.log", "web/own.log"]));
    let gone = world.outside().join("gone");
    assert!(matches!(scene.git.ignored_files(&gone, &["a"]), Err(GitError::NotARepository { .. })));
}

pub(super) fn ignored_folders_are_named_without_what_is_in_them(world: &dyn World) {
    let scene = Scene::new(world);
    for file in ["ignored/a/b", "ignored/c", "web/ignored/d", "shown/e"] {
        world.write(&world.root().join(file), "x\n");
    }
    let mut found = scene.git.ignored_folders(&world.root()).unwrap();
    found.sort();
    assert_eq!(found[0], RelPath::new("ignored").unwrap());
    // A folder of nothing but an ignored one may be named as well.
    assert!(found.contains(&RelPath::new("web/ignored").unwrap()));
    assert!(!found.iter().any(|folder| folder.starts_with(&RelPath::new("shown").unwrap())));
    assert!(
        found
            .iter()
            .all(|folder| folder.depth() < 3 && !folder.starts_with(&RelPath::new("ignored/a").unwrap()))
    );
}
