//! The server's tasks: none is anonymous. Each kind says what happens to it when the server stops, and to the
//! server when it fails.

use std::collections::HashMap;
use std::future::Future;

use tokio::task::Id;
use tokio::task::JoinSet;

/// What happens to a task when the server stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnStop {
    /// It is dropped at once.
    Drop,
    /// It hears the wish itself and ends; it is waited for until the bound of the drain.
    Finish,
}

/// What happens to the server when a task fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnError {
    /// It is written down.
    Log,
    /// The server cannot go on without it.
    Stop,
}

/// A kind of task.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TaskKind {
    pub(crate) name: &'static str,
    pub(crate) on_stop: OnStop,
    pub(crate) on_error: OnError,
}

/// Why a task failed.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct TaskError(pub(crate) String);

type Outcome = Result<(), TaskError>;

/// All running tasks.
#[derive(Default)]
pub(crate) struct Tasks {
    running: JoinSet<Outcome>,
    kinds: HashMap<Id, (TaskKind, tokio::task::AbortHandle)>,
}

impl Tasks {
    pub(crate) fn start(&mut self, kind: TaskKind, task: impl Future<Output = Outcome> + Send + 'static) {
        let handle = self.running.spawn(task);
        self.kinds.insert(handle.id(), (kind, handle));
    }

    /// Waits for the next end and says what it means for the server; `None` when nothing runs.
    pub(crate) async fn next_end(&mut self) -> Option<OnError> {
        let ended = self.running.join_next_with_id().await?;
        let (id, failure) = match ended {
            Ok((id, outcome)) => (id, outcome.err().map(|error| error.to_string())),
            Err(error) if error.is_cancelled() => (error.id(), None),
            Err(error) => (error.id(), Some(error.to_string())),
        };
        let kind = self.kinds.remove(&id).map(|(kind, _)| kind);
        let (Some(kind), Some(failure)) = (kind, failure) else { return Some(OnError::Log) };
        tracing::warn!(task = kind.name, %failure, then = ?kind.on_error, "a task failed");
        Some(kind.on_error)
    }

    /// Drops those that are dropped when the server stops, and waits for the others.
    pub(crate) async fn drain(&mut self) {
        for (kind, handle) in self.kinds.values() {
            if kind.on_stop == OnStop::Drop {
                handle.abort();
            }
        }
        while self.next_end().await.is_some() {}
    }

    /// How many run.
    pub(crate) fn len(&self) -> usize {
        self.running.len()
    }
}
