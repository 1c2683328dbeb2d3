//! What comes into workspaces, between the wire and the engine.

use owt_api as api;
use owt_api::ErrorCode;
use owt_api::Problem;
use owt_core::landing::Refusal;
use owt_core::landing::WhenConflicting;
use owt_core::workspace::Confidence;
use owt_core::workspace::Settler;
use owt_core::workspace::Sync;
use owt_core::workspace::SyncEnd;
use owt_core::workspace::Unsettled;
use owt_engine::use_cases::CommonError;
use owt_engine::use_cases::Remotes;
use owt_engine::use_cases::Resolve;
use owt_engine::use_cases::SelectError;
use owt_engine::use_cases::SettleError;
use owt_engine::use_cases::SettlerWish;
use owt_engine::use_cases::SyncError;
use owt_engine::use_cases::SyncLine;
use owt_engine::use_cases::SyncOutcome;
use owt_engine::use_cases::SyncReport;
use owt_engine::use_cases::SyncRequest;
use owt_engine::use_cases::SyncWhich;
use owt_engine::use_cases::Unsyncable;
use owt_ports::CallerEnvironment;
use owt_ports::Prediction;

use super::from_wire;
use super::landing;
use super::problem;

/// A request, checked.
pub(super) fn request(asked: api::SyncWorkspaces) -> Result<SyncRequest, Problem> {
    Ok(SyncRequest {
        folder: from_wire::folder(&asked.cwd)?,
        // One after another would be hours.
        settler: match &asked.name {
            Some(_) => from_wire::settler(asked.resolve.as_deref()),
            None => SettlerWish::Nobody,
        },
        which: asked.name.map_or(SyncWhich::All, SyncWhich::One),
        remotes: if asked.offline { Remotes::AsLastFetched } else { Remotes::Ask },
        conflicts: if asked.leave_conflicts { WhenConflicting::Leave } else { WhenConflicting::Stop },
        resolve: from_wire::resolve(asked.dry_run),
        caller: CallerEnvironment::new(asked.environment),
    })
}

/// What came of it.
pub(super) fn synced(report: SyncReport, resolve: Resolve) -> api::Synced {
    let unreached = report.unreached.into_iter();
    api::Synced {
        unreached: unreached
            .map(|(remote, error)| api::UnreachedRemote { remote, why: error.to_string() })
            .collect(),
        workspaces: report.lines.iter().map(workspace).collect(),
        dry_run: resolve == Resolve::Preview,
    }
}

fn workspace(line: &SyncLine) -> api::SyncedWorkspace {
    let blank = api::SyncedWorkspace {
        name: line.view.name().to_owned(),
        branch: line.view.workspace.spec.line().map(|line| line.branch.to_string()),
        outcome: api::SyncOutcome::Skipped,
        source: None,
        source_sha: None,
        commits: 0,
        before_sha: None,
        after_sha: None,
        conflicts: Vec::new(),
        settled: None,
        problem: None,
    };
    let known = |sync: &Sync, commits: u32, outcome| api::SyncedWorkspace {
        outcome,
        source: Some(sync.name.clone()),
        source_sha: Some(sync.source.to_string()),
        commits,
        before_sha: Some(sync.before.to_string()),
        ..blank.clone()
    };
    match &line.outcome {
        SyncOutcome::Skipped(why) => api::SyncedWorkspace { problem: Some(unsyncable(why)), ..blank.clone() },
        SyncOutcome::Would { sync, commits, prediction } => {
            foreseen(known(sync, *commits, api::SyncOutcome::WouldMerge), prediction)
        }
        SyncOutcome::Done { sync, commits, end } => {
            let done = known(sync, *commits, api::SyncOutcome::UpToDate);
            let settled = sync.settler.as_deref().map(settled_by);
            ended(api::SyncedWorkspace { settled, ..done }, end)
        }
    }
}

fn foreseen(would: api::SyncedWorkspace, prediction: &Prediction) -> api::SyncedWorkspace {
    match prediction {
        Prediction::Contained | Prediction::Clean { .. } => would,
        Prediction::Conflicts(found) => api::SyncedWorkspace {
            outcome: api::SyncOutcome::Conflicts,
            conflicts: landing::conflicts(found),
            ..would
        },
        Prediction::Unrelated => {
            let message = format!("'{}' has no commit in common with what would come in", would.name);
            let problem = Problem::new(ErrorCode::UnrelatedHistories, message);
            api::SyncedWorkspace { outcome: api::SyncOutcome::Failed, problem: Some(problem), ..would }
        }
    }
}

fn ended(done: api::SyncedWorkspace, end: &SyncEnd) -> api::SyncedWorkspace {
    match end {
        SyncEnd::UpToDate => done,
        SyncEnd::Merged { after } => api::SyncedWorkspace {
            outcome: api::SyncOutcome::Merged,
            after_sha: Some(after.to_string()),
            ..done
        },
        SyncEnd::Conflicts { conflicts } => api::SyncedWorkspace {
            outcome: api::SyncOutcome::Conflicts,
            conflicts: landing::conflicts(conflicts),
            ..done
        },
        SyncEnd::ConflictsLeft { conflicts } => api::SyncedWorkspace {
            outcome: api::SyncOutcome::ConflictsLeft,
            conflicts: landing::conflicts(conflicts),
            ..done
        },
        SyncEnd::Kept { .. } | SyncEnd::Unsettled { .. } | SyncEnd::Failed { .. } => api::SyncedWorkspace {
            outcome: api::SyncOutcome::Failed,
            problem: not_in(&done.name, end),
            settled: None,
            ..done
        },
    }
}

