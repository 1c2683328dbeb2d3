//! `owt explain`.

use clap::Args;

use crate::command::show::selector;
use crate::context::Context;
use crate::failure::Failure;
use crate::rendering::explanation;

const EXAMPLES: &str = "\
Examples:
  owt explain auth-jwt
  owt explain auth-jwt --json | jq .data.decided

How far a source is believed: what the agent's own protocol or its process says is strong; a hook is medium, since
it may come late; what its screen shows is weak, and gives way to what the program itself just said.";

/// Say why a workspace has the status that it has: what was seen, what decided, and what was not believed.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ExplainArgs {
    /// The workspace: its name, branch, folder, or a unique abbreviation.
    #[arg(value_name = "NAME")]
    name: String,
}

pub(super) fn run(args: &ExplainArgs, context: &Context) -> Result<(), Failure> {
    let request = selector(&args.name, context);
    let explained = context.ask("looking for the reasons", |client| client.explain(&request))?;
    context.output.answer(&explained, |page| explanation::render(page, &explained))
}
