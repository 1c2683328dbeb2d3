//! Telling a sink about one session: a thread that listens to the host and reads the logs.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use owt_core::AttemptId;
use owt_ports::SessionError;
use owt_ports::SessionPresence;
use owt_ports::SessionSignal;
use owt_ports::SessionSink;
use owt_ports::Stream;

use crate::client::ClientError;
use crate::client::Hangup;
use crate::client::HostClient;
use crate::log_reader;
use crate::looks::Looks;
use crate::private::failure;
use crate::site::Site;
use crate::wire::Message;
use crate::wire::Request;

/// The most bytes in one signal.
const CHUNK: usize = 64 * 1024;

/// How long to wait before a system that failed is asked again.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// A picture of 1000 by 1000 is parsed on this stack, iteratively.
const STACK: usize = 128 * 1024;

/// All watched sessions of one adapter. Dropping it ends every thread.
#[derive(Debug, Default)]
pub(crate) struct Watches {
    running: Arc<Mutex<HashMap<AttemptId, Arc<Leash>>>>,
    looks: Looks,
}

impl Watches {
    /// Begins telling `sink`; whoever was told about this attempt before hears nothing more.
    ///
    /// Cancel rule of the thread: it ends after the last signal, or when its leash is cut. Error rule: a system
    /// that fails is asked again every second; what cannot be read from a log is left out.
    pub(crate) fn begin(
        &self,
        site: Site,
        from: u64,
        sink: Arc<dyn SessionSink>,
    ) -> Result<(), SessionError> {
        let attempt = site.attempt;
        let leash = Arc::new(Leash { sink, state: Mutex::default(), changed: Condvar::new() });
        if let Some(before) = lock(&self.running).insert(attempt, Arc::clone(&leash)) {
            before.cut();
        }
        let running = Arc::clone(&self.running);
        let follower = Follower { site, leash: Arc::clone(&leash), output: from, error: 0 };
        let work = move || {
            follower.follow();
            let mut running = lock(&running);
            if running.get(&attempt).is_some_and(|current| Arc::ptr_eq(current, &leash)) {
                running.remove(&attempt);
            }
        };
        let thread = std::thread::Builder::new().name(format!("owt-watch-{attempt}")).stack_size(STACK);
        let operation = "starting a thread to watch a session".to_owned();
        let started = thread.spawn(work).map(drop);
        started.map_err(|error| SessionError::Failed { operation, message: error.to_string() })
    }

    /// Tells whoever is told about this attempt to look again then, or when one of these processes has ended.
    pub(crate) fn look_again(
        &self,
        attempt: AttemptId,
        after: Duration,
        processes: &[u32],
    ) -> Result<(), SessionError> {
        let Some(leash) = lock(&self.running).get(&attempt).cloned() else { return Ok(()) };
        let operation = "waiting to look again".to_owned();
        let asked = self.looks.remind(attempt, leash, after, processes);
        asked.map_err(|error| SessionError::Failed { operation, message: error.to_string() })
    }

    /// Nobody is told about this attempt any more.
    pub(crate) fn end(&self, attempt: AttemptId) {
        self.looks.forget(attempt);
        if let Some(leash) = lock(&self.running).remove(&attempt) {
            leash.cut();
        }
    }
}

impl Drop for Watches {
    fn drop(&mut self) {
        for (_, leash) in lock(&self.running).drain() {
            leash.cut();
        }
    }
}

/// What stops a follower, whatever it waits for, and whom it tells.
struct Leash {
    sink: Arc<dyn SessionSink>,
    state: Mutex<LeashState>,
    changed: Condvar,
}

impl std::fmt::Debug for Leash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Leash").field("state", &self.state).finish_non_exhaustive()
    }
}

/// What is told beside the follower is told on the same leash.
impl SessionSink for Leash {
    fn signal(&self, attempt: AttemptId, signal: SessionSignal) {
        if !self.is_cut() {
            self.sink.signal(attempt, signal);
        }
    }
}

#[derive(Debug, Default)]
struct LeashState {
    cut: bool,
    connection: Option<Hangup>,
}

