//! Sending a message to agents.

use crate::use_cases::list::list;
use crate::use_cases::select::find;
use std::time::Duration;

use owt_core::AbsPath;
use owt_core::DeliveryId;
use owt_core::RequestId;
use owt_core::WorkspaceId;
use owt_core::attempt::Attempt;
use owt_core::authority::Action;
use owt_core::authority::Ownership;
use owt_core::authority::Principal;
use owt_core::authority::authorise;
use owt_core::briefing::message_from_agent;
use owt_core::delivery::Delivery;
use owt_core::delivery::DeliveryInput;
use owt_core::delivery::DeliveryPhase;
use owt_core::delivery::DeliverySpec;
use owt_core::delivery::Meaning;
use owt_core::delivery::Sender;
use owt_core::delivery::TextDigest;
use owt_core::delivery::id_by_key;
use owt_core::effect::Message;
use owt_core::session::SessionKind;
use owt_core::status::Status;
use owt_core::text::Prompt;
use owt_core::workspace::Workspace;
use owt_ports::FileError;
use owt_ports::StoreError;
use sha2::Digest;
use sha2::Sha256;

use super::CommonError;
use super::ListError;
use super::Scope;
use super::SelectError;
use super::StillThere;
use crate::activity::answered;
use crate::engine::Engine;
use crate::notes::may_do_everything;
use crate::view::WorkspaceView;

/// Characters of a message that are shown in lists.
const PREVIEW: usize = 120;

/// Who gets a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// One workspace.
    One(String),
    /// Every workspace of the repository with a session that takes messages.
    All,
    /// Those whose agent is working.
    Working,
}

/// What to send.
#[derive(Debug, Clone)]
pub struct SendRequest {
    /// Seen from here.
    pub folder: AbsPath,
    /// To whom.
    pub to: Audience,
    /// What.
    pub text: Prompt,
    /// How it is meant.
    pub meaning: Meaning,
    /// Wait until it is known to have arrived, or not, at most this long.
    pub wait: Duration,
    /// The sender's own id of the message: sent again under it, it is the same one.
    pub key: Option<RequestId>,
}

