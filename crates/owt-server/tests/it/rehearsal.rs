//! A service whose answers the test decides. Also used by the tests of the binary.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::time::Duration;

use owt_api as api;
use owt_api::ErrorCode;
use owt_api::Problem;
use owt_core::AttemptId;
use owt_core::RequestId;
use owt_server::Call;
use owt_server::Caller;
use owt_server::ConflictsSink;
use owt_server::DiffSink;
use owt_server::Gone;
use owt_server::LogSink;
use owt_server::PullRequests;
use owt_server::ResumeSink;
use owt_server::ScreenSink;
use owt_server::Service;
use owt_server::TrainSink;
use owt_server::WatchSink;

/// No test waits longer than this for something that must happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// What is going on, guarded by one lock so that tests can wait for any of it.
#[derive(Default)]
pub(crate) struct Scene {
    pub(crate) workspaces: Vec<api::Workspace>,
    pub(crate) hosts: Vec<(AttemptId, u32)>,
    pub(crate) tokens: BTreeMap<String, AttemptId>,
    pub(crate) sessions: u32,
    pub(crate) has_plans: bool,
    /// Who asked for what, in order.
    pub(crate) calls: Vec<(String, Call)>,
    pub(crate) hooks: Vec<api::HookReport>,
    /// Calls that are waiting now, and those whose client went.
    pub(crate) waiting: usize,
    pub(crate) left: usize,
    /// Lets calls that wait go on.
    pub(crate) released: bool,
    /// What the next `new` says instead of making something.
    pub(crate) refusal: Option<Problem>,
    pub(crate) created: Vec<api::NewWorkspace>,
    pub(crate) sent: Vec<api::SendMessage>,
    pub(crate) deleted: Vec<api::DeleteWorkspace>,
    pub(crate) report: Option<api::WaitReport>,
    pub(crate) log: Vec<api::LogChunk>,
    pub(crate) log_failure: Option<Problem>,
    pub(crate) diff: Vec<api::DiffChunk>,
    pub(crate) explanation: Option<api::Explanation>,
    pub(crate) usage: Option<api::Usage>,
    /// What the sessions' terminals show; they have none when absent.
    pub(crate) picture: Option<Vec<String>>,
    pub(crate) delivery_state: Option<String>,
    pub(crate) plan: Option<api::AttachPlan>,
    pub(crate) approvals: Vec<api::Approval>,
    pub(crate) notes: Vec<api::Note>,
    /// What became of the sessions that were interrupted.
    pub(crate) interrupted: Vec<api::Resumed>,
    pub(crate) snapshots: Vec<api::Restorable>,
    pub(crate) agents: Vec<api::Agent>,
    pub(crate) detail: Option<(Vec<api::Attempt>, Vec<api::PendingQuestion>)>,
}

#[derive(Default)]
pub(crate) struct Rehearsal {
    scene: Mutex<Scene>,
    changed: Condvar,
}

