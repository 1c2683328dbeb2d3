//! Messages: giving the line to the oldest that waits, putting it before the agent, settling what is left over.

use std::collections::BTreeSet;
use std::sync::Arc;

use owt_core::AttemptId;
use owt_core::DeliveryId;
use owt_core::JobId;
use owt_core::WorkspaceId;
use owt_core::attempt::Attempt;
use owt_core::attempt::AttemptInput;
use owt_core::attempt::AttemptPhase;
use owt_core::attempt::Verdict;
use owt_core::delivery::Delivery;
use owt_core::delivery::DeliveryInput;
use owt_core::delivery::DeliveryPhase;
use owt_core::delivery::Injection;
use owt_core::delivery::SessionEnd;
use owt_core::effect::InjectionForm;
use owt_core::effect::Message;
use owt_core::evidence::Activity;
use owt_core::failure::Failure;
use owt_core::failure::FailureKind;
use owt_core::job::Job;
use owt_core::job::JobOutcome;
use owt_core::job::JobPhase;
use owt_core::notebook::Notebook;
use owt_core::session::SessionKind;
use owt_core::workspace::Workspace;
use owt_ports::InjectionOutcome;
use owt_ports::SessionError;
use owt_ports::StoreError;
use owt_ports::StreamKind;

use super::Outcome;
use super::file_failure;
use super::required;
use super::session::SessionEffects;
use super::session_failure;
use super::stream_id;
use crate::board::Task;
use crate::dispatcher::Dispatcher;
use crate::notes::again;
use crate::notes::copies;
use crate::notes::first_message_of;
use crate::notes::message_of;
use crate::ports::Ports;
use crate::records::Record;
use crate::records::Records;
use crate::records::Which;

/// Gives the line to messages, puts them before agents, settles what is left over.
pub(crate) struct DeliveryEffects {
    pub(crate) ports: Ports,
    pub(crate) records: Records,
    pub(crate) dispatcher: Arc<Dispatcher>,
    pub(crate) sessions: Arc<SessionEffects>,
}

impl DeliveryEffects {
    /// The attempt of a workspace that runs now.
    pub(crate) fn running_attempt(
        &self,
        workspace: WorkspaceId,
    ) -> Result<Option<(AttemptId, Attempt)>, StoreError> {
        let Some(workspace) = self.records.load::<Workspace>(workspace)? else {
            return Ok(None);
        };
        let Some(id) = self.records.load::<Job>(workspace.spec.job)?.and_then(|job| job.newest_attempt())
        else {
            return Ok(None);
        };
        Ok(self.records.load::<Attempt>(id)?.filter(Attempt::is_running).map(|attempt| (id, attempt)))
    }

    /// In the order in which they were sent, which their names do not always tell.
    fn waiting_messages(&self, workspace: WorkspaceId) -> Result<Vec<Record<Delivery>>, StoreError> {
        let mut waiting = self.records.list::<Delivery>(Some(&workspace.to_string()), Which::Live)?;
        waiting.retain(|delivery| delivery.state.waits());
        waiting.sort_by_key(|delivery| (delivery.created_at, delivery.id));
        Ok(waiting)
    }

    pub(super) fn offer_line(
        &self,
        task: &Task,
        workspace: WorkspaceId,
        attempt: Option<AttemptId>,
    ) -> Result<Outcome, StoreError> {
        let Some((id, running)) = self.running_attempt(workspace)? else {
            return self.give_up_messages(task, workspace);
        };
        if attempt.is_some_and(|offered| offered != id) {
            return Ok(Outcome::Settled);
        }
        let waiting = self.waiting_messages(workspace)?;
        if running.takes_messages() {
            if let Some(oldest) = waiting.first() {
                let meaning = oldest.state.spec.meaning;
                let input = AttemptInput::Assign { delivery: oldest.id, meaning };
                self.dispatcher.dispatch(Message::Attempt { id, input }, task.correlation)?;
            }
            return Ok(Outcome::Settled);
        }
        let carried = running.spec.delivery.filter(|_| matches!(running.phase, AttemptPhase::Launching));
        for delivery in waiting.iter().filter(|delivery| Some(delivery.id) != carried) {
            let input = DeliveryInput::MustWait { reason: why_not(&running) };
            self.dispatcher.dispatch(Message::Delivery { id: delivery.id, input }, task.correlation)?;
        }
        Ok(Outcome::Settled)
    }

