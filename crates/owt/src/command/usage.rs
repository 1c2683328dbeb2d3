//! `owt usage`.

use clap::Args;
use owt_api::ReadUsage;

use crate::context::Context;
use crate::failure::Failure;
use crate::rendering::usage;
use crate::rendering::usage::UsageTable;

const EXAMPLES: &str = "\
Examples:
  owt usage                    the last 30 days in this repository
  owt usage --days 7 --all-repos --by repository
  owt usage --by model
  owt usage --by attempt       what each session took, the dearest first
  owt usage --json | jq '.data.by_agent[] | {agent, cost_usd}'

Tokens and costs are what the agents themselves report, in a terminal by their own records; `-` is what no agent has said. A
cost with `~` is estimated by your prices ([usage.prices] in your configuration). Days are those of UTC.";

/// Show what was used: workspaces, jobs and how they ended, messages, time, tokens and costs.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct UsageArgs {
    /// Today and the days before it, so many in all.
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3660))]
    days: u32,
    /// Of every repository.
    #[arg(long)]
    all_repos: bool,
    /// One table only: by what.
    #[arg(long, value_name = "WHAT", value_enum)]
    by: Option<UsageTable>,
}

pub(super) fn run(args: &UsageArgs, context: &Context) -> Result<(), Failure> {
    let request = ReadUsage { cwd: context.cwd(), all_repos: args.all_repos, days: args.days };
    let used = context.ask("counting", |client| client.usage(&request))?;
    context.output.answer(&used, |page| usage::render(page, &used, args.by))
}
