//! `cargo xtask record` and `cargo xtask accuracy`: screens of real agent programs, and how often they are read rightly.

use crate::failure::Failure;
use crate::program::Program;
use crate::workspace::Workspace;

/// Records an agent's screens anew; the agents it needs are installed first where they are missing.
pub(crate) fn record(workspace: &Workspace, agent: &str) -> Result<(), Failure> {
    example(workspace, "e2e", "record").args(["--", agent]).run()
}

/// Judges all recorded screens, and writes what came of it into `docs/agents.md`.
pub(crate) fn judge(workspace: &Workspace) -> Result<(), Failure> {
    example(workspace, "owt-agents", "accuracy").run()
}

/// A program among a crate's examples.
pub(crate) fn example(workspace: &Workspace, package: &str, name: &str) -> Program {
    let words = ["run", "--quiet", "--locked", "--package", package, "--example", name];
    Program::cargo().directory(&workspace.root).args(words)
}
