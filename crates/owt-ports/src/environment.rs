//! What makes a fresh worktree ready to work in: its projects, private files, packages and ports.

use std::collections::BTreeMap;
use std::time::Duration;

use owt_core::AbsPath;
use owt_core::Timestamp;
use owt_core::environment::Command;
use owt_core::environment::Ecosystem;
use owt_core::environment::InstallFailure;
use owt_core::environment::PortBlock;
use owt_core::environment::Project;
use owt_core::environment::RelPath;
use owt_core::environment::TemplateValues;

/// More named files than this are not copied at all.
pub const MOST_NAMED_FILES: usize = 5_000;

/// More bytes in named files than this are not copied at all: 512 MiB.
pub const MOST_NAMED_BYTES: u64 = 512 * 1024 * 1024;

/// A file with more bytes than this is copied as it is: 1 MiB.
pub const MOST_ADJUSTED_BYTES: u64 = 1024 * 1024;

/// How long one project's install may take unless told otherwise.
pub const INSTALL_LIMIT: Duration = Duration::from_secs(15 * 60);

/// The most projects of one checkout that are worked with.
pub const MOST_PROJECTS: usize = 20;

/// The names of the files that [`Environments::survey`] looks at: a listing needs no others.
pub const SURVEYED_NAMES: &[&str] = &[
    "Cargo.lock",
    "Cargo.toml",
    "Pipfile",
    "Pipfile.lock",
    "bun.lock",
    "bun.lockb",
    "composer.json",
    "composer.lock",
    "go.mod",
    "go.sum",
    "go.work",
    "npm-shrinkwrap.json",
    "package-lock.json",
    "package.json",
    "pnpm-lock.yaml",
    "pnpm-workspace.yaml",
    "poetry.lock",
    "pyproject.toml",
    "requirements.txt",
    "setup.cfg",
    "setup.py",
    "uv.lock",
    "yarn.lock",
];

/// Why the environment of a worktree could not be looked at or made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvironmentError {
    /// The disk (or quota) is full.
    #[error("no space left while writing {path}")]
    NoSpace {
        /// The file or folder.
        path: AbsPath,
    },
    /// Any other failure of the system.
    #[error("{path}: {message}")]
    Io {
        /// The file or folder.
        path: AbsPath,
        /// What the system said.
        message: String,
    },
    /// Somebody works with it just now.
    #[error("{path}: {what}")]
    Busy {
        /// The folder.
        path: AbsPath,
        /// What is under way.
        what: String,
    },
    /// The process died at this point (only the simulator says this).
    #[error("crashed")]
    Crashed,
}

/// Which files of a checkout are looked at for projects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listing {
    /// These, as git names them: tracked, or untracked and not ignored. [`SURVEYED_NAMES`] are enough.
    Files(Vec<RelPath>),
    /// Those that a walk finds, for a folder without git. Folders of packages and of build output, and those whose
    /// names begin with a dot, are left out.
    Walk,
}

/// What to look for projects in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SurveyRequest {
    /// The checkout.
    pub root: AbsPath,
    /// Its files.
    pub listing: Listing,
    /// The value of `PATH` in the environment of the person who asked: some choices depend on what is installed.
    pub search_path: String,
}

/// The projects of a checkout.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survey {
    /// At most [`MOST_PROJECTS`], the root's first.
    pub projects: Vec<Project>,
    /// What a person should know.
    pub notices: Vec<String>,
}

/// Whether git shows a file that it does not track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// An ignore rule keeps it out of `git status`.
    Ignored,
    /// It would appear there.
    Shown,
}

/// A file that git does not track in the checkout that it is copied from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untracked {
    /// Where it is.
    pub path: RelPath,
    /// Whether git shows it.
    pub standing: Standing,
}

/// What to bring into a fresh worktree from the checkout that it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FurnishPlan {
    /// The checkout that it comes from; nothing in it is changed.
    pub source: AbsPath,
    /// Where the person stood who asked for it, as they name it: perhaps in the source by another name.
    pub asked_in: Option<AbsPath>,
    /// The worktree.
    pub worktree: AbsPath,
    /// What placeholders stand for.
    pub values: TemplateValues,
    /// Files that always go along: what git does not track of `IncludeRules::environment_files`.
    pub usual: Vec<Untracked>,
    /// Files that belong to agents, in folders of theirs. Too many are left out.
    pub agents: Vec<Untracked>,
    /// Files that the repository names: what git does not track of its `.worktreeinclude`. Too many are left out.
    pub named: Vec<Untracked>,
    /// Ignored folders of the source that may be caches; those that are not known as such are passed over.
    pub folders: Vec<RelPath>,
}

