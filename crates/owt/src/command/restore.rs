//! `owt restore`.

use clap::Args;
use owt_api::ListSnapshots;
use owt_api::Restore;

use crate::context::Context;
use crate::failure::Failure;
use crate::rendering::snapshots;

const EXAMPLES: &str = "\
Examples:
  owt restore              what can be brought back
  owt restore auth-jwt     the newest of that name";

/// List what can be brought back, or bring it back.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct RestoreArgs {
    /// A deleted workspace's name, or a snapshot's id.
    #[arg(value_name = "NAME|ID")]
    what: Option<String>,
    /// Say what would be done, and do nothing.
    #[arg(long, requires = "what")]
    dry_run: bool,
}

pub(super) fn run(args: &RestoreArgs, context: &Context) -> Result<(), Failure> {
    let Some(what) = &args.what else {
        let request = ListSnapshots { cwd: context.cwd() };
        let found = context.ask("looking at the snapshots", |client| client.snapshots(&request))?;
        return context.output.answer(&found, |page| snapshots::render(page, &found));
    };
    let request = Restore { cwd: context.cwd(), what: what.clone(), dry_run: args.dry_run };
    let restored = context.tell("bringing it back", |client| client.restore(&request))?;
    context.output.answer(&restored, |_| format!("{}\n", snapshots::back(&restored)))
}
