//! How long what was removed stays in the trash.

use std::time::Duration;

use crate::Timestamp;

/// When things leave the trash of a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// After this long; `None`: never for their age.
    pub age: Option<Duration>,
    /// The oldest, while all together hold more bytes than this; `None`: never for their size.
    pub bytes: Option<u64>,
}

/// Something in the trash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// Since when.
    pub since: Timestamp,
    /// Bytes that it holds.
    pub bytes: u64,
}

/// Why something leaves the trash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// It has been there long enough.
    Age,
    /// There is too much, and it is among the oldest.
    Size,
}

/// Which of these leave now, in their order. A clock that went backwards makes nothing older.
pub fn expired(kept: &[Kept], rules: Retention, now: Timestamp) -> Vec<Option<Expiry>> {
    let is_old = |kept: &Kept| rules.age.is_some_and(|age| now.since(kept.since) >= age);
    let mut expiry: Vec<Option<Expiry>> =
        kept.iter().map(|kept| is_old(kept).then_some(Expiry::Age)).collect();
    let Some(limit) = rules.bytes else { return expiry };
    let mut oldest_first: Vec<usize> = (0..kept.len()).filter(|&index| expiry[index].is_none()).collect();
    oldest_first.sort_by_key(|&index| kept[index].since);
    let mut left: u64 = oldest_first.iter().fold(0, |sum, &index| sum.saturating_add(kept[index].bytes));
    for index in oldest_first {
        if left <= limit {
            break;
        }
        // What holds nothing makes no room.
        if kept[index].bytes > 0 {
            left = left.saturating_sub(kept[index].bytes);
            expiry[index] = Some(Expiry::Size);
        }
    }
    expiry
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(day: i64, bytes: u64) -> Kept {
        Kept { since: Timestamp::from_millis(day * 86_400_000), bytes }
    }

    fn days(days: u64) -> Duration {
        Duration::from_secs(days * 86_400)
    }

    #[test]
    fn what_is_old_goes_and_then_the_oldest_until_the_rest_fits() {
        let kept = [at(40, 10), at(5, 10), at(39, 30), at(35, 20), at(38, 0)];
        let rules = Retention { age: Some(days(30)), bytes: Some(45) };
        let now = Timestamp::from_millis(40 * 86_400_000);
        let expected = [None, Some(Expiry::Age), None, Some(Expiry::Size), None];
        assert_eq!(expired(&kept, rules, now), expected);
        let never = Retention { age: None, bytes: None };
        assert_eq!(expired(&kept, never, now), [None; 5]);
    }

    #[test]
    fn a_clock_that_went_backwards_makes_nothing_old() {
        let rules = Retention { age: Some(days(1)), bytes: None };
        assert_eq!(expired(&[at(40, 1)], rules, Timestamp::EPOCH), [None]);
    }

    proptest! {
        #[test]
        fn what_stays_fits_and_is_young(
            kept in prop::collection::vec((0i64..100, 0u64..100).prop_map(|(day, bytes)| at(day, bytes)), 0..20),
            age in prop::option::of(0u64..60),
            bytes in prop::option::of(0u64..500),
            now in 0i64..120,
        ) {
            let rules = Retention { age: age.map(days), bytes };
            let now = Timestamp::from_millis(now * 86_400_000);
            let expiry = expired(&kept, rules, now);
            prop_assert_eq!(expiry.len(), kept.len());
            let stays: Vec<&Kept> = kept.iter().zip(&expiry).filter(|(_, it)| it.is_none()).map(|(it, _)| it).collect();
            if let Some(limit) = bytes {
                prop_assert!(stays.iter().map(|it| it.bytes).sum::<u64>() <= limit);
            }
            if let Some(age) = age {
                prop_assert!(stays.iter().all(|it| now.since(it.since) < days(age)));
            }
            // Nothing goes for its size while something older, which holds anything, stays.
            let newest_gone = kept.iter().zip(&expiry).filter(|(_, it)| **it == Some(Expiry::Size)).map(|(it, _)| it.since).max();
            if let Some(newest) = newest_gone {
                prop_assert!(stays.iter().all(|it| it.bytes == 0 || it.since >= newest));
            }
        }
    }
}
