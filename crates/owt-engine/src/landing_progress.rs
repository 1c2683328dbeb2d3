//! How far work is that is about to land, for whoever waits for it or looks on: from the records, and which check runs now from
//! the running process alone. It must not know how that is shown.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use owt_core::LandingId;
use owt_core::Timestamp;
use owt_core::WorkspaceId;
use owt_core::landing::Landing;
use owt_core::landing::LandingPhase;
use owt_core::train::Car;
use owt_core::train::CarCheck;
use owt_core::train::CarPlace;
use owt_core::train::Train;
use owt_core::train::TrainPhase;
use owt_ports::StoreError;

use crate::engine::Engine;
use crate::pulse::Pulse;
use crate::records::Record;
use crate::records::Which;
use crate::view::WorkspaceView;

/// How far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LandingProgress {
    /// At what.
    pub step: LandingStep,
    /// The check that runs.
    pub check: Option<String>,
    /// Since when.
    pub since: Timestamp,
}

/// What is being done for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LandingStep {
    /// Others come first.
    Waiting,
    /// The critic looks at it.
    Reviewing,
    /// What is not committed is committed.
    Committing,
    /// The commit that would land is made.
    Building,
    /// The repository's checks run on that, or are about to.
    Checking,
    /// The target is moved.
    Moving,
    /// Its conflicts are laid out in the workspace.
    Leaving,
    /// It has landed, and goes with those that land with it.
    Landed,
    /// The target is moved back.
    TakingBack,
}

impl LandingStep {
    /// The word in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Reviewing => "reviewing",
            Self::Committing => "committing",
            Self::Building => "building",
            Self::Checking => "checking",
            Self::Moving => "moving",
            Self::Leaving => "leaving",
            Self::Landed => "landed",
            Self::TakingBack => "taking_back",
        }
    }

    const fn of_phase(phase: &LandingPhase) -> Option<Self> {
        Some(match phase {
            LandingPhase::Reviewing => Self::Reviewing,
            LandingPhase::Committing => Self::Committing,
            LandingPhase::Predicting | LandingPhase::Building { .. } => Self::Building,
            LandingPhase::Checking { .. } => Self::Checking,
            LandingPhase::Moving { .. } => Self::Moving,
            LandingPhase::Leaving { .. } => Self::Leaving,
            LandingPhase::TakingBack { .. } => Self::TakingBack,
            LandingPhase::Landed { .. }
            | LandingPhase::Cleared { .. }
            | LandingPhase::TakenBack { .. }
            | LandingPhase::Refused { .. } => return None,
        })
    }

    const fn of_car(car: &Car, train: &TrainPhase) -> Option<Self> {
        Some(match (&car.place, train) {
            (CarPlace::Landed { .. }, TrainPhase::TakingBack { .. }) => Self::TakingBack,
            (CarPlace::Landed { .. }, _) => Self::Landed,
            (CarPlace::TakenBack { .. } | CarPlace::Out { .. }, _) => return None,
            (CarPlace::Built { check: CarCheck::Running { .. }, .. }, _) => Self::Checking,
            (CarPlace::Waits | CarPlace::Built { .. }, _) => Self::Waiting,
        })
    }
}

/// The checks that run now.
pub(crate) struct RunningChecks {
    running: Mutex<HashMap<WorkspaceId, LandingProgress>>,
    pulse: Arc<Pulse>,
}

/// Those of one candidate, until this is dropped.
pub(crate) struct RunningCheck<'a> {
    all: &'a RunningChecks,
    of: WorkspaceId,
}

impl RunningChecks {
    pub(crate) fn new(pulse: Arc<Pulse>) -> Self {
        Self { running: Mutex::default(), pulse }
    }

    /// Those of this workspace's work are about to run.
    pub(crate) const fn of(&self, of: WorkspaceId) -> RunningCheck<'_> {
        RunningCheck { all: self, of }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<WorkspaceId, LandingProgress>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RunningCheck<'_> {
    /// This one runs from now on.
    pub(crate) fn begins(&self, check: String, now: Timestamp) {
        let progress = LandingProgress { step: LandingStep::Checking, check: Some(check), since: now };
        self.all.lock().insert(self.of, progress);
        self.all.pulse.beat();
    }
}

impl Drop for RunningCheck<'_> {
    fn drop(&mut self) {
        self.all.lock().remove(&self.of);
        self.all.pulse.beat();
    }
}

/// Adds to each how far its landing is.
///
/// # Errors
/// Only failures of the journal.
pub(crate) fn add_landings(engine: &Engine, views: &mut [WorkspaceView]) -> Result<(), StoreError> {
    let landings = engine.records().list::<Landing>(None, Which::Live)?;
    let trains = engine.records().list::<Train>(None, Which::Live)?;
    let running = engine.running_checks().lock().clone();
    for view in views {
        view.landing = running
            .get(&view.id)
            .cloned()
            .or_else(|| alone(&landings, view.id))
            .or_else(|| aboard(&trains, view.id));
    }
    Ok(())
}

fn alone(live: &[Record<Landing>], of: WorkspaceId) -> Option<LandingProgress> {
    let own = live.iter().find(|record| record.state.spec.workspace == of)?;
    let is_next = own.state.phase != LandingPhase::Predicting || !is_behind_another(live, own.id);
    let step = if is_next { LandingStep::of_phase(&own.state.phase)? } else { LandingStep::Waiting };
    Some(LandingProgress { step, check: None, since: own.state.since })
}

fn aboard(live: &[Record<Train>], of: WorkspaceId) -> Option<LandingProgress> {
    live.iter().find_map(|Record { state: train, .. }| {
        let car = train.cars.iter().find(|car| car.spec.landing.workspace == of)?;
        let step = LandingStep::of_car(car, &train.phase)?;
        Some(LandingProgress { step, check: None, since: train.since })
    })
}

/// Whether a landing that was asked for before is on its way into the same target: each would take it from under the
/// other, and all but one would be made anew.
pub(crate) fn is_behind_another(live: &[Record<Landing>], id: LandingId) -> bool {
    let place = |record: &Record<Landing>| (record.created_at, record.id);
    let Some(own) = live.iter().find(|record| record.id == id) else { return false };
    let mut before = live.iter().filter(|record| place(record) < place(own));
    before.any(|other| other.state.is_on_its_way() && other.state.spec.shares_target(&own.state.spec))
}
