//! `owt demo`: what this program does, shown on a sample repository with the built-in demo agent. It goes the ways
//! of every other command, through the server.

mod board;
mod next_steps;
mod removal;
mod sample;

use std::io;
use std::path::PathBuf;
use std::thread::ScopedJoinHandle;
use std::time::Duration;
use std::time::Instant;

use clap::Args;
use owt_api as api;
use owt_api::Created;
use owt_api::ErrorCode;
use owt_api::ListWorkspaces;
use owt_api::Mode;
use owt_api::NewWorkspace;
use owt_api::Status;
use owt_api::Wait;
use owt_api::WaitOutcome;
use owt_client::ClientError;
use owt_tui::text::one_line;
use serde::Serialize;

use self::board::Board;
use self::next_steps::Shell;
use self::sample::Commit;
use self::sample::Sample;
use crate::connect;
use crate::context::Context;
use crate::failure::Failure;
use crate::rendering::Page;
use crate::rendering::Tone;
use crate::rendering::workspace_list;
use crate::rendering::workspace_list::Breadth;

/// What the three agents are to do.
const TASKS: [&str; 3] =
    ["Add user authentication with JWT", "Fix the rounding of prices", "Write docs for the checkout"];

/// How long all of it may take: each agent takes a few seconds.
const PATIENCE: Duration = Duration::from_secs(180);

/// How often the table is brought up to date.
const REFRESH: Duration = Duration::from_millis(250);

const EXAMPLES: &str = "\
Examples:
  owt demo                       in a new temporary folder
  owt demo --dir ~/owt-demo      in this folder, which must be empty or new
  owt demo --clean               remove what demonstrations have left

It needs no account and no network. OWT_DEMO_PACE=0 makes the agents work without pausing.";

/// See it work: a sample repository, and three agents at once in it.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DemoArgs {
    /// Where the sample repository and its workspaces are made.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Remove the workspaces and repositories of earlier demonstrations (only the one in --dir, if given).
    #[arg(long)]
    clean: bool,
    /// It is removed right after: leave out what to try next.
    #[arg(long, hide = true)]
    passing: bool,
}

/// What a demonstration made.
#[derive(Debug, Serialize)]
struct Shown {
    folder: String,
    repository: String,
    elapsed_s: f64,
    workspaces: Vec<Made>,
}

/// One workspace of it.
#[derive(Debug, Serialize)]
struct Made {
    #[serde(flatten)]
    workspace: api::Workspace,
    commits: Vec<Commit>,
}

pub(super) fn run(args: &DemoArgs, context: &Context) -> Result<(), Failure> {
    let folder = args.dir.as_deref().map(|dir| context.path(dir));
    if args.clean {
        return removal::run(folder.as_deref(), context);
    }
    // Without a server there is nothing to show: that is found out before anything is made.
    drop(context.client()?);
    let sample = Sample::make(folder.as_deref(), &context.environment, &context.places()?.data)?;
    context.output.say(&format!("A sample repository: {}", sample.repository()));
    context.output.say(&format!("Three agents start on it, each in a worktree of its own:\n{}", tasks()));
    let began = Instant::now();
    context.watch_for_interrupt("the agents may start all the same; remove them with: owt demo --clean");
    let names = start_all(&sample, context)
        .map_err(|failure| failure.hint("remove what was made so far with: owt demo --clean"))?;
    context.watch_for_interrupt("the agents go on: owt list --all-repos; remove them with: owt demo --clean");
    let outcome = watch(&sample, &names, context)?;
    let shown = shown(&sample, &names, began, context)?;
    match outcome {
        WaitOutcome::Done => {
            context.output.answer(&shown, |page| page_of(page, &shown))?;
            if !args.passing {
                context.output.say(&try_next(&sample, &names, context));
            }
            Ok(())
        }
        outcome => {
            context.output.show(|page| page_of(page, &shown))?;
            Err(failure(outcome).with_data(serde_json::json!(shown)))
        }
    }
}

fn tasks() -> String {
    TASKS.map(|task| format!("  owt new --headless --agent demo --permissions edits \"{task}\"")).join("\n")
}

/// Starts all agents at the same time; the names of their workspaces.
fn start_all(sample: &Sample, context: &Context) -> Result<Vec<String>, Failure> {
    let request = |task: &str| NewWorkspace {
        cwd: sample.repository().to_string(),
        environment: context.environment.variables().clone(),
        task: Some(task.to_owned()),
        agents: vec!["demo".to_owned()],
        mode: Mode::Headless,
        permissions: Some("edits".to_owned()),
        ..NewWorkspace::default()
    };
    let mut asked = Vec::new();
    for task in TASKS {
        asked.push((context.client()?, request(task)));
    }
    let made: Vec<Result<Vec<Created>, Failure>> = std::thread::scope(|scope| {
        let starting: Vec<_> = asked
            .into_iter()
            .map(|(mut client, request)| {
                let start = move || client.new_workspace(&request);
                std::thread::Builder::new().name("owt-demo".to_owned()).spawn_scoped(scope, start)
            })
            .collect();
        starting.into_iter().map(answered).collect()
    });
    let made: Vec<Vec<Created>> = made.into_iter().collect::<Result<_, _>>()?;
    Ok(made.into_iter().flatten().map(|made| made.workspace.name).collect())
}

