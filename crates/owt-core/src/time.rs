//! Points in time. The clock is a port; this crate only compares and adds.

use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

/// Milliseconds since the Unix epoch, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The Unix epoch.
    pub const EPOCH: Self = Self(0);

    /// The point `millis` milliseconds after the Unix epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// The point that a text like `2026-11-21T06:30:15.802Z` names (RFC 3339, UTC, as programs write their records); `None`
    /// for anything else. What is finer than a millisecond is left out.
    pub fn from_utc_text(text: &str) -> Option<Self> {
        let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
        let (time, fraction) = time.split_once('.').unwrap_or((time, ""));
        let [year, month, day] = numbers(date, '-')?;
        let [hour, minute, second] = numbers(time, ':')?;
        let is_date = (1970..=9999).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
        // A leap second is the next one.
        if !is_date || hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let millis = fraction.get(..fraction.len().min(3))?;
        let millis = if millis.is_empty() { 0 } else { format!("{millis:0<3}").parse::<u16>().ok()? };
        let seconds = ((days_before(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
        Some(Self(seconds * 1000 + i64::from(millis)))
    }

    /// The year, month and day of this point, UTC.
    pub const fn utc_date(self) -> (i64, i64, i64) {
        // Days since 1 March of the year 0, when leap days stand at the ends of years (Hinnant, "chrono-compatible
        // low-level date algorithms").
        let days = self.0.div_euclid(24 * 60 * 60 * 1000) + 719_468;
        let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        (year + era * 400 + (month <= 2) as i64, month, day)
    }

    /// This point moved later; saturates at the end of time.
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
    }

    /// This point moved earlier; saturates at the beginning of time.
    pub fn minus(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
    }

    /// The time of day, for people: `14:05 UTC`.
    pub fn clock(self) -> String {
        let minute = self.0.div_euclid(60_000).rem_euclid(24 * 60);
        format!("{:02}:{:02} UTC", minute / 60, minute % 60)
    }

    /// Whether it is still within this span after `earlier`. Not before it: the clock went back, and nobody can tell how long ago
    /// that was.
    pub fn is_within(self, span: Duration, earlier: Self) -> bool {
        earlier <= self && self.since(earlier) < span
    }

    /// How long after `earlier` this is; zero when the clock went backwards.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

/// A moment on a clock that nobody can set, for whoever measures how long something has been so: the clock of
/// [`Timestamp`] may go back, and what was seen would wait until it is again where it was. It means nothing to another
/// process and is never recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(Duration);

impl Moment {
    /// So long after the clock was started.
    pub const fn after(span: Duration) -> Self {
        Self(span)
    }

    /// How long after `earlier` this is.
    pub const fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

/// Three numbers with this between them.
fn numbers(text: &str, between: char) -> Option<[i64; 3]> {
    let number = |part: &str| part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok()).flatten();
    let found: Vec<i64> = text.split(between).map(number).collect::<Option<_>>()?;
    found.try_into().ok()
}

/// Days from the epoch to a date.
const fn days_before(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_clock_goes_round() {
        for (minutes, clock) in
            [(0, "00:00 UTC"), (845, "14:05 UTC"), (1440 + 59, "00:59 UTC"), (-1, "23:59 UTC")]
        {
            assert_eq!(Timestamp::from_millis(minutes * 60_000).clock(), clock);
        }
    }

    #[test]
    fn a_text_names_a_point() {
        let read = |text: &str| Timestamp::from_utc_text(text).map(Timestamp::as_millis);
        assert_eq!(read("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(read("2026-11-21T06:30:15.802Z"), Some(1_795_242_615_802));
        assert_eq!(read("2024-02-29T23:59:59.9Z"), Some(1_709_251_199_900));
        assert_eq!(read("2024-02-29T23:59:59.123456Z"), Some(1_709_251_199_123));
        for no in [
            "",
            "Z",
            "2026-11-21",
            "2026-11-21T06:30:15+01:00",
            "2026-13-01T00:00:00Z",
            "2026-11-21T6:-3:15Z",
            "2026-11-21T06:30:15.äZ",
        ] {
            assert_eq!(read(no), None, "{no}");
        }
    }

    proptest! {
        #[test]
        fn dates_come_back(day in 0i64..2_900_000, second in 0i64..86_400) {
            let at = Timestamp::from_millis((day * 86_400 + second) * 1000);
            let (year, month, date) = at.utc_date();
            let (hour, minute) = (second / 3600, second / 60 % 60);
            let text = format!("{year:04}-{month:02}-{date:02}T{hour:02}:{minute:02}:{:02}Z", second % 60);
            prop_assert_eq!(Timestamp::from_utc_text(&text), Some(at));
        }

        #[test]
        fn no_text_breaks_it(text: String, like in "[0-9]{0,6}-[0-9]{0,20}-[0-9]{1,3}T[0-9:.]{0,20}Z") {
            let _ = (Timestamp::from_utc_text(&text), Timestamp::from_utc_text(&like));
        }
    }
}
