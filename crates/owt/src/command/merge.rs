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

use crate::command::delete;
use crate::command::show::selector;
use crate::context::Context;
use crate::failure::Failure;
use crate::rendering::plain::one_line;

const EXAMPLES: &str = "\
Examples:
  owt merge auth-jwt
  owt m auth-jwt --squash --into release
  owt merge auth-jwt --dry-run
  owt merge auth-jwt --leave-conflicts     for its agent to settle them, then again";

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
    /// Whose lines are taken where both changed the same: the workspace's (ours) or the target's (theirs).
    #[arg(long, value_name = "SIDE", value_enum)]
    strategy: Option<Strategy>,
    /// Begin the merge in the workspace and leave its conflicts there.
    #[arg(long, conflicts_with_all = ["rebase", "dry_run"])]
    leave_conflicts: bool,
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
        leave_conflicts: args.leave_conflicts,
        keep: args.keep,
        dry_run: args.dry_run,
    };
    let merged = if args.dry_run {
        context.ask("looking ahead", |client| client.merge(&request))?
    } else {
        context.tell("landing the work", |client| client.merge(&request))?
    };
    match merged.outcome {
        MergeOutcome::WouldLand | MergeOutcome::Landed => {}
        MergeOutcome::Conflicts | MergeOutcome::ConflictsLeft => return Err(conflicts(&merged)),
        MergeOutcome::TargetKept => return Err(kept(&merged)),
    }
    context.output.answer(&merged, |_| told(&merged))?;
    if merged.deleted.is_some() {
        context.output.suggest(&format!("bring the workspace back: owt restore {}", one_line(&merged.name)));
    }
    Ok(())
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
            "the merge is begun in the workspace: let its agent settle it there and commit (owt send {name} \"...\"), then owt \
             merge {name}"
        ),
        _ => format!(
            "begin the merge in the workspace, for its agent or you to settle: owt merge {name} --leave-conflicts; or say whose \
             lines are taken: --strategy ours"
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
    let sha = merged.after_sha.as_deref().unwrap_or_default();
    Failure::new(ErrorCode::TargetDirty, message)
        .hint(format!(
            "commit or put away what is there, then owt merge {name} again; or take the result yourself: git -C {at} merge \
             --ff-only {sha}"
        ))
        .with_data(serde_json::json!(merged))
}

/// What has landed or would.
fn told(merged: &Merged) -> String {
    let (name, target) = (one_line(&merged.name), one_line(&merged.target));
    let would = if merged.dry_run { "would land" } else { "has landed" };
    let commits = counted(merged.commits, "commit", "commits");
    let short = |sha: &str| sha.get(..10).unwrap_or(sha).to_owned();
    let mut text = format!("'{name}' {would} in {target} ({commits}).\n");
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
    if let Some(checkout) = &merged.checkout {
        text.push_str(&format!("  The checkout in {} went along.\n", one_line(checkout)));
    }
    if let Some(deleted) = &merged.deleted {
        text.push_str(&delete::told(deleted));
    }
    if let Some(why) = &merged.not_deleted {
        text.push_str(&format!("  The workspace could not be removed and stays: {}.\n", one_line(why)));
    }
    text
}
