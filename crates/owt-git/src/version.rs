//! Which git is needed.

use std::fmt;

/// The oldest git that is good enough.
pub const MINIMUM: Version = Version { major: 2, minor: 38 };

/// The first two numbers of a git version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// First number.
    pub major: u32,
    /// Second number.
    pub minor: u32,
}

impl Version {
    /// Reads what `git version` prints: `git version 2.39.5 (Apple Git-154)`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.trim().strip_prefix("git version ")?.split(['.', ' ', '-']);
        let major = numbers.next()?.parse().ok()?;
        let minor = numbers.next()?.parse().ok()?;
        Some(Self { major, minor })
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
    fn versions_of_every_vendor_are_read() {
        let read = |text| Version::parse(text).map(|version| (version.major, version.minor));
        assert_eq!(read("git version 2.47.3\n"), Some((2, 47)));
        assert_eq!(read("git version 2.39.5 (Apple Git-154)"), Some((2, 39)));
        assert_eq!(read("git version 2.53.0.rc1-12-gabc"), Some((2, 53)));
        assert_eq!(read("git version 3.0"), Some((3, 0)));
        assert_eq!(read("hg 6"), None);
        assert!(Version { major: 2, minor: 9 } < MINIMUM && Version { major: 3, minor: 0 } > MINIMUM);
    }
}
