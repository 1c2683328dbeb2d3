//! Targets that move, and those that stay.

use owt_core::landing::Method;
use owt_core::vcs::ObjectId;
use owt_ports::Between;
use owt_ports::TargetMoved;
use owt_ports::TargetStand;

use super::LandingWorld;
use super::Scene;

/// A scene in which `feat` has changed `b.txt` and made `new.txt` and `x.log`, and the commit that brings it to `main`.
fn ready(world: &dyn LandingWorld) -> (Scene<'_>, ObjectId) {
    let scene = Scene::new(world);
    scene.write(&scene.feat, "x.log", "feat\n");
    world.stage(&scene.feat, "x.log");
    scene.write(&scene.feat, "new.txt", "feat\n");
    scene.commit(&scene.feat, "b.txt", "feat\n");
    let commit = scene.made(&scene.request(1, Method::Merge));
    (scene, commit)
}

/// `main` is kept by what is in the main checkout, and nothing there has changed.
#[track_caller]
fn assert_kept(scene: &Scene<'_>, commit: ObjectId, files: &[(&str, Option<&str>)]) {
    let before = scene.tip("main");
    let dirty = || scene.git.facts(&scene.root, &before, None).unwrap().dirty_files;
    let changed = dirty();
    let moved = scene.landing.move_target(&scene.move_to("main", commit)).unwrap();
    assert!(
        matches!(&moved, TargetMoved::Kept { at, why, .. } if *at == scene.root && !why.is_empty()),
        "{moved:?}"
    );
    assert_eq!((scene.tip("main"), dirty()), (before.clone(), changed));
    for (path, content) in files {
        assert_eq!(scene.read(&scene.root, path).as_deref(), *content, "{path}");
    }
}

pub(super) fn a_target_that_is_not_checked_out_moves(world: &dyn LandingWorld) {
    let (scene, commit) = ready(world);
    let main = scene.tip("main");
    scene.git.make_branch(&scene.repository, &super::branch("release"), &main).unwrap();
    let request = scene.move_to("release", commit.clone());
    assert_eq!(scene.landing.move_target(&request), Ok(TargetMoved::Moved { checkout: None }));
    assert_eq!((scene.tip("release"), scene.tip("main")), (commit, main));
    assert_eq!(scene.read(&scene.root, "b.txt").as_deref(), Some("one\n"));
}

pub(super) fn a_checked_out_target_goes_along_with_its_files(world: &dyn LandingWorld) {
    let (scene, commit) = ready(world);
    let moved = scene.landing.move_target(&scene.move_to("main", commit.clone())).unwrap();
    assert_eq!(moved, TargetMoved::Moved { checkout: Some(scene.root.clone()) });
    assert_eq!(scene.tip("main"), commit);
    assert_eq!(scene.read(&scene.root, "b.txt").as_deref(), Some("feat\n"));
    assert_eq!(scene.git.facts(&scene.root, &commit, None).unwrap().dirty_files, 0);
}

pub(super) fn what_would_go_along_with_a_target_is_told_and_nothing_moves(world: &dyn LandingWorld) {
    let (scene, _) = ready(world);
    let main = scene.tip("main");
    let stand = |name: &str| scene.landing.stand_of(&scene.repository, &super::branch(name));
    scene.git.make_branch(&scene.repository, &super::branch("release"), &main).unwrap();
    assert_eq!(stand("release"), Ok(TargetStand::Alone));
    assert_eq!(stand("nowhere"), Ok(TargetStand::Alone));
    assert_eq!(stand("main"), Ok(TargetStand::CheckedOut(scene.root.clone())));
    assert_eq!(stand("feat"), Ok(TargetStand::CheckedOut(scene.feat.clone())));
    world.begin_merge(&scene.root);
    let kept = stand("main");
    assert!(
        matches!(&kept, Ok(TargetStand::Kept { at, why }) if *at == scene.root && !why.is_empty()),
        "{kept:?}"
    );
    assert_eq!(scene.tip("main"), main);
}

pub(super) fn a_target_moves_once(world: &dyn LandingWorld) {
    let (scene, commit) = ready(world);
    let request = scene.move_to("main", commit);
    let first = scene.landing.move_target(&request).unwrap();
    assert_eq!(scene.landing.move_target(&request), Ok(first));
}

pub(super) fn a_target_that_somebody_moved_stays(world: &dyn LandingWorld) {
    let (scene, commit) = ready(world);
    let request = scene.move_to("main", commit);
    let theirs = scene.commit(&scene.root, "a.txt", "theirs\n");
    let moved = scene.landing.move_target(&request);
    assert_eq!(moved, Ok(TargetMoved::Elsewhere { found: Some(theirs.clone()) }));
    assert_eq!(scene.tip("main"), theirs);
}

