//! Notes: numbered for ever, bounded, each told once.

use proptest::prelude::*;

use super::*;

fn repository() -> RepositoryId {
    RepositoryId::from_bits(1)
}

fn agent(number: u128) -> NoteSource {
    NoteSource::Agent {
        attempt: AttemptId::from_bits(number),
        workspace: WorkspaceId::from_bits(number),
        name: WorkspaceName::new("other"),
    }
}

fn write(id: u128, source: NoteSource) -> NotebookInput {
    let text = NoteText::new("The users table has a verified_at column now").unwrap();
    NotebookInput::Write { repository: repository(), id: NoteId::from_bits(id), text, source }
}

fn after(book: Option<Notebook>, input: &NotebookInput) -> Option<Notebook> {
    let now = Timestamp::from_millis(0);
    let step = Notebook::step(book.as_ref(), input, now);
    step.events.iter().fold(book, |book, event| Notebook::apply(book, event, now))
}

fn numbers(book: &Notebook) -> Vec<u64> {
    book.notes.iter().map(|note| note.number).collect()
}

#[test]
fn a_number_is_never_given_again() {
    let book = after(None, &write(1, NoteSource::Person));
    let book = after(book, &write(2, agent(1)));
    let book = after(book, &NotebookInput::Remove { number: 2 });
    let book = after(book, &write(3, NoteSource::Person)).unwrap();
    assert_eq!(numbers(&book), [1, 3]);
    let book = after(Some(book), &NotebookInput::Clear { up_to: 3 }).unwrap();
    assert!(!book.is_live() && book.notes.is_empty());
    assert_eq!(numbers(&after(Some(book), &write(4, NoteSource::Person)).unwrap()), [4]);
}

#[test]
fn clearing_leaves_what_came_after_the_look() {
    let book = after(after(None, &write(1, NoteSource::Person)), &write(2, NoteSource::Person));
    assert_eq!(numbers(&after(book, &NotebookInput::Clear { up_to: 1 }).unwrap()), [2]);
}

#[test]
fn the_same_note_is_written_and_told_once() {
    let now = Timestamp::from_millis(0);
    let first = Notebook::step(None, &write(1, NoteSource::Person), now);
    assert_eq!(first.effects, [Effect::SpreadNote { number: 1 }]);
    let book = after(None, &write(1, NoteSource::Person));
    assert!(Notebook::step(book.as_ref(), &write(1, NoteSource::Person), now).is_nothing());
}

#[test]
fn agents_cannot_take_the_persons_room() {
    let mut book = None;
    for id in 0..500 {
        book = after(book, &write(id, agent(id)));
    }
    let full = book.unwrap();
    assert_eq!(full.notes.len(), MAX_NOTES_OF_AGENTS);
    assert_eq!(full.room(&agent(1)), Room::FullOfAgents(MAX_NOTES_OF_AGENTS));
    let mut book = Some(full);
    for id in 500..1_000 {
        book = after(book, &write(id, NoteSource::Person));
    }
    let most = book.unwrap();
    assert_eq!(most.notes.len(), MAX_NOTES);
    assert_eq!(most.room(&NoteSource::Person), Room::Full(MAX_NOTES));
}

#[test]
fn what_a_note_may_say() {
    for (text, outcome) in
        [(" a \r\nb\r", Ok("a \nb")), (" \n", Err(NoteTextError::Empty)), ("a\0b", Err(NoteTextError::Nul))]
    {
        assert_eq!(NoteText::new(text).as_ref().map(NoteText::as_str), outcome.as_ref().map(|words| *words));
    }
    assert!(NoteText::new(&"é".repeat(MAX_NOTE_CHARS)).is_ok());
    let long = "é".repeat(MAX_NOTE_CHARS + 1);
    assert_eq!(NoteText::new(&long), Err(NoteTextError::TooLong(MAX_NOTE_CHARS + 1)));
}

proptest! {
    /// Whatever is asked in whatever order: numbers rise, limits hold.
    #[test]
    fn a_notebook_stays_in_order(asked in prop::collection::vec((0_u8..4, 0_u128..40), 0..300)) {
        let mut book = None;
        let mut newest = 0;
        for (what, number) in asked {
            let input = match what {
                0 => write(number, NoteSource::Person),
                1 => write(number, agent(number)),
                2 => NotebookInput::Remove { number: u64::try_from(number).unwrap() },
                _ => NotebookInput::Clear { up_to: u64::try_from(number).unwrap() },
            };
            book = after(book, &input);
            if let Some(book) = &book {
                prop_assert!(book.newest >= newest);
                newest = book.newest;
                prop_assert!(numbers(book).windows(2).all(|pair| pair[0] < pair[1]));
                prop_assert!(book.notes.len() <= MAX_NOTES);
            }
        }
    }
}

fn taking_over(from: &Notebook) -> NotebookInput {
    NotebookInput::TakeOver { repository: RepositoryId::from_bits(2), from: Box::new(from.clone()) }
}

#[test]
fn a_moved_book_keeps_its_numbers_and_what_was_called_how() {
    let old = [1, 2, 3].iter().fold(None, |book, id| after(book, &write(*id, NoteSource::Person)));
    let old = after(old, &NotebookInput::Remove { number: 3 }).unwrap();
    let new = after(None, &taking_over(&old)).unwrap();
    assert_eq!((numbers(&new), new.newest, new.repository), (vec![1, 2], 3, RepositoryId::from_bits(2)));
    assert_eq!(new.notes[1].first, Some(FirstName { repository: repository(), number: 2 }));
    assert_eq!(after(Some(new.clone()), &taking_over(&old)), Some(new.clone()), "once more is the same");
    let back = NotebookInput::TakeOver { repository: repository(), from: Box::new(new) };
    assert_eq!(
        after(None, &back).unwrap().notes[1].first,
        Some(FirstName { repository: repository(), number: 2 })
    );
}

#[test]
fn where_notes_are_already_the_moved_ones_come_behind_them_and_only_as_far_as_there_is_room() {
    let many = |from: u128, count: u128| {
        (from..from + count).fold(None, |book, id| after(book, &write(id, NoteSource::Person))).unwrap()
    };
    let (old, here) = (many(1, 3), many(100, 198));
    let both = after(Some(here), &taking_over(&old)).unwrap();
    assert_eq!((both.notes.len(), numbers(&both)[198..].to_vec()), (MAX_NOTES, vec![199, 200]));
    assert_eq!(old.notes.iter().map(|note| both.has(note.id)).collect::<Vec<_>>(), [true, true, false]);
}
