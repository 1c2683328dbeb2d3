//! Targets that go back to where they were, those that stay, and who stands on a commit.

use owt_core::AbsPath;
use owt_core::landing::Method;
use owt_core::vcs::ObjectId;
use owt_ports::CandidateRequest;
use owt_ports::Holder;
use owt_ports::TargetMove;
use owt_ports::TargetMoved;

use super::LandingWorld;
use super::Scene;
use super::branch;

/// What `feat` made of `b.txt` and `new.txt` has landed in `main`; the move back.
fn landed(world: &dyn LandingWorld) -> (Scene<'_>, TargetMove) {
    let scene = Scene::new(world);
    scene.write(&scene.feat, "new.txt", "feat\n");
    scene.commit(&scene.feat, "b.txt", "feat\n");
    let back = land(&scene, &scene.request(1, Method::Merge), "main");
    (scene, back)
}

fn land(scene: &Scene<'_>, request: &CandidateRequest, target: &str) -> TargetMove {
    let there = scene.move_to(target, scene.made(request));
    let moved = scene.landing.move_target(&there).unwrap();
    assert!(matches!(moved, TargetMoved::Moved { .. }), "{moved:?}");
    let (from, to, reason) = (there.to.clone(), there.from.clone(), "owt: took feat back".to_owned());
    TargetMove { from, to, reason, ..there }
}

fn dirty(scene: &Scene<'_>, checkout: &AbsPath, base: &ObjectId) -> u32 {
    scene.git.facts(checkout, base, None).unwrap().dirty_files
}

/// The target is kept by what is in the main checkout, and nothing there has changed.
#[track_caller]
fn assert_kept(scene: &Scene<'_>, back: &TargetMove, files: &[(&str, Option<&str>)]) {
    let changed = dirty(scene, &scene.root, &back.from);
    let moved = scene.landing.take_back(back).unwrap();
    assert!(
        matches!(&moved, TargetMoved::Kept { at, why, .. } if *at == scene.root && !why.is_empty()),
        "{moved:?}"
    );
    assert_eq!((scene.tip("main"), dirty(scene, &scene.root, &back.from)), (back.from.clone(), changed));
    for (path, content) in files {
        assert_eq!(scene.read(&scene.root, path).as_deref(), *content, "{path}");
    }
}

pub(super) fn a_target_that_is_not_checked_out_goes_back(world: &dyn LandingWorld) {
    let scene = Scene::new(world);
    scene.commit(&scene.feat, "b.txt", "feat\n");
    let main = scene.tip("main");
    scene.git.make_branch(&scene.repository, &branch("release"), &main).unwrap();
    let back = land(&scene, &scene.request(1, Method::Merge), "release");
    assert_eq!(scene.landing.take_back(&back), Ok(TargetMoved::Moved { checkout: None }));
    assert_eq!((scene.tip("release"), scene.tip("main")), (main.clone(), main));
}

pub(super) fn a_checked_out_target_goes_back_with_its_files(world: &dyn LandingWorld) {
    let (scene, back) = landed(world);
    let moved = scene.landing.take_back(&back);
    assert_eq!(moved, Ok(TargetMoved::Moved { checkout: Some(scene.root.clone()) }));
    assert_eq!((scene.tip("main"), dirty(&scene, &scene.root, &back.to)), (back.to, 0));
    assert_eq!(scene.read(&scene.root, "b.txt").as_deref(), Some("one\n"));
    assert_eq!(scene.read(&scene.root, "new.txt"), None);
    assert_eq!(scene.read(&scene.feat, "b.txt").as_deref(), Some("feat\n"), "whose work it was keeps it");
}

pub(super) fn a_target_goes_back_once(world: &dyn LandingWorld) {
    let (scene, back) = landed(world);
    let first = scene.landing.take_back(&back).unwrap();
    assert_eq!(scene.landing.take_back(&back), Ok(first));
}

pub(super) fn a_target_that_moved_on_does_not_go_back(world: &dyn LandingWorld) {
    let (scene, back) = landed(world);
    let theirs = scene.commit(&scene.root, "a.txt", "theirs\n");
    let moved = scene.landing.take_back(&back);
    assert_eq!(moved, Ok(TargetMoved::Elsewhere { found: Some(theirs.clone()) }));
    assert_eq!(scene.tip("main"), theirs);
    assert_eq!(scene.read(&scene.root, "b.txt").as_deref(), Some("feat\n"));
}

