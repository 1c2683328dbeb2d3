//! A stage: a sealed home with the real agents on its `PATH`, a clone of this repository as the person's checkout,
//! the scripted model, and `owt`, all in one network namespace. What was started on it ends with it.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use owt_core::AbsPath;
use owt_process::Cmd;
use owt_testkit::checkout_witness::CheckoutWitness;
use owt_testkit::lab::ModelProcess;
use owt_testkit::lab::Network;
use owt_testkit::lab::SealedHome;
use owt_testkit::lab::Unavailable;
use owt_testkit::lab::real_agents;
use owt_testkit::model::LoggedRequest;
use owt_testkit::model::RequestKind;
use owt_testkit::model::asked_twice;

use crate::processes;
use crate::ran::Ran;
use crate::terminal::Shown;
use crate::terminal::converse_in;

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A first build of `owt`.
const BUILD_LIMIT: Duration = Duration::from_secs(900);

/// What the model plays here beside the testkit's own scenarios.
const SCENARIOS: &str = include_str!("scenarios.json");

pub(super) struct Stage {
    root: tempfile::TempDir,
    network: Network,
    model: ModelProcess,
    home: SealedHome,
    owt: PathBuf,
}

impl Stage {
    /// A stage, unless this machine cannot offer one.
    pub(super) fn open() -> Option<Self> {
        match Self::try_open() {
            Ok(stage) => Some(stage),
            Err(reason) => {
                println!("skipped: {reason}");
                None
            }
        }
    }

    fn try_open() -> Result<Self, Unavailable> {
        let agents = real_agents()?;
        let owt = owt_program();
        let network = Network::open();
        if let Network::Shared(reason) = &network {
            return Err(reason.clone());
        }
        // A short path: sockets lie below it.
        let root = tempfile::Builder::new().prefix("owt").tempdir_in("/tmp").unwrap();
        let scenarios = root.path().join("scenarios.json");
        fs::write(&scenarios, SCENARIOS).unwrap();
        let model = ModelProcess::start(&network, &root.path().join("model.log"), Some(&scenarios))?;
        let mut home = SealedHome::create(&root.path().join("h")).unwrap();
        agents.settle_into(&mut home, model.base_url()).unwrap();
        let stage = Self { root, network, model, home, owt };
        stage.clone_this_repository();
        Ok(stage)
    }

    fn clone_this_repository(&self) {
        let this = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
        let clone = Cmd::new("git").args(["clone", "--quiet", "--local", "--no-checkout"]);
        self.run(clone.arg(this).arg(self.repository()));
        self.git(&["checkout", "--quiet", "-B", "main"]);
    }

    /// The person's checkout.
    pub(super) fn repository(&self) -> PathBuf {
        self.root.path().join("repo")
    }

    /// A path beside home and checkout, for what a test wants to see happen or not.
    pub(super) fn beside(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// Gives the agents another provider.
    pub(super) fn point_agents_at(&mut self, base_url: &str) {
        real_agents().unwrap().settle_into(&mut self.home, base_url).unwrap();
    }

    /// The person's `$HOME`.
    pub(super) fn home_folder(&self) -> PathBuf {
        self.home.folder()
    }

    /// Takes a variable out of the environment, as far as programs see it.
    pub(super) fn forget_variable(&mut self, name: &str) {
        self.home.set(name, "");
    }

    /// What was put before programs in their terminals, in every session: each host's own journal.
    #[track_caller]
    pub(super) fn injections(&self) -> String {
        let attempts = self.home.folder().join(".local/share/open-orchestrator/attempts");
        let journals =
            fs::read_dir(attempts).unwrap().map(|entry| entry.unwrap().path().join("injections.jsonl"));
        let journals: Vec<String> = journals.filter_map(|journal| fs::read_to_string(journal).ok()).collect();
        assert!(!journals.is_empty(), "a host keeps a journal");
        journals.concat()
    }

    /// What each workspace's terminal shows.
    fn screens(&self) -> Vec<String> {
        let listed = self.owt(["list", "--json"]).stdout;
        let listed: serde_json::Value = serde_json::from_str(&listed).unwrap_or_default();
        let names = listed["data"].as_array().into_iter().flatten().filter_map(|item| item["name"].as_str());
        names.map(|name| self.owt(["logs", name]).stdout).collect()
    }

    /// Writes the person's configuration of `owt`.
    pub(super) fn configure(&self, text: &str) {
        let folder = self.home.folder().join(".config/open-orchestrator");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("config.toml"), text).unwrap();
    }

