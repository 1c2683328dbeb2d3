//! Answering what an agent asks. A person's command only.

use crate::use_cases::select::find;
use crate::use_cases::show::show;
use owt_agents::protocol::Answer;
use owt_agents::protocol::Protocol;
use owt_agents::protocol::Reason;
use owt_agents::protocol::ReasonWay;
use owt_agents::protocol::Request;
use owt_core::AbsPath;
use owt_core::AttemptId;
use owt_core::RequestId;
use owt_core::attempt::Attempt;
use owt_core::authority::Action;
use owt_core::authority::Principal;
use owt_core::authority::authorise;
use owt_core::delivery::Meaning;
use owt_core::delivery::Sender;
use owt_core::evidence::Ask;
use owt_core::evidence::Evidence;
use owt_core::evidence::Observation;
use owt_core::evidence::Source;
use owt_core::question::Misfit;
use owt_core::question::Question;
use owt_core::question::reply;
use owt_core::session::SessionKind;
use owt_core::text::Prompt;
use owt_ports::FileError;
use owt_ports::Injection;
use owt_ports::InjectionKey;
use owt_ports::InjectionOutcome;
use owt_ports::Payload;
use owt_ports::SessionError;
use owt_ports::StoreError;

use super::CommonError;
use super::Resolve;
use super::SelectError;
use super::send::accept;
use super::send::keep_message;
use super::show::WorkspaceDetail;
use crate::engine::Engine;
use crate::settings::BrokenSettings;
use crate::workspace_settings::settings_of;

/// The person's decision on something that waits for their yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Do it.
    Allow,
    /// Do not.
    Deny,
}

/// The person's answer to what an agent asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// Do it: to the oldest permission request.
    Allow,
    /// No: to whatever was asked first.
    Deny {
        /// Why, for the agent.
        reason: Option<String>,
    },
    /// These words: to the oldest question, one for each that it consists of.
    Words(Vec<String>),
}

/// What to answer.
#[derive(Debug, Clone)]
pub struct AnswerRequest {
    /// Seen from here.
    pub folder: AbsPath,
    /// The workspace.
    pub name: String,
    /// The answer.
    pub given: Given,
    /// Only this of what it asks: the person has read that, and something else may be asked meanwhile.
    pub only: Option<String>,
    /// Give it, or only say that it would be given.
    pub resolve: Resolve,
}

