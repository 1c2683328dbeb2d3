//! Large repositories: from the words of a task to its agent having them, beside git's own share of that.

use std::path::Path;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;

use super::Thoroughness;
use super::report::Aim;
use super::report::Report;
use super::report::Row;
use super::timing::Sample;
use crate::failure::Failure;
use crate::program::Program;
use crate::rig::Rig;

/// A prompt that has not arrived by then never will.
const PATIENCE: Duration = Duration::from_secs(120);

/// What may come on top of git's own time, in milliseconds: a session, two records, the look for projects.
const ON_TOP: f64 = 250.0;

pub(super) fn measure(rig: &Rig, thoroughness: Thoroughness, report: &mut Report) -> Result<(), Failure> {
    for &files in thoroughness.files() {
        one_size(rig, thoroughness, files, report)?;
    }
    Ok(())
}

fn one_size(rig: &Rig, thoroughness: Thoroughness, files: usize, report: &mut Report) -> Result<(), Failure> {
    let ours = rig.repository_of(&format!("large-{files}"), files)?;
    let floor = rig.repository_of(&format!("large-floor-{files}"), files)?;
    let (mut delivered, mut added) = (Vec::new(), Vec::new());
    // The first ones read what is not in memory yet.
    for run in 0..=thoroughness.large_runs() {
        let (name, branch) = (format!("n{run}"), format!("l/n{run}"));
        // What one of them leaves to be done by the system, the other may pay for: they take turns.
        let (took, floor_took) = if run % 2 == 0 {
            let took = delivery(rig, &ours, &name, &branch)?;
            (took, addition(rig, &floor, &branch)?)
        } else {
            let floor_took = addition(rig, &floor, &branch)?;
            (delivery(rig, &ours, &name, &branch)?, floor_took)
        };
        if run > 0 {
            delivered.push(took);
            added.push(floor_took);
        }
        rig.owt_in(&ours, &["delete", &name, "--force", "--yes"]).timed()?;
        let folder = format!("../floor-{}", branch.replace('/', "-"));
        rig.git(&floor, &["worktree", "remove", "--force", &folder]).timed()?;
    }
    let (delivered, added) = (Sample::of(delivered), Sample::of(added));
    let row = Row::time(&format!("owt new to prompt delivered, {files} files"), &delivered)
        .beside(&format!("git worktree add, {files} files"), &added)
        .aim(Aim::millis_above(ON_TOP, added.median()));
    report.add(row);
    Ok(())
}

/// From the command to the agent having its prompt.
fn delivery(rig: &Rig, repository: &Path, name: &str, branch: &str) -> Result<Duration, Failure> {
    settle()?;
    let began = Instant::now();
    rig.new_headless(repository, branch).timed()?;
    until_delivered(rig, repository, name)?;
    let took = began.elapsed();
    rig.owt_in(repository, &["wait", name, "--timeout", "120"]).timed()?;
    Ok(took)
}

fn addition(rig: &Rig, repository: &Path, branch: &str) -> Result<Duration, Failure> {
    settle()?;
    rig.worktree_add(repository, branch).timed()
}

/// Lets the disk take what was written and removed before: whoever comes next would pay for it.
fn settle() -> Result<(), Failure> {
    Program::new("sync").timed().map(drop)
}

fn until_delivered(rig: &Rig, repository: &Path, name: &str) -> Result<(), Failure> {
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        let shown = rig.owt_in(repository, &["show", name, "--json"]).read()?;
        let shown: Value = serde_json::from_str(&shown)
            .map_err(|error| Failure::new(format!("owt show printed no JSON: {error}")))?;
        let state = shown["data"]["deliveries"][0]["state"].as_str().unwrap_or_default();
        if matches!(state, "injected" | "observed") {
            return Ok(());
        }
    }
    Err(Failure::new(format!("the prompt of {name} has not arrived within {PATIENCE:?}")))
}
