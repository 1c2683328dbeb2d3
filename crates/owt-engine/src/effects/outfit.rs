//! Making a fresh folder ready to work in: ports and names, private files, caches; then its packages.
//!
//! Nothing here is undone when it is broken off: what was brought along stays as it is, and the next try adds what is
//! missing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use owt_core::AbsPath;
use owt_core::WorkspaceId;
use owt_core::effect::Message;
use owt_core::environment::Furnishing;
use owt_core::environment::IncludeRules;
use owt_core::environment::InstallFailure;
use owt_core::environment::InstallFailureKind;
use owt_core::environment::InstallState;
use owt_core::environment::Installs;
use owt_core::environment::Lease;
use owt_core::environment::PortBlock;
use owt_core::environment::PortRange;
use owt_core::environment::Project;
use owt_core::environment::RelPath;
use owt_core::environment::SetupState;
use owt_core::environment::TemplateValues;
use owt_core::failure::Failure;
use owt_core::failure::FailureKind;
use owt_core::job::Job;
use owt_core::workspace::Ground;
use owt_core::workspace::Packages;
use owt_core::workspace::Phase;
use owt_core::workspace::Workspace;
use owt_core::workspace::WorkspaceInput;
use owt_core::workspace::Worktree;
use owt_ports::EnvironmentError;
use owt_ports::FurnishPlan;
use owt_ports::Furnished;
use owt_ports::GitError;
use owt_ports::INSTALL_LIMIT;
use owt_ports::InstallPlan;
use owt_ports::InstallProgress;
use owt_ports::IsCancelled;
use owt_ports::Listing;
use owt_ports::SURVEYED_NAMES;
use owt_ports::StoreError;
use owt_ports::SurveyRequest;

use super::Outcome;
use super::hooks::HookEffects;
use super::private_files;
use super::private_files::Listener;
use super::required;
use super::stream_id;
use crate::board::EffectBoard;
use crate::board::Task;
use crate::dispatcher::Dispatcher;
use crate::home::Home;
use crate::ports::Ports;
use crate::records::Records;
use crate::records::Which;

/// The file in a checkout that names what goes along although git does not track it.
const INCLUDE_FILE: &str = ".worktreeinclude";

/// Makes folders ready to work in.
pub(crate) struct OutfitEffects {
    pub(crate) ports: Ports,
    pub(crate) home: Home,
    pub(crate) records: Records,
    pub(crate) dispatcher: Arc<Dispatcher>,
    pub(crate) board: Arc<EffectBoard>,
    /// Held from the choice of a lease until it is recorded, so that two workspaces never get the same.
    pub(crate) leasing: Mutex<()>,
    pub(crate) hooks: Arc<HookEffects>,
}

/// How many of the files that did not come along are told one by one.
const MOST_LEFT_OUT: usize = 3;

/// One fresh workspace with what is known of it.
struct Fresh<'a> {
    id: WorkspaceId,
    workspace: &'a Workspace,
    lease: Option<Lease>,
    environment: BTreeMap<String, String>,
}

impl OutfitEffects {
    fn workspace(&self, task: &Task) -> Result<(WorkspaceId, Workspace), StoreError> {
        let id: WorkspaceId = stream_id(task)?;
        Ok((id, required(self.records.load(id)?, "a workspace")?))
    }

    pub(super) fn furnish_workspace(&self, task: &Task) -> Result<Outcome, StoreError> {
        let (id, workspace) = self.workspace(task)?;
        if workspace.phase != Phase::Ready {
            return Ok(Outcome::Settled);
        }
        let lease = self.lease(id, &workspace, task)?;
        let environment = self.environment((id, &workspace), lease.as_ref())?;
        let fresh = Fresh { id, workspace: &workspace, lease, environment };
        let mut furnishing = Furnishing::default();
        if fresh.lease.is_none() {
            furnishing.at_once.push("every block of ports is taken: it has none of its own".to_owned());
        }
        self.survey(&fresh, &mut furnishing)?;
        let result = match self.bring_along(&fresh, &mut furnishing)? {
            Ok(()) => {
                furnishing.install = self.installs(&fresh, &mut furnishing);
                furnishing.setup = match workspace.outfit.setup {
                    // A second look, because something else was lacking.
                    SetupState::Done => SetupState::Done,
                    _ => self.hooks.wanted(id, &workspace)?,
                };
                Ok(Box::new(furnishing))
            }
            Err(failure) => Err(failure),
        };
        Ok(Outcome::told(Message::Workspace { id, input: WorkspaceInput::Furnished { result } }))
    }

