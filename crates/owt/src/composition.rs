//! The composition root: which adapter stands behind each port of the engine. Nothing else decides that.

pub(crate) mod broken_database;
mod configuration;
mod doubts;
pub(crate) mod home_checkup;
mod installed_programs;
pub(crate) mod onlooker;
mod personal_files;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use owt_agents::Manifest;
use owt_api::ErrorCode;
use owt_api::Problem;
use owt_config::Environment;
use owt_config::Places;
use owt_core::AbsPath;
use owt_engine::BackupKeeper;
use owt_engine::Engine;
use owt_engine::Heralds;
use owt_engine::Identity;
use owt_engine::Ports;
use owt_engine::PullWatch;
use owt_engine::Rounds;
use owt_engine::SettingsSource;
use owt_engine::Workers;
use owt_environment::WorktreeEnvironments;
use owt_forge::GitHub;
use owt_git::GitCli;
use owt_git::GitLookout;
use owt_git::GitRadar;
use owt_git::GitRemotes;
use owt_git::GitSettings;
use owt_git::RefKind;
use owt_notify::LocalNotifier;
use owt_ports::Git;
use owt_ports::Sessions;
use owt_ports::StoreError;
use owt_server::Database;
use owt_server::EngineService;
use owt_server::SharedService;
use owt_store::AgentRecords;
use owt_store::DiskFiles;
use owt_store::SqliteStore;
use owt_store::system::SystemClock;
use owt_store::system::SystemEntropy;
use owt_terminal::HostTuning;
use owt_terminal::LocalSessions;
use owt_terminal::SessionPaths;

use broken_database::database;
use broken_database::explained;
use broken_database::store_settings;
use configuration::ConfigurationFiles;
pub(crate) use doubts::doubts;
use installed_programs::InstalledPrograms;
use personal_files::personal_files;

/// How long a lock of another process on the database is waited for.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);

/// The server's service, and the threads that run its engine.
pub(crate) struct Assembled {
    pub(crate) service: SharedService,
    pub(crate) workers: Workers,
    pub(crate) backups: BackupKeeper,
    pub(crate) heralds: Heralds,
    pub(crate) rounds: Rounds,
    pub(crate) pulls: PullWatch,
}

/// Puts the server together: adapters, engine, workers. Takes up whatever the last server left.
///
/// # Errors
/// `home_not_writable`, `no_space`, `database`, `database_damaged`, `database_locked`.
pub(crate) fn assemble(environment: &Environment, places: &Places) -> Result<Assembled, Problem> {
    let explain = |error: StoreError| explained(&error, places);
    let store = Arc::new(SqliteStore::open(&database(places), &store_settings(places)).map_err(explain)?);
    let (engine, service) = service(environment, places, store.clone())?;
    let service = Arc::new(service);
    let spooled = Arc::clone(&service);
    let workers = owt_engine::start(&engine, move || spooled.take_spooled()).map_err(explain)?;
    let backups = owt_engine::keep_backups(store.clone(), store, Arc::new(SystemClock)).map_err(explain)?;
    let heralds = owt_engine::tell_the_person(&engine).map_err(explain)?;
    let rounds = owt_engine::watch_for_conflicts(&engine).map_err(explain)?;
    let pulls = owt_engine::watch_pull_requests(&engine).map_err(explain)?;
    Ok(Assembled { service, workers, backups, heralds, rounds, pulls })
}

/// An engine over a database, and the service that it gives. Nothing runs yet.
fn service(
    environment: &Environment,
    places: &Places,
    store: Arc<SqliteStore>,
) -> Result<(Engine, EngineService), Problem> {
    let program = own_program()?;
    let identity = Identity {
        data: places.data.clone(),
        socket: places.server_socket(),
        program: program.clone(),
        home_variable: environment.get("OWT_HOME").map(str::to_owned),
    };
    let engine = Engine::new(ports(environment, places, program, store.clone()), identity);
    let upkeep = Database { upkeep: store, clock: Arc::new(SystemClock) };
    Ok((engine.clone(), EngineService::new(engine, upkeep)))
}

/// The root of the repository that a folder is in, if it is in one.
pub(crate) fn repository_root(folder: &AbsPath) -> Option<AbsPath> {
    Some(git_to_look(folder).discover(folder).ok()?.repository.root)
}

/// The checkout that configuration comes from, seen from a folder that is in a repository.
pub(crate) fn source_checkout(folder: &AbsPath) -> Option<AbsPath> {
    Some(git_to_look(folder).discover(folder).ok()?.repository.source().clone())
}

/// The root of the checkout that a folder is in: of a linked worktree its own.
pub(crate) fn checkout_root(folder: &AbsPath) -> Option<AbsPath> {
    git_to_look(folder).discover(folder).ok()?.worktree
}

/// Which of these files, named from the root of a checkout, git tracks there.
///
/// # Errors
/// `git_failed`.
pub(crate) fn tracked(checkout: &AbsPath, paths: &[String]) -> Result<BTreeSet<String>, Problem> {
    git_to_look(checkout)
        .tracked(checkout, paths)
        .map_err(|error| Problem::new(ErrorCode::GitFailed, error.to_string()))
}

