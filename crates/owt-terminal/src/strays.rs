//! Finding and ending what a killed host left behind: every process of an attempt carries its id in its
//! environment.

use std::collections::BTreeSet;
use std::io;

use owt_core::AttemptId;
use owt_process::Escalation;
use owt_process::tree;

use crate::launch_file::MARKER;

/// How often to look for strays that were started while others were being ended.
const ROUNDS: usize = 5;

/// Ends all processes of this user that carry the attempt's mark; returns how many there were. Neither we nor
/// what we descend from are ended: a server that an agent started inherits the agent's mark.
pub(crate) fn end(attempt: AttemptId, patience: &Escalation) -> io::Result<usize> {
    let spared = ourselves();
    let mut ended = BTreeSet::new();
    for _ in 0..ROUNDS {
        let found: Vec<u32> = marked(attempt)?.into_iter().filter(|pid| !spared.contains(pid)).collect();
        if found.is_empty() {
            break;
        }
        for pid in found {
            ended.insert(pid);
            tree::end_tree(pid, patience).map_err(io::Error::other)?;
        }
    }
    Ok(ended.len())
}

fn ourselves() -> BTreeSet<u32> {
    let us = std::process::id();
    tree::ancestors(us).into_iter().map(|ancestor| ancestor.pid).chain([us]).collect()
}

/// The living processes of this user whose environment, as it was when they were executed, holds the mark.
#[cfg(target_os = "linux")]
fn marked(attempt: AttemptId) -> io::Result<Vec<u32>> {
    let mark = format!("{MARKER}={attempt}");
    let mut pids = Vec::new();
    for entry in std::fs::read_dir("/proc")? {
        let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        if is_ours(pid) && carries(pid, mark.as_bytes()) {
            pids.push(pid);
        }
    }
    Ok(pids)
}

#[cfg(target_os = "linux")]
fn is_ours(pid: u32) -> bool {
    use std::os::unix::fs::MetadataExt;
    let owner = std::fs::metadata(format!("/proc/{pid}")).map(|found| found.uid());
    owner.is_ok_and(|owner| owner == rustix::process::geteuid().as_raw())
}

/// A zombie's environment reads as empty: it needs no ending.
#[cfg(target_os = "linux")]
fn carries(pid: u32, mark: &[u8]) -> bool {
    let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    environment.split(|&byte| byte == 0).any(|variable| variable == mark)
}

/// Only Linux shows the environment of a process without starting another.
#[cfg(not(target_os = "linux"))]
fn marked(_attempt: AttemptId) -> io::Result<Vec<u32>> {
    Ok(Vec::new())
}
