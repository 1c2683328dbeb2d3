//! A landing after a second opinion where one is wished and configured. What is looked at is a commit, which lands as it is or not at
//! all: what is left is committed first.

use owt_core::landing::Landing;

use super::LeftToCommit;
use super::MergeEnd;
use super::MergeError;
use super::MergePlan;
use super::MergeRequest;
use super::once::Once;
use super::planned;
use crate::settings::OpinionSettings;
use crate::use_cases::OpinionWish;
use crate::use_cases::SecondOpinion;
use crate::use_cases::StillThere;
use crate::use_cases::opinion;
use crate::use_cases::opinion::Asked;
use crate::use_cases::second_agent::Asking;
use crate::use_cases::under_way::Deadline;
use crate::use_cases::under_way::UnderWay;

/// One that is under way.
pub(super) struct Considered {
    asking: Asking,
    wanted: MergeRequest,
    stage: Stage,
}

/// How far it is.
enum Stage {
    /// It is made ready to be looked at.
    Clears(Once, OpinionSettings),
    /// Somebody looks at it.
    LookedAt(Box<Asked>, MergePlan, Box<Landing>),
    /// It lands.
    Lands(Once, Option<Box<Opined>>),
}

/// What lands with an opinion.
struct Opined {
    opinion: SecondOpinion,
    left: Option<LeftToCommit>,
    cleared: Box<Landing>,
}

impl Considered {
    pub(super) fn begin(asking: &Asking, wanted: &MergeRequest) -> Result<Self, MergeError> {
        let stage = match Self::opinion(asking, wanted)? {
            Some(settings) => Stage::Clears(Once::begin(asking, &wanted.up_to_opinion())?, settings),
            None => Stage::Lands(Once::begin(asking, wanted)?, None),
        };
        Ok(Self { asking: asking.clone(), wanted: wanted.clone(), stage })
    }

    /// How an opinion is asked for, if one is.
    fn opinion(asking: &Asking, wanted: &MergeRequest) -> Result<Option<OpinionSettings>, MergeError> {
        if wanted.opinion == OpinionWish::NotAsked {
            return Ok(None);
        }
        let (plan, _) = planned(&asking.engine, &asking.asker, wanted)?;
        opinion::configured(&asking.engine, &plan)
    }

    /// What it is to be looked at, once nothing else stands against it.
    fn shown(
        &self,
        (plan, cleared): (MergePlan, Box<Landing>),
        settings: OpinionSettings,
    ) -> Result<Stage, MergeError> {
        let plan = MergePlan { tip: cleared.tip().clone(), ..plan };
        let asked = Asked::begin(self.asking.clone(), plan.clone(), (settings, self.wanted.caller.clone()))?;
        Ok(Stage::LookedAt(Box::new(asked), plan, cleared))
    }
}

impl UnderWay for Considered {
    type End = (MergePlan, MergeEnd);
    type Error = MergeError;

    fn look(&mut self, still_there: StillThere<'_>) -> Result<Option<(MergePlan, MergeEnd)>, MergeError> {
        if let Stage::Clears(once, settings) = &mut self.stage {
            let Some((plan, end)) = once.look(still_there)? else { return Ok(None) };
            let MergeEnd::Cleared { landing } = end else { return Ok(Some((plan, end))) };
            let settings = settings.clone();
            self.stage = self.shown((plan, landing), settings)?;
        }
        if let Stage::LookedAt(asked, plan, cleared) = &mut self.stage {
            let Some(opinion) = asked.look(still_there)? else { return Ok(None) };
            if opinion.keeps(self.wanted.opinion) {
                let plan = MergePlan { opinion: Some(opinion), ..plan.clone() };
                return Ok(Some((plan, MergeEnd::Doubted { landing: cleared.clone() })));
            }
            let once = Once::begin(&self.asking, &self.wanted.at(plan.tip.clone()))?;
            let opined = Opined { opinion, left: plan.left.clone(), cleared: cleared.clone() };
            self.stage = Stage::Lands(once, Some(Box::new(opined)));
        }
        let Stage::Lands(once, opined) = &mut self.stage else { return Ok(None) };
        let Some((plan, end)) = once.look(still_there)? else { return Ok(None) };
        Ok(Some(match opined.take() {
            None => (plan, end),
            Some(opined) => {
                let Opined { opinion, left, cleared } = *opined;
                (MergePlan { opinion: Some(opinion), left, ..plan }, end.committed_in(&cleared))
            }
        }))
    }

    fn deadline(&self) -> Deadline {
        match &self.stage {
            Stage::Clears(once, _) | Stage::Lands(once, _) => once.deadline(),
            Stage::LookedAt(asked, ..) => asked.deadline(),
        }
    }
}
