//! Where a value came from.

use std::fmt;

use owt_core::AbsPath;

/// Which of the two files a value stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileLayer {
    /// The person's own file: trusted.
    User,
    /// The repository's file: written by whoever writes the repository.
    Repository,
}

/// A place in a text, both one-based; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

impl Position {
    /// The start of a text.
    pub const START: Self = Self { line: 1, column: 1 };

    /// The position of a byte offset; offsets beyond the end are the end.
    pub(crate) fn of(text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let count = |n: usize| u32::try_from(n + 1).unwrap_or(u32::MAX);
        Self {
            line: count(before.matches('\n').count()),
            column: count(before[line_start..].chars().count()),
        }
    }
}

/// The layer, and the place in it, that gave a value. Ordered as the layers are: a later one wins.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// Nobody said anything.
    Default,
    /// A configuration file.
    File {
        /// Which one.
        layer: FileLayer,
        /// Its path.
        file: AbsPath,
        /// Where in it.
        position: Position,
    },
    /// A variable of the environment.
    Variable(&'static str),
    /// A flag of the command line, as it is written (`--agent`).
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { file, position, .. } => {
                write!(f, "{}:{}:{}", file.as_str(), position.line, position.column)
            }
            Self::Variable(name) | Self::Flag(name) => f.write_str(name),
        }
    }
}

/// A value and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Who gave it.
    pub origin: Origin,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters_from_one() {
        let text = "a\nüb = 1\n";
        assert_eq!(Position::of(text, 0), Position::START);
        assert_eq!(Position::of(text, text.find('b').unwrap()), Position { line: 2, column: 2 });
        assert_eq!(Position::of(text, 999), Position { line: 3, column: 1 });
    }

    #[test]
    fn layers_are_ordered_as_they_win() {
        let file =
            |layer| Origin::File { layer, file: AbsPath::new("/c.toml").unwrap(), position: Position::START };
        let ordered = [
            Origin::Default,
            file(FileLayer::User),
            file(FileLayer::Repository),
            Origin::Variable("OWT_AGENT"),
            Origin::Flag("--agent"),
        ];
        assert!(ordered.is_sorted());
    }
}
