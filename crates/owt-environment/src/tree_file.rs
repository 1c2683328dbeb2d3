//! Files of a checkout, reached part by part so that no symbolic link is ever followed.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;

use owt_core::AbsPath;
use owt_core::environment::RelPath;
use rustix::fs::AtFlags;
use rustix::fs::FileType;
use rustix::fs::Mode;
use rustix::fs::OFlags;
use rustix::fs::RenameFlags;
use rustix::fs::Stat;
use rustix::io::Errno;

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// What a name is in its folder.
pub(crate) enum Entry {
    File(Stat),
    Link,
    Folder,
    Other,
}

/// A folder of a checkout.
#[derive(Debug)]
pub(crate) struct Folder {
    fd: OwnedFd,
}

impl Folder {
    /// The checkout itself, whose own path may go through links.
    pub(crate) fn root(root: &AbsPath) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Self { fd: rustix::fs::open(root.as_path(), flags, Mode::empty())? })
    }

    /// The folder at a path below. A link on the way is [`Errno::LOOP`] or [`Errno::NOTDIR`].
    pub(crate) fn below(&self, path: &RelPath) -> io::Result<Self> {
        let mut fd = self.fd.try_clone()?;
        for part in path.parts() {
            fd = rustix::fs::openat(&fd, part, FOLDER, Mode::empty())?;
        }
        Ok(Self { fd })
    }

    /// The folder at a path below, made with the modes of its model where it is missing.
    pub(crate) fn made_below(&self, path: &RelPath, model: &Self) -> io::Result<Self> {
        let (mut fd, mut model) = (self.fd.try_clone()?, model.fd.try_clone()?);
        for part in path.parts() {
            model = rustix::fs::openat(&model, part, FOLDER, Mode::empty())?;
            let mode = Mode::from_raw_mode(rustix::fs::fstat(&model)?.st_mode & 0o777);
            match rustix::fs::mkdirat(&fd, part, mode) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(error) => return Err(error.into()),
            }
            fd = rustix::fs::openat(&fd, part, FOLDER, Mode::empty())?;
        }
        Ok(Self { fd })
    }

    /// What is there under a name, if anything.
    pub(crate) fn entry(&self, name: &OsStr) -> io::Result<Option<Entry>> {
        match rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(match FileType::from_raw_mode(stat.st_mode) {
                FileType::RegularFile => Entry::File(stat),
                FileType::Symlink => Entry::Link,
                FileType::Directory => Entry::Folder,
                _ => Entry::Other,
            })),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Opens a file for reading; not blocking, should a pipe have taken its place.
    pub(crate) fn open(&self, name: &OsStr) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(&self.fd, name, flags, Mode::empty())?.into())
    }

    /// Makes a file of mode 0600 that nobody else has made.
    pub(crate) fn create(&self, name: &OsStr) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(&self.fd, name, flags, Mode::RUSR | Mode::WUSR)?.into())
    }

    pub(crate) fn link_target(&self, name: &OsStr) -> io::Result<PathBuf> {
        use std::os::unix::ffi::OsStringExt;
        let target = rustix::fs::readlinkat(&self.fd, name, Vec::new())?;
        Ok(std::ffi::OsString::from_vec(target.into_bytes()).into())
    }

    pub(crate) fn make_link(&self, target: &std::path::Path, name: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::symlinkat(target, &self.fd, name)?)
    }

    /// Removes a file or link; it not being there is success.
    pub(crate) fn remove(&self, name: &OsStr) -> io::Result<()> {
        match rustix::fs::unlinkat(&self.fd, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Gives a finished file its name, unless something has it: then `false`, and nothing is changed.
    pub(crate) fn publish(&self, partial: &OsStr, name: &OsStr) -> io::Result<bool> {
        let renamed = rustix::fs::renameat_with(&self.fd, partial, &self.fd, name, RenameFlags::NOREPLACE);
        let published = match renamed {
            // File systems that cannot rename without replacing can link.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
                let linked = rustix::fs::linkat(&self.fd, partial, &self.fd, name, AtFlags::empty());
                linked.and_then(|()| rustix::fs::unlinkat(&self.fd, partial, AtFlags::empty()))
            }
            other => other,
        };
        match published {
            Ok(()) => Ok(true),
            Err(Errno::EXIST) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

/// Makes `to` share the data of `from` until one of them changes; an error where the file system cannot.
pub(crate) fn clone_data(from: &File, to: &File) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    return Ok(rustix::fs::ioctl_ficlone(to, from)?);
    // macOS clones by name (clonefile), not between open files; cloning folders there is not built yet.
    #[cfg(not(target_os = "linux"))]
    return Err(io::Error::from(io::ErrorKind::Unsupported));
}
