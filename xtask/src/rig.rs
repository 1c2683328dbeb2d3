//! A home of its own for `owt` at work in a task, and its end: nothing of the person's is read or written, and what
//! still runs at the end is ended by its process id. Ctrl-C does not keep it from being taken down.

pub(crate) mod processes;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;
use std::time::Instant;

use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::program::Program;
use crate::program::environment_value;

const GIT_CONFIG: &str = "[user]\n\tname = Task\n\temail = task@example.invalid\n[init]\n\tdefaultBranch = main\n[gc]\n\tauto = 0\n";

/// Files of each repository: as many as a small project has.
const FILES: usize = 200;

/// Between two looks at whether a pause is to end early.
const LOOK: Duration = Duration::from_millis(50);

/// The sealed home.
pub(crate) struct Rig {
    pub(crate) root: PathBuf,
    pub(crate) program: PathBuf,
    environment: BTreeMap<String, String>,
    interrupt: Interrupt,
}

impl Rig {
    /// Makes it.
    pub(crate) fn set_up(program: &Path) -> Result<Self, Failure> {
        let interrupt = Interrupt::watch()?;
        let program = &fs::canonicalize(program).map_err(|error| Failure::at(program, error))?;
        let root = scratch_folder()?;
        let root = fs::canonicalize(&root).map_err(|error| Failure::at(&root, error))?;
        let place = |name: &str| root.join(name).display().to_string();
        for folder in ["home", "tmp", "bin"] {
            fs::create_dir(root.join(folder)).map_err(|error| Failure::at(&root, error))?;
        }
        let private = fs::DirBuilder::new().mode(0o700).create(root.join("run"));
        private.map_err(|error| Failure::at(&root, error))?;
        fs::write(root.join("home/.gitconfig"), GIT_CONFIG).map_err(|error| Failure::at(&root, error))?;
        let environment = [
            ("HOME", place("home")),
            ("OWT_HOME", place("owt")),
            ("XDG_CONFIG_HOME", place("home/.config")),
            ("XDG_DATA_HOME", place("home/.local/share")),
            ("XDG_RUNTIME_DIR", place("run")),
            ("TMPDIR", place("tmp")),
            ("GIT_CONFIG_NOSYSTEM", "1".to_owned()),
            ("OWT_DEMO_PACE", "0".to_owned()),
            ("LANG", "C.UTF-8".to_owned()),
            ("TERM", "dumb".to_owned()),
            ("PATH", format!("{}:{}", place("bin"), search_path(program))),
        ];
        let environment = environment.map(|(name, value)| (name.to_owned(), value)).into();
        Ok(Self { root, program: program.to_owned(), environment, interrupt })
    }

    /// All variables of what runs in it.
    pub(crate) const fn environment(&self) -> &BTreeMap<String, String> {
        &self.environment
    }

    /// Puts a program on the search path under this name.
    pub(crate) fn link(&self, name: &str, program: &Path) -> Result<(), Failure> {
        let link = self.root.join("bin").join(name);
        std::os::unix::fs::symlink(program, &link).map_err(|error| Failure::at(&link, error))
    }

    /// `owt` outside of any repository.
    pub(crate) fn owt(&self, arguments: &[&str]) -> Program {
        self.owt_in(&self.root, arguments)
    }

    /// `owt` in a folder.
    pub(crate) fn owt_in(&self, folder: &Path, arguments: &[&str]) -> Program {
        Program::new(&self.program).args(arguments).environment(&self.environment).directory(folder)
    }

    /// git in a folder.
    pub(crate) fn git(&self, folder: &Path, arguments: &[&str]) -> Program {
        Program::new("git").args(arguments).environment(&self.environment).directory(folder)
    }

    /// A workspace with a demo agent that works without pausing.
    pub(crate) fn new_headless(&self, repository: &Path, branch: &str) -> Program {
        let task = "Add a greeting";
        let options = ["--headless", "--agent", "demo", "--permissions", "edits", "--branch", branch];
        self.owt_in(repository, &[&["new", task][..], &options].concat())
    }

    /// What git itself does for a worktree.
    pub(crate) fn worktree_add(&self, repository: &Path, branch: &str) -> Program {
        let folder = format!("../floor-{}", branch.replace('/', "-"));
        self.git(repository, &["worktree", "add", "--quiet", "-b", branch, &folder])
    }

    /// A repository with a commit of many files, in a folder of its own.
    pub(crate) fn repository(&self, name: &str) -> Result<PathBuf, Failure> {
        self.repository_of(name, FILES)
    }

    /// The same with so many files, in folders of twenty to two hundred.
    pub(crate) fn repository_of(&self, name: &str, files: usize) -> Result<PathBuf, Failure> {
        let folder = self.root.join(name).join("repository");
        let failed = |error| Failure::at(&folder, error);
        let parts = (files / 200).max(10);
        for number in 0..files {
            let part = folder.join(format!("part{}", number % parts));
            fs::create_dir_all(&part).map_err(failed)?;
            fs::write(part.join(format!("file{number}.txt")), format!("{number}\n").repeat(100))
                .map_err(failed)?;
        }
        self.git(&folder, &["init", "--quiet"]).read()?;
        self.git(&folder, &["add", "."]).read()?;
        self.git(&folder, &["commit", "--quiet", "--message", "First"]).read()?;
        Ok(folder)
    }

    /// Lets time pass; fails as soon as somebody interrupts.
    pub(crate) fn pause(&self, span: Duration) -> Result<(), Failure> {
        let end = Instant::now() + span;
        loop {
            self.interrupt.check()?;
            match end.saturating_duration_since(Instant::now()) {
                Duration::ZERO => return Ok(()),
                left => sleep(left.min(LOOK)),
            }
        }
    }

    /// Ends what runs in it and removes it.
    pub(crate) fn take_down(self) -> Result<(), Failure> {
        // Whatever it answers: what is left is found by its environment.
        drop(self.owt(&["server", "stop"]).timed());
        for pid in processes::of_home(&self.root) {
            drop(Program::new("kill").args(["-KILL", &pid.to_string()]).timed());
        }
        fs::remove_dir_all(&self.root).map_err(|error| Failure::at(&self.root, error))
    }
}

#[expect(clippy::disallowed_methods, reason = "the pause is the point")]
fn sleep(span: Duration) {
    std::thread::sleep(span);
}

/// As of a person who has installed the program: typing `owt` starts it.
fn search_path(program: &Path) -> String {
    let folder = program.parent().unwrap_or(Path::new("/")).display();
    format!("{folder}:{}", environment_value("PATH").unwrap_or_else(|| "/usr/bin:/bin".to_owned()))
}

/// A new folder with a short name: paths of sockets end at 107 bytes.
fn scratch_folder() -> Result<PathBuf, Failure> {
    let below = PathBuf::from(environment_value("TMPDIR").unwrap_or_else(|| "/tmp".to_owned()));
    let folder = below.join(format!("owt-task-{}", std::process::id()));
    fs::create_dir(&folder).map_err(|error| Failure::at(&folder, error))?;
    Ok(folder)
}
