//! The main job: a workspace, an agent in it, a prompt on its way.
//!
//! Everything is checked before anything is recorded; what is recorded is done by effects; what could not be
//! started is taken back before this returns.

mod checks;
mod failure;
mod outcome;
mod placing;
mod recording;
mod request;
mod templated;

use owt_core::DeliveryId;
use owt_core::JobId;
use owt_core::RequestId;
use owt_core::WorkspaceId;
use owt_core::attempt::Attempt;
use owt_core::authority::Action;
use owt_core::authority::Ownership;
use owt_core::authority::Principal;
use owt_core::authority::authorise;
use owt_core::briefing::ContextChoice;
use owt_core::briefing::Manner;
use owt_core::delivery::Meaning;
use owt_core::session::Allowance;
use owt_core::session::SessionKind;
use owt_core::text::Prompt;
use owt_core::workspace::Workspace;
use owt_core::workspace::WorkspaceSpec;

pub use self::failure::NewError;
pub use self::outcome::NewReport;
pub use self::request::AgentWish;
pub use self::request::Branching;
pub use self::request::LineWish;
pub use self::request::NewRequest;
pub use self::request::Place;
pub use self::request::PlanWish;
pub use self::request::Role;
pub use self::request::WantedSession;
pub use self::request::WhenSeveral;
pub use self::request::WorkWish;

use self::checks::survey;
use self::placing::place;
pub(crate) use self::placing::worktrees_folder;
use self::templated::Templated;
use self::templated::templated;
use super::Resolve;
use super::select::find;
use crate::agent_choice::ChosenAgent;
use crate::agent_choice::choose_agents;
use crate::briefing::can_be_told;
use crate::engine::Engine;
use crate::panes::without_window;
use crate::records::Record;
use crate::room;
use crate::settings::Settings;
use crate::view::WorkspaceView;

/// One workspace to be made: all that was checked, nothing recorded yet.
pub(crate) struct Blueprint {
    pub(crate) agent: ChosenAgent,
    pub(crate) spec: WorkspaceSpec,
}

/// A request that passed every check.
struct Checked {
    new: NewRequest,
    manner: Option<Manner>,
    parents: Vec<JobId>,
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
    /// The way of working that was chosen.
    manner: Option<&'a Manner>,
    /// Jobs whose results it is told of.
    parents: &'a [JobId],
    /// What this preview would have made so far.
    rivals: &'a [Record<Workspace>],
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
    let Checked { new, manner, parents, ground, settings, agents } = check(engine, asker, new)?;
    let (new, manner, parents) = (&new, manner.as_ref(), parents.as_slice());
    let rivals = agents.len() > 1;
    let (mut reports, mut previewed) = (Vec::new(), Vec::new());
    for agent in agents {
        let suffix = rivals.then(|| agent.name().to_owned());
        let start = Start {
            asker,
            request,
            new,
            settings: &settings,
            ground: &ground,
            manner,
            parents,
            rivals: &previewed,
        };
        let report = new_one(engine, &start, agent, suffix.as_deref())?;
        if new.resolve == Resolve::Preview {
            previewed.push(imagined(&report.view));
        }
        reports.push(report);
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
    let Checked { new, manner, parents, ground, settings, agents } = check(engine, asker, new)?;
    let (new, manner, parents) = (&new, manner.as_ref(), parents.as_slice());
    let rivals = agents.len() > 1;
    let mut begun = Vec::new();
    for agent in agents {
        let suffix = rivals.then(|| agent.name().to_owned());
        let start =
            Start { asker, request, new, settings: &settings, ground: &ground, manner, parents, rivals: &[] };
        match begin_one(engine, &start, agent, suffix.as_deref())? {
            Begun::Recorded(id, delivery) => begun.push((id, delivery)),
            Begun::Previewed(_) => {}
        }
    }
    Ok(begun)
}

/// A previewed workspace as the next rival finds it.
fn imagined(view: &WorkspaceView) -> Record<Workspace> {
    let (created_at, updated_at) = (view.created_at, view.updated_at);
    Record { id: view.id, state: view.workspace.clone(), created_at, updated_at }
}

/// Everything that must hold before a name is chosen.
fn check(engine: &Engine, asker: &Principal, new: &NewRequest) -> Result<Checked, NewError> {
    let Templated { new, manner, base } = templated(engine, new)?;
    let ground = survey(engine, &new, base.as_deref())?;
    let mut settings = engine.ports().settings.settings(ground.source(), Some(&new.environment))?;
    settings.allowance = allowance(engine, asker, settings.allowance, new.agent.allowance)?;
    let search_path = persons_search_path(asker, &new);
    let agents = choose_agents(engine, &settings, &new, search_path)?;
    if agents.len() > 1 && new.place != Place::Worktree {
        return Err(NewError::RivalsInPlace);
    }
    for agent in &agents {
        let ownership = creation_scope(asker, ground.repository_id());
        authorise(asker, Action::Create(agent.permissions, ownership))?;
        engine.ports().sessions.require(agent.session, search_path)?;
    }
    if new.place == Place::InPlace {
        authorise(asker, Action::CreateInPlace)?;
    }
    if new.work.meaning == Meaning::Command {
        authorise(asker, Action::GiveCommand)?;
    }
    let parents = parents(engine, asker, &new)?;
    Ok(Checked { new, manner, parents, ground, settings, agents })
}

/// Where the server may look for what it runs itself. An agent's search path is for what runs inside of sessions.
fn persons_search_path<'n>(asker: &Principal, new: &'n NewRequest) -> &'n str {
    match asker {
        Principal::Person => new.environment.get("PATH").map_or("", String::as_str),
        Principal::Attempt(_) => "",
    }
}