pub(super) fn what_is_not_in_the_way_stays_as_it_is(world: &dyn LandingWorld) {
    let (scene, back) = landed(world);
    scene.write(&scene.root, "a.txt", "staged\n");
    world.stage(&scene.root, "a.txt");
    scene.write(&scene.root, "a.txt", "draft\n");
    scene.write(&scene.root, "notes.txt", "notes\n");
    scene.write(&scene.root, "ignored/cache", "cache\n");
    let moved = scene.landing.take_back(&back);
    assert_eq!(moved, Ok(TargetMoved::Moved { checkout: Some(scene.root.clone()) }));
    for (path, content) in [("a.txt", "draft\n"), ("notes.txt", "notes\n"), ("ignored/cache", "cache\n")] {
        assert_eq!(scene.read(&scene.root, path).as_deref(), Some(content), "{path}");
    }
    assert_eq!(dirty(&scene, &scene.root, &back.to), 2);
}

pub(super) fn a_draft_in_the_way_keeps_what_has_landed(world: &dyn LandingWorld) {
    let (scene, back) = landed(world);
    scene.write(&scene.root, "b.txt", "draft\n");
    assert_kept(&scene, &back, &[("b.txt", Some("draft\n")), ("new.txt", Some("feat\n"))]);
}

pub(super) fn a_new_file_in_the_way_keeps_what_has_landed(world: &dyn LandingWorld) {
    let scene = Scene::new(world);
    world.remove(&scene.feat.join("b.txt"));
    scene.commit(&scene.feat, "new.txt", "feat\n");
    let back = land(&scene, &scene.request(1, Method::Merge), "main");
    scene.write(&scene.root, "b.txt", "mine\n");
    assert_kept(&scene, &back, &[("b.txt", Some("mine\n")), ("new.txt", Some("feat\n"))]);
}

pub(super) fn an_ignored_file_in_the_way_keeps_what_has_landed(world: &dyn LandingWorld) {
    let scene = Scene::new(world);
    scene.write(&scene.root, "x.log", "tracked\n");
    world.stage(&scene.root, "x.log");
    world.commit(&scene.root);
    let work = scene.worktree("work", "main");
    world.remove(&work.join("x.log"));
    let tip = scene.commit(&work, "new.txt", "work\n");
    let request = CandidateRequest { tip, ..scene.request(1, Method::Merge) };
    let back = land(&scene, &request, "main");
    scene.write(&scene.root, "x.log", "mine\n");
    assert_kept(&scene, &back, &[("x.log", Some("mine\n")), ("new.txt", Some("work\n"))]);
}

pub(super) fn a_merge_under_way_keeps_what_has_landed(world: &dyn LandingWorld) {
    let (scene, back) = landed(world);
    world.begin_merge(&scene.root);
    assert_kept(&scene, &back, &[("b.txt", Some("feat\n"))]);
}

pub(super) fn a_linked_worktree_goes_back_too(world: &dyn LandingWorld) {
    let scene = Scene::new(world);
    scene.commit(&scene.feat, "b.txt", "feat\n");
    let release = scene.worktree("release", "main");
    let back = land(&scene, &scene.request(1, Method::Merge), "release");
    let moved = scene.landing.take_back(&back);
    assert_eq!(moved, Ok(TargetMoved::Moved { checkout: Some(release.clone()) }));
    assert_eq!(scene.read(&release, "b.txt").as_deref(), Some("one\n"));
    assert_eq!(dirty(&scene, &release, &back.to), 0);
}

pub(super) fn who_has_a_commit_is_told(world: &dyn LandingWorld) {
    let (scene, back) = landed(world);
    let holders = || scene.landing.holders(&scene.repository, &back.from).unwrap();
    assert_eq!(holders(), [Holder::Branch(branch("main"))]);
    let on_it = scene.worktree("on-it", "main");
    let further = scene.commit(&on_it, "a.txt", "further\n");
    let aside = scene.worktree("aside", "main");
    world.detach(&aside);
    world.make_ref("refs/remotes/origin/main", &back.from);
    world.make_ref("refs/remotes/origin/old", &back.to);
    world.make_ref("refs/tags/v1", &further);
    let found = holders();
    let expected = [
        Holder::Branch(branch("aside")),
        Holder::Branch(branch("main")),
        Holder::Branch(branch("on-it")),
        Holder::RemoteBranch("origin/main".to_owned()),
        Holder::Tag("v1".to_owned()),
        Holder::Detached(aside),
    ];
    assert_eq!(found, expected);
}

pub(super) fn an_unknown_commit_has_no_holders(world: &dyn LandingWorld) {
    let scene = Scene::new(world);
    let unknown = ObjectId::new("1234567890123456789012345678901234567890").unwrap();
    assert!(scene.landing.holders(&scene.repository, &unknown).is_err());
}
