//! Trains step by step, and on whole days of theirs: whoever is bad, whoever is flaky, whatever others do to the target.

mod moves;

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::RepositoryId;
use crate::SnapshotId;
use crate::WorkspaceId;
use crate::landing::Afterwards;
use crate::landing::Gate;
use crate::landing::Goal;
use crate::landing::LandingSpec;
use crate::landing::MAX_ROUNDS;
use crate::landing::Method;
use crate::landing::Obstacle;
use crate::landing::WhenConflicting;
use crate::workspace::BranchFate;
use crate::workspace::Removal;
use crate::workspace::WorkspaceName;

const NOW: Timestamp = Timestamp::from_millis(1);

fn oid(number: u32) -> ObjectId {
    ObjectId::new(format!("{number:040x}")).unwrap()
}

fn car(number: u32) -> CarSpec {
    let root = AbsPath::new("/r").unwrap();
    let name = format!("w{number}");
    let landing = LandingSpec {
        workspace: WorkspaceId::from_bits(number.into()),
        name: WorkspaceName::new(&name),
        path: root.join(&name),
        repository: repository(),
        branch: BranchName::new(&name).unwrap(),
        tip: oid(number),
        target: BranchName::new("main").unwrap(),
        method: Method::Merge,
        favour: None,
        conflicts: WhenConflicting::Stop,
        afterwards: Afterwards::Remove {
            removal: Removal { snapshot: SnapshotId::from_bits(1), branch: BranchFate::Delete, landed: None },
        },
        commit: None,
        message: None,
        review: Gate::Required,
        checks: Gate::Required,
        goal: Goal::Target,
    };
    CarSpec { landing, stands_on: Vec::new() }
}

fn repository() -> Repository {
    let root = AbsPath::new("/r").unwrap();
    Repository {
        id: RepositoryId::from_bits(1),
        common_dir: root.join(".git"),
        root,
        name: "r".to_owned(),
        stand_in: None,
    }
}

fn red() -> Refusal {
    let log = AbsPath::new("/log").unwrap();
    Refusal::ChecksFailed { what: "false".to_owned(), last_lines: Vec::new(), log }
}

/// A world with a target, in which a commit is the set of the cars that it holds.
#[derive(Debug, Clone)]
struct World {
    ground: (u32, u32),
    /// Cars that fail the checks by themselves.
    bad: BTreeSet<u32>,
    /// Cars that fail them only together.
    pair: Option<(u32, u32)>,
    /// Cars that merge with nobody.
    clashing: BTreeSet<u32>,
    /// The how many-th runs that fail for no reason.
    flaky: BTreeSet<u32>,
    /// The how many-th moves that find the target elsewhere.
    overtaken: BTreeSet<u32>,
    commits: BTreeMap<ObjectId, BTreeSet<u32>>,
    target: ObjectId,
    runs: u32,
    /// Rounds of checks, as many at once as there are slots.
    rounds: u32,
    moves: u32,
    verified: BTreeSet<ObjectId>,
    gone: Vec<WorkspaceId>,
    /// After so many outcomes somebody calls it off.
    called_off_after: Option<u32>,
    /// Candidates that were forgotten.
    dropped: BTreeSet<u32>,
}

impl World {
    fn new(slots: u32, retries: u32) -> Self {
        Self {
            ground: (slots, retries),
            bad: BTreeSet::new(),
            pair: None,
            clashing: BTreeSet::new(),
            flaky: BTreeSet::new(),
            overtaken: BTreeSet::new(),
            commits: BTreeMap::from([(oid(1_000), BTreeSet::new())]),
            target: oid(1_000),
            runs: 0,
            rounds: 0,
            moves: 0,
            verified: BTreeSet::new(),
            gone: Vec::new(),
            called_off_after: None,
            dropped: BTreeSet::new(),
        }
    }

    fn with_bad(slots: u32, bad: impl IntoIterator<Item = u32>) -> Self {
        Self { bad: bad.into_iter().collect(), ..Self::new(slots, 0) }
    }

