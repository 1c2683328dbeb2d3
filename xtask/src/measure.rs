//! `cargo xtask measure`: how true, how reliable and how cheap it is to follow agents, printed as one page and kept in
//! `docs/measured.md`. The tests and programs that measure are elsewhere; this runs them and collects what they print.

use crate::bench;
use crate::bench::Thoroughness;
use crate::failure::Failure;
use crate::program::Program;
use crate::recordings;
use crate::workspace::Workspace;

/// Where the numbers are kept.
const PAGE: &str = "docs/measured.md";

const HEAD: &str = "\
# Measured

Written by `cargo xtask measure`; run it again rather than edit this page. How often a screen is read rightly is in
[agents.md](agents.md), which the same command renews; the times of single commands are in [benchmarks.md](benchmarks.md).
";

const DELIVERIES: &str = "
## Deliveries

What reached an agent is counted by the agent itself or by the model that it asks, never by `owt`. The simulated runs are the
real engine in a world of fakes, with thousands of seeds (`crates/owt-engine/tests/it/simulation`); in the others the real program
runs, and the server, the host and tmux are killed with SIGKILL when the text is kept, when the host is about to write it, when it has
written it, and when it has arrived. `uncertain` and `failed` are told to the person, and nothing of that is sent again by itself.

";

const QUESTIONS: &str = "
## From a question of the real programs to whoever waits for it

From the first byte of the dialog on the terminal to the answer of `owt wait`.

";

const SESSIONS: &str = "
## Many sessions

How it was measured is said in [benchmarks.md](benchmarks.md#how).

";

/// A test that prints lines which are wanted.
struct Measurement {
    package: &'static str,
    filter: &'static str,
    /// What the lines begin with.
    begins: &'static str,
    /// What else they contain.
    contains: &'static str,
}

const SIMULATED: Measurement = Measurement {
    package: "owt-engine",
    filter: "long_ten_thousand_runs_lose_double_and_garble_no_message",
    begins: "| simulated",
    contains: "|",
};

const REAL: Measurement =
    Measurement { package: "e2e", filter: "deliveries::long_", begins: "| the ", contains: "|" };

const ASKED: Measurement = Measurement {
    package: "e2e",
    filter: "how_soon_a_permission_dialog_is_told",
    begins: "",
    contains: "p50",
};

/// Measures, prints, and writes the page.
pub(crate) fn run(workspace: &Workspace, thoroughness: Thoroughness) -> Result<(), Failure> {
    recordings::judge(workspace)?;
    let deliveries =
        [of_test(workspace, &SIMULATED, thoroughness)?, of_test(workspace, &REAL, thoroughness)?];
    let questions = of_test(workspace, &ASKED, thoroughness)?;
    let sessions = bench::of_sessions(workspace, thoroughness)?;
    let page = page(&deliveries.concat(), &questions, &sessions);
    print!("\n{page}");
    if thoroughness == Thoroughness::Whole {
        let path = workspace.root.join(PAGE);
        std::fs::write(&path, page).map_err(|error| Failure::at(&path, error))?;
        println!("\nwritten to {PAGE}");
    }
    Ok(())
}

fn page(deliveries: &[String], questions: &[String], sessions: &str) -> String {
    let table = "| deliveries | messages | how they ended | lost without saying so | doubled | garbled |\n| --- | --- | --- | --- | --- | --- |\n";
    let items: Vec<String> = questions.iter().map(|line| format!("- {line}")).collect();
    let sections =
        [HEAD, DELIVERIES, table, &lines(deliveries), QUESTIONS, &lines(&items), SESSIONS, sessions];
    sections.concat()
}

fn lines(lines: &[String]) -> String {
    if lines.is_empty() { "Not measured here.\n".to_owned() } else { lines.join("\n") + "\n" }
}

/// Runs an ignored test; the lines of it that are wanted, and those that say why something was left out.
fn of_test(
    workspace: &Workspace,
    measurement: &Measurement,
    thoroughness: Thoroughness,
) -> Result<Vec<String>, Failure> {
    let Measurement { package, filter, begins, contains } = measurement;
    let (simulated, real) = match thoroughness {
        Thoroughness::Whole => ("10000", "150"),
        Thoroughness::Quick => ("200", "16"),
    };
    println!("==> {filter}");
    let cargo = || Program::cargo().directory(&workspace.root);
    // The tests run the program that a build leaves beside them.
    cargo()
        .args(["build", "--quiet", "--locked", "--package", "owt", "--package", "owt-testkit", "--bins"])
        .run()?;
    let words = ["test", "--quiet", "--locked", "--package", package, "--test", "it", "--"];
    let test = cargo().args(words).args(["--ignored", "--nocapture", "--test-threads", "1", filter]);
    let said = test.variable("OWT_SIMULATED_RUNS", simulated).variable("OWT_DELIVERY_RUNS", real).read()?;
    said.lines().filter(|line| line.starts_with("skipped: ")).for_each(|line| println!("{line}"));
    let wanted = said.lines().filter(|line| line.starts_with(begins) && line.contains(contains));
    let wanted: Vec<String> = wanted.map(str::to_owned).collect();
    wanted.iter().for_each(|line| println!("{line}"));
    Ok(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_section_has_its_numbers_or_says_that_it_has_none() {
        let page = page(&["| a | 1 |".to_owned()], &[], "a machine\n\n| b |\n");
        assert!(page.contains("| --- |\n| a | 1 |\n\n## From a question"), "{page}");
        assert!(page.contains("Not measured here.\n\n## Many sessions"), "{page}");
        assert!(page.ends_with("a machine\n\n| b |\n"));
    }
}
