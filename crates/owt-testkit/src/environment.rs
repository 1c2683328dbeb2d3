//! The environment of worktrees in memory: the twin of the real adapter, held to it by
//! [`environment_conformance`](crate::environment_conformance).
//!
//! It copies files of its own disk with the same pure rules for paths and placeholders. Of projects it knows Node's,
//! of programs `true`, `false`, `sleep` and a `check` that a test installs; every other is missing. Caches are passed over: a machine in memory has
//! none. It must not know the engine.

mod disk;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use owt_core::AbsPath;
use owt_core::Timestamp;
use owt_core::environment::Command;
use owt_core::environment::Ecosystem;
use owt_core::environment::InstallFailure;
use owt_core::environment::InstallFailureKind;
use owt_core::environment::Manager;
use owt_core::environment::PortBlock;
use owt_core::environment::Program;
use owt_core::environment::Project;
use owt_core::environment::RelPath;
use owt_ports::BuildCache;
use owt_ports::Effort;
use owt_ports::EnvironmentError;
use owt_ports::Environments;
use owt_ports::Footprint;
use owt_ports::FurnishPlan;
use owt_ports::Furnished;
use owt_ports::HookOutcome;
use owt_ports::HookPlan;
use owt_ports::InstallOutcome;
use owt_ports::InstallPlan;
use owt_ports::InstallProgress;
use owt_ports::IsCancelled;
use owt_ports::Listing;
use owt_ports::OnCommand;
use owt_ports::OnProgress;
use owt_ports::Seen;
use owt_ports::Survey;
use owt_ports::SurveyRequest;

use crate::crash::CrashPlan;
use crate::crash::Crashed;
use crate::git::FakeGit;
use disk::Disk;
use disk::Node;

impl From<Crashed> for EnvironmentError {
    fn from(Crashed: Crashed) -> Self {
        Self::Crashed
    }
}

/// [`Environments`] in memory; clones are the same machine, and outlive a simulated crash.
#[derive(Debug, Clone, Default)]
pub struct FakeEnvironments {
    crash: CrashPlan,
    machine: Arc<Mutex<Machine>>,
}

/// A command of an install or of a hook that was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BegunCommand {
    /// The worktree that it runs in.
    pub root: AbsPath,
    /// The command.
    pub command: Command,
}

#[derive(Debug, Default)]
struct Machine {
    disk: Disk,
    listened_on: BTreeSet<u16>,
    begun: Vec<BegunCommand>,
    everywhere: BTreeSet<String>,
    touched: BTreeMap<AbsPath, Timestamp>,
    free: Option<u64>,
    is_broken: bool,
    check: Option<(FakeGit, IsGood)>,
}

/// What the program `check` says of a folder of the fake git.
pub type IsGood = fn(&FakeGit, &AbsPath) -> bool;

impl FakeEnvironments {
    /// An empty machine, whose calls die as `crash` says.
    pub fn new(crash: CrashPlan) -> Self {
        Self { crash, machine: Arc::default() }
    }

    /// A person writes a file.
    pub fn write(&self, file: &AbsPath, text: &str) {
        self.machine().disk.put(file.as_path().to_owned(), Node::Text(text.to_owned()));
    }

    /// A person makes a symbolic link that leads out of its checkout.
    pub fn lead_out(&self, link: &AbsPath) {
        self.machine().disk.put(link.as_path().to_owned(), Node::LinkOut);
    }

    /// The text of a file, if it is there.
    pub fn read(&self, file: &AbsPath) -> Option<String> {
        match self.machine().disk.get(file.as_path()) {
            Some(Node::Text(text)) => Some(text.clone()),
            _ => None,
        }
    }

    /// A file of this name lies wherever a listing says so: checkouts come and go with git, not with this disk.
    pub fn lie_everywhere(&self, name: &str) {
        self.machine().everywhere.insert(name.to_owned());
    }

    /// Something in a folder was written at this time; of others nothing is known.
    pub fn touch(&self, folder: &AbsPath, at: Timestamp) {
        self.machine().touched.insert(folder.clone(), at);
    }

    /// So many bytes can still be written.
    pub fn leave_free(&self, bytes: u64) {
        self.machine().free = Some(bytes);
    }

    /// Something is amiss: no command of an install or of a hook ends well.
    pub fn break_commands(&self) {
        self.machine().is_broken = true;
    }

