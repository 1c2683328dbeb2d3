//! The kinds of faults, and the words for each: what it is, why it matters, what would be done about it.

use owt_core::AbsPath;
use owt_core::AttemptId;
use owt_core::WorkspaceId;
use owt_core::vcs::Repository;
use owt_ports::IndexLock;
use owt_ports::LinkedWorktree;
use owt_ports::LockHolder;
use owt_ports::StreamId;

use super::Place;
use super::facts::AwayWorkspace;
use super::facts::HookHarm;
use crate::room::amount;

/// So many names are enough to know which repository is meant.
const MAX_NAMED: usize = 5;

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// A worktree that this home made, and of which its records know nothing.
    OrphanedWorktree {
        /// Its repository.
        repository: Repository,
        /// The worktree.
        worktree: LinkedWorktree,
    },
    /// A repository with workspaces that is not there any more.
    RepositoryGone {
        /// Where it was.
        repository: AbsPath,
        /// Its workspaces whose folders are there.
        there: Vec<AwayWorkspace>,
        /// Those whose folders are not.
        lost: Vec<AwayWorkspace>,
    },
    /// A repository with workspaces that is at another place now.
    RepositoryMoved {
        /// Where it was.
        from: Repository,
        /// Where it is.
        to: Repository,
        /// Its workspaces.
        names: Vec<String>,
    },
    /// A workspace whose folder is not there any more.
    WorktreeGone {
        /// The workspace.
        workspace: WorkspaceId,
        /// Its name.
        name: String,
        /// Where the folder was.
        path: AbsPath,
    },
    /// A session that runs, and of which the records say that it has ended, or nothing.
    OrphanedSession {
        /// Its attempt.
        attempt: AttemptId,
    },
    /// A session of which the records say that it runs, and that is gone.
    LostSession {
        /// Its attempt.
        attempt: AttemptId,
        /// Its workspace.
        name: String,
    },
    /// A window of our own terminal server that shows no session.
    OrphanedWindow {
        /// Its name there.
        window: String,
    },
    /// A row that is not what its events say.
    StaleRow {
        /// Whose.
        stream: StreamId,
    },
    /// Events that cannot be read.
    UnreadableRecord {
        /// Whose.
        stream: StreamId,
        /// Why.
        reason: String,
    },
    /// Reports of hooks that nobody took.
    WaitingReports {
        /// The folder.
        folder: AbsPath,
        /// How many.
        count: usize,
    },
    /// A report that was never finished.
    UnfinishedReport {
        /// The file.
        file: AbsPath,
    },
    /// The hook settings of a running session are not as they should be.
    BrokenHooks {
        /// The session's attempt.
        attempt: AttemptId,
        /// Its workspace.
        name: String,
        /// The file.
        file: AbsPath,
        /// What is wrong.
        harm: HookHarm,
    },
    /// git left a lock in a workspace.
    StaleGitLock {
        /// The workspace.
        name: String,
        /// Its folder.
        path: AbsPath,
        /// The lock.
        lock: IndexLock,
    },
    /// The disk on which worktrees lie is nearly full.
    LittleRoom {
        /// The folder.
        place: AbsPath,
        /// Bytes.
        free: u64,
    },
    /// Something could not be looked at.
    NotLookedAt {
        /// What.
        what: String,
        /// Why.
        why: String,
    },
}

/// What is said of a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// What it is.
    pub what: String,
    /// Why it matters.
    pub why: String,
    /// What would be done about it, or what the person can do.
    pub remedy: String,
}

impl Words {
    fn new(what: String, why: &str, remedy: impl Into<String>) -> Self {
        Self { what, why: why.to_owned(), remedy: remedy.into() }
    }
}