/// A file that was brought along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopiedFile {
    /// Where it is, in both checkouts.
    pub path: RelPath,
    /// Whether its text was changed: paths of the old checkout, or placeholders.
    pub adjusted: Adjusted,
}

/// Whether a copy differs from what it was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adjusted {
    /// It is the same.
    No,
    /// Paths or placeholders were replaced.
    Yes,
}

/// A cache that shares its data with the one that it was cloned from until one of them changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// The folder.
    pub folder: RelPath,
    /// Bytes of its files; none of them was copied.
    pub bytes: u64,
    /// Files in it.
    pub files: u64,
    /// How long it took.
    pub took: Duration,
}

/// A cache that the worktree has to build for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebuilt {
    /// The folder.
    pub folder: RelPath,
    /// Why it was not carried over.
    pub reason: String,
}

/// What was brought into a worktree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Furnished {
    /// Files that were copied by this call.
    pub copied: Vec<CopiedFile>,
    /// Files that were there already and stay as they are.
    pub kept: u64,
    /// Caches that were carried over by this call.
    pub carried: Vec<Carried>,
    /// Caches that were not.
    pub rebuilt: Vec<Rebuilt>,
    /// Folders of packages that were carried over and are what their lock file says: their installs can be skipped.
    pub installed: Vec<RelPath>,
    /// What was to come along and did not, and why.
    pub left_out: Vec<String>,
    /// What else a person should know.
    pub notices: Vec<String>,
}

impl Furnished {
    /// Whether a project's packages came along whole, so that its install can be left out.
    pub fn has_installed(&self, project: &Project) -> bool {
        let packages = project.folder.join("node_modules");
        project.ecosystem == Ecosystem::Node && packages.is_ok_and(|folder| self.installed.contains(&folder))
    }
}

/// What to install.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstallPlan {
    /// The worktree.
    pub root: AbsPath,
    /// The projects, at most two of which are worked on at a time.
    pub projects: Vec<Project>,
    /// The environment of its session, the lease's variables included.
    pub environment: BTreeMap<String, String>,
    /// The file that the output goes to (0600, at most 10 MiB: beginning and end), replaced. Names made from it lie
    /// beside it.
    pub log: AbsPath,
    /// How long one project may take: [`INSTALL_LIMIT`].
    pub limit: Duration,
}

/// What an install is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InstallProgress {
    /// A step of a project begins.
    Step {
        /// The project's folder.
        folder: RelPath,
        /// The command, as one would type it.
        step: String,
        /// Its number in the project, from 1.
        number: usize,
        /// How many there are in the project.
        of: usize,
    },
    /// A project is ready.
    Ready {
        /// The project's folder.
        folder: RelPath,
        /// How long it took.
        took: Duration,
    },
    /// A project could not be made ready.
    Failed(InstallFailure),
}

/// How an install ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InstallOutcome {
    /// What failed, at most one for each project, in the plan's order. None: everything is installed.
    pub failures: Vec<InstallFailure>,
    /// What a person should know.
    pub notices: Vec<String>,
}

impl InstallOutcome {
    /// Whether everything is installed.
    pub const fn succeeded(&self) -> bool {
        self.failures.is_empty()
    }
}

/// Commands to run in a worktree, one after the other until one fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookPlan {
    /// The worktree, in which they run.
    pub root: AbsPath,
    /// The setting that names the commands.
    pub setting: &'static str,
    /// The commands.
    pub commands: Vec<Command>,
    /// Their environment, the lease's variables included.
    pub environment: BTreeMap<String, String>,
    /// The file that the output goes to, as with an install.
    pub log: AbsPath,
    /// How long all of them together may take.
    pub limit: Duration,
}

/// How commands ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HookOutcome {
    /// What failed. None: all of them ended well.
    pub failure: Option<InstallFailure>,
    /// What a person should know: processes that they left running, which were ended.
    pub notices: Vec<String>,
}

/// Told which command of a hook begins, as one would type it.
pub type OnCommand<'a> = &'a (dyn Fn(String) + Sync);

/// Told what an install is doing, from the threads that do it.
pub type OnProgress<'a> = &'a (dyn Fn(InstallProgress) + Sync);

/// Asked often whether an install should end, from the threads that do it.
pub type IsCancelled<'a> = &'a (dyn Fn() -> bool + Sync);

