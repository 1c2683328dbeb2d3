//! `owt pr unlink`.

use clap::Args;
use owt_api::UnlinkPullRequest;

use crate::command::show::selector;
use crate::context::Context;
use crate::failure::Failure;
use crate::rendering::pull_requests;

/// Say that a workspace's work does not go by the pull request that it has. At the host nothing changes, and nobody is asked.
///
/// It is not taken up again because the branch has it; owt pr link NAME --pr NUMBER takes it back.
#[derive(Debug, Args)]
pub(super) struct UnlinkArgs {
    /// The workspace: its name, branch, folder, or a unique abbreviation.
    #[arg(value_name = "NAME")]
    name: String,
    /// Say which it is, and record nothing.
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(args: &UnlinkArgs, context: &Context) -> Result<(), Failure> {
    let request = UnlinkPullRequest { workspace: selector(&args.name, context), dry_run: args.dry_run };
    let was = context.tell("unlinking", |client| client.unlink_pull_request(&request))?;
    context.output.answer(&was, |page| match args.dry_run {
        true => pull_requests::render(page, std::slice::from_ref(&was)),
        false => pull_requests::unlinked(&was),
    })
}
