//! What a merge would come to.

use owt_core::landing::ConflictKind;
use owt_core::landing::Sides;
use owt_ports::Prediction;

use super::LandingWorld;
use super::Scene;

pub(super) fn what_diverged_is_predicted_clean(world: &dyn LandingWorld) {
    let scene = Scene::new(world);
    scene.diverge();
    let (main, feat) = (scene.tip("main"), scene.tip("feat"));
    let first = scene.landing.predict(&scene.repository, &main, &feat).unwrap();
    assert!(matches!(first, Prediction::Clean { .. }), "{first:?}");
    assert_eq!(scene.landing.predict(&scene.repository, &main, &feat), Ok(first));
    assert_eq!((scene.tip("main"), scene.tip("feat")), (main, feat));
}

pub(super) fn what_both_changed_is_a_conflict(world: &dyn LandingWorld) {
    let scene = Scene::new(world);
    scene.collide();
    scene.commit(&scene.root, "new.txt", "main\n");
    scene.commit(&scene.feat, "new.txt", "feat\n");
    let found = scene.landing.predict(&scene.repository, &scene.tip("main"), &scene.tip("feat")).unwrap();
    let Prediction::Conflicts(found) = found else { panic!("{found:?}") };
    let found: Vec<_> = found.iter().map(|it| (it.path.as_str(), it.kind)).collect();
    assert_eq!(found, [("a.txt", ConflictKind::Content), ("new.txt", ConflictKind::BothAdded)]);
}

pub(super) fn what_landed_is_contained(world: &dyn LandingWorld) {
    let scene = Scene::new(world);
    let predict = |tip| scene.landing.predict(&scene.repository, &scene.tip("main"), &scene.tip(tip));
    assert_eq!(predict("feat"), Ok(Prediction::Contained));
    scene.commit(&scene.root, "a.txt", "main\n");
    assert_eq!(predict("feat"), Ok(Prediction::Contained));
}

pub(super) fn one_side_may_delete_what_the_other_changes(world: &dyn LandingWorld) {
    let scene = Scene::new(world);
    scene.commit(&scene.root, "a.txt", "main\n");
    world.remove(&scene.feat.join("a.txt"));
    world.commit(&scene.feat);
    let found = scene.landing.predict(&scene.repository, &scene.tip("main"), &scene.tip("feat")).unwrap();
    let Prediction::Conflicts(found) = found else { panic!("{found:?}") };
    let sides = Sides { base: true, target: true, branch: false };
    assert_eq!((found[0].kind, found[0].sides), (ConflictKind::ModifyDelete, sides));
}
