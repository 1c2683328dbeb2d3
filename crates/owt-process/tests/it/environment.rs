//! What a child's environment is made of.

use std::collections::BTreeSet;

use owt_process::Cmd;
use owt_process::git_variables;

use crate::conditions::alone;
use crate::conditions::sh;

fn names(cmd: &Cmd) -> BTreeSet<String> {
    let output = cmd.run_checked().unwrap();
    output.stdout_utf8_lossy().lines().filter_map(|line| Some(line.split_once('=')?.0.to_owned())).collect()
}

#[test]
fn what_points_git_elsewhere_is_not_inherited_and_what_names_the_person_is() {
    let mut outer = alone("environment::inherited_as_it_is");
    let removed = git_variables::REMOVED.iter().map(|(name, _)| *name);
    for name in removed.chain(["GIT_CONFIG_KEY_0", "GIT_CONFIG_VALUE_0"]) {
        outer = outer.env(name, "/elsewhere");
    }
    for (name, _) in git_variables::KEPT {
        outer = outer.env(name, "kept");
    }
    let inherited = names(&outer);
    assert!(!inherited.iter().any(|name| git_variables::is_removed(name)), "{inherited:?}");
    assert!(git_variables::KEPT.iter().all(|(name, _)| inherited.contains(*name)), "{inherited:?}");
}

#[test]
#[ignore = "prints what a child inherits from this process; run alone by the test above"]
fn inherited_as_it_is() {
    let output = Cmd::new("env").current_dir("/").run_checked().unwrap();
    println!("\n{}", output.stdout_utf8_lossy());
}

#[test]
fn a_base_replaces_ours_and_counts_as_inherited() {
    let base = [("PATH", "/usr/bin:/bin"), ("GIT_DIR", "/elsewhere"), ("ONLY", "1")];
    let all = names(&Cmd::new("env").env_base(base).env("GIT_INDEX_FILE", "/mine"));
    assert_eq!(all, ["GIT_INDEX_FILE", "ONLY", "PATH"].map(str::to_owned).into());
}

#[test]
fn set_removed_and_cleared() {
    let say = sh("echo ${HOME-none} ${MINE-none}");
    assert_eq!(say.clone().env_remove("HOME").env("MINE", "a b").run().unwrap().stdout, b"none a b\n");
    assert_eq!(say.env("MINE", "x").env_clear().run().unwrap().stdout, b"none none\n");
}

#[test]
fn every_variable_that_git_calls_its_own_is_removed() {
    let output =
        Cmd::new("git").args(["rev-parse", "--local-env-vars"]).current_dir("/").run_checked().unwrap();
    let missed: Vec<_> = output
        .stdout_utf8_lossy()
        .lines()
        .filter(|name| !git_variables::is_removed(name))
        .map(str::to_owned)
        .collect();
    assert_eq!(missed, Vec::<String>::new());
}