    fn is_good(&self, commit: &ObjectId) -> bool {
        let held = &self.commits[commit];
        let both = self.pair.is_some_and(|(one, other)| held.contains(&one) && held.contains(&other));
        held.is_disjoint(&self.bad) && !both
    }

    fn does(&mut self, train: &Train, effect: &Effect) -> Option<TrainInput> {
        Some(match effect {
            Effect::FindTarget => {
                let (slots, retries) = self.ground;
                TrainInput::Found { result: Ok(Ground { onto: self.target.clone(), slots, retries }) }
            }
            Effect::BoardCar { .. } if !matches!(train.phase, TrainPhase::Boarding { .. }) => return None,
            Effect::CheckCar { number, .. } if train.car_of(*number).is_none() => return None,
            Effect::BoardCar { number } => {
                let TrainPhase::Boarding { car } = train.phase else { panic!("nothing boards") };
                TrainInput::Boarded { number: *number, result: self.boards(train, car) }
            }
            Effect::CheckCar { number, run } => {
                let car = &train.cars[train.car_of(*number).unwrap()];
                let commit = car.candidate().unwrap().1.clone();
                self.runs += 1;
                let result = if self.is_good(&commit) && !self.flaky.contains(&self.runs) {
                    self.verified.insert(commit);
                    Ok(Verified { tree: oid(1), how: Verification::Passed })
                } else {
                    Err(red())
                };
                TrainInput::Checked { number: *number, run: *run, result }
            }
            Effect::MoveTrain => {
                let TrainPhase::Moving { last } = train.phase else { panic!("nothing moves") };
                let (number, commit) = train.cars[last].candidate().unwrap();
                TrainInput::Moved { number, result: Ok(self.moves(train, commit)) }
            }
            Effect::Tell(message) => {
                let crate::effect::Message::Workspace { id, .. } = **message else { panic!("told whom?") };
                self.gone.push(id);
                return None;
            }
            Effect::DropCar { number } => {
                self.dropped.insert(*number);
                return None;
            }
            other => panic!("a train wants {other:?}"),
        })
    }

    fn boards(&mut self, train: &Train, car: usize) -> Result<Boarded, Refusal> {
        let own = u32::try_from(train.cars[car].spec.landing.workspace.bits()).unwrap();
        if self.clashing.contains(&own) {
            return Err(Refusal::Unrelated);
        }
        let mut held = self.commits[train.onto(car).unwrap()].clone();
        held.insert(own);
        let commit = oid(2_000 + u32::try_from(self.commits.len()).unwrap());
        self.commits.insert(commit.clone(), held);
        Ok(Boarded { committed: None, commit })
    }

    fn moves(&mut self, train: &Train, commit: &ObjectId) -> TargetNow {
        self.moves += 1;
        if self.overtaken.contains(&self.moves) {
            let elsewhere = oid(500 + self.moves);
            let held = self.commits[&self.target].clone();
            self.commits.insert(elsewhere.clone(), held);
            self.target = elsewhere;
            return TargetNow::Elsewhere;
        }
        assert_eq!(train.ground.as_ref().unwrap().onto, self.target, "moved from where it is not");
        assert!(self.verified.contains(commit), "landed what was not checked");
        self.target = commit.clone();
        TargetNow::There { checkout: None }
    }

    /// Lets so many cars land; a train always comes to its end.
    fn play(&mut self, cars: Vec<CarSpec>) -> Train {
        let (mut train, mut wanted) = begun(cars);
        let mut outcomes = 0;
        for _ in 0..10_000 {
            if wanted.is_empty() {
                assert!(!train.is_live(), "nobody is at it: {train:?}");
                return train;
            }
            self.rounds += u32::from(wanted.iter().any(|effect| matches!(effect, Effect::CheckCar { .. })));
            let at_once = std::mem::take(&mut wanted);
            for effect in at_once {
                let Some(input) = self.does(&train, &effect) else { continue };
                let (next, effects) = stepped(Some(train), &input);
                train = next;
                wanted.extend(effects);
                outcomes += 1;
                if self.called_off_after == Some(outcomes) {
                    let (next, effects) = stepped(Some(train), &TrainInput::CallOff);
                    train = next;
                    wanted.extend(effects);
                }
            }
        }
        panic!("it never ends");
    }