    pub(super) fn witness(&self) -> CheckoutWitness {
        CheckoutWitness::of(&AbsPath::new(self.repository()).unwrap())
    }

    /// Every process is killed, the one first who would write down the others' ends, and what lives in memory is gone.
    #[track_caller]
    pub(super) fn restart_the_machine(&self) {
        self.kill_server();
        while let [first, ..] = self.everything()[..] {
            processes::kill_and_wait(first);
        }
        for entry in fs::read_dir(self.home.runtime()).unwrap() {
            fs::remove_dir_all(entry.unwrap().path()).unwrap();
        }
    }

    /// Another checkout of the person's.
    pub(super) fn clone_to(&self, name: &str) -> PathBuf {
        let folder = self.beside(name);
        let clone = Cmd::new("git").args(["clone", "--quiet", "--local"]);
        self.run(clone.arg(self.repository()).arg(&folder));
        folder
    }

    /// Runs `owt` in a folder.
    pub(super) fn owt_in(&self, folder: &Path, arguments: &[&str]) -> Ran {
        let command = self.network.command(&self.owt).args(arguments.iter().copied()).current_dir(folder);
        Ran::of(&self.home.sealed(command).timeout(PATIENCE * 2))
    }

    /// Runs `owt` in the person's checkout.
    pub(super) fn owt<const N: usize>(&self, arguments: [&str; N]) -> Ran {
        self.owt_with(&arguments)
    }

    /// The same for arguments that a test puts together.
    pub(super) fn owt_with(&self, arguments: &[&str]) -> Ran {
        self.owt_in(&self.repository(), arguments)
    }

    /// The same in a terminal: each text is waited for, then its keys are typed.
    #[track_caller]
    pub(super) fn converse(&self, arguments: &str, exchange: &[(&str, &str)]) -> Shown {
        let command = |program: &str| {
            let command = self.network.command(program).current_dir(self.repository());
            self.home.sealed(command).timeout(PATIENCE * 2)
        };
        let line = format!("{} {arguments}", self.owt.display());
        converse_in(self.root.path(), command, &line, exchange)
    }

    /// What the person has installed: hooks in their own settings find it.
    pub(super) fn put_owt_on_the_path(&self) {
        self.home.add_program("owt", &self.owt).unwrap();
    }

    /// Runs a program as the person does, without `owt`.
    #[track_caller]
    pub(super) fn by_hand(&self, folder: &Path, program: &str, arguments: &[&str]) -> String {
        let command = self.network.command(program).args(arguments.iter().copied()).current_dir(folder);
        self.run(command)
    }

    /// Runs git in the person's checkout; what it prints, without the last line's end.
    #[track_caller]
    pub(super) fn git(&self, arguments: &[&str]) -> String {
        self.run(Cmd::new("git").args(arguments.iter().copied()).current_dir(self.repository()))
    }

    #[track_caller]
    pub(super) fn run(&self, command: Cmd) -> String {
        let output = self.home.sealed(command).timeout(PATIENCE).run_checked().unwrap();
        output.stdout_utf8_lossy().trim_end().to_owned()
    }

    /// The turns that the model was asked for, oldest first.
    pub(super) fn turns(&self) -> Vec<LoggedRequest> {
        let log = self.model.log().unwrap();
        log.into_iter().filter(|request| request.kind == RequestKind::Turn).collect()
    }

    /// Each turn as `(scenario, turn)`, oldest first.
    pub(super) fn played(&self) -> Vec<(String, usize)> {
        let turns = self.turns().into_iter();
        turns
            .map(|request| (request.scenario.unwrap_or_default(), request.turn.unwrap_or_default()))
            .collect()
    }

    /// The model was asked for exactly the first `turns` turns of a scenario, once each, in order.
    #[track_caller]
    pub(super) fn assert_played_once(&self, scenario: &str, turns: usize) {
        let played: Vec<usize> =
            self.played().into_iter().filter(|(name, _)| name == scenario).map(|(_, turn)| turn).collect();
        assert_eq!(played, (0..turns).collect::<Vec<_>>(), "turns of {scenario}: {:#?}", self.turns());
        let log = self.model.log().unwrap();
        assert!(asked_twice(&log).is_empty(), "{:#?}", asked_twice(&log));
    }

