//! An attempt under any sequence of inputs, and what its end is called.

use std::collections::BTreeSet;

use owt_core::Timestamp;
use owt_core::agent_failure::AgentFailureKind;
use owt_core::attempt::Attempt;
use owt_core::attempt::AttemptEvent;
use owt_core::attempt::AttemptInput;
use owt_core::attempt::AttemptPhase;
use owt_core::attempt::AttemptSpec;
use owt_core::attempt::Committer;
use owt_core::attempt::DRAWING;
use owt_core::attempt::HOLD;
use owt_core::attempt::Launched;
use owt_core::attempt::Line;
use owt_core::attempt::Verdict;
use owt_core::delivery::Meaning;
use owt_core::effect::Effect;
use owt_core::effect::Message;
use owt_core::evidence::Activity;
use owt_core::evidence::Evidence;
use owt_core::evidence::FinalWord;
use owt_core::evidence::Observation;
use owt_core::evidence::Source;
use owt_core::job::JobInput;
use owt_core::machine::Machine;
use owt_core::session::Allowance;
use owt_core::session::EndReason;
use owt_core::session::Exit;
use owt_core::session::SessionKind;
use proptest::prelude::*;

use crate::inputs::ATTEMPT;
use crate::inputs::JOB;
use crate::inputs::WORKSPACE;
use crate::inputs::attempt_inputs;
use crate::walk::fold;
use crate::walk::moment;
use crate::walk::repeated;
use crate::walk::walk;

