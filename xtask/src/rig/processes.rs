//! What processes take: memory and time, as `/proc` tells. On a system without it these are not measured.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::Duration;
use std::time::Instant;

use crate::failure::Failure;
use crate::program::Program;

/// What a pipe holds (pipe(7): 16 pages on Linux).
const PIPE_BYTES: usize = 65536;

/// A program that has taken no more memory for so long has done its work.
const STILL: Duration = Duration::from_millis(500);

/// USER_HZ is 100 on every Linux (time(7)).
const MILLIS_PER_TICK: u64 = 10;

/// Kibibytes of memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Kibibytes(pub(crate) u64);

impl Kibibytes {
    pub(crate) fn mebibytes(self) -> f64 {
        // A process of 2^53 kibibytes is not measured here.
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        let kibibytes = self.0 as f64;
        kibibytes / 1024.0
    }
}

/// A process's share of memory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Memory {
    /// What it has in memory, shared pages counted whole.
    pub(crate) resident: Kibibytes,
    /// The same, shared pages counted by their share.
    pub(crate) proportional: Kibibytes,
}

/// The processes of this home: their environment or their command line names it.
pub(crate) fn of_home(home: &Path) -> Vec<u32> {
    let variable = format!("OWT_HOME={}", home.join("owt").display());
    let below = format!("{}/", home.display());
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|&pid: &u32| {
        words(pid, "environ").any(|word| word == variable.as_bytes())
            || words(pid, "cmdline").any(|word| word.starts_with(below.as_bytes()))
    })
    .collect()
}

/// Those of them whose first argument is this word.
pub(crate) fn of_command(home: &Path, word: &str) -> Vec<u32> {
    let is_it = |&pid: &u32| words(pid, "cmdline").nth(1).as_deref() == Some(word.as_bytes());
    of_home(home).into_iter().filter(is_it).collect()
}

/// The words of one of a process's lists.
fn words(pid: u32, list: &str) -> impl Iterator<Item = Vec<u8>> + use<> {
    let bytes = fs::read(format!("/proc/{pid}/{list}")).unwrap_or_default();
    bytes.split(|byte| *byte == 0).map(<[u8]>::to_vec).collect::<Vec<_>>().into_iter()
}

/// What a process has in memory now.
pub(crate) fn memory(pid: u32) -> Option<Memory> {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    Some(Memory { resident: field(&text, "Rss:")?, proportional: field(&text, "Pss:")? })
}

/// The time that all threads of a process have run so far.
pub(crate) fn time(pid: u32) -> Duration {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let ran = threads.filter_map(|thread| {
        let text = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse().ok().map(Duration::from_nanos)
    });
    ran.sum()
}

/// The processor time that a process has used so far, threads that have ended counted, too; in steps of 10 ms.
pub(crate) fn used(pid: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // proc_pid_stat(5): the name in brackets may hold blanks; after it utime and stime are the 12th and 13th field.
    let fields = stat.rsplit_once(") ").map(|(_, rest)| rest.split(' ')).into_iter().flatten();
    let ticks: u64 = fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * MILLIS_PER_TICK)
}

/// The most that a short-lived program had in memory. Its output goes into a pipe that is full: it stands still where
/// it has done its work and wants to say so.
pub(crate) fn peak(program: Program) -> Result<Option<Kibibytes>, Failure> {
    let failed = |error: std::io::Error| Failure::new(format!("a pipe: {error}"));
    let (mut theirs, mut ours) = std::io::pipe().map_err(failed)?;
    ours.write_all(&[0; PIPE_BYTES]).map_err(failed)?;
    let mut child = program.start(ours)?;
    let status = format!("/proc/{}/status", child.id());
    let (mut most, mut last_change) = (None, Instant::now());
    while last_change.elapsed() < STILL {
        pause();
        let now = field(&fs::read_to_string(&status).unwrap_or_default(), "VmHWM:");
        if now > most {
            (most, last_change) = (now, Instant::now());
        }
    }
    std::io::copy(&mut theirs, &mut std::io::sink()).map_err(failed)?;
    child.wait().map_err(failed)?;
    Ok(most)
}

#[expect(clippy::disallowed_methods, reason = "a process that stands still tells nobody")]
fn pause() {
    std::thread::sleep(STILL / 50);
}

fn field(text: &str, name: &str) -> Option<Kibibytes> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok().map(Kibibytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_in_kibibytes() {
        let text = "Name:\towt\nVmHWM:\t    4096 kB\nRss:   12 kB\n";
        assert_eq!(field(text, "VmHWM:"), Some(Kibibytes(4096)));
        assert_eq!(field(text, "Pss:"), None);
        assert!((Kibibytes(4096).mebibytes() - 4.0).abs() < 1e-9);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn we_ourselves_take_memory_and_time() {
        let memory = memory(std::process::id()).unwrap();
        assert!(memory.resident >= memory.proportional && memory.proportional > Kibibytes(0));
        assert!(time(std::process::id()) > Duration::ZERO);
    }
}
