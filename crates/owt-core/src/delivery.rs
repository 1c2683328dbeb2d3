//! A delivery: one prompt or message on its way to an agent (decisions 3 and 4).
//!
//! Accepted, queued, injected, observed; or uncertain, which is shown to the person and never sent again by
//! itself; or failed, when it is certain that the agent did not get it.

use serde::Deserialize;
use serde::Serialize;

use crate::AbsPath;
use crate::AttemptId;
use crate::DeliveryId;
use crate::RequestId;
use crate::Timestamp;
use crate::WorkspaceId;
use crate::attempt::AttemptInput;
use crate::attempt::Release;
use crate::effect::Effect;
use crate::effect::InjectionForm;
use crate::evidence::Source;
use crate::failure::Failure;
use crate::machine::Machine;
use crate::machine::Step;

/// Who sends a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sender {
    /// The person.
    Person,
    /// The agent of this attempt: its text is marked as untrusted.
    Attempt(AttemptId),
    /// We ourselves: what failed meanwhile, how a session goes on.
    Owt,
}

/// How a text is meant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    /// Words for the agent, to be acted on; never taken as a command.
    #[default]
    Words,
    /// A command of the agent's own, as the person asked.
    Command,
    /// Words to be known, by which nothing is asked for: a note, or what failed meanwhile. Never taken as a command.
    Information,
}

/// The SHA-256 of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TextDigest([u8; 32]);

impl TextDigest {
    /// Of these bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

/// What is to be delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliverySpec {
    /// Where to.
    pub workspace: WorkspaceId,
    /// The private file with the text.
    pub text: AbsPath,
    /// Its length in bytes.
    pub bytes: u64,
    /// What tells it from any other text, where it may come again; older records have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<TextDigest>,
    /// Its beginning, for people.
    pub preview: String,
    /// Who sends it.
    pub sender: Sender,
    /// How it is meant.
    pub meaning: Meaning,
}

/// Where a delivery is in its life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "phase")]
pub enum DeliveryPhase {
    /// It is recorded.
    Accepted,
    /// It waits for the agent.
    Queued {
        /// What for.
        reason: String,
    },
    /// It is being put before the agent.
    Injecting {
        /// Which attempt gets it.
        attempt: AttemptId,
        /// In which form.
        form: InjectionForm,
    },
    /// It was put before the agent.
    Injected {
        /// Which attempt got it.
        attempt: AttemptId,
    },
    /// The agent has read it.
    Observed {
        /// Which attempt.
        attempt: AttemptId,
        /// How we know.
        source: Source,
    },
    /// Nobody knows whether the agent got it.
    Uncertain {
        /// Which attempt may have it.
        attempt: AttemptId,
        /// Why.
        reason: String,
    },
    /// The agent did not get it.
    Failed {
        /// Why.
        reason: String,
    },
}

impl DeliveryPhase {
    /// How an agent's line is released that this does not need (any more).
    const fn release(&self) -> Release {
        match self {
            Self::Uncertain { .. } => Release::Uncertain,
            _ => Release::Settled,
        }
    }

    fn is_being_put_before(&self, agent: AttemptId) -> bool {
        matches!(self, Self::Injecting { attempt, .. } if *attempt == agent)
    }
}

/// Why a message failed that waited until its session was over: an agent that is taken up again can still get it.
const SESSION_OVER: &str = "the session ended before the agent could take it";

/// Why nobody knows of a message whether it was read, although its agent is at rest again.
const UNCONFIRMED: &str =
    "it was typed, the agent is at rest again, and its program tells nobody what it has read";

/// Why nobody knows of a message whether it was read, although a hook told so.
const UNRECORDED: &str = "the agent told that it had read it, and was gone before it wrote that down";

/// The id of a message that its sender names by a key: the same for each workspace, however often it is asked for.
///
/// The key's time stays in front, so that ids go on to sort by it.
pub fn id_by_key(key: RequestId, workspace: WorkspaceId) -> DeliveryId {
    const FREE: u128 = (1 << 62) - 1;
    let bits = workspace.bits();
    let own = scattered(((bits >> 64) ^ bits) as u64);
    DeliveryId::from_bits(key.bits() ^ (u128::from(own) & FREE))
}

/// Numbers that are near each other lie apart afterwards, and no two meet (the finish of `SplitMix64`).
const fn scattered(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// A delivery's state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// What is to be delivered.
    pub spec: DeliverySpec,
    /// Where it is in its life.
    pub phase: DeliveryPhase,
    /// Since when.
    pub since: Timestamp,
}

