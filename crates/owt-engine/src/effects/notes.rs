//! Notes on their way to agents that work already: each is an ordinary message, made once for each workspace.
//!
//! Two effects look from both sides, so that nothing is lost between them: a new note looks for agents that run, and an
//! agent that has started looks for notes that came after its start was prepared. Whoever finds the other second finds
//! the message there already.

use std::sync::Arc;

use owt_core::AttemptId;
use owt_core::DeliveryId;
use owt_core::RepositoryId;
use owt_core::attempt::Attempt;
use owt_core::attempt::AttemptPhase;
use owt_core::attempt::NotesChannel;
use owt_core::attempt::NotesTold;
use owt_core::briefing::Quote;
use owt_core::briefing::note_message;
use owt_core::delivery::DeliveryInput;
use owt_core::delivery::DeliverySpec;
use owt_core::delivery::Meaning;
use owt_core::delivery::Sender;
use owt_core::effect::Message;
use owt_core::job::Job;
use owt_core::notebook::Note;
use owt_core::notebook::NoteSource;
use owt_core::notebook::Notebook;
use owt_core::session::SessionKind;
use owt_core::workspace::Workspace;
use owt_ports::StoreError;

use super::Outcome;
use super::file_failure;
use super::required;
use super::stream_id;
use crate::board::Task;
use crate::dispatcher::Dispatcher;
use crate::home::Home;
use crate::notes::Reach;
use crate::notes::again;
use crate::notes::copies;
use crate::notes::first_message_of;
use crate::notes::message_of;
use crate::notes::reach;
use crate::ports::Ports;
use crate::records::Records;
use crate::records::Which;
use crate::use_cases::preview;

/// Brings before agents what others have left for them, or do.
pub(crate) struct NoteEffects {
    pub(crate) ports: Ports,
    pub(crate) home: Home,
    pub(crate) records: Records,
    pub(crate) dispatcher: Arc<Dispatcher>,
}

/// An agent that works now.
pub(super) struct Reader {
    pub(super) attempt: Attempt,
    pub(super) job: Job,
}

/// A message that is to be there, or why it cannot be kept now.
type Kept = Result<(), String>;

impl NoteEffects {
    pub(super) fn spread_note(&self, task: &Task, number: u64) -> Result<Outcome, StoreError> {
        let repository: RepositoryId = stream_id(task)?;
        let book: Notebook = required(self.records.load(repository)?, "a notebook")?;
        // It was taken out meanwhile.
        let Some(note) = book.note(number) else { return Ok(Outcome::Settled) };
        for workspace in self.records.list::<Workspace>(Some(&repository.to_string()), Which::Live)? {
            let Some(reader) = self.reader(&workspace.state)? else { continue };
            let running = matches!(reader.attempt.phase, AttemptPhase::Running { .. });
            let has_it = reader.attempt.notes.is_some_and(|told| number <= told.up_to);
            // One that is being started has it in its briefing, or looks for it when it has started.
            if running
                && !has_it
                && let Err(reason) = self.tell(task, repository, note, &reader)?
            {
                return Ok(Outcome::Later(reason));
            }
        }
        Ok(Outcome::Settled)
    }

    pub(super) fn catch_up(&self, task: &Task) -> Result<Outcome, StoreError> {
        let id: AttemptId = stream_id(task)?;
        let attempt: Attempt = required(self.records.load(id)?, "an attempt")?;
        let job: Job = required(self.records.load(attempt.spec.job)?, "a job")?;
        let workspace: Option<Workspace> = self.records.load(attempt.spec.workspace)?;
        let repository = workspace.as_ref().and_then(|it| it.spec.repository()).map(|it| it.id);
        let (Some(repository), Some(told), AttemptPhase::Running { .. }) =
            (repository, attempt.notes, &attempt.phase)
        else {
            return Ok(Outcome::Settled);
        };
        let Some(book) = self.records.load::<Notebook>(repository)? else { return Ok(Outcome::Settled) };
        let reader = Reader { attempt, job };
        let known = match told.channel {
            NotesChannel::Briefing => Ok(told.up_to),
            NotesChannel::Message => self.tell_at_start(task, &book, &reader)?,
        };
        let known = match known {
            Ok(known) => known,
            Err(reason) => return Ok(Outcome::Later(reason)),
        };
        for note in book.notes.iter().filter(|note| note.number > known) {
            if let Err(reason) = self.tell(task, repository, note, &reader)? {
                return Ok(Outcome::Later(reason));
            }
        }
        Ok(Outcome::Settled)
    }