impl Fault {
    /// The stable code of its kind.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::OrphanedWorktree { .. } => "orphaned_worktree",
            Self::RepositoryGone { .. } => "repository_gone",
            Self::RepositoryMoved { .. } => "repository_moved",
            Self::WorktreeGone { .. } => "worktree_gone",
            Self::OrphanedSession { .. } => "orphaned_session",
            Self::LostSession { .. } => "lost_session",
            Self::OrphanedWindow { .. } => "orphaned_window",
            Self::StaleRow { .. } => "stale_row",
            Self::UnreadableRecord { .. } => "unreadable_record",
            Self::WaitingReports { .. } => "waiting_reports",
            Self::UnfinishedReport { .. } => "unfinished_report",
            Self::BrokenHooks { .. } => "broken_hooks",
            Self::StaleGitLock { .. } => "stale_git_lock",
            Self::LittleRoom { .. } => "low_space",
            Self::NotLookedAt { .. } => "not_looked_at",
        }
    }

    /// Where it is.
    pub fn place(&self) -> Place {
        let subject = match self {
            Self::OrphanedWorktree { worktree, .. } => worktree.path.to_string(),
            Self::RepositoryGone { repository, .. } => repository.to_string(),
            Self::RepositoryMoved { from, .. } => from.root.to_string(),
            Self::WorktreeGone { path, .. } => path.to_string(),
            Self::OrphanedSession { attempt } | Self::LostSession { attempt, .. } => attempt.to_string(),
            Self::OrphanedWindow { window } => window.clone(),
            Self::StaleRow { stream } | Self::UnreadableRecord { stream, .. } => named(stream),
            Self::WaitingReports { folder, .. } => folder.to_string(),
            Self::UnfinishedReport { file } | Self::BrokenHooks { file, .. } => file.to_string(),
            Self::StaleGitLock { lock, .. } => lock.path.to_string(),
            Self::LittleRoom { place, .. } => place.to_string(),
            Self::NotLookedAt { what, .. } => what.clone(),
        };
        Place { code: self.code().to_owned(), subject }
    }

    /// Whether we can mend it without losing anything.
    pub fn is_mendable(&self) -> bool {
        match self {
            Self::RepositoryGone { .. }
            | Self::UnreadableRecord { .. }
            | Self::LittleRoom { .. }
            | Self::NotLookedAt { .. } => false,
            Self::StaleGitLock { lock, .. } => lock.holder == LockHolder::Nobody,
            _ => true,
        }
    }

    /// What is said of it.
    pub fn words(&self) -> Words {
        match self {
            Self::OrphanedWorktree { worktree, .. } => orphaned_worktree(worktree),
            Self::RepositoryGone { repository, there, lost } => repository_gone(repository, there, lost),
            Self::RepositoryMoved { from, to, names } => Words::new(
                format!("the repository {} is at {} now, with {}", from.root, to.root, listed(names)),
                "they cannot be worked in: their folders lead to where it was",
                "git worktree repair leads them here, and they are known as this repository's from now on, with its notes and \
                 what has landed; nothing else of it is touched",
            ),
            Self::WorktreeGone { name, path, .. } => Words::new(
                format!("the folder {path} of the workspace '{name}' is gone"),
                "the workspace cannot be worked in, and holds its ports and its name",
                format!(
                    "the workspace is removed and its ports are released; its branch stays, and owt restore {name} brings \
                     it back"
                ),
            ),
            Self::OrphanedSession { attempt } => Words::new(
                format!("a session runs that belongs to no living attempt ({attempt})"),
                "an agent works where nobody sees it, and costs money",
                "the session is ended; its folder and its output stay",
            ),
            Self::LostSession { name, .. } => Words::new(
                format!("the session of '{name}' is said to run, and is gone"),
                "its status is wrong",
                format!("it is written down as lost, and owt resume {name} takes it up again"),
            ),
            Self::OrphanedWindow { window } => Words::new(
                format!("the window '{window}' of owt's own tmux shows no living session"),
                "it is in the way, and may hold a program",
                "the window is closed; windows of other tmux servers are not looked at",
            ),
            Self::StaleRow { stream } => Words::new(
                format!("the row of {} is not what its events say", named(stream)),
                "lists show something else than what happened, and ports may be taken for nothing",
                "the row is written anew from its events",
            ),
            Self::UnreadableRecord { stream, reason } => Words::new(
                format!("the events of {} cannot be read: {reason}", named(stream)),
                "what they belong to cannot be worked with",
                "see how the database is, and which backups there are: owt db health",
            ),
            Self::WaitingReports { folder, count } => Words::new(
                format!("{count} reports of hooks wait in {folder}, and no server took them"),
                "statuses and messages are behind",
                "they are taken in",
            ),
            Self::UnfinishedReport { file } => Words::new(
                format!("the report {file} was never finished"),
                "its hook was killed; nobody will ever read it",
                "the file is removed",
            ),
            Self::BrokenHooks { name, file, harm, .. } => broken_hooks(name, file, *harm),
            Self::StaleGitLock { name, path, lock } => stale_lock(name, path, lock),
            Self::LittleRoom { place, free } => Words::new(
                format!("{} are free on the disk of the worktrees in {place}", amount(*free)),
                "no work begins with less than worktree.min_free_space, what is under way stops, and what is uncommitted cannot \
                 be kept when a workspace is deleted",
                "free some space: owt cleanup, or what can be made again (packages, caches, builds) in a worktree",
            ),
            Self::NotLookedAt { what, why } => Words::new(
                format!("{what} could not be looked at: {why}"),
                "faults there are not seen",
                "mend what keeps it from being looked at, and try again",
            ),
        }
    }
}

