//! One conversation that goes on in a session of another kind: out of the program's machine protocol into a terminal for
//! a person, and back. The session that runs is ended between two turns, and never two run at once.

use std::time::Duration;

use owt_core::AttemptId;
use owt_core::RequestId;
use owt_core::attempt::Attempt;
use owt_core::attempt::AttemptInput;
use owt_core::attempt::Handover;
use owt_core::attempt::RunningTurn;
use owt_core::authority::Action;
use owt_core::authority::Principal;
use owt_core::authority::authorise;
use owt_core::briefing::message_from_owt;
use owt_core::delivery::Meaning;
use owt_core::delivery::Sender;
use owt_core::effect::Message;
use owt_core::evidence::Activity;
use owt_core::evidence::Ask;
use owt_core::job::Job;
use owt_core::session::Channel;
use owt_core::session::SessionKind;
use owt_core::text::Prompt;

use super::Resolve;
use super::ResumeError;
use super::WantedSession;
use super::resume::await_launch;
use super::resume::require_ability;
use super::resume::require_ground;
use super::resume::with_attempt;
use super::send::keep_message;
use crate::agent_choice::kind_of_terminal;
use crate::engine::Engine;
use crate::entity::Entity as _;
use crate::view::WorkspaceView;

/// How long a turn may take to end once it is interrupted; then it is cut off with its session.
const MAX_OBEDIENCE: Duration = Duration::from_secs(20);

/// What becomes of a turn that runs when its session is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhileBusy {
    /// It stands in the way. Something that is asked does not: it is asked again in the new session.
    Refuse,
    /// It is interrupted.
    Interrupt,
}

/// The move of a conversation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Move<'a> {
    /// Where to.
    pub(super) channel: Channel,
    /// What becomes of a turn that runs.
    pub(super) busy: WhileBusy,
    /// What the person wants the agent told there first.
    pub(super) told: Option<&'a Prompt>,
}

/// The kind of session that is wanted for a job, and whether it goes back from there to its own.
pub(super) fn channel_for(
    engine: &Engine,
    view: &WorkspaceView,
    job: &Job,
    wanted: WantedSession,
) -> Result<Channel, ResumeError> {
    let kind = match wanted {
        WantedSession::InTmux => SessionKind::Tmux,
        WantedSession::OnPty => SessionKind::Pty,
        WantedSession::Structured => SessionKind::Structured,
        WantedSession::Automated => SessionKind::Headless,
        WantedSession::Terminal => kind_of_terminal(engine, view)?,
    };
    let own = job.spec.session;
    let visits = kind.is_terminal() && own == SessionKind::Structured;
    Ok(Channel { kind, home: visits.then_some(own) })
}

/// Checks whether a running session can move, and, unless it is a preview, records the wish.
///
/// # Errors
/// [`ResumeError`]; nothing was done then.
pub(super) fn begin_handover(
    engine: &Engine,
    asker: &Principal,
    request: RequestId,
    view: &WorkspaceView,
    wish: &Move<'_>,
    resolve: Resolve,
) -> Result<(), ResumeError> {
    authorise(asker, Action::Attach)?;
    let name = || view.name().to_owned();
    let (Some((_, job)), Some((id, attempt))) = (&view.job, view.running()) else {
        return Err(ResumeError::NeverRan { name: name() });
    };
    require_ground(engine, asker, view)?;
    let Some(conversation) = attempt.conversation.as_ref().or(attempt.spec.resumes.as_ref()) else {
        return Err(ResumeError::TooEarly { name: name(), agent: job.spec.agent.clone() });
    };
    // Programs write a conversation down with its first turn.
    if attempt.turns == 0 && attempt.spec.resumes.is_none() && !attempt.is_in_turn() {
        return Err(ResumeError::TooEarly { name: name(), agent: job.spec.agent.clone() });
    }
    require_ability(engine, (view, job), wish.channel.kind, Some(conversation))?;
    let asks = is_asking(attempt);
    if attempt.is_in_turn() && !asks && wish.busy == WhileBusy::Refuse {
        return Err(ResumeError::Working { name: name() });
    }
    if resolve == Resolve::Preview {
        return Ok(());
    }
    let interrupts = asks || wish.busy == WhileBusy::Interrupt;
    let asked_again = asks.then(|| asked_again(attempt.asks.first(), wish.channel.kind));
    let told = wish.told.map(|text| (text, Sender::Person));
    let text = told.or(asked_again.as_ref().map(|text| (text, Sender::Owt)));
    let keep = |(text, sender)| keep_message(engine, view.id, text, sender, Meaning::Words);
    let handover = Handover {
        channel: wish.channel,
        turn: if interrupts { RunningTurn::Interrupted } else { RunningTurn::Finished },
        message: text.map(keep).transpose()?,
    };
    Ok(engine.dispatch(Message::Attempt { id, input: AttemptInput::HandOver { handover } }, request)?)
}

