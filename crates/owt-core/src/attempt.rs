//! An attempt: one try at a job, living in one session. Fenced by a token: what an older attempt says changes
//! nothing.

mod account;
mod allowance;
mod clock;
mod failing;
mod handover;
mod life;
mod line;
mod message;
mod notes;
mod reading;
mod reports;
mod seeing;
mod turn;

use serde::Deserialize;
use serde::Serialize;

use crate::AttemptId;
use crate::DeliveryId;
use crate::JobId;
use crate::RequestId;
use crate::Timestamp;
use crate::WorkspaceId;
use crate::delivery::DeliveryInput;
use crate::delivery::Meaning;
use crate::edits::EditedFiles;
use crate::effect::Effect;
use crate::evidence::Activity;
use crate::evidence::Ask;
use crate::evidence::FinalWord;
use crate::evidence::Source;
use crate::evidence::Usage;
use crate::machine::Machine;
use crate::machine::Step;
use crate::session::Allowance;
use crate::session::EndReason;
use crate::session::SessionKind;
use reading::Parting;

pub use account::Account;
pub use account::Piece;
pub use account::Says;
pub use failing::Ending;
pub(crate) use failing::LOST;
pub use failing::failure_of;
pub use handover::Handover;
pub use handover::RunningTurn;
pub use life::AttemptPhase;
pub use life::Commits;
pub use life::Launched;
pub use life::Verdict;
pub(crate) use life::limit_words;
pub use line::Line;
pub use line::Release;
pub use message::AttemptEvent;
pub use message::AttemptInput;
pub use notes::NotesChannel;
pub use notes::NotesTold;
pub use reading::DRAWING;
pub use reading::Undrawn;
pub use reports::Heard;
pub use reports::HookStanding;
pub use reports::HooksTell;
pub use reports::Reports;
pub use reports::Unread;
pub use reports::uncertain_messages;
pub use seeing::Doing;
pub use seeing::HOLD;
pub use turn::Turn;

/// What an attempt is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptSpec {
    /// The job.
    pub job: JobId,
    /// Where it works.
    pub workspace: WorkspaceId,
    /// Its number within the job, from 1.
    pub number: u32,
    /// Its fencing token.
    pub token: u64,
    /// How it lives.
    pub session: SessionKind,
    /// The message that begins it.
    pub delivery: Option<DeliveryId>,
    /// Who commits: agents whose sandbox cannot are helped.
    pub committer: Committer,
    /// The conversation that it takes up again, in the agent's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resumes: Option<String>,
    /// The kind of session that its conversation goes back to when the program ends this one by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<SessionKind>,
    /// What it may use up.
    #[serde(default, skip_serializing_if = "Allowance::is_unlimited")]
    pub allowance: Allowance,
}

/// Who commits an agent's work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Committer {
    /// The agent itself.
    Agent,
    /// We do, at the end of each turn.
    Us,
}

/// An attempt's state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Its id.
    pub id: AttemptId,
    /// What it is.
    pub spec: AttemptSpec,
    /// Where it is in its life.
    pub phase: AttemptPhase,
    /// When its session was started.
    pub started_at: Option<Timestamp>,
    /// What it is doing.
    pub doing: Doing,
    /// The line to the agent.
    pub line: Line,
    /// What it asks now.
    pub asks: Vec<Ask>,
    /// The program's own conversation id.
    pub conversation: Option<String>,
    /// Conversations that it had before that one, the newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_conversations: Vec<String>,
    /// The model it says it uses.
    pub model: Option<String>,
    /// What it has used.
    pub usage: Usage,
    /// The files that it has changed with tools of its own, as far as it tells.
    #[serde(default, skip_serializing_if = "EditedFiles::is_empty")]
    pub edited: EditedFiles,
    /// Its last word.
    pub final_word: Option<FinalWord>,
    /// Turns that have ended.
    pub turns: u32,
    /// The turn that is under way, or was last.
    #[serde(default)]
    pub turn: Turn,
    /// The notes of its repository that it was started with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<NotesTold>,
    /// Somebody asked for its end.
    pub stopping: Option<EndReason>,
    /// Who asked last for the end of a turn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interrupted_by: Option<RequestId>,
    /// Where its conversation is to go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handover: Option<Handover>,
    /// How far what it left is committed, where we do that.
    #[serde(flatten)]
    pub commits: Commits,
    /// What has been taken in of what was heard of it.
    #[serde(flatten)]
    pub heard: Heard,
}

