//! The engine: ports, records, dispatcher, effects, observers put together.
//!
//! [`Engine::start`] runs it with worker threads. Without that, whoever holds it runs one effect at a time
//! ([`Engine::pending`], [`Engine::run_effect`]): this is how the simulator drives the very same code.

use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use owt_core::AbsPath;
use owt_core::EffectId;
use owt_core::RequestId;
use owt_core::agent_failure::AgentFailure;
use owt_core::attempt::Attempt;
use owt_core::attempt::failure_of;
use owt_core::effect::Message;
use owt_core::job::Job;
use owt_core::retry::Next;
use owt_core::status::Judgement;
use owt_core::status::judge;
use owt_core::workspace::Workspace;
use owt_ports::CallerEnvironment;
use owt_ports::RunnerId;
use owt_ports::StoreError;
use owt_ports::StreamId;

use crate::board::EffectBoard;
use crate::board::Task;
use crate::dispatcher::Dispatcher;
use crate::effects::EffectRunner;
use crate::effects::Means;
use crate::facts::FactsCache;
use crate::followers::Followers;
use crate::herald::Letters;
use crate::home::Home;
use crate::landing_progress::RunningChecks;
use crate::observer::Observers;
use crate::ports::Ports;
use crate::pull_watch::PullRoom;
use crate::pulse::Pulse;
use crate::radar::RadarRoom;
use crate::records::Records;
use crate::settlings::Settlings;
use crate::use_cases::StillThere;
use crate::viewers::Viewers;

/// What the engine must know of the program it is part of.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The data folder.
    pub data: AbsPath,
    /// The server's socket, told to agents.
    pub socket: AbsPath,
    /// Our own program, called by hooks and hosts.
    pub program: AbsPath,
    /// The value of `OWT_HOME`, when it is set, told to agents.
    pub home_variable: Option<String>,
}

/// The engine. Cloning shares it.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    ports: Ports,
    identity: Identity,
    home: Home,
    records: Records,
    dispatcher: Arc<Dispatcher>,
    board: Arc<EffectBoard>,
    observers: Arc<Observers>,
    effects: Arc<EffectRunner>,
    facts: FactsCache,
    radar: RadarRoom,
    pulls: PullRoom,
    pulse: Arc<Pulse>,
    due: Arc<Pulse>,
    naming: std::sync::Mutex<()>,
    letters: Letters,
    followers: Followers,
    viewers: Viewers,
    settlings: Settlings,
    running: Arc<RunningChecks>,
}

impl Engine {
    /// Puts an engine together; nothing runs yet.
    pub fn new(ports: Ports, identity: Identity) -> Self {
        let board = Arc::new(EffectBoard::default());
        let pulse = Arc::new(Pulse::default());
        let dispatcher = Arc::new(Dispatcher::new(
            ports.store.clone(),
            ports.clock.clone(),
            ports.entropy.clone(),
            board.clone(),
            pulse.clone(),
        ));
        let records = Records::new(ports.store.clone());
        let home = Home::new(identity.data.clone());
        let viewers = Viewers::default();
        let heard = (records.clone(), dispatcher.clone());
        let observers = Arc::new(Observers::new(ports.clone(), home.clone(), heard, viewers.clone()));
        let due = Arc::new(Pulse::default());
        let running = Arc::new(RunningChecks::new(pulse.clone()));
        let means = Means {
            ports: ports.clone(),
            home: home.clone(),
            identity: identity.clone(),
            records: records.clone(),
            dispatcher: dispatcher.clone(),
            observers: observers.clone(),
            due: due.clone(),
            running: running.clone(),
            runner: RunnerId(identity.data.as_str().to_owned()),
        };
        let effects = Arc::new(EffectRunner::new(means, board.clone()));
        let facts = FactsCache::default();
        let naming = std::sync::Mutex::new(());
        let inner = Inner {
            ports,
            identity,
            home,
            records,
            dispatcher,
            board,
            observers,
            effects,
            facts,
            radar: RadarRoom::default(),
            pulls: PullRoom::default(),
            pulse,
            due,
            naming,
            letters: Letters::default(),
            followers: Followers::default(),
            viewers,
            settlings: Settlings::default(),
            running,
        };
        Self { inner: Arc::new(inner) }
    }

