//! Trains that are called off, and moves that are taken back.

use super::*;
use crate::effect::Message;
use crate::landing::Irrevocable;
use crate::workspace::WorkspaceInput;

/// A train of five of which the third is bad: it moves twice.
fn two_moves() -> (World, Train) {
    let mut world = World::with_bad(1, [3]);
    let train = world.play(cars(5));
    assert_eq!(train.moves.iter().map(|it| it.cars.clone()).collect::<Vec<_>>(), [vec![0, 1], vec![3, 4]]);
    (world, train)
}

fn brought_back(effects: &[Effect]) -> Vec<u128> {
    let of = |effect: &Effect| match effect {
        Effect::Tell(message) => match &**message {
            Message::Workspace { id, input: WorkspaceInput::Restore } => id.bits(),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    };
    effects.iter().map(of).collect()
}

#[test]
fn each_move_goes_back_by_itself_and_brings_back_those_that_went_with_it() {
    let (world, mut train) = two_moves();
    let ends = [(1, vec![4, 5], &train.moves[1].before.clone()), (0, vec![1, 2], &oid(1_000))];
    for (nth, back, before) in ends {
        let arrival = train.arrival(nth).unwrap();
        assert_eq!((&arrival.before, arrival.removed.len()), (before, 2));
        let (going, effects) = stepped(Some(train), &TrainInput::TakeBack { nth });
        assert_eq!(
            (going.is_live(), going.is_under_way(), effects),
            (true, false, vec![Effect::TakeTrainBack])
        );
        let (there, effects) = stepped(Some(going), &TrainInput::TookBack { nth, result: Ok(None) });
        assert_eq!((brought_back(&effects), there.is_live()), (back, false));
        let (same, effects) = stepped(Some(there.clone()), &TrainInput::TakeBack { nth });
        assert_eq!((&same, effects), (&there, vec![]), "it is back already");
        train = there;
    }
    assert_eq!(world.landed(), [1, 2, 4, 5]);
    let is_back = |car: &&Car| matches!(car.place, CarPlace::TakenBack { .. });
    assert_eq!((train.cars.iter().filter(is_back).count(), out(&train)), (4, vec![(3, red())]));
}

#[test]
fn a_move_that_others_stand_on_stays_and_says_why() {
    let (_, train) = two_moves();
    let (going, _) = stepped(Some(train), &TrainInput::TakeBack { nth: 1 });
    let why = Irrevocable::Pushed { to: vec!["origin/main".to_owned()] };
    let (stays, effects) = stepped(Some(going), &TrainInput::TookBack { nth: 1, result: Err(why.clone()) });
    assert_eq!((stays.is_live(), effects), (false, vec![]));
    assert_eq!(stays.moves[1].standing, Standing::Landed { stays: Some(why) });
    assert!(matches!(stays.cars[4].place, CarPlace::Landed { .. }));
    let (again, _) = stepped(Some(stays), &TrainInput::TakeBack { nth: 1 });
    assert_eq!(again.phase, TrainPhase::TakingBack { nth: 1 }, "it may be asked for again");
}

#[test]
fn what_has_begun_to_land_is_the_last_of_a_train_that_is_called_off() {
    let mut world = World::with_bad(1, [3]);
    let (mut train, mut effects) = begun(cars(5));
    while effects != [Effect::MoveTrain] {
        let input = world.does(&train, &effects[0]).unwrap();
        (train, effects) = stepped(Some(train), &input);
    }
    let (train, effects) = stepped(Some(train), &TrainInput::CallOff);
    assert_eq!((effects, train.is_under_way()), (vec![], true), "the move is under way");
    let input = world.does(&train, &Effect::MoveTrain).unwrap();
    let (train, _) = stepped(Some(train), &input);
    assert_eq!(world.landed(), [1, 2]);
    let expected = [(3, red()), (4, Refusal::CalledOff), (5, Refusal::CalledOff)];
    assert_eq!((out(&train).as_slice(), train.is_live()), (expected.as_slice(), false));
    let (same, effects) = stepped(Some(train.clone()), &TrainInput::CallOff);
    assert_eq!((same, effects), (train, vec![]), "it has ended");
}

proptest! {
    #[test]
    fn whenever_it_is_called_off_it_ends_with_what_had_landed_and_forgets_every_candidate(
        world in any_world(),
        count in 1..=12_u32,
        after in 1..60_u32,
    ) {
        let mut world = World { called_off_after: Some(after), ..world };
        let train = world.play(cars(count));
        prop_assert!(world.is_good(&world.target.clone()));
        prop_assert_eq!(world.landed().len() + out(&train).len(), count as usize);
        prop_assert_eq!(world.gone.len(), world.landed().len());
        prop_assert_eq!(&world.dropped, &(1..=train.made).collect::<BTreeSet<_>>());
        let moved: Vec<&ObjectId> = train.moves.iter().map(|it| &it.after).collect();
        prop_assert_eq!(moved.last().copied(), train.after.as_ref());
    }
}
