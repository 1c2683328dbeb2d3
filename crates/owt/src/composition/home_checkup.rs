//! Looking at a home without its server, and putting right what needs none. Below the server's place in the order of
//! things, so that it works when no server can be started.

use std::time::Duration;
use std::time::UNIX_EPOCH;

use owt_agents::Manifest;
use owt_agents::catalog::Surroundings;
use owt_api::Checkup;
use owt_api::DatabaseHealth;
use owt_api::Finding;
use owt_api::FindingState;
use owt_api::Problem;
use owt_config::Environment;
use owt_config::Places;
use owt_core::AbsPath;
use owt_core::RequestId;
use owt_core::Timestamp;
use owt_core::session::SessionKind;
use owt_engine::Settings;
use owt_engine::SettingsSource;
use owt_engine::TerminalBackend;
use owt_git::GitCli;
use owt_git::GitSettings;
use owt_ports::Clock as _;
use owt_ports::PrivateFiles;
use owt_ports::Programs;
use owt_ports::SessionError;
use owt_ports::Sessions;
use owt_server::Service;
use owt_store::DiskFiles;
use owt_store::Standing;
use owt_store::system::SystemClock;

use super::broken_database;
use super::configuration::ConfigurationFiles;
use super::doubts;
use super::installed_programs::InstalledPrograms;
use super::onlooker::Onlooker;
use super::onlooker::onlooker;
use super::own_program;
use super::sessions;
use crate::doubts::Doubt;
use crate::home_faults;
use crate::home_faults::HomeFacts;
use crate::home_faults::OldAgent;

/// The private folders of a home. What else lies there (worktrees, files that git must not have) is somebody's work.
const PRIVATE: [&str; 6] = ["agents", "attempts", "backups", "messages", "spool", "workspaces"];

/// So long a home may be without a backup.
const YOUNG: Duration = Duration::from_secs(60 * 60);

/// A writer at work has let go after this long.
const HELD_FOR_GOOD: Duration = Duration::from_secs(2);

/// A database of this size is read as a whole in a moment, in bytes: 32 MiB.
const READ_BY_THE_WAY: u64 = 32 << 20;

/// Looks at files, programs and disks, and at the configuration that holds for a repository, or outside of all. Changes
/// nothing.
pub(crate) fn look(
    environment: &Environment,
    places: &Places,
    repository_root: Option<&AbsPath>,
) -> HomeFacts {
    let mut facts = HomeFacts { obstacles: places.obstacles(), ..HomeFacts::default() };
    let is_private = |name: &str| PRIVATE.contains(&name) || name.starts_with("replaced-");
    for folder in [&places.data, &places.runtime] {
        match owt_store::exposures(folder, &is_private) {
            Ok(found) => facts.exposures.extend(found),
            // What stands above it was told.
            Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => {}
            Err(error) => facts.blind.push((folder.to_string(), error.to_string())),
        }
        match DiskFiles::new().free_bytes(folder) {
            Ok(free) => facts.room.push((folder.clone(), free)),
            Err(error) => facts.blind.push((folder.to_string(), error.to_string())),
        }
    }
    let git = GitCli::new(GitSettings {
        program: "git".into(),
        environment: None,
        scratch: places.data.join("scratch"),
        withheld_root: places.data.join("withheld"),
        patience: None,
    });
    facts.git = git.require().err().map(|error| error.to_string());
    let files = ConfigurationFiles::new(places.clone(), environment);
    match files.settings(repository_root, Some(environment.variables())) {
        Ok(settings) => {
            facts.min_free = settings.disk.min_free;
            facts.tmux = tmux(environment, places, &settings);
            facts.agents = old_agents(environment, places, &settings);
            facts.doubts = settings.unknown_choice().into_iter().map(Doubt::Agent).collect();
            facts.doubts.extend(doubts(environment, places, repository_root).unwrap_or_default());
        }
        Err(broken) => facts.configuration = Some(broken.message),
    }
    if let Ok(settings) = owt_config::load(&places.config_paths(None), Some(environment.variables()), &[]) {
        facts.strangers = owt_config::strangers(environment, &settings);
    }
    facts
}

/// Why tmux cannot be used: where the configuration wants it, or where it is installed and would be taken.
fn tmux(environment: &Environment, places: &Places, settings: &Settings) -> Option<String> {
    let is_installed = owt_process::find_program("tmux", environment.search_path(), &[]).is_some();
    let is_wanted = match settings.terminal {
        TerminalBackend::Tmux => true,
        TerminalBackend::Auto => is_installed,
        TerminalBackend::Pty => false,
    };
    let sessions = sessions(environment, places, own_program().ok()?);
    match is_wanted.then(|| sessions.require(SessionKind::Tmux, environment.search_path())) {
        Some(Err(SessionError::Unusable(why))) => Some(why),
        Some(Err(error)) => Some(error.to_string()),
        Some(Ok(())) | None => None,
    }
}

