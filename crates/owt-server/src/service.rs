//! What the routes call: one method per request, in wire types. The transport knows nothing else of the engine.

use std::sync::Arc;

use owt_api as api;
use owt_api::Problem;
use owt_core::RequestId;

use crate::pull_requests::PullRequests;

/// Who makes a request (decision 8).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Caller {
    /// The person: a process of the same user outside every attempt's host tree, without a session's token.
    Person {
        /// The peer's process id, for the log.
        pid: Option<u32>,
    },
    /// A process inside an attempt's host tree, or a bearer of that attempt's credential.
    Attempt(owt_core::AttemptId),
}

/// A request on its way: who makes it, and its name in every record that comes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Who makes it.
    pub by: Caller,
    /// Its correlation id: in the log, in the events that it causes and in their effects.
    pub request: RequestId,
}

/// Receives the chunks of a log; `false` means that the reader has gone.
pub type LogSink<'a> = &'a mut dyn FnMut(api::LogChunk) -> bool;

/// Receives the chunks of a diff; `false` means that the reader has gone.
pub type DiffSink<'a> = &'a mut dyn FnMut(api::DiffChunk) -> bool;

/// Receives the conflicts between workspaces as they change; `false` means that the reader has gone.
pub type ConflictsSink<'a> = &'a mut dyn FnMut(api::ConflictsChunk) -> bool;

/// Receives what a terminal shows as it changes; `false` means that the reader has gone.
pub type ScreenSink<'a> = &'a mut dyn FnMut(api::ScreenChunk) -> bool;

/// What takes the states of a train; `false`: no more.
pub type TrainSink<'a> = &'a mut dyn FnMut(api::TrainChunk) -> bool;

/// Receives what became of each session that is taken up again; `false` means that the reader has gone.
pub type ResumeSink<'a> = &'a mut dyn FnMut(api::ResumeChunk) -> bool;

/// Receives the list of workspaces as it changes; `false` means that the reader has gone.
pub type WatchSink<'a> = &'a mut dyn FnMut(api::WatchChunk) -> bool;

/// Says when a request's client has gone (it hung up, or the server stops), so that a long wait can end.
pub trait Gone: Send + Sync {
    /// Whether nobody listens any more.
    fn is_gone(&self) -> bool;

    /// Calls `wake` once, when the client goes: at once when it has gone already, otherwise from the transport's
    /// thread. It must not block; a wait on a condition variable is ended by notifying it.
    fn when_gone(&self, wake: Box<dyn FnOnce() + Send>);
}

