//! Why a status is what it is: told by the very fold that makes it.

use owt_core::DeliveryId;
use owt_core::attempt::Account;
use owt_core::attempt::Attempt;
use owt_core::attempt::AttemptEvent;
use owt_core::attempt::AttemptInput;
use owt_core::attempt::AttemptPhase;
use owt_core::attempt::Piece;
use owt_core::attempt::Says;
use owt_core::evidence::Evidence;
use owt_core::evidence::Observation;
use owt_core::evidence::Overruled;
use owt_core::evidence::Source;
use owt_core::job::Job;
use owt_core::session::SessionKind;
use owt_core::status::Rule;
use owt_core::status::Status;
use owt_core::status::judge;
use owt_core::status::reason;
use owt_core::workspace::Workspace;
use proptest::prelude::*;

use crate::attempts::launched;
use crate::inputs::attempt_inputs;
use crate::inputs::job_inputs;
use crate::inputs::workspace_inputs;
use crate::walk::moment;
use crate::walk::walk;

proptest! {
    /// Whatever became of workspace, job and attempt: the rule that decided says what the status is, and no rule that
    /// it overrules is the same rule.
    #[test]
    fn the_conclusion_is_the_status(
        workspaces in workspace_inputs(),
        jobs in job_inputs(),
        attempts in attempt_inputs(),
        missing: bool,
    ) {
        let attempts: Vec<_> = walk::<Attempt>(attempts).into_iter().map(|stride| stride.after).collect();
        let jobs: Vec<_> = walk::<Job>(jobs).into_iter().map(|stride| stride.after).collect();
        for stride in walk::<Workspace>(workspaces) {
            let Some(mut workspace) = stride.after else { continue };
            workspace.missing |= missing;
            for attempt in attempts.iter().map(Option::as_ref).chain([None]) {
                for job in jobs.iter().map(Option::as_ref).chain([None]) {
                    let reasoning = reason(&workspace, job, attempt);
                    let decided = reasoning.decided();
                    prop_assert_eq!(&decided.judgement, &judge(&workspace, job, attempt));
                    prop_assert!(reasoning.overruled().all(|opinion| opinion.rule != decided.rule));
                }
            }
        }
    }

    /// The account ends where the state is, and the piece that it names is the one that the state rests on.
    #[test]
    fn the_deciding_piece_is_what_the_state_rests_on(inputs in attempt_inputs()) {
        let mut account = Account::new(1000);
        for (second, stride) in walk::<Attempt>(inputs).into_iter().enumerate() {
            for event in &stride.step.events {
                account.take(event, moment(second));
            }
            prop_assert_eq!(account.attempt(), stride.after.as_ref());
            let Some(attempt) = &stride.after else { continue };
            let deciding = account.deciding().map(|at| account.pieces().nth(at).expect("it is one of them").clone());
            match (&attempt.phase, deciding) {
                (AttemptPhase::Ended { at, .. }, deciding) => {
                    let is_the_end = |it: &Piece| it.at == *at && matches!(it.says, Says::Ended { .. });
                    prop_assert!(deciding.is_some_and(|it| is_the_end(&it)));
                }
                (_, Some(piece)) => {
                    prop_assert_eq!(piece.made.as_ref(), Some(&attempt.doing.activity));
                    prop_assert_eq!((piece.at, piece.source), (attempt.doing.since, attempt.doing.source));
                }
                (_, None) => prop_assert_eq!(Status::of(&attempt.doing.activity), Status::Starting),
            }
        }
    }

    /// What does not count changes nothing, and what counts does.
    #[test]
    fn the_weight_that_is_told_is_the_weight_that_holds(inputs in attempt_inputs()) {
        for (second, stride) in walk::<Attempt>(inputs).into_iter().enumerate() {
            let (Some(before), AttemptInput::Seen { evidence }) = (&stride.before, &stride.input) else { continue };
            if matches!(before.phase, AttemptPhase::Running { .. }) {
                prop_assert_eq!(before.weigh(evidence, moment(second)).is_ok(), !stride.step.is_nothing(), "{:?}", stride);
            }
        }
    }
}

#[test]
fn the_account_keeps_the_newest_and_counts_the_rest() {
    let turn_ended = |place| AttemptInput::Seen {
        evidence: Evidence {
            observation: Observation::TurnEnded { word: None },
            source: Source::Protocol,
            at: moment(5),
            place: Some(place),
            held_ms: 0,
            reading: None,
            about: None,
        },
    };
    let inputs = launched(SessionKind::Structured).into_iter().chain((1..=10).map(turn_ended)).collect();
    let mut account = Account::new(3);
    for (second, stride) in walk::<Attempt>(inputs).into_iter().enumerate() {
        stride.step.events.iter().for_each(|event| account.take(event, moment(second)));
    }
    assert_eq!((account.pieces().count(), account.left_out()), (3, 8));
}

/// A conversation that goes on by another model is no other conversation, and a message is read once, whoever tells of it.
#[test]
fn a_message_that_was_read_is_told_once_and_a_model_is_no_conversation() {
    let mut account = Account::new(100);
    let begun = walk::<Attempt>(launched(SessionKind::Structured).to_vec());
    for (second, stride) in begun.into_iter().enumerate() {
        stride.step.events.iter().for_each(|event| account.take(event, moment(second)));
    }
    let before = account.pieces().count();
    let mut take = |source, observation| {
        let evidence = Evidence::now(observation, source, moment(9));
        account.take(&AttemptEvent::Seen { evidence }, moment(9));
        let told = account.pieces().skip(before).map(|piece| (piece.source, piece.says.clone()));
        told.collect::<Vec<_>>()
    };
    let read = |bits| Observation::PromptRead { delivery: DeliveryId::from_bits(bits) };
    let told = |source, bits| (source, Says::Seen(read(bits)));
    assert_eq!(take(Source::Hook, read(1)), [told(Source::Hook, 1)]);
    assert_eq!(take(Source::Transcript, read(1)), [told(Source::Hook, 1)]);
    assert_eq!(take(Source::Hook, read(2)), [told(Source::Hook, 1), told(Source::Hook, 2)]);
    assert_eq!(take(Source::Protocol, read(1)), [told(Source::Hook, 2), told(Source::Protocol, 1)]);
    assert_eq!(take(Source::Hook, read(1)).len(), 2);
    let named = |model: Option<&str>| Observation::Conversation {
        id: "another".to_owned(),
        model: model.map(str::to_owned),
    };
    assert_eq!(take(Source::Hook, named(None))[2].1, Says::Seen(named(None)));
    assert_eq!(take(Source::Hook, named(Some("m1")))[3].1, Says::Model("m1".to_owned()));
}

#[test]
fn every_rule_and_reason_has_its_own_words() {
    let rules = [
        Rule::SessionStarts,
        Rule::NewestEvidence,
        Rule::SessionEnded,
        Rule::ChildrenWork,
        Rule::CommitDue,
        Rule::CommitFailed,
        Rule::NoJob,
        Rule::JobWaits,
        Rule::JobNeverStarted,
        Rule::JobEnded,
        Rule::Install,
        Rule::FolderGone,
        Rule::Preparing,
        Rule::NotMade,
        Rule::Removed,
        Rule::Restoring,
    ];
    let words: std::collections::BTreeSet<_> =
        rules.iter().flat_map(|it| [it.as_str(), it.in_words()]).collect();
    assert_eq!(words.len(), 2 * rules.len());
    assert!(Overruled::Outdated.to_string().starts_with(char::is_lowercase));
}
