//! The hours in which a person is not told anything.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::Serialize;

const MINUTES: u16 = 24 * 60;

/// A time of the day where the person is, in minutes after midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MinuteOfDay(u16);

impl MinuteOfDay {
    /// `hour` (0 to 23) and `minute` (0 to 59); `None` where there is no such time.
    pub const fn new(hour: u16, minute: u16) -> Option<Self> {
        if hour < 24 && minute < 60 { Some(Self(hour * 60 + minute)) } else { None }
    }

    /// So many minutes later, on the next day where the day is over.
    #[must_use]
    pub const fn plus(self, minutes: u16) -> Self {
        Self((self.0 + minutes % MINUTES) % MINUTES)
    }
}

impl fmt::Display for MinuteOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

/// A span of each day: `22:00-07:00`, from the first minute on and up to the last; or `none`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct QuietHours(Option<(MinuteOfDay, MinuteOfDay)>);

/// Why a text is no span of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WrongHours {
    /// Not two times.
    #[error("quiet hours are written as \"22:00-07:00\", or \"none\"")]
    Form,
    /// From a time to the same.
    #[error("they begin and end at the same time; to be told nothing, switch the channels off")]
    Empty,
}

impl QuietHours {
    /// Whether nothing is told at this time.
    pub fn include(self, now: MinuteOfDay) -> bool {
        match self.0 {
            None => false,
            Some((from, to)) if from < to => from <= now && now < to,
            Some((from, to)) => from <= now || now < to,
        }
    }
}

impl FromStr for QuietHours {
    type Err = WrongHours;

    fn from_str(text: &str) -> Result<Self, WrongHours> {
        if text == "none" {
            return Ok(Self(None));
        }
        let (from, to) = text.split_once('-').ok_or(WrongHours::Form)?;
        match (minute(from)?, minute(to)?) {
            (from, to) if from == to => Err(WrongHours::Empty),
            (from, to) => Ok(Self(Some((from, to)))),
        }
    }
}

fn minute(text: &str) -> Result<MinuteOfDay, WrongHours> {
    let (hour, minute) = text.trim().split_once(':').ok_or(WrongHours::Form)?;
    let number = |text: &str| match text.len() {
        1 | 2 if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok(),
        _ => None,
    };
    let at = number(hour).zip(number(minute)).and_then(|(hour, minute)| MinuteOfDay::new(hour, minute));
    at.ok_or(WrongHours::Form)
}

impl fmt::Display for QuietHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some((from, to)) => write!(f, "{from}-{to}"),
            None => f.write_str("none"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quiet(hours: &str, hour: u16, minute: u16) -> bool {
        hours.parse::<QuietHours>().unwrap().include(MinuteOfDay::new(hour, minute).unwrap())
    }

    #[test]
    fn they_reach_over_midnight_and_end_before_their_last_minute() {
        for (hours, hour, minute, expected) in [
            ("22:00-07:00", 21, 59, false),
            ("22:00-07:00", 22, 0, true),
            ("22:00-07:00", 0, 0, true),
            ("22:00-07:00", 6, 59, true),
            ("22:00-07:00", 7, 0, false),
            ("12:30-13:15", 12, 29, false),
            ("12:30-13:15", 13, 14, true),
            ("12:30-13:15", 13, 15, false),
            ("none", 3, 0, false),
        ] {
            assert_eq!(quiet(hours, hour, minute), expected, "{hours} at {hour}:{minute:02}");
        }
    }

    #[test]
    fn they_are_written_as_they_are_read() {
        for (text, expected) in
            [("22:00-07:00", "22:00-07:00"), ("9:5 - 17:00", "09:05-17:00"), ("none", "none")]
        {
            assert_eq!(text.parse::<QuietHours>().unwrap().to_string(), expected);
        }
        for wrong in ["", "22-7", "22:00", "24:00-07:00", "22:60-07:00", "22:00-07:00-08:00", "+2:00-07:00"] {
            assert_eq!(wrong.parse::<QuietHours>(), Err(WrongHours::Form), "{wrong:?}");
        }
        assert_eq!("07:00-07:00".parse::<QuietHours>(), Err(WrongHours::Empty));
    }

    #[test]
    fn a_day_begins_again_after_its_last_minute() {
        let late = MinuteOfDay::new(23, 30).unwrap();
        assert_eq!(late.plus(45).to_string(), "00:15");
        assert_eq!(late.plus(MINUTES).to_string(), "23:30");
    }
}