proptest! {
    #[test]
    fn it_ends_once_and_stays_ended(inputs in attempt_inputs()) {
        let mut ends = 0;
        for stride in walk::<Attempt>(inputs) {
            ends += stride.step.events.iter().filter(|event| matches!(event, AttemptEvent::Ended { .. })).count();
            if let (Some(before), Some(after)) = (&stride.before, &stride.after) {
                prop_assert!(before.is_live() || before.phase == after.phase, "{stride:?}");
            }
        }
        prop_assert!(ends <= 1);
    }

    #[test]
    fn its_session_is_started_once(inputs in attempt_inputs()) {
        let walked = walk::<Attempt>(inputs);
        let launches = walked.iter().flat_map(|stride| &stride.step.effects);
        prop_assert!(launches.filter(|effect| **effect == Effect::LaunchSession).count() <= 1);
    }

    /// Its job hears of its end once: at the end, or when the last commit of what it left is settled.
    #[test]
    fn its_job_hears_of_its_end_when_nothing_is_left_to_commit(inputs in attempt_inputs()) {
        let mut told = 0;
        let mut asked: u32 = 0;
        for stride in walk::<Attempt>(inputs) {
            let stray = matches!(stride.input, AttemptInput::Committed { .. }) && asked == 0;
            if stray {
                // No effect has this outcome.
                return Ok(());
            }
            asked -= u32::from(matches!(stride.input, AttemptInput::Committed { .. }));
            let commits = stride.step.effects.iter().filter(|effect| **effect == Effect::CommitForAgent);
            asked += u32::try_from(commits.count()).expect("a handful");
            let tells = stride.step.effects.iter().filter(|effect| is_the_end(effect)).count();
            told += tells;
            prop_assert!(tells == 0 || asked == 0, "told before it was committed: {stride:?}");
            let ended = stride.after.as_ref().is_some_and(|attempt| !attempt.is_live());
            prop_assert_eq!(told, usize::from(ended && asked == 0));
        }
    }

    /// The line is given only while nothing is on it, and only to an agent that takes messages, or is started with one.
    #[test]
    fn at_most_one_message_is_on_the_line(inputs in attempt_inputs()) {
        for stride in walk::<Attempt>(inputs) {
            let given = stride.step.events.iter().any(|event| matches!(event, AttemptEvent::LineGiven { .. }));
            if given {
                let before = stride.before.as_ref().expect("an attempt that has begun");
                prop_assert!(matches!(before.line, Line::Free | Line::Refused), "{stride:?}");
                if matches!(stride.input, AttemptInput::Carrying { .. }) {
                    prop_assert_eq!(&before.phase, &AttemptPhase::Launching);
                    continue;
                }
                prop_assert!(before.takes_messages(), "{stride:?}");
                prop_assert!(before.spec.session != SessionKind::Headless && before.stopping.is_none());
            }
        }
    }

    /// A message that is just being written keeps the line, whatever is seen of the agent meanwhile.
    #[test]
    fn only_its_own_outcome_takes_the_line_from_a_message_that_is_being_written(
        inputs in attempt_inputs()
    ) {
        for stride in walk::<Attempt>(inputs) {
            let (Some(before), AttemptInput::Seen { .. }) = (&stride.before, &stride.input) else { continue };
            if let Line::Given { delivery: given, .. } = before.line {
                let after = stride.after.as_ref().expect("it does not vanish");
                let has_it = matches!(after.line, Line::Given { delivery, .. } if delivery == given);
                prop_assert!(has_it, "{:?}", after.line);
            }
        }
    }

    /// A place of the event stream counts once: reading the stream again says nothing new.
    #[test]
    fn no_place_of_the_stream_counts_twice(inputs in attempt_inputs()) {
        let mut counted: BTreeSet<u64> = BTreeSet::new();
        for stride in walk::<Attempt>(inputs) {
            for event in &stride.step.events {
                if let AttemptEvent::Seen { evidence: Evidence { place: Some(place), .. } } = event {
                    prop_assert!(counted.insert(*place), "{stride:?}");
                    prop_assert!(counted.last() == Some(place), "out of order: {stride:?}");
                }
            }
        }
    }

    /// Fresh weak evidence beats stale strong evidence: whatever was heard before, a screen that has looked at rest for
    /// long enough is believed in the end, unless a question is open or a message is being written.
    #[test]
    fn a_screen_at_rest_is_believed_in_the_end(inputs in attempt_inputs()) {
        for stride in walk::<Attempt>(inputs) {
            let Some(attempt) = stride.after else { continue };
            let free = attempt.asks.is_empty() && !matches!(attempt.line, Line::Given { .. });
            let running = matches!(attempt.phase, AttemptPhase::Running { .. });
            if !(running && free && attempt.spec.session.is_terminal()) || attempt.is_at_rest() {
                continue;
            }
            let later = Timestamp::from_millis(600_000);
            let idle = Observation::Doing { activity: Activity::Idle };
            let held_ms = u64::try_from(HOLD.as_millis()).expect("two seconds");
            let held = Evidence { held_ms, ..Evidence::now(idle, Source::Screen, later) };
            prop_assert_eq!(attempt.weigh(&held, later), Ok(()), "{:?}", attempt);
            let step = Attempt::step(Some(&attempt), &AttemptInput::Seen { evidence: held }, later);
            let after = fold(Some(&attempt), &step, later).expect("it does not vanish");
            prop_assert_eq!((after.is_at_rest(), after.doing.source), (true, Source::Screen));
        }
    }

    /// No screen at rest ends the turn on a message that was read before any has shown work on it, unless it has had the time
    /// to be drawn: where hooks come, they tell.
    #[test]
    fn a_message_that_was_read_is_not_done_before_work_on_it_is_seen(inputs in attempt_inputs()) {
        let mut shown = false;
        for (second, stride) in walk::<Attempt>(inputs).iter().enumerate() {
            let (Some(before), Some(after)) = (&stride.before, &stride.after) else { continue };
            for event in &stride.step.events {
                match event {
                    AttemptEvent::LineTaken { .. } | AttemptEvent::Launched { .. } => shown = false,
                    AttemptEvent::Seen { evidence } => shown |= is_work(&evidence.observation),
                    _ => {}
                }
            }
            let ends = !before.is_at_rest() && after.is_at_rest() && after.doing.source == Source::Screen;
            if let (true, false, Line::Taken { read: Some(read), .. }) = (ends, before.hears_hooks(), &before.line) {
                let is_late = after.doing.since >= read.plus(DRAWING) || *read > moment(second);
                prop_assert!(shown || is_late, "{stride:?}");
            }
        }
    }

    /// An attempt that is over is judged the same for ever, whatever is still told of it.
    #[test]
    fn late_evidence_of_an_attempt_that_is_over_changes_no_status(inputs in attempt_inputs()) {
        for stride in walk::<Attempt>(inputs) {
            let (Some(before), Some(after)) = (&stride.before, &stride.after) else { continue };
            let told = matches!(stride.input, AttemptInput::Seen { .. } | AttemptInput::Reported { .. });
            if told && !before.is_live() {
                prop_assert_eq!((&before.phase, &before.doing), (&after.phase, &after.doing));
            }
        }
    }

    /// Everything but what a hook or a screen says without a place (and a second commit, which is another one).
    #[test]
    fn a_repeated_input_changes_nothing(inputs in attempt_inputs()) {
        for (second, stride) in walk::<Attempt>(inputs).iter().enumerate() {
            let once_more = match &stride.input {
                AttemptInput::Seen { evidence } => evidence.place.is_some(),
                AttemptInput::Committed { .. } => false,
                _ => true,
            };
            if once_more {
                let (step, after) = repeated(stride, second);
                prop_assert!(step.events.is_empty(), "{stride:?} again: {step:?}");
                prop_assert_eq!(after, stride.after.clone());
            }
        }
    }

    /// A headless program has one prompt and no line: nobody offers it another message.
    #[test]
    fn a_headless_program_is_offered_nothing(inputs in attempt_inputs()) {
        for stride in walk::<Attempt>(inputs) {
            let headless = stride.after.as_ref().is_some_and(|it| it.spec.session == SessionKind::Headless);
            let given = matches!(stride.input, AttemptInput::Released { .. });
            let offers = stride.step.effects.iter().any(|effect| matches!(effect, Effect::OfferLine { .. }));
            prop_assert!(!headless || given || !offers, "{stride:?}");
        }
    }
}

