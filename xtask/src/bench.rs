//! `cargo xtask bench`: how fast and how small, beside a floor that is measured in the same run. The numbers are
//! of one machine; the ratios are what can be compared. Kept in `docs/benchmarks.md`.

mod board;
mod busy;
mod caches;
mod changes;
mod company;
mod conflicts;
mod large;
mod lists;
mod parallel;
mod parts;
mod report;
mod sessions;
mod timing;
mod train;

use std::path::Path;
use std::time::Instant;

use crate::failure::Failure;
use crate::program::Program;
use crate::rig::Rig;
use crate::rig::processes;
use crate::workspace::Workspace;
use parts::Programs;
use report::Aim;
use report::Report;
use report::Row;
use timing::Sample;
use timing::beside;

pub(crate) use parts::run;
pub(crate) use parts::wish;

/// How many times every worktree is asked by hand.
const BY_HAND_ROUNDS: usize = 5;

/// How many times `owt doctor` looks at everything.
const CHECKUPS: usize = 10;

/// How many runs are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Thoroughness {
    /// As many as give steady numbers.
    Whole,
    /// As few as show that it works; nothing is written.
    Quick,
}

impl Thoroughness {
    /// Runs of a command.
    const fn runs(self) -> usize {
        match self {
            Self::Whole => 100,
            Self::Quick => 10,
        }
    }

    /// Worktrees at which lists are measured.
    const fn sizes(self) -> &'static [usize] {
        match self {
            Self::Whole => &[0, 10, 50, 200],
            Self::Quick => &[0, 10],
        }
    }

    /// Workspaces whose making is measured.
    const fn makings(self) -> usize {
        match self {
            Self::Whole => 40,
            Self::Quick => 5,
        }
    }

    /// Sessions that live at once.
    const fn sessions(self) -> usize {
        match self {
            Self::Whole => 50,
            Self::Quick => 5,
        }
    }

    /// Sessions that work at once.
    const fn busy(self) -> usize {
        match self {
            Self::Whole => 100,
            Self::Quick => 10,
        }
    }

    /// Files of the repositories that new work is begun in.
    const fn files(self) -> &'static [usize] {
        match self {
            Self::Whole => &[2_000, 50_000],
            Self::Quick => &[2_000],
        }
    }

    /// Runs in each of those.
    const fn large_runs(self) -> usize {
        match self {
            Self::Whole => 5,
            Self::Quick => 2,
        }
    }

    /// Size of the build cache beside which a worktree is made.
    const fn cache_mebibytes(self) -> u64 {
        match self {
            Self::Whole => 1024,
            Self::Quick => 16,
        }
    }

    /// Branches that are compared with one another.
    const fn branches(self) -> &'static [usize] {
        match self {
            Self::Whole => &[50, 200],
            Self::Quick => &[10],
        }
    }

    /// Rows of the board.
    const fn rows(self) -> &'static [usize] {
        match self {
            Self::Whole => &[50, 500],
            Self::Quick => &[10],
        }
    }

    /// Starts of the board.
    const fn starts(self) -> usize {
        match self {
            Self::Whole => 30,
            Self::Quick => 5,
        }
    }

    /// Commands that begin at once.
    const fn at_once(self) -> usize {
        match self {
            Self::Whole => 20,
            Self::Quick => 5,
        }
    }
}

/// Measures what many sessions take alone; the table of it.
pub(crate) fn of_sessions(workspace: &Workspace, thoroughness: Thoroughness) -> Result<String, Failure> {
    let report = parts::report(&Programs::build(workspace)?, thoroughness, in_company)?;
    Ok(report.rows_of_page())
}

/// Everything that is asked of the program alone and of its server, in one home.
fn of_commands(programs: &Programs, thoroughness: Thoroughness, report: &mut Report) -> Result<(), Failure> {
    let rig = Rig::set_up(&programs.owt)?;
    let measured = measure(&rig, thoroughness, report);
    measured.and(rig.take_down())
}

/// One part of a measurement, in a home that it is given.
type Part<'a> = dyn Fn(&Rig, &mut Report) -> Result<(), Failure> + 'a;

