//! Landings between the wire and the engine.

use owt_api as api;
use owt_api::ErrorCode;
use owt_api::Problem;
use owt_core::critic::Review;
use owt_core::critic::Stand;
use owt_core::landing::Conflict;
use owt_core::landing::Favour;
use owt_core::landing::Gate;
use owt_core::landing::Goal;
use owt_core::landing::Landing;
use owt_core::landing::Method;
use owt_core::landing::Obstacle;
use owt_core::landing::Refusal;
use owt_core::landing::Verification;
use owt_core::landing::WhenConflicting;
use owt_core::status::Status;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_core::workspace::RemovalReport;
use owt_engine::use_cases::Denials;
use owt_engine::use_cases::ForeseenChecks;
use owt_engine::use_cases::LastLanding;
use owt_engine::use_cases::MergeEnd;
use owt_engine::use_cases::MergeError;
use owt_engine::use_cases::MergePlan;
use owt_engine::use_cases::MergeRequest;
use owt_engine::use_cases::OpinionWish;
use owt_engine::use_cases::Resolve;
use owt_engine::use_cases::SecondOpinion;
use owt_engine::use_cases::Uncommitted;
use owt_engine::use_cases::WhenLanded;
use owt_ports::CallerEnvironment;

use super::critic;
use super::from_wire;
use super::problem;
use super::sync;
use super::to_wire;

/// A request, checked.
pub(super) fn request(asked: api::MergeWorkspace) -> Result<MergeRequest, Problem> {
    let into = asked.into.map(BranchName::new).transpose();
    let message = asked.message.map(|message| from_wire::prompt(&message)).transpose()?;
    Ok(MergeRequest {
        message: message.map(|message| message.as_str().to_owned()),
        folder: from_wire::folder(&asked.workspace.cwd)?,
        name: asked.workspace.name,
        into: into.map_err(|error| Problem::new(ErrorCode::BadBranchName, error.to_string()))?,
        method: method(asked.method),
        favour: asked.favour.map(|favour| match favour {
            api::MergeFavour::Ours => Favour::Workspace,
            api::MergeFavour::Theirs => Favour::Target,
        }),
        conflicts: if asked.leave_conflicts { WhenConflicting::Leave } else { WhenConflicting::Stop },
        only_at: None,
        uncommitted: Uncommitted::Refuse,
        checks: Gate::NotAsked,
        opinion: OpinionWish::NotAsked,
        when_landed: if asked.keep { WhenLanded::Keep } else { WhenLanded::Remove },
        settler: from_wire::settler(asked.resolve.as_deref()),
        goal: Goal::Target,
        caller: CallerEnvironment::new(asked.environment),
        resolve: from_wire::resolve(asked.dry_run),
    })
}

const fn method(method: api::MergeMethod) -> Method {
    match method {
        api::MergeMethod::Merge => Method::Merge,
        api::MergeMethod::Squash => Method::Squash,
        api::MergeMethod::Rebase => Method::Rebase,
    }
}

/// A request to ship, checked.
pub(super) fn ship(asked: api::ShipWorkspace) -> Result<MergeRequest, Problem> {
    let merge = api::MergeWorkspace {
        message: asked.message,
        workspace: asked.workspace,
        into: asked.into,
        method: asked.method,
        keep: asked.keep,
        dry_run: asked.dry_run,
        resolve: asked.resolve,
        environment: asked.environment,
        ..api::MergeWorkspace::default()
    };
    let merge = request(merge)?;
    let commit = Uncommitted::Commit { message: merge.message.clone() };
    let (only_at, uncommitted) = match asked.only_at {
        None => (None, commit),
        Some(tip) => {
            let tip =
                ObjectId::new(tip).map_err(|error| Problem::new(ErrorCode::Usage, error.to_string()))?;
            (Some(tip), Uncommitted::Refuse)
        }
    };
    Ok(MergeRequest {
        only_at,
        uncommitted,
        opinion: match asked.opinion {
            api::OpinionUse::Heed => OpinionWish::Heed,
            api::OpinionUse::Tell => OpinionWish::Tell,
            api::OpinionUse::Skip => OpinionWish::NotAsked,
        },
        checks: if asked.no_verify { Gate::Waived } else { Gate::Required },
        ..merge
    })
}

