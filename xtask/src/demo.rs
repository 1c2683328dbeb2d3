//! `cargo xtask demo`: the first command of the README. Gets what is missing, builds `owt`, shows it at work on a
//! sample repository, and says how to have it everywhere.

use std::path::Path;
use std::path::PathBuf;

use serde::Deserialize;

use crate::failure::Failure;
use crate::program;
use crate::program::Program;
use crate::program::environment_value;
use crate::rig::Rig;
use crate::toolbox;
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
    toolbox::git()?;
    if let Err(failure) = toolbox::tmux() {
        // There is less to see then, and still a demonstration.
        println!("note: {failure}; until then agents run without a terminal of their own");
    }
    println!("building owt; the first time this takes some minutes");
    let owt = match wish {
        Wish::Install => install(workspace)?,
        Wish::Look | Wish::Scratch => build(workspace)?,
    };
    match wish {
        Wish::Look | Wish::Install => Program::new(&owt).arg("demo").directory(&workspace.root).run()?,
        Wish::Scratch => in_scratch(&owt)?,
    }
    if wish != Wish::Install {
        println!("\n{}", to_keep(workspace, &owt));
    }
    Ok(())
}

/// Builds the program as people get it; where it is.
pub(crate) fn build(workspace: &Workspace) -> Result<PathBuf, Failure> {
    build_program(workspace, "owt", "owt")
}

/// Builds a program that only tests and measurements use, as people would get it; where it is.
pub(crate) fn build_for_tests(workspace: &Workspace, program: &str) -> Result<PathBuf, Failure> {
    build_program(workspace, "owt-testkit", program)
}

fn build_program(workspace: &Workspace, package: &str, program: &str) -> Result<PathBuf, Failure> {
    let words = ["build", "--locked", "--release", "--package", package, "--bin", program];
    Program::cargo().directory(&workspace.root).args(words).run()?;
    Ok(release_folder(workspace)?.join(program))
}

/// Where cargo puts programs as people get them.
fn release_folder(workspace: &Workspace) -> Result<PathBuf, Failure> {
    let words = ["metadata", "--format-version", "1", "--no-deps"];
    let told = Program::cargo().directory(&workspace.root).args(words).read()?;
    let told: Metadata = serde_json::from_str(&told)
        .map_err(|error| Failure::new(format!("cargo metadata printed something unexpected: {error}")))?;
    Ok(told.target_directory.join("release"))
}

#[derive(Deserialize)]
struct Metadata {
    target_directory: PathBuf,
}

/// Puts the program where cargo puts programs; where that is.
fn install(workspace: &Workspace) -> Result<PathBuf, Failure> {
    let words = ["install", "--locked", "--path", "crates/owt"];
    Program::cargo().args(words).directory(&workspace.root).run()?;
    let cargo_home = || Some(PathBuf::from(environment_value("HOME")?).join(".cargo"));
    let root = ["CARGO_INSTALL_ROOT", "CARGO_HOME"].into_iter().find_map(environment_value);
    let installed = root.map(PathBuf::from).or_else(cargo_home).map(|root| root.join("bin/owt"));
    // Cargo's own configuration may name yet another folder; then the search path has to know it.
    let installed = installed.filter(|file| file.is_file()).or_else(|| program::find("owt"));
    installed.ok_or_else(|| Failure::new("owt was installed into a folder that is not on your PATH"))
}

/// Pasted from whatever folder, these commands work.
fn to_keep(workspace: &Workspace, owt: &Path) -> String {
    let package = quoted(&workspace.root.join("crates/owt"));
    format!(
        "owt is in {}. To have it in every terminal: cargo install --locked --path {package}",
        owt.display()
    )
}

/// A path as a word of a shell.
fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+".contains(c);
    if path.chars().all(plain) { path } else { format!("'{}'", path.replace('\'', r"'\''")) }
}

/// The demonstration in a home of its own, which is removed with everything in it.
fn in_scratch(owt: &Path) -> Result<(), Failure> {
    let rig = Rig::set_up(owt)?;
    let terminal = environment_value("TERM").unwrap_or_else(|| "dumb".to_owned());
    let shown =
        rig.owt(&["demo", "--passing"]).variable("TERM", terminal).variable("OWT_DEMO_PACE", "1").run();
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

    #[test]
    fn a_path_that_a_shell_would_split_is_quoted() {
        assert_eq!(quoted(Path::new("/home/ada/owt-1.0")), "/home/ada/owt-1.0");
        assert_eq!(quoted(Path::new("/my owt's")), r"'/my owt'\''s'");
    }
}
