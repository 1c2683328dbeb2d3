//! `owt pr status`.

use clap::Args;
use owt_api::ReadPullRequests;
use owt_api::WorkspacePullRequest;
use owt_tui::text::one_line;

use crate::context::Context;
use crate::failure::Failure;
use crate::rendering::pull_requests;

/// Show how the pull requests of the workspaces stand, with their checks and reviews; the host is asked once for all.
#[derive(Debug, Args)]
pub(super) struct StatusArgs {
    /// The workspace (default: all of the repository).
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// In every repository.
    #[arg(long, visible_alias = "all", conflicts_with = "name")]
    all_repos: bool,
}

pub(super) fn run(args: &StatusArgs, context: &Context) -> Result<(), Failure> {
    let request = ReadPullRequests {
        cwd: context.cwd(),
        name: args.name.clone(),
        all_repos: args.all_repos,
        environment: context.environment.variables().clone(),
    };
    let found = context.ask("asking the host", |client| client.pull_requests(&request))?;
    for (name, problem) in found.iter().filter_map(|it| Some((&it.name, it.problem.as_ref()?))) {
        context.output.note(&format!("'{}': {}", one_line(name), one_line(&problem.message)));
    }
    context.output.answer(&found, |page| pull_requests::render(page, &found))?;
    if found.iter().any(is_merged) {
        context.output.suggest("delete the workspaces of what was merged: owt pr cleanup");
    }
    Ok(())
}

fn is_merged(it: &WorkspacePullRequest) -> bool {
    it.pull_request.as_ref().is_some_and(|pull| pull.state == "merged")
}
