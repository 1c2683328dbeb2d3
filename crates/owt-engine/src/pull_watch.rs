//! Following pull requests: once a person has used `owt pr`, those that are open are asked about from time to time, by conditional
//! requests that cost nothing while nothing happens. Without one that is open, and before the first `owt pr`, nobody is asked
//! anything.
//!
//! The login is that of the last `owt pr`; it is held in memory, and forgotten when its host does not take it any more.
//! Cancel rule: [`PullWatch::stop`]; a request that is under way ends by its own limit, and is not waited for. Error rule: what
//! may pass is tried again, ever later; anything else ends the following until the next `owt pr`.

use std::collections::BTreeMap;
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
    caller: Mutex<Option<CallerEnvironment>>,
}

impl PullRoom {
    /// From now on as this caller.
    pub(crate) fn follow_as(&self, caller: &CallerEnvironment) {
        *self.caller.lock().unwrap_or_else(PoisonError::into_inner) = Some(caller.clone());
    }

    fn caller(&self) -> Option<CallerEnvironment> {
        self.caller.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn forget(&self) {
        *self.caller.lock().unwrap_or_else(PoisonError::into_inner) = None;
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
}

/// What came of a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    News,
    Quiet,
}

impl PullRounds {
    /// Looks at all that are open; answers how long to wait before the next time.
    pub fn go(&mut self, engine: &Engine) -> Duration {
        let Some(caller) = engine.pull_room().caller() else { return SHORTEST };
        let pause = match self.look(engine, &caller) {
            Ok(Look::News) => {
                self.quiet = 0;
                return SHORTEST;
            }
            Ok(Look::Quiet) => Duration::ZERO,
            Err(Trouble::Forge(ForgeError::Limited { until, .. })) => until.since(engine.ports().clock.now()),
            Err(trouble) => {
                tracing::warn!(%trouble, "pull requests were not looked at");
                if !trouble.is_passing() {
                    engine.pull_room().forget();
                }
                Duration::ZERO
            }
        };
        self.quiet = self.quiet.saturating_add(1);
        let longer = SHORTEST.saturating_mul(1 << self.quiet.min(8)).min(LONGEST);
        pause.max(longer)
    }

    fn look(&mut self, engine: &Engine, caller: &CallerEnvironment) -> Result<Look, Trouble> {
        let open = open(engine)?;
        self.marks.retain(|repository, _| open.contains_key(repository));
        let mut came = Look::Quiet;
        for (repository, pulls) in open {
            if self.is_worth_asking(engine, caller, &repository, &pulls)?
                && ask(engine, caller, &repository, pulls)? == Look::News
            {
                came = Look::News;
            }
        }
        Ok(came)
    }

    /// What checks say changes no mark: while some are under way, it is asked.
    fn is_worth_asking(
        &mut self,
        engine: &Engine,
        caller: &CallerEnvironment,
        repository: &HostedRepository,
        pulls: &[(WorkspaceId, LinkedPullRequest)],
    ) -> Result<bool, ForgeError> {
        match engine.ports().forge.news(caller, repository, self.marks.get(repository))? {
            News::Nothing => Ok(pulls.iter().any(|(_, linked)| awaits_checks(linked))),
            News::Something(mark) => {
                match mark {
                    Some(mark) => drop(self.marks.insert(repository.clone(), mark)),
                    None => drop(self.marks.remove(repository)),
                }
                Ok(true)
            }
        }
    }
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
) -> Result<Look, Trouble> {
    let wanted = |(_, linked): &(WorkspaceId, LinkedPullRequest)| WantedPull {
        repository: repository.clone(),
        which: WhichPull::Number(linked.pull.number),
    };
    let wanted: Vec<WantedPull> = pulls.iter().map(wanted).collect();
    let found = engine.ports().forge.find(caller, &repository.host, &wanted)?;
    let mut came = Look::Quiet;
    for ((workspace, linked), found) in pulls.into_iter().zip(found) {
        let FoundPull::There(pull) = found else { continue };
        if *pull != linked.pull {
            record_pull_request(engine, engine.fresh_request(), workspace, (repository, &pull))?;
            came = Look::News;
        }
    }
    Ok(came)
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