pub(super) fn a_missing_target_is_told(world: &dyn LandingWorld) {
    let (scene, commit) = ready(world);
    let mut request = scene.move_to("main", commit);
    request.target = super::branch("nowhere");
    assert_eq!(scene.landing.move_target(&request), Ok(TargetMoved::Elsewhere { found: None }));
    assert!(scene.git.resolve(&scene.repository, "nowhere").is_err(), "it is not made");
}

pub(super) fn changes_that_are_not_in_the_way_stay(world: &dyn LandingWorld) {
    let (scene, commit) = ready(world);
    scene.write(&scene.root, "a.txt", "draft\n");
    scene.write(&scene.root, "notes.txt", "notes\n");
    scene.write(&scene.root, "ignored/cache", "cache\n");
    let moved = scene.landing.move_target(&scene.move_to("main", commit.clone())).unwrap();
    assert_eq!(moved, TargetMoved::Moved { checkout: Some(scene.root.clone()) });
    for (path, content) in [("a.txt", "draft\n"), ("notes.txt", "notes\n"), ("ignored/cache", "cache\n")] {
        assert_eq!(scene.read(&scene.root, path).as_deref(), Some(content), "{path}");
    }
    assert_eq!(scene.git.facts(&scene.root, &commit, None).unwrap().dirty_files, 2);
}

pub(super) fn the_files_of_a_change_that_a_person_is_at_are_named(world: &dyn LandingWorld) {
    let (scene, commit) = ready(world);
    let main = scene.tip("main");
    let drafted = || scene.landing.drafted(&scene.root, Between { from: &main, to: &commit });
    scene.write(&scene.root, "a.txt", "draft\n");
    assert_eq!(drafted(), Ok(Vec::new()), "what changes nothing of it is not concerned");
    for (path, content) in [("b.txt", "draft\n"), ("x.log", "ignored\n"), ("new.txt", "untracked\n")] {
        scene.write(&scene.root, path, content);
    }
    assert_eq!(drafted(), Ok(["b.txt", "new.txt", "x.log"].map(str::to_owned).to_vec()));
    assert_eq!(scene.tip("main"), main);
}

pub(super) fn a_changed_file_in_the_way_keeps_the_target(world: &dyn LandingWorld) {
    let (scene, commit) = ready(world);
    scene.write(&scene.root, "b.txt", "draft\n");
    assert_kept(&scene, commit, &[("b.txt", Some("draft\n")), ("new.txt", None)]);
}

pub(super) fn a_staged_file_in_the_way_keeps_the_target(world: &dyn LandingWorld) {
    let (scene, commit) = ready(world);
    scene.write(&scene.root, "b.txt", "staged\n");
    world.stage(&scene.root, "b.txt");
    assert_kept(&scene, commit, &[("b.txt", Some("staged\n")), ("new.txt", None)]);
}

/// git takes it for its own, and going back would take it from the index and the folder.
pub(super) fn files_that_are_staged_as_they_land_keep_the_target(world: &dyn LandingWorld) {
    let (scene, commit) = ready(world);
    scene.write(&scene.root, "new.txt", "feat\n");
    world.stage(&scene.root, "new.txt");
    assert_kept(&scene, commit, &[("new.txt", Some("feat\n")), ("b.txt", Some("one\n"))]);
}

pub(super) fn an_untracked_file_in_the_way_keeps_the_target(world: &dyn LandingWorld) {
    let (scene, commit) = ready(world);
    scene.write(&scene.root, "new.txt", "mine\n");
    assert_kept(&scene, commit, &[("new.txt", Some("mine\n")), ("b.txt", Some("one\n"))]);
}

pub(super) fn an_ignored_file_in_the_way_keeps_the_target(world: &dyn LandingWorld) {
    let (scene, commit) = ready(world);
    scene.write(&scene.root, "x.log", "mine\n");
    assert_kept(&scene, commit, &[("x.log", Some("mine\n")), ("b.txt", Some("one\n"))]);
}

pub(super) fn a_merge_under_way_keeps_the_target(world: &dyn LandingWorld) {
    let (scene, commit) = ready(world);
    world.begin_merge(&scene.root);
    assert_kept(&scene, commit, &[("b.txt", Some("one\n"))]);
}

pub(super) fn a_target_in_a_linked_worktree_goes_along(world: &dyn LandingWorld) {
    let (scene, commit) = ready(world);
    let release = scene.worktree("release", "main");
    let moved = scene.landing.move_target(&scene.move_to("release", commit.clone())).unwrap();
    assert_eq!(moved, TargetMoved::Moved { checkout: Some(release.clone()) });
    assert_eq!(scene.read(&release, "b.txt").as_deref(), Some("feat\n"));
    assert_eq!(scene.git.facts(&release, &commit, None).unwrap().dirty_files, 0);
    assert_eq!(scene.read(&scene.root, "b.txt").as_deref(), Some("one\n"));
}
