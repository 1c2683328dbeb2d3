//! `owt pr`.

mod cleanup;
mod create;
mod link;
mod status;
mod unlink;

use clap::Args;
use clap::Subcommand;

use crate::context::Context;
use crate::failure::Failure;

const EXAMPLES: &str = "\
Examples:
  owt pr create auth-jwt --dry-run     what would be pushed, and what the pull request would say
  owt pr create auth-jwt --draft
  owt pr link auth-jwt --pr 47
  owt pr unlink auth-jwt
  owt pr status
  owt pr cleanup                       delete the workspaces whose pull request was merged

The login is that of gh (gh auth login) where it is installed, otherwise a token: GH_TOKEN or GITHUB_TOKEN for github.com, \
GH_ENTERPRISE_TOKEN for a host of your own, which GH_HOST names. Nothing else of owt needs either.";

/// Pull requests of workspaces' branches, at GitHub.
///
/// Only a person may: an agent's session is refused.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct PrArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Create(create::CreateArgs),
    Link(link::LinkArgs),
    Unlink(unlink::UnlinkArgs),
    Status(status::StatusArgs),
    Cleanup(cleanup::CleanupArgs),
}

pub(super) fn run(args: &PrArgs, context: &Context) -> Result<(), Failure> {
    match &args.what {
        What::Create(args) => create::run(args, context),
        What::Link(args) => link::run(args, context),
        What::Unlink(args) => unlink::run(args, context),
        What::Status(args) => status::run(args, context),
        What::Cleanup(args) => cleanup::run(args, context),
    }
}
