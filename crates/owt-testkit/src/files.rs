//! Private files in memory: the contract of the disk, with a disk that can be full and a process that can die.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use owt_core::AbsPath;
use owt_ports::FileError;
use owt_ports::FilePart;
use owt_ports::FilePlace;
use owt_ports::PrivateFiles;
use owt_ports::ReadFrom;

use crate::crash::CrashPlan;

/// [`PrivateFiles`] in memory; clones are the same disk, and outlive a simulated crash.
#[derive(Debug, Clone)]
pub struct MemoryFiles {
    crash: CrashPlan,
    disk: Arc<Mutex<Disk>>,
}

#[derive(Debug)]
struct Disk {
    nodes: BTreeMap<AbsPath, Node>,
    room: u64,
    files: u64,
}

#[derive(Debug)]
enum Node {
    Folder,
    File {
        bytes: Vec<u8>,
        /// Grows with each file that takes another's place.
        number: u64,
    },
}

impl MemoryFiles {
    /// An empty disk of a tebibyte, whose calls die as `crash` says.
    pub fn new(crash: CrashPlan) -> Self {
        let disk = Disk { nodes: BTreeMap::new(), room: 1 << 40, files: 0 };
        Self { crash, disk: Arc::new(Mutex::new(disk)) }
    }

    /// The same disk for whoever dies as `plan` says.
    #[must_use]
    pub fn reopened(&self, plan: CrashPlan) -> Self {
        Self { crash: plan, disk: self.disk.clone() }
    }

    /// Sets how many bytes are free. Writing more than that at once fails; what is written takes nothing away.
    pub fn set_room(&self, bytes: u64) {
        self.disk().room = bytes;
    }

    /// The files that there are, for a test to look at.
    pub fn paths(&self) -> Vec<AbsPath> {
        let disk = self.disk();
        let files = disk.nodes.iter().filter(|(_, node)| matches!(node, Node::File { .. }));
        files.map(|(path, _)| path.clone()).collect()
    }

