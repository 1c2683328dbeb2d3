//! The notes of a repository that was moved by hand, where it is now. A note keeps its number where nobody has it there.

use super::FirstName;
use super::Note;
use super::Notebook;
use super::NotebookEvent;
use super::Room;
use crate::RepositoryId;
use crate::Timestamp;
use crate::effect::Effect;
use crate::machine::Machine as _;
use crate::machine::Step;

/// Taken over again, it is the same.
pub(super) fn taken_over(
    current: Option<&Notebook>,
    repository: RepositoryId,
    from: &Notebook,
    now: Timestamp,
) -> Step<NotebookEvent> {
    let (mut book, mut step) = (current.cloned(), Step::nothing());
    for note in &from.notes {
        let Some(number) = place(book.as_ref(), note) else { continue };
        let first = note.first.or(Some(FirstName { repository: from.repository, number: note.number }));
        let event = NotebookEvent::Written { repository, note: Note { number, first, ..note.clone() } };
        book = Notebook::apply(book, &event, now);
        step.events.push(event);
        step = step.effect(Effect::SpreadNote { number });
    }
    let newest = from.newest;
    if book.is_none_or(|book| book.newest < newest) {
        step.events.push(NotebookEvent::WentOn { repository, newest });
    }
    step
}

/// The number that it gets; `None` where it is there already, or there is no room.
fn place(book: Option<&Notebook>, note: &Note) -> Option<u64> {
    let Some(book) = book else { return Some(note.number) };
    let is_free = !book.has(note.id) && book.room(&note.source) == Room::Free;
    is_free.then(|| note.number.max(book.newest + 1))
}
