//! The permission level as a setting. The level itself is a word of the domain.

use owt_core::Permissions;

use super::SettingValue;

impl SettingValue for Permissions {
    const EXPECTS: &'static str = "a permission level";
    const WORDS: &'static [&'static str] = &["ask", "edits", "bypass"];
    const EXAMPLES: &'static [&'static str] = &["ask", "edits"];

    fn refused_in_repository(&self) -> Option<&'static str> {
        (*self == Self::Bypass).then_some(
            "a repository must not switch off the questions that protect the person who works in it",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_the_levels() {
        assert!(Permissions::ALL.map(Permissions::as_str).iter().eq(Permissions::WORDS));
    }
}
