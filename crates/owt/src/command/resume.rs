//! `owt resume`.

use std::fmt::Write as _;

use clap::Args;
use owt_api::ErrorCode;
use owt_api::Mode;
use owt_api::Problem;
use owt_api::Resumable;
use owt_api::ResumeOutcome;
use owt_api::ResumeSessions;
use owt_api::Resumed;

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

Exit code: 0 done, 3 refused, or with --all one of them could not be taken up now. One that never can be is told, and stays.";

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
    let message = (!args.message.is_empty()).then(|| args.message.join(" "));
    let what = args.name.clone().map_or(Resumable::Interrupted, Resumable::One);
    let request = ResumeSessions {
        cwd: context.cwd(),
        what,
        message,
        mode: args.mode.mode(),
        interrupt: args.interrupt,
        dry_run: args.dry_run,
    };
    let resumed = context.tell("taking up sessions again", |client| client.resume(&request))?;
    for notice in resumed.iter().filter_map(|one| Some(format!("'{}': {}", one.name, one.notice.as_ref()?))) {
        context.output.note(&notice);
    }
    let not_resumed: Vec<&str> = resumed
        .iter()
        .filter(|one| one.outcome == ResumeOutcome::NotResumed)
        .map(|one| one.name.as_str())
        .collect();
    if not_resumed.is_empty() {
        return context.output.answer(&resumed, |_| told(&resumed));
    }
    context.output.show(|_| told(&resumed))?;
    let message = format!("not taken up again: {}", not_resumed.join(", "));
    Err(Failure::new(ErrorCode::CannotResume, message)
        .hint("the others go on; each line says why")
        .with_data(serde_json::json!(resumed)))
}

fn why(error: &Option<Problem>) -> String {
    let Some(error) = error else { return ".".to_owned() };
    let hint = error.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
    format!(": {error}{hint}")
}

fn told(resumed: &[Resumed]) -> String {
    if resumed.is_empty() {
        return "Nothing to resume: no session was interrupted.\n".to_owned();
    }
    let mut lines = String::new();
    for one in resumed {
        let name = &one.name;
        let agent = one.agent.as_deref().unwrap_or("its agent");
        let line = match (one.outcome, &one.error) {
            (ResumeOutcome::Resumed, _) => format!("'{name}': {agent} goes on with its conversation."),
            (ResumeOutcome::AlreadyRunning, _) => format!("'{name}' is running already."),
            (ResumeOutcome::Told, _) => format!("'{name}' is running already: the message goes to it."),
            (ResumeOutcome::WouldResume, _) => {
                format!("'{name}': {agent} would go on with its conversation.")
            }
            (ResumeOutcome::Begun, _) => {
                format!("'{name}': {agent} had read nothing yet, and begins afresh.")
            }
            (ResumeOutcome::WouldBegin, _) => {
                format!("'{name}': {agent} had read nothing yet, and would begin afresh.")
            }
            (ResumeOutcome::NotResumed, error) => format!("'{name}' was not taken up again{}", why(error)),
            (ResumeOutcome::Stays, error) => format!("'{name}' stays as it is{}", why(error)),
        };
        // Writing to a string does not fail.
        let _ = writeln!(lines, "{line}");
    }
    lines
}
