//! Targets with something in the way.

use std::fs;

use owt_ports::GitError;
use owt_ports::Landing as _;
use owt_ports::TargetMoved;
use owt_ports::TargetStand;
use owt_testkit::git_conformance::World as _;

use super::Stage;
use crate::sandbox::branch;

/// It is refused in these words, and nothing has changed.
#[track_caller]
fn assert_kept(stage: &Stage, words: &str) {
    let to = stage.made();
    let witness = stage.witness();
    let moved = stage.land(&to);
    assert!(matches!(&moved, Ok(TargetMoved::Kept { why, .. }) if why.contains(words)), "{moved:?}");
    witness.assert_untouched_beside_git(&[]);
}

#[test]
fn the_persons_draft_index_stash_and_ignored_files_outlive_a_landing() {
    let stage = Stage::new();
    stage.commit("b.txt", "feat\n");
    stage.assert_landed(&stage.made());
    assert_eq!(stage.sandbox.read(&stage.sandbox.root().join("b.txt")).as_deref(), Some("feat\n"));
}

#[test]
fn a_dirty_target_is_left_byte_for_byte_alone() {
    let stage = Stage::new();
    stage.commit("b.txt", "feat\n");
    stage.sandbox.write(&stage.sandbox.root().join("b.txt"), "mine\n");
    assert_kept(&stage, "b.txt");
}

#[test]
fn a_file_that_was_deleted_without_being_staged_does_not_come_back() {
    let stage = Stage::new();
    stage.commit("new.txt", "feat\n");
    fs::remove_file(stage.sandbox.root().join("b.txt").as_path()).unwrap();
    assert!(matches!(stage.land(&stage.made()), Ok(TargetMoved::Moved { .. })));
    assert!(!stage.sandbox.root().join("b.txt").as_path().exists(), "what lands has nothing to do with it");

    let stage = Stage::new();
    fs::remove_file(stage.sandbox.root().join("b.txt").as_path()).unwrap();
    stage.commit("b.txt", "feat\n");
    assert_kept(&stage, "deleted there would come back:\n\tb.txt");
}

#[test]
fn an_ignored_file_that_would_be_overwritten_keeps_the_target() {
    let stage = Stage::new();
    stage.sandbox.write(&stage.feat.join("ignored/cache"), "feat\n");
    stage.sandbox.stage(&stage.feat, "ignored/cache");
    stage.commit("b.txt", "feat\n");
    assert_kept(&stage, "ignored/cache");
}

#[test]
fn untracked_and_staged_files_in_the_way_keep_the_target() {
    for name in ["draft.txt", "staged.txt", "draft.txt/below"] {
        let stage = Stage::new();
        stage.commit(name, "feat\n");
        assert_kept(&stage, name.split('/').next().unwrap());
    }
}

#[test]
fn an_untracked_folder_where_a_link_would_be_stays() {
    let stage = Stage::new();
    stage.sandbox.write(&stage.sandbox.root().join("out/mine.txt"), "mine\n");
    stage.sandbox.link("../..", &stage.feat.join("out"));
    stage.sandbox.commit(&stage.feat);
    assert_kept(&stage, "out");
}

#[test]
fn a_held_index_is_told_and_nothing_moves() {
    let stage = Stage::new();
    stage.commit("b.txt", "feat\n");
    let to = stage.made();
    stage.sandbox.leave_index_lock(&stage.sandbox.root());
    let witness = stage.witness();
    let moved = stage.land(&to);
    let is_all = |what: &str| what.contains("index.lock") && !what.contains("ahead");
    assert!(matches!(&moved, Err(GitError::Busy { what, .. }) if is_all(what)), "{moved:?}");
    witness.assert_untouched(&[]);
    fs::remove_file(stage.sandbox.root().join(".git/index.lock").as_path()).unwrap();
    stage.assert_landed(&to);
}

