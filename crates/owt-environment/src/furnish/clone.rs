//! A folder as a clone that shares its data with the original. Nothing is copied: where the file system cannot
//! share, the clone is given up.

use std::fs;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::path::PathBuf;

use owt_core::AbsPath;
use rustix::fs::Mode;
use rustix::fs::OFlags;

use super::copy::keep_times;
use super::copy::stays_inside;
use crate::tree_file::clone_data;

/// What was cloned.
#[derive(Debug, Default)]
pub(crate) struct Cloned {
    pub(crate) bytes: u64,
    pub(crate) files: u64,
}

/// Why a folder was not cloned.
#[derive(Debug)]
pub(crate) enum NotCloned {
    /// The file system cannot share data, or not between these two places.
    CannotShare,
    /// A link in it leads to the other checkout.
    LeadsBack(PathBuf),
    /// Anything else.
    System(io::Error),
}

impl From<io::Error> for NotCloned {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}

/// A clone in the making.
pub(crate) struct Cloning<'a> {
    /// The source's root under each of its names.
    pub(crate) spellings: &'a [AbsPath],
    /// How deep below its checkout's root the folder lies.
    pub(crate) depth: usize,
}

impl Cloning<'_> {
    /// Clones `from` to `to`, which must not exist. What was made stays there after an error.
    pub(crate) fn clone(&self, from: &Path, to: &Path) -> Result<Cloned, NotCloned> {
        let mut cloned = Cloned::default();
        self.folder(from, to, self.depth, &mut cloned)?;
        Ok(cloned)
    }

    fn folder(&self, from: &Path, to: &Path, depth: usize, cloned: &mut Cloned) -> Result<(), NotCloned> {
        use std::os::unix::fs::DirBuilderExt;
        fs::DirBuilder::new().mode(0o700).create(to)?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            let (kind, target) = (entry.file_type()?, to.join(entry.file_name()));
            match kind {
                _ if kind.is_dir() => self.folder(&entry.path(), &target, depth + 1, cloned)?,
                _ if kind.is_file() => {
                    cloned.bytes += file(&entry.path(), &target)?;
                    cloned.files += 1;
                }
                _ if kind.is_symlink() => self.link(&entry.path(), &target, depth)?,
                // Sockets and pipes belong to a process.
                _ => {}
            }
        }
        let original = File::open(from)?;
        finish(&original, &File::open(to)?)?;
        Ok(())
    }

    fn link(&self, from: &Path, to: &Path, depth: usize) -> Result<(), NotCloned> {
        let target = fs::read_link(from)?;
        let leads_back = match target.is_absolute() {
            true => self.spellings.iter().any(|root| target.starts_with(root)),
            false => !stays_inside(depth, &target),
        };
        match leads_back {
            true => Err(NotCloned::LeadsBack(from.to_owned())),
            false => Ok(std::os::unix::fs::symlink(target, to)?),
        }
    }
}

/// Whether data can be shared between the two places: a real clone of one of the files, made and removed.
pub(crate) fn can_share(from: &Path, partial: &Path) -> io::Result<bool> {
    let Some(sample) = small_file(from) else { return Ok(true) };
    let tried = file(&sample, partial);
    let removed = fs::remove_file(partial);
    match tried {
        Ok(_) => removed.map(|()| true),
        Err(NotCloned::CannotShare) => Ok(false),
        Err(NotCloned::System(error)) => Err(error),
        Err(NotCloned::LeadsBack(_)) => Ok(true),
    }
}

/// The first file with something in it, not far down.
fn small_file(folder: &Path) -> Option<PathBuf> {
    let mut open = vec![(folder.to_owned(), 0)];
    while let Some((folder, depth)) = open.pop() {
        for entry in fs::read_dir(folder).ok()?.flatten() {
            let Ok(meta) = entry.metadata() else { continue };
            match meta {
                _ if meta.is_file() && meta.len() > 0 => return Some(entry.path()),
                _ if meta.is_dir() && depth < 6 => open.push((entry.path(), depth + 1)),
                _ => {}
            }
        }
    }
    None
}

/// Clones one file and returns its size.
fn file(from: &Path, to: &Path) -> Result<u64, NotCloned> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let original = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(from)?;
    let clone = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to)?;
    let bytes = original.metadata()?.len();
    if bytes > 0 {
        clone_data(&original, &clone).map_err(sorted)?;
    }
    finish(&original, &clone)?;
    Ok(bytes)
}

/// EOPNOTSUPP: the file system has no such thing; EXDEV: another one; EINVAL: not between these (ioctl_ficlone(2)).
fn sorted(error: io::Error) -> NotCloned {
    use rustix::io::Errno;
    match Errno::from_io_error(&error) {
        Some(Errno::OPNOTSUPP | Errno::XDEV | Errno::INVAL | Errno::NOTTY | Errno::NOSYS) => {
            NotCloned::CannotShare
        }
        _ if error.kind() == io::ErrorKind::Unsupported => NotCloned::CannotShare,
        _ => NotCloned::System(error),
    }
}

/// Modes and times: cargo decides by times what to build again.
fn finish(original: &File, clone: &File) -> io::Result<()> {
    let stat = rustix::fs::fstat(original)?;
    rustix::fs::fchmod(clone, Mode::from_raw_mode(stat.st_mode & 0o777))?;
    keep_times(clone, &stat)
}
