//! The trash: everything comes back, nobody else's worktree is forgotten.

use std::fs;

use owt_ports::BranchOrigin;
use owt_ports::Git;
use owt_ports::GitError;
use owt_ports::TrashOwner;
use owt_ports::Untrashed;
use owt_testkit::checkout_witness::CheckoutWitness;
use owt_testkit::git_conformance::World;

use crate::sandbox::Sandbox;
use crate::sandbox::branch;
use crate::sandbox::id;

#[test]
fn a_worktree_comes_back_to_the_byte() {
    let sandbox = Sandbox::new();
    let path = sandbox.worktree("feat/x");
    sandbox.write(&path.join("a.txt"), "staged\n");
    sandbox.stage(&path, "a.txt");
    sandbox.write(&path.join("ignored/cache"), "cache\n");
    sandbox.write(&path.join("new.txt"), "new\n");
    let (root, there) = (CheckoutWitness::of(&sandbox.root()), CheckoutWitness::of(&path));
    let reflog = sandbox.run(&path, &["reflog", "HEAD"]);
    let trashed = sandbox.git.trash_worktree(&sandbox.repository(), &path, id(1)).unwrap().unwrap();
    root.assert_untouched(&[]);
    let list = sandbox.run(&sandbox.root(), &["worktree", "list"]);
    assert_eq!(list.lines().count(), 1, "{list}");
    let repository = sandbox.repository();
    sandbox.git.untrash_worktree(&repository, &trashed, &path, &branch("feat/x")).unwrap();
    there.assert_untouched(&[]);
    root.assert_untouched(&[]);
    assert_eq!(sandbox.run(&path, &["reflog", "HEAD"]), reflog);
    assert!(!trashed.as_path().exists());
    assert_eq!(sandbox.run(&sandbox.root(), &["for-each-ref", "refs/owt"]), "");
}

#[test]
fn trash_of_another_home_is_known_and_that_of_the_first_versions_is_nobodys() {
    let sandbox = Sandbox::new();
    let path = sandbox.worktree("feat/x");
    let repository = sandbox.repository();
    let trashed = sandbox.git.trash_worktree(&repository, &path, id(1)).unwrap().unwrap();
    let another = sandbox.git_with(|settings| settings.withheld_root = sandbox.home().join("another"));
    let owner = |git: &dyn Git| git.trashed(&repository).unwrap()[0].owner;
    assert_eq!((owner(&sandbox.git), owner(&another)), (TrashOwner::ThisHome, TrashOwner::AnotherHome));
    let record = trashed.join("record");
    let text = sandbox.read(&record).unwrap();
    let older: String =
        text.lines().filter(|line| !line.starts_with("home=")).map(|it| format!("{it}\n")).collect();
    sandbox.write(&record, &older);
    assert_eq!(owner(&sandbox.git), TrashOwner::NotNoted);
}

#[test]
fn a_commit_that_only_head_names_outlives_gc() {
    let sandbox = Sandbox::new();
    let path = sandbox.worktree("feat/x");
    sandbox.run(&path, &["checkout", "-q", "--detach"]);
    sandbox.write(&path.join("a.txt"), "on no branch\n");
    let commit = sandbox.commit(&path);
    let repository = sandbox.repository();
    let trashed = sandbox.git.trash_worktree(&repository, &path, id(1)).unwrap().unwrap();
    sandbox.run(&sandbox.root(), &["gc", "-q", "--prune=now"]);
    sandbox.git.untrash_worktree(&repository, &trashed, &path, &branch("feat/x")).unwrap();
    assert_eq!(sandbox.run(&path, &["rev-parse", "HEAD"]), commit.as_str());
    assert_eq!(sandbox.status(&path), "");
    let again = sandbox.git.trash_worktree(&repository, &path, id(2)).unwrap().unwrap();
    sandbox.git.discard_trash(&repository, &again).unwrap();
    sandbox.run(&sandbox.root(), &["reflog", "expire", "--expire=now", "--all"]);
    sandbox.run(&sandbox.root(), &["gc", "-q", "--prune=now"]);
    sandbox.run(&sandbox.root(), &["cat-file", "-e", commit.as_str()]);
    assert!(!again.as_path().exists());
}

