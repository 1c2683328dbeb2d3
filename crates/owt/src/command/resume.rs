//! `owt resume`.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use clap::Args;
use owt_api::ErrorCode;
use owt_api::Mode;
use owt_api::Problem;
use owt_api::ResumeAll;
use owt_api::ResumeChunk;
use owt_api::ResumeOutcome;
use owt_api::ResumeSession;
use owt_api::Resumed;
use owt_api::Selector;

use crate::context::Context;
use crate::failure::Failure;

const EXAMPLES: &str = "\
Examples:
  owt resume auth-jwt
  owt resume auth-jwt \"The database is up again: go on\"
  owt resume auth-jwt --structured   out of the terminal that owt attach moved it into
  owt resume --all              after a restart of the machine
  owt resume --all --dry-run    what that would bring back

What was typed but not seen to arrive when the session ended is not sent again by itself; what still waited for the
agent is. An agent that had certainly read nothing begins afresh, with its task; so does one that was called off before it
began, once what is being installed for it has ended. A session in tmux keeps what stands beside
its agent (tmux.layout); one without tmux has no panes.

With --all they are asked for at once, and each is told as it comes back. One for which something has to be installed or set
up first is not waited for: owt list shows how far that is, and its agent goes on after it. One that was in the middle of a
turn waits for your word, unless a message waits for it: owt list says so, too.

Exit code: 0 done, 3 refused, or with --all one of them could not be taken up now; 4 with --all one of them can never be taken
up again (an agent without a way to go on, for one): each is told, and stays as it is.";

/// What is said when there is nothing.
const NOTHING: &str = "Nothing to resume: no session was interrupted.\n";

/// What goes on without us.
const GOES_ON: &str = "those that were asked for go on without this command: owt list --all-repos shows them";

/// Take up an agent's session again, with its own conversation.
///
/// The agent goes on in the same workspace, with the same permissions and model. An agent that takes one prompt only
/// is told to look at the folder and go on; the others wait for the next message. A session that runs is left alone, unless
/// another kind of session is asked for: it then moves there between two turns.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ResumeArgs {
    /// The workspace: its name, branch, folder, or a unique abbreviation.
    #[arg(value_name = "NAME", required_unless_present = "all", conflicts_with = "all")]
    name: Option<String>,
    /// What to tell the agent first.
    #[arg(value_name = "MESSAGE", conflicts_with = "all")]
    message: Vec<String>,
    /// All sessions that were killed or went with a restart of the machine, of every repository, in the order in
    /// which they began.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    mode: ModeArgs,
    /// Interrupt the turn of a session that runs, so that it can change its kind now.
    #[arg(long, requires = "mode")]
    interrupt: bool,
    /// Say what would be done, and do nothing.
    #[arg(long)]
    dry_run: bool,
}

/// The kind of session.
#[derive(Debug, Args)]
#[group(id = "mode", multiple = false, conflicts_with = "all")]
struct ModeArgs {
    /// Over the agent's machine protocol; a session that runs moves there with its conversation.
    #[arg(long)]
    structured: bool,
    /// In tmux; a session that runs moves there with its conversation.
    #[arg(long)]
    tmux: bool,
    /// On a terminal of owt's own; a session that runs moves there with its conversation.
    #[arg(long)]
    pty: bool,
}

impl ModeArgs {
    const fn mode(&self) -> Option<Mode> {
        match (self.structured, self.tmux, self.pty) {
            (true, ..) => Some(Mode::Structured),
            (_, true, _) => Some(Mode::Tmux),
            (.., true) => Some(Mode::Pty),
            _ => None,
        }
    }
}

pub(super) fn run(args: &ResumeArgs, context: &Context) -> Result<(), Failure> {
    match &args.name {
        Some(name) => one(name, args, context),
        None => all(args, context),
    }
}

fn one(name: &str, args: &ResumeArgs, context: &Context) -> Result<(), Failure> {
    let request = ResumeSession {
        workspace: Selector { cwd: context.cwd(), name: name.to_owned() },
        message: (!args.message.is_empty()).then(|| args.message.join(" ")),
        mode: args.mode.mode(),
        interrupt: args.interrupt,
        dry_run: args.dry_run,
    };
    let resumed = context.tell("taking up its session again", |client| client.resume(&request))?;
    say_notice(&resumed, context);
    context.output.answer(&[&resumed], |_| line(&resumed))
}

