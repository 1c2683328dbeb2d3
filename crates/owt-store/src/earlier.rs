//! Whether a database was here before. Seen without opening anything: SQLite takes a file that is gone or empty for a
//! new one, and throws its write-ahead log away, even where it may only read.

use std::fs;
use std::path::Path;

use owt_core::AbsPath;
use owt_ports::StoreError;

use crate::backups::backups;
use crate::backups::may_hold_something;
use crate::failure::Place;
use crate::open::wal_path;

/// What lies where a database is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// A file with something in it. Whether it is sound only opening it shows.
    Begun,
    /// None has ever been begun here, as far as can be seen.
    NeverBegun,
}

/// What lies at `path`. `filled_by_use`: folders in which something lies only after a database was used.
///
/// # Errors
/// [`StoreError::Corrupt`] where the file is gone or empty and something shows that there was an earlier one; failures to
/// look.
pub fn standing(path: &AbsPath, filled_by_use: &[AbsPath]) -> Result<Standing, StoreError> {
    let place = Place::of(path)?;
    let lost = match path.as_path().metadata() {
        Ok(metadata) if metadata.len() > 0 || !metadata.is_file() => return Ok(Standing::Begun),
        Ok(_) => "empty",
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => "gone",
        Err(error) => return Err(place.explain_io(&error)),
    };
    match sign(&place, filled_by_use)? {
        Some(sign) => Err(place.corrupt(format!("the file is {lost}, but {sign}"))),
        None => Ok(Standing::NeverBegun),
    }
}

/// What shows that a database was here before, beside its file.
pub(crate) fn sign(place: &Place, filled_by_use: &[AbsPath]) -> Result<Option<String>, StoreError> {
    if wal_path(&place.path).metadata().is_ok_and(|log| log.len() > 0) {
        return Ok(Some("its write-ahead log (-wal) is there".to_owned()));
    }
    if backups(&place.path)?.iter().any(|backup| may_hold_something(&backup.path)) {
        return Ok(Some("backups of it are there".to_owned()));
    }
    let used = filled_by_use.iter().find(|folder| holds_anything(folder.as_path()));
    Ok(used.map(|folder| format!("what was recorded in it is there: {folder}")))
}

/// A folder that cannot be looked into may hold something.
fn holds_anything(folder: &Path) -> bool {
    match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) => error.kind() != std::io::ErrorKind::NotFound,
    }
}