    pub(super) fn inject(
        &self,
        task: &Task,
        attempt: AttemptId,
        form: InjectionForm,
    ) -> Result<Outcome, StoreError> {
        let id: DeliveryId = stream_id(task)?;
        let delivery: Delivery = required(self.records.load(id)?, "a message")?;
        // An earlier try may have written it: without the configuration nobody can ask for it in the same words.
        if let Err(broken) = self.sessions.settings_of(attempt)? {
            return Ok(Outcome::Later(broken.message));
        }
        let injection = self.put_before_agent(id, &delivery, attempt, form)?;
        let input = DeliveryInput::Injection { attempt, injection };
        Ok(Outcome::told(Message::Delivery { id, input }))
    }

    fn put_before_agent(
        &self,
        id: DeliveryId,
        delivery: &Delivery,
        attempt: AttemptId,
        form: InjectionForm,
    ) -> Result<Injection, StoreError> {
        let text = match self.ports.files.read(&delivery.spec.text) {
            Ok(Some(bytes)) => String::from_utf8_lossy(&bytes).into_owned(),
            Ok(None) => {
                let failure = Failure::new(FailureKind::Lost, "the message's text is gone");
                return Ok(Injection::Impossible { failure });
            }
            Err(error) => return Ok(Injection::Impossible { failure: file_failure(&error)? }),
        };
        let injection = match self.sessions.compose(id, delivery, attempt, form, &text)? {
            Ok(injection) => injection,
            Err(failure) => return Ok(Injection::Impossible { failure }),
        };
        if self.sessions.stands_before_draft(attempt, &injection)? {
            return Ok(Injection::LineTaken);
        }
        match self.ports.sessions.inject(attempt, &injection) {
            Ok(InjectionOutcome::Injected | InjectionOutcome::AlreadyInjected) => Ok(Injection::Done),
            Ok(InjectionOutcome::Uncertain) => Ok(Injection::Unknown),
            Ok(InjectionOutcome::NeedsBracketedPaste) => Ok(Injection::NeedsOneLine),
            Ok(InjectionOutcome::LineTaken) => Ok(Injection::LineTaken),
            Err(SessionError::NotRunning(_)) => Ok(Injection::NoSession),
            Err(error) => Ok(Injection::Impossible { failure: session_failure(&error)? }),
        }
    }

    /// Settles what waits for a session that will never come; while the job is still on its way there is nothing
    /// to settle.
    fn give_up_messages(&self, task: &Task, workspace: WorkspaceId) -> Result<Outcome, StoreError> {
        let waiting = self.waiting_messages(workspace)?;
        let job = match (waiting.is_empty(), self.job_of(task, workspace)?) {
            (false, Some(job)) => job,
            _ => return Ok(Outcome::Settled),
        };
        let reason = match &job.phase {
            JobPhase::Ended { outcome: JobOutcome::NeverStarted { failure } } => {
                format!("its session never started: {failure}")
            }
            JobPhase::Ended { outcome: JobOutcome::Cancelled } => "its session never started".to_owned(),
            JobPhase::Ended { outcome: JobOutcome::Attempted { .. } } => {
                "the session ended before the agent could take it".to_owned()
            }
            _ => return Ok(Outcome::Settled),
        };
        for delivery in waiting {
            let input = DeliveryInput::NoSession { reason: reason.clone() };
            self.dispatcher.dispatch(Message::Delivery { id: delivery.id, input }, task.correlation)?;
        }
        Ok(Outcome::Settled)
    }

    /// The job of a workspace; also of one that was never recorded, when the job itself asks.
    fn job_of(&self, task: &Task, workspace: WorkspaceId) -> Result<Option<Job>, StoreError> {
        match self.records.load::<Workspace>(workspace)? {
            Some(workspace) => self.records.load::<Job>(workspace.spec.job),
            None if task.stream.kind == StreamKind::Job => self.records.load::<Job>(stream_id(task)?),
            None => Ok(None),
        }
    }

    pub(super) fn release_messages(
        &self,
        task: &Task,
        workspace: WorkspaceId,
        attempt: Option<AttemptId>,
    ) -> Result<Outcome, StoreError> {
        let Some(attempt) = attempt else {
            return self.give_up_messages(task, workspace);
        };
        if self.running_attempt(workspace)?.is_some_and(|(running, _)| running != attempt) {
            return Ok(Outcome::Settled);
        }
        self.release_of(task, workspace, attempt)?;
        Ok(Outcome::Settled)
    }

    /// Before the next session of a job begins: what the one before has left is settled, and what outlived it goes on. Its own
    /// end asks for that, too, and may be heard of later: the next session would take the old messages beside their copies.
    pub(super) fn hand_on(&self, task: &Task) -> Result<(), StoreError> {
        let id: AttemptId = stream_id(task)?;
        let attempt: Attempt = required(self.records.load(id)?, "an attempt")?;
        let job: Job = required(self.records.load(attempt.spec.job)?, "a job")?;
        let (AttemptPhase::Launching, Some(resumption)) = (&attempt.phase, &job.resumption) else {
            return Ok(());
        };
        if resumption.after == Some(id) {
            return Ok(());
        }
        if let Some(before) = resumption.after {
            self.release_of(task, attempt.spec.workspace, before)?;
        }
        match attempt.spec.session {
            SessionKind::Headless => Ok(()),
            SessionKind::Structured | SessionKind::Tmux | SessionKind::Pty => {
                self.copy_what_waited(task, &job)
            }
        }
    }

