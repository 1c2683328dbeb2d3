//! What remotes must do for the engine: the one suite for [`Remotes`], run on the real git and on the fake, each in the worlds of
//! [`git_conformance`](crate::git_conformance).
#![expect(
    clippy::unwrap_used,
    reason = "a check's way of failing is to panic; the port's error is the message"
)]

use std::collections::BTreeMap;

use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_core::vcs::Repository;
use owt_ports::CallerEnvironment;
use owt_ports::GitError;
use owt_ports::Known;
use owt_ports::Push;
use owt_ports::Remote;
use owt_ports::RemoteList;
use owt_ports::Remotes;

use crate::git_conformance::World;

/// One demand on a world and its remotes.
type Check = fn(&Scene<'_>);

const CHECKS: &[(&str, Check)] = &[
    ("a_repository_without_remotes_has_none", a_repository_without_remotes_has_none),
    ("the_only_remote_gets_the_branch", the_only_remote_gets_the_branch),
    ("a_branch_is_made_at_the_remote_and_goes_on_there", a_branch_is_made_at_the_remote_and_goes_on_there),
    ("only_from_where_it_was_seen_does_a_branch_go_on", only_from_where_it_was_seen_does_a_branch_go_on),
    ("what_is_there_and_not_here_is_never_lost", what_is_there_and_not_here_is_never_lost),
    (
        "what_goes_beyond_what_is_known_is_told_newest_first",
        what_goes_beyond_what_is_known_is_told_newest_first,
    ),
    ("the_first_lines_of_commits_are_told_oldest_first", the_first_lines_of_commits_are_told_oldest_first),
    ("the_messages_of_commits_are_told_in_their_order", the_messages_of_commits_are_told_in_their_order),
    ("a_remote_that_is_away_is_told", a_remote_that_is_away_is_told),
];

/// Runs every check in a world of its own, with its remotes and the environment of whoever reaches them.
///
/// # Panics
/// When a check fails, with its name.
pub fn assert_conforms<W: World, R: Remotes>(fresh: impl Fn() -> (W, R, CallerEnvironment)) {
    for (name, check) in CHECKS {
        let (world, remotes, caller) = fresh();
        let thread = std::thread::Builder::new().name((*name).to_owned());
        std::thread::scope(|scope| {
            let repository = world.git().discover(&world.root()).unwrap().repository;
            let first = world.git().resolve(&repository, "main").unwrap();
            let scene = Scene { world: &world, remotes: &remotes, caller, repository, first };
            let run = thread.spawn_scoped(scope, move || check(&scene)).expect("room for one more thread");
            assert!(run.join().is_ok(), "not as the port says: {name}");
        });
    }
}

/// A repository, in the beginning without remotes.
struct Scene<'a> {
    world: &'a dyn World,
    remotes: &'a dyn Remotes,
    caller: CallerEnvironment,
    repository: Repository,
    first: ObjectId,
}

impl Scene<'_> {
    /// One more commit on `main`.
    fn commit(&self, content: &str) -> ObjectId {
        self.world.write(&self.world.root().join("a.txt"), content);
        self.world.commit(&self.world.root())
    }

    /// With a remote that has `main` at the first commit.
    fn origin(&self) -> Remote {
        self.world.fetch("origin", &branch("main"), &self.first);
        self.world.push("origin", &branch("main"), &self.first);
        self.list().named("origin").unwrap().clone()
    }

    fn list(&self) -> RemoteList {
        self.remotes.remotes(&self.repository, &topic()).unwrap()
    }

    fn heads(&self, remote: &Remote) -> BTreeMap<BranchName, ObjectId> {
        self.remotes.heads(&self.repository, remote, &self.caller).unwrap()
    }

    fn push(&self, tip: &ObjectId, from: Option<&ObjectId>) -> Result<(), GitError> {
        let push =
            Push { remote: "origin".to_owned(), branch: topic(), tip: tip.clone(), from: from.cloned() };
        self.remotes.push(&self.repository, &push, &self.caller)
    }

    fn beyond(&self, tip: &ObjectId, known: &Known, most: usize) -> Vec<ObjectId> {
        self.remotes.beyond(&self.repository, tip, known, most).unwrap()
    }
}

fn branch(name: &str) -> BranchName {
    BranchName::new(name).unwrap()
}

fn topic() -> BranchName {
    branch("topic")
}

fn is_refused(result: &Result<(), GitError>) -> bool {
    matches!(result, Err(GitError::Failed { .. }))
}

fn a_repository_without_remotes_has_none(scene: &Scene<'_>) {
    assert_eq!(scene.list(), RemoteList::default());
}

fn the_only_remote_gets_the_branch(scene: &Scene<'_>) {
    let origin = scene.origin();
    let list = scene.list();
    assert_eq!((list.push.as_deref(), list.all.len()), (Some("origin"), 1));
    assert_eq!((origin.push_urls.as_slice(), origin.resolved), ([origin.url].as_slice(), None));
}

