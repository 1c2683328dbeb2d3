//! `owt attach` and `owt switch`.

use clap::Args;
use owt_api::Attach;
use owt_api::AttachPlan;
use owt_api::ErrorCode;
use owt_process::Cmd;

use crate::command::show::selector;
use crate::context::Context;
use crate::failure::Failure;

const EXAMPLES: &str = "\
Examples:
  owt attach auth-jwt
  owt s auth-jwt

Leave a session in tmux with Ctrl-b d: the agent goes on.";

/// Hand the terminal over to a workspace's session.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct AttachArgs {
    /// The workspace: its name, branch, folder, or a unique abbreviation.
    #[arg(value_name = "NAME")]
    name: String,
    /// The session in tmux, which is the only kind with a terminal.
    #[arg(short, long)]
    tmux: bool,
}

pub(super) fn run(args: &AttachArgs, context: &Context) -> Result<(), Failure> {
    tracing::debug!(tmux = args.tmux, "attaching");
    require_terminal(context)?;
    hand_over(context, &args.name)
}

/// Refuses before anything is done where there is no terminal to hand over.
pub(super) fn require_terminal(context: &Context) -> Result<(), Failure> {
    if context.output.has_terminal() && !context.globals.json {
        return Ok(());
    }
    Err(Failure::new(ErrorCode::NoTerminal, "there is no terminal here to hand over to the session")
        .hint("run it in a terminal; without one: owt logs NAME --follow, owt send NAME \"...\""))
}

/// Becomes the program that shows the session; returns only when that failed.
pub(super) fn hand_over(context: &Context, name: &str) -> Result<(), Failure> {
    let request = Attach {
        workspace: selector(name, context),
        inside_tmux: context.environment.tmux().map(str::to_owned),
    };
    let plan = context.ask("finding the session", |client| client.attach(&request))?;
    Err(execute(plan))
}

fn execute(plan: AttachPlan) -> Failure {
    let mut argv = plan.argv.into_iter();
    let Some(program) = argv.next() else {
        return Failure::new(ErrorCode::Internal, format!("'{}' has an empty plan to attach", plan.name));
    };
    let cmd = plan.unset.into_iter().fold(Cmd::new(program).args(argv), Cmd::env_remove);
    cmd.exec().into()
}
