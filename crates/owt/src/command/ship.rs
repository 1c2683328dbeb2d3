//! `owt ship`.

use clap::Args;
use owt_api::ErrorCode;
use owt_api::MergeMethod;
use owt_api::MergeOutcome;
use owt_api::Merged;
use owt_api::OpinionUse;
use owt_api::ShipWorkspace;
use owt_tui::text::one_line;

use crate::command::merge;
use crate::command::show::selector;
use crate::context::Context;
use crate::failure::Failure;
use crate::question;
use crate::rendering::opinion;

const EXAMPLES: &str = "\
Examples:
  owt ship auth-jwt
  owt ship auth-jwt -m \"feat: sign in with JWT\" --squash
  owt ship auth-jwt --dry-run               what would be committed, and what stands against it
  owt ship auth-jwt --resolve claude        let an agent settle what conflicts first
  owt ship auth-jwt --yes --no-verify       without your repository's checks; that is recorded";

/// Ship a workspace's work: commit what is left, review it, run the repository's checks, land it, delete the workspace.
///
/// Secrets, ignored files and files of owt's own are never committed. What the critic denies does not land. The checks
/// (`[landing] checks`) run on exactly what lands, in a private worktree. Whatever goes wrong: the target is where it was. Where an
/// agent is configured for it (`[landing.review]`), it is asked for a second opinion first; what it doubts lands if you say so.
///
/// With `landing.pull_request = "auto"` nothing lands: after all of that the branch is pushed and a pull request made at GitHub, and the
/// workspace stays until that is merged.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ShipArgs {
    /// The workspace: its name, branch, folder, or a unique abbreviation.
    #[arg(value_name = "NAME")]
    name: String,
    /// The message of the commit of what is left, and of the one that lands (default: from the task and what changed; git's words
    /// for a merge).
    #[arg(short, long, value_name = "TEXT")]
    message: Option<String>,
    /// The branch to land in (default: the one that the workspace was made from).
    #[arg(long, value_name = "BRANCH")]
    into: Option<String>,
    /// Make its commits again on the target, without a merge commit.
    #[arg(long, conflicts_with = "squash")]
    rebase: bool,
    /// Make one commit of everything.
    #[arg(long)]
    squash: bool,
    /// Do not run the repository's checks; that is recorded.
    #[arg(long)]
    no_verify: bool,
    /// Let this agent settle what conflicts, in a workspace of its own; what it makes of it lands if no conflict marker is
    /// left, no other file was changed and the checks pass (default: `landing.resolve`; `off`: nobody).
    #[arg(long, value_name = "AGENT", conflicts_with_all = ["rebase", "dry_run"])]
    resolve: Option<String>,
    /// Leave the workspace as it is.
    #[arg(long)]
    keep: bool,
    /// Do not ask. What is denied is denied all the same.
    #[arg(short, long)]
    yes: bool,
    /// Say what would be done, and do nothing.
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(args: &ShipArgs, context: &Context) -> Result<(), Failure> {
    let request = |dry_run, opinion, only_at| ShipWorkspace {
        workspace: selector(&args.name, context),
        into: args.into.clone(),
        method: match (args.squash, args.rebase) {
            (true, _) => MergeMethod::Squash,
            (false, true) => MergeMethod::Rebase,
            (false, false) => MergeMethod::Merge,
        },
        message: args.message.clone(),
        no_verify: args.no_verify,
        resolve: args.resolve.clone(),
        opinion,
        only_at,
        keep: args.keep,
        dry_run,
        environment: context.environment.variables().clone(),
    };
    let ahead = request(true, OpinionUse::Skip, None);
    let look = || merge::foreseen(context.ask("looking ahead", |client| client.ship(&ahead))?);
    if args.dry_run {
        let would = look()?;
        return context.output.answer(&would, |_| merge::told(&would));
    }
    if !args.yes {
        // What cannot be shipped is refused here, before the question.
        let would = look()?;
        if !context.output.can_ask() {
            return Err(unconfirmed(&would));
        }
        context.output.say(merge::told(&would).trim_end());
        context.watch_for_interrupt("nothing was shipped");
        if !question::confirm(&context.output, "Ship it?")? {
            return Err(Failure::new(ErrorCode::NeedsConfirmation, "nothing was shipped"));
        }
    }
    let ship = |opinion, only_at| {
        context.tell_landing(("shipping the work", &args.name), |client| {
            client.ship(&request(false, opinion, only_at))
        })
    };
    let shipped = ship(if args.yes { OpinionUse::Tell } else { OpinionUse::Heed }, None)?;
    let shipped = match is_for_the_person(&shipped) && !args.yes {
        true => {
            anyway(&shipped, context)?;
            ship(OpinionUse::Skip, Some(shipped.head_sha))?
        }
        false => shipped,
    };
    let shipped = merge::landed(shipped)?;
    context.output.answer(&shipped, |_| merge::told(&shipped))?;
    if shipped.outcome == MergeOutcome::Landed && shipped.deleted.is_some() {
        context.output.suggest(&format!("bring the workspace back: owt restore {}", one_line(&shipped.name)));
    }
    Ok(())
}

/// Whether their word lands it. Where an opinion is required and could not be had, it does not: they have said so.
fn is_for_the_person(shipped: &Merged) -> bool {
    let is_had = shipped.opinion.as_ref().is_some_and(|opinion| opinion.problem.is_none());
    shipped.outcome == MergeOutcome::Doubted && is_had
}

/// The person's word that it lands all the same, with what was said against it before them.
fn anyway(doubted: &Merged, context: &Context) -> Result<(), Failure> {
    context.output.say(opinion::of_landing(doubted.opinion.as_ref()).trim_end());
    context.watch_for_interrupt("nothing was shipped");
    match question::confirm(&context.output, "Ship it anyway?")? {
        true => Ok(()),
        false => Err(Failure::new(ErrorCode::NeedsConfirmation, "nothing was shipped")),
    }
}

/// The refusal to ship without a word from the person, with what would be done.
fn unconfirmed(would: &Merged) -> Failure {
    let message = format!("it needs your word:\n{}", merge::told(would).trim_end());
    Failure::new(ErrorCode::NeedsConfirmation, message)
        .hint("say --yes to do it")
        .with_data(serde_json::json!(would))
}
