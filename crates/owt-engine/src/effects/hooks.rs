//! Commands that a configuration wants run in a worktree: after it is made, and before it is removed. The person's own
//! run as they are; a repository's only when the person has approved this very content.

use std::collections::BTreeMap;
use std::sync::Arc;

use owt_core::AbsPath;
use owt_core::WorkspaceId;
use owt_core::environment::HookMoment;
use owt_core::environment::InstallFailure;
use owt_core::environment::InstallFailureKind;
use owt_core::environment::Lease;
use owt_core::environment::RelPath;
use owt_core::environment::SetupState;
use owt_core::environment::leave_active_environment;
use owt_core::workspace::Ground;
use owt_core::workspace::Packages;
use owt_core::workspace::Workspace;
use owt_ports::EnvironmentError;
use owt_ports::HookOutcome;
use owt_ports::HookPlan;
use owt_ports::IsCancelled;
use owt_ports::OnCommand;
use owt_ports::StoreError;

use crate::approvals::Answers;
use crate::approvals::Verdict;
use crate::approvals::brought_by_hook;
use crate::board::EffectBoard;
use crate::entity::from_json;
use crate::home::Home;
use crate::ports::Ports;
use crate::settings::Hook;
use crate::settings::HookSource;
use crate::settings::Settings;

/// Runs the commands of hooks.
pub(crate) struct HookEffects {
    pub(crate) ports: Ports,
    pub(crate) home: Home,
    pub(crate) board: Arc<EffectBoard>,
}

/// Commands that may run, and for how long.
type Allowed = (Hook, std::time::Duration);

/// What becomes of a hook.
enum Standing {
    /// There is none, or the person has said no.
    None,
    /// A repository's, which the person has not approved as it is now; the person's own run meanwhile.
    Unapproved(Option<Allowed>),
    /// It may run.
    Allowed(Allowed),
}

/// Names the folder that somebody stands in (POSIX); in a session it names the session's.
const FOLDER: &str = "PWD";

/// What came of the commands before a removal.
pub(super) enum TornDown {
    /// They ended, well or badly, or there were none; what the person should know.
    Ended(Option<String>),
    /// The server ends: they are run again by the next one.
    BrokenOff,
}

/// The environment that a workspace's programs start with, its lease included.
pub(super) fn environment(
    ports: &Ports,
    home: &Home,
    (id, workspace): (WorkspaceId, &Workspace),
    lease: Option<&Lease>,
) -> Result<BTreeMap<String, String>, StoreError> {
    let mut environment = callers_environment(ports, home, id)?;
    environment.remove(FOLDER);
    of_its_own(workspace, &mut environment);
    environment.extend(lease.map(Lease::variables).unwrap_or_default());
    Ok(environment)
}

/// Where the person stood who asked for the workspace, as their shell named it.
pub(super) fn asked_in(ports: &Ports, home: &Home, id: WorkspaceId) -> Result<Option<AbsPath>, StoreError> {
    let environment = callers_environment(ports, home, id)?;
    Ok(environment.get(FOLDER).and_then(|folder| AbsPath::new(folder).ok()))
}

/// The environment of whoever asked for the workspace.
pub(crate) fn callers_environment(
    ports: &Ports,
    home: &Home,
    id: WorkspaceId,
) -> Result<BTreeMap<String, String>, StoreError> {
    match ports.files.read(&home.environment(id)) {
        Ok(Some(bytes)) => from_json(&String::from_utf8_lossy(&bytes)),
        Ok(None) => Ok(BTreeMap::new()),
        // The session will say so; until then nothing is lost.
        Err(error) => super::file_failure(&error).map(|_| BTreeMap::new()),
    }
}

/// In a worktree, leaves an environment of Python behind that was active where the worktree was asked for: it is the
/// main checkout's. Work in place goes on in it.
pub(super) fn of_its_own(workspace: &Workspace, environment: &mut BTreeMap<String, String>) {
    if let Ground::Worktree(line) = &workspace.spec.ground {
        leave_active_environment(environment, Some(line.repository.source()));
    }
}

impl HookEffects {
    /// Whether a fresh worktree is to be set up. Unlike packages, what a removal took down is made again when the
    /// workspace comes back.
    pub(super) fn wanted(&self, id: WorkspaceId, workspace: &Workspace) -> Result<SetupState, StoreError> {
        if workspace.spec.packages == Packages::LeftOut {
            return Ok(SetupState::Off);
        }
        let lease = workspace.outfit.lease.as_ref();
        let environment = environment(&self.ports, &self.home, (id, workspace), lease)?;
        Ok(match self.standing(HookMoment::Setup, workspace, &environment) {
            Ok(Standing::None) => SetupState::Off,
            Err(message) => SetupState::Failed { failure: unable(message) },
            Ok(Standing::Unapproved(None)) => SetupState::Unapproved,
            Ok(Standing::Unapproved(Some(_)) | Standing::Allowed(_)) => SetupState::Waiting,
        })
    }

