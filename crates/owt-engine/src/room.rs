//! Whether there is room for more work: on the disks that it writes to, and in the budget of its repository. Looked at
//! before anything is made; what cannot be told is refused.

use owt_core::AbsPath;
use owt_core::vcs::Repository;
use owt_ports::Effort;
use owt_ports::EnvironmentError;
use owt_ports::StoreError;

use crate::engine::Engine;
use crate::settings::DiskRules;
use crate::trash;
use crate::use_cases::Force;
use crate::use_cases::select::live_workspaces;

/// Why there is no room.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoRoom {
    /// The disk is nearly full.
    #[error(
        "only {} are free on the disk of {place}, and worktree.min_free_space asks for {}",
        amount(*free),
        amount(*wanted)
    )]
    Disk {
        /// The folder that would be written to.
        place: AbsPath,
        /// Bytes.
        free: u64,
        /// Bytes.
        wanted: u64,
    },
    /// The repository has used up its budget.
    #[error(
        "the worktrees and the trash of {repository} hold {}, and worktree.disk_budget gives them {}",
        amount(*used),
        amount(*budget)
    )]
    Budget {
        /// The repository's root.
        repository: AbsPath,
        /// Bytes.
        used: u64,
        /// Bytes.
        budget: u64,
    },
    /// It cannot be told.
    #[error("whether there is room cannot be told: {0}")]
    CannotTell(EnvironmentError),
    /// The journal.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<EnvironmentError> for NoRoom {
    fn from(error: EnvironmentError) -> Self {
        Self::CannotTell(error)
    }
}

/// An amount of disk for people, with two digits or three.
pub(crate) fn amount(bytes: u64) -> String {
    const UNITS: [(u64, &str); 4] =
        [(1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    let Some((size, unit)) = UNITS.into_iter().find(|(size, _)| bytes >= *size) else {
        return format!("{bytes} B");
    };
    match bytes / size {
        whole @ 10.. => format!("{whole} {unit}"),
        whole => format!("{whole}.{} {unit}", bytes % size * 10 / size),
    }
}

/// Whether work may begin in a folder that is there or will be.
///
/// # Errors
/// [`NoRoom`]; nothing was touched.
pub(crate) fn require(
    engine: &Engine,
    rules: DiskRules,
    repository: Option<&Repository>,
    place: &AbsPath,
) -> Result<(), NoRoom> {
    if let Some(wanted) = rules.min_free {
        for place in [place, engine.home().data()] {
            let free = engine.ports().environments.free_space(place)?;
            if free < wanted {
                return Err(NoRoom::Disk { place: place.clone(), free, wanted });
            }
        }
    }
    let (Some(budget), Some(repository)) = (rules.budget, repository) else { return Ok(()) };
    let used = used(engine, rules, repository)?;
    match used >= budget {
        true => Err(NoRoom::Budget { repository: repository.root.clone(), used, budget }),
        false => Ok(()),
    }
}

/// Bytes that a repository's worktrees and its trash hold alone.
fn used(engine: &Engine, rules: DiskRules, repository: &Repository) -> Result<u64, NoRoom> {
    let mut used = 0u64;
    for record in live_workspaces(engine, Some(repository.id))? {
        // What is in the person's own checkout is not ours to count.
        if matches!(record.state.spec.ground, owt_core::workspace::Ground::Worktree(_)) {
            let print = engine.ports().environments.footprint(&record.state.spec.path, Effort::Whatever)?;
            used = used.saturating_add(print.exclusive);
        }
    }
    let kept = trash::look_through(engine, repository, rules.trash, Force::No)?;
    // Another home's has rules of its own.
    let ours = kept.iter().filter(|kept| kept.is_ours);
    Ok(ours.fold(used, |used, kept| used.saturating_add(kept.bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_short() {
        for (bytes, expected) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 kB"),
            (9_990, "9.9 kB"),
            (10_000, "10 kB"),
            (200_000_000, "200 MB"),
            (1_500_000_000, "1.5 GB"),
            (20_000_000_000, "20 GB"),
        ] {
            assert_eq!(amount(bytes), expected);
        }
    }
}