impl Rehearsal {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self::default())
    }

    pub(crate) fn scene(&self) -> MutexGuard<'_, Scene> {
        self.scene.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Changes the scene and tells everybody.
    pub(crate) fn set(&self, change: impl FnOnce(&mut Scene)) {
        change(&mut self.scene());
        self.changed.notify_all();
    }

    /// Waits until the scene is so.
    pub(crate) fn until(&self, so: impl Fn(&Scene) -> bool) {
        let (scene, timeout) =
            self.changed.wait_timeout_while(self.scene(), PATIENCE, |scene| !so(scene)).unwrap();
        assert!(!timeout.timed_out() || so(&scene), "the scene never became so");
    }

    fn called(&self, what: impl Into<String>, call: &Call) {
        self.set(|scene| scene.calls.push((what.into(), call.clone())));
    }

    /// Waits until released or left; whether it was released.
    fn hold(self: &Rehearsal, gone: &dyn Gone, wake: impl FnOnce(Box<dyn FnOnce() + Send>)) -> bool {
        let flag = Arc::new((Mutex::new(false), Condvar::new()));
        let told = Arc::clone(&flag);
        wake(Box::new(move || {
            *told.0.lock().unwrap() = true;
            told.1.notify_all();
        }));
        self.set(|scene| scene.waiting += 1);
        let mut released = false;
        while !gone.is_gone() && !released {
            released = self.scene().released;
            // The test may release, or the client may go: two conditions, so each is looked at again soon.
            let guard = flag.0.lock().unwrap();
            drop(flag.1.wait_timeout(guard, Duration::from_millis(5)).unwrap());
        }
        self.set(|scene| {
            scene.waiting -= 1;
            scene.left += usize::from(!released);
        });
        released
    }

    fn found(&self, name: &str) -> Result<api::Workspace, Problem> {
        let scene = self.scene();
        let found =
            scene.workspaces.iter().find(|workspace| workspace.name == name || workspace.path == name);
        found.cloned().ok_or_else(|| {
            Problem::new(ErrorCode::NotFound, format!("there is no workspace '{name}'"))
                .hint("see what there is: owt list")
        })
    }

    fn delivery(&self, workspace: &str) -> api::Delivery {
        api::Delivery {
            id: Some("dlv_1".to_owned()),
            state: self.scene().delivery_state.clone().unwrap_or_else(|| "observed".to_owned()),
            workspace: workspace.to_owned(),
            detail: None,
            sender: Some(api::Sender::Person),
        }
    }
}

/// How an invented workspace stands.
pub(crate) fn standing() -> api::Standing {
    api::Standing {
        missing: None,
        base: Some("main".to_owned()),
        base_sha: Some("0123456789abcdef0123456789abcdef01234567".to_owned()),
        head_sha: Some("fedcba9876543210fedcba9876543210fedcba98".to_owned()),
        switched_to: None,
        commits_ahead: Some(2),
        commits_behind: Some(0),
        dirty_files: Some(1),
        lines_added: Some(120),
        lines_removed: Some(7),
        unmerged_files: Vec::new(),
        conflicts_with_target: None,
        pull_request: None,
        stranded: None,
    }
}

/// A workspace with nothing unusual.
pub(crate) fn workspace(name: &str, status: api::Status) -> api::Workspace {
    api::Workspace {
        id: format!("ws_{name}"),
        name: name.to_owned(),
        branch: Some(format!("feat/{name}")),
        path: format!("/repos/app-{name}"),
        repository: "/repos/app".to_owned(),
        kind: api::WorkspaceKind::Worktree,
        agent: Some("claude".to_owned()),
        model: None,
        backend: Some("tmux".to_owned()),
        session: Some("att_1".to_owned()),
        status,
        status_since: "2026-01-02T03:04:05Z".to_owned(),
        status_source: "hook".to_owned(),
        status_detail: None,
        pending: Vec::new(),
        failure: None,
        assignment: api::Assignment {
            job: Some("job_1".to_owned()),
            title: Some(format!("Do {name}")),
            task: Some(format!("Do {name} well")),
            permissions: Some("ask".to_owned()),
            begun_by: None,
        },
        standing: standing(),
        outfit: api::Outfit::default(),
        landing: None,
        conflicts_with: Vec::new(),
        used: api::Used {
            cost_usd: Some(0.25),
            cost_estimated: false,
            tokens: Some(api::Tokens { input: 12_000, output: 800 }),
            modified_files: Some(api::ModifiedFiles {
                paths: vec!["src/login.rs".to_owned()],
                more: false,
                source: api::ModifiedSource::Agent,
            }),
            attention: api::Attention::default(),
        },
        dates: api::Dates {
            created_at: "2026-01-02T03:00:00Z".to_owned(),
            updated_at: "2026-01-02T03:04:05Z".to_owned(),
        },
    }
}

