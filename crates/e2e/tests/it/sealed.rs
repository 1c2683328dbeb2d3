//! A sealed home with the real binary in it: nothing of the machine's own environment, settings or sessions reaches
//! what runs here, and nothing that runs here outlives the test.

use std::ffi::OsStr;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use owt_process::Cmd;
use owt_process::Input;
use owt_testkit::lab::SealedHome;
use tempfile::TempDir;

use crate::mounts::Mount;
use crate::mounts::Mounts;
use crate::processes;
use crate::project::Project;
use crate::ran::Ran;

/// No command of a test may take longer.
const COMMAND_LIMIT: Duration = Duration::from_secs(120);

/// A home, the binary, and what was set up in it.
#[derive(Debug)]
pub(crate) struct Sealed {
    folder: TempDir,
    home: SealedHome,
    mounts: Option<Mounts>,
}

impl Sealed {
    /// With `owt` on its `PATH`, a record folder for agents, and no agent.
    pub(crate) fn new() -> Self {
        // A short path: sockets lie below it, and their paths end at 107 bytes.
        let folder = tempfile::Builder::new().prefix("oe").tempdir_in("/tmp").unwrap();
        let mut home = SealedHome::create(folder.path()).unwrap();
        home.add_program("owt", &binary()).unwrap();
        for name in ["work", "record"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        home.set("OWT_HOME", folder.path().join("owt"));
        home.set("RECORD", folder.path().join("record"));
        Self { folder, home, mounts: None }
    }

    /// The same home with one more variable.
    pub(crate) fn with(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.home.set(name, value);
        self
    }

    /// The same home with file systems of its own.
    ///
    /// # Errors
    /// Why this machine has no such thing.
    pub(crate) fn with_mounts(mut self, mounts: &[Mount<'_>]) -> Result<Self, String> {
        self.mounts = Some(Mounts::make(mounts)?);
        Ok(self)
    }

    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    /// Where repositories are.
    pub(crate) fn work(&self) -> PathBuf {
        self.root().join("work")
    }

    /// Where agents write what reached them.
    pub(crate) fn record(&self, name: &str) -> PathBuf {
        self.root().join("record").join(name)
    }

    pub(crate) fn owt_home(&self) -> PathBuf {
        self.home.environment().get(OsStr::new("OWT_HOME")).unwrap().into()
    }

    /// The person's `$HOME`.
    pub(crate) fn home_folder(&self) -> PathBuf {
        self.home.folder()
    }

    pub(crate) fn bin(&self) -> PathBuf {
        self.home.bin()
    }

    /// Adds lines to the person's configuration.
    pub(crate) fn configure(&self, lines: &str) {
        let file = self.owt_home().join("config.toml");
        fs::create_dir_all(self.owt_home()).unwrap();
        let before = fs::read_to_string(&file).unwrap_or_default();
        fs::write(file, before + lines).unwrap();
    }

    /// Links a program into its `PATH`.
    pub(crate) fn link(&self, name: &str, program: &Path) {
        self.home.add_program(name, program).unwrap();
    }

    /// A repository below `work`, with a first commit of a few files, one of them ignored.
    pub(crate) fn repository(&self, name: &str) -> Project<'_> {
        Project::create(self, self.work().join(name))
    }

    /// A folder that may be anything.
    pub(crate) fn at(&self, root: impl Into<PathBuf>) -> Project<'_> {
        Project { sealed: self, root: root.into() }
    }

    /// A command in this environment.
    pub(crate) fn command(&self, program: impl Into<OsString>, cwd: &Path) -> Cmd {
        let command = match &self.mounts {
            None => self.home.sealed(Cmd::new(program)).current_dir(cwd),
            // The folder may be there only among the mounts.
            Some(mounts) => self.home.sealed(Cmd::new("nsenter").args(mounts.enter(cwd)).arg(program)),
        };
        command.timeout(COMMAND_LIMIT)
    }

    /// `owt` with these words, run in `cwd`.
    pub(crate) fn owt<A: Into<OsString>>(&self, cwd: &Path, words: impl IntoIterator<Item = A>) -> Cmd {
        self.command(self.bin().join("owt"), cwd).args(words)
    }

    /// The id of the running server's process.
    pub(crate) fn server_pid(&self) -> u32 {
        let status = Ran::of(&self.owt(&self.work(), ["server", "status", "--json"])).data();
        u32::try_from(status["pid"].as_u64().unwrap()).unwrap()
    }

    /// Ends the server as a crash does, and waits until it is gone.
    pub(crate) fn kill_server(&self) {
        processes::kill_and_wait(self.server_pid());
    }

    /// Processes that were started in this home or for it.
    pub(crate) fn processes(&self) -> Vec<u32> {
        processes::that_name(self.root())
    }

    /// What the server wrote down, for messages of failed tests.
    pub(crate) fn server_log(&self) -> String {
        fs::read_to_string(self.owt_home().join("data/server.log")).unwrap_or_default()
    }
}

impl Drop for Sealed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("--- server.log\n{}---", self.server_log());
        }
        // Without a server to answer, the command says so and nothing is lost.
        drop(self.owt(&self.work(), ["server", "stop"]).stdin(Input::Null).run());
        for _ in 0..3 {
            self.processes().into_iter().for_each(processes::kill);
        }
    }
}

/// The binary that a build of the workspace leaves beside its tests.
pub(crate) fn binary() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let folder = tests.parent().and_then(Path::parent).unwrap();
    let binary = folder.join("owt");
    assert!(
        binary.is_file(),
        "{} is not built: run `cargo build -p owt` with the same target folder first, or `cargo test --workspace`",
        binary.display()
    );
    binary
}
