//! What came of a request: the start is awaited and told, or only imagined.

use owt_core::DeliveryId;
use owt_core::JobId;
use owt_core::RequestId;
use owt_core::WorkspaceId;
use owt_core::attempt::Attempt;
use owt_core::attempt::AttemptPhase;
use owt_core::delivery::Delivery;
use owt_core::environment::InstallState;
use owt_core::environment::SetupState;
use owt_core::failure::Failure;
use owt_core::failure::FailureKind;
use owt_core::job::Job;
use owt_core::job::JobOutcome;
use owt_core::job::JobPhase;
use owt_core::job::PermissionChoice;
use owt_core::session::SessionKind;
use owt_core::workspace::Phase;
use owt_core::workspace::Workspace;
use owt_ports::StoreError;

use super::Blueprint;
use super::NewError;
use super::NewRequest;
use super::Place;
use super::Start;
use super::checks::Survey;
use super::failure::MAX_START;
use super::recording::job_spec;
use crate::engine::Engine;
use crate::entity::Entity as _;
use crate::facts::add_facts;
use crate::radar::Opponents;
use crate::use_cases::select::live_workspaces;
use crate::view::WorkspaceView;
use crate::view::begun_by;

/// The most that is named of what did not come along.
const MOST_LEFT_OUT: usize = 5;

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

pub(super) fn preview(
    engine: &Engine,
    start: &Start<'_>,
    blueprint: Blueprint,
) -> Result<NewReport, StoreError> {
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
        outfit: owt_core::environment::Outfit::default(),
        conflicts_told: owt_core::radar::ConflictsTold::default(),
        last_sync: None,
        pull_request: None,
        unlinked: None,
        stood_on: Vec::new(),
    };
    let job = Job {
        id: job_id,
        spec,
        phase: JobPhase::Queued,
        attempts: Vec::new(),
        token: 0,
        cancelled: false,
        resumption: None,
        tried: owt_core::retry::Tried::default(),
    };
    let judgement = owt_core::status::judge(&workspace, Some(&job), None);
    let view = WorkspaceView {
        id,
        workspace,
        begun_by: begun_by(engine.records(), &job)?,
        job: Some((job_id, job)),
        attempt: None,
        found: owt_ports::Found::Folder,
        facts: None,
        left: None,
        judgement,
        last_activity: None,
        warnings: Vec::new(),
        attention: None,
        conflicts: Opponents::default(),
        stranded: None,
        landing: None,
        cost: None,
        created_at: now,
        updated_at: now,
    };
    let mut notices = vec!["nothing was done (--dry-run)".to_owned()];
    notices.extend(following(&view.workspace));
    notices.extend(outdated(engine, start.ground));
    Ok(NewReport { view, delivery: None, notices })
}

pub(super) fn await_start(engine: &Engine, id: WorkspaceId, request: RequestId) -> Result<(), NewError> {
    let end = engine.await_done(MAX_START, &Workspace::stream(id), request, || {
        let Some(workspace) = engine.records().load::<Workspace>(id)? else {
            return Ok(None);
        };
        match workspace.phase {
            Phase::Discarded { failure } => Ok(Some(Err(NewError::Failed(failure)))),
            Phase::Removing { .. } | Phase::Removed { .. } => Ok(Some(Err(NewError::Failed(Failure::new(
                FailureKind::Lost,
                "the workspace was removed while it was being started",
            ))))),
            Phase::Ready if is_called_off(engine, workspace.spec.job)? => {
                Ok(Some(Err(NewError::CalledOff { name: workspace.spec.name.to_string() })))
            }
            Phase::Ready
                if workspace.outfit.has_begun()
                    && let Some(failure) = never_began(engine, workspace.spec.job)? =>
            {
                let name = workspace.spec.name.to_string();
                Ok(Some(Err(NewError::NeverBegan { name, failure })))
            }
            Phase::Ready => Ok(has_launched(engine, workspace.spec.job)?.then_some(Ok(()))),
            _ => Ok(None),
        }
    })?;
    end.unwrap_or(Err(NewError::TooSlow))
}

fn is_called_off(engine: &Engine, job: JobId) -> Result<bool, StoreError> {
    let job = engine.records().load::<Job>(job)?;
    Ok(job.is_some_and(|job| job.phase == JobPhase::Ended { outcome: JobOutcome::Cancelled }))
}

