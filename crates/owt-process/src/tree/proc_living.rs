//! What lives below a process as Linux shows it: `/proc/PID/task/*/children` (proc_tid_children(5)), `stat`,
//! `cmdline`, `fd`. A kernel without lists of children is asked for its whole table.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::time::Duration;

use crate::tree::ProcessIdentity;
use crate::tree::living::Channels;
use crate::tree::living::Living;
use crate::tree::living::MOST;
use crate::tree::table;

/// The most of a command line that is read, in bytes.
const COMMAND_LINE: usize = 4096;

/// The most descriptors of one process that are looked at.
const DESCRIPTORS: usize = 4096;

pub(crate) fn below(pid: u32) -> io::Result<Vec<Living>> {
    let since_boot = since_boot()?;
    let mut found = Vec::new();
    let mut known = BTreeSet::from([pid]);
    // The root once more at the end: what lost its parent during the look is then below the root.
    let mut queue = vec![pid, pid];
    while let Some(parent) = queue.pop().filter(|_| found.len() < MOST) {
        for child in children(parent)? {
            if known.insert(child) {
                queue.push(child);
                found.extend(one(child, since_boot));
            }
        }
    }
    Ok(found)
}

/// The children of a process, all its threads'; of one that is gone there are none.
fn children(pid: u32) -> io::Result<Vec<u32>> {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else { return Ok(Vec::new()) };
    let mut children = Vec::new();
    for thread in threads.flatten() {
        match fs::read_to_string(thread.path().join("children")) {
            Ok(list) => {
                children.extend(list.split_ascii_whitespace().filter_map(|pid| pid.parse::<u32>().ok()));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound && thread.path().exists() => {
                let table = table::all()?;
                return Ok(table
                    .iter()
                    .filter(|one| one.parent == pid)
                    .map(|one| one.identity.pid)
                    .collect());
            }
            // The thread has ended.
            Err(_) => {}
        }
    }
    Ok(children)
}

fn one(pid: u32, since_boot: Duration) -> Option<Living> {
    let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
    let told = parse(&String::from_utf8_lossy(&stat))?;
    let started = ticks(told.started);
    Some(Living {
        identity: ProcessIdentity { pid, start_time: told.started },
        parent: told.parent,
        age: since_boot.saturating_sub(started),
        processor_time: ticks(told.processor_ticks),
        words: words(pid),
        channels: channels(pid),
    })
}

#[derive(Debug, PartialEq, Eq)]
struct Told {
    parent: u32,
    started: u64,
    processor_ticks: u64,
}

/// `None` for a zombie. Fields are counted from 1 as in proc_pid_stat(5).
fn parse(stat: &str) -> Option<Told> {
    let (_, tail) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = tail.split_ascii_whitespace().collect();
    let number = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
    if matches!(*fields.first()?, "Z" | "X") && number(20)? <= 1 {
        return None;
    }
    let processor_ticks = (14..=17).map(number).sum::<Option<u64>>()?;
    Some(Told { parent: number(4)?.try_into().ok()?, started: number(22)?, processor_ticks })
}

fn ticks(count: u64) -> Duration {
    let a_second = rustix::param::clock_ticks_per_second().max(1);
    Duration::from_millis(count.saturating_mul(1000) / a_second)
}

/// Suspended time included, as start times are counted.
fn since_boot() -> io::Result<Duration> {
    let text = fs::read_to_string("/proc/uptime")?;
    let seconds = text.split_ascii_whitespace().next().and_then(|first| first.parse::<f64>().ok());
    let duration = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    duration.ok_or_else(|| io::Error::other("/proc/uptime tells no time"))
}

fn words(pid: u32) -> Vec<String> {
    let mut line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    line.truncate(COMMAND_LINE);
    String::from_utf8_lossy(&line).split_terminator('\0').map(str::to_owned).collect()
}

/// See [`Channels::of`].
pub(crate) fn channels(pid: u32) -> Channels {
    let channel = |number: u32| {
        let target = fs::read_link(format!("/proc/{pid}/fd/{number}")).ok()?;
        target.to_str().map(str::to_owned)
    };
    Channels { input: channel(0), output: channel(1) }
}

/// Whether a process has this open, of its first descriptors.
pub(crate) fn has_open(pid: u32, channel: &str) -> bool {
    let Ok(descriptors) = fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
    let mut targets =
        descriptors.flatten().take(DESCRIPTORS).filter_map(|entry| fs::read_link(entry.path()).ok());
    targets.any(|target| target.as_os_str() == channel)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parent_start_and_the_four_times_are_read_whatever_the_name() {
        let stat = "42 (a) R 1 (b)) S 7 8 9 0 -1 0 0 0 0 0 1 2 3 4 20 0 1 0 12345 0 0";
        assert_eq!(parse(stat), Some(Told { parent: 7, started: 12345, processor_ticks: 10 }));
        assert_eq!(parse(&stat.replace(" S 7", " Z 7")), None);
        assert_eq!(parse("42 (x) S 7"), None);
        assert_eq!(parse(""), None);
    }
}
