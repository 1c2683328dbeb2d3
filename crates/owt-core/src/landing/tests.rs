//! Landings step by step, and that each has one end whatever happens when.

mod taking_back;

use proptest::prelude::*;

use super::*;
use crate::LandingId;
use crate::RepositoryId;
use crate::SnapshotId;
use crate::WorkspaceId;
use crate::critic::Severity;
use crate::failure::Failure;
use crate::failure::FailureKind;
use crate::vcs::BranchName;
use crate::vcs::Repository;
use crate::workspace::BranchFate;
use crate::workspace::Removal;
use crate::workspace::WorkspaceName;

const NOW: Timestamp = Timestamp::from_millis(1);

fn oid(number: u32) -> ObjectId {
    ObjectId::new(format!("{number:040x}")).unwrap()
}

fn spec(conflicts: WhenConflicting, afterwards: Afterwards) -> LandingSpec {
    let root = AbsPath::new("/r").unwrap();
    LandingSpec {
        workspace: WorkspaceId::from_bits(1),
        name: WorkspaceName::new("feat"),
        path: root.join("feat"),
        repository: Repository {
            id: RepositoryId::from_bits(1),
            common_dir: root.join(".git"),
            stand_in: None,
            root,
            name: "r".to_owned(),
        },
        branch: BranchName::new("feat").unwrap(),
        tip: oid(9),
        target: BranchName::new("main").unwrap(),
        method: Method::Merge,
        favour: None,
        conflicts,
        afterwards,
        commit: None,
        message: None,
        review: Gate::NotAsked,
        checks: Gate::NotAsked,
        goal: Goal::Target,
    }
}

fn review(severity: Severity) -> Review {
    Review { heaviest: Some(severity), ..Review::default() }
}

fn reviewed(round: u32, tip: Option<u32>, severity: Severity) -> LandingInput {
    LandingInput::Reviewed { round, tip: tip.map(oid), result: Ok(review(severity)) }
}

fn committed(tip: u32) -> LandingInput {
    LandingInput::Committed { result: Ok(Committed { tip: oid(tip), files: Some(1), withheld: Vec::new() }) }
}

fn checked(round: u32, how: Verification) -> LandingInput {
    LandingInput::Checked { round, result: Ok(Verified { tree: oid(7), how }) }
}

#[test]
fn what_goes_by_a_pull_request_is_checked_and_moves_nothing() {
    for checks in [Gate::Required, Gate::Waived] {
        let asked = spec(WhenConflicting::Stop, Afterwards::Keep);
        let asked = LandingSpec { goal: Goal::Cleared, checks, ..asked };
        let (landing, _) = stepped(None, &LandingInput::Request { spec: Box::new(asked) });
        let (landing, _) = stepped(landing, &LandingInput::Predicted { round: 1, result: Ok(oid(1)) });
        let (landing, mut effects) = stepped(landing, &LandingInput::Built { round: 1, result: Ok(oid(2)) });
        let mut landing = landing.unwrap();
        if checks == Gate::Required {
            assert_eq!(effects, [Effect::CheckCandidate]);
            let (after, last) = stepped(Some(landing), &checked(1, Verification::Passed));
            (landing, effects) = (after.unwrap(), last);
        }
        assert_eq!(effects, [Effect::DropCandidate { round: 1 }]);
        assert_eq!(landing.phase, LandingPhase::Cleared { onto: oid(1), commit: oid(2) });
        assert!(!landing.is_live());
        let late = stepped(Some(landing), &LandingInput::TakeBack);
        assert_eq!(late.1, [], "there is nothing to take back");
    }
}

/// One that commits, is looked at and checked.
fn shipped() -> Landing {
    let spec = LandingSpec {
        commit: Some("work".to_owned()),
        review: Gate::Required,
        checks: Gate::Required,
        ..spec(WhenConflicting::Stop, Afterwards::Keep)
    };
    let (landing, effects) = stepped(None, &LandingInput::Request { spec: Box::new(spec) });
    assert_eq!(effects, [Effect::ReviewLanding]);
    landing.unwrap()
}