/// Each is said as soon as it is known, and the whole in the end.
fn all(args: &ResumeArgs, context: &Context) -> Result<(), Failure> {
    let request = ResumeAll { dry_run: args.dry_run };
    let mut tried = BTreeMap::new();
    let mut end = End::Cut;
    let mut said = Ok(());
    // A server that is still starting has been asked for nothing.
    context.watch_for_interrupt("nothing was done");
    let client = context.client()?;
    context.watch_for_interrupt(GOES_ON);
    client.resume_all(&request, |chunk| {
        match chunk {
            ResumeChunk::Tried { place, resumed } => {
                say_notice(&resumed, context);
                said = context.output.show(|_| line(&resumed));
                tried.insert(place, resumed);
            }
            ResumeChunk::Over => end = End::Whole,
            ResumeChunk::Broken { problem } => end = End::Broken(problem),
        }
        if said.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    said?;
    let tried: Vec<Resumed> = tried.into_values().collect();
    match end {
        End::Whole => concluded(&tried, context),
        End::Broken(problem) => Err(Failure::from(problem).with_data(serde_json::json!(tried))),
        End::Cut => Err(Failure::new(
            ErrorCode::ServerUnreachable,
            "the server says no more of the others; they go on",
        )
        .hint("see how far they are: owt list --all-repos")
        .with_data(serde_json::json!(tried))),
    }
}

/// How the server's word ended.
enum End {
    Cut,
    Broken(Problem),
    Whole,
}

fn say_notice(resumed: &Resumed, context: &Context) {
    if let Some(notice) = &resumed.notice {
        context.output.note(&format!("'{}': {notice}", resumed.name));
    }
}

fn concluded(tried: &[Resumed], context: &Context) -> Result<(), Failure> {
    let those = |outcome| {
        let names = tried.iter().filter(|one| one.outcome == outcome).map(|one| one.name.as_str());
        names.collect::<Vec<_>>()
    };
    let (failed, stay) = (those(ResumeOutcome::NotResumed), those(ResumeOutcome::Stays));
    let failure = match (failed.is_empty(), stay.is_empty()) {
        (true, true) => {
            return context.output.answer(&tried, |_| if tried.is_empty() { NOTHING } else { "" }.to_owned());
        }
        (true, false) => Failure::new(
            ErrorCode::WaitingOnPerson,
            format!("never to be taken up again as they were: {}", stay.join(", ")),
        )
        .hint("each line says why and what you can do; one that you need no more: owt delete NAME"),
        (false, _) => {
            let names: Vec<&str> = failed.iter().chain(&stay).copied().collect();
            Failure::new(ErrorCode::CannotResume, format!("not taken up again: {}", names.join(", ")))
                .hint("the others go on; each line says why")
        }
    };
    Err(failure.with_data(serde_json::json!(tried)))
}

fn why(error: &Option<Problem>) -> String {
    let Some(error) = error else { return ".".to_owned() };
    let hint = error.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
    format!(": {error}{hint}")
}

fn line(one: &Resumed) -> String {
    let name = &one.name;
    let agent = one.agent.as_deref().unwrap_or("its agent");
    let words = match (one.outcome, &one.error) {
        (ResumeOutcome::Resumed, _) => format!("'{name}': {agent} goes on with its conversation."),
        (ResumeOutcome::AlreadyRunning, _) => format!("'{name}' is running already."),
        (ResumeOutcome::Told, _) => format!("'{name}' is running already: the message goes to it."),
        (ResumeOutcome::WouldResume, _) => format!("'{name}': {agent} would go on with its conversation."),
        (ResumeOutcome::Begun, _) => format!("'{name}': {agent} had read nothing yet, and begins afresh."),
        (ResumeOutcome::WouldBegin, _) => {
            format!("'{name}': {agent} had read nothing yet, and would begin afresh.")
        }
        (ResumeOutcome::Installing, _) => {
            format!("'{name}': what it lacks is installed or set up first; {agent} goes on after that.")
        }
        (ResumeOutcome::NotResumed, error) => format!("'{name}' was not taken up again{}", why(error)),
        (ResumeOutcome::Stays, error) => format!("'{name}' stays as it is{}", why(error)),
    };
    format!("{words}\n")
}
