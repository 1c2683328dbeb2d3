//! `cargo xtask test`: the second command of the README. Gets what the tests need, lints, runs every test.
//!
//! A test that needs a program from outside carries its word in its path (`real_tmux`, `real_agents`); where
//! the program cannot be had, those tests are left out by that word, and the summary says so.

use crate::failure::Failure;
use crate::lint;
use crate::program::Program;
use crate::steps::Steps;
use crate::toolbox;
use crate::toolbox::Tool;
use crate::workspace::Workspace;

/// How much is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tier {
    /// On each change.
    EachChange,
    /// Also the tests marked `#[ignore = "long: ..."]`.
    Long,
}

/// Runs the whole; prints a summary with the time of each part.
pub(crate) fn run(workspace: &Workspace, tier: Tier) -> Result<(), Failure> {
    let mut steps = Steps::default();
    let mut left_out: Vec<&str> = Vec::new();
    provide(&mut steps, "tmux", || match toolbox::tmux()? {
        Tool::Here => Ok(None),
        Tool::Missing { advice } => {
            left_out.push("real_tmux");
            Ok(Some(advice))
        }
    });
    lint::add_to(&mut steps, workspace);
    steps.run("tests", || tests(workspace, tier, &left_out));
    steps.finish()
}

/// Looks for a tool; a reason means that its tests are left out.
fn provide(steps: &mut Steps, name: &'static str, look: impl FnOnce() -> Result<Option<String>, Failure>) {
    match look() {
        Ok(None) => {}
        Ok(Some(reason)) => steps.skip(name, reason),
        Err(failure) => steps.run(name, || Err(failure)),
    }
}

fn tests(workspace: &Workspace, tier: Tier, left_out: &[&str]) -> Result<(), Failure> {
    let cargo = Program::cargo()
        .args(["test", "--locked", "--workspace", "--no-fail-fast", "--quiet", "--"])
        .args(left_out.iter().flat_map(|word| ["--skip", word]));
    match tier {
        Tier::EachChange => cargo,
        Tier::Long => cargo.arg("--include-ignored"),
    }
    .directory(&workspace.root)
    .run()
}
