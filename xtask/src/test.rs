//! `cargo xtask test`: the second command of the README. Gets what the tests need, lints, runs every test.
//!
//! A test whose program cannot be had (tmux where we may not install it) says so and passes; the summary
//! names the program and the command that installs it.

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
    /// Also the tests called `long_...`, which are ignored otherwise.
    Long,
}

/// Runs the whole; prints a summary with the time of each part.
pub(crate) fn run(workspace: &Workspace, tier: Tier) -> Result<(), Failure> {
    let mut steps = Steps::default();
    match toolbox::tmux() {
        Ok(Tool::Here) => {}
        Ok(Tool::Missing { advice }) => steps.skip("tmux", advice),
        Err(failure) => steps.run("tmux", || Err(failure)),
    }
    match agents(workspace).read() {
        Ok(folder) => println!("==> agents: {}", folder.trim_end()),
        Err(failure) => {
            steps.skip("agents", format!("tests with real agent programs are left out: {failure}"));
        }
    }
    lint::add_to(&mut steps, workspace);
    steps.run("tests", || cargo_test(workspace).run());
    if tier == Tier::Long {
        // Other ignored tests are processes that a test starts: the name tells them apart.
        steps.run("long tests", || cargo_test(workspace).args(["--", "--ignored", "long_"]).run());
    }
    steps.finish()
}

/// Installs the pinned agent programs; a machine that cannot have them is told why.
fn agents(workspace: &Workspace) -> Program {
    let words = ["run", "--locked", "--quiet", "--package", "owt-testkit", "--bin", "install-agents"];
    Program::cargo().args(words).directory(&workspace.root)
}

fn cargo_test(workspace: &Workspace) -> Program {
    Program::cargo()
        .args(["test", "--locked", "--workspace", "--no-fail-fast", "--quiet"])
        .directory(&workspace.root)
}
