//! From the start to the end of an attempt: what its end is called, what must be done then, and who is told.

use serde::Deserialize;
use serde::Serialize;

use super::Attempt;
use super::AttemptEvent;
use super::Committer;
use super::Doing;
use super::Ending;
use super::Line;
use super::failing::NOTHING_DONE;
use crate::DeliveryId;
use crate::Timestamp;
use crate::delivery::DeliveryInput;
use crate::effect::Effect;
use crate::evidence::Activity;
use crate::evidence::Source;
use crate::failure::Failure;
use crate::failure::FailureKind;
use crate::job::JobInput;
use crate::machine::Step;
use crate::session::EndReason;
use crate::session::Exit;
use crate::session::SessionKind;

/// How an attempt ended: exit, our own doing, and the agent's word taken together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "verdict")]
pub enum Verdict {
    /// It ended by itself and said that its work is done.
    Succeeded,
    /// It ended by itself without a word on its work.
    Exited,
    /// It failed, by its exit or by its own word.
    Failed {
        /// What is known of why.
        message: String,
    },
    /// A limit of ours ended it.
    TimedOut {
        /// Which.
        reason: EndReason,
    },
    /// Somebody ended it.
    Stopped,
    /// Its host vanished without writing down an end.
    Lost,
    /// Its program never ran.
    NotStarted {
        /// Why.
        failure: Failure,
    },
}

impl Verdict {
    /// Whether jobs that depend on this one may go on.
    pub const fn is_success(&self) -> bool {
        matches!(self, Self::Succeeded)
    }
}

/// Where an attempt is in its life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "phase")]
pub enum AttemptPhase {
    /// Its session is being started.
    Launching,
    /// Its session runs.
    Running {
        /// The host's process id.
        host_pid: u32,
    },
    /// It has ended.
    Ended {
        /// How, all in all.
        verdict: Verdict,
        /// How its program ended, when that is known.
        exit: Option<Exit>,
        /// When.
        at: Timestamp,
    },
}

impl AttemptPhase {
    /// Whether its program was killed, or may have been: what its hook told of a message is the last that it did with it, perhaps.
    pub(super) const fn is_cut_off(&self) -> bool {
        matches!(self, Self::Ended { exit: None | Some(Exit::Signal { .. }), .. })
    }

    /// When its session ended; `None` while it lives.
    pub const fn ended_at(&self) -> Option<Timestamp> {
        match self {
            Self::Ended { at, .. } => Some(*at),
            Self::Launching | Self::Running { .. } => None,
        }
    }
}

/// What a launch did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Launched {
    /// The host's process id.
    pub host_pid: u32,
    /// When the program was started.
    pub at: Timestamp,
    /// The message that went in with the start (standard input, arguments).
    pub carried: Option<DeliveryId>,
}

/// How far what an agent left is committed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Commits {
    /// Commits that were asked for and are not done.
    #[serde(rename = "commits_due", default)]
    pub due: u32,
    /// Why it is not committed, when the last try failed.
    #[serde(rename = "commit_failure", default)]
    pub failure: Option<Failure>,
}

impl Commits {
    /// One that was asked for is done, or has failed.
    pub(super) fn settle(&mut self, failure: Option<Failure>) {
        self.due = self.due.saturating_sub(1);
        self.failure = failure;
    }
}

impl Attempt {
    pub(super) fn launched(&self, result: &Result<Launched, Failure>) -> Step<AttemptEvent> {
        match result {
            // Nobody wants it any more: that is how it ended, whatever stood in its way too.
            Err(_) if self.stopping.is_some() => self.end(Verdict::Stopped, None, self.doing.since),
            Err(failure) => {
                self.end(Verdict::NotStarted { failure: failure.clone() }, None, self.doing.since)
            }
            Ok(launched) => {
                // An earlier try, of which only this is known, may have been the one that started it.
                let given = match self.line {
                    Line::Given { delivery, .. } => Some(delivery),
                    _ => None,
                };
                let launched = Launched { carried: launched.carried.or(given), ..launched.clone() };
                let step = Step::event(AttemptEvent::Launched { launched: launched.clone() });
                let step = match self.notes {
                    Some(_) => step.effect(Effect::CatchUpOnNotes),
                    None => step,
                };
                match launched.carried {
                    Some(delivery) => step
                        .effect(Effect::tell_delivery(delivery, DeliveryInput::Carried { attempt: self.id })),
                    None => step,
                }
            }
        }
    }

    /// It was started with a message, and ended before the start was recorded: the message is told of it first, so that
    /// it is not taken for one that still waits.
    pub(super) fn settle_unrecorded(
        &self,
        exit: Option<Exit>,
        mut step: Step<AttemptEvent>,
    ) -> Step<AttemptEvent> {
        let ran = !matches!(exit, Some(Exit::NotStarted { .. }));
        if let (AttemptPhase::Launching, true, Line::Given { delivery, .. }) = (&self.phase, ran, &self.line)
        {
            let carried = Effect::tell_delivery(*delivery, DeliveryInput::Carried { attempt: self.id });
            step.effects.insert(0, carried);
        }
        step
    }

