//! `owt stop`.

use clap::Args;
use owt_api::StopSession;

use crate::command::show::selector;
use crate::context::Context;
use crate::failure::Failure;

const EXAMPLES: &str = "\
Examples:
  owt stop auth-jwt
  owt stop auth-jwt --dry-run";

/// End a workspace's session, or call off the one that is yet to begin. The workspace and everything in it stay.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct StopArgs {
    /// The workspace: its name, branch, folder, or a unique abbreviation.
    #[arg(value_name = "NAME")]
    name: String,
    /// Say what would be done, and do nothing.
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(args: &StopArgs, context: &Context) -> Result<(), Failure> {
    let request = StopSession { workspace: selector(&args.name, context), dry_run: args.dry_run };
    let stopped = context.tell("ending the session", |client| client.stop(&request))?;
    context.output.answer(&stopped, |_| {
        let name = &stopped.name;
        match (stopped.was_running, args.dry_run) {
            (false, true) if stopped.called_off => {
                format!("'{name}' has no session yet; the one that is about to begin would be called off.\n")
            }
            (false, false) if stopped.called_off => {
                format!(
                    "'{name}' had no session yet; the one that was about to begin is called off (owt resume {name} lets it \
                     begin after all).\n"
                )
            }
            (false, _) => format!("'{name}' has no running session.\n"),
            (true, true) => format!("The session of '{name}' would be ended.\n"),
            (true, false) => format!("The session of '{name}' has ended.\n"),
        }
    })
}
