//! What would be free if a folder were gone.

use std::collections::HashMap;
use std::fs;
use std::fs::Metadata;
use std::io;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Instant;

use owt_core::Timestamp;
use owt_ports::Effort;
use owt_ports::Footprint;
use owt_ports::Seen;

/// The unit of `st_blocks` everywhere.
const BLOCK: u64 = 512;

/// How often time is looked at: each so many entries.
const LOOK_AT_TIME: u32 = 256;

/// What a folder takes of the disk, counted without shared extents and files with links outside. Not followed: symbolic
/// links and other file systems. What vanishes while it is being looked at does not count.
pub(crate) fn footprint(folder: &Path, effort: Effort) -> io::Result<Footprint> {
    let meta = match folder.symlink_metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Footprint::default()),
        other => other?,
    };
    let until = match effort {
        Effort::Whatever => None,
        Effort::AtMost(limit) => Instant::now().checked_add(limit),
    };
    let mut census = Census { device: meta.dev(), shares: can_share(folder), until, ..Census::default() };
    if meta.is_dir() {
        // The folder itself must be readable; those in it are passed over, and that is said.
        drop(fs::read_dir(folder)?);
    }
    census.add(folder, &meta)?;
    let touched = census.touched.map(Timestamp::from_millis);
    Ok(Footprint { exclusive: census.total(), touched, seen: census.seen })
}

/// Bytes that this user can still write where a folder is or would be.
pub(crate) fn free(folder: &Path) -> io::Result<u64> {
    let there = folder.ancestors().find(|path| path.exists()).unwrap_or(Path::new("/"));
    let fs = rustix::fs::statvfs(there)?;
    Ok(fs.f_bavail.saturating_mul(fs.f_frsize))
}

#[derive(Debug, Default)]
struct Census {
    device: u64,
    /// Whether extents can be shared on this file system.
    shares: bool,
    until: Option<Instant>,
    entries: u32,
    bytes: u64,
    /// The newest time of a file or folder, in milliseconds.
    touched: Option<i64>,
    seen: Seen,
    /// Files with several links: how many were seen, how many there are, and their bytes.
    linked: HashMap<u64, (u64, u64, u64)>,
}

impl Census {
    fn add(&mut self, path: &Path, meta: &Metadata) -> io::Result<()> {
        if meta.dev() != self.device || !self.has_time() {
            return Ok(());
        }
        self.touched = self.touched.max(Some(meta.mtime() * 1_000 + meta.mtime_nsec() / 1_000_000));
        if meta.is_dir() {
            self.bytes += meta.blocks() * BLOCK;
            return self.folder(path);
        }
        if meta.nlink() == 1 || !meta.is_file() {
            self.bytes += self.own(path, meta);
            return Ok(());
        }
        if let Some((seen, ..)) = self.linked.get_mut(&meta.ino()) {
            *seen += 1;
        } else {
            let own = self.own(path, meta);
            self.linked.insert(meta.ino(), (1, meta.nlink(), own));
        }
        Ok(())
    }

    fn has_time(&mut self) -> bool {
        let Some(until) = self.until else { return true };
        self.entries = self.entries.wrapping_add(1);
        if self.entries.is_multiple_of(LOOK_AT_TIME) && Instant::now() >= until {
            self.seen = Seen::TimeRanOut;
        }
        self.seen != Seen::TimeRanOut
    }

    fn folder(&mut self, path: &Path) -> io::Result<()> {
        let entries = match fs::read_dir(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                self.seen = Seen::NotAll;
                return Ok(());
            }
            other => other?,
        };
        for entry in entries {
            let entry = entry?;
            match entry.metadata() {
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Ok(meta) => self.add(&entry.path(), &meta)?,
                Err(error) => return Err(error),
            }
            if self.seen == Seen::TimeRanOut {
                break;
            }
        }
        Ok(())
    }

    fn own(&self, path: &Path, meta: &Metadata) -> u64 {
        let all = meta.blocks() * BLOCK;
        if self.shares && meta.is_file() && all > 0 {
            all.saturating_sub(shared(path).unwrap_or(0))
        } else {
            all
        }
    }

    fn total(&self) -> u64 {
        let inside = self.linked.values().filter(|(seen, links, _)| seen == links);
        self.bytes + inside.map(|(.., bytes)| bytes).sum::<u64>()
    }
}

