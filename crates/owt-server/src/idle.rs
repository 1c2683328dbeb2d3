//! When nobody needs the server any more.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::desk::Office;
use crate::stop::Stop;
use crate::stop::StopReason;
use crate::tasks::TaskError;

/// How many clients are connected.
#[derive(Debug, Clone)]
pub(crate) struct Clients(Arc<watch::Sender<usize>>);

impl Clients {
    pub(crate) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }

    /// One more, until the guard is dropped.
    pub(crate) fn enter(&self) -> Present {
        self.0.send_modify(|count| *count += 1);
        Present(Arc::clone(&self.0))
    }
}

/// A connected client.
pub(crate) struct Present(Arc<watch::Sender<usize>>);

impl Drop for Present {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count = count.saturating_sub(1));
    }
}

/// Asks to stop once there was no client for `limit`, no session runs and nothing is planned.
pub(crate) async fn end_when_idle(
    limit: Duration,
    clients: Clients,
    office: Office,
    stop: Stop,
) -> Result<(), TaskError> {
    let mut count = clients.0.subscribe();
    let closed = |_| TaskError("the count of clients is gone".to_owned());
    loop {
        count.wait_for(|count| *count == 0).await.map_err(closed)?;
        tokio::select! {
            changed = count.changed() => changed.map_err(closed)?,
            () = tokio::time::sleep(limit) => {
                if !office.is_needed().await && *count.borrow() == 0 {
                    stop.request(StopReason::Idle);
                    return Ok(());
                }
            }
        }
    }
}
