//! Whether a request's client still listens.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use crate::Gone;

type Wake = Box<dyn FnOnce() + Send>;

/// What a service sees of its client. The other end is a [`Listening`].
#[derive(Default)]
pub(crate) struct ClientWatch(Mutex<State>);

#[derive(Default)]
struct State {
    gone: bool,
    wakes: Vec<Wake>,
}

impl ClientWatch {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The client has gone.
    pub(crate) fn leave(&self) {
        let wakes = {
            let mut state = self.state();
            state.gone = true;
            std::mem::take(&mut state.wakes)
        };
        for wake in wakes {
            wake();
        }
    }
}

impl Gone for ClientWatch {
    fn is_gone(&self) -> bool {
        self.state().gone
    }

    fn when_gone(&self, wake: Wake) {
        {
            let mut state = self.state();
            if !state.gone {
                state.wakes.push(wake);
                return;
            }
        }
        wake();
    }
}

/// Lives as long as somebody waits for the answer: the connection drops it when the client hangs up.
pub(crate) struct Listening(Arc<ClientWatch>);

impl Listening {
    pub(crate) fn new() -> Self {
        Self(Arc::new(ClientWatch::default()))
    }

    pub(crate) fn watch(&self) -> Arc<ClientWatch> {
        Arc::clone(&self.0)
    }

    /// Tells the service that nobody waits, though the answer may still be taken.
    pub(crate) fn give_up(&self) {
        self.0.leave();
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.leave();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;
    use std::sync::atomic::Ordering;

    use super::*;

    #[test]
    fn every_wake_is_called_once_whether_it_came_before_or_after() {
        let listening = Listening::new();
        let watch = listening.watch();
        let calls = Arc::new(AtomicU32::new(0));
        let count = || {
            let calls = Arc::clone(&calls);
            Box::new(move || {
                calls.fetch_add(1, Ordering::Relaxed);
            })
        };
        watch.when_gone(count());
        assert!(!watch.is_gone());
        listening.give_up();
        drop(listening);
        assert!(watch.is_gone());
        watch.when_gone(count());
        assert_eq!(calls.load(Ordering::Relaxed), 2);
    }
}
