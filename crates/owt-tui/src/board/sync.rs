//! Bringing into a workspace what has come meanwhile to the branch that it follows, or was made from: what would come in is
//! shown first. It must not know how it comes in.

use owt_api as api;
use owt_core::counting::counted;

use super::ahead::News;
use super::ahead::Question;
use super::outcome::notice;
use crate::event::Deed;
use crate::layer::Act;
use crate::layer::Choice;
use crate::row::Row;
use crate::status::Tone;
use crate::text::line;

type Lines = Vec<(Tone, String)>;

/// What would come in?
pub(super) fn question(row: &Row, whose: api::Selector) -> Question {
    let deed = Deed::Sync(api::SyncWorkspaces { dry_run: true, ..request(&whose) });
    Question { title: format!("Sync {}", row.name()), doing: "looking what has come", whose, deed }
}

fn request(workspace: &api::Selector) -> api::SyncWorkspaces {
    let api::Selector { cwd, name } = workspace.clone();
    api::SyncWorkspaces { cwd, name: Some(name), ..api::SyncWorkspaces::default() }
}

/// What would come in, with the way to do it.
pub(super) fn ahead(synced: &api::Synced, workspace: &api::Selector) -> Choice {
    let Some(it) = synced.workspaces.first() else { return nothing() };
    let name = line(&it.name);
    match it.outcome {
        api::SyncOutcome::WouldMerge => {
            let act = Act::Do(Box::new(Deed::Sync(request(workspace))), format!("syncing {name}"));
            Choice::new(format!("Sync {name}?"), would(synced, it)).way('y', "bring it in", act)
        }
        api::SyncOutcome::Conflicts => {
            let deed = Deed::Sync(api::SyncWorkspaces { leave_conflicts: true, ..request(workspace) });
            let act = Act::Do(Box::new(deed), format!("beginning the merge in {name}"));
            told(synced, it).way('c', "leave the conflicts in the workspace, for its agent to settle", act)
        }
        _ => told(synced, it),
    }
}

pub(super) fn news(synced: &api::Synced) -> News {
    match synced.workspaces.first() {
        Some(it) if it.outcome == api::SyncOutcome::Merged => {
            News::Said(Tone::Good, format!("{} got {} of {}", line(&it.name), commits(it), source(it)))
        }
        Some(it) => News::Shown(told(synced, it)),
        None => News::Shown(nothing()),
    }
}

fn nothing() -> Choice {
    let what = "It has no branch that anything could come into.".to_owned();
    Choice::new("Nothing to sync".to_owned(), vec![(Tone::Plain, what)])
}

fn commits(it: &api::SyncedWorkspace) -> String {
    counted(it.commits, "commit", "commits")
}

fn source(it: &api::SyncedWorkspace) -> String {
    it.source.as_deref().map_or_else(|| "its branch".to_owned(), line)
}

fn would(synced: &api::Synced, it: &api::SyncedWorkspace) -> Lines {
    let what = format!("{} of {} would come in, without a conflict.", commits(it), source(it));
    let stays = "What is not committed stays as it is.".to_owned();
    let mut lines = vec![(Tone::Good, what), (Tone::Plain, stays)];
    lines.extend(unreached(synced));
    lines
}

/// Remotes that were not asked.
fn unreached(synced: &api::Synced) -> impl Iterator<Item = (Tone, String)> + '_ {
    synced.unreached.iter().map(|it| {
        let (remote, why) = (line(&it.remote), line(&it.why));
        (Tone::Warn, format!("'{remote}' was not asked, and what was last fetched counts: {why}"))
    })
}

/// Why nothing came in, or what is left to do.
fn told(synced: &api::Synced, it: &api::SyncedWorkspace) -> Choice {
    let name = line(&it.name);
    if let Some(problem) = &it.problem {
        return notice(problem);
    }
    let (title, tone, what) = match it.outcome {
        api::SyncOutcome::UpToDate | api::SyncOutcome::Merged => {
            (format!("Sync {name}"), Tone::Good, format!("{name} has everything of {}.", source(it)))
        }
        api::SyncOutcome::ConflictsLeft => {
            let what = "The merge is begun in the workspace: let its agent settle it there and commit.";
            (format!("Sync {name}: conflicts are left"), Tone::Active, what.to_owned())
        }
        _ => (
            format!("Sync {name}: nothing came in"),
            Tone::Bad,
            format!("{name} does not agree with {}, and was left alone.", source(it)),
        ),
    };
    let mut lines = vec![(tone, what)];
    let words =
        |conflict: &api::MergeConflict| format!("  {}: {}", line(&conflict.path), line(&conflict.what));
    lines.extend(it.conflicts.iter().map(|conflict| (Tone::Plain, words(conflict))));
    lines.extend(unreached(synced));
    Choice::new(title, lines)
}