    /// The last text of a person in each request of a scenario's first turn: what a prompt came to.
    pub(super) fn prompts(&self, scenario: &str) -> Vec<String> {
        let first = |request: &LoggedRequest| {
            request.scenario.as_deref() == Some(scenario) && request.turn == Some(0)
        };
        let texts = self.turns().into_iter().filter(first);
        texts.filter_map(|request| request.users.last().map(|user| user.text.clone())).collect()
    }

    /// The server's process; one is started where none runs.
    #[track_caller]
    pub(super) fn server_pid(&self) -> u32 {
        assert_eq!(self.owt(["list", "--json"]).code, 0);
        let pid = self.owt(["server", "status", "--json"]).data()["pid"].as_u64().unwrap();
        u32::try_from(pid).unwrap()
    }

    /// Ends the server as a crash would.
    #[track_caller]
    pub(super) fn kill_server(&self) {
        processes::kill_and_wait(self.server_pid());
    }

    /// The processes of this stage whose command line says this.
    pub(super) fn processes(&self, words: &str) -> Vec<u32> {
        let ours = self.everything();
        ours.into_iter().filter(|pid| command_line(*pid).contains(words)).collect()
    }

    /// The arguments of the one agent program that runs in a folder.
    #[track_caller]
    pub(super) fn agent_arguments(&self, program: &str, folder: &Path) -> Vec<String> {
        let works_there = |pid: &u32| {
            let words = words_of(*pid);
            let name = words.first().and_then(|word| Path::new(word).file_name());
            let cwd = fs::read_link(format!("/proc/{pid}/cwd"));
            name.is_some_and(|name| name == program) && cwd.is_ok_and(|cwd| cwd == folder)
        };
        let found: Vec<u32> = self.everything().into_iter().filter(works_there).collect();
        let [pid] = found[..] else { panic!("one {program} runs in {}: {found:?}", folder.display()) };
        words_of(pid).split_off(1)
    }

    /// Kills the processes of this stage whose command line says this; there must be some.
    #[track_caller]
    pub(super) fn kill(&self, words: &str) {
        let pids = self.processes(words);
        assert!(!pids.is_empty(), "nothing like {words:?} runs");
        pids.into_iter().for_each(processes::kill_and_wait);
    }

    /// Everything that was started in this home, however far away it went; the model ends by itself, with the stage.
    fn everything(&self) -> Vec<u32> {
        let root = self.root.path().as_os_str().as_encoded_bytes();
        let names_us = |pid: &u32| {
            ["environ", "cmdline"].into_iter().any(|what| {
                let text = fs::read(format!("/proc/{pid}/{what}")).unwrap_or_default();
                text.windows(root.len()).any(|window| window == root)
            })
        };
        let entries = fs::read_dir("/proc").unwrap().flatten();
        let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        pids.filter(names_us)
            .filter(|pid| processes::is_alive(*pid) && !command_line(*pid).contains("scripted-model"))
            .collect()
    }
}

/// Ends what runs in the home: the server first, so that it does not take the rest for a loss.
impl Drop for Stage {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.home.folder().join(".local/share/open-orchestrator/server.log");
            println!("--- server.log\n{}---", fs::read_to_string(log).unwrap_or_default());
            println!("--- injections\n{}---", self.injections());
            for screen in self.screens() {
                println!("--- screen\n{screen}---");
            }
        }
        let _may_not_run = self.owt(["server", "stop"]);
        for _ in 0..3 {
            self.everything().into_iter().for_each(processes::kill);
        }
    }
}

fn command_line(pid: u32) -> String {
    words_of(pid).join(" ")
}

fn words_of(pid: u32) -> Vec<String> {
    let words = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&words).split_terminator('\0').map(str::to_owned).collect()
}

/// The program, as the sources are now; the scripted model beside it.
fn owt_program() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(build_programs).clone()
}

/// A test run of the whole workspace has built them, and then this is a look; one of this crate alone builds them.
fn build_programs() -> PathBuf {
    let running = std::env::current_exe().unwrap();
    let profile = running.ancestors().nth(2).unwrap();
    let release = (profile.file_name().unwrap() == "release").then_some("--release");
    Cmd::new(env!("CARGO"))
        .args(["build", "--quiet", "--package", "owt", "--package", "owt-testkit", "--bins"])
        .args(release)
        .env("CARGO_TARGET_DIR", profile.parent().unwrap())
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .timeout(BUILD_LIMIT)
        .run_checked()
        .unwrap();
    profile.join("owt")
}
