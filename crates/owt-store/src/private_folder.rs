//! Folders that only this user may enter. It must not change a folder that was there before.

use std::fs::DirBuilder;
use std::fs::File;
use std::io;
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

/// Makes a folder and those above it that are missing, each with mode 0700 and each durable.
pub(crate) fn make(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let parent = folder.parent().ok_or(ErrorKind::NotFound)?;
    make(parent)?;
    match DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => sync(parent),
        // Somebody else was quicker, which is as good; a file in the way is not.
        Err(error) if error.kind() == ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

/// Makes what was renamed, made or removed in a folder survive a loss of power.
pub(crate) fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