    /// The lease that the workspace has, or the one that it had before it was removed, or the first free one; recorded
    /// before anything is made with it. A lease that was given already is kept.
    fn lease(
        &self,
        id: WorkspaceId,
        workspace: &Workspace,
        task: &Task,
    ) -> Result<Option<Lease>, StoreError> {
        if let Some(lease) = &workspace.outfit.lease {
            return Ok(Some(lease.clone()));
        }
        let _leasing = self.leasing.lock().unwrap_or_else(PoisonError::into_inner);
        let live = self.records.list::<Workspace>(None, Which::Live)?;
        let taken: Vec<PortBlock> = live
            .into_iter()
            .filter(|record| record.id != id)
            .filter_map(|record| record.state.outfit.lease.map(|lease| lease.ports))
            .collect();
        let former = workspace.outfit.former.as_ref().map(|lease| lease.ports);
        let range = self.port_range(workspace, &self.environment((id, workspace), None)?);
        let Some(ports) = self.free_block(range, &taken, former) else { return Ok(None) };
        let lease = Lease::of(&workspace.spec.name, id, ports);
        let input = WorkspaceInput::Leased { lease: lease.clone() };
        self.dispatcher.dispatch(Message::Workspace { id, input }, task.correlation)?;
        Ok(Some(lease))
    }

    /// The ports to give out; those that are usual while the configuration is broken.
    fn port_range(&self, workspace: &Workspace, environment: &BTreeMap<String, String>) -> PortRange {
        let root = workspace.spec.source();
        let settings = self.ports.settings.settings(root, Some(environment));
        settings.map_or(PortRange::DEFAULT, |settings| settings.ports)
    }

    fn free_block(
        &self,
        range: PortRange,
        taken: &[PortBlock],
        former: Option<PortBlock>,
    ) -> Option<PortBlock> {
        let is_quiet = |block: PortBlock| self.ports.environments.busy_ports(block).is_empty();
        let is_free = |block: &PortBlock| !taken.iter().any(|other| other.overlaps(*block));
        let former = former.filter(|block| range.contains(*block));
        former.into_iter().chain(range.blocks()).filter(is_free).find(|block| is_quiet(*block))
    }

    /// The environment that the workspace's programs start with, its lease included.
    fn environment(
        &self,
        of: (WorkspaceId, &Workspace),
        lease: Option<&Lease>,
    ) -> Result<BTreeMap<String, String>, StoreError> {
        super::hooks::environment(&self.ports, &self.home, of, lease)
    }

    /// Finds the projects. A checkout that cannot be looked at has none, and the person is told.
    fn survey(&self, fresh: &Fresh<'_>, furnishing: &mut Furnishing) -> Result<(), StoreError> {
        let root = &fresh.workspace.spec.path;
        let listing = match &fresh.workspace.spec.ground {
            Ground::Folder => Listing::Walk,
            Ground::Worktree(_) | Ground::InPlace { .. } => {
                match self.ports.git.files(root, SURVEYED_NAMES) {
                    Ok(files) => Listing::Files(files),
                    Err(GitError::Crashed) => return Err(StoreError::Crashed),
                    Err(error) => {
                        furnishing.notices.push(format!("its projects are not known: {error}"));
                        return Ok(());
                    }
                }
            }
        };
        let search_path = fresh.environment.get("PATH").cloned().unwrap_or_default();
        match self.ports.environments.survey(&SurveyRequest { root: root.clone(), listing, search_path }) {
            Ok(survey) => {
                furnishing.notices.extend(survey.notices);
                // Records are JSON, and a name that is no text has no place there.
                let (known, strange): (Vec<Project>, Vec<Project>) =
                    survey.projects.into_iter().partition(is_text);
                furnishing.projects = known;
                let strange = strange.iter().map(|project| project.folder.to_string());
                furnishing
                    .notices
                    .extend(strange.map(|folder| format!("{folder} is passed over: its name is not UTF-8")));
            }
            Err(EnvironmentError::Crashed) => return Err(StoreError::Crashed),
            Err(error) => furnishing.notices.push(format!("its projects are not known: {error}")),
        }
        Ok(())
    }

