//! `owt status`.

use clap::Args;

use crate::command::list;
use crate::command::show;
use crate::context::Context;
use crate::failure::Failure;

/// Show what the agents are doing, or everything about one workspace.
#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// The workspace; all of this repository when absent.
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// Of every repository.
    #[arg(long, conflicts_with = "name")]
    all_repos: bool,
}

pub(super) fn run(args: &StatusArgs, context: &Context) -> Result<(), Failure> {
    match &args.name {
        Some(name) => show::show(name, context),
        None => list::show(args.all_repos, context),
    }
}