/// Whether this shows an agent at work.
fn is_work(observation: &Observation) -> bool {
    match observation {
        Observation::Asks { .. } | Observation::AskSettled { .. } => true,
        Observation::Doing { activity } => {
            matches!(activity, Activity::Working | Activity::WaitingPermission | Activity::WaitingInput)
        }
        _ => false,
    }
}

fn is_the_end(effect: &Effect) -> bool {
    let Effect::Tell(message) = effect else { return false };
    matches!(&**message, Message::Job { input: JobInput::AttemptEnded { .. }, .. })
}

/// What makes a program run.
pub(crate) fn launched(session: SessionKind) -> [AttemptInput; 2] {
    let spec = AttemptSpec {
        job: JOB,
        workspace: WORKSPACE,
        number: 1,
        token: 1,
        session,
        delivery: None,
        committer: Committer::Agent,
        resumes: None,
        home: None,
        allowance: Allowance::default(),
    };
    let launched = Launched { host_pid: 7, at: moment(1), carried: None };
    [AttemptInput::Begin { id: ATTEMPT, spec }, AttemptInput::Launched { result: Ok(launched) }]
}

/// An attempt whose program runs, with a last word or none, doing this.
fn running(session: SessionKind, word: Option<bool>, activity: Activity) -> Attempt {
    let word = word.map(|failed| FinalWord { failed, text: "its own words".to_owned(), kind: None });
    let seen = |place, observation| AttemptInput::Seen {
        evidence: Evidence {
            observation,
            source: Source::Protocol,
            at: moment(2),
            place: Some(place),
            held_ms: 0,
            reading: None,
            about: None,
        },
    };
    let inputs = [seen(1, Observation::TurnEnded { word }), seen(2, Observation::Doing { activity })];
    let after = |state: Option<Attempt>, input: &AttemptInput| {
        let step = Attempt::step(state.as_ref(), input, moment(3));
        fold(state.as_ref(), &step, moment(3))
    };
    launched(session).iter().chain(&inputs).fold(None, after).expect("it began")
}

fn verdict_of(attempt: &Attempt, exit: Exit) -> Verdict {
    let input = AttemptInput::Ended { exit, at: Timestamp::EPOCH };
    let step = Attempt::step(Some(attempt), &input, moment(9));
    match fold(Some(attempt), &step, moment(9)).expect("it does not vanish").phase {
        AttemptPhase::Ended { verdict, .. } => verdict,
        phase => panic!("it is {phase:?}"),
    }
}