/// What came of it. What a person can act on with the result in hand is an answer, the rest a problem.
pub(super) fn merged(plan: &MergePlan, merge: &MergeRequest, end: MergeEnd) -> Result<api::Merged, Problem> {
    let answer = api::Merged { dry_run: merge.resolve == Resolve::Preview, ..undecided(plan) };
    Ok(match end {
        MergeEnd::WouldLand { review } => would(plan, merge, &review),
        MergeEnd::WouldBeKept { at, why } => api::Merged {
            outcome: api::MergeOutcome::TargetKept,
            checkout: Some(at.to_string()),
            in_the_way: Some(why),
            ..answer
        },
        MergeEnd::Cleared { landing } => reached(plan, &landing),
        MergeEnd::Denied { review, denials } => api::Merged {
            outcome: api::MergeOutcome::Denied,
            review: Some(critic::review(&review, denials)),
            ..answer
        },
        MergeEnd::Landed { before, after, checkout, removal, landing } => {
            let answer = with_progress(plan, answer, &landing);
            let landed = api::Merged {
                outcome: api::MergeOutcome::Landed,
                before_sha: before.to_string(),
                after_sha: Some(after.to_string()),
                checkout: checkout.map(|path| path.to_string()),
                ..answer
            };
            match removal {
                None => landed,
                Some(Ok(report)) => with_removal(plan, landed, report),
                Some(Err(failure)) => api::Merged { not_deleted: Some(failure.to_string()), ..landed },
            }
        }
        MergeEnd::Doubted { landing } => {
            api::Merged { outcome: api::MergeOutcome::Doubted, ..with_progress(plan, answer, &landing) }
        }
        MergeEnd::Refused(Refusal::Conflicts { onto, conflicts: found }) => api::Merged {
            outcome: api::MergeOutcome::Conflicts,
            before_sha: onto.to_string(),
            conflicts: conflicts(&found),
            settled: plan
                .would
                .settler
                .clone()
                .map(|agent| api::SettledBy { agent, confidence_percent: None }),
            ..answer
        },
        MergeEnd::Refused(Refusal::ConflictsLeft { onto, conflicts: found }) => api::Merged {
            outcome: api::MergeOutcome::ConflictsLeft,
            before_sha: onto.to_string(),
            conflicts: conflicts(&found),
            ..answer
        },
        MergeEnd::Refused(Refusal::TargetKept { at, why, commit, obstacle }) => api::Merged {
            outcome: api::MergeOutcome::TargetKept,
            after_sha: match obstacle {
                Obstacle::Files => Some(commit.to_string()),
                Obstacle::Draft | Obstacle::Standing => None,
            },
            checkout: Some(at.to_string()),
            in_the_way: Some(why),
            ..answer
        },
        MergeEnd::Refused(Refusal::ChecksFailed { what, last_lines, log }) => api::Merged {
            outcome: api::MergeOutcome::ChecksFailed,
            checks: Some(api::LandingChecks {
                outcome: "failed".to_owned(),
                tree: None,
                what: Some(what),
                last_lines,
                log: Some(log.to_string()),
                commands: Vec::new(),
            }),
            ..answer
        },
        MergeEnd::NotSettled(end) => {
            let name = plan.view.name();
            let unlanded = || {
                Problem::new(ErrorCode::MergeConflicts, format!("'{name}' conflicts with {}", plan.target))
            };
            return Err(sync::not_in(name, &end).unwrap_or_else(unlanded));
        }
        MergeEnd::Refused(refusal) => return Err(refused((plan.view.name(), &plan.target), &refusal)),
    })
}

/// What would be done.
pub(super) fn would(plan: &MergePlan, merge: &MergeRequest, review: &Review) -> api::Merged {
    let removal = plan.would.removal.as_ref();
    api::Merged {
        review: Some(critic::review(review, Denials::default())),
        checkout: plan.would.checkout.as_ref().map(ToString::to_string),
        checks: plan.would.checks.as_ref().map(would_check),
        deleted: removal.map(|removal| to_wire::deleted(&plan.view, removal, None)),
        dry_run: merge.resolve == Resolve::Preview,
        ..undecided(plan)
    }
}

