//! Everything that outlives the server: the machine, its disk, its programs, its sessions.

use std::sync::Arc;

use owt_core::AbsPath;
use owt_core::vcs::BranchName;
use owt_core::vcs::Repository;
use owt_engine::Engine;
use owt_engine::Identity;
use owt_engine::Ports;
use owt_ports::Git as _;
use owt_ports::RunnerId;
use owt_testkit::clock::SeededEntropy;
use owt_testkit::clock::VirtualClock;
use owt_testkit::crash::CrashPlan;
use owt_testkit::environment::FakeEnvironments;
use owt_testkit::files::MemoryFiles;
use owt_testkit::forge::FakeForge;
use owt_testkit::forge::FakeHost;
use owt_testkit::git::FakeGit;
use owt_testkit::notifier::FakeNotifier;
use owt_testkit::record_databases::MemoryRecords;
use owt_testkit::sessions::FakeSessions;
use owt_testkit::simulation::FakePrograms;
use owt_testkit::simulation::PostOffice;
use owt_testkit::simulation::PostedSessions;
use owt_testkit::simulation::Stage;
use owt_testkit::store::MemoryStore;

use super::settings::ConfigurationFile;

/// An absolute path of the simulated machine.
pub(crate) fn path(text: &str) -> AbsPath {
    AbsPath::new(text).expect("paths of the simulation are absolute")
}

/// The simulated machine. What ends with `_seen` is for those who look on: its calls never die.
pub(crate) struct World {
    pub(crate) clock: VirtualClock,
    pub(crate) crash: CrashPlan,
    pub(crate) files: MemoryFiles,
    pub(crate) programs: FakePrograms,
    pub(crate) configuration: Arc<ConfigurationFile>,
    pub(crate) post: PostOffice,
    pub(crate) stage: Stage,
    pub(crate) git_seen: FakeGit,
    pub(crate) store_seen: MemoryStore,
    pub(crate) sessions_seen: FakeSessions,
    pub(crate) files_seen: MemoryFiles,
    pub(crate) environments_seen: FakeEnvironments,
    pub(crate) notifier: FakeNotifier,
    pub(crate) host: FakeHost,
    pub(crate) databases: MemoryRecords,
    pub(crate) repository: Repository,
    git: FakeGit,
    store: MemoryStore,
    sessions: FakeSessions,
    environments: FakeEnvironments,
    entropy: SeededEntropy,
}

impl World {
    /// A machine with one repository, on which nothing has happened.
    pub(crate) fn new(seed: u64) -> Self {
        let crash = CrashPlan::never();
        let clock = VirtualClock::default();
        let stage = Stage::default();
        let git = FakeGit::new(crash.clone());
        let store = MemoryStore::new(crash.clone());
        let sessions = FakeSessions::new(Arc::new(clock.clone()), crash.clone(), stage.casting());
        let environments = FakeEnvironments::new(crash.clone());
        environments.lie_everywhere("package.json");
        environments.install_check(git.reopened(CrashPlan::never()), super::landing::is_good);
        let repository = git.add_repository(
            &path("/home/me/app"),
            &[("a.txt", "one\n"), ("b.txt", "two\n"), ("package.json", "{}")],
        );
        let first = git.resolve(&repository, "main").expect("a repository has a first commit");
        git.fetch(&repository, "origin", &BranchName::new("topic").expect("a good name"), &first);
        let programs = FakePrograms::default();
        let files = MemoryFiles::new(crash.clone());
        programs.install(super::settings::PLAIN);
        Self {
            files_seen: files.reopened(CrashPlan::never()),
            files,
            configuration: Arc::new(ConfigurationFile::default()),
            post: PostOffice::default(),
            git_seen: git.reopened(CrashPlan::never()),
            store_seen: store.reopened(CrashPlan::never()),
            sessions_seen: sessions.reopened(CrashPlan::never()),
            entropy: SeededEntropy::new(seed),
            notifier: FakeNotifier::default(),
            host: FakeHost::default(),
            databases: MemoryRecords::new(crash.clone()),
            clock,
            crash,
            programs,
            stage,
            git,
            store,
            sessions,
            environments_seen: environments.clone(),
            environments,
            repository,
        }
    }

    /// Where the engine keeps its files.
    pub(crate) fn data() -> AbsPath {
        path("/home/me/.owt")
    }

    /// The time there.
    pub(crate) fn clock_now(&self) -> owt_core::Timestamp {
        owt_ports::Clock::now(&self.clock)
    }

    /// Under which name the engine holds leases.
    pub(crate) fn runner() -> RunnerId {
        RunnerId(Self::data().as_str().to_owned())
    }

    /// A server starts; nothing of an earlier one is left but what the world keeps.
    pub(crate) fn start_server(&self) -> Engine {
        self.post.clear();
        self.crash.revive();
        let sessions = self.sessions.reopened(self.crash.clone());
        let ports = Ports {
            store: Arc::new(self.store.clone()),
            queue: Arc::new(self.store.clone()),
            git: Arc::new(self.git.clone()),
            landing: Arc::new(self.git.clone()),
            remotes: Arc::new(self.git.clone()),
            forge: Arc::new(FakeForge::new(self.host.clone(), owt_testkit::clock::START)),
            lookout: Arc::new(self.git.clone()),
            radar: Arc::new(self.git.clone()),
            environments: Arc::new(self.environments.clone()),
            sessions: Arc::new(PostedSessions::new(sessions, self.post.clone())),
            files: Arc::new(self.files.clone()),
            databases: Arc::new(self.databases.clone()),
            programs: Arc::new(self.programs.clone()),
            clock: Arc::new(self.clock.clone()),
            entropy: Arc::new(self.entropy.clone()),
            notifier: Arc::new(self.notifier.clone()),
            settings: self.configuration.clone(),
        };
        let identity = Identity {
            data: Self::data(),
            socket: Self::data().join("socket"),
            program: path("/fake/owt"),
            home_variable: None,
        };
        Engine::new(ports, identity)
    }
}
