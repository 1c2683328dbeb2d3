//! Finding installed programs.

use std::collections::BTreeMap;

use owt_core::AbsPath;

/// Looks for programs on a caller's search path. The server's own environment plays no part: each request
/// brings the environment of the person who made it.
pub trait Programs: Send + Sync {
    /// The first executable file called `name`: an absolute path as it is, otherwise in `search_path`
    /// (the value of `PATH`; empty and relative entries are skipped), then at each of `known_paths`.
    fn find(&self, name: &str, search_path: &str, known_paths: &[AbsPath]) -> Option<AbsPath>;

    /// The first line that `program --version` prints, within two seconds; `None` when it fails or says nothing.
    fn version(&self, program: &AbsPath, environment: &BTreeMap<String, String>) -> Option<String>;
}
