//! What can be asked of the engine: one file per command and per query. Each checks everything before it changes
//! anything, and answers with domain values; the wire is somebody else's.

mod agents;
mod answer;
mod approvals;
mod attach;
mod cleanup;
mod conflicts;
mod critic;
mod delete;
mod diff;
mod explain;
mod handover;

mod hook;
mod interrupt;
mod list;
mod logs;
mod merge;
mod new_workspace;
mod note;
mod notify;
mod opinion;
mod outfit_log;
mod pull_request;
mod queue;
mod restore;
mod resume;
mod screen;
mod second_agent;
pub(crate) mod select;
pub(crate) mod send;
mod session_context;
mod settle;
mod show;
mod stop;
mod sync;
mod train;
mod undo;
mod upkeep;
mod usage;
mod wait;
mod watch;

pub use crate::approvals::CommandsOf;
pub use crate::approvals::Extent;
pub use crate::approvals::ShownFile;
pub use crate::notes::Reach;
pub use crate::radar::AgainstTarget;
pub use crate::radar::Blank;
pub use crate::radar::Pair;
pub use crate::radar::Picture;
pub use agents::AgentReport;
pub use agents::agents;
pub use answer::AnswerError;
pub use answer::AnswerRequest;
pub use answer::Decision;
pub use answer::Given;
pub use answer::answer;
pub use approvals::Approval;
pub use approvals::ApprovalError;
pub use approvals::ApprovalState;
pub use approvals::approvals;
pub use approvals::approve;
pub use attach::AttachError;
pub use attach::AttachRequest;
pub use attach::attach;
pub use cleanup::CleanupError;
pub use cleanup::CleanupItem;
pub use cleanup::CleanupOutcome;
pub use cleanup::CleanupReport;
pub use cleanup::CleanupRequest;
pub use cleanup::CleanupWhat;
pub use cleanup::Spared;
pub use cleanup::cleanup;
pub use conflicts::conflicts;
pub use conflicts::watch_conflicts;
pub use critic::CriticRequest;
pub use critic::CriticState;
pub use critic::Criticism;
pub use critic::critic;
pub use delete::DeleteError;
pub use delete::DeletePlan;
pub use delete::DeleteRequest;
pub use delete::Force;
pub use delete::begin_delete;
pub use delete::delete;
pub use diff::DiffAgainst;
pub use diff::DiffError;
pub use diff::DiffOutput;
pub use diff::DiffRequest;
pub use diff::diff;
pub use explain::Explanation;
pub use explain::explain;
pub use handover::WhileBusy;
pub use hook::HookError;
pub use hook::HookReport;
pub use hook::hook;
pub use interrupt::InterruptError;
pub use interrupt::InterruptOutcome;
pub use interrupt::begin_interrupt;
pub use interrupt::interrupt;
pub use list::ListError;
pub use list::Scope;
pub use list::list;
pub use logs::LogError;
pub use logs::LogPart;
pub use logs::LogRequest;
pub use logs::LogView;
pub use logs::logs;
pub use merge::Denials;
pub use merge::LeftToCommit;
pub use merge::MergeEnd;
pub use merge::MergeError;
pub use merge::MergePlan;
pub use merge::MergeRequest;
pub use merge::Uncommitted;
pub use merge::WhenLanded;
pub use merge::begin_merge;
pub use merge::merge;
pub use new_workspace::AgentWish;
pub use new_workspace::Branching;
pub use new_workspace::LineWish;
pub use new_workspace::NewError;
pub use new_workspace::NewReport;
pub use new_workspace::NewRequest;
pub use new_workspace::Place;
pub use new_workspace::PlanWish;
pub use new_workspace::Role;
pub use new_workspace::WantedSession;
pub use new_workspace::WhenSeveral;
pub use new_workspace::WorkWish;
pub use new_workspace::begin_new_workspace;
pub use new_workspace::new_workspace;
pub(crate) use new_workspace::worktrees_folder;
pub use note::NOTES_A_PAGE;
pub use note::NoteError;
pub use note::Unwanted;
pub use note::Written;
pub use note::forget_notes;
pub use note::note;
pub use note::notes;
pub use notify::ChannelReport;
pub use notify::NotifyWaysError;
pub use notify::Trial;
pub use notify::notify_ways;
pub use opinion::Need;
pub use opinion::OpinionWish;
pub use opinion::SecondOpinion;
pub use outfit_log::LogSubject;
pub use pull_request::CreatePull;
pub use pull_request::CreatedPull;
pub use pull_request::LinkPull;
pub use pull_request::OfferEnd;
pub use pull_request::Offered;
pub use pull_request::PullCleanup;
pub use pull_request::PullCleanupItem;
pub use pull_request::PullCleanupOutcome;
pub use pull_request::PullEnd;
pub use pull_request::PullError;
pub use pull_request::PullLine;
pub use pull_request::PullStanding;
pub use pull_request::ReadPulls;
pub use pull_request::ShipEnd;
pub use pull_request::WhichPulls;
pub use pull_request::clean_up_pull_requests;
pub use pull_request::create_pull_request;
pub use pull_request::link_pull_request;
pub use pull_request::pull_requests;
pub(crate) use pull_request::record_pull_request;
pub use pull_request::ship;
pub use queue::Queue;
pub use queue::QueuePlace;
pub use queue::queue;
pub use restore::Holds;
pub use restore::Restorable;
pub use restore::RestoreError;
pub use restore::begin_restore;
pub use restore::restorable;
pub use restore::restore;
pub use resume::ResumeError;
pub use resume::ResumeOutcome;
pub use resume::ResumeRequest;
pub use resume::Tell as TellResumed;
pub use resume::Tried as TriedToResume;
pub use resume::begin_resume;
pub use resume::interrupted;
pub use resume::lacks_panes;
pub use resume::resume;
pub use resume::resume_all;
pub use resume::turn_left_open;
pub use screen::ScreenError;
pub use screen::watch_screen;
pub use select::SelectError;
pub use send::Audience;
pub use send::SendError;
pub use send::SendRequest;
pub(crate) use send::preview;
pub use send::preview_send;
pub use send::send;
pub use session_context::session_context;
pub use settle::SettleError;
pub use settle::SettlerWish;
pub use show::LastLanding;
pub use show::Told;
pub use show::ToldBy;
pub use show::WorkspaceDetail;
pub use show::show;
pub use stop::StopError;
pub use stop::Stopping;
pub use stop::begin_stop;
pub use stop::stop;
pub use sync::Remotes;
pub use sync::SyncError;
pub use sync::SyncLine;
pub use sync::SyncOutcome;
pub use sync::SyncReport;
pub use sync::SyncRequest;
pub use sync::SyncWhich;
pub use sync::Unsyncable;
pub use sync::begin_sync;
pub use sync::sync;
pub use train::Passenger;
pub use train::TrainBegun;
pub use train::TrainError;
pub use train::TrainPlan;
pub use train::TrainRequest;
pub use train::TrainView;
pub use train::begin_calling_off;
pub use train::begin_train;
pub use train::call_off_train;
pub use train::watch_train;
pub use undo::MoveOf;
pub use undo::Obstacle;
pub use undo::UndoError;
pub use undo::UndoKind;
pub use undo::UndoRequest;
pub use undo::Undoable;
pub use undo::Undone;
pub use undo::begin_undo;
pub use undo::undo;
pub use undo::undoable;
pub use upkeep::Purge;
pub use upkeep::Purged;
pub use upkeep::UpkeepError;
pub use upkeep::back_up;
pub use upkeep::check_up;
pub use upkeep::database_health;
pub use upkeep::purge;
pub use upkeep::rebuild;
pub use upkeep::vacuum;
pub use usage::Counts;
pub use usage::Usage;
pub use usage::UsageRequest;
pub use usage::usage;
pub use wait::Quorum;
pub use wait::WaitEnd;
pub use wait::WaitRequest;
pub use wait::Waited;
pub(crate) use wait::has_message_waiting;
pub use wait::wait;
pub use watch::watch;

use owt_core::authority::Denied;
use owt_ports::StoreError;

/// Whether something is done, or only said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolve {
    /// Do it.
    Do,
    /// Say what would be done.
    Preview,
}

/// Says whether whoever asked still listens.
pub type StillThere<'a> = &'a dyn Fn() -> bool;

/// Errors that every use-case can have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommonError {
    /// The caller may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The journal.
    #[error(transparent)]
    Store(#[from] StoreError),
}