    /// It is mended.
    pub fn mend_commands(&self) {
        self.machine().is_broken = false;
    }

    /// Installs the program `check`, which ends as this says of the folder that it runs in.
    pub fn install_check(&self, git: FakeGit, is_good: IsGood) {
        self.machine().check = Some((git, is_good));
    }

    /// Something begins to listen on a port.
    pub fn listen(&self, port: u16) {
        self.machine().listened_on.insert(port);
    }

    /// It stops.
    pub fn hang_up(&self, port: u16) {
        self.machine().listened_on.remove(&port);
    }

    /// Commands of installs and hooks in the order in which they were begun, after so many, for a test to look at.
    pub fn begun(&self, after: usize) -> Vec<BegunCommand> {
        self.machine().begun.iter().skip(after).cloned().collect()
    }

    fn begin(&self, root: &AbsPath, command: &Command) {
        self.machine().begun.push(BegunCommand { root: root.clone(), command: command.clone() });
    }

    fn machine(&self) -> MutexGuard<'_, Machine> {
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn node_project(folder: RelPath) -> Project {
    Project {
        installs_below: vec![folder.clone()],
        folder,
        ecosystem: Ecosystem::Node,
        manager: Manager::Npm,
        reason: "package.json".to_owned(),
        install: vec![Command::new("true", ["install"])],
        test: Some(Command::new("true", ["test"])),
        dev: None,
        needs: Vec::new(),
        discards: Vec::new(),
        notices: Vec::new(),
    }
}

/// Programs that are installed on this machine.
const PROGRAMS: [&str; 3] = ["true", "false", "sleep"];

/// How a command ends on this machine, if not well.
fn ended(
    machine: &FakeEnvironments,
    (root, command): (&AbsPath, &Command),
    limit: Duration,
) -> Option<InstallFailureKind> {
    if machine.machine().is_broken {
        return Some(InstallFailureKind::Exit { code: 2 });
    }
    let name = match &command.program {
        Program::OnPath(name) => name.clone(),
        Program::InFolder(path) => path.to_string(),
    };
    match name.as_str() {
        "true" => None,
        "check" => {
            let Some((git, is_good)) = machine.machine().check.clone() else { return Some(missing(&name)) };
            (!is_good(&git, root)).then_some(InstallFailureKind::Exit { code: 1 })
        }
        "false" => Some(InstallFailureKind::Exit { code: 1 }),
        "sleep" => Some(InstallFailureKind::TimedOut { seconds: limit.as_secs() }),
        _ => Some(missing(&name)),
    }
}

/// Of caches this machine knows those of Rust, wherever they lie, and `ignored`, the folder of the fake git.
fn is_build_cache(folder: &RelPath) -> bool {
    ["target", "ignored"].iter().any(|name| folder.file_name() == *name)
}

fn missing(program: &str) -> InstallFailureKind {
    InstallFailureKind::ToolMissing { program: program.to_owned(), hint: format!("install {program}") }
}

fn install_one(
    machine: &FakeEnvironments,
    project: &Project,
    plan: &InstallPlan,
    progress: OnProgress<'_>,
    cancelled: IsCancelled<'_>,
) -> Option<InstallFailure> {
    let folder = &project.folder;
    let failed = |command: &Command, kind: InstallFailureKind| InstallFailure {
        folder: folder.clone(),
        step: command.to_string(),
        kind,
        last_lines: Vec::new(),
    };
    let unmet = project.needs.iter().find(|name| !PROGRAMS.contains(&name.as_str()));
    let unmet = unmet.zip(project.install.first()).map(|(name, command)| failed(command, missing(name)));
    let failure = unmet.or_else(|| {
        let of = project.install.len();
        project.install.iter().enumerate().find_map(|(index, command)| {
            if cancelled() {
                return Some(failed(command, InstallFailureKind::Cancelled));
            }
            let step = command.to_string();
            progress(InstallProgress::Step { folder: folder.clone(), step, number: index + 1, of });
            machine.begin(&plan.root, command);
            ended(machine, (&plan.root, command), plan.limit).map(|kind| failed(command, kind))
        })
    });
    progress(match &failure {
        Some(failure) => InstallProgress::Failed(failure.clone()),
        None => InstallProgress::Ready { folder: folder.clone(), took: Duration::ZERO },
    });
    failure
}

impl Environments for FakeEnvironments {
    fn survey(&self, request: &SurveyRequest) -> Result<Survey, EnvironmentError> {
        self.crash.around("environments.survey", || {
            let machine = self.machine();
            let is_manifest = |file: &RelPath| file.file_name() == "package.json";
            let files: Vec<RelPath> = match &request.listing {
                Listing::Files(files) => files.clone(),
                Listing::Walk => machine.disk.below(request.root.as_path()),
            };
            let everywhere =
                |file: &RelPath| machine.everywhere.iter().any(|name| file.file_name() == name.as_str());
            let present =
                |file: &RelPath| everywhere(file) || machine.disk.get(&file.within(&request.root)).is_some();
            let manifests = files.iter().filter(|file| is_manifest(file) && present(file));
            let projects = manifests.filter_map(RelPath::parent).map(node_project).collect();
            Ok(Survey { projects, notices: Vec::new() })
        })
    }

