//! Python without a lock file: a virtual environment in the worktree, filled by pip or by uv's pip.

use owt_core::environment::Command;
use owt_core::environment::Program;
use owt_core::environment::Project;
use owt_core::environment::RelPath;

use super::Site;
use super::python_manifest;
use super::python_manifest::Manifest;

const PYTHON: &str = ".venv/bin/python";

/// `python3 -m venv`, then pip of that environment. Never the pip of the search path, which fills somebody else's.
pub(crate) fn with_venv(site: &Site<'_>, manifest: &Manifest, project: &mut Project) {
    let wanted = wanted(site, manifest);
    if !wanted.is_empty() {
        let python = if site.checkout.has_program("python3") { "python3" } else { "python" };
        project.needs.push(if site.checkout.has_program(python) { python } else { "python3" }.to_owned());
        project.install.push(Command::new(python, ["-m", "venv", ".venv"]));
        let pip = ["-m", "pip", "install", "--disable-pip-version-check", "--no-input"].map(str::to_owned);
        project.install.push(own_python(pip.into_iter().chain(wanted)));
        run_by_own_python(site, project);
    }
}

/// The same with uv, which is faster and leaves no lock file either.
pub(crate) fn with_uv(site: &Site<'_>, manifest: &Manifest, project: &mut Project) {
    let wanted = wanted(site, manifest);
    if !wanted.is_empty() {
        project.needs.push("uv".to_owned());
        project.install.push(Command::new("uv", ["venv", "--allow-existing"]));
        let pip = ["pip", "install", "--python", PYTHON].map(str::to_owned);
        project.install.push(Command::new("uv", pip.into_iter().chain(wanted)));
        run_by_own_python(site, project);
    }
}

fn own_python<A: Into<String>>(arguments: impl IntoIterator<Item = A>) -> Command {
    let python = RelPath::new(PYTHON).expect("the path is relative");
    Command::of(Program::InFolder(python), arguments)
}

fn run_by_own_python(site: &Site<'_>, project: &mut Project) {
    project.test = Some(match python_manifest::uses_pytest(site) {
        true => own_python(["-m", "pytest"]),
        false => own_python(["-m", "unittest", "discover"]),
    });
    project.dev = site.has("manage.py").then(|| own_python(["manage.py", "runserver"]));
}

/// What pip is asked for: requirement files, the project itself with its extras of development, and the dependency
/// groups of development.
fn wanted(site: &Site<'_>, manifest: &Manifest) -> Vec<String> {
    let files = python_manifest::requirement_files(site);
    let is_package = site.lists("setup.py")
        || site.lists("setup.cfg") && manifest.has_build_system()
        || manifest.is_project() && (manifest.has_build_system() || files.is_empty());
    let mut wanted: Vec<String> =
        files.iter().flat_map(|file| ["-r".to_owned(), (*file).to_owned()]).collect();
    if is_package {
        let extras = manifest.extras(site);
        let extras = if extras.is_empty() { String::new() } else { format!("[{}]", extras.join(",")) };
        wanted.extend(["-e".to_owned(), format!(".{extras}")]);
    }
    wanted.extend(manifest.group_requirements());
    wanted
}
