//! From what was seen to what is wrong. Pure, so that a table can say what follows from what.

use std::time::Duration;

use owt_ports::Found;
use owt_ports::SessionPresence;

use super::facts::AwayRepository;
use super::facts::Facts;
use super::facts::OwnFolder;
use super::facts::ReportState;
use super::facts::SeenReport;
use super::facts::SeenSession;
use super::facts::SeenWorkspace;
use super::facts::SessionRecord;
use super::fault::Fault;

/// A server takes reports every few seconds; one that waits for longer waits for something.
const REPORT_PATIENCE: Duration = Duration::from_secs(60);

/// Nobody writes a report for longer than a moment.
const UNFINISHED_PATIENCE: Duration = Duration::from_secs(10 * 60);

/// git holds its lock while it writes; longer than this it does so only in a very large checkout.
const LOCK_PATIENCE: Duration = Duration::from_secs(60);

/// The faults, in the order in which they are to be mended: records first, because what else is wrong is told by them.
pub(super) fn faults(facts: &Facts) -> Vec<Fault> {
    let rows = facts.rows.iter().map(|row| match &row.unreadable {
        Some(reason) => Fault::UnreadableRecord { stream: row.stream.clone(), reason: reason.clone() },
        None => Fault::StaleRow { stream: row.stream.clone() },
    });
    // Where events cannot be read nobody can say what is known, so nothing counts as unknown.
    let is_known = facts.rows.iter().all(|row| row.unreadable.is_none());
    let worktrees = facts.worktrees.iter().filter(|_| is_known).map(|unknown| Fault::OrphanedWorktree {
        repository: unknown.repository.clone(),
        worktree: unknown.worktree.clone(),
    });
    let sessions = facts.sessions.iter().filter_map(|seen| session(seen, is_known));
    let windows = facts
        .stray_windows
        .iter()
        .filter(|_| is_known)
        .map(|name| Fault::OrphanedWindow { window: name.clone() });
    let workspaces = facts.workspaces.iter().filter_map(workspace).chain(facts.away.iter().map(away));
    let rooms =
        facts.rooms.iter().map(|seen| Fault::LittleRoom { place: seen.place.clone(), free: seen.free });
    let locks = facts.workspaces.iter().filter_map(|seen| lock(facts, seen));
    let hooks = facts.hooks.iter().map(|seen| Fault::BrokenHooks {
        attempt: seen.attempt,
        name: seen.workspace.clone(),
        file: seen.file.clone(),
        harm: seen.harm,
    });
    let blind = facts
        .blind
        .iter()
        .map(|blind| Fault::NotLookedAt { what: blind.what.clone(), why: blind.why.clone() });
    rows.chain(sessions)
        .chain(windows)
        .chain(reports(facts))
        .chain(workspaces)
        .chain(worktrees)
        .chain(rooms)
        .chain(locks)
        .chain(hooks)
        .chain(blind)
        .collect()
}

fn session(seen: &SeenSession, is_known: bool) -> Option<Fault> {
    let SeenSession { attempt, record, presence } = seen;
    let runs = matches!(presence, SessionPresence::Running { .. });
    match record {
        SessionRecord::Unknown if runs && is_known => Some(Fault::OrphanedSession { attempt: *attempt }),
        SessionRecord::Ended if runs => Some(Fault::OrphanedSession { attempt: *attempt }),
        SessionRecord::Running(name)
            if matches!(presence, SessionPresence::Lost | SessionPresence::Never) =>
        {
            Some(Fault::LostSession { attempt: *attempt, name: name.clone() })
        }
        _ => None,
    }
}

/// A folder of the person's is theirs to take away: only one that was made for the workspace is missed.
fn workspace(seen: &SeenWorkspace) -> Option<Fault> {
    let SeenWorkspace { id, name, path, own_folder, found, .. } = seen;
    let is_missed = *found == Found::Nothing && *own_folder == OwnFolder::Yes;
    is_missed.then(|| Fault::WorktreeGone { workspace: *id, name: name.clone(), path: path.clone() })
}

/// A repository that is away may come back, on another day or at another place: nothing of it is taken away.
fn away(seen: &AwayRepository) -> Fault {
    let AwayRepository { repository, there, lost, now } = seen;
    match now {
        Some(now) => {
            let names = there.iter().chain(lost).map(|workspace| workspace.name.clone()).collect();
            Fault::RepositoryMoved { from: repository.clone(), to: now.clone(), names }
        }
        None => Fault::RepositoryGone {
            repository: repository.root.clone(),
            there: there.clone(),
            lost: lost.clone(),
        },
    }
}

fn lock(facts: &Facts, seen: &SeenWorkspace) -> Option<Fault> {
    let lock = seen.index_lock.as_ref().filter(|lock| facts.now.since(lock.written_at) >= LOCK_PATIENCE)?;
    (seen.own_folder == OwnFolder::Yes).then(|| Fault::StaleGitLock {
        name: seen.name.clone(),
        path: seen.path.clone(),
        lock: lock.clone(),
    })
}

fn reports(facts: &Facts) -> Vec<Fault> {
    // One without a time in its name is of no hook of ours, and old in any case.
    let waits = |report: &&SeenReport, patience| report.at.is_none_or(|at| facts.now.since(at) >= patience);
    let whole = facts.reports.iter().filter(|report| report.state == ReportState::Whole);
    let waiting: Vec<&SeenReport> = whole.filter(|report| waits(report, REPORT_PATIENCE)).collect();
    let folder = waiting.first().and_then(|report| report.file.parent());
    let waiting = folder.map(|folder| Fault::WaitingReports { folder, count: waiting.len() });
    let unfinished = facts.reports.iter().filter(|report| report.state == ReportState::Unfinished);
    let unfinished = unfinished
        .filter(|report| waits(report, UNFINISHED_PATIENCE))
        .map(|report| Fault::UnfinishedReport { file: report.file.clone() });
    waiting.into_iter().chain(unfinished).collect()
}

#[cfg(test)]
mod tests;
