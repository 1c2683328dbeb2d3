//! A person who can be told, and remembers it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use owt_core::notice::Channel;
use owt_ports::Notifier;
use owt_ports::NotifyError;
use owt_ports::Telling;
use owt_ports::Way;

/// The fake of the port [`Notifier`]; clones tell the same person.
#[derive(Debug, Clone, Default)]
pub struct FakeNotifier {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    told: Vec<(Channel, Telling)>,
    broken: BTreeMap<Channel, NotifyError>,
}

impl FakeNotifier {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the person was told, in order.
    pub fn told(&self) -> Vec<(Channel, Telling)> {
        self.lock().told.clone()
    }

    /// A way fails so from now on.
    pub fn break_way(&self, channel: Channel, error: NotifyError) {
        self.lock().broken.insert(channel, error);
    }
}

impl Notifier for FakeNotifier {
    fn tell(&self, way: &Way, telling: &Telling) -> Result<(), NotifyError> {
        let mut state = self.lock();
        let channel = way.channel();
        match (way, state.broken.get(&channel)) {
            (Way::Broken { why, .. }, _) => Err(NotifyError::Unavailable(why.clone())),
            (_, Some(error)) => Err(error.clone()),
            (_, None) => {
                state.told.push((channel, telling.clone()));
                Ok(())
            }
        }
    }
}