#[test]
fn a_target_in_the_hands_of_a_rebase_or_bisect_stays() {
    let stage = Stage::new();
    let (sandbox, root) = (&stage.sandbox, stage.sandbox.root());
    sandbox.run(&root, &["branch", "release", "main"]);
    stage.commit("b.txt", "feat\n");
    let to = stage.made();
    let other = sandbox.worktree("other");
    sandbox.run(&other, &["switch", "-q", "release"]);
    sandbox.run(&other, &["bisect", "start"]);
    sandbox.run(&other, &["checkout", "-q", "--detach"]);
    let request = stage.move_to("release", &to);
    let moved = sandbox.git.move_target(&request);
    assert!(matches!(&moved, Ok(TargetMoved::Kept { why, .. }) if why.contains("bisect")), "{moved:?}");
    assert_eq!(sandbox.tip("release"), request.from);
}

#[test]
fn a_target_in_the_hands_of_a_bisect_is_told_by_its_checkout() {
    let stage = Stage::new();
    let (sandbox, root) = (&stage.sandbox, stage.sandbox.root());
    sandbox.run(&root, &["branch", "release", "main"]);
    stage.commit("b.txt", "feat\n");
    let to = stage.made();
    sandbox.run(&root, &["switch", "-q", "release"]);
    sandbox.run(&root, &["bisect", "start"]);
    sandbox.run(&root, &["checkout", "-q", "--detach"]);
    let moved = sandbox.git.move_target(&stage.move_to("release", &to));
    assert!(matches!(&moved, Ok(TargetMoved::Kept { at, .. }) if *at == root), "{moved:?}");
}

#[test]
fn a_target_that_is_checked_out_twice_stays() {
    let stage = Stage::new();
    let (sandbox, root) = (&stage.sandbox, stage.sandbox.root());
    stage.commit("b.txt", "feat\n");
    let to = stage.made();
    let twin = sandbox.home().join("twin");
    sandbox.run(&root, &["worktree", "add", "-q", "--force", twin.as_str(), "main"]);
    let witness = stage.witness();
    let moved = stage.land(&to);
    assert!(
        matches!(&moved, Ok(TargetMoved::Kept { why, .. }) if why.contains("more than one")),
        "{moved:?}"
    );
    witness.assert_untouched(&[]);
}

#[test]
fn a_target_whose_worktree_is_lost_stays_and_says_so() {
    let stage = Stage::new();
    let (sandbox, root) = (&stage.sandbox, stage.sandbox.root());
    let gone = sandbox.home().join("gone");
    sandbox.run(&root, &["worktree", "add", "-q", "-b", "release", gone.as_str(), "main"]);
    fs::remove_dir_all(gone.as_path()).unwrap();
    stage.commit("b.txt", "feat\n");
    let request = stage.move_to("release", &stage.made());
    let moved = sandbox.git.move_target(&request);
    assert!(matches!(&moved, Ok(TargetMoved::Kept { why, .. }) if why.contains("prune")), "{moved:?}");
    assert_eq!(sandbox.tip("release"), request.from);
}

#[test]
fn a_detached_checkout_beside_does_not_go_along() {
    let stage = Stage::new();
    let (sandbox, root) = (&stage.sandbox, stage.sandbox.root());
    sandbox.run(&root, &["switch", "-q", "--detach"]);
    stage.commit("b.txt", "feat\n");
    let to = stage.made();
    let witness = stage.witness();
    assert_eq!(stage.land(&to), Ok(TargetMoved::Moved { checkout: None }));
    witness.assert_untouched(&["refs/heads/main"]);
    let log = sandbox.run(&root, &["reflog", "-1", "--format=%gs", "main"]);
    assert_eq!(log, "owt: landed feat");
}

#[test]
fn a_fast_forward_that_was_killed_before_the_ref_moved_is_finished() {
    let stage = Stage::new();
    let (sandbox, root) = (&stage.sandbox, stage.sandbox.root());
    stage.commit("b.txt", "feat\n");
    let to = stage.made();
    sandbox.run(&root, &["read-tree", "-m", "-u", "HEAD", to.as_str()]);
    stage.assert_landed(&to);
}

