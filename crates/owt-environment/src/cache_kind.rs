//! Which ignored folders are caches, and when nobody is writing to them.

use std::fs;
use std::fs::File;
use std::path::Path;
use std::path::PathBuf;

use owt_core::AbsPath;
use owt_core::environment::RelPath;
use rustix::fs::FlockOperation;

/// What an ignored folder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Cargo's: any checkout can use it.
    CargoTarget,
    /// Installed packages: they fit if the lock file is the same.
    Packages,
    /// Keyed by content.
    ByContent,
    /// Full of absolute paths.
    Bound,
}

/// What an ignored folder of a checkout is; `None` where that is not known.
pub(crate) fn kind(source: &AbsPath, folder: &RelPath) -> Option<Kind> {
    let beside = |name: &str| {
        folder
            .parent()
            .and_then(|parent| parent.join(name).ok())
            .is_some_and(|file| file.within(source).is_file())
    };
    match folder.file_name().to_str()? {
        "target" if beside("Cargo.toml") => Some(Kind::CargoTarget),
        "node_modules" => Some(Kind::Packages),
        "vendor" if beside("composer.json") || beside("go.mod") => Some(Kind::Packages),
        ".turbo" | ".parcel-cache" => Some(Kind::ByContent),
        "cache" if folder.parent().is_some_and(|parent| parent.file_name() == ".next") => {
            Some(Kind::ByContent)
        }
        ".venv" | "venv" | ".gradle" | ".tox" | ".nox" => Some(Kind::Bound),
        _ => None,
    }
}

/// Of Next's output only the cache is one.
pub(crate) fn of_next(folder: &RelPath) -> RelPath {
    match folder.file_name() == ".next" {
        true => folder.join("cache").unwrap_or_default(),
        false => folder.clone(),
    }
}

/// Takes part in the locks of all profiles (`target/PROFILE/.cargo-lock`, `target/TRIPLE/PROFILE/.cargo-lock`; cargo
/// 1.91 and later has `.cargo-build-lock` and others beside it), so that no build begins while they are held.
pub(crate) fn hold_cargo_locks(target: &Path, how: FlockOperation) -> Result<Vec<File>, String> {
    let mut held = Vec::new();
    for file in cargo_locks(target, 2) {
        let Ok(file) = File::open(file) else { continue };
        match rustix::fs::flock(&file, how) {
            Ok(()) => held.push(file),
            Err(rustix::io::Errno::WOULDBLOCK) => return Err("a build is running there".to_owned()),
            // File systems without locks: cargo goes on without them too.
            Err(_) => {}
        }
    }
    Ok(held)
}

fn cargo_locks(folder: &Path, deeper: usize) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && deeper > 0 => found.extend(cargo_locks(&entry.path(), deeper - 1)),
            Ok(kind) if kind.is_file() && name.starts_with(".cargo-") && name.ends_with("lock") => {
                found.push(entry.path());
            }
            _ => {}
        }
    }
    found
}
