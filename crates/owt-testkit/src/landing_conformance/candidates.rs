//! Commits that may land.

use owt_core::LandingId;
use owt_core::landing::CandidateId;
use owt_core::landing::CandidateOf;
use owt_core::landing::Favour;
use owt_core::landing::Method;
use owt_ports::Candidate;

use super::LandingWorld;
use super::Scene;

pub(super) fn a_merge_has_both_parents_and_touches_no_checkout(world: &dyn LandingWorld) {
    let scene = Scene::new(world);
    scene.diverge();
    let request = scene.request(1, Method::Merge);
    let commit = scene.made(&request);
    assert!(scene.has(&request.onto, &commit) && scene.has(&request.tip, &commit));
    assert_eq!(scene.git.count_commits(&scene.repository, &request.onto, &commit), Ok(2));
    assert_eq!((scene.tip("main"), scene.tip("feat")), (request.onto, request.tip));
    let facts = |checkout| scene.git.facts(checkout, &commit, None).unwrap().dirty_files;
    assert_eq!((facts(&scene.root), facts(&scene.feat)), (0, 0));
    assert_eq!(scene.read(&scene.root, "b.txt").as_deref(), Some("one\n"));
    assert_eq!(scene.git.linked_worktrees(&scene.repository).unwrap().len(), 1, "the private one is gone");
    assert_eq!(scene.content(&commit, "a.txt").as_deref(), Some("main\n"));
}

pub(super) fn a_squash_is_one_commit_on_the_target(world: &dyn LandingWorld) {
    let scene = Scene::new(world);
    scene.diverge();
    scene.commit(&scene.feat, "c.txt", "feat\n");
    let request = scene.request(1, Method::Squash);
    let commit = scene.made(&request);
    assert!(scene.has(&request.onto, &commit) && !scene.has(&request.tip, &commit));
    assert_eq!(scene.git.count_commits(&scene.repository, &request.onto, &commit), Ok(1));
    assert_eq!(scene.content(&commit, "b.txt").as_deref(), Some("feat\n"));
}

pub(super) fn a_rebase_stands_on_the_target(world: &dyn LandingWorld) {
    let scene = Scene::new(world);
    scene.diverge();
    let request = scene.request(1, Method::Rebase);
    let commit = scene.made(&request);
    assert!(scene.has(&request.onto, &commit) && !scene.has(&request.tip, &commit));
    assert_eq!(scene.content(&commit, "b.txt").as_deref(), Some("feat\n"));
    assert_eq!(scene.tip("feat"), request.tip, "the branch stays where it was");
}

pub(super) fn a_candidate_is_made_once(world: &dyn LandingWorld) {
    let scene = Scene::new(world);
    scene.diverge();
    let request = scene.request(1, Method::Merge);
    let commit = scene.made(&request);
    assert_eq!(scene.made(&request), commit);
}

pub(super) fn a_dropped_candidate_can_be_made_again(world: &dyn LandingWorld) {
    let scene = Scene::new(world);
    scene.diverge();
    let request = scene.request(1, Method::Merge);
    scene.made(&request);
    scene.landing.drop_candidate(&scene.repository, request.id).unwrap();
    scene.landing.drop_candidate(&scene.repository, request.id).unwrap();
    scene.commit(&scene.feat, "c.txt", "more\n");
    let again = scene.made(&scene.request(1, Method::Merge));
    assert_eq!(scene.content(&again, "c.txt").as_deref(), Some("more\n"));
}

pub(super) fn conflicts_make_no_candidate(world: &dyn LandingWorld) {
    let scene = Scene::new(world);
    scene.collide();
    for (number, method) in [(1, Method::Merge), (2, Method::Squash), (3, Method::Rebase)] {
        let made = scene.landing.make_candidate(&scene.request(number, method)).unwrap();
        let Candidate::Conflicts(found) = made else { panic!("{method:?}: {made:?}") };
        assert_eq!(found.iter().map(|it| it.path.as_str()).collect::<Vec<_>>(), ["a.txt"], "{method:?}");
    }
    assert_eq!(scene.git.linked_worktrees(&scene.repository).unwrap().len(), 1, "the private ones are gone");
}

