//! `cargo xtask lint`: everything that can be said about the code without running it.

use crate::failure::Failure;
use crate::layers;
use crate::program;
use crate::program::Program;
use crate::steps::Steps;
use crate::tidy;
use crate::workspace::Workspace;

/// Runs all lints and prints a summary.
pub(crate) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let mut steps = Steps::default();
    add_to(&mut steps, workspace);
    steps.finish()
}

/// Adds the lints to a task's steps.
pub(crate) fn add_to(steps: &mut Steps, workspace: &Workspace) {
    let cargo = |arguments: &[&str]| Program::cargo().args(arguments).directory(&workspace.root);
    steps.run("layers", || layers::run(workspace));
    steps.run("tidy", || tidy::run(workspace));
    steps.run("fmt", || cargo(&["fmt", "--all", "--check"]).run());
    steps.run("clippy", || {
        cargo(&["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"]).run()
    });
    match program::find("cargo-deny") {
        Some(_) => steps
            .run("deny", || cargo(&["deny", "--workspace", "check", "bans", "licenses", "sources"]).run()),
        None => steps.skip("deny", "cargo-deny is not installed (cargo install cargo-deny)"),
    }
}