fn orphaned_worktree(worktree: &LinkedWorktree) -> Words {
    let LinkedWorktree { path, branch, .. } = worktree;
    let (branch, again) = match branch {
        Some(branch) => (branch.as_str(), format!("; to work there again: owt create {branch}")),
        None => ("its commits", String::new()),
    };
    Words::new(
        format!("the worktree {path} was made by owt and belongs to no workspace"),
        "it takes room, and keeps its branch from being checked out elsewhere; a database of an earlier day does not know what \
         was made since",
        format!(
            "its changes are kept as a snapshot (owt restore lists it, and says how they come back) and its folder goes to the \
             trash beside it; {branch} stays{again}"
        ),
    )
}

/// Nobody can tell one that is away from one that is gone for good: what becomes of its workspaces is the person's to say.
fn repository_gone(repository: &AbsPath, there: &[AwayWorkspace], lost: &[AwayWorkspace]) -> Words {
    let names = |of: &[AwayWorkspace]| listed(&of.iter().map(|it| it.name.clone()).collect::<Vec<_>>());
    let folders = match (there, lost) {
        (there, []) => format!("{} of it have their folders", names(there)),
        ([], lost) => format!("{} of it have lost their folders, too", names(lost)),
        (there, lost) => {
            format!("{} of it have their folders, {} have lost theirs, too", names(there), names(lost))
        }
    };
    let first = there.iter().chain(lost).next().map(|it| it.path.to_string()).unwrap_or_default();
    Words::new(
        format!("the repository {repository} is not there; {folders}"),
        "they cannot be worked in, and hold their ports and their names",
        format!(
            "bring it back (is it on a disk that is not mounted?); if you moved it, run owt doctor --fix in the place where \
             it is now; if it is gone for good, let owt forget them one by one, and what lies there stays: owt delete \
             --force {first}"
        ),
    )
}

fn listed(names: &[String]) -> String {
    let named = names.iter().take(MAX_NAMED).map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ");
    match names.len() {
        0 => "none of its workspaces".to_owned(),
        1 => format!("the workspace {named}"),
        count if count > MAX_NAMED => format!("{count} workspaces ({named}, ...)"),
        _ => format!("the workspaces {named}"),
    }
}

fn broken_hooks(name: &str, file: &AbsPath, harm: HookHarm) -> Words {
    let what = match harm {
        HookHarm::Missing => format!("the hook settings {file} of '{name}' are gone"),
        HookHarm::OtherProgram => {
            format!("the hook settings {file} of '{name}' call another program than owt")
        }
        HookHarm::Changed => format!("the hook settings {file} of '{name}' were changed"),
    };
    Words::new(
        what,
        "the agent's own word about its state does not arrive any more",
        "the file is written anew; an agent that reads it only at its start needs owt stop and owt resume",
    )
}

fn stale_lock(name: &str, path: &AbsPath, lock: &IndexLock) -> Words {
    let file = &lock.path;
    let remedy = match lock.holder {
        LockHolder::Nobody => "the lock is renamed, beside where it is".to_owned(),
        LockHolder::Perhaps => {
            format!("somebody works in {path}, so it stays; when that is not a git, remove {file}")
        }
    };
    Words::new(
        format!("git left the lock {file} in the workspace '{name}'"),
        "nobody can commit there",
        remedy,
    )
}

fn named(stream: &StreamId) -> String {
    format!("{} {}", stream.kind.as_str(), stream.id)
}
