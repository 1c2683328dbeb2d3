//! Whether the disks of a checkout have room for what a move of its branch would write. git finds out in the middle,
//! leaves the files that it has written by then, and may say that all is well (`git checkout`, 2.47.3).

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::path::PathBuf;

use owt_core::AbsPath;
use owt_ports::GitError;
use owt_ports::TargetMove;

use crate::GitCli;
use crate::call::Answer;
use crate::call::Call;
use crate::failure;

/// What a disk gives away at a time, in bytes: a file of one byte takes this much on most.
const BLOCK: u64 = 4096;

/// The mode of a submodule, whose files are not written.
const GITLINK: &str = "160000";

/// Refuses a move whose files would not fit beside those that are there, each on the disk that its folder is on. What filters
/// make of a file is not known before; it counts as large as it is in the repository.
pub(super) fn require(client: &GitCli, request: &TargetMove, top: &AbsPath) -> Result<(), GitError> {
    let written = Call::in_repository(client, &request.repository.common_dir, "diff-tree")
        .args(["diff-tree", "-r", "-z", "--no-renames", "--diff-filter=AMT"])
        .args([request.from.as_str(), request.to.as_str()])
        .succeed()?;
    let files = files(&written)?;
    let sizes = sizes(client, request, &files)?;
    let mut disks = Disks::with(top);
    for (file, size) in files.iter().zip(sizes) {
        disks.write(file.path, size.next_multiple_of(BLOCK));
    }
    disks.require()
}

/// The disks that are written to.
struct Disks<'a> {
    top: &'a AbsPath,
    /// The disk of each folder of a file.
    of_folders: BTreeMap<&'a Path, u64>,
    /// By disk: a folder on it, and how much it is to take.
    needed: BTreeMap<u64, (PathBuf, u64)>,
}

impl<'a> Disks<'a> {
    /// The one that the checkout is on.
    fn with(top: &'a AbsPath) -> Self {
        let mut disks = Self { top, of_folders: BTreeMap::new(), needed: BTreeMap::new() };
        disks.disk_of(Path::new(""));
        disks
    }

    fn write(&mut self, file: &'a Path, size: u64) {
        let disk = self.disk_of(file.parent().unwrap_or(Path::new("")));
        if let Some((_, needed)) = self.needed.get_mut(&disk) {
            *needed = needed.saturating_add(size);
        }
    }

    /// The disk that a folder is on, or will be made on.
    fn disk_of(&mut self, folder: &'a Path) -> u64 {
        if let Some(disk) = self.of_folders.get(folder) {
            return *disk;
        }
        let whole = self.top.as_path().join(folder);
        let disk = match (fs::symlink_metadata(&whole), folder.parent()) {
            (Ok(found), _) if found.is_dir() => found.dev(),
            // It is made, in place of what lies there perhaps.
            (_, Some(above)) => self.disk_of(above),
            (_, None) => 0,
        };
        self.of_folders.insert(folder, disk);
        self.needed.entry(disk).or_insert((whole, 0));
        disk
    }

    fn require(self) -> Result<(), GitError> {
        let is_full = |(folder, needed): &&(PathBuf, u64)| {
            failure::free(folder).unwrap_or(u64::MAX) < needed.saturating_add(failure::FULL)
        };
        match self.needed.values().find(is_full) {
            // Of a name that is no text, the checkout's is told.
            Some((folder, _)) => {
                Err(GitError::NoSpace(AbsPath::new(folder).unwrap_or_else(|_| self.top.clone())))
            }
            None => Ok(()),
        }
    }
}

/// A file that is written.
struct Written<'a> {
    object: &'a str,
    path: &'a Path,
}

/// How large they are, in their order.
fn sizes(client: &GitCli, request: &TargetMove, files: &[Written<'_>]) -> Result<Vec<u64>, GitError> {
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let objects: String = files.iter().flat_map(|file| [file.object, "\n"]).collect();
    let sizes = Call::in_repository(client, &request.repository.common_dir, "cat-file")
        .args(["cat-file", "--buffer", "--batch-check=%(objectsize)"])
        .input(objects.into_bytes())
        .succeed()?;
    let text = sizes.text();
    text.lines().map(|line| line.parse::<u64>().map_err(|_| sizes.strange())).collect()
}

/// The files of a raw difference: `:MODE MODE OBJECT OBJECT STATUS`, and a path, each with a NUL behind it
/// (git-diff-tree(1), "RAW OUTPUT FORMAT").
fn files(answer: &Answer) -> Result<Vec<Written<'_>>, GitError> {
    let mut files = Vec::new();
    let mut fields = answer.bytes().split(|&byte| byte == 0);
    while let Some(about) = fields.next().filter(|about| !about.is_empty()) {
        let about = std::str::from_utf8(about).map_err(|_| answer.strange())?;
        let mut words = about.split(' ').skip(1);
        let (Some(mode), Some(_), Some(object)) = (words.next(), words.next(), words.next()) else {
            return Err(answer.strange());
        };
        let path = Path::new(OsStr::from_bytes(fields.next().ok_or_else(|| answer.strange())?));
        if mode != GITLINK {
            files.push(Written { object, path });
        }
    }
    Ok(files)
}