fn never_began(engine: &Engine, job: JobId) -> Result<Option<Failure>, StoreError> {
    Ok(engine.records().load::<Job>(job)?.and_then(|job| match job.phase {
        JobPhase::Ended { outcome: JobOutcome::NeverStarted { failure } } => Some(failure),
        _ => None,
    }))
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

pub(super) fn report(
    engine: &Engine,
    id: WorkspaceId,
    delivery: Option<DeliveryId>,
    new: &NewRequest,
    ground: &Survey,
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
    let mut notices = notices(engine, new, ground, &view);
    notices.extend(wrong_projects(&view));
    notices.extend(view.workspace.outfit.furnishing.iter().flat_map(|found| found.at_once.iter().cloned()));
    notices.extend(left_out(&view));
    notices.extend(lacking(&view));
    Ok(NewReport { view, delivery, notices })
}

/// What is wrong with its projects, each with its folder.
fn wrong_projects(view: &WorkspaceView) -> Vec<String> {
    let furnishing = view.workspace.outfit.furnishing.iter();
    let projects = furnishing.flat_map(|furnishing| &furnishing.projects);
    let told = projects.flat_map(|project| {
        project.notices.iter().map(move |notice| match project.folder.is_root() {
            true => notice.clone(),
            false => format!("{}: {notice}", project.folder),
        })
    });
    told.collect()
}

/// What of the person's checkout could not come along, in one line.
fn left_out(view: &WorkspaceView) -> Option<String> {
    let files = &view.workspace.outfit.furnishing.as_ref()?.left_out;
    let (first, more) = files.split_at(files.len().min(MOST_LEFT_OUT));
    let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
    (!first.is_empty()).then(|| {
        format!(
            "not in the workspace, because git would show it there: {}{more} (a line in .gitignore or .git/info/exclude lets \
             it come along; owt show {})",
            first.join(", "),
            view.name()
        )
    })
}

/// What its agent has to do without.
fn lacking(view: &WorkspaceView) -> Vec<String> {
    let (name, outfit) = (view.name(), &view.workspace.outfit);
    // An agent that does one task and ends has to be told another.
    let does_one_task = view.job.as_ref().is_some_and(|(_, job)| job.spec.session == SessionKind::Headless);
    let words = if does_one_task { " \"...\"" } else { "" };
    let submodules = outfit.furnishing.iter().flat_map(|furnishing| &furnishing.submodules.lacking);
    let submodules: Vec<&str> = submodules.map(|lacking| lacking.path.as_str()).collect();
    let submodules = (!submodules.is_empty()).then(|| {
        let (all, path) = (submodules.join(", "), &view.workspace.spec.path);
        format!("empty submodules: {all} (git -C {path} submodule update --init --recursive; owt show {name} says why)")
    });
    let packages = match &outfit.install {
        InstallState::Failed { failures } => failures
            .iter()
            .map(|failure| format!("packages are not installed: {failure} (owt logs {name} --install)"))
            .collect(),
        _ => Vec::new(),
    };
    let setup = match &outfit.setup {
        SetupState::Failed { failure } => Some(format!(
            "the worktree is not set up: '{}' {} (owt logs {name} --setup)",
            failure.step, failure.kind
        )),
        SetupState::Unapproved => Some(format!(
            "the worktree is not set up: you have not approved worktree.setup as it is now (owt approvals; after that, \
             owt resume {name}{words} sets it up once its agent has stopped)"
        )),
        _ => None,
    };
    packages.into_iter().chain(setup).chain(submodules).collect()
}

/// That its branch was made from a remote's, which nobody asked for by name.
fn following(workspace: &Workspace) -> Option<String> {
    let line = workspace.spec.line()?;
    let from = line.follows.as_ref()?.short();
    Some(format!("the branch '{}' begins at {from} (as last fetched) and follows it", line.branch))
}

/// What the base lacks that its own upstream has.
fn outdated(engine: &Engine, ground: &Survey) -> Option<String> {
    let Survey::Repository(standing) = ground else { return None };
    let branch = standing.base.branch.as_ref()?;
    let upstream = engine.ports().git.upstream(&standing.checkout.repository, branch).ok()??;
    let (behind, name) = (upstream.behind, &upstream.name);
    (behind > 0).then(|| {
        format!("{branch} is {behind} behind {name} (as last fetched): git pull first, or start with --base {name}")
    })
}

fn notices(engine: &Engine, new: &NewRequest, ground: &Survey, view: &WorkspaceView) -> Vec<String> {
    let mut notices: Vec<String> =
        following(&view.workspace).into_iter().chain(outdated(engine, ground)).collect();
    let Some((_, job)) = &view.job else { return notices };
    // A level is a fact of the workspace, which is told anyway.
    if job.spec.permissions == PermissionChoice::Unmanaged {
        let agent = &job.spec.agent;
        notices.push(format!("permissions: as {agent}'s own command line says (not managed by owt)"));
    }
    if new.place == Place::Worktree && !new.line.with_changes && ground.dirty_files(engine) > 0 {
        notices.push(
            "the uncommitted changes of your checkout are not in the workspace (--with-changes carries them)"
                .to_owned(),
        );
    }
    notices
}
