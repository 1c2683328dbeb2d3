//! Everything about one workspace.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::activity::looked_at;
use crate::facts::add_facts;
use crate::hooks_heard::hooks_heard;
use crate::observer::OpenTool;
use crate::use_cases::logs::last_lines;
use crate::use_cases::select::find;
use owt_agents::launch::CONTEXT_FILE;
use owt_agents::launch::PREAMBLE_FILE;
use owt_core::AbsPath;
use owt_core::AttemptId;
use owt_core::DeliveryId;
use owt_core::Timestamp;
use owt_core::WorkspaceId;
use owt_core::attempt::Attempt;
use owt_core::attempt::HookStanding;
use owt_core::authority::Action;
use owt_core::authority::Principal;
use owt_core::delivery::Delivery;
use owt_core::delivery::DeliveryPhase;
use owt_core::environment::InstallState;
use owt_core::environment::SetupState;
use owt_core::landing::Gate;
use owt_core::landing::Landing;
use owt_core::landing::LandingPhase;
use owt_core::landing::Verification;
use owt_core::train::CarPlace;
use owt_core::train::Train;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_core::workspace::Ground;
use owt_ports::Effort;
use owt_ports::Footprint;
use owt_ports::Found;
use owt_ports::StoreError;

use super::SelectError;
use crate::engine::Engine;
use crate::notes::again;
use crate::records::Which;
use crate::view::WorkspaceView;

/// Most deliveries that are shown.
const MAX_DELIVERIES: usize = 50;
/// Lines of output that are shown.
const LAST_LINES: usize = 12;

/// How long a worktree's bytes are counted.
const COUNTING: Duration = Duration::from_secs(2);

/// Where and when a workspace's work has landed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastLanding {
    /// In this branch.
    pub target: BranchName,
    /// Where that was.
    pub before: ObjectId,
    /// Where it was then.
    pub after: ObjectId,
    /// When.
    pub at: Timestamp,
    /// Whether the repository's checks were asked for.
    pub gate: Gate,
    /// What they had to do with it.
    pub verification: Option<Verification>,
}

/// One workspace with its history.
#[derive(Debug, Clone)]
pub struct WorkspaceDetail {
    /// The workspace.
    pub view: WorkspaceView,
    /// Its attempts, oldest first.
    pub attempts: Vec<(AttemptId, Attempt)>,
    /// Its newest deliveries, oldest first.
    pub deliveries: Vec<(DeliveryId, Delivery)>,
    /// The output of its install, where there was one.
    pub install_log: Option<AbsPath>,
    /// The output of the commands that set it up, where there was one.
    pub setup_log: Option<AbsPath>,
    /// Whether the hooks of its agent report; `None` where nothing rests on them.
    pub hooks: Option<HookStanding>,
    /// The tools that its agent uses now.
    pub tools: Vec<OpenTool>,
    /// Its last landing, where it has landed.
    pub landed: Option<LastLanding>,
    /// The last lines of output.
    pub last_lines: Vec<String>,
    /// What the agent of its newest attempt was told besides its task.
    pub context: Option<Told>,
    /// What its worktree takes of the disk, where somebody asked for everything.
    pub footprint: Option<Footprint>,
}

/// What an agent was told besides its task, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// By which way.
    pub way: ToldBy,
    /// The words.
    pub text: String,
}

/// The ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToldBy {
    /// The agent's own channel, beside the task.
    Channel,
    /// In front of the task.
    Prompt,
}

/// Shows one workspace.
///
/// # Errors
/// [`SelectError`].
pub fn show(
    engine: &Engine,
    asker: &Principal,
    folder: &AbsPath,
    name: &str,
) -> Result<WorkspaceDetail, SelectError> {
    let mut view = find(engine, asker, folder, name, Action::Read)?;
    looked_at(engine, asker, &view);
    add_facts(engine, std::slice::from_mut(&mut view));
    let footprint = footprint(engine, &view);
    Ok(WorkspaceDetail { footprint, ..detail(engine, view)? })
}

/// What a worktree takes of the disk, as far as it is counted while somebody waits.
fn footprint(engine: &Engine, view: &WorkspaceView) -> Option<Footprint> {
    let is_ours = matches!(view.workspace.spec.ground, Ground::Worktree(_)) && view.found == Found::Folder;
    let path = is_ours.then_some(&view.workspace.spec.path)?;
    match engine.ports().environments.footprint(path, Effort::AtMost(COUNTING)) {
        Ok(print) => Some(print),
        Err(error) => {
            tracing::warn!(workspace = view.name(), %error, "what it takes of the disk is not known");
            None
        }
    }
}

