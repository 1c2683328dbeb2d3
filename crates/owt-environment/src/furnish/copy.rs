//! One private file: copied with its mode, its paths and placeholders adjusted, whole or not at all.

use std::fs::File;
use std::io;
use std::io::ErrorKind;
use std::io::Read;
use std::io::Seek;
use std::io::Write;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;

use owt_core::AbsPath;
use owt_core::environment::MovedPaths;
use owt_core::environment::RelPath;
use owt_core::secret_rule::is_private;
use owt_ports::Adjusted;
use owt_ports::FurnishPlan;
use owt_ports::MOST_ADJUSTED_BYTES;
use rustix::fs::Mode;
use rustix::fs::Stat;
use rustix::fs::Timespec;
use rustix::fs::Timestamps;
use rustix::io::Errno;

use super::PARTIAL;
use crate::tree_file::Entry;
use crate::tree_file::Folder;
use crate::tree_file::clone_data;

/// The two checkouts, and what changes between them.
pub(crate) struct Copying<'a> {
    pub(crate) source: Folder,
    pub(crate) worktree: Folder,
    /// The source's root under each of its names.
    pub(crate) spellings: Vec<AbsPath>,
    pub(crate) paths: MovedPaths,
    pub(crate) plan: &'a FurnishPlan,
}

/// What became of a file.
pub(crate) enum Copied {
    /// It was copied.
    New {
        /// Whether its text was changed.
        adjusted: Adjusted,
        /// Placeholders that mean nothing.
        unknown: Vec<String>,
        /// Why paths of the old checkout stand in it all the same.
        kept: Option<&'static str>,
    },
    /// Something is in its place already.
    There,
    /// It is none of the files that are copied.
    LeftOut(String),
}

/// What is to be written of a file.
enum Change {
    /// Another text.
    Text(Text),
    /// Just what it is; with the reason where paths of the old checkout stay in it.
    Nothing { kept: Option<&'static str> },
}

/// The text of a file after paths and placeholders were replaced.
struct Text {
    bytes: Vec<u8>,
    unknown: Vec<String>,
}

impl Copying<'_> {
    /// Copies a file to the same place in the worktree.
    pub(crate) fn copy(&self, path: &RelPath) -> io::Result<Copied> {
        let Some(parent) = path.parent() else { return Ok(left_out("it is the checkout itself")) };
        let source = match self.source.below(&parent) {
            Ok(folder) => folder,
            Err(error) if is_link_in_the_way(&error) => return Ok(left_out("a symbolic link leads there")),
            Err(error) => return Err(error),
        };
        let entry = source.entry(path.file_name())?;
        if self.is_there(&parent, path)? {
            return Ok(Copied::There);
        }
        match entry {
            None => Ok(left_out("it is not there any more")),
            Some(Entry::File(stat)) => self.copy_file(&source, path, &stat),
            Some(Entry::Link) => self.copy_link(&source, path),
            Some(Entry::Folder) => Ok(left_out("it is a folder, and may be a repository of its own")),
            Some(Entry::Other) => Ok(left_out("it is neither a file nor a link")),
        }
    }

    fn is_there(&self, parent: &RelPath, path: &RelPath) -> io::Result<bool> {
        match self.worktree.below(parent) {
            Ok(folder) => Ok(folder.entry(path.file_name())?.is_some()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) if is_link_in_the_way(&error) => {
                Err(io::Error::other("a file or a symbolic link is in the way in the worktree"))
            }
            Err(error) => Err(error),
        }
    }

    fn target_folder(&self, path: &RelPath) -> io::Result<Folder> {
        let folder = self.worktree.made_below(&path.parent().unwrap_or_default(), &self.source)?;
        folder.remove(PARTIAL.as_ref())?;
        Ok(folder)
    }

    fn copy_file(&self, source: &Folder, path: &RelPath, stat: &Stat) -> io::Result<Copied> {
        let mut original = source.open(path.file_name())?;
        if !original.metadata()?.is_file() {
            return Ok(left_out("it is not a file any more"));
        }
        let (text, kept) = match self.adjusted(&mut original)? {
            Change::Text(text) => (Some(text), None),
            Change::Nothing { kept } => (None, kept),
        };
        let target = self.target_folder(path)?;
        let written = fill(&target, &mut original, text.as_ref(), stat, mode(path, stat));
        let published = written.and_then(|()| target.publish(PARTIAL.as_ref(), path.file_name()));
        if !matches!(published, Ok(true)) {
            target.remove(PARTIAL.as_ref())?;
        }
        Ok(match (published?, text) {
            (false, _) => Copied::There,
            (true, Some(text)) => Copied::New { adjusted: Adjusted::Yes, unknown: text.unknown, kept },
            (true, None) => Copied::New { adjusted: Adjusted::No, unknown: Vec::new(), kept },
        })
    }