/// Everything about many sessions, in homes of their own: what a server has done before must not count.
fn in_company(programs: &Programs, thoroughness: Thoroughness, report: &mut Report) -> Result<(), Failure> {
    let parts: [&Part<'_>; 3] = [
        &|rig, report| sessions::measure(rig, thoroughness, report),
        &|rig, report| changes::measure(rig, thoroughness.sessions(), report),
        &|rig, report| busy::measure(rig, thoroughness, report),
    ];
    for part in parts {
        let rig = Rig::set_up(&programs.owt)?;
        let measured = rig.link("claude", &programs.stand_in).and_then(|()| part(&rig, report));
        measured.and(rig.take_down())?;
    }
    Ok(())
}

/// Conflicts, in homes of their own: the workspaces of one size must not be looked at with the next.
fn of_conflicts(programs: &Programs, thoroughness: Thoroughness, report: &mut Report) -> Result<(), Failure> {
    for &branches in thoroughness.branches() {
        let rig = Rig::set_up(&programs.owt)?;
        let measured = conflicts::measure(&rig, branches, report);
        measured.and(rig.take_down())?;
    }
    Ok(())
}

/// A queue that lands, in a home of its own.
fn of_trains(programs: &Programs, _: Thoroughness, report: &mut Report) -> Result<(), Failure> {
    let rig = Rig::set_up(&programs.owt)?;
    let measured = train::measure(&rig, report);
    measured.and(rig.take_down())
}

/// The board, in homes of their own: the rows of one size must not be seen with the next.
fn of_board(programs: &Programs, thoroughness: Thoroughness, report: &mut Report) -> Result<(), Failure> {
    let onlooker = &programs.onlooker;
    for &rows in thoroughness.rows() {
        let rig = Rig::set_up(&programs.owt)?;
        let measured = board::measure(&rig, onlooker, (rows, thoroughness.starts()), report);
        measured.and(rig.take_down())?;
    }
    let rig = Rig::set_up(&programs.owt)?;
    let measured = rig.link("claude", &programs.stand_in).and_then(|()| {
        let repository = busy::begin_all(&rig, thoroughness.sessions())?;
        board::beside_work(
            &rig,
            onlooker,
            &repository,
            (thoroughness.sessions(), thoroughness.starts()),
            report,
        )?;
        busy::all_work(&rig, &repository, thoroughness.sessions())
    });
    measured.and(rig.take_down())
}

fn measure(rig: &Rig, thoroughness: Thoroughness, report: &mut Report) -> Result<(), Failure> {
    commands(rig, thoroughness, report)?;
    lists_and_makings(rig, thoroughness, report)?;
    large::measure(rig, thoroughness, report)?;
    caches::measure(rig, thoroughness, report)?;
    parallel::measure(rig, thoroughness.at_once(), report)
}

/// Commands that ask no server, and the start of one.
fn commands(rig: &Rig, thoroughness: Thoroughness, report: &mut Report) -> Result<(), Failure> {
    let (version, git) = beside(
        thoroughness.runs(),
        || rig.owt(&["version"]).timed(),
        || rig.git(&rig.root, &["--version"]).timed(),
    )?;
    report.add(Row::time("owt version", &version).beside("git --version", &git).aim(Aim::millis(10.0)));
    let memory = processes::peak(rig.owt(&["version"]))?;
    report.add(Row::memory("owt version, peak memory", memory).aim(Aim::mebibytes(15.0)));
    let cold = Sample::of(vec![rig.owt(&["list", "--all-repos"]).timed()?]);
    report.add(Row::time("the first owt list, which starts the server", &cold));
    Ok(())
}

