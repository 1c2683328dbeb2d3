//! Deleting a workspace: what goes, and where it is kept, is shown first. It must not know how that is done.

use owt_api as api;

use super::ahead::News;
use super::ahead::Question;
use crate::event::Deed;
use crate::layer::Act;
use crate::layer::Choice;
use crate::row::Row;
use crate::status::Tone;
use crate::text::line;
use crate::wording;

type Lines = Vec<(Tone, String)>;

/// What would go? Work that is nowhere else is shown too: whoever says yes has seen it.
pub(super) fn question(row: &Row, whose: api::Selector) -> Question {
    let deed = Deed::Delete(request(whose.clone(), true));
    Question { title: format!("Delete {}", row.name()), doing: "looking at what it holds", whose, deed }
}

fn request(workspace: api::Selector, dry_run: bool) -> api::DeleteWorkspace {
    api::DeleteWorkspace { workspace, force: true, dry_run }
}

/// What would go, with the way to do it.
pub(super) fn ahead(would: &api::Deleted, whose: api::Selector) -> Choice {
    let name = line(&would.name);
    let act = Act::Do(Box::new(Deed::Delete(request(whose, false))), format!("deleting {name}"));
    Choice::new(format!("Delete {name}?"), goes(would)).way('y', "delete it", act)
}

pub(super) fn news(deleted: &api::Deleted) -> News {
    let name = line(&deleted.name);
    match &deleted.teardown {
        Some(teardown) => News::Said(Tone::Warn, format!("{name} is deleted · {}", line(teardown))),
        None => News::Said(Tone::Good, format!("{name} is deleted; undo brings it back")),
    }
}

fn goes(would: &api::Deleted) -> Lines {
    let mut lines = vec![(Tone::Plain, folder(would).to_owned())];
    if let Some(branch) = would.branch.as_deref().map(line) {
        let fate = if would.branch_deleted { "goes too" } else { "stays" };
        lines.push((Tone::Plain, format!("Its branch {branch} {fate}.")));
    }
    if let Some(other) = would.switched_to.as_deref().map(line) {
        lines.push((Tone::Plain, format!("The branch {other}, which is checked out there, stays.")));
    }
    let held = wording::held(would).map(|held| format!("It holds {held}: kept in a snapshot."));
    lines.extend(held.map(|words| (Tone::Warn, words)));
    lines.push((Tone::Dim, "Until the trash expires, undo or owt restore brings it back.".to_owned()));
    lines
}

const fn folder(would: &api::Deleted) -> &'static str {
    match would.missing {
        None => "Its session ends, and its folder goes into the trash, ignored files included.",
        Some(api::Missing::Folder) => "Its folder is gone already.",
        Some(api::Missing::Replaced) => "Its folder is gone already; what lies in its place stays.",
        Some(api::Missing::Repository) => {
            "Its repository is gone already; what lies in its folder stays, and is not looked after any more."
        }
    }
}
