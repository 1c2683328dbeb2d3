//! What an install makes in the tree: folders of packages, which git must not show, and lock files that nobody asked
//! for. Only names that package managers use are touched: the agent may be working there already.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;

use owt_core::AbsPath;
use owt_core::environment::Ecosystem;
use owt_core::environment::Project;
use owt_core::environment::RelPath;
use owt_ports::InstallPlan;
use rustix::fs::Mode;
use serde_json::Value;
use serde_json::json;

use crate::tree_file::Folder;

const IGNORE_FILE: &str = ".gitignore";
const IGNORE_ALL: &[u8] = b"*\n";

/// What was there before an install began.
#[derive(Debug, Default)]
pub(crate) struct Before {
    /// Folders of packages that are not ours to hide.
    folders: BTreeSet<RelPath>,
    /// Those that an install of ours made, and hid.
    hidden: BTreeSet<RelPath>,
    /// Lock files.
    files: BTreeSet<RelPath>,
}

impl Before {
    pub(crate) fn of(plan: &InstallPlan) -> Self {
        let is_ours = |folder: &RelPath| {
            fs::read(folder.within(&plan.root).join(IGNORE_FILE)).is_ok_and(|text| text == IGNORE_ALL)
        };
        let folders = plan.projects.iter().flat_map(|project| package_folders(&plan.root, project));
        let (hidden, folders) = folders.partition(is_ours);
        let files = plan.projects.iter().flat_map(|project| project.discards.iter().cloned());
        let files = files.filter(|file| file.within(&plan.root).symlink_metadata().is_ok()).collect();
        Self { folders, hidden, files }
    }

    pub(crate) fn to_json(&self) -> Value {
        let texts = |paths: &BTreeSet<RelPath>| -> Vec<String> {
            paths.iter().filter_map(RelPath::to_str).map(str::to_owned).collect()
        };
        json!({"folders": texts(&self.folders), "hidden": texts(&self.hidden), "files": texts(&self.files)})
    }

    pub(crate) fn from_json(value: &Value) -> Self {
        let paths = |key: &str| {
            let texts =
                value.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
            texts.filter_map(|text| RelPath::new(text).ok()).collect()
        };
        Self { folders: paths("folders"), hidden: paths("hidden"), files: paths("files") }
    }

    /// Hides folders that are new, and takes lock files away that are. Returns what could not be done.
    pub(crate) fn tidy(&self, plan: &InstallPlan) -> Vec<String> {
        let mut notices = Vec::new();
        for project in &plan.projects {
            for folder in package_folders(&plan.root, project).filter(|folder| !self.folders.contains(folder))
            {
                if let Err(error) = hide(&plan.root, &folder) {
                    notices.push(format!("{folder} may appear in git status: {error}"));
                }
            }
            for file in project.discards.iter().filter(|file| !self.files.contains(*file)) {
                let path = file.within(&plan.root);
                if path.is_file()
                    && let Err(error) = fs::remove_file(&path)
                {
                    notices.push(format!("{file} was written by the install and stays: {error}"));
                }
            }
        }
        notices
    }
}

/// Takes away the half that an install left which filled the disk: nobody could work there, nor keep what is in the worktree.
/// What was there before stays. Returns what a person should know of it.
pub(crate) fn take_back(before: &Before, plan: &InstallPlan, project: &Project) -> Vec<String> {
    let is_new = |folder: &RelPath| !before.folders.contains(folder) && !before.hidden.contains(folder);
    let halves = package_folders(&plan.root, project).filter(is_new);
    halves
        .map(|folder| match remove(&plan.root, &folder) {
            Ok(()) => format!("{folder} was taken away again: the disk was full before it was whole"),
            Err(error) => format!("{folder} is not whole, and stays: {error}"),
        })
        .collect()
}

/// Through no link: one on the way there leads to something that no install of ours made.
fn remove(root: &AbsPath, folder: &RelPath) -> std::io::Result<()> {
    Folder::root(root)?.below(folder)?;
    fs::remove_dir_all(folder.within(root))
}

/// The folders of packages that there are in the places where a project's install makes some.
fn package_folders<'a>(root: &'a AbsPath, project: &'a Project) -> impl Iterator<Item = RelPath> + 'a {
    project.installs_below.iter().flat_map(|place| {
        let entries = fs::read_dir(place.within(root)).into_iter().flatten().flatten();
        let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
        folders
            .filter_map(|entry| place.join(entry.file_name()).ok())
            .filter(|f| holds_packages(project.ecosystem, f))
    })
}

fn holds_packages(ecosystem: Ecosystem, folder: &RelPath) -> bool {
    let Some(name) = folder.file_name().to_str() else { return false };
    match ecosystem {
        Ecosystem::Python => {
            name == ".venv" || Path::new(name).extension().is_some_and(|end| end == "egg-info")
        }
        Ecosystem::Node => matches!(name, "node_modules" | ".pnpm-store"),
        Ecosystem::Php => name == "vendor",
        Ecosystem::Rust | Ecosystem::Go => false,
    }
}

/// An ignore file inside the folder; one that is there already decides.
fn hide(root: &AbsPath, folder: &RelPath) -> std::io::Result<()> {
    let folder = Folder::root(root)?.below(folder)?;
    match folder.create(IGNORE_FILE.as_ref()) {
        Ok(mut file) => {
            file.write_all(IGNORE_ALL)?;
            Ok(rustix::fs::fchmod(&file, Mode::from_raw_mode(0o644))?)
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}
