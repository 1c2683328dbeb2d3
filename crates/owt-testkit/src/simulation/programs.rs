//! Installed programs in memory.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use owt_core::AbsPath;
use owt_ports::Programs;

/// [`Programs`] in memory: those that were installed lie in one folder of every search path. Clones are the same
/// machine.
#[derive(Debug, Clone, Default)]
pub struct FakePrograms {
    installed: Arc<Mutex<BTreeSet<String>>>,
}

impl FakePrograms {
    /// The folder that programs lie in.
    pub const FOLDER: &'static str = "/fake/bin";

    /// Installs a program.
    pub fn install(&self, name: &str) {
        self.installed().insert(name.to_owned());
    }

    /// Takes it away again.
    pub fn uninstall(&self, name: &str) {
        self.installed().remove(name);
    }

    fn installed(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.installed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Programs for FakePrograms {
    fn find(&self, name: &str, _search_path: &str, _known_paths: &[AbsPath]) -> Option<AbsPath> {
        let path = format!("{}/{name}", Self::FOLDER);
        self.installed().contains(name).then(|| AbsPath::new(path).expect("the folder is absolute"))
    }

    fn version(&self, program: &AbsPath, _environment: &BTreeMap<String, String>) -> Option<String> {
        Some(format!("{} 1.0", program.file_name()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_installed_is_found() {
        let programs = FakePrograms::default();
        assert_eq!(programs.find("claude", "", &[]), None);
        programs.install("claude");
        assert_eq!(programs.find("claude", "", &[]).unwrap().as_str(), "/fake/bin/claude");
        programs.uninstall("claude");
        assert_eq!(programs.find("claude", "", &[]), None);
    }
}
