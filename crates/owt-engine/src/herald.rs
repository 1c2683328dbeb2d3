//! Telling the person: looks at what has changed in the journal, lets the pure step decide what is to be told, and hands
//! it to those who tell.
//!
//! What is told is recorded first, and once for each cause; that it was told afterwards. What a server leaves open is told by the
//! next one. Cancel rule: [`Heralds::stop`]; what waits to be told then has a moment. Error rule: what cannot be read or recorded is logged and
//! looked at with the next change.

mod letters;
mod sighting;
mod tellers;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use owt_core::AttemptId;
use owt_core::Timestamp;
use owt_core::WorkspaceId;
use owt_core::attempt::Attempt;
use owt_core::attention::Attention;
use owt_core::attention::AttentionInput;
use owt_core::delivery::Delivery;
use owt_core::effect::Message;
use owt_core::job::Job;
use owt_core::machine::Machine;
use owt_core::notice::Channel;
use owt_core::workspace::Workspace;
use owt_ports::Recorded;
use owt_ports::Sequence;
use owt_ports::SessionError;
use owt_ports::StoreError;
use owt_ports::StreamKind;
use owt_ports::Telling;

use crate::engine::Engine;
use crate::records::Which;
use crate::settings::AttentionSettings;
use crate::workers::StopFlag;
use crate::workers::named;
use sighting::Seen;
use tellers::Tellers;

pub use letters::ChannelHealth;
pub(crate) use letters::Letters;
pub(crate) use letters::telling;
pub(crate) use sighting::sight_of;
pub(crate) use sighting::work;

/// Between two looks at the journal at least: an agent that does much causes many events in one moment.
const CALM: Duration = Duration::from_millis(50);

/// How many events are read at a time.
const PAGE: usize = 500;

/// The longest wait for a change: a day.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// How long what waits to be told has when the server ends.
const LAST_MOMENT: Duration = Duration::from_secs(2);

/// The running threads.
pub struct Heralds {
    engine: Engine,
    stop: Arc<StopFlag>,
    thread: JoinHandle<()>,
    tellers: Tellers,
}

/// Starts the threads. What is there already is no news; what has changed since a server last looked is.
///
/// # Errors
/// Failures of the journal, or of the system to give a thread.
pub fn tell_the_person(engine: &Engine) -> Result<Heralds, StoreError> {
    let stop = Arc::new(StopFlag::default());
    let tellers = Tellers::start(engine)?;
    let mut herald = Herald::begin(engine)?;
    let flag = stop.clone();
    let thread = named("herald", move || herald.watch(&flag))?;
    Ok(Heralds { engine: engine.clone(), stop, thread, tellers })
}

impl Heralds {
    /// Ends the threads.
    pub fn stop(self) {
        self.stop.set();
        self.engine.nudge();
        if self.thread.join().is_err() {
            tracing::error!("the thread that looks for news had panicked");
        }
        self.tellers.stop(LAST_MOMENT);
    }
}

/// Who looks. [`tell_the_person`] runs it on a thread; whoever holds one runs one round after the other.
pub struct Herald {
    engine: Engine,
    read: Sequence,
    /// The workspace of each attempt, which never changes.
    homes: HashMap<AttemptId, WorkspaceId>,
    /// When a workspace is to be looked at although nothing happens to it.
    due: BTreeMap<WorkspaceId, Timestamp>,
}

impl Herald {
    /// Looks at everything that is there.
    ///
    /// # Errors
    /// Only failures of the journal.
    pub fn begin(engine: &Engine) -> Result<Self, StoreError> {
        let read = engine.ports().store.head()?;
        let mut herald = Self { engine: engine.clone(), read, homes: HashMap::new(), due: BTreeMap::new() };
        let settings = herald.settings();
        for record in engine.records().list::<Workspace>(None, Which::Live)? {
            herald.take_up(record.id, &settings)?;
            if engine.records().load::<Attention>(record.id)?.is_none()
                && let Some(seen) = sighting::see(engine, record.id)?
            {
                let input = AttentionInput::Found { workspace: record.id, sight: seen.sight };
                herald.record(record.id, &input)?;
            }
            herald.look(record.id, &settings)?;
        }
        Ok(herald)
    }

    /// Has the person told of what a server before this one has recorded and not told, where they want to know now.
    fn take_up(&self, id: WorkspaceId, settings: &AttentionSettings) -> Result<(), StoreError> {
        let Some(attention) = self.engine.records().load::<Attention>(id)? else { return Ok(()) };
        let Some(Seen { sight, workspace, job }) = sighting::see(&self.engine, id)? else { return Ok(()) };
        let clock = &self.engine.ports().clock;
        let now = clock.now();
        for notice in attention.left_open(&sight, now) {
            let wanted = settings.rules.ways(notice.kind, clock.time_of_day(now));
            let ways: Vec<Channel> = notice.open().filter(|way| wanted.contains(way)).collect();
            self.post(&telling(id, &workspace, job.as_ref(), notice), &ways, settings);
        }
        Ok(())
    }

    fn post(&self, telling: &Telling, ways: &[Channel], settings: &AttentionSettings) {
        for way in settings.ways.iter().filter(|way| ways.contains(&way.channel())) {
            self.engine.letters().post(way.clone(), telling.clone());
        }
    }

    fn watch(&mut self, stop: &StopFlag) {
        loop {
            let seen = self.engine.beats();
            if let Err(error) = self.round() {
                tracing::error!(%error, "news could not be looked at; they are with the next change");
            }
            if stop.wait(CALM) {
                return;
            }
            let now = self.engine.ports().clock.now();
            let next = self.next_due().map_or(LONGEST, |due| due.since(now).min(LONGEST));
            self.engine.await_beat(seen, next, &|| true);
            if stop.wait(Duration::ZERO) {
                return;
            }
        }
    }

