//! Amounts of disk, for people: powers of ten, as the settings have them.

const UNITS: [(u64, &str); 4] =
    [(1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];

/// `0 B`, `812 kB`, `1.5 GB`.
pub(crate) fn bytes(bytes: u64) -> String {
    let Some((size, unit)) = UNITS.into_iter().find(|(size, _)| bytes >= *size) else {
        return format!("{bytes} B");
    };
    match bytes / size {
        whole @ 10.. => format!("{whole} {unit}"),
        whole => format!("{whole}.{} {unit}", bytes % size * 10 / size),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_short() {
        for (amount, expected) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 kB"),
            (9_990, "9.9 kB"),
            (812_345, "812 kB"),
            (1_500_000_000, "1.5 GB"),
            (u64::MAX, "18446744 TB"),
        ] {
            assert_eq!(bytes(amount), expected);
        }
    }
}