    /// Another program adds to a file, which is made where there is none.
    pub fn append(&self, path: &AbsPath, more: &[u8]) {
        let mut disk = self.disk();
        match disk.nodes.get_mut(path) {
            Some(Node::File { bytes, .. }) => bytes.extend_from_slice(more),
            _ => disk.write(path, more).expect("a test adds to no folder"),
        }
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn failed(path: &AbsPath, message: &str) -> FileError {
    FileError::Io { path: path.clone(), message: message.to_owned() }
}

impl Disk {
    fn write(&mut self, path: &AbsPath, bytes: &[u8]) -> Result<(), FileError> {
        self.check_above(path)?;
        if matches!(self.nodes.get(path), Some(Node::Folder)) {
            return Err(failed(path, "is a directory"));
        }
        if bytes.len() as u64 > self.room {
            return Err(FileError::NoSpace { path: path.clone() });
        }
        let mut above = path.parent();
        while let Some(folder) = above {
            above = folder.parent();
            self.nodes.insert(folder, Node::Folder);
        }
        self.files += 1;
        self.nodes.insert(path.clone(), Node::File { bytes: bytes.to_vec(), number: self.files });
        Ok(())
    }

    fn read_on(&self, path: &AbsPath, from: ReadFrom, limit: usize) -> Result<Option<FilePart>, FileError> {
        self.check_above(path)?;
        let (bytes, number) = match self.nodes.get(path) {
            None => return Ok(None),
            Some(Node::File { bytes, number }) => (bytes, *number),
            Some(Node::Folder) => return Err(failed(path, "not a regular file")),
        };
        let length = bytes.len() as u64;
        let offset = match from {
            ReadFrom::Beginning => 0,
            ReadFrom::Place(place) if place.file == number && place.offset <= length => place.offset,
            ReadFrom::Place(_) | ReadFrom::NearEnd => length.saturating_sub(limit as u64),
        };
        let bytes: Vec<u8> = bytes.iter().skip(offset as usize).take(limit).copied().collect();
        let end = FilePlace { file: number, offset: offset + bytes.len() as u64 };
        Ok(Some(FilePart { bytes, offset, end }))
    }

    fn read(&self, path: &AbsPath) -> Result<Option<Vec<u8>>, FileError> {
        self.check_above(path)?;
        match self.nodes.get(path) {
            None => Ok(None),
            Some(Node::File { bytes, .. }) => Ok(Some(bytes.clone())),
            Some(Node::Folder) => Err(failed(path, "not a regular file")),
        }
    }

    fn list(&self, folder: &AbsPath) -> Result<Vec<String>, FileError> {
        self.check_above(folder)?;
        if matches!(self.nodes.get(folder), Some(Node::File { .. })) {
            return Err(failed(folder, "not a directory"));
        }
        let inside = self.nodes.keys().filter(|path| path.parent().as_ref() == Some(folder));
        Ok(inside.map(|path| path.file_name().to_owned()).collect())
    }

    fn remove(&mut self, path: &AbsPath) -> Result<(), FileError> {
        self.check_above(path)?;
        self.nodes.retain(|other, _| !other.starts_with(path));
        Ok(())
    }

    fn check_above(&self, path: &AbsPath) -> Result<(), FileError> {
        let mut above = path.parent();
        while let Some(folder) = above {
            if matches!(self.nodes.get(&folder), Some(Node::File { .. })) {
                return Err(failed(path, "not a directory"));
            }
            above = folder.parent();
        }
        Ok(())
    }
}

impl PrivateFiles for MemoryFiles {
    fn write(&self, path: &AbsPath, bytes: &[u8]) -> Result<(), FileError> {
        self.crash.around("files.write", || self.disk().write(path, bytes))
    }

    fn read(&self, path: &AbsPath) -> Result<Option<Vec<u8>>, FileError> {
        self.crash.around("files.read", || self.disk().read(path))
    }

    fn read_on(&self, path: &AbsPath, from: ReadFrom, limit: usize) -> Result<Option<FilePart>, FileError> {
        self.crash.around("files.read_on", || self.disk().read_on(path, from, limit))
    }

    fn remove(&self, path: &AbsPath) -> Result<(), FileError> {
        self.crash.around("files.remove", || self.disk().remove(path))
    }

    fn list(&self, folder: &AbsPath) -> Result<Vec<String>, FileError> {
        self.crash.around("files.list", || self.disk().list(folder))
    }

    fn real(&self, path: &AbsPath) -> Result<Option<AbsPath>, FileError> {
        self.crash.around("files.real", || Ok(self.disk().nodes.contains_key(path).then(|| path.clone())))
    }

    fn free_bytes(&self, _path: &AbsPath) -> Result<u64, FileError> {
        self.crash.around("files.free_bytes", || Ok(self.disk().room))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files_conformance::assert_conforms;

    fn root() -> AbsPath {
        AbsPath::new("/owt-home").unwrap()
    }

    #[test]
    fn it_conforms() {
        assert_conforms(&MemoryFiles::new(CrashPlan::never()), &root());
    }

    #[test]
    fn a_full_disk_keeps_the_old_content() {
        let files = MemoryFiles::new(CrashPlan::never());
        let path = root().join("prompt");
        files.write(&path, b"old").unwrap();
        files.set_room(2);
        assert_eq!(files.write(&path, b"new"), Err(FileError::NoSpace { path: path.clone() }));
        assert_eq!((files.read(&path), files.free_bytes(&path)), (Ok(Some(b"old".to_vec())), Ok(2)));
    }

    #[test]
    fn what_was_written_outlives_a_crash_that_swallows_the_answer() {
        let plan = CrashPlan::at(2);
        let files = MemoryFiles::new(plan.clone());
        let path = root().join("prompt");
        assert_eq!(files.write(&path, b"text"), Err(FileError::Crashed));
        assert_eq!(files.read(&path), Err(FileError::Crashed));
        plan.revive();
        assert_eq!((files.read(&path), files.paths()), (Ok(Some(b"text".to_vec())), vec![path]));
    }
}