/// No host is on this stage.
struct NoPullRequests;

fn no_host<T>() -> Result<T, Problem> {
    Err(Problem::new(ErrorCode::Internal, "not on the stage"))
}

impl PullRequests for NoPullRequests {
    fn create(&self, _: &Call, _: api::CreatePullRequest) -> Result<api::CreatedPullRequest, Problem> {
        no_host()
    }

    fn link(&self, _: &Call, _: api::LinkPullRequest) -> Result<api::WorkspacePullRequest, Problem> {
        no_host()
    }

    fn unlink(&self, _: &Call, _: api::UnlinkPullRequest) -> Result<api::WorkspacePullRequest, Problem> {
        no_host()
    }

    fn status(&self, _: &Call, _: api::ReadPullRequests) -> Result<Vec<api::WorkspacePullRequest>, Problem> {
        no_host()
    }

    fn clean_up(
        &self,
        _: &Call,
        _: api::CleanUpPullRequests,
    ) -> Result<Vec<api::MergedPullRequest>, Problem> {
        no_host()
    }
}

impl Service for Rehearsal {
    fn pull_requests(&self) -> &dyn PullRequests {
        &NoPullRequests
    }

    fn hosts(&self) -> Vec<(AttemptId, u32)> {
        self.scene().hosts.clone()
    }

    fn bearer(&self, token: &str) -> Result<AttemptId, Problem> {
        let found = self.scene().tokens.get(token).copied();
        found.ok_or_else(|| Problem::new(ErrorCode::BadCredential, "the credential is unknown or revoked"))
    }

    fn new_workspace(&self, call: &Call, request: api::NewWorkspace) -> Result<Vec<api::Created>, Problem> {
        self.called("new", call);
        self.set(|scene| scene.created.push(request.clone()));
        let refusal = if request.agents.is_empty() { self.scene().refusal.clone() } else { None };
        if let Some(refusal) = refusal {
            return Err(refusal);
        }
        let agents = if request.agents.is_empty() { vec!["claude".to_owned()] } else { request.agents };
        let name = request.branch.unwrap_or_else(|| "made".to_owned());
        let made = |agent: String| {
            let mut made = workspace(&name, api::Status::Starting);
            made.agent = Some(agent);
            let delivery = request.task.as_ref().map(|_| self.delivery(&name));
            api::Created {
                workspace: made,
                delivery,
                notices: vec!["uncommitted changes stay behind".to_owned()],
            }
        };
        let made: Vec<api::Created> = agents.into_iter().map(made).collect();
        if !request.dry_run {
            self.set(|scene| scene.workspaces.extend(made.iter().map(|made| made.workspace.clone())));
        }
        Ok(made)
    }

    fn list(&self, call: &Call, _request: api::ListWorkspaces) -> Result<Vec<api::Workspace>, Problem> {
        self.called("list", call);
        Ok(self.scene().workspaces.clone())
    }

    fn show(&self, call: &Call, request: api::Selector) -> Result<api::WorkspaceDetail, Problem> {
        self.called(format!("show {}", request.name), call);
        match request.name.as_str() {
            "panic" => panic!("as the test wants it"),
            "hold" => {
                self.set(|scene| scene.waiting += 1);
                self.until(|scene| scene.released);
                self.set(|scene| scene.waiting -= 1);
            }
            _ => {}
        }
        let (attempts, pending) = self.scene().detail.clone().unwrap_or_default();
        let workspace = self.found(&request.name)?;
        Ok(api::WorkspaceDetail {
            workspace: api::Workspace { pending, ..workspace },
            attempts,
            deliveries: Vec::new(),
            children: Vec::new(),
            hooks: None,
            tools: Vec::new(),
            context: None,
            disk: None,
            context_way: None,
            furnishing: api::Furnishing::default(),
            landed: None,
            last_lines: vec!["the last line".to_owned()],
        })
    }

