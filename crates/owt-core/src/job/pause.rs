//! A job between two attempts: it goes on by itself, in the same conversation, when its time has come.

use serde::Deserialize;
use serde::Serialize;

use super::Beforehand;
use super::Job;
use super::JobEvent;
use super::JobOutcome;
use super::JobPhase;
use super::LastTurn;
use super::Resumption;
use crate::AttemptId;
use crate::Timestamp;
use crate::agent_failure::AgentFailure;
use crate::agent_failure::AgentFailureKind;
use crate::attempt::Ending;
use crate::attempt::Verdict;
use crate::delivery::DeliveryInput;
use crate::effect::Effect;
use crate::machine::Step;
use crate::retry::Next;
use crate::retry::after;

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Waiting {
    /// The end of a limit.
    ForReset,
    /// Better times.
    ToRetry,
}

/// A pause after a failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// The attempt that failed, and that is gone on from.
    pub after: AttemptId,
    /// How it failed.
    pub failure: AgentFailure,
    /// How it ended: what the job has of it when nothing comes any more.
    pub verdict: Verdict,
    /// What is waited for.
    pub waiting: Waiting,
    /// Since when.
    pub since: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

impl Pause {
    /// What comes next.
    pub const fn next(&self) -> Next {
        match self.waiting {
            Waiting::ForReset => Next::Wait { at: self.until },
            Waiting::ToRetry => Next::Retry { at: self.until },
        }
    }

    /// What is waited for, in words.
    pub fn in_words(&self) -> String {
        let at = self.until.clock();
        let what = match self.failure.kind {
            AgentFailureKind::RateLimit { resets_at: Some(_) } => {
                return format!("rate limited until {at}, goes on by itself then");
            }
            AgentFailureKind::RateLimit { resets_at: None } => "rate limited",
            AgentFailureKind::Network => "its provider was not reached",
            AgentFailureKind::Crash => "it crashed",
            _ => "its provider is overloaded",
        };
        format!("{what}; goes on by itself at {at}")
    }
}

impl Job {
    /// What follows when an attempt has failed in a way that the job goes on from by itself. `None`: that is its end.
    ///
    /// Nobody sits before a session without a terminal. Its conversation must be known, and its message must have been
    /// seen to arrive: otherwise it would be told to go on with what it may never have got.
    pub(super) fn paused(
        &self,
        attempt: AttemptId,
        verdict: &Verdict,
        ending: &Ending,
        now: Timestamp,
    ) -> Option<Step<JobEvent>> {
        let failure = ending.failure.clone()?;
        let conversation = ending.conversation.clone()?;
        let session = ending.channel.map_or(self.spec.session, |channel| channel.kind);
        if self.cancelled || session.is_terminal() || !ending.message_read {
            return None;
        }
        let (waiting, until) = match after(failure.kind, &self.spec.terms.retry, self.tried, now) {
            Next::Wait { at } => (Waiting::ForReset, at),
            Next::Retry { at } => (Waiting::ToRetry, at),
            Next::Ask { .. } | Next::Nothing => return None,
        };
        let verdict = verdict.clone();
        let pause = Pause { after: attempt, failure, verdict, waiting, since: now, until };
        let from = Resumption {
            after: Some(attempt),
            conversation: Some(conversation),
            message: None,
            channel: ending.channel,
            beforehand: Beforehand::Nothing,
            turn: LastTurn::Over,
        };
        Some(Step::event(JobEvent::Paused { pause }).effect(Effect::PlanRetry { from: Box::new(from) }))
    }

    /// Its message is written: its place in the queue is kept until the time has come.
    pub(super) fn planned(&self, pause: &Pause, resumption: &Resumption) -> Step<JobEvent> {
        if resumption.after != Some(pause.after) || self.has_plan(pause) {
            return Step::nothing();
        }
        Step::event(JobEvent::RetryPlanned { resumption: resumption.clone() })
            .effect(Effect::ReopenJob { token: self.token, not_before: Some(pause.until) })
    }

    /// Whether it is known what it goes on with after this pause.
    pub(super) fn has_plan(&self, pause: &Pause) -> bool {
        self.resumption.as_ref().is_some_and(|resumption| resumption.after == Some(pause.after))
    }

    /// The message that it goes on with becomes one only now: what never goes on leaves none behind.
    pub(super) fn goes_on(&self, started: Step<JobEvent>) -> Step<JobEvent> {
        let Some(resumption) = &self.resumption else { return started };
        let told = match resumption.message.clone() {
            Some((id, spec)) => {
                Step::nothing().effect(Effect::tell_delivery(id, DeliveryInput::Create { id, spec }))
            }
            None => Step::nothing(),
        };
        let mut step = self.with_what_waited(told, resumption);
        step.events.extend(started.events);
        step.effects.extend(started.effects);
        step
    }

    /// Somebody called it off: it has ended as its last attempt did.
    pub(super) fn called_off(&self, pause: &Pause) -> Step<JobEvent> {
        self.end(JobOutcome::Attempted { verdict: pause.verdict.clone() })
            .effect(Effect::ReleaseMessages { workspace: self.spec.workspace, attempt: None })
            .effect(Effect::SettleJob { attempt: None, token: self.token })
    }

    pub(super) fn pause(&mut self, pause: &Pause) {
        match pause.waiting {
            Waiting::ForReset => self.tried.waits += 1,
            Waiting::ToRetry => self.tried.retries += 1,
        }
        self.phase = JobPhase::Paused { pause: pause.clone() };
    }
}
