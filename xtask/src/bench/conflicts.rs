//! Who would not merge with whom: all pairs of many branches, the first time and after one change, beside one
//! `git merge-tree` for each pair.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;
use std::time::Instant;

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
    let changed = (0..CHANGES).map(|round| {
        let file = folders[round % folders.len()].join("part0/file0.txt");
        fs::write(&file, format!("{round}\n")).map_err(|error| Failure::at(&file, error))?;
        look()
    });
    let changed = Sample::of(changed.collect::<Result<_, _>>()?);
    let floor = Sample::of(vec![one_by_one(rig, &repository, branches)?]);
    let pairs = branches * branches.saturating_sub(1) / 2;
    let by_hand = format!("git merge-tree, {pairs} times");
    let aim = if branches > 100 { 15_000.0 } else { 1_000.0 };
    let row = Row::time(&format!("owt conflicts, all pairs of {branches} branches"), &cold);
    report.add(row.beside(&by_hand, &floor).aim(Aim::millis(aim)));
    let row = Row::time(&format!("owt conflicts, {branches} branches, after one change"), &changed);
    report.add(row.beside(&by_hand, &floor).aim(Aim::millis(50.0)));
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

/// What a person would have to do.
fn one_by_one(rig: &Rig, repository: &Path, branches: usize) -> Result<Duration, Failure> {
    let began = Instant::now();
    for one in 0..branches {
        for other in 0..one {
            let (one, other) = (format!("c/w{one}"), format!("c/w{other}"));
            // Its exit code says whether they conflict.
            drop(rig.git(repository, &["merge-tree", "--write-tree", &one, &other]).read());
        }
    }
    Ok(began.elapsed())
}
