//! Repository tasks: `cargo xtask layers|tidy|lint|test`.
//!
//! What a rule in prose would forget, a task here holds. It must not depend on the crates it judges: a tree
//! that does not compile can still be measured.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a task talks to the person who runs it")]

mod failure;
mod layers;
mod lint;
mod program;
mod steps;
mod test;
mod tidy;
mod toolbox;
mod workspace;

use std::process::ExitCode;

use crate::failure::Failure;
use crate::workspace::Workspace;

const USAGE: &str = "\
usage: cargo xtask TASK

  layers         check every dependency between crates against xtask/layers.toml
  tidy           check sizes, names, module docs, machine paths, invariants
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
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn with_workspace(task: impl FnOnce(&Workspace) -> Result<(), Failure>) -> Result<(), Failure> {
    task(&Workspace::read()?)
}
