//! The requests of the API, typed.

use std::io::BufRead;
use std::io::BufReader;
use std::net::Shutdown;
use std::ops::ControlFlow;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use owt_api as api;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::ClientError;
use crate::ConnectError;
use crate::Identity;
use crate::connection::Connection;
use crate::connection::Method;

/// A connected client. One request at a time.
#[derive(Debug)]
pub struct Client {
    connection: Connection,
}

/// Ends what a client in another thread is reading.
#[derive(Debug)]
pub struct HangUp(UnixStream);

impl HangUp {
    /// The reader is told that the connection has ended. What it asked for may be done all the same.
    pub fn hang_up(&self) {
        // A connection that has ended by itself cannot be ended once more, and that is as well.
        drop(self.0.shutdown(Shutdown::Both));
    }
}

macro_rules! requests {
    ($($(#[$doc:meta])* $name:ident($request:ty) -> $answer:ty = $path:literal;)*) => {
        impl Client {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// [`ClientError`].
                pub fn $name(&mut self, request: &$request) -> Result<$answer, ClientError> {
                    self.post($path, request)
                }
            )*
        }
    };
}

requests! {
    /// A workspace (one for each agent), an agent in it, a prompt on its way.
    new_workspace(api::NewWorkspace) -> Vec<api::Created> = "/v1/workspaces";
    /// The workspaces.
    list(api::ListWorkspaces) -> Vec<api::Workspace> = "/v1/workspaces/list";
    /// Everything about one workspace.
    show(api::Selector) -> api::WorkspaceDetail = "/v1/workspaces/show";
    /// What a session of the person's own in a worktree is told.
    session_context(api::ReadContext) -> api::SessionContext = "/v1/workspaces/context";
    /// Why one has the status that it has.
    explain(api::Selector) -> api::Explanation = "/v1/workspaces/explain";
    /// Which workspaces would not merge.
    conflicts(api::ReadConflicts) -> api::Conflicts = "/v1/conflicts";
    /// In which order work should land.
    queue(api::ReadQueue) -> Vec<api::QueuePlace> = "/v1/queue";
    /// Lands it.
    ship_queue(api::ShipQueue) -> api::ShippedQueue = "/v1/queue/ship";
    /// Has nothing more of it land.
    cancel_queue(api::CancelQueue) -> api::ShippedQueue = "/v1/queue/cancel";
    /// What was used.
    usage(api::ReadUsage) -> api::Usage = "/v1/usage";
    /// Answers what an agent asks.
    answer(api::Answer) -> api::WorkspaceDetail = "/v1/workspaces/answer";
    /// Ends a session.
    stop(api::StopSession) -> api::Stopped = "/v1/workspaces/stop";
    /// Ends a turn.
    interrupt(api::InterruptTurn) -> api::Interrupted = "/v1/workspaces/interrupt";
    /// Takes sessions up again.
    resume(api::ResumeSession) -> api::Resumed = "/v1/workspaces/resume";
    /// Deletes a workspace.
    delete(api::DeleteWorkspace) -> api::Deleted = "/v1/workspaces/delete";
    /// Lands a workspace's work.
    critic(api::CriticiseWorkspace) -> api::Criticism = "/v1/workspaces/critic";
    ship(api::ShipWorkspace) -> api::Merged = "/v1/workspaces/ship";
    merge(api::MergeWorkspace) -> api::Merged = "/v1/workspaces/merge";
    /// Brings into workspaces what has come meanwhile.
    sync(api::SyncWorkspaces) -> api::Synced = "/v1/workspaces/sync";
    /// What is no longer needed.
    clean_up(api::CleanUp) -> api::Cleanup = "/v1/cleanup";
    /// A pull request of a workspace's branch.
    create_pull_request(api::CreatePullRequest) -> api::CreatedPullRequest = "/v1/pull-requests/create";
    /// Which pull request a workspace's work goes by.
    link_pull_request(api::LinkPullRequest) -> api::WorkspacePullRequest = "/v1/pull-requests/link";
    /// That a workspace's work does not go by its pull request.
    unlink_pull_request(api::UnlinkPullRequest) -> api::WorkspacePullRequest = "/v1/pull-requests/unlink";
    /// How pull requests stand.
    pull_requests(api::ReadPullRequests) -> Vec<api::WorkspacePullRequest> = "/v1/pull-requests/status";
    /// Workspaces whose pull request was merged.
    clean_up_pull_requests(api::CleanUpPullRequests) -> Vec<api::MergedPullRequest> = "/v1/pull-requests/cleanup";
    /// How a terminal is handed over.
    attach(api::Attach) -> api::AttachPlan = "/v1/workspaces/attach";
    /// Sends a message.
    send(api::SendMessage) -> Vec<api::Delivery> = "/v1/deliveries";
    /// Leaves a note.
    write_note(api::WriteNote) -> api::NoteWritten = "/v1/notes";
    /// The notes of a repository.
    notes(api::ListNotes) -> api::NotePage = "/v1/notes/list";
    /// Takes notes out.
    remove_notes(api::RemoveNotes) -> api::NotesRemoved = "/v1/notes/remove";
    /// Waits for workspaces.
    wait(api::Wait) -> api::WaitReport = "/v1/wait";
    /// What can be brought back.
    snapshots(api::ListSnapshots) -> Vec<api::Restorable> = "/v1/snapshots/list";
    /// Brings something back.
    restore(api::Restore) -> api::Restored = "/v1/snapshots/restore";
    /// What was done last, taken back.
    undo(api::Undo) -> api::Undone = "/v1/undo";
    /// What can be taken back.
    undoable(api::ListUndoable) -> Vec<api::Undoable> = "/v1/undo/list";
    /// Installed agents.
    agents(api::ListAgents) -> Vec<api::Agent> = "/v1/agents";
    /// What repositories bring along.
    approvals(api::ListApprovals) -> Vec<api::Approval> = "/v1/approvals/list";
    /// Allows or denies it.
    approve(api::Approve) -> api::Approval = "/v1/approvals";
    /// Reports what an agent's hook was given.
    hook(api::HookReport) -> () = "/v1/hooks";
    /// The state of the database.
    database_health(()) -> api::DatabaseHealth = "/v1/database/health";
    /// A copy of the database.
    back_up_database(()) -> api::DatabaseBackup = "/v1/database/backup";
    /// The database without its holes.
    vacuum_database(()) -> api::Vacuumed = "/v1/database/vacuum";
    /// The rows, folded again from the events.
    rebuild_database(()) -> api::DatabaseRebuilt = "/v1/database/rebuild";
    /// Old records, and which of them are to go.
    purge_database(api::PurgeDatabase) -> api::DatabasePurged = "/v1/database/purge";
    /// The ways by which the person is told, and which are to be tried.
    notify(api::ReadNotify) -> api::Notify = "/v1/notify";
    /// What is not as it should be, and what is to be mended of it.
    check_up(api::Checkup) -> Vec<api::Finding> = "/v1/checkup";
}

impl Client {
    /// Connects. Nothing is sent yet.
    ///
    /// # Errors
    /// [`ConnectError`].
    pub fn connect(socket: &Path, identity: &Identity) -> Result<Self, ConnectError> {
        Ok(Self { connection: Connection::open(socket, identity.clone())? })
    }

    /// How long each read and write may take from now on; `None`, as at the beginning, is for ever.
    ///
    /// # Errors
    /// [`ClientError::Gone`] when the system refuses.
    pub fn set_patience(&self, limit: Option<Duration>) -> Result<(), ClientError> {
        self.connection.set_patience(limit)
    }

    /// What ends the reading of a stream from another thread.
    ///
    /// # Errors
    /// [`ClientError::Gone`] when the system refuses.
    pub fn hang_up(&self) -> Result<HangUp, ClientError> {
        Ok(HangUp(self.connection.shared()?))
    }

    /// Who answers. Understood by servers of every protocol.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn handshake(&mut self) -> Result<api::Handshake, ClientError> {
        self.connection.call(Method::Get, "/v1/handshake", None::<&()>)
    }

    /// How the server is.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn server_status(&mut self) -> Result<api::ServerStatus, ClientError> {
        self.connection.call(Method::Get, "/v1/server", None::<&()>)
    }

    /// Asks the server to stop. Understood by servers of every protocol.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn stop_server(&mut self) -> Result<(), ClientError> {
        self.connection.call(Method::Post, "/v1/server/stop", None::<&()>)
    }

    /// Whether the server would let us stop it.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn may_stop_server(&mut self) -> Result<(), ClientError> {
        self.connection.call(Method::Post, "/v1/server/stop/preview", None::<&()>)
    }

    /// Reads the list of workspaces as it changes, until `each` has had enough.
    ///
    /// # Errors
    /// [`ClientError`]; one that breaks off after its first chunk says so with [`api::WatchChunk::Broken`].
    pub fn watch(
        self,
        request: &api::ListWorkspaces,
        each: impl FnMut(api::WatchChunk) -> ControlFlow<()>,
    ) -> Result<(), ClientError> {
        self.lines("/v1/workspaces/watch", request, each)
    }

    /// Hands out what a session's terminal shows, again whenever it shows something else, until the session has ended or
    /// `each` has had enough.
    ///
    /// # Errors
    /// [`ClientError`]; one that breaks off after its first chunk says so with [`api::ScreenChunk::Broken`].
    pub fn screen(
        self,
        request: &api::Selector,
        each: impl FnMut(api::ScreenChunk) -> ControlFlow<()>,
    ) -> Result<(), ClientError> {
        self.lines("/v1/workspaces/screen", request, each)
    }

    /// Hands out the conflicts between workspaces, again whenever they change, until `each` has had enough.
    ///
    /// # Errors
    /// [`ClientError`]; one that breaks off after its first chunk says so with [`api::ConflictsChunk::Broken`].
    pub fn watch_conflicts(
        self,
        request: &api::ReadConflicts,
        each: impl FnMut(api::ConflictsChunk) -> ControlFlow<()>,
    ) -> Result<(), ClientError> {
        self.lines("/v1/conflicts/watch", request, each)
    }

    /// Hands out a train, again whenever something has happened to it, until it has ended or `each` has had enough.
    ///
    /// # Errors
    /// [`ClientError`]; one that breaks off after its first chunk says so with [`api::TrainChunk::Broken`].
    pub fn watch_train(
        self,
        request: &api::WatchTrain,
        each: impl FnMut(api::TrainChunk) -> ControlFlow<()>,
    ) -> Result<(), ClientError> {
        self.lines("/v1/queue/watch", request, each)
    }

    /// Takes up every session that was interrupted, and tells of each as it comes back.
    ///
    /// # Errors
    /// [`ClientError`]; one that breaks off after its first chunk says so with [`api::ResumeChunk::Broken`].
    pub fn resume_all(
        self,
        request: &api::ResumeAll,
        each: impl FnMut(api::ResumeChunk) -> ControlFlow<()>,
    ) -> Result<(), ClientError> {
        self.lines("/v1/workspaces/resume/all", request, each)
    }

    /// Reads a log, chunk by chunk, until it ends or `each` has had enough.
    ///
    /// # Errors
    /// [`ClientError`]; a log that breaks off after its first chunk says so with [`api::LogChunk::Broken`].
    pub fn logs(
        self,
        request: &api::ReadLogs,
        each: impl FnMut(api::LogChunk) -> ControlFlow<()>,
    ) -> Result<(), ClientError> {
        self.lines("/v1/workspaces/logs", request, each)
    }

    /// Reads a diff, chunk by chunk, until it ends or `each` has had enough.
    ///
    /// # Errors
    /// [`ClientError`]; one that breaks off after its first chunk says so with [`api::DiffChunk::Broken`].
    pub fn diff(
        self,
        request: &api::ReadDiff,
        each: impl FnMut(api::DiffChunk) -> ControlFlow<()>,
    ) -> Result<(), ClientError> {
        self.lines("/v1/workspaces/diff", request, each)
    }

    fn lines<T: DeserializeOwned>(
        mut self,
        path: &str,
        request: &impl Serialize,
        mut each: impl FnMut(T) -> ControlFlow<()>,
    ) -> Result<(), ClientError> {
        let body = self.connection.ask(Method::Post, path, Some(request))?;
        for line in BufReader::new(body).split(b'\n') {
            let line = line.map_err(ClientError::io)?;
            let chunk = serde_json::from_slice(&line);
            if each(chunk.map_err(|error| ClientError::Malformed(error.to_string()))?).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn post<T: DeserializeOwned>(&mut self, path: &str, request: &impl Serialize) -> Result<T, ClientError> {
        self.connection.call(Method::Post, path, Some(request))
    }
}
