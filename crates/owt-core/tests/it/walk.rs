//! Walking a machine through inputs as the dispatcher does: step, then fold the step's events.

use std::fmt::Debug;

use owt_core::Timestamp;
use owt_core::machine::Machine;
use owt_core::machine::Step;

/// One step of a walk.
#[derive(Debug, Clone)]
pub(crate) struct Stride<M: Machine> {
    /// The state before.
    pub(crate) before: Option<M>,
    /// What came in.
    pub(crate) input: M::Input,
    /// What followed.
    pub(crate) step: Step<M::Event>,
    /// The state after.
    pub(crate) after: Option<M>,
}

/// Folds the events of a step.
pub(crate) fn fold<M: Machine + Clone>(
    before: Option<&M>,
    step: &Step<M::Event>,
    at: Timestamp,
) -> Option<M> {
    step.events.iter().fold(before.cloned(), |state, event| M::apply(state, event, at))
}

/// Takes in one input after the other, a second apart. Each is also taken in twice where `repeats` says that this
/// must change nothing: what follows from the repeat is the last part of the pair.
pub(crate) fn walk<M>(inputs: Vec<M::Input>) -> Vec<Stride<M>>
where
    M: Machine<Input: Clone + Debug, Event: Clone + Debug> + Clone + Debug,
{
    let mut state: Option<M> = None;
    let mut walked = Vec::new();
    for (second, input) in inputs.into_iter().enumerate() {
        let now = moment(second);
        let step = M::step(state.as_ref(), &input, now);
        let after = fold(state.as_ref(), &step, now);
        walked.push(Stride { before: state, input, step, after: after.clone() });
        state = after;
    }
    walked
}

/// What follows when the input of a stride comes once more.
pub(crate) fn repeated<M>(stride: &Stride<M>, second: usize) -> (Step<M::Event>, Option<M>)
where
    M: Machine + Clone,
{
    let now = moment(second);
    let step = M::step(stride.after.as_ref(), &stride.input, now);
    let after = fold(stride.after.as_ref(), &step, now);
    (step, after)
}

/// A point in time, by its second.
pub(crate) fn moment(second: usize) -> Timestamp {
    Timestamp::from_millis(1_000 * i64::try_from(second).unwrap_or(i64::MAX))
}
