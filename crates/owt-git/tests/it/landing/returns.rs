//! Targets that go back, with a person's things around, and others at work meanwhile.

use std::fs;

use owt_ports::GitError;
use owt_ports::Landing as _;
use owt_ports::TargetMove;
use owt_ports::TargetMoved;
use owt_testkit::git_conformance::World as _;

use super::Stage;

/// What `feat` has lands in `main`; the move back.
fn landed(stage: &Stage) -> TargetMove {
    let to = stage.made();
    let there = stage.move_to("main", &to);
    stage.assert_landed(&to);
    TargetMove {
        from: there.to.clone(),
        to: there.from.clone(),
        reason: "owt: took feat back".to_owned(),
        ..there
    }
}

/// It is refused in these words, and nothing has changed.
#[track_caller]
fn assert_kept(stage: &Stage, back: &TargetMove, words: &str) {
    let witness = stage.witness();
    let moved = stage.sandbox.git.take_back(back);
    assert!(matches!(&moved, Ok(TargetMoved::Kept { why, .. }) if why.contains(words)), "{moved:?}");
    witness.assert_untouched_beside_git(&[]);
}

#[test]
fn the_persons_draft_index_stash_and_ignored_files_outlive_a_landing_that_goes_back() {
    let stage = Stage::new();
    stage.commit("b.txt", "feat\n");
    stage.commit("new/deep.txt", "feat\n");
    let root = stage.sandbox.root();
    let tree = stage.sandbox.run(&root, &["ls-files", "--stage"]);
    let back = landed(&stage);
    let moved = stage.sandbox.git.take_back(&back);
    assert_eq!(moved, Ok(TargetMoved::Moved { checkout: Some(root.clone()) }));
    assert_eq!(stage.sandbox.tip("main"), back.to);
    stage.assert_persons_own();
    assert_eq!(stage.sandbox.run(&root, &["ls-files", "--stage"]), tree);
    assert_eq!(stage.sandbox.read(&root.join("b.txt")).as_deref(), Some("one\n"));
    assert!(!root.join("new").as_path().exists());
    let log = stage.sandbox.run(&root, &["reflog", "-1", "--format=%gs", "HEAD"]);
    assert!(log.contains("took feat back"), "{log}");
}

#[test]
fn a_file_that_was_deleted_without_being_staged_keeps_what_has_landed() {
    let stage = Stage::new();
    stage.commit("b.txt", "feat\n");
    let back = landed(&stage);
    fs::remove_file(stage.sandbox.root().join("b.txt").as_path()).unwrap();
    assert_kept(&stage, &back, "deleted there would come back:\n\tb.txt");
}

#[test]
fn a_folder_of_ignored_files_where_a_file_was_keeps_what_has_landed() {
    let stage = Stage::new();
    let root = stage.sandbox.root();
    fs::remove_file(stage.feat.join("b.txt").as_path()).unwrap();
    stage.commit("b.txt/tracked", "feat\n");
    let back = landed(&stage);
    stage.sandbox.write(&root.join("b.txt/mine.log"), "mine\n");
    assert_kept(&stage, &back, "b.txt");
    fs::remove_file(root.join("b.txt/mine.log").as_path()).unwrap();
    assert!(matches!(stage.sandbox.git.take_back(&back), Ok(TargetMoved::Moved { .. })));
    assert_eq!(stage.sandbox.read(&root.join("b.txt")).as_deref(), Some("one\n"));
}

#[test]
fn an_ignored_file_where_a_folder_was_keeps_what_has_landed() {
    let stage = Stage::new();
    let root = stage.sandbox.root();
    stage.commit_on_main(|checkout| {
        stage.sandbox.write(&checkout.join("gone.log/f"), "one\n");
        stage.sandbox.stage(checkout, "gone.log/f");
    });
    stage.sandbox.run(&stage.feat, &["merge", "-q", "--ff-only", "main"]);
    stage.sandbox.run(&stage.feat, &["rm", "-q", "gone.log/f"]);
    stage.commit("b.txt", "feat\n");
    let back = landed(&stage);
    stage.sandbox.write(&root.join("gone.log"), "mine\n");
    assert_kept(&stage, &back, "gone.log");
}

#[test]
fn a_commit_that_comes_in_between_is_put_back_in_its_place() {
    let stage = Stage::new();
    stage.commit("b.txt", "feat\n");
    let back = landed(&stage);
    let (sandbox, root) = (&stage.sandbox, stage.sandbox.root());
    // A person commits the moment before git takes the checkout's lock.
    let late = sandbox.script(
        "late",
        "#!/bin/sh\ncase \" $* \" in *\" -B \"*) [ -e \"$0.done\" ] || { : > \"$0.done\"; echo theirs > a.txt; git commit \
         -q -m theirs a.txt; } ;; esac\nexec git \"$@\"\n",
    );
    let git = sandbox.git_with(|settings| settings.program = late.as_str().into());
    let moved = git.take_back(&back);
    let theirs = sandbox.tip("main");
    assert_eq!(moved, Ok(TargetMoved::Elsewhere { found: Some(theirs.clone()) }));
    assert_eq!(sandbox.run(&root, &["log", "-2", "--format=%s"]), "theirs\nMerge feat");
    for (path, text) in [("a.txt", "theirs\n"), ("b.txt", "feat\n")] {
        assert_eq!(sandbox.read(&root.join(path)).as_deref(), Some(text), "{path}");
    }
    stage.assert_persons_own();
}

#[test]
fn a_held_index_is_told_and_nothing_goes_back() {
    let stage = Stage::new();
    stage.commit("b.txt", "feat\n");
    let back = landed(&stage);
    stage.sandbox.leave_index_lock(&stage.sandbox.root());
    let witness = stage.witness();
    let moved = stage.sandbox.git.take_back(&back);
    assert!(matches!(&moved, Err(GitError::Busy { what, .. }) if what.contains("index.lock")), "{moved:?}");
    witness.assert_untouched(&[]);
    fs::remove_file(stage.sandbox.root().join(".git/index.lock").as_path()).unwrap();
    assert!(matches!(stage.sandbox.git.take_back(&back), Ok(TargetMoved::Moved { .. })));
}
