//! Sessions whose signals wait until they are delivered, in order for each attempt: what threads and sockets do to
//! the order of things, done on purpose. A dead server's post is thrown away; the next one watches anew.

use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use owt_core::AttemptId;
use owt_core::Timestamp;
use owt_core::offspring::Offspring;
use owt_core::session::EndReason;
use owt_core::session::SessionKind;
use owt_ports::AttachPlan;
use owt_ports::IdleClock;
use owt_ports::Injection;
use owt_ports::InjectionOutcome;
use owt_ports::LogPage;
use owt_ports::Screen;
use owt_ports::SessionError;
use owt_ports::SessionPlan;
use owt_ports::SessionPresence;
use owt_ports::SessionSignal;
use owt_ports::SessionSink;
use owt_ports::Sessions;
use owt_ports::Stream;
use owt_ports::Transcript;

use crate::sessions::FakeSessions;

type Letter = (Arc<dyn SessionSink>, SessionSignal);

/// What has been told and not yet heard. Clones are the same office.
#[derive(Clone, Default)]
pub struct PostOffice {
    letters: Arc<Mutex<BTreeMap<AttemptId, VecDeque<Letter>>>>,
}

impl PostOffice {
    fn letters(&self) -> MutexGuard<'_, BTreeMap<AttemptId, VecDeque<Letter>>> {
        self.letters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The attempts that somebody should hear of, by id.
    pub fn waiting(&self) -> Vec<AttemptId> {
        self.letters().keys().copied().collect()
    }

    /// Delivers the oldest signal of an attempt; what it was, in a few words.
    pub fn deliver(&self, attempt: AttemptId) -> Option<String> {
        let (sink, signal) = {
            let mut letters = self.letters();
            let waiting = letters.get_mut(&attempt)?;
            let letter = waiting.pop_front()?;
            if waiting.is_empty() {
                letters.remove(&attempt);
            }
            letter
        };
        let words = in_words(&signal);
        sink.signal(attempt, signal);
        Some(words)
    }

    /// Throws everything away: whoever was to hear it is dead.
    pub fn clear(&self) {
        self.letters().clear();
    }
}

fn in_words(signal: &SessionSignal) -> String {
    match signal {
        SessionSignal::Output { stream, bytes, .. } => {
            format!("{stream:?} {:?}", String::from_utf8_lossy(bytes))
        }
        SessionSignal::LookAgain => "LookAgain".to_owned(),
        SessionSignal::Screen(screen) => format!("Screen {:?}", screen.rows),
        SessionSignal::Ended { exit, .. } => format!("Ended {exit:?}"),
        SessionSignal::Lost => "Lost".to_owned(),
    }
}

/// Puts what one watched session tells into the post.
struct Slot {
    office: PostOffice,
    sink: Arc<dyn SessionSink>,
}

impl SessionSink for Slot {
    fn signal(&self, attempt: AttemptId, signal: SessionSignal) {
        self.office.letters().entry(attempt).or_default().push_back((self.sink.clone(), signal));
    }
}

/// [`Sessions`] over the fake ones, with the post between them and whoever watches.
#[derive(Clone)]
pub struct PostedSessions {
    inner: FakeSessions,
    office: PostOffice,
}

impl PostedSessions {
    /// These sessions, told through this office.
    pub const fn new(inner: FakeSessions, office: PostOffice) -> Self {
        Self { inner, office }
    }
}

impl Sessions for PostedSessions {
    fn launch(&self, plan: &SessionPlan) -> Result<SessionPresence, SessionError> {
        self.inner.launch(plan)
    }

    fn probe(&self, attempt: AttemptId) -> Result<SessionPresence, SessionError> {
        self.inner.probe(attempt)
    }

    fn require(&self, kind: SessionKind, search_path: &str) -> Result<(), SessionError> {
        self.inner.require(kind, search_path)
    }

    fn inject(&self, attempt: AttemptId, injection: &Injection) -> Result<InjectionOutcome, SessionError> {
        self.inner.inject(attempt, injection)
    }

    fn stop(&self, attempt: AttemptId, reason: EndReason) -> Result<SessionPresence, SessionError> {
        self.inner.stop(attempt, reason)
    }

    fn set_idle_clock(&self, attempt: AttemptId, clock: IdleClock) -> Result<(), SessionError> {
        self.inner.set_idle_clock(attempt, clock)
    }

    fn watch(&self, attempt: AttemptId, from: u64, sink: Arc<dyn SessionSink>) -> Result<(), SessionError> {
        self.office.letters().remove(&attempt);
        self.inner.watch(attempt, from, Arc::new(Slot { office: self.office.clone(), sink }))
    }

    fn screen(&self, attempt: AttemptId) -> Result<Screen, SessionError> {
        self.inner.screen(attempt)
    }

    fn offspring(&self, attempt: AttemptId) -> Result<Vec<Offspring>, SessionError> {
        self.inner.offspring(attempt)
    }

    fn look_again(&self, attempt: AttemptId, after: Duration, processes: &[u32]) -> Result<(), SessionError> {
        self.inner.look_again(attempt, after, processes)
    }

    fn read_log(
        &self,
        attempt: AttemptId,
        stream: Stream,
        offset: u64,
        limit: usize,
    ) -> Result<LogPage, SessionError> {
        self.inner.read_log(attempt, stream, offset, limit)
    }

    fn printed_at(&self, attempt: AttemptId) -> Result<Option<Timestamp>, SessionError> {
        self.inner.printed_at(attempt)
    }

    fn onlookers(&self, attempt: AttemptId) -> Result<usize, SessionError> {
        self.inner.onlookers(attempt)
    }

    fn ring(&self, line: &str) -> Result<usize, SessionError> {
        self.inner.ring(line)
    }

    fn transcript(&self, attempt: AttemptId) -> Result<Box<dyn Transcript>, SessionError> {
        self.inner.transcript(attempt)
    }

    fn attach_plan(&self, attempt: AttemptId, inside: Option<&str>) -> Result<AttachPlan, SessionError> {
        self.inner.attach_plan(attempt, inside)
    }

    fn forget(&self, attempt: AttemptId) -> Result<(), SessionError> {
        self.inner.forget(attempt)
    }

    fn known(&self) -> Result<Vec<AttemptId>, SessionError> {
        self.inner.known()
    }

    fn stray_windows(&self, kept: &[AttemptId]) -> Result<Vec<String>, SessionError> {
        self.inner.stray_windows(kept)
    }

    fn close_window(&self, name: &str) -> Result<(), SessionError> {
        self.inner.close_window(name)
    }
}