/// What came of putting a message before an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "injection")]
pub enum Injection {
    /// The bytes went to the program, now or before.
    Done,
    /// Writing began and its end was not recorded.
    Unknown,
    /// The program would take its lines as several messages; nothing was written.
    NeedsOneLine,
    /// A person has the prompt box; nothing was written.
    LineTaken,
    /// The session is gone; nothing was written.
    NoSession,
    /// It cannot be done.
    Impossible {
        /// Why.
        failure: Failure,
    },
}

/// Whether a session that ended did its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionEnd {
    /// It ended by itself with success.
    Well,
    /// In any other way.
    Otherwise,
}

/// What may happen to a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "input")]
pub enum DeliveryInput {
    /// It is accepted.
    Create {
        /// Its own id.
        id: DeliveryId,
        /// What is to be delivered.
        spec: DeliverySpec,
    },
    /// The agent cannot take it yet.
    MustWait {
        /// What for.
        reason: String,
    },
    /// An attempt takes it.
    Assigned {
        /// Which.
        attempt: AttemptId,
    },
    /// It went in with the start of an attempt's program.
    Carried {
        /// Which.
        attempt: AttemptId,
    },
    /// What came of the injection.
    Injection {
        /// Into which attempt.
        attempt: AttemptId,
        /// What.
        injection: Injection,
    },
    /// The agent has read it.
    Read {
        /// Which attempt.
        attempt: AttemptId,
        /// How we know.
        source: Source,
    },
    /// The turn that it was for is over by the look of the agent's terminal, and nothing has told that it was read.
    Unconfirmed {
        /// Which attempt has it.
        attempt: AttemptId,
    },
    /// The session is gone. A hook told that the agent had read it, and the agent's own record has nothing of it: a program
    /// runs that hook before it has kept or sent anything.
    Unrecorded {
        /// Which attempt had it.
        attempt: AttemptId,
    },
    /// No session will ever take it: the one it was for never started, or was over before it came.
    NoSession {
        /// What became of the session, in words.
        reason: String,
    },
    /// The attempt that has it or would have got it is over.
    SessionEnded {
        /// Which.
        attempt: AttemptId,
        /// How.
        end: SessionEnd,
    },
}

/// What has happened to a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum DeliveryEvent {
    /// It was accepted.
    Accepted {
        /// Its id.
        id: DeliveryId,
        /// What is to be delivered.
        spec: DeliverySpec,
    },
    /// It moved on.
    Moved {
        /// To where.
        phase: DeliveryPhase,
    },
}

impl Machine for Delivery {
    type Input = DeliveryInput;
    type Event = DeliveryEvent;

    fn step(current: Option<&Self>, input: &DeliveryInput, _now: Timestamp) -> Step<DeliveryEvent> {
        match (current, input) {
            (None, DeliveryInput::Create { id, spec }) => {
                Step::event(DeliveryEvent::Accepted { id: *id, spec: spec.clone() })
                    .effect(Effect::OfferLine { workspace: spec.workspace, attempt: None })
            }
            (Some(delivery), input) => delivery.react(input),
            (None, _) => Step::nothing(),
        }
    }

    fn apply(current: Option<Self>, event: &DeliveryEvent, at: Timestamp) -> Option<Self> {
        match (current, event) {
            (None, DeliveryEvent::Accepted { id, spec }) => {
                Some(Self { id: *id, spec: spec.clone(), phase: DeliveryPhase::Accepted, since: at })
            }
            (Some(delivery), DeliveryEvent::Moved { phase }) => {
                Some(Self { phase: phase.clone(), since: at, ..delivery })
            }
            (current, _) => current,
        }
    }

    fn is_live(&self) -> bool {
        !matches!(
            self.phase,
            DeliveryPhase::Observed { .. } | DeliveryPhase::Uncertain { .. } | DeliveryPhase::Failed { .. }
        )
    }
}

fn moved(phase: DeliveryPhase) -> Step<DeliveryEvent> {
    Step::event(DeliveryEvent::Moved { phase })
}

impl Delivery {
    /// Whether it waits for an agent to take it.
    pub fn waits(&self) -> bool {
        matches!(self.phase, DeliveryPhase::Accepted | DeliveryPhase::Queued { .. })
    }

    /// Whether it certainly never was before the agent, only because the session was over first.
    pub fn outlived_its_session(&self) -> bool {
        matches!(&self.phase, DeliveryPhase::Failed { reason } if reason == SESSION_OVER)
    }

