//! What may happen to an attempt, and what has.

use serde::Deserialize;
use serde::Serialize;

use super::AttemptSpec;
use super::Handover;
use super::Launched;
use super::NotesTold;
use super::Release;
use super::Verdict;
use crate::AttemptId;
use crate::DeliveryId;
use crate::RequestId;
use crate::Timestamp;
use crate::delivery::Meaning;
use crate::evidence::Evidence;
use crate::evidence::ReportId;
use crate::failure::Failure;
use crate::session::EndReason;
use crate::session::Exit;

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
    /// Its session is about to be started, with these notes.
    Briefed {
        /// Which.
        notes: NotesTold,
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
        /// How it is meant.
        #[serde(default)]
        meaning: Meaning,
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
    /// Somebody wants the turn that runs to end, and the session to go on.
    Interrupt {
        /// Who asks for it, once: asked again, another turn may run.
        request: RequestId,
    },
    /// Its conversation is to go on in a session of another kind.
    HandOver {
        /// How.
        handover: Handover,
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
    /// It is started with these notes.
    Briefed {
        /// Which.
        notes: NotesTold,
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
        /// How it is meant.
        #[serde(default)]
        meaning: Meaning,
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
    /// The end of the turn that runs was asked for.
    InterruptRequested {
        /// By whom.
        request: RequestId,
    },
    /// Its conversation is to go on elsewhere as soon as no turn runs.
    HandoverRequested {
        /// How.
        handover: Handover,
    },
    /// No turn runs: its session is ended, and its conversation goes on elsewhere.
    HandedOver,
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