pub(super) fn would_check(checks: &ForeseenChecks) -> api::LandingChecks {
    let (outcome, commands) = match checks {
        ForeseenChecks::NoneDeclared => (Verification::NoneDeclared.as_str(), Vec::new()),
        ForeseenChecks::WouldRun(commands) => ("would_run", commands.clone()),
        ForeseenChecks::MayNotRun => (Verification::MayNotRun.as_str(), Vec::new()),
        ForeseenChecks::Waived => (SKIPPED, Vec::new()),
    };
    let outcome = outcome.to_owned();
    api::LandingChecks { outcome, commands, tree: None, what: None, last_lines: Vec::new(), log: None }
}

/// What was reached on the way.
pub(super) fn reached(plan: &MergePlan, landing: &Landing) -> api::Merged {
    with_progress(plan, undecided(plan), landing)
}

fn undecided(plan: &MergePlan) -> api::Merged {
    api::Merged {
        name: plan.view.name().to_owned(),
        branch: plan.view.workspace.spec.line().map(|line| line.branch.to_string()),
        head_sha: plan.tip.to_string(),
        target: plan.target.to_string(),
        method: match plan.method {
            Method::Merge => api::MergeMethod::Merge,
            Method::Squash => api::MergeMethod::Squash,
            Method::Rebase => api::MergeMethod::Rebase,
        },
        outcome: api::MergeOutcome::WouldLand,
        commits: plan.commits + u32::from(plan.left.as_ref().is_some_and(|left| !left.plan.files.is_empty())),
        before_sha: plan.onto.to_string(),
        after_sha: None,
        checkout: None,
        in_the_way: None,
        conflicts: Vec::new(),
        settled: plan.settled.as_ref().map(sync::settled_by),
        committed: plan.left.as_ref().filter(|left| !left.plan.files.is_empty()).map(|left| {
            api::CommittedWork {
                sha: None,
                files: u32::try_from(left.plan.files.len()).ok(),
                message: left.message.clone(),
            }
        }),
        withheld: plan.left.as_ref().map(|left| left.plan.withheld.clone()).unwrap_or_default(),
        review: None,
        opinion: plan.opinion.as_ref().map(opinion),
        checks: None,
        deleted: None,
        snapshot: None,
        not_deleted: None,
        offered: None,
        dry_run: false,
    }
}

/// What somebody who was asked thinks of it.
fn opinion(had: &SecondOpinion) -> api::SecondOpinion {
    let said = had.said.as_ref().ok();
    api::SecondOpinion {
        agent: had.agent.clone(),
        verdict: said.map(|said| match said.stand {
            Stand::Approve => "approve".to_owned(),
            Stand::Deny => "deny".to_owned(),
        }),
        score_percent: said.map(|said| said.score),
        threshold_percent: had.threshold,
        findings: said.map(|said| said.findings.clone()).unwrap_or_default(),
        doubtful: had.keeps(OpinionWish::Heed),
        problem: had.said.as_ref().err().cloned(),
    }
}

/// What came of the repository's checks, and on which tree.
fn checks_of(landing: &Landing) -> Option<(&'static str, Option<String>)> {
    let verified = landing.verified.as_ref();
    let word = checks_word(landing.spec.checks, verified.map(|verified| verified.how))?;
    let is_waived = landing.spec.checks == Gate::Waived;
    Some((word, verified.filter(|_| !is_waived).map(|verified| verified.tree.to_string())))
}

/// By the person's word.
const SKIPPED: &str = "skipped";

const fn checks_word(gate: Gate, how: Option<Verification>) -> Option<&'static str> {
    match (gate, how) {
        (Gate::Waived, _) => Some(SKIPPED),
        (_, Some(how)) => Some(how.as_str()),
        (_, None) => None,
    }
}

