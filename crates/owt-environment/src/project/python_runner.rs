//! Runners of tests with environments of their own: Hatch, tox, nox. Where pytest is declared for these alone, the
//! environment that packages are installed into does not have it.

use owt_core::environment::Command;
use toml::Value;

use super::Site;
use super::python_manifest::Manifest;
use super::python_manifest::declares_pytest;
use super::python_manifest::uses_pytest;

/// What runs the tests.
pub(crate) enum Runner {
    /// A program of the project's own environment.
    Own,
    /// This one, in an environment that it makes.
    Another(Command),
    /// One that is not installed, or that does not say how: nothing is told.
    Unknown,
}

/// Who runs the tests of a project.
pub(crate) fn of(site: &Site<'_>, manifest: &Manifest) -> Runner {
    if !uses_pytest(site) || declares_pytest(site, manifest) {
        return Runner::Own;
    }
    let words: Option<Vec<String>> = if let Some(environments) = manifest.at(&["tool", "hatch", "envs"]) {
        hatch(environments)
    } else if site.has("tox.ini") || manifest.at(&["tool", "tox"]).is_some() {
        Some(vec!["tox".to_owned()])
    } else if site.has("noxfile.py") {
        Some(vec!["nox".to_owned()])
    } else {
        return Runner::Own;
    };
    match words.as_deref() {
        Some([program, arguments @ ..]) if site.checkout.has_program(program) => {
            Runner::Another(Command::new(program, arguments))
        }
        _ => Runner::Unknown,
    }
}

/// A script `test`, else its own command for tests, else pytest of its default environment (Hatch 1.14).
fn hatch(environments: &Value) -> Option<Vec<String>> {
    let has_script = |name: &str| environments.get(name)?.get("scripts")?.get("test");
    let words: &[&str] = if has_script("default").is_some() {
        &["hatch", "run", "test"]
    } else if has_script("test").is_some() {
        &["hatch", "run", "test:test"]
    } else if environments.get("hatch-test").is_some() {
        &["hatch", "test"]
    } else if environments.get("default")?.get("dependencies")?.to_string().contains("pytest") {
        &["hatch", "run", "pytest"]
    } else {
        return None;
    };
    Some(words.iter().map(|&word| word.to_owned()).collect())
}