    /// Brings private files and caches of the main checkout into a worktree. Other folders have their own.
    fn bring_along(
        &self,
        fresh: &Fresh<'_>,
        furnishing: &mut Furnishing,
    ) -> Result<Result<(), Failure>, StoreError> {
        let Ground::Worktree(line) = &fresh.workspace.spec.ground else { return Ok(Ok(())) };
        let Some(lease) = fresh.lease.clone() else { return Ok(Ok(())) };
        self.bring_submodules(line, &fresh.workspace.spec.path, furnishing)?;
        let asked_in = super::hooks::asked_in(&self.ports, &self.home, fresh.id)?;
        let plan = match self.plan(fresh, line, lease, furnishing) {
            Ok(plan) => FurnishPlan { asked_in, ..plan },
            Err(GitError::Crashed) => return Err(StoreError::Crashed),
            // Asked from the folder of a bare repository, or what it came from is gone since.
            Err(GitError::NotARepository { .. }) => {
                let source = line.repository.source();
                furnishing.notices.push(format!(
                    "nothing was brought along: there is no checkout at {source} (what is made from a checkout of the \
                     repository gets private files and caches from there)"
                ));
                return Ok(Ok(()));
            }
            Err(error) => {
                furnishing.at_once.push(format!("nothing was brought along: {error}"));
                return Ok(Ok(()));
            }
        };
        match self.ports.environments.furnish(&plan) {
            Ok(furnished) => {
                take_in(furnished, furnishing);
                Ok(Ok(()))
            }
            Err(EnvironmentError::Crashed) => Err(StoreError::Crashed),
            Err(error @ EnvironmentError::NoSpace { .. }) => {
                Ok(Err(Failure::new(FailureKind::NoSpace, error.to_string())))
            }
            Err(error) => {
                furnishing.at_once.push(format!("nothing was brought along: {error}"));
                Ok(Ok(()))
            }
        }
    }

    /// What git leaves empty in a new worktree.
    fn bring_submodules(
        &self,
        line: &Worktree,
        path: &AbsPath,
        furnishing: &mut Furnishing,
    ) -> Result<(), StoreError> {
        match self.ports.git.bring_submodules(line.repository.source(), path) {
            Ok(submodules) => furnishing.submodules = submodules,
            Err(GitError::Crashed) => return Err(StoreError::Crashed),
            Err(error) => furnishing.notices.push(format!("its submodules are not known: {error}")),
        }
        furnishing.notices.extend(furnishing.submodules.lacking.iter().map(|lacking| {
            format!(
                "the submodule {} is empty: {} (in {path}: git submodule update --init --recursive)",
                lacking.path, lacking.why
            )
        }));
        Ok(())
    }

    fn plan(
        &self,
        fresh: &Fresh<'_>,
        line: &Worktree,
        lease: Lease,
        furnishing: &mut Furnishing,
    ) -> Result<FurnishPlan, GitError> {
        let (source, worktree) = (line.repository.source(), &fresh.workspace.spec.path);
        let rules = self.include_rules(source, furnishing);
        let listener = self.audience(fresh);
        let git = self.ports.git.as_ref();
        let found = private_files::found(git, (source, worktree), &furnishing.projects, &listener, &rules)?;
        let mut hidden = |files| private_files::hidden(files, &listener, furnishing);
        let (usual, agents, named) = (hidden(found.usual), hidden(found.agents), hidden(found.named));
        let name = fresh.workspace.spec.name.clone();
        Ok(FurnishPlan {
            source: source.clone(),
            asked_in: None,
            worktree: worktree.clone(),
            values: TemplateValues { name, lease },
            usual,
            agents,
            named,
            folders: git.ignored_folders(source)?,
        })
    }

    /// What the agent can be told of files that do not come along. What is not known is not promised.
    fn audience(&self, fresh: &Fresh<'_>) -> Listener {
        let spec = &fresh.workspace.spec;
        let root = spec.source();
        let Ok(Some(job)) = self.records.load::<Job>(spec.job) else { return Listener::unknown() };
        let Ok(settings) = self.ports.settings.settings(root, Some(&fresh.environment)) else {
            return Listener::unknown();
        };
        match settings.catalog.get(&job.spec.agent) {
            Ok(manifest) => {
                let Job { spec, .. } = &job;
                Listener::of(manifest, spec.session, spec.context, spec.task.as_deref())
            }
            Err(_) => Listener::unknown(),
        }
    }

    fn include_rules(&self, source: &AbsPath, furnishing: &mut Furnishing) -> IncludeRules {
        let rules = match self.ports.files.read(&source.join(INCLUDE_FILE)) {
            Ok(Some(bytes)) => IncludeRules::parse(&String::from_utf8_lossy(&bytes)),
            Ok(None) => IncludeRules::default(),
            Err(error) => {
                furnishing.at_once.push(format!("{INCLUDE_FILE} cannot be read: {error}"));
                IncludeRules::default()
            }
        };
        let refused = rules.refused.iter().map(|(line, pattern)| {
            format!("{INCLUDE_FILE}:{line}: '{pattern}' leads out of the checkout and is not followed")
        });
        let void = rules
            .void
            .iter()
            .map(|(line, pattern, why)| format!("{INCLUDE_FILE}:{line}: '{pattern}' names nothing: {why}"));
        furnishing.at_once.extend(refused.chain(void));
        rules
    }