    fn explain(&self, call: &Call, request: api::Selector) -> Result<api::Explanation, Problem> {
        self.called(format!("explain {}", request.name), call);
        self.found(&request.name)?;
        self.scene().explanation.clone().ok_or_else(|| Problem::new(ErrorCode::Internal, "not on the stage"))
    }

    fn session_context(
        &self,
        call: &Call,
        request: api::ReadContext,
    ) -> Result<api::SessionContext, Problem> {
        self.called(format!("session context of {}", request.cwd), call);
        Ok(api::SessionContext { text: None })
    }

    /// The picture of the scene as it changes; one that is taken away has ended.
    fn screen(
        &self,
        call: &Call,
        request: api::Selector,
        sink: ScreenSink<'_>,
        gone: &dyn Gone,
    ) -> Result<(), Problem> {
        self.called("screen", call);
        let name = self.found(&request.name)?.name;
        let none = || Problem::new(ErrorCode::NoTerminal, format!("the session of '{name}' has no terminal"));
        let mut next = Some(self.scene().picture.clone().ok_or_else(none)?);
        while let Some(rows) = next {
            let (looks, title) = (Vec::new(), String::new());
            let screen = api::SessionScreen { name: name.clone(), rows: rows.clone(), looks, title };
            if !sink(api::ScreenChunk::Shows { screen }) {
                break;
            }
            let is_same = |scene: &mut Scene| scene.picture.as_ref() == Some(&rows) && !gone.is_gone();
            let mut scene = self.scene();
            while is_same(&mut scene) {
                // The test may change the scene, or the client may go: each is looked at again soon.
                scene = self.changed.wait_timeout(scene, Duration::from_millis(5)).unwrap().0;
            }
            next = scene.picture.clone().filter(|_| !gone.is_gone());
        }
        Ok(())
    }

    fn watch(
        &self,
        call: &Call,
        _: api::ListWorkspaces,
        sink: WatchSink<'_>,
        gone: &dyn Gone,
    ) -> Result<(), Problem> {
        self.called("watch", call);
        let mut last = Vec::new();
        loop {
            let workspaces = self.scene().workspaces.clone();
            if workspaces != last || last.is_empty() {
                last.clone_from(&workspaces);
                if !sink(api::WatchChunk::Listed { workspaces, happenings: Vec::new() }) {
                    return Ok(());
                }
            }
            let so = |scene: &Scene| scene.workspaces != last;
            // The test may change the scene, or the client may go: each is looked at again soon.
            let (scene, _) = self
                .changed
                .wait_timeout_while(self.scene(), Duration::from_millis(5), |scene| !so(scene))
                .unwrap();
            drop(scene);
            if gone.is_gone() || !sink(api::WatchChunk::Same) {
                return Ok(());
            }
        }
    }

    fn conflicts(&self, call: &Call, _: api::ReadConflicts) -> Result<api::Conflicts, Problem> {
        self.called("conflicts", call);
        Ok(api::Conflicts { workspaces: 2, pairs: Vec::new(), targets: Vec::new(), unknown: Vec::new() })
    }

    fn queue(&self, call: &Call, _: api::ReadQueue) -> Result<Vec<api::QueuePlace>, Problem> {
        self.called("queue", call);
        Ok(Vec::new())
    }

    fn ship_queue(&self, call: &Call, request: api::ShipQueue) -> Result<api::ShippedQueue, Problem> {
        self.called(format!("ship queue {:?} {}", request.into, request.dry_run), call);
        Err(Problem::new(ErrorCode::Internal, "not on the stage"))
    }

    fn cancel_queue(&self, call: &Call, request: api::CancelQueue) -> Result<api::ShippedQueue, Problem> {
        self.called(format!("cancel queue {:?} {}", request.into, request.dry_run), call);
        Err(Problem::new(ErrorCode::Internal, "not on the stage"))
    }

