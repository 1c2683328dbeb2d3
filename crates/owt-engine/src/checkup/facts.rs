//! What was seen, before anything is thought of it.

use owt_core::AbsPath;
use owt_core::AttemptId;
use owt_core::Timestamp;
use owt_core::WorkspaceId;
use owt_core::vcs::BranchName;
use owt_core::vcs::Repository;
use owt_ports::Found;
use owt_ports::IndexLock;
use owt_ports::LinkedWorktree;
use owt_ports::SessionPresence;
use owt_ports::StreamId;

/// Everything.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) now: Timestamp,
    pub(super) workspaces: Vec<SeenWorkspace>,
    pub(super) away: Vec<AwayRepository>,
    pub(super) rooms: Vec<SeenRoom>,
    pub(super) worktrees: Vec<UnknownWorktree>,
    pub(super) sessions: Vec<SeenSession>,
    /// Windows of our own terminal server that show no living attempt.
    pub(super) stray_windows: Vec<String>,
    pub(super) rows: Vec<SeenRow>,
    pub(super) reports: Vec<SeenReport>,
    pub(super) hooks: Vec<SeenHooks>,
    pub(super) blind: Vec<Blind>,
}

impl Facts {
    /// Nothing seen yet.
    pub(super) const fn at(now: Timestamp) -> Self {
        Self {
            now,
            workspaces: Vec::new(),
            away: Vec::new(),
            rooms: Vec::new(),
            worktrees: Vec::new(),
            sessions: Vec::new(),
            stray_windows: Vec::new(),
            rows: Vec::new(),
            reports: Vec::new(),
            hooks: Vec::new(),
            blind: Vec::new(),
        }
    }
}

/// A workspace that is live and ready.
#[derive(Debug)]
pub(super) struct SeenWorkspace {
    pub(super) id: WorkspaceId,
    pub(super) name: String,
    pub(super) path: AbsPath,
    pub(super) repository: Option<Repository>,
    pub(super) branch: Option<BranchName>,
    /// Whether it has a folder of its own.
    pub(super) own_folder: OwnFolder,
    pub(super) found: Found,
    pub(super) index_lock: Option<IndexLock>,
}

/// A folder of worktrees with less room than is asked for.
#[derive(Debug)]
pub(super) struct SeenRoom {
    pub(super) place: AbsPath,
    /// Bytes.
    pub(super) free: u64,
}

/// A repository that is not where it was.
#[derive(Debug)]
pub(super) struct AwayRepository {
    pub(super) repository: Repository,
    /// Its workspaces whose folders are there.
    pub(super) there: Vec<AwayWorkspace>,
    /// Those whose folders are not.
    pub(super) lost: Vec<AwayWorkspace>,
    /// Where it is now: the repository that whoever asks stands in has its worktrees.
    pub(super) now: Option<Repository>,
}

/// A workspace whose repository is not where it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwayWorkspace {
    /// Its name.
    pub name: String,
    /// Where its folder was.
    pub path: AbsPath,
}

/// Whose a workspace's folder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OwnFolder {
    /// Made for it.
    Yes,
    /// The person's.
    No,
}

/// A worktree of a repository of ours that belongs to no workspace, and that this home made.
#[derive(Debug)]
pub(super) struct UnknownWorktree {
    pub(super) repository: Repository,
    pub(super) worktree: LinkedWorktree,
}

/// A session that has left a trace.
#[derive(Debug)]
pub(super) struct SeenSession {
    pub(super) attempt: AttemptId,
    pub(super) record: SessionRecord,
    pub(super) presence: SessionPresence,
}

/// What the journal says of a session.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum SessionRecord {
    /// Nothing.
    Unknown,
    /// It has ended.
    Ended,
    /// It is being started.
    Starting,
    /// It runs, in this workspace.
    Running(String),
}

/// A stream whose row is not what its events say.
#[derive(Debug)]
pub(super) struct SeenRow {
    pub(super) stream: StreamId,
    /// Why its events cannot be read, where they cannot.
    pub(super) unreadable: Option<String>,
}

/// A report of a hook that waits for a server.
#[derive(Debug)]
pub(super) struct SeenReport {
    pub(super) file: AbsPath,
    /// When it was made, as its name says.
    pub(super) at: Option<Timestamp>,
    pub(super) state: ReportState,
}

/// How far a report was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReportState {
    /// To its end.
    Whole,
    /// Its writer died, or writes still.
    Unfinished,
}

/// The hook settings of a running session, where they are not as they should be.
#[derive(Debug)]
pub(super) struct SeenHooks {
    pub(super) attempt: AttemptId,
    pub(super) workspace: String,
    pub(super) file: AbsPath,
    pub(super) harm: HookHarm,
}

/// What is wrong with hook settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HookHarm {
    /// The file is gone.
    Missing,
    /// It calls another program than ours.
    OtherProgram,
    /// It says something else than we wrote.
    Changed,
}

/// Something that could not be looked at.
#[derive(Debug)]
pub(super) struct Blind {
    pub(super) what: String,
    pub(super) why: String,
}