/// How long a folder may be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// As long as it takes.
    Whatever,
    /// This long.
    AtMost(Duration),
}

/// What a folder takes of the disk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Footprint {
    /// Bytes that would be free if it were gone: extents that are shared with other files (copy-on-write) and files
    /// that have links outside of it do not count.
    pub exclusive: u64,
    /// When something in it was last written, by the times of its files and folders.
    pub touched: Option<Timestamp>,
    /// Whether all of it was seen.
    pub seen: Seen,
}

/// How much of a folder was seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Seen {
    /// All of it.
    #[default]
    Whole,
    /// Some folders in it cannot be read.
    NotAll,
    /// Time ran out.
    TimeRanOut,
}

/// A cache of builds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildCache {
    /// The folder.
    pub folder: RelPath,
    /// Bytes that nobody else has.
    pub exclusive: u64,
}

/// The environment of worktrees. It knows nothing of git: which files are tracked or ignored is told to it.
pub trait Environments: Send + Sync {
    /// The projects of a checkout.
    ///
    /// # Errors
    /// [`EnvironmentError::Io`] when the checkout cannot be read. A single file that cannot be is a notice.
    fn survey(&self, request: &SurveyRequest) -> Result<Survey, EnvironmentError>;

    /// Brings private files and caches into a worktree. What is there already is never touched, so that it can be
    /// repeated after a crash. Files keep their modes, but secrets are never readable by others; no symbolic link is
    /// followed on either side.
    ///
    /// # Errors
    /// [`EnvironmentError`] when the worktree cannot be written; a single file that cannot be read is a notice.
    fn furnish(&self, plan: &FurnishPlan) -> Result<Furnished, EnvironmentError>;

    /// Installs what the projects need. First ends what is left of an earlier install with this log. Whatever the
    /// steps leave running is ended with them. Folders that they make get a `.gitignore` of their own, so that git
    /// does not show them.
    ///
    /// # Errors
    /// [`EnvironmentError`] when the log cannot be written; what fails in a project is in the outcome.
    fn install(
        &self,
        plan: &InstallPlan,
        progress: OnProgress<'_>,
        cancelled: IsCancelled<'_>,
    ) -> Result<InstallOutcome, EnvironmentError>;

    /// Runs commands as an install runs its own: with nothing to read and no terminal, for a limited time, and nothing
    /// of them is left running. First ends what is left of earlier ones with this log.
    ///
    /// # Errors
    /// [`EnvironmentError`] when the log cannot be written; what fails in a command is in the outcome.
    fn run_hook(
        &self,
        plan: &HookPlan,
        begun: OnCommand<'_>,
        cancelled: IsCancelled<'_>,
    ) -> Result<HookOutcome, EnvironmentError>;

    /// Ends what is left of an install with this log after a crash. Nothing left: success.
    ///
    /// # Errors
    /// [`EnvironmentError::Io`] when something survived.
    fn end_leftover(&self, log: &AbsPath) -> Result<(), EnvironmentError>;

    /// What a folder takes of the disk. Nothing when it does not exist.
    ///
    /// # Errors
    /// [`EnvironmentError::Io`] when the folder itself cannot be read.
    fn footprint(&self, folder: &AbsPath, effort: Effort) -> Result<Footprint, EnvironmentError>;

    /// Those of the folders of a worktree that are known caches of builds, each with its [`Footprint::exclusive`]
    /// bytes: whatever builds makes them again by itself. Installed packages are none, because nobody would install
    /// them again, and a symbolic link is none.
    ///
    /// # Errors
    /// [`EnvironmentError::Io`] when one cannot be read.
    fn build_caches(
        &self,
        worktree: &AbsPath,
        folders: &[RelPath],
    ) -> Result<Vec<BuildCache>, EnvironmentError>;

    /// Removes a known cache of builds. Gone already: success.
    ///
    /// # Errors
    /// [`EnvironmentError::Busy`] while a build is at work, [`EnvironmentError::Io`] when it is no known cache, or
    /// cannot be removed as a whole.
    fn drop_cache(&self, worktree: &AbsPath, folder: &RelPath) -> Result<(), EnvironmentError>;

    /// Bytes that this user can still write on the disk of a folder; of the nearest one above that exists.
    ///
    /// # Errors
    /// [`EnvironmentError::Io`].
    fn free_space(&self, folder: &AbsPath) -> Result<u64, EnvironmentError>;

    /// Those ports of a block that something listens on, on any address of this machine.
    fn busy_ports(&self, block: PortBlock) -> Vec<u16>;
}
