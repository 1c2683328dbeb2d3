//! The service that the engine gives: wire types in, use-cases, wire types out. The only place where the wire
//! and the domain meet; one file a direction, and one for errors.

mod asks;
mod conflicts;
mod critic;
mod diff;
mod explanation;
mod from_wire;
mod landing;
mod looks;
mod notify;
mod problem;
mod pull_request;
mod queue;
mod resume;
mod sync;
mod tidied;
mod to_wire;
mod train;
mod turn;
mod undo;
mod usage;

pub use to_wire::database_backup;
pub use to_wire::database_health;
pub use to_wire::status as status_on_the_wire;

use std::sync::Arc;
use std::time::Duration;

use owt_api as api;
use owt_api::ErrorCode;
use owt_api::Problem;
use owt_core::AttemptId;
use owt_core::RequestId;
use owt_core::Timestamp;
use owt_core::authority::Principal;
use owt_core::delivery::Meaning;
use owt_engine::Engine;
use owt_engine::WorkspaceView;
use owt_engine::use_cases;
use owt_engine::use_cases::AnswerRequest;
use owt_engine::use_cases::AttachRequest;
use owt_engine::use_cases::Audience;
use owt_engine::use_cases::CleanupRequest;
use owt_engine::use_cases::DeleteRequest;
use owt_engine::use_cases::Force;
use owt_engine::use_cases::Happening;
use owt_engine::use_cases::HookReport;
use owt_engine::use_cases::LogRequest;
use owt_engine::use_cases::LogSubject;
use owt_engine::use_cases::LogView;
use owt_engine::use_cases::Picture;
use owt_engine::use_cases::Quorum;
use owt_engine::use_cases::Scope;
use owt_engine::use_cases::SendRequest;
use owt_engine::use_cases::TrainError;
use owt_engine::use_cases::TrainView;
use owt_engine::use_cases::WaitRequest;

use owt_ports::Clock;
use owt_ports::Health;
use owt_ports::Screen;
use owt_ports::Upkeep;

use pull_request::EnginePullRequests;

use self::pull_request::shipped;
use crate::pull_requests::PullRequests;
use crate::service::Call;
use crate::service::Caller;
use crate::service::ConflictsSink;
use crate::service::DiffSink;
use crate::service::Gone;
use crate::service::LogSink;
use crate::service::ResumeSink;
use crate::service::ScreenSink;
use crate::service::Service;
use crate::service::TrainSink;
use crate::service::WatchSink;

/// Most workspaces that one wait may name.
const MAX_WAITED: usize = 1000;

/// The engine as a service.
pub struct EngineService {
    engine: Engine,
    database: Database,
    pulls: EnginePullRequests,
}

/// The database as something to look after.
#[derive(Clone)]
pub struct Database {
    /// The file.
    pub upkeep: Arc<dyn Upkeep>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

impl EngineService {
    /// A service over an engine and the database that it keeps everything in.
    pub fn new(engine: Engine, database: Database) -> Self {
        Self { pulls: EnginePullRequests::new(engine.clone()), engine, database }
    }

    /// Takes in what hooks reported while no server ran, or none had the time to answer. What cannot be taken now stays
    /// for the next time.
    pub fn take_spooled(&self) {
        let reports = owt_engine::spooled(&self.engine).unwrap_or_else(|error| {
            tracing::warn!(%error, "the spool cannot be read");
            Vec::new()
        });
        for spooled in reports {
            match serde_json::from_slice(&spooled.bytes) {
                Ok(report) => match self.report(self.engine.fresh_request(), report) {
                    Err(problem) if !is_final(problem.code) => {
                        tracing::info!(%problem, "a spooled report waits");
                        continue;
                    }
                    Err(problem) => tracing::warn!(%problem, "a spooled report is of no use"),
                    Ok(()) => {}
                },
                Err(error) => tracing::warn!(%error, "a spooled report cannot be read"),
            }
            if let Err(error) = owt_engine::forget_spooled(&self.engine, &spooled) {
                tracing::warn!(%error, "a spooled report stays");
            }
        }
    }