#[test]
fn what_is_not_committed_is_looked_at_committed_looked_at_again_checked_and_landed() {
    let (landing, effects) = after(shipped(), &[reviewed(1, None, Severity::Warn)]);
    assert_eq!((effects, landing.reviewed_tip()), (vec![Effect::CommitWork], None));
    let (landing, effects) = after(landing, &[committed(10)]);
    assert_eq!((effects, landing.reviewed_tip()), (vec![Effect::ReviewLanding], Some(oid(10))));
    // What was said of the folder is not said of the commit.
    let (landing, effects) = after(landing, &[reviewed(1, None, Severity::Note)]);
    assert_eq!((effects, &landing.phase), (Vec::new(), &LandingPhase::Reviewing));
    let (landing, effects) = after(landing, &[reviewed(1, Some(10), Severity::Note)]);
    assert_eq!((effects, landing.tip()), (vec![Effect::PredictLanding], &oid(10)));
    let (landing, effects) = after(landing, &[predicted(1, 1), built(1, 2)]);
    assert_eq!(effects, [Effect::CheckCandidate]);
    let (landing, effects) = after(landing, &[checked(1, Verification::Passed)]);
    assert_eq!(effects, [Effect::MoveTarget]);
    let (landing, _) = after(landing, &[moved(1, TargetNow::There { checkout: None })]);
    assert!(matches!(landing.phase, LandingPhase::Landed { .. }));
    assert_eq!(landing.review, Some(review(Severity::Note)));
    assert_eq!(landing.verified.map(|verified| verified.how), Some(Verification::Passed));
}

#[test]
fn what_the_critic_denies_is_not_committed() {
    let (landing, effects) = after(shipped(), &[reviewed(1, None, Severity::Deny)]);
    assert_eq!(effects, [Effect::DropCandidate { round: 1 }]);
    let refusal = Refusal::Denied { review: review(Severity::Deny) };
    assert_eq!((landing.phase, landing.committed), (LandingPhase::Refused { refusal }, None));
}

#[test]
fn a_target_that_moved_is_looked_at_by_its_own_rules_and_checked_again() {
    let first = [reviewed(1, None, Severity::Note), committed(10), reviewed(1, Some(10), Severity::Note)];
    let then =
        [predicted(1, 1), built(1, 2), checked(1, Verification::Passed), moved(1, TargetNow::Elsewhere)];
    let (landing, effects) = after(shipped(), &[first.as_slice(), &then].concat());
    assert_eq!(effects, [Effect::DropCandidate { round: 1 }, Effect::ReviewLanding]);
    assert_eq!((landing.round, &landing.verified), (2, &None));
    let (landing, effects) = after(landing, &[reviewed(2, Some(10), Severity::Deny)]);
    assert_eq!(effects, [Effect::DropCandidate { round: 2 }]);
    assert!(matches!(landing.phase, LandingPhase::Refused { refusal: Refusal::Denied { .. } }));
}

#[test]
fn a_check_that_fails_keeps_the_target() {
    let log = AbsPath::new("/log").unwrap();
    let refusal = Refusal::ChecksFailed { what: "false".to_owned(), last_lines: Vec::new(), log };
    let failed = LandingInput::Checked { round: 1, result: Err(refusal.clone()) };
    let inputs = [
        reviewed(1, None, Severity::Note),
        committed(10),
        reviewed(1, Some(10), Severity::Note),
        predicted(1, 1),
        built(1, 2),
        failed,
    ];
    let (landing, effects) = after(shipped(), &inputs);
    assert_eq!(effects, [Effect::DropCandidate { round: 1 }]);
    assert_eq!(landing.phase, LandingPhase::Refused { refusal });
}

#[test]
fn a_landing_of_an_earlier_version_is_read_and_goes_on() {
    let spec = serde_json::to_value(spec(WhenConflicting::Stop, Afterwards::Keep)).unwrap();
    let mut old = spec.as_object().unwrap().clone();
    old.remove("review");
    old.remove("checks");
    let event = serde_json::json!({ "event": "requested", "spec": old });
    let event: LandingEvent = serde_json::from_value(event).unwrap();
    let landing = Landing::apply(None, &event, NOW).unwrap();
    assert_eq!(landing.phase, LandingPhase::Predicting);
}

fn removal() -> Removal {
    Removal { snapshot: SnapshotId::from_bits(1), branch: BranchFate::Delete, landed: None }
}

fn begun(conflicts: WhenConflicting, afterwards: Afterwards) -> Landing {
    let request = LandingInput::Request { spec: Box::new(spec(conflicts, afterwards)) };
    let (landing, effects) = stepped(None, &request);
    assert_eq!(effects, [Effect::PredictLanding]);
    landing.unwrap()
}

fn stepped(landing: Option<Landing>, input: &LandingInput) -> (Option<Landing>, Vec<Effect>) {
    let step = Landing::step(landing.as_ref(), input, NOW);
    let landing = step.events.iter().fold(landing, |state, event| Landing::apply(state, event, NOW));
    (landing, step.effects)
}

