//! Private files on disk. It must not know what is in them.

use std::fs;
use std::fs::File;
use std::fs::Metadata;
use std::fs::OpenOptions;
use std::io;
use std::io::ErrorKind;
use std::io::Read;
use std::io::Seek;
use std::io::SeekFrom;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use owt_core::AbsPath;
use owt_ports::FileError;
use owt_ports::FilePart;
use owt_ports::FilePlace;
use owt_ports::PrivateFiles;
use owt_ports::ReadFrom;
use rustix::fs::OFlags;

use crate::private_folder;

/// Names of files that are still being written start so; a list leaves them out.
pub(crate) const PARTIAL: &str = ".owt-partial-";

/// The largest file that is read, in bytes: prompts, settings and reports are far smaller.
const MOST_READ_BYTES: u64 = 64 * 1024 * 1024;

/// [`PrivateFiles`] on disk.
///
/// A symbolic link in the place of a file is never followed: reading refuses it, writing and removing replace or remove
/// the link itself. A file of another user is refused too. What a process that died left half written keeps a name of
/// its own and is never listed.
#[derive(Debug, Default)]
pub struct DiskFiles {
    written: AtomicU64,
}

impl DiskFiles {
    /// Files of this process's user.
    pub fn new() -> Self {
        Self::default()
    }

    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let folder = path.parent().ok_or(ErrorKind::IsADirectory)?;
        private_folder::make(folder)?;
        let number = self.written.fetch_add(1, Ordering::Relaxed);
        let process = rustix::process::getpid();
        let partial = folder.join(format!("{PARTIAL}{process}-{number}"));
        let kept = fill(&partial, bytes).and_then(|()| fs::rename(&partial, path));
        if let Err(error) = kept {
            let _ = fs::remove_file(&partial);
            return Err(error);
        }
        private_folder::sync(folder)
    }
}

/// Writes a new file and makes it durable. A leftover of an earlier process with the same number gives way.
fn fill(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let create = || OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut file = match create() {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            fs::remove_file(path)?;
            create()?
        }
        other => other?,
    };
    file.write_all(bytes)?;
    file.sync_all()
}

fn open_own(path: &Path) -> io::Result<(File, Metadata)> {
    // Not blocking: a pipe in the file's place must not hold the server up.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path)?;
    let metadata = file.metadata()?;
    match metadata {
        _ if !metadata.is_file() => Err(io::Error::other("not a regular file")),
        _ if metadata.uid() != rustix::process::geteuid().as_raw() => {
            Err(io::Error::other("belongs to another user"))
        }
        _ => Ok((file, metadata)),
    }
}

fn read_own(path: &Path) -> io::Result<Vec<u8>> {
    match open_own(path)? {
        (_, metadata) if metadata.len() > MOST_READ_BYTES => Err(io::Error::from(ErrorKind::FileTooLarge)),
        (file, _) => read_at_most(file),
    }
}

fn read_part(path: &Path, from: ReadFrom, limit: usize) -> io::Result<FilePart> {
    let (mut file, metadata) = open_own(path)?;
    let (number, length) = (metadata.ino(), metadata.len());
    let offset = match from {
        ReadFrom::Beginning => 0,
        ReadFrom::Place(place) if place.file == number && place.offset <= length => place.offset,
        ReadFrom::Place(_) | ReadFrom::NearEnd => length.saturating_sub(limit as u64),
    };
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::new();
    file.take(limit as u64).read_to_end(&mut bytes)?;
    let end = FilePlace { file: number, offset: offset + bytes.len() as u64 };
    Ok(FilePart { bytes, offset, end })
}

/// A file may grow while it is read.
fn read_at_most(file: File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match file.take(MOST_READ_BYTES + 1).read_to_end(&mut bytes)? as u64 {
        read if read > MOST_READ_BYTES => Err(ErrorKind::FileTooLarge.into()),
        _ => Ok(bytes),
    }
}

fn remove_all(path: &Path) -> io::Result<()> {
    match path.symlink_metadata()?.is_dir() {
        true => fs::remove_dir_all(path),
        false => fs::remove_file(path),
    }
}

fn names_in(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        // No path of ours can hold a name that is not UTF-8, so such a file is not ours.
        match entry?.file_name().into_string() {
            Ok(name) if !name.starts_with(PARTIAL) => names.push(name),
            _ => {}
        }
    }
    names.sort_unstable();
    Ok(names)
}

fn explain(path: &AbsPath, error: &io::Error) -> FileError {
    let path = path.clone();
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => FileError::NoSpace { path },
        _ if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => {
            FileError::Io { path, message: "a symbolic link is in the file's place".to_owned() }
        }
        _ => FileError::Io { path, message: error.to_string() },
    }
}

impl PrivateFiles for DiskFiles {
    fn write(&self, path: &AbsPath, bytes: &[u8]) -> Result<(), FileError> {
        self.replace(path.as_path(), bytes).map_err(|error| explain(path, &error))
    }

    fn read(&self, path: &AbsPath) -> Result<Option<Vec<u8>>, FileError> {
        match read_own(path.as_path()) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(explain(path, &error)),
        }
    }

    fn read_on(&self, path: &AbsPath, from: ReadFrom, limit: usize) -> Result<Option<FilePart>, FileError> {
        match read_part(path.as_path(), from, limit) {
            Ok(part) => Ok(Some(part)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(explain(path, &error)),
        }
    }

    fn remove(&self, path: &AbsPath) -> Result<(), FileError> {
        match remove_all(path.as_path()) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(explain(path, &error)),
            _ => Ok(()),
        }
    }

    fn list(&self, folder: &AbsPath) -> Result<Vec<String>, FileError> {
        match names_in(folder.as_path()) {
            Ok(names) => Ok(names),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            // Nor is there one below something that is no folder.
            Err(error)
                if error.kind() == ErrorKind::NotADirectory
                    && folder.as_path().symlink_metadata().is_err() =>
            {
                Ok(Vec::new())
            }
            Err(error) => Err(explain(folder, &error)),
        }
    }

    fn real(&self, path: &AbsPath) -> Result<Option<AbsPath>, FileError> {
        match fs::canonicalize(path.as_path()) {
            Ok(real) => {
                AbsPath::new(&real).map(Some).map_err(|error| explain(path, &io::Error::other(error)))
            }
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(explain(path, &error)),
        }
    }

    fn free_bytes(&self, path: &AbsPath) -> Result<u64, FileError> {
        let existing = path.as_path().ancestors().find(|place| place.exists()).unwrap_or(Path::new("/"));
        let space = rustix::fs::statvfs(existing).map_err(|error| explain(path, &error.into()))?;
        Ok(space.f_bavail.saturating_mul(space.f_frsize))
    }
}
