//! Which tmux we can use. Pure.

use std::fmt;

/// A released version: 3.3a is `(3, 3)`; letters are corrections and play no part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version {
    major: u32,
    minor: u32,
}

impl Version {
    /// The oldest that is safe for us. 3.3 brought `allow-passthrough`, off by default: before, any program in a
    /// pane could send what it liked (the clipboard of the person's terminal, for one) past tmux's own checks.
    /// Everything else that we use is older (`window-size latest`: 3.1; `extended-keys`: 3.2).
    pub(crate) const NEEDED: Self = Self { major: 3, minor: 3 };

    /// Reads what `tmux -V` prints: `tmux 3.3a`, `tmux next-3.6`, `tmux openbsd-7.4`, `tmux master`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let word = text.trim().strip_prefix("tmux ")?;
        if word == "master" {
            return Some(Self { major: u32::MAX, minor: 0 });
        }
        let number = word.strip_prefix("next-").unwrap_or(word);
        let (major, rest) = number.split_once('.')?;
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        Some(Self { major: major.parse().ok()?, minor: rest[..digits].parse().ok()? })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_as_tmux_prints_them() {
        for (text, usable) in [
            ("tmux 3.3a\n", Some(true)),
            ("tmux 3.3", Some(true)),
            ("tmux 3.2a", Some(false)),
            ("tmux 2.9", Some(false)),
            ("tmux next-3.6", Some(true)),
            ("tmux 3.5-rc2", Some(true)),
            ("tmux 10.0", Some(true)),
            ("tmux master", Some(true)),
            ("tmux openbsd-7.4", None),
            ("screen 4.9", None),
            ("", None),
        ] {
            assert_eq!(Version::parse(text).map(|version| version >= Version::NEEDED), usable, "{text}");
        }
    }
}