    /// The cars that the target holds.
    fn landed(&self) -> Vec<u32> {
        self.commits[&self.target].iter().copied().collect()
    }
}

fn begun(cars: Vec<CarSpec>) -> (Train, Vec<Effect>) {
    let target = BranchName::new("main").unwrap();
    let spec = TrainSpec { repository: repository(), target, cars, left: Vec::new() };
    stepped(None, &TrainInput::Request { spec: Box::new(spec) })
}

fn stepped(train: Option<Train>, input: &TrainInput) -> (Train, Vec<Effect>) {
    let step = Train::step(train.as_ref(), input, NOW);
    let train = step.events.iter().fold(train, |state, event| Train::apply(state, event, NOW));
    (train.unwrap(), step.effects)
}

fn cars(count: u32) -> Vec<CarSpec> {
    (1..=count).map(car).collect()
}

fn out(train: &Train) -> Vec<(u32, Refusal)> {
    let of = |car: &Car| match &car.place {
        CarPlace::Out { refusal } => {
            Some((u32::try_from(car.spec.landing.workspace.bits()).unwrap(), refusal.clone()))
        }
        _ => None,
    };
    train.cars.iter().filter_map(of).collect()
}

#[test]
fn when_all_is_well_all_land_by_one_run_and_one_move_and_their_workspaces_go() {
    let mut world = World::new(1, 0);
    let train = world.play(cars(10));
    assert_eq!((world.landed().len(), world.runs, world.moves), (10, 1, 1));
    assert_eq!((train.check_runs, out(&train).len(), world.gone.len()), (1, 0, 10));
    assert_eq!((train.before, train.after), (Some(oid(1_000)), Some(world.target)));
}

#[test]
fn one_bad_car_of_ten_is_found_whichever_it_is_and_the_others_land() {
    for bad in 1..=10 {
        let mut world = World::with_bad(1, [bad]);
        let train = world.play(cars(10));
        assert_eq!(out(&train), [(bad, red())]);
        assert_eq!(world.landed(), (1..=10).filter(|car| *car != bad).collect::<Vec<_>>());
        assert!(world.runs <= 1 + 4 + 1, "{bad}: {} runs", world.runs);
        let mut wide = World::with_bad(4, [bad]);
        assert_eq!(out(&wide.play(cars(10))), [(bad, red())]);
        assert!(wide.rounds <= 3, "{bad}: {} rounds", wide.rounds);
    }
}

#[test]
fn two_that_are_good_alone_and_bad_together_do_not_both_land() {
    let mut world = World { pair: Some((2, 5)), ..World::new(2, 0) };
    let train = world.play(cars(6));
    assert_eq!((out(&train), world.landed()), (vec![(5, red())], vec![1, 2, 3, 4, 6]));
}

#[test]
fn what_cannot_be_built_is_left_out_and_the_next_stands_on_what_is_before_it() {
    let mut world = World { clashing: BTreeSet::from([1, 3]), ..World::new(1, 0) };
    let train = world.play(cars(4));
    assert_eq!(out(&train), [(1, Refusal::Unrelated), (3, Refusal::Unrelated)]);
    assert_eq!((world.landed(), world.runs), (vec![2, 4], 1));
}

