//! One try to land, from its record to its end, and to that of the workspace where it goes afterwards.

use std::time::Duration;

use owt_core::LandingId;
use owt_core::failure::Failure;
use owt_core::landing::Landing;
use owt_core::landing::LandingPhase;
use owt_core::landing::Refusal;
use owt_core::machine::Machine as _;
use owt_core::workspace::RemovalReport;
use owt_core::workspace::Workspace;

use super::MergeEnd;
use super::MergeError;
use super::MergePlan;
use super::MergeRequest;
use super::WhenLanded;
use super::begin_merge;
use super::denials;
use crate::entity::Entity as _;
use crate::use_cases::StillThere;
use crate::use_cases::delete::removal_end;
use crate::use_cases::second_agent::Asking;
use crate::use_cases::under_way::Deadline;
use crate::use_cases::under_way::Looked;
use crate::use_cases::under_way::UnderWay;
use crate::use_cases::under_way::looked;

/// How long a landing may take, and a removal after it.
pub(super) const MAX_LANDING: Duration = Duration::from_secs(3 * 60 * 60);
const MAX_REMOVAL: Duration = Duration::from_secs(15 * 60);

/// One try.
pub(super) struct Once {
    asking: Asking,
    plan: MergePlan,
    id: LandingId,
    when_landed: WhenLanded,
    stage: Stage,
    until: Deadline,
}

/// How far it is.
enum Stage {
    /// It lands.
    Lands,
    /// It has landed in other commits than it has, and comes together with those.
    Rejoins(Box<Landing>),
    /// It has landed, and the workspace goes.
    Goes(Box<Landing>),
}

/// How the removal of the workspace went.
type Removed = Option<Result<RemovalReport, Failure>>;

impl Once {
    /// Checks, and records that it is to land.
    pub(super) fn begin(asking: &Asking, merge: &MergeRequest) -> Result<Self, MergeError> {
        let (plan, id) = begin_merge(&asking.engine, &asking.asker, asking.request, merge)?;
        let until = Deadline::after(MAX_LANDING);
        let when_landed = merge.when_landed;
        Ok(Self { asking: asking.clone(), plan, id, when_landed, stage: Stage::Lands, until })
    }

    fn landed(&self) -> Result<Option<Landing>, MergeError> {
        let Asking { engine, request, .. } = &self.asking;
        let landing = engine.records().load::<Landing>(self.id)?.filter(|landing| !landing.is_live());
        match looked(engine, (&Landing::stream(self.id), *request), self.until, landing)? {
            Looked::Ended(landing) => Ok(Some(landing)),
            Looked::NotYet => Ok(None),
            Looked::TooSlow => Err(MergeError::TooSlow),
        }
    }

    fn rejoined(&self) -> Result<bool, MergeError> {
        let Asking { engine, request, .. } = &self.asking;
        // It was told when the landing ended, in the same order.
        engine.in_order(|| ());
        let workspace = engine.records().load::<Workspace>(self.plan.view.id)?;
        let end = workspace.is_none_or(|workspace| workspace.syncing().is_none()).then_some(());
        match looked(engine, (&Workspace::stream(self.plan.view.id), *request), self.until, end)? {
            Looked::Ended(()) => Ok(true),
            Looked::NotYet => Ok(false),
            Looked::TooSlow => Err(MergeError::TooSlow),
        }
    }

    fn gone(&self) -> Result<Removed, MergeError> {
        let Asking { engine, request, .. } = &self.asking;
        // It was told to go when the landing ended, in the same order.
        engine.in_order(|| ());
        let end = removal_end(engine, &self.plan.view)?;
        match looked(engine, (&Workspace::stream(self.plan.view.id), *request), self.until, end)? {
            Looked::Ended(removal) => Ok(Some(removal)),
            Looked::NotYet => Ok(None),
            Looked::TooSlow => Err(MergeError::TooSlow),
        }
    }

    fn end(&self, landing: Landing, removal: Removed) -> Result<MergeEnd, MergeError> {
        Ok(match landing.phase.clone() {
            LandingPhase::Landed { before, after, checkout } => {
                MergeEnd::Landed { before, after, checkout, removal, landing: Box::new(landing) }
            }
            LandingPhase::Cleared { .. } => MergeEnd::Cleared { landing: Box::new(landing) },
            LandingPhase::Refused { refusal: Refusal::Denied { review } } => {
                MergeEnd::Denied { review, denials: denials::of(&self.asking.engine, &self.plan.view)? }
            }
            LandingPhase::Refused { refusal } => MergeEnd::Refused(refusal),
            _ => return Err(MergeError::TooSlow),
        })
    }
}

impl UnderWay for Once {
    type End = (MergePlan, MergeEnd);
    type Error = MergeError;

    fn look(&mut self, _: StillThere<'_>) -> Result<Option<(MergePlan, MergeEnd)>, MergeError> {
        if matches!(self.stage, Stage::Lands) {
            let Some(landing) = self.landed()? else { return Ok(None) };
            let goes = matches!(landing.phase, LandingPhase::Landed { .. });
            if !goes {
                return Ok(Some((self.plan.clone(), self.end(landing, None)?)));
            }
            self.stage = match self.when_landed {
                WhenLanded::Keep => Stage::Rejoins(Box::new(landing)),
                WhenLanded::Remove => Stage::Goes(Box::new(landing)),
            };
            self.until = Deadline::after(MAX_REMOVAL);
        }
        if let Stage::Rejoins(landing) = &self.stage {
            return match self.rejoined()? {
                false => Ok(None),
                true => Ok(Some((self.plan.clone(), self.end((**landing).clone(), None)?))),
            };
        }
        let Stage::Goes(landing) = &self.stage else { return Ok(None) };
        match self.gone()? {
            None => Ok(None),
            removal => Ok(Some((self.plan.clone(), self.end((**landing).clone(), removal)?))),
        }
    }

    fn deadline(&self) -> Deadline {
        self.until
    }
}
