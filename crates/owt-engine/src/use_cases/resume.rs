//! Taking up an agent's session again: the same job, workspace, permissions and model, in a new attempt that goes on
//! with the agent's own conversation. What may be with the agent already is not sent again; what waited for it until its session
//! was over is.

mod all;
mod origin;

use std::time::Duration;

use owt_agents::manifest::Mode;
use owt_core::AbsPath;
use owt_core::AttemptId;
use owt_core::JobId;
use owt_core::RequestId;
use owt_core::attempt::Attempt;
use owt_core::attempt::AttemptPhase;
use owt_core::attempt::Verdict;
use owt_core::authority::Action;
use owt_core::authority::Denied;
use owt_core::authority::Principal;
use owt_core::authority::authorise;
use owt_core::briefing::message_from_owt;
use owt_core::delivery::Meaning;
use owt_core::delivery::Sender;
use owt_core::effect::Message;
use owt_core::failure::Failure;
use owt_core::failure::FailureKind;
use owt_core::job::Beforehand;
use owt_core::job::Job;
use owt_core::job::JobInput;
use owt_core::job::JobPhase;
use owt_core::job::LastTurn;
use owt_core::job::Resumption;
use owt_core::session::Exit;
use owt_core::session::SessionKind;
use owt_core::text::Prompt;
use owt_core::vcs::BranchName;
use owt_core::vcs::Head;
use owt_core::workspace::Ground;
use owt_core::workspace::Phase;
use owt_ports::FileError;
use owt_ports::GitError;
use owt_ports::SessionError;
use owt_ports::StoreError;

pub use self::all::Tell;
pub use self::all::Tried;
pub use self::all::resume_all;
use self::origin::Origin;
use self::origin::origin;
use self::origin::settle_what_waits;
use super::CommonError;
use super::Resolve;
use super::SelectError;
use super::WantedSession;
use super::handover::Move;
use super::handover::WhileBusy;
use super::handover::await_handover;
use super::handover::begin_handover;
use super::handover::channel_for;
use super::select::find;
use super::select::live_workspaces;
use super::select::ownership;
use super::send::accept;
use super::send::keep_message;
use super::send::sender;
use super::send::spoken;
use super::wait::has_words_waiting;
use crate::absence::Absence;
use crate::effects::session::level;
use crate::engine::Engine;
use crate::entity::Entity as _;
use crate::panes::without_window;
use crate::settings::BrokenSettings;
use crate::view::WorkspaceView;
use crate::workspace_settings::settings_of;

/// How long a session may take to start: what its folder lacks may be installed first.
const MAX_START: Duration = Duration::from_secs(15 * 60);

/// What an agent that takes one prompt only is told when nothing else was said.
const GO_ON: &str = "your session was ended from outside before the work was done. Look at the state of this folder \
                     first, then go on with your task where you stopped.";

/// Exit codes of programs that end themselves when they are hung up on, killed or asked to end: 128 and the signal.
const CODES_OF_SIGNALS: [i32; 3] = [129, 137, 143];

