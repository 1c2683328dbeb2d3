//! Lists that cost something: of workspaces of which some have changed since the last one.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::failure::Failure;
use crate::rig::Rig;

use super::report::Report;
use super::report::Row;
use super::timing::Sample;

/// How many of each are made.
const ROUNDS: usize = 10;

/// Measures lists after one change, after a change for all, and by a server that knows nothing yet.
pub(super) fn measure(rig: &Rig, repository: &Path, size: usize, report: &mut Report) -> Result<(), Failure> {
    let listed = rig.git(repository, &["worktree", "list", "--porcelain"]).read()?;
    let worktrees = listed.lines().filter_map(|line| line.strip_prefix("worktree ")).skip(1);
    let Some(worktree) = worktrees.last().map(Path::new) else { return Ok(()) };
    let file = worktree.join("part0/file0.txt");
    let one = after(rig, repository, |round| {
        fs::write(&file, format!("changed {round}\n")).map_err(|error| Failure::at(&file, error))
    })?;
    report.add(Row::time(&format!("the same, {size}, after a change in one"), &one));
    let all = after(rig, repository, |_| {
        let commit = ["commit", "--quiet", "--allow-empty", "--message", "More"];
        rig.git(repository, &commit).timed().map(drop)
    })?;
    report.add(Row::time(&format!("the same, {size}, after a commit on the base branch of all"), &all));
    let first = after(rig, repository, |_| rig.owt(&["server", "stop"]).timed().map(drop))?;
    report.add(Row::time(&format!("the same, {size}, the first of a server, which it starts"), &first));
    Ok(())
}

/// Lists after something was done each time; before that, the server has seen everything.
fn after(
    rig: &Rig,
    repository: &Path,
    act: impl Fn(usize) -> Result<(), Failure>,
) -> Result<Sample, Failure> {
    let list = || rig.owt_in(repository, &["list"]).timed();
    let mut took: Vec<Duration> = Vec::new();
    for round in 0..ROUNDS {
        for _ in 0..3 {
            list()?;
        }
        act(round)?;
        took.push(list()?);
    }
    Ok(Sample::of(took))
}