    fn release_of(&self, task: &Task, workspace: WorkspaceId, attempt: AttemptId) -> Result<(), StoreError> {
        let ended = self.records.load::<Attempt>(attempt)?;
        let end = match ended.as_ref().map(|attempt| &attempt.phase) {
            Some(AttemptPhase::Ended { verdict: Verdict::Succeeded | Verdict::Exited, .. }) => {
                SessionEnd::Well
            }
            _ => SessionEnd::Otherwise,
        };
        // What waits for a conversation that goes on in another session waits for that.
        let goes_on = ended.as_ref().is_some_and(Attempt::has_gone_on);
        // The session may have been taken up again meanwhile: what that goes on with is not this attempt's.
        let resumption = self.job_of(task, workspace)?.and_then(|job| job.resumption);
        let resumption = resumption.filter(|it| it.after == Some(attempt));
        let over_at =
            ended.as_ref().and_then(|attempt| attempt.phase.ended_at()).filter(|_| resumption.is_some());
        let next = resumption.and_then(|it| it.message).map(|(id, _)| id);
        for delivery in self.records.list::<Delivery>(Some(&workspace.to_string()), Which::Live)? {
            let is_next = Some(delivery.id) == next
                || (goes_on && delivery.state.waits())
                || over_at.is_some_and(|over| delivery.created_at >= over);
            if !is_next && !matches!(delivery.state.phase, DeliveryPhase::Injecting { .. }) {
                let input = DeliveryInput::SessionEnded { attempt, end };
                self.dispatcher.dispatch(Message::Delivery { id: delivery.id, input }, task.correlation)?;
            }
        }
        Ok(())
    }

    pub(super) fn send_again(&self, task: &Task) -> Result<Outcome, StoreError> {
        let job: Job = required(self.records.load(stream_id::<JobId>(task)?)?, "a job")?;
        self.copy_what_waited(task, &job)?;
        Ok(Outcome::Settled)
    }

    /// In the order in which they were sent. Notes are left out: how the next session is told those is found out when it has
    /// started.
    fn copy_what_waited(&self, task: &Task, job: &Job) -> Result<(), StoreError> {
        let workspace = job.spec.workspace.to_string();
        let mut waited = self.records.list::<Delivery>(Some(&workspace), Which::All)?;
        let notes = self.notes_told_to(job.spec.workspace)?;
        waited.retain(|message| message.state.outlived_its_session() && !notes.contains(&message.id));
        waited.sort_by_key(|message| (message.created_at, message.id));
        for message in waited {
            let (id, spec) = (again(message.id), message.state.spec);
            let input = DeliveryInput::Create { id, spec };
            self.dispatcher.dispatch(Message::Delivery { id, input }, task.correlation)?;
        }
        Ok(())
    }

    /// The messages that tell a workspace notes.
    fn notes_told_to(&self, workspace: WorkspaceId) -> Result<BTreeSet<DeliveryId>, StoreError> {
        let spec = self.records.load::<Workspace>(workspace)?.map(|workspace| workspace.spec);
        let repository = spec.as_ref().and_then(|spec| spec.repository()).map(|it| it.id);
        let Some(repository) = repository else { return Ok(BTreeSet::new()) };
        let book: Option<Notebook> = self.records.load(repository)?;
        let notes = book.iter().flat_map(|book| &book.notes);
        let firsts = notes.map(|note| message_of(repository, note, workspace));
        let mut told = BTreeSet::new();
        for first in firsts.chain([first_message_of(workspace)]) {
            told.extend(copies(&self.records, first)?.iter().map(|message| message.id));
        }
        Ok(told)
    }
}

/// What a message waits for, in words.
fn why_not(attempt: &Attempt) -> String {
    let reason = match (&attempt.phase, &attempt.doing.activity) {
        _ if attempt.stopping.is_some() => "the session is ending",
        (AttemptPhase::Launching, _) | (_, Activity::Starting) => "the agent is starting",
        (_, Activity::Working) => "the agent is working",
        (_, Activity::WaitingPermission) => "the agent waits for a permission",
        (_, Activity::WaitingInput) => "the agent waits for an answer",
        (_, Activity::Blocked { .. }) => "a dialog of the agent's is in the way",
        (_, Activity::Idle) => "another message is on its way",
    };
    reason.to_owned()
}
