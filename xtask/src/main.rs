//! Repository tasks: `cargo xtask demo|test|lint|layers|tidy|bench|measure|pictures|record|accuracy`.
//!
//! What a rule in prose would forget, a task here holds. It must not depend on the crates it judges: a tree
//! that does not compile can still be measured.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a task talks to the person who runs it")]

mod bench;
mod demo;
mod failure;
mod interrupt;
mod layers;
mod lint;
mod measure;
mod page;
mod pictures;
mod program;
mod recordings;
mod rig;
mod steps;
mod test;
mod tidy;
mod toolbox;
mod wish;
mod workspace;

use std::process::ExitCode;

use crate::failure::Failure;
use crate::workspace::Workspace;

const USAGE: &str = "\
usage: cargo xtask TASK

  demo [--install] [--scratch]
                 build owt and show it at work (--install: also put it into cargo's bin folder;
                 --scratch: leave nothing behind)
  bench [--quick] [commands] [sessions] [conflicts] [queue] [board]
                 measure owt beside a floor (all of it, or these parts), and write docs/benchmarks.md, which keeps the
                 others' numbers (--quick: fewer runs, nothing written)
  measure [--quick] [screens] [simulated] [deliveries] [questions] [sessions]
                 measure how true, reliable and cheap it is to follow agents (all of it, or these sections), and
                 write docs/measured.md (--quick: fewer runs, nothing written but docs/agents.md)
  pictures       make docs/pictures/: the board, and commands in a real terminal (needs tmux)
  record AGENT   record an agent's screens in all its states, each with what the program was doing (needs Linux, root)
  accuracy       judge all recorded screens, and write what came of it into docs/agents.md
  layers         check every dependency between crates against xtask/layers.toml
  tidy           check sizes, names, module docs, machine paths, links, invariants
  lint           fmt --check, clippy, layers, tidy, cargo-deny where it is installed
  test [--long]  get what the tests need, lint, and run all tests (--long: the longer tier too)";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["layers"] => with_workspace(layers::run),
        ["tidy"] => with_workspace(tidy::run),
        ["lint"] => with_workspace(lint::run),
        ["test"] => with_workspace(|workspace| test::run(workspace, test::Tier::EachChange)),
        ["test", "--long"] => with_workspace(|workspace| test::run(workspace, test::Tier::Long)),
        ["demo", flags @ ..] => match demo::Wish::read(flags) {
            Some(wish) => with_workspace(|workspace| demo::run(workspace, wish)),
            None => return usage(),
        },
        ["bench", words @ ..] => match bench::wish(words) {
            Some(wish) => with_workspace(|workspace| bench::run(workspace, &wish)),
            None => return usage(),
        },
        ["measure", words @ ..] => match measure::wish(words) {
            Some(wish) => with_workspace(|workspace| measure::run(workspace, &wish)),
            None => return usage(),
        },
        ["record", agent] => with_workspace(|workspace| recordings::record(workspace, agent)),
        ["accuracy"] => with_workspace(recordings::judge),
        ["pictures"] => with_workspace(pictures::run),
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        _ => return usage(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> ExitCode {
    eprintln!("{USAGE}");
    ExitCode::from(2)
}

fn with_workspace(task: impl FnOnce(&Workspace) -> Result<(), Failure>) -> Result<(), Failure> {
    task(&Workspace::read()?)
}
