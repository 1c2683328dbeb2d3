//! `owt approvals`.

use clap::Args;
use clap::Subcommand;
use owt_api::Approval;
use owt_api::Approve;
use owt_api::Decision;
use owt_api::ErrorCode;
use owt_api::ListApprovals;
use owt_api::Problem;

use crate::context::Context;
use crate::failure::Failure;
use crate::rendering::approvals;

const EXAMPLES: &str = "\
Examples:
  owt approvals                    what this repository brings along
  owt approvals show 3f9c          what it runs and what is in its files; a beginning of the digest is enough
  owt approvals allow 3f9c";

/// What repositories bring along that runs code (servers, hooks, settings of agents): look at it, allow or deny it.
///
/// Once per content: what was allowed and then changes is asked for again. Only a person may decide.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ApprovalsArgs {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// What there is, and what was decided.
    List,
    /// One of them, with its files and what is in them.
    Show(Named),
    /// It may run.
    Allow(Decided),
    /// It may not run.
    Deny(Decided),
}

#[derive(Debug, Args)]
struct Named {
    /// The content's digest as listed; a unique beginning is enough.
    #[arg(value_name = "CONTENT")]
    digest: String,
}

#[derive(Debug, Args)]
struct Decided {
    #[command(flatten)]
    named: Named,
    /// Say what would be done, and do nothing.
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(args: &ApprovalsArgs, context: &Context) -> Result<(), Failure> {
    match args.what.as_ref().unwrap_or(&What::List) {
        What::List => {
            let found = listed(context)?;
            context.output.answer(&found, |page| approvals::render(page, &found))
        }
        What::Show(named) => {
            let found = listed(context)?;
            let approval = only(&found, &named.digest)?;
            context.output.answer(approval, |page| approvals::whole(page, approval))
        }
        What::Allow(decided) => decide(context, decided, Decision::Allow),
        What::Deny(decided) => decide(context, decided, Decision::Deny),
    }
}

fn listed(context: &Context) -> Result<Vec<Approval>, Failure> {
    let request = ListApprovals { cwd: context.cwd() };
    context.ask("looking at what the repository brings along", |client| client.approvals(&request))
}

fn only<'a>(found: &'a [Approval], digest: &str) -> Result<&'a Approval, Problem> {
    let mut matching = found.iter().filter(|approval| approval.digest.starts_with(digest));
    match (matching.next(), matching.next()) {
        (Some(approval), None) => Ok(approval),
        (None, _) => Err(Problem::new(
            ErrorCode::NotFound,
            format!("no content has a digest that begins with '{digest}'"),
        )
        .hint("see what there is: owt approvals list")),
        (Some(_), Some(_)) => {
            let candidates = found.iter().filter(|approval| approval.digest.starts_with(digest));
            Err(Problem::new(ErrorCode::Ambiguous, format!("several digests begin with '{digest}'"))
                .candidates(candidates.map(|approval| approval.digest.as_str())))
        }
    }
}

fn decide(context: &Context, decided: &Decided, decision: Decision) -> Result<(), Failure> {
    let Decided { named, dry_run } = decided;
    let digest = only(&listed(context)?, &named.digest)?.digest.clone();
    let request = Approve { cwd: context.cwd(), digest, decision, dry_run: *dry_run };
    let approval = context.tell("writing it down", |client| client.approve(&request))?;
    if *dry_run {
        context.output.note("nothing was written down (--dry-run)");
    }
    context.output.answer(&approval, |page| approvals::page(page, &approval))
}
