//! `owt pr cleanup`.

use clap::Args;
use owt_api::CleanUpPullRequests;
use owt_api::ErrorCode;
use owt_api::MergedPullRequest;

use crate::context::Context;
use crate::failure::Failure;
use crate::question;
use crate::rendering::pull_requests;

/// Delete the workspaces whose pull request was merged, in whatever form (merged, squashed, rebased).
///
/// What is nowhere else stays: uncommitted files, commits that the pull request does not have. Its commits are kept, too: owt
/// restore brings a workspace back.
#[derive(Debug, Args)]
pub(super) struct CleanupArgs {
    /// In every repository.
    #[arg(long)]
    all_repos: bool,
    /// Do not ask.
    #[arg(short, long)]
    yes: bool,
    /// Say what would be done, and do nothing.
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(args: &CleanupArgs, context: &Context) -> Result<(), Failure> {
    let request = |only, dry_run| CleanUpPullRequests {
        cwd: context.cwd(),
        all_repos: args.all_repos,
        only,
        dry_run,
        environment: context.environment.variables().clone(),
    };
    let would =
        context.ask("asking the host", |client| client.clean_up_pull_requests(&request(None, true)))?;
    let goes: Vec<String> =
        would.iter().filter(|item| item.stays.is_none()).map(|item| item.path.clone()).collect();
    if args.dry_run || goes.is_empty() {
        return context.output.answer(&would, |page| pull_requests::merged(page, &would));
    }
    if !args.yes {
        if !context.output.can_ask() {
            return Err(unconfirmed(&would));
        }
        context.output.say(told(&would).trim_end());
        context.watch_for_interrupt("nothing was deleted");
        if !question::confirm(&context.output, "Delete them?")? {
            return Err(Failure::new(ErrorCode::NeedsConfirmation, "nothing was deleted"));
        }
    }
    // Exactly what was shown.
    let done = context
        .tell("deleting workspaces", |client| client.clean_up_pull_requests(&request(Some(goes), false)))?;
    let stays = done.iter().filter(|item| !item.done).count();
    if stays > 0 {
        let message = format!("{stays} of {} could not be deleted:\n{}", done.len(), told(&done).trim_end());
        return Err(Failure::new(ErrorCode::CleanupIncomplete, message)
            .hint("owt pr cleanup --dry-run says what is left")
            .with_data(serde_json::json!(done)));
    }
    let stayed = would.into_iter().filter(|item| item.stays.is_some());
    let all: Vec<MergedPullRequest> = done.into_iter().chain(stayed).collect();
    context.output.answer(&all, |page| pull_requests::merged(page, &all))
}

/// The refusal to delete without a word from the person, with what would go.
fn unconfirmed(would: &[MergedPullRequest]) -> Failure {
    let message = format!("it needs your word:\n{}", told(would).trim_end());
    Failure::new(ErrorCode::NeedsConfirmation, message)
        .hint("say --yes to do it")
        .with_data(serde_json::json!(would))
}

fn told(items: &[MergedPullRequest]) -> String {
    pull_requests::merged(&crate::rendering::Page::PLAIN, items)
}
