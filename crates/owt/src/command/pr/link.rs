//! `owt pr link`.

use clap::ArgGroup;
use clap::Args;
use owt_api::LinkPullRequest;

use crate::command::show::selector;
use crate::context::Context;
use crate::failure::Failure;
use crate::rendering::pull_requests;

/// Say which pull request a workspace's work goes by; its host is asked whether there is such a one.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").required(true).args(["number", "pr"]))]
pub(super) struct LinkArgs {
    /// The workspace: its name, branch, folder, or a unique abbreviation.
    #[arg(value_name = "NAME")]
    name: String,
    /// The number of the pull request.
    #[arg(value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..=i32::MAX as u64))]
    number: Option<u64>,
    /// The same.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..=i32::MAX as u64))]
    pr: Option<u64>,
    /// Ask, and record nothing.
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(args: &LinkArgs, context: &Context) -> Result<(), Failure> {
    let request = LinkPullRequest {
        workspace: selector(&args.name, context),
        number: args.number.or(args.pr).unwrap_or_default(),
        dry_run: args.dry_run,
        environment: context.environment.variables().clone(),
    };
    let linked = context.tell("asking the host", |client| client.link_pull_request(&request))?;
    context.output.answer(&linked, |page| pull_requests::render(page, std::slice::from_ref(&linked)))
}
