//! Taking back the last landing or deletion: what it takes back is shown first. It must not know how that is done.

use owt_api as api;

use super::ahead::News;
use super::ahead::Question;
use crate::event::Deed;
use crate::layer::Act;
use crate::layer::Choice;
use crate::status::Tone;
use crate::text::line;

/// What was done last in the repository of this folder?
pub(super) fn question(cwd: String) -> Question {
    let deed = Deed::Undo(api::Undo { cwd: cwd.clone(), only: None, dry_run: true });
    let whose = api::Selector { cwd, name: String::new() };
    Question { title: "Undo".to_owned(), doing: "looking at what was done last", whose, deed }
}

/// What was looked at is taken back, and nothing that was done meanwhile.
pub(super) fn ahead(undone: &api::Undone, cwd: String) -> Choice {
    let deed = Deed::Undo(api::Undo { cwd, only: Some(undone.id.clone()), dry_run: false });
    let act = Act::Do(Box::new(deed), format!("taking back {}", what(undone)));
    Choice::new(format!("Take back {}?", what(undone)), would(undone)).way('y', "take it back", act)
}

pub(super) fn news(undone: &api::Undone) -> News {
    match undone.not_restored.first() {
        None => News::Said(Tone::Good, format!("{} is taken back", what(undone))),
        Some(problem) => problem.into(),
    }
}

fn what(undone: &api::Undone) -> String {
    let name = line(&undone.workspace);
    match (undone.kind, &undone.target) {
        (api::UndoKind::Landing, Some(target)) => format!("the landing of {name} in {}", line(target)),
        (api::UndoKind::Landing, None) => format!("the landing of {name}"),
        (api::UndoKind::Deletion, _) => format!("the deletion of {name}"),
    }
}

fn would(undone: &api::Undone) -> Vec<(Tone, String)> {
    let mut lines = Vec::new();
    if let (Some(target), Some(before), Some(after)) = (&undone.target, &undone.before_sha, &undone.after_sha)
    {
        let short = |sha: &str| sha.chars().take(10).collect::<String>();
        let (target, before, after) = (line(target), short(before), short(after));
        lines.push((Tone::Warn, format!("{target} goes from {after} back to {before}.")));
    }
    if let Some(checkout) = &undone.checkout {
        lines.push((Tone::Plain, format!("The checkout in {} goes along.", line(checkout))));
    }
    let back = |back: &api::Restored| format!("{} comes back in {}.", line(&back.name), line(&back.path));
    lines.extend(undone.restored.iter().map(|it| (Tone::Good, back(it))));
    lines.extend(undone.not_restored.iter().map(|it| (Tone::Warn, line(&it.message))));
    lines
}
