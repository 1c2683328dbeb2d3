//! Taking back the last landing or deletion: what it takes back is shown first. It must not know how that is done.

use owt_api as api;

use super::Board;
use super::landing::awaited;
use crate::event::Deed;
use crate::event::Request;
use crate::event::Ticket;
use crate::layer::Act;
use crate::layer::Choice;
use crate::layer::Layer;
use crate::status::Tone;
use crate::text::line;

impl Board {
    /// What was done last is looked at.
    pub(super) fn look_back(&mut self) -> Vec<Request> {
        let repository = self.row().map(|row| row.workspace.repository.clone());
        let cwd = repository.unwrap_or_else(|| self.setting.cwd.clone());
        let ticket = self.ticket();
        let lines = vec![(Tone::Dim, "looking at what was done last …".to_owned())];
        let mut choice = Choice::new("Undo".to_owned(), lines);
        choice.awaits = Some((ticket, api::Selector { cwd: cwd.clone(), name: String::new() }));
        self.layers.push(Layer::Choice(choice));
        vec![Request::Do(ticket, Box::new(Deed::Undo(api::Undo { cwd, only: None, dry_run: true })))]
    }

    /// What came of a look back, or of taking back itself.
    pub(super) fn undone(&mut self, ticket: Ticket, undone: &api::Undone) {
        let awaited = self.layers.iter_mut().find_map(|layer| awaited(layer, ticket));
        match (awaited, undone.dry_run) {
            (Some(choice), _) => {
                let cwd = choice.awaits.take().map(|(_, whose)| whose.cwd).unwrap_or_default();
                // What was looked at is taken back, and nothing that was done meanwhile.
                let only = Some(undone.id.clone());
                let deed = Deed::Undo(api::Undo { cwd, only, dry_run: false });
                let act = Act::Do(Box::new(deed), format!("taking back {}", what(undone)));
                *choice = Choice::new(format!("Take back {}?", what(undone)), would(undone)).way(
                    'y',
                    "take it back",
                    act,
                );
            }
            // The person did not wait for it.
            (None, true) => {}
            (None, false) => match undone.not_restored.first() {
                None => self.said = Some((Tone::Good, format!("{} is taken back", what(undone)))),
                Some(problem) => self.tell(problem),
            },
        }
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
