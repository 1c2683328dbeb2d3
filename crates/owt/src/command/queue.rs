//! `owt queue`.

use clap::Args;
use owt_api::QueueState;
use owt_api::ReadQueue;

use crate::context::Context;
use crate::failure::Failure;
use crate::rendering::queue;

const EXAMPLES: &str = "\
Examples:
  owt queue
  owt queue --json | jq -r '.data[] | select(.state == \"ready\") | .workspace'

What others stand on comes first, then what is in the fewest others' way, then what changes the fewest files, then what is
oldest; what cannot land now stands behind what can.";

/// Show in which order the work of the workspaces should land, and why.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct QueueArgs {}

pub(super) fn run(_: &QueueArgs, context: &Context) -> Result<(), Failure> {
    context.warn_of_configuration();
    let request = ReadQueue { cwd: context.cwd() };
    let places = context.ask("comparing the workspaces", |client| client.queue(&request))?;
    context.output.answer(&places, |page| queue::render(page, &places))?;
    if let Some(first) = places.iter().find(|place| place.state == QueueState::Ready) {
        context.output.suggest(&format!("land the first: owt merge {}", first.workspace));
    }
    Ok(())
}
