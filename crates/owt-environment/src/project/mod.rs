//! Which projects a checkout has. Pure over its manifest files: nothing is started and nothing is written.
//!
//! One file for each ecosystem; here they are asked for each folder, and what is a member of another project is left
//! to that one.

mod cargo;
mod composer;
mod go;
mod members;
mod node;
mod node_choice;
mod pip;
mod python;
mod python_manifest;
mod python_runner;

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use owt_core::environment::Ecosystem;
use owt_core::environment::Project;
use owt_core::environment::RelPath;
use owt_ports::MOST_PROJECTS;
use owt_ports::Survey;

use members::Members;

/// How deep below the root a project is looked for.
pub(crate) const DEEPEST: usize = 3;

/// Folders that hold other people's projects, wherever they are tracked.
pub(crate) const FOREIGN: &[&str] =
    &["node_modules", "vendor", "target", ".venv", "venv", "site-packages", "bower_components"];

/// Folders of what shows or tests a project: what lies there may be broken on purpose, and nobody's tests wait for it.
const SHOWPIECES: &[&str] =
    &["example", "examples", "fixtures", "sample", "samples", "testdata", "test-fixtures"];

/// What detection sees of a checkout.
pub(crate) trait Checkout {
    /// The text of a file, if it is there and can be read.
    fn text(&self, path: &RelPath) -> Option<String>;
    /// Whether there is a file.
    fn has(&self, path: &RelPath) -> bool;
    /// Whether a program is on the search path.
    fn has_program(&self, name: &str) -> bool;
}

/// One folder of a checkout, with the names of its manifests.
pub(crate) struct Site<'a> {
    pub(crate) checkout: &'a dyn Checkout,
    pub(crate) folder: &'a RelPath,
    pub(crate) names: &'a BTreeSet<String>,
}

impl Site<'_> {
    /// The path of a file of this folder.
    pub(crate) fn path(&self, name: &str) -> RelPath {
        let name = RelPath::new(name).expect("the names that detection asks for are relative");
        self.folder.join_path(&name)
    }

    pub(crate) fn lists(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// The first of these that the listing has.
    pub(crate) fn first(&self, names: &[&'static str]) -> Option<&'static str> {
        names.iter().copied().find(|name| self.lists(name))
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.checkout.has(&self.path(name))
    }

    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.checkout.text(&self.path(name))
    }

    pub(crate) fn project(&self, ecosystem: Ecosystem, manager: Manager, reason: &str) -> Project {
        Project {
            folder: self.folder.clone(),
            ecosystem,
            manager,
            reason: reason.to_owned(),
            install: Vec::new(),
            test: None,
            dev: None,
            needs: Vec::new(),
            installs_below: vec![self.folder.clone()],
            discards: Vec::new(),
            notices: Vec::new(),
        }
    }

    /// Has its install's own lock file thrown away, where the checkout has none.
    pub(crate) fn discard_new(&self, project: &mut Project, name: &str) {
        if !self.has(name) {
            project.discards.push(self.path(name));
        }
    }
}

pub(crate) use owt_core::environment::Manager;

type Detector = fn(&Site<'_>) -> Option<Project>;

/// In the order in which projects of one folder are told.
const DETECTORS: &[(Ecosystem, Detector)] = &[
    (Ecosystem::Python, python::detect),
    (Ecosystem::Node, node::detect),
    (Ecosystem::Rust, cargo::detect),
    (Ecosystem::Go, go::detect),
    (Ecosystem::Php, composer::detect),
];

/// The projects of a checkout with these files, the outermost first.
pub(crate) fn projects(checkout: &dyn Checkout, files: &[RelPath]) -> Survey {
    let mut survey = Survey::default();
    let mut known = Members::default();
    let mut beyond = 0_usize;
    for (folder, names) in folders(files) {
        let site = Site { checkout, folder: &folder, names: &names };
        for (ecosystem, detect) in DETECTORS {
            if known.has(*ecosystem, &folder) {
                known.note(*ecosystem, &folder, &mut survey.projects);
                continue;
            }
            let Some(mut project) = detect(&site) else { continue };
            known.learn(*ecosystem, &site);
            match is_showpiece(&survey.projects, &folder) {
                true if project.install.is_empty() => {}
                true => {
                    project.install.clear();
                    survey.notices.push(format!("{folder} is not installed: nothing else waits for it"));
                }
                false => {
                    survey.notices.extend(project.notices.iter().map(|notice| of_folder(&folder, notice)));
                }
            }
            match survey.projects.len() < MOST_PROJECTS {
                true => survey.projects.push(project),
                false => beyond += 1,
            }
        }
    }
    if beyond > 0 {
        survey.notices.push(format!(
            "{beyond} more projects were found than the {MOST_PROJECTS} that are set up; the deepest are left out"
        ));
    }
    survey
}

fn of_folder(folder: &RelPath, notice: &str) -> String {
    if folder.is_root() { notice.to_owned() } else { format!("{folder}: {notice}") }
}

/// Whether a folder lies among the examples or fixtures of the checkout's own project.
fn is_showpiece(known: &[Project], folder: &RelPath) -> bool {
    known.iter().any(|project| project.folder.is_root())
        && folder.parts().any(|part| part.to_str().is_some_and(|part| SHOWPIECES.contains(&part)))
}

/// Folders with the names of their manifests, the outermost first.
fn folders(files: &[RelPath]) -> Vec<(RelPath, BTreeSet<String>)> {
    let mut folders: BTreeMap<(usize, RelPath), BTreeSet<String>> = BTreeMap::new();
    for file in files {
        let (Some(folder), Some(name)) = (file.parent(), file.file_name().to_str()) else { continue };
        let foreign = folder.parts().any(|part| part.to_str().is_none_or(|part| FOREIGN.contains(&part)));
        if folder.depth() <= DEEPEST && !foreign {
            folders.entry((folder.depth(), folder)).or_default().insert(name.to_owned());
        }
    }
    folders.into_iter().map(|((_, folder), names)| (folder, names)).collect()
}

#[cfg(test)]
mod tests;
