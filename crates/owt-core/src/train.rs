//! A merge train: the queue's work on its way into one target. What lands is what was checked.
//!
//! Each car is one workspace's work. Its candidate, the commit that may become the target's tip, is built on the candidate
//! before it (A, A+B, A+B+C). Candidates are checked speculatively, as [`section`] chooses them; the longest part that is good
//! lands by one compare-and-swap, the first car that makes it bad is put out, and what is behind it is built anew without it. A
//! target that somebody else moved is built on anew. Whatever dies wherever: the target points where it did, or at a candidate
//! that was checked. One that is called off moves nothing more. What has landed can be taken back, move by move, as long as
//! nobody stands on it.

mod car;
mod course;
mod left;
mod moves;
mod request;
pub mod section;

use serde::Deserialize;
use serde::Serialize;

use crate::AbsPath;
use crate::Timestamp;
use crate::WorkspaceId;
use crate::effect::Effect;
use crate::landing::Committed;
use crate::landing::Irrevocable;
use crate::landing::Refusal;
use crate::landing::TargetNow;
use crate::landing::Verification;
use crate::landing::Verified;
use crate::machine::Machine;
use crate::machine::Step;
use crate::vcs::BranchName;
use crate::vcs::ObjectId;
use crate::vcs::Repository;
use course::Course;

pub use car::Car;
pub use car::CarCheck;
pub use car::CarPlace;
pub use left::LeftBehind;
pub use left::WhyLeft;
pub use moves::Standing;
pub use moves::TrainMove;
pub use request::CarSpec;
pub use request::Ground;
pub use request::TrainSpec;

/// The most cars of a train.
pub const MAX_CARS: usize = 100;

/// A train's state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Train {
    /// The repository.
    pub repository: Repository,
    /// The branch that it lands in.
    pub target: BranchName,
    /// Its cars, in the order in which they land.
    pub cars: Vec<Car>,
    /// What it waits for.
    pub phase: TrainPhase,
    /// Since when.
    pub since: Timestamp,
    /// What candidates are built on, once that is known.
    pub ground: Option<Ground>,
    /// How many candidates were begun.
    pub made: u32,
    /// How often others moved the target since something of it has landed.
    pub overtaken: u32,
    /// Where the target was before anything of it landed.
    pub before: Option<ObjectId>,
    /// Where it was brought last.
    pub after: Option<ObjectId>,
    /// The checkout that went along.
    pub checkout: Option<AbsPath>,
    /// How often the checks ran.
    pub check_runs: u32,
    /// How many of those were to see whether a failure is one.
    pub retries: u32,
    /// What stayed behind before it began.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<LeftBehind>,
    /// Each move of its target, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moves: Vec<TrainMove>,
    /// Since when nothing more of it is to land.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub called_off: Option<Timestamp>,
}

/// What a train waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "phase")]
pub enum TrainPhase {
    /// The target's tip and its rules are looked up.
    Looking,
    /// The candidate of a car is built.
    Boarding {
        /// Which car.
        car: usize,
    },
    /// Checks run on candidates.
    Checking,
    /// The target is moved.
    Moving {
        /// To the candidate of this car.
        last: usize,
    },
    /// Every car has landed or is out.
    Ended,
    /// It has ended, and its target is moved back to where it was before one of its moves.
    TakingBack {
        /// Which.
        nth: usize,
    },
}

/// What may happen to a train. Outcomes name what they are of: late ones change nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "input")]
pub enum TrainInput {
    /// It is asked for.
    Request {
        /// What is asked for.
        spec: Box<TrainSpec>,
    },
    /// The target was looked up.
    Found {
        /// What there is to build on, or why nothing can land.
        result: Result<Ground, Refusal>,
    },
    /// A candidate is there, or not.
    Boarded {
        /// Which.
        number: u32,
        /// What there is, or why not.
        result: Result<Boarded, Refusal>,
    },
    /// The checks have run on a candidate.
    Checked {
        /// On which.
        number: u32,
        /// For the how many-th time.
        run: u32,
        /// What they said.
        result: Result<Verified, Refusal>,
    },
    /// Its repository is at another place.
    RepositoryMoved {
        /// The repository as it is there.
        to: Repository,
    },
    /// The target moved, or not.
    Moved {
        /// To this candidate.
        number: u32,
        /// What came of it.
        result: Result<TargetNow, Refusal>,
    },
    /// The target did not move: files of its checkout would be overwritten.
    Kept {
        /// To this candidate.
        number: u32,
        /// Why, for all that was to land.
        refusal: Refusal,
        /// The candidates whose own work changes such files, each with those.
        cars: Vec<(u32, Refusal)>,
    },
    /// Nothing more of it is to land.
    CallOff,
    /// One of its moves is to be taken back.
    TakeBack {
        /// Which.
        nth: usize,
    },
    /// It was taken back, or stays.
    TookBack {
        /// Which.
        nth: usize,
        /// The checkout that went along, or why it stays.
        result: Result<Option<AbsPath>, Irrevocable>,
    },
}

