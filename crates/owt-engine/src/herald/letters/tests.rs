//! What waits, and what becomes of it when too much does.

use owt_core::notice::NoticeKind;
use owt_core::status::Status;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn letter(number: u64) -> Telling {
    Telling {
        kind: NoticeKind::Done,
        number,
        at: Timestamp::EPOCH,
        name: "auth".to_owned(),
        workspace: "ws".to_owned(),
        path: "/w".to_owned(),
        repository: None,
        branch: None,
        agent: None,
        title: None,
        status: Status::Idle,
        detail: None,
    }
}

#[test]
fn the_oldest_is_dropped_and_counted_when_too_many_wait() {
    let letters = Letters::default();
    for number in 1..=ROOM as u64 + 3 {
        letters.post(Way::Desktop, letter(number));
    }
    letters.post(Way::Bell, letter(1));
    assert_eq!(letters.health()[&Channel::Desktop].dropped, 3);
    assert_eq!(letters.next(Channel::Desktop).unwrap().1.number, 4);
    assert_eq!(letters.next(Channel::Bell).unwrap().1.number, 1, "one way does not fill another");
    assert!(!letters.health().contains_key(&Channel::Bell));
}

#[test]
fn how_it_went_is_remembered_until_it_goes_well_again() {
    let letters = Letters::default();
    let error = NotifyError::Failed("no".to_owned());
    letters.settled(Channel::Command, Err(error), Timestamp::EPOCH);
    let health = letters.health()[&Channel::Command].clone();
    assert_eq!((health.told, health.failed), (0, 1));
    assert_eq!(health.trouble, Some((Timestamp::EPOCH, "no".to_owned())));
    letters.settled(Channel::Command, Ok(()), Timestamp::EPOCH);
    let health = letters.health()[&Channel::Command].clone();
    assert_eq!((health.told, health.failed, health.trouble), (1, 1, None));
}

#[test]
fn an_end_waits_for_what_is_under_way_and_no_longer_than_it_may() {
    let letters = std::sync::Arc::new(Letters::default());
    letters.post(Way::Bell, letter(1));
    let own = letters.clone();
    std::thread::scope(|scope| {
        let teller = scope.spawn(move || {
            let mut told = 0;
            while own.next(Channel::Bell).is_some() {
                told += 1;
                own.settled(Channel::Bell, Ok(()), Timestamp::EPOCH);
            }
            told
        });
        letters.close(60 * SECOND);
        assert_eq!(teller.join().unwrap(), 1);
    });
    let stuck = Letters::default();
    stuck.post(Way::Bell, letter(1));
    stuck.close(Duration::ZERO);
    assert!(stuck.next(Channel::Bell).is_none());
}
