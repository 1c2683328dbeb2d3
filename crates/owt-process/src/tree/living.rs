//! What lives below a process, and what each of them is at: for whoever asks whether work still goes on there.

use std::io;
use std::time::Duration;

use crate::tree::ProcessIdentity;

/// The most processes that a look takes in; a family that is larger is not looked at to its end.
pub(crate) const MOST: usize = 512;

/// A process that lived when it was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Living {
    /// Which.
    pub identity: ProcessIdentity,
    /// Its parent's process id.
    pub parent: u32,
    /// For how long it has run.
    pub age: Duration,
    /// Processor time that it has used, its ended children's included.
    pub processor_time: Duration,
    /// The words that it was started with; empty where the system does not tell.
    pub words: Vec<String>,
    /// What it reads from and writes to.
    pub channels: Channels,
}

/// What a process reads from and writes to by default, by names that tell one from another (`pipe:[42]`, `/dev/null`);
/// `None` where the system does not tell.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Channels {
    /// Standard input.
    pub input: Option<String>,
    /// Standard output.
    pub output: Option<String>,
}

impl Channels {
    /// What a process has, if it is there and the system tells.
    pub fn of(pid: u32) -> Self {
        #[cfg(target_os = "linux")]
        return super::proc_living::channels(pid);
        #[cfg(not(target_os = "linux"))]
        {
            let _ = pid;
            Self::default()
        }
    }

    /// Whether both are known and lead to another process.
    fn lead_both_ways(&self) -> bool {
        let leads = |name: &Option<String>| {
            name.as_ref().is_some_and(|name| name.starts_with("pipe:") || name.starts_with("socket:"))
        };
        leads(&self.input) && leads(&self.output)
    }

    /// Whether somebody talks with the process: both lead to another, and one of these holds the other end of its input.
    /// The shells of a pipeline let go of the ends that they give away; the ends of a socket have no name in common, and
    /// no shell makes one.
    pub fn are_held_by(&self, others: impl IntoIterator<Item = u32>) -> bool {
        let Some(input) = self.input.as_deref().filter(|_| self.lead_both_ways()) else { return false };
        input.starts_with("socket:") || others.into_iter().any(|pid| has_open(pid, input))
    }

    /// Whether both are known and the same as those of another.
    pub fn are_those_of(&self, other: &Self) -> bool {
        self.input.is_some() && self.output.is_some() && self == other
    }
}

/// Everything that lives below `pid`, parents before their children. Costs as much as the family is large, where the
/// system can list the children of one process (Linux), and as the whole table elsewhere.
///
/// # Errors
/// When the process table cannot be read.
pub fn living_below(pid: u32) -> io::Result<Vec<Living>> {
    #[cfg(target_os = "linux")]
    return super::proc_living::below(pid);
    #[cfg(not(target_os = "linux"))]
    return super::ps_living::below(pid);
}

#[cfg(target_os = "linux")]
use super::proc_living::has_open;

/// Nothing is known here.
#[cfg(not(target_os = "linux"))]
fn has_open(_pid: u32, _channel: &str) -> bool {
    false
}

/// Those of `table` that are below `pid`, parents first.
#[cfg(any(not(target_os = "linux"), test))]
pub(crate) fn family(table: &[Living], pid: u32) -> Vec<Living> {
    let mut found: Vec<Living> = Vec::new();
    let mut parents = vec![pid];
    while let Some(parent) = parents.pop() {
        let children = table.iter().filter(|one| one.parent == parent && one.identity.pid != pid);
        let new: Vec<&Living> =
            children.filter(|one| found.iter().all(|known| known.identity != one.identity)).collect();
        parents.extend(new.iter().map(|one| one.identity.pid));
        found.extend(new.into_iter().cloned());
        if found.len() >= MOST {
            break;
        }
    }
    found
}