    fn watch_train(
        &self,
        call: &Call,
        request: api::WatchTrain,
        _: TrainSink<'_>,
        _: &dyn Gone,
    ) -> Result<(), Problem> {
        self.called(format!("watch train {}", request.train), call);
        Err(Problem::new(ErrorCode::NotFound, "not on the stage"))
    }

    fn watch_conflicts(
        &self,
        call: &Call,
        request: api::ReadConflicts,
        sink: ConflictsSink<'_>,
        _: &dyn Gone,
    ) -> Result<(), Problem> {
        let conflicts = self.conflicts(call, request)?;
        sink(api::ConflictsChunk::Told { conflicts });
        Ok(())
    }

    fn usage(&self, call: &Call, request: api::ReadUsage) -> Result<api::Usage, Problem> {
        self.called(format!("usage {} {}", request.days, request.all_repos), call);
        self.scene().usage.clone().ok_or_else(|| Problem::new(ErrorCode::Internal, "not on the stage"))
    }

    fn send(
        &self,
        call: &Call,
        request: api::SendMessage,
        gone: &dyn Gone,
    ) -> Result<Vec<api::Delivery>, Problem> {
        self.called("send", call);
        let name = match &request.to {
            api::Audience::One(name) => self.found(name)?.name,
            api::Audience::All | api::Audience::Working => "all".to_owned(),
        };
        let holds = request.wait_ms > 0 && request.text == "hold";
        self.set(|scene| scene.sent.push(request));
        if holds && !self.hold(gone, |wake| gone.when_gone(wake)) {
            return Ok(vec![api::Delivery { state: "queued".to_owned(), ..self.delivery(&name) }]);
        }
        Ok(vec![self.delivery(&name)])
    }

    fn answer(&self, call: &Call, request: api::Answer) -> Result<api::WorkspaceDetail, Problem> {
        self.called(format!("answer {:?}", request.given), call);
        self.show(call, request.workspace)
    }

    fn wait(&self, call: &Call, request: api::Wait, gone: &dyn Gone) -> Result<api::WaitReport, Problem> {
        self.called("wait", call);
        for name in &request.names {
            self.found(name)?;
        }
        let report = self.scene().report.clone();
        if let Some(report) = report {
            return Ok(report);
        }
        self.hold(gone, |wake| gone.when_gone(wake));
        Ok(api::WaitReport { outcome: api::WaitOutcome::Done, workspaces: Vec::new(), elapsed_s: 0.5 })
    }

    fn logs(
        &self,
        call: &Call,
        request: api::ReadLogs,
        sink: LogSink<'_>,
        gone: &dyn Gone,
    ) -> Result<(), Problem> {
        self.called("logs", call);
        self.found(&request.name)?;
        let (log, failure) = {
            let scene = self.scene();
            (scene.log.clone(), scene.log_failure.clone())
        };
        for chunk in log {
            if !sink(chunk) {
                return Ok(());
            }
        }
        if request.follow {
            self.hold(gone, |wake| gone.when_gone(wake));
        }
        failure.map_or(Ok(()), Err)
    }

    fn stop(&self, call: &Call, request: api::StopSession) -> Result<api::Stopped, Problem> {
        self.called("stop", call);
        let name = self.found(&request.workspace.name)?.name;
        Ok(api::Stopped {
            name,
            was_running: true,
            called_off: false,
            exit: Some("requested".to_owned()),
            dry_run: false,
        })
    }

    fn interrupt(&self, call: &Call, request: api::InterruptTurn) -> Result<api::Interrupted, Problem> {
        self.called("interrupt", call);
        let name = self.found(&request.workspace.name)?.name;
        Ok(api::Interrupted { name, was_working: true, dry_run: false })
    }