/// The answer that a thread waits for.
fn answered(
    thread: io::Result<ScopedJoinHandle<'_, Result<Vec<Created>, ClientError>>>,
) -> Result<Vec<Created>, Failure> {
    let thread = thread.map_err(|error| {
        Failure::new(ErrorCode::Internal, format!("there is no thread to start an agent with: {error}"))
    })?;
    Ok(thread.join().expect("a request is answered or fails, and does not panic")?)
}

/// Shows how the agents come on until all have ended.
fn watch(sample: &Sample, names: &[String], context: &Context) -> Result<WaitOutcome, Failure> {
    let deadline = Instant::now() + PATIENCE;
    let mut board = Board::new(context.output.clone());
    loop {
        let report = context.ask("", |client| {
            client.wait(&Wait {
                cwd: sample.repository().to_string(),
                names: names.to_vec(),
                any: false,
                timeout_ms: Some(REFRESH.as_millis().try_into().unwrap_or(u64::MAX)),
            })
        })?;
        let over = report.outcome != WaitOutcome::TimedOut || Instant::now() >= deadline;
        let details = names.iter().map(|name| {
            let selector = api::Selector { cwd: sample.repository().to_string(), name: name.clone() };
            context.ask("", |client| client.show(&selector))
        });
        board.show(&details.collect::<Result<Vec<_>, _>>()?);
        if over {
            return Ok(report.outcome);
        }
    }
}

fn shown(sample: &Sample, names: &[String], began: Instant, context: &Context) -> Result<Shown, Failure> {
    let request = ListWorkspaces { cwd: sample.repository().to_string(), all_repos: false };
    let listed = context.ask("", |client| client.list(&request))?;
    let ours = names.iter().filter_map(|name| listed.iter().find(|workspace| workspace.name == *name));
    let made = ours.map(|workspace| {
        let commits = sample.commits(workspace.branch.as_deref(), workspace.standing.base_sha.as_deref())?;
        Ok(Made { workspace: workspace.clone(), commits })
    });
    Ok(Shown {
        folder: sample.folder().to_string(),
        repository: sample.repository().to_string(),
        elapsed_s: began.elapsed().as_secs_f64(),
        workspaces: made.collect::<Result<_, Failure>>()?,
    })
}

fn page_of(page: &Page, shown: &Shown) -> String {
    let workspaces: Vec<api::Workspace> =
        shown.workspaces.iter().map(|made| made.workspace.clone()).collect();
    let mut text = format!("\n{}\n", page.style.paint(Tone::Strong, "owt list"));
    text.push_str(&workspace_list::render(page, &workspaces, Breadth::One));
    text.push_str(&format!(
        "\n{}\n",
        page.style.paint(Tone::Strong, "Committed, each on a branch of its own")
    ));
    let commits = || shown.workspaces.iter().flat_map(|made| &made.commits);
    let width = commits().map(|commit| one_line(&commit.subject).chars().count()).max().unwrap_or(0);
    for made in &shown.workspaces {
        for commit in &made.commits {
            let sha = page.style.paint(Tone::Warn, &commit.short_sha());
            let branch = page.style.paint(Tone::Dim, made.workspace.branch.as_deref().unwrap_or_default());
            text.push_str(&format!("{sha}  {:<width$}  {branch}\n", one_line(&commit.subject)));
        }
    }
    text
}

fn try_next(sample: &Sample, names: &[String], context: &Context) -> String {
    let first = names.first().map(String::as_str).unwrap_or_default();
    let shell = Shell::of(&context.environment, connect::program().ok().as_ref());
    next_steps::told(sample, first, &shell)
}

fn failure(outcome: WaitOutcome) -> Failure {
    match outcome {
        WaitOutcome::TimedOut => Failure::new(
            ErrorCode::TimedOut,
            format!("the demo agents have not ended within {} seconds", PATIENCE.as_secs()),
        ),
        WaitOutcome::NeedsPerson => {
            Failure::new(ErrorCode::WaitingOnPerson, "a demo agent waits for a person")
        }
        WaitOutcome::Failed | WaitOutcome::Done => {
            Failure::new(ErrorCode::AgentFailed, "a demo agent failed")
        }
    }
    .hint("see why, in the sample repository: owt list, owt logs NAME")
}

/// Whether there is nothing more to come of it.
const fn is_over(status: Status) -> bool {
    matches!(status, Status::Done | Status::Failed | Status::Exited)
}
