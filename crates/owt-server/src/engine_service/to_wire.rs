//! Domain values as they travel.

use std::time::Duration;

use owt_agents::manifest::HookChannel;
use owt_agents::manifest::Standing;
use owt_api as api;
use owt_core::AttemptId;
use owt_core::DeliveryId;
use owt_core::Timestamp;
use owt_core::agent_failure::AgentFailure;
use owt_core::attempt::Attempt;
use owt_core::attempt::AttemptPhase;
use owt_core::critic::Review;
use owt_core::delivery::Delivery;
use owt_core::delivery::DeliveryPhase;
use owt_core::delivery::Sender;
use owt_core::edits::EditedFiles;
use owt_core::environment::InstallState;
use owt_core::environment::Outfit;
use owt_core::environment::Project;
use owt_core::environment::SetupState;
use owt_core::job::PermissionChoice;
use owt_core::notebook::Note;
use owt_core::notebook::NoteSource;
use owt_core::pricing::Cost;
use owt_core::retry::Next;
use owt_core::session::EndReason;
use owt_core::session::Exit;
use owt_core::status::Status;
use owt_core::vcs::WorktreeFacts;
use owt_core::workspace::BranchFate;
use owt_core::workspace::Ground;
use owt_core::workspace::RemovalReport;
use owt_engine::LandingProgress;
use owt_engine::OpenTool;
use owt_engine::Rebuilt;
use owt_engine::Removed;
use owt_engine::Spared;
use owt_engine::WorkspaceView;
use owt_engine::checkup::Examined;
use owt_engine::checkup::FaultState;
use owt_engine::checkup::Place;
use owt_engine::use_cases::AgentReport;
use owt_engine::use_cases::Approval;
use owt_engine::use_cases::ApprovalState;
use owt_engine::use_cases::DeletePlan;
use owt_engine::use_cases::Extent;
use owt_engine::use_cases::Happening;
use owt_engine::use_cases::Holds;
use owt_engine::use_cases::LogPart;
use owt_engine::use_cases::NewReport;
use owt_engine::use_cases::Purged;
use owt_engine::use_cases::Reach;
use owt_engine::use_cases::Resolve;
use owt_engine::use_cases::Restorable;
use owt_engine::use_cases::ShownFile;
use owt_engine::use_cases::Stopping;
use owt_engine::use_cases::ToldBy;
use owt_engine::use_cases::WaitEnd;
use owt_engine::use_cases::Waited;
use owt_engine::use_cases::WorkspaceDetail;
use owt_engine::use_cases::Written;
use owt_ports::Backup;
use owt_ports::Found;
use owt_ports::Health;
use owt_ports::Integrity;
use owt_ports::Seen;
use owt_ports::StreamId;

use super::asks;
use super::landing;
use super::notify;
use super::pull_request;

/// RFC 3339 in UTC, to the millisecond.
pub(super) fn time(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.as_millis())
        .map_or_else(|_| "unknown".to_owned(), |at| format!("{at:.3}"))
}

/// The word for a status.
pub const fn status(status: Status) -> api::Status {
    match status {
        Status::Starting => api::Status::Starting,
        Status::Working => api::Status::Working,
        Status::WaitingInput => api::Status::WaitingInput,
        Status::WaitingPermission => api::Status::WaitingPermission,
        Status::Idle => api::Status::Idle,
        Status::Blocked => api::Status::Blocked,
        Status::Done => api::Status::Done,
        Status::Failed => api::Status::Failed,
        Status::Exited => api::Status::Exited,
        Status::Unknown => api::Status::Unknown,
    }
}

const fn permissions(choice: PermissionChoice) -> &'static str {
    match choice {
        PermissionChoice::Level(level) => level.as_str(),
        PermissionChoice::Unmanaged => "unmanaged",
    }
}

pub(super) fn exit(exit: Exit) -> String {
    match exit {
        Exit::Code { code } => format!("code {code}"),
        Exit::Signal { signal } => format!("signal {signal}"),
        Exit::NotStarted { errno } => format!("not started (system error {errno})"),
        Exit::Ended { reason } => match reason {
            EndReason::Requested => "requested",
            EndReason::WallLimit => "wall_limit",
            EndReason::IdleLimit => "idle_limit",
            EndReason::TurnLimit => "turn_limit",
            EndReason::Budget => "budget",
            EndReason::LogFull => "log_full",
        }
        .to_owned(),
    }
}