    fn resume(&self, call: &Call, request: api::ResumeSession) -> Result<api::Resumed, Problem> {
        self.called("resume", call);
        Ok(api::Resumed {
            name: self.found(&request.workspace.name)?.name,
            repository: None,
            outcome: api::ResumeOutcome::Resumed,
            agent: None,
            backend: None,
            conversation: None,
            attempt: Some(2),
            notice: None,
            error: None,
        })
    }

    fn resume_all(
        &self,
        call: &Call,
        _: api::ResumeAll,
        sink: ResumeSink<'_>,
        _: &dyn Gone,
    ) -> Result<(), Problem> {
        self.called("resume all", call);
        let interrupted = self.scene().interrupted.clone();
        for (place, resumed) in interrupted.into_iter().enumerate() {
            sink(api::ResumeChunk::Tried { place, resumed });
        }
        sink(api::ResumeChunk::Over);
        Ok(())
    }

    fn delete(&self, call: &Call, request: api::DeleteWorkspace) -> Result<api::Deleted, Problem> {
        self.called("delete", call);
        let found = self.found(&request.workspace.name)?;
        self.set(|scene| scene.deleted.push(request.clone()));
        if found.standing.dirty_files.unwrap_or(0) > 0 && !request.force {
            return Err(Problem::new(
                ErrorCode::UnsavedWork,
                format!("'{}' has 1 uncommitted file", found.name),
            )
            .hint("delete it all the same, kept as a snapshot: --force"));
        }
        Ok(api::Deleted {
            name: found.name,
            branch: found.branch,
            branch_deleted: true,
            switched_to: None,
            missing: None,
            snapshot: request.force.then(|| "snap_1".to_owned()),
            head_sha: found.standing.head_sha,
            changed_files: found.standing.dirty_files.unwrap_or(0),
            unmerged_commits: 0,
            trash: None,
            teardown: None,
            dry_run: request.dry_run,
        })
    }

    fn ship(
        &self,
        call: &Call,
        request: api::ShipWorkspace,
        gone: &dyn Gone,
    ) -> Result<api::Merged, Problem> {
        let merge = api::MergeWorkspace {
            workspace: request.workspace,
            into: request.into,
            dry_run: request.dry_run,
            ..api::MergeWorkspace::default()
        };
        self.merge(call, merge, gone)
    }

    fn critic(&self, call: &Call, request: api::CriticiseWorkspace) -> Result<api::Criticism, Problem> {
        self.called("critic", call);
        let found = self.found(&request.workspace.name)?;
        Ok(api::Criticism {
            name: found.name,
            deed: request.deed,
            target: request.into,
            rules_sha: None,
            verdict: api::Verdict::Clear,
            findings: Vec::new(),
            more: 0,
        })
    }

    fn sync(
        &self,
        call: &Call,
        request: api::SyncWorkspaces,
        _gone: &dyn Gone,
    ) -> Result<api::Synced, Problem> {
        self.called("sync", call);
        Ok(api::Synced { unreached: Vec::new(), workspaces: Vec::new(), dry_run: request.dry_run })
    }

    fn merge(
        &self,
        call: &Call,
        request: api::MergeWorkspace,
        _gone: &dyn Gone,
    ) -> Result<api::Merged, Problem> {
        self.called("merge", call);
        let found = self.found(&request.workspace.name)?;
        Ok(api::Merged {
            name: found.name,
            branch: found.branch,
            head_sha: "2".repeat(40),
            target: request.into.unwrap_or_else(|| "main".to_owned()),
            method: request.method,
            outcome: api::MergeOutcome::WouldLand,
            commits: 1,
            before_sha: "1".repeat(40),
            after_sha: None,
            checkout: None,
            in_the_way: None,
            conflicts: Vec::new(),
            settled: None,
            committed: None,
            withheld: Vec::new(),
            review: None,
            opinion: None,
            checks: None,
            deleted: None,
            snapshot: None,
            not_deleted: None,
            offered: None,
            dry_run: request.dry_run,
        })
    }

