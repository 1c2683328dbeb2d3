//! Who would not merge with whom: all pairs of many branches, the first time and after one change, beside one
//! `git merge-tree` for each pair.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::time::Instant;

use serde_json::Value;

use super::report::Aim;
use super::report::Report;
use super::report::Row;
use super::timing::Sample;
use crate::failure::Failure;
use crate::rig::Rig;

/// Files of the repository.
const FILES: usize = 2_000;

/// Files that each branch changes, out of so many that all of them share.
const CHANGED: usize = 10;
const SHARED: usize = 200;

/// Lines of each file.
const LINES: usize = 100;

/// Branches of which git is asked for every pair beside.
const MOST_BY_HAND: usize = 50;

/// How often one branch changes.
const CHANGES: usize = 10;

pub(super) fn measure(rig: &Rig, branches: usize, report: &mut Report) -> Result<(), Failure> {
    let repository = rig.repository_of("conflicts", FILES)?;
    let mut folders = Vec::new();
    for number in 0..branches {
        let branch = format!("c/w{number}");
        rig.new_headless(&repository, &branch).timed()?;
        rig.owt_in(&repository, &["wait", &format!("w{number}"), "--timeout", "60"]).timed()?;
        let folder = repository.with_file_name(format!("repository-c-w{number}"));
        work(rig, &folder, number)?;
        folders.push(folder);
    }
    // A new server knows nothing; the list is what it would have seen without this.
    rig.owt_in(&repository, &["server", "stop"]).timed()?;
    rig.owt_in(&repository, &["list"]).timed()?;
    let look = || rig.owt_in(&repository, &["conflicts", "--json"]).timed();
    let cold = Sample::of(vec![look()?]);
    // One by one, more would take longer than all the rest.
    let floor = (branches <= MOST_BY_HAND).then(|| by_hand(rig, &repository, branches)).transpose()?;
    let changed = (0..CHANGES).map(|round| {
        let file = folders[round % folders.len()].join("part0/file0.txt");
        fs::write(&file, format!("{round}\n")).map_err(|error| Failure::at(&file, error))?;
        look()
    });
    let changed = Sample::of(changed.collect::<Result<_, _>>()?);
    let aim = if branches > MOST_BY_HAND { 15_000.0 } else { 1_000.0 };
    let row = Row::time(&format!("owt conflicts, all pairs of {branches} branches"), &cold);
    report.add(beside(row, floor.as_ref(), branches).aim(Aim::millis(aim)));
    let row = Row::time(&format!("owt conflicts, {branches} branches, after one change"), &changed);
    let row = beside(row, floor.as_ref(), branches);
    report.add(if branches > MOST_BY_HAND { row } else { row.aim(Aim::millis(50.0)) });
    queue(rig, &repository, branches, report)
}

fn beside(row: Row, floor: Option<&Sample>, branches: usize) -> Row {
    let pairs = branches * branches.saturating_sub(1) / 2;
    match floor {
        Some(floor) => row.beside(&format!("git merge-tree, {pairs} times"), floor),
        None => row,
    }
}

/// The order in which all of it would land, once everything is known.
fn queue(rig: &Rig, repository: &Path, workspaces: usize, report: &mut Report) -> Result<(), Failure> {
    let ask = || rig.owt_in(repository, &["queue"]).timed();
    ask()?;
    let took = Sample::of((0..CHANGES).map(|_| ask()).collect::<Result<_, _>>()?);
    let row = Row::time(&format!("owt queue, {workspaces} workspaces"), &took);
    report.add(row.aim(Aim::millis(300.0)));
    Ok(())
}

/// Changes one line in each of some files, different ones for each branch.
fn work(rig: &Rig, folder: &Path, number: usize) -> Result<(), Failure> {
    for step in 0..CHANGED {
        let file = (number * 37 + step * 101) % SHARED;
        let path: PathBuf = folder.join(format!("part{}/file{file}.txt", file % (FILES / SHARED)));
        let text = fs::read_to_string(&path).map_err(|error| Failure::at(&path, error))?;
        let at = (number * 13 + step * 7) % LINES;
        let lines = text.lines().enumerate();
        let changed: String = lines
            .map(
                |(line, text)| {
                    if line == at { format!("changed by {number}\n") } else { format!("{text}\n") }
                },
            )
            .collect();
        fs::write(&path, changed).map_err(|error| Failure::at(&path, error))?;
    }
    rig.git(folder, &["add", "-A"]).read()?;
    rig.git(folder, &["commit", "--quiet", "--message", "Work"]).read()?;
    Ok(())
}

/// What a person would have to do; they would learn what owt has told.
fn by_hand(rig: &Rig, repository: &Path, branches: usize) -> Result<Sample, Failure> {
    let (mut conflicts, began) = (0, Instant::now());
    for one in 0..branches {
        for other in 0..one {
            let (one, other) = (format!("c/w{one}"), format!("c/w{other}"));
            // Its exit code says whether they conflict.
            let merged = rig.git(repository, &["merge-tree", "--write-tree", &one, &other]).read();
            conflicts += usize::from(merged.is_err());
        }
    }
    let took = Sample::of(vec![began.elapsed()]);
    let told = rig.owt_in(repository, &["conflicts", "--json"]).read()?;
    let told: Value = serde_json::from_str(&told)
        .map_err(|error| Failure::new(format!("owt conflicts printed something unexpected: {error}")))?;
    match told["data"]["pairs"].as_array().map_or(0, Vec::len) {
        pairs if pairs == conflicts => Ok(took),
        pairs => Err(Failure::new(format!("owt tells {pairs} pairs that conflict, git {conflicts}"))),
    }
}
