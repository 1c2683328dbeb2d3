//! Moving a target back to where it was before something landed.

use owt_core::effect::Message;
use owt_core::landing::LandingInput;
use owt_core::landing::LandingPhase;
use owt_core::train::TrainInput;
use owt_core::train::TrainPhase;
use owt_ports::StoreError;

use super::LandingEffects;
use super::told;
use crate::board::Task;
use crate::effects::Outcome;
use crate::taking_back::WayBack;
use crate::taking_back::take_back;

impl LandingEffects {
    pub(in crate::effects) fn take_target_back(&self, task: &Task) -> Result<Outcome, StoreError> {
        let (id, landing) = self.landing(task)?;
        let (LandingPhase::TakingBack { .. }, Some(arrival)) = (&landing.phase, landing.arrival()) else {
            return Ok(Outcome::Settled);
        };
        let reason = format!("owt: took back {}", landing.spec.name);
        let way = WayBack::of(&self.records, &arrival)?;
        let result = take_back(&self.ports, &way, &reason)?;
        Ok(told(id, LandingInput::TookBack { result }))
    }

    pub(in crate::effects) fn take_train_back(&self, task: &Task) -> Result<Outcome, StoreError> {
        let (id, train) = self.train(task)?;
        let TrainPhase::TakingBack { nth } = train.phase else { return Ok(Outcome::Settled) };
        let Some(arrival) = train.arrival(nth) else { return Ok(Outcome::Settled) };
        let reason = format!("owt: took back {}", train.names_of(nth).join(", "));
        let way = WayBack::of(&self.records, &arrival)?;
        let result = take_back(&self.ports, &way, &reason)?;
        Ok(Outcome::told(Message::Train { id, input: TrainInput::TookBack { nth, result } }))
    }
}