/// The newest messages, in the order in which they were sent.
fn newest_deliveries(
    engine: &Engine,
    workspace: WorkspaceId,
) -> Result<Vec<(DeliveryId, Delivery)>, StoreError> {
    let mut all = engine.records().list::<Delivery>(Some(&workspace.to_string()), Which::All)?;
    all.sort_by_key(|record| (record.created_at, record.id));
    let names: BTreeSet<DeliveryId> = all.iter().map(|record| record.id).collect();
    let surplus = all.len().saturating_sub(MAX_DELIVERIES);
    let newest = all.into_iter().skip(surplus).map(|record| (record.id, record.state));
    Ok(newest.map(|(id, delivery)| (id, with_whereabouts(id, delivery, &names))).collect())
}

/// A message that outlived its session says under which name it went to the next.
fn with_whereabouts(id: DeliveryId, mut delivery: Delivery, names: &BTreeSet<DeliveryId>) -> Delivery {
    let next = again(id);
    if delivery.outlived_its_session() && names.contains(&next) {
        let reason = format!("its session was over first; it went to the next one as {next}");
        delivery.phase = DeliveryPhase::Failed { reason };
    }
    delivery
}

/// The history around a workspace.
pub(crate) fn detail(engine: &Engine, view: WorkspaceView) -> Result<WorkspaceDetail, StoreError> {
    let mut attempts = Vec::new();
    for id in view.job.iter().flat_map(|(_, job)| job.attempts.iter().copied()) {
        if let Some(attempt) = engine.records().load::<Attempt>(id)? {
            attempts.push((id, attempt));
        }
    }
    let deliveries = newest_deliveries(engine, view.id)?;
    let last_lines = view.attempt.as_ref().map_or_else(Vec::new, |(id, attempt)| {
        last_lines(engine, *id, attempt, view.job.as_ref().map(|(_, job)| job), LAST_LINES)
    });
    let landed = last_landed(engine, &view)?;
    let context = view.attempt.as_ref().and_then(|(id, _)| told(engine, *id));
    let installed = view.workspace.outfit.install != InstallState::Off;
    let install_log = installed.then(|| engine.home().install_log(view.id));
    let has_run = !matches!(view.workspace.outfit.setup, SetupState::Off | SetupState::Unapproved);
    let setup_log = has_run.then(|| engine.home().setup_log(view.id));
    Ok(WorkspaceDetail {
        hooks: hooks_heard(engine, &view),
        tools: tools_in_use(engine, &view),
        view,
        attempts,
        deliveries,
        install_log,
        setup_log,
        landed,
        last_lines,
        context,
        footprint: None,
    })
}

/// By itself or in a train.
fn last_landed(engine: &Engine, view: &WorkspaceView) -> Result<Option<LastLanding>, StoreError> {
    let mut all = Vec::new();
    for record in engine.records().list::<Landing>(Some(&view.id.to_string()), Which::All)? {
        let landing = record.state;
        if let LandingPhase::Landed { before, after, .. } = landing.phase {
            all.push(LastLanding {
                target: landing.spec.target,
                before,
                after,
                at: landing.since,
                gate: landing.spec.checks,
                verification: landing.verified.map(|verified| verified.how),
            });
        }
    }
    if let Some(repository) = view.workspace.spec.repository() {
        for record in engine.records().list::<Train>(Some(&repository.id.to_string()), Which::All)? {
            all.extend(landed_in(&record.state, view.id));
        }
    }
    Ok(all.into_iter().max_by_key(|landing| landing.at))
}

fn landed_in(train: &Train, workspace: WorkspaceId) -> Option<LastLanding> {
    let at = train.cars.iter().position(|car| car.spec.landing.workspace == workspace)?;
    let CarPlace::Landed { commit, how } = &train.cars.get(at)?.place else { return None };
    let moved = train.moves.iter().find(|moved| moved.cars.contains(&at))?;
    Some(LastLanding {
        target: train.target.clone(),
        before: moved.before.clone(),
        after: commit.clone(),
        at: moved.at,
        gate: Gate::Required,
        verification: Some(*how),
    })
}

/// The tools that the agent of a running session uses now.
pub(crate) fn tools_in_use(engine: &Engine, view: &WorkspaceView) -> Vec<OpenTool> {
    view.running().map(|(id, _)| engine.observers().tools(id)).unwrap_or_default()
}

/// What an attempt's agent was told besides its task: the files that it was started with.
fn told(engine: &Engine, attempt: AttemptId) -> Option<Told> {
    let folder = engine.home().attempt(attempt);
    [(ToldBy::Channel, CONTEXT_FILE), (ToldBy::Prompt, PREAMBLE_FILE)].into_iter().find_map(|(way, name)| {
        match engine.ports().files.read(&folder.join(name)) {
            Ok(bytes) => bytes.map(|bytes| Told { way, text: String::from_utf8_lossy(&bytes).into_owned() }),
            Err(error) => {
                tracing::warn!(%attempt, %error, "what its agent was told cannot be read");
                None
            }
        }
    })
}
