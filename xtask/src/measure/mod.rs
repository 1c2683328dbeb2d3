//! `cargo xtask measure`: how true, how reliable and how cheap it is to follow agents, printed as one page and kept in
//! `docs/measured.md`. The tests and programs that measure are elsewhere; this runs them and collects what they print.

use crate::bench;
use crate::bench::Thoroughness;
use crate::failure::Failure;
use crate::page;
use crate::page::Section;
use crate::program::Program;
use crate::recordings;
use crate::wish::Wish;
use crate::workspace::Workspace;

/// Where the numbers are kept.
const PAGE: &str = "docs/measured.md";

/// What comes before the first section.
const HEAD: &str = "\
# Measured

Written by `cargo xtask measure`; run it again rather than edit this page. How often a screen is read rightly is in
[agents.md](agents.md), which the same command renews; the times of single commands are in [benchmarks.md](benchmarks.md).
";

/// The word for how screens are read; its numbers stand in `docs/agents.md`.
const SCREENS: &str = "screens";

/// How a section's numbers are taken.
type Measure = fn(&Workspace, Thoroughness) -> Result<String, Failure>;

/// What one asks for by word, in the order of the page.
const SECTIONS: [(Section, Measure); 4] = [
    (
        Section {
            word: "simulated",
            title: "Deliveries, simulated",
            how: "\
The real engine in a world of fakes where everything fails, in thousands of runs (`crates/owt-engine/tests/it/simulation`).
`uncertain` and `failed` are told to the person, and nothing of that is sent again by itself.
",
        },
        simulated,
    ),
    (
        Section {
            word: "deliveries",
            title: "Deliveries to real programs",
            how: "\
What reached an agent is counted by the agent itself or by the model that it asks, never by `owt`. The server, the host and tmux
are killed with SIGKILL when the text is kept, when the host is about to write it, when it has written it, and when it has arrived.
",
        },
        deliveries,
    ),
    (
        Section {
            word: "questions",
            title: "From a question of the real programs to whoever waits for it",
            how: "\
From the first byte of the request, on the terminal or over the machine protocol, to the answer of `owt wait` that a person is needed.
Pi asks nothing by itself.
",
        },
        questions,
    ),
    (
        Section {
            word: "sessions",
            title: "Many sessions",
            how: "How it was measured is said in [benchmarks.md](benchmarks.md#many-sessions).\n",
        },
        bench::of_sessions,
    ),
];

/// What the command line asks for; `None` where it names nothing that is measured.
pub(crate) fn wish(words: &[&str]) -> Option<Wish> {
    Wish::read(words, |word| word == SCREENS || SECTIONS.iter().any(|(one, _)| one.word == word))
}

/// Measures, prints, and writes the page. What one section measured is written before the next one begins.
pub(crate) fn run(workspace: &Workspace, wish: &Wish) -> Result<(), Failure> {
    if wish.wants(SCREENS) {
        recordings::judge(workspace)?;
    }
    let mut failed = None;
    for (section, measure) in SECTIONS.iter().filter(|(section, _)| wish.wants(section.word)) {
        // Hours of others are not lost for one that fails.
        if let Err(failure) = take(workspace, wish, section, *measure) {
            println!("{}: {failure}", section.word);
            failed = Some(failure);
        }
    }
    failed.map_or(Ok(()), Err)
}

fn take(workspace: &Workspace, wish: &Wish, section: &Section, measure: Measure) -> Result<(), Failure> {
    let text = section.with(&measure(workspace, wish.thoroughness)?);
    println!("\n{text}");
    match wish.thoroughness {
        Thoroughness::Whole => renew(workspace, section.word, text),
        Thoroughness::Quick => Ok(()),
    }
}