pub(super) fn what_is_favoured_is_taken(world: &dyn LandingWorld) {
    let scene = Scene::new(world);
    scene.collide();
    scene.commit(&scene.feat, "b.txt", "feat\n");
    let methods = [Method::Merge, Method::Squash, Method::Rebase];
    for (number, method) in (1..).zip(methods) {
        for (favour, text) in [(Favour::Workspace, "feat\n"), (Favour::Target, "main\n")] {
            let mut request = scene.request(number * 10 + u128::from(favour == Favour::Target), method);
            request.favour = Some(favour);
            let commit = scene.made(&request);
            assert_eq!(scene.content(&commit, "a.txt").as_deref(), Some(text), "{method:?} {favour:?}");
            assert_eq!(scene.content(&commit, "b.txt").as_deref(), Some("feat\n"), "{method:?} {favour:?}");
        }
    }
}

pub(super) fn what_landed_makes_no_candidate(world: &dyn LandingWorld) {
    let scene = Scene::new(world);
    scene.commit(&scene.root, "a.txt", "main\n");
    for (number, method) in [(1, Method::Merge), (2, Method::Squash), (3, Method::Rebase)] {
        assert_eq!(scene.landing.make_candidate(&scene.request(number, method)), Ok(Candidate::Nothing));
    }
}

pub(super) fn a_candidate_stands_on_another(world: &dyn LandingWorld) {
    let scene = Scene::new(world);
    scene.diverge();
    let other = scene.worktree("other", "main");
    scene.commit(&other, "other.txt", "other\n");
    let first = scene.made(&scene.request(1, Method::Merge));
    let mut second = scene.request(2, Method::Merge);
    second.id = CandidateId { of: CandidateOf::Landing(LandingId::from_bits(2)), round: 1 };
    (second.onto, second.tip) = (first.clone(), scene.tip("other"));
    let commit = scene.made(&second);
    assert!(scene.has(&first, &commit) && scene.has(&scene.tip("other"), &commit));
    assert_eq!(scene.content(&commit, "b.txt").as_deref(), Some("feat\n"));
}

pub(super) fn a_candidate_is_laid_out_and_cleared(world: &dyn LandingWorld) {
    let scene = Scene::new(world);
    scene.diverge();
    let request = scene.request(1, Method::Merge);
    let commit = scene.made(&request);
    let place = scene.landing.lay_out(&scene.repository, request.id, &commit).unwrap();
    let seen = (scene.read(&place, "a.txt"), scene.read(&place, "b.txt"));
    assert_eq!(seen, (Some("main\n".to_owned()), Some("feat\n".to_owned())));
    assert_eq!(scene.landing.altered(&place, &commit), Ok(Vec::new()));
    // What somebody leaves there goes with it, and is not there the next time.
    scene.write(&place, "left.txt", "left\n");
    let again = scene.landing.lay_out(&scene.repository, request.id, &commit).unwrap();
    assert_eq!(scene.read(&again, "left.txt"), None);
    assert_eq!(scene.landing.altered(&again, &commit), Ok(Vec::new()));
    scene.write(&again, "left.txt", "left\n");
    assert_eq!(scene.landing.altered(&again, &commit), Ok(Vec::new()), "what is new is beside it");
    scene.write(&again, "b.txt", "rewritten\n");
    scene.world.remove(&again.join("a.txt"));
    assert_eq!(scene.landing.altered(&again, &commit), Ok(vec!["a.txt".to_owned(), "b.txt".to_owned()]));
    scene.landing.clear(&scene.repository, request.id).unwrap();
    scene.landing.clear(&scene.repository, request.id).unwrap();
    assert_eq!((scene.read(&place, "a.txt"), scene.read(&again, "a.txt")), (None, None));
    assert_eq!(scene.made(&request), commit, "the candidate itself stays");
    assert_eq!(scene.git.linked_worktrees(&scene.repository).unwrap().len(), 1);
}

pub(super) fn equal_trees_have_one_name(world: &dyn LandingWorld) {
    let scene = Scene::new(world);
    let tree = |commit| scene.landing.tree_of(&scene.repository, &commit).unwrap();
    let before = tree(scene.tip("main"));
    let other = tree(scene.commit(&scene.root, "a.txt", "other\n"));
    assert_ne!(before, other);
    assert_eq!(tree(scene.commit(&scene.feat, "a.txt", "other\n")), other, "whoever made it");
}

pub(super) fn files_are_read_as_a_commit_has_them(world: &dyn LandingWorld) {
    let scene = Scene::new(world);
    let commit = scene.commit(&scene.root, "rules.toml", "a = 1\n");
    scene.write(&scene.root, "rules.toml", "a = 2\n");
    let read =
        |commit| scene.landing.files_at(&scene.repository, commit, &["rules.toml", "other.toml"]).unwrap();
    assert_eq!(read(&commit), [("rules.toml".to_owned(), b"a = 1\n".to_vec())]);
    assert_eq!(read(&scene.tip("feat")), []);
}
