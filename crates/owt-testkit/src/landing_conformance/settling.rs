//! What two lines do not agree on, marked and settled.

use owt_core::landing::Method;
use owt_ports::CandidateRequest;
use owt_ports::Prediction;

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
    let commit = scene.made(&CandidateRequest { settled: Some(scene.tip("settling")), ..request.clone() });
    assert_eq!(scene.content(&commit, "a.txt").as_deref(), Some("both\n"));
    assert!(scene.has(&request.onto, &commit) && scene.has(&request.tip, &commit));
    assert!(!scene.has(&marked.commit, &commit), "the marks are in nobody's history");
    assert_eq!(scene.git.count_commits(&scene.repository, &request.onto, &commit), Ok(2));
}

pub(super) fn what_landed_in_other_commits_counts_from_where_it_was_made(world: &dyn LandingWorld) {
    let scene = Scene::new(world);
    scene.commit(&scene.feat, "a.txt", "feat\n");
    let fork = scene.tip("feat");
    // Else it would be the very same commit.
    scene.commit(&scene.root, "c.txt", "main\n");
    scene.commit(&scene.root, "a.txt", "feat\n");
    scene.commit(&scene.feat, "a.txt", "feat, and more\n");
    let (main, feat) = (scene.tip("main"), scene.tip("feat"));
    let plain = || scene.landing.predict(&scene.repository, &main, &scene.tip("feat")).unwrap();
    assert!(matches!(plain(), Prediction::Conflicts(_)), "it would merge what landed against itself");
    let beyond = scene.landing.predict_beyond(&scene.repository, &fork, &main, &feat).unwrap();
    let Prediction::Clean { tree } = beyond else { panic!("{beyond:?}") };

    let request = scene.request(1, Method::Merge);
    let beyond = Some(fork.clone());
    let commit =
        scene.made(&CandidateRequest { onto: feat.clone(), tip: main.clone(), beyond, ..request.clone() });
    assert_eq!(scene.landing.tree_of(&scene.repository, &commit), Ok(tree));
    assert_eq!(scene.content(&commit, "a.txt").as_deref(), Some("feat, and more\n"));
    assert_eq!(scene.content(&commit, "c.txt").as_deref(), Some("main\n"));
    assert!(scene.has(&main, &commit) && scene.has(&feat, &commit));
    assert_eq!(scene.git.count_commits(&scene.repository, &feat, &commit), Ok(3), "nothing else is in it");
    // What both have changed since is a conflict all the same.
    scene.commit(&scene.root, "a.txt", "main\n");
    let later = scene.landing.predict_beyond(&scene.repository, &fork, &scene.tip("main"), &feat).unwrap();
    assert!(matches!(later, Prediction::Conflicts(_)), "{later:?}");
}
