//! `owt agents`.

use clap::Args;
use owt_api::ListAgents;

use crate::context::Context;
use crate::failure::Failure;
use crate::rendering::agents;

const EXAMPLES: &str = "\
Examples:
  owt agents
  owt agents --json | jq -r '.data[] | select(.path != null) | .name'";

/// List the agents that owt knows: which are installed, and what each can do.
///
/// The one with ● is started when none is named.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct AgentsArgs {}

pub(super) fn run(_args: &AgentsArgs, context: &Context) -> Result<(), Failure> {
    let request = ListAgents { cwd: context.cwd(), environment: context.environment.variables().clone() };
    let found = context.ask("looking for agents", |client| client.agents(&request))?;
    context.output.answer(&found, |page| agents::render(page, &found))?;
    for note in agents::notes(&found) {
        context.output.suggest(&note);
    }
    Ok(())
}
