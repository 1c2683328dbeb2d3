//! One conversation in another kind of session: the session ends between two turns, never within one that nobody
//! interrupted, and the job goes on in another attempt. A session that a conversation only visits gives it back.

use serde::Deserialize;
use serde::Serialize;

use super::Attempt;
use super::AttemptEvent;
use super::AttemptPhase;
use super::Line;
use super::Verdict;
use crate::DeliveryId;
use crate::RequestId;
use crate::delivery::DeliverySpec;
use crate::effect::Effect;
use crate::evidence::Activity;
use crate::job::Beforehand;
use crate::job::LastTurn;
use crate::job::Resumption;
use crate::machine::Step;
use crate::session::Channel;
use crate::session::EndReason;
use crate::session::Exit;
use crate::session::SessionKind;

/// What becomes of the turn that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunningTurn {
    /// It comes to its end first.
    Finished,
    /// It is interrupted.
    Interrupted,
    /// It ends with its session.
    CutOff,
}

/// The wish that a conversation goes on in a session of another kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handover {
    /// In which.
    pub channel: Channel,
    /// What becomes of the turn that runs.
    pub turn: RunningTurn,
    /// What the agent is told there first.
    pub message: Option<(DeliveryId, DeliverySpec)>,
}

impl Attempt {
    /// Whether a turn runs, or something is asked in one.
    pub fn is_in_turn(&self) -> bool {
        matches!(self.line, Line::Given { .. } | Line::Taken { .. })
            || matches!(
                self.doing.activity,
                Activity::Working | Activity::WaitingPermission | Activity::WaitingInput
            )
    }

    /// The end of a headless session's only turn is its own end.
    pub(super) fn interrupt(&self, request: RequestId) -> Step<AttemptEvent> {
        let once = self.interrupted_by != Some(request);
        if !once
            || self.stopping.is_some()
            || !self.is_in_turn()
            || self.spec.session == SessionKind::Headless
        {
            return Step::nothing();
        }
        Step::event(AttemptEvent::InterruptRequested { request })
            .effect(Effect::InterruptTurn { after: self.turns })
    }

    pub(super) fn hand_over(&self, handover: &Handover) -> Step<AttemptEvent> {
        let earlier = self.handover.as_ref().map(|handover| handover.turn);
        if self.stopping.is_some() || earlier.is_some_and(|earlier| earlier >= handover.turn) {
            return Step::nothing();
        }
        let step = Step::event(AttemptEvent::HandoverRequested { handover: handover.clone() });
        match (self.is_in_turn(), handover.turn, self.spec.session) {
            (false, ..) | (_, RunningTurn::CutOff, _) => self.leave(step),
            (true, RunningTurn::Interrupted, SessionKind::Headless) => self.leave(step),
            (true, RunningTurn::Interrupted, _) => step.effect(Effect::InterruptTurn { after: self.turns }),
            (true, RunningTurn::Finished, _) => step,
        }
    }

    /// Whether its session is to be ended as soon as no turn runs.
    pub(super) fn is_leaving(&self) -> bool {
        self.handover.is_some()
            && self.stopping.is_none()
            && matches!(self.phase, AttemptPhase::Running { .. })
    }

    pub(super) fn leave(&self, step: Step<AttemptEvent>) -> Step<AttemptEvent> {
        step.and(AttemptEvent::HandedOver).effect(Effect::StopSession { reason: EndReason::Requested })
    }

    /// Whether its session is over, and its conversation goes on in another.
    pub fn has_gone_on(&self) -> bool {
        match &self.phase {
            AttemptPhase::Ended { verdict, exit, .. } => self.goes_on(verdict, *exit).is_some(),
            AttemptPhase::Launching | AttemptPhase::Running { .. } => false,
        }
    }

    /// How the job goes on when this attempt is over, if it does. Only after an end that is written down: what a lost
    /// host leaves behind may still be at work.
    pub fn goes_on(&self, verdict: &Verdict, exit: Option<Exit>) -> Option<Resumption> {
        let conversation = self.conversation.clone().or_else(|| self.spec.resumes.clone())?;
        let never_ran = matches!(verdict, Verdict::NotStarted { .. });
        let back = |kind| (Channel { kind, home: None }, None);
        let (channel, message) = match (&self.handover, self.spec.home, exit) {
            (Some(handover), _, Some(_)) => (handover.channel, handover.message.clone()),
            (None, Some(home), Some(Exit::Code { .. })) if self.stopping.is_none() => back(home),
            (None, Some(home), _) if never_ran => back(home),
            _ => return None,
        };
        let beforehand = Beforehand::Nothing;
        Some(Resumption {
            after: Some(self.id),
            conversation: Some(conversation),
            message,
            channel: Some(channel),
            beforehand,
            turn: LastTurn::Over,
        })
    }
}