/// Whether it waits for a person.
fn is_asking(attempt: &Attempt) -> bool {
    let waits = matches!(attempt.doing.activity, Activity::WaitingPermission | Activity::WaitingInput);
    waits || !attempt.asks.is_empty()
}

/// What the agent is told of a request that was open when its session ended. Of one on a terminal no more is known.
fn asked_again(ask: Option<&Ask>, to: SessionKind) -> Prompt {
    let place = if to.is_terminal() { "a terminal, where the person is" } else { "another channel" };
    let words = |text: &str| -> String { text.chars().filter(|it| !it.is_control()).take(200).collect() };
    let what = ask.map(|ask| format!(" ({})", words(&ask.in_words()))).unwrap_or_default();
    let open = match ask.is_some_and(Ask::is_question) {
        true => "not answered",
        false => "neither allowed nor refused",
    };
    let text = message_from_owt(&format!(
        "your session has moved to {place}. What you asked for last{what} was {open}: go on with your \
         task, and ask again here."
    ));
    Prompt::new(&text).expect("the sentence is not empty and has no control characters")
}

/// Waits until the conversation that was asked to move has arrived. The view is that of the session that it left.
///
/// # Errors
/// [`ResumeError`].
pub(super) fn await_handover(
    engine: &Engine,
    request: RequestId,
    view: WorkspaceView,
) -> Result<WorkspaceView, ResumeError> {
    let (Some((job, _)), Some((id, _))) = (&view.job, &view.attempt) else {
        return Err(ResumeError::NeverRan { name: view.name().to_owned() });
    };
    let (job, id) = (*job, *id);
    if !await_rest(engine, request, id)? {
        cut_off(engine, request, id, &view)?;
    }
    let attempt = await_launch(engine, job, Some(id), request)?;
    with_attempt(view, attempt)
}

/// Whether its turn was over in time.
fn await_rest(engine: &Engine, request: RequestId, id: AttemptId) -> Result<bool, ResumeError> {
    let rested = engine.await_done(MAX_OBEDIENCE, &Attempt::stream(id), request, || {
        let attempt = engine.records().load::<Attempt>(id)?;
        Ok(attempt.filter(|attempt| attempt.stopping.is_some() || !attempt.is_running()))
    })?;
    Ok(rested.is_some())
}

/// Ends a turn that does not end by itself although it was interrupted. One that nobody interrupted goes on: it began
/// just as its session was about to change.
fn cut_off(
    engine: &Engine,
    request: RequestId,
    id: AttemptId,
    view: &WorkspaceView,
) -> Result<(), ResumeError> {
    let handover = engine.records().load::<Attempt>(id)?.and_then(|attempt| attempt.handover);
    match handover {
        Some(handover) if handover.turn != RunningTurn::Finished => {
            let handover = Handover { turn: RunningTurn::CutOff, ..handover };
            Ok(engine
                .dispatch(Message::Attempt { id, input: AttemptInput::HandOver { handover } }, request)?)
        }
        Some(_) => Err(ResumeError::TurnGoesOn { name: view.name().to_owned() }),
        None => Ok(()),
    }
}
