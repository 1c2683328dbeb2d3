//! The notes of a repository, and which of them an agent is told: with its start, as a message, or not at all.

use owt_core::AttemptId;
use owt_core::DeliveryId;
use owt_core::EffectId;
use owt_core::Permissions;
use owt_core::RepositoryId;
use owt_core::WorkspaceId;
use owt_core::attempt::Attempt;
use owt_core::briefing::ContextChoice;
use owt_core::briefing::Notes;
use owt_core::briefing::Quote;
use owt_core::delivery::Delivery;
use owt_core::job::Job;
use owt_core::job::PermissionChoice;
use owt_core::notebook::FirstName;
use owt_core::notebook::Note;
use owt_core::notebook::NoteSource;
use owt_core::notebook::Notebook;
use owt_core::session::SessionKind;
use owt_ports::StoreError;
use sha2::Digest;
use sha2::Sha256;

use crate::records::Records;

/// Whether an agent that works now gets a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// As a message, or with its start when that has not happened yet.
    Told,
    /// It is the agent that wrote it.
    Own,
    /// It may do everything unasked, and another agent wrote the note: it may look for it itself (decision 9).
    HeldBack,
    /// Its session takes one prompt only.
    OnePrompt,
    /// It is told its task and nothing else.
    TaskOnly,
}

/// Whether the agent of a job gets a note of this source, in the kind of session that it has now.
pub(crate) fn reach(source: &NoteSource, job: &Job, kind: SessionKind) -> Reach {
    let spec = &job.spec;
    match source {
        _ if spec.context == ContextChoice::Off => Reach::TaskOnly,
        _ if source.workspace() == Some(spec.workspace) => Reach::Own,
        NoteSource::Agent { .. } if may_do_everything(spec.permissions) => Reach::HeldBack,
        _ if kind == SessionKind::Headless => Reach::OnePrompt,
        _ => Reach::Told,
    }
}

/// Whether the agent of an attempt is told what it would not merge with: it takes messages, wants to know more than its
/// task, and what others have done is put before none that may do everything unasked (decision 9).
pub(crate) fn hears_of_conflicts(job: &Job, attempt: &Attempt) -> bool {
    attempt.is_running()
        && attempt.spec.session != SessionKind::Headless
        && job.spec.context == ContextChoice::Full
        && !may_do_everything(job.spec.permissions)
}

/// Nothing is known of what an unmanaged tool asks for.
pub(crate) const fn may_do_everything(permissions: PermissionChoice) -> bool {
    matches!(permissions, PermissionChoice::Unmanaged | PermissionChoice::Level(Permissions::Bypass))
}

/// The notes up to a number, as a job's agent is told them with its start.
pub(crate) fn at_start(book: &Notebook, up_to: u64, job: &Job) -> Notes {
    let mut notes = Notes::default();
    for note in book.notes.iter().filter(|note| note.number <= up_to) {
        match reach(&note.source, job, job.spec.session) {
            // What is told with the start is no message: a session of one prompt has it, too.
            Reach::Told | Reach::OnePrompt => notes.told.push(Quote::of(note)),
            Reach::HeldBack => notes.held_back += 1,
            Reach::Own | Reach::TaskOnly => {}
        }
    }
    notes
}

/// The message that tells a workspace a note: the same one for every try, so that it is never told twice.
pub(crate) fn message_of(repository: RepositoryId, note: &Note, workspace: WorkspaceId) -> DeliveryId {
    let FirstName { repository, number } =
        note.first.unwrap_or(FirstName { repository, number: note.number });
    derived(&format!("note {number} of {repository} for {workspace}"))
}

/// The message that tells a workspace the notes that there were at its start.
pub(crate) fn first_message_of(workspace: WorkspaceId) -> DeliveryId {
    derived(&format!("notes at the start of {workspace}"))
}

/// A message that tells notes, and its copies for later sessions, as far as they were made: each but the last was there when
/// its session ended.
///
/// # Errors
/// [`StoreError`].
pub(crate) fn copies(records: &Records, first: DeliveryId) -> Result<Vec<Delivery>, StoreError> {
    let (mut made, mut id) = (Vec::new(), first);
    while let Some(delivery) = records.load::<Delivery>(id)? {
        made.push(delivery);
        id = again(id);
    }
    Ok(made)
}

/// The message that tells an agent what failed in its worktree while it works: the same one for every try.
pub(crate) fn failure_message_of(attempt: AttemptId, what: &str) -> DeliveryId {
    derived(&format!("failed {what} told to {attempt}"))
}

/// The message that an effect tells a conflict by: the same one for every try.
pub(crate) fn conflict_message_of(effect: EffectId) -> DeliveryId {
    derived(&format!("conflict told by {effect}"))
}

/// The message that gives an agent which was taken up again what it had not been given: the same one for every try.
/// Several of one moment keep their order: its name begins as that of the first one does.
pub(crate) fn again(message: DeliveryId) -> DeliveryId {
    const BEGINNING: u128 = !0 << 64;
    let rest = derived(&format!("{message} again"));
    DeliveryId::from_bits(message.bits() & BEGINNING | rest.bits() & !BEGINNING)
}

fn derived(words: &str) -> DeliveryId {
    let digest = Sha256::digest(words);
    let bits: [u8; 16] = digest[..16].try_into().expect("a digest of 32 bytes has 16");
    DeliveryId::from_bits(u128::from_be_bytes(bits))
}
