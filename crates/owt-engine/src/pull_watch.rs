//! Following pull requests: once a person has used `owt pr`, those that are open are asked about from time to time, by conditional
//! requests that cost nothing while nothing happens. Without one that is open, and before the first `owt pr`, nobody is asked
//! anything.
//!
//! The login is that of the last `owt pr` that a host has accepted; it is held in memory alone.
//! Cancel rule: [`PullWatch::stop`]; a request that is under way ends by its own limit, and is not waited for. Error rule: what
//! may pass is tried again, ever later; anything else ends the following of that repository, or of that host where it does not take the
//! login, until the next `owt pr`. None of it is held against the others.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use owt_core::WorkspaceId;
use owt_core::pull_request::CheckState;
use owt_core::pull_request::HostedRepository;
use owt_core::pull_request::LinkedPullRequest;
use owt_ports::CallerEnvironment;
use owt_ports::ForgeError;
use owt_ports::FoundPull;
use owt_ports::News;
use owt_ports::NewsMark;
use owt_ports::StoreError;
use owt_ports::WantedPull;
use owt_ports::WhichPull;

use crate::engine::Engine;
use crate::use_cases::record_pull_request;
use crate::use_cases::select::live_workspaces;
use crate::workers::StopFlag;
use crate::workers::named;

/// Between two looks, while something happens.
const SHORTEST: Duration = Duration::from_secs(60);
/// The same after a long time in which nothing has, or everything has failed.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// What is held for the thread.
#[derive(Debug, Default)]
pub(crate) struct PullRoom {
    caller: Mutex<Option<Login>>,
}

/// As whom hosts are reached.
#[derive(Debug, Clone)]
struct Login {
    caller: CallerEnvironment,
    /// Which one it is, since this process began.
    number: u64,
}

impl PullRoom {
    /// From now on as this caller.
    pub(crate) fn follow_as(&self, caller: &CallerEnvironment) {
        let mut held = self.caller.lock().unwrap_or_else(PoisonError::into_inner);
        let number = held.as_ref().map_or(0, |login| login.number + 1);
        *held = Some(Login { caller: caller.clone(), number });
    }

    fn login(&self) -> Option<Login> {
        self.caller.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The running thread.
pub struct PullWatch {
    stop: Arc<StopFlag>,
}

/// Starts it.
///
/// # Errors
/// When the system gives no thread.
pub fn watch_pull_requests(engine: &Engine) -> Result<PullWatch, StoreError> {
    let stop = Arc::new(StopFlag::default());
    let (own, flag) = (engine.clone(), stop.clone());
    // Nobody waits for its end: it may be in the middle of a slow network.
    drop(named("pull requests", move || {
        let mut rounds = PullRounds::default();
        let mut pause = SHORTEST;
        while !flag.wait(pause) {
            pause = rounds.go(&own);
        }
    })?);
    Ok(PullWatch { stop })
}

impl PullWatch {
    /// Ends it.
    pub fn stop(self) {
        self.stop.set();
    }
}

/// What is remembered between two looks.
#[derive(Debug, Default)]
pub struct PullRounds {
    marks: BTreeMap<HostedRepository, NewsMark>,
    quiet: u32,
    /// What is not asked any more with the login of this number.
    given_up: (u64, BTreeSet<Left>),
}

/// Who is not asked any more.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Left {
    Host(String),
    Repository(HostedRepository),
}

/// What came of a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    News,
    Quiet,
    /// The host wants to be left alone for so long.
    Later(Duration),
}

impl PullRounds {
    /// Looks at all that are open; answers how long to wait before the next time.
    pub fn go(&mut self, engine: &Engine) -> Duration {
        let Some(login) = engine.pull_room().login() else { return SHORTEST };
        if self.given_up.0 != login.number {
            self.given_up = (login.number, BTreeSet::new());
        }
        let looks = self.look(engine, &login.caller);
        if looks.contains(&Look::News) {
            self.quiet = 0;
            return SHORTEST;
        }
        self.quiet = self.quiet.saturating_add(1);
        let longer = SHORTEST.saturating_mul(1 << self.quiet.min(8)).min(LONGEST);
        // A host that wants to be left alone is, by itself; where all do, nothing is to be done before the first is asked again.
        let later = looks.iter().map(|look| match look {
            Look::Later(pause) => *pause,
            Look::News | Look::Quiet => Duration::ZERO,
        });
        later.min().unwrap_or_default().max(longer)
    }

