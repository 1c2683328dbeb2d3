//! `owt status`.

use clap::Args;

use crate::command::list;
use crate::command::show;
use crate::command::watch;
use crate::context::Context;
use crate::failure::Failure;

const EXAMPLES: &str = "\
Examples:
  owt status                 the same as owt list
  owt status auth-jwt        the same as owt show auth-jwt
  owt status --all-repos";

/// Show what the agents are doing, or everything about one workspace.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct StatusArgs {
    /// The workspace; all of this repository when absent.
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// Of every repository.
    #[arg(long, conflicts_with = "name")]
    all_repos: bool,
    /// Go on: draw it anew whenever it changes; in a pipe and with --json one JSON object a line for each change.
    #[arg(short, long, conflicts_with = "name")]
    watch: bool,
}

pub(super) fn run(args: &StatusArgs, context: &Context) -> Result<(), Failure> {
    match &args.name {
        Some(name) => show::show(name, context),
        None if args.watch => watch::run(args.all_repos, context),
        None => list::show(args.all_repos, context),
    }
}