/// A candidate that was built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Boarded {
    /// What was committed for it before.
    pub committed: Option<Committed>,
    /// The commit.
    pub commit: ObjectId,
}

/// What has happened to a train.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum TrainEvent {
    /// It was asked for.
    Requested {
        /// What was asked for.
        spec: Box<TrainSpec>,
    },
    /// What there is to build on.
    Grounded {
        /// The target's tip, with its rules.
        ground: Ground,
    },
    /// A car's candidate is begun.
    Boarding {
        /// Which car.
        car: usize,
    },
    /// A car's candidate is there.
    Boarded {
        /// Which car.
        car: usize,
        /// What there is.
        boarded: Boarded,
    },
    /// A car does not land.
    PutOut {
        /// Which.
        car: usize,
        /// Why.
        refusal: Refusal,
    },
    /// The checks of a candidate begin.
    CheckBegun {
        /// Of which car.
        car: usize,
        /// For the how many-th time.
        run: u32,
    },
    /// A candidate is as the checks want it.
    Passed {
        /// Of which car.
        car: usize,
        /// What they said.
        verified: Verified,
    },
    /// It is not.
    Failed {
        /// Of which car.
        car: usize,
        /// How.
        refusal: Refusal,
    },
    /// The target is to move.
    MoveBegun {
        /// To the candidate of this car.
        last: usize,
    },
    /// Everything up to a car has landed.
    Landed {
        /// The car.
        last: usize,
        /// Where the target was.
        before: ObjectId,
        /// Where it is.
        after: ObjectId,
        /// The checkout that went along.
        checkout: Option<AbsPath>,
    },
    /// Somebody else moved the target; everything is built anew on that.
    Overtaken,
    /// What is left is built anew.
    Again,
    /// Nothing more is to land.
    CalledOff,
    /// Every car has landed or is out.
    Ended,
    /// A move is to be taken back.
    TakeBackRequested {
        /// Which.
        nth: usize,
    },
    /// It was taken back.
    TakenBack {
        /// Which.
        nth: usize,
        /// The checkout that went along.
        checkout: Option<AbsPath>,
    },
    /// It could not be taken back, and stays.
    TakeBackRefused {
        /// Which.
        nth: usize,
        /// Why.
        why: Irrevocable,
    },
    /// Its repository is at another place.
    RepositoryMoved {
        /// The repository as it is there.
        to: Repository,
    },
}

impl Machine for Train {
    type Input = TrainInput;
    type Event = TrainEvent;

    fn step(current: Option<&Self>, input: &TrainInput, now: Timestamp) -> Step<TrainEvent> {
        match (current, input) {
            (None, TrainInput::Request { spec }) => {
                Step::event(TrainEvent::Requested { spec: spec.clone() }).effect(Effect::FindTarget)
            }
            (Some(train), input @ (TrainInput::TakeBack { .. } | TrainInput::TookBack { .. })) => {
                train.go_back(input)
            }
            // One that is under way ends where it began.
            (Some(train), TrainInput::RepositoryMoved { to })
                if !train.is_live() && train.repository != *to =>
            {
                Step::event(TrainEvent::RepositoryMoved { to: to.clone() })
            }
            (Some(train), input) => Course::of(train, now).react(input),
            (None, _) => Step::nothing(),
        }
    }

    fn apply(current: Option<Self>, event: &TrainEvent, at: Timestamp) -> Option<Self> {
        match (current, event) {
            (None, TrainEvent::Requested { spec }) => Some(Self::begun(spec, at)),
            (Some(train), TrainEvent::RepositoryMoved { to }) => Some(train.in_repository(to)),
            (Some(mut train), event) => {
                train.take_in(event, at);
                train.since = at;
                Some(train)
            }
            (None, _) => None,
        }
    }

    fn is_live(&self) -> bool {
        self.phase != TrainPhase::Ended
    }
}

impl Train {
    fn begun(spec: &TrainSpec, at: Timestamp) -> Self {
        let specs = &spec.cars;
        // Of those that stand on one another somebody has to begin: what comes later nobody stands on.
        let waiting = |(at, spec): (usize, &CarSpec)| {
            let before = |id: &WorkspaceId| specs[..at].iter().any(|it| it.landing.workspace == *id);
            let stands_on = spec.stands_on.iter().copied().filter(before).collect();
            let spec = CarSpec { landing: spec.landing.clone(), stands_on };
            Car { spec, committed: None, place: CarPlace::Waits }
        };
        Self {
            repository: spec.repository.clone(),
            target: spec.target.clone(),
            cars: specs.iter().enumerate().map(waiting).collect(),
            phase: TrainPhase::Looking,
            since: at,
            ground: None,
            made: 0,
            overtaken: 0,
            before: None,
            after: None,
            checkout: None,
            check_runs: 0,
            retries: 0,
            left: spec.left.clone(),
            moves: Vec::new(),
            called_off: None,
        }
    }