    /// The word of its state on the command line and in JSON.
    pub const fn word(&self) -> &'static str {
        match self.phase {
            DeliveryPhase::Accepted => "accepted",
            DeliveryPhase::Queued { .. } | DeliveryPhase::Injecting { .. } => "queued",
            DeliveryPhase::Injected { .. } => "injected",
            DeliveryPhase::Observed { .. } => "observed",
            DeliveryPhase::Uncertain { .. } => "uncertain",
            DeliveryPhase::Failed { .. } => "failed",
        }
    }

    fn react(&self, input: &DeliveryInput) -> Step<DeliveryEvent> {
        match (&self.phase, input) {
            (DeliveryPhase::Accepted, DeliveryInput::MustWait { reason }) => {
                moved(DeliveryPhase::Queued { reason: reason.clone() })
            }
            (DeliveryPhase::Accepted | DeliveryPhase::Queued { .. }, input) => self.waiting(input),
            (
                DeliveryPhase::Injecting { attempt, form },
                DeliveryInput::Injection { attempt: into, injection },
            ) if attempt == into => self.injected(*attempt, *form, injection),
            (
                DeliveryPhase::Injecting { attempt, .. }
                | DeliveryPhase::Injected { attempt }
                | DeliveryPhase::Uncertain { attempt, .. },
                DeliveryInput::Read { attempt: reader, source },
            ) if attempt == reader => moved(DeliveryPhase::Observed { attempt: *attempt, source: *source })
                .effect(Effect::tell_attempt(*attempt, AttemptInput::Delivered { delivery: self.id })),
            (phase, DeliveryInput::Assigned { attempt }) if !phase.is_being_put_before(*attempt) => {
                let release = phase.release();
                let released = AttemptInput::Released { delivery: self.id, release };
                Step::nothing().effect(Effect::tell_attempt(*attempt, released))
            }
            (DeliveryPhase::Injected { attempt }, DeliveryInput::Unconfirmed { attempt: rests })
                if attempt == rests =>
            {
                moved(DeliveryPhase::Uncertain { attempt: *attempt, reason: UNCONFIRMED.to_owned() })
            }
            (
                DeliveryPhase::Observed { attempt, source: Source::Hook },
                DeliveryInput::Unrecorded { attempt: ended },
            ) if attempt == ended => {
                moved(DeliveryPhase::Uncertain { attempt: *attempt, reason: UNRECORDED.to_owned() })
            }
            (
                DeliveryPhase::Injected { attempt },
                DeliveryInput::SessionEnded { attempt: ended, end: SessionEnd::Otherwise },
            ) if attempt == ended => {
                let reason = "the session ended before the agent showed that it had read it".to_owned();
                moved(DeliveryPhase::Uncertain { attempt: *attempt, reason })
            }
            _ => Step::nothing(),
        }
    }

    fn waiting(&self, input: &DeliveryInput) -> Step<DeliveryEvent> {
        match input {
            DeliveryInput::Assigned { attempt } => {
                moved(DeliveryPhase::Injecting { attempt: *attempt, form: InjectionForm::Text })
                    .effect(Effect::Inject { attempt: *attempt, form: InjectionForm::Text })
            }
            DeliveryInput::Carried { attempt } => moved(DeliveryPhase::Injected { attempt: *attempt }),
            DeliveryInput::NoSession { reason } => moved(DeliveryPhase::Failed { reason: reason.clone() }),
            DeliveryInput::SessionEnded { .. } => {
                moved(DeliveryPhase::Failed { reason: SESSION_OVER.to_owned() })
            }
            _ => Step::nothing(),
        }
    }

    fn injected(
        &self,
        attempt: AttemptId,
        form: InjectionForm,
        injection: &Injection,
    ) -> Step<DeliveryEvent> {
        let tell = |input| Effect::tell_attempt(attempt, input);
        let leaves = |release| tell(AttemptInput::Released { delivery: self.id, release });
        let released = leaves(Release::Settled);
        match injection {
            Injection::Done => moved(DeliveryPhase::Injected { attempt })
                .effect(tell(AttemptInput::Delivered { delivery: self.id })),
            Injection::Unknown => {
                let reason = "writing it to the agent was interrupted".to_owned();
                moved(DeliveryPhase::Uncertain { attempt, reason }).effect(leaves(Release::Uncertain))
            }
            Injection::NeedsOneLine if form == InjectionForm::Text => {
                let form = InjectionForm::FileReference;
                moved(DeliveryPhase::Injecting { attempt, form }).effect(Effect::Inject { attempt, form })
            }
            Injection::LineTaken => {
                let reason = "a draft stands in the agent's prompt box".to_owned();
                moved(DeliveryPhase::Queued { reason }).effect(leaves(Release::Refused))
            }
            Injection::NoSession => {
                moved(DeliveryPhase::Failed { reason: SESSION_OVER.to_owned() }).effect(released)
            }
            Injection::NeedsOneLine => {
                let reason = "the agent's prompt box takes no text of this kind".to_owned();
                moved(DeliveryPhase::Failed { reason }).effect(released)
            }
            Injection::Impossible { failure } => {
                moved(DeliveryPhase::Failed { reason: failure.message.clone() }).effect(released)
            }
        }
    }
}