fn switched_to(view: &WorkspaceView) -> Option<String> {
    let (own, now) = (&view.workspace.spec.line()?.branch, &view.facts.as_ref()?.branch);
    let other = now.as_ref() != Some(own);
    other.then(|| now.as_ref().map_or_else(|| "HEAD".to_owned(), ToString::to_string))
}

const fn missing(found: Found) -> Option<api::Missing> {
    match found {
        Found::Folder => None,
        Found::Nothing => Some(api::Missing::Folder),
        Found::Another => Some(api::Missing::Replaced),
        Found::NoRepository => Some(api::Missing::Repository),
    }
}

pub(super) fn workspace(view: &WorkspaceView) -> api::Workspace {
    let spec = &view.workspace.spec;
    let line = spec.line();
    let job = view.job.as_ref();
    let attempt = view.attempt.as_ref().map(|(_, attempt)| attempt);
    let facts = view.facts.as_ref();
    let asked = view.running().map(|(_, attempt)| attempt.asks.as_slice()).unwrap_or_default();
    api::Workspace {
        id: view.id.to_string(),
        name: spec.name.to_string(),
        branch: line.map(|line| line.branch.to_string()),
        path: spec.path.to_string(),
        repository: line.map_or_else(|| spec.path.to_string(), |line| line.repository.root.to_string()),
        kind: match &spec.ground {
            Ground::Worktree(_) => api::WorkspaceKind::Worktree,
            Ground::InPlace { .. } => api::WorkspaceKind::Branch,
            Ground::Folder => api::WorkspaceKind::Folder,
        },
        agent: job.map(|(_, job)| job.spec.agent.clone()),
        model: view.model().map(str::to_owned),
        backend: view.backend().map(|kind| kind.as_str().to_owned()),
        session: view.running().map(|(id, _)| id.to_string()),
        status: status(view.judgement.status),
        status_since: time(view.judgement.begun),
        status_source: view.judgement.source.to_owned(),
        status_detail: view.judgement.detail.clone(),
        pending: asks::pending(asked, spec.name.as_str()),
        failure: view.failure().map(failure),
        assignment: api::Assignment {
            job: job.map(|(id, _)| id.to_string()),
            title: job.map(|(_, job)| job.spec.title.clone()),
            task: job.and_then(|(_, job)| job.spec.task.clone()),
            permissions: job.map(|(_, job)| permissions(job.spec.permissions).to_owned()),
            begun_by: view.begun_by.map(|id| id.to_string()),
        },
        standing: api::Standing {
            missing: missing(view.found),
            base: line.map(|line| line.base.label.clone()),
            base_sha: line.map(|line| line.base.sha.to_string()),
            head_sha: facts.and_then(|facts| facts.head.as_ref()).map(ToString::to_string),
            switched_to: switched_to(view),
            commits_ahead: facts.map(|facts| facts.ahead).or(view.left.map(|left| left.ahead)),
            commits_behind: facts.map(|facts| facts.behind).or(view.left.map(|left| left.behind)),
            dirty_files: facts.map(|facts| facts.dirty_files),
            lines_added: facts.and_then(|facts| facts.lines).map(|lines| lines.added),
            lines_removed: facts.and_then(|facts| facts.lines).map(|lines| lines.removed),
            unmerged_files: facts.map(|facts| facts.unmerged.clone()).unwrap_or_default(),
            conflicts_with_target: view.conflicts.target.as_ref().map(ToString::to_string),
            pull_request: pull_request::known(view),
            stranded: view.stranded.map(|stranded| stranded.as_str().to_owned()),
        },
        landing: view.landing.as_ref().map(landing),
        outfit: outfit(&view.workspace.outfit),
        conflicts_with: view.conflicts.others.clone(),
        used: api::Used {
            cost_usd: view.cost.map(|cost| dollars(cost.micro_usd())),
            cost_estimated: view.cost.is_some_and(Cost::is_estimated),
            tokens: attempt.and_then(tokens),
            modified_files: modified_files(attempt, facts),
            attention: notify::attention(view),
        },
        dates: api::Dates { created_at: time(view.created_at), updated_at: time(view.updated_at) },
    }
}

