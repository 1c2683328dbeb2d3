//! The cargo workspace as cargo itself describes it, and the files that belong to the repository.

use std::path::Path;
use std::path::PathBuf;

use serde::Deserialize;

use crate::failure::Failure;
use crate::program::Program;

/// The workspace under judgement.
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    pub(crate) packages: Vec<Package>,
}

/// One crate of the workspace.
#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) manifest_path: PathBuf,
    pub(crate) dependencies: Vec<Dependency>,
}

/// One line of a crate's dependencies, for whichever platform.
#[derive(Debug, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) kind: Option<DependencyKind>,
}

/// What a dependency is for; cargo leaves it out for the ordinary ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DependencyKind {
    Dev,
    Build,
}

impl Dependency {
    /// Whether only tests, examples and benches see it.
    pub(crate) fn is_dev(&self) -> bool {
        self.kind == Some(DependencyKind::Dev)
    }
}

#[derive(Deserialize)]
struct Metadata {
    workspace_root: PathBuf,
    packages: Vec<Package>,
}

impl Workspace {
    /// Asks cargo; no network, no lock file needed.
    pub(crate) fn read() -> Result<Self, Failure> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let text = Program::cargo()
            .args(["metadata", "--format-version", "1", "--no-deps"])
            .directory(here)
            .read()?;
        let metadata: Metadata = serde_json::from_str(&text)
            .map_err(|error| Failure::new(format!("cargo metadata printed something unexpected: {error}")))?;
        Ok(Self { root: metadata.workspace_root, packages: metadata.packages })
    }

    /// The repository's files relative to its root: tracked ones and new ones that git does not ignore.
    pub(crate) fn files(&self) -> Result<Vec<PathBuf>, Failure> {
        let listed = Program::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"])
            .directory(&self.root)
            .read()?;
        let present = listed.split('\0').filter(|name| !name.is_empty()).map(PathBuf::from);
        Ok(present.filter(|file| self.root.join(file).is_file()).collect())
    }

    /// Reads a file of the repository.
    pub(crate) fn text(&self, file: &str) -> Result<String, Failure> {
        let path = self.root.join(file);
        std::fs::read_to_string(&path).map_err(|error| Failure::at(&path, error))
    }
}
