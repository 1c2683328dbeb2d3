//! What is taken back, between the wire and the engine.

use owt_api as api;
use owt_api::ErrorCode;
use owt_api::Problem;
use owt_core::landing::Arrival;
use owt_core::landing::Gate;
use owt_core::landing::Irrevocable;
use owt_core::vcs::BranchName;
use owt_engine::use_cases::Obstacle;
use owt_engine::use_cases::Resolve;
use owt_engine::use_cases::UndoError;
use owt_engine::use_cases::UndoKind;
use owt_engine::use_cases::UndoRequest;
use owt_engine::use_cases::Undoable;
use owt_engine::use_cases::Undone;

use super::from_wire;
use super::problem;
use super::to_wire;

/// A request, checked.
pub(super) fn request(asked: api::Undo) -> Result<UndoRequest, Problem> {
    Ok(UndoRequest {
        folder: from_wire::folder(&asked.cwd)?,
        only: asked.only,
        resolve: from_wire::resolve(asked.dry_run),
    })
}

/// One line of the list.
pub(super) fn undoable(it: Undoable) -> api::Undoable {
    let obstacle = it.obstacle.as_ref().map(|obstacle| obstacle_of(&it, obstacle));
    let move_ = arrival(&it.kind);
    api::Undoable {
        obstacle,
        kind: kind(&it.kind),
        target: move_.map(|arrival| arrival.target.to_string()),
        before_sha: move_.map(|arrival| arrival.before.to_string()),
        after_sha: move_.map(|arrival| arrival.after.to_string()),
        id: it.id,
        workspace: it.workspaces.join(", "),
        workspaces: it.workspaces,
        branch: it.branch,
        checks: (it.checks == Gate::Waived).then(|| "skipped".to_owned()),
        at: to_wire::time(it.at),
    }
}

/// What was taken back, or would be.
pub(super) fn undone(undone: Undone, resolve: Resolve) -> api::Undone {
    let Undone { what, checkout, restored, not_restored } = undone;
    let move_ = arrival(&what.kind);
    api::Undone {
        kind: kind(&what.kind),
        target: move_.map(|arrival| arrival.target.to_string()),
        before_sha: move_.map(|arrival| arrival.before.to_string()),
        after_sha: move_.map(|arrival| arrival.after.to_string()),
        checkout: checkout.map(|at| at.to_string()),
        restored: restored.iter().map(|view| to_wire::restored(view, resolve)).collect(),
        not_restored: not_restored.iter().map(problem::restore).collect(),
        id: what.id,
        workspace: what.workspaces.join(", "),
        workspaces: what.workspaces,
        dry_run: resolve == Resolve::Preview,
    }
}

const fn kind(kind: &UndoKind) -> api::UndoKind {
    match kind {
        UndoKind::Landing { .. } => api::UndoKind::Landing,
        UndoKind::Deletion => api::UndoKind::Deletion,
    }
}

fn arrival(kind: &UndoKind) -> Option<&Arrival> {
    match kind {
        UndoKind::Landing { arrival, .. } => Some(arrival),
        UndoKind::Deletion => None,
    }
}

fn obstacle_of(it: &Undoable, obstacle: &Obstacle) -> Problem {
    match (obstacle, arrival(&it.kind)) {
        (Obstacle::Stays(why), Some(arrival)) => stays(&it.workspaces, arrival, why),
        (Obstacle::UnderWay, Some(arrival)) => under_way(&arrival.target),
        (Obstacle::NameTaken { name }, _) => name_taken(name),
        (Obstacle::Stays(_) | Obstacle::UnderWay | Obstacle::InBetween, _) => in_between(&it.workspaces),
    }
}

fn name_taken(name: &str) -> Problem {
    Problem::new(ErrorCode::PathTaken, format!("a workspace '{name}' is there already"))
        .hint("delete or finish that one first")
}

fn in_between(workspaces: &[String]) -> Problem {
    let (names, verb) = (quoted(workspaces), if workspaces.len() == 1 { "is" } else { "are" });
    Problem::new(ErrorCode::GitBusy, format!("{names} {verb} being removed or brought back just now"))
        .hint("wait a moment, then try again")
}