/// How an agent's work failed, as it travels.
pub(super) fn failure((failure, next): (AgentFailure, Next)) -> api::AgentFailure {
    let advice = match next {
        Next::Ask { advice } => Some(advice.to_owned()),
        Next::Wait { .. } | Next::Retry { .. } | Next::Nothing => None,
    };
    api::AgentFailure {
        kind: failure.kind.as_str().to_owned(),
        resets_at: failure.kind.resets_at().map(time),
        message: failure.message,
        next: api::AfterFailure { action: next.as_str().to_owned(), at: next.at().map(time), advice },
    }
}

/// What the critic has said, in a line.
pub(super) fn happening(happening: &Happening) -> api::Happening {
    let review = happening.review.as_ref();
    let worst = review.and_then(|review| review.findings.first());
    let verdict = match (review.is_some_and(Review::is_denied), worst) {
        (true, _) => "denied",
        (false, Some(_)) => "warned",
        (false, None) => "passed",
    };
    let others =
        review.map_or(0, |review| review.findings.len().saturating_sub(1) as u64 + u64::from(review.more));
    let found = worst.map(|worst| {
        let place = worst.path.as_ref().map(|path| format!("{path}: ")).unwrap_or_default();
        let more = if others > 0 { format!(", and {others} more") } else { String::new() };
        format!("{place}{}{more}", worst.what)
    });
    api::Happening {
        at: time(happening.at),
        source: "critic".to_owned(),
        workspace: happening.workspace.clone(),
        verdict: verdict.to_owned(),
        found,
    }
}

fn landing(progress: &LandingProgress) -> api::LandingProgress {
    let check = progress.check.clone();
    api::LandingProgress { step: progress.step.as_str().to_owned(), check, since: time(progress.since) }
}

fn outfit(outfit: &Outfit) -> api::Outfit {
    let lease = outfit.lease.as_ref();
    let install = match outfit.install {
        InstallState::Off => "off",
        InstallState::Waiting => "waiting",
        InstallState::Running { .. } => "running",
        InstallState::Done => "done",
        InstallState::Failed { .. } => "failed",
    };
    let setup = match outfit.setup {
        SetupState::Off => "off",
        SetupState::Unapproved => "unapproved",
        SetupState::Waiting => "waiting",
        SetupState::Running { .. } => "running",
        SetupState::Done => "done",
        SetupState::Failed { .. } => "failed",
    };
    api::Outfit {
        port: lease.map(|lease| lease.ports.base()),
        compose_project: lease.map(|lease| lease.compose_project.to_string()),
        database_suffix: lease.map(|lease| lease.database_suffix.to_string()),
        install: install.to_owned(),
        setup: setup.to_owned(),
        notices: notices(outfit),
    }
}

fn notices(outfit: &Outfit) -> Vec<String> {
    let found = outfit.furnishing.iter();
    found.flat_map(|found| found.at_once.iter().chain(&found.notices).cloned()).collect()
}

fn furnishing(detail: &WorkspaceDetail) -> api::Furnishing {
    let outfit = &detail.view.workspace.outfit;
    let found = outfit.furnishing.clone().unwrap_or_default();
    let failures = match &outfit.install {
        InstallState::Failed { failures } => failures.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    };
    let project = |project: &Project| format!("{}: {} ({})", project.folder, project.manager, project.reason);
    api::Furnishing {
        projects: found.projects.iter().map(project).collect(),
        copied: found.copied,
        carried: found.carried.iter().map(|(folder, bytes)| format!("{folder} ({bytes} bytes)")).collect(),
        submodules: found.submodules.brought,
        rebuilt: found.rebuilt.iter().map(|(folder, reason)| format!("{folder}: {reason}")).collect(),
        install_failures: failures,
        install_log: detail.install_log.as_ref().map(ToString::to_string),
        setup_failure: match &outfit.setup {
            SetupState::Failed { failure } => Some(failure.to_string()),
            _ => None,
        },
        setup_log: detail.setup_log.as_ref().map(ToString::to_string),
        notices: notices(outfit),
    }
}