    /// The ports.
    pub(crate) fn ports(&self) -> &Ports {
        &self.inner.ports
    }

    /// Who reads along in logs.
    pub(crate) fn followers(&self) -> &Followers {
        &self.inner.followers
    }

    /// Who looks at terminals.
    pub(crate) fn viewers(&self) -> &Viewers {
        &self.inner.viewers
    }

    /// Whose conflicts are being settled.
    pub(crate) fn settlings(&self) -> &Settlings {
        &self.inner.settlings
    }

    /// The checks that run now.
    pub(crate) fn running_checks(&self) -> &RunningChecks {
        &self.inner.running
    }

    /// What it knows of its program.
    pub(crate) fn identity(&self) -> &Identity {
        &self.inner.identity
    }

    /// Where its private files are.
    pub(crate) fn home(&self) -> &Home {
        &self.inner.home
    }

    /// The records.
    pub(crate) fn records(&self) -> &Records {
        &self.inner.records
    }

    /// Those who listen to sessions.
    pub(crate) fn observers(&self) -> &Arc<Observers> {
        &self.inner.observers
    }

    /// The runner of effects.
    pub(crate) fn effects(&self) -> &Arc<EffectRunner> {
        &self.inner.effects
    }

    /// The board of effects.
    pub(crate) fn board(&self) -> &Arc<EffectBoard> {
        &self.inner.board
    }

    /// What git said a moment ago.
    pub(crate) fn facts_cache(&self) -> &FactsCache {
        &self.inner.facts
    }

    /// What is known of conflicts between workspaces.
    pub(crate) fn radar(&self) -> &RadarRoom {
        &self.inner.radar
    }

    /// As whom pull requests are followed.
    pub(crate) fn pull_room(&self) -> &PullRoom {
        &self.inner.pulls
    }

    /// From now on open pull requests are followed as this caller.
    pub(crate) fn follow_pulls_as(&self, caller: &CallerEnvironment) {
        self.inner.pulls.follow_as(caller);
    }

    /// What waits to be told to the person.
    pub(crate) fn letters(&self) -> &Letters {
        &self.inner.letters
    }

    /// Beats when something is to be claimed later, and when nobody is to wait for that any more.
    pub(crate) fn due(&self) -> &Pulse {
        &self.inner.due
    }

    /// Held while a name is chosen and taken, so that two requests never choose the same.
    pub(crate) fn naming(&self) -> std::sync::MutexGuard<'_, ()> {
        self.inner.naming.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Puts effects that failed back to work.
    pub(crate) fn take_up_effects(&self) -> Result<(), StoreError> {
        self.inner.dispatcher.take_up()
    }

    /// Does something while nobody records anything.
    pub(crate) fn in_order<T>(&self, work: impl FnOnce() -> T) -> T {
        self.inner.dispatcher.in_order(work)
    }

    /// Takes in a message. For whoever makes jobs that wait for one another; faces go by the use-cases, which check.
    ///
    /// # Errors
    /// Only failures of the journal.
    pub fn dispatch(&self, message: Message, request: RequestId) -> Result<(), StoreError> {
        self.inner.dispatcher.dispatch(message, request)
    }

    /// A fresh correlation id for what nobody asked for (timers, signals).
    pub fn fresh_request(&self) -> RequestId {
        RequestId::from_bits(self.inner.ports.entropy.id_bits())
    }

    /// Takes up where the last process stopped: outbox, leases, sessions, spooled hooks.
    ///
    /// # Errors
    /// Only failures of the journal.
    pub fn recover(&self) -> Result<(), StoreError> {
        self.inner.dispatcher.take_up()?;
        crate::reconcile::reconcile(self)?;
        crate::reconcile::sweep_private_files(self)
    }