#[test]
fn what_stands_on_a_car_that_is_out_is_out_with_it() {
    let mut all = cars(4);
    all[1].stands_on = vec![WorkspaceId::from_bits(1)];
    all[3].stands_on = vec![WorkspaceId::from_bits(2)];
    let mut world = World::with_bad(1, [1]);
    let train = world.play(all);
    let stands_on = |name: &str| Refusal::StandsOn { name: WorkspaceName::new(name) };
    assert_eq!(out(&train), [(1, red()), (2, stands_on("w1")), (4, stands_on("w2"))]);
    assert_eq!(world.landed(), [3]);
}

#[test]
fn a_failure_that_is_none_is_run_again_and_counted() {
    let mut world = World { flaky: BTreeSet::from([1]), ..World::new(1, 1) };
    let train = world.play(cars(3));
    assert_eq!((world.landed().len(), train.check_runs, train.retries), (3, 2, 1));
    let mut strict = World { flaky: BTreeSet::from([1]), ..World::new(1, 0) };
    assert_eq!(out(&strict.play(cars(1))), [(1, red())], "asked for no second run");
}

#[test]
fn a_target_that_others_move_is_built_on_anew_and_not_for_ever() {
    let mut world = World { overtaken: BTreeSet::from([1, 2]), ..World::new(1, 0) };
    let train = world.play(cars(3));
    assert_eq!((world.landed().len(), world.runs), (3, 3));
    assert_eq!(train.before, Some(oid(502)), "what others did is not ours");
    let mut world = World { overtaken: (1..=MAX_ROUNDS).collect(), ..World::new(1, 0) };
    let train = world.play(cars(2));
    assert_eq!(out(&train), [(1, Refusal::KeepsMoving), (2, Refusal::KeepsMoving)]);
    assert_eq!((world.landed().len(), world.gone.len()), (0, 0));
}

#[test]
fn a_target_with_something_in_the_way_ends_it_and_what_was_checked_stays_reachable() {
    let mut world = World::new(1, 0);
    let (mut train, mut effects) = begun(cars(2));
    while effects != [Effect::MoveTrain] {
        let input = world.does(&train, &effects[0]).unwrap();
        (train, effects) = stepped(Some(train), &input);
    }
    let (number, commit) =
        train.cars[1].candidate().map(|(number, commit)| (number, commit.clone())).unwrap();
    let kept = Refusal::TargetKept {
        at: AbsPath::new("/r").unwrap(),
        why: "dirty".to_owned(),
        commit,
        obstacle: Obstacle::Files,
    };
    let (train, effects) = stepped(Some(train), &TrainInput::Moved { number, result: Err(kept.clone()) });
    assert_eq!(out(&train), [(1, kept.clone()), (2, kept)]);
    assert_eq!((effects, train.is_live()), (vec![Effect::DropCar { number: 1 }], false));
}

#[test]
fn who_changes_what_the_person_is_at_is_put_out_and_the_others_land() {
    let mut world = World::new(1, 0);
    let (mut train, mut effects) = begun(cars(3));
    while effects != [Effect::MoveTrain] {
        let input = world.does(&train, &effects[0]).unwrap();
        (train, effects) = stepped(Some(train), &input);
    }
    let (number, commit) =
        train.cars[2].candidate().map(|(number, commit)| (number, commit.clone())).unwrap();
    let kept = |obstacle| {
        let (at, why) = (AbsPath::new("/r").unwrap(), "a.txt".to_owned());
        Refusal::TargetKept { at, why, commit: commit.clone(), obstacle }
    };
    let (refusal, own) = (kept(Obstacle::Files), kept(Obstacle::Draft));
    let second = train.cars[1].candidate().unwrap().0;
    let input = TrainInput::Kept { number, refusal: refusal.clone(), cars: vec![(second, own.clone())] };
    let (on, effects) = stepped(Some(train.clone()), &input);
    assert_eq!((out(&on), effects.last()), (vec![(2, own)], Some(&Effect::FindTarget)));
    assert_eq!(on.cars.iter().filter(|car| car.place == CarPlace::Waits).count(), 2);
    let input = TrainInput::Kept { number, refusal: refusal.clone(), cars: Vec::new() };
    let (ended, _) = stepped(Some(train), &input);
    assert_eq!((out(&ended).len(), ended.is_live()), (3, false), "nobody's own work is in the way");
    assert!(out(&ended).iter().all(|(_, why)| *why == refusal));
}

