//! Files and folders that only this user may read (0600, 0700). Knows nothing of git.

use std::fs;
use std::fs::DirBuilder;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Makes a folder and those above it, private where they are new.
pub(crate) fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Makes or empties a private file; a symlink in its place is refused.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .custom_flags(i32::try_from(rustix::fs::OFlags::NOFOLLOW.bits()).unwrap_or(0))
        .open(path)
}

/// Writes a private file as a whole: under another name, to the disk, then renamed.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let draft = draft_of(path);
    let mut file = create(&draft)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&draft, path)
}

/// Copies one file or symlink to `target`, as a private file, replacing what is there.
pub(crate) fn copy(source: &Path, target: &Path) -> io::Result<()> {
    let draft = draft_of(target);
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    if source.symlink_metadata()?.is_symlink() {
        std::os::unix::fs::symlink(fs::read_link(source)?, &draft)?;
    } else {
        let mut file = create(&draft)?;
        io::copy(&mut File::open(source)?, &mut file)?;
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
        file.sync_all()?;
    }
    fs::rename(&draft, target)
}

fn draft_of(path: &Path) -> std::path::PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".owt-draft");
    name.into()
}