/// The requests of the API. Synchronous: the transport calls them from its bounded set of blocking threads.
pub trait Service: Send + Sync + 'static {
    /// The requests about pull requests.
    fn pull_requests(&self) -> &dyn PullRequests;

    /// The processes that are hosts of running attempts: everything below one of them is that attempt.
    fn hosts(&self) -> Vec<(owt_core::AttemptId, u32)>;

    /// The attempt that a bearer token belongs to.
    ///
    /// # Errors
    /// `bad_credential` when it is unknown or revoked.
    fn bearer(&self, token: &str) -> Result<owt_core::AttemptId, Problem>;

    /// `POST /v1/workspaces`.
    ///
    /// # Errors
    /// As the contract says; nothing half made is left.
    fn new_workspace(&self, call: &Call, request: api::NewWorkspace) -> Result<Vec<api::Created>, Problem>;

    /// `POST /v1/workspaces/list`.
    ///
    /// # Errors
    /// `not_a_repository`.
    fn list(&self, call: &Call, request: api::ListWorkspaces) -> Result<Vec<api::Workspace>, Problem>;

    /// `POST /v1/workspaces/show`.
    ///
    /// # Errors
    /// `not_found`, `ambiguous`.
    fn show(&self, call: &Call, request: api::Selector) -> Result<api::WorkspaceDetail, Problem>;

    /// `POST /v1/workspaces/explain`.
    ///
    /// # Errors
    /// `not_found`, `ambiguous`.
    fn explain(&self, call: &Call, request: api::Selector) -> Result<api::Explanation, Problem>;

    /// `POST /v1/workspaces/context`.
    ///
    /// # Errors
    /// `forbidden`.
    fn session_context(&self, call: &Call, request: api::ReadContext)
    -> Result<api::SessionContext, Problem>;

    /// `POST /v1/workspaces/screen`: returns when the session has ended, or the reader has gone.
    ///
    /// # Errors
    /// `not_found`, `ambiguous`, `no_terminal`.
    fn screen(
        &self,
        call: &Call,
        request: api::Selector,
        sink: ScreenSink<'_>,
        gone: &dyn Gone,
    ) -> Result<(), Problem>;

    /// `POST /v1/workspaces/watch`: returns when the reader has gone.
    ///
    /// # Errors
    /// `not_a_repository`.
    fn watch(
        &self,
        call: &Call,
        request: api::ListWorkspaces,
        sink: WatchSink<'_>,
        gone: &dyn Gone,
    ) -> Result<(), Problem>;

    /// `POST /v1/conflicts`.
    ///
    /// # Errors
    /// `not_a_repository`.
    fn conflicts(&self, call: &Call, request: api::ReadConflicts) -> Result<api::Conflicts, Problem>;

    /// `POST /v1/queue`.
    ///
    /// # Errors
    /// `not_a_repository`.
    fn queue(&self, call: &Call, request: api::ReadQueue) -> Result<Vec<api::QueuePlace>, Problem>;

    /// `POST /v1/queue/ship`.
    ///
    /// # Errors
    /// `person_only`, `not_a_repository`, `needs_approval`, `unknown_target`, `bad_configuration`, `usage`.
    fn ship_queue(&self, call: &Call, request: api::ShipQueue) -> Result<api::ShippedQueue, Problem>;

    /// `POST /v1/queue/cancel`: returns when what was under way has ended.
    ///
    /// # Errors
    /// `person_only`, `not_a_repository`, `not_found`, `usage`, `timed_out`.
    fn cancel_queue(&self, call: &Call, request: api::CancelQueue) -> Result<api::ShippedQueue, Problem>;

    /// `POST /v1/queue/watch`: returns when the train has ended, or the reader has gone.
    ///
    /// # Errors
    /// `person_only`, `not_found`.
    fn watch_train(
        &self,
        call: &Call,
        request: api::WatchTrain,
        sink: TrainSink<'_>,
        gone: &dyn Gone,
    ) -> Result<(), Problem>;

    /// `POST /v1/conflicts/watch`: returns when the reader has gone.
    ///
    /// # Errors
    /// `not_a_repository`.
    fn watch_conflicts(
        &self,
        call: &Call,
        request: api::ReadConflicts,
        sink: ConflictsSink<'_>,
        gone: &dyn Gone,
    ) -> Result<(), Problem>;

    /// `POST /v1/usage`.
    ///
    /// # Errors
    /// `not_a_repository`, `usage`.
    fn usage(&self, call: &Call, request: api::ReadUsage) -> Result<api::Usage, Problem>;

    /// `POST /v1/deliveries`.
    ///
    /// # Errors
    /// `not_found`, `ambiguous`, `bad_prompt`, `no_session`.
    fn send(
        &self,
        call: &Call,
        request: api::SendMessage,
        gone: &dyn Gone,
    ) -> Result<Vec<api::Delivery>, Problem>;

    /// `POST /v1/notes`.
    ///
    /// # Errors
    /// `not_a_repository`, `bad_prompt`, `limit_reached`, `forbidden`.
    fn write_note(&self, call: &Call, request: api::WriteNote) -> Result<api::NoteWritten, Problem>;

    /// `POST /v1/notes/list`.
    ///
    /// # Errors
    /// `not_a_repository`, `forbidden`.
    fn notes(&self, call: &Call, request: api::ListNotes) -> Result<api::NotePage, Problem>;

    /// `POST /v1/notes/remove`.
    ///
    /// # Errors
    /// `not_a_repository`, `not_found`, `person_only`.
    fn remove_notes(&self, call: &Call, request: api::RemoveNotes) -> Result<api::NotesRemoved, Problem>;

    /// `POST /v1/workspaces/answer`.
    ///
    /// # Errors
    /// `not_found`, `person_only`.
    fn answer(&self, call: &Call, request: api::Answer) -> Result<api::WorkspaceDetail, Problem>;

    /// `POST /v1/wait`.
    ///
    /// # Errors
    /// `not_found`, `ambiguous`.
    fn wait(&self, call: &Call, request: api::Wait, gone: &dyn Gone) -> Result<api::WaitReport, Problem>;

    /// `POST /v1/workspaces/logs`: returns when the log has ended, or the reader has gone.
    ///
    /// # Errors
    /// `not_found`, `ambiguous`; only before the first chunk.
    fn logs(
        &self,
        call: &Call,
        request: api::ReadLogs,
        sink: LogSink<'_>,
        gone: &dyn Gone,
    ) -> Result<(), Problem>;

    /// `POST /v1/workspaces/diff`: returns when everything is told, or the reader has gone.
    ///
    /// # Errors
    /// `not_found`, `ambiguous`, `not_a_repository`, `unknown_base`, `git_failed`.
    fn diff(
        &self,
        call: &Call,
        request: api::ReadDiff,
        sink: DiffSink<'_>,
        gone: &dyn Gone,
    ) -> Result<(), Problem>;

    /// `POST /v1/workspaces/stop`.
    ///
    /// # Errors
    /// `not_found`, `ambiguous`, `person_only`.
    fn stop(&self, call: &Call, request: api::StopSession) -> Result<api::Stopped, Problem>;

    /// `POST /v1/workspaces/interrupt`.
    ///
    /// # Errors
    /// `not_found`, `ambiguous`, `no_session`, `unsupported`, `timed_out`.
    fn interrupt(&self, call: &Call, request: api::InterruptTurn) -> Result<api::Interrupted, Problem>;

    /// `POST /v1/workspaces/resume`.
    ///
    /// # Errors
    /// `not_found`, `ambiguous`, `unsupported`, `cannot_resume`.
    fn resume(&self, call: &Call, request: api::ResumeSession) -> Result<api::Resumed, Problem>;

    /// `POST /v1/workspaces/resume/all`: returns when each has come back, or the reader has gone; they go on then.
    ///
    /// # Errors
    /// `person_only`; each that is not taken up says why.
    fn resume_all(
        &self,
        call: &Call,
        request: api::ResumeAll,
        sink: ResumeSink<'_>,
        gone: &dyn Gone,
    ) -> Result<(), Problem>;

    /// `POST /v1/workspaces/delete`.
    ///
    /// # Errors
    /// `unsaved_work`, `not_found`, `ambiguous`, `person_only`.
    fn delete(&self, call: &Call, request: api::DeleteWorkspace) -> Result<api::Deleted, Problem>;

    /// `POST /v1/workspaces/merge`.
    ///
    /// # Errors
    /// `uncommitted_work`, `agent_working`, `unknown_target`, `nothing_to_land`, `unrelated_histories`, `needs_approval`,
    /// `git_busy`, `git_failed`, `person_only`.
    fn merge(
        &self,
        call: &Call,
        request: api::MergeWorkspace,
        gone: &dyn Gone,
    ) -> Result<api::Merged, Problem>;

    /// `POST /v1/workspaces/sync`.
    ///
    /// # Errors
    /// `not_found`, `not_a_repository`; of one workspace `agent_working`, `unsupported`, `git_busy`.
    fn sync(
        &self,
        call: &Call,
        request: api::SyncWorkspaces,
        gone: &dyn Gone,
    ) -> Result<api::Synced, Problem>;

    /// `POST /v1/workspaces/ship`.
    ///
    /// # Errors
    /// As for `merge`, and `checks_failed`.
    fn ship(&self, call: &Call, request: api::ShipWorkspace, gone: &dyn Gone)
    -> Result<api::Merged, Problem>;

    /// `POST /v1/workspaces/critic`.
    ///
    /// # Errors
    /// `not_found`, `ambiguous`, `unknown_target`, `bad_configuration`, `git_failed`.
    fn critic(&self, call: &Call, request: api::CriticiseWorkspace) -> Result<api::Criticism, Problem>;

    /// `POST /v1/cleanup`.
    ///
    /// # Errors
    /// `person_only`, `not_a_repository`, `bad_configuration`; what cannot be removed says so by itself.
    fn clean_up(&self, call: &Call, request: api::CleanUp) -> Result<api::Cleanup, Problem>;

    /// `POST /v1/workspaces/attach`.
    ///
    /// # Errors
    /// `no_session`, `no_terminal`.
    fn attach(&self, call: &Call, request: api::Attach) -> Result<api::AttachPlan, Problem>;

    /// `POST /v1/snapshots/list`.
    ///
    /// # Errors
    /// `not_a_repository`.
    fn snapshots(&self, call: &Call, request: api::ListSnapshots) -> Result<Vec<api::Restorable>, Problem>;

    /// `POST /v1/snapshots/restore`.
    ///
    /// # Errors
    /// `not_found`, `path_taken`, `branch_taken`.
    fn restore(&self, call: &Call, request: api::Restore) -> Result<api::Restored, Problem>;

    /// `POST /v1/undo/list`.
    ///
    /// # Errors
    /// `not_a_repository`.
    fn undoable(&self, call: &Call, request: api::ListUndoable) -> Result<Vec<api::Undoable>, Problem>;

    /// `POST /v1/undo`.
    ///
    /// # Errors
    /// `nothing_to_undo`, `target_moved`, `already_pushed`, `built_upon`, `target_dirty`, `path_taken`.
    fn undo(&self, call: &Call, request: api::Undo) -> Result<api::Undone, Problem>;

    /// `POST /v1/agents`.
    ///
    /// # Errors
    /// `bad_configuration`.
    fn agents(&self, call: &Call, request: api::ListAgents) -> Result<Vec<api::Agent>, Problem>;

    /// `POST /v1/hooks`.
    ///
    /// # Errors
    /// `bad_credential`.
    fn hook(&self, request: RequestId, report: api::HookReport) -> Result<(), Problem>;

    /// `POST /v1/approvals/list`.
    ///
    /// # Errors
    /// `not_a_repository`.
    fn approvals(&self, call: &Call, request: api::ListApprovals) -> Result<Vec<api::Approval>, Problem>;

    /// `POST /v1/approvals`.
    ///
    /// # Errors
    /// `person_only`, `not_found`.
    fn approve(&self, call: &Call, request: api::Approve) -> Result<api::Approval, Problem>;

    /// `POST /v1/database/health`.
    ///
    /// # Errors
    /// `person_only`, `database_locked`.
    fn database_health(&self, call: &Call) -> Result<api::DatabaseHealth, Problem>;

    /// `POST /v1/database/backup`.
    ///
    /// # Errors
    /// `person_only`, `no_space`, `database_damaged`.
    fn back_up_database(&self, call: &Call) -> Result<api::DatabaseBackup, Problem>;

    /// `POST /v1/database/vacuum`.
    ///
    /// # Errors
    /// `person_only`, `no_space`, `database_locked`.
    fn vacuum_database(&self, call: &Call) -> Result<api::Vacuumed, Problem>;

    /// `POST /v1/database/rebuild`.
    ///
    /// # Errors
    /// `person_only`, `database_damaged`, `no_space`.
    fn rebuild_database(&self, call: &Call) -> Result<api::DatabaseRebuilt, Problem>;

    /// `POST /v1/database/purge`.
    ///
    /// # Errors
    /// `person_only`, `usage` for an id of no workspace, `database_damaged`, `no_space`.
    fn purge_database(
        &self,
        call: &Call,
        request: api::PurgeDatabase,
    ) -> Result<api::DatabasePurged, Problem>;

    /// `POST /v1/notify`.
    ///
    /// # Errors
    /// `person_only`, `usage` for a channel that leads nowhere, `bad_configuration`.
    fn notify(&self, call: &Call, request: api::ReadNotify) -> Result<api::Notify, Problem>;

    /// `POST /v1/checkup`.
    ///
    /// # Errors
    /// `person_only` when something is to be mended, `database`.
    fn check_up(&self, call: &Call, request: api::Checkup) -> Result<Vec<api::Finding>, Problem>;

    /// A name for a request that came without one.
    fn fresh_request(&self) -> RequestId;

    /// How many sessions run; with none, and no client, the server may end when idle.
    fn running_sessions(&self) -> u32;

    /// Whether something is to be done later without anybody asking; then the server may not end.
    fn has_plans(&self) -> bool;
}

/// A service shared by the transport's threads.
pub type SharedService = Arc<dyn Service>;
