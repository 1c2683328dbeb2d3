//! What `new`, `create` and `branch` have in common: which agent, how it lives, what it may do.

use clap::Args;
use clap::ValueEnum;
use owt_api as api;
use owt_api::Created;
use owt_api::ErrorCode;
use owt_api::Mode;
use owt_api::NewWorkspace;
use owt_api::Problem;
use owt_config::values::Dollars;
use owt_config::values::WrongDollars;

use crate::command::attach;
use crate::context::Context;
use crate::failure::Failure;
use crate::question;
use crate::rendering::created;
use crate::rendering::created::Mood;

/// How an agent is started.
#[derive(Debug, Args)]
pub(crate) struct Launch {
    /// The branch or commit to start from; the branch of the current checkout when absent.
    #[arg(short, long, value_name = "REF")]
    base: Option<String>,
    /// The agent; several, with commas between, get the same task as rivals, each in a workspace of its own.
    #[arg(long, visible_alias = "ai-tool", value_name = "NAME", value_delimiter = ',')]
    agent: Vec<String>,
    /// The model, in the agent's own words.
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,
    /// The way of working: feature, bugfix, hotfix, or one of your own (templates/NAME.toml beside your configuration).
    #[arg(short, long, value_name = "NAME")]
    template: Option<String>,
    /// Tell the agent what came of the work in this workspace; may be given several times.
    #[arg(long, value_name = "WORKSPACE")]
    from: Vec<String>,
    /// The job's title, as lists show it; made from the task when absent.
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// What the agent may do without asking.
    #[arg(long, value_name = "LEVEL", value_enum)]
    permissions: Option<Level>,
    /// End the session when the agent begins another turn after so many; for sessions without a terminal.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_turns: Option<u32>,
    /// End the session when the agent says that it has cost so much, in US dollars; for sessions without a terminal.
    #[arg(long, value_name = "USD", value_parser = budget)]
    budget: Option<u64>,
    #[command(flatten)]
    session: SessionFlags,
    #[command(flatten)]
    manner: Manner,
}

/// Where the session lives: one of them, or as the configuration says.
#[derive(Debug, Args)]
#[group(multiple = false)]
#[expect(clippy::struct_excessive_bools, reason = "flags of which clap lets only one through")]
struct SessionFlags {
    /// Without a terminal: one prompt, ends by itself.
    #[arg(long)]
    headless: bool,
    /// Without a terminal, over the agent's machine protocol: takes further messages, asks for permission.
    #[arg(long)]
    structured: bool,
    /// In a terminal of its own, in tmux; an error where tmux is missing.
    #[arg(long)]
    tmux: bool,
    /// In a terminal that owt keeps by itself, without tmux.
    #[arg(long)]
    pty: bool,
    /// The same as --headless.
    #[arg(long)]
    no_tmux: bool,
}

/// How it is gone about.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "independent flags of the command line")]
struct Manner {
    /// Let the agent plan, not change anything, as far as it can be held to that.
    #[arg(long)]
    plan_mode: bool,
    /// Tell the agent its task and nothing else: not where it works, nor how the repository is tested.
    #[arg(long)]
    no_context: bool,
    /// Carry the uncommitted work of the current checkout along; the checkout itself stays as it is.
    #[arg(long)]
    with_changes: bool,
    /// Install no packages in the new worktree.
    #[arg(long)]
    no_deps: bool,
    /// Hand the terminal over to the session at once.
    #[arg(short, long, conflicts_with_all = ["headless", "structured", "no_tmux", "dry_run"])]
    attach: bool,
    /// Ask nothing: where there is a choice, take the first.
    #[arg(short, long)]
    yes: bool,
    /// Say what would be done, and do nothing.
    #[arg(long)]
    dry_run: bool,
}

/// How much an agent may do without asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Level {
    /// Nothing: each edit and command is asked for.
    Ask,
    /// Edit files.
    Edits,
    /// Everything.
    Bypass,
}

impl Level {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::Edits => "edits",
            Self::Bypass => "bypass",
        }
    }
}

impl Launch {
    /// Whether questions are unwanted.
    pub(super) const fn assumes_yes(&self) -> bool {
        self.manner.yes
    }

