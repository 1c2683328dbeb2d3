//! Reports of hooks that found no server: files in the spool folder, oldest first by name. What they say is the
//! wire's business; here they are bytes.

use owt_ports::FileError;

use crate::engine::Engine;

/// Most reports taken at a time.
const MAX_REPORTS: usize = 10_000;

/// One spooled report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spooled {
    name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// The reports that wait, oldest first. Unfinished files are not among them.
///
/// # Errors
/// [`FileError`].
pub fn spooled(engine: &Engine) -> Result<Vec<Spooled>, FileError> {
    let folder = engine.home().spool();
    let files = &engine.ports().files;
    let mut found = Vec::new();
    for name in files.list(&folder)?.into_iter().filter(|name| name.ends_with(".json")).take(MAX_REPORTS) {
        if let Some(bytes) = files.read(&folder.join(&name))? {
            found.push(Spooled { name, bytes });
        }
    }
    Ok(found)
}

/// Removes a report that was taken in, or that nobody can read.
///
/// # Errors
/// [`FileError`].
pub fn forget_spooled(engine: &Engine, report: &Spooled) -> Result<(), FileError> {
    engine.ports().files.remove(&engine.home().spool().join(&report.name))
}