impl Machine for Attempt {
    type Input = AttemptInput;
    type Event = AttemptEvent;

    fn step(current: Option<&Self>, input: &AttemptInput, now: Timestamp) -> Step<AttemptEvent> {
        match (current, input) {
            (None, AttemptInput::Begin { id, spec }) => {
                Step::event(AttemptEvent::Begun { id: *id, spec: spec.clone() }).effect(Effect::LaunchSession)
            }
            (Some(attempt), input) => attempt.react(input, now),
            (None, _) => Step::nothing(),
        }
    }

    fn apply(current: Option<Self>, event: &AttemptEvent, at: Timestamp) -> Option<Self> {
        match (current, event) {
            (None, AttemptEvent::Begun { id, spec }) => Some(Self::begun(*id, spec.clone(), at)),
            (Some(attempt), event) => Some(attempt.after(event, at)),
            (None, _) => None,
        }
    }

    fn is_live(&self) -> bool {
        !matches!(self.phase, AttemptPhase::Ended { .. })
    }
}

impl Attempt {
    fn begun(id: AttemptId, spec: AttemptSpec, at: Timestamp) -> Self {
        Self {
            id,
            spec,
            phase: AttemptPhase::Launching,
            started_at: None,
            doing: Doing::new(Activity::Starting, at, Source::Process),
            line: Line::Free,
            asks: Vec::new(),
            conversation: None,
            left_conversations: Vec::new(),
            model: None,
            usage: Usage::default(),
            edited: EditedFiles::default(),
            final_word: None,
            turns: 0,
            turn: Turn::default(),
            notes: None,
            stopping: None,
            interrupted_by: None,
            handover: None,
            commits: Commits::default(),
            heard: Heard::default(),
        }
    }

    /// Whether its session is there, as far as the record knows.
    pub const fn is_running(&self) -> bool {
        matches!(self.phase, AttemptPhase::Launching | AttemptPhase::Running { .. })
    }

    fn react(&self, input: &AttemptInput, now: Timestamp) -> Step<AttemptEvent> {
        match (&self.phase, input) {
            (_, AttemptInput::Reported { report, seen }) => {
                let first = seen.iter().map(|evidence| evidence.at).min().unwrap_or(now);
                self.clone().put_right(now, first).reported(*report, seen, now)
            }
            (_, AttemptInput::Seen { evidence }) => {
                self.clone().put_right(now, evidence.at).seen_in_phase(evidence)
            }
            (_, AttemptInput::Committed { failure }) => self.committed(failure.as_ref()),
            // It was written when the session was over already, or nobody heard of that: it is to be settled too.
            (AttemptPhase::Ended { .. }, AttemptInput::Delivered { .. }) => {
                Step::nothing().effect(self.release_messages())
            }
            (AttemptPhase::Ended { .. }, _) => Step::nothing(),
            (AttemptPhase::Launching, AttemptInput::Carrying { delivery }) if self.line == Line::Free => {
                Step::event(AttemptEvent::LineGiven { delivery: *delivery, meaning: Meaning::Words })
            }
            (AttemptPhase::Launching, AttemptInput::Briefed { notes }) if self.notes.is_none() => {
                Step::event(AttemptEvent::Briefed { notes: *notes })
            }
            (AttemptPhase::Launching, AttemptInput::Launched { result }) => self.launched(result),
            (AttemptPhase::Running { .. }, AttemptInput::Assign { delivery, meaning })
                if self.takes_messages() =>
            {
                match self.used_up() {
                    Some(limit) => allowance::stop_at(limit, Step::nothing()),
                    None => Step::event(AttemptEvent::LineGiven { delivery: *delivery, meaning: *meaning })
                        .effect(Effect::tell_delivery(
                            *delivery,
                            DeliveryInput::Assigned { attempt: self.id },
                        )),
                }
            }
            (_, AttemptInput::Delivered { delivery }) if self.line.is_given_to(*delivery) => {
                Step::event(AttemptEvent::LineTaken { delivery: *delivery })
            }
            (_, AttemptInput::Released { delivery, release }) if self.line.is_given_to(*delivery) => {
                let step = Step::event(AttemptEvent::LineReleased { delivery: *delivery, release: *release });
                match release {
                    _ if self.is_leaving() => self.leave(step),
                    Release::Refused => step,
                    Release::Settled | Release::Uncertain => step.effect(self.offer()),
                }
            }
            (_, AttemptInput::Stop { reason }) if self.stopping.is_none() || self.handover.is_some() => {
                Step::event(AttemptEvent::StopRequested { reason: *reason })
                    .effect(Effect::StopSession { reason: *reason })
            }
            (AttemptPhase::Running { .. }, AttemptInput::Interrupt { request }) => self.interrupt(*request),
            (AttemptPhase::Running { .. }, AttemptInput::HandOver { handover }) => self.hand_over(handover),
            (_, AttemptInput::Ended { exit, at }) => {
                self.settle_unrecorded(Some(*exit), self.end(self.verdict(*exit), Some(*exit), *at))
            }
            // What the host was over may live on: it is ended, or it would work on unseen.
            (_, AttemptInput::Lost) => self.settle_unrecorded(
                None,
                self.end(Verdict::Lost, None, now)
                    .effect(Effect::StopSession { reason: EndReason::Requested }),
            ),
            _ => Step::nothing(),
        }
    }

