//! `owt answer`.

use clap::Args;
use clap::ValueEnum;
use owt_api as api;

use crate::command::show::selector;
use crate::context::Context;
use crate::failure::Failure;
use crate::rendering::workspace_detail;

const EXAMPLES: &str = "\
Examples:
  owt answer auth-jwt allow
  owt answer auth-jwt deny -m \"Use the staging database\"";

/// Answer what an agent asks permission for.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct AnswerArgs {
    /// The workspace: its name, branch, folder, or a unique abbreviation.
    #[arg(value_name = "NAME")]
    name: String,
    /// The answer.
    #[arg(value_name = "ANSWER", value_enum)]
    decision: Decision,
    /// Tell the agent why not, or what to do instead.
    #[arg(short, long, value_name = "TEXT")]
    message: Option<String>,
    /// Say what would be done, and do nothing.
    #[arg(long)]
    dry_run: bool,
}

/// An answer; also of `owt approvals`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Decision {
    /// It may.
    Allow,
    /// It may not.
    Deny,
}

pub(super) fn run(args: &AnswerArgs, context: &Context) -> Result<(), Failure> {
    let decision = match args.decision {
        Decision::Allow => api::Decision::Allow,
        Decision::Deny => api::Decision::Deny,
    };
    if decision == api::Decision::Allow && args.message.is_some() {
        return Err(Failure::new(api::ErrorCode::FlagConflict, "a message goes with a refusal only")
            .hint("tell it something beside the permission with: owt send NAME \"...\""));
    }
    let request = api::Answer {
        workspace: selector(&args.name, context),
        decision,
        message: args.message.clone(),
        dry_run: args.dry_run,
    };
    let detail = context.tell("answering", |client| client.answer(&request))?;
    if args.dry_run {
        context.output.note("nothing was answered (--dry-run)");
    }
    context.output.answer(&detail, |page| workspace_detail::render(page, &detail))
}
