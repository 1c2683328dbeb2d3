//! Absolute paths. A server for many repositories has no current directory, so a path that crosses a boundary
//! is absolute and valid UTF-8 (it travels in JSON and in journals); anything else is refused at the edge.

use std::fmt;
use std::path::Path;

use serde::Deserialize;
use serde::Serialize;

/// An absolute path in valid UTF-8. Not necessarily canonical, not necessarily existing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AbsPath(String);

/// Why a path was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// The path is relative.
    #[error("'{0}' is not an absolute path")]
    Relative(String),
    /// The path is not valid UTF-8; the text is a lossy rendering.
    #[error("the path '{0}' is not valid UTF-8")]
    NotUtf8(String),
    /// The path contains a NUL byte, which no system call accepts.
    #[error("the path contains a NUL byte")]
    Nul,
}

impl AbsPath {
    /// Checks a path at the edge of the program.
    ///
    /// # Errors
    /// [`PathError`] when the path is relative, not UTF-8, or contains NUL.
    pub fn new(path: impl AsRef<Path>) -> Result<Self, PathError> {
        let path = path.as_ref();
        let text = path.to_str().ok_or_else(|| PathError::NotUtf8(path.to_string_lossy().into_owned()))?;
        match text {
            _ if text.contains('\0') => Err(PathError::Nul),
            _ if !path.is_absolute() => Err(PathError::Relative(text.to_owned())),
            _ => Ok(Self(text.to_owned())),
        }
    }

    /// The path as the standard library wants it.
    pub fn as_path(&self) -> &Path {
        Path::new(&self.0)
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// This path with one relative part added.
    pub fn join(&self, part: &str) -> Self {
        debug_assert!(!part.starts_with('/'), "joining an absolute path would replace this one");
        Self(format!("{}/{part}", self.0.trim_end_matches('/')))
    }

    /// The folder that contains this path; `None` for the root.
    pub fn parent(&self) -> Option<Self> {
        self.as_path().parent().and_then(Path::to_str).map(|text| Self(text.to_owned()))
    }

    /// The last part of the path; empty for the root.
    pub fn file_name(&self) -> &str {
        self.as_path().file_name().and_then(|name| name.to_str()).unwrap_or("")
    }

    /// Where this path is when the folder `from`, which it is or lies in, is at `to`; itself when it lies elsewhere.
    #[must_use]
    pub fn carried(&self, from: &Self, to: &Self) -> Self {
        let below = self.as_path().strip_prefix(from.as_path()).ok().and_then(Path::to_str);
        match below {
            Some("") => to.clone(),
            Some(below) => to.join(below),
            None => self.clone(),
        }
    }

    /// Whether this path is `other` or lies below it, part by part.
    pub fn starts_with(&self, other: &Self) -> bool {
        self.as_path().starts_with(other.as_path())
    }
}

impl AsRef<Path> for AbsPath {
    fn as_ref(&self) -> &Path {
        self.as_path()
    }
}

impl fmt::Display for AbsPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for AbsPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl TryFrom<String> for AbsPath {
    type Error = PathError;

    fn try_from(text: String) -> Result<Self, PathError> {
        Self::new(text)
    }
}

impl From<AbsPath> for String {
    fn from(path: AbsPath) -> String {
        path.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_and_nul_paths_are_refused() {
        assert_eq!(AbsPath::new("a/b"), Err(PathError::Relative("a/b".to_owned())));
        assert_eq!(AbsPath::new("/a\0b"), Err(PathError::Nul));
    }

    #[test]
    fn prefix_is_by_parts_not_by_characters() {
        let base = AbsPath::new("/a/b").unwrap();
        assert!(AbsPath::new("/a/b/c").unwrap().starts_with(&base));
        assert!(!AbsPath::new("/a/bc").unwrap().starts_with(&base));
    }
}