/// What was reached on the way.
fn with_progress(plan: &MergePlan, answer: api::Merged, landing: &Landing) -> api::Merged {
    let checks = checks_of(landing);
    let made = landing.committed.as_ref();
    let committed = answer.committed.map(|committed| api::CommittedWork {
        sha: made.map(|made| made.tip.to_string()),
        files: made.and_then(|made| made.files).or(committed.files),
        ..committed
    });
    api::Merged {
        head_sha: landing.tip().to_string(),
        // What was counted stood on the plan's tip; what was committed since is one more.
        commits: plan.commits + u32::from(*landing.tip() != plan.tip),
        committed,
        review: landing.review.as_ref().map(|review| critic::review(review, Denials::default())),
        checks: checks.map(|(outcome, tree)| api::LandingChecks {
            outcome: outcome.to_owned(),
            tree,
            what: None,
            last_lines: Vec::new(),
            log: None,
            commands: Vec::new(),
        }),
        ..answer
    }
}

fn with_removal(plan: &MergePlan, landed: api::Merged, report: RemovalReport) -> api::Merged {
    let deleted = to_wire::removed(&plan.view, report);
    api::Merged { snapshot: deleted.snapshot.clone(), deleted: Some(deleted), ..landed }
}

pub(super) fn conflicts(found: &[Conflict]) -> Vec<api::MergeConflict> {
    let one = |conflict: &Conflict| {
        let sides = conflict.sides;
        let named = [("base", sides.base), ("target", sides.target), ("branch", sides.branch)];
        api::MergeConflict {
            path: conflict.path.clone(),
            kind: conflict.kind.word().to_owned(),
            what: conflict.kind.to_string(),
            sides: named.iter().filter(|(_, has)| *has).map(|(name, _)| (*name).to_owned()).collect(),
        }
    };
    found.iter().map(one).collect()
}

/// The last landing of a workspace, as `show` tells it.
pub(super) fn landed(landing: &LastLanding) -> api::LandedWork {
    api::LandedWork {
        target: landing.target.to_string(),
        before_sha: landing.before.to_string(),
        after_sha: landing.after.to_string(),
        at: to_wire::time(landing.at),
        checks: checks_word(landing.gate, landing.verification).map(str::to_owned),
    }
}

/// Why something has not landed, where that is no answer.
pub(super) fn refused((name, target): (&str, &BranchName), refusal: &Refusal) -> Problem {
    match refusal {
        Refusal::NothingToLand => {
            Problem::new(ErrorCode::NothingToLand, format!("{target} has everything of '{name}' already"))
                .hint(format!("owt delete {name} removes it"))
        }
        Refusal::Unrelated => Problem::new(
            ErrorCode::UnrelatedHistories,
            format!("'{name}' and {target} have no commit in common, so nothing can be merged"),
        )
        .hint("land it in another branch with --into, or bring the histories together by hand"),
        Refusal::TargetGone => Problem::new(ErrorCode::UnknownTarget, format!("the branch {target} is gone"))
            .hint("name the branch to land in with --into"),
        Refusal::BranchMoved { .. } | Refusal::MergedIn => {
            let message = format!("'{name}' has changed while it was to land; {target} is where it was");
            Problem::new(ErrorCode::GitBusy, message).hint("look at it, then try again")
        }
        Refusal::KeepsMoving => {
            let message = format!("others keep moving {target}; nothing has landed");
            Problem::new(ErrorCode::GitBusy, message).hint("try again")
        }
        Refusal::HooksUnapproved { digest } => unapproved("hooks that run with each commit", target, digest),
        Refusal::ChecksUnapproved { digest } => {
            unapproved("checks that run before something lands", target, digest)
        }
        Refusal::Failed { failure } => {
            let problem = problem::failure(failure);
            let message = format!("{}; {target} is where it was", failure.message);
            Problem { message, ..problem }
        }
        Refusal::BadRules { message } => {
            let message =
                format!("the rules for landing in {target} cannot be read, so nothing lands: {message}");
            Problem::new(ErrorCode::BadConfiguration, message)
                .hint(format!("mend the file, and commit it in {target} where it is the repository's"))
        }
        Refusal::AgentWorks { status } => agent_works(name, *status),
        Refusal::StandsOn { name: other } => {
            let message = format!("'{name}' stands on '{other}', which does not land");
            Problem::new(ErrorCode::StandsOnOther, message).hint(format!("land '{other}' first"))
        }
        Refusal::CalledOff => {
            Problem::new(ErrorCode::CalledOff, format!("'{name}' was called off; {target} is where it was"))
        }
        Refusal::Conflicts { .. }
        | Refusal::ConflictsLeft { .. }
        | Refusal::TargetKept { .. }
        | Refusal::Denied { .. }
        | Refusal::ChecksFailed { .. } => Problem::new(ErrorCode::Internal, "this refusal is an answer"),
    }
}