    fn report(&self, request: RequestId, report: api::HookReport) -> Result<(), Problem> {
        let unknown = || Problem::new(ErrorCode::BadCredential, "the credential is unknown");
        let attempt = owt_engine::owner(&self.engine, &report.token).ok_or_else(unknown)?;
        if attempt.to_string() != report.attempt {
            return Err(Problem::new(ErrorCode::Forbidden, "the credential belongs to another session"));
        }
        let report = HookReport {
            agent: from_wire::agent_name(&report.agent)?,
            event: report.event,
            attempt,
            at: Timestamp::from_millis(report.at_ms),
            payload: report.payload,
            is_cut: report.is_cut,
        };
        use_cases::hook(&self.engine, request, &report).map_err(|error| problem::hook(&error))
    }

    fn principal(&self, call: &Call) -> Result<Principal, Problem> {
        principal(&self.engine, call)
    }

    /// Lets a wait of the engine end when the client goes.
    fn listen(&self, gone: &dyn Gone) {
        let engine = self.engine.clone();
        gone.when_gone(Box::new(move || engine.nudge()));
    }
}

/// Who asks.
fn principal(engine: &Engine, call: &Call) -> Result<Principal, Problem> {
    match &call.by {
        Caller::Person { .. } => Ok(Principal::Person),
        Caller::Attempt(id) => owt_engine::principal(engine, *id).map_err(|error| problem::store(&error)),
    }
}

/// Whether a report that is refused so will be refused for ever.
const fn is_final(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::BadCredential | ErrorCode::Usage | ErrorCode::Forbidden)
}

impl Service for EngineService {
    fn pull_requests(&self) -> &dyn PullRequests {
        &self.pulls
    }

    fn hosts(&self) -> Vec<(AttemptId, u32)> {
        owt_engine::hosts(&self.engine)
    }

    fn bearer(&self, token: &str) -> Result<AttemptId, Problem> {
        owt_engine::bearer(&self.engine, token).ok_or_else(|| {
            Problem::new(ErrorCode::BadCredential, "the credential is unknown or has been revoked")
        })
    }

    fn new_workspace(&self, call: &Call, request: api::NewWorkspace) -> Result<Vec<api::Created>, Problem> {
        let asker = self.principal(call)?;
        let new = from_wire::new_workspace(request)?;
        let made = use_cases::new_workspace(&self.engine, &asker, call.request, &new)
            .map_err(|error| problem::new_workspace(&error))?;
        let made: Vec<api::Created> = made.into_iter().map(to_wire::created).collect();
        if let Some(first) = made.first() {
            // Only now has it a name that later records of it carry.
            tracing::Span::current().record("workspace", &first.workspace.name);
        }
        Ok(made)
    }

    fn list(&self, call: &Call, request: api::ListWorkspaces) -> Result<Vec<api::Workspace>, Problem> {
        let asker = self.principal(call)?;
        let folder = from_wire::folder(&request.cwd)?;
        let scope = if request.all_repos { Scope::Everything } else { Scope::Repository };
        let views =
            use_cases::list(&self.engine, &asker, &folder, scope).map_err(|error| problem::list(&error))?;
        Ok(views.iter().map(to_wire::workspace).collect())
    }

    fn show(&self, call: &Call, request: api::Selector) -> Result<api::WorkspaceDetail, Problem> {
        let asker = self.principal(call)?;
        let folder = from_wire::folder(&request.cwd)?;
        let detail = use_cases::show(&self.engine, &asker, &folder, &request.name)
            .map_err(|error| problem::select(&error))?;
        Ok(to_wire::detail(&detail))
    }

    fn explain(&self, call: &Call, request: api::Selector) -> Result<api::Explanation, Problem> {
        let asker = self.principal(call)?;
        let folder = from_wire::folder(&request.cwd)?;
        let explained = use_cases::explain(&self.engine, &asker, &folder, &request.name)
            .map_err(|error| problem::select(&error))?;
        Ok(explanation::explanation(&explained))
    }

