//! What the conflict radar must do for the engine: the one suite for [`Radar`], run on the real one and on the fake, each
//! in the worlds of [`git_conformance`](crate::git_conformance).
#![expect(
    clippy::unwrap_used,
    reason = "a check's way of failing is to panic; the port's error is the message"
)]

use owt_core::AbsPath;
use owt_core::landing::Sides;
use owt_core::radar::Meeting;
use owt_core::radar::Standing;
use owt_core::radar::Verdict;
use owt_core::vcs::BranchName;
use owt_core::vcs::Repository;
use owt_ports::BranchOrigin;
use owt_ports::Radar;
use owt_ports::WorktreeRequest;

use crate::git_conformance::World;

/// One demand on a world and the radar over it.
type Check = fn(&Scene<'_>);

const CHECKS: &[(&str, Check)] = &[
    ("what_is_committed_stands_at_its_head", what_is_committed_stands_at_its_head),
    ("work_that_is_not_committed_counts", work_that_is_not_committed_counts),
    ("ignored_and_secret_files_do_not_count", ignored_and_secret_files_do_not_count),
    ("the_same_work_is_the_same_thing", the_same_work_is_the_same_thing),
    ("what_goes_together_is_clean", what_goes_together_is_clean),
    ("what_both_changed_clashes_whoever_committed", what_both_changed_clashes_whoever_committed),
    ("sides_are_told_as_they_were_asked_for", sides_are_told_as_they_were_asked_for),
    ("many_are_answered_in_their_order", many_are_answered_in_their_order),
    ("what_the_other_changes_is_counted", what_the_other_changes_is_counted),
    ("a_worktree_that_was_left_can_be_asked_again", a_worktree_that_was_left_can_be_asked_again),
];

/// Runs every check in a world of its own.
///
/// # Panics
/// When a check fails, with its name.
pub fn assert_conforms<W: World, R: Radar>(fresh: impl Fn() -> (W, R)) {
    for (name, check) in CHECKS {
        let (world, radar) = fresh();
        let thread = std::thread::Builder::new().name((*name).to_owned());
        std::thread::scope(|scope| {
            let repository = world.git().discover(&world.root()).unwrap().repository;
            let scene = Scene { world: &world, radar: &radar, repository };
            let run = thread.spawn_scoped(scope, move || check(&scene)).expect("room for one more thread");
            assert!(run.join().is_ok(), "not as the port says: {name}");
        });
    }
}

struct Scene<'a> {
    world: &'a dyn World,
    radar: &'a dyn Radar,
    repository: Repository,
}

impl Scene<'_> {
    /// A worktree on a new branch from `main`.
    fn worktree(&self, name: &str) -> AbsPath {
        let path = self.world.outside().join(name);
        let request = WorktreeRequest {
            repository: self.repository.clone(),
            path: path.clone(),
            branch: BranchName::new(name).unwrap(),
            start: self.world.git().resolve(&self.repository, "main").unwrap(),
            branch_origin: BranchOrigin::New,
        };
        self.world.git().add_worktree(&request).unwrap();
        path
    }

    fn write(&self, checkout: &AbsPath, path: &str, content: &str) {
        self.world.write(&checkout.join(path), content);
    }

    fn stand(&self, worktree: &AbsPath) -> Standing {
        self.radar.stand(&self.repository, worktree).unwrap().unwrap()
    }

    fn meet(&self, a: &AbsPath, b: &AbsPath) -> Verdict {
        let meeting = Meeting { a: self.stand(a), b: self.stand(b) };
        self.radar.compare(&self.repository, &[meeting]).unwrap().remove(0)
    }
}

/// The paths that do not go together.
fn paths(verdict: &Verdict) -> Vec<&str> {
    match verdict {
        Verdict::Conflicts(all) => all.iter().map(|clash| clash.conflict.path.as_str()).collect(),
        other => panic!("no conflict: {other:?}"),
    }
}

fn what_is_committed_stands_at_its_head(scene: &Scene<'_>) {
    let feat = scene.worktree("feat");
    scene.write(&feat, "a.txt", "feat\n");
    let head = scene.world.commit(&feat);
    assert_eq!(scene.stand(&feat), Standing::committed(head));
}

fn work_that_is_not_committed_counts(scene: &Scene<'_>) {
    let feat = scene.worktree("feat");
    let clean = scene.stand(&feat);
    scene.write(&feat, "new.txt", "new\n");
    let untracked = scene.stand(&feat);
    assert_eq!(untracked.head, clean.head);
    assert_ne!(untracked.state, clean.state);
    scene.write(&feat, "a.txt", "changed\n");
    let changed = scene.stand(&feat);
    assert_ne!(changed.state, untracked.state);
    scene.world.stage(&feat, "a.txt");
    assert_eq!(scene.stand(&feat), changed, "staged or not is the same work");
}

