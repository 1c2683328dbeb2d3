//! How much of an agent's last words is kept in its record; the whole is in its log.

/// Characters of their beginning that are kept where they are longer than all that is.
const BEGINNING: usize = 2_000;

/// And of their end: what an agent was asked to end with stands there.
const END: usize = 6_000;

/// What stands where something was left out.
const GAP: &str = "\n[…]\n";

/// Words as they are kept.
pub(super) fn kept(words: &str) -> String {
    let words = words.trim();
    let count = words.chars().count();
    if count <= BEGINNING + END {
        return words.to_owned();
    }
    let beginning: String = words.chars().take(BEGINNING).collect();
    let end: String = words.chars().skip(count - END).collect();
    beginning + GAP + &end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_long_words_both_ends_are_kept() {
        let long = format!("first{}last", "ä".repeat(BEGINNING + END));
        let kept = kept(&long);
        assert!(kept.starts_with("first") && kept.ends_with("last") && kept.contains(GAP), "{kept}");
        assert_eq!(kept.chars().count(), BEGINNING + END + GAP.chars().count());
    }

    #[test]
    fn short_words_are_kept_whole() {
        assert_eq!(kept(" all is done\n"), "all is done");
        let longest = "x".repeat(BEGINNING + END);
        assert_eq!(kept(&longest), longest);
    }
}
