//! Spans of time on the command line: `90`, `90s`, `10m`, `2h`.

use std::time::Duration;

/// What a span looks like.
const SHAPE: &str = "not a number of seconds (90), or 90s, 10m, 2h";

/// Reads a span; a number alone is seconds.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    if text.starts_with('-') {
        return Err("time does not go backwards".to_owned());
    }
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ if digits.is_empty() => return Err(SHAPE.to_owned()),
        other => return Err(format!("'{other}' is no unit of time (s, m, h)")),
    };
    let count: u64 = digits.parse().map_err(|_| SHAPE.to_owned())?;
    count.checked_mul(unit).map(Duration::from_secs).ok_or_else(|| "too long".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_units() {
        assert_eq!(parse("90"), Ok(Duration::from_secs(90)));
        assert_eq!(parse("10m"), Ok(Duration::from_secs(600)));
        assert_eq!(parse("2h"), Ok(Duration::from_secs(7200)));
        for bad in ["", "m", "-3", "1.5h", "3d", "99999999999999999999", "9999999999999999h"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