    fn look(&mut self, engine: &Engine, caller: &CallerEnvironment) -> Vec<Look> {
        let open = match open(engine) {
            Ok(open) => open,
            Err(error) => {
                tracing::warn!(%error, "pull requests were not looked at");
                return Vec::new();
            }
        };
        self.marks.retain(|repository, _| open.contains_key(repository));
        let mut looks = Vec::new();
        for (repository, pulls) in open {
            if self.is_given_up(&repository) {
                continue;
            }
            looks.push(match self.look_at(engine, caller, &repository, pulls) {
                Ok(look) => look,
                Err(trouble) => self.take_in(engine, repository, &trouble),
            });
        }
        looks
    }

    fn is_given_up(&self, repository: &HostedRepository) -> bool {
        let all = &self.given_up.1;
        all.contains(&Left::Host(repository.host.clone()))
            || all.contains(&Left::Repository(repository.clone()))
    }

    fn take_in(&mut self, engine: &Engine, repository: HostedRepository, trouble: &Trouble) -> Look {
        if let Trouble::Forge(ForgeError::Limited { until, .. }) = trouble {
            return Look::Later(until.since(engine.ports().clock.now()));
        }
        tracing::warn!(%repository, %trouble, "its pull requests were not looked at");
        let left = match trouble {
            Trouble::Forge(ForgeError::NoAccess { host } | ForgeError::Unauthorised { host }) => {
                Some(Left::Host(host.clone()))
            }
            trouble => (!trouble.is_passing()).then_some(Left::Repository(repository)),
        };
        self.given_up.1.extend(left);
        Look::Quiet
    }

    /// What checks say changes no mark: while some are under way, it is asked. A mark holds once what it stands for was heard.
    fn look_at(
        &mut self,
        engine: &Engine,
        caller: &CallerEnvironment,
        repository: &HostedRepository,
        pulls: Vec<(WorkspaceId, LinkedPullRequest)>,
    ) -> Result<Look, Trouble> {
        match engine.ports().forge.news(caller, repository, self.marks.get(repository))? {
            News::Nothing if !pulls.iter().any(|(_, linked)| awaits_checks(linked)) => Ok(Look::Quiet),
            News::Nothing => ask(engine, caller, repository, pulls).map(|heard| heard.look),
            News::Something(mark) => {
                let heard = ask(engine, caller, repository, pulls)?;
                match mark.filter(|_| heard.is_whole) {
                    Some(mark) => drop(self.marks.insert(repository.clone(), mark)),
                    None => drop(self.marks.remove(repository)),
                }
                Ok(heard.look)
            }
        }
    }
}

/// What was heard of the pull requests of a repository.
struct Heard {
    look: Look,
    /// Whether of all of them.
    is_whole: bool,
}

const fn awaits_checks(linked: &LinkedPullRequest) -> bool {
    matches!(linked.pull.checks, CheckState::Pending | CheckState::None)
}

/// The pull requests to which something may still happen, by their repository.
type Open = BTreeMap<HostedRepository, Vec<(WorkspaceId, LinkedPullRequest)>>;

fn open(engine: &Engine) -> Result<Open, StoreError> {
    let mut open = Open::new();
    for record in live_workspaces(engine, None)? {
        if let Some(linked) = record.state.pull_request.filter(|linked| linked.pull.is_open()) {
            open.entry(linked.repository.clone()).or_default().push((record.id, linked));
        }
    }
    Ok(open)
}

fn ask(
    engine: &Engine,
    caller: &CallerEnvironment,
    repository: &HostedRepository,
    pulls: Vec<(WorkspaceId, LinkedPullRequest)>,
) -> Result<Heard, Trouble> {
    let wanted = |(_, linked): &(WorkspaceId, LinkedPullRequest)| WantedPull {
        repository: repository.clone(),
        which: WhichPull::Number(linked.pull.number),
    };
    let wanted: Vec<WantedPull> = pulls.iter().map(wanted).collect();
    let found = engine.ports().forge.find(caller, &repository.host, &wanted)?;
    let is_whole = !found.iter().any(|found| matches!(found, FoundPull::Unsaid(_)));
    let mut heard = Heard { look: Look::Quiet, is_whole };
    for ((workspace, linked), found) in pulls.into_iter().zip(found) {
        let FoundPull::There(pull) = found else { continue };
        if *pull != linked.pull {
            record_pull_request(engine, engine.fresh_request(), workspace, (repository, &pull))?;
            heard.look = Look::News;
        }
    }
    Ok(heard)
}

/// Why a look came to nothing.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Forge(#[from] ForgeError),
}

impl Trouble {
    const fn is_passing(&self) -> bool {
        match self {
            Self::Store(_) => true,
            Self::Forge(error) => error.is_passing(),
        }
    }
}