    fn session_context(
        &self,
        call: &Call,
        request: api::ReadContext,
    ) -> Result<api::SessionContext, Problem> {
        let asker = self.principal(call)?;
        let folder = from_wire::folder(&request.cwd)?;
        let text = use_cases::session_context(&self.engine, &asker, &folder)
            .map_err(|error| problem::select(&error))?;
        Ok(api::SessionContext { text })
    }

    fn screen(
        &self,
        call: &Call,
        request: api::Selector,
        sink: ScreenSink<'_>,
        gone: &dyn Gone,
    ) -> Result<(), Problem> {
        let asker = self.principal(call)?;
        let folder = from_wire::folder(&request.cwd)?;
        let mut last = None;
        let mut tell = |name: &str, screen: Screen| {
            let Screen { rows, title, looks, .. } = screen;
            let screen = api::SessionScreen { name: name.to_owned(), rows, looks: looks::rows(looks), title };
            if last.as_ref() == Some(&screen) {
                return true;
            }
            last = Some(screen.clone());
            sink(api::ScreenChunk::Shows { screen })
        };
        self.listen(gone);
        use_cases::watch_screen(&self.engine, &asker, &folder, &request.name, &mut tell, &|| !gone.is_gone())
            .map_err(|error| problem::screen(&error))
    }

    fn watch(
        &self,
        call: &Call,
        request: api::ListWorkspaces,
        sink: WatchSink<'_>,
        gone: &dyn Gone,
    ) -> Result<(), Problem> {
        let asker = self.principal(call)?;
        let folder = from_wire::folder(&request.cwd)?;
        let scope = if request.all_repos { Scope::Everything } else { Scope::Repository };
        let mut last = None;
        let mut tell = |views: Vec<WorkspaceView>, happenings: Vec<Happening>| {
            let workspaces: Vec<api::Workspace> = views.iter().map(to_wire::workspace).collect();
            let happenings: Vec<api::Happening> = happenings.iter().map(to_wire::happening).collect();
            let listed = (workspaces, happenings);
            if last.as_ref() == Some(&listed) {
                return sink(api::WatchChunk::Same);
            }
            let (workspaces, happenings) = listed.clone();
            last = Some(listed);
            sink(api::WatchChunk::Listed { workspaces, happenings })
        };
        self.listen(gone);
        use_cases::watch(&self.engine, &asker, &folder, scope, &mut tell, &|| !gone.is_gone())
            .map_err(|error| problem::list(&error))
    }

    fn conflicts(&self, call: &Call, request: api::ReadConflicts) -> Result<api::Conflicts, Problem> {
        let asker = self.principal(call)?;
        let folder = from_wire::folder(&request.cwd)?;
        let picture =
            use_cases::conflicts(&self.engine, &asker, &folder).map_err(|error| problem::list(&error))?;
        Ok(conflicts::conflicts(&picture))
    }

    fn queue(&self, call: &Call, request: api::ReadQueue) -> Result<Vec<api::QueuePlace>, Problem> {
        let asker = self.principal(call)?;
        let folder = from_wire::folder(&request.cwd)?;
        let found = use_cases::queue(&self.engine, &asker, &folder).map_err(|error| problem::list(&error))?;
        Ok(queue::queue(&found))
    }

    fn ship_queue(&self, call: &Call, request: api::ShipQueue) -> Result<api::ShippedQueue, Problem> {
        let asker = self.principal(call)?;
        let wish = train::request(request)?;
        let begun = use_cases::begin_train(&self.engine, &asker, call.request, &wish)
            .map_err(|error| train::error(&error))?;
        Ok(train::begun(begun))
    }

    fn cancel_queue(&self, call: &Call, request: api::CancelQueue) -> Result<api::ShippedQueue, Problem> {
        let asker = self.principal(call)?;
        let wish = train::cancel_request(request)?;
        let (id, view) = use_cases::call_off_train(&self.engine, &asker, call.request, &wish)
            .map_err(|error| train::error(&error))?;
        Ok(api::ShippedQueue {
            dry_run: wish.resolve == use_cases::Resolve::Preview,
            ..train::told(id, &view)
        })
    }

