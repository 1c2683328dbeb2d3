//! Spans of time and points in time, for people.

use jiff::Timestamp;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const WEEK: i64 = 7 * DAY;

/// How long ago, short: `12s`, `5m`, `3h`, `2d`, `7w`. Text that is no time is shown as it is.
pub(crate) fn since(time: &str, now: Timestamp) -> String {
    let Ok(then) = time.parse::<Timestamp>() else { return time.to_owned() };
    short(now.as_second().saturating_sub(then.as_second()))
}

/// A number of seconds, short: `12s`, `5m`, `3h`.
pub(crate) fn short(seconds: i64) -> String {
    match seconds {
        ..=0 => "now".to_owned(),
        1..MINUTE => format!("{seconds}s"),
        MINUTE..HOUR => format!("{}m", seconds / MINUTE),
        HOUR..DAY => format!("{}h", seconds / HOUR),
        DAY..WEEK => format!("{}d", seconds / DAY),
        WEEK.. => format!("{}w", seconds / WEEK),
    }
}

/// A length of time, to two units: `42s`, `12m`, `3h 20m`, `2d 4h`.
pub(crate) fn duration(seconds: u64) -> String {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    let two = |large: i64, name: char, small: i64, other: char| match seconds % large / small {
        0 => format!("{}{name}", seconds / large),
        rest => format!("{}{name} {rest}{other}", seconds / large),
    };
    match seconds {
        ..MINUTE => format!("{seconds}s"),
        MINUTE..HOUR => format!("{}m", seconds / MINUTE),
        HOUR..DAY => two(HOUR, 'h', MINUTE, 'm'),
        DAY.. => two(DAY, 'd', HOUR, 'h'),
    }
}

/// A point in time with how long ago it was: `2026-01-02 03:04 UTC (5m ago)`.
pub(crate) fn point(time: &str, now: Timestamp) -> String {
    let Ok(then) = time.parse::<Timestamp>() else { return time.to_owned() };
    let ago = match since(time, now) {
        now if now == "now" => now,
        span => format!("{span} ago"),
    };
    format!("{} UTC ({ago})", then.strftime("%Y-%m-%d %H:%M"))
}

/// A point in time to come: `14:05 UTC (in 5m)`, with its day where that is another.
pub(crate) fn until(time: &str, now: Timestamp) -> String {
    let Ok(then) = time.parse::<Timestamp>() else { return time.to_owned() };
    let day = |time: Timestamp| time.strftime("%Y-%m-%d").to_string();
    let format = if day(then) == day(now) { "%H:%M" } else { "%Y-%m-%d %H:%M" };
    let left = match then.as_second().saturating_sub(now.as_second()) {
        ..=0 => "over".to_owned(),
        seconds => format!("in {}", duration(seconds.unsigned_abs())),
    };
    format!("{} UTC ({left})", then.strftime(format))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_to_come_has_its_day_where_that_is_another() {
        let now: Timestamp = "2026-01-02T23:00:00Z".parse().unwrap();
        assert_eq!(until("2026-01-02T23:05:30Z", now), "23:05 UTC (in 5m)");
        assert_eq!(until("2026-01-03T01:20:00Z", now), "2026-01-03 01:20 UTC (in 2h 20m)");
        assert_eq!(until("2026-01-02T22:59:00Z", now), "22:59 UTC (over)");
        assert_eq!(until("soon", now), "soon");
    }

    #[test]
    fn lengths_of_time_have_two_units_at_most() {
        for (seconds, expected) in
            [(0, "0s"), (59, "59s"), (61, "1m"), (3600, "1h"), (12_000, "3h 20m"), (190_000, "2d 4h")]
        {
            assert_eq!(duration(seconds), expected);
        }
    }

    #[test]
    fn spans_are_short_and_never_negative() {
        let now: Timestamp = "2026-01-02T00:00:00Z".parse().unwrap();
        for (time, expected) in [
            ("2026-01-02T00:00:00Z", "now"),
            ("2026-01-02T00:05:00Z", "now"),
            ("2026-01-01T23:59:18Z", "42s"),
            ("2026-01-01T23:30:01Z", "29m"),
            ("2026-01-01T02:00:00Z", "22h"),
            ("2025-12-27T00:00:00Z", "6d"),
            ("2025-01-02T00:00:00Z", "52w"),
            ("yesterday", "yesterday"),
        ] {
            assert_eq!(since(time, now), expected, "{time}");
        }
        assert_eq!(point("2026-01-01T23:30:01Z", now), "2026-01-01 23:30 UTC (29m ago)");
        assert_eq!(point("2026-01-02T00:00:00Z", now), "2026-01-02 00:00 UTC (now)");
    }
}
