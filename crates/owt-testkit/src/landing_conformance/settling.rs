//! What two lines do not agree on, marked and settled.

use owt_core::landing::Method;

use super::LandingWorld;
use super::Scene;

pub(super) fn what_does_not_agree_is_marked_for_somebody_to_settle(world: &dyn LandingWorld) {
    let scene = Scene::new(world);
    scene.collide();
    scene.commit(&scene.root, "c.txt", "main\n");
    let (ours, theirs) = (scene.tip("feat"), scene.tip("main"));
    let marked = scene.landing.mark(&scene.repository, &ours, &theirs).unwrap().unwrap();
    assert_eq!(marked.conflicts.iter().map(|it| it.path.as_str()).collect::<Vec<_>>(), ["a.txt"]);
    let text = scene.content(&marked.commit, "a.txt").unwrap();
    assert!(text.contains("feat\n") && text.contains("main\n") && text.starts_with("<<<<<<< "), "{text}");
    assert_eq!(scene.content(&marked.commit, "c.txt").as_deref(), Some("main\n"), "the rest is merged");
    assert!(scene.has(&ours, &marked.commit) && scene.has(&theirs, &marked.commit));
    let again = scene.landing.mark(&scene.repository, &ours, &theirs).unwrap().unwrap();
    assert_eq!(again.commit, marked.commit);
    assert_eq!((scene.tip("feat"), scene.tip("main")), (ours, theirs));
}

pub(super) fn what_agrees_needs_nobody_to_settle_it(world: &dyn LandingWorld) {
    let scene = Scene::new(world);
    scene.diverge();
    assert_eq!(scene.landing.mark(&scene.repository, &scene.tip("feat"), &scene.tip("main")), Ok(None));
}

pub(super) fn a_settled_merge_has_both_parents_and_the_tree_of_who_settled_it(world: &dyn LandingWorld) {
    let scene = Scene::new(world);
    scene.collide();
    let request = scene.request(1, Method::Merge);
    let marked = scene.landing.mark(&scene.repository, &request.onto, &request.tip).unwrap().unwrap();
    scene.git.make_branch(&scene.repository, &super::branch("settled"), &marked.commit).unwrap();
    let settling = scene.worktree("settling", "settled");
    scene.commit(&settling, "a.txt", "both\n");
    let commit =
        scene.made(&owt_ports::CandidateRequest { settled: Some(scene.tip("settling")), ..request.clone() });
    assert_eq!(scene.content(&commit, "a.txt").as_deref(), Some("both\n"));
    assert!(scene.has(&request.onto, &commit) && scene.has(&request.tip, &commit));
    assert!(!scene.has(&marked.commit, &commit), "the marks are in nobody's history");
    assert_eq!(scene.git.count_commits(&scene.repository, &request.onto, &commit), Ok(2));
}