/// Exit, our own doing and the agent's word are three facts; this is what they come to together.
#[test]
fn verdicts_are_taken_from_exit_and_last_word() {
    let failed = |message: &str| Verdict::Failed { message: message.to_owned() };
    let code = |code| Exit::Code { code };
    let signal = Exit::Signal { signal: 9 };
    let table: [(Exit, Option<bool>, Activity, Verdict); 15] = [
        (code(0), Some(false), Activity::Working, Verdict::Succeeded),
        (code(0), Some(false), Activity::Idle, Verdict::Succeeded),
        (code(0), Some(true), Activity::Working, failed("its own words")),
        (code(0), None, Activity::Working, Verdict::Exited),
        (code(3), Some(false), Activity::Working, failed("exit code 3")),
        (code(3), Some(true), Activity::Working, failed("its own words")),
        (code(3), None, Activity::Working, failed("exit code 3")),
        (signal, Some(false), Activity::Idle, failed("ended by signal 9")),
        (signal, None, Activity::Working, failed("ended by signal 9")),
        (Exit::Ended { reason: EndReason::Requested }, Some(false), Activity::Idle, Verdict::Succeeded),
        (Exit::Ended { reason: EndReason::Requested }, Some(false), Activity::Working, Verdict::Stopped),
        (Exit::Ended { reason: EndReason::Requested }, Some(true), Activity::Idle, Verdict::Stopped),
        (Exit::Ended { reason: EndReason::Requested }, None, Activity::Idle, Verdict::Stopped),
        (
            Exit::Ended { reason: EndReason::WallLimit },
            Some(false),
            Activity::Idle,
            Verdict::TimedOut { reason: EndReason::WallLimit },
        ),
        (
            Exit::Ended { reason: EndReason::LogFull },
            None,
            Activity::Working,
            Verdict::TimedOut { reason: EndReason::LogFull },
        ),
    ];
    for (exit, word, activity, expected) in table {
        let attempt = running(SessionKind::Structured, word, activity.clone());
        assert_eq!(verdict_of(&attempt, exit), expected, "{exit:?} with {word:?}, {activity:?}");
    }
    let never =
        verdict_of(&running(SessionKind::Headless, None, Activity::Working), Exit::NotStarted { errno: 2 });
    assert!(matches!(never, Verdict::NotStarted { .. }), "{never:?}");
}

/// The kind of a failure follows from exit, signal and fields, whatever the words are.
#[test]
fn a_failure_has_the_kind_that_exit_and_fields_say() {
    use AgentFailureKind::Crash;
    use AgentFailureKind::Killed;
    use AgentFailureKind::NothingDone;
    use AgentFailureKind::Overload;
    use AgentFailureKind::TimedOut;
    use AgentFailureKind::Unknown;
    let limit = AgentFailureKind::RateLimit { resets_at: Some(moment(99)) };
    let words = || "rate limit, 401, killed by signal 9".to_owned();
    let bad = |kind| Some(FinalWord::bad(words(), kind));
    let idle_nothing = Some(FinalWord { kind: Some(NothingDone), ..FinalWord::good(String::new()) });
    let (code, signal) = (|code| Exit::Code { code }, |signal| Exit::Signal { signal });
    let ended = |reason| Exit::Ended { reason };
    let table: [(Exit, Option<FinalWord>, Option<AgentFailureKind>); 19] = [
        (code(0), Some(FinalWord::good(words())), None),
        (code(0), None, None),
        (code(0), bad(limit), Some(limit)),
        (code(1), bad(limit), Some(limit)),
        (code(1), bad(Overload), Some(Overload)),
        (code(1), bad(Unknown), Some(Unknown)),
        (code(1), Some(FinalWord { failed: true, text: words(), kind: None }), Some(Unknown)),
        (code(1), None, Some(Crash)),
        (code(3), Some(FinalWord::good(words())), Some(Crash)),
        (code(143), None, Some(Killed)),
        (code(139), None, Some(Crash)),
        (signal(9), None, Some(Killed)),
        (signal(9), bad(limit), Some(Killed)),
        (signal(11), bad(limit), Some(Crash)),
        (ended(EndReason::Requested), bad(limit), None),
        (ended(EndReason::WallLimit), bad(limit), Some(TimedOut)),
        (ended(EndReason::IdleLimit), None, Some(TimedOut)),
        (ended(EndReason::LogFull), None, Some(Killed)),
        (code(0), idle_nothing, Some(NothingDone)),
    ];
    for (exit, word, kind) in table {
        let observation = Observation::TurnEnded { word: word.clone() };
        let evidence = Evidence {
            observation,
            source: Source::Protocol,
            at: moment(2),
            place: Some(8),
            held_ms: 0,
            reading: None,
            about: None,
        };
        let ended = AttemptInput::Ended { exit, at: moment(3) };
        let after = |state: Option<Attempt>, input: &AttemptInput| {
            let step = Attempt::step(state.as_ref(), input, moment(3));
            fold(state.as_ref(), &step, moment(3))
        };
        let [begin, launch] = launched(SessionKind::Headless);
        let inputs = [begin, launch, AttemptInput::Seen { evidence }, ended];
        let attempt = inputs.iter().fold(None, after).expect("it began");
        assert_eq!(attempt.failure().map(|failure| failure.kind), kind, "{exit:?} with {word:?}");
    }
    let lost = fold_one(&running(SessionKind::Tmux, None, Activity::Working), &AttemptInput::Lost);
    assert_eq!(lost.failure().map(|failure| failure.kind), Some(Killed));
}