    /// The part of the request that the common flags decide.
    pub(super) fn request(&self, context: &Context) -> NewWorkspace {
        NewWorkspace {
            cwd: context.cwd(),
            environment: context.environment.variables().clone(),
            title: self.title.clone(),
            template: self.template.clone(),
            from: self.from.clone(),
            base: self.base.clone(),
            agents: self.agent.clone(),
            ask_agent: context.output.can_ask() && !self.assumes_yes(),
            model: self.model.clone(),
            plan_mode: self.manner.plan_mode,
            no_context: self.manner.no_context,
            mode: self.session.mode(),
            permissions: self.permissions.map(|level| level.as_str().to_owned()),
            max_turns: self.max_turns,
            budget_micro_usd: self.budget,
            with_changes: self.manner.with_changes,
            no_deps: self.manner.no_deps,
            dry_run: self.manner.dry_run,
            ..NewWorkspace::default()
        }
    }

    /// Makes it and shows what was made.
    pub(super) fn carry_out(&self, request: NewWorkspace, context: &Context) -> Result<(), Failure> {
        if self.manner.attach {
            attach::require_terminal(context)?;
        }
        let made = self.made(request, context)?;
        let mood = if self.manner.dry_run { Mood::Rehearsed } else { Mood::Done };
        match made.as_slice() {
            // One workspace is answered as itself, rivals as a list.
            [only] => context.output.answer(only, |page| created::render(page, &made, mood))?,
            _ => context.output.answer(&made, |page| created::render(page, &made, mood))?,
        }
        // Rivals have much to say that is the same for all of them.
        let mut said: Vec<&str> = Vec::new();
        for notice in made.iter().flat_map(|made| &made.notices) {
            if !said.contains(&notice.as_str()) {
                context.output.note(notice);
                said.push(notice);
            }
        }
        match made.as_slice() {
            [only] if self.manner.attach => attach::hand_over(context, &only.workspace.name),
            [first, ..] if mood == Mood::Done => {
                context.output.suggest(&next_steps(&first.workspace));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Asks for the agent where the server leaves the choice to us.
    fn made(&self, mut request: NewWorkspace, context: &Context) -> Result<Vec<Created>, Failure> {
        let goes_on = match self.manner.dry_run {
            true => "nothing was done (--dry-run)",
            false => {
                "unless it was refused it is made all the same, and its agent begins; see: owt list; away with it: owt delete \
                 NAME"
            }
        };
        loop {
            let asked = context
                .tell_with_word("making the workspace", goes_on, |client| client.new_workspace(&request));
            match asked {
                Err(Failure::Problem(failed)) if is_open_choice(&failed.problem) => {
                    context.watch_for_interrupt("nothing was done");
                    request.agents = vec![self.chosen(&failed.problem, context)?];
                }
                other => return other,
            }
        }
    }

    fn chosen(&self, problem: &Problem, context: &Context) -> Result<String, Failure> {
        let candidates = &problem.candidates;
        let chosen = match candidates.as_slice() {
            [first, ..] if self.assumes_yes() => Some(first.clone()),
            _ if context.output.can_ask() => question::choose(&context.output, "Which agent?", candidates)?,
            _ => None,
        };
        chosen.ok_or_else(|| problem.clone().into())
    }
}

/// In millionths.
fn budget(text: &str) -> Result<u64, String> {
    let amount: Dollars = text.parse().map_err(|error: WrongDollars| error.to_string())?;
    amount.micro().ok_or_else(|| "without a limit, leave it out".to_owned())
}

fn is_open_choice(problem: &Problem) -> bool {
    problem.code == ErrorCode::ChooseAgent && !problem.candidates.is_empty()
}

fn next_steps(workspace: &api::Workspace) -> String {
    let name = &workspace.name;
    match workspace.backend.as_deref() {
        Some("tmux" | "pty") => format!("look: owt attach {name}    say more: owt send {name} \"...\""),
        _ => format!("follow: owt logs {name} --follow    wait: owt wait {name}"),
    }
}

impl SessionFlags {
    const fn mode(&self) -> Mode {
        match self {
            Self { headless: true, .. } | Self { no_tmux: true, .. } => Mode::Headless,
            Self { structured: true, .. } => Mode::Structured,
            Self { tmux: true, .. } => Mode::Tmux,
            Self { pty: true, .. } => Mode::Pty,
            _ => Mode::Default,
        }
    }
}