    /// The job hears of it when the last commit of what was left is done, or has failed: whoever waits for the job
    /// builds on that commit.
    pub(super) fn end(&self, verdict: Verdict, exit: Option<Exit>, at: Timestamp) -> Step<AttemptEvent> {
        let leaves = self.leaves_at_end(&verdict, exit);
        let event = AttemptEvent::Ended { verdict: verdict.clone(), exit, at };
        let told = self.tell_end(verdict, exit, self.clone().after(&event, at).ending());
        let step = Step::event(event);
        let step = if leaves { step.effect(Effect::CommitForAgent) } else { step };
        let step = step.effect(self.release_messages());
        if leaves || self.commits.due > 0 { step } else { step.effect(told) }
    }

    /// Whether its end leaves something that we commit. Where no program ran, what lies there is not an agent's.
    pub(super) fn leaves_at_end(&self, verdict: &Verdict, exit: Option<Exit>) -> bool {
        let never_ran = matches!(
            (verdict, exit),
            (Verdict::NotStarted { .. }, _) | (_, Some(Exit::NotStarted { .. })) | (Verdict::Stopped, None)
        );
        self.spec.committer == Committer::Us && !never_ran
    }

    pub(super) fn committed(&self, failure: Option<&Failure>) -> Step<AttemptEvent> {
        let step = Step::event(match failure {
            None => AttemptEvent::Committed,
            Some(failure) => AttemptEvent::CommitFailed { failure: failure.clone() },
        });
        match &self.phase {
            AttemptPhase::Ended { verdict, exit, .. } if self.commits.due <= 1 => {
                step.effect(self.tell_end(with_commit(verdict, failure), *exit, self.ending()))
            }
            _ => step,
        }
    }

    pub(super) fn tell_end(&self, verdict: Verdict, exit: Option<Exit>, ending: Ending) -> Effect {
        let goes_on = self.goes_on(&verdict, exit).map(Box::new);
        let input =
            JobInput::AttemptEnded { attempt: self.id, token: self.spec.token, verdict, goes_on, ending };
        Effect::tell_job(self.spec.job, input)
    }

    pub(super) fn verdict(&self, exit: Exit) -> Verdict {
        let said = self.final_word.as_ref();
        match exit {
            Exit::Ended { reason: EndReason::Requested } => match (said, &self.doing.activity) {
                (Some(word), Activity::Idle) if !word.failed => Verdict::Succeeded,
                _ => Verdict::Stopped,
            },
            Exit::Ended { reason } => Verdict::TimedOut { reason },
            Exit::NotStarted { .. } if self.stopping.is_some() => Verdict::Stopped,
            Exit::NotStarted { errno } => Verdict::NotStarted {
                failure: Failure::new(
                    FailureKind::ProgramMissing,
                    format!("the agent's program could not be started (system error {errno})"),
                ),
            },
            Exit::Signal { signal } => Verdict::Failed { message: format!("ended by signal {signal}") },
            Exit::Code { code } => match said {
                Some(word) if word.failed => Verdict::Failed { message: word.text.clone() },
                _ if code != 0 => Verdict::Failed { message: format!("exit code {code}") },
                Some(word) if word.did_nothing() => Verdict::Failed { message: NOTHING_DONE.to_owned() },
                Some(_) => Verdict::Succeeded,
                None => Verdict::Exited,
            },
        }
    }

    pub(super) fn note_launch(&mut self, launched: &Launched) {
        self.phase = AttemptPhase::Running { host_pid: launched.host_pid };
        self.started_at = Some(launched.at);
        if launched.carried.is_some() {
            self.turn.begin(launched.at);
            self.turn.messages += 1;
        }
        let activity = match (launched.carried, self.spec.session) {
            (Some(delivery), _) => {
                self.line = Line::Taken { delivery, at: launched.at, read: None, worked: false };
                Activity::Working
            }
            (None, SessionKind::Headless) => Activity::Working,
            (None, SessionKind::Structured | SessionKind::Tmux | SessionKind::Pty) => Activity::Starting,
        };
        self.doing = Doing::new(activity, launched.at, Source::Process);
    }
}

/// What a job has of an attempt whose work could not be committed: whoever depends on it would find nothing.
fn with_commit(verdict: &Verdict, failure: Option<&Failure>) -> Verdict {
    match failure {
        Some(failure) if verdict.is_success() => {
            Verdict::Failed { message: format!("what it left is not committed: {}", failure.message) }
        }
        _ => verdict.clone(),
    }
}

/// What is said of an end by a limit.
pub(crate) const fn limit_words(reason: EndReason) -> &'static str {
    match reason {
        EndReason::Requested => "ended on request",
        EndReason::WallLimit => "ended: its time limit was reached",
        EndReason::IdleLimit => "ended: it printed nothing for the whole idle limit",
        EndReason::TurnLimit => "ended: its turn limit was reached",
        EndReason::Budget => "ended: its budget was used up",
        EndReason::LogFull => "ended: its output could not be recorded any more (log limit or full disk)",
    }
}
