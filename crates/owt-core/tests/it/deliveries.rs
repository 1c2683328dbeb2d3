//! A delivery under any sequence of inputs (decisions 3 and 4).

use std::collections::BTreeSet;

use owt_core::DeliveryId;
use owt_core::RequestId;
use owt_core::WorkspaceId;
use owt_core::attempt::AttemptInput;
use owt_core::delivery::Delivery;
use owt_core::delivery::DeliveryInput;
use owt_core::delivery::DeliveryPhase;
use owt_core::delivery::Injection;
use owt_core::delivery::id_by_key;
use owt_core::effect::Effect;
use owt_core::effect::Message;
use owt_core::evidence::Source;
use owt_core::machine::Machine;
use proptest::prelude::*;

use crate::inputs::delivery_inputs;
use crate::walk::Stride;
use crate::walk::repeated;
use crate::walk::walk;

fn writes(stride: &Stride<Delivery>) -> bool {
    stride.step.effects.iter().any(|effect| matches!(effect, Effect::Inject { .. }))
}

/// Whether bytes may have reached an agent with this: it went in with a start, writing it was begun, or the agent has
/// read it. Decided from what came in, not from what the machine makes of it.
fn arrives(stride: &Stride<Delivery>) -> bool {
    let Some(before) = &stride.before else { return false };
    match (&before.phase, &stride.input) {
        (DeliveryPhase::Accepted | DeliveryPhase::Queued { .. }, DeliveryInput::Carried { .. }) => true,
        (
            DeliveryPhase::Injecting { attempt, .. },
            DeliveryInput::Injection { attempt: into, injection: Injection::Done | Injection::Unknown },
        ) => attempt == into,
        (DeliveryPhase::Injecting { attempt, .. }, DeliveryInput::Read { attempt: reader, .. }) => {
            attempt == reader
        }
        _ => false,
    }
}

proptest! {
    /// Once it may have reached an agent, nothing ever writes it again: uncertain stays uncertain, unless the agent
    /// says that it has read it.
    #[test]
    fn nothing_is_written_again_that_may_have_arrived(inputs in delivery_inputs()) {
        let mut may_have_arrived = false;
        for stride in walk::<Delivery>(inputs) {
            prop_assert!(!(may_have_arrived && writes(&stride)), "{stride:?}");
            may_have_arrived |= arrives(&stride);
        }
    }

    #[test]
    fn an_end_is_final(inputs in delivery_inputs()) {
        for stride in walk::<Delivery>(inputs) {
            let (Some(before), Some(after)) = (&stride.before, &stride.after) else { continue };
            let read = before.word() == "uncertain" && after.word() == "observed";
            // What only a hook has told, and the agent's record does not have.
            let doubted = after.word() == "uncertain"
                && matches!(before.phase, DeliveryPhase::Observed { source: Source::Hook, .. });
            prop_assert!(before.is_live() || before.phase == after.phase || read || doubted, "{stride:?}");
            prop_assert!(before.is_live() || !after.is_live(), "{stride:?}");
        }
    }

    /// What is said of an attempt that does not have it moves nothing; waiting for an agent, all attempts are equal.
    #[test]
    fn what_another_attempt_says_moves_nothing(inputs in delivery_inputs()) {
        for stride in walk::<Delivery>(inputs) {
            let Some(before) = &stride.before else { continue };
            let has = match &before.phase {
                DeliveryPhase::Injecting { attempt, .. }
                | DeliveryPhase::Injected { attempt }
                | DeliveryPhase::Observed { attempt, .. }
                | DeliveryPhase::Uncertain { attempt, .. } => *attempt,
                DeliveryPhase::Accepted | DeliveryPhase::Queued { .. } | DeliveryPhase::Failed { .. } => continue,
            };
            let said_of = match &stride.input {
                DeliveryInput::Assigned { attempt }
                | DeliveryInput::Carried { attempt }
                | DeliveryInput::Injection { attempt, .. }
                | DeliveryInput::Read { attempt, .. }
                | DeliveryInput::Unconfirmed { attempt }
                | DeliveryInput::Unrecorded { attempt }
                | DeliveryInput::SessionEnded { attempt, .. } => *attempt,
                _ => continue,
            };
            if said_of != has {
                prop_assert!(stride.step.events.is_empty(), "{stride:?}");
            }
        }
    }

    #[test]
    fn a_repeated_input_changes_nothing(inputs in delivery_inputs()) {
        for (second, stride) in walk::<Delivery>(inputs).iter().enumerate() {
            // A second refusal is a second outcome: of the other form, which was asked for by the first.
            let asks_again = matches!(
                stride.input,
                DeliveryInput::Injection { injection: Injection::NeedsOneLine, .. }
            );
            if !asks_again {
                let (step, after) = repeated(stride, second);
                prop_assert!(step.events.is_empty(), "{stride:?} again: {step:?}");
                prop_assert_eq!(after, stride.after.clone());
            }
        }
    }

    /// Whoever gives it the line hears what became of it, so that no line is held for ever: from the injection, or at
    /// once when there is nothing to be written any more.
    #[test]
    fn the_line_is_always_given_back(inputs in delivery_inputs()) {
        for stride in walk::<Delivery>(inputs) {
            let DeliveryInput::Assigned { attempt } = stride.input else { continue };
            let Some(before) = &stride.before else { continue };
            let held = matches!(&before.phase, DeliveryPhase::Injecting { attempt: on, .. } if *on == attempt);
            let released = stride.step.effects.iter().any(|effect| match effect {
                Effect::Tell(message) => matches!(
                    &**message,
                    Message::Attempt { id, input: AttemptInput::Released { .. } } if *id == attempt
                ),
                _ => false,
            });
            prop_assert!(held || writes(&stride) || released, "{stride:?}");
        }
    }
}

#[test]
fn a_key_names_one_message_for_each_workspace() {
    let ids: BTreeSet<DeliveryId> = (0..100)
        .flat_map(|key| {
            (0..100)
                .map(move |workspace| (RequestId::from_bits(key << 64), WorkspaceId::from_bits(workspace)))
        })
        .map(|(key, workspace)| id_by_key(key, workspace))
        .collect();
    assert_eq!(ids.len(), 100 * 100);
    let (key, workspace) = (RequestId::from_bits(7 << 80), WorkspaceId::from_bits(9));
    assert_eq!(id_by_key(key, workspace), id_by_key(key, workspace));
    // The time in front, and what says of which kind the bits are, stay.
    assert_eq!(id_by_key(key, workspace).bits() >> 62, key.bits() >> 62);
}
