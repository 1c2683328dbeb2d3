//! What the system can refuse: a missing, old, slow or full git.

use std::time::Duration;

use owt_ports::Git;
use owt_ports::GitError;
use owt_testkit::git_conformance::World;

use crate::sandbox::Sandbox;
use crate::sandbox::label;

#[test]
fn a_missing_git_says_what_to_install() {
    let sandbox = Sandbox::new();
    let git = sandbox.git_with(|settings| settings.program = "git-that-is-not-there".into());
    let refused = git.discover(&sandbox.root());
    assert!(matches!(&refused, Err(GitError::Unusable(text)) if text.contains("2.38")), "{refused:?}");
}

#[test]
fn an_old_git_is_refused_until_it_is_replaced() {
    let sandbox = Sandbox::new();
    let script = sandbox.script("git", "#!/bin/sh\necho git version 2.30.2\n");
    let git = sandbox.git_with(|settings| settings.program = script.as_path().into());
    let refused = git.discover(&sandbox.root());
    let expected = "git 2.38 or newer is needed, found 'git version 2.30.2'";
    assert_eq!(refused, Err(GitError::Unusable(expected.to_owned())));
    sandbox.script("git", "#!/bin/sh\nexec git \"$@\"\n");
    assert!(git.discover(&sandbox.root()).is_ok(), "the same adapter, after git was installed");
}

#[test]
fn a_git_that_hangs_is_ended() {
    let sandbox = Sandbox::new();
    let text = "#!/bin/sh\ntest \"$1\" = version && exec git version\nexec sleep 600\n";
    let script = sandbox.script("git", text);
    let patience = Duration::from_millis(300);
    let git = sandbox.git_with(|settings| {
        settings.program = script.as_path().into();
        settings.patience = Some(patience);
    });
    let refused = git.discover(&sandbox.root());
    assert_eq!(refused, Err(GitError::TimedOut { operation: "rev-parse".to_owned(), limit: patience }));
}

/// A git that does everything but the named subcommand, where the disk is full.
fn full_at(subcommand: &str) -> String {
    format!(
        "#!/bin/sh\nfor argument in \"$@\"; do\n  if test \"$argument\" = {subcommand}; then\n    \
         echo 'fatal: sha1 file x write error: No space left on device' >&2; exit 128\n  fi\ndone\nexec git \"$@\"\n"
    )
}

#[test]
fn a_full_disk_while_a_worktree_is_made_leaves_nothing() {
    let sandbox = Sandbox::new();
    let request = sandbox.request("feat/x");
    let script = sandbox.script("git", &full_at("worktree"));
    let git = sandbox.git_with(|settings| settings.program = script.as_path().into());
    let refused = git.add_worktree(&request);
    assert!(matches!(refused, Err(GitError::NoSpace(_))), "{refused:?}");
    assert_eq!(sandbox.run(&sandbox.root(), &["for-each-ref", "refs/heads/feat"]), "");
    assert!(!request.path.as_path().exists());
}

#[test]
fn a_full_disk_while_a_snapshot_is_taken_leaves_no_snapshot() {
    let sandbox = Sandbox::new();
    sandbox.write(&sandbox.root().join("a.txt"), "changed\n");
    for subcommand in ["update-index", "write-tree", "commit-tree", "update-ref"] {
        let script = sandbox.script("git", &full_at(subcommand));
        let git = sandbox.git_with(|settings| settings.program = script.as_path().into());
        let refused = git.snapshot(&sandbox.root(), &label(1));
        assert!(matches!(refused, Err(GitError::NoSpace(_))), "{subcommand}: {refused:?}");
        assert_eq!(sandbox.git.snapshots(&sandbox.repository(), 10), Ok(Vec::new()));
    }
    assert!(sandbox.git.snapshot(&sandbox.root(), &label(1)).unwrap().is_some(), "then it is taken");
}
