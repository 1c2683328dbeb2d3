//! What an agent is told that the person started themselves in a worktree of ours: where it is, what is there, and who
//! else is at work. Nothing of the task of another agent's session.

use owt_core::AbsPath;
use owt_core::attempt::Committer;
use owt_core::authority::Action;
use owt_core::authority::Principal;
use owt_core::authority::authorise;
use owt_core::briefing::Company;
use owt_core::job::Job;
use owt_core::job::PermissionChoice;
use owt_core::notebook::Notebook;
use owt_core::workspace::Ground;

use super::SelectError;
use crate::briefing::briefing;
use crate::briefing::instructions;
use crate::briefing::results;
use crate::engine::Engine;
use crate::notes::at_start;
use crate::use_cases::select::live_workspaces;
use crate::use_cases::select::ownership;
use crate::use_cases::select::within;
use crate::view::WorkspaceView;

/// The text for a session in this folder; `None` outside of our worktrees, and where agents are told nothing.
///
/// # Errors
/// [`SelectError`].
pub fn session_context(
    engine: &Engine,
    asker: &Principal,
    folder: &AbsPath,
) -> Result<Option<String>, SelectError> {
    let Some(record) = within(live_workspaces(engine, None)?, folder) else { return Ok(None) };
    let view = WorkspaceView::gather(engine.records(), record)?;
    authorise(asker, Action::Read(ownership(asker, &view)))?;
    let (Ground::Worktree(line), Some((_, job))) = (&view.workspace.spec.ground, &view.job) else {
        return Ok(None);
    };
    let job = of_a_person(job);
    let book = engine.records().load::<Notebook>(line.repository.id)?;
    let notes = book.map(|book| at_start(&book, book.newest, &job)).unwrap_or_default();
    let own = instructions(engine.ports().files.as_ref(), &view.workspace)?;
    let results = results(engine.records(), &job)?;
    let log = engine.home().install_log(view.id);
    let told = briefing(&job, &view.workspace, &log, own, results, notes);
    let company = if view.running().is_some() { Company::Agent } else { Company::Nobody };
    Ok(told.map(|told| told.for_a_persons_session(company)))
}

/// The job as it concerns a session of the person's own. What that may do is not known, so that it is told no words of
/// other agents (decision 9).
fn of_a_person(job: &Job) -> Job {
    let mut job = job.clone();
    job.spec.task = None;
    job.spec.plan_mode = false;
    job.spec.manner = None;
    job.spec.committer = Committer::Agent;
    job.spec.permissions = PermissionChoice::Unmanaged;
    job
}