    fn diff(
        &self,
        call: &Call,
        request: api::ReadDiff,
        sink: DiffSink<'_>,
        _gone: &dyn Gone,
    ) -> Result<(), Problem> {
        self.called(format!("diff {:?}", request.form), call);
        self.found(&request.workspace.name)?;
        let chunks = self.scene().diff.clone();
        for chunk in chunks {
            let wanted = match chunk {
                api::DiffChunk::File(_) => request.form == api::DiffForm::Files,
                api::DiffChunk::Patch { .. } => request.form != api::DiffForm::Files,
                _ => true,
            };
            if wanted && !sink(chunk) {
                break;
            }
        }
        Ok(())
    }

    fn attach(&self, call: &Call, request: api::Attach) -> Result<api::AttachPlan, Problem> {
        self.called("attach", call);
        let name = self.found(&request.workspace.name)?.name;
        let plan = self.scene().plan.clone();
        plan.ok_or_else(|| Problem::new(ErrorCode::NoTerminal, format!("'{name}' has no terminal")))
    }

    fn snapshots(&self, call: &Call, _: api::ListSnapshots) -> Result<Vec<api::Restorable>, Problem> {
        self.called("snapshots", call);
        Ok(self.scene().snapshots.clone())
    }

    fn restore(&self, call: &Call, request: api::Restore) -> Result<api::Restored, Problem> {
        self.called("restore", call);
        Ok(api::Restored {
            name: request.what,
            branch: Some("feat/back".to_owned()),
            path: "/repos/app-back".to_owned(),
            switched_to: None,
            snapshot: None,
            dry_run: request.dry_run,
        })
    }

    fn undoable(&self, call: &Call, _: api::ListUndoable) -> Result<Vec<api::Undoable>, Problem> {
        self.called("undoable", call);
        Ok(Vec::new())
    }

    fn undo(&self, call: &Call, _: api::Undo) -> Result<api::Undone, Problem> {
        self.called("undo", call);
        Err(Problem::new(ErrorCode::NothingToUndo, "nothing was landed or deleted here"))
    }

    fn agents(&self, call: &Call, _: api::ListAgents) -> Result<Vec<api::Agent>, Problem> {
        self.called("agents", call);
        Ok(self.scene().agents.clone())
    }

    fn hook(&self, _request: RequestId, report: api::HookReport) -> Result<(), Problem> {
        self.bearer(&report.token)?;
        self.set(|scene| scene.hooks.push(report));
        Ok(())
    }

    fn write_note(&self, call: &Call, request: api::WriteNote) -> Result<api::NoteWritten, Problem> {
        self.called("write_note", call);
        let (source, workspace) = (api::NoteSource::Person, None);
        let created_at = "2026-01-01T00:00:00.000Z".to_owned();
        let note = api::Note { number: 1, text: request.text, source, workspace, created_at };
        Ok(api::NoteWritten { note: Some(note), reaches: Vec::new(), dry_run: request.dry_run })
    }

    fn notes(&self, call: &Call, request: api::ListNotes) -> Result<api::NotePage, Problem> {
        self.called("notes", call);
        // One to a page, so that there are several.
        let scene = self.scene();
        let mut rest = scene.notes.iter().filter(|note| note.number > request.after);
        let notes: Vec<api::Note> = rest.next().cloned().into_iter().collect();
        Ok(api::NotePage { notes, more: rest.next().is_some() })
    }

    fn remove_notes(&self, call: &Call, request: api::RemoveNotes) -> Result<api::NotesRemoved, Problem> {
        self.called("remove_notes", call);
        Ok(api::NotesRemoved { removed: Vec::new(), dry_run: request.dry_run })
    }

    fn approvals(&self, call: &Call, _: api::ListApprovals) -> Result<Vec<api::Approval>, Problem> {
        self.called("approvals", call);
        Ok(self.scene().approvals.clone())
    }

