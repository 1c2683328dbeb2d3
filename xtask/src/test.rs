//! `cargo xtask test`: the second command of the README. Gets what the tests need, lints, runs every test.
//!
//! Without git or tmux nothing is run, and the command that installs them is named. Without the agent programs (no
//! npm, no network) their tests say so and pass, and the summary names the reason.

use crate::failure::Failure;
use crate::lint;
use crate::program::Program;
use crate::program::environment_value;
use crate::steps::Steps;
use crate::toolbox;
use crate::workspace::Workspace;

/// Where the property tests begin on each change: the same inputs for everybody, so that a change is judged by what it
/// changed. The long tier draws its own.
const PROPERTY_SEED: (&str, &str) = ("PROPTEST_RNG_SEED", "20260101");

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
    steps.run("tests", || drawing(cargo_test(workspace), tier).run());
    if tier == Tier::Long {
        // Other ignored tests are processes that a test starts: the name tells them apart.
        steps.run("long tests", || cargo_test(workspace).args(["--", "--ignored", "long_"]).run());
    }
    steps.finish()
}

/// What the property tests draw their inputs from, where nobody said it.
fn drawing(tests: Program, tier: Tier) -> Program {
    match tier {
        Tier::EachChange if environment_value(PROPERTY_SEED.0).is_none() => {
            tests.variable(PROPERTY_SEED.0, PROPERTY_SEED.1)
        }
        Tier::EachChange | Tier::Long => tests,
    }
}

fn cargo(workspace: &Workspace) -> Program {
    Program::cargo().directory(&workspace.root)
}

fn cargo_test(workspace: &Workspace) -> Program {
    cargo(workspace).args(["test", "--locked", "--workspace", "--no-fail-fast", "--quiet"])
}
