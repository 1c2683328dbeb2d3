//! `owt interrupt`.

use clap::Args;
use owt_api::InterruptTurn;

use crate::command::show::selector;
use crate::context::Context;
use crate::failure::Failure;

const EXAMPLES: &str = "\
Examples:
  owt interrupt auth-jwt
  owt interrupt auth-jwt && owt send auth-jwt \"Not that way: use the library\"
  owt interrupt auth-jwt --dry-run

The session goes on: messages that wait are given to the agent next. owt stop ends the session.";

/// End the turn that an agent is in, and keep its session.
///
/// What it asks at that moment is taken back.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct InterruptArgs {
    /// The workspace: its name, branch, folder, or a unique abbreviation.
    #[arg(value_name = "NAME")]
    name: String,
    /// Say what would be done, and do nothing.
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(args: &InterruptArgs, context: &Context) -> Result<(), Failure> {
    let request = InterruptTurn { workspace: selector(&args.name, context), dry_run: args.dry_run };
    let interrupted = context.tell("interrupting the agent", |client| client.interrupt(&request))?;
    context.output.answer(&interrupted, |_| {
        let name = &interrupted.name;
        match (interrupted.was_working, interrupted.dry_run) {
            (false, _) => format!("The agent of '{name}' is in no turn.\n"),
            (true, true) => format!("The turn of '{name}' would be interrupted.\n"),
            (true, false) => format!("The turn of '{name}' was interrupted; its session goes on.\n"),
        }
    })
}