    /// When packages are to be installed. A workspace that comes back has what it had; only what failed is tried again
    /// before its agent goes on.
    fn installs(&self, fresh: &Fresh<'_>, furnishing: &mut Furnishing) -> Installs {
        let spec = &fresh.workspace.spec;
        let outfit = &fresh.workspace.outfit;
        let comes_back = outfit.furnishing.is_some() && !outfit.install.is_under_way();
        let is_own = matches!(spec.ground, Ground::Worktree(_));
        let nothing = furnishing.projects.iter().all(|project| project.install.is_empty());
        if comes_back || !is_own || nothing {
            return Installs::Never;
        }
        if spec.packages == Packages::LeftOut {
            furnishing.at_once.push(not_installed("--no-deps", &furnishing.projects));
            return Installs::Never;
        }
        let root = spec.source();
        match self.ports.settings.settings(root, Some(&fresh.environment)) {
            Ok(settings) if settings.install == Installs::Never => {
                furnishing.at_once.push(not_installed("worktree.install is off", &furnishing.projects));
                Installs::Never
            }
            Ok(settings) => settings.install,
            // Whoever switched it off does not trust what an install runs.
            Err(broken) => {
                let why = format!("the configuration cannot be read: {broken}");
                furnishing.at_once.push(not_installed(&why, &furnishing.projects));
                Installs::Never
            }
        }
    }

    /// Installs what is to be installed, then runs the commands that set the worktree up. Each is recorded when it has
    /// ended, so that a try after a crash does not begin with what is done.
    pub(super) fn install_workspace(&self, task: &Task) -> Result<Outcome, StoreError> {
        let (id, workspace) = self.workspace(task)?;
        if workspace.phase != Phase::Ready || !workspace.outfit.is_under_way() {
            return self.nothing_to_install(task, id);
        }
        let cancelled = || self.board.is_closed() || self.is_unwanted(id);
        let mut last = None;
        if workspace.outfit.install.is_under_way() {
            let Some(input) = self.installed(task, (id, &workspace), &cancelled)? else {
                return Ok(Outcome::Later("the server ends during an install".to_owned()));
            };
            self.tell_agent((id, &workspace), &input, task.correlation)?;
            last = Some(input);
        }
        if workspace.outfit.setup.is_under_way() {
            if let Some(input) = last.take() {
                self.dispatcher.dispatch(Message::Workspace { id, input }, task.correlation)?;
            }
            let begun = |step: String| self.record(task, id, set_up(SetupState::Running { step }));
            let (state, notices) = self.hooks.set_up(id, &workspace, &begun, &cancelled)?;
            if self.board.is_closed() {
                return Ok(Outcome::Later("the server ends while a worktree is set up".to_owned()));
            }
            let input = WorkspaceInput::SetUp { state, notices };
            self.tell_agent((id, &workspace), &input, task.correlation)?;
            last = Some(input);
        }
        Ok(last.map_or(Outcome::Settled, |input| Outcome::told(Message::Workspace { id, input })))
    }

    /// For a workspace that is going, or that has all: ends what a crash may have left.
    fn nothing_to_install(&self, task: &Task, id: WorkspaceId) -> Result<Outcome, StoreError> {
        for log in [self.home.install_log(id), self.home.setup_log(id)] {
            match self.ports.environments.end_leftover(&log) {
                Ok(()) => {}
                Err(EnvironmentError::Crashed) => return Err(StoreError::Crashed),
                Err(error) => {
                    tracing::warn!(workspace = %id, %error, "an install of a removed workspace is left over");
                }
            }
        }
        let off = Message::Workspace { id, input: set_up(SetupState::Off) };
        self.dispatcher.dispatch(off, task.correlation)?;
        let input = WorkspaceInput::Installed { state: InstallState::Off, notices: Vec::new() };
        Ok(Outcome::told(Message::Workspace { id, input }))
    }

