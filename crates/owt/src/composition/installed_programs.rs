//! The programs of this machine.

use std::collections::BTreeMap;

use owt_core::AbsPath;
use owt_ports::Programs;

/// Looks on search paths and asks programs for their version.
pub(super) struct InstalledPrograms;

impl Programs for InstalledPrograms {
    fn find(&self, name: &str, search_path: &str, known_paths: &[AbsPath]) -> Option<AbsPath> {
        owt_process::find_program(name, search_path, known_paths)
    }

    fn version(&self, program: &AbsPath, environment: &BTreeMap<String, String>) -> Option<String> {
        owt_process::program_version(program, environment)
    }
}
