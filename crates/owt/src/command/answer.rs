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
  owt answer auth-jwt deny -m \"Use the staging database\"
  owt answer auth-jwt -m Red                        the answer to a question: an option's words,
  owt answer auth-jwt -m 2                          or its number, or words of your own
  owt answer auth-jwt -m Red -m \"S, L\"              two questions at once, in their order,
  owt answer auth-jwt -m Size=S -m Colour=Red       or by their short names";

/// Answer what an agent asks: a permission, or questions.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct AnswerArgs {
    /// The workspace: its name, branch, folder, or a unique abbreviation.
    #[arg(value_name = "NAME")]
    name: String,
    /// The answer to a request for permission; `deny` leaves a question without an answer, too.
    #[arg(value_name = "ANSWER", value_enum, required_unless_present = "message")]
    decision: Option<Decision>,
    /// The answer to a question, once for each that is asked; after `deny` why not, or what to do instead.
    #[arg(short, long, value_name = "TEXT")]
    message: Vec<String>,
    /// Say what would be done, and do nothing.
    #[arg(long)]
    dry_run: bool,
}

/// An answer to a request for permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Decision {
    /// It may.
    Allow,
    /// It may not.
    Deny,
}

pub(super) fn run(args: &AnswerArgs, context: &Context) -> Result<(), Failure> {
    let request = api::Answer {
        workspace: selector(&args.name, context),
        given: given(args)?,
        request: None,
        dry_run: args.dry_run,
    };
    let detail = context.tell("answering", |client| client.answer(&request))?;
    if args.dry_run {
        context.output.note("nothing was answered (--dry-run)");
    }
    context.output.answer(&detail, |page| workspace_detail::answered(page, &detail))
}

fn given(args: &AnswerArgs) -> Result<api::Given, Failure> {
    let conflict = |message: &str| Failure::new(api::ErrorCode::FlagConflict, message);
    let name = &args.name;
    match (args.decision, args.message.as_slice()) {
        (None, words) => Ok(api::Given::Words(words.to_vec())),
        (Some(Decision::Allow), []) => Ok(api::Given::Allow),
        (Some(Decision::Allow), _) => Err(conflict("a permission takes no message").hint(format!(
            "a question is answered with words alone: owt answer {name} -m \"...\"; tell it something beside a \
             permission with: owt send {name} \"...\""
        ))),
        (Some(Decision::Deny), []) => Ok(api::Given::Deny { reason: None }),
        (Some(Decision::Deny), [reason]) => Ok(api::Given::Deny { reason: Some(reason.clone()) }),
        (Some(Decision::Deny), _) => Err(conflict("a refusal has one reason").hint("give -m once")),
    }
}
