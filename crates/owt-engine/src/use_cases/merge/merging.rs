//! A landing whose conflicts are settled by an agent first, where they are found and somebody is to.

use owt_core::landing::Refusal;
use owt_core::landing::WhenConflicting;
use owt_core::vcs::ObjectId;
use owt_core::workspace::Settler;
use owt_core::workspace::Sync;
use owt_core::workspace::SyncEnd;

use super::MergeEnd;
use super::MergeError;
use super::MergePlan;
use super::MergeRequest;
use super::considered::Considered;
use super::is_there;
use super::settler;
use crate::use_cases::StillThere;
use crate::use_cases::second_agent::Asking;
use crate::use_cases::second_agent::Helper;
use crate::use_cases::settle::Settle;
use crate::use_cases::under_way::Deadline;
use crate::use_cases::under_way::UnderWay;

/// One that is under way.
pub struct Merging {
    asking: Asking,
    wanted: MergeRequest,
    stage: Stage,
}

/// How far it is.
enum Stage {
    /// It lands as it is.
    Lands(Box<Considered>),
    /// What conflicts is settled.
    Settles(Box<Settle>, Box<MergePlan>),
    /// It lands with what was settled.
    Again(Box<Considered>, Option<Box<Settler>>),
}

impl Merging {
    pub(super) fn begin(asking: Asking, wanted: &MergeRequest) -> Result<Self, MergeError> {
        let stage = Stage::Lands(Box::new(Considered::begin(&asking, wanted)?));
        Ok(Self { asking, wanted: wanted.clone(), stage })
    }

    /// Goes on as far as it can; `None`: it waits for something.
    ///
    /// # Errors
    /// [`MergeError`].
    pub fn look(&mut self, still_there: StillThere<'_>) -> Result<Option<(MergePlan, MergeEnd)>, MergeError> {
        if let Stage::Lands(considered) = &mut self.stage {
            let Some((plan, end)) = considered.look(still_there)? else { return Ok(None) };
            let MergeEnd::Refused(Refusal::Conflicts { onto, .. }) = &end else {
                return Ok(Some((plan, end)));
            };
            let Some(agent) = settler(&self.asking.engine, &self.wanted, &plan)? else {
                return Ok(Some((plan, end)));
            };
            self.stage = Stage::Settles(Box::new(self.settled(&plan, onto, agent)?), Box::new(plan));
        }
        if let Stage::Settles(settle, plan) = &mut self.stage {
            let Some((sync, end)) = settle.look(still_there)? else { return Ok(None) };
            let tip = match end {
                SyncEnd::Merged { after } => after,
                SyncEnd::UpToDate => sync.before,
                end => return Ok(Some(((**plan).clone(), MergeEnd::NotSettled(end)))),
            };
            let again = Considered::begin(&self.asking, &self.wanted.at(tip))?;
            self.stage = Stage::Again(Box::new(again), sync.settler);
        }
        let Stage::Again(again, settler) = &mut self.stage else { return Ok(None) };
        let landed = again.look(still_there)?;
        Ok(landed
            .map(|(plan, end)| (MergePlan { settled: settler.take().map(|settler| *settler), ..plan }, end)))
    }

    /// Has the target brought into the branch by an agent.
    fn settled(&self, plan: &MergePlan, onto: &ObjectId, agent: String) -> Result<Settle, MergeError> {
        let view = plan.view.clone();
        let no_branch = || MergeError::NoBranch(plan.view.name().to_owned());
        let line = plan.view.workspace.spec.line().ok_or_else(no_branch)?.clone();
        // What was left is committed by now.
        let sync = Sync {
            source: onto.clone(),
            name: plan.target.to_string(),
            before: is_there(&self.asking.engine, &view, &line)?,
            conflicts: WhenConflicting::Stop,
            settler: None,
            fork: None,
        };
        let (asking, caller) = (self.asking.clone(), self.wanted.caller.clone());
        Ok(Settle::new(Helper { asking, view, line, agent, caller }, sync))
    }
}

impl UnderWay for Merging {
    type End = (MergePlan, MergeEnd);
    type Error = MergeError;

    fn look(&mut self, still_there: StillThere<'_>) -> Result<Option<(MergePlan, MergeEnd)>, MergeError> {
        Self::look(self, still_there)
    }

    fn deadline(&self) -> Deadline {
        match &self.stage {
            Stage::Lands(considered) | Stage::Again(considered, _) => considered.deadline(),
            Stage::Settles(settle, _) => settle.deadline(),
        }
    }
}