/// The file systems of Linux whose files can share extents; elsewhere asking each file would cost time for nothing.
/// Numbers of statfs(2) and `linux/magic.h`.
#[cfg(target_os = "linux")]
fn can_share(folder: &Path) -> bool {
    const XFS: i64 = 0x5846_5342;
    const BTRFS: i64 = 0x9123_683e;
    const BCACHEFS: i64 = 0xca45_1a4e;
    const OCFS2: i64 = 0x7461_636f;
    rustix::fs::statfs(folder).is_ok_and(|fs| {
        #[expect(clippy::unnecessary_cast, reason = "the type of this field differs between machines")]
        let kind = fs.f_type as i64;
        [XFS, BTRFS, BCACHEFS, OCFS2].contains(&kind)
    })
}

/// APFS shares too, but does not say what.
#[cfg(not(target_os = "linux"))]
fn can_share(_folder: &Path) -> bool {
    false
}

/// Bytes of a file that other files share; `None` where the file system does not say.
#[cfg(target_os = "linux")]
fn shared(path: &Path) -> Option<u64> {
    use fiemap::FiemapExtentFlags;
    use rustix::fs::Mode;
    use rustix::fs::OFlags;

    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = rustix::fs::open(path, flags, Mode::empty()).ok()?;
    let mut shared = 0;
    for extent in fiemap::Fiemap::new(file) {
        let extent = extent.ok()?;
        if extent.fe_flags.contains(FiemapExtentFlags::SHARED) {
            shared += extent.fe_length;
        }
    }
    Some(shared)
}

#[cfg(not(target_os = "linux"))]
fn shared(_path: &Path) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn bytes(folder: &Path) -> u64 {
        footprint(folder, Effort::Whatever).unwrap().exclusive
    }

    #[test]
    fn links_count_once_and_only_when_all_are_inside() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("inside");
        fs::create_dir(&inside).unwrap();
        let empty = bytes(&inside);
        fs::write(inside.join("a"), vec![1; 100_000]).unwrap();
        let one = bytes(&inside) - empty;
        assert!((100_000..200_000).contains(&one), "{one}");
        fs::hard_link(inside.join("a"), inside.join("b")).unwrap();
        assert_eq!(bytes(&inside) - empty, one);
        fs::hard_link(inside.join("a"), folder.path().join("outside")).unwrap();
        assert_eq!(bytes(&inside) - empty, 0);
    }

    #[test]
    fn the_newest_time_counts_however_deep_it_lies() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("a/b")).unwrap();
        fs::write(folder.path().join("a/b/c"), "x").unwrap();
        let at = |seconds| std::time::UNIX_EPOCH + Duration::from_secs(seconds);
        let set = |path: &str, seconds| {
            let file = fs::File::open(folder.path().join(path)).unwrap();
            file.set_modified(at(seconds)).unwrap();
        };
        set("a/b/c", 2_000);
        set("a/b", 1_000);
        set("a", 1_000);
        set("", 1_000);
        let touched = footprint(folder.path(), Effort::Whatever).unwrap().touched;
        assert_eq!(touched, Some(Timestamp::from_millis(2_000_000)));
    }

    #[test]
    fn it_ends_when_its_time_is_over_and_says_so() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..2 * LOOK_AT_TIME {
            fs::write(folder.path().join(number.to_string()), "x").unwrap();
        }
        let hurried = footprint(folder.path(), Effort::AtMost(Duration::ZERO)).unwrap();
        assert_eq!(hurried.seen, Seen::TimeRanOut);
        let whole = footprint(folder.path(), Effort::AtMost(Duration::from_secs(3600))).unwrap();
        assert!(whole.seen == Seen::Whole && whole.exclusive > hurried.exclusive, "{whole:?} {hurried:?}");
    }

    #[test]
    fn what_is_not_there_costs_nothing() {
        let nothing = footprint(Path::new("/nonexistent/owt"), Effort::Whatever);
        assert_eq!(nothing.unwrap(), Footprint::default());
    }
}
