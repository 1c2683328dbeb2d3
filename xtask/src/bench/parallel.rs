//! Many workspaces at once.

use std::process::Child;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use super::report::Report;
use super::report::Row;
use super::timing::Sample;
use crate::failure::Failure;
use crate::program::Program;
use crate::rig::Rig;

/// How many times.
const ROUNDS: usize = 5;

/// `owt new` so many times at once, beside as many `git worktree add` one after the other: at once, git's own
/// locks make some of them fail.
pub(super) fn measure(rig: &Rig, count: usize, report: &mut Report) -> Result<(), Failure> {
    let ours = rig.repository("parallel")?;
    let floor = rig.repository("parallel-floor")?;
    let (mut together, mut in_turn) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let branches: Vec<String> = (0..count).map(|number| format!("p/r{round}n{number}")).collect();
        together.push(at_once(branches.iter().map(|branch| rig.new_headless(&ours, branch)))?);
        let began = Instant::now();
        for branch in &branches {
            rig.worktree_add(&floor, branch).timed()?;
        }
        in_turn.push(began.elapsed());
        let names: Vec<String> = branches.iter().map(|branch| branch.replacen("p/", "", 1)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        rig.owt_in(&ours, &[&["wait", "--timeout", "120"], names.as_slice()].concat()).timed()?;
    }
    let row = Row::time(&format!("{count} owt new --headless at once"), &Sample::of(together));
    report.add(row.beside(&format!("{count} git worktree add, one after the other"), &Sample::of(in_turn)));
    Ok(())
}

fn at_once(programs: impl Iterator<Item = Program>) -> Result<Duration, Failure> {
    let began = Instant::now();
    let children: Vec<Child> =
        programs.map(|program| program.start(Stdio::null())).collect::<Result<_, _>>()?;
    let mut failed = 0;
    for mut child in children {
        failed += usize::from(!child.wait().is_ok_and(|status| status.success()));
    }
    match failed {
        0 => Ok(began.elapsed()),
        failed => Err(Failure::new(format!("{failed} of the commands that ran at once have failed"))),
    }
}