    fn watch_train(
        &self,
        call: &Call,
        request: api::WatchTrain,
        sink: TrainSink<'_>,
        gone: &dyn Gone,
    ) -> Result<(), Problem> {
        let asker = self.principal(call)?;
        let id = request.train.parse().map_err(|_| train::error(&TrainError::Unknown))?;
        let mut tell =
            |view: &TrainView| sink(api::TrainChunk::Told { train: Box::new(train::told(id, view)) });
        self.listen(gone);
        use_cases::watch_train(&self.engine, &asker, id, &mut tell, &|| !gone.is_gone())
            .map_err(|error| train::error(&error))
    }

    fn watch_conflicts(
        &self,
        call: &Call,
        request: api::ReadConflicts,
        sink: ConflictsSink<'_>,
        gone: &dyn Gone,
    ) -> Result<(), Problem> {
        let asker = self.principal(call)?;
        let folder = from_wire::folder(&request.cwd)?;
        let mut last = None;
        let mut tell = |picture: Arc<Picture>| {
            if last.as_ref() == Some(&picture) {
                return sink(api::ConflictsChunk::Same);
            }
            let conflicts = conflicts::conflicts(&picture);
            last = Some(picture);
            sink(api::ConflictsChunk::Told { conflicts })
        };
        self.listen(gone);
        use_cases::watch_conflicts(&self.engine, &asker, &folder, &mut tell, &|| !gone.is_gone())
            .map_err(|error| problem::list(&error))
    }

    fn usage(&self, call: &Call, request: api::ReadUsage) -> Result<api::Usage, Problem> {
        let asker = self.principal(call)?;
        let wanted = usage::request(&request)?;
        let used = use_cases::usage(&self.engine, &asker, &wanted).map_err(|error| problem::list(&error))?;
        Ok(usage::usage(&used, request.days))
    }

    fn send(
        &self,
        call: &Call,
        request: api::SendMessage,
        gone: &dyn Gone,
    ) -> Result<Vec<api::Delivery>, Problem> {
        let asker = self.principal(call)?;
        let send = SendRequest {
            folder: from_wire::folder(&request.cwd)?,
            to: match request.to {
                api::Audience::One(name) => Audience::One(name),
                api::Audience::All => Audience::All,
                api::Audience::Working => Audience::Working,
            },
            text: from_wire::prompt(&request.text)?,
            meaning: if request.as_command { Meaning::Command } else { Meaning::Words },
            wait: Duration::from_millis(request.wait_ms),
            key: request.idempotency_key.as_deref().map(from_wire::key).transpose()?,
        };
        if request.dry_run {
            let audience = use_cases::preview_send(&self.engine, &asker, &send)
                .map_err(|error| problem::send(&error))?;
            return Ok(audience.iter().map(to_wire::not_sent).collect());
        }
        self.listen(gone);
        let sent = use_cases::send(&self.engine, &asker, call.request, &send, &|| !gone.is_gone())
            .map_err(|error| problem::send(&error))?;
        Ok(sent
            .into_iter()
            .map(|(view, id, delivery)| to_wire::delivery(view.name(), id, &delivery))
            .collect())
    }

    fn write_note(&self, call: &Call, request: api::WriteNote) -> Result<api::NoteWritten, Problem> {
        let asker = self.principal(call)?;
        let folder = from_wire::folder(&request.cwd)?;
        let text = from_wire::note_text(&request.text)?;
        let resolve = from_wire::resolve(request.dry_run);
        let written = use_cases::note(&self.engine, &asker, call.request, &folder, &text, resolve)
            .map_err(|error| problem::note(&error))?;
        Ok(to_wire::note_written(written))
    }

