//! A queue of ten of which one breaks the checks: how often the real check command runs, and how long it takes, beside landing
//! them one by one.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use super::report::Aim;
use super::report::Report;
use super::report::Row;
use super::timing::Sample;
use crate::failure::Failure;
use crate::program::Program;
use crate::rig::Rig;

/// Workspaces of the queue, and the one that breaks the checks.
const CARS: usize = 10;
const BAD: usize = 7;

/// What one run of the checks takes: they wait, so that cores are no matter.
const CHECK: Duration = Duration::from_secs(2);

/// At once; with as many as there are workspaces each round is one run long.
const SLOTS: [usize; 3] = [1, 4, 10];

/// One queue for each number of slots, and one that lands one by one.
pub(super) fn measure(rig: &Rig, report: &mut Report) -> Result<(), Failure> {
    let runs = rig.root.join("check-runs");
    install_check(rig, &runs)?;
    let alone = queue(rig, "one-by-one", 1)?;
    let (took, checks) = counted(&runs, || one_by_one(rig, &alone))?;
    let floor = Sample::of(vec![took]);
    let by_hand = format!("owt ship one by one, {checks} check runs");
    for slots in SLOTS {
        let repository = queue(rig, &format!("slots{slots}"), slots)?;
        let ship = || {
            // One is put out, and the exit code says so.
            let took = ended(rig.owt_in(&repository, &["queue", "--ship", "--yes"]));
            landed(rig, &repository)?;
            took
        };
        let (took, checks) = counted(&runs, ship)?;
        let what = format!("owt queue --ship, {CARS} with one bad, {slots} at once: {checks} check runs");
        let row = Row::time(&what, &Sample::of(vec![took])).beside(&by_hand, &floor);
        report.add(match slots {
            1 => row,
            // Three runs of the checks, and building ten candidates twice.
            _ => row.aim(Aim::millis_above(CHECK.as_secs_f64() * 3_000.0, Duration::from_secs(2))),
        });
    }
    Ok(())
}

/// The repository's check: counted, as long as it takes, and red where the bad file is.
fn install_check(rig: &Rig, runs: &Path) -> Result<(), Failure> {
    let program = rig.root.join("bin/check");
    let (runs, seconds) = (runs.display(), CHECK.as_secs());
    let script = format!("#!/bin/sh\necho run >> '{runs}'\nsleep {seconds}\ntest ! -e bad.txt\n");
    let written = fs::write(&program, script)
        .and_then(|()| fs::set_permissions(&program, fs::Permissions::from_mode(0o755)));
    written.map_err(|error| Failure::at(&program, error))
}

fn queue(rig: &Rig, name: &str, slots: usize) -> Result<PathBuf, Failure> {
    let config = rig.root.join("owt/config.toml");
    let settings = format!("[landing]\nchecks = [\"check\"]\nconcurrency = \"{slots}\"\n");
    fs::create_dir_all(rig.root.join("owt"))
        .and_then(|()| fs::write(&config, settings))
        .map_err(|error| Failure::at(&config, error))?;
    let repository = rig.repository(name)?;
    for number in 1..=CARS {
        rig.new_headless(&repository, &format!("q/w{number}")).timed()?;
        rig.owt_in(&repository, &["wait", &format!("q/w{number}"), "--timeout", "60"]).timed()?;
        let folder = repository.with_file_name(format!("repository-q-w{number}"));
        let file =
            folder.join(if number == BAD { "bad.txt".to_owned() } else { format!("made{number}.txt") });
        // A tree that has passed is not checked again, in whichever repository: each queue has trees of its own.
        fs::write(&file, format!("{number} of {name}\n")).map_err(|error| Failure::at(&file, error))?;
        rig.git(&folder, &["add", "-A"]).read()?;
        rig.git(&folder, &["commit", "--quiet", "--message", "Work"]).read()?;
    }
    Ok(repository)
}

/// What a person would have to do; the bad one is refused.
fn one_by_one(rig: &Rig, repository: &Path) -> Result<Duration, Failure> {
    let ships =
        (1..=CARS).map(|number| ended(rig.owt_in(repository, &["ship", &format!("q/w{number}"), "--yes"])));
    let took = ships.sum::<Result<Duration, Failure>>()?;
    landed(rig, repository)?;
    Ok(took)
}

/// Runs it, however it ends; how long it took.
fn ended(program: Program) -> Result<Duration, Failure> {
    let began = Instant::now();
    let mut child = program.start(Stdio::null())?;
    child.wait().map_err(|error| Failure::new(format!("owt was not waited for: {error}")))?;
    Ok(began.elapsed())
}

/// All but the bad one are in the target: what went wrong otherwise would be no measurement.
fn landed(rig: &Rig, repository: &Path) -> Result<(), Failure> {
    let log = rig.git(repository, &["log", "--merges", "--format=%s", "main"]).read()?;
    match log.lines().count() {
        count if count == CARS - 1 => Ok(()),
        count => Err(Failure::new(format!("{count} of {CARS} have landed"))),
    }
}

/// Does it, and says how often the checks ran meanwhile.
fn counted(
    runs: &Path,
    work: impl FnOnce() -> Result<Duration, Failure>,
) -> Result<(Duration, usize), Failure> {
    drop(fs::remove_file(runs));
    let took = work()?;
    let told = fs::read_to_string(runs).map_err(|error| Failure::at(runs, error))?;
    Ok((took, told.lines().count()))
}