    /// What is to be written: the changed text, or the original.
    fn adjusted(&self, original: &mut File) -> io::Result<Change> {
        let mut bytes = Vec::new();
        original.take(MOST_ADJUSTED_BYTES + 1).read_to_end(&mut bytes)?;
        original.rewind()?;
        let reason = match bytes.len() as u64 > MOST_ADJUSTED_BYTES {
            true => Some("it is too large"),
            // Lengths count in such files (databases, archives).
            false => bytes.contains(&0).then_some("it is no text"),
        };
        if let Some(reason) = reason {
            return Ok(Change::Nothing { kept: self.paths.occurs_in_bytes(&bytes).then_some(reason) });
        }
        let (rendered, unknown) = self.plan.values.render_bytes(&bytes);
        let moved = self.paths.apply_to_bytes(&rendered);
        let is_changed = moved != bytes || !unknown.is_empty();
        Ok(if is_changed {
            Change::Text(Text { bytes: moved, unknown })
        } else {
            Change::Nothing { kept: None }
        })
    }

    /// A link to a place inside the checkout becomes one to the same place of the worktree.
    fn copy_link(&self, source: &Folder, path: &RelPath) -> io::Result<Copied> {
        let target = source.link_target(path.file_name())?;
        let Some(target) = self.moved_target(path, &target) else {
            return Ok(left_out(&format!(
                "it is a symbolic link out of the checkout, to {}",
                target.display()
            )));
        };
        let folder = self.target_folder(path)?;
        folder.make_link(&target, PARTIAL.as_ref())?;
        match folder.publish(PARTIAL.as_ref(), path.file_name())? {
            true => Ok(Copied::New { adjusted: Adjusted::No, unknown: Vec::new(), kept: None }),
            false => folder.remove(PARTIAL.as_ref()).map(|()| Copied::There),
        }
    }

    fn moved_target(&self, path: &RelPath, target: &Path) -> Option<PathBuf> {
        if target.is_relative() {
            let depth = path.parent().unwrap_or_default().depth();
            return stays_inside(depth, target).then(|| target.to_owned());
        }
        let below = self.spellings.iter().find_map(|root| target.strip_prefix(root.as_path()).ok())?;
        stays_inside(0, below).then(|| self.plan.worktree.as_path().join(below))
    }
}

fn left_out(reason: &str) -> Copied {
    Copied::LeftOut(reason.to_owned())
}

fn is_link_in_the_way(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::LOOP | Errno::NOTDIR))
}

/// Whether a relative path from a folder so deep below the root never leaves it.
pub(crate) fn stays_inside(depth: usize, target: &Path) -> bool {
    let mut depth = Some(depth);
    for part in target.components() {
        depth = match part {
            Component::ParentDir => depth.and_then(|depth| depth.checked_sub(1)),
            Component::Normal(_) => depth.map(|depth| depth + 1),
            Component::CurDir => depth,
            Component::RootDir | Component::Prefix(_) => None,
        };
    }
    depth.is_some()
}

fn mode(path: &RelPath, stat: &Stat) -> Mode {
    // A script that is private is still to be run by its owner.
    let allowed = if is_private(path.as_path().as_os_str()) { 0o700 } else { 0o777 };
    Mode::from_raw_mode(stat.st_mode & allowed)
}

fn fill(
    folder: &Folder,
    original: &mut File,
    text: Option<&Text>,
    stat: &Stat,
    mode: Mode,
) -> io::Result<()> {
    let mut partial = folder.create(PARTIAL.as_ref())?;
    match text {
        Some(text) => partial.write_all(&text.bytes)?,
        None => {
            if clone_data(original, &partial).is_err() {
                io::copy(original, &mut partial)?;
            }
            keep_times(&partial, stat)?;
        }
    }
    Ok(rustix::fs::fchmod(&partial, mode)?)
}

/// Gives a file the times of its original.
pub(crate) fn keep_times(file: &File, stat: &Stat) -> io::Result<()> {
    let access = Timespec { tv_sec: stat.st_atime, tv_nsec: stat.st_atime_nsec.cast_signed() };
    let modification = Timespec { tv_sec: stat.st_mtime, tv_nsec: stat.st_mtime_nsec.cast_signed() };
    let times = Timestamps { last_access: access, last_modification: modification };
    Ok(rustix::fs::futimens(file, &times)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leaves_by_any_step_out() {
        for (depth, target, expected) in [
            (0, "a", true),
            (0, "../a", false),
            (1, "../a", true),
            (1, "a/../../../app/b", false),
            (0, "/a", false),
        ] {
            assert_eq!(stays_inside(depth, Path::new(target)), expected, "{depth} {target}");
        }
    }
}