impl Leash {
    fn cut(&self) {
        let mut state = lock(&self.state);
        state.cut = true;
        if let Some(connection) = state.connection.take() {
            connection.now();
        }
        self.changed.notify_all();
    }

    fn is_cut(&self) -> bool {
        lock(&self.state).cut
    }

    /// From now on cutting the leash ends this connection too.
    fn hold(&self, connection: Hangup) {
        let mut state = lock(&self.state);
        if state.cut {
            connection.now();
        } else {
            state.connection = Some(connection);
        }
    }

    fn pause(&self, time: Duration) {
        let state = lock(&self.state);
        // Woken early or not, the follower looks at the leash next.
        drop(self.changed.wait_timeout_while(state, time, |state| !state.cut));
    }
}

struct Follower {
    site: Site,
    leash: Arc<Leash>,
    output: u64,
    error: u64,
}

impl Follower {
    fn follow(mut self) {
        while !self.leash.is_cut() {
            // A host that is gone is judged below, like one that was never there.
            let _ = self.listen();
            let last = match self.site.presence() {
                Ok(SessionPresence::Running { .. }) => continue,
                Ok(SessionPresence::Ended { exit, at }) => SessionSignal::Ended { exit, at },
                Ok(SessionPresence::Lost | SessionPresence::Never) => SessionSignal::Lost,
                Err(error) => {
                    tracing::warn!(attempt = %self.site.attempt, %error, "cannot look after a session");
                    self.leash.pause(AFTER_FAILURE);
                    continue;
                }
            };
            self.relay_logs(u64::MAX, u64::MAX);
            self.signal(last);
            return;
        }
    }

    /// Listens to the host until it is gone.
    fn listen(&mut self) -> Result<(), ClientError> {
        let mut host = self.site.host()?;
        self.leash.hold(host.hangup()?);
        let request = Request::Watch { output: self.output, error: self.error };
        match host.ask(&request)? {
            Message::Watching => host.wait_forever()?,
            other => return Err(ClientError::Odd(format!("{other:?}"))),
        }
        while let Some(news) = next(&mut host)? {
            match news {
                Message::Grew { output, error } => self.relay_logs(output, error),
                Message::Screen { screen, .. } => self.signal(SessionSignal::Screen(screen.into())),
                Message::Ended { .. } => return Ok(()),
                // News of a later version of the same protocol.
                _ => {}
            }
        }
        Ok(())
    }

    fn relay_logs(&mut self, output: u64, error: u64) {
        for (stream, until) in [(Stream::Output, output), (Stream::Error, error)] {
            if let Err(error) = self.relay_log(stream, until) {
                tracing::warn!(attempt = %self.site.attempt, %error, "cannot read a session's log");
            }
        }
    }

    fn relay_log(&mut self, stream: Stream, until: u64) -> Result<(), SessionError> {
        let path = self.site.files.log(stream);
        loop {
            let offset = self.told(stream);
            let limit = usize::try_from(until.saturating_sub(offset)).unwrap_or(CHUNK).min(CHUNK);
            if limit == 0 || self.leash.is_cut() {
                return Ok(());
            }
            let page = log_reader::page(&path, offset, limit);
            let page = page.map_err(|error| failure("reading a log", &path, &error))?;
            if page.bytes.is_empty() {
                return Ok(());
            }
            *self.told_mut(stream) = page.next;
            self.signal(SessionSignal::Output { stream, offset, bytes: page.bytes });
        }
    }

    const fn told(&self, stream: Stream) -> u64 {
        match stream {
            Stream::Output => self.output,
            Stream::Error => self.error,
        }
    }

    const fn told_mut(&mut self, stream: Stream) -> &mut u64 {
        match stream {
            Stream::Output => &mut self.output,
            Stream::Error => &mut self.error,
        }
    }

    fn signal(&self, signal: SessionSignal) {
        self.leash.signal(self.site.attempt, signal);
    }
}

/// The next news; `None` when the host is gone.
fn next(host: &mut HostClient) -> Result<Option<Message>, ClientError> {
    match host.next() {
        Err(ClientError::Gone) => Ok(None),
        other => other.map(Some),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
