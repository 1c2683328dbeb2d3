//! Which numbers are wanted, and how many runs they are worth: for all that measures and keeps a page by sections.

use crate::bench::Thoroughness;

/// What the command line asks for.
pub(crate) struct Wish {
    pub(crate) thoroughness: Thoroughness,
    /// None: all.
    words: Vec<String>,
}

impl Wish {
    /// `None` where it names nothing that is measured.
    pub(crate) fn read(words: &[&str], is_known: impl Fn(&str) -> bool) -> Option<Self> {
        let (flags, words): (Vec<&str>, Vec<&str>) = words.iter().partition(|word| word.starts_with('-'));
        let thoroughness = match flags.as_slice() {
            [] => Thoroughness::Whole,
            ["--quick"] => Thoroughness::Quick,
            _ => return None,
        };
        let are_known = words.iter().all(|word| is_known(word));
        are_known.then(|| Self { thoroughness, words: words.into_iter().map(str::to_owned).collect() })
    }

    pub(crate) fn wants(&self, word: &str) -> bool {
        self.words.is_empty() || self.words.iter().any(|one| one == word)
    }
}
