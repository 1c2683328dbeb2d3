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
    assert_eq!(nothing.awaits_picture(at(4_000)), Some(Duration::from_secs(13)));
    assert_eq!((weighed(&nothing, 17_000), nothing.awaits_picture(at(17_000))), (Ok(()), None));
    let is_over = |attempt: Attempt, ms| take(attempt, shows(Activity::Idle, ms)).is_at_rest();
    assert!(!is_over(nothing.clone(), 16_999) && is_over(nothing.clone(), 17_000));
    for sign in [Activity::Working, Activity::WaitingPermission, Activity::WaitingInput] {
        let shown = take(nothing.clone(), shows(sign.clone(), 4_000));
        assert_eq!((weighed(&shown, 4_500), shown.awaits_picture(at(4_500))), (Ok(()), None), "{sign:?}");
        assert!(is_over(shown, 4_500));
    }
    // What was shown before it was read may be of the turn before.
    let picture = AttemptInput::Seen { evidence: shows(Activity::Working, 1_999) };
    let earlier = after(nothing.clone(), &picture, at(2_001)).0;
    assert_eq!(weighed(&earlier, 4_500), Err(Overruled::NothingDrawn));
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
    assert_eq!((reading.weigh(&still, at(60_000)), reading.awaits_picture(at(60_000))), (Ok(()), None));
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
