//! `owt create`.

use clap::Args;
use owt_api::NewWorkspace;

use crate::command::launch::Launch;
use crate::context::Context;
use crate::failure::Failure;

const EXAMPLES: &str = "\
Examples:
  owt create feature/auth-flow
  owt create fix/memory-leak --plan-mode --ai-tool claude
  owt send auth-flow \"Implement the login page\"";

/// Make a workspace for a branch and start an agent in it, without a prompt.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CreateArgs {
    /// The branch.
    #[arg(value_name = "BRANCH")]
    branch: String,
    #[command(flatten)]
    launch: Launch,
}

pub(super) fn run(args: CreateArgs, context: &Context) -> Result<(), Failure> {
    let request =
        NewWorkspace { branch: Some(args.branch), adopt_branch: true, ..args.launch.request(context) };
    args.launch.carry_out(request, context)
}