#[test]
fn what_a_branch_has_leaves_no_ref_behind() {
    let sandbox = Sandbox::new();
    let path = sandbox.worktree("feat/x");
    let repository = sandbox.repository();
    let trashed = sandbox.git.trash_worktree(&repository, &path, id(1)).unwrap().unwrap();
    assert_ne!(sandbox.run(&sandbox.root(), &["for-each-ref", "refs/owt"]), "");
    sandbox.git.discard_trash(&repository, &trashed).unwrap();
    assert_eq!(sandbox.run(&sandbox.root(), &["for-each-ref", "refs/owt"]), "");
    assert!(
        !trashed.as_path().exists()
            && !repository.common_dir.join(&format!("owt-trash/{}", id(1))).as_path().exists()
    );
}

#[test]
fn a_discarding_that_was_broken_off_does_not_come_back_by_halves() {
    let sandbox = Sandbox::new();
    let path = sandbox.worktree("feat/x");
    let repository = sandbox.repository();
    let trashed = sandbox.git.trash_worktree(&repository, &path, id(1)).unwrap().unwrap();
    // As it is after the rename, some files removed.
    fs::rename(trashed.join("tree"), trashed.join("expired")).unwrap();
    fs::remove_file(trashed.join("expired/a.txt")).unwrap();
    let back = sandbox.git.untrash_worktree(&repository, &trashed, &path, &branch("feat/x"));
    assert!(matches!(back, Err(GitError::Failed { .. })) && !path.as_path().exists(), "{back:?}");
    assert_eq!(sandbox.git.trashed(&repository).unwrap().len(), 1, "it is still there to be gone on with");
    sandbox.git.discard_trash(&repository, &trashed).unwrap();
    assert!(sandbox.git.trashed(&repository).unwrap().is_empty() && !trashed.as_path().exists());
}

#[test]
fn what_is_being_brought_back_is_not_discarded() {
    let sandbox = Sandbox::new();
    let path = sandbox.worktree("feat/x");
    sandbox.write(&path.join("new.txt"), "new\n");
    let repository = sandbox.repository();
    let trashed = sandbox.git.trash_worktree(&repository, &path, id(1)).unwrap().unwrap();
    // As it is after the first rename of bringing it back.
    fs::rename(trashed.join("tree"), &path).unwrap();
    let discarded = sandbox.git.discard_trash(&repository, &trashed);
    assert!(matches!(discarded, Err(GitError::Busy { .. })), "{discarded:?}");
    sandbox.git.untrash_worktree(&repository, &trashed, &path, &branch("feat/x")).unwrap();
    assert_eq!(sandbox.status(&path), "?? new.txt");
}

#[test]
fn a_trashing_that_died_between_its_two_halves_is_finished() {
    let sandbox = Sandbox::new();
    let path = sandbox.worktree("feat/x");
    sandbox.write(&path.join("new.txt"), "new\n");
    let repository = sandbox.repository();
    let trashed = sandbox.git.trash_worktree(&repository, &path, id(1)).unwrap().unwrap();
    // As it was after the first rename.
    let kept = repository.common_dir.join(&format!("owt-trash/{}/entry", id(1)));
    fs::create_dir_all(repository.common_dir.join("worktrees")).unwrap();
    fs::rename(&kept, repository.common_dir.join("worktrees/feat-x")).unwrap();
    assert!(sandbox.run(&sandbox.root(), &["worktree", "list"]).contains("prunable"));
    assert_eq!(sandbox.git.trash_worktree(&repository, &path, id(1)), Ok(Some(trashed.clone())));
    // And coming back, after its first rename.
    fs::rename(trashed.join("tree"), &path).unwrap();
    sandbox.git.untrash_worktree(&repository, &trashed, &path, &branch("feat/x")).unwrap();
    assert_eq!(sandbox.status(&path), "?? new.txt");
}

#[test]
fn a_new_worktree_at_the_old_place_is_not_taken_for_the_old_one() {
    let sandbox = Sandbox::new();
    let mut request = sandbox.request("feat/x");
    sandbox.git.add_worktree(&request).unwrap();
    let repository = &request.repository;
    let trashed = sandbox.git.trash_worktree(repository, &request.path, id(1)).unwrap().unwrap();
    let kept = repository.common_dir.join(&format!("owt-trash/{}/entry", id(1)));
    fs::remove_dir_all(&kept).unwrap();
    request.branch_origin = BranchOrigin::Existing;
    sandbox.git.add_worktree(&request).unwrap();
    // The entry has the old name; what is asked again is about the old worktree.
    assert_eq!(sandbox.git.trash_worktree(repository, &request.path, id(1)), Ok(Some(trashed)));
    assert_eq!(sandbox.status(&request.path), "");
}

