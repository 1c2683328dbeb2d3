//! `owt statusline`.

use std::time::Duration;

use clap::Args;
use owt_api::ListWorkspaces;
use owt_client::ClientError;

use crate::composition;
use crate::connect;
use crate::context::Context;
use crate::failure::Failure;

const EXAMPLES: &str = "\
Examples:
  owt statusline                                          1 needs you · 2 ready · 3 in flight
  set -g status-right '#(owt statusline --all-repos)'     in a tmux.conf of your own
  PS1='$(owt statusline 2>/dev/null) $ '                  in a shell's prompt";

/// A prompt waits no longer than this.
const LIMIT: Duration = Duration::from_millis(500);

/// Count in one line how many agents need you, are ready to ship and at work, for a prompt or tmux.
///
/// It starts no server: without one, and when there is nothing to say, the line is empty.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct StatuslineArgs {
    /// Of every repository; outside of any that is so anyway.
    #[arg(long)]
    all_repos: bool,
}

pub(super) fn run(args: &StatuslineArgs, context: &Context) -> Result<(), Failure> {
    let all_repos = args.all_repos || composition::repository_root(context.folder()).is_none();
    let workspaces = match connect::running_within(context, LIMIT)? {
        Some(mut client) => {
            let listed = client.list(&ListWorkspaces { cwd: context.cwd(), all_repos });
            listed.map_err(|error: ClientError| Failure::from(error))?
        }
        None => Vec::new(),
    };
    context.output.answer(&workspaces, |_| format!("{}\n", owt_tui::status_line(&workspaces)))
}