/// Takes these in one after the other; the effects of the last.
fn after(mut landing: Landing, inputs: &[LandingInput]) -> (Landing, Vec<Effect>) {
    let mut last = Vec::new();
    for input in inputs {
        let (next, effects) = stepped(Some(landing), input);
        (landing, last) = (next.unwrap(), effects);
    }
    (landing, last)
}

fn predicted(round: u32, onto: u32) -> LandingInput {
    LandingInput::Predicted { round, result: Ok(oid(onto)) }
}

fn built(round: u32, commit: u32) -> LandingInput {
    LandingInput::Built { round, result: Ok(oid(commit)) }
}

fn moved(round: u32, now: TargetNow) -> LandingInput {
    LandingInput::Moved { round, result: Ok(now) }
}

fn conflict() -> Vec<Conflict> {
    let sides = Sides { base: true, target: true, branch: true };
    vec![Conflict { path: "a".to_owned(), kind: ConflictKind::Content, sides }]
}

#[test]
fn it_lands_by_way_of_a_candidate_and_the_workspace_goes() {
    let landing = begun(WhenConflicting::Stop, Afterwards::Remove { removal: removal() });
    let (landing, effects) = after(landing, &[predicted(1, 1)]);
    assert_eq!(effects, [Effect::BuildCandidate]);
    let (landing, effects) = after(landing, &[built(1, 2)]);
    assert_eq!(effects, [Effect::MoveTarget]);
    let goes = WorkspaceInput::Remove { removal: removal().after_landing(landing.tip()) };
    let (landing, effects) = after(landing, &[moved(1, TargetNow::There { checkout: None })]);
    assert_eq!(
        effects,
        [Effect::DropCandidate { round: 1 }, Effect::tell_workspace(WorkspaceId::from_bits(1), goes)]
    );
    let end = LandingPhase::Landed { before: oid(1), after: oid(2), checkout: None };
    assert_eq!((landing.phase.clone(), landing.is_live()), (end, false));
}

#[test]
fn a_workspace_that_is_to_stay_is_told_nothing() {
    let landing = begun(WhenConflicting::Stop, Afterwards::Keep);
    let there = moved(1, TargetNow::There { checkout: None });
    let (_, effects) = after(landing, &[predicted(1, 1), built(1, 2), there]);
    assert_eq!(effects, [Effect::DropCandidate { round: 1 }]);
}

#[test]
fn a_target_that_moved_is_looked_at_anew_and_not_for_ever() {
    let mut landing = begun(WhenConflicting::Stop, Afterwards::Keep);
    for round in 1..MAX_ROUNDS {
        let inputs = [predicted(round, round), built(round, 100), moved(round, TargetNow::Elsewhere)];
        let (next, effects) = after(landing, &inputs);
        assert_eq!(effects, [Effect::DropCandidate { round }, Effect::PredictLanding]);
        assert_eq!((next.round, next.phase.clone()), (round + 1, LandingPhase::Predicting));
        landing = next;
    }
    let last = MAX_ROUNDS;
    let (landing, _) =
        after(landing, &[predicted(last, 1), built(last, 2), moved(last, TargetNow::Elsewhere)]);
    assert_eq!(landing.phase, LandingPhase::Refused { refusal: Refusal::KeepsMoving });
}

#[test]
fn conflicts_touch_nothing_unless_they_are_to_be_left() {
    let found = Refusal::Conflicts { onto: oid(1), conflicts: conflict() };
    let met = LandingInput::Predicted { round: 1, result: Err(found.clone()) };
    let (landing, effects) =
        after(begun(WhenConflicting::Stop, Afterwards::Keep), std::slice::from_ref(&met));
    assert_eq!(landing.phase, LandingPhase::Refused { refusal: found.clone() });
    assert_eq!(effects, [Effect::DropCandidate { round: 1 }]);
    let (landing, effects) = after(begun(WhenConflicting::Leave, Afterwards::Keep), &[met]);
    assert_eq!(effects, [Effect::LeaveConflicts]);
    let (landing, _) = after(landing, &[LandingInput::Left { result: Ok(conflict()) }]);
    let left = Refusal::ConflictsLeft { onto: oid(1), conflicts: conflict() };
    assert_eq!(landing.phase, LandingPhase::Refused { refusal: left });
    // A merge driver may find what the prediction did not.
    let met = LandingInput::Built { round: 1, result: Err(found) };
    let (_, effects) = after(begun(WhenConflicting::Leave, Afterwards::Keep), &[predicted(1, 1), met]);
    assert_eq!(effects, [Effect::LeaveConflicts]);
}

