//! The parts of a measurement, each with a section of `docs/benchmarks.md`: one can be measured alone, and the page keeps
//! the others.

use std::path::PathBuf;

use super::Thoroughness;
use super::report::Report;
use crate::demo;
use crate::failure::Failure;
use crate::page;
use crate::page::Section;
use crate::rig::Rig;
use crate::wish::Wish;
use crate::workspace::Workspace;

/// Where the numbers are kept.
const PAGE: &str = "docs/benchmarks.md";

const HEAD: &str = "\
# Benchmarks

Written by `cargo xtask bench`, or one section by `cargo xtask bench WORD`; run it again rather than edit this page. Times are medians,
from before a program's start until after its end, with the floor measured in turns with it, on a machine that may do other things,
too. The numbers are of one machine; the ratios are what can be compared. Each measurement has a home, configuration and runtime folder
of its own; repositories have 200 files, unless a row says otherwise; the agent is the built-in demo agent with `OWT_DEMO_PACE=0`.
";

type Measure = fn(&Programs, Thoroughness, &mut Report) -> Result<(), Failure>;

/// In the order of the page.
const PARTS: [(Section, Measure); 5] = [
    (
        Section {
            word: "commands",
            title: "Commands",
            how: "\
`owt list` asks the server, which asks git about every workspace that has changed since it last asked (where
the system tells of changes: Linux); its floor only lists the worktrees. `owt new` is over when the agent's session has begun; its prompt
is delivered when the agent has it. What a worktree has of its own is what would be free if it were gone (FIEMAP), and file systems are
one on the disk of the temporary folder and one in a file, mounted for the purpose. Peaks of memory are `VmHWM`.
",
        },
        super::of_commands,
    ),
    (
        Section {
            word: "sessions",
            title: "Many sessions",
            how: "\
Resident memory counts shared pages whole, proportional memory by their share (`/proc/PID/smaps_rollup`). Idle time is what all threads
of server and hosts ran in a minute (`/proc/PID/task/*/schedstat`). Busy sessions are those of a stand-in for Claude Code: half of them
say a line twice a second over the machine protocol, half draw their screen ten times a second; what server and hosts use then is their
user and system time (`/proc/PID/stat`). A change is seen when a running `owt list --watch` prints it, counted from the moment before a
pipe is written to that the agent waits for; there the slowest count (p95).
",
        },
        super::in_company,
    ),
    (
        Section { word: "conflicts", title: "Conflicts", how: "Each branch has a change of its own, compared with every other.\n" },
        super::of_conflicts,
    ),
    (
        Section { word: "queue", title: "The queue", how: "Work that lands together, its checks run on what would land.\n" },
        super::of_trains,
    ),
    (
        Section {
            word: "board",
            title: "The board",
            how: "\
On a terminal of 120 columns and 40 rows whose bytes are read as a terminal reads them. A picture is there when all rows are counted
at its head, and after a key when another row is selected; there the slowest count (p99). What it takes of a core is what its threads
ran in 20 seconds (`/proc/PID/task/*/schedstat`). Busy sessions are those of [many sessions](#many-sessions).
",
        },
        super::of_board,
    ),
];

/// The programs that are measured, or measure.
pub(super) struct Programs {
    pub(super) owt: PathBuf,
    /// For Claude Code.
    pub(super) stand_in: PathBuf,
    /// Who looks at the board.
    pub(super) onlooker: PathBuf,
}

impl Programs {
    pub(super) fn build(workspace: &Workspace) -> Result<Self, Failure> {
        Ok(Self {
            owt: demo::build(workspace)?,
            stand_in: demo::build_for_tests(workspace, "scripted-agent")?,
            onlooker: demo::build_for_tests(workspace, "board-pace")?,
        })
    }
}

/// What the command line asks for; `None` where it names nothing that is measured.
pub(crate) fn wish(words: &[&str]) -> Option<Wish> {
    Wish::read(words, |word| PARTS.iter().any(|(part, _)| part.word == word))
}

/// Builds, measures, prints, and writes the page; what one part measured is written before the next begins.
pub(crate) fn run(workspace: &Workspace, wish: &Wish) -> Result<(), Failure> {
    let programs = Programs::build(workspace)?;
    for (section, measure) in PARTS.iter().filter(|(section, _)| wish.wants(section.word)) {
        let report = report(&programs, wish.thoroughness, *measure)?;
        print!("{}", report.table());
        if wish.thoroughness == Thoroughness::Whole {
            renew(workspace, section, &report)?;
        }
    }
    Ok(())
}

/// What one part measures, on which machine. What was measured before it failed is shown.
pub(super) fn report(
    programs: &Programs,
    thoroughness: Thoroughness,
    measure: Measure,
) -> Result<Report, Failure> {
    let rig = Rig::set_up(&programs.owt)?;
    let report = Report::new(&rig);
    rig.take_down()?;
    let mut report = report?;
    let measured = measure(programs, thoroughness, &mut report);
    if measured.is_err() {
        print!("{}", report.table());
    }
    measured.map(|()| report)
}

fn renew(workspace: &Workspace, renewed: &Section, report: &Report) -> Result<(), Failure> {
    let path = workspace.root.join(PAGE);
    let before = std::fs::read_to_string(&path).unwrap_or_default();
    let anew = |section: &Section| (section.word == renewed.word).then(|| section.with(&report.section()));
    let sections: Vec<_> = PARTS.iter().map(|(section, _)| (section, anew(section))).collect();
    std::fs::write(&path, page::page(HEAD, &before, &sections)).map_err(|error| Failure::at(&path, error))?;
    println!("\nwritten to {PAGE}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_asked_for_by_word() {
        let asked = wish(&["--quick", "board"]).unwrap();
        assert!(asked.thoroughness == Thoroughness::Quick && asked.wants("board") && !asked.wants("queue"));
        assert!(wish(&[]).unwrap().wants("queue"));
        assert!(wish(&["bord"]).is_none() && wish(&["--slow"]).is_none());
    }
}