    /// Installs; `None` when this server ends meanwhile, and the next one has to do it again.
    fn installed(
        &self,
        task: &Task,
        (id, workspace): (WorkspaceId, &Workspace),
        cancelled: IsCancelled<'_>,
    ) -> Result<Option<WorkspaceInput>, StoreError> {
        let furnishing = workspace.outfit.furnishing.as_ref();
        let mut projects = furnishing.map(|furnishing| furnishing.projects.clone()).unwrap_or_default();
        projects.retain(|project| !project.install.is_empty());
        let environment = self.environment((id, workspace), workspace.outfit.lease.as_ref())?;
        let plan = InstallPlan {
            root: workspace.spec.path.clone(),
            projects,
            log: self.home.install_log(id),
            limit: self.install_limit(workspace, &environment),
            environment,
        };
        let outcome = self.ports.environments.install(&plan, &|at| self.say(task, id, at), cancelled);
        if self.board.is_closed() {
            return Ok(None);
        }
        let (state, notices) = match outcome {
            Ok(outcome) if outcome.succeeded() => (InstallState::Done, outcome.notices),
            Ok(outcome) => (InstallState::Failed { failures: outcome.failures }, outcome.notices),
            Err(EnvironmentError::Crashed) => return Err(StoreError::Crashed),
            Err(error) => (InstallState::Failed { failures: vec![unable(&error)] }, Vec::new()),
        };
        Ok(Some(WorkspaceInput::Installed { state, notices }))
    }

    fn install_limit(&self, workspace: &Workspace, environment: &BTreeMap<String, String>) -> Duration {
        let root = workspace.spec.source();
        let settings = self.ports.settings.settings(root, Some(environment));
        settings.map_or(INSTALL_LIMIT, |settings| settings.install_limit)
    }

    fn is_unwanted(&self, id: WorkspaceId) -> bool {
        let workspace = self.records.load::<Workspace>(id);
        !matches!(workspace, Ok(Some(Workspace { phase: Phase::Ready, .. })) | Err(_))
    }

    fn say(&self, task: &Task, id: WorkspaceId, at: InstallProgress) {
        let InstallProgress::Step { folder, step, .. } = at else { return };
        self.record(task, id, WorkspaceInput::Installing { folder, step });
    }

    fn record(&self, task: &Task, id: WorkspaceId, input: WorkspaceInput) {
        if let Err(error) = self.dispatcher.dispatch(Message::Workspace { id, input }, task.correlation) {
            tracing::warn!(workspace = %id, %error, "the progress of an install is not recorded");
        }
    }
}

fn set_up(state: SetupState) -> WorkspaceInput {
    WorkspaceInput::SetUp { state, notices: Vec::new() }
}

/// That packages are left out, and what would install them.
fn not_installed(because: &str, projects: &[Project]) -> String {
    let steps = |project: &Project| {
        let typed: Vec<String> = project.install.iter().map(ToString::to_string).collect();
        let place = if project.folder.is_root() { String::new() } else { format!(" in {}", project.folder) };
        (!typed.is_empty()).then(|| format!("{}{place}", typed.join(" && ")))
    };
    let steps: Vec<String> = projects.iter().filter_map(steps).collect();
    format!("packages are not installed ({because}); to install them: {}", steps.join(", "))
}

fn is_text(project: &Project) -> bool {
    let mut paths = std::iter::once(&project.folder).chain(&project.installs_below).chain(&project.discards);
    paths.all(|path| path.to_str().is_some())
}

fn take_in(furnished: Furnished, furnishing: &mut Furnishing) {
    for project in &mut furnishing.projects {
        if furnished.has_installed(project) {
            project.install.clear();
        }
    }
    furnishing.copied = furnished.copied.iter().map(|file| file.path.to_string()).collect();
    furnishing.carried =
        furnished.carried.iter().map(|cache| (cache.folder.to_string(), cache.bytes)).collect();
    furnishing.rebuilt =
        furnished.rebuilt.into_iter().map(|cache| (cache.folder.to_string(), cache.reason)).collect();
    furnishing.at_once.extend(in_few_lines(&furnished.left_out));
    furnishing.notices.extend(furnished.left_out.into_iter().skip(MOST_LEFT_OUT));
    furnishing.notices.extend(furnished.notices);
}

/// What did not come along, as it is told at once; `show` has the rest.
fn in_few_lines(left_out: &[String]) -> impl Iterator<Item = String> {
    let more = left_out.len().saturating_sub(MOST_LEFT_OUT);
    let rest = (more > 0).then(|| format!("{more} more files were left out: owt show names them"));
    left_out.iter().take(MOST_LEFT_OUT).cloned().chain(rest)
}

fn unable(error: &EnvironmentError) -> InstallFailure {
    let kind = match error {
        EnvironmentError::NoSpace { .. } => InstallFailureKind::DiskFull,
        _ => InstallFailureKind::System { message: error.to_string() },
    };
    InstallFailure { folder: RelPath::root(), step: "install".to_owned(), kind, last_lines: Vec::new() }
}
