//! Messages that were read, and what the screen says of the work on them.

use super::*;
use crate::evidence::Overruled;

fn shows(activity: Activity, ms: i64) -> Evidence {
    Evidence { held_ms: 60_000, ..Evidence::now(Observation::Doing { activity }, Source::Screen, at(ms)) }
}

fn take(attempt: Attempt, evidence: Evidence) -> Attempt {
    let now = evidence.at;
    after(attempt, &AttemptInput::Seen { evidence }, now).0
}

/// Its record has told at this time that the message was read.
fn read_at(ms: i64) -> Attempt {
    take(under_way(Committer::Agent), in_record(Observation::PromptRead { delivery: DELIVERY }, ms, 0))
}

/// OpenCode 1.18.33 writes down that it has read a message seconds before it shows any work.
#[test]
fn a_screen_at_rest_ends_no_turn_on_a_message_that_was_read_before_it_has_shown_work() {
    let weighed = |attempt: &Attempt, ms| attempt.weigh(&shows(Activity::Idle, ms), at(ms));
    let nothing = read_at(2_000);
    for ms in [3_000, 4_000, 16_999] {
        assert_eq!(weighed(&nothing, ms), Err(Overruled::NothingDrawn), "{ms}");
    }
    assert_eq!(Undrawn::of(&nothing).unwrap().left(at(4_000)), Duration::from_secs(13));
    assert_eq!(weighed(&nothing, 17_000), Ok(()));
    assert_eq!(Undrawn::of(&nothing).unwrap().left(at(17_000)), Duration::ZERO);
    let is_over = |attempt: Attempt, ms| take(attempt, shows(Activity::Idle, ms)).is_at_rest();
    assert!(!is_over(nothing.clone(), 16_999) && is_over(nothing.clone(), 17_000));
    for sign in [Activity::Working, Activity::WaitingPermission, Activity::WaitingInput] {
        let shown = take(nothing.clone(), shows(sign.clone(), 4_000));
        assert_eq!((weighed(&shown, 4_500), Undrawn::of(&shown)), (Ok(()), None), "{sign:?}");
        assert!(is_over(shown, 4_500));
    }
    // What was shown before it was read may be of the turn before.
    let picture = AttemptInput::Seen { evidence: shows(Activity::Working, 1_999) };
    let earlier = after(nothing.clone(), &picture, at(2_001)).0;
    assert_eq!(weighed(&earlier, 4_500), Err(Overruled::NothingDrawn));
    // The record has an answer.
    let answered =
        take(nothing.clone(), in_record(Observation::Doing { activity: Activity::Working }, 3_000, 0));
    assert_eq!((&answered.doing, Undrawn::of(&answered)), (&nothing.doing, None));
    assert!(is_over(answered, 4_500));
    // Its own word needs no picture.
    assert!(take(nothing, in_record(turn_end(), 3_000, 0)).is_at_rest());
}

#[test]
fn work_on_a_message_is_taken_in_once_and_changes_nothing_of_what_it_does() {
    let reading = read_at(2_000);
    let shown = take(reading.clone(), shows(Activity::Working, 4_000));
    assert_eq!(shown.doing, reading.doing);
    assert_eq!(shown.weigh(&shows(Activity::Working, 5_000), at(5_000)), Err(Overruled::Known));
    // Nobody has read anything: it may be the turn before.
    let unread = under_way(Committer::Agent);
    assert_eq!(unread.weigh(&shows(Activity::Working, 4_000), at(4_000)), Err(Overruled::Known));
}

/// Hooks that come tell of the end, and a picture is held against them as ever.
#[test]
fn where_hooks_come_a_picture_needs_no_other_before_it() {
    let read = reported(at(2_000), 1, &[Observation::PromptRead { delivery: DELIVERY }]);
    let hearing = after(under_way(Committer::Agent), &read, at(2_000)).0;
    assert_eq!(hearing.weigh(&shows(Activity::Idle, 4_500), at(4_500)), Ok(()));
    assert_eq!(hearing.weigh(&shows(Activity::Working, 4_500), at(4_500)), Err(Overruled::Known));
}

#[test]
fn a_clock_that_went_back_makes_no_picture_wait_for_work() {
    let reading = read_at(1_000_000);
    let still = shows(Activity::Idle, 60_000);
    assert_eq!(reading.weigh(&still, at(60_000)), Ok(()));
    assert_eq!(Undrawn::of(&reading).unwrap().left(at(60_000)), Duration::ZERO);
}

