//! `cargo xtask test`: the second command of the README. Gets what the tests need, lints, runs every test.
//!
//! Without git or tmux nothing is run, and the command that installs them is named. Without the agent programs (no
//! npm, no network) their tests say so and pass, and the summary names the reason.

use crate::failure::Failure;
use crate::lint;
use crate::program::Program;
use crate::steps::Steps;
use crate::toolbox;
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
    // Many tests need them: better said at once than after half an hour.
    toolbox::git()?;
    toolbox::tmux()?;
    let mut steps = Steps::default();
    steps.run_if_possible("agents", || {
        println!("the first time this fetches two programs of 640 MB from the npm registry");
        let program = ["--locked", "--package", "owt-testkit", "--bin", "install-agents"];
        cargo(workspace).arg("build").args(program).run()?;
        println!("{}", cargo(workspace).args(["run", "--quiet"]).args(program).read()?.trim_end());
        Ok(())
    });
    lint::add_to(&mut steps, workspace);
    steps.run("tests", || cargo_test(workspace).run());
    if tier == Tier::Long {
        // Other ignored tests are processes that a test starts: the name tells them apart.
        steps.run("long tests", || cargo_test(workspace).args(["--", "--ignored", "long_"]).run());
    }
    steps.finish()
}

fn cargo(workspace: &Workspace) -> Program {
    Program::cargo().directory(&workspace.root)
}

fn cargo_test(workspace: &Workspace) -> Program {
    cargo(workspace).args(["test", "--locked", "--workspace", "--no-fail-fast", "--quiet"])
}
