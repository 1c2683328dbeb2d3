//! Conflicts that are left where somebody can settle them.

use owt_core::landing::Method;
use owt_ports::GitError;
use owt_ports::Prediction;

use super::LandingWorld;
use super::Scene;

pub(super) fn conflicts_are_left_in_the_workspace(world: &dyn LandingWorld) {
    let scene = Scene::new(world);
    scene.collide();
    let (main, feat) = (scene.tip("main"), scene.tip("feat"));
    let Ok(Prediction::Conflicts(predicted)) = scene.landing.predict(&scene.repository, &main, &feat) else {
        panic!("both changed it");
    };
    let left = scene.landing.merge_in_worktree(&scene.feat, &main, "Merge main").unwrap();
    assert_eq!(left, predicted);
    assert!(scene.read(&scene.feat, "a.txt").unwrap().contains("<<<<<<<"));
    let unmerged = || scene.git.facts(&scene.feat, &main, None).unwrap().unmerged;
    assert_eq!(unmerged(), ["a.txt"]);
    assert_eq!(scene.landing.merge_in_worktree(&scene.feat, &main, "Merge main"), Ok(left));
    assert_eq!(scene.read(&scene.root, "a.txt").as_deref(), Some("main\n"));
    assert_eq!((scene.tip("main"), scene.tip("feat")), (main.clone(), feat.clone()));
    // Settled, it lands.
    let settled = scene.commit(&scene.feat, "a.txt", "both\n");
    assert!(scene.has(&main, &settled) && scene.has(&feat, &settled));
    assert_eq!(unmerged(), Vec::<String>::new());
    let commit = scene.made(&scene.request(1, Method::Merge));
    assert_eq!(scene.content(&commit, "a.txt").as_deref(), Some("both\n"));
}

pub(super) fn without_a_conflict_the_target_is_merged_in(world: &dyn LandingWorld) {
    let scene = Scene::new(world);
    scene.diverge();
    let main = scene.tip("main");
    assert_eq!(scene.landing.merge_in_worktree(&scene.feat, &main, "Merge main"), Ok(Vec::new()));
    assert!(scene.has(&main, &scene.tip("feat")));
    assert_eq!(scene.read(&scene.feat, "a.txt").as_deref(), Some("main\n"));
}

pub(super) fn a_merge_of_somebody_is_not_touched(world: &dyn LandingWorld) {
    let scene = Scene::new(world);
    scene.collide();
    world.begin_merge(&scene.feat);
    let refused = scene.landing.merge_in_worktree(&scene.feat, &scene.tip("main"), "Merge main");
    assert!(matches!(refused, Err(GitError::Unfinished { .. })), "{refused:?}");
    assert_eq!(scene.read(&scene.feat, "a.txt").as_deref(), Some("feat\n"));
}