    fn after(mut self, event: &AttemptEvent, at: Timestamp) -> Self {
        match event {
            AttemptEvent::Begun { .. } => {}
            AttemptEvent::Committed => self.commits.settle(None),
            AttemptEvent::CommitFailed { failure } => self.commits.settle(Some(failure.clone())),
            AttemptEvent::Briefed { notes } => self.notes = Some(*notes),
            AttemptEvent::Launched { launched } => self.note_launch(launched),
            AttemptEvent::Seen { evidence } => {
                let recorded = self.doing.clone();
                self = self.put_right(at, evidence.at);
                let assumed = self.doing.clone();
                self.note(evidence);
                // What says nothing of what it does leaves the record of that as it was.
                if self.doing == assumed {
                    self.doing = recorded;
                }
            }
            AttemptEvent::Reported { report } => self.heard.reports.remember(*report),
            AttemptEvent::LineGiven { delivery, meaning } => {
                self.line = Line::Given { delivery: *delivery, read: None, meaning: *meaning };
                // Before the message is written: what the agent starts on it cannot be older.
                self.turn.begin(at);
            }
            AttemptEvent::LineTaken { delivery } => {
                let read = match self.line {
                    Line::Given { read, .. } => read,
                    _ => None,
                };
                let informs = matches!(self.line, Line::Given { meaning: Meaning::Information, .. });
                self.turn.information += u32::from(informs);
                self.line = Line::Taken { delivery: *delivery, at, read, worked: false };
                self.turn.messages += 1;
                failing::forget_failure(&mut self);
                self.doing = Doing::new(Activity::Working, at, Source::Delivery);
            }
            AttemptEvent::LineReleased { release: Release::Refused, .. } => self.line = Line::Refused,
            AttemptEvent::LineReleased { release: Release::Settled, .. } => {
                reading::free_line(&mut self, Parting::Settled);
            }
            AttemptEvent::LineReleased { release: Release::Uncertain, .. } => {
                reading::free_line(&mut self, Parting::Uncertain);
            }
            AttemptEvent::StopRequested { reason } => {
                self.stopping = Some(*reason);
                self.handover = None;
            }
            AttemptEvent::InterruptRequested { request } => self.interrupted_by = Some(*request),
            AttemptEvent::HandoverRequested { handover } => self.handover = Some(handover.clone()),
            AttemptEvent::HandedOver => self.stopping = Some(EndReason::Requested),
            AttemptEvent::Ended { verdict, exit, at } => {
                self.commits.due += u32::from(self.leaves_at_end(verdict, *exit));
                self.phase = AttemptPhase::Ended { verdict: verdict.clone(), exit: *exit, at: *at };
                reading::free_line(&mut self, Parting::Settled);
                self.asks.clear();
            }
        }
        self
    }
}

#[cfg(test)]
mod tests;