fn under_way(target: &BranchName) -> Problem {
    Problem::new(ErrorCode::GitBusy, format!("the queue is still landing in {target}"))
        .hint("wait for it (owt queue --ship joins it), or call it off: owt queue --cancel")
}

fn quoted(workspaces: &[String]) -> String {
    workspaces.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ")
}

/// How workspaces come back although what has landed of them stays.
fn comes_back(workspaces: &[String]) -> String {
    let restore = workspaces.iter().map(|name| format!("owt restore {name}"));
    let word = if workspaces.len() == 1 { "the workspace comes" } else { "the workspaces come" };
    format!("{word} back with: {}", restore.collect::<Vec<_>>().join(", "))
}

/// Why what has landed stays.
fn stays(workspaces: &[String], arrival: &Arrival, why: &Irrevocable) -> Problem {
    let names = quoted(workspaces);
    let Arrival { target, before, after, .. } = arrival;
    let takes_out = match workspaces.len() {
        1 => format!(
            "take out what it brought by a commit of its own: git revert {after} (-m 1 where that is a merge)"
        ),
        _ => format!(
            "take out what they brought by commits of their own: git log --first-parent {before}..{after} lists it, and git \
             revert -m 1 takes each of it out, the newest first"
        ),
    };
    match why {
        Irrevocable::TargetMoved { commits: Some(count), .. } => {
            let commits =
                if *count == 1 { "1 commit stands".to_owned() } else { format!("{count} commits stand") };
            let are = if workspaces.len() == 1 { "is" } else { "are" };
            Problem::new(
                ErrorCode::TargetMoved,
                format!("{names} {are} not the last in {target} any more: {commits} on it by now"),
            )
            .hint(takes_out)
        }
        Irrevocable::TargetMoved { found, commits: None } => Problem::new(
            ErrorCode::TargetMoved,
            format!("{target} does not have what landed of {names} any more: it is at {found}"),
        )
        .hint(format!("there is nothing to take back; {}", comes_back(workspaces))),
        Irrevocable::TargetGone => {
            Problem::new(ErrorCode::UnknownTarget, format!("the branch {target} is gone"))
                .hint(comes_back(workspaces))
        }
        Irrevocable::Pushed { to } => Problem::new(
            ErrorCode::AlreadyPushed,
            format!("what landed of {names} in {target} was pushed: {} has it", to.join(", ")),
        )
        .hint(takes_out),
        Irrevocable::BuiltUpon { by } => Problem::new(
            ErrorCode::BuiltUpon,
            format!("others stand on what landed of {names} in {target}: {}", by.join(", ")),
        )
        .hint(takes_out),
        Irrevocable::InTheWay { at, why } => Problem::new(
            ErrorCode::TargetDirty,
            format!(
                "{target} is checked out in {at} with something in the way, so it was left alone:\n{}",
                why.trim_end()
            ),
        )
        .hint(format!(
            "commit or put away what is there, then owt undo again; {target} would go back to {before}"
        )),
        Irrevocable::Failed { failure } => problem::failure(failure),
    }
}

/// Why nothing was taken back.
pub(super) fn error(error: &UndoError) -> Problem {
    let message = error.to_string();
    match error {
        UndoError::Select(error) => problem::select(error),
        UndoError::Nothing => Problem::new(ErrorCode::NothingToUndo, message)
            .hint("what can be brought back besides: owt restore"),
        UndoError::NotTheLast { .. } => {
            Problem::new(ErrorCode::NothingToUndo, message).hint("look again: owt undo --list")
        }
        UndoError::Stays { workspaces, arrival, why } => stays(workspaces, arrival, why),
        UndoError::UnderWay { target } => under_way(target),
        UndoError::InBetween(workspaces) => in_between(workspaces),
        UndoError::Restore(error) => problem::restore(error),
        UndoError::TooSlow => Problem::new(ErrorCode::TimedOut, message),
    }
}
