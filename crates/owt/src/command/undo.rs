//! `owt undo`.

use clap::Args;
use owt_api::ErrorCode;
use owt_api::ListUndoable;
use owt_api::Undo;
use owt_api::UndoKind;
use owt_api::Undone;
use owt_tui::text::one_line;

use crate::context::Context;
use crate::failure::Failure;
use crate::question;
use crate::rendering::snapshots;
use crate::rendering::undoable;

const EXAMPLES: &str = "\
Examples:
  owt undo              what was done last, after asking
  owt undo --list       what can be taken back
  owt undo --dry-run";

/// Take back what was done last in this repository: a landing, or a deletion.
///
/// A landing's target goes back to where it was, with the checkout that is on it: drafts there stay, and what would be
/// overwritten keeps everything as it is. The workspace that went with it comes back. What was pushed, or has something built
/// upon it, is refused.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct UndoArgs {
    /// Say what was landed and deleted here, and whether it can be taken back.
    #[arg(long, conflicts_with_all = ["yes", "dry_run"])]
    list: bool,
    /// Do not ask.
    #[arg(short, long)]
    yes: bool,
    /// Say what would be done, and do nothing.
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(args: &UndoArgs, context: &Context) -> Result<(), Failure> {
    if args.list {
        let request = ListUndoable { cwd: context.cwd() };
        let found = context.ask("looking at what was done", |client| client.undoable(&request))?;
        return context.output.answer(&found, |page| undoable::render(page, &found));
    }
    let request = |only, dry_run| Undo { cwd: context.cwd(), only, dry_run };
    // What cannot be taken back is refused here, before the question.
    let would = context.ask("looking at what was done last", |client| client.undo(&request(None, true)))?;
    if args.dry_run {
        return context.output.answer(&would, |_| told(&would));
    }
    if !args.yes {
        confirm(&would, context)?;
    }
    // What was looked at is taken back, and nothing that was done meanwhile.
    let only = request(Some(would.id), false);
    let undone = context.tell("taking it back", |client| client.undo(&only))?;
    if let Some(problem) = undone.not_restored.first() {
        let mut failure = Failure::new(problem.code, format!("{}{}", told(&undone), problem.message));
        if let Some(hint) = &problem.hint {
            failure = failure.hint(hint.clone());
        }
        return Err(failure.with_data(serde_json::json!(undone)));
    }
    context.output.answer(&undone, |_| told(&undone))
}

fn confirm(would: &Undone, context: &Context) -> Result<(), Failure> {
    if !context.output.can_ask() {
        let message = format!("it needs your word:\n{}", told(would).trim_end());
        return Err(Failure::new(ErrorCode::NeedsConfirmation, message)
            .hint("say --yes to do it")
            .with_data(serde_json::json!(would)));
    }
    context.output.say(told(would).trim_end());
    context.watch_for_interrupt("nothing was taken back");
    match question::confirm(&context.output, "Take it back?")? {
        true => Ok(()),
        false => Err(Failure::new(ErrorCode::NeedsConfirmation, "nothing was taken back")),
    }
}

/// What was taken back or would be.
fn told(undone: &Undone) -> String {
    let names: Vec<String> = undone.workspaces.iter().map(|name| format!("'{}'", one_line(name))).collect();
    let (name, would) = (names.join(", "), undone.dry_run);
    let mut text = match (undone.kind, &undone.target) {
        (UndoKind::Landing, Some(target)) => landing(undone, &name, &one_line(target)),
        _ if would => format!("The deletion of {name} would be taken back.\n"),
        _ => format!("The deletion of {name} is taken back.\n"),
    };
    if let Some(checkout) = &undone.checkout {
        text.push_str(&format!("  The checkout in {} went along.\n", one_line(checkout)));
    }
    for back in &undone.restored {
        text.push_str(&format!("  {}\n", snapshots::back(back)));
    }
    text
}

fn landing(undone: &Undone, name: &str, target: &str) -> String {
    let short =
        |sha: &Option<String>| sha.as_deref().map_or("?", |sha| sha.get(..10).unwrap_or(sha)).to_owned();
    let (before, after) = (short(&undone.before_sha), short(&undone.after_sha));
    match undone.dry_run {
        true => format!(
            "The landing of {name} in {target} would be taken back.\n  {target} would go from {after} back to {before}.\n"
        ),
        false => format!(
            "The landing of {name} in {target} is taken back.\n  {target} went from {after} back to {before}.\n"
        ),
    }
}
