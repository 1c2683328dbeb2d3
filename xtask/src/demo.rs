//! `cargo xtask demo`: the first command of the README. Gets what is missing, builds `owt`, shows it at work on a
//! sample repository, and says where it is.

use std::path::Path;
use std::path::PathBuf;

use serde::Deserialize;

use crate::failure::Failure;
use crate::program;
use crate::program::Program;
use crate::program::environment_value;
use crate::rig::Rig;
use crate::steps::Steps;
use crate::toolbox;
use crate::toolbox::Tool;
use crate::workspace::Workspace;

/// What is wanted beside the demonstration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Nothing: `owt` is left where it was built, and the sample repository where `owt demo` made it.
    Look,
    /// `owt` is installed into cargo's folder of programs.
    Install,
    /// A home of its own, and everything removed afterwards.
    Scratch,
}

impl Wish {
    /// Reads the flags; `None` when they mean nothing.
    pub(crate) fn read(flags: &[&str]) -> Option<Self> {
        match flags {
            [] => Some(Self::Look),
            ["--install"] => Some(Self::Install),
            ["--scratch"] => Some(Self::Scratch),
            _ => None,
        }
    }
}

/// Runs the whole.
pub(crate) fn run(workspace: &Workspace, wish: Wish) -> Result<(), Failure> {
    if program::find("git").is_none() {
        return Err(Failure::new("git is missing: install git 2.38 or newer"));
    }
    let mut steps = Steps::default();
    match toolbox::tmux() {
        Ok(Tool::Here) => {}
        Ok(Tool::Missing { advice }) => {
            steps.skip("tmux", format!("{advice} (without it agents run headless or structured only)"));
        }
        // Without tmux there is less to see, and still a demonstration.
        Err(failure) => steps.skip("tmux", failure.to_string()),
    }
    println!("building owt; the first time this takes some minutes");
    let mut built = None;
    steps.run("build", || {
        built = Some(build(workspace)?);
        Ok(())
    });
    let Some(owt) = built else { return steps.finish() };
    steps.run("demo", || match wish {
        Wish::Look | Wish::Install => Program::new(&owt).arg("demo").directory(&workspace.root).run(),
        Wish::Scratch => in_scratch(&owt),
    });
    if wish == Wish::Install {
        steps.run("install", || install(workspace));
    }
    steps.finish()?;
    println!("\n{}", ready(&owt, wish));
    Ok(())
}

/// Builds the program as people get it; where it is.
pub(crate) fn build(workspace: &Workspace) -> Result<PathBuf, Failure> {
    let cargo = || Program::cargo().directory(&workspace.root);
    cargo().args(["build", "--locked", "--release", "--package", "owt"]).run()?;
    let told = cargo().args(["metadata", "--format-version", "1", "--no-deps"]).read()?;
    let told: Metadata = serde_json::from_str(&told)
        .map_err(|error| Failure::new(format!("cargo metadata printed something unexpected: {error}")))?;
    Ok(told.target_directory.join("release/owt"))
}

#[derive(Deserialize)]
struct Metadata {
    target_directory: PathBuf,
}

fn install(workspace: &Workspace) -> Result<(), Failure> {
    Program::cargo().args(["install", "--locked", "--path", "crates/owt"]).directory(&workspace.root).run()
}

fn ready(owt: &Path, wish: Wish) -> String {
    match wish {
        Wish::Install => "owt is installed; its first word: owt --help".to_owned(),
        Wish::Look | Wish::Scratch => format!(
            "owt is ready: {}\nto have it on your PATH: cargo install --path crates/owt (or: cargo xtask demo --install)",
            owt.display()
        ),
    }
}

/// The demonstration in a home of its own, which is removed with everything in it.
fn in_scratch(owt: &Path) -> Result<(), Failure> {
    let rig = Rig::set_up(owt)?;
    let terminal = environment_value("TERM").unwrap_or_else(|| "dumb".to_owned());
    let shown = rig.owt(&["demo"]).variable("TERM", terminal).variable("OWT_DEMO_PACE", "1").run();
    let cleaned = rig.owt(&["demo", "--clean"]).run();
    shown.and(cleaned).and(rig.take_down())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_mean_one_thing_or_nothing() {
        assert_eq!(Wish::read(&[]), Some(Wish::Look));
        assert_eq!(Wish::read(&["--install"]), Some(Wish::Install));
        assert_eq!(Wish::read(&["--scratch"]), Some(Wish::Scratch));
        assert_eq!(Wish::read(&["--install", "--scratch"]), None);
        assert_eq!(Wish::read(&["--instal"]), None);
    }
}
