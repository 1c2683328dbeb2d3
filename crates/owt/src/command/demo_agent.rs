//! `owt demo-agent`: the built-in demo agent, started like any other by its manifest.

use clap::Args;
use clap::ValueEnum;
use owt_agents::ConversationId;
use owt_agents::ModelName;
use owt_api::ErrorCode;
use owt_core::AbsPath;
use owt_core::Permissions;
use owt_ports::Entropy;
use owt_store::system::SystemEntropy;

use crate::context::Context;
use crate::demo_agent;
use crate::demo_agent::Beginning;
use crate::demo_agent::Conversation;
use crate::demo_agent::Directive;
use crate::demo_agent::Hooks;
use crate::demo_agent::Liberty;
use crate::demo_agent::Manner;
use crate::demo_agent::PACE_VARIABLE;
use crate::demo_agent::Pace;
use crate::demo_agent::Workplace;
use crate::failure::Failure;

/// A coding agent for demonstrations and tests. It needs no account and no network.
///
/// Without --output it is a full-screen program for a terminal; with it, it prints one JSON object a line. It reads
/// its one prompt from standard input, or with --input any number of frames. OWT_DEMO_PACE says how fast it works: 1
/// is ordinary, 0 does not wait at all.
#[derive(Debug, Args)]
#[command(after_help = Directive::HELP)]
pub(crate) struct DemoAgentArgs {
    /// Read frames from standard input, until it ends.
    #[arg(long, value_name = "FORMAT", value_enum, requires = "output")]
    input: Option<Format>,
    /// Print events on standard output.
    #[arg(long, value_name = "FORMAT", value_enum)]
    output: Option<Format>,
    /// Begin a conversation of this name.
    #[arg(long, value_name = "ID", value_parser = ConversationId::new, conflicts_with = "resume")]
    session_id: Option<ConversationId>,
    /// Take up the conversation of this name.
    #[arg(long, value_name = "ID", value_parser = ConversationId::new)]
    resume: Option<ConversationId>,
    /// What may be done without asking: ask, edits, bypass.
    #[arg(long, value_name = "LEVEL")]
    permissions: Option<Permissions>,
    /// Plan, and change nothing.
    #[arg(long)]
    plan: bool,
    /// The model's name; it changes nothing.
    #[arg(long, value_name = "MODEL", value_parser = ModelName::new)]
    model: Option<ModelName>,
    /// A command to run on an event: a JSON list of words, with `--event` and the event's name among them.
    #[arg(long = "hook", value_name = "WORDS")]
    hooks: Vec<String>,
}

/// What streams are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One JSON object a line.
    Jsonl,
}

pub(super) fn run(args: &DemoAgentArgs, context: &Context) -> Result<(), Failure> {
    let manner = match (args.input, args.output) {
        (_, None) => Manner::Terminal,
        (None, Some(Format::Jsonl)) => Manner::Headless,
        (Some(Format::Jsonl), Some(Format::Jsonl)) => Manner::Structured,
    };
    let conversation = conversation(args, manner, context)?;
    let code = demo_agent::run(manner, &conversation, context.output.talk_style())
        .map_err(|error| Failure::new(ErrorCode::Internal, format!("the demo agent: {error}")))?;
    Failure::of_exit_code(code)
}

fn conversation(args: &DemoAgentArgs, manner: Manner, context: &Context) -> Result<Conversation, Failure> {
    let usage = |error: &dyn std::error::Error| Failure::usage(error.to_string());
    let (beginning, id) = match (&args.resume, &args.session_id) {
        (Some(id), _) => (Beginning::Resumed, id.clone()),
        (None, Some(id)) => (Beginning::Fresh, id.clone()),
        (None, None) => (Beginning::Fresh, ConversationId::from_bits(SystemEntropy::new().id_bits())),
    };
    let level = args.permissions.unwrap_or(match manner {
        Manner::Headless => Permissions::Edits,
        Manner::Structured | Manner::Terminal => Permissions::Ask,
    });
    let folder = AbsPath::new(context.cwd()).map_err(|error| usage(&error))?;
    Ok(Conversation {
        pace: Pace::read(context.environment.get(PACE_VARIABLE), id.as_str())
            .map_err(|error| usage(&error))?,
        id: id.as_str().to_owned(),
        beginning,
        model: args.model.as_ref().map(|model| model.as_str().to_owned()),
        liberty: if args.plan { Liberty::Plan } else { Liberty::Act(level) },
        hooks: Hooks::read(&args.hooks).map_err(|error| usage(&error))?,
        place: Workplace::new(folder),
    })
}