    /// Whether it is at landing something.
    pub const fn is_under_way(&self) -> bool {
        !matches!(self.phase, TrainPhase::Ended | TrainPhase::TakingBack { .. })
    }

    fn in_repository(mut self, to: &Repository) -> Self {
        let from = std::mem::replace(&mut self.repository, to.clone());
        self.checkout = self.checkout.map(|checkout| from.moved_along(&checkout, to));
        self
    }

    /// The commit that a car's candidate is built on.
    pub fn onto(&self, car: usize) -> Option<&ObjectId> {
        let before = self.cars.get(..car)?.iter().rev().find_map(Car::candidate);
        before.map(|(_, commit)| commit).or_else(|| self.ground.as_ref().map(|ground| &ground.onto))
    }

    /// The car of a candidate.
    pub fn car_of(&self, number: u32) -> Option<usize> {
        self.cars.iter().position(|car| car.candidate().is_some_and(|(own, _)| own == number))
    }

    /// The cars with a candidate, in their order.
    fn built(&self) -> impl Iterator<Item = (usize, &Car)> {
        self.cars.iter().enumerate().filter(|(_, car)| car.candidate().is_some())
    }

    fn take_in(&mut self, event: &TrainEvent, at: Timestamp) {
        match event {
            TrainEvent::Requested { .. } | TrainEvent::RepositoryMoved { .. } => {}
            TrainEvent::Grounded { ground } => {
                self.before.get_or_insert_with(|| ground.onto.clone());
                self.ground = Some(ground.clone());
            }
            TrainEvent::Boarding { car } => {
                self.made += 1;
                self.phase = TrainPhase::Boarding { car: *car };
            }
            TrainEvent::Boarded { car, boarded } => self.board(*car, boarded),
            TrainEvent::PutOut { car, refusal } => {
                self.put(*car, CarPlace::Out { refusal: refusal.clone() });
            }
            TrainEvent::CheckBegun { car, run } => {
                self.phase = TrainPhase::Checking;
                self.retries += u32::from(*run > 1);
                self.judge(*car, CarCheck::Running { run: *run });
            }
            TrainEvent::Passed { car, verified } => {
                self.check_runs += u32::from(verified.how == Verification::Passed);
                self.judge(*car, CarCheck::Passed { verified: verified.clone() });
            }
            TrainEvent::Failed { car, refusal } => {
                self.check_runs += 1;
                self.judge(*car, CarCheck::Failed { refusal: refusal.clone() });
            }
            TrainEvent::MoveBegun { last } => self.phase = TrainPhase::Moving { last: *last },
            TrainEvent::Landed { last, before, after, checkout } => {
                let cars = self.land(*last);
                let (before, landed) = (before.clone(), Standing::Landed { stays: None });
                self.moves.push(TrainMove { before, after: after.clone(), at, cars, standing: landed });
                self.overtaken = 0;
                self.after = Some(after.clone());
                self.checkout.clone_from(checkout);
            }
            TrainEvent::Overtaken => {
                self.overtaken += 1;
                // What moved it before is not ours to tell.
                if self.after.is_none() {
                    self.before = None;
                }
            }
            TrainEvent::Again => {
                self.cars.iter_mut().filter(|car| car.rides()).for_each(|car| car.place = CarPlace::Waits);
                self.phase = TrainPhase::Looking;
            }
            TrainEvent::CalledOff => self.called_off = Some(at),
            TrainEvent::Ended => self.phase = TrainPhase::Ended,
            event => self.take_in_return(event),
        }
    }

    fn board(&mut self, car: usize, boarded: &Boarded) {
        let number = self.made;
        if let Some(car) = self.cars.get_mut(car) {
            car.committed = boarded.committed.clone().or_else(|| car.committed.take());
            car.place = CarPlace::Built { number, commit: boarded.commit.clone(), check: CarCheck::None };
        }
    }

    fn put(&mut self, car: usize, place: CarPlace) {
        if let Some(car) = self.cars.get_mut(car) {
            car.place = place;
        }
    }

    fn judge(&mut self, car: usize, said: CarCheck) {
        if let Some(CarPlace::Built { check, .. }) = self.cars.get_mut(car).map(|car| &mut car.place) {
            *check = said;
        }
    }

    /// The cars that have landed by it.
    fn land(&mut self, last: usize) -> Vec<usize> {
        let Some(CarCheck::Passed { verified }) = self.cars.get(last).and_then(Car::check) else {
            return Vec::new();
        };
        let (how, mut landed) = (verified.how, Vec::new());
        for (at, car) in self.cars.iter_mut().enumerate().take(last + 1) {
            if let CarPlace::Built { commit, .. } = &car.place {
                car.place = CarPlace::Landed { commit: commit.clone(), how };
                landed.push(at);
            }
        }
        landed
    }
}

#[cfg(test)]
mod tests;
