//! Making the folders of [`Places`]: ours alone, or a clear error. The rest of the crate writes nothing.

use std::fs::DirBuilder;
use std::fs::File;
use std::fs::Metadata;
use std::fs::OpenOptions;
use std::fs::Permissions;
use std::io;
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::fs::PermissionsExt;

use owt_core::AbsPath;
use rustix::fs::Access;

use crate::places::Places;

/// Nobody else may even look.
const PRIVATE: u32 = 0o700;

/// Why a folder cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FolderError {
    /// The data folder cannot be made or written.
    #[error("the data folder {} cannot be used: {cause}; set OWT_HOME to a folder that can be written", folder.as_str())]
    DataNotWritable {
        /// The folder.
        folder: AbsPath,
        /// What the system said.
        cause: String,
    },
    /// The disk is full.
    #[error("no space left on the disk of {}", .0.as_str())]
    NoSpace(AbsPath),
    /// The runtime folder cannot be made.
    #[error("the folder for sockets {} cannot be made: {cause}; XDG_RUNTIME_DIR or TMPDIR says where it is", folder.as_str())]
    Runtime {
        /// The folder.
        folder: AbsPath,
        /// What the system said.
        cause: String,
    },
    /// A folder of that name is somebody else's, or others may enter it.
    #[error("{} is not a folder of yours alone (owner {owner}, mode {mode:o}): remove it, or set TMPDIR", folder.as_str())]
    NotOurs {
        /// The folder.
        folder: AbsPath,
        /// Its owner's user id.
        owner: u32,
        /// Its permission bits.
        mode: u32,
    },
}

impl Places {
    /// Makes the data and runtime folders where they are missing, and checks that they are ours alone.
    ///
    /// # Errors
    /// [`FolderError`]; what was made before stays.
    pub fn make_folders(&self) -> Result<(), FolderError> {
        make_data(&self.data).map_err(|error| match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                FolderError::NoSpace(self.data.clone())
            }
            _ => FolderError::DataNotWritable { folder: self.data.clone(), cause: error.to_string() },
        })?;
        make_runtime(&self.runtime)
    }

    /// What will keep [`Places::make_folders`] from making them, as far as that can be seen without trying.
    pub fn obstacles(&self) -> Vec<FolderError> {
        let data = obstacle(&self.data)
            .map(|cause| FolderError::DataNotWritable { folder: self.data.clone(), cause });
        // One that is there is ours alone, or looked at as any file of ours is.
        let is_to_be_made = !self.runtime.as_path().exists();
        let runtime = is_to_be_made.then(|| obstacle(&self.runtime)).flatten();
        let runtime = runtime.map(|cause| FolderError::Runtime { folder: self.runtime.clone(), cause });
        data.into_iter().chain(runtime).collect()
    }
}

/// What is in the way of a folder: the nearest place above it that is there is none, or cannot be written.
fn obstacle(folder: &AbsPath) -> Option<String> {
    let place = folder.as_path().ancestors().find(|place| place.symlink_metadata().is_ok())?;
    let said = |why: &str| Some(format!("{}: {why}", place.display()));
    match place.metadata() {
        Err(_) => said("a symbolic link that leads nowhere"),
        Ok(found) if !found.is_dir() => said("not a folder"),
        Ok(_) => {
            let denied = rustix::fs::access(place, Access::WRITE_OK | Access::EXEC_OK).err()?;
            said(&io::Error::from(denied).to_string())
        }
    }
}

/// The name, in the data folder, of the file that says where the sockets are.
const RUNTIME_RECORD: &str = "runtime-folder";

impl Places {
    /// The same places, with the runtime folder that is in use: a command of another shell may have other
    /// variables (`XDG_RUNTIME_DIR` over ssh, say) than the one that started server and sessions. A recorded folder
    /// counts only while it exists and is ours alone.
    #[must_use]
    pub fn settled(self) -> Self {
        let record = self.data.join(RUNTIME_RECORD);
        let recorded =
            std::fs::read_to_string(record).ok().and_then(|text| AbsPath::new(text.trim_end()).ok());
        match recorded.filter(is_private) {
            Some(runtime) => Self { runtime, ..self },
            None => self,
        }
    }

