//! `owt server`: looking at, ending and replacing the server.

use std::time::Duration;

use clap::Args;
use clap::Subcommand;
use owt_api::ErrorCode;
use owt_client::ClientError;
use owt_server::Instance;
use owt_server::InstanceError;
use owt_server::Patience;
use serde::Serialize;

use crate::connect;
use crate::context::Context;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::rendering::server;

/// How long a server may take to end.
const PATIENCE: Duration = Duration::from_secs(10);

const EXAMPLES: &str = "\
Examples:
  owt server status
  owt server restart               the same program anew; agents go on meanwhile
  owt server stop";

/// The server: how it is, and its end. Agents go on without it.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ServerArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// How the server is. Starts none.
    Status,
    /// End the server. Agents go on; the next command starts a server again.
    Stop(Preview),
    /// End the server and start it again.
    Restart(Preview),
}

#[derive(Debug, Args)]
struct Preview {
    /// Say what would be done, and do nothing.
    #[arg(long)]
    dry_run: bool,
}

/// What `owt server stop` did.
#[derive(Debug, Serialize)]
struct Stopped {
    was_running: bool,
    dry_run: bool,
}

pub(super) fn run(args: &ServerArgs, context: &Context) -> Result<(), Failure> {
    match &args.what {
        What::Status => status(context),
        What::Stop(preview) => {
            let was_running = if preview.dry_run { would_stop(context)? } else { stop(context)? };
            let stopped = Stopped { was_running, dry_run: preview.dry_run };
            context.output.answer(&stopped, |_| {
                let text = match (was_running, preview.dry_run) {
                    (true, false) => "The server has ended; agents go on.\n",
                    (true, true) => "The server would end; agents would go on.\n",
                    (false, _) => "No server is running.\n",
                };
                text.to_owned()
            })
        }
        What::Restart(Preview { dry_run: true }) => {
            let stopped = Stopped { was_running: would_stop(context)?, dry_run: true };
            context.output.answer(&stopped, |_| {
                let text = match stopped.was_running {
                    true => "The server would end and be started again; agents would go on.\n",
                    false => "No server is running; one would be started.\n",
                };
                text.to_owned()
            })
        }
        What::Restart(_) => {
            stop(context)?;
            show(context)
        }
    }
}

/// Whether a server runs that would end if it were asked to; refused as a stop would be.
fn would_stop(context: &Context) -> Result<bool, Failure> {
    let Some((mut client, _)) = connect::running(context)? else { return Ok(false) };
    client.may_stop_server()?;
    Ok(true)
}

fn status(context: &Context) -> Result<(), Failure> {
    context.warn_of_configuration();
    let Some((mut client, _)) = connect::running(context)? else {
        return Err(Failure::new(ErrorCode::NotFound, "no server is running")
            .hint("the next command that needs one starts it; in the foreground: owt serve"));
    };
    let status = client.server_status()?;
    context.output.answer(&status, |page| server::render(page, &status))
}

/// The status of a server that is started if need be.
fn show(context: &Context) -> Result<(), Failure> {
    let status = context.ask("starting the server", owt_client::Client::server_status)?;
    context.output.answer(&status, |page| server::render(page, &status))
}

/// Ends the server and waits until it has ended; whether one ran.
fn stop(context: &Context) -> Result<bool, Failure> {
    let Some((mut client, asked)) = connect::running(context)? else { return Ok(false) };
    let _progress = Progress::of(&context.output, "ending the server");
    match client.stop_server() {
        Ok(()) | Err(ClientError::Gone(_)) => {}
        Err(error) => return Err(error.into()),
    }
    // Its connection would be one to drain.
    drop(client);
    match Instance::claim(&connect::server_lock(&context.places()?), Patience::UntilItEnds(PATIENCE)) {
        Ok(_ended) => Ok(true),
        // It has ended, and somebody has started the next already: a command that goes on following, for instance.
        Err(InstanceError::Held(held)) if held.pid.is_some_and(|pid| pid != asked.pid) => Ok(true),
        Err(InstanceError::Held(_)) => {
            Err(Failure::new(ErrorCode::TimedOut, "the server has not ended yet")
                .hint("see its log in OWT_HOME"))
        }
        Err(error) => Err(error.into()),
    }
}