fn ignored_and_secret_files_do_not_count(scene: &Scene<'_>) {
    let feat = scene.worktree("feat");
    let clean = scene.stand(&feat);
    scene.write(&feat, "ignored/cache", "cache\n");
    scene.write(&feat, ".env", "KEY=value\n");
    assert_eq!(scene.stand(&feat), clean);
}

fn the_same_work_is_the_same_thing(scene: &Scene<'_>) {
    let (one, other) = (scene.worktree("one"), scene.worktree("other"));
    for feat in [&one, &other] {
        scene.write(feat, "a.txt", "of both\n");
    }
    let seen = scene.stand(&one);
    assert_eq!(scene.stand(&one), seen);
    assert_eq!(scene.stand(&other), seen);
}

fn what_goes_together_is_clean(scene: &Scene<'_>) {
    let (one, other) = (scene.worktree("one"), scene.worktree("other"));
    assert_eq!(scene.meet(&one, &other), Verdict::Clean);
    scene.write(&one, "a.txt", "of one\n");
    assert_eq!(scene.meet(&one, &other), Verdict::Clean);
    scene.write(&other, "new.txt", "of the other\n");
    scene.world.commit(&other);
    assert_eq!(scene.meet(&one, &other), Verdict::Clean);
    scene.world.commit(&one);
    assert_eq!(scene.meet(&one, &other), Verdict::Clean);
}

fn what_both_changed_clashes_whoever_committed(scene: &Scene<'_>) {
    let (one, other) = (scene.worktree("one"), scene.worktree("other"));
    scene.write(&one, "a.txt", "of one\n");
    scene.write(&other, "a.txt", "of the other\n");
    assert_eq!(paths(&scene.meet(&one, &other)), ["a.txt"]);
    scene.world.commit(&one);
    assert_eq!(paths(&scene.meet(&one, &other)), ["a.txt"]);
    scene.world.commit(&other);
    scene.write(&one, "new.txt", "of one\n");
    scene.write(&other, "new.txt", "of the other\n");
    assert_eq!(paths(&scene.meet(&one, &other)), ["a.txt", "new.txt"]);
}

fn sides_are_told_as_they_were_asked_for(scene: &Scene<'_>) {
    let (one, other) = (scene.worktree("one"), scene.worktree("other"));
    scene.write(&one, "a.txt", "of one\n");
    scene.world.remove(&other.join("a.txt"));
    let sides = |verdict: &Verdict| match verdict {
        Verdict::Conflicts(all) => all[0].conflict.sides,
        other => panic!("no conflict: {other:?}"),
    };
    let changed_by_a = Sides { base: true, target: true, branch: false };
    assert_eq!(sides(&scene.meet(&one, &other)), changed_by_a);
    let deleted_by_a = Sides { base: true, target: false, branch: true };
    assert_eq!(sides(&scene.meet(&other, &one)), deleted_by_a);
}

fn many_are_answered_in_their_order(scene: &Scene<'_>) {
    let all: Vec<AbsPath> = ["one", "two", "three"].map(|name| scene.worktree(name)).into();
    scene.write(&all[0], "a.txt", "of one\n");
    scene.write(&all[1], "new.txt", "of two\n");
    scene.write(&all[2], "a.txt", "of three\n");
    let standing: Vec<Standing> = all.iter().map(|path| scene.stand(path)).collect();
    let meeting = |a: usize, b: usize| Meeting { a: standing[a].clone(), b: standing[b].clone() };
    let asked = [meeting(0, 1), meeting(0, 2), meeting(1, 2), meeting(2, 0)];
    let told = scene.radar.compare(&scene.repository, &asked).unwrap();
    let clean: Vec<bool> = told.iter().map(|verdict| *verdict == Verdict::Clean).collect();
    assert_eq!(clean, [true, false, true, false]);
    assert_eq!(scene.radar.compare(&scene.repository, &[]), Ok(Vec::new()));
}

fn a_worktree_that_was_left_can_be_asked_again(scene: &Scene<'_>) {
    let (one, other) = (scene.worktree("one"), scene.worktree("other"));
    scene.write(&one, "a.txt", "of one\n");
    let seen = scene.stand(&one);
    scene.radar.leave(&one);
    scene.radar.leave(&other);
    assert_eq!(scene.stand(&one), seen);
    assert_eq!(scene.meet(&one, &other), Verdict::Clean);
}

fn what_the_other_changes_is_counted(scene: &Scene<'_>) {
    let (one, other) = (scene.worktree("one"), scene.worktree("other"));
    scene.write(&one, "a.txt", "of one\n");
    scene.world.commit(&one);
    scene.write(&one, "new.txt", "of one\n");
    let (a, b) = (scene.stand(&one), scene.stand(&other));
    let asked = [Meeting { a: b.clone(), b: a.clone() }, Meeting { a, b }];
    assert_eq!(scene.radar.changed_paths(&scene.repository, &asked), Ok(vec![Some(2), Some(0)]));
}
