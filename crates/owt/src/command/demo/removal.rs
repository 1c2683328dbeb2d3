//! `owt demo --clean`: removing what demonstrations left. Only folders that bear our mark are removed, and of those
//! that nothing records only the ones of this home.

use owt_core::counting::counted;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use owt_api::DeleteWorkspace;
use owt_api::ErrorCode;
use owt_api::ListWorkspaces;
use owt_api::Selector;
use owt_api::StopSession;
use owt_api::Workspace;
use owt_core::AbsPath;
use serde::Serialize;

use super::sample;
use crate::context::Context;
use crate::failure::Failure;

/// What was removed.
#[derive(Debug, Serialize)]
struct Removed {
    folders: Vec<String>,
    workspaces: Vec<String>,
}

pub(super) fn run(only: Option<&Path>, context: &Context) -> Result<(), Failure> {
    let workspaces = context.ask("looking at the workspaces", |client| {
        client.list(&ListWorkspaces { cwd: context.cwd(), all_repos: true })
    })?;
    let folders = match only {
        Some(folder) => [marked(folder)?].into(),
        None => folders(&workspaces, context, &context.places()?.data),
    };
    let mut removed = Removed { folders: Vec::new(), workspaces: Vec::new() };
    for workspace in
        workspaces.iter().filter(|workspace| folders.iter().any(|folder| is_in(workspace, folder)))
    {
        remove(workspace, context)?;
        removed.workspaces.push(workspace.name.clone());
    }
    for folder in folders {
        fs::remove_dir_all(&folder)
            .map_err(|error| Failure::new(ErrorCode::Internal, format!("{}: {error}", folder.display())))?;
        removed.folders.push(folder.display().to_string());
    }
    context.output.answer(&removed, |_| told(&removed))
}

fn is_in(workspace: &Workspace, folder: &Path) -> bool {
    Path::new(&workspace.repository).parent() == Some(folder)
}

/// The folders of demonstrations: those that workspaces tell of, and those in the usual place of which none is left.
fn folders(workspaces: &[Workspace], context: &Context, data: &AbsPath) -> BTreeSet<PathBuf> {
    let told = workspaces.iter().filter_map(|workspace| Path::new(&workspace.repository).parent());
    let temporary = Path::new(context.environment.get("TMPDIR").unwrap_or("/tmp"));
    let usual = fs::read_dir(temporary).into_iter().flatten().flatten().map(|entry| entry.path());
    let usual = usual.filter(|path| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.starts_with("owt-demo")) && sample::is_recorded_in(path, data)
    });
    told.map(Path::to_owned).chain(usual).filter_map(|folder| marked(&folder).ok()).collect()
}

/// The folder's real path, if it bears our mark.
fn marked(folder: &Path) -> Result<PathBuf, Failure> {
    let found = fs::canonicalize(folder).ok().filter(|folder| sample::is_marked(folder));
    found.ok_or_else(|| {
        Failure::new(ErrorCode::NotFound, format!("{} holds no demonstration", folder.display()))
            .hint("without --dir, all demonstrations are removed")
    })
}

/// Ends its session, if one runs, and deletes it. What it held goes with the folder.
fn remove(workspace: &Workspace, context: &Context) -> Result<(), Failure> {
    let selector = Selector { cwd: workspace.repository.clone(), name: workspace.name.clone() };
    if workspace.session.is_some() {
        let request = StopSession { workspace: selector.clone(), dry_run: false };
        context.tell("ending a session", |client| client.stop(&request))?;
    }
    let request = DeleteWorkspace { workspace: selector, force: true, dry_run: false };
    context.tell("deleting a workspace", |client| client.delete(&request))?;
    Ok(())
}

fn told(removed: &Removed) -> String {
    match removed.folders.as_slice() {
        [] => "No demonstration is left.\n".to_owned(),
        folders => {
            let workspaces = counted(removed.workspaces.len(), "workspace", "workspaces");
            format!("Removed {} with {workspaces}.\n", folders.join(", "))
        }
    }
}