fn renew(workspace: &Workspace, word: &str, text: String) -> Result<(), Failure> {
    let path = workspace.root.join(PAGE);
    let before = std::fs::read_to_string(&path).unwrap_or_default();
    let mut text = Some(text);
    let sections: Vec<_> = SECTIONS
        .iter()
        .map(|(section, _)| (section, if section.word == word { text.take() } else { None }))
        .collect();
    std::fs::write(&path, page::page(HEAD, &before, &sections)).map_err(|error| Failure::at(&path, error))?;
    println!("written to {PAGE}");
    Ok(())
}

fn simulated(workspace: &Workspace, thoroughness: Thoroughness) -> Result<String, Failure> {
    // Thousands of runs are worth the time of the compiler.
    let test = Measurement {
        package: "owt-engine",
        profile: &["--release"],
        filter: "long_ten_thousand_runs_lose_double_and_garble_no_message",
        begins: "| simulated",
        contains: "|",
    };
    Ok(table(DELIVERIES, &test.run(workspace, thoroughness)?))
}

fn deliveries(workspace: &Workspace, thoroughness: Thoroughness) -> Result<String, Failure> {
    let test = Measurement {
        package: "e2e",
        profile: &[],
        filter: "deliveries::long_",
        begins: "| the ",
        contains: "|",
    };
    Ok(table(DELIVERIES, &test.run(workspace, thoroughness)?))
}

fn questions(workspace: &Workspace, thoroughness: Thoroughness) -> Result<String, Failure> {
    let test =
        Measurement { package: "e2e", profile: &[], filter: "how_soon::", begins: "| ", contains: " ms | " };
    Ok(table(SOON, &test.run(workspace, thoroughness)?))
}

const DELIVERIES: &str = "\
| deliveries | messages | how they ended | lost without saying so | doubled | garbled |
| --- | --- | --- | --- | --- | --- |
";

const SOON: &str = "\
| who asks | p50 | p95 | requests |
| --- | --- | --- | --- |
";

fn table(top: &str, rows: &[String]) -> String {
    if rows.is_empty() { String::new() } else { top.to_owned() + &rows.join("\n") + "\n" }
}

/// An ignored test that prints lines which are wanted.
struct Measurement {
    package: &'static str,
    profile: &'static [&'static str],
    filter: &'static str,
    /// What the lines begin with.
    begins: &'static str,
    /// What else they contain.
    contains: &'static str,
}

impl Measurement {
    /// The lines that are wanted; those that say why something was left out are shown.
    fn run(&self, workspace: &Workspace, thoroughness: Thoroughness) -> Result<Vec<String>, Failure> {
        let (simulated, real) = match thoroughness {
            Thoroughness::Whole => ("10000", "150"),
            Thoroughness::Quick => ("200", "16"),
        };
        println!("==> {}", self.filter);
        let cargo = || Program::cargo().directory(&workspace.root);
        // The tests run the program that a build leaves beside them.
        cargo()
            .args(["build", "--quiet", "--locked", "--package", "owt", "--package", "owt-testkit", "--bins"])
            .run()?;
        let test = cargo()
            .args(["test", "--quiet", "--locked", "--package", self.package, "--test", "it"])
            .args(self.profile.iter().copied())
            .args(["--", "--ignored", "--nocapture", "--test-threads", "1", self.filter]);
        let said =
            test.variable("OWT_SIMULATED_RUNS", simulated).variable("OWT_DELIVERY_RUNS", real).read()?;
        said.lines().filter(|line| line.starts_with("skipped: ")).for_each(|line| println!("{line}"));
        let wanted = |line: &&str| line.starts_with(self.begins) && line.contains(self.contains);
        Ok(said.lines().filter(wanted).map(str::to_owned).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_asked_for_by_word() {
        let asked = wish(&["--quick", "questions"]).unwrap();
        assert!(
            asked.thoroughness == Thoroughness::Quick && asked.wants("questions") && !asked.wants(SCREENS)
        );
        assert!(wish(&[]).unwrap().wants(SCREENS));
        assert!(wish(&["questoins"]).is_none() && wish(&["--slow"]).is_none());
    }
}
