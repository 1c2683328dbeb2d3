//! A folder with an agent of some personality, and its record.

use std::path::Path;
use std::path::PathBuf;

use owt_process::Cmd;
use owt_process::Output;
use owt_testkit::lab::SealedHome;
use owt_testkit::scripted_agent::Personality;
use owt_testkit::scripted_agent::Received;
use owt_testkit::scripted_agent::Step;
use owt_testkit::scripted_agent::read_received;
use tempfile::TempDir;

pub(crate) struct Stage {
    root: TempDir,
    pub(crate) home: SealedHome,
}

impl Stage {
    /// The agent is on the home's path as `claude`, and finds its script beside that link.
    pub(crate) fn with(personality: &Personality) -> Self {
        let root = tempfile::tempdir().unwrap();
        let home = SealedHome::create(&root.path().join("h")).unwrap();
        home.add_program("claude", Path::new(env!("CARGO_BIN_EXE_scripted-agent"))).unwrap();
        std::fs::create_dir(root.path().join("work")).unwrap();
        let script = serde_json::to_string(personality).unwrap();
        std::fs::write(home.bin().join("claude.script.json"), script).unwrap();
        Self { root, home }
    }

    pub(crate) fn doing(steps: &[Step]) -> Self {
        Self::with(&Personality { on_prompt: steps.to_vec(), ..Personality::default() })
    }

    pub(crate) fn plain() -> Self {
        Self::with(&Personality::default())
    }

    pub(crate) fn root(&self) -> &Path {
        self.root.path()
    }

    /// Where the agent works.
    pub(crate) fn folder(&self) -> PathBuf {
        self.root.path().join("work")
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Cmd {
        let agent = Cmd::new(self.home.bin().join("claude")).args(arguments);
        self.home.sealed(agent).current_dir(self.folder())
    }

    /// One headless run with this prompt.
    pub(crate) fn run(&self, prompt: impl Into<Vec<u8>>) -> Output {
        self.command(&["-p"]).stdin(owt_process::Input::Bytes(prompt.into())).run().unwrap()
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        read_received(&self.home.bin().join("claude.received.jsonl")).unwrap()
    }

    /// A named pipe in the agent's folder, for [`Step::WaitFor`].
    pub(crate) fn pipe(&self, name: &str) -> PathBuf {
        let path = self.folder().join(name);
        Cmd::new("mkfifo").arg(&path).run_checked().unwrap();
        path
    }
}
