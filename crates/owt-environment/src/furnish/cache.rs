//! Which caches fit another checkout, and how they get there.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::time::Instant;

use owt_core::AbsPath;
use owt_core::environment::MovedPaths;
use owt_core::environment::RelPath;
use owt_ports::Carried;
use owt_ports::FurnishPlan;
use owt_ports::Furnished;
use owt_ports::Rebuilt;
use rustix::fs::FlockOperation;

use super::PARTIAL;
use super::clone;
use super::clone::Cloned;
use super::clone::Cloning;
use super::clone::NotCloned;
use super::packages;
use crate::cache_kind::Kind;
use crate::cache_kind::hold_cargo_locks;
use crate::cache_kind::kind;
use crate::cache_kind::of_next;

/// Carries over what can be; the reasons for the rest are told. Nothing here is an error: a cache can be built again.
pub(crate) fn carry_all(plan: &FurnishPlan, spellings: &[AbsPath], furnished: &mut Furnished) {
    for folder in &plan.folders {
        let folder = of_next(folder);
        let Some(kind) = kind(&plan.source, &folder) else { continue };
        // What a crash has left of an earlier try.
        remove(&folder.within(&plan.worktree).with_file_name(PARTIAL));
        if !folder.within(&plan.source).is_dir() || folder.within(&plan.worktree).symlink_metadata().is_ok() {
            continue;
        }
        let carrying = Carrying { plan, spellings, folder: &folder, kind };
        match carrying.carry() {
            Ok((carried, is_installed)) => {
                furnished.carried.push(carried);
                furnished.installed.extend(is_installed.then_some(folder));
            }
            Err(reason) => furnished.rebuilt.push(Rebuilt { folder, reason }),
        }
    }
}

struct Carrying<'a> {
    plan: &'a FurnishPlan,
    spellings: &'a [AbsPath],
    folder: &'a RelPath,
    kind: Kind,
}

impl Carrying<'_> {
    /// The clone, and whether it saves an install.
    fn carry(&self) -> Result<(Carried, bool), String> {
        let begun = Instant::now();
        let lock = self.fitting_lock()?;
        let from = self.folder.within(&self.plan.source);
        let _held = match self.kind {
            Kind::CargoTarget => hold_cargo_locks(&from, FlockOperation::NonBlockingLockShared)?,
            _ => Vec::new(),
        };
        let (cloned, is_installed) = self.clone_whole(&from, lock.as_ref())?;
        let Cloned { bytes, files } = cloned;
        Ok((Carried { folder: self.folder.clone(), bytes, files, took: begun.elapsed() }, is_installed))
    }

    /// Refuses what cannot fit, without looking at much.
    fn fitting_lock(&self) -> Result<Option<RelPath>, String> {
        match self.kind {
            Kind::Bound => Err("it holds absolute paths of the other checkout".to_owned()),
            Kind::CargoTarget | Kind::ByContent => Ok(None),
            Kind::Packages => {
                let (source, worktree) = (&self.plan.source, &self.plan.worktree);
                let lock = packages::common_lock(source, worktree, self.folder)?;
                let paths = MovedPaths::new(self.spellings.to_vec(), worktree.clone());
                match packages::names_other_checkout(&self.folder.within(source), &paths) {
                    Some(file) => Err(format!("its {file} holds absolute paths of the other checkout")),
                    None => Ok(Some(lock)),
                }
            }
        }
    }

    fn clone_whole(&self, from: &Path, lock: Option<&RelPath>) -> Result<(Cloned, bool), String> {
        let to = self.folder.within(&self.plan.worktree);
        let parent = self.prepared_parent(&to).map_err(|error| error.to_string())?;
        let partial = parent.join(PARTIAL);
        let made = self.clone_checked(from, &partial, lock).and_then(|made| {
            fs::rename(&partial, &to).map_err(|error| error.to_string())?;
            Ok(made)
        });
        if made.is_err() {
            remove(&partial);
        }
        made
    }

    /// The folder that the cache goes into, without what a crash has left there. A link on the way is refused.
    fn prepared_parent(&self, to: &Path) -> std::io::Result<PathBuf> {
        let parent = to.parent().unwrap_or(to).to_owned();
        fs::create_dir_all(&parent)?;
        let (real, root) = (fs::canonicalize(&parent)?, fs::canonicalize(&self.plan.worktree)?);
        if !real.starts_with(root) {
            return Err(std::io::Error::other("a symbolic link leads out of the worktree"));
        }
        remove(&parent.join(PARTIAL));
        Ok(parent)
    }

    fn clone_checked(
        &self,
        from: &Path,
        partial: &Path,
        lock: Option<&RelPath>,
    ) -> Result<(Cloned, bool), String> {
        if !clone::can_share(from, partial).map_err(|error| error.to_string())? {
            return Err(told(&NotCloned::CannotShare));
        }
        let cloning = Cloning { spellings: self.spellings, depth: self.folder.depth() };
        let cloned = cloning.clone(from, partial).map_err(|reason| told(&reason))?;
        let is_npm = |lock: &&RelPath| {
            matches!(lock.file_name().to_str(), Some("package-lock.json" | "npm-shrinkwrap.json"))
        };
        match lock.filter(is_npm) {
            // `npm ci` begins with an empty folder, so that a clone which does not save it is worth nothing.
            Some(lock) if !packages::npm_is_complete(&lock.within(&self.plan.worktree), partial) => {
                Err(format!("it is not all that {lock} asks for"))
            }
            Some(_) => Ok((cloned, true)),
            None => Ok((cloned, false)),
        }
    }
}

fn told(reason: &NotCloned) -> String {
    match reason {
        NotCloned::CannotShare => "the file system cannot share data between the two checkouts".to_owned(),
        NotCloned::LeadsBack(link) => {
            format!("its symbolic link {} leads to the other checkout", link.display())
        }
        NotCloned::System(error) => error.to_string(),
    }
}

/// Best effort: what cannot be removed is in the way of the next step, which says so.
fn remove(path: &Path) {
    let _ = match path.symlink_metadata() {
        Ok(meta) if meta.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(_) => Ok(()),
    };
}
