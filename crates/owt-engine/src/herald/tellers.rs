//! Those who tell: a thread for each way, so that a slow receiver holds nobody up but its own.
//!
//! What cannot be told now is tried again a few times, ever later; then it is counted and logged. Cancel rule: they end
//! when nothing is given out any more; one that is telling is not waited for longer than that.

use std::sync::Arc;
use std::time::Duration;

use owt_core::attention::AttentionInput;
use owt_core::effect::Message;
use owt_core::notice::Channel;
use owt_ports::NotifyError;
use owt_ports::StoreError;
use owt_ports::Telling;
use owt_ports::Way;

use crate::engine::Engine;
use crate::workers::StopFlag;
use crate::workers::named;

/// How long is waited before each further try.
const PAUSES: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(25)];

/// The threads.
pub(super) struct Tellers {
    engine: Engine,
    stop: Arc<StopFlag>,
}

impl Tellers {
    /// Starts them.
    pub(super) fn start(engine: &Engine) -> Result<Self, StoreError> {
        let stop = Arc::new(StopFlag::default());
        for channel in Channel::ALL {
            let (own, flag) = (engine.clone(), stop.clone());
            // Nobody waits for its end: it may be in the middle of a slow network.
            drop(named(&format!("tell {}", channel.as_str()), move || tell_all(&own, channel, &flag))?);
        }
        Ok(Self { engine: engine.clone(), stop })
    }

    /// Ends them, what waits being told within this time.
    pub(super) fn stop(self, patience: Duration) {
        self.engine.letters().close(patience);
        self.stop.set();
    }
}

fn tell_all(engine: &Engine, channel: Channel, stop: &StopFlag) {
    while let Some((way, telling)) = engine.letters().next(channel) {
        // What the end of the server breaks off is left to the next one.
        let Some(result) = tell(engine, &way, &telling, stop) else { return };
        note(engine, channel, &telling);
        if let Err(error) = &result {
            tracing::warn!(channel = channel.as_str(), workspace = %telling.name, %error, "the person could not be told");
        }
        engine.letters().settled(channel, result, engine.ports().clock.now());
    }
}

/// Tells everything that waits, each once.
pub(super) fn tell_waiting(engine: &Engine) {
    for channel in Channel::ALL {
        while let Some((way, telling)) = engine.letters().take(channel) {
            let result = engine.ports().notifier.tell(&way, &telling);
            note(engine, channel, &telling);
            engine.letters().settled(channel, result, engine.ports().clock.now());
        }
    }
}

/// Records that a way is done with a notice.
fn note(engine: &Engine, way: Channel, telling: &Telling) {
    let Ok(id) = telling.workspace.parse() else { return };
    let input = AttentionInput::Settled { number: telling.number, way };
    if let Err(error) = engine.dispatch(Message::Attention { id, input }, engine.fresh_request()) {
        tracing::warn!(%error, "that the person was told is not recorded; the next server may tell them again");
    }
}

/// Tells, again if that is worth it; `None` when the server ends in between.
fn tell(engine: &Engine, way: &Way, telling: &Telling, stop: &StopFlag) -> Option<Result<(), NotifyError>> {
    for pause in PAUSES {
        match engine.ports().notifier.tell(way, telling) {
            Err(error) if error.is_passing() => {
                tracing::info!(channel = way.channel().as_str(), %error, "it is tried again");
                if stop.wait(pause) {
                    return None;
                }
            }
            result => return Some(result),
        }
    }
    Some(engine.ports().notifier.tell(way, telling))
}
