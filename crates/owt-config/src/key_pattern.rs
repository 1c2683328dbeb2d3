//! Keys with places for names that a person chooses: `tools.<name>.binary`.

/// How a path of key parts stands to a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fit {
    /// The path is the pattern's key.
    Same,
    /// The path is a table on the way to it.
    Above,
    /// The path goes on below it.
    Below,
    /// Neither.
    Elsewhere,
}

/// Holds a path against a pattern.
pub(crate) fn fit(pattern: &str, path: &[&str]) -> Fit {
    let parts: Vec<&str> = pattern.split('.').collect();
    let differs = |(part, word): (&&str, &&str)| *part != "<name>" && part != word;
    match parts.len().cmp(&path.len()) {
        _ if parts.iter().zip(path).any(differs) => Fit::Elsewhere,
        std::cmp::Ordering::Equal => Fit::Same,
        std::cmp::Ordering::Greater => Fit::Above,
        std::cmp::Ordering::Less => Fit::Below,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_held_against_patterns() {
        for (pattern, path, expected) in [
            ("agent", vec!["agent"], Fit::Same),
            ("agent", vec!["agents"], Fit::Elsewhere),
            ("limits.wall", vec!["limits"], Fit::Above),
            ("limits.wall", vec!["limits", "wall", "x"], Fit::Below),
            ("tools.<name>.binary", vec!["tools", "a.b", "binary"], Fit::Same),
            ("tools.<name>.binary", vec!["tools", "mine"], Fit::Above),
            ("tools.<name>.binary", vec!["tools", "mine", "x"], Fit::Elsewhere),
            ("agent", vec![], Fit::Above),
        ] {
            assert_eq!(fit(pattern, &path), expected, "{pattern} {path:?}");
        }
    }
}