fn fold_one(attempt: &Attempt, input: &AttemptInput) -> Attempt {
    fold(Some(attempt), &Attempt::step(Some(attempt), input, moment(9)), moment(9))
        .expect("it does not vanish")
}

/// A hook may tell of a headless turn's end after the stream has: what the stream said of the failure stays.
#[test]
fn a_hook_does_not_take_away_what_the_stream_said_of_a_failure() {
    let limit = AgentFailureKind::RateLimit { resets_at: Some(moment(99)) };
    let seen = |kind, source, place| AttemptInput::Seen {
        evidence: Evidence {
            observation: Observation::TurnEnded { word: Some(FinalWord::bad("no".to_owned(), kind)) },
            source,
            at: moment(2),
            place,
            held_ms: 0,
            reading: None,
            about: None,
        },
    };
    let stream = seen(limit, Source::Protocol, Some(8));
    let hook = seen(AgentFailureKind::Unknown, Source::Hook, None);
    for inputs in [[&stream, &hook], [&hook, &stream]] {
        let attempt = inputs
            .into_iter()
            .fold(running(SessionKind::Headless, None, Activity::Working), |attempt, input| {
                fold_one(&attempt, input)
            });
        let ended = fold_one(&attempt, &AttemptInput::Ended { exit: Exit::Code { code: 1 }, at: moment(9) });
        assert_eq!(ended.failure().map(|failure| failure.kind), Some(limit));
    }
}

/// A report that waited in the spool while the next message was put before the agent says nothing of its turn.
#[test]
fn a_late_report_does_not_end_the_next_turn() {
    let attempt = running(SessionKind::Tmux, None, Activity::Idle);
    let delivery = crate::inputs::DELIVERY;
    let after = |state: Attempt, input: &AttemptInput, now| {
        fold(Some(&state), &Attempt::step(Some(&state), input, now), now).expect("it does not vanish")
    };
    let given = after(attempt, &AttemptInput::Assign { delivery, meaning: Meaning::Words }, moment(10));
    let taken = after(given, &AttemptInput::Delivered { delivery }, moment(11));
    let ended = |at| AttemptInput::Seen {
        evidence: Evidence {
            observation: Observation::TurnEnded { word: None },
            source: Source::Hook,
            at,
            place: None,
            held_ms: 0,
            reading: None,
            about: None,
        },
    };
    let late = after(taken.clone(), &ended(moment(9)), moment(12));
    assert_eq!((&late.line, &late.doing.activity), (&taken.line, &Activity::Working));
    let own = after(taken, &ended(moment(12)), moment(12));
    assert_eq!((own.line, own.doing.activity), (Line::Free, Activity::Idle));
}
