//! `owt list`.

use clap::Args;
use owt_api::ListWorkspaces;
use owt_api::Workspace;

use crate::command::watch;
use crate::composition;
use crate::context::Context;
use crate::failure::Failure;
use crate::rendering::next_step::Standpoint;
use crate::rendering::workspace_list;
use crate::rendering::workspace_list::Breadth;

const EXAMPLES: &str = "\
Examples:
  owt list
  owt list --all-repos
  owt list --watch               until Ctrl-C
  owt list --json | jq -r '.data[] | select(.status == \"done\") | .name'

CHANGES: ↑commits of its own, ~uncommitted files, ↓commits of its base that it does not have.
LINES: that its work has added and removed, in files that git tracks.";

/// List the workspaces of this repository and what their agents are doing.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ListArgs {
    /// Of every repository.
    #[arg(long)]
    all_repos: bool,
    /// Go on: draw it anew whenever it changes; in a pipe and with --json one JSON object a line for each change.
    #[arg(short, long)]
    watch: bool,
}

pub(super) fn run(args: &ListArgs, context: &Context) -> Result<(), Failure> {
    match args.watch {
        true => watch::run(args.all_repos, context),
        false => show(args.all_repos, context),
    }
}

/// Shows the list; also `owt status` without a name.
pub(super) fn show(all_repos: bool, context: &Context) -> Result<(), Failure> {
    context.warn_of_configuration();
    let request = ListWorkspaces { cwd: context.cwd(), all_repos };
    let workspaces = context.ask("looking at the workspaces", |client| client.list(&request))?;
    let breadth = if all_repos { Breadth::All } else { Breadth::One };
    context.output.answer(&workspaces, |page| workspace_list::render(page, &workspaces, breadth))?;
    if workspaces.is_empty() {
        context.output.suggest("start one: owt new \"what should be done\"");
    }
    // Names of another repository's workspaces are known there only.
    let root = if all_repos { composition::repository_root(context.folder()) } else { None };
    let standpoint = |workspace: &Workspace| match &root {
        _ if !all_repos => Standpoint::Inside,
        Some(root) if root.as_str() == workspace.repository => Standpoint::Inside,
        _ => Standpoint::Outside,
    };
    for hint in workspace_list::hints(&workspaces, standpoint) {
        context.output.suggest(&hint);
    }
    Ok(())
}