#[test]
fn a_worktree_inside_the_checkout_leaves_nothing_to_see_there() {
    let sandbox = Sandbox::new();
    sandbox.write(&sandbox.root().join(".git/info/exclude"), ".worktrees/\n");
    let mut request = sandbox.request("feat/x");
    request.path = sandbox.root().join(".worktrees/feat-x");
    sandbox.git.add_worktree(&request).unwrap();
    let trashed = sandbox.git.trash_worktree(&request.repository, &request.path, id(1)).unwrap().unwrap();
    assert!(trashed.starts_with(&request.repository.common_dir));
    sandbox.write(&sandbox.root().join(".git/info/exclude"), "");
    assert_eq!(sandbox.status(&sandbox.root()), "");
    sandbox.git.untrash_worktree(&request.repository, &trashed, &request.path, &branch("feat/x")).unwrap();
    assert_eq!(sandbox.status(&request.path), "");
}

#[test]
fn locks_left_by_a_killed_git_do_not_come_back() {
    let sandbox = Sandbox::new();
    let path = sandbox.worktree("feat/x");
    let git_dir = sandbox.run(&path, &["rev-parse", "--absolute-git-dir"]);
    fs::write(format!("{git_dir}/index.lock"), "").unwrap();
    let repository = sandbox.repository();
    let trashed = sandbox.git.trash_worktree(&repository, &path, id(1)).unwrap().unwrap();
    sandbox.git.untrash_worktree(&repository, &trashed, &path, &branch("feat/x")).unwrap();
    sandbox.write(&path.join("a.txt"), "two\n");
    assert!(sandbox.git.commit_all(&path, "work").unwrap().is_some());
}

#[test]
fn a_worktree_with_submodules_comes_back_to_its_place_only() {
    let sandbox = Sandbox::new();
    sandbox.run(&sandbox.home(), &["clone", "-q", "app", "part"]);
    sandbox.run(&sandbox.root(), &["submodule", "--quiet", "add", "../part", "part"]);
    sandbox.commit(&sandbox.root());
    let path = sandbox.worktree("feat/x");
    sandbox.run(&path, &["submodule", "--quiet", "update", "--init"]);
    sandbox.write(&path.join("part/a.txt"), "work in the submodule\n");
    let repository = sandbox.repository();
    let trashed = sandbox.git.trash_worktree(&repository, &path, id(1)).unwrap().unwrap();
    let elsewhere = sandbox.outside().join("deeper/elsewhere");
    let refused = sandbox.git.untrash_worktree(&repository, &trashed, &elsewhere, &branch("feat/x"));
    assert!(matches!(&refused, Err(GitError::Failed { message, .. }) if message.contains("submodules")));
    sandbox.git.untrash_worktree(&repository, &trashed, &path, &branch("feat/x")).unwrap();
    assert_eq!(sandbox.status(&path.join("part")), " M a.txt");
}

#[test]
fn only_trash_of_this_repository_is_discarded() {
    let sandbox = Sandbox::new();
    let path = sandbox.worktree("feat/x");
    let trashed = sandbox.git.trash_worktree(&sandbox.repository(), &path, id(1)).unwrap().unwrap();
    sandbox.run(&sandbox.home(), &["clone", "-q", "app", "other"]);
    let other = sandbox.git.discover(&sandbox.home().join("other")).unwrap().repository;
    assert!(sandbox.git.discard_trash(&other, &trashed).is_err());
    assert!(sandbox.git.untrash_worktree(&other, &trashed, &path, &branch("main")).is_err());
    // A folder without a record of ours is nobody's trash.
    assert_eq!(sandbox.git.discard_trash(&other, &sandbox.root()), Ok(()));
    assert!(sandbox.root().join("a.txt").as_path().exists());
    assert!(trashed.as_path().exists());
}

#[test]
fn a_worktree_whose_branch_has_no_commit_comes_back() {
    let sandbox = Sandbox::new();
    let path = sandbox.worktree("feat/x");
    sandbox.run(&path, &["checkout", "-q", "--orphan", "pages"]);
    sandbox.write(&path.join("new.txt"), "new\n");
    let before = sandbox.status(&path);
    let repository = sandbox.repository();
    let trashed = sandbox.git.trash_worktree(&repository, &path, id(1)).unwrap().unwrap();
    let back = sandbox.git.untrash_worktree(&repository, &trashed, &path, &branch("pages"));
    assert_eq!(back, Ok(Untrashed::Moved));
    assert_eq!(sandbox.status(&path), before);
    assert_eq!(sandbox.run(&path, &["symbolic-ref", "HEAD"]), "refs/heads/pages");
}
