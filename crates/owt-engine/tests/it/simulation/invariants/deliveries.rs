//! Messages: none lost, none given twice, and each recorded as what became of it.

use std::collections::BTreeMap;

use owt_agents::ConversationId;
use owt_core::AttemptId;
use owt_core::delivery::Delivery;
use owt_core::delivery::DeliveryPhase;
use owt_core::evidence::Activity;
use owt_testkit::simulation::Actor;

use super::leases::waits_for_another;
use crate::simulation::run::Run;

/// The attempts whose agent has got this message, once for each time.
pub(in crate::simulation) fn given_to(run: &Run, delivery: &Delivery) -> Vec<AttemptId> {
    let is_marker = |word: &&str| word.starts_with("msg-") || word.starts_with("note-");
    // Every message of the simulation is marked but those with which agents go on by themselves: these are known by name.
    let marker = delivery.spec.preview.split_whitespace().find(is_marker);
    let name = ConversationId::from_bits(delivery.id.bits());
    let file = delivery.spec.text.as_str();
    let preview = delivery.spec.preview.clone();
    let mut given = Vec::new();
    if was_handed_on(run, delivery) {
        return given;
    }
    // A note goes to several workspaces, a message of its own to each.
    let here = run.ledger.attempts.iter().filter(|(_, it)| it.spec.workspace == delivery.spec.workspace);
    for (attempt, _) in here {
        let Some(actor) = run.world.stage.actor(*attempt) else { continue };
        let carried = usize::from(actor.carried == Some(delivery.id));
        let has = |words: &str, text: &str| words.contains(text) || words.contains(file);
        let heard = actor.heard.iter().filter(|it| match (marker, &it.id) {
            (Some(marker), _) => has(&it.words, marker),
            (None, Some(id)) => *id == name.as_str(),
            // A terminal has no names for messages.
            (None, None) => has(&it.words, &preview),
        });
        given.extend(std::iter::repeat_n(*attempt, carried + heard.count()));
    }
    given
}

/// Whether a message whose session was over before the agent could take it went to the next session, under another id.
fn was_handed_on(run: &Run, delivery: &Delivery) -> bool {
    let is_next = |it: &Delivery| it.spec.text == delivery.spec.text && !it.outlived_its_session();
    delivery.outlived_its_session() && run.ledger.deliveries.values().any(is_next)
}

/// No agent gets a message twice, and no two agents get the same.
pub(super) fn none_is_given_twice(run: &Run) {
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    let actors: Vec<Actor> =
        run.ledger.attempts.keys().filter_map(|attempt| run.world.stage.actor(*attempt)).collect();
    let words = actors.iter().flat_map(|actor| &actor.heard).flat_map(|heard| heard.words.split_whitespace());
    for word in words.filter(|word| word.starts_with("msg-")) {
        *times.entry(word.to_owned()).or_default() += 1;
    }
    for (marker, times) in times {
        assert_eq!(times, 1, "{marker} was given {times} times");
    }
}

/// Each message is recorded as what became of it.
pub(super) fn none_is_lost(run: &Run) {
    for delivery in run.ledger.deliveries.values() {
        let given = given_to(run, delivery);
        assert!(given.len() < 2, "{} was given to {given:?}", delivery.id);
        let known = match (&delivery.phase, given.first()) {
            (DeliveryPhase::Observed { attempt, .. } | DeliveryPhase::Injected { attempt }, Some(to)) => {
                attempt == to
            }
            (DeliveryPhase::Uncertain { .. }, _) | (DeliveryPhase::Failed { .. }, None) => true,
            (DeliveryPhase::Accepted | DeliveryPhase::Queued { .. }, None) => must_wait(run, delivery),
            (DeliveryPhase::Failed { .. }, Some(to)) => was_given_again(run, delivery, *to),
            _ => false,
        };
        assert!(known, "{} is {:?}, and was given to {given:?}", delivery.id, delivery.phase);
    }
}

/// Whether a message that no session took went to this attempt as another message with the same words, each of which is of
/// one message only.
pub(in crate::simulation) fn was_given_again(run: &Run, delivery: &Delivery, to: AttemptId) -> bool {
    let is_the_other = |other: &Delivery| {
        let phase = &other.phase;
        let (DeliveryPhase::Injected { attempt }
        | DeliveryPhase::Observed { attempt, .. }
        | DeliveryPhase::Uncertain { attempt, .. }) = phase
        else {
            return false;
        };
        *attempt == to && other.id != delivery.id && other.spec.preview == delivery.spec.preview
    };
    run.ledger.deliveries.values().any(is_the_other)
}

/// Whether there is a session that cannot take this message now, and will later.
pub(in crate::simulation) fn must_wait(run: &Run, delivery: &Delivery) -> bool {
    let job = run.ledger.workspaces.get(&delivery.spec.workspace).map(|workspace| workspace.spec.job);
    let job = job.and_then(|job| run.ledger.jobs.get(&job));
    let here = |attempt: &&owt_core::attempt::Attempt| attempt.spec.workspace == delivery.spec.workspace;
    match run.ledger.running().find(here) {
        Some(attempt) => attempt.doing.activity != Activity::Idle,
        None => job.is_some_and(|job| waits_for_another(run, job)),
    }
}