/// The agents that are installed and older than what is known of them. All are asked at once.
fn old_agents(environment: &Environment, places: &Places, settings: &Settings) -> Vec<OldAgent> {
    let (variables, home) = (environment.variables(), environment.home());
    let Ok(owt) = own_program() else { return Vec::new() };
    let configured = settings.configured_programs();
    let surroundings = Surroundings { home: home.as_ref(), owt: &owt, configured: &configured };
    let search_path = environment.search_path();
    let find = |name: &str, known: &[AbsPath]| owt_process::find_program(name, search_path, known);
    let detected = settings.catalog.detect(surroundings, &find);
    let programs = InstalledPrograms::new(places);
    let programs = &programs;
    std::thread::scope(|scope| {
        let asked: Vec<_> = detected
            .iter()
            // Of one without versions nothing could be said.
            .filter(|found| !found.manifest.seen_versions.is_empty())
            .map(|found| {
                let ask = || old_agent(programs, found.manifest, &found.program, variables);
                std::thread::Builder::new().name("agent version".to_owned()).spawn_scoped(scope, ask)
            })
            .collect();
        asked.into_iter().filter_map(|thread| thread.ok()?.join().ok()?).collect()
    })
}

fn old_agent(
    programs: &InstalledPrograms,
    manifest: &Manifest,
    program: &AbsPath,
    variables: &std::collections::BTreeMap<String, String>,
) -> Option<OldAgent> {
    manifest.newer_than(&programs.version(program, variables)?)?;
    // Nobody is told so by what it said before.
    let version = programs.version_now(program, variables)?;
    let known = manifest.newer_than(&version)?.to_owned();
    Some(OldAgent { name: manifest.name.to_string(), program: program.clone(), version, known })
}

/// Puts right what is wrong with our own files; what became of each is written into it.
pub(crate) fn mend(findings: &mut [Finding]) {
    for finding in findings.iter_mut().filter(|finding| finding.fixable) {
        let done = AbsPath::new(&finding.subject).map_err(|error| error.to_string()).and_then(|path| {
            let done = match finding.code.as_str() {
                "wrong_permissions" => owt_store::close_to_others(&path),
                "leftover_file" => owt_store::remove_leftover(&path),
                _ => return Err("nobody knows how".to_owned()),
            };
            done.map_err(|error| error.to_string())
        });
        finding.state = if done.is_ok() { FindingState::Mended } else { FindingState::Stays };
        finding.error = done.err();
    }
}

/// The state of the database; `None` where there is none, or it is too large to be read as a whole by the way.
///
/// # Errors
/// `database_locked`, `database`.
pub(crate) fn database(places: &Places) -> Result<Option<DatabaseHealth>, Problem> {
    if broken_database::standing(places)? == Standing::NeverBegun {
        return Ok(None);
    }
    match broken_database::database(places).as_path().metadata() {
        Ok(file) if file.len() <= READ_BY_THE_WAY => broken_database::health(places).map(Some),
        _ => Ok(None),
    }
}

/// Another program than ours that has kept the database to itself for a moment, as something that was found. Before
/// anything opens it in this process.
pub(crate) fn foreign_lock(places: &Places, server: Option<u32>) -> Option<Finding> {
    let path = broken_database::database(places);
    let holder = owt_store::lock_holder(&path, HELD_FOR_GOOD).ok().flatten()?;
    if holder.pid.is_some() && holder.pid == server {
        return None;
    }
    let who = holder.pid.map_or_else(|| "another program".to_owned(), |pid| format!("the process {pid}"));
    Some(home_faults::for_the_person(
        "database_locked",
        "database",
        format!("{who} holds the database {path} and does not let it go"),
        "nothing can be written meanwhile, and perhaps not read: commands fail after some seconds",
        &format!(
            "end that program if it is not needed (a backup tool perhaps); who has the file open: fuser {path}"
        ),
    ))
}

/// Whether the database was begun less than an hour ago. Its users' lock is made with it, and never written.
pub(crate) fn is_young(places: &Places) -> bool {
    let begun = places.data.join("owt.db.users").as_path().metadata().and_then(|file| file.modified());
    let begun = begun.ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    let begun = begun.and_then(|since| i64::try_from(since.as_millis()).ok()).map(Timestamp::from_millis);
    begun.is_none_or(|begun| SystemClock.now().since(begun) < YOUNG)
}

/// What the records of a home without a server say is wrong. For whoever holds the server's lock. Changes nothing.
///
/// # Errors
/// `database_damaged`, `database_locked`, ...
pub(crate) fn records(
    environment: &Environment,
    places: &Places,
    request: RequestId,
    folder: &AbsPath,
) -> Result<Vec<Finding>, Problem> {
    let Some(Onlooker { service, call }) = onlooker(environment, places, request)? else {
        return Ok(Vec::new());
    };
    service.check_up(&call, Checkup { mend: Vec::new(), cwd: Some(folder.to_string()) })
}