/// Millionths of a US dollar as dollars.
#[expect(
    clippy::cast_precision_loss,
    reason = "millionths of a dollar stay exact up to nine billion dollars"
)]
pub(super) const fn dollars(micro: u64) -> f64 {
    micro as f64 / 1e6
}

fn tokens(attempt: &Attempt) -> Option<api::Tokens> {
    let usage = attempt.usage;
    (usage.input_tokens + usage.output_tokens > 0)
        .then_some(api::Tokens { input: usage.input_tokens, output: usage.output_tokens })
}

/// The agent's own word, and git's where it has told nothing.
fn modified_files(attempt: Option<&Attempt>, facts: Option<&WorktreeFacts>) -> Option<api::ModifiedFiles> {
    let told = attempt.map(|attempt| (attempt.edited.clone(), api::ModifiedSource::Agent));
    let seen = || facts.map(|facts| (facts.changed.and(&facts.unknown), api::ModifiedSource::Git));
    let is_any = |(files, _): &(EditedFiles, _)| !files.is_empty();
    let (files, source) = told.filter(is_any).or_else(seen).filter(is_any)?;
    Some(api::ModifiedFiles {
        paths: files.named().map(ToString::to_string).collect(),
        more: files.has_more(),
        source,
    })
}

/// What a message would be that is not sent.
pub(super) fn not_sent(view: &WorkspaceView) -> api::Delivery {
    let takes = view.running().is_some_and(|(_, attempt)| attempt.takes_messages());
    let detail = if takes { "it would be given at once" } else { "it would wait until the agent takes it" };
    api::Delivery {
        id: None,
        state: "not_sent".to_owned(),
        workspace: view.name().to_owned(),
        detail: Some(detail.to_owned()),
        sender: None,
    }
}

const fn sender(sender: Sender) -> api::Sender {
    match sender {
        Sender::Person => api::Sender::Person,
        Sender::Attempt(_) => api::Sender::Agent,
        Sender::Owt => api::Sender::Owt,
    }
}

pub(super) fn delivery(workspace: &str, id: DeliveryId, delivery: &Delivery) -> api::Delivery {
    let detail = match &delivery.phase {
        DeliveryPhase::Queued { reason }
        | DeliveryPhase::Uncertain { reason, .. }
        | DeliveryPhase::Failed { reason } => Some(reason.clone()),
        DeliveryPhase::Observed { source, .. } => Some(format!("seen by {}", source.as_str())),
        DeliveryPhase::Injecting { .. } => Some("it is being put before the agent".to_owned()),
        DeliveryPhase::Accepted | DeliveryPhase::Injected { .. } => None,
    };
    api::Delivery {
        id: Some(id.to_string()),
        state: delivery.word().to_owned(),
        workspace: workspace.to_owned(),
        detail,
        sender: Some(sender(delivery.spec.sender)),
    }
}

pub(super) fn created(report: NewReport) -> api::Created {
    let name = report.view.name().to_owned();
    api::Created {
        delivery: report.delivery.as_ref().map(|(id, state)| delivery(&name, *id, state)),
        workspace: workspace(&report.view),
        notices: report.notices,
    }
}

fn attempt(id: AttemptId, attempt: &Attempt) -> api::Attempt {
    let (state, ended) = match &attempt.phase {
        AttemptPhase::Launching => ("launching", None),
        AttemptPhase::Running { .. } => ("running", None),
        AttemptPhase::Ended { exit, at, .. } => ("ended", Some((*exit, *at))),
    };
    let reason = match &attempt.phase {
        AttemptPhase::Ended { verdict, .. } => owt_core::status::why_ended(verdict),
        _ => None,
    };
    api::Attempt {
        id: id.to_string(),
        number: attempt.spec.number,
        state: state.to_owned(),
        exit: ended.and_then(|(code, _)| code).map(exit),
        reason,
        final_word: attempt.final_word.as_ref().map(|word| word.text.clone()),
        conversation: attempt.conversation.clone(),
        started_at: attempt.started_at.map(time),
        ended_at: ended.map(|(_, at)| time(at)),
    }
}