    fn notes(&self, call: &Call, request: api::ListNotes) -> Result<api::NotePage, Problem> {
        let asker = self.principal(call)?;
        let folder = from_wire::folder(&request.cwd)?;
        let (notes, more) = use_cases::notes(&self.engine, &asker, &folder, request.after)
            .map_err(|error| problem::note(&error))?;
        Ok(api::NotePage { notes: notes.into_iter().map(to_wire::note).collect(), more })
    }

    fn remove_notes(&self, call: &Call, request: api::RemoveNotes) -> Result<api::NotesRemoved, Problem> {
        let asker = self.principal(call)?;
        let folder = from_wire::folder(&request.cwd)?;
        let (unwanted, resolve) = (from_wire::unwanted(request.which), from_wire::resolve(request.dry_run));
        let removed = use_cases::forget_notes(&self.engine, &asker, call.request, &folder, unwanted, resolve)
            .map_err(|error| problem::note(&error))?;
        let removed = removed.into_iter().map(to_wire::note).collect();
        Ok(api::NotesRemoved { removed, dry_run: request.dry_run })
    }

    fn answer(&self, call: &Call, request: api::Answer) -> Result<api::WorkspaceDetail, Problem> {
        let asker = self.principal(call)?;
        let answer = AnswerRequest {
            folder: from_wire::folder(&request.workspace.cwd)?,
            name: request.workspace.name,
            given: asks::given(request.given),
            only: request.request,
            resolve: from_wire::resolve(request.dry_run),
        };
        let detail = use_cases::answer(&self.engine, &asker, call.request, &answer)
            .map_err(|error| problem::answer(&error))?;
        Ok(to_wire::detail(&detail))
    }

    fn wait(&self, call: &Call, request: api::Wait, gone: &dyn Gone) -> Result<api::WaitReport, Problem> {
        let asker = self.principal(call)?;
        if request.names.len() > MAX_WAITED {
            let message = format!("a wait names at most {MAX_WAITED} workspaces");
            return Err(Problem::new(ErrorCode::LimitReached, message));
        }
        let started = std::time::Instant::now();
        let wait = WaitRequest {
            folder: from_wire::folder(&request.cwd)?,
            names: request.names,
            quorum: if request.any { Quorum::Any } else { Quorum::All },
            timeout: request.timeout_ms.map(Duration::from_millis),
        };
        self.listen(gone);
        let (end, waited) = use_cases::wait(&self.engine, &asker, &wait, &|| !gone.is_gone())
            .map_err(|error| problem::select(&error))?;
        Ok(to_wire::wait_report(end, waited, started.elapsed()))
    }

    fn logs(
        &self,
        call: &Call,
        request: api::ReadLogs,
        sink: LogSink<'_>,
        gone: &dyn Gone,
    ) -> Result<(), Problem> {
        let asker = self.principal(call)?;
        let logs = LogRequest {
            folder: from_wire::folder(&request.cwd)?,
            name: request.name,
            subject: match request.of {
                api::LogSubject::Agent => LogSubject::Agent,
                api::LogSubject::Install => LogSubject::Install,
                api::LogSubject::Setup => LogSubject::Setup,
            },
            attempt: request.attempt,
            view: if request.raw { LogView::Raw } else { LogView::Readable },
            follow: request.follow,
        };
        self.listen(gone);
        let mut forward = |part| sink(to_wire::log_chunk(part));
        use_cases::logs(&self.engine, &asker, &logs, &mut forward, &|| !gone.is_gone())
            .map_err(|error| problem::logs(&error))
    }

    fn diff(
        &self,
        call: &Call,
        request: api::ReadDiff,
        sink: DiffSink<'_>,
        gone: &dyn Gone,
    ) -> Result<(), Problem> {
        let asker = self.principal(call)?;
        let diff = diff::request(request)?;
        let mut take = |part| !gone.is_gone() && sink(diff::chunk(part));
        use_cases::diff(&self.engine, &asker, &diff, &mut take).map_err(|error| problem::diff(&error))
    }

