//! Reminding those who watch a session to look again: when a time has passed, or when a process has ended.

use std::collections::HashMap;
use std::io;
use std::io::PipeReader;
use std::io::PipeWriter;
use std::io::Read;
use std::io::Write;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

use owt_core::AttemptId;
use owt_ports::SessionSignal;
use owt_ports::SessionSink;
use owt_process::ExitNotice;
use rustix::event::PollFd;
use rustix::event::PollFlags;
use rustix::event::Timespec;

/// The most ends of processes that are waited for at once, of all sessions together; beyond, time alone counts.
const MOST_ENDS: usize = 1024;

/// Those who are to be reminded, and the thread that does it while there are any. Dropping it reminds nobody more.
///
/// Cancel rule of the thread: it ends when nobody is left to remind, or when this is dropped. Error rule: what the
/// system cannot tell is left to time.
#[derive(Default)]
pub(crate) struct Looks {
    inner: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    due: HashMap<AttemptId, Due>,
    /// Wakes the thread; there while it runs.
    bell: Option<PipeWriter>,
}

struct Due {
    at: Instant,
    ends: Vec<Arc<ExitNotice>>,
    sink: Arc<dyn SessionSink>,
}

impl std::fmt::Debug for Looks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Looks").finish_non_exhaustive()
    }
}

impl Looks {
    /// Reminds this sink once, after this time or with the first of these ends.
    pub(crate) fn remind(
        &self,
        attempt: AttemptId,
        sink: Arc<dyn SessionSink>,
        after: Duration,
        processes: &[u32],
    ) -> io::Result<()> {
        let mut state = lock(&self.inner);
        let waited: usize = state.due.values().map(|due| due.ends.len()).sum();
        let room = MOST_ENDS.saturating_sub(waited);
        let ends = processes.iter().take(room).filter_map(|pid| ExitNotice::of_other(*pid)).map(Arc::new);
        state.due.insert(attempt, Due { at: Instant::now() + after, ends: ends.collect(), sink });
        match &mut state.bell {
            Some(bell) => bell.write_all(&[0]),
            None => {
                let (reader, writer) = io::pipe()?;
                rustix::io::ioctl_fionbio(&reader, true)?;
                let inner = Arc::clone(&self.inner);
                std::thread::Builder::new()
                    .name("owt-looks".to_owned())
                    .spawn(move || remind_all(&inner, reader))?;
                state.bell = Some(writer);
                Ok(())
            }
        }
    }

    /// Nobody is reminded of this session any more.
    pub(crate) fn forget(&self, attempt: AttemptId) {
        lock(&self.inner).due.remove(&attempt);
    }
}

impl Drop for Looks {
    fn drop(&mut self) {
        let mut state = lock(&self.inner);
        state.due.clear();
        // The thread sees its pipe closed.
        state.bell = None;
    }
}

fn remind_all(inner: &Mutex<State>, mut bell: PipeReader) {
    loop {
        let (next, ends) = {
            let mut state = lock(inner);
            let Some(next) = state.due.values().map(|due| due.at).min() else {
                state.bell = None;
                return;
            };
            let ends: Vec<Arc<ExitNotice>> =
                state.due.values().flat_map(|due| due.ends.iter().cloned()).collect();
            (next, ends)
        };
        await_first(&bell, &ends, next.saturating_duration_since(Instant::now()));
        // What it says is only that there is something new.
        while matches!(bell.read(&mut [0; 64]), Ok(1..)) {}
        for (attempt, sink) in take_due(inner) {
            sink.signal(attempt, SessionSignal::LookAgain);
        }
    }
}

fn take_due(inner: &Mutex<State>) -> Vec<(AttemptId, Arc<dyn SessionSink>)> {
    let now = Instant::now();
    let has_ended = |end: &Arc<ExitNotice>| end.wait(Some(Duration::ZERO)).unwrap_or(false);
    let mut state = lock(inner);
    let due = state.due.extract_if(|_, due| due.at <= now || due.ends.iter().any(has_ended));
    due.map(|(attempt, due)| (attempt, due.sink)).collect()
}

/// Whatever wakes it, the caller looks what is due.
fn await_first(bell: &PipeReader, ends: &[Arc<ExitNotice>], limit: Duration) {
    let mut fds: Vec<PollFd<'_>> =
        ends.iter().map(|end| PollFd::from_borrowed_fd(end.as_fd(), PollFlags::IN)).collect();
    fds.push(PollFd::new(bell, PollFlags::IN));
    let limit = Timespec {
        tv_sec: i64::try_from(limit.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: limit.subsec_nanos().into(),
    };
    let _ = rustix::event::poll(&mut fds, Some(&limit));
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
