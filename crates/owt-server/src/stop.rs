//! The wish to stop: said once, heard by everybody.

use std::sync::Arc;

use tokio::sync::watch;

/// Why the server stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopReason {
    /// SIGTERM, SIGINT or SIGHUP.
    Signal,
    /// `POST /v1/server/stop`.
    Asked,
    /// Nobody needed it for long enough.
    Idle,
    /// A part without which it cannot go on has failed.
    Broken,
}

/// Says and hears the wish to stop. Clones are the same wish.
#[derive(Debug, Clone)]
pub(crate) struct Stop(Arc<watch::Sender<Option<StopReason>>>);

impl Stop {
    pub(crate) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(None)))
    }

    /// Says it; the first reason stays.
    pub(crate) fn request(&self, reason: StopReason) {
        self.0.send_if_modified(|wish| {
            let first = wish.is_none();
            wish.get_or_insert(reason);
            first
        });
    }

    /// Waits until somebody says it.
    pub(crate) async fn requested(&self) -> StopReason {
        let mut wish = self.0.subscribe();
        match wish.wait_for(Option::is_some).await {
            Ok(reason) => reason.unwrap_or(StopReason::Broken),
            // Only when every sender is gone, and `self` is one.
            Err(_) => StopReason::Broken,
        }
    }
}
