//! Ending a turn, and not the session: by the program's protocol, or by the keys of its terminal.

use owt_agents::protocol::Interrupt;
use owt_agents::protocol::Protocol;
use owt_core::AttemptId;
use owt_ports::Injection;
use owt_ports::InjectionKey;
use owt_ports::Payload;
use owt_ports::SessionError;
use owt_ports::StoreError;

use super::Outcome;
use super::session::Scene;
use super::session::SessionEffects;
use super::stream_id;
use crate::board::Task;

impl SessionEffects {
    /// The host knows each part by its key, so that a second try presses nothing again. What cannot be done now is not
    /// done later either: it would end another turn.
    pub(super) fn interrupt_turn(&self, task: &Task, after: u32) -> Result<Outcome, StoreError> {
        let scene = self.scene(stream_id::<AttemptId>(task)?)?;
        if !scene.attempt.is_in_turn() || scene.attempt.turns != after {
            return Ok(Outcome::Settled);
        }
        for (part, payload) in self.interrupt_payloads(task, &scene)?.into_iter().enumerate() {
            let key = InjectionKey::Frame(format!("{}-{part}", frame_key(task)));
            match self.ports.sessions.inject(scene.id, &Injection { key, payload }) {
                Err(SessionError::Crashed) => return Err(StoreError::Crashed),
                Err(error) => {
                    tracing::warn!(attempt = %scene.id, %error, "the turn could not be interrupted");
                    return Ok(Outcome::Settled);
                }
                Ok(_) => {}
            }
        }
        Ok(Outcome::Settled)
    }

    fn interrupt_payloads(&self, task: &Task, scene: &Scene) -> Result<Vec<Payload>, StoreError> {
        let Ok(settings) = self.settings_of(scene.id)? else { return Ok(Vec::new()) };
        let Ok(manifest) = settings.catalog.get(&scene.job.spec.agent) else { return Ok(Vec::new()) };
        let attempt = &scene.attempt;
        if attempt.spec.session.is_terminal() {
            let keys = manifest.screen.interrupt_keys.clone().into_iter();
            return Ok(keys.map(Payload::Keys).collect());
        }
        let mode = manifest.mode(attempt.spec.session);
        let Some(protocol) = mode.and_then(|mode| Protocol::of(mode.output)) else { return Ok(Vec::new()) };
        let turn = self.observers.turn_of(scene.id);
        let asks: Vec<&str> = attempt.asks.iter().map(|ask| ask.request.as_str()).collect();
        let interrupt = Interrupt {
            key: &frame_key(task),
            conversation: attempt.conversation.as_deref().or(attempt.spec.resumes.as_deref()),
            turn: turn.as_deref(),
            asks: &asks,
        };
        match protocol.interrupt(&interrupt) {
            Ok(lines) => Ok(lines.into_iter().map(Payload::Line).collect()),
            Err(error) => {
                tracing::warn!(attempt = %scene.id, %error, "the turn could not be interrupted");
                Ok(Vec::new())
            }
        }
    }
}

fn frame_key(task: &Task) -> String {
    format!("interrupt-{}", task.id)
}
