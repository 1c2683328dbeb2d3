//! `owt merge`.

use clap::Args;
use clap::ValueEnum;
use owt_api::ErrorCode;
use owt_api::MergeFavour;
use owt_api::MergeMethod;
use owt_api::MergeOutcome;
use owt_api::MergeWorkspace;
use owt_api::Merged;
use owt_core::counting::counted;
use owt_process::Cmd;
use owt_tui::text::one_line;
use owt_tui::wording;

use crate::command::delete;
use crate::command::show::selector;
use crate::context::Context;
use crate::failure::Failure;
use crate::question;
use crate::rendering::offered;
use crate::rendering::opinion;
use crate::rendering::review;
use crate::rendering::synced;

const EXAMPLES: &str = "\
Examples:
  owt merge auth-jwt
  owt m auth-jwt --squash --into release
  owt merge auth-jwt --dry-run
  owt merge auth-jwt --leave-conflicts     for its agent to settle them, then again
  owt merge auth-jwt --resolve claude      by an agent, in a workspace of its own";

/// Land a workspace's committed work in its target branch, then delete the workspace.
///
/// The commit is made in a private worktree, with the repository's hooks (once you have approved them) and your signing. Then
/// the target moves: where it is checked out, together with that checkout, which is left alone when anything there would be
/// overwritten. Conflicts are found before anything is touched.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct MergeArgs {
    /// The workspace: its name, branch, folder, or a unique abbreviation.
    #[arg(value_name = "NAME")]
    name: String,
    /// The branch to land in (default: the one that the workspace was made from).
    #[arg(long, value_name = "BRANCH")]
    into: Option<String>,
    /// Make its commits again on the target, without a merge commit.
    #[arg(long, conflicts_with = "squash")]
    rebase: bool,
    /// Make one commit of everything.
    #[arg(long)]
    squash: bool,
    /// The message of the commit that lands (default: git's words for a merge; with --squash, from the task and the commits).
    #[arg(short, long, value_name = "TEXT", conflicts_with = "rebase")]
    message: Option<String>,
    /// Whose lines are taken where both changed the same: the workspace's (ours) or the target's (theirs).
    #[arg(long, value_name = "SIDE", value_enum)]
    strategy: Option<Strategy>,
    /// Begin the merge in the workspace and leave its conflicts there.
    #[arg(long, conflicts_with_all = ["rebase", "dry_run"])]
    leave_conflicts: bool,
    /// Let this agent settle what conflicts, in a workspace of its own; what it makes of it lands if no conflict marker is
    /// left, no other file was changed and the checks pass (default: `landing.resolve`; `off`: nobody).
    #[arg(long, value_name = "AGENT", conflicts_with_all = ["rebase", "strategy", "leave_conflicts", "dry_run"])]
    resolve: Option<String>,
    /// Leave the workspace as it is.
    #[arg(long)]
    keep: bool,
    /// Say what would be done, and do nothing.
    #[arg(long)]
    dry_run: bool,
}

/// Whose lines are taken.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Strategy {
    /// The workspace's.
    Ours,
    /// The target's.
    Theirs,
}

pub(super) fn run(args: &MergeArgs, context: &Context) -> Result<(), Failure> {
    let request = MergeWorkspace {
        workspace: selector(&args.name, context),
        into: args.into.clone(),
        method: match (args.squash, args.rebase) {
            (true, _) => MergeMethod::Squash,
            (false, true) => MergeMethod::Rebase,
            (false, false) => MergeMethod::Merge,
        },
        favour: args.strategy.map(|strategy| match strategy {
            Strategy::Ours => MergeFavour::Ours,
            Strategy::Theirs => MergeFavour::Theirs,
        }),
        message: args.message.clone(),
        leave_conflicts: args.leave_conflicts,
        resolve: args.resolve.clone(),
        keep: args.keep,
        dry_run: args.dry_run,
        environment: context.environment.variables().clone(),
    };
    let merged = if args.dry_run {
        context.ask("looking ahead", |client| client.merge(&request))?
    } else {
        agreed(&request, context)?;
        context.tell_landing(("landing the work", &args.name), |client| client.merge(&request))?
    };
    let merged = landed(merged)?;
    context.output.answer(&merged, |_| told(&merged))?;
    if merged.deleted.is_some() {
        context.output.suggest(&format!("bring the workspace back: owt restore {}", one_line(&merged.name)));
    }
    Ok(())
}

/// The rule that tells of commits that are not the workspace's own.
const BROUGHT: &str = "unmerged_parents";

/// The person's word where other commits than the workspace's own would land, as when its target was rewritten: whoever took them out
/// there would have them back. Whatever stands against it is told by the landing itself.
fn agreed(request: &MergeWorkspace, context: &Context) -> Result<(), Failure> {
    if !context.output.can_ask() {
        return Ok(());
    }
    let ahead = MergeWorkspace { dry_run: true, resolve: None, leave_conflicts: false, ..request.clone() };
    let Ok(would) = context.ask("looking ahead", |client| client.merge(&ahead)) else { return Ok(()) };
    let findings = would.review.as_ref().map(|review| review.findings.as_slice()).unwrap_or_default();
    let Some(brought) = findings.iter().find(|finding| finding.rule == BROUGHT) else { return Ok(()) };
    context.output.note(&brought.what);
    context.watch_for_interrupt("nothing has landed");
    match question::confirm(&context.output, "Land them, too?")? {
        true => Ok(()),
        false => Err(Failure::new(ErrorCode::NeedsConfirmation, "nothing has landed")),
    }
}

