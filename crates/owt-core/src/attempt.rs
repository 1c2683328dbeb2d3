//! An attempt: one try at a job, living in one session. Fenced by a token: what an older attempt says changes
//! nothing.

mod reports;

use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use crate::AttemptId;
use crate::DeliveryId;
use crate::JobId;
use crate::Timestamp;
use crate::WorkspaceId;
use crate::delivery::DeliveryInput;
use crate::effect::Effect;
use crate::evidence::Activity;
use crate::evidence::Ask;
use crate::evidence::Evidence;
use crate::evidence::FinalWord;
use crate::evidence::Observation;
use crate::evidence::ReportId;
use crate::evidence::Source;
use crate::evidence::Usage;
use crate::failure::Failure;
use crate::job::JobInput;
use crate::machine::Machine;
use crate::machine::Step;
use crate::session::EndReason;
use crate::session::Exit;
use crate::session::SessionKind;

pub use reports::Reports;

/// How long after a message was typed a still, idle-looking screen is not believed (the program may not have drawn
/// its answer yet), nor a busy one after the program said that its turn is over (Claude Code 2.1.197 draws its
/// spinner until its own hooks of the end have run).
const SCREEN_GRACE: Duration = Duration::from_secs(3);

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

/// What an attempt is doing, since when, and how we know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doing {
    /// What.
    pub activity: Activity,
    /// Since when.
    pub since: Timestamp,
    /// How we know.
    pub source: Source,
}

/// The line to the agent: at most one message is on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "line")]
pub enum Line {
    /// Nothing is under way.
    Free,
    /// Refused a moment ago (a person has the prompt box): offered again when the screen is still.
    Refused,
    /// This message is being put before the agent.
    Given {
        /// Which.
        delivery: DeliveryId,
    },
    /// This message was put before the agent; its turn is not over.
    Taken {
        /// Which.
        delivery: DeliveryId,
        /// When.
        at: Timestamp,
        /// Whether work has been seen since.
        worked: bool,
    },
}

/// What a message that was not put before the agent leaves behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Release {
    /// A person has the prompt box: the message waits, and is offered again when the screen is still.
    Refused,
    /// The message is settled: the next one can have the line.
    Settled,
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
    /// The model it says it uses.
    pub model: Option<String>,
    /// What it has used.
    pub usage: Usage,
    /// Its last word.
    pub final_word: Option<FinalWord>,
    /// Turns that have ended.
    pub turns: u32,
    /// The last place of its event stream that has been taken in.
    pub place: u64,
    /// Somebody asked for its end.
    pub stopping: Option<EndReason>,
    /// Commits of what it left that were asked for and are not done.
    #[serde(default)]
    pub commits_due: u32,
    /// Why what it left is not committed, when the last try failed.
    #[serde(default)]
    pub commit_failure: Option<Failure>,
    /// The reports of hooks that were taken in last.
    #[serde(default)]
    pub reports: Reports,
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

/// What may happen to an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "input")]
pub enum AttemptInput {
    /// It begins.
    Begin {
        /// Its own id.
        id: AttemptId,
        /// What it is.
        spec: AttemptSpec,
    },
    /// Its session is about to be started, and this message goes in with the start.
    Carrying {
        /// Which.
        delivery: DeliveryId,
    },
    /// Its session was started, or not.
    Launched {
        /// What was done, or why not.
        result: Result<Launched, Failure>,
    },
    /// Something was seen.
    Seen {
        /// What.
        evidence: Evidence,
    },
    /// A hook told something, once or again.
    Reported {
        /// The report's name.
        report: ReportId,
        /// What it says, in order.
        seen: Vec<Evidence>,
    },
    /// A message waits for it.
    Assign {
        /// Which.
        delivery: DeliveryId,
    },
    /// The message on the line was put before the agent.
    Delivered {
        /// Which.
        delivery: DeliveryId,
    },
    /// The message on the line was not put before the agent and waits again, or is settled.
    Released {
        /// Which.
        delivery: DeliveryId,
        /// What it leaves behind.
        release: Release,
    },
    /// Somebody wants it to end.
    Stop {
        /// Why.
        reason: EndReason,
    },
    /// Its program ended.
    Ended {
        /// How.
        exit: Exit,
        /// When.
        at: Timestamp,
    },
    /// Its host is gone without a word.
    Lost,
    /// What the agent left was committed, or not.
    Committed {
        /// Why not.
        failure: Option<Failure>,
    },
}