    fn stop(&self, call: &Call, request: api::StopSession) -> Result<api::Stopped, Problem> {
        let asker = self.principal(call)?;
        let folder = from_wire::folder(&request.workspace.cwd)?;
        let (name, resolve) = (&request.workspace.name, from_wire::resolve(request.dry_run));
        let (view, stopping) = use_cases::stop(&self.engine, &asker, call.request, &folder, name, resolve)
            .map_err(|error| problem::stop(&error))?;
        Ok(to_wire::stopped(&view, &stopping, resolve))
    }

    fn interrupt(&self, call: &Call, request: api::InterruptTurn) -> Result<api::Interrupted, Problem> {
        let asker = self.principal(call)?;
        let folder = from_wire::folder(&request.workspace.cwd)?;
        let (name, resolve) = (&request.workspace.name, from_wire::resolve(request.dry_run));
        let (view, outcome) =
            use_cases::interrupt(&self.engine, &asker, call.request, &folder, name, resolve)
                .map_err(|error| turn::interrupt_problem(&error))?;
        Ok(turn::interrupted(&view, outcome))
    }

    fn resume(&self, call: &Call, request: api::ResumeSession) -> Result<api::Resumed, Problem> {
        resume::one(&self.engine, &self.principal(call)?, call.request, request)
    }

    fn resume_all(
        &self,
        call: &Call,
        request: api::ResumeAll,
        sink: ResumeSink<'_>,
        gone: &dyn Gone,
    ) -> Result<(), Problem> {
        let asker = self.principal(call)?;
        self.listen(gone);
        resume::all(&self.engine, &asker, call.request, &request, (sink, gone))
    }

    fn delete(&self, call: &Call, request: api::DeleteWorkspace) -> Result<api::Deleted, Problem> {
        let asker = self.principal(call)?;
        let delete = DeleteRequest {
            folder: from_wire::folder(&request.workspace.cwd)?,
            name: request.workspace.name,
            force: if request.force { Force::Yes } else { Force::No },
            resolve: from_wire::resolve(request.dry_run),
        };
        let (view, plan, report) = use_cases::delete(&self.engine, &asker, call.request, &delete)
            .map_err(|error| problem::delete(&error))?;
        Ok(to_wire::deleted(&view, &plan, report))
    }

    fn sync(
        &self,
        call: &Call,
        request: api::SyncWorkspaces,
        gone: &dyn Gone,
    ) -> Result<api::Synced, Problem> {
        let asker = self.principal(call)?;
        let wanted = sync::request(request)?;
        self.listen(gone);
        let report = use_cases::sync(&self.engine, &asker, call.request, &wanted, &|| !gone.is_gone())
            .map_err(|error| sync::error(&error))?;
        Ok(sync::synced(report, wanted.resolve))
    }

    fn merge(
        &self,
        call: &Call,
        request: api::MergeWorkspace,
        gone: &dyn Gone,
    ) -> Result<api::Merged, Problem> {
        let asker = self.principal(call)?;
        let merge = landing::request(request)?;
        self.listen(gone);
        let (plan, end) = use_cases::merge(&self.engine, &asker, call.request, &merge, &|| !gone.is_gone())
            .map_err(|error| landing::error(&error))?;
        landing::merged(&plan, &merge, end)
    }

    fn ship(
        &self,
        call: &Call,
        request: api::ShipWorkspace,
        gone: &dyn Gone,
    ) -> Result<api::Merged, Problem> {
        let asker = self.principal(call)?;
        let ship = landing::ship(request)?;
        self.listen(gone);
        let (plan, end) = use_cases::ship(&self.engine, &asker, call.request, &ship, &|| !gone.is_gone())
            .map_err(|error| shipped::error(&ship.name, &error))?;
        shipped::shipped(&plan, &ship, end)
    }

    fn critic(&self, call: &Call, request: api::CriticiseWorkspace) -> Result<api::Criticism, Problem> {
        let asker = self.principal(call)?;
        let deed = request.deed;
        let request = critic::request(request)?;
        let criticism =
            use_cases::critic(&self.engine, &asker, &request).map_err(|error| landing::error(&error))?;
        Ok(critic::criticism(&criticism, deed))
    }