/// What has landed or would; otherwise why it did not.
pub(super) fn landed(merged: Merged) -> Result<Merged, Failure> {
    match merged.outcome {
        MergeOutcome::WouldLand
        | MergeOutcome::Landed
        | MergeOutcome::WouldOpenPullRequest
        | MergeOutcome::PullRequest => Ok(merged),
        MergeOutcome::Pushed => Err(offered::only_pushed(&merged)),
        MergeOutcome::Conflicts | MergeOutcome::ConflictsLeft => Err(conflicts(&merged)),
        MergeOutcome::TargetKept => Err(kept(&merged)),
        MergeOutcome::Denied => Err(denied(&merged)),
        MergeOutcome::ChecksFailed => Err(checks_failed(&merged)),
        MergeOutcome::Doubted => Err(doubted(&merged)),
    }
}

/// What would land. What conflicts is no reason against it where an agent is to settle it.
pub(super) fn foreseen(would: Merged) -> Result<Merged, Failure> {
    match (would.outcome, &would.settled) {
        (MergeOutcome::Conflicts, Some(_)) => Ok(would),
        _ => landed(would),
    }
}

fn denied(merged: &Merged) -> Failure {
    let (name, target) = (one_line(&merged.name), one_line(&merged.target));
    let found = review::of_landing(merged.review.as_ref());
    let message = format!("'{name}' does not land in {target}.\n{}", found.trim_end());
    let settle = format!(
        "settle what is denied in the workspace, or say in your own configuration how much a rule weighs ([critic] warn = \
         [\"RULE\"]); owt critic ship {name} looks again"
    );
    match merged.review.as_ref().filter(|review| review.needs_decision) {
        None => Failure::new(ErrorCode::CriticDenied, message).hint(settle),
        Some(review) => {
            let times = counted(review.denials_in_a_row, "time", "times");
            let message = format!("{message}\nIt was denied {times} in a row: this is yours to decide.");
            Failure::new(ErrorCode::NeedsDecision, message).hint(settle)
        }
    }
    .with_data(serde_json::json!(merged))
}

fn doubted(merged: &Merged) -> Failure {
    let (name, target) = (one_line(&merged.name), one_line(&merged.target));
    let said = opinion::of_landing(merged.opinion.as_ref());
    let message = format!("'{name}' does not land in {target} without your word.\n{}", said.trim_end());
    let hint = match merged.opinion.as_ref().and_then(|opinion| opinion.problem.as_ref()) {
        None => format!("look at it (owt diff {name}); owt ship {name} --yes lands it all the same"),
        Some(_) => {
            "try again, or let it land without one: [landing.review] required = \"off\" in your configuration"
                .to_owned()
        }
    };
    Failure::new(ErrorCode::NeedsDecision, message).hint(hint).with_data(serde_json::json!(merged))
}

fn checks_failed(merged: &Merged) -> Failure {
    let (name, target) = (one_line(&merged.name), one_line(&merged.target));
    let checks = merged.checks.as_ref();
    let what = checks.and_then(|checks| checks.what.as_deref()).unwrap_or_default();
    let lines = checks.map(|checks| checks.last_lines.as_slice()).unwrap_or_default();
    let lines: String = lines.iter().map(|line| format!("\n  {}", one_line(line))).collect();
    let message = format!(
        "'{name}' does not land in {target}, which is where it was: the check {}{lines}",
        one_line(what)
    );
    let log = checks.and_then(|checks| checks.log.as_deref()).unwrap_or_default();
    Failure::new(ErrorCode::ChecksFailed, message)
        .hint(format!("all that the checks printed is in {}", one_line(log)))
        .with_data(serde_json::json!(merged))
}

fn conflicts(merged: &Merged) -> Failure {
    let (name, target) = (one_line(&merged.name), one_line(&merged.target));
    let files = counted(u32::try_from(merged.conflicts.len()).unwrap_or(u32::MAX), "conflict", "conflicts");
    let mut message = format!("'{name}' and {target} do not agree, so nothing has landed: {files}");
    for conflict in &merged.conflicts {
        message.push_str(&format!("\n  {}: {}", one_line(&conflict.path), one_line(&conflict.what)));
    }
    let hint = match merged.outcome {
        MergeOutcome::ConflictsLeft => format!(
            "the merge is begun in the workspace: let its agent settle it there and commit (owt resume {name} \"...\"), then owt \
             merge {name}"
        ),
        _ => format!(
            "begin the merge in the workspace, for its agent or you to settle: owt merge {name} --leave-conflicts; or say whose \
             lines are taken: owt merge {name} --strategy ours; or let an agent settle it: --resolve AGENT"
        ),
    };
    Failure::new(ErrorCode::MergeConflicts, message).hint(hint).with_data(serde_json::json!(merged))
}