    /// Looks at whatever has changed, and at what is due.
    ///
    /// # Errors
    /// Only failures of the journal; what was not looked at is with the next round.
    pub fn round(&mut self) -> Result<(), StoreError> {
        let now = self.engine.ports().clock.now();
        let mut concerned: BTreeSet<WorkspaceId> =
            self.due.iter().filter(|(_, due)| **due <= now).map(|(id, _)| *id).collect();
        loop {
            let page = self.engine.ports().store.journal(self.read, PAGE)?;
            for event in &page {
                concerned.extend(self.workspace_of(event)?);
                self.read = event.sequence;
            }
            if page.len() < PAGE {
                break;
            }
        }
        if concerned.is_empty() {
            return Ok(());
        }
        let settings = self.settings();
        concerned.into_iter().try_for_each(|id| self.look(id, &settings))
    }

    /// When something is due although nothing happens.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.due.values().min().copied()
    }

    /// Tells everything that waits to be told, once and on this thread: for whoever has started no tellers.
    pub fn hand_over(&self) {
        tellers::tell_waiting(&self.engine);
    }

    fn workspace_of(&mut self, event: &Recorded) -> Result<Option<WorkspaceId>, StoreError> {
        let (records, id) = (self.engine.records(), &event.stream.id);
        match event.stream.kind {
            StreamKind::Workspace => Ok(id.parse().ok()),
            StreamKind::Attempt => {
                let Ok(attempt) = id.parse::<AttemptId>() else { return Ok(None) };
                if let Some(home) = self.homes.get(&attempt) {
                    return Ok(Some(*home));
                }
                let home = records.load::<Attempt>(attempt)?.map(|attempt| attempt.spec.workspace);
                self.homes.extend(home.map(|home| (attempt, home)));
                Ok(home)
            }
            StreamKind::Job => match id.parse() {
                Ok(job) => Ok(records.load::<Job>(job)?.map(|job| job.spec.workspace)),
                Err(_) => Ok(None),
            },
            StreamKind::Delivery => match id.parse() {
                Ok(delivery) => Ok(records.load::<Delivery>(delivery)?.map(|it| it.spec.workspace)),
                Err(_) => Ok(None),
            },
            StreamKind::Notebook | StreamKind::Attention | StreamKind::Landing | StreamKind::Train => {
                Ok(None)
            }
        }
    }

    /// Looks at one workspace, and has the person told what is new.
    fn look(&mut self, id: WorkspaceId, settings: &AttentionSettings) -> Result<(), StoreError> {
        let Some(Seen { sight, workspace, job }) = sighting::see(&self.engine, id)? else {
            self.due.remove(&id);
            self.homes.retain(|_, home| *home != id);
            return Ok(());
        };
        let clock = &self.engine.ports().clock;
        let now = clock.now();
        let before = self.engine.records().load::<Attention>(id)?;
        let work = work(&self.engine, &sight, before.as_ref())?;
        let warnings =
            work.map_or_else(Vec::new, |it| owt_core::warning::warnings(&it, &settings.warnings, now));
        match work.and_then(|it| owt_core::warning::next_due(&it, &settings.warnings, now)) {
            Some(due) => drop(self.due.insert(id, due)),
            None => drop(self.due.remove(&id)),
        }
        let (rules, local) = (settings.rules.clone(), clock.time_of_day(now));
        let input = AttentionInput::Sighted { workspace: id, sight, warnings, rules, local };
        // Asked before: what changes nothing would wake everybody who waits for changes, us too.
        if Attention::step(before.as_ref(), &input, now).is_nothing() {
            return Ok(());
        }
        self.record(id, &input)?;
        let (told, unread) = before.map_or((0, None), |before| (before.notices, before.unread_since));
        let Some(after) = self.engine.records().load::<Attention>(id)? else { return Ok(()) };
        for notice in after.notices_after(told) {
            tracing::info!(workspace = %workspace.spec.name, kind = notice.kind.as_str(), "there is news");
            self.post(&telling(id, &workspace, job.as_ref(), notice), &notice.ways, settings);
        }
        let is_new = after.unread_since.is_some() && unread.is_none();
        match after.seen.as_ref().and_then(|seen| seen.attempt) {
            Some(attempt) if is_new && self.is_looked_at(attempt)? => {
                self.record(id, &AttentionInput::Looked)
            }
            _ => Ok(()),
        }
    }

    /// Whether a person sees what the session shows as it comes: on a terminal that shows it, or in its log.
    fn is_looked_at(&self, attempt: AttemptId) -> Result<bool, StoreError> {
        if self.engine.followers().any(attempt) {
            return Ok(true);
        }
        match self.engine.ports().sessions.onlookers(attempt) {
            Ok(terminals) => Ok(terminals > 0),
            Err(SessionError::Crashed) => Err(StoreError::Crashed),
            Err(error) => {
                tracing::debug!(%attempt, %error, "whether somebody looks on is not known");
                Ok(false)
            }
        }
    }

    fn record(&self, id: WorkspaceId, input: &AttentionInput) -> Result<(), StoreError> {
        let message = Message::Attention { id, input: input.clone() };
        self.engine.dispatch(message, self.engine.fresh_request())
    }

    /// As the person's file has it. A broken one is told to whoever asks for anything; the bell goes on.
    fn settings(&self) -> AttentionSettings {
        self.engine.ports().settings.attention().unwrap_or_else(|error| {
            tracing::warn!(%error, "the configuration is broken: the person is told as by default");
            AttentionSettings::default()
        })
    }
}
