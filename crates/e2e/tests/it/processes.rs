//! Processes of a test, found by what their environment says of it. Knows nothing of owt.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use owt_process::tree::ProcessIdentity;
use rustix::process::Pid;
use rustix::process::Signal;
use rustix::process::kill_process;

use crate::patience::until;

/// Processes whose command line or environment names something in this folder. Without `/proc` none are found.
pub(crate) fn that_name(folder: &Path) -> Vec<u32> {
    let folder = [folder.as_os_str().as_bytes(), b"/"].concat();
    let names = |file: String| fs::read(file).is_ok_and(|bytes| contains(&bytes, &folder));
    let own = std::process::id();
    let is_theirs = |pid: &u32| {
        *pid != own && (names(format!("/proc/{pid}/cmdline")) || names(format!("/proc/{pid}/environ")))
    };
    all().into_iter().filter(is_theirs).collect()
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// The ids of those among them whose command line has this word.
pub(crate) fn with_word(pids: &[u32], word: &str) -> Vec<u32> {
    let has = |pid: &u32| {
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        line.split(|byte| *byte == 0).any(|each| each == word.as_bytes())
    };
    pids.iter().copied().filter(has).collect()
}

/// Ends it, if it is there.
pub(crate) fn kill(pid: u32) {
    let _gone_already = kill_process(as_pid(pid), Signal::KILL);
}

/// Ends it and waits until it is no more: neither a thread of it, which would hold its files and locks, nor taken for
/// another that has its number by then.
pub(crate) fn kill_and_wait(pid: u32) {
    let Some(process) = ProcessIdentity::of(pid) else { return };
    kill(pid);
    until(&format!("process {pid} to end"), || !process.is_alive());
}

/// Whether it runs; one that ended and was not collected does not.
pub(crate) fn is_alive(pid: u32) -> bool {
    ProcessIdentity::of(pid).is_some_and(ProcessIdentity::is_alive)
}

fn all() -> Vec<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

fn as_pid(pid: u32) -> Pid {
    Pid::from_raw(i32::try_from(pid).unwrap()).unwrap()
}
