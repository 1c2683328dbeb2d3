//! Two checkouts in a folder of one test, and short ways to say what tests say often.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use owt_core::AbsPath;
use owt_core::WorkspaceId;
use owt_core::environment::Command;
use owt_core::environment::Ecosystem;
use owt_core::environment::Lease;
use owt_core::environment::Manager;
use owt_core::environment::PortBlock;
use owt_core::environment::Project;
use owt_core::environment::RelPath;
use owt_core::environment::TemplateValues;
use owt_core::workspace::WorkspaceName;
use owt_environment::WorktreeEnvironments;
use owt_ports::Environments;
use owt_ports::FurnishPlan;
use owt_ports::Furnished;
use owt_ports::InstallOutcome;
use owt_ports::InstallPlan;
use owt_ports::Standing;
use owt_ports::Untracked;
use owt_process::Cmd;
use tempfile::TempDir;

/// One test's place.
pub(crate) struct World {
    /// Removed with the world.
    _dir: Option<TempDir>,
    pub(crate) home: AbsPath,
    pub(crate) source: AbsPath,
    pub(crate) worktree: AbsPath,
}

impl World {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let home = AbsPath::new(fs::canonicalize(dir.path()).unwrap()).unwrap();
        Self { _dir: Some(dir), ..Self::at(&home) }
    }

    /// In a folder that somebody else removes.
    pub(crate) fn at(home: &AbsPath) -> Self {
        let (source, worktree) = (home.join("app"), home.join("app-feat"));
        fs::create_dir_all(&source).unwrap();
        fs::create_dir_all(&worktree).unwrap();
        Self { _dir: None, home: home.clone(), source, worktree }
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        write(&self.source.join(path), text.as_bytes());
    }

    pub(crate) fn write_mode(&self, path: &str, text: &str, mode: u32) {
        self.write(path, text);
        fs::set_permissions(self.source.join(path), fs::Permissions::from_mode(mode)).unwrap();
    }

    /// The same file in both checkouts.
    pub(crate) fn write_both(&self, path: &str, text: &str) {
        self.write(path, text);
        write(&self.worktree.join(path), text.as_bytes());
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.worktree.join(path)).unwrap()
    }

    pub(crate) fn has(&self, path: &str) -> bool {
        self.worktree.join(path).as_path().symlink_metadata().is_ok()
    }

    pub(crate) fn mode(&self, path: &str) -> u32 {
        self.worktree.join(path).as_path().metadata().unwrap().permissions().mode() & 0o777
    }

    pub(crate) fn plan(&self, usual: &[&str], named: &[&str], folders: &[&str]) -> FurnishPlan {
        FurnishPlan {
            source: self.source.clone(),
            worktree: self.worktree.clone(),
            values: values(),
            usual: usual.iter().map(|path| untracked(path)).collect(),
            asked_in: None,
            agents: Vec::new(),
            named: named.iter().map(|path| untracked(path)).collect(),
            folders: folders.iter().map(|path| rel(path)).collect(),
        }
    }

    pub(crate) fn furnish(&self, usual: &[&str], named: &[&str]) -> Furnished {
        WorktreeEnvironments.furnish(&self.plan(usual, named, &[])).unwrap()
    }

    pub(crate) fn carry(&self, folders: &[&str]) -> Furnished {
        WorktreeEnvironments.furnish(&self.plan(&[], &[], folders)).unwrap()
    }

    pub(crate) fn log(&self) -> AbsPath {
        self.home.join("logs/install.log")
    }

    pub(crate) fn install_plan(&self, projects: Vec<Project>) -> InstallPlan {
        InstallPlan {
            root: self.worktree.clone(),
            projects,
            environment: environment(),
            log: self.log(),
            limit: Duration::from_secs(300),
        }
    }

    pub(crate) fn install(&self, projects: Vec<Project>) -> InstallOutcome {
        WorktreeEnvironments.install(&self.install_plan(projects), &|_| {}, &|| false).unwrap()
    }

    pub(crate) fn log_text(&self) -> String {
        fs::read_to_string(self.log()).unwrap()
    }

    /// `git status` of a repository that has this worktree's files of now committed and nothing ignored.
    pub(crate) fn commit_worktree(&self) {
        self.git(&["init", "-q"]);
        self.git(&["add", "-A"]);
        self.git(&["-c", "user.name=P", "-c", "user.email=p@example.org", "commit", "-q", "-m", "first"]);
    }

    pub(crate) fn git_status(&self) -> String {
        self.git(&["status", "--porcelain", "--untracked-files=all"])
    }

    fn git(&self, arguments: &[&str]) -> String {
        let output = Cmd::new("git")
            .args(arguments.iter().copied())
            .current_dir(&self.worktree)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .run_checked()
            .unwrap();
        output.stdout_utf8_lossy().into_owned()
    }
}

pub(crate) fn write(path: &AbsPath, bytes: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

pub(crate) fn rel(path: &str) -> RelPath {
    RelPath::new(path).unwrap()
}

pub(crate) fn untracked(path: &str) -> Untracked {
    Untracked { path: rel(path), standing: Standing::Ignored }
}

pub(crate) fn values() -> TemplateValues {
    let name = WorkspaceName::new("add-login");
    let lease = Lease::of(&name, WorkspaceId::from_bits(1), PortBlock::new(20_010).unwrap());
    TemplateValues { name, lease }
}

/// Our own environment, as a person's request would bring it.
#[expect(
    clippy::disallowed_methods,
    reason = "where the tools of the machine are is known by its environment alone"
)]
pub(crate) fn environment() -> BTreeMap<String, String> {
    let ours = std::env::vars_os();
    ours.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))).collect()
}

/// A project whose install is these commands.
pub(crate) fn project(folder: &str, install: Vec<Command>) -> Project {
    Project {
        folder: rel(folder),
        ecosystem: Ecosystem::Node,
        manager: Manager::Npm,
        reason: "package.json".to_owned(),
        install,
        test: None,
        dev: None,
        needs: Vec::new(),
        installs_below: vec![rel(folder)],
        discards: Vec::new(),
        notices: Vec::new(),
    }
}

/// A command of the shell: what an install would do, in a test's own words.
pub(crate) fn shell(line: &str) -> Command {
    Command::new("sh", ["-c", line])
}