    fn furnish(&self, plan: &FurnishPlan) -> Result<Furnished, EnvironmentError> {
        self.crash.around("environments.furnish", || Ok(self.machine().disk.furnish(plan)))
    }

    fn install(
        &self,
        plan: &InstallPlan,
        progress: OnProgress<'_>,
        cancelled: IsCancelled<'_>,
    ) -> Result<InstallOutcome, EnvironmentError> {
        self.crash.around("environments.install", || {
            let one = |project| install_one(self, project, plan, progress, cancelled);
            let failures = plan.projects.iter().filter_map(one);
            Ok(InstallOutcome { failures: failures.collect(), notices: Vec::new() })
        })
    }

    fn run_hook(
        &self,
        plan: &HookPlan,
        begun: OnCommand<'_>,
        cancelled: IsCancelled<'_>,
    ) -> Result<HookOutcome, EnvironmentError> {
        self.crash.around("environments.run_hook", || {
            let failure = plan.commands.iter().find_map(|command| {
                let kind = if cancelled() {
                    InstallFailureKind::Cancelled
                } else {
                    begun(command.to_string());
                    self.begin(&plan.root, command);
                    ended(self, (&plan.root, command), plan.limit)?
                };
                let (folder, step) = (RelPath::root(), command.to_string());
                Some(InstallFailure { folder, step, kind, last_lines: Vec::new() })
            });
            Ok(HookOutcome { failure, notices: Vec::new() })
        })
    }

    fn end_leftover(&self, _log: &AbsPath) -> Result<(), EnvironmentError> {
        self.crash.around("environments.end_leftover", || Ok(()))
    }

    fn footprint(&self, folder: &AbsPath, _effort: Effort) -> Result<Footprint, EnvironmentError> {
        self.crash.around("environments.footprint", || {
            let machine = self.machine();
            Ok(Footprint {
                exclusive: machine.disk.bytes(folder.as_path()),
                touched: machine.touched.get(folder).copied(),
                seen: Seen::Whole,
            })
        })
    }

    fn build_caches(
        &self,
        worktree: &AbsPath,
        folders: &[RelPath],
    ) -> Result<Vec<BuildCache>, EnvironmentError> {
        self.crash.around("environments.build_caches", || {
            let machine = self.machine();
            let cost = |folder: &RelPath| machine.disk.bytes(&folder.within(worktree));
            let known = folders.iter().filter(|folder| is_build_cache(folder) && cost(folder) > 0);
            Ok(known.map(|folder| BuildCache { folder: folder.clone(), exclusive: cost(folder) }).collect())
        })
    }

    fn drop_cache(&self, worktree: &AbsPath, folder: &RelPath) -> Result<(), EnvironmentError> {
        self.crash.around("environments.drop_cache", || {
            let path = folder.within(worktree);
            if !is_build_cache(folder) {
                let message = "it is no cache that a build fills again".to_owned();
                return Err(EnvironmentError::Io { path: worktree.clone(), message });
            }
            self.machine().disk.remove(&path);
            Ok(())
        })
    }

    fn free_space(&self, _folder: &AbsPath) -> Result<u64, EnvironmentError> {
        self.crash.around("environments.free_space", || Ok(self.machine().free.unwrap_or(u64::MAX)))
    }

    fn busy_ports(&self, block: PortBlock) -> Vec<u16> {
        let machine = self.machine();
        block.ports().filter(|port| machine.listened_on.contains(port)).collect()
    }
}

#[cfg(test)]
mod tests;