pub(super) fn detail(detail: &WorkspaceDetail) -> api::WorkspaceDetail {
    let name = detail.view.name();
    api::WorkspaceDetail {
        workspace: workspace(&detail.view),
        attempts: detail.attempts.iter().map(|(id, state)| attempt(*id, state)).collect(),
        deliveries: detail.deliveries.iter().map(|(id, state)| delivery(name, *id, state)).collect(),
        hooks: detail.hooks.map(|standing| standing.as_str().to_owned()),
        tools: detail.tools.iter().map(open_tool).collect(),
        children: detail.view.running().map(|(_, attempt)| children(attempt)).unwrap_or_default(),
        furnishing: furnishing(detail),
        landed: detail.landed.as_ref().map(landing::landed),
        last_lines: detail.last_lines.clone(),
        context: detail.context.as_ref().map(|told| told.text.clone()),
        context_way: detail.context.as_ref().map(|told| match told.way {
            ToldBy::Channel => api::ContextWay::Channel,
            ToldBy::Prompt => api::ContextWay::Prompt,
        }),
        disk: detail.footprint.map(|print| api::DiskUse {
            exclusive_bytes: print.exclusive,
            complete: print.seen == Seen::Whole,
        }),
    }
}

pub(super) fn open_tool(open: &OpenTool) -> api::OpenTool {
    api::OpenTool { tool: open.tool.clone(), summary: open.summary.clone(), since: time(open.since) }
}

fn children(attempt: &Attempt) -> Vec<api::ChildProgram> {
    let left = attempt.turn.children.iter().filter(|_| attempt.is_at_rest());
    left.map(|child| api::ChildProgram {
        pid: child.pid,
        command: child.command.clone(),
        started_at: time(child.started_at),
        pace: child.pace.as_str().to_owned(),
    })
    .collect()
}

pub(super) fn wait_report(end: WaitEnd, waited: Vec<Waited>, elapsed: Duration) -> api::WaitReport {
    api::WaitReport {
        outcome: match end {
            WaitEnd::Done => api::WaitOutcome::Done,
            WaitEnd::Failed => api::WaitOutcome::Failed,
            WaitEnd::NeedsPerson => api::WaitOutcome::NeedsPerson,
            WaitEnd::TimedOut => api::WaitOutcome::TimedOut,
        },
        workspaces: waited
            .into_iter()
            .map(|one| api::Waited {
                name: one.name,
                status: status(one.status),
                detail: one.detail,
                failure: one.failure.map(failure),
            })
            .collect(),
        elapsed_s: elapsed.as_secs_f64(),
    }
}

pub(super) fn log_chunk(part: LogPart) -> api::LogChunk {
    match part {
        LogPart::Text { stream, attempt, text } => {
            api::LogChunk::Text { stream: stream.to_owned(), attempt, text }
        }
        LogPart::Raw { stream, attempt, bytes } => {
            api::LogChunk::Raw { stream: stream.to_owned(), attempt, base64: api::base64::encode(&bytes) }
        }
        LogPart::End { attempt, exit: end } => api::LogChunk::End { attempt, exit: end.map(exit) },
    }
}

pub(super) fn stopped(view: &WorkspaceView, stopping: &Stopping, resolve: Resolve) -> api::Stopped {
    let end = match stopping {
        Stopping::Session(_, attempt) => match &attempt.phase {
            AttemptPhase::Ended { exit: end, .. } => *end,
            _ => None,
        },
        Stopping::CalledOff | Stopping::Nothing => None,
    };
    api::Stopped {
        name: view.name().to_owned(),
        was_running: matches!(stopping, Stopping::Session(..)),
        called_off: matches!(stopping, Stopping::CalledOff),
        exit: end.map(exit),
        dry_run: resolve == Resolve::Preview,
    }
}