/// What the sessions may use up. An agent gives no more than it has itself, and than is configured.
fn allowance(
    engine: &Engine,
    asker: &Principal,
    configured: Allowance,
    wished: Allowance,
) -> Result<Allowance, NewError> {
    let Principal::Attempt(scope) = asker else { return Ok(wished.or(configured)) };
    let own = engine.records().load::<Attempt>(scope.attempt)?.map(|attempt| attempt.spec.allowance);
    Ok(wished.within(configured).within(own.unwrap_or_default()))
}

fn parents(engine: &Engine, asker: &Principal, new: &NewRequest) -> Result<Vec<JobId>, NewError> {
    let job = |name: &String| Ok(find(engine, asker, &new.folder, name, Action::Read)?.workspace.spec.job);
    new.work.parents.iter().map(job).collect()
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
    let without_window =
        if agent.session == SessionKind::Pty { without_window(&start.settings.layout) } else { None };
    let said = agent.instead.iter().chain(&agent.unplanned).cloned();
    let untold = untold(start, &agent);
    let notices = said.chain(untold).chain(without_window).chain(placing::elsewhere(engine, start));
    let notices: Vec<String> = notices.collect();
    let mut report = match begin_one(engine, start, agent, suffix)? {
        Begun::Previewed(report) => *report,
        Begun::Recorded(id, delivery) => {
            outcome::await_start(engine, id, start.request)?;
            outcome::report(engine, id, delivery, start.new, start.ground)?
        }
    };
    report.notices.extend(notices);
    Ok(report)
}

/// What the person asked an agent to be told that it cannot be told.
fn untold(start: &Start<'_>, agent: &ChosenAgent) -> Option<String> {
    let context = start.new.agent.context.unwrap_or(start.settings.context);
    let task = start.new.work.task.as_ref().map(Prompt::as_str);
    if can_be_told(agent.manifest(), agent.session, context, task) {
        return None;
    }
    let template = start.manner.map(|_| "--template (its base, prefix and agent hold)");
    let from = (!start.parents.is_empty()).then_some("--from");
    let asked: Vec<&str> = template.into_iter().chain(from).collect();
    let name = agent.name();
    let why = match context {
        ContextChoice::Off => "--no-context or context = \"off\" keeps it to its task".to_owned(),
        ContextChoice::Full => {
            format!("{name} has no channel for it in this session")
        }
    };
    (!asked.is_empty()).then(|| format!("{name} is not told what comes with {}: {why}", asked.join(" and ")))
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
    let spec = place(engine, start, suffix, job)?;
    room::require(engine, start.settings.disk, spec.repository(), &spec.path)?;
    let blueprint = Blueprint { agent, spec };
    if start.new.resolve == Resolve::Preview {
        return Ok(Begun::Previewed(Box::new(outcome::preview(engine, start, blueprint)?)));
    }
    let id = WorkspaceId::from_bits(engine.ports().entropy.id_bits());
    match recording::record(engine, start, id, blueprint) {
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
