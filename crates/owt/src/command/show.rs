//! `owt show`.

use clap::Args;
use owt_api::ContextWay;
use owt_api::Selector;
use owt_tui::text::block;
use owt_tui::text::one_line;
use serde::Serialize;

use crate::context::Context;
use crate::failure::Failure;
use crate::rendering::next_step;
use crate::rendering::next_step::Standpoint;
use crate::rendering::workspace_detail;

const EXAMPLES: &str = "\
Examples:
  owt show auth-jwt          any unique part of the name's words will do
  owt show feat/auth-jwt     or its branch
  owt show .                 or its folder
  owt show auth-jwt --context";

/// Show everything about one workspace.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ShowArgs {
    /// The workspace: its name, branch, folder, or a unique abbreviation.
    #[arg(value_name = "NAME")]
    name: String,
    /// Print what the agent was told besides its task, and nothing else.
    #[arg(long)]
    context: bool,
}

pub(super) fn run(args: &ShowArgs, context: &Context) -> Result<(), Failure> {
    if args.context { told(&args.name, context) } else { show(&args.name, context) }
}

/// Prints what its agent was told besides its task.
fn told(name: &str, context: &Context) -> Result<(), Failure> {
    let request = selector(name, context);
    let detail = context.ask("looking at the workspace", |client| client.show(&request))?;
    let told = detail.context.as_deref();
    if told.is_none() {
        context.output.note(&format!(
            "the agent of {} was told nothing besides its task",
            one_line(&detail.workspace.name)
        ));
    }
    if detail.context_way == Some(ContextWay::Prompt) {
        context.output.note("it has no channel of its own for this: it was told with its task");
    }
    let answer = Told { context: told, context_way: detail.context_way };
    context.output.answer(&answer, |_| told.map(block).unwrap_or_default())
}

/// What an agent was told.
#[derive(Debug, Serialize)]
struct Told<'a> {
    /// `None` when it was nothing.
    context: Option<&'a str>,
    context_way: Option<ContextWay>,
}

/// Shows it; also `owt status NAME`.
pub(super) fn show(name: &str, context: &Context) -> Result<(), Failure> {
    context.warn_of_configuration();
    let request = selector(name, context);
    let detail = context.ask("looking at the workspace", |client| client.show(&request))?;
    context.output.answer(&detail, |page| workspace_detail::render(page, &detail))?;
    // A question that is known in words stands on the page with its answers.
    if detail.workspace.pending.is_empty()
        && let Some(step) = next_step::of(&detail.workspace, Standpoint::Inside)
    {
        context.output.suggest(&step);
    }
    Ok(())
}

/// A name as the person wrote it, seen from their folder.
pub(super) fn selector(name: &str, context: &Context) -> Selector {
    Selector { cwd: context.cwd(), name: name.to_owned() }
}
