//! The board on a terminal: how soon it is there, how soon a key is answered, what it takes while nothing happens.

use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use super::report::Aim;
use super::report::Report;
use super::report::Row;
use super::timing::Sample;
use crate::failure::Failure;
use crate::program::Program;
use crate::rig::Rig;
use crate::rig::processes::Kibibytes;

/// What `board-pace` tells; times in microseconds.
#[derive(Deserialize)]
struct Pace {
    starts: Vec<u64>,
    versions: Vec<u64>,
    keys: Vec<u64>,
    echoes: Vec<u64>,
    idle_percent: Option<f64>,
    resident_kib: Option<u64>,
}

/// Measures with so many workspaces at rest.
pub(super) fn measure(
    rig: &Rig,
    onlooker: &Path,
    (size, runs): (usize, usize),
    report: &mut Report,
) -> Result<(), Failure> {
    let repository = rig.repository("board")?;
    for number in 0..size {
        rig.new_headless(&repository, &format!("b/w{number}")).timed()?;
        // The agent's own work is not the board's.
        rig.owt_in(&repository, &["wait", &format!("w{number}"), "--timeout", "60"]).timed()?;
    }
    let pace = look(rig, onlooker, &repository, (size, runs))?;
    let start = Row::time(&format!("the board, to its picture of {size} rows"), &sample(&pace.starts));
    report.add(start.beside("owt version on a terminal", &sample(&pace.versions)).aim(Aim::millis(50.0)));
    let key = Row::reaction(&format!("a key to its picture, {size} rows"), &sample(&pace.keys));
    report.add(key.beside("cat gives it back", &sample(&pace.echoes)).aim(Aim::millis(16.0)));
    let idle = Row::share(&format!("the board at rest, {size} rows, of one core"), pace.idle_percent);
    report.add(idle.aim(Aim::percent(0.3)));
    let memory = Row::memory(&format!("the board, {size} rows"), pace.resident_kib.map(Kibibytes));
    report.add(memory.aim(Aim::mebibytes(40.0)));
    Ok(())
}

/// Measures while so many sessions of a repository work.
pub(super) fn beside_work(
    rig: &Rig,
    onlooker: &Path,
    repository: &Path,
    (size, runs): (usize, usize),
    report: &mut Report,
) -> Result<(), Failure> {
    let pace = look(rig, onlooker, repository, (size, runs))?;
    let key = Row::reaction(&format!("a key to its picture, {size} busy sessions"), &sample(&pace.keys));
    report.add(key.beside("cat gives it back", &sample(&pace.echoes)).aim(Aim::millis(16.0)));
    let busy = Row::share(&format!("the board, {size} busy sessions, of one core"), pace.idle_percent);
    report.add(busy.aim(Aim::percent(5.0)));
    let memory = Row::memory(&format!("the board, {size} busy sessions"), pace.resident_kib.map(Kibibytes));
    report.add(memory.aim(Aim::mebibytes(40.0)));
    Ok(())
}

fn look(
    rig: &Rig,
    onlooker: &Path,
    repository: &Path,
    (size, runs): (usize, usize),
) -> Result<Pace, Failure> {
    let (size, runs) = (size.to_string(), runs.to_string());
    let looks = Program::new(onlooker).arg(&rig.program).arg(repository).args([size, runs]);
    let told = looks.environment(rig.environment()).variable("TERM", "xterm-256color").read()?;
    serde_json::from_str(&told).map_err(|error| Failure::new(format!("what board-pace tells: {error}")))
}

fn sample(micros: &[u64]) -> Sample {
    Sample::of(micros.iter().map(|&micros| Duration::from_micros(micros)).collect())
}
