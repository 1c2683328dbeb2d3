//! What has landed goes back, or stays for a reason.

use super::*;

/// `feat` has landed in `main`: from 1 to 2.
fn landed(afterwards: Afterwards) -> Landing {
    let there = moved(1, TargetNow::There { checkout: Some(AbsPath::new("/r").unwrap()) });
    let (landing, _) =
        after(begun(WhenConflicting::Stop, afterwards), &[predicted(1, 1), built(1, 2), there]);
    landing
}

fn took_back(result: Result<Option<AbsPath>, Irrevocable>) -> LandingInput {
    LandingInput::TookBack { result }
}

#[test]
fn what_has_landed_goes_back_and_the_workspace_that_went_with_it_comes_back() {
    let landing = landed(Afterwards::Remove { removal: removal() });
    let (landing, effects) = after(landing, &[LandingInput::TakeBack]);
    assert_eq!((effects, landing.is_live()), (vec![Effect::TakeTargetBack], true));
    let (landing, effects) = after(landing, &[took_back(Ok(None))]);
    let comes_back = Effect::tell_workspace(WorkspaceId::from_bits(1), WorkspaceInput::Restore);
    assert_eq!((effects, landing.is_live()), (vec![comes_back], false));
    let end = LandingPhase::TakenBack { before: oid(1), after: oid(2), checkout: None };
    assert_eq!(landing.phase, end);
    let (again, effects) = after(landing.clone(), &[LandingInput::TakeBack]);
    assert_eq!((again, effects), (landing, Vec::new()));
}

#[test]
fn a_workspace_that_stayed_is_told_nothing_when_its_landing_goes_back() {
    let (landing, effects) = after(landed(Afterwards::Keep), &[LandingInput::TakeBack, took_back(Ok(None))]);
    assert!(effects.is_empty() && matches!(landing.phase, LandingPhase::TakenBack { .. }));
}

#[test]
fn what_stays_is_as_it_was_says_why_and_can_be_tried_again() {
    let before = landed(Afterwards::Keep);
    let why = Irrevocable::Pushed { to: vec!["origin/main".to_owned()] };
    let (stays, effects) = after(before.clone(), &[LandingInput::TakeBack, took_back(Err(why.clone()))]);
    assert_eq!(effects, []);
    assert_eq!(stays, Landing { stays: Some(why), ..before });
    let (again, effects) = after(stays, &[LandingInput::TakeBack]);
    assert_eq!((effects, again.stays), (vec![Effect::TakeTargetBack], None));
}

#[test]
fn a_branch_that_landed_as_it_was_does_not_stand_on_the_target() {
    let sources = |landing: Landing| landing.arrival().unwrap().sources;
    let merged = landed(Afterwards::Keep);
    assert_eq!(sources(merged.clone()), []);
    let as_it_was = Landing { spec: LandingSpec { tip: oid(2), ..merged.spec.clone() }, ..merged };
    assert_eq!(sources(as_it_was), [BranchName::new("feat").unwrap()]);
}
