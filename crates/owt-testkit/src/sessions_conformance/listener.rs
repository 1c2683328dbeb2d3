//! A sink that remembers, and can be waited on.

use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use owt_core::AttemptId;
use owt_core::session::Exit;
use owt_ports::SessionSignal;
use owt_ports::SessionSink;
use owt_ports::Stream;

/// How long anything may take before the check fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// Remembers everything that it is told.
#[derive(Debug, Default)]
pub struct Listener {
    signals: Mutex<Vec<SessionSignal>>,
    told: Condvar,
}

impl SessionSink for Listener {
    fn signal(&self, _attempt: AttemptId, signal: SessionSignal) {
        self.lock().push(signal);
        self.told.notify_all();
    }
}

impl Listener {
    /// Waits until what was told so far is as wanted; returns it.
    ///
    /// # Panics
    /// When that takes more than a minute; `what` is in the message.
    pub fn await_that(
        &self,
        what: &str,
        mut wanted: impl FnMut(&[SessionSignal]) -> bool,
    ) -> Vec<SessionSignal> {
        let waited = self.told.wait_timeout_while(self.lock(), PATIENCE, |signals| !wanted(signals));
        let (signals, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        assert!(!timeout.timed_out(), "waited in vain for {what}: {signals:?}");
        signals.clone()
    }

    /// Waits until the output log, as it was told, holds this text.
    pub fn await_output(&self, text: &str) {
        self.await_that(text, |signals| text_of(signals, Stream::Output).contains(text));
    }

    /// Waits for the last signal, which must be an end; returns how.
    pub fn await_end(&self) -> Exit {
        let signals = self.await_that("the end", |signals| is_last(signals.last()));
        match signals.last() {
            Some(SessionSignal::Ended { exit, .. }) => *exit,
            other => panic!("the last signal is no end: {other:?}"),
        }
    }

    /// Waits for the last signal, which must be a loss.
    pub fn await_loss(&self) {
        let signals = self.await_that("the loss", |signals| is_last(signals.last()));
        assert_eq!(signals.last(), Some(&SessionSignal::Lost));
    }

    /// What was told of one log.
    pub fn text(&self, stream: Stream) -> String {
        text_of(&self.lock(), stream)
    }

    /// Everything told so far.
    pub fn signals(&self) -> Vec<SessionSignal> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<SessionSignal>> {
        self.signals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_last(signal: Option<&SessionSignal>) -> bool {
    matches!(signal, Some(SessionSignal::Ended { .. } | SessionSignal::Lost))
}

fn text_of(signals: &[SessionSignal], wanted: Stream) -> String {
    let mut bytes = Vec::new();
    for signal in signals {
        if let SessionSignal::Output { stream, bytes: more, .. } = signal
            && *stream == wanted
        {
            bytes.extend_from_slice(more);
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