#[test]
fn what_the_person_may_take_by_hand_stays_reachable() {
    let (at, why) = (AbsPath::new("/r").unwrap(), "dirty".to_owned());
    let kept = Refusal::TargetKept { at, why, commit: oid(2), obstacle: Obstacle::Files };
    let refused = LandingInput::Moved { round: 1, result: Err(kept.clone()) };
    let landing = begun(WhenConflicting::Stop, Afterwards::Remove { removal: removal() });
    let (landing, effects) = after(landing, &[predicted(1, 1), built(1, 2), refused]);
    assert_eq!((landing.phase, effects), (LandingPhase::Refused { refusal: kept }, Vec::new()));
}

#[test]
fn a_candidate_has_a_name_of_its_own_each_round() {
    let name = |round| CandidateId { of: CandidateOf::Landing(LandingId::from_bits(1)), round }.to_string();
    assert_ne!(name(1), name(2));
}

fn input() -> impl Strategy<Value = LandingInput> {
    let failed = || Refusal::Failed { failure: Failure::new(FailureKind::Git, "x") };
    let kept = Refusal::TargetKept {
        at: AbsPath::new("/r").unwrap(),
        why: String::new(),
        commit: oid(2),
        obstacle: Obstacle::Files,
    };
    let refusals = vec![
        Refusal::NothingToLand,
        Refusal::Conflicts { onto: oid(1), conflicts: conflict() },
        Refusal::Unrelated,
        kept,
        failed(),
    ];
    let result = move || {
        let refusals = refusals.clone();
        (0..6_usize, 1..4_u32).prop_map(move |(at, number)| match refusals.get(at) {
            Some(refusal) => Err(refusal.clone()),
            None => Ok(oid(number)),
        })
    };
    let request = LandingInput::Request { spec: Box::new(spec(WhenConflicting::Leave, Afterwards::Keep)) };
    let round = || 1..=MAX_ROUNDS;
    prop_oneof![
        Just(request),
        (round(), result()).prop_map(|(round, result)| LandingInput::Predicted { round, result }),
        (round(), result()).prop_map(|(round, result)| LandingInput::Built { round, result }),
        (round(), any::<bool>()).prop_map(|(round, there)| LandingInput::Moved {
            round,
            result: Ok(if there { TargetNow::There { checkout: None } } else { TargetNow::Elsewhere }),
        }),
        Just(LandingInput::Left { result: Ok(conflict()) }),
        Just(LandingInput::Left { result: Err(failed()) }),
        Just(LandingInput::TakeBack),
        Just(LandingInput::TookBack { result: Ok(None) }),
        Just(LandingInput::TookBack { result: Err(Irrevocable::TargetGone) }),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_it_ends_once_and_lands_only_what_was_built(
        inputs in proptest::collection::vec(input(), 1..40),
    ) {
        let mut landing: Option<Landing> = None;
        for input in &inputs {
            let before = landing.clone();
            let (next, effects) = stepped(landing, input);
            match (&before, &next) {
                (Some(was), Some(is)) if !was.is_live() => {
                    // What has landed, and only that, can be taken back.
                    let goes_back = matches!(was.phase, LandingPhase::Landed { .. })
                        && *input == LandingInput::TakeBack;
                    prop_assert_eq!(is.is_live(), goes_back);
                    prop_assert!(goes_back || was == is);
                    prop_assert_eq!(!effects.is_empty(), goes_back);
                }
                (Some(was), Some(is)) => {
                    match (&was.phase, &is.phase) {
                        (LandingPhase::TakingBack { .. }, LandingPhase::Landed { .. }) => {
                            prop_assert!(is.stays.is_some());
                            prop_assert_eq!(was.arrival(), is.arrival());
                        }
                        (_, LandingPhase::Landed { before, after, .. }) => {
                            let from = LandingPhase::Moving { onto: before.clone(), commit: after.clone() };
                            prop_assert_eq!(&was.phase, &from);
                        }
                        (_, LandingPhase::TakenBack { .. }) => {
                            let was_going = matches!(was.phase, LandingPhase::TakingBack { .. });
                            prop_assert!(was_going);
                        }
                        _ => {}
                    }
                    // What waits has somebody who is at it.
                    prop_assert!(was == is || !is.is_live() || !effects.is_empty());
                }
                _ => {}
            }
            landing = next;
        }
        if let Some(landing) = &landing {
            prop_assert!(landing.round <= MAX_ROUNDS);
            let json = serde_json::to_string(landing).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Landing>(&json).unwrap(), landing);
        }
    }
}
