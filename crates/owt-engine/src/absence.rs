//! What is said of a workspace whose folder, or repository, is not where it was, and what helps then.

use std::fmt;

use owt_core::AbsPath;
use owt_core::workspace::WorkspaceSpec;
use owt_ports::Found;

use crate::engine::Engine;

/// What is not where it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Absence {
    /// Nothing is where its folder was.
    Folder(AbsPath),
    /// Something else is there.
    Replaced(AbsPath),
    /// Its repository is away, here.
    Repository(AbsPath),
}

impl Absence {
    /// What is not there of a workspace; `None` where everything is.
    pub(crate) fn of(engine: &Engine, spec: &WorkspaceSpec) -> Option<Self> {
        Self::seen(engine.ports().lookout.find(spec.repository(), &spec.path), spec)
    }

    /// The same of what was found at its place.
    pub(crate) fn seen(found: Found, spec: &WorkspaceSpec) -> Option<Self> {
        let path = spec.path.clone();
        match (found, spec.source()) {
            (Found::Folder, _) => None,
            (Found::Nothing, _) => Some(Self::Folder(path)),
            (Found::NoRepository, Some(root)) => Some(Self::Repository(root.clone())),
            (Found::Another | Found::NoRepository, _) => Some(Self::Replaced(path)),
        }
    }

    /// What helps a workspace of this name.
    pub fn remedy(&self, name: &str) -> String {
        match self {
            Self::Folder(_) => format!(
                "put it back; or owt doctor --fix removes what is left of the workspace, its branch stays, and owt restore \
                 {name} brings it back"
            ),
            Self::Replaced(_) => "move away what is there, and put its folder back".to_owned(),
            Self::Repository(_) => {
                "if you moved it, run owt doctor --fix in the place where it is now; if it is on a disk that is not mounted, \
                 bring that back: owt doctor says which workspaces it has"
                    .to_owned()
            }
        }
    }
}

impl fmt::Display for Absence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => write!(f, "its folder {path} is gone"),
            Self::Replaced(path) => write!(f, "its folder is gone: {path} is something else"),
            Self::Repository(root) => write!(f, "its repository {root} is not there"),
        }
    }
}
