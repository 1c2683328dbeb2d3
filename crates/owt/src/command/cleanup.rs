//! `owt cleanup`.

use clap::Args;
use owt_api::CleanUp;
use owt_api::Cleanup;
use owt_api::ErrorCode;

use crate::context::Context;
use crate::failure::Failure;
use crate::question;
use crate::rendering::Page;
use crate::rendering::cleanup;

const EXAMPLES: &str = "\
Examples:
  owt cleanup --dry-run             what could go, what it frees, and why the rest stays
  owt cleanup --days 3 --yes
  owt cleanup --all-repos
  owt cleanup --days 90 --force     also unmerged work, which is kept: owt restore

What goes: workspaces whose work is merged and that nobody has touched for --days, build caches (Cargo's target, \
Next's, Turbo's and Parcel's) of other untouched ones, and what has been in the trash long enough. Deleted folders lie \
in the trash until then. FREES counts only what nothing else shares.";

/// Clean up what is no longer needed: merged workspaces, old build caches, old trash.
///
/// Whatever holds uncommitted or unmerged work, or has a session, stays without --force, and is kept as a snapshot even
/// then.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own, and any may be given with any")]
pub(crate) struct CleanupArgs {
    /// Take what nobody has touched for N days; without it as the configuration says (cleanup.idle, 14 days).
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(0..=36_500))]
    days: Option<u32>,
    /// Also workspaces with uncommitted or unmerged work, which is kept as a snapshot, or with a session, which is ended.
    #[arg(short, long)]
    force: bool,
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
    let request = |only, dry_run| CleanUp {
        cwd: context.cwd(),
        all_repos: args.all_repos,
        days: args.days,
        force: args.force,
        only,
        dry_run,
        environment: context.environment.variables().clone(),
    };
    let would = context
        .ask("looking for what is no longer needed", |client| client.clean_up(&request(None, true)))?;
    if args.dry_run || would.items.is_empty() {
        let found = Cleanup { dry_run: args.dry_run, ..would };
        return context.output.answer(&found, |page| cleanup::render(page, &found));
    }
    if !args.yes {
        if !context.output.can_ask() {
            return Err(unconfirmed(&would));
        }
        context.output.say(told(&would).trim_end());
        context.watch_for_interrupt("nothing was cleaned up");
        if !question::confirm(&context.output, "Clean it up?")? {
            return Err(Failure::new(ErrorCode::NeedsConfirmation, "nothing was cleaned up"));
        }
    }
    // Exactly what was shown.
    let shown = would.items.iter().map(|item| item.id.clone()).collect();
    let done = context.tell("cleaning up", |client| client.clean_up(&request(Some(shown), false)))?;
    let stays = done.items.iter().filter(|item| item.stays.is_some()).count();
    if stays > 0 {
        let message =
            format!("{stays} of {} could not be cleaned up:\n{}", done.items.len(), told(&done).trim_end());
        return Err(Failure::new(ErrorCode::CleanupIncomplete, message)
            .hint("owt cleanup --dry-run says what is left")
            .with_data(serde_json::json!(done)));
    }
    context.output.answer(&done, |page| cleanup::render(page, &done))
}

/// The refusal to clean up without a word from the person, with what would go.
fn unconfirmed(would: &Cleanup) -> Failure {
    let message = format!("it needs your word:\n{}", told(would).trim_end());
    Failure::new(ErrorCode::NeedsConfirmation, message)
        .hint("say --yes to do it")
        .with_data(serde_json::json!(would))
}

fn told(cleanup: &Cleanup) -> String {
    cleanup::render(&Page::PLAIN, cleanup)
}