    /// Sets a worktree up.
    pub(super) fn set_up(
        &self,
        id: WorkspaceId,
        workspace: &Workspace,
        begun: OnCommand<'_>,
        cancelled: IsCancelled<'_>,
    ) -> Result<(SetupState, Vec<String>), StoreError> {
        let environment =
            environment(&self.ports, &self.home, (id, workspace), workspace.outfit.lease.as_ref())?;
        let ((hook, limit), end) = match self.standing(HookMoment::Setup, workspace, &environment) {
            Ok(Standing::Allowed(allowed)) => (allowed, SetupState::Done),
            Ok(Standing::Unapproved(Some(own))) => (own, SetupState::Unapproved),
            Ok(Standing::None) => return Ok((SetupState::Off, Vec::new())),
            Ok(Standing::Unapproved(None)) => return Ok((SetupState::Unapproved, Vec::new())),
            Err(message) => return Ok((SetupState::Failed { failure: unable(message) }, Vec::new())),
        };
        let plan = plan(workspace, (HookMoment::Setup, hook), environment, self.home.setup_log(id), limit);
        match self.ports.environments.run_hook(&plan, begun, cancelled) {
            Ok(HookOutcome { failure: None, notices }) => Ok((end, notices)),
            Ok(HookOutcome { failure: Some(failure), notices }) => {
                Ok((SetupState::Failed { failure }, notices))
            }
            Err(EnvironmentError::Crashed) => Err(StoreError::Crashed),
            Err(error) => Ok((SetupState::Failed { failure: unable(error.to_string()) }, Vec::new())),
        }
    }

    /// Runs what is to run before a worktree goes. Whatever becomes of it, the worktree can go.
    pub(super) fn tear_down(&self, id: WorkspaceId, workspace: &Workspace) -> Result<TornDown, StoreError> {
        let told = |text: String| Ok(TornDown::Ended(Some(format!("{}: {text}", HookMoment::Teardown))));
        let environment =
            environment(&self.ports, &self.home, (id, workspace), workspace.outfit.lease.as_ref())?;
        let unapproved = || "the repository's is not approved as it is now, and did not run".to_owned();
        let ((hook, limit), well) = match self.standing(HookMoment::Teardown, workspace, &environment) {
            Ok(Standing::Allowed(allowed)) => (allowed, TornDown::Ended(None)),
            Ok(Standing::Unapproved(Some(own))) => (own, told(unapproved())?),
            Ok(Standing::None) => return Ok(TornDown::Ended(None)),
            Ok(Standing::Unapproved(None)) => return told(unapproved()),
            Err(message) => return told(message),
        };
        let plan =
            plan(workspace, (HookMoment::Teardown, hook), environment, self.home.teardown_log(id), limit);
        let ended = self.ports.environments.run_hook(&plan, &|_| {}, &|| self.board.is_closed());
        match ended {
            Ok(_) if self.board.is_closed() => Ok(TornDown::BrokenOff),
            Ok(HookOutcome { failure: None, .. }) => Ok(well),
            Ok(HookOutcome { failure: Some(failure), .. }) => told(with_last_line(&failure)),
            Err(EnvironmentError::Crashed) => Err(StoreError::Crashed),
            Err(error) => told(error.to_string()),
        }
    }

    fn standing(
        &self,
        moment: HookMoment,
        workspace: &Workspace,
        environment: &BTreeMap<String, String>,
    ) -> Result<Standing, String> {
        let spec = &workspace.spec;
        let Ground::Worktree(line) = &spec.ground else { return Ok(Standing::None) };
        let settings = self.ports.settings.settings(Some(line.repository.source()), Some(environment));
        let settings: Settings = settings.map_err(|broken| broken.message)?;
        let allowed = |hook: &Hook| (hook.clone(), settings.hook_limit);
        let own = settings.own_hook(moment).map(allowed);
        let Some(hook) = settings.hook(moment) else {
            return Ok(own.map_or(Standing::None, Standing::Allowed));
        };
        let files = self.ports.files.as_ref();
        let verdict = match hook.source {
            HookSource::Person => Some(Verdict::Allowed),
            HookSource::Repository => {
                let digest = brought_by_hook(files, self.ports.git.as_ref(), &spec.path, moment, hook).digest;
                Answers::load(files, &self.home).verdict(&digest)
            }
        };
        Ok(match verdict {
            Some(Verdict::Allowed) => Standing::Allowed(allowed(hook)),
            Some(Verdict::Denied) => own.map_or(Standing::None, Standing::Allowed),
            None => Standing::Unapproved(own),
        })
    }
}

fn plan(
    workspace: &Workspace,
    (moment, hook): (HookMoment, Hook),
    mut environment: BTreeMap<String, String>,
    log: AbsPath,
    limit: std::time::Duration,
) -> HookPlan {
    let spec = &workspace.spec;
    environment.insert("OWT_WORKTREE_NAME".to_owned(), spec.name.to_string());
    if let Some(repository) = spec.repository() {
        environment.insert("OWT_MAIN_CHECKOUT".to_owned(), repository.source().to_string());
    }
    environment.insert("PWD".to_owned(), spec.path.to_string());
    HookPlan {
        root: spec.path.clone(),
        setting: moment.setting(),
        commands: hook.commands,
        environment,
        log,
        limit,
    }
}

fn with_last_line(failure: &InstallFailure) -> String {
    match failure.last_lines.last() {
        Some(line) => format!("'{}' {}: {line}", failure.step, failure.kind),
        None => format!("'{}' {}", failure.step, failure.kind),
    }
}

fn unable(message: String) -> InstallFailure {
    let kind = InstallFailureKind::System { message };
    let step = HookMoment::Setup.to_string();
    InstallFailure { folder: RelPath::root(), step, kind, last_lines: Vec::new() }
}
