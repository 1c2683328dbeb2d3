//! A job under any sequence of inputs.

use owt_core::attempt::AttemptInput;
use owt_core::effect::Effect;
use owt_core::effect::Message;
use owt_core::job::Job;
use owt_core::job::JobEvent;
use owt_core::job::JobInput;
use owt_core::job::JobPhase;
use owt_core::machine::Machine;
use owt_core::retry::MAX_WAITS;
use proptest::prelude::*;

use crate::inputs::job_inputs;
use crate::walk::repeated;
use crate::walk::walk;

proptest! {
    #[test]
    fn a_finished_job_changes_only_when_its_newest_attempt_is_to_be_taken_up_again(inputs in job_inputs()) {
        let (mut ends, mut resumed) = (0, 0);
        for stride in walk::<Job>(inputs) {
            ends += stride.step.events.iter().filter(|event| matches!(event, JobEvent::Ended { .. })).count();
            resumed +=
                stride.step.events.iter().filter(|event| matches!(event, JobEvent::Resumed { .. })).count();
            if let Some(ended) = stride.before.as_ref().filter(|job| !job.is_live()) {
                let (changes, begins) = match &stride.input {
                    JobInput::Resume { resumption } => {
                        let wished = Some(resumption.after) == ended.newest_attempt();
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
                JobPhase::Paused { pause } => job.resumption.as_ref().is_some_and(|it| it.after == pause.after),
                _ => false,
            });
            prop_assert!(!begins || may_begin, "{stride:?}");
        }
    }

    /// It is enqueued once, when its workspace and all jobs before it are ready.
    #[test]
    fn it_is_enqueued_once_and_not_before_its_time(inputs in job_inputs()) {
        let walked = walk::<Job>(inputs);
        let enqueued: Vec<_> =
            walked.iter().filter(|stride| stride.step.effects.contains(&Effect::EnqueueJob)).collect();
        prop_assert!(enqueued.len() <= 1);
        for stride in enqueued {
            let after = stride.after.as_ref().expect("it does not vanish");
            prop_assert_eq!(&after.phase, &JobPhase::Queued);
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