fn a_branch_is_made_at_the_remote_and_goes_on_there(scene: &Scene<'_>) {
    let origin = scene.origin();
    assert_eq!(scene.heads(&origin), BTreeMap::from([(branch("main"), scene.first.clone())]));
    let second = scene.commit("two\n");
    assert_eq!(scene.push(&second, None), Ok(()));
    assert_eq!(scene.heads(&origin).get(&topic()), Some(&second));
    let third = scene.commit("three\n");
    for time in ["first", "again"] {
        assert_eq!(scene.push(&third, Some(&second)), Ok(()), "{time}");
    }
    let expected = BTreeMap::from([(branch("main"), scene.first.clone()), (topic(), third)]);
    assert_eq!(scene.heads(&origin), expected);
}

fn only_from_where_it_was_seen_does_a_branch_go_on(scene: &Scene<'_>) {
    let origin = scene.origin();
    let second = scene.commit("two\n");
    let third = scene.commit("three\n");
    scene.world.push("origin", &topic(), &second);
    for from in [None, Some(&scene.first)] {
        let pushed = scene.push(&third, from);
        assert!(is_refused(&pushed), "{from:?}: {pushed:?}");
        assert_eq!(scene.heads(&origin).get(&topic()), Some(&second), "{from:?}");
    }
}

fn what_is_there_and_not_here_is_never_lost(scene: &Scene<'_>) {
    let origin = scene.origin();
    let theirs = scene.commit("theirs\n");
    scene.world.push("origin", &topic(), &theirs);
    let pushed = scene.push(&scene.first, Some(&theirs));
    assert!(is_refused(&pushed), "{pushed:?}");
    let unknown = ObjectId::new("f".repeat(40)).unwrap();
    assert!(is_refused(&scene.push(&scene.first, Some(&unknown))));
    assert_eq!(scene.heads(&origin).get(&topic()), Some(&theirs));
}

fn what_goes_beyond_what_is_known_is_told_newest_first(scene: &Scene<'_>) {
    scene.origin();
    let second = scene.commit("two\n");
    let third = scene.commit("three\n");
    let nothing = Known::default();
    assert_eq!(
        scene.beyond(&third, &nothing, 9),
        [third.clone(), second.clone(), scene.first.clone()],
        "all of it"
    );
    assert_eq!(scene.beyond(&third, &nothing, 1), scene.beyond(&third, &nothing, 9)[..1]);
    let fetched = Known { fetched: vec!["origin".to_owned()], ..Known::default() };
    assert_eq!(scene.beyond(&third, &fetched, 9), [third.clone(), second.clone()]);
    let unknown = ObjectId::new("f".repeat(40)).unwrap();
    let seen = Known { commits: vec![second.clone(), unknown], ..Known::default() };
    let only = std::slice::from_ref(&third);
    assert_eq!(scene.beyond(&third, &seen, 9), only, "what is not here says nothing");
    scene.world.fetch("origin", &topic(), &third);
    assert_eq!(scene.beyond(&third, &fetched, 9), Vec::<ObjectId>::new());
    let but = Known { but: Some(topic()), ..fetched };
    assert_eq!(scene.beyond(&third, &but, 9), [third, second]);
}

fn the_first_lines_of_commits_are_told_oldest_first(scene: &Scene<'_>) {
    let second = scene.commit("two\n");
    let third = scene.commit("three\n");
    let told = |tip, most| scene.remotes.subjects(&scene.repository, &scene.first, tip, most).unwrap();
    assert_eq!(told(&scene.first, 9), Vec::<String>::new());
    assert_eq!(told(&second, 9).len(), 1);
    assert_eq!((told(&third, 9).len(), told(&third, 1).len()), (2, 1));
}

fn the_messages_of_commits_are_told_in_their_order(scene: &Scene<'_>) {
    let (second, third) = (scene.commit("two\n"), scene.commit("three\n"));
    let told = |commits: &[ObjectId]| scene.remotes.messages(&scene.repository, commits);
    assert_eq!(told(&[]).unwrap(), Vec::<String>::new());
    let both = told(&[third.clone(), second.clone()]).unwrap();
    let each = [third, second].map(|commit| told(&[commit]).unwrap());
    assert_eq!(both, each.concat());
    assert!(both.iter().all(|message| !message.trim().is_empty()), "{both:?}");
    let unknown = ObjectId::new("f".repeat(40)).unwrap();
    assert!(told(&[unknown]).is_err());
}

fn a_remote_that_is_away_is_told(scene: &Scene<'_>) {
    let origin = scene.origin();
    let away = Remote { name: "away".to_owned(), push_urls: vec!["/nowhere".to_owned()], ..origin };
    let asked = scene.remotes.heads(&scene.repository, &away, &scene.caller);
    assert!(matches!(asked, Err(GitError::Failed { .. })), "{asked:?}");
    let push = Push { remote: away.name, branch: topic(), tip: scene.first.clone(), from: None };
    let pushed = scene.remotes.push(&scene.repository, &push, &scene.caller);
    assert!(is_refused(&pushed), "{pushed:?}");
}
