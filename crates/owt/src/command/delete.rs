//! `owt delete`.

use clap::Args;
use owt_api::DeleteWorkspace;
use owt_api::Deleted;
use owt_api::ErrorCode;
use owt_api::Missing;
use owt_tui::text::one_line;
use owt_tui::wording;

use crate::command::show::selector;
use crate::context::Context;
use crate::failure::Failure;
use crate::question;

const EXAMPLES: &str = "\
Examples:
  owt delete auth-jwt
  owt rm auth-jwt --dry-run
  owt rm auth-jwt --force --yes     also with unmerged work, which is kept: owt restore";

/// Delete a workspace: its session, its worktree and, if merged, its branch.
///
/// Uncommitted or unmerged work is refused without --force, and is kept as a snapshot even then.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DeleteArgs {
    /// The workspace: its name, branch, folder, or a unique abbreviation.
    #[arg(value_name = "NAME")]
    name: String,
    /// Also when it holds uncommitted or unmerged work, which is kept as a snapshot.
    #[arg(short, long)]
    force: bool,
    /// Do not ask.
    #[arg(short, long)]
    yes: bool,
    /// Say what would be done, and do nothing.
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(args: &DeleteArgs, context: &Context) -> Result<(), Failure> {
    let request =
        |dry_run| DeleteWorkspace { workspace: selector(&args.name, context), force: args.force, dry_run };
    if args.dry_run {
        let deleted = context.ask("looking at the workspace", |client| client.delete(&request(true)))?;
        return context.output.answer(&deleted, |_| told(&deleted));
    }
    if !args.yes {
        // What cannot be deleted is refused here, before the question.
        let would = context.ask("looking at the workspace", |client| client.delete(&request(true)))?;
        if !context.output.can_ask() {
            return Err(unconfirmed(&would));
        }
        context.output.say(told(&would).trim_end());
        context.watch_for_interrupt("nothing was deleted");
        if !question::confirm(&context.output, "Delete it?")? {
            return Err(Failure::new(ErrorCode::NeedsConfirmation, "nothing was deleted"));
        }
    }
    let deleted = context.tell("deleting the workspace", |client| client.delete(&request(false)))?;
    context.output.answer(&deleted, |_| told(&deleted))?;
    context.output.suggest(&format!("bring it back: owt restore {}", one_line(&deleted.name)));
    Ok(())
}

/// The refusal to delete without a word from the person, with what would be lost.
fn unconfirmed(would: &Deleted) -> Failure {
    let message = format!("it needs your word:\n{}", told(would).trim_end());
    Failure::new(ErrorCode::NeedsConfirmation, message)
        .hint("say --yes to do it")
        .with_data(serde_json::json!(would))
}

fn kept(deleted: &Deleted) -> &'static str {
    if deleted.missing.is_some() { "Its commits are" } else { "Everything is" }
}

/// What was deleted or would be, and where it can be found again.
pub(super) fn told(deleted: &Deleted) -> String {
    let would = if deleted.dry_run { "would be" } else { "was" };
    let name = one_line(&deleted.name);
    let mut text = format!("'{name}' {would} deleted.\n");
    if let Some(branch) = deleted.branch.as_deref().map(one_line) {
        let fate = match (deleted.branch_deleted, deleted.unmerged_commits) {
            _ if deleted.missing == Some(Missing::Repository) => "is not looked after any more",
            _ if deleted.head_sha.is_none() => "is not there any more",
            (true, 0) => "goes too: its commits are all elsewhere",
            (true, _) => "goes too: the snapshot keeps its commits",
            (false, _) => "stays",
        };
        text.push_str(&format!("  The branch {branch} {fate}.\n"));
    }
    if let Some(other) = deleted.switched_to.as_deref().map(one_line) {
        text.push_str(&format!("  The branch {other}, which is checked out there, stays.\n"));
    }
    if let Some(held) = wording::held(deleted) {
        text.push_str(&format!("  It holds {held}.\n"));
    }
    if let Some(snapshot) = &deleted.snapshot {
        text.push_str(&format!("  {} kept in {}.\n", kept(deleted), one_line(snapshot)));
    }
    match (deleted.missing, &deleted.trash) {
        (Some(Missing::Folder), _) => text.push_str("  Its folder was gone already.\n"),
        (Some(Missing::Replaced), _) => {
            text.push_str("  Its folder was gone already; what lies in its place stays.\n");
        }
        (Some(Missing::Repository), _) => {
            text.push_str("  Its repository was gone already; what lies in its folder stays.\n");
        }
        (None, Some(trash)) => text.push_str(&format!("  The folder lies in {}.\n", one_line(trash))),
        (None, None) => {}
    }
    if let Some(teardown) = &deleted.teardown {
        text.push_str(&format!("  {}.\n", one_line(teardown)));
    }
    text
}
