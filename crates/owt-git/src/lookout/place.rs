//! What stands at a path, and whether changes there are told to us at all.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::path::PathBuf;

use super::post::Refused;

/// Filesystems whose every change goes through this machine's kernel, by the numbers of statfs(2), "f_type"
/// (linux/magic.h). Others may change from elsewhere without a word: network and shared folders, FUSE.
#[cfg(target_os = "linux")]
const LOCAL: &[u64] = &[
    0x0000_EF53, // ext2, ext3, ext4
    0x0102_1994, // tmpfs
    0x2FC1_2FC1, // zfs
    0x3153_464A, // jfs
    0x5846_5342, // xfs
    0x794C_7630, // overlayfs
    0x9123_683E, // btrfs
    0xCA45_1A4E, // bcachefs
    0xF2F5_2010, // f2fs
];

/// Something on a disk, whatever it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Inode {
    device: u64,
    number: u64,
}

/// A path and what it led to. A watch is on the thing, not on its path: when a folder above is renamed, or a link
/// points elsewhere, only this tells.
#[derive(Debug)]
pub(super) struct Place {
    path: PathBuf,
    leads_to: Option<Inode>,
}

impl Place {
    /// What is there now, links followed.
    pub(super) fn look(path: PathBuf) -> Self {
        let leads_to = inode(&path);
        Self { path, leads_to }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the path still leads to the same thing, or to nothing as before.
    pub(super) fn holds(&self) -> bool {
        inode(&self.path) == self.leads_to
    }
}

fn inode(path: &Path) -> Option<Inode> {
    let meta = fs::metadata(path).ok()?;
    Some(Inode { device: meta.dev(), number: meta.ino() })
}

/// The device that a folder is on.
pub(super) fn device(folder: &Path) -> io::Result<u64> {
    Ok(fs::symlink_metadata(folder)?.dev())
}

/// Refuses folders on filesystems that can change unnoticed.
#[cfg(target_os = "linux")]
pub(super) fn require_local(folder: &Path) -> Result<(), Refused> {
    let found = rustix::fs::statfs(folder).map_err(io::Error::from)?;
    // The type of the field differs between machines; the number has 32 bits.
    let kind = u64::try_from(found.f_type).unwrap_or_default() & 0xFFFF_FFFF;
    if LOCAL.contains(&kind) { Ok(()) } else { Err(Refused::Unfit) }
}

/// There is no queue of changes here that could be trusted or not.
#[cfg(not(target_os = "linux"))]
pub(super) fn require_local(_folder: &Path) -> Result<(), Refused> {
    Err(Refused::Unfit)
}
