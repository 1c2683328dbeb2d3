//! A message that was typed and still stands in the prompt box: a program that was busy may take the submitting key
//! for a part of the paste (Claude Code 2.1.197, when both come in one read). The key alone is pressed again, a few
//! times at most; the text never is.

use std::time::Duration;

use owt_agents::Manifest;
use owt_agents::delivery;
use owt_agents::screen::ScreenState;
use owt_core::AttemptId;
use owt_core::DeliveryId;
use owt_core::Timestamp;
use owt_core::attempt::Attempt;
use owt_core::attempt::Line;
use owt_core::delivery::Delivery;
use owt_core::text::Prompt;
use owt_ports::FileError;
use owt_ports::Injection;
use owt_ports::InjectionKey;
use owt_ports::Payload;
use owt_ports::SessionError;
use owt_ports::StoreError;

use super::Inner;

/// How long the program has to take the key before it is pressed again. Sessions show the picture again a little
/// later than this after each press, whether or not it has changed.
const PATIENCE: Duration = Duration::from_millis(1500);

/// How often it is pressed again at most.
const TRIES: u128 = 3;

/// How often it is to have been pressed again by now, since the message was typed. A clock that went back tells nothing of how
/// long ago that was: once.
fn presses(taken_at: Timestamp, now: Timestamp) -> u128 {
    match taken_at > now {
        true => 1,
        false => (now.since(taken_at).as_millis() / PATIENCE.as_millis()).min(TRIES),
    }
}

impl Inner {
    /// Presses the submitting key again where the picture shows our own message, unread, in the prompt box.
    pub(super) fn submit_what_stands(
        &self,
        id: AttemptId,
        manifest: &Manifest,
        draft: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Some((delivery, taken_at)) = self.unread(id)? else { return Ok(()) };
        let tries = presses(taken_at, now);
        if tries == 0 || !self.stands(delivery, draft)? {
            return Ok(());
        }
        let injection = Injection {
            key: InjectionKey::Frame(format!("submit-{delivery}-{tries}")),
            payload: Payload::Paste { text: String::new(), submit: manifest.submit_keys.clone() },
        };
        match self.ports.sessions.inject(id, &injection) {
            Err(SessionError::Crashed) => Err(StoreError::Crashed),
            Err(error) => {
                tracing::debug!(attempt = %id, %error, "a message that stands in the prompt box was not submitted");
                Ok(())
            }
            Ok(_) => Ok(()),
        }
    }

    /// Empties the box of a message that came back into it when its turn was interrupted by us: it was read, and the next
    /// message would be typed behind it. What a person brings back by their own key is theirs.
    pub(super) fn clear_what_came_back(
        &self,
        id: AttemptId,
        manifest: &Manifest,
        state: Option<ScreenState>,
        draft: &str,
    ) -> Result<(), StoreError> {
        let Some(keys) = manifest.screen.clear_keys.as_ref().filter(|_| state == Some(ScreenState::Ready))
        else {
            return Ok(());
        };
        let attempt = self.records.load::<Attempt>(id)?;
        let is_ours = |it: &Attempt| it.interrupted_by.is_some() || it.handover.is_some();
        let Some(Line::Taken { delivery, worked: true, .. }) =
            attempt.filter(is_ours).map(|attempt| attempt.line)
        else {
            return Ok(());
        };
        if !self.stands(delivery, draft)? {
            return Ok(());
        }
        let injection = Injection {
            key: InjectionKey::Frame(format!("clear-{delivery}")),
            payload: Payload::Paste { text: String::new(), submit: keys.clone() },
        };
        match self.ports.sessions.inject(id, &injection) {
            Err(SessionError::Crashed) => Err(StoreError::Crashed),
            Err(error) => {
                tracing::debug!(attempt = %id, %error, "a message that came back into the prompt box was not cleared");
                Ok(())
            }
            Ok(_) => Ok(()),
        }
    }

    /// The message that was put before the agent and of which nothing has been seen, and since when.
    fn unread(&self, id: AttemptId) -> Result<Option<(DeliveryId, Timestamp)>, StoreError> {
        Ok(match self.records.load::<Attempt>(id)?.map(|attempt| attempt.line) {
            Some(Line::Taken { delivery, at, read: None, worked: false }) => Some((delivery, at)),
            _ => None,
        })
    }

    /// Whether a draft is this message.
    fn stands(&self, id: DeliveryId, draft: &str) -> Result<bool, StoreError> {
        let Some(delivery) = self.records.load::<Delivery>(id)? else { return Ok(false) };
        if delivery::is_left_of(delivery.spec.text.as_str(), draft) {
            return Ok(true);
        }
        match self.ports.files.read(&delivery.spec.text) {
            Ok(bytes) => {
                let text = Prompt::new(&String::from_utf8_lossy(&bytes.unwrap_or_default()));
                Ok(text.is_ok_and(|text| delivery::is_left_of(&text.for_terminal(), draft)))
            }
            Err(FileError::Crashed) => Err(StoreError::Crashed),
            Err(_) => Ok(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_pressed_again_a_few_times_and_once_where_the_clock_went_back() {
        let after = |millis: i64| presses(Timestamp::from_millis(0), Timestamp::from_millis(millis));
        let presses = [0, 1_499, 1_500, 3_000, 4_500, 100_000, -1, -1_200_000].map(after);
        assert_eq!(presses, [0, 0, 1, 2, 3, 3, 1, 1]);
    }
}
