//! `owt attach` and `owt switch`.

use std::time::Duration;

use clap::Args;
use jiff::Timestamp;
use owt_api::Attach;
use owt_api::AttachPlan;
use owt_api::ErrorCode;
use owt_api::ListUndoable;
use owt_api::Mode;
use owt_api::Undoable;
use owt_ports::Clock;
use owt_process::Cmd;
use owt_process::ExitOutcome;
use owt_process::Placement;
use owt_process::Streams;
use owt_store::system::SystemClock;
use owt_tui::text::one_line;

use crate::command::show::selector;
use crate::connect;
use crate::context::Context;
use crate::failure::Failure;

/// So long somebody who has their terminal back waits to hear what became of the workspace.
const PATIENCE: Duration = Duration::from_secs(1);

const EXAMPLES: &str = "\
Examples:
  owt attach auth-jwt
  owt s auth-jwt
  owt attach auth-jwt --interrupt    its structured session is in the middle of a turn

A structured session moves into a terminal with its conversation, between two turns; what it asks at that moment it asks
again there. It goes back when the agent's program is left, or with: owt resume NAME --structured

Leave a session with Ctrl-b d: the agent goes on. In a session without tmux, Ctrl-b [ or Ctrl-b PageUp
scrolls back, q returns, and Ctrl-b Ctrl-b is one Ctrl-b for the agent.";

/// Hand the terminal over to a workspace's session.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct AttachArgs {
    /// The workspace: its name, branch, folder, or a unique abbreviation.
    #[arg(value_name = "NAME")]
    name: String,
    /// Only a session in tmux.
    #[arg(short, long, conflicts_with = "pty")]
    tmux: bool,
    /// Only a session on a terminal of owt's own.
    #[arg(long)]
    pty: bool,
    /// Interrupt the turn of a session that has no terminal, so that it can move into one now.
    #[arg(long)]
    interrupt: bool,
}

pub(super) fn run(args: &AttachArgs, context: &Context) -> Result<(), Failure> {
    if let Err(refusal) = require_terminal(context) {
        return Err(no_such_workspace(context, &args.name).unwrap_or(refusal));
    }
    let (mode, wanted) = match (args.tmux, args.pty) {
        (true, _) => (Mode::Tmux, Some("tmux")),
        (_, true) => (Mode::Pty, Some("pty")),
        _ => (Mode::Default, None),
    };
    let request = Attach { mode, interrupt: args.interrupt, ..request(context, &args.name) };
    show(context, &request, wanted)
}

/// That a name stands for no workspace, or for several, is more than that there is no terminal for it.
fn no_such_workspace(context: &Context, name: &str) -> Option<Failure> {
    // An explanation changes nothing, not even what counts as read.
    let found = context.ask("finding the workspace", |client| client.explain(&selector(name, context)));
    found.err().filter(|failure| failure.is(ErrorCode::NotFound) || failure.is(ErrorCode::Ambiguous))
}

/// Refuses before anything is done where there is no terminal to hand over.
pub(super) fn require_terminal(context: &Context) -> Result<(), Failure> {
    if context.output.has_terminal() && !context.globals.json {
        return Ok(());
    }
    Err(Failure::new(ErrorCode::NoTerminal, "there is no terminal here to hand over to the session")
        .hint("run it in a terminal; without one: owt logs NAME --follow, owt send NAME \"...\""))
}

/// Shows the session until the person leaves it.
pub(super) fn hand_over(context: &Context, name: &str) -> Result<(), Failure> {
    show(context, &request(context, name), None)
}

fn request(context: &Context, name: &str) -> Attach {
    Attach {
        workspace: selector(name, context),
        inside_tmux: context.environment.tmux().map(str::to_owned),
        ..Attach::default()
    }
}

fn show(context: &Context, request: &Attach, wanted: Option<&str>) -> Result<(), Failure> {
    let plan = context.ask("finding the session", |client| client.attach(request))?;
    if let Some(wanted) = wanted.filter(|wanted| !plan.backend.is_empty() && plan.backend != *wanted) {
        let message = format!("the session of '{}' lives in {}, not in {wanted}", plan.name, plan.backend);
        let hint = format!("attach to it where it is: owt attach {}", plan.name);
        return Err(Failure::new(ErrorCode::NoTerminal, message).hint(hint));
    }
    // What is pressed is the program's.
    context.leave_interrupts();
    let begun = now();
    let ended = execute(&plan)?;
    if let Some(landed) = landed_meanwhile(context, &plan, begun) {
        context.output.say(&landed);
    }
    match ended {
        ExitOutcome::Code(code) => Failure::of_exit_code(u8::try_from(code).unwrap_or(1)),
        ended => {
            let message = format!("the way to the terminal of '{}' ended badly: {ended}", plan.name);
            Err(Failure::new(ErrorCode::NoTerminal, message))
        }
    }
}

fn now() -> Timestamp {
    Timestamp::from_millisecond(SystemClock.now().as_millis()).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn execute(plan: &AttachPlan) -> Result<ExitOutcome, Failure> {
    let Some((program, words)) = plan.argv.split_first() else {
        let message = format!("'{}' has an empty plan to attach", plan.name);
        return Err(Failure::new(ErrorCode::Internal, message));
    };
    let cmd = Cmd::new(program).args(words).placement(Placement::ParentGroup).label("a session's terminal");
    let cmd = plan.unset.iter().fold(cmd, Cmd::env_remove);
    Ok(cmd.spawn(Streams::inherited())?.wait()?)
}

/// What was landed from over the session (`C-b m`) takes its window along, and whatever stood in it: it is said here. Where
/// nobody answers nothing is.
fn landed_meanwhile(context: &Context, plan: &AttachPlan, begun: Timestamp) -> Option<String> {
    let request = ListUndoable { cwd: plan.repository.clone()? };
    let mut client = connect::running_within(context, PATIENCE).ok()??;
    let done = client.undoable(&request).ok()?;
    let is_it = |it: &&Undoable| {
        it.workspaces.contains(&plan.name) && it.at.parse::<Timestamp>().is_ok_and(|at| at >= begun)
    };
    let target = done.iter().filter(is_it).find_map(|landing| landing.target.as_deref())?;
    let (name, target) = (one_line(&plan.name), one_line(target));
    Some(format!("{name} has landed in {target}. To take it back: owt undo"))
}
