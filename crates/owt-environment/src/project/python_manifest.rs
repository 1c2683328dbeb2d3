//! What the files of a Python project say, before anybody decides who installs it.

use std::collections::BTreeSet;

use toml::Table;
use toml::Value;

use super::Site;
use super::members::Patterns;

/// Names under which projects keep what their tests need.
const DEVELOPMENT: &[&str] = &["dev", "development", "test", "tests", "testing"];

/// Requirement files of development, beside `requirements.txt`.
const DEVELOPMENT_FILES: &[&str] = &[
    "requirements-dev.txt",
    "dev-requirements.txt",
    "requirements_dev.txt",
    "requirements-test.txt",
    "test-requirements.txt",
    "requirements/dev.txt",
    "requirements/test.txt",
];

/// pyproject.toml, as far as it matters here.
pub(crate) struct Manifest {
    pub(crate) table: Table,
}

impl Manifest {
    /// Empty when there is none, `None` when it is no TOML.
    pub(crate) fn read(site: &Site<'_>) -> Option<Self> {
        let text = if site.lists("pyproject.toml") { site.text("pyproject.toml")? } else { String::new() };
        text.parse().ok().map(|table| Self { table })
    }

    pub(crate) fn at(&self, path: &[&str]) -> Option<&Value> {
        let (first, rest) = path.split_first()?;
        rest.iter().try_fold(self.table.get(*first)?, |value, key| value.get(key))
    }

    /// Whether it describes a package or application that can be installed.
    pub(crate) fn is_project(&self) -> bool {
        self.at(&["project"]).is_some() || self.at(&["tool", "poetry"]).is_some()
    }

    pub(crate) fn has_build_system(&self) -> bool {
        self.at(&["build-system"]).is_some()
    }

    /// Extras of development, of this file and of setup.cfg.
    pub(crate) fn extras(&self, site: &Site<'_>) -> Vec<String> {
        let setup = if site.lists("setup.cfg") { site.text("setup.cfg") } else { None };
        let of_setup = extras_of_setup(setup.as_deref().unwrap_or_default());
        let tables = [&["project", "optional-dependencies"][..], &["tool", "poetry", "extras"][..]];
        let tables = tables.iter().filter_map(|path| self.at(path)?.as_table());
        let own = tables.flat_map(Table::keys).cloned();
        let mut extras: Vec<String> = own.chain(of_setup).filter(|name| is_development(name)).collect();
        extras.sort();
        extras.dedup();
        extras
    }

    /// Requirements of the dependency groups of development (PEP 735), groups that they include being followed.
    /// What begins like an option of pip is left out.
    pub(crate) fn group_requirements(&self) -> Vec<String> {
        let Some(groups) = self.at(&["dependency-groups"]).and_then(Value::as_table) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        let mut seen = BTreeSet::new();
        let mut open: Vec<String> = groups.keys().filter(|name| is_development(name)).cloned().collect();
        open.reverse();
        while let Some(name) = open.pop() {
            if !seen.insert(name.clone()) {
                continue;
            }
            for item in groups.get(&name).and_then(Value::as_array).into_iter().flatten() {
                match (item.as_str(), item.get("include-group").and_then(Value::as_str)) {
                    (Some(text), _) if text.starts_with(|c: char| c.is_ascii_alphanumeric()) => {
                        found.push(text.to_owned());
                    }
                    (_, Some(included)) => open.push(included.to_owned()),
                    _ => {}
                }
            }
        }
        found
    }
}

/// The names in a setup.cfg's section of extras: setuptools' form of INI, where a line that is set in goes on with the
/// value before.
fn extras_of_setup(text: &str) -> Vec<String> {
    let section = text.lines().skip_while(|line| line.trim() != "[options.extras_require]").skip(1);
    let lines = section.take_while(|line| !line.starts_with('['));
    let keys = lines.filter(|line| !line.starts_with([' ', '\t', '#', ';']));
    keys.filter_map(|line| line.split_once(['=', ':'])).map(|(name, _)| name.trim().to_owned()).collect()
}

fn is_development(name: &str) -> bool {
    DEVELOPMENT.contains(&name)
}

/// The requirement files that there are, the main one first.
pub(crate) fn requirement_files(site: &Site<'_>) -> Vec<&'static str> {
    let main = ["requirements.txt"];
    main.into_iter().chain(DEVELOPMENT_FILES.iter().copied()).filter(|name| site.has(name)).collect()
}

/// Whether anything says that pytest runs the tests.
pub(crate) fn uses_pytest(site: &Site<'_>) -> bool {
    let mentions = |name: &&str| site.text(name).is_some_and(|text| text.contains("pytest"));
    let settings = ["pytest.ini", "conftest.py", "tests/conftest.py", "test/conftest.py"];
    settings.iter().any(|name| site.has(name))
        || ["pyproject.toml", "setup.py", "setup.cfg", "tox.ini", "Pipfile"].iter().any(&mentions)
        || requirement_files(site).iter().any(&mentions)
}

/// Whether pytest is among what is installed for development; what only a runner's own environments have does not count.
pub(crate) fn declares_pytest(site: &Site<'_>, manifest: &Manifest) -> bool {
    let mentions = |name: &&str| {
        let text = site.text(name).unwrap_or_default();
        text.lines().any(|line| line.contains("pytest") && !line.starts_with("[tool:pytest"))
    };
    let listed = |value: &Value| value.to_string().contains("pytest");
    let extras = manifest.extras(site);
    let extras = extras
        .iter()
        .filter_map(|extra| manifest.at(&["project", "optional-dependencies", extra]))
        .chain(manifest.at(&["project", "dependencies"]))
        .chain(manifest.at(&["tool", "poetry"]))
        .chain(manifest.at(&["tool", "uv", "dev-dependencies"]));
    requirement_files(site).iter().any(&mentions)
        || ["setup.py", "setup.cfg", "Pipfile"].iter().any(&mentions)
        || manifest.group_requirements().iter().any(|requirement| requirement.starts_with("pytest"))
        || extras.into_iter().any(listed)
}

/// The members of a uv workspace.
pub(crate) fn workspace(site: &Site<'_>) -> Option<Patterns> {
    let manifest = Manifest::read(site)?;
    let workspace = manifest.at(&["tool", "uv", "workspace"])?;
    let words = |key: &str| -> Vec<String> {
        let list = workspace.get(key).and_then(Value::as_array).into_iter().flatten();
        list.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    Some(Patterns { members: words("members"), excluded: words("exclude") })
}