    /// Corrects the record from what is really there; the timer's work.
    ///
    /// # Errors
    /// Only failures of the journal.
    pub fn reconcile(&self) -> Result<(), StoreError> {
        crate::reconcile::reconcile(self)
    }

    /// Removes for good what has expired in the trash of every repository; the timer's work.
    ///
    /// # Errors
    /// Only failures of the journal; what cannot be removed stays, and is tried again.
    pub fn empty_trash(&self, may_go_on: StillThere<'_>) -> Result<(), StoreError> {
        crate::trash::expire(self, may_go_on)
    }

    /// The effects that wait for somebody to run them.
    pub fn pending(&self) -> Vec<Task> {
        self.inner.board.waiting()
    }

    /// Runs one waiting effect; `false` when it cannot be run now.
    ///
    /// # Errors
    /// Only failures of the journal.
    pub fn run_effect(&self, id: EffectId) -> Result<bool, StoreError> {
        match self.inner.board.take_this(id) {
            Some(task) => self.inner.effects.run(&task).map(|()| true),
            None => Ok(false),
        }
    }

    /// Makes every wait look again; called when a listener goes, and when an effect failed.
    pub fn nudge(&self) {
        self.inner.pulse.beat();
        self.inner.viewers.nudge();
    }

    /// The changes so far, to wait for the next with [`Engine::await_beat`].
    pub(crate) fn beats(&self) -> u64 {
        self.inner.pulse.beats()
    }

    /// Waits for a change after `seen`, at most `limit`, as long as somebody is there.
    pub(crate) fn await_beat(&self, seen: u64, limit: Duration, still_there: StillThere<'_>) {
        if still_there() {
            self.inner.pulse.wait(seen, limit);
        }
    }

    /// Waits until this moment, whatever changes meanwhile, as long as somebody is there.
    pub(crate) fn await_time(&self, until: Instant, still_there: StillThere<'_>) {
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || !still_there() {
                return;
            }
            self.inner.pulse.wait(self.inner.pulse.beats(), left);
        }
    }

    /// Waits until `probe` gives something, somebody stops listening, or time runs out.
    pub(crate) fn await_state<T>(
        &self,
        timeout: Duration,
        still_there: StillThere<'_>,
        mut probe: impl FnMut() -> Result<Option<T>, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let started = Instant::now();
        loop {
            let seen = self.inner.pulse.beats();
            if let Some(found) = probe()? {
                return Ok(Some(found));
            }
            let left = timeout.saturating_sub(started.elapsed());
            if left.is_zero() || !still_there() {
                return Ok(None);
            }
            self.inner.pulse.wait(seen, left);
        }
    }

    /// The same for what a request has asked of a stream: ends with the reason, too, when something of it could not
    /// be done or recorded and waits for better times.
    pub(crate) fn await_done<T>(
        &self,
        timeout: Duration,
        stream: &StreamId,
        request: RequestId,
        mut probe: impl FnMut() -> Result<Option<T>, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        self.await_state(timeout, &|| true, || match probe()? {
            Some(found) => Ok(Some(found)),
            None => self.trouble_of(stream, request).map_or(Ok(None), Err),
        })
    }

    /// Why something that a request has asked of a stream waits for better times.
    pub(crate) fn trouble_of(&self, stream: &StreamId, request: RequestId) -> Option<StoreError> {
        self.inner.board.trouble(stream, request)
    }

    /// What a workspace is doing, and how its work failed.
    pub(crate) fn judgement_of(
        &self,
        workspace: &Workspace,
    ) -> Result<(Judgement, Option<(AgentFailure, Next)>), StoreError> {
        let job = self.inner.records.load::<Job>(workspace.spec.job)?;
        let attempt = match job.as_ref().and_then(Job::newest_attempt) {
            Some(id) => self.inner.records.load::<Attempt>(id)?,
            None => None,
        };
        let failure = failure_of(job.as_ref(), attempt.as_ref());
        Ok((judge(workspace, job.as_ref(), attempt.as_ref()), failure))
    }
}
