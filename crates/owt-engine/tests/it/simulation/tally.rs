//! What became of the messages of a run, in numbers. Counted from what agents heard and what the person was told, beside
//! the invariants, which end a run at the first thing that is wrong.

use owt_agents::delivery::is_same_text;
use owt_agents::delivery::said;
use owt_core::delivery::Delivery;
use owt_core::delivery::DeliveryPhase;
use owt_core::delivery::Sender;
use owt_ports::PrivateFiles;
use owt_testkit::delivery_count::DeliveryCount;
use owt_testkit::simulation::Heard;

use super::invariants::deliveries::given_to;
use super::invariants::deliveries::must_wait;
use super::invariants::deliveries::was_given_again;
use super::run::Run;

/// The counts of one run or several.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    runs: usize,
    crashes: usize,
    faults: usize,
    pub(super) deliveries: DeliveryCount,
}

impl Tally {
    /// A run that has come to rest.
    pub(super) fn of(run: &Run) -> Self {
        let mut deliveries = DeliveryCount::default();
        for delivery in run.ledger.deliveries.values() {
            let given = really_given(run, delivery);
            match &delivery.phase {
                DeliveryPhase::Accepted | DeliveryPhase::Queued { .. } if must_wait(run, delivery) => {
                    deliveries.add("waiting", given);
                }
                DeliveryPhase::Accepted | DeliveryPhase::Queued { .. } | DeliveryPhase::Injecting { .. } => {
                    deliveries.add_lost();
                }
                DeliveryPhase::Injected { .. }
                | DeliveryPhase::Observed { .. }
                | DeliveryPhase::Uncertain { .. }
                | DeliveryPhase::Failed { .. } => deliveries.add(delivery.word(), given),
            }
        }
        let forgotten = run.accepted.iter().filter(|id| !run.ledger.deliveries.contains_key(id));
        forgotten.for_each(|_| deliveries.add_lost());
        let actors = run.ledger.attempts.keys().filter_map(|attempt| run.world.stage.actor(*attempt));
        let heard: Vec<Heard> = actors.flat_map(|actor| actor.heard).collect();
        let garbled = heard.iter().filter(|heard| !was_sent(run, heard));
        garbled.for_each(|_| deliveries.add_garbled());
        Self { runs: 1, crashes: run.crashes, faults: run.faults, deliveries }
    }

    /// Takes in what other runs came to.
    pub(super) fn absorb(&mut self, other: &Self) {
        self.runs += other.runs;
        self.crashes += other.crashes;
        self.faults += other.faults;
        self.deliveries.absorb(&other.deliveries);
    }

    /// One line of the table of deliveries.
    pub(super) fn line(&self) -> String {
        let Self { runs, crashes, faults, deliveries } = self;
        let what =
            format!("simulated: {runs} runs, the server killed {crashes} times, {faults} other faults");
        deliveries.line(&what)
    }
}

/// How often a message reached an agent; what reached one as another message with the same words is not of this one.
fn really_given(run: &Run, delivery: &Delivery) -> usize {
    let given = given_to(run, delivery);
    let is_of_another = |to: &&owt_core::AttemptId| {
        matches!(delivery.phase, DeliveryPhase::Failed { .. }) && was_given_again(run, delivery, **to)
    };
    given.len() - given.iter().filter(is_of_another).count()
}

/// Whether what an agent heard is some message, whole and with nothing else but the line that says that it is one.
fn was_sent(run: &Run, heard: &Heard) -> bool {
    // What came on standard input is the file that the message's own text was written to.
    heard.words.is_empty()
        || run.ledger.deliveries.values().any(|delivery| is_it(run, delivery, &heard.words))
}

fn is_it(run: &Run, delivery: &Delivery, words: &str) -> bool {
    let path = &delivery.spec.text;
    let Ok(Some(bytes)) = run.world.files_seen.read(path) else { return false };
    let text = String::from_utf8_lossy(&bytes);
    is_same_text(&text, said(words)) || names_the_file(delivery, words)
}

/// The one line that stands for a message whose lines the program cannot take, with the one whose words they are.
fn names_the_file(delivery: &Delivery, words: &str) -> bool {
    let by_the_person = delivery.spec.sender == Sender::Person;
    words.contains(delivery.spec.text.as_str())
        && !words.contains('\n')
        && words.contains("written by the person you work for") == by_the_person
}
