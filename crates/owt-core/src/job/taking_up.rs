//! A job that is taken up again: after an attempt, from where that one was; or after it was called off before any began,
//! from its beginning.

use super::Beforehand;
use super::Job;
use super::JobEvent;
use super::JobOutcome;
use super::JobPhase;
use super::LastTurn;
use super::Resumption;
use crate::JobId;
use crate::attempt::Attempt;
use crate::attempt::Line;
use crate::delivery::DeliveryInput;
use crate::delivery::Meaning;
use crate::effect::Effect;
use crate::machine::Step;
use crate::retry::Tried;
use crate::session::SessionKind;
use crate::workspace::WorkspaceInput;

impl Job {
    /// Whether its workspace was left to it: that of one that never came to a session is taken back.
    pub const fn may_begin_yet(&self) -> bool {
        let was_called_off = matches!(self.phase, JobPhase::Ended { outcome: JobOutcome::Cancelled });
        was_called_off || self.resumption.is_some() || !self.attempts.is_empty()
    }

    /// What became of the turn that its conversation was in when this session of it, its newest, ended.
    pub fn last_turn(&self, newest: &Attempt) -> LastTurn {
        match newest.is_in_turn() || self.has_open_turn(newest) {
            true => LastTurn::BrokenOff,
            false => LastTurn::Over,
        }
    }

    /// Whether its conversation was broken off in the middle of a turn, and its newest session has been told nothing since.
    pub fn has_open_turn(&self, newest: &Attempt) -> bool {
        let is_left = |taken_up: &Resumption| taken_up.after != Some(newest.id) && !taken_up.turn.is_over();
        self.resumption.as_ref().is_some_and(is_left) && !is_told_to_go_on(newest)
    }

    pub(super) fn taken_up(&self, resumption: &Resumption) -> Step<JobEvent> {
        let resumed = Step::event(JobEvent::Resumed { resumption: resumption.clone() });
        let told = match &resumption.message {
            Some((id, spec)) => {
                let input = DeliveryInput::Create { id: *id, spec: spec.clone() };
                resumed.effect(Effect::tell_delivery(*id, input))
            }
            None => resumed,
        };
        let step = self.with_what_waited(told, resumption);
        let is_free = self.comes_after().is_empty();
        let step = if is_free { step } else { step.effect(Effect::LookAtDependencies) };
        match resumption.beforehand {
            Beforehand::Nothing if is_free => step.effect(self.place()),
            Beforehand::Nothing => step,
            Beforehand::Equip => {
                step.effect(Effect::tell_workspace(self.spec.workspace, WorkspaceInput::Equip))
            }
        }
    }

    /// Messages that outlived their session go to the next one, if that takes any.
    pub(super) fn with_what_waited(&self, step: Step<JobEvent>, resumption: &Resumption) -> Step<JobEvent> {
        match resumption.channel.map_or(self.spec.session, |channel| channel.kind) {
            SessionKind::Headless => step,
            _ => step.effect(Effect::SendAgain),
        }
    }

    /// How it gets into the queue. Once it has heard of a claim it has a place there.
    pub(super) const fn place(&self) -> Effect {
        match self.token {
            0 => Effect::EnqueueJob,
            token => Effect::ReopenJob { token, not_before: None },
        }
    }

    /// What must be finished before it begins; nothing once it has.
    fn comes_after(&self) -> &[JobId] {
        if self.attempts.is_empty() { &self.spec.order.depends_on } else { &[] }
    }

    pub(super) fn take_up(&mut self, resumption: &Resumption) {
        let pending = self.comes_after().to_vec();
        let workspace_ready = resumption.beforehand.is_nothing();
        self.phase = match workspace_ready && pending.is_empty() {
            true => JobPhase::Queued,
            false => JobPhase::Waiting { pending, workspace_ready },
        };
        self.cancelled = false;
        self.tried = Tried::default();
        self.resumption = Some(resumption.clone());
    }
}

/// Whether a session was told to go on with what was broken off: by words, or by a turn that no information began. What only
/// informs, like a note, is no such word.
fn is_told_to_go_on(newest: &Attempt) -> bool {
    let is_being_informed = matches!(newest.line, Line::Given { meaning: Meaning::Information, .. });
    let informed = newest.turn.information + u32::from(is_being_informed);
    let is_in_another = newest.is_in_turn() || (newest.turns == 0 && newest.turn.began_at.is_some());
    newest.turn.messages > newest.turn.information || newest.turns + u32::from(is_in_another) > informed
}