#[test]
fn of_two_landings_at_once_one_moves_the_target() {
    let stage = Stage::new();
    let (sandbox, root) = (&stage.sandbox, stage.sandbox.root());
    sandbox.run(&root, &["branch", "release", "main"]);
    let to: Vec<_> = ["one\n", "two\n", "three\n", "four\n"]
        .iter()
        .map(|text| {
            sandbox.run(&stage.feat, &["reset", "-q", "--hard", "main"]);
            stage.commit("c.txt", text)
        })
        .collect();
    let requests: Vec<_> = to.iter().map(|to| stage.move_to("release", to)).collect();
    let moved = std::thread::scope(|scope| {
        let all: Vec<_> = requests
            .iter()
            .map(|request| scope.spawn(|| sandbox.git.move_target(request).unwrap()))
            .collect();
        all.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    let won: Vec<_> = moved
        .iter()
        .zip(&to)
        .filter(|(moved, _)| matches!(moved, TargetMoved::Moved { .. }))
        .map(|(_, to)| to.clone())
        .collect();
    assert_eq!(won, [sandbox.tip("release")], "{moved:?}");
}

/// git would move the files first, and fail then.
#[test]
fn a_lock_on_the_branch_keeps_its_files_where_they_are() {
    let stage = Stage::new();
    stage.commit("b.txt", "feat\n");
    let to = stage.made();
    let lock = stage.sandbox.root().join(".git/refs/heads/main.lock");
    stage.sandbox.write(&lock, "");
    let witness = stage.witness();
    let moved = stage.land(&to);
    assert!(matches!(&moved, Err(GitError::Busy { what, .. }) if what.contains("main.lock")), "{moved:?}");
    witness.assert_untouched_beside_git(&[]);
    fs::remove_file(lock.as_path()).unwrap();
    assert!(matches!(stage.land(&to), Ok(TargetMoved::Moved { .. })));
}

/// A filter runs when git writes the files: after we have looked, and before git takes the lock.
#[test]
fn files_go_back_where_the_branch_is_locked_in_between() {
    let stage = Stage::new();
    stage.commit(".gitattributes", "b.txt filter=late\n");
    stage.commit("b.txt", "feat\n");
    let to = stage.made();
    let root = stage.sandbox.root();
    let lock = root.join(".git/refs/heads/main.lock");
    let before = stage.sandbox.read(&root.join("b.txt"));
    stage.sandbox.run(&root, &["config", "filter.late.smudge", &format!("touch {lock}; cat")]);
    stage.sandbox.run(&root, &["config", "filter.late.clean", "cat"]);
    let moved = stage.land(&to);
    assert!(matches!(&moved, Err(GitError::Busy { what, .. }) if what.contains("main.lock")), "{moved:?}");
    assert_eq!(stage.sandbox.read(&root.join("b.txt")), before);
    assert_eq!(stage.sandbox.read(&root.join(".gitattributes")), None);
    stage.assert_persons_own();
}

#[test]
fn a_target_that_is_only_another_name_stays_and_the_branch_is_named() {
    let stage = Stage::new();
    let (sandbox, root) = (&stage.sandbox, stage.sandbox.root());
    stage.commit("b.txt", "feat\n");
    let to = stage.made();
    sandbox.run(&root, &["branch", "-m", "main", "trunk"]);
    sandbox.run(&root, &["symbolic-ref", "refs/heads/main", "refs/heads/trunk"]);
    let stand = sandbox.git.stand_of(&sandbox.repository(), &branch("main"));
    assert_eq!(stand, Ok(TargetStand::Symbolic { leads_to: "trunk".to_owned() }));
    let (request, witness) = (stage.move_to("main", &to), stage.witness());
    let moved = sandbox.git.move_target(&request);
    assert!(
        matches!(&moved, Err(GitError::Failed { message, .. }) if message.contains("trunk")),
        "{moved:?}"
    );
    witness.assert_untouched(&[]);
}
