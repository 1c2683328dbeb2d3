//! A project in a checkout: who manages its packages, and with which commands one works in it.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::Serialize;

use super::RelPath;

/// A world of packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ecosystem {
    /// Python.
    Python,
    /// JavaScript and TypeScript.
    Node,
    /// Rust.
    Rust,
    /// Go.
    Go,
    /// PHP.
    Php,
}

/// What installs a project's packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Manager {
    /// <https://docs.astral.sh/uv>
    Uv,
    /// <https://python-poetry.org>
    Poetry,
    /// <https://pipenv.pypa.io>
    Pipenv,
    /// pip in a virtual environment of the worktree's own.
    Pip,
    /// <https://bun.sh>
    Bun,
    /// <https://pnpm.io>
    Pnpm,
    /// <https://yarnpkg.com>, of either generation.
    Yarn,
    /// <https://docs.npmjs.com>
    Npm,
    /// <https://doc.rust-lang.org/cargo>
    Cargo,
    /// The go command.
    Go,
    /// <https://getcomposer.org>
    Composer,
}

impl Manager {
    /// Its name, which is also its program's, but for pip: that is Python's.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Uv => "uv",
            Self::Poetry => "poetry",
            Self::Pipenv => "pipenv",
            Self::Pip => "pip",
            Self::Bun => "bun",
            Self::Pnpm => "pnpm",
            Self::Yarn => "yarn",
            Self::Npm => "npm",
            Self::Cargo => "cargo",
            Self::Go => "go",
            Self::Composer => "composer",
        }
    }
}

impl fmt::Display for Manager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A project of a checkout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    /// Its folder.
    pub folder: RelPath,
    /// Its world of packages.
    pub ecosystem: Ecosystem,
    /// What installs its packages.
    pub manager: Manager,
    /// What told so: `uv.lock`.
    pub reason: String,
    /// The commands that make it ready, in order, run in its folder; empty when there is nothing to install.
    pub install: Vec<Command>,
    /// The command that runs its tests, in its folder.
    pub test: Option<Command>,
    /// The command that runs it for development, in its folder.
    pub dev: Option<Command>,
    /// Programs that must be on the search path.
    pub needs: Vec<String>,
    /// Folders in which an install may make folders of its own (`.venv`, `node_modules`), the project's own first.
    pub installs_below: Vec<RelPath>,
    /// Files that its install writes, whether asked to or not, and that the checkout did not have before.
    pub discards: Vec<RelPath>,
    /// What a person should know.
    pub notices: Vec<String>,
}

impl Project {
    /// A path in its folder.
    pub fn inside(&self, rest: &RelPath) -> RelPath {
        self.folder.join_path(rest)
    }
}

/// What is started: a program of the machine or one that an earlier step has made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Program {
    /// Found on the search path.
    OnPath(String),
    /// A file in the folder that the command runs in.
    InFolder(RelPath),
}

/// A command as words; never a line for a shell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// The program.
    pub program: Program,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Variables that it needs beside those of its session.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<String, String>,
}

impl Command {
    /// A program of the search path with its arguments.
    pub fn new<A: Into<String>>(program: &str, arguments: impl IntoIterator<Item = A>) -> Self {
        Self::of(Program::OnPath(program.to_owned()), arguments)
    }

    /// A program with its arguments.
    pub fn of<A: Into<String>>(program: Program, arguments: impl IntoIterator<Item = A>) -> Self {
        let arguments = arguments.into_iter().map(Into::into).collect();
        Self { program, arguments, variables: BTreeMap::new() }
    }

    /// With a variable.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }
}

/// As a person would type it in the project's folder, variables left out.
impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.program {
            Program::OnPath(name) => write!(f, "{}", Word(name))?,
            // Without a slash it would be another program: one of the search path.
            Program::InFolder(path) => match path.to_string() {
                path if path.contains('/') => write!(f, "{}", Word(&path))?,
                path => write!(f, "./{}", Word(&path))?,
            },
        }
        self.arguments.iter().try_for_each(|argument| write!(f, " {}", Word(argument)))
    }
}

/// One word of a line for people, quoted where a shell would need it.
struct Word<'a>(&'a str);

impl fmt::Display for Word<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@%+".contains(c);
        if !self.0.is_empty() && self.0.chars().all(plain) {
            f.write_str(self.0)
        } else {
            write!(f, "'{}'", self.0.replace('\'', "'\\''"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_one_would_type_it() {
        let program = Program::InFolder(RelPath::new(".venv/bin/python").unwrap());
        let command = Command::of(program, ["-m", "pip", "install", "-e", ".[dev,test]", "it's"]);
        assert_eq!(command.to_string(), ".venv/bin/python -m pip install -e '.[dev,test]' 'it'\\''s'");
        let beside = Program::InFolder(RelPath::new("setup.sh").unwrap());
        assert_eq!(Command::of(beside, ["x"]).to_string(), "./setup.sh x");
    }
}
