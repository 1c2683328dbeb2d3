//! Brings private files and caches from a checkout into its new worktree.

mod cache;
mod clone;
mod copy;
mod flood;
mod packages;
mod virtual_environments;

use std::io;
use std::path::Path;

use owt_core::AbsPath;
use owt_core::environment::MovedPaths;
use owt_core::environment::RelPath;
use owt_ports::CopiedFile;
use owt_ports::EnvironmentError;
use owt_ports::FurnishPlan;
use owt_ports::Furnished;
use owt_ports::Standing;
use owt_ports::Untracked;

use crate::fault;
use crate::tree_file::Folder;
use copy::Copied;
use copy::Copying;
use flood::Whose;

/// What is still being written has this name until it is whole. One that is found is what a crash has left.
const PARTIAL: &str = ".owt-partial";

pub(crate) fn furnish(plan: &FurnishPlan) -> Result<Furnished, EnvironmentError> {
    let opened = |root: &AbsPath| Folder::root(root).map_err(|error| fault::at(root, root.as_path(), &error));
    let spellings = spellings(&plan.source, plan.asked_in.as_ref());
    let copying = Copying {
        source: opened(&plan.source)?,
        worktree: opened(&plan.worktree)?,
        paths: MovedPaths::new(spellings.clone(), plan.worktree.clone()),
        spellings,
        plan,
    };
    let mut furnished = Furnished::default();
    let (usual, bound) = virtual_environments::apart(&plan.source, &plan.usual);
    copy_all(&copying, &usual, &mut furnished)?;
    let (named, also_bound) = virtual_environments::apart(&plan.source, &plan.named);
    let (agents, in_agents) = virtual_environments::apart(&plan.source, &plan.agents);
    furnished.notices.extend(
        (&(&bound | &also_bound) | &in_agents).iter().map(|folder| {
            format!("{folder} was left out: a virtual environment works only where it was made")
        }),
    );
    for (files, whose) in [(&agents, Whose::Agents), (&named, Whose::Named)] {
        match flood::excess(&plan.source, files, whose) {
            None => copy_all(&copying, files, &mut furnished)?,
            Some(why) => furnished.left_out.push(why),
        }
    }
    cache::carry_all(plan, &copying.spellings, &mut furnished);
    Ok(furnished)
}

/// The source as it is named, as it is reached, and as the person names it who stands in it.
fn spellings(source: &AbsPath, asked_in: Option<&AbsPath>) -> Vec<AbsPath> {
    let real = std::fs::canonicalize(source).ok();
    let persons = asked_in.zip(real.as_deref()).and_then(|(folder, real)| spelled_by(folder, real));
    let real = real.and_then(|path| AbsPath::new(path).ok());
    let mut spellings = vec![source.clone()];
    for spelling in real.into_iter().chain(persons) {
        if !spellings.contains(&spelling) {
            spellings.push(spelling);
        }
    }
    spellings
}

/// How a folder's path, which may go through symbolic links, names the root that it lies in.
fn spelled_by(folder: &AbsPath, root: &Path) -> Option<AbsPath> {
    let real = std::fs::canonicalize(folder).ok()?;
    let depth = real.strip_prefix(root).ok()?.components().count();
    let spelled = folder.as_path().ancestors().nth(depth)?;
    // A link below the root would count wrongly.
    let leads_there = std::fs::canonicalize(spelled).is_ok_and(|path| path == root);
    leads_there.then(|| AbsPath::new(spelled).ok()).flatten()
}

fn copy_all(
    copying: &Copying<'_>,
    files: &[&Untracked],
    furnished: &mut Furnished,
) -> Result<(), EnvironmentError> {
    for file in files {
        match copying.copy(&file.path) {
            Ok(Copied::New { adjusted, unknown, kept }) => {
                furnished.notices.extend(unknown_placeholders(&file.path, &unknown));
                let (path, source) = (&file.path, &copying.plan.source);
                furnished.notices.extend(kept.map(|reason| {
                    format!("{path} still names {source}: {reason}, and its paths were not changed")
                }));
                if file.standing == Standing::Shown {
                    let path = &file.path;
                    furnished.notices.push(format!(
                        "{path} was copied, but no ignore rule names it: git shows it as a new file"
                    ));
                }
                furnished.copied.push(CopiedFile { path: file.path.clone(), adjusted });
            }
            Ok(Copied::There) => furnished.kept += 1,
            Ok(Copied::LeftOut(reason)) => {
                furnished.left_out.push(format!("{} was left out: {reason}", file.path));
            }
            Err(error) if is_of_the_place(&error) => {
                return Err(fault::at(
                    &copying.plan.worktree,
                    &file.path.within(&copying.plan.worktree),
                    &error,
                ));
            }
            Err(error) => furnished.left_out.push(format!("{} was left out: {error}", file.path)),
        }
    }
    Ok(())
}

/// Whether the next file would fail for the same reason.
fn is_of_the_place(error: &io::Error) -> bool {
    fault::is_full(error) || error.kind() == io::ErrorKind::ReadOnlyFilesystem
}

fn unknown_placeholders(path: &RelPath, unknown: &[String]) -> Option<String> {
    let which = unknown.join(", ");
    (!unknown.is_empty()).then(|| {
        format!(
            "{path} has placeholders that mean nothing: {which}; known are owt.port, owt.port_1 to owt.port_9, \
             owt.name, owt.database_suffix, owt.compose_project"
        )
    })
}
