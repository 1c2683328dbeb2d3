//! The main job: a workspace, an agent in it, a prompt on its way.
//!
//! Everything is checked before anything is recorded; what is recorded is done by effects; what could not be
//! started is taken back before this returns.

mod checks;
mod placing;

use crate::agent_choice::choose_agents;
use crate::facts::add_facts;
use crate::use_cases::new_workspace::checks::survey;
use crate::use_cases::new_workspace::placing::place;
use crate::use_cases::select::live_workspaces;
use crate::use_cases::send::accept;
use crate::use_cases::send::keep_message;
use std::collections::BTreeMap;
use std::time::Duration;

use owt_core::AbsPath;
use owt_core::DeliveryId;
use owt_core::JobId;
use owt_core::Permissions;
use owt_core::RequestId;
use owt_core::WorkspaceId;
use owt_core::attempt::Attempt;
use owt_core::attempt::AttemptPhase;
use owt_core::authority::Action;
use owt_core::authority::Denied;
use owt_core::authority::Ownership;
use owt_core::authority::Principal;
use owt_core::authority::authorise;
use owt_core::branch_naming::NamingError;
use owt_core::delivery::Delivery;
use owt_core::delivery::Meaning;
use owt_core::delivery::Sender;
use owt_core::effect::Message;
use owt_core::failure::Failure;
use owt_core::failure::FailureKind;
use owt_core::job::Creator;
use owt_core::job::Job;
use owt_core::job::JobInput;
use owt_core::job::JobLimits;
use owt_core::job::JobSpec;
use owt_core::job::PermissionChoice;
use owt_core::text::Prompt;
use owt_core::vcs::BranchName;
use owt_core::workspace::Phase;
use owt_core::workspace::Workspace;
use owt_core::workspace::WorkspaceInput;
use owt_core::workspace::WorkspaceSpec;
use owt_ports::FileError;
use owt_ports::GitError;
use owt_ports::SessionError;
use owt_ports::StoreError;

use super::CommonError;
use super::Resolve;
use crate::agent_choice::AgentError;
use crate::agent_choice::ChosenAgent;
use crate::engine::Engine;
use crate::entity::to_json;
use crate::settings::BrokenSettings;
use crate::settings::Settings;
use crate::view::WorkspaceView;

/// How long a start may take: a checkout of a large repository, a session.
const MAX_START: Duration = Duration::from_secs(15 * 60);

/// Where the work is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A linked worktree.
    Worktree,
    /// A branch in the caller's checkout.
    InPlace,
    /// A plain folder without git.
    Folder,
}

/// How the agent should live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WantedSession {
    /// A terminal.
    Terminal,
    /// Without a person: one prompt, or the machine protocol where the permissions need one that asks.
    Automated,
    /// The machine protocol.
    Structured,
}

/// What a branch that exists already means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Branching {
    /// An error.
    New,
    /// It is taken as it is.
    Adopt,
}

/// What happens when no agent is named and several are installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenSeveral {
    /// The preferred one is taken.
    Prefer,
    /// The person is asked.
    Ask,
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct NewRequest {
    /// The caller's folder.
    pub folder: AbsPath,
    /// The caller's environment.
    pub environment: BTreeMap<String, String>,
    /// The prompt.
    pub task: Option<Prompt>,
    /// How a prompt that starts like a command is meant.
    pub meaning: Meaning,
    /// The title.
    pub title: Option<String>,
    /// The branch.
    pub branch: Option<BranchName>,
    /// What it means when that branch exists.
    pub branching: Branching,
    /// The base.
    pub base: Option<String>,
    /// The branch's prefix.
    pub prefix: Option<String>,
    /// The agents by name; detected when empty.
    pub agents: Vec<String>,
    /// What happens when none is named and several are installed.
    pub when_several: WhenSeveral,
    /// The model.
    pub model: Option<String>,
    /// Read-only planning.
    pub plan_mode: bool,
    /// How the agent should live.
    pub session: WantedSession,
    /// Where.
    pub place: Place,
    /// What it may do.
    pub permissions: Option<Permissions>,
    /// Carry the caller's uncommitted work over.
    pub with_changes: bool,
    /// Whether it is done.
    pub resolve: Resolve,
}