    fn clean_up(&self, call: &Call, request: api::CleanUp) -> Result<api::Cleanup, Problem> {
        let asker = self.principal(call)?;
        let (resolve, days) = (from_wire::resolve(request.dry_run), request.days.map(u64::from));
        let cleanup = CleanupRequest {
            folder: from_wire::folder(&request.cwd)?,
            environment: request.environment,
            scope: if request.all_repos { Scope::Everything } else { Scope::Repository },
            idle: days.map(|days| Duration::from_secs(days * 86_400)),
            force: if request.force { Force::Yes } else { Force::No },
            only: request.only,
            resolve,
        };
        let report = use_cases::cleanup(&self.engine, &asker, call.request, &cleanup)
            .map_err(|error| problem::cleanup(&error))?;
        Ok(tidied::cleanup(report, resolve))
    }

    fn attach(&self, call: &Call, request: api::Attach) -> Result<api::AttachPlan, Problem> {
        let asker = self.principal(call)?;
        let attach = AttachRequest {
            folder: from_wire::folder(&request.workspace.cwd)?,
            name: request.workspace.name,
            inside_tmux: request.inside_tmux,
            terminal: from_wire::session(request.mode),
            busy: from_wire::busy(request.interrupt),
        };
        let (view, plan) = use_cases::attach(&self.engine, &asker, call.request, &attach)
            .map_err(|error| problem::attach(&error))?;
        let backend = view.running().map_or("", |(_, attempt)| attempt.spec.session.as_str()).to_owned();
        let name = view.name().to_owned();
        let repository = view.workspace.spec.repository().map(|repository| repository.root.to_string());
        Ok(api::AttachPlan { name, backend, repository, argv: plan.argv, unset: plan.unset })
    }

    fn snapshots(&self, call: &Call, request: api::ListSnapshots) -> Result<Vec<api::Restorable>, Problem> {
        let asker = self.principal(call)?;
        let folder = from_wire::folder(&request.cwd)?;
        let listed =
            use_cases::restorable(&self.engine, &asker, &folder).map_err(|error| problem::select(&error))?;
        Ok(listed.into_iter().map(to_wire::restorable).collect())
    }

    fn restore(&self, call: &Call, request: api::Restore) -> Result<api::Restored, Problem> {
        let asker = self.principal(call)?;
        let folder = from_wire::folder(&request.cwd)?;
        let resolve = from_wire::resolve(request.dry_run);
        let view = use_cases::restore(&self.engine, &asker, call.request, &folder, &request.what, resolve)
            .map_err(|error| problem::restore(&error))?;
        Ok(to_wire::restored(&view, resolve))
    }

    fn undoable(&self, call: &Call, request: api::ListUndoable) -> Result<Vec<api::Undoable>, Problem> {
        let asker = self.principal(call)?;
        let folder = from_wire::folder(&request.cwd)?;
        let listed =
            use_cases::undoable(&self.engine, &asker, &folder).map_err(|error| problem::select(&error))?;
        Ok(listed.into_iter().map(undo::undoable).collect())
    }

    fn undo(&self, call: &Call, request: api::Undo) -> Result<api::Undone, Problem> {
        let asker = self.principal(call)?;
        let wanted = undo::request(request)?;
        let undone = use_cases::undo(&self.engine, &asker, call.request, &wanted)
            .map_err(|error| undo::error(&error))?;
        Ok(undo::undone(undone, wanted.resolve))
    }

    fn agents(&self, _call: &Call, request: api::ListAgents) -> Result<Vec<api::Agent>, Problem> {
        let folder = from_wire::folder(&request.cwd)?;
        let agents = use_cases::agents(&self.engine, &folder, &request.environment)
            .map_err(|error| problem::settings(&error))?;
        Ok(agents.into_iter().map(to_wire::agent).collect())
    }

    fn hook(&self, request: RequestId, report: api::HookReport) -> Result<(), Problem> {
        self.report(request, report)
    }

