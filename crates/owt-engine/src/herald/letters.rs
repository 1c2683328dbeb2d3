//! What waits to be told, by the way that it goes: bounded, the oldest is dropped first, and whoever puts something in
//! never waits.

use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

use owt_core::Timestamp;
use owt_core::WorkspaceId;
use owt_core::job::Job;
use owt_core::notice::Channel;
use owt_core::notice::Notice;
use owt_core::notice::one_line;
use owt_core::workspace::Workspace;
use owt_ports::NotifyError;
use owt_ports::Telling;
use owt_ports::Way;

/// How many wait for one way. Who has more than that to read has no use for more.
const ROOM: usize = 64;

/// How a way to the person has gone since the server started.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChannelHealth {
    /// How many were told.
    pub told: u64,
    /// How many could not be told.
    pub failed: u64,
    /// How many were dropped, because too many waited.
    pub dropped: u64,
    /// Why the newest could not be told, and when; `None` once one was told after it.
    pub trouble: Option<(Timestamp, String)>,
}

/// Everything that waits.
#[derive(Default)]
pub(crate) struct Letters {
    inner: Mutex<Inner>,
    changed: Condvar,
}

#[derive(Default)]
struct Inner {
    waiting: BTreeMap<Channel, VecDeque<(Way, Telling)>>,
    under_way: usize,
    health: BTreeMap<Channel, ChannelHealth>,
    closed: bool,
}

impl Letters {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts something in.
    pub(crate) fn post(&self, way: Way, telling: Telling) {
        let channel = way.channel();
        let mut inner = self.lock();
        let waiting = inner.waiting.entry(channel).or_default();
        waiting.push_back((way, telling));
        if waiting.len() > ROOM {
            waiting.pop_front();
            inner.health.entry(channel).or_default().dropped += 1;
            tracing::warn!(channel = channel.as_str(), "too much waits to be told: the oldest is dropped");
        }
        self.changed.notify_all();
    }

    /// The next one for a way, if one waits.
    pub(super) fn take(&self, channel: Channel) -> Option<(Way, Telling)> {
        self.lock().take(channel)
    }

    /// The next one for a way, as soon as there is one; `None` when nothing is told any more.
    pub(super) fn next(&self, channel: Channel) -> Option<(Way, Telling)> {
        let mut inner = self.lock();
        loop {
            if inner.closed {
                return None;
            }
            if let Some(letter) = inner.take(channel) {
                return Some(letter);
            }
            inner = self.changed.wait(inner).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Says how it went with the one that was given out.
    pub(super) fn settled(&self, channel: Channel, result: Result<(), NotifyError>, now: Timestamp) {
        let mut inner = self.lock();
        inner.under_way = inner.under_way.saturating_sub(1);
        let health = inner.health.entry(channel).or_default();
        match result {
            Ok(()) => {
                health.told += 1;
                health.trouble = None;
            }
            Err(error) => {
                health.failed += 1;
                health.trouble = Some((now, error.to_string()));
            }
        }
        self.changed.notify_all();
    }

    /// How each way has gone, where anything has gone it.
    pub(crate) fn health(&self) -> BTreeMap<Channel, ChannelHealth> {
        self.lock().health.clone()
    }

    /// Lets everything be told that waits, for so long at most; nothing is given out afterwards.
    pub(super) fn close(&self, patience: Duration) {
        let until = Instant::now() + patience;
        let mut inner = self.lock();
        while inner.under_way > 0 || inner.waiting.values().any(|waiting| !waiting.is_empty()) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let waiting: usize = inner.waiting.values().map(VecDeque::len).sum();
                tracing::warn!(waiting, "not everything was told before the end");
                break;
            }
            (inner, _) = self.changed.wait_timeout(inner, left).unwrap_or_else(PoisonError::into_inner);
        }
        inner.closed = true;
        drop(inner);
        self.changed.notify_all();
    }
}

impl Inner {
    fn take(&mut self, channel: Channel) -> Option<(Way, Telling)> {
        let letter = self.waiting.get_mut(&channel)?.pop_front()?;
        self.under_way += 1;
        Some(letter)
    }
}

/// What is told of a workspace.
pub(crate) fn telling(id: WorkspaceId, workspace: &Workspace, job: Option<&Job>, notice: &Notice) -> Telling {
    let spec = &workspace.spec;
    let line = spec.line();
    Telling {
        kind: notice.kind,
        number: notice.number,
        at: notice.at,
        name: spec.name.to_string(),
        workspace: id.to_string(),
        path: one_line(spec.path.as_str()),
        repository: line.map(|line| one_line(line.repository.root.as_str())),
        branch: line.map(|line| line.branch.to_string()),
        agent: job.map(|job| one_line(&job.spec.agent)),
        title: job.map(|job| one_line(&job.spec.title)),
        status: notice.status,
        detail: notice.detail.clone(),
    }
}

#[cfg(test)]
mod tests;
