//! `owt sync`.

use clap::Args;
use owt_api::ErrorCode;
use owt_api::Problem;
use owt_api::SyncOutcome;
use owt_api::SyncWorkspaces;
use owt_api::Synced;
use owt_api::SyncedWorkspace;
use owt_tui::text::one_line;

use crate::context::Context;
use crate::failure::Failure;
use crate::rendering::synced;

const EXAMPLES: &str = "\
Examples:
  owt sync auth-jwt
  owt sync --all                           every workspace whose agent rests
  owt sync --all --dry-run
  owt sync auth-jwt --leave-conflicts      for its agent to settle them
  owt sync auth-jwt --resolve claude       by an agent, in a workspace of its own";

/// Bring into workspaces what has come meanwhile to the branches that they follow, or were made from.
///
/// The remotes are asked first; one that cannot be reached is told, and what was last fetched comes in. Work that is
/// not committed stays as it is: nothing is stashed, nothing overwritten. What would conflict is found before anything is
/// touched. A workspace whose agent is at work is left alone.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct SyncArgs {
    /// The workspace: its name, branch, folder, or a unique abbreviation.
    #[arg(value_name = "NAME", required_unless_present = "all", conflicts_with = "all")]
    name: Option<String>,
    /// Every workspace of the repository.
    #[arg(long)]
    all: bool,
    /// Begin a merge that conflicts in the workspace, and leave its conflicts there.
    #[arg(long, conflicts_with = "dry_run")]
    leave_conflicts: bool,
    /// Let this agent settle what conflicts, in a workspace of its own; what it makes of it is taken if no conflict marker is
    /// left, no other file was changed and the checks pass (default: `landing.resolve`; `off`: nobody).
    #[arg(long, value_name = "AGENT", conflicts_with_all = ["leave_conflicts", "dry_run", "all"])]
    resolve: Option<String>,
    /// Ask no remote: bring in what was last fetched.
    #[arg(long)]
    offline: bool,
    /// Say what would be done, and do nothing but asking the remotes.
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(args: &SyncArgs, context: &Context) -> Result<(), Failure> {
    let request = SyncWorkspaces {
        cwd: context.cwd(),
        name: args.name.clone(),
        leave_conflicts: args.leave_conflicts,
        resolve: args.resolve.clone(),
        offline: args.offline,
        dry_run: args.dry_run,
        environment: context.environment.variables().clone(),
    };
    let synced = match args.dry_run {
        true => context.ask("looking what has come", |client| client.sync(&request))?,
        false => context.tell("bringing in what has come", |client| client.sync(&request))?,
    };
    for remote in &synced.unreached {
        let (name, why) = (one_line(&remote.remote), one_line(&remote.why));
        context.output.note(&format!("'{name}' was not asked, and what was last fetched counts: {why}"));
    }
    if let Some(failure) = failure(&synced, args) {
        return Err(failure);
    }
    context.output.answer(&synced, |page| match (&args.name, synced.workspaces.as_slice()) {
        (Some(_), [one]) => format!("{}.\n", sentence(one)),
        _ => synced::render(page, &synced),
    })
}

fn sentence(it: &SyncedWorkspace) -> String {
    format!("'{}' {}", one_line(&it.name), synced::what(it))
}

/// That one of them does not have what has come. Those that were left alone because somebody works there are no failure.
fn failure(synced: &Synced, args: &SyncArgs) -> Option<Failure> {
    let bad = |it: &&SyncedWorkspace| {
        matches!(it.outcome, SyncOutcome::Conflicts | SyncOutcome::ConflictsLeft | SyncOutcome::Failed)
    };
    let first = synced.workspaces.iter().find(bad)?;
    let message: Vec<String> = match args.all {
        true => synced.workspaces.iter().map(sentence).collect(),
        false => vec![sentence(first)],
    };
    let Problem { code, hint, .. } = first.problem.clone().unwrap_or_else(|| conflicting(first));
    let mut failure = Failure::new(code, message.join("\n"));
    if let Some(hint) = hint {
        failure = failure.hint(hint);
    }
    Some(failure.with_data(serde_json::json!(synced)))
}

fn conflicting(it: &SyncedWorkspace) -> Problem {
    let name = one_line(&it.name);
    Problem::new(ErrorCode::MergeConflicts, "").hint(match it.outcome {
        SyncOutcome::ConflictsLeft => {
            format!("let its agent settle them there and commit: owt resume {name} \"settle the merge, then commit\"")
        }
        _ => format!(
            "begin the merge in the workspace, for its agent or you to settle: owt sync {name} --leave-conflicts; or let an agent \
             settle it in a workspace of its own: --resolve AGENT"
        ),
    })
}
