//! `owt queue`.

mod cancel;
mod settling;
mod ship;

use clap::ArgGroup;
use clap::Args;
use owt_api::QueueState;
use owt_api::ReadQueue;

use crate::context::Context;
use crate::failure::Failure;
use crate::rendering::queue;

const EXAMPLES: &str = "\
Examples:
  owt queue
  owt queue --json | jq -r '.data[] | select(.state == \"ready\") | .workspace'
  owt queue --ship --dry-run          what would land, in which order, and what would not
  owt queue --ship --yes --into main
  owt queue --ship --resolve claude   let an agent settle what conflicts, when the rest has landed
  owt queue --cancel                  nothing more of it lands; what has landed stays

What others stand on comes first, then what is in the fewest others' way, then what changes the fewest files, then what is
oldest; what cannot land now stands behind what can.";

/// Show in which order the work of the workspaces should land, and why; with --ship, land it.
///
/// With --ship all of it lands as a merge train: each workspace's work is committed, reviewed and built on that of those before it
/// as `owt ship` does it, the repository's checks run on what comes of that, and exactly what has passed them lands. What the
/// critic denies, what conflicts, what breaks the checks is put out by name, and the rest goes on. The server does it: Ctrl-C
/// leaves it running, the same command joins it again, and --cancel calls it off: checks that run are ended, what has landed stays
/// landed (`owt undo` takes it back), and all other work stays where it is.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, group = ArgGroup::new("deed").args(["ship", "cancel"]))]
pub(crate) struct QueueArgs {
    /// Land it, in this order.
    #[arg(long)]
    ship: bool,
    /// Call off what is landing.
    #[arg(long, conflicts_with_all = ["ship", "yes"])]
    cancel: bool,
    /// Land what was made from this branch in it, or call that off (default: the only one that there is).
    #[arg(long, value_name = "BRANCH", requires = "deed")]
    into: Option<String>,
    /// Do not ask. What is denied is denied all the same.
    #[arg(short, long, requires = "ship")]
    yes: bool,
    /// Let this agent settle what conflicts with what lands before it, once the rest has landed, as `owt ship --resolve` does it
    /// (default: `landing.resolve`; `off`: nobody).
    #[arg(long, value_name = "AGENT", requires = "ship", conflicts_with = "dry_run")]
    resolve: Option<String>,
    /// Say what would be done, and do nothing.
    #[arg(long, requires = "deed")]
    dry_run: bool,
}

pub(super) fn run(args: &QueueArgs, context: &Context) -> Result<(), Failure> {
    if args.ship {
        return ship::run(args, context);
    }
    if args.cancel {
        return cancel::run(args, context);
    }
    context.warn_of_configuration();
    let request = ReadQueue { cwd: context.cwd() };
    let places = context.ask("comparing the workspaces", |client| client.queue(&request))?;
    context.output.answer(&places, |page| queue::render(page, &places))?;
    if let Some(first) = places.iter().find(|place| place.state == QueueState::Ready) {
        context.output.suggest(&format!(
            "land the first: owt merge {}; land all of it: owt queue --ship",
            first.workspace
        ));
    }
    if let Some(stranded) = places.iter().find(|place| place.state == QueueState::TargetGone) {
        let name = &stranded.workspace;
        context.output.suggest(&format!(
            "'{name}' has no target any more; land it in another: owt merge {name} --into BRANCH"
        ));
    }
    Ok(())
}
