//! The known word that a mistyped one most probably meant.

/// Longer words are no slip of anything we know, and the distance costs the product of both lengths.
const LONGEST: usize = 80;

/// Fewer letters are the beginning of too many words.
const BEGINNING: usize = 4;

/// The candidate nearest to `word`, when a third of its letters or fewer are wrong, or else one that it is the beginning
/// of. Two letters that changed places are one slip (optimal string alignment).
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > LONGEST {
        return None;
    }
    let word = word.to_lowercase();
    let allowed = (word.chars().count() / 3).max(1);
    let candidates: Vec<&str> = candidates.into_iter().collect();
    let near = candidates.iter().map(|candidate| {
        let distance = strsim::osa_distance(&word, &candidate.to_lowercase());
        (distance, *candidate)
    });
    let nearest = near.filter(|(distance, _)| *distance <= allowed).min_by_key(|(distance, _)| *distance);
    let is_begun = |candidate: &&str| candidate.to_lowercase().starts_with(&word);
    let begun = || candidates.iter().copied().find(is_begun).filter(|_| word.len() >= BEGINNING);
    nearest.map(|(_, found)| found).or_else(begun)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_strangers_are_not() {
        let known = ["agent", "permissions", "theme", "base_directory"];
        for (word, meant) in [
            ("permisions", Some("permissions")),
            ("Agnet", Some("agent")),
            ("agents", Some("agent")),
            ("base_dir", Some("base_directory")),
            ("bas", None),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, known), meant, "{word}");
        }
        assert_eq!(nearest(&"a".repeat(100_000), known), None);
        assert_eq!(nearest("é", ["e"]), Some("e"));
    }
}