    /// Notes the runtime folder for [`Places::settled`]. For the server, after [`Places::make_folders`].
    ///
    /// # Errors
    /// [`FolderError::DataNotWritable`].
    pub fn record_runtime(&self) -> Result<(), FolderError> {
        let unfinished = self.data.join("runtime-folder.part");
        let written = private_file(&unfinished)
            .and_then(|mut file| writeln!(file, "{}", self.runtime))
            .and_then(|()| std::fs::rename(&unfinished, self.data.join(RUNTIME_RECORD)));
        written.map_err(|error| FolderError::DataNotWritable {
            folder: self.data.clone(),
            cause: error.to_string(),
        })
    }
}

/// An empty file that only we can read.
fn private_file(path: &AbsPath) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).mode(PRIVATE & 0o666).open(path)
}

fn is_private(folder: &AbsPath) -> bool {
    std::fs::symlink_metadata(folder)
        .is_ok_and(|found| found.is_dir() && is_ours(&found) && found.mode() & 0o077 == 0)
}

/// A data folder that is ours is closed to others if it is not yet: everything in it is private.
fn make_data(folder: &AbsPath) -> io::Result<()> {
    private_folder().recursive(true).create(folder)?;
    let found = std::fs::metadata(folder)?;
    if is_ours(&found) && found.mode() & 0o077 != 0 {
        std::fs::set_permissions(folder, Permissions::from_mode(PRIVATE))?;
    }
    Ok(rustix::fs::access(folder.as_path(), Access::WRITE_OK | Access::EXEC_OK)?)
}

/// The runtime folder may lie among other people's (`/tmp`): one that exists is taken only when it is ours and
/// closed, and never through a symbolic link.
fn make_runtime(folder: &AbsPath) -> Result<(), FolderError> {
    let failed =
        |error: &io::Error| FolderError::Runtime { folder: folder.clone(), cause: error.to_string() };
    match private_folder().create(folder) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(failed(&error)),
    }
    let found = std::fs::symlink_metadata(folder).map_err(|error| failed(&error))?;
    if found.is_dir() && is_ours(&found) && found.mode() & 0o077 == 0 {
        return Ok(());
    }
    Err(FolderError::NotOurs { folder: folder.clone(), owner: found.uid(), mode: found.mode() & 0o7777 })
}

fn private_folder() -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.mode(PRIVATE);
    builder
}

fn is_ours(found: &Metadata) -> bool {
    found.uid() == rustix::process::geteuid().as_raw()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_the_way_of_folders_is_seen_without_making_any() {
        let root = tempfile::tempdir().unwrap();
        let path = |name: &str| AbsPath::new(root.path().join(name)).unwrap();
        std::fs::write(path("file"), "").unwrap();
        std::os::unix::fs::symlink(path("nowhere"), path("link")).unwrap();
        let places = |data: &str, runtime: &str| Places {
            config_file: path("config.toml"),
            config_fallback: None,
            data: path(data),
            runtime: path(runtime),
        };
        assert_eq!(places("new/data", "run").obstacles(), []);
        assert!(!path("new").as_path().exists(), "a look made something");
        for (name, word) in
            [("file", "not a folder"), ("file/x/y", "not a folder"), ("link/x", "leads nowhere")]
        {
            let found = places(name, "run").obstacles();
            let [FolderError::DataNotWritable { cause, .. }] = &found[..] else {
                panic!("{name}: {found:?}")
            };
            assert!(cause.contains(word), "{cause}");
            assert!(places(name, "run").make_folders().is_err());
        }
        assert!(matches!(&places("new", "file/run").obstacles()[..], [FolderError::Runtime { .. }]));
    }

    #[test]
    fn a_recorded_runtime_folder_counts_while_it_is_there_and_ours() {
        let root = tempfile::tempdir().unwrap();
        let path = |name: &str| AbsPath::new(root.path().join(name)).unwrap();
        let places = |runtime: &str| Places {
            config_file: path("c"),
            config_fallback: None,
            data: path("data"),
            runtime: path(runtime),
        };
        let first = places("first");
        first.make_folders().unwrap();
        first.record_runtime().unwrap();
        let record = std::fs::metadata(path("data").join(RUNTIME_RECORD)).unwrap();
        assert_eq!(record.mode() & 0o777, 0o600);
        assert_eq!(places("second").settled().runtime, path("first"));
        std::fs::set_permissions(path("first"), Permissions::from_mode(0o755)).unwrap();
        assert_eq!(places("second").settled().runtime, path("second"));
        std::fs::remove_dir(path("first")).unwrap();
        assert_eq!(places("second").settled().runtime, path("second"));
    }
}
