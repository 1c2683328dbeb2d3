//! Paths inside a checkout. Names of files are bytes, so such a path need not be UTF-8; it never leads out.

use std::ffi::OsStr;
use std::fmt;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;

use serde::Deserialize;
use serde::Serialize;

use crate::AbsPath;

/// A path relative to a checkout's root, without `.`, `..` or a trailing slash; empty for the root itself.
///
/// As text (in JSON) it must be UTF-8: writing another one down is an error.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "PathBuf", into = "PathBuf")]
pub struct RelPath(PathBuf);

/// Why a path is not one inside a checkout; the text is a lossy rendering.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RelPathError {
    /// It begins at the root of the file system.
    #[error("'{0}' is an absolute path")]
    Absolute(String),
    /// It has a part `..`.
    #[error("'{0}' leads out of the checkout")]
    LeadsOut(String),
    /// It contains a NUL byte, which no system call accepts.
    #[error("the path contains a NUL byte")]
    Nul,
}

impl RelPath {
    /// Checks a path.
    ///
    /// # Errors
    /// [`RelPathError`] when it is absolute, has a part `..`, or contains NUL.
    pub fn new(path: impl AsRef<Path>) -> Result<Self, RelPathError> {
        let path = path.as_ref();
        if path.as_os_str().as_encoded_bytes().contains(&0) {
            return Err(RelPathError::Nul);
        }
        let mut clean = PathBuf::new();
        for part in path.components() {
            match part {
                Component::Normal(name) => clean.push(name),
                Component::CurDir => {}
                Component::ParentDir => return Err(RelPathError::LeadsOut(path.display().to_string())),
                Component::RootDir | Component::Prefix(_) => {
                    return Err(RelPathError::Absolute(path.display().to_string()));
                }
            }
        }
        Ok(Self(clean))
    }

    /// The checkout's root.
    pub fn root() -> Self {
        Self::default()
    }

    /// Whether it is the checkout's root.
    pub fn is_root(&self) -> bool {
        self.0.as_os_str().is_empty()
    }

    /// The path as the standard library wants it.
    pub fn as_path(&self) -> &Path {
        &self.0
    }

    /// The path as text, when it is UTF-8.
    pub fn to_str(&self) -> Option<&str> {
        self.0.to_str()
    }

    /// The last part; empty for the root.
    pub fn file_name(&self) -> &OsStr {
        self.0.file_name().unwrap_or_default()
    }

    /// The folder that contains it; `None` for the root.
    pub fn parent(&self) -> Option<Self> {
        self.0.parent().map(|parent| Self(parent.to_owned()))
    }

    /// Its parts, from the root on.
    pub fn parts(&self) -> impl Iterator<Item = &OsStr> {
        self.0.iter()
    }

    /// How many parts it has; 0 for the root.
    pub fn depth(&self) -> usize {
        self.0.iter().count()
    }

    /// Whether it is `other` or lies below it, part by part.
    pub fn starts_with(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// What is left of it below `folder`, if it lies there.
    pub fn below(&self, folder: &Self) -> Option<Self> {
        self.0.strip_prefix(&folder.0).ok().map(|rest| Self(rest.to_owned()))
    }

    /// This path with a name added, which must be one part or several, none of them `..`.
    ///
    /// # Errors
    /// [`RelPathError`], as for [`RelPath::new`].
    pub fn join(&self, rest: impl AsRef<Path>) -> Result<Self, RelPathError> {
        Self::new(rest).map(|rest| self.join_path(&rest))
    }

    /// This path with another one below it.
    pub fn join_path(&self, rest: &Self) -> Self {
        if rest.is_root() { self.clone() } else { Self(self.0.join(&rest.0)) }
    }

    /// Where it is in the checkout at `root`.
    pub fn within(&self, root: &AbsPath) -> PathBuf {
        if self.is_root() { root.as_path().to_owned() } else { root.as_path().join(&self.0) }
    }
}

/// For people: `.` for the root.
impl fmt::Display for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_root() { f.write_str(".") } else { write!(f, "{}", self.0.display()) }
    }
}

impl fmt::Debug for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl TryFrom<PathBuf> for RelPath {
    type Error = RelPathError;

    fn try_from(path: PathBuf) -> Result<Self, RelPathError> {
        Self::new(path)
    }
}

impl From<RelPath> for PathBuf {
    fn from(path: RelPath) -> Self {
        path.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leads_out_is_refused() {
        assert_eq!(RelPath::new("/etc/passwd"), Err(RelPathError::Absolute("/etc/passwd".to_owned())));
        assert_eq!(RelPath::new("a/../../b"), Err(RelPathError::LeadsOut("a/../../b".to_owned())));
        assert_eq!(RelPath::new("a\0"), Err(RelPathError::Nul));
    }

    #[test]
    fn one_place_has_one_spelling() {
        let path = RelPath::new("./web//app/").unwrap();
        assert_eq!(path, RelPath::new("web/app").unwrap());
        assert_eq!((path.depth(), path.to_string()), (2, "web/app".to_owned()));
        assert_eq!(RelPath::new(".").unwrap(), RelPath::root());
        assert_eq!(path.below(&RelPath::new("web").unwrap()), Some(RelPath::new("app").unwrap()));
        assert_eq!(path.below(&RelPath::new("we").unwrap()), None);
    }
}
