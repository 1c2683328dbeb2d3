//! A job under any sequence of inputs.

use std::collections::BTreeSet;

use owt_core::attempt::AttemptInput;
use owt_core::effect::Effect;
use owt_core::effect::Message;
use owt_core::job::Beforehand;
use owt_core::job::Job;
use owt_core::job::JobEvent;
use owt_core::job::JobInput;
use owt_core::job::JobOutcome;
use owt_core::job::JobPhase;
use owt_core::machine::Machine;
use owt_core::retry::MAX_WAITS;
use proptest::prelude::*;

use crate::inputs::job_inputs;
use crate::walk::repeated;
use crate::walk::walk;

proptest! {
    #[test]
    fn a_finished_job_changes_only_when_it_is_to_be_taken_up_where_it_ended(inputs in job_inputs()) {
        let (mut ends, mut resumed) = (0, 0);
        for stride in walk::<Job>(inputs) {
            ends += stride.step.events.iter().filter(|event| matches!(event, JobEvent::Ended { .. })).count();
            resumed +=
                stride.step.events.iter().filter(|event| matches!(event, JobEvent::Resumed { .. })).count();
            if let Some(ended) = stride.before.as_ref().filter(|job| !job.is_live()) {
                let (changes, begins) = match &stride.input {
                    JobInput::Resume { resumption } => {
                        let was_called_off = ended.outcome() == Some(&JobOutcome::Cancelled);
                        let was_begun = !ended.attempts.is_empty() || ended.resumption.is_some();
                        let wished = resumption.after == ended.newest_attempt() && (was_called_off || was_begun);
                        (wished, wished)
                    }
                    JobInput::Claimed { token, .. } => (*token > ended.token, false),
                    _ => (false, false),
                };
                prop_assert_eq!(stride.step.is_nothing(), !changes, "{:?}", stride);
                prop_assert_eq!(stride.after.as_ref().is_some_and(Job::is_live), begins, "{:?}", stride);
            }
        }
        prop_assert!(ends <= 1 + resumed);
    }

    /// Tokens only grow; a claim with an older one, and the word of an attempt that is not the present one, change
    /// nothing.
    #[test]
    fn stale_tokens_change_nothing(inputs in job_inputs()) {
        for stride in walk::<Job>(inputs) {
            let Some(before) = &stride.before else { continue };
            let stale = match &stride.input {
                JobInput::Claimed { token, .. } => *token <= before.token,
                JobInput::AttemptEnded { attempt, token, .. } => {
                    !matches!(&before.phase, JobPhase::Running { attempt: on, token: fence }
                        if on == attempt && fence == token)
                }
                _ => false,
            };
            prop_assert!(!stale || stride.step.is_nothing(), "{stride:?}");
            let after = stride.after.as_ref().expect("it does not vanish");
            prop_assert!(after.token >= before.token);
        }
    }

    /// One attempt at a time, and only one that was claimed.
    #[test]
    fn an_attempt_begins_only_when_none_is_at_it(inputs in job_inputs()) {
        for stride in walk::<Job>(inputs) {
            let begins = stride.step.effects.iter().any(|effect| match effect {
                Effect::Tell(message) => {
                    matches!(&**message, Message::Attempt { input: AttemptInput::Begin { .. }, .. })
                }
                _ => false,
            });
            let may_begin = stride.before.as_ref().is_some_and(|job| match &job.phase {
                JobPhase::Queued => true,
                JobPhase::Paused { pause } => {
                    job.resumption.as_ref().is_some_and(|it| it.after == Some(pause.after))
                }
                _ => false,
            });
            prop_assert!(!begins || may_begin, "{stride:?}");
        }
    }

    /// Each time that it is to begin it is enqueued once, when its workspace and all jobs before it are ready; and it begins
    /// only when they are.
    #[test]
    fn it_is_enqueued_once_and_not_before_its_time(inputs in job_inputs()) {
        let (mut wishes, mut met, mut is_ready) = (0, BTreeSet::new(), false);
        for stride in walk::<Job>(inputs) {
            for event in &stride.step.events {
                match event {
                    JobEvent::Created { .. } => wishes += 1,
                    JobEvent::Resumed { resumption } => {
                        wishes += 1;
                        met.clear();
                        is_ready = resumption.beforehand == Beforehand::Nothing;
                    }
                    JobEvent::DependencyMet { job } => drop(met.insert(*job)),
                    JobEvent::WorkspaceReady => is_ready = true,
                    _ => {}
                }
            }
            let after = stride.after.as_ref().expect("it does not vanish");
            if stride.step.effects.contains(&Effect::EnqueueJob) {
                wishes -= 1;
                prop_assert!(wishes >= 0 && after.phase == JobPhase::Queued, "{stride:?}");
            }
            if after.phase == JobPhase::Queued && after.attempts.is_empty() {
                let is_free = after.spec.order.depends_on.iter().all(|job| met.contains(job));
                prop_assert!(is_ready && is_free, "{stride:?}");
            }
        }
    }

    /// However it ends, nothing of it is left: the queue is settled and the messages for its agent are too.
    #[test]
    fn its_end_settles_what_waits_for_it(inputs in job_inputs()) {
        for stride in walk::<Job>(inputs) {
            if !stride.step.events.iter().any(|event| matches!(event, JobEvent::Ended { .. })) {
                continue;
            }
            let phase = stride.before.as_ref().map(|job| job.phase.clone());
            let effects = &stride.step.effects;
            prop_assert!(effects.contains(&Effect::TellDependents), "{stride:?}");
            let settles = effects.iter().any(|effect| matches!(effect, Effect::SettleJob { .. }));
            let releases = effects.iter().any(|effect| matches!(effect, Effect::ReleaseMessages { .. }));
            match phase {
                Some(JobPhase::Running { .. }) => prop_assert!(settles, "{stride:?}"),
                Some(JobPhase::Queued | JobPhase::Paused { .. }) => prop_assert!(settles && releases, "{stride:?}"),
                _ => prop_assert!(releases, "{stride:?}"),
            }
        }
    }

    /// It goes on by itself only without a terminal and with a policy, only where it is known with what, and only so
    /// often; each time its place in the queue is asked for once.
    #[test]
    fn it_goes_on_by_itself_within_its_bounds(inputs in job_inputs()) {
        let mut pauses = 0;
        for stride in walk::<Job>(inputs) {
            if stride.step.events.iter().any(|event| matches!(event, JobEvent::Resumed { .. })) {
                pauses = 0;
            }
            let pauses_now = stride.step.events.iter().any(|event| matches!(event, JobEvent::Paused { .. }));
            pauses += u32::from(pauses_now);
            let after = stride.after.as_ref().expect("it does not vanish");
            let policy = after.spec.terms.retry;
            prop_assert!(!pauses_now || (policy.attempts > 0 && !after.spec.session.is_terminal()), "{stride:?}");
            prop_assert!(pauses <= policy.attempts + MAX_WAITS, "{stride:?}");
            let place = stride.step.effects.iter().filter(|it| matches!(it, Effect::ReopenJob { .. })).count();
            prop_assert!(place <= 1, "{stride:?}");
            if let (JobPhase::Paused { pause }, JobInput::AttemptEnded { ending, .. }) = (&after.phase, &stride.input) {
                prop_assert!(!pauses_now || (ending.message_read && ending.conversation.is_some()), "{pause:?}");
            }
        }
    }

    #[test]
    fn a_repeated_input_changes_nothing(inputs in job_inputs()) {
        for (second, stride) in walk::<Job>(inputs).iter().enumerate() {
            let (step, _) = repeated(stride, second);
            prop_assert!(step.is_nothing(), "{stride:?} again: {step:?}");
        }
    }
}
