//! The moves of a train's target, and taking one back: as with a landing of one's own, as long as nobody stands on it.

use serde::Deserialize;
use serde::Serialize;

use super::Car;
use super::CarPlace;
use super::Train;
use super::TrainEvent;
use super::TrainInput;
use super::TrainPhase;
use crate::AbsPath;
use crate::Timestamp;
use crate::WorkspaceId;
use crate::effect::Effect;
use crate::landing::Afterwards;
use crate::landing::Arrival;
use crate::landing::Irrevocable;
use crate::landing::LandingSpec;
use crate::machine::Step;
use crate::vcs::ObjectId;
use crate::workspace::WorkspaceInput;

/// One move of the target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainMove {
    /// Where it was.
    pub before: ObjectId,
    /// Where it went.
    pub after: ObjectId,
    /// When.
    pub at: Timestamp,
    /// The cars that went with it.
    pub cars: Vec<usize>,
    /// Whether it stands.
    pub standing: Standing,
}

/// Whether a move stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "standing")]
pub enum Standing {
    /// It does.
    Landed {
        /// Why it could not be taken back when that was last asked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stays: Option<Irrevocable>,
    },
    /// The target is back where it was before.
    TakenBack {
        /// The checkout that went along.
        checkout: Option<AbsPath>,
    },
}

impl TrainMove {
    /// Whether the target is not back.
    pub const fn stands(&self) -> bool {
        matches!(self.standing, Standing::Landed { .. })
    }
}

impl Train {
    /// One of its moves, with all that is needed to take it back.
    pub fn arrival(&self, nth: usize) -> Option<Arrival> {
        let TrainMove { before, after, cars, .. } = self.moves.get(nth)?;
        let cars: Vec<&Car> = cars.iter().filter_map(|at| self.cars.get(*at)).collect();
        // A branch that stood on the target already landed as it was.
        let sources = cars.iter().filter(|car| car.tip() == after);
        let removed = cars.iter().filter_map(|car| went(&car.spec.landing));
        Some(Arrival {
            repository: self.repository.clone(),
            target: self.target.clone(),
            before: before.clone(),
            after: after.clone(),
            sources: sources.map(|car| car.spec.landing.branch.clone()).collect(),
            removed: removed.collect(),
            made_anew: None,
        })
    }

    /// The names of those whose work came with a move.
    pub fn names_of(&self, nth: usize) -> Vec<&str> {
        let cars = self.moves.get(nth).into_iter().flat_map(|moved| &moved.cars);
        cars.filter_map(|at| self.cars.get(*at)).map(|car| car.spec.landing.name.as_str()).collect()
    }

    /// What taking a move back comes to; nothing for what else may happen.
    pub(super) fn go_back(&self, input: &TrainInput) -> Step<TrainEvent> {
        match (&self.phase, input) {
            (TrainPhase::Ended, TrainInput::TakeBack { nth })
                if self.moves.get(*nth).is_some_and(TrainMove::stands) =>
            {
                Step::event(TrainEvent::TakeBackRequested { nth: *nth }).effect(Effect::TakeTrainBack)
            }
            (TrainPhase::TakingBack { nth }, TrainInput::TookBack { nth: done, result }) if nth == done => {
                match result {
                    Ok(checkout) => self.taken_back(*nth, checkout.as_ref()),
                    Err(why) => Step::event(TrainEvent::TakeBackRefused { nth: *nth, why: why.clone() }),
                }
            }
            _ => Step::nothing(),
        }
    }

    /// What went with it comes back with it.
    fn taken_back(&self, nth: usize, checkout: Option<&AbsPath>) -> Step<TrainEvent> {
        let removed = self.arrival(nth).map(|arrival| arrival.removed).unwrap_or_default();
        let step = Step::event(TrainEvent::TakenBack { nth, checkout: checkout.cloned() });
        removed.into_iter().fold(step, |step, workspace| {
            step.effect(Effect::tell_workspace(workspace, WorkspaceInput::Restore))
        })
    }

    /// The state after an event of a move that is taken back.
    pub(super) fn take_in_return(&mut self, event: &TrainEvent) {
        match event {
            TrainEvent::TakeBackRequested { nth } => self.phase = TrainPhase::TakingBack { nth: *nth },
            TrainEvent::TakenBack { nth, checkout } => {
                self.stand(*nth, Standing::TakenBack { checkout: checkout.clone() });
                self.unload(*nth);
            }
            TrainEvent::TakeBackRefused { nth, why } => {
                self.stand(*nth, Standing::Landed { stays: Some(why.clone()) });
            }
            _ => {}
        }
    }

    fn stand(&mut self, nth: usize, standing: Standing) {
        self.phase = TrainPhase::Ended;
        if let Some(moved) = self.moves.get_mut(nth) {
            moved.standing = standing;
        }
    }

    fn unload(&mut self, nth: usize) {
        let cars = self.moves.get(nth).map(|moved| moved.cars.clone()).unwrap_or_default();
        for at in cars {
            if let Some(CarPlace::Landed { commit, .. }) = self.cars.get(at).map(|car| &car.place) {
                let place = CarPlace::TakenBack { commit: commit.clone() };
                self.put(at, place);
            }
        }
    }
}

/// The workspace, where it went with its work.
fn went(spec: &LandingSpec) -> Option<WorkspaceId> {
    match spec.afterwards {
        Afterwards::Keep => None,
        Afterwards::Remove { .. } => Some(spec.workspace),
    }
}
