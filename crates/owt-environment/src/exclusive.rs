//! What would be free if a folder were gone.

use std::collections::HashMap;
use std::fs;
use std::fs::Metadata;
use std::io;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// The unit of `st_blocks` everywhere.
const BLOCK: u64 = 512;

/// Bytes of a folder that nobody else has: neither shared extents nor files with links outside. Not followed: symbolic
/// links and other file systems. What vanishes while it is being looked at does not count.
pub(crate) fn bytes(folder: &Path) -> io::Result<u64> {
    let meta = match folder.symlink_metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
        other => other?,
    };
    let mut census = Census { device: meta.dev(), shares: can_share(folder), ..Census::default() };
    census.add(folder, &meta)?;
    Ok(census.total())
}

#[derive(Debug, Default)]
struct Census {
    device: u64,
    /// Whether extents can be shared on this file system.
    shares: bool,
    bytes: u64,
    /// Files with several links: how many were seen, how many there are, and their bytes.
    linked: HashMap<u64, (u64, u64, u64)>,
}

impl Census {
    fn add(&mut self, path: &Path, meta: &Metadata) -> io::Result<()> {
        if meta.dev() != self.device {
            return Ok(());
        }
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

    fn folder(&mut self, path: &Path) -> io::Result<()> {
        let entries = match fs::read_dir(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            other => other?,
        };
        for entry in entries {
            let entry = entry?;
            match entry.metadata() {
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Ok(meta) => self.add(&entry.path(), &meta)?,
                Err(error) => return Err(error),
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
    use super::*;

    #[test]
    fn links_count_once_and_only_when_all_are_inside() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("inside");
        fs::create_dir(&inside).unwrap();
        let empty = bytes(&inside).unwrap();
        fs::write(inside.join("a"), vec![1; 100_000]).unwrap();
        let one = bytes(&inside).unwrap() - empty;
        assert!((100_000..200_000).contains(&one), "{one}");
        fs::hard_link(inside.join("a"), inside.join("b")).unwrap();
        assert_eq!(bytes(&inside).unwrap() - empty, one);
        fs::hard_link(inside.join("a"), folder.path().join("outside")).unwrap();
        assert_eq!(bytes(&inside).unwrap() - empty, 0);
    }

    #[test]
    fn what_is_not_there_costs_nothing() {
        assert_eq!(bytes(Path::new("/nonexistent/owt")).unwrap(), 0);
    }
}
