//! `owt statusline`.

use std::ops::ControlFlow;
use std::sync::mpsc;
use std::time::Duration;

use clap::Args;
use owt_api::ListWorkspaces;
use owt_api::WatchChunk;
use owt_client::ClientError;

use crate::command::watch;
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

/// Between two servers.
const PAUSE: Duration = Duration::from_secs(2);

/// Count in one line how many agents need you, are ready to ship and at work, for a prompt or tmux.
///
/// It starts no server: without one, and when there is nothing to say, the line is empty.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct StatuslineArgs {
    /// Of every repository; outside of any that is so anyway.
    #[arg(long)]
    all_repos: bool,
    /// Go on: a line whenever the counts change, an empty one where there is no server. For what shows the last line that a
    /// program prints, as tmux does; until Ctrl-C.
    #[arg(short, long)]
    follow: bool,
}

pub(super) fn run(args: &StatuslineArgs, context: &Context) -> Result<(), Failure> {
    let all_repos = args.all_repos || composition::repository_root(context.folder()).is_none();
    if args.follow {
        return follow(context, &ListWorkspaces { cwd: context.cwd(), all_repos });
    }
    let workspaces = match connect::running_within(context, LIMIT)? {
        Some(mut client) => {
            let listed = client.list(&ListWorkspaces { cwd: context.cwd(), all_repos });
            listed.map_err(|error: ClientError| Failure::from(error))?
        }
        None => Vec::new(),
    };
    context.output.answer(&workspaces, |_| format!("{}\n", owt_tui::status_line(&workspaces)))
}

/// Through servers that come and go. The server says when something changes; one that is not there is looked for from time
/// to time, as the board does.
fn follow(context: &Context, request: &ListWorkspaces) -> Result<(), Failure> {
    watch::until_interrupted(context);
    // Nobody ever says anything here.
    let (_silent, silence) = mpsc::channel::<()>();
    let mut said = None;
    let mut tell = |line: String| match said.as_ref() == Some(&line) {
        true => Ok(()),
        false => context.output.write(format!("{}\n", said.insert(line)).as_bytes()),
    };
    loop {
        let client = connect::running(context).ok().flatten().map(|(client, _)| client);
        if client.is_none() {
            tell(String::new())?;
        }
        let mut failed = Ok(());
        // Why a watch ended matters to nobody: the next begins.
        let _ = client.map(|client| {
            client.watch(request, |chunk| match chunk {
                WatchChunk::Listed { workspaces, .. } => {
                    failed = tell(owt_tui::status_line(&workspaces));
                    if failed.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
                }
                WatchChunk::Same => ControlFlow::Continue(()),
                WatchChunk::Broken { .. } => ControlFlow::Break(()),
            })
        });
        failed?;
        // It only ever ends by its length.
        let _ = silence.recv_timeout(PAUSE);
    }
}
