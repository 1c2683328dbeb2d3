//! `cargo xtask tidy`: what the house rules say about the text of the repository, measured.
//!
//! Each rule is a room of its own and returns findings; here they are gathered, set against the allow-list and
//! printed. A rule must not write anything.

mod allow;
mod fragments;
mod invariants;
mod links;
mod manifests;
mod naming;
mod places;
mod sizes;

use std::fmt;
use std::path::Path;
use std::path::PathBuf;

use crate::failure::Failure;
use crate::workspace::Workspace;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Severity {
    Warning,
    Error,
}

/// One broken rule at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Finding {
    severity: Severity,
    file: PathBuf,
    /// One-based; 0 for the file as a whole.
    line: usize,
    rule: &'static str,
    message: String,
    /// What was measured, for rules about size: the only findings that the allow-list may excuse.
    measured: Option<Measured>,
}

/// A size and the thing that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Measured {
    thing: String,
    size: usize,
}

impl Finding {
    fn error(file: &Path, line: usize, rule: &'static str, message: impl Into<String>) -> Self {
        let (file, message) = (file.to_owned(), message.into());
        Self { severity: Severity::Error, file, line, rule, message, measured: None }
    }

    fn warning(file: &Path, line: usize, rule: &'static str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(file, line, rule, message) }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        let (file, line) = (self.file.display(), self.line);
        write!(f, "{file}:{line}: {severity}: {} [{}]", self.message, self.rule)
    }
}

/// One text file of the repository.
struct TextFile {
    /// Relative to the root.
    path: PathBuf,
    text: String,
}

impl TextFile {
    fn is_rust(&self) -> bool {
        self.path.extension().is_some_and(|extension| extension == "rs")
    }

    /// Whether it is compiled for tests alone: below `tests/`, or a module file called `tests.rs`.
    fn is_test_code(&self) -> bool {
        self.path.components().any(|part| part.as_os_str() == "tests")
            || self.path.file_name().is_some_and(|name| name == "tests.rs")
    }
}

/// Checks every rule; prints findings, fails on errors.
pub(crate) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let findings = findings(workspace)?;
    for finding in &findings {
        eprintln!("{finding}");
    }
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    let warnings = findings.len() - errors;
    println!("tidy: {errors} errors, {warnings} warnings");
    match errors {
        0 => Ok(()),
        count => Err(Failure::new(format!("tidy: {count} rules are broken"))),
    }
}

fn findings(workspace: &Workspace) -> Result<Vec<Finding>, Failure> {
    let files = text_files(workspace)?;
    let mut found = Vec::new();
    for file in &files {
        found.extend(naming::check(&file.path));
        found.extend(places::check(file));
        found.extend(fragments::check(&file.path));
    }
    found.extend(links::check(&files, |path| workspace.root.join(path).exists()));
    found.extend(sizes::check(&files));
    found.extend(manifests::check(workspace)?);
    found.extend(invariants::check(workspace, &files)?);
    let mut found = allow::apply(workspace, found)?;
    found.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    Ok(found)
}

/// Every file that is text; files with a NUL byte or without UTF-8 are not.
fn text_files(workspace: &Workspace) -> Result<Vec<TextFile>, Failure> {
    let mut files = Vec::new();
    for path in workspace.files()? {
        let full = workspace.root.join(&path);
        let bytes = std::fs::read(&full).map_err(|error| Failure::at(&full, error))?;
        match String::from_utf8(bytes) {
            Ok(text) if !text.contains('\0') => files.push(TextFile { path, text }),
            _ => {}
        }
    }
    Ok(files)
}