/// The person has not yet answered to something that the repository runs.
fn unapproved(what: &str, target: &BranchName, digest: &str) -> Problem {
    unanswered(what, &format!("{target} is where it was"), digest)
}

/// The same of the checks.
pub(super) fn unapproved_checks(unchanged: &str, digest: &str) -> Problem {
    unanswered("checks that run before something lands", unchanged, digest)
}

fn unanswered(what: &str, unchanged: &str, digest: &str) -> Problem {
    let message =
        format!("the repository has {what}, and you have not approved them as they are now; {unchanged}");
    let short = digest.get(..12).unwrap_or(digest);
    Problem::new(ErrorCode::NeedsApproval, message).hint(format!(
        "look at them and answer: owt approvals show {short}, then owt approvals allow {short} (deny lands without them)"
    ))
}

pub(super) fn agent_works(name: &str, doing: Status) -> Problem {
    let first = match doing {
        Status::WaitingInput | Status::WaitingPermission | Status::Blocked => {
            format!("see what it needs and how to answer (owt show {name})")
        }
        _ => format!("wait for it (owt wait {name})"),
    };
    Problem::new(ErrorCode::AgentWorking, format!("the agent of '{name}' {}", doing.clause()))
        .hint(format!("{first}, or end its session (owt stop {name})"))
}

/// Why a merge was not begun.
pub(super) fn error(error: &MergeError) -> Problem {
    let message = error.to_string();
    match error {
        MergeError::Select(error) => problem::select(error),
        MergeError::NoBranch(_) => Problem::new(ErrorCode::Unsupported, message),
        MergeError::NoTarget(_) => {
            Problem::new(ErrorCode::UnknownTarget, message).hint("name the branch to land in with --into")
        }
        MergeError::UnknownTarget(_) => {
            Problem::new(ErrorCode::UnknownTarget, message).hint("the branches there are: git branch --list")
        }
        MergeError::OtherName { leads_to, .. } => Problem::new(ErrorCode::UnknownTarget, message)
            .hint(format!("land in that branch: --into {leads_to}")),
        MergeError::OwnBranch(_) => {
            Problem::new(ErrorCode::Usage, message).hint("name the branch to land in with --into")
        }
        MergeError::InBetween(name) => Problem::new(ErrorCode::GitBusy, message)
            .hint(format!("see how far it is with owt show {name}, then try again")),
        MergeError::AgentWorks { name, doing } => agent_works(name, *doing),
        MergeError::TargetWorks { name, doing, .. } => Problem { message, ..agent_works(name, *doing) },
        MergeError::FolderGone { name, .. } => Problem::new(ErrorCode::NotFound, message).hint(format!(
            "what it has committed is kept, and comes back with a folder: owt delete --force {name}, then owt restore {name}"
        )),
        MergeError::NotThere { .. } => {
            Problem::new(ErrorCode::GitBusy, message).hint("switch back to the branch there, then try again")
        }
        MergeError::NothingToWord(_) => {
            Problem::new(ErrorCode::Usage, message).hint("leave -m out, or make one commit of everything (--squash)")
        }
        MergeError::Uncommitted { name, .. } => {
            Problem::new(ErrorCode::UncommittedWork, message).hint(format!(
                "let its agent commit it (owt resume {name} \"commit your work\"), or commit it there yourself; see it with owt \
                 diff {name}"
            ))
        }
        MergeError::Changed(_) => {
            Problem::new(ErrorCode::GitBusy, message).hint("look at what came to it (owt diff), then try again")
        }
        MergeError::Rules(broken) => {
            let problem = Problem::new(ErrorCode::BadConfiguration, message);
            match &broken.hint {
                Some(hint) => problem.hint(hint.clone()),
                None => problem,
            }
        }
        MergeError::Settle(error) => sync::settle(error),
        MergeError::Git(error) => problem::git(error),
        MergeError::TooSlow => Problem::new(ErrorCode::TimedOut, message),
    }
}