    /// One message with all notes that there were when the conversation began; the number of the newest of them. A
    /// session that takes the conversation up again has that message in it, unless the first one ended before it was
    /// made.
    fn tell_at_start(
        &self,
        task: &Task,
        book: &Notebook,
        reader: &Reader,
    ) -> Result<Result<u64, String>, StoreError> {
        let Some(told) = self.first_start(&reader.job)? else { return Ok(Ok(0)) };
        let notes = book.notes.iter().filter(|note| note.number <= told.up_to);
        let quotes: Vec<Quote> = notes
            .filter(|note| reach(&note.source, &reader.job, reader.attempt.spec.session) == Reach::Told)
            .map(Quote::of)
            .collect();
        if quotes.is_empty() {
            return Ok(Ok(told.up_to));
        }
        let id = first_message_of(reader.job.spec.workspace);
        Ok(self.keep(task, id, (&quotes, Sender::Owt), reader)?.map(|()| told.up_to))
    }

    /// The notes of the time when the conversation began, in an attempt that takes messages.
    fn first_start(&self, job: &Job) -> Result<Option<NotesTold>, StoreError> {
        for id in &job.attempts {
            let Some(attempt) = self.records.load::<Attempt>(*id)? else { continue };
            let takes_messages = attempt.spec.session != SessionKind::Headless;
            if let (true, Some(_), Some(told)) = (takes_messages, attempt.started_at, attempt.notes) {
                return Ok(Some(told));
            }
        }
        Ok(None)
    }

    fn tell(
        &self,
        task: &Task,
        repository: RepositoryId,
        note: &Note,
        reader: &Reader,
    ) -> Result<Kept, StoreError> {
        if reach(&note.source, &reader.job, reader.attempt.spec.session) != Reach::Told {
            return Ok(Ok(()));
        }
        let sender = match note.source {
            NoteSource::Person => Sender::Person,
            NoteSource::Agent { attempt, .. } => Sender::Attempt(attempt),
        };
        let id = message_of(repository, note, reader.job.spec.workspace);
        self.keep(task, id, (&[Quote::of(note)], sender), reader)
    }

    /// Writes a message and records it, unless it is there already and can still be read, or was.
    fn keep(
        &self,
        task: &Task,
        id: DeliveryId,
        (quotes, sender): (&[Quote], Sender),
        reader: &Reader,
    ) -> Result<Kept, StoreError> {
        let id = match copies(&self.records, id)?.last() {
            None => id,
            Some(last) if last.outlived_its_session() => again(last.id),
            Some(_) => return Ok(Ok(())),
        };
        let message = note_message(quotes);
        let text = self.home.message(id);
        if let Err(error) = self.ports.files.write(&text, message.as_bytes()) {
            return Ok(Err(file_failure(&error)?.message));
        }
        let shown: Vec<&str> = quotes.iter().map(|quote| quote.text.as_str()).collect();
        let spec = DeliverySpec {
            workspace: reader.job.spec.workspace,
            text,
            bytes: message.len() as u64,
            digest: None,
            preview: preview(&format!("(note) {}", shown.join(" "))),
            sender,
            meaning: Meaning::Information,
        };
        let input = DeliveryInput::Create { id, spec };
        self.dispatcher.dispatch(Message::Delivery { id, input }, task.correlation)?;
        Ok(Ok(()))
    }

    pub(super) fn reader(&self, workspace: &Workspace) -> Result<Option<Reader>, StoreError> {
        let Some(job) = self.records.load::<Job>(workspace.spec.job)? else { return Ok(None) };
        let Some(id) = job.newest_attempt() else { return Ok(None) };
        let attempt = self.records.load::<Attempt>(id)?;
        Ok(attempt.map(|attempt| Reader { attempt, job }))
    }
}