pub(super) fn deleted(
    view: &WorkspaceView,
    plan: &DeletePlan,
    report: Option<RemovalReport>,
) -> api::Deleted {
    let dry_run = report.is_none();
    let would = RemovalReport {
        branch_deleted: plan.branch == BranchFate::Delete,
        changed_files: plan.dirty_files,
        head: plan.head.clone(),
        switched_to: plan.switched_to.clone(),
        ..RemovalReport::default()
    };
    let report = report.unwrap_or(would);
    api::Deleted {
        name: view.name().to_owned(),
        branch: view.workspace.spec.line().map(|line| line.branch.to_string()),
        branch_deleted: report.branch_deleted,
        switched_to: report.switched_to.map(|branch| branch.to_string()),
        missing: missing(plan.found),
        snapshot: report.snapshot.map(|id| id.to_string()),
        head_sha: report.head.map(|head| head.to_string()),
        changed_files: report.changed_files,
        unmerged_commits: plan.unmerged_commits,
        trash: report.trash.map(|path| path.to_string()),
        teardown: report.teardown,
        dry_run,
    }
}

/// What a removal after a landing did.
pub(super) fn removed(view: &WorkspaceView, report: RemovalReport) -> api::Deleted {
    let plan = DeletePlan {
        dirty_files: report.changed_files,
        unmerged_commits: 0,
        head: report.head.clone(),
        branch: BranchFate::Keep,
        found: view.found,
        switched_to: None,
    };
    deleted(view, &plan, Some(report))
}

pub(super) fn restorable(listed: Restorable) -> api::Restorable {
    api::Restorable {
        id: listed.snapshot.to_string(),
        workspace: listed.name,
        branch: listed.branch,
        sha: listed.sha.map(|sha| sha.to_string()),
        reason: listed.reason,
        taken_at: time(listed.taken_at),
        in_trash: listed.holds == Holds::Folder,
        holds: match listed.holds {
            Holds::Folder => api::Holds::Folder,
            Holds::Changes => api::Holds::Changes,
            Holds::Commits => api::Holds::Commits,
        },
    }
}

pub(super) fn restored(view: &WorkspaceView, resolve: Resolve) -> api::Restored {
    api::Restored {
        name: view.name().to_owned(),
        branch: view.workspace.spec.line().map(|line| line.branch.to_string()),
        path: view.workspace.spec.path.to_string(),
        switched_to: switched_to(view),
        snapshot: None,
        dry_run: resolve == Resolve::Preview,
    }
}

pub(super) fn agent(report: AgentReport) -> api::Agent {
    let manifest = &report.manifest;
    api::Agent {
        name: manifest.name.to_string(),
        display_name: manifest.display_name.clone(),
        path: report.program.map(|path| path.to_string()),
        configured_path: report.configured.map(|path| path.to_string()),
        version: report.version,
        origin: manifest.origin.as_str().to_owned(),
        tested: manifest.standing == Standing::Tested,
        modes: manifest.kinds().map(|kind| kind.as_str().to_owned()).collect(),
        permissions: report
            .permissions
            .iter()
            .map(|(kind, levels)| api::AgentPermissions {
                mode: kind.as_str().to_owned(),
                levels: levels.iter().map(|level| level.as_str().to_owned()).collect(),
            })
            .collect(),
        hooks: match (manifest.hooks.delivery, &manifest.hooks.off) {
            (HookChannel::None, Some(reason)) => format!("off: {reason}"),
            (HookChannel::None, None) => "off".to_owned(),
            (HookChannel::SettingsFile | HookChannel::Arguments | HookChannel::CodexTable, _) => {
                "on".to_owned()
            }
        },
        install_hint: Some(manifest.install_hint.clone()).filter(|hint| !hint.is_empty()),
        model_keys: report.model_keys,
        default: report.is_default,
    }
}

fn approval_content(file: ShownFile) -> api::ApprovalContent {
    api::ApprovalContent { path: file.path, text: file.text, cut: file.extent == Extent::Beginning }
}

pub(super) fn approval(found: Approval) -> api::Approval {
    api::Approval {
        digest: found.digest,
        repository: found.checkout.to_string(),
        files: found.files,
        commands: found.commands,
        hook: found.commands_of.map(|wanted| wanted.setting().to_owned()),
        contents: found.contents.into_iter().map(approval_content).collect(),
        state: match found.state {
            ApprovalState::Pending => "pending",
            ApprovalState::Allowed => "allowed",
            ApprovalState::Denied => "denied",
        }
        .to_owned(),
    }
}