#[test]
fn what_is_nobodys_fault_blames_nobody() {
    let mut world = World::new(1, 0);
    let (mut train, mut effects) = begun(cars(1));
    while effects != [(Effect::CheckCar { number: 1, run: 1 })] {
        let input = world.does(&train, &effects[0]).unwrap();
        (train, effects) = stepped(Some(train), &input);
    }
    let unapproved = Refusal::ChecksUnapproved { digest: "d".to_owned() };
    let late = TrainInput::Checked { number: 1, run: 2, result: Err(red()) };
    let (train, effects) = stepped(Some(train), &late);
    assert!(effects.is_empty() && train.is_live(), "that run was never asked for");
    let said = TrainInput::Checked { number: 1, run: 1, result: Err(unapproved.clone()) };
    let (train, _) = stepped(Some(train), &said);
    assert_eq!((out(&train), train.check_runs), (vec![(1, unapproved)], 0));
}

fn any_world() -> impl Strategy<Value = World> {
    let some = || proptest::collection::btree_set(1..=12_u32, 0..5);
    let pair = proptest::option::of((1..=12_u32, 1..=12_u32));
    ((1..=5_u32, 0..=2_u32), some(), pair, some(), some(), proptest::collection::btree_set(1..=6_u32, 0..3))
        .prop_map(|(ground, bad, pair, clashing, flaky, overtaken)| World {
            bad,
            pair,
            clashing,
            flaky,
            overtaken,
            ..World::new(ground.0, ground.1)
        })
}

proptest! {
    #[test]
    fn whatever_is_bad_it_ends_lands_only_what_was_checked_and_blames_only_what_is_bad(
        mut world in any_world(),
        count in 1..=12_u32,
    ) {
        let train = world.play(cars(count));
        let landed = world.landed();
        prop_assert!(world.is_good(&world.target.clone()));
        prop_assert_eq!(landed.len() + out(&train).len(), count as usize);
        prop_assert_eq!(world.gone.len(), landed.len());
        prop_assert_eq!(world.runs, train.check_runs);
        // Each red run, each car that leaves, and each move ends a search; a search is one run and a bisection at most,
        // or as many as there are slots in each of its rounds.
        let searches = u32::try_from(out(&train).len()).unwrap() + world.moves + 1;
        let most = searches * (1 + 4) * world.ground.0 + train.retries;
        prop_assert!(world.runs <= most, "{} runs", world.runs);
        if world.flaky.is_empty() && world.pair.is_none() && train.overtaken == 0 {
            for (car, refusal) in out(&train) {
                let is_guilty = match refusal {
                    Refusal::ChecksFailed { .. } => world.bad.contains(&car),
                    _ => world.clashing.contains(&car),
                };
                prop_assert!(is_guilty, "{car} is out: {refusal:?}");
            }
        }
        let json = serde_json::to_string(&train).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Train>(&json).unwrap(), &train);
    }

    #[test]
    fn what_comes_late_or_twice_changes_nothing(
        mut world in any_world(),
        numbers in proptest::collection::vec((0..8_u32, 1..4_u32, any::<bool>()), 1..30),
    ) {
        let train = world.play(cars(6));
        for (number, run, good) in numbers {
            let result = if good { Ok(Verified { tree: oid(1), how: Verification::Passed }) } else { Err(red()) };
            let moved = TrainInput::Moved { number, result: Ok(TargetNow::Elsewhere) };
            for input in [TrainInput::Checked { number, run, result }, moved] {
                let (after, effects) = stepped(Some(train.clone()), &input);
                prop_assert_eq!(&after, &train);
                prop_assert!(effects.is_empty());
            }
        }
    }
}