    fn approvals(&self, call: &Call, request: api::ListApprovals) -> Result<Vec<api::Approval>, Problem> {
        let asker = self.principal(call)?;
        let folder = from_wire::folder(&request.cwd)?;
        let found =
            use_cases::approvals(&self.engine, &asker, &folder).map_err(|error| problem::approval(&error))?;
        Ok(found.into_iter().map(to_wire::approval).collect())
    }

    fn approve(&self, call: &Call, request: api::Approve) -> Result<api::Approval, Problem> {
        let asker = self.principal(call)?;
        let folder = from_wire::folder(&request.cwd)?;
        let approved = use_cases::approve(
            &self.engine,
            &asker,
            &folder,
            &request.digest,
            from_wire::decision(request.decision),
            from_wire::resolve(request.dry_run),
        )
        .map_err(|error| problem::approval(&error))?;
        Ok(to_wire::approval(approved))
    }

    fn database_health(&self, call: &Call) -> Result<api::DatabaseHealth, Problem> {
        let (health, backups) =
            use_cases::database_health(self.database.upkeep.as_ref(), &self.principal(call)?)
                .map_err(|error| problem::upkeep(&error))?;
        Ok(database_health(health, &backups))
    }

    fn back_up_database(&self, call: &Call) -> Result<api::DatabaseBackup, Problem> {
        let Database { upkeep, clock } = &self.database;
        use_cases::back_up(upkeep.as_ref(), clock.as_ref(), &self.principal(call)?)
            .map(|backup| database_backup(&backup))
            .map_err(|error| problem::upkeep(&error))
    }

    fn vacuum_database(&self, call: &Call) -> Result<api::Vacuumed, Problem> {
        let (before, after) = use_cases::vacuum(self.database.upkeep.as_ref(), &self.principal(call)?)
            .map_err(|error| problem::upkeep(&error))?;
        let size = |health: &Health| health.size_bytes + health.wal_bytes;
        Ok(api::Vacuumed { before_bytes: size(&before), after_bytes: size(&after) })
    }

    fn rebuild_database(&self, call: &Call) -> Result<api::DatabaseRebuilt, Problem> {
        use_cases::rebuild(&self.engine, &self.principal(call)?)
            .map(to_wire::rebuilt)
            .map_err(|error| problem::upkeep(&error))
    }

    fn purge_database(
        &self,
        call: &Call,
        request: api::PurgeDatabase,
    ) -> Result<api::DatabasePurged, Problem> {
        let purge = from_wire::purge(&request)?;
        let upkeep = self.database.upkeep.as_ref();
        use_cases::purge(&self.engine, upkeep, &self.principal(call)?, &purge)
            .map(|purged| to_wire::purged(purged, purge.named.is_empty()))
            .map_err(|error| problem::upkeep(&error))
    }

    fn notify(&self, call: &Call, request: api::ReadNotify) -> Result<api::Notify, Problem> {
        let (asker, trial) = (self.principal(call)?, notify::trial(&request.test)?);
        use_cases::notify_ways(&self.engine, &asker, trial)
            .map(notify::notify)
            .map_err(|error| notify::refused(&error))
    }

    fn check_up(&self, call: &Call, request: api::Checkup) -> Result<Vec<api::Finding>, Problem> {
        let wanted = from_wire::wanted_of_checkup(request);
        let take_reports = || self.take_spooled();
        let examined =
            use_cases::check_up(&self.engine, &self.principal(call)?, call.request, &wanted, &take_reports)
                .map_err(|error| problem::upkeep(&error))?;
        Ok(examined.into_iter().map(to_wire::finding).collect())
    }

    fn fresh_request(&self) -> RequestId {
        self.engine.fresh_request()
    }

    fn running_sessions(&self) -> u32 {
        u32::try_from(owt_engine::hosts(&self.engine).len()).unwrap_or(u32::MAX)
    }

    fn has_plans(&self) -> bool {
        owt_engine::has_plans(&self.engine)
    }
}