/// What is asked for.
#[derive(Debug, Clone)]
pub struct ResumeRequest {
    /// Seen from here.
    pub folder: AbsPath,
    /// Which workspace.
    pub name: String,
    /// What the agent is told first.
    pub message: Option<Prompt>,
    /// In which kind of session; `None` is the job's own, and leaves one that runs as it is.
    pub wanted: Option<WantedSession>,
    /// What becomes of a turn that runs, where it changes its kind of session.
    pub busy: WhileBusy,
    /// Do it, or say what would be done.
    pub resolve: Resolve,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResumeOutcome {
    /// Its session runs, or is on its way.
    AlreadyRunning,
    /// It runs already, and gets (or would get) the words.
    Told,
    /// It was taken up again.
    Resumed,
    /// Its session runs, and its conversation is on its way to one of another kind.
    Moving,
    /// It would be.
    WouldResume,
    /// It begins afresh: its agent had certainly read nothing.
    Begun,
    /// It would begin afresh.
    WouldBegin,
    /// What its folder lacks is being installed or set up first; its session begins when that has ended.
    Installing,
}

/// Why a session was not taken up again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResumeError {
    /// Which workspace?
    #[error(transparent)]
    Select(#[from] SelectError),
    /// Its files are not there.
    #[error("the workspace '{name}' is not there to work in: {reason}")]
    NotReady {
        /// Its name.
        name: String,
        /// What is in the way.
        reason: String,
    },
    /// Its folder is not there, or its repository is not.
    #[error("the workspace '{name}' is not there to work in: {absence}")]
    Away {
        /// Its name.
        name: String,
        /// What is not there.
        absence: Absence,
    },
    /// Nothing ever ran.
    #[error("the agent of '{name}' never ran, so there is nothing to take up again")]
    NeverRan {
        /// Its name.
        name: String,
    },
    /// The agent never said which conversation it is in.
    #[error("the conversation of '{name}' is not known: {agent} ended before it named it")]
    NoConversation {
        /// Its name.
        name: String,
        /// The agent.
        agent: String,
    },
    /// The program has no conversation, and something may have been read.
    #[error("{agent} is a plain tool, without a conversation that could go on")]
    Forgets {
        /// The program.
        agent: String,
    },
    /// The agent has no way to do it.
    #[error("{agent} cannot take up an earlier conversation {how}")]
    Unable {
        /// The agent.
        agent: String,
        /// In which kind of session.
        how: &'static str,
    },
    /// The program would lose the conversation.
    #[error("{agent} would lose the conversation of '{name}': it takes none up that has only just begun")]
    TooYoung {
        /// Its name.
        name: String,
        /// The agent.
        agent: String,
        /// Until it can be done.
        wait: Duration,
    },
    /// Its agent has not said which conversation it is in, or has had no turn in it.
    #[error("{agent} has not begun the conversation of '{name}' yet")]
    TooEarly {
        /// Its name.
        name: String,
        /// The agent.
        agent: String,
    },
    /// It runs, and takes no words.
    #[error("the session of '{name}' runs, and is headless: it takes one prompt only")]
    OnePromptOnly {
        /// Its name.
        name: String,
    },
    /// It is in the middle of something.
    #[error("the agent of '{name}' is working")]
    Working {
        /// Its name.
        name: String,
    },
    /// Its turn goes on.
    #[error("the turn of '{name}' is not over: its session changes when it is")]
    TurnGoesOn {
        /// Its name.
        name: String,
    },
    /// It did what it was asked to do, and nothing more was asked.
    #[error("the agent of '{name}' has done its work: there is nothing to go on with")]
    Done {
        /// Its name.
        name: String,
    },
    /// The checkout is on another branch now.
    #[error("the checkout of '{name}' is not on its branch {branch} any more")]
    OtherBranch {
        /// Its name.
        name: String,
        /// Its branch.
        branch: BranchName,
    },
    /// The configuration.
    #[error(transparent)]
    Settings(#[from] BrokenSettings),
    /// git.
    #[error(transparent)]
    Git(#[from] GitError),
    /// What sessions need is not there.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The message could not be kept.
    #[error(transparent)]
    File(#[from] FileError),
    /// It did not start.
    #[error("the session did not start: {0}")]
    Failed(Failure),
    /// It did not start in time.
    #[error("the session did not start within {} minutes; it goes on", MAX_START.as_secs() / 60)]
    TooSlow,
}

impl ResumeError {
    /// Whether asking again can never help.
    pub const fn is_final(&self) -> bool {
        matches!(
            self,
            Self::NeverRan { .. }
                | Self::NoConversation { .. }
                | Self::Forgets { .. }
                | Self::Unable { .. }
                | Self::Done { .. }
        )
    }
}

impl From<StoreError> for ResumeError {
    fn from(error: StoreError) -> Self {
        Self::Select(SelectError::Common(CommonError::Store(error)))
    }
}

impl From<Denied> for ResumeError {
    fn from(denied: Denied) -> Self {
        Self::Select(denied.into())
    }
}

/// Takes the agent's session of one workspace up again.
///
/// # Errors
/// [`ResumeError`]; up to [`ResumeError::Failed`] nothing was changed.
pub fn resume(
    engine: &Engine,
    asker: &Principal,
    request: RequestId,
    resume: &ResumeRequest,
) -> Result<(WorkspaceView, ResumeOutcome), ResumeError> {
    let (view, outcome) = begin_resume(engine, asker, request, resume)?;
    match (&view.job, outcome) {
        (Some(_), ResumeOutcome::Moving) => {
            Ok((await_handover(engine, request, view)?, ResumeOutcome::Resumed))
        }
        (Some((job, before)), ResumeOutcome::Resumed | ResumeOutcome::Begun) => {
            let attempt = await_launch(engine, *job, before.newest_attempt(), request)?;
            Ok((with_attempt(view, attempt)?, outcome))
        }
        _ => Ok((view, outcome)),
    }
}

/// The half of [`resume`] that does not wait: checks everything and, unless it is a preview, records the wish. The
/// view is that from before.
///
/// # Errors
/// [`ResumeError`].
pub fn begin_resume(
    engine: &Engine,
    asker: &Principal,
    request: RequestId,
    resume: &ResumeRequest,
) -> Result<(WorkspaceView, ResumeOutcome), ResumeError> {
    let view = find(engine, asker, &resume.folder, &resume.name, Action::Send)?;
    let Some((id, job)) = view.job.clone() else {
        return Err(ResumeError::NeverRan { name: view.name().to_owned() });
    };
    authorise(asker, Action::Create(job.spec.permissions, ownership(asker, &view)))?;
    require_ground(engine, asker, &view)?;
    if !matches!(job.phase, JobPhase::Ended { .. } | JobPhase::Paused { .. }) {
        return move_running(engine, asker, request, (view, &job), resume);
    }
    let channel = resume.wanted.map(|wanted| channel_for(engine, &view, &job, wanted)).transpose()?;
    let kind = channel.map_or(job.spec.session, |channel| channel.kind);
    let (after, origin) = origin(engine, &view, &job)
        .or_else(|error| Err(of_a_plain_tool(engine, (&view, &job), kind, error)?))?;
    require_ability(engine, (&view, &job), kind, origin.conversation())?;
    let said = resume.message.as_ref().map(|text| spoken(engine, asker, text)).transpose()?;
    let Words { first, then } = words(&view, &job, kind, &origin, said.as_ref())?;
    let [would, done] = match &origin {
        Origin::Conversation(_) => [ResumeOutcome::WouldResume, ResumeOutcome::Resumed],
        Origin::Beginning(_) => [ResumeOutcome::WouldBegin, ResumeOutcome::Begun],
    };
    if resume.resolve == Resolve::Preview {
        return Ok((view, would));
    }
    settle_what_waits(engine, &view, &job, request)?;
    // What nobody said is ours: a session of one prompt needs one.
    let sender = said.as_ref().map_or(Sender::Owt, |_| sender(asker));
    let keep = |text: &Prompt| keep_message(engine, view.id, text, sender, Meaning::Words);
    let message = match (&origin, &first) {
        (Origin::Beginning(Some(task)), _) => Some(task.clone()),
        (_, first) => first.as_ref().map(keep).transpose()?,
    };
    let then = then.as_ref().map(keep).transpose()?;
    let conversation = origin.conversation().map(str::to_owned);
    let beforehand = match view.workspace.outfit.is_unfinished() {
        true => Beforehand::Equip,
        false => Beforehand::Nothing,
    };
    let turn = view.attempt.as_ref().map_or(LastTurn::Over, |(_, newest)| job.last_turn(newest));
    let resumption = Resumption { after, conversation, message, channel, beforehand, turn };
    engine.dispatch(Message::Job { id, input: JobInput::Resume { resumption } }, request)?;
    if let Some(message) = then {
        accept(engine, message, request)?;
    }
    Ok((view, done))
}

/// A session that runs is left alone, unless another kind of session is wanted.
fn move_running(
    engine: &Engine,
    asker: &Principal,
    request: RequestId,
    (view, job): (WorkspaceView, &Job),
    resume: &ResumeRequest,
) -> Result<(WorkspaceView, ResumeOutcome), ResumeError> {
    let Some(wanted) = resume.wanted else { return tell_running(engine, asker, request, view, resume) };
    let channel = channel_for(engine, &view, job, wanted)?;
    if view.backend() == Some(channel.kind) {
        return tell_running(engine, asker, request, view, resume);
    }
    let told = resume.message.as_ref();
    begin_handover(
        engine,
        asker,
        request,
        &view,
        &Move { channel, busy: resume.busy, told },
        resume.resolve,
    )?;
    match resume.resolve {
        Resolve::Do => Ok((view, ResumeOutcome::Moving)),
        Resolve::Preview => Ok((view, ResumeOutcome::WouldResume)),
    }
}

/// A session that runs gets the words that were said along with it.
fn tell_running(
    engine: &Engine,
    asker: &Principal,
    request: RequestId,
    view: WorkspaceView,
    resume: &ResumeRequest,
) -> Result<(WorkspaceView, ResumeOutcome), ResumeError> {
    let Some(words) = &resume.message else {
        let begins_later = view.running().is_none() && view.workspace.outfit.is_under_way();
        let outcome = if begins_later { ResumeOutcome::Installing } else { ResumeOutcome::AlreadyRunning };
        return Ok((view, outcome));
    };
    if view.running().is_some_and(|(_, attempt)| attempt.spec.session == SessionKind::Headless) {
        return Err(ResumeError::OnePromptOnly { name: view.name().to_owned() });
    }
    if resume.resolve == Resolve::Do {
        let said = spoken(engine, asker, words)?;
        let message = keep_message(engine, view.id, &said, sender(asker), Meaning::Words)?;
        accept(engine, message, request)?;
    }
    Ok((view, ResumeOutcome::Told))
}

/// The view with the attempt that was started, if it was.
pub(super) fn with_attempt(view: WorkspaceView, attempt: Attempt) -> Result<WorkspaceView, ResumeError> {
    match attempt.phase {
        AttemptPhase::Ended { verdict: Verdict::NotStarted { failure }, .. } => {
            Err(ResumeError::Failed(failure))
        }
        _ => Ok(WorkspaceView { attempt: Some((attempt.id, attempt)), ..view }),
    }
}

/// The workspaces whose sessions ended without anybody's wish, in the order in which those began.
///
/// # Errors
/// [`ResumeError::Select`].
pub fn interrupted(engine: &Engine, asker: &Principal) -> Result<Vec<WorkspaceView>, ResumeError> {
    authorise(asker, Action::Restore)?;
    let mut views = live_workspaces(engine, None)?
        .into_iter()
        .map(|record| WorkspaceView::gather(engine.records(), record))
        .collect::<Result<Vec<_>, _>>()?;
    views.retain(|view| {
        let ended = view.job.as_ref().is_some_and(|(_, job)| matches!(job.phase, JobPhase::Ended { .. }));
        ended && view.attempt.as_ref().is_some_and(|(_, attempt)| was_interrupted(attempt))
    });
    views.sort_by_key(|view| view.attempt.as_ref().and_then(|(_, attempt)| attempt.started_at));
    Ok(views)
}

/// What a session that was taken up again, or would be, does not show of the person's layout.
pub fn lacks_panes(engine: &Engine, view: &WorkspaceView, wanted: Option<WantedSession>) -> Option<String> {
    let own = || view.job.as_ref().map(|(_, job)| job.spec.session);
    let on_pty = match wanted {
        Some(wanted) => wanted == WantedSession::OnPty,
        None => view.backend().or_else(own) == Some(SessionKind::Pty),
    };
    if !on_pty {
        return None;
    }
    let settings =
        settings_of(engine.ports(), engine.home(), (view.id, view.workspace.spec.source())).ok()?;
    without_window(&settings.layout)
}

/// What a person should know of a session that was taken up again in the middle of a turn, and is told nothing by itself.
///
/// # Errors
/// [`StoreError`].
pub fn turn_left_open(engine: &Engine, view: &WorkspaceView) -> Result<Option<String>, StoreError> {
    let job = engine.records().load::<Job>(view.workspace.spec.job)?;
    let resumption =
        job.and_then(|job| job.resumption).filter(|it| !it.turn.is_over() && it.message.is_none());
    if resumption.is_none() || has_words_waiting(engine, view.id)? {
        return Ok(None);
    }
    let name = view.name();
    Ok(Some(format!(
        "its turn was broken off when its session ended; it waits for: owt send {name} \"go on\""
    )))
}

/// Whether its session ended from outside: its host vanished, or a signal that was not ours ended the program.
fn was_interrupted(attempt: &Attempt) -> bool {
    let AttemptPhase::Ended { verdict, exit, .. } = &attempt.phase else { return false };
    let by_signal = match exit {
        Some(Exit::Signal { .. }) => true,
        Some(Exit::Code { code }) => CODES_OF_SIGNALS.contains(code),
        _ => false,
    };
    attempt.stopping.is_none() && (*verdict == Verdict::Lost || by_signal)
}

pub(super) fn require_ground(
    engine: &Engine,
    asker: &Principal,
    view: &WorkspaceView,
) -> Result<(), ResumeError> {
    let not_ready = |reason: String| Err(ResumeError::NotReady { name: view.name().to_owned(), reason });
    let spec = &view.workspace.spec;
    match &view.workspace.phase {
        Phase::Ready => {}
        _ => return not_ready("it is being made, removed or brought back".to_owned()),
    }
    if let Some(absence) = Absence::of(engine, spec) {
        return Err(ResumeError::Away { name: view.name().to_owned(), absence });
    }
    if let Ground::InPlace { line, .. } = &spec.ground {
        authorise(asker, Action::CreateInPlace)?;
        let checkout = engine.ports().git.discover(&spec.path)?;
        if !matches!(&checkout.head, Head::Branch { name, .. } if *name == line.branch) {
            let (name, branch) = (view.name().to_owned(), line.branch.clone());
            return Err(ResumeError::OtherBranch { name, branch });
        }
    }
    Ok(())
}

/// A program that has no way to go on with a conversation has not just failed to name it.
fn of_a_plain_tool(
    engine: &Engine,
    (view, job): (&WorkspaceView, &Job),
    kind: SessionKind,
    error: ResumeError,
) -> Result<ResumeError, ResumeError> {
    let settings = settings_of(engine.ports(), engine.home(), (view.id, view.workspace.spec.source()))?;
    let mode = settings.catalog.get(&job.spec.agent).ok().and_then(|manifest| manifest.mode(kind));
    let forgets = mode.is_some_and(|mode| mode.resume_argv.is_none());
    Ok(match error {
        ResumeError::NoConversation { agent, .. } if forgets => ResumeError::Forgets { agent },
        error => error,
    })
}

/// Whether the agent can go on with a conversation (or begin one) in such a session, and be held there to what it may do.
pub(super) fn require_ability(
    engine: &Engine,
    (view, job): (&WorkspaceView, &Job),
    kind: SessionKind,
    conversation: Option<&str>,
) -> Result<(), ResumeError> {
    let settings = settings_of(engine.ports(), engine.home(), (view.id, view.workspace.spec.source()))?;
    let manifest = settings.catalog.get(&job.spec.agent).ok();
    let mode = manifest.and_then(|manifest| manifest.mode(kind));
    let holds = |mode: &&Mode| match level(job.spec.permissions) {
        Some(level) => mode.permissions.supported().contains(&level),
        None => true,
    };
    let fits = |mode: &&Mode| conversation.is_none() || mode.resume_argv.is_some();
    let Some(mode) = mode.filter(holds).filter(fits) else {
        let how = match kind {
            SessionKind::Headless => "without a terminal",
            SessionKind::Structured => "over its machine protocol",
            SessionKind::Tmux | SessionKind::Pty => "in a terminal",
        };
        return Err(ResumeError::Unable { agent: job.spec.agent.clone(), how });
    };
    let age = conversation.map_or(Ok(Duration::MAX), |conversation| age(engine, job, conversation))?;
    let needed = Duration::from_secs(mode.resume_loses_within_s);
    if let Some(wait) = needed.checked_sub(age).filter(|wait| !wait.is_zero()) {
        let (name, agent) = (view.name().to_owned(), job.spec.agent.clone());
        return Err(ResumeError::TooYoung { name, agent, wait });
    }
    Ok(engine.ports().sessions.require(kind, "")?)
}

/// How long ago the first session of a conversation began.
fn age(engine: &Engine, job: &Job, conversation: &str) -> Result<Duration, ResumeError> {
    for id in &job.attempts {
        if let Some(attempt) = engine.records().load::<Attempt>(*id)?
            && attempt.conversation.as_deref() == Some(conversation)
        {
            let began = attempt.started_at.map(|began| engine.ports().clock.now().since(began));
            return Ok(began.unwrap_or_default());
        }
    }
    Ok(Duration::MAX)
}

/// What is said to an agent that is taken up again, besides its task.
#[derive(Default)]
struct Words {
    /// With its start.
    first: Option<Prompt>,
    /// When it has taken what came with its start.
    then: Option<Prompt>,
}

fn words(
    view: &WorkspaceView,
    job: &Job,
    kind: SessionKind,
    origin: &Origin,
    message: Option<&Prompt>,
) -> Result<Words, ResumeError> {
    let unheard =
        || ResumeError::NoConversation { name: view.name().to_owned(), agent: job.spec.agent.clone() };
    match (origin, message, kind) {
        (Origin::Conversation(_), ..) => Ok(Words { first: first_words(view, kind, message)?, then: None }),
        // One prompt is all that it takes, and a session without any does nothing.
        (Origin::Beginning(Some(_)), Some(_), SessionKind::Headless)
        | (Origin::Beginning(None), None, SessionKind::Headless) => Err(unheard()),
        (Origin::Beginning(Some(_)), then, _) => Ok(Words { first: None, then: then.cloned() }),
        (Origin::Beginning(None), first, _) => Ok(Words { first: first.cloned(), then: None }),
    }
}

/// A session of one prompt needs one; the others wait for the person, as they did before.
fn first_words(
    view: &WorkspaceView,
    kind: SessionKind,
    message: Option<&Prompt>,
) -> Result<Option<Prompt>, ResumeError> {
    match (message, kind) {
        (Some(message), _) => Ok(Some(message.clone())),
        (None, SessionKind::Structured | SessionKind::Tmux | SessionKind::Pty) => Ok(None),
        (None, SessionKind::Headless) => {
            let verdict = view.attempt.as_ref().and_then(|(_, attempt)| match &attempt.phase {
                AttemptPhase::Ended { verdict, .. } => Some(verdict),
                _ => None,
            });
            if verdict.is_some_and(|verdict| matches!(verdict, Verdict::Succeeded | Verdict::Exited)) {
                return Err(ResumeError::Done { name: view.name().to_owned() });
            }
            Ok(Some(
                Prompt::new(&message_from_owt(GO_ON))
                    .expect("the sentence is not empty and has no control characters"),
            ))
        }
    }
}

/// Waits for the attempt that comes after this one.
pub(super) fn await_launch(
    engine: &Engine,
    job: JobId,
    before: Option<AttemptId>,
    request: RequestId,
) -> Result<Attempt, ResumeError> {
    let probe = || launched(engine, job, before);
    engine.await_done(MAX_START, &Job::stream(job), request, probe)?.unwrap_or(Err(ResumeError::TooSlow))
}

/// The attempt that comes after this one, once its session runs or is over; why none comes, where none does.
fn launched(
    engine: &Engine,
    job: JobId,
    before: Option<AttemptId>,
) -> Result<Option<Result<Attempt, ResumeError>>, StoreError> {
    let Some(job) = engine.records().load::<Job>(job)? else { return Ok(None) };
    match job.newest_attempt().filter(|newest| Some(*newest) != before) {
        Some(newest) => {
            let attempt = engine.records().load::<Attempt>(newest)?;
            Ok(attempt.filter(|attempt| attempt.phase != AttemptPhase::Launching).map(Ok))
        }
        None if matches!(job.phase, JobPhase::Ended { .. }) => {
            let called_off = Failure::new(FailureKind::Lost, "it was called off");
            Ok(Some(Err(ResumeError::Failed(called_off))))
        }
        None => Ok(None),
    }
}
