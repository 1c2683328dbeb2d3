//! The programs of this machine.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use owt_config::Places;
use owt_core::AbsPath;
use owt_core::Timestamp;
use owt_ports::Clock as _;
use owt_ports::PrivateFiles as _;
use owt_ports::Programs;
use owt_store::DiskFiles;
use owt_store::system::SystemClock;
use serde::Deserialize;
use serde::Serialize;

/// So long a version is believed of a file that has not changed: what stands behind a shim (mise, volta, asdf) changes
/// without it.
const BELIEVED: Duration = Duration::from_secs(60 * 60);

/// Looks on search paths and asks programs for their version, which takes some of them seconds: what one said is kept for as
/// long as its file is the same.
pub(super) struct InstalledPrograms {
    file: AbsPath,
    /// Held while the file is changed, so that no thread's answer is lost.
    writing: Mutex<()>,
}

/// What programs said, by their paths.
type Known = BTreeMap<String, Said>;

/// What a program said of its version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Said {
    of: Look,
    version: String,
    at: Timestamp,
}

/// By what a file is known again, and what it runs with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Look {
    inode: u64,
    size: u64,
    modified_s: i64,
    modified_ns: i64,
    search_path: String,
}

impl InstalledPrograms {
    /// Keeps what programs say in this home, where there is one.
    pub(super) fn new(places: &Places) -> Self {
        Self { file: places.data.join("versions.json"), writing: Mutex::new(()) }
    }

    /// Asks the program itself, whatever it said before.
    pub(super) fn version_now(
        &self,
        program: &AbsPath,
        environment: &BTreeMap<String, String>,
    ) -> Option<String> {
        let look = look(program, environment);
        let version = owt_process::program_version(program, environment)?;
        if let Some(of) = look {
            self.keep(program, Said { of, version: version.clone(), at: SystemClock.now() });
        }
        Some(version)
    }

    fn known(&self) -> Known {
        let bytes = DiskFiles::new().read(&self.file).ok().flatten().unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or_default()
    }

    /// What cannot be kept is asked again.
    fn keep(&self, program: &AbsPath, said: Said) {
        if !self.file.parent().is_some_and(|home| home.as_path().is_dir()) {
            return;
        }
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut known = self.known();
        known.retain(|_, other| is_fresh(other, said.at));
        known.insert(program.to_string(), said);
        let bytes = serde_json::to_vec(&known).expect("texts and numbers are JSON");
        if let Err(error) = DiskFiles::new().write(&self.file, &bytes) {
            tracing::debug!(%error, "the version of a program is not kept");
        }
    }
}

impl Programs for InstalledPrograms {
    fn find(&self, name: &str, search_path: &str, known_paths: &[AbsPath]) -> Option<AbsPath> {
        owt_process::find_program(name, search_path, known_paths)
    }

    fn version(&self, program: &AbsPath, environment: &BTreeMap<String, String>) -> Option<String> {
        let look = look(program, environment);
        let now = SystemClock.now();
        let said = self.known().remove(program.as_str());
        let said = said.filter(|said| Some(&said.of) == look.as_ref() && is_fresh(said, now));
        said.map(|said| said.version).or_else(|| self.version_now(program, environment))
    }
}

/// A clock that went back makes no answer young.
fn is_fresh(said: &Said, now: Timestamp) -> bool {
    said.at <= now && now.since(said.at) < BELIEVED
}

fn look(program: &AbsPath, environment: &BTreeMap<String, String>) -> Option<Look> {
    let found = std::fs::metadata(program.as_path()).ok()?;
    Some(Look {
        inode: found.ino(),
        size: found.size(),
        modified_s: found.mtime(),
        modified_ns: found.mtime_nsec(),
        search_path: environment.get("PATH").cloned().unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use owt_config::Environment;

    use super::*;

    #[test]
    fn a_program_is_asked_again_when_its_file_has_changed_and_not_before() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        fs::create_dir(&home).unwrap();
        let variables = [("OWT_HOME", home.to_str().unwrap()), ("PATH", "/usr/bin:/bin"), ("HOME", "/")];
        let variables: BTreeMap<String, String> =
            variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let places = Places::of(&Environment::new(variables.clone(), 1000)).unwrap();
        fs::create_dir_all(places.data.as_path()).unwrap();
        let program = AbsPath::new(folder.path().join("agent")).unwrap();
        let script = |version: &str| {
            let asked = folder.path().join("asked").display().to_string();
            fs::write(&program, format!("#!/bin/sh\necho asked >>'{asked}'\necho '{version}'\n")).unwrap();
            fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        };
        let asked = || fs::read_to_string(folder.path().join("asked")).unwrap_or_default().lines().count();
        script("1.0");
        for _ in 0..3 {
            // Another process each time.
            let programs = InstalledPrograms::new(&places);
            assert_eq!(programs.version(&program, &variables).as_deref(), Some("1.0"));
        }
        assert_eq!(asked(), 1);
        script("2.0.1");
        let programs = InstalledPrograms::new(&places);
        assert_eq!(programs.version(&program, &variables).as_deref(), Some("2.0.1"));
        assert_eq!(asked(), 2);
        assert_eq!(programs.version_now(&program, &variables).as_deref(), Some("2.0.1"));
        assert_eq!(asked(), 3, "whoever wants to know it now is told by the program");
        fs::write(programs.file.as_path(), "no JSON").unwrap();
        assert_eq!(programs.version(&program, &variables).as_deref(), Some("2.0.1"));
    }
}
