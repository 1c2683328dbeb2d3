//! A turn that is to end and has not: a program that wants its keys twice (OpenCode 1.18.33) says so, and gets them.

use owt_agents::Manifest;
use owt_agents::screen::ScreenView;
use owt_core::AttemptId;
use owt_core::attempt::Attempt;
use owt_ports::Injection;
use owt_ports::InjectionKey;
use owt_ports::Payload;
use owt_ports::SessionError;
use owt_ports::StoreError;

use super::Inner;

/// So many rows at the lower edge are looked at.
const FOOT: usize = 5;

impl Inner {
    /// Presses the keys that end a turn once more where the picture asks for them, and somebody wanted the end. The host knows
    /// them by their key: once for each wish.
    pub(super) fn interrupt_again(
        &self,
        id: AttemptId,
        manifest: &Manifest,
        view: &ScreenView,
    ) -> Result<(), StoreError> {
        let rules = &manifest.screen;
        let (Some(again), Some(keys)) = (&rules.interrupt_again, &rules.interrupt_keys) else {
            return Ok(());
        };
        if !view.rows().iter().rev().take(FOOT).any(|row| again.is_match(row)) {
            return Ok(());
        }
        let attempt = self.records.load::<Attempt>(id)?.filter(Attempt::is_in_turn);
        let Some(wish) = attempt.and_then(|attempt| attempt.interrupted_by) else { return Ok(()) };
        let injection = Injection {
            key: InjectionKey::Frame(format!("interrupt-again-{wish}")),
            payload: Payload::Keys(keys.clone()),
        };
        match self.ports.sessions.inject(id, &injection) {
            Err(SessionError::Crashed) => Err(StoreError::Crashed),
            Err(error) => {
                tracing::debug!(attempt = %id, %error, "the turn was not interrupted a second time");
                Ok(())
            }
            Ok(_) => Ok(()),
        }
    }
}
