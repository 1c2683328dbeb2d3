//! `owt agents`.

use std::fs::File;
use std::io;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;

use clap::Args;
use clap::Subcommand;
use owt_agents::screen::Evidence;
use owt_agents::screen::HeldRule;
use owt_agents::screen::ScreenView;
use owt_agents::screen::classify;
use owt_agents::screen::held_rules;
use owt_api::ErrorCode;
use owt_api::ListAgents;
use owt_api::Status;
use owt_core::status::Status as Judged;
use serde::Serialize;

use crate::composition;
use crate::context::Context;
use crate::failure::Failure;
use crate::failure::in_words;
use crate::rendering::agents;
use crate::rendering::verdict;

const EXAMPLES: &str = "\
Examples:
  owt agents
  owt agents --json | jq -r '.data[] | select(.path != null) | .name'
  tmux capture-pane -ep | owt agents test claude --screen -     what owt would make of this picture";

/// The largest picture, in bytes: 500 columns and 200 rows with colours on every letter are less.
const MAX_SCREEN: u64 = 4 * 1024 * 1024;

/// List the agents that owt knows: which are installed, and what each can do.
///
/// The one with ● is started when none is named.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct AgentsArgs {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Say what owt would make of an agent's screen, and by which rule of its manifest.
    Test {
        /// The agent.
        name: String,
        /// A picture of its terminal, plain or with colours (`tmux capture-pane -p`, with `-e`); `-` is standard input.
        #[arg(long, value_name = "FILE")]
        screen: PathBuf,
    },
}

/// What a screen comes to.
#[derive(Debug, Serialize)]
pub(crate) struct ScreenVerdict {
    /// What the agent would be said to do; `unknown` where the picture alone says nothing.
    pub(crate) status: Status,
    /// The manifest's rule that decided.
    pub(crate) rule: Option<String>,
    /// The rows that made it hold.
    pub(crate) evidence: Vec<ScreenEvidence>,
    /// The rules that hold too, of lower rank: they decide nothing.
    pub(crate) outranked: Vec<OutrankedRule>,
    /// Whether a message could be typed now.
    pub(crate) accepts_input: bool,
    /// What stands in the agent's input box.
    pub(crate) draft: Option<String>,
    /// What the person would be told to do.
    pub(crate) advice: Option<String>,
    /// What is asked for, where the rule says where that stands.
    pub(crate) asks: Option<String>,
}

/// A rule that holds while another decides.
#[derive(Debug, Serialize)]
pub(crate) struct OutrankedRule {
    /// The rule.
    pub(crate) rule: String,
    /// The rows that made it hold.
    pub(crate) evidence: Vec<ScreenEvidence>,
}

/// One row that made a rule hold.
#[derive(Debug, Serialize)]
pub(crate) struct ScreenEvidence {
    /// The part of the screen, as manifests name it.
    pub(crate) region: String,
    /// The row.
    pub(crate) row: String,
}

pub(super) fn run(args: &AgentsArgs, context: &Context) -> Result<(), Failure> {
    match &args.what {
        None => list(context),
        Some(What::Test { name, screen }) => test(name, screen, context),
    }
}

/// Needs no server: the rules and the picture are all there is to it.
fn test(name: &str, screen: &Path, context: &Context) -> Result<(), Failure> {
    let root = composition::source_checkout(context.folder());
    let manifest = composition::manifest(&context.environment, context.places()?, root.as_ref(), name)?;
    let picture = picture(screen, context)?;
    let view = ScreenView::from_capture(&picture);
    let verdict = classify(&manifest, &view);
    let activity = owt_engine::screen_activity(&verdict);
    let judged = activity.as_ref().map_or(Judged::Unknown, Judged::of);
    let answer = ScreenVerdict {
        status: owt_server::status_on_the_wire(judged),
        rule: verdict.rule.map(str::to_owned),
        evidence: shown(&verdict.evidence),
        outranked: held_rules(&manifest, &view).into_iter().skip(1).map(outranked).collect(),
        accepts_input: verdict.accepts_input,
        draft: verdict.draft.clone(),
        advice: verdict.person.map(str::to_owned),
        asks: verdict.asks.clone(),
    };
    context.output.answer(&answer, |page| verdict::render(page, &answer))
}

fn outranked(HeldRule { rule, evidence }: HeldRule<'_>) -> OutrankedRule {
    OutrankedRule { rule: rule.name.clone(), evidence: shown(&evidence) }
}

fn shown(evidence: &[Evidence]) -> Vec<ScreenEvidence> {
    let one = |seen: &Evidence| ScreenEvidence { region: seen.region.to_string(), row: seen.row.clone() };
    evidence.iter().map(one).collect()
}

fn picture(file: &Path, context: &Context) -> Result<String, Failure> {
    let shown = file.display().to_string();
    let unreadable = |error: io::Error| {
        Failure::new(ErrorCode::PromptFile, format!("{shown}: {}", in_words(&error)))
            .hint("--screen names a picture of a terminal: tmux capture-pane -ep > FILE")
    };
    let mut bytes = Vec::new();
    let read = match file == Path::new("-") {
        true => io::stdin().lock().take(MAX_SCREEN).read_to_end(&mut bytes),
        false => {
            File::open(context.path(file)).and_then(|file| file.take(MAX_SCREEN).read_to_end(&mut bytes))
        }
    };
    read.map_err(unreadable)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn list(context: &Context) -> Result<(), Failure> {
    let request = ListAgents { cwd: context.cwd(), environment: context.environment.variables().clone() };
    let found = context.ask("looking for agents", |client| client.agents(&request))?;
    context.output.answer(&found, |page| agents::render(page, &found))?;
    for note in agents::notes(&found) {
        context.output.suggest(&note);
    }
    Ok(())
}