/// One workspace that was made (or would be).
#[derive(Debug, Clone)]
pub struct NewReport {
    /// The workspace.
    pub view: WorkspaceView,
    /// The prompt's delivery.
    pub delivery: Option<(DeliveryId, Delivery)>,
    /// What the person should know.
    pub notices: Vec<String>,
}

/// Why nothing was made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NewError {
    /// No task and no branch.
    #[error("no task was given")]
    EmptyTask,
    /// No name can be made of the task.
    #[error(transparent)]
    Naming(#[from] NamingError),
    /// The repository has no commit.
    #[error("the repository {0} has no commits yet")]
    NoCommits(AbsPath),
    /// HEAD is on no branch.
    #[error("HEAD is detached, so the base is not clear")]
    DetachedHead,
    /// The base names nothing.
    #[error("the base '{0}' names no commit of this repository")]
    UnknownBase(String),
    /// Only a checkout can be worked in.
    #[error("{0} is a bare repository: there is no checkout to work in")]
    BareInPlace(AbsPath),
    /// One in-place job at a time.
    #[error("the checkout {path} is already used by '{name}'")]
    InPlaceBusy {
        /// The checkout.
        path: AbsPath,
        /// The workspace that uses it.
        name: String,
    },
    /// Rivals need a place each.
    #[error("several agents cannot share one checkout")]
    RivalsInPlace,
    /// Which agent?
    #[error(transparent)]
    Agent(#[from] AgentError),
    /// The configuration.
    #[error(transparent)]
    Settings(#[from] BrokenSettings),
    /// git, before anything was made.
    #[error(transparent)]
    Git(#[from] GitError),
    /// Sessions, before anything was made.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// Private files.
    #[error(transparent)]
    File(#[from] FileError),
    /// It was begun, failed, and was taken back.
    #[error("{0}")]
    Failed(Failure),
    /// It takes too long.
    #[error("the start has not ended within {} minutes; it goes on", MAX_START.as_secs() / 60)]
    TooSlow,
    /// Not allowed, or the journal.
    #[error(transparent)]
    Common(#[from] CommonError),
}

impl From<StoreError> for NewError {
    fn from(error: StoreError) -> Self {
        Self::Common(error.into())
    }
}

impl From<Denied> for NewError {
    fn from(denied: Denied) -> Self {
        Self::Common(denied.into())
    }
}

/// One workspace to be made: all that was checked, nothing recorded yet.
pub(crate) struct Blueprint {
    pub(crate) agent: ChosenAgent,
    pub(crate) spec: WorkspaceSpec,
}

/// A request that passed every check.
struct Checked {
    ground: checks::Survey,
    settings: Settings,
    agents: Vec<ChosenAgent>,
}

/// What became of a blueprint.
enum Begun {
    /// It was only looked at.
    Previewed(Box<NewReport>),
    /// It is recorded; effects do the rest.
    Recorded(WorkspaceId, Option<DeliveryId>),
}

/// What a start is made with.
struct Start<'a> {
    asker: &'a Principal,
    request: RequestId,
    new: &'a NewRequest,
    settings: &'a Settings,
    ground: &'a checks::Survey,
}

/// Makes one workspace for each agent.
///
/// # Errors
/// [`NewError`]. With several agents the first failure ends it; those that were made before stay.
pub fn new_workspace(
    engine: &Engine,
    asker: &Principal,
    request: RequestId,
    new: &NewRequest,
) -> Result<Vec<NewReport>, NewError> {
    let Checked { ground, settings, agents } = check(engine, asker, new)?;
    let rivals = agents.len() > 1;
    let mut reports = Vec::new();
    for agent in agents {
        let suffix = rivals.then(|| agent.name().to_owned());
        let start = Start { asker, request, new, settings: &settings, ground: &ground };
        reports.push(new_one(engine, &start, agent, suffix.as_deref())?);
    }
    Ok(reports)
}

/// The half of [`new_workspace`] that does not wait: records one workspace for each agent, with its message.
///
/// # Errors
/// [`NewError`]; a preview is not recorded and gives nothing.
pub fn begin_new_workspace(
    engine: &Engine,
    asker: &Principal,
    request: RequestId,
    new: &NewRequest,
) -> Result<Vec<(WorkspaceId, Option<DeliveryId>)>, NewError> {
    let Checked { ground, settings, agents } = check(engine, asker, new)?;
    let rivals = agents.len() > 1;
    let mut begun = Vec::new();
    for agent in agents {
        let suffix = rivals.then(|| agent.name().to_owned());
        let start = Start { asker, request, new, settings: &settings, ground: &ground };
        match begin_one(engine, &start, agent, suffix.as_deref())? {
            Begun::Recorded(id, delivery) => begun.push((id, delivery)),
            Begun::Previewed(_) => {}
        }
    }
    Ok(begun)
}

/// Everything that must hold before a name is chosen.
fn check(engine: &Engine, asker: &Principal, new: &NewRequest) -> Result<Checked, NewError> {
    let ground = survey(engine, new)?;
    let settings = engine.ports().settings.settings(ground.root(), Some(&new.environment))?;
    let agents = choose_agents(engine, &settings, new)?;
    if agents.len() > 1 && new.place != Place::Worktree {
        return Err(NewError::RivalsInPlace);
    }
    for agent in &agents {
        let ownership = creation_scope(asker, ground.repository_id());
        authorise(asker, Action::Create(agent.permissions, ownership))?;
        engine.ports().sessions.require(agent.session)?;
    }
    if new.place == Place::InPlace {
        authorise(asker, Action::CreateInPlace)?;
    }
    Ok(Checked { ground, settings, agents })
}

fn creation_scope(asker: &Principal, repository: Option<owt_core::RepositoryId>) -> Ownership {
    match asker {
        Principal::Person => Ownership::Own,
        Principal::Attempt(scope) if scope.repository == repository && repository.is_some() => {
            Ownership::SameRepository
        }
        Principal::Attempt(_) => Ownership::Elsewhere,
    }
}

fn new_one(
    engine: &Engine,
    start: &Start<'_>,
    agent: ChosenAgent,
    suffix: Option<&str>,
) -> Result<NewReport, NewError> {
    match begin_one(engine, start, agent, suffix)? {
        Begun::Previewed(report) => Ok(*report),
        Begun::Recorded(id, delivery) => {
            await_start(engine, id)?;
            report(engine, id, delivery, start.new, start.ground)
        }
    }
}

/// Chooses a place and records what is to be made there.
fn begin_one(
    engine: &Engine,
    start: &Start<'_>,
    agent: ChosenAgent,
    suffix: Option<&str>,
) -> Result<Begun, NewError> {
    let _naming = engine.naming();
    let job = JobId::from_bits(engine.ports().entropy.id_bits());
    let spec = place(engine, start.new, start.settings, start.ground, suffix, job)?;
    let blueprint = Blueprint { agent, spec };
    if start.new.resolve == Resolve::Preview {
        return Ok(Begun::Previewed(Box::new(preview(engine, start, blueprint))));
    }
    let id = WorkspaceId::from_bits(engine.ports().entropy.id_bits());
    match record(engine, start, id, blueprint) {
        Ok(delivery) => Ok(Begun::Recorded(id, delivery)),
        Err(error) => {
            forget_unrecorded(engine, id);
            Err(error)
        }
    }
}

/// What was written for a workspace that could not be recorded goes again; at the latest at the next start.
fn forget_unrecorded(engine: &Engine, id: WorkspaceId) {
    let unrecorded = matches!(engine.records().load::<Workspace>(id), Ok(None));
    if unrecorded && let Err(error) = engine.effects().forget_files(id) {
        tracing::warn!(%error, "private files stay behind until the next start");
    }
}

fn job_spec(
    start: &Start<'_>,
    blueprint: &Blueprint,
    workspace: WorkspaceId,
    delivery: Option<DeliveryId>,
) -> JobSpec {
    let Start { new, settings, asker, .. } = start;
    let agent = &blueprint.agent;
    JobSpec {
        workspace,
        title: title(new, blueprint),
        task: new.task.as_ref().map(|task| task.as_str().to_owned()),
        delivery,
        agent: agent.name().to_owned(),
        model: new.model.clone(),
        session: agent.session,
        permissions: agent.permissions,
        plan_mode: new.plan_mode,
        depends_on: Vec::new(),
        scope: Vec::new(),
        limits: JobLimits { session: settings.limits(agent.session), attempts: 1 },
        checks: Vec::new(),
        priority: 0,
        creator: match asker {
            Principal::Person => Creator::Person,
            Principal::Attempt(scope) => Creator::Attempt(scope.attempt),
        },
        committer: agent.committer,
    }
}

fn title(new: &NewRequest, blueprint: &Blueprint) -> String {
    let from_task = new.task.as_ref().map(|task| owt_core::branch_naming::title_for_task(task.as_str()));
    new.title.clone().or(from_task).unwrap_or_else(|| blueprint.spec.name.to_string())
}

fn preview(engine: &Engine, start: &Start<'_>, blueprint: Blueprint) -> NewReport {
    let now = engine.ports().clock.now();
    let id = WorkspaceId::from_bits(engine.ports().entropy.id_bits());
    let spec = job_spec(start, &blueprint, id, None);
    let job_id = blueprint.spec.job;
    let workspace = Workspace {
        spec: blueprint.spec,
        phase: Phase::Preparing,
        since: now,
        missing: false,
        last_failure: None,
    };
    let job = Job {
        id: job_id,
        spec,
        phase: owt_core::job::JobPhase::Queued,
        attempts: Vec::new(),
        token: 0,
        cancelled: false,
    };
    let judgement = owt_core::status::judge(&workspace, Some(&job), None);
    let view = WorkspaceView {
        id,
        workspace,
        job: Some((job_id, job)),
        attempt: None,
        facts: None,
        judgement,
        created_at: now,
        updated_at: now,
    };
    NewReport { view, delivery: None, notices: vec!["nothing was done (--dry-run)".to_owned()] }
}

/// Records job, message and workspace; from here on effects do the work.
fn record(
    engine: &Engine,
    start: &Start<'_>,
    id: WorkspaceId,
    blueprint: Blueprint,
) -> Result<Option<DeliveryId>, NewError> {
    let Start { new, asker, request, .. } = *start;
    let environment = session_environment(&new.environment);
    engine.ports().files.write(&engine.home().environment(id), to_json(&environment)?.as_bytes())?;
    let sender = match asker {
        Principal::Person => Sender::Person,
        Principal::Attempt(scope) => Sender::Attempt(scope.attempt),
    };
    let message = match &new.task {
        Some(task) => Some(keep_message(engine, id, task, sender, new.meaning)?),
        None => None,
    };
    let delivery = message.as_ref().map(|(delivery, _)| *delivery);
    let job = job_spec(start, &blueprint, id, delivery);
    let job_id = blueprint.spec.job;
    engine.dispatch(
        Message::Job { id: job_id, input: JobInput::Create { id: job_id, spec: Box::new(job) } },
        request,
    )?;
    if let Some(message) = message {
        accept(engine, message, request)?;
    }
    let input = WorkspaceInput::Request { id, spec: Box::new(blueprint.spec) };
    engine.dispatch(Message::Workspace { id, input }, request)?;
    Ok(delivery)
}

fn await_start(engine: &Engine, id: WorkspaceId) -> Result<(), NewError> {
    let end = engine.await_state(MAX_START, &|| true, || {
        let Some(workspace) = engine.records().load::<Workspace>(id)? else {
            return Ok(None);
        };
        match workspace.phase {
            Phase::Discarded { failure } => Ok(Some(Err(failure))),
            Phase::Removing { .. } | Phase::Removed { .. } => Ok(Some(Err(Failure::new(
                FailureKind::Lost,
                "the workspace was removed while it was being started",
            )))),
            Phase::Ready => Ok(has_launched(engine, workspace.spec.job)?.then_some(Ok(()))),
            _ => Ok(None),
        }
    })?;
    match end {
        Some(Ok(())) => Ok(()),
        Some(Err(failure)) => Err(NewError::Failed(failure)),
        None => Err(NewError::TooSlow),
    }
}

fn has_launched(engine: &Engine, job: JobId) -> Result<bool, StoreError> {
    let Some(attempt) = engine.records().load::<Job>(job)?.and_then(|job| job.newest_attempt()) else {
        return Ok(false);
    };
    let attempt = engine.records().load::<Attempt>(attempt)?;
    Ok(attempt.is_some_and(|attempt| match attempt.phase {
        AttemptPhase::Launching => false,
        AttemptPhase::Running { .. } => true,
        AttemptPhase::Ended { verdict, .. } => {
            !matches!(verdict, owt_core::attempt::Verdict::NotStarted { .. })
        }
    }))
}

fn report(
    engine: &Engine,
    id: WorkspaceId,
    delivery: Option<DeliveryId>,
    new: &NewRequest,
    ground: &checks::Survey,
) -> Result<NewReport, NewError> {
    let records = live_workspaces(engine, ground.repository_id())?;
    let record = records
        .into_iter()
        .find(|record| record.id == id)
        .ok_or_else(|| StoreError::Failed(format!("the record of {id} is missing")))?;
    let mut view = WorkspaceView::gather(engine.records(), record)?;
    add_facts(engine, std::slice::from_mut(&mut view));
    let delivery = match delivery {
        Some(id) => engine.records().load::<Delivery>(id)?.map(|delivery| (id, delivery)),
        None => None,
    };
    let notices = notices(engine, new, ground, &view);
    Ok(NewReport { view, delivery, notices })
}

fn notices(engine: &Engine, new: &NewRequest, ground: &checks::Survey, view: &WorkspaceView) -> Vec<String> {
    let mut notices = Vec::new();
    let Some((_, job)) = &view.job else { return notices };
    notices.push(match job.spec.permissions {
        PermissionChoice::Level(level) => format!("permissions: {level}"),
        PermissionChoice::Unmanaged => {
            format!("permissions: as {}'s own command line says (not managed by owt)", job.spec.agent)
        }
    });
    if new.place == Place::Worktree && !new.with_changes && ground.dirty_files(engine) > 0 {
        notices.push(
            "the uncommitted changes of your checkout are not in the workspace (--with-changes carries them)"
                .to_owned(),
        );
    }
    notices
}

/// The environment that the workspace's agents start with: the caller's, without what is ours or leads git
/// and tmux astray. `OWT_DEMO_` is not ours: those are the demo agent's.
fn session_environment(environment: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let drop = |name: &str| {
        (name.starts_with("OWT_") && !name.starts_with("OWT_DEMO_"))
            || matches!(name, "TMUX" | "TMUX_PANE" | "PWD" | "OLDPWD" | "SHLVL" | "_" | "LINES" | "COLUMNS")
            || (name.starts_with("GIT_")
                && !matches!(name, "GIT_SSH" | "GIT_SSH_COMMAND" | "GIT_ASKPASS")
                && !name.starts_with("GIT_AUTHOR_")
                && !name.starts_with("GIT_COMMITTER_")
                && !name.starts_with("GIT_CONFIG_"))
    };
    environment.iter().filter(|(name, _)| !drop(name)).map(|(k, v)| (k.clone(), v.clone())).collect()
}