/// Why nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Which workspace?
    #[error(transparent)]
    Select(#[from] SelectError),
    /// Which workspaces?
    #[error(transparent)]
    List(#[from] ListError),
    /// No session runs.
    #[error("the workspace '{name}' has no running session")]
    NoSession {
        /// Its name.
        name: String,
    },
    /// The session ends with its one prompt.
    #[error("the session of '{name}' is headless: it takes one prompt only")]
    OnePromptOnly {
        /// The workspace's name.
        name: String,
    },
    /// It may do everything unasked, and an agent speaks (decision 9).
    #[error("the agent of '{name}' may do everything unasked: other agents put nothing before it")]
    HeldBack {
        /// The workspace's name.
        name: String,
    },
    /// Another message was sent under this key.
    #[error("another message was sent to '{name}' under this key")]
    KeyTaken {
        /// The workspace's name.
        name: String,
    },
    /// The text could not be kept.
    #[error(transparent)]
    File(#[from] FileError),
}

impl From<StoreError> for SendError {
    fn from(error: StoreError) -> Self {
        Self::Select(SelectError::Common(CommonError::Store(error)))
    }
}

/// Sends a message; answers with each delivery as it stands when this returns.
///
/// # Errors
/// [`SendError`]; to several, those without a session are left out instead.
pub fn send(
    engine: &Engine,
    asker: &Principal,
    request: RequestId,
    send: &SendRequest,
    still_there: StillThere<'_>,
) -> Result<Vec<(WorkspaceView, DeliveryId, Delivery)>, SendError> {
    let audience = audience(engine, asker, send)?;
    let (sender, text) = (sender(asker), spoken(engine, asker, &send.text)?);
    let mut sent = Vec::new();
    let message = Spoken { preview: preview(send.text.as_str()), text, sender };
    for view in audience {
        let id = message.put(engine, asker, request, send, &view)?;
        sent.push((view, id));
    }
    let mut answers = Vec::new();
    for (view, id) in sent {
        answers.push((view, id, await_arrival(engine, id, send.wait, still_there)?));
    }
    Ok(answers)
}

/// A message as each of its receivers gets it.
struct Spoken {
    text: Prompt,
    /// Its beginning, without the words that [`spoken`] puts before it.
    preview: String,
    sender: Sender,
}

impl Spoken {
    /// Records it for one receiver, unless that was done under its key before.
    fn put(
        &self,
        engine: &Engine,
        asker: &Principal,
        request: RequestId,
        send: &SendRequest,
        view: &WorkspaceView,
    ) -> Result<DeliveryId, SendError> {
        let id = match send.key {
            None => DeliveryId::from_bits(engine.ports().entropy.id_bits()),
            Some(key) => id_by_key(key, view.id),
        };
        match sent_before(engine, send, view)? {
            Some(known) if self.is(&known.spec) && known.spec.meaning == send.meaning => Ok(id),
            Some(_) => Err(SendError::KeyTaken { name: view.name().to_owned() }),
            None => {
                let spec = keep_text(engine, id, view.id, &self.text, self.sender, send.meaning)?;
                let id =
                    accept(engine, (id, DeliverySpec { preview: self.preview.clone(), ..spec }), request)?;
                answered(engine, asker, view)?;
                Ok(id)
            }
        }
    }

    fn is(&self, known: &DeliverySpec) -> bool {
        let bytes = self.text.as_str().len() as u64;
        known.digest.is_none_or(|known| known == digest(&self.text))
            && (known.sender, known.bytes, &known.preview) == (self.sender, bytes, &self.preview)
    }
}

/// What was sent to this workspace under the same key.
fn sent_before(
    engine: &Engine,
    send: &SendRequest,
    view: &WorkspaceView,
) -> Result<Option<Delivery>, StoreError> {
    send.key.map_or(Ok(None), |key| engine.records().load::<Delivery>(id_by_key(key, view.id)))
}

/// The half of [`send`] that changes nothing: who would get the message.
///
/// # Errors
/// [`SendError`].
pub fn preview_send(
    engine: &Engine,
    asker: &Principal,
    send: &SendRequest,
) -> Result<Vec<WorkspaceView>, SendError> {
    audience(engine, asker, send)
}

/// Who speaks.
pub(super) const fn sender(asker: &Principal) -> Sender {
    match asker {
        Principal::Person => Sender::Person,
        Principal::Attempt(scope) => Sender::Attempt(scope.attempt),
    }
}

/// The words as the receiver gets them: those of an agent with their source (decision 9).
pub(super) fn spoken(engine: &Engine, asker: &Principal, text: &Prompt) -> Result<Prompt, StoreError> {
    let Principal::Attempt(scope) = asker else { return Ok(text.clone()) };
    let lost = || StoreError::Failed(format!("the record of {} is missing", scope.attempt));
    let attempt = engine.records().load::<Attempt>(scope.attempt)?.ok_or_else(lost)?;
    let workspace = engine.records().load::<Workspace>(attempt.spec.workspace)?.ok_or_else(lost)?;
    let marked = message_from_agent(workspace.spec.name.as_str(), text.as_str());
    Prompt::new(&marked).map_err(|error| StoreError::Failed(error.to_string()))
}

/// What agents say is put before no agent that may do everything unasked: it may look for it itself.
fn may_speak_to(asker: &Principal, view: &WorkspaceView) -> bool {
    let unasked = view.job.as_ref().is_some_and(|(_, job)| may_do_everything(job.spec.permissions));
    matches!(asker, Principal::Person) || !unasked
}

fn audience(engine: &Engine, asker: &Principal, send: &SendRequest) -> Result<Vec<WorkspaceView>, SendError> {
    if send.meaning == Meaning::Command {
        authorise(asker, Action::GiveCommand).map_err(SelectError::from)?;
    }
    let takes = |view: &WorkspaceView| {
        view.running().is_some_and(|(_, attempt)| attempt.spec.session != SessionKind::Headless)
    };
    match &send.to {
        Audience::One(name) => {
            let view = find(engine, asker, &send.folder, name, Action::Send)?;
            let name = view.name().to_owned();
            match view.running() {
                // It has it, or will be told why not: whatever became of its session meanwhile.
                _ if sent_before(engine, send, &view)?.is_some() => Ok(vec![view]),
                None if !is_starting(&view) => Err(SendError::NoSession { name }),
                Some((_, attempt)) if attempt.spec.session == SessionKind::Headless => {
                    Err(SendError::OnePromptOnly { name })
                }
                _ if !may_speak_to(asker, &view) => Err(SendError::HeldBack { name }),
                _ => Ok(vec![view]),
            }
        }
        Audience::All | Audience::Working => {
            authorise(asker, Action::Send(Ownership::SameRepository)).map_err(SelectError::from)?;
            let is_meant = |view: &WorkspaceView| {
                takes(view)
                    && may_speak_to(asker, view)
                    && (send.to == Audience::All || view.judgement.status == Status::Working)
            };
            let mut views = Vec::new();
            for view in list(engine, asker, &send.folder, Scope::Repository)? {
                if is_meant(&view) || sent_before(engine, send, &view)?.is_some() {
                    views.push(view);
                }
            }
            Ok(views)
        }
    }
}

/// Writes a message's text to its private file.
pub(crate) fn keep_message(
    engine: &Engine,
    workspace: WorkspaceId,
    text: &Prompt,
    sender: Sender,
    meaning: Meaning,
) -> Result<(DeliveryId, DeliverySpec), FileError> {
    let id = DeliveryId::from_bits(engine.ports().entropy.id_bits());
    Ok((id, keep_text(engine, id, workspace, text, sender, meaning)?))
}

fn keep_text(
    engine: &Engine,
    id: DeliveryId,
    workspace: WorkspaceId,
    text: &Prompt,
    sender: Sender,
    meaning: Meaning,
) -> Result<DeliverySpec, FileError> {
    let path = engine.home().message(id);
    engine.ports().files.write(&path, text.as_str().as_bytes())?;
    Ok(DeliverySpec {
        workspace,
        text: path,
        bytes: text.as_str().len() as u64,
        digest: Some(digest(text)),
        preview: preview(text.as_str()),
        sender,
        meaning,
    })
}

fn digest(text: &Prompt) -> TextDigest {
    TextDigest::new(Sha256::digest(text.as_str()).into())
}

/// A message's beginning, as lists show it.
pub(crate) fn preview(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    words.chars().filter(|c| !c.is_control()).take(PREVIEW).collect()
}

/// Records a message.
pub(crate) fn accept(
    engine: &Engine,
    (id, spec): (DeliveryId, DeliverySpec),
    request: RequestId,
) -> Result<DeliveryId, StoreError> {
    engine.dispatch(Message::Delivery { id, input: DeliveryInput::Create { id, spec } }, request)?;
    Ok(id)
}

fn await_arrival(
    engine: &Engine,
    id: DeliveryId,
    wait: Duration,
    still_there: StillThere<'_>,
) -> Result<Delivery, StoreError> {
    let load = || engine.records().load::<Delivery>(id);
    let settled = engine.await_state(wait, still_there, || {
        Ok(load()?.filter(|delivery| {
            matches!(
                delivery.phase,
                DeliveryPhase::Observed { .. }
                    | DeliveryPhase::Uncertain { .. }
                    | DeliveryPhase::Failed { .. }
            )
        }))
    })?;
    match settled {
        Some(delivery) => Ok(delivery),
        None => load()?.ok_or_else(|| StoreError::Failed(format!("the record of {id} is missing"))),
    }
}

fn is_starting(view: &WorkspaceView) -> bool {
    view.judgement.status == Status::Starting
}
