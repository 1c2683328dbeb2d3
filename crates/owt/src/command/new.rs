//! `owt new`.

use std::path::PathBuf;

use clap::Args;
use owt_api::NewWorkspace;
use owt_api::Place;

use crate::command::launch::Launch;
use crate::context::Context;
use crate::failure;
use crate::failure::Failure;
use crate::question;
use crate::task_text;

const EXAMPLES: &str = "\
Examples:
  owt new \"Add user authentication with JWT\"
  owt new \"Add payments\" --template feature            a plan, tests first, then the work
  owt new Fix the login page --agent codex --headless
  owt new Tidy up the tests --headless --budget 2.50
  owt new --prompt-file plan.md --branch feat/billing
  git diff | owt new --prompt-file - --title \"Review my changes\"
  owt new -- --verbose does nothing: find out why      (a task that begins with a dash)";

/// Start an agent on a task, in a workspace of its own: branch, worktree, session, prompt.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct NewArgs {
    #[command(flatten)]
    pub(super) task: TaskArgs,
    /// The branch; named from the task when absent.
    #[arg(long, value_name = "NAME")]
    branch: Option<String>,
    /// Work in the current checkout, on a branch there, instead of in a worktree.
    #[arg(long)]
    in_place: bool,
    /// Work in the current folder, which is in no git repository: no branch, no landing.
    #[arg(long, conflicts_with_all = ["in_place", "branch", "base", "prefix", "with_changes"])]
    no_git: bool,
    #[command(flatten)]
    launch: Launch,
}

/// What the agent should do.
#[derive(Debug, Args)]
pub(crate) struct TaskArgs {
    /// What the agent should do.
    #[arg(value_name = "TASK")]
    words: Vec<String>,
    /// Read the task from a file; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    prompt_file: Option<PathBuf>,
    /// The branch's prefix (feat, fix, ...); from the task's words when absent.
    #[arg(long, value_name = "PREFIX")]
    prefix: Option<String>,
    /// Take a task that begins like one of the agent's own commands (`/review`) as that command.
    #[arg(long)]
    as_command: bool,
}

impl TaskArgs {
    /// Puts the task into a request; asks for it on a terminal where it is needed and was not given.
    pub(super) fn fill(
        &self,
        request: NewWorkspace,
        launch: &Launch,
        context: &Context,
    ) -> Result<NewWorkspace, Failure> {
        let given = task_text::given(context, &self.words, self.prompt_file.as_deref())?;
        let task = match given {
            None if request.branch.is_none() => Some(asked(launch, context)?),
            given => given,
        };
        Ok(NewWorkspace { task, prefix: self.prefix.clone(), as_command: self.as_command, ..request })
    }
}

fn asked(launch: &Launch, context: &Context) -> Result<String, Failure> {
    if launch.assumes_yes() || !context.output.can_ask() {
        return Err(failure::empty_task());
    }
    context.watch_for_interrupt("nothing was done");
    let answer = question::line(&context.output, "What should be done?")?;
    answer.filter(|task| !task.is_empty()).ok_or_else(failure::empty_task)
}

pub(super) fn run(args: &NewArgs, context: &Context) -> Result<(), Failure> {
    let place = match (args.in_place, args.no_git) {
        (true, _) => Place::InPlace,
        (_, true) => Place::Folder,
        _ => Place::Worktree,
    };
    let request = NewWorkspace { branch: args.branch.clone(), place, ..args.launch.request(context) };
    let request = args.task.fill(request, &args.launch, context)?;
    args.launch.carry_out(request, context)
}