/// What has happened to an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum AttemptEvent {
    /// It began.
    Begun {
        /// Its id.
        id: AttemptId,
        /// What it is.
        spec: AttemptSpec,
    },
    /// Its session runs.
    Launched {
        /// What was done.
        launched: Launched,
    },
    /// Something was seen that counts.
    Seen {
        /// What.
        evidence: Evidence,
    },
    /// A hook's report was taken in: what it says follows in the same append.
    Reported {
        /// The report's name.
        report: ReportId,
    },
    /// The line was given to a message.
    LineGiven {
        /// Which.
        delivery: DeliveryId,
    },
    /// The message on the line is before the agent.
    LineTaken {
        /// Which.
        delivery: DeliveryId,
    },
    /// The line is free again without a turn.
    LineReleased {
        /// Which message had it.
        delivery: DeliveryId,
        /// What it left behind.
        release: Release,
    },
    /// Its end was asked for.
    StopRequested {
        /// Why.
        reason: EndReason,
    },
    /// It ended.
    Ended {
        /// How, all in all.
        verdict: Verdict,
        /// How its program ended.
        exit: Option<Exit>,
        /// When.
        at: Timestamp,
    },
    /// What it left was committed, or there was nothing.
    Committed,
    /// What it left could not be committed.
    CommitFailed {
        /// Why.
        failure: Failure,
    },
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
            doing: Doing { activity: Activity::Starting, since: at, source: Source::Process },
            line: Line::Free,
            asks: Vec::new(),
            conversation: None,
            model: None,
            usage: Usage::default(),
            final_word: None,
            turns: 0,
            place: 0,
            stopping: None,
            commits_due: 0,
            commit_failure: None,
            reports: Reports::default(),
        }
    }

    /// Whether its session is there, as far as the record knows.
    pub const fn is_running(&self) -> bool {
        matches!(self.phase, AttemptPhase::Launching | AttemptPhase::Running { .. })
    }

    /// Whether a message can be given to the agent now.
    pub fn takes_messages(&self) -> bool {
        matches!(self.phase, AttemptPhase::Running { .. })
            && self.stopping.is_none()
            && self.spec.session != SessionKind::Headless
            && self.doing.activity == Activity::Idle
            && matches!(self.line, Line::Free | Line::Refused)
    }

    fn react(&self, input: &AttemptInput, now: Timestamp) -> Step<AttemptEvent> {
        match (&self.phase, input) {
            (_, AttemptInput::Reported { report, seen }) => self.reported(*report, seen, now),
            (_, AttemptInput::Seen { evidence }) => self.seen_in_phase(evidence),
            (_, AttemptInput::Committed { failure }) => self.committed(failure.as_ref()),
            // It was written when the session was over already, or nobody heard of that: it is to be settled too.
            (AttemptPhase::Ended { .. }, AttemptInput::Delivered { .. }) => {
                Step::nothing().effect(self.release_messages())
            }
            (AttemptPhase::Ended { .. }, _) => Step::nothing(),
            (AttemptPhase::Launching, AttemptInput::Carrying { delivery }) if self.line == Line::Free => {
                Step::event(AttemptEvent::LineGiven { delivery: *delivery })
            }
            (AttemptPhase::Launching, AttemptInput::Launched { result }) => self.launched(result),
            (AttemptPhase::Running { .. }, AttemptInput::Assign { delivery }) if self.takes_messages() => {
                Step::event(AttemptEvent::LineGiven { delivery: *delivery })
                    .effect(Effect::tell_delivery(*delivery, DeliveryInput::Assigned { attempt: self.id }))
            }
            (_, AttemptInput::Delivered { delivery })
                if self.line == (Line::Given { delivery: *delivery }) =>
            {
                Step::event(AttemptEvent::LineTaken { delivery: *delivery })
            }
            (_, AttemptInput::Released { delivery, release })
                if self.line == (Line::Given { delivery: *delivery }) =>
            {
                let step = Step::event(AttemptEvent::LineReleased { delivery: *delivery, release: *release });
                match release {
                    Release::Refused => step,
                    Release::Settled => step.effect(self.offer()),
                }
            }
            (_, AttemptInput::Stop { reason }) if self.stopping.is_none() => {
                Step::event(AttemptEvent::StopRequested { reason: *reason })
                    .effect(Effect::StopSession { reason: *reason })
            }
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

    fn launched(&self, result: &Result<Launched, Failure>) -> Step<AttemptEvent> {
        match result {
            // Nobody wants it any more: that is how it ended, whatever stood in its way too.
            Err(_) if self.stopping.is_some() => self.end(Verdict::Stopped, None, self.doing.since),
            Err(failure) => {
                self.end(Verdict::NotStarted { failure: failure.clone() }, None, self.doing.since)
            }
            Ok(launched) => {
                // An earlier try, of which only this is known, may have been the one that started it.
                let given = match self.line {
                    Line::Given { delivery } => Some(delivery),
                    _ => None,
                };
                let launched = Launched { carried: launched.carried.or(given), ..launched.clone() };
                let step = Step::event(AttemptEvent::Launched { launched: launched.clone() });
                match (launched.carried, self.spec.session) {
                    (Some(delivery), _) => step
                        .effect(Effect::tell_delivery(delivery, DeliveryInput::Carried { attempt: self.id })),
                    (None, SessionKind::Structured) => step.effect(self.offer()),
                    (None, _) => step,
                }
            }
        }
    }

    fn offer(&self) -> Effect {
        Effect::OfferLine { workspace: self.spec.workspace, attempt: Some(self.id) }
    }

    /// Takes a report in whole, once. Of one that is older than every one that is remembered nobody can tell whether
    /// it was taken in before: it can only complete the record.
    fn reported(&self, report: ReportId, seen: &[Evidence], now: Timestamp) -> Step<AttemptEvent> {
        let launching = self.phase == AttemptPhase::Launching;
        if launching || self.reports.has(report) {
            return Step::nothing();
        }
        let forgotten = self.reports.may_have_forgotten(report);
        let mut state = self.clone();
        let mut whole = Step::event(AttemptEvent::Reported { report });
        for evidence in seen {
            let part = if forgotten { state.seen_late(evidence) } else { state.seen_in_phase(evidence) };
            state = part.events.iter().fold(state, |state, event| state.after(event, now));
            whole.events.extend(part.events);
            whole.effects.extend(part.effects);
        }
        let ends_turn = seen.iter().any(|it| matches!(it.observation, Observation::TurnEnded { .. }));
        if whole.events.len() == 1 && !ends_turn { Step::nothing() } else { whole }
    }

    fn seen_in_phase(&self, evidence: &Evidence) -> Step<AttemptEvent> {
        match &self.phase {
            AttemptPhase::Launching => Step::nothing(),
            AttemptPhase::Running { .. } => self.seen(evidence),
            AttemptPhase::Ended { .. } => self.seen_late(evidence),
        }
    }

    fn seen(&self, evidence: &Evidence) -> Step<AttemptEvent> {
        if evidence.place.is_some_and(|place| place <= self.place) || !self.counts(evidence) {
            return Step::nothing();
        }
        let step = Step::event(AttemptEvent::Seen { evidence: evidence.clone() });
        match &evidence.observation {
            Observation::PromptRead { delivery } => step.effect(Effect::tell_delivery(
                *delivery,
                DeliveryInput::Read { attempt: self.id, source: evidence.source },
            )),
            Observation::TurnEnded { .. } => self.turn_over(step),
            Observation::Doing { activity: Activity::Idle } => self.turn_over(step),
            _ => step,
        }
    }

    /// What comes in after the end can still complete the record, but changes nothing that was decided.
    fn seen_late(&self, evidence: &Evidence) -> Step<AttemptEvent> {
        let completes = match &evidence.observation {
            Observation::PromptRead { .. } | Observation::Used { .. } => true,
            Observation::TurnEnded { .. } => self.final_word.is_none(),
            Observation::Conversation { .. } => self.conversation.is_none(),
            _ => false,
        };
        if completes && evidence.place.is_none_or(|place| place > self.place) {
            let step = Step::event(AttemptEvent::Seen { evidence: evidence.clone() });
            match &evidence.observation {
                Observation::PromptRead { delivery } => step.effect(Effect::tell_delivery(
                    *delivery,
                    DeliveryInput::Read { attempt: self.id, source: evidence.source },
                )),
                _ => step,
            }
        } else {
            Step::nothing()
        }
    }

    fn turn_over(&self, step: Step<AttemptEvent>) -> Step<AttemptEvent> {
        let step = if self.leaves_work() { step.effect(Effect::CommitForAgent) } else { step };
        if self.spec.session == SessionKind::Headless { step } else { step.effect(self.offer()) }
    }

    /// Whether the end of a turn now leaves something that we commit.
    fn leaves_work(&self) -> bool {
        self.spec.committer == Committer::Us && self.line != Line::Free
    }

    /// Whether a piece of evidence says anything new that may be believed.
    fn counts(&self, evidence: &Evidence) -> bool {
        if self.is_of_an_earlier_turn(evidence) {
            return false;
        }
        match &evidence.observation {
            Observation::Doing { activity } => self.activity_counts(activity, evidence),
            Observation::Conversation { id, model } => {
                self.conversation.as_ref() != Some(id) || (model.is_some() && *model != self.model)
            }
            Observation::Asks { ask } => !self.asks.contains(ask),
            Observation::AskSettled { request } => self.asks.iter().any(|ask| ask.request == *request),
            Observation::Used { usage } => *usage != self.usage,
            Observation::PromptRead { delivery } => match &self.line {
                Line::Given { delivery: on } | Line::Taken { delivery: on, .. } => on == delivery,
                Line::Free | Line::Refused => true,
            },
            Observation::TurnEnded { .. } => true,
        }
    }

    /// A report that was on its way (or in the spool) when the message on the line was put before the agent says
    /// nothing of that message's turn. What has a place in the event stream comes in order.
    fn is_of_an_earlier_turn(&self, evidence: &Evidence) -> bool {
        let Line::Taken { at, .. } = self.line else { return false };
        let of_turns =
            matches!(evidence.observation, Observation::TurnEnded { .. } | Observation::Doing { .. });
        of_turns && evidence.place.is_none() && evidence.at < at
    }

    fn activity_counts(&self, activity: &Activity, evidence: &Evidence) -> bool {
        let idle = *activity == Activity::Idle;
        let unfinished = match &self.line {
            Line::Given { .. } => idle,
            Line::Taken { at, worked, .. } => {
                idle && !*worked && evidence.source == Source::Screen && evidence.at.since(*at) < SCREEN_GRACE
            }
            Line::Refused => return true,
            Line::Free => *activity == Activity::Working && self.has_just_said_so(evidence),
        };
        let asking = !self.asks.is_empty() && evidence.source == Source::Screen;
        // A machine protocol tells of asks itself and in order; a hook's word may come after the answer.
        let asks = matches!(activity, Activity::WaitingPermission | Activity::WaitingInput);
        let told_late =
            asks && self.spec.session == SessionKind::Structured && evidence.source == Source::Hook;
        !unfinished
            && !asking
            && !told_late
            && !self.is_outdated(evidence)
            && *activity != self.doing.activity
    }

    /// A hook's report that comes after something later was said by the program itself. Of a picture the time is that of
    /// the look, not of the deed: it outdates nothing.
    fn is_outdated(&self, evidence: &Evidence) -> bool {
        evidence.source == Source::Hook
            && matches!(self.doing.source, Source::Hook | Source::Protocol)
            && evidence.at < self.doing.since
    }

    /// Whether this is a screen that may not have caught up with what the program itself said a moment ago.
    fn has_just_said_so(&self, evidence: &Evidence) -> bool {
        evidence.source == Source::Screen
            && self.doing.activity == Activity::Idle
            && matches!(self.doing.source, Source::Hook | Source::Protocol)
            && evidence.at.since(self.doing.since) < SCREEN_GRACE
    }

    /// It was started with a message, and ended before the start was recorded: the message is told of it first, so that
    /// it is not taken for one that still waits.
    fn settle_unrecorded(&self, exit: Option<Exit>, mut step: Step<AttemptEvent>) -> Step<AttemptEvent> {
        let ran = !matches!(exit, Some(Exit::NotStarted { .. }));
        if let (AttemptPhase::Launching, true, Line::Given { delivery }) = (&self.phase, ran, &self.line) {
            let carried = Effect::tell_delivery(*delivery, DeliveryInput::Carried { attempt: self.id });
            step.effects.insert(0, carried);
        }
        step
    }

    /// The job hears of it when the last commit of what was left is done, or has failed: whoever waits for the job
    /// builds on that commit.
    fn end(&self, verdict: Verdict, exit: Option<Exit>, at: Timestamp) -> Step<AttemptEvent> {
        let leaves = self.leaves_at_end(&verdict, exit);
        let told = self.tell_end(verdict.clone());
        let step = Step::event(AttemptEvent::Ended { verdict, exit, at });
        let step = if leaves { step.effect(Effect::CommitForAgent) } else { step };
        let step = step.effect(self.release_messages());
        if leaves || self.commits_due > 0 { step } else { step.effect(told) }
    }

    /// Whether its end leaves something that we commit. Where no program ran, what lies there is not an agent's.
    fn leaves_at_end(&self, verdict: &Verdict, exit: Option<Exit>) -> bool {
        let never_ran = matches!(
            (verdict, exit),
            (Verdict::NotStarted { .. }, _) | (_, Some(Exit::NotStarted { .. })) | (Verdict::Stopped, None)
        );
        self.spec.committer == Committer::Us && !never_ran
    }

    fn committed(&self, failure: Option<&Failure>) -> Step<AttemptEvent> {
        let step = Step::event(match failure {
            None => AttemptEvent::Committed,
            Some(failure) => AttemptEvent::CommitFailed { failure: failure.clone() },
        });
        match &self.phase {
            AttemptPhase::Ended { verdict, .. } if self.commits_due <= 1 => {
                step.effect(self.tell_end(with_commit(verdict, failure)))
            }
            _ => step,
        }
    }

    fn tell_end(&self, verdict: Verdict) -> Effect {
        let input = JobInput::AttemptEnded { attempt: self.id, token: self.spec.token, verdict };
        Effect::tell_job(self.spec.job, input)
    }

    fn release_messages(&self) -> Effect {
        Effect::ReleaseMessages { workspace: self.spec.workspace, attempt: Some(self.id) }
    }

    fn verdict(&self, exit: Exit) -> Verdict {
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
                    crate::failure::FailureKind::ProgramMissing,
                    format!("the agent's program could not be started (system error {errno})"),
                ),
            },
            Exit::Signal { signal } => Verdict::Failed { message: format!("ended by signal {signal}") },
            Exit::Code { code } => match said {
                Some(word) if word.failed => Verdict::Failed { message: word.text.clone() },
                _ if code != 0 => Verdict::Failed { message: format!("exit code {code}") },
                Some(_) => Verdict::Succeeded,
                None => Verdict::Exited,
            },
        }
    }

    fn after(mut self, event: &AttemptEvent, at: Timestamp) -> Self {
        match event {
            AttemptEvent::Begun { .. } => {}
            AttemptEvent::Committed => self.note_commit(None),
            AttemptEvent::CommitFailed { failure } => self.note_commit(Some(failure.clone())),
            AttemptEvent::Launched { launched } => self.note_launch(launched),
            AttemptEvent::Seen { evidence } => self.note(evidence),
            AttemptEvent::Reported { report } => self.reports.remember(*report),
            AttemptEvent::LineGiven { delivery } => self.line = Line::Given { delivery: *delivery },
            AttemptEvent::LineTaken { delivery } => {
                self.line = Line::Taken { delivery: *delivery, at, worked: false };
                self.doing = Doing { activity: Activity::Working, since: at, source: Source::Delivery };
            }
            AttemptEvent::LineReleased { release: Release::Refused, .. } => self.line = Line::Refused,
            AttemptEvent::LineReleased { release: Release::Settled, .. } => self.line = Line::Free,
            AttemptEvent::StopRequested { reason } => self.stopping = Some(*reason),
            AttemptEvent::Ended { verdict, exit, at } => {
                self.commits_due += u32::from(self.leaves_at_end(verdict, *exit));
                self.phase = AttemptPhase::Ended { verdict: verdict.clone(), exit: *exit, at: *at };
                self.line = Line::Free;
                self.asks.clear();
            }
        }
        self
    }

    fn note_commit(&mut self, failure: Option<Failure>) {
        self.commits_due = self.commits_due.saturating_sub(1);
        self.commit_failure = failure;
    }

    fn note_launch(&mut self, launched: &Launched) {
        self.phase = AttemptPhase::Running { host_pid: launched.host_pid };
        self.started_at = Some(launched.at);
        let activity = match (launched.carried, self.spec.session) {
            (Some(delivery), _) => {
                self.line = Line::Taken { delivery, at: launched.at, worked: false };
                Activity::Working
            }
            (None, SessionKind::Structured) => Activity::Idle,
            (None, SessionKind::Headless) => Activity::Working,
            (None, SessionKind::Tmux) => Activity::Starting,
        };
        self.doing = Doing { activity, since: launched.at, source: Source::Process };
    }

    fn note(&mut self, evidence: &Evidence) {
        if let Some(place) = evidence.place {
            self.place = self.place.max(place);
        }
        let ends_turn = matches!(
            evidence.observation,
            Observation::TurnEnded { .. } | Observation::Doing { activity: Activity::Idle }
        );
        self.commits_due += u32::from(ends_turn && self.leaves_work());
        match &evidence.observation {
            Observation::Conversation { id, model } => {
                self.conversation = Some(id.clone());
                self.model = model.clone().or_else(|| self.model.take());
            }
            Observation::PromptRead { .. } => self.note_work(),
            Observation::Doing { activity } => self.note_activity(activity, evidence),
            Observation::Asks { ask } => {
                self.asks.push(ask.clone());
                self.do_now(Activity::WaitingPermission, evidence);
            }
            Observation::AskSettled { request } => {
                self.asks.retain(|ask| ask.request != *request);
                if self.asks.is_empty() {
                    self.do_now(Activity::Working, evidence);
                }
            }
            Observation::TurnEnded { word } => self.note_turn(word.as_ref(), evidence),
            Observation::Used { usage } => self.usage = *usage,
        }
    }

    fn note_work(&mut self) {
        if let Line::Taken { worked, .. } = &mut self.line {
            *worked = true;
        }
    }

    fn note_activity(&mut self, activity: &Activity, evidence: &Evidence) {
        match activity {
            Activity::Idle => {
                self.line = Line::Free;
                self.asks.clear();
            }
            Activity::Working => {
                self.note_work();
                self.asks.clear();
            }
            _ => {}
        }
        self.do_now(activity.clone(), evidence);
    }

    fn note_turn(&mut self, word: Option<&FinalWord>, evidence: &Evidence) {
        self.turns += 1;
        self.final_word = word.cloned().or_else(|| self.final_word.take());
        if self.is_outdated(evidence) {
            return;
        }
        self.asks.clear();
        if self.spec.session != SessionKind::Headless && self.is_live() {
            // A message that is just being written has its turn before it.
            if !matches!(self.line, Line::Given { .. }) {
                self.line = Line::Free;
            }
            self.do_now(Activity::Idle, evidence);
        }
    }

    fn do_now(&mut self, activity: Activity, evidence: &Evidence) {
        if self.is_live() && self.doing.activity != activity {
            self.doing = Doing { activity, since: evidence.at, source: evidence.source };
        }
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

#[cfg(test)]
mod tests;