fn kept(merged: &Merged) -> Failure {
    let (name, target) = (one_line(&merged.name), one_line(&merged.target));
    let at = one_line(merged.checkout.as_deref().unwrap_or_default());
    let why = merged.in_the_way.as_deref().unwrap_or_default();
    let why: Vec<String> = why.lines().map(|line| format!("  {}", one_line(line))).collect();
    let message = format!(
        "{target} is checked out in {at} with something in the way, so it was left alone and nothing has landed:\n{}",
        why.join("\n")
    );
    let hint = match (&merged.after_sha, &merged.checkout) {
        (Some(sha), Some(checkout)) => {
            let take = ["-C", checkout, "merge", "--ff-only", "--no-overwrite-ignore", sha];
            format!(
                "put away what is there, then owt merge {name} again; or take the result yourself: {}",
                Cmd::new("git").args(take)
            )
        }
        _ => format!("settle that first, then owt merge {name} again"),
    };
    Failure::new(ErrorCode::TargetDirty, message).hint(hint).with_data(serde_json::json!(merged))
}

/// What is committed first, and what stays out of it.
fn committed(merged: &Merged) -> String {
    let mut text = String::new();
    if let Some(committed) = &merged.committed {
        let subject = committed.message.lines().next().unwrap_or_default();
        let files = committed.files.map(|files| counted(files, "file", "files")).unwrap_or_default();
        let was = match (merged.dry_run, committed.files) {
            (true, _) => "would be",
            (false, Some(1)) => "was",
            (false, _) => "were",
        };
        text.push_str(&format!("  {files} {was} committed first: {}\n", one_line(subject)));
    }
    if !merged.withheld.is_empty() {
        let paths: Vec<String> = merged.withheld.iter().map(|path| one_line(path)).collect();
        text.push_str(&format!(
            "  Not committed (secrets, or repositories of their own): {}\n",
            paths.join(", ")
        ));
    }
    text
}

/// What the repository's checks said, or which would run.
fn checked(merged: &Merged) -> Option<String> {
    let checks = merged.checks.as_ref()?;
    if merged.dry_run {
        return wording::foreseen_checks(checks);
    }
    Some(match checks.outcome.as_str() {
        "passed" => "The repository's checks passed.".to_owned(),
        "passed_before" => "The repository's checks had passed on this very tree before.".to_owned(),
        "may_not_run" => "The repository's checks did not run: you denied them.".to_owned(),
        "skipped" => "The repository's checks did not run: --no-verify, which is recorded.".to_owned(),
        _ => return None,
    })
}

/// What has landed or would.
pub(super) fn told(merged: &Merged) -> String {
    let (name, target) = (one_line(&merged.name), one_line(&merged.target));
    let would = if merged.dry_run { "would land" } else { "has landed" };
    let commits = counted(merged.commits, "commit", "commits");
    let short = |sha: &str| sha.get(..10).unwrap_or(sha).to_owned();
    let mut text = match merged.outcome {
        MergeOutcome::Conflicts => {
            let paths: Vec<String> =
                merged.conflicts.iter().map(|conflict| one_line(&conflict.path)).collect();
            let agent = merged.settled.as_ref().map_or("an agent", |settler| settler.agent.as_str());
            let paths = paths.join(", ");
            format!(
                "'{name}' conflicts with {target}, which {} is to settle first: {paths}.\n",
                one_line(agent)
            )
        }
        MergeOutcome::WouldOpenPullRequest | MergeOutcome::PullRequest => offered::told(merged),
        _ => format!("'{name}' {would} in {target} ({commits}).\n"),
    };
    match &merged.after_sha {
        Some(after) => {
            text.push_str(&format!(
                "  {target} went from {} to {}.\n",
                short(&merged.before_sha),
                short(after)
            ));
        }
        None => text.push_str(&format!("  {target} is at {}.\n", short(&merged.before_sha))),
    }
    text.push_str(&committed(merged));
    if let Some(checked) = checked(merged) {
        text.push_str(&format!("  {checked}\n"));
    }
    if merged.settled.is_some() && merged.outcome != MergeOutcome::Conflicts {
        let settled = synced::settled(merged.settled.as_ref());
        text.push_str(&format!("  Before that, {}.\n", settled.trim_start_matches("; ")));
    }
    if let Some(checkout) = &merged.checkout {
        let goes = if merged.dry_run { "would go along" } else { "went along" };
        text.push_str(&format!("  The checkout in {} {goes}.\n", one_line(checkout)));
    }
    if let Some(deleted) = &merged.deleted {
        text.push_str(&delete::told(deleted));
    }
    if let Some(why) = &merged.not_deleted {
        text.push_str(&format!("  The workspace could not be removed and stays: {}.\n", one_line(why)));
    }
    text.push_str(&review::of_landing(merged.review.as_ref()));
    text.push_str(&opinion::of_landing(merged.opinion.as_ref()));
    text
}