/// Lists of more and more worktrees; the making of the first ones is measured, too.
fn lists_and_makings(rig: &Rig, thoroughness: Thoroughness, report: &mut Report) -> Result<(), Failure> {
    let ours = rig.repository("ours")?;
    let floor = rig.repository("floor")?;
    let mut made = 0;
    let (mut new, mut add) = (Vec::new(), Vec::new());
    for &size in thoroughness.sizes() {
        while made < size.max(thoroughness.makings().min(size)) {
            made += 1;
            let (name, branch) = (format!("w{made}"), format!("b/w{made}"));
            let took = rig.new_headless(&ours, &branch).timed()?;
            let floor_took = rig.worktree_add(&floor, &branch).timed()?;
            if made <= thoroughness.makings() {
                new.push(took);
                add.push(floor_took);
            }
            // The agent's own work is not ours: it must not disturb the next.
            rig.owt_in(&ours, &["wait", &name, "--timeout", "60"]).timed()?;
        }
        let (list, worktrees) = beside(
            thoroughness.runs(),
            || rig.owt_in(&ours, &["list"]).timed(),
            || rig.git(&floor, &["worktree", "list"]).timed(),
        )?;
        let row = Row::time(&format!("owt list, {size} workspaces"), &list);
        let row = row.beside(&format!("git worktree list, {size}"), &worktrees);
        report.add(if size == 200 { row.aim(Aim::millis(25.0)) } else { row });
        lists::measure(rig, &ours, size, report)?;
        let doctor = (0..CHECKUPS).map(|_| rig.owt_in(&ours, &["doctor"]).timed());
        let doctor = Sample::of(doctor.collect::<Result<_, _>>()?);
        let row = Row::time(&format!("owt doctor, {size} workspaces"), &doctor);
        report.add(if size == 200 { row.aim(Aim::millis(500.0)) } else { row });
        by_hand(rig, &ours, size, report)?;
    }
    let tab = beside(
        thoroughness.runs(),
        || completion(rig, &ours).timed(),
        || rig.git(&floor, &["branch", "--list"]).timed(),
    )?;
    let row = Row::time(&format!("Tab after owt show, {made} workspaces"), &tab.0)
        .beside("git branch --list", &tab.1);
    report.add(row.aim(Aim::millis(50.0)));
    let outside = (0..thoroughness.runs()).map(|_| completion(rig, &rig.root).timed());
    let outside = Sample::of(outside.collect::<Result<_, _>>()?);
    let row = Row::time(&format!("Tab after owt show outside of repositories, {made} workspaces"), &outside);
    report.add(row.aim(Aim::millis(50.0)));
    let memory = processes::peak(rig.owt_in(&ours, &["list"]))?;
    report.add(Row::memory("owt list, peak memory", memory).aim(Aim::mebibytes(15.0)));
    let (new, add) = (Sample::of(new), Sample::of(add));
    let aim = Aim::millis_above(150.0, add.median());
    report.add(Row::time("owt new --headless", &new).beside("git worktree add -b", &add).aim(aim));
    Ok(())
}

/// What bash asks when Tab is pressed after `owt show `.
fn completion(rig: &Rig, repository: &Path) -> Program {
    rig.owt_in(repository, &["--", "owt", "show", ""])
        .variable("OWT_COMPLETE", "bash")
        .variable("_CLAP_COMPLETE_INDEX", "2")
        .variable("_CLAP_COMPLETE_COMP_TYPE", "9")
        .variable("_CLAP_COMPLETE_SPACE", "true")
        .variable("_CLAP_IFS", "\n")
}

/// What it takes a person to learn the half of what a list shows: `git status` in each worktree.
fn by_hand(rig: &Rig, repository: &Path, size: usize, report: &mut Report) -> Result<(), Failure> {
    if size == 0 {
        return Ok(());
    }
    let listed = rig.git(repository, &["worktree", "list", "--porcelain"]).read()?;
    let worktrees: Vec<&Path> =
        listed.lines().filter_map(|line| line.strip_prefix("worktree ")).map(Path::new).skip(1).collect();
    let mut took = Vec::new();
    for _ in 0..BY_HAND_ROUNDS {
        let began = Instant::now();
        for worktree in &worktrees {
            rig.git(worktree, &["status", "--porcelain=v2", "--branch"]).timed()?;
        }
        took.push(began.elapsed());
    }
    let what = format!("git status in each of {} worktrees, for comparison", worktrees.len());
    report.add(Row::time(&what, &Sample::of(took)));
    Ok(())
}
