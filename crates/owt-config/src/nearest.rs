//! The known word that a mistyped one most probably meant.

/// Longer words are no slip of anything we know, and the distance costs the product of both lengths.
const LONGEST: usize = 80;

/// The candidate nearest to `word`, when a third of its letters or fewer are wrong.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > LONGEST {
        return None;
    }
    let allowed = (word.chars().count() / 3).max(1);
    let near = candidates.into_iter().map(|candidate| (distance(&word.to_lowercase(), candidate), candidate));
    near.filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, found)| found)
}

/// Levenshtein's distance in characters.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, right) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(left != *right);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_levenshteins() {
        for (a, b, expected) in
            [("", "", 0), ("kitten", "sitting", 3), ("abc", "", 3), ("", "ab", 2), ("é", "e", 1)]
        {
            assert_eq!(distance(a, b), expected, "{a} {b}");
        }
    }

    #[test]
    fn slips_are_found_and_strangers_are_not() {
        let known = ["agent", "permissions", "theme"];
        assert_eq!(nearest("permisions", known), Some("permissions"));
        assert_eq!(nearest("Agnet", known), None);
        assert_eq!(nearest("agents", known), Some("agent"));
        assert_eq!(nearest("colour", known), None);
        assert_eq!(nearest(&"a".repeat(100_000), known), None);
    }
}