/// Why nothing was answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// Which workspace?
    #[error(transparent)]
    Select(#[from] SelectError),
    /// Nothing is asked.
    #[error("'{name}' asks nothing")]
    NothingAsked {
        /// The workspace's name.
        name: String,
    },
    /// What the answer is meant for is asked no more.
    #[error("'{name}' no longer asks that, so nothing was answered")]
    NoLongerAsked {
        /// The workspace's name.
        name: String,
    },
    /// It asks on its terminal.
    #[error("'{name}' asks on its own terminal")]
    AsksOnTerminal {
        /// The workspace's name.
        name: String,
    },
    /// A question needs words.
    #[error("'{name}' asks a question, and that needs words")]
    NeedsWords {
        /// The workspace's name.
        name: String,
        /// What it asks.
        questions: Vec<Question>,
    },
    /// A permission request needs a yes or no.
    #[error("'{name}' asks for permission, and words are no answer to that")]
    NeedsDecision {
        /// The workspace's name.
        name: String,
    },
    /// The words do not fit what it asks.
    #[error("'{name}' was not answered: {misfit}")]
    Misfit {
        /// The workspace's name.
        name: String,
        /// Why not.
        misfit: Misfit,
        /// What it asks.
        questions: Vec<Question>,
    },
    /// The session.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The configuration.
    #[error(transparent)]
    Settings(#[from] BrokenSettings),
    /// The reason could not be kept.
    #[error(transparent)]
    File(#[from] FileError),
}

impl From<StoreError> for AnswerError {
    fn from(error: StoreError) -> Self {
        Self::Select(SelectError::Common(CommonError::Store(error)))
    }
}

/// Answers what a workspace's agent asks: the oldest thing that such an answer fits.
///
/// # Errors
/// [`AnswerError`].
pub fn answer(
    engine: &Engine,
    asker: &Principal,
    request: RequestId,
    answer: &AnswerRequest,
) -> Result<WorkspaceDetail, AnswerError> {
    authorise(asker, Action::Approve).map_err(SelectError::from)?;
    let view = find(engine, asker, &answer.folder, &answer.name, Action::Read)?;
    let name = view.name().to_owned();
    let Some((id, attempt)) = view.running() else {
        return Err(AnswerError::NothingAsked { name });
    };
    if attempt.spec.session.is_terminal() {
        return Err(AnswerError::AsksOnTerminal { name });
    }
    let meant: Vec<Ask> = match &answer.only {
        None => attempt.asks.clone(),
        Some(only) => attempt.asks.iter().filter(|ask| ask.request == *only).cloned().collect(),
    };
    if meant.is_empty() && answer.only.is_some() {
        return Err(AnswerError::NoLongerAsked { name });
    }
    let ask = asked(&meant, &answer.given, &name)?;
    let protocol =
        protocol_of(engine, &view)?.ok_or_else(|| AnswerError::AsksOnTerminal { name: name.clone() })?;
    let frame = compose(ask, &answer.given, &name)?;
    let input = ask.input.as_deref().and_then(|input| serde_json::from_str(input).ok()).unwrap_or_default();
    if answer.resolve == Resolve::Preview {
        return Ok(show(engine, asker, &answer.folder, &answer.name)?);
    }
    let by_message = say_why(engine, (id, attempt), protocol, ask, &answer.given)?;
    let injection = Injection {
        key: InjectionKey::Frame(format!("answer-{}", ask.request)),
        payload: Payload::Line(protocol.answer(&Request { request: &ask.request, input: &input }, &frame)),
    };
    match engine.ports().sessions.inject(id, &injection)? {
        InjectionOutcome::Injected | InjectionOutcome::AlreadyInjected | InjectionOutcome::Uncertain => {}
        InjectionOutcome::NeedsBracketedPaste | InjectionOutcome::LineTaken => {
            return Err(AnswerError::AsksOnTerminal { name });
        }
    }
    let observation = Observation::AskSettled { request: ask.request.clone() };
    let evidence = Evidence::now(observation, Source::Delivery, engine.ports().clock.now());
    engine.observers().report(id, evidence, request)?;
    if let Some(words) = by_message {
        let kept = keep_message(engine, view.id, &words, Sender::Person, Meaning::Words)?;
        accept(engine, kept, request)?;
    }
    Ok(show(engine, asker, &answer.folder, &answer.name)?)
}

/// Gives the person's reason for a refusal to a turn that takes words before the answer. What is left for a message of its
/// own, where the protocol has no other way.
fn say_why(
    engine: &Engine,
    (id, attempt): (AttemptId, &Attempt),
    protocol: Protocol,
    ask: &Ask,
    given: &Given,
) -> Result<Option<Prompt>, AnswerError> {
    let Given::Deny { reason: Some(reason) } = given else { return Ok(None) };
    let words = format!("The person refused what you asked for ({}): {reason}", ask.tool);
    let key = format!("reason-{}", ask.request);
    let turn = engine.observers().turn_of(id);
    let way = protocol.reason(&Reason {
        key: &key,
        conversation: attempt.conversation.as_deref().or(attempt.spec.resumes.as_deref()),
        turn: turn.as_deref(),
        words: &words,
        is_question: ask.is_question(),
    });
    match way {
        ReasonWay::Answer => Ok(None),
        ReasonWay::Message => Ok(Prompt::new(&words).ok()),
        ReasonWay::Turn(line) => {
            let injection = Injection { key: InjectionKey::Frame(key), payload: Payload::Line(line) };
            engine.ports().sessions.inject(id, &injection)?;
            Ok(None)
        }
    }
}

fn protocol_of(
    engine: &Engine,
    view: &crate::view::WorkspaceView,
) -> Result<Option<Protocol>, BrokenSettings> {
    let settings = settings_of(engine.ports(), engine.home(), (view.id, view.workspace.spec.source()))?;
    let agent = view.job.as_ref().map(|(_, job)| job.spec.agent.as_str()).unwrap_or_default();
    let manifest = settings.catalog.get(agent).ok();
    let mode = manifest.and_then(|manifest| manifest.mode(SessionKind::Structured));
    Ok(mode.and_then(|mode| Protocol::of(mode.output)))
}

/// Which of the things that are asked this answers.
fn asked<'a>(asks: &'a [Ask], given: &Given, name: &str) -> Result<&'a Ask, AnswerError> {
    let name = || name.to_owned();
    let first = asks.first().ok_or_else(|| AnswerError::NothingAsked { name: name() })?;
    match given {
        Given::Deny { .. } => Ok(first),
        Given::Allow => asks
            .iter()
            .find(|ask| !ask.is_question())
            .ok_or_else(|| AnswerError::NeedsWords { name: name(), questions: first.open_questions() }),
        Given::Words(_) => asks
            .iter()
            .find(|ask| ask.is_question())
            .ok_or_else(|| AnswerError::NeedsDecision { name: name() }),
    }
}

fn compose(ask: &Ask, given: &Given, name: &str) -> Result<Answer, AnswerError> {
    match given {
        Given::Allow => Ok(Answer::Allow),
        Given::Deny { reason } => {
            Ok(Answer::Deny { reason: reason.clone().unwrap_or_else(|| "The person said no.".to_owned()) })
        }
        Given::Words(words) => {
            let questions = ask.open_questions();
            let answers = reply(&questions, words).map_err(|misfit| AnswerError::Misfit {
                name: name.to_owned(),
                misfit,
                questions,
            })?;
            Ok(Answer::Choices { answers })
        }
    }
}