    fn approve(&self, call: &Call, request: api::Approve) -> Result<api::Approval, Problem> {
        self.called("approve", call);
        if let Caller::Attempt(_) = call.by {
            return Err(Problem::new(ErrorCode::PersonOnly, "only a person may approve"));
        }
        let mut scene = self.scene();
        let found = scene.approvals.iter_mut().find(|approval| approval.digest.starts_with(&request.digest));
        let approval = found.ok_or_else(|| Problem::new(ErrorCode::NotFound, "no such content"))?;
        approval.state = match request.decision {
            api::Decision::Allow => "allowed".to_owned(),
            api::Decision::Deny => "denied".to_owned(),
        };
        Ok(approval.clone())
    }

    fn database_health(&self, call: &Call) -> Result<api::DatabaseHealth, Problem> {
        self.called("database_health", call);
        Ok(api::DatabaseHealth {
            schema_version: 1,
            size_bytes: 4096,
            wal_bytes: 0,
            streams: 2,
            events: 5,
            integrity: api::DatabaseIntegrity::Ok,
            complaints: Vec::new(),
            backups: Vec::new(),
        })
    }

    fn back_up_database(&self, call: &Call) -> Result<api::DatabaseBackup, Problem> {
        self.called("back_up_database", call);
        let taken_at = "2026-01-02T03:04:05Z".to_owned();
        Ok(api::DatabaseBackup { path: "/data/backups/owt-1.db".to_owned(), taken_at, size_bytes: 4096 })
    }

    fn clean_up(&self, call: &Call, request: api::CleanUp) -> Result<api::Cleanup, Problem> {
        self.called("clean_up", call);
        Ok(api::Cleanup {
            items: Vec::new(),
            spared: Vec::new(),
            trash: api::TrashKept::default(),
            freed_bytes: 0,
            later_bytes: 0,
            idle_s: request.days.map(|days| u64::from(days) * 86_400),
            dry_run: request.dry_run,
        })
    }

    fn vacuum_database(&self, call: &Call) -> Result<api::Vacuumed, Problem> {
        self.called("vacuum_database", call);
        Ok(api::Vacuumed { before_bytes: 8192, after_bytes: 4096 })
    }

    fn rebuild_database(&self, call: &Call) -> Result<api::DatabaseRebuilt, Problem> {
        self.called("rebuild_database", call);
        Ok(api::DatabaseRebuilt { streams: 7, mended: vec!["job/job_1".to_owned()], unreadable: Vec::new() })
    }

    fn purge_database(
        &self,
        call: &Call,
        request: api::PurgeDatabase,
    ) -> Result<api::DatabasePurged, Problem> {
        self.called("purge_database", call);
        let dry_run = request.named.is_empty();
        Ok(api::DatabasePurged {
            workspaces: Vec::new(),
            trains: 0,
            spared: Vec::new(),
            backup: None,
            dry_run,
        })
    }

    fn notify(&self, call: &Call, request: api::ReadNotify) -> Result<api::Notify, Problem> {
        self.called("notify", call);
        let events = format!("{:?}", request.test);
        Ok(api::Notify { events, quiet_hours: "none".to_owned(), channels: Vec::new() })
    }

    fn check_up(&self, call: &Call, request: api::Checkup) -> Result<Vec<api::Finding>, Problem> {
        self.called("check_up", call);
        let found = |name: api::FindingName| api::Finding {
            code: name.code,
            subject: name.subject,
            what: String::new(),
            why: String::new(),
            remedy: String::new(),
            fixable: true,
            state: api::FindingState::Mended,
            error: None,
        };
        Ok(request.mend.into_iter().map(found).collect())
    }

    fn fresh_request(&self) -> RequestId {
        RequestId::from_bits(u128::MAX)
    }

    fn running_sessions(&self) -> u32 {
        self.scene().sessions
    }

    fn has_plans(&self) -> bool {
        self.scene().has_plans
    }
}
