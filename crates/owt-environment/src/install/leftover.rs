//! Processes of an install that nobody holds any more: daemons that it forked, and what a crash of ours left.
//!
//! Each process of an install carries a variable that names its log. What made a session of its own and was then
//! left by its parent is no descendant of anybody, but it still has the variable.

use owt_core::AbsPath;
use owt_process::Escalation;
use owt_process::tree;
use owt_process::tree::ProcessIdentity;

/// The variable that processes of an install carry.
pub(crate) const MARK: &str = "OWT_LEFT_BY";

/// How often newcomers are looked for, before a process that forks all the time is given up.
const ROUNDS: usize = 5;

/// What the variable's value begins with in all projects of an install.
pub(crate) fn mark_of(log: &AbsPath) -> String {
    format!("{log}#")
}

/// Ends these processes and what is below them, those that still run.
pub(crate) fn end_recorded(processes: &[ProcessIdentity]) -> Result<(), String> {
    for process in processes.iter().filter(|process| process.is_alive()) {
        tree::end_tree(process.pid, &Escalation::TOOL).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// Ends all processes whose mark begins so. Where the system does not show variables (macOS), it finds none.
pub(crate) fn end_marked(mark: &str) -> Result<(), String> {
    for _ in 0..ROUNDS {
        let found = marked(mark);
        if found.is_empty() {
            return Ok(());
        }
        for pid in found {
            tree::end_tree(pid, &Escalation::TOOL).map_err(|error| error.to_string())?;
        }
    }
    match marked(mark).len() {
        0 => Ok(()),
        left => Err(format!("{left} processes of an install cannot be ended")),
    }
}

/// How many processes have a mark that begins so.
pub(crate) fn count(mark: &str) -> usize {
    marked(mark).len()
}

#[cfg(target_os = "linux")]
fn marked(mark: &str) -> Vec<u32> {
    let us = std::process::id();
    let sought = format!("{MARK}={mark}");
    let numbers = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = numbers.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let has_mark = |pid: &u32| {
        std::fs::read(format!("/proc/{pid}/environ")).is_ok_and(|variables| {
            variables.split(|byte| *byte == 0).any(|variable| variable.starts_with(sought.as_bytes()))
        })
    };
    pids.filter(|pid| *pid != us).filter(has_mark).collect()
}

#[cfg(not(target_os = "linux"))]
fn marked(_mark: &str) -> Vec<u32> {
    Vec::new()
}