/// The branches of the repository that a folder is in, the one that was used last first.
pub(crate) fn branch_names(folder: &AbsPath) -> Vec<String> {
    ref_names(folder, &[RefKind::Branch])
}

/// The same with those of remotes, and tags.
pub(crate) fn revision_names(folder: &AbsPath) -> Vec<String> {
    ref_names(folder, &[RefKind::Branch, RefKind::RemoteBranch, RefKind::Tag])
}

fn ref_names(folder: &AbsPath, kinds: &[RefKind]) -> Vec<String> {
    git_to_look(folder).ref_names(folder, kinds).unwrap_or_default()
}

fn git_to_look(folder: &AbsPath) -> GitCli {
    GitCli::of_any_version(GitSettings {
        program: "git".into(),
        environment: None,
        // Nothing is written when a folder is only looked at.
        scratch: folder.clone(),
        withheld_root: folder.clone(),
        patience: None,
    })
}

/// Whether the engine would take the configuration: the files, and the agents that they describe.
///
/// # Errors
/// `bad_configuration`.
pub(crate) fn check_settings(
    environment: &Environment,
    places: Places,
    repository_root: Option<&AbsPath>,
) -> Result<(), Problem> {
    let settings = engine_settings(environment, places, repository_root)?;
    match settings.unknown_choice() {
        Some(mention) => Err(Problem::new(ErrorCode::BadConfiguration, mention.to_string())),
        None => Ok(()),
    }
}

fn engine_settings(
    environment: &Environment,
    places: Places,
    repository_root: Option<&AbsPath>,
) -> Result<owt_engine::Settings, Problem> {
    let files = ConfigurationFiles::new(places, environment);
    files
        .settings(repository_root, Some(environment.variables()))
        .map_err(|broken| Problem::new(ErrorCode::BadConfiguration, broken.message))
}

/// What is known of an agent, as the configuration has it here.
///
/// # Errors
/// `bad_configuration`, `unknown_agent`.
pub(crate) fn manifest(
    environment: &Environment,
    places: Places,
    repository_root: Option<&AbsPath>,
    agent: &str,
) -> Result<Manifest, Problem> {
    let settings = engine_settings(environment, places, repository_root)?;
    let known = settings.catalog.get(agent).cloned();
    known
        .map_err(|unknown| Problem::new(ErrorCode::UnknownAgent, unknown.to_string()).hint("see: owt agents"))
}

/// Refuses what only a person may do without a server: to every process that lives inside a session, whatever its
/// environment says.
///
/// # Errors
/// `person_only`; `internal` when it cannot be told.
pub(crate) fn require_person(
    environment: &Environment,
    places: &Places,
    refusal: &str,
) -> Result<(), Problem> {
    let hosts = sessions(environment, places, own_program()?)
        .living_hosts()
        .map_err(|error| Problem::new(ErrorCode::Internal, format!("who asks cannot be told: {error}")))?;
    owt_server::require_person(&hosts, std::process::id(), refusal)
}

fn own_program() -> Result<AbsPath, Problem> {
    let unknown =
        |error: String| Problem::new(ErrorCode::Internal, format!("our own program is not known: {error}"));
    let path = std::env::current_exe().map_err(|error| unknown(error.to_string()))?;
    AbsPath::new(path).map_err(|error| unknown(error.to_string()))
}

fn sessions(environment: &Environment, places: &Places, program: AbsPath) -> LocalSessions {
    LocalSessions::new(
        SessionPaths {
            runtime_dir: places.runtime.clone(),
            attempts_dir: places.data.join("attempts"),
            owt_program: program,
            tmux_program: owt_process::find_program("tmux", environment.search_path(), &[]),
        },
        HostTuning::default(),
    )
}

fn ports(environment: &Environment, places: &Places, program: AbsPath, store: Arc<SqliteStore>) -> Ports {
    let sessions: Arc<dyn Sessions> = Arc::new(sessions(environment, places, program));
    let git = GitCli::new(GitSettings {
        program: "git".into(),
        environment: None,
        scratch: places.data.join("scratch"),
        withheld_root: places.data.join("withheld"),
        patience: None,
    });
    let git = Arc::new(git);
    let lookout = GitLookout::new(git.clone(), personal_files(environment));
    let radar = GitRadar::new(git.clone());
    let remotes = GitRemotes::new(git.clone());
    Ports {
        store: store.clone(),
        queue: store,
        landing: git.clone(),
        git,
        remotes: Arc::new(remotes),
        forge: Arc::new(GitHub::new(Arc::new(SystemClock))),
        lookout: Arc::new(lookout),
        radar: Arc::new(radar),
        environments: Arc::new(WorktreeEnvironments),
        sessions: sessions.clone(),
        files: Arc::new(DiskFiles::new()),
        databases: Arc::new(AgentRecords),
        programs: Arc::new(InstalledPrograms::new(places)),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy::new()),
        notifier: Arc::new(LocalNotifier::new(sessions, environment.search_path().to_owned())),
        settings: Arc::new(ConfigurationFiles::new(places.clone(), environment)),
    }
}