/// Who has settled it.
pub(super) fn settled_by(settler: &Settler) -> api::SettledBy {
    api::SettledBy {
        agent: settler.agent.clone(),
        confidence_percent: settler.confidence.map(Confidence::percent),
    }
}

/// Why something has not come in, where that is nobody's conflict.
pub(super) fn not_in(name: &str, end: &SyncEnd) -> Option<Problem> {
    match end {
        SyncEnd::UpToDate
        | SyncEnd::Merged { .. }
        | SyncEnd::Conflicts { .. }
        | SyncEnd::ConflictsLeft { .. } => None,
        SyncEnd::Kept { why } => Some(kept(name, why)),
        SyncEnd::Unsettled { why } => Some(unsettled(name, why)),
        SyncEnd::Failed { failure } => Some(problem::failure(failure)),
    }
}

fn unsettled(name: &str, why: &Unsettled) -> Problem {
    let refused = |what: String| {
        Problem::new(ErrorCode::MergeConflicts, format!("what the agent made of its conflicts is not taken: {what}"))
            .hint(format!(
                "what it made is in the trash, with a snapshot (owt restore); settle it yourself: owt sync {name} \
                 --leave-conflicts"
            ))
    };
    match why {
        Unsettled::AgentFailed { how } => refused(format!("it has failed ({how})")),
        Unsettled::Elsewhere => refused("its branch does not stand on the merge any more".to_owned()),
        Unsettled::BranchLeft => {
            refused("its branch is not checked out any more where it worked, and stays".to_owned())
        }
        Unsettled::UnderWay { what } => refused(format!("it has not ended what it began there: {what}")),
        Unsettled::TooLarge { file } => {
            refused(format!("nobody could look at {file}, so large it is by now"))
        }
        Unsettled::Modes { files } => {
            let files = files.join(", ");
            refused(format!("it changed whether a file is a program: {files}"))
        }
        Unsettled::MarksLeft { files } => {
            refused(format!("conflict markers are left in {}", files.join(", ")))
        }
        Unsettled::Gone { files } => {
            refused(format!("it took away {}, or made something else of it than a file", files.join(", ")))
        }
        Unsettled::OtherFiles { files } => refused(format!("it changed other files: {}", files.join(", "))),
        Unsettled::Checks { refusal } => match &**refusal {
            Refusal::ChecksFailed { what, last_lines, log } => {
                let lines: String = last_lines.iter().map(|line| format!("\n  {line}")).collect();
                let problem = refused(format!("the check {what}{lines}"));
                Problem { code: ErrorCode::ChecksFailed, ..problem }
                    .hint(format!("all that the checks printed is in {log}"))
            }
            Refusal::Denied { review } => {
                let found = review.findings.first();
                let place = found.and_then(|found| found.path.as_deref()).unwrap_or("it");
                let what = found.map(|found| found.what.as_str()).unwrap_or_default();
                Problem {
                    code: ErrorCode::CriticDenied,
                    ..refused(format!("the critic denies it: {place} {what}"))
                }
            }
            _ => refused("its checks may not run".to_owned()),
        },
    }
}

/// Why an agent was not asked.
pub(super) fn settle(error: &SettleError) -> Problem {
    let message = error.to_string();
    match error {
        SettleError::NotInTexts(_) | SettleError::TooMany(_) => {
            Problem::new(ErrorCode::MergeConflicts, message)
                .hint("settle these in the workspace: --leave-conflicts begins the merge there")
        }
        SettleError::Unjudged(Refusal::ChecksUnapproved { digest }) => {
            landing::unapproved_checks("nobody was asked to settle anything", digest)
        }
        SettleError::Unjudged(Refusal::BadRules { message }) => {
            let message = format!("the rules for landing cannot be read, so nothing is settled: {message}");
            Problem::new(ErrorCode::BadConfiguration, message)
        }
        SettleError::Unjudged(_) => Problem::new(ErrorCode::Internal, message),
        SettleError::Settling { name, doing } => landing::agent_works(name, *doing),
        SettleError::New(error) => problem::new_workspace(error),
        SettleError::Git(error) => problem::git(error),
        SettleError::Store(error) => problem::select(&SelectError::Common(CommonError::Store(error.clone()))),
        SettleError::InOtherHands(_) => {
            Problem::new(ErrorCode::GitBusy, message).hint("wait for that one, or end it with Ctrl-C there")
        }
        SettleError::Moved(_) | SettleError::Lost => {
            Problem::new(ErrorCode::GitBusy, message).hint("look at it, then try again")
        }
        SettleError::NobodyWaits => {
            Problem::new(ErrorCode::TimedOut, message).hint("the same command goes on with its agent")
        }
        SettleError::TooSlow { name, .. } => {
            Problem::new(ErrorCode::TimedOut, message).hint(format!("see what it does: owt show {name}"))
        }
    }
}

fn kept(name: &str, why: &str) -> Problem {
    let message = format!("what is not committed in '{name}' is in the way:\n{}", why.trim_end());
    let hint = format!(
        "let its agent commit it (owt resume {name} \"commit your work\"), or commit it yourself; then owt sync {name}"
    );
    Problem::new(ErrorCode::UncommittedWork, message).hint(hint)
}

fn unsyncable(why: &Unsyncable) -> Problem {
    match why {
        Unsyncable::NoBranch(_) | Unsyncable::NoSource(_) => {
            Problem::new(ErrorCode::Unsupported, why.to_string())
        }
        Unsyncable::NotReady(error) => landing::error(error),
    }
}

/// Why nothing was done.
pub(super) fn error(error: &SyncError) -> Problem {
    match error {
        SyncError::Select(error) => problem::select(error),
        SyncError::Unsyncable(why) => unsyncable(why),
    }
}