/// The state of the database and its copies.
pub fn database_health(health: Health, backups: &[Backup]) -> api::DatabaseHealth {
    let (integrity, complaints) = match health.integrity {
        Integrity::Sound => (api::DatabaseIntegrity::Ok, Vec::new()),
        Integrity::Damaged(complaints) => (api::DatabaseIntegrity::Damaged, complaints),
    };
    api::DatabaseHealth {
        schema_version: health.schema_version,
        size_bytes: health.size_bytes,
        wal_bytes: health.wal_bytes,
        streams: health.streams,
        events: health.events,
        integrity,
        complaints,
        backups: backups.iter().map(database_backup).collect(),
    }
}

/// A copy of the database.
pub fn database_backup(backup: &Backup) -> api::DatabaseBackup {
    api::DatabaseBackup {
        path: backup.path.to_string(),
        taken_at: time(backup.at),
        size_bytes: backup.size_bytes,
    }
}

pub(super) fn note(note: Note) -> api::Note {
    let (source, workspace) = match note.source {
        NoteSource::Person => (api::NoteSource::Person, None),
        NoteSource::Agent { name, .. } => (api::NoteSource::Agent, Some(name.to_string())),
    };
    api::Note { number: note.number, text: note.text.into(), source, workspace, created_at: time(note.at) }
}

pub(super) fn note_written(written: Written) -> api::NoteWritten {
    let reader = |(view, reach): &(WorkspaceView, Reach)| api::NoteReader {
        workspace: view.name().to_owned(),
        reach: match reach {
            Reach::Told => api::NoteReach::Told,
            Reach::Own => api::NoteReach::Own,
            Reach::HeldBack => api::NoteReach::HeldBack,
            Reach::OnePrompt => api::NoteReach::OnePrompt,
            Reach::TaskOnly => api::NoteReach::TaskOnly,
        },
    };
    let dry_run = written.note.is_none();
    let reaches = written.reaches.iter().map(reader).collect();
    api::NoteWritten { note: written.note.map(note), reaches, dry_run }
}

/// What a rebuild did.
pub(super) fn rebuilt(rebuilt: Rebuilt) -> api::DatabaseRebuilt {
    let named = |stream: &StreamId| format!("{}/{}", stream.kind.as_str(), stream.id);
    let unreadable =
        |(stream, reason): (StreamId, String)| api::UnreadableStream { stream: named(&stream), reason };
    api::DatabaseRebuilt {
        streams: rebuilt.streams,
        mended: rebuilt.mended.iter().map(named).collect(),
        unreadable: rebuilt.unreadable.into_iter().map(unreadable).collect(),
    }
}

/// What a look for old records found, or what is gone of it.
pub(super) fn purged(purged: Purged, dry_run: bool) -> api::DatabasePurged {
    let gone = |removed: &Removed| api::PurgedWorkspace {
        id: removed.id.to_string(),
        name: removed.name.clone(),
        last_at: time(removed.last),
        jobs: removed.jobs,
        attempts: removed.attempts,
        messages: removed.messages,
        events: removed.events,
    };
    let spared = |spared: Spared| api::SparedRecords {
        id: spared.id.to_string(),
        name: spared.name,
        reason: spared.why,
    };
    api::DatabasePurged {
        workspaces: purged.goes.iter().map(gone).collect(),
        trains: purged.trains,
        spared: purged.stays.into_iter().map(spared).collect(),
        backup: purged.backup.map(|backup| backup.path.to_string()),
        dry_run,
    }
}

/// A fault, and what became of it.
pub(super) fn finding(examined: Examined) -> api::Finding {
    let Examined { fault, state } = examined;
    let (Place { code, subject }, words) = (fault.place(), fault.words());
    let (state, error) = match state {
        FaultState::Found => (api::FindingState::Found, None),
        FaultState::Mended => (api::FindingState::Mended, None),
        FaultState::Stays(why) => (api::FindingState::Stays, Some(why)),
    };
    api::Finding {
        code,
        subject,
        what: words.what,
        why: words.why,
        remedy: words.remedy,
        fixable: fault.is_mendable(),
        state,
        error,
    }
}