/// Earlier versions kept of a message whether it was read, and not when.
#[test]
fn a_line_of_an_earlier_version_says_whether_its_message_was_read() {
    let kept = |read: &str| {
        let line = format!(r#"{{"line":"taken","delivery":"{DELIVERY}","at":5{read},"worked":false}}"#);
        match serde_json::from_str(&line).unwrap() {
            Line::Taken { read, .. } => read,
            other => panic!("{other:?}"),
        }
    };
    for (read, expected) in [
        ("", None),
        (r#","read":false"#, None),
        (r#","read":null"#, None),
        (r#","read":true"#, Some(Timestamp::EPOCH)),
        (r#","read":7"#, Some(at(7))),
    ] {
        assert_eq!(kept(read), expected, "{read}");
    }
    let line = Line::Taken { delivery: DELIVERY, at: at(5), read: Some(at(7)), worked: true };
    assert_eq!(serde_json::from_str::<Line>(&serde_json::to_string(&line).unwrap()).unwrap(), line);
}

fn tells_reading(effects: &[Effect], delivery: DeliveryId) -> bool {
    let read = DeliveryInput::Read { attempt: under_way(Committer::Agent).id, source: Source::Transcript };
    effects.contains(&Effect::tell_delivery(delivery, read))
}

fn reads(delivery: DeliveryId, ms: i64) -> AttemptInput {
    AttemptInput::Seen { evidence: in_record(Observation::PromptRead { delivery }, ms, 0) }
}

/// The screen looked at rest before anything had told that the message was read.
fn taken_for_idle() -> Attempt {
    let attempt = take(under_way(Committer::Agent), shows(Activity::Idle, 4_000));
    assert!(attempt.is_at_rest() && attempt.heard.is_unread(DELIVERY), "{attempt:?}");
    attempt
}

#[test]
fn a_message_that_is_read_after_its_agent_was_taken_to_be_idle_is_told_and_begins_its_turn() {
    let (reading, effects) = after(taken_for_idle(), &reads(DELIVERY, 6_000), at(6_500));
    assert!(tells_reading(&effects, DELIVERY), "{effects:?}");
    let doing = Doing::new(Activity::Working, at(6_000), Source::Transcript);
    assert_eq!((&reading.doing, reading.heard.unread.len(), reading.turn.messages), (&doing, 0, 1));
    let early = reading.weigh(&shows(Activity::Idle, 9_500), at(9_500));
    assert_eq!(early, Err(Overruled::NothingDrawn));
    let shown = take(reading, shows(Activity::Working, 10_000));
    assert!(take(shown, shows(Activity::Idle, 11_000)).is_at_rest());
}

/// It was read before the picture of rest, and only told later: whether that was its end nobody knows.
#[test]
fn what_was_read_before_the_picture_of_rest_is_told_and_begins_nothing() {
    let (late, effects) = after(taken_for_idle(), &reads(DELIVERY, 3_900), at(6_500));
    assert!(tells_reading(&effects, DELIVERY) && late.is_at_rest() && late.heard.unread.is_empty());
    // Nor does what was read in a session that has ended since.
    let ended = AttemptInput::Ended { exit: Exit::Code { code: 0 }, at: at(7_000) };
    let (over, _) = after(taken_for_idle(), &ended, at(7_000));
    let (late, effects) = after(over.clone(), &reads(DELIVERY, 6_000), at(8_000));
    assert!(tells_reading(&effects, DELIVERY));
    assert_eq!((late.doing, late.line), (over.doing, Line::Free));
}

#[test]
fn the_reading_of_an_earlier_message_is_told_while_another_has_the_line() {
    let next = DeliveryId::from_bits(5);
    let (given, _) =
        after(taken_for_idle(), &AttemptInput::Assign { delivery: next, meaning: Meaning::Words }, at(5_000));
    let (taken, _) = after(given, &AttemptInput::Delivered { delivery: next }, at(5_500));
    let (told, effects) = after(taken.clone(), &reads(DELIVERY, 6_000), at(6_500));
    assert!(tells_reading(&effects, DELIVERY));
    assert_eq!((&told.line, told.heard.unread.len()), (&taken.line, 0), "nobody has read the next one");
    // Another message than any that it had says nothing.
    assert!(Attempt::step(Some(&told), &reads(DeliveryId::from_bits(6), 6_000), at(6_600)).is_nothing());
}

/// Writing it was interrupted, and perhaps it was whole all the same.
#[test]
fn a_message_whose_writing_was_broken_off_may_be_told_to_be_read() {
    let idle = turn_ended(under_way(Committer::Agent), at(1));
    let (given, _) =
        after(idle, &AttemptInput::Assign { delivery: DELIVERY, meaning: Meaning::Words }, at(2));
    let released = AttemptInput::Released { delivery: DELIVERY, release: Release::Uncertain };
    let (released, _) = after(given, &released, at(3));
    assert!(released.heard.is_unread(DELIVERY) && uncertain_messages(&released).eq([DELIVERY]));
    assert!(tells_reading(&after(released, &reads(DELIVERY, 4), at(5)).1, DELIVERY));
}

#[test]
fn messages_that_were_not_seen_to_be_read_are_not_remembered_without_end() {
    let mut heard = Heard::default();
    for bits in 0..100 {
        let unread = Unread { delivery: DeliveryId::from_bits(bits), since: None, uncertain: true };
        heard.remember_unread(unread);
        heard.remember_unread(unread);
    }
    let kept: Vec<u128> = heard.unread.iter().map(|unread| unread.delivery.bits()).collect();
    assert_eq!(kept, (84..100).collect::<Vec<_>>());
}
