//! Python: uv, poetry, pipenv, or pip in a virtual environment of the worktree's own.

use owt_core::environment::Command;
use owt_core::environment::Ecosystem;
use owt_core::environment::Manager;
use owt_core::environment::Project;

use super::Site;
use super::pip;
use super::python_manifest;
use super::python_manifest::Manifest;
use super::python_runner;
use super::python_runner::Runner;

const MARKERS: &[&str] = &[
    "uv.lock",
    "poetry.lock",
    "Pipfile.lock",
    "Pipfile",
    "pyproject.toml",
    "requirements.txt",
    "setup.py",
    "setup.cfg",
];

pub(crate) fn detect(site: &Site<'_>) -> Option<Project> {
    let marker = site.first(MARKERS)?;
    let Some(manifest) = Manifest::read(site) else {
        let mut project = site.project(Ecosystem::Python, Manager::Pip, marker);
        project.notices.push("pyproject.toml cannot be read as TOML: nothing is installed".to_owned());
        return Some(project);
    };
    let (manager, reason) = choose(site, &manifest, marker);
    let mut project = site.project(Ecosystem::Python, manager, reason);
    project.installs_below.push(site.path("src"));
    match manager {
        Manager::Uv if site.lists("uv.lock") => synced(site, &manifest, &mut project),
        Manager::Uv => pip::with_uv(site, &manifest, &mut project),
        Manager::Poetry => poetry(site, &mut project),
        Manager::Pipenv => pipenv(site, &mut project),
        _ => pip::with_venv(site, &manifest, &mut project),
    }
    match python_runner::of(site, &manifest) {
        Runner::Own => {}
        Runner::Another(command) => project.test = Some(command),
        Runner::Unknown => project.test = None,
    }
    if project.install.is_empty() {
        project.notices.push(format!("{marker} names no packages: there is nothing to install"));
    }
    Some(project)
}

fn choose(site: &Site<'_>, manifest: &Manifest, marker: &'static str) -> (Manager, &'static str) {
    let by_tool = |tool: &str| manifest.at(&["tool", tool]).is_some();
    match marker {
        "uv.lock" => (Manager::Uv, marker),
        "poetry.lock" => (Manager::Poetry, marker),
        "Pipfile" | "Pipfile.lock" => (Manager::Pipenv, marker),
        "pyproject.toml" if by_tool("uv") => (Manager::Uv, "[tool.uv] in pyproject.toml"),
        "pyproject.toml" if by_tool("poetry") => (Manager::Poetry, "[tool.poetry] in pyproject.toml"),
        "pyproject.toml" if site.checkout.has_program("uv") => (Manager::Uv, marker),
        _ => (Manager::Pip, marker),
    }
}

fn synced(site: &Site<'_>, manifest: &Manifest, project: &mut Project) {
    let mut arguments = vec!["sync", "--frozen"];
    let extras = manifest.extras(site);
    for extra in &extras {
        arguments.extend(["--extra", extra]);
    }
    project.needs.push("uv".to_owned());
    project.install.push(Command::new("uv", arguments));
    // `--no-sync`: a run must not take away again what the sync has brought, nor ask the network.
    project.test = Some(match python_manifest::uses_pytest(site) {
        true => Command::new("uv", ["run", "--no-sync", "pytest"]),
        false => Command::new("uv", ["run", "--no-sync", "python", "-m", "unittest", "discover"]),
    });
    project.dev = site
        .has("manage.py")
        .then(|| Command::new("uv", ["run", "--no-sync", "python", "manage.py", "runserver"]));
}

/// Poetry makes its environment in the project's folder when it is told to; without that, worktrees of one project
/// would share none or the wrong one.
fn poetry(site: &Site<'_>, project: &mut Project) {
    let command = |arguments: &[&str]| {
        Command::new("poetry", arguments.iter().copied()).with("POETRY_VIRTUALENVS_IN_PROJECT", "true")
    };
    project.needs.push("poetry".to_owned());
    project.install.push(command(&["install", "--no-interaction"]));
    site.discard_new(project, "poetry.lock");
    project.test = Some(match python_manifest::uses_pytest(site) {
        true => command(&["run", "pytest"]),
        false => command(&["run", "python", "-m", "unittest", "discover"]),
    });
    project.dev = site.has("manage.py").then(|| command(&["run", "python", "manage.py", "runserver"]));
}

fn pipenv(site: &Site<'_>, project: &mut Project) {
    let command = |arguments: &[&str]| {
        Command::new("pipenv", arguments.iter().copied()).with("PIPENV_VENV_IN_PROJECT", "1")
    };
    project.needs.push("pipenv".to_owned());
    project.install.push(match site.lists("Pipfile.lock") {
        true => command(&["sync", "--dev"]),
        false => command(&["install", "--dev", "--skip-lock"]),
    });
    site.discard_new(project, "Pipfile.lock");
    project.test = Some(match python_manifest::uses_pytest(site) {
        true => command(&["run", "pytest"]),
        false => command(&["run", "python", "-m", "unittest", "discover"]),
    });
    project.dev = site.has("manage.py").then(|| command(&["run", "python", "manage.py", "runserver"]));
}
