//! The queue: putting jobs in, claiming what is due, giving back what has ended.

use std::sync::Arc;
use std::time::Duration;

use owt_core::AttemptId;
use owt_core::DeliveryId;
use owt_core::JobId;
use owt_core::RequestId;
use owt_core::Timestamp;
use owt_core::briefing::message_from_owt;
use owt_core::delivery::DeliverySpec;
use owt_core::delivery::Meaning;
use owt_core::delivery::Sender;
use owt_core::effect::Message;
use owt_core::job::Job;
use owt_core::job::JobInput;
use owt_core::job::Resumption;
use owt_ports::Lease;
use owt_ports::NewJob;
use owt_ports::RunnerId;
use owt_ports::Settlement;
use owt_ports::StoreError;

use super::Outcome;
use super::file_failure;
use super::required;
use super::stream_id;
use crate::board::Task;
use crate::dispatcher::Dispatcher;
use crate::home::Home;
use crate::ports::Ports;
use crate::pulse::Pulse;
use crate::records::Records;
use crate::use_cases::send::preview;

/// What an agent whose work broke off is told when it goes on by itself.
const GO_ON: &str = "your last turn was broken off by a failure outside of your task (a rate limit, the network, a crash). \
                     Look at the state of this folder first, then go on with your task where you stopped.";

/// How long a claim holds without being renewed.
pub(crate) const LEASE_TTL: Duration = Duration::from_secs(90);

/// Puts jobs into the queue, claims what is due, gives leases back.
pub(crate) struct QueueEffects {
    pub(crate) ports: Ports,
    pub(crate) home: Home,
    pub(crate) records: Records,
    pub(crate) dispatcher: Arc<Dispatcher>,
    /// Beats when something is to be claimed later.
    pub(crate) due: Arc<Pulse>,
    pub(crate) runner: RunnerId,
}

impl QueueEffects {
    pub(super) fn enqueue_job(&self, task: &Task) -> Result<Outcome, StoreError> {
        let id: JobId = stream_id(task)?;
        let job: Job = required(self.records.load(id)?, "a job")?;
        let now = self.ports.clock.now();
        self.ports.queue.enqueue(&NewJob { job: id, priority: job.spec.order.priority, not_before: now })?;
        self.claim_due(task.correlation)?;
        self.remind_of(id, task.correlation)?;
        Ok(Outcome::told(Message::Job { id, input: JobInput::Enqueued }))
    }

    /// A job that was claimed anew, and may have ended again since, has another token: the queue leaves it alone.
    pub(super) fn reopen_job(
        &self,
        task: &Task,
        token: u64,
        not_before: Option<Timestamp>,
    ) -> Result<Outcome, StoreError> {
        let id: JobId = stream_id(task)?;
        let job: Job = required(self.records.load(id)?, "a job")?;
        let not_before = not_before.unwrap_or_else(|| self.ports.clock.now());
        let place = NewJob { job: id, priority: job.spec.order.priority, not_before };
        self.ports.queue.reopen(&place, token)?;
        self.due.beat();
        self.claim_due(task.correlation)?;
        self.remind_of(id, task.correlation)?;
        Ok(Outcome::told(Message::Job { id, input: JobInput::Enqueued }))
    }

    /// A place in the queue may have been due, and claimed, while the job's folder was made ready: then it hears of that now.
    fn remind_of(&self, job: JobId, correlation: RequestId) -> Result<(), StoreError> {
        for lease in self.ports.queue.held(&self.runner)?.iter().filter(|lease| lease.job == job) {
            self.tell_claimed(lease, correlation)?;
        }
        Ok(())
    }

    /// Writes what a paused job goes on with. Its name follows from the attempt: written again, it is the same.
    pub(super) fn plan_retry(&self, task: &Task, from: &Resumption) -> Result<Outcome, StoreError> {
        let job: Job = required(self.records.load(stream_id::<JobId>(task)?)?, "a job")?;
        // A pause comes after an attempt.
        let Some(after) = from.after else { return Ok(Outcome::Settled) };
        let id = DeliveryId::from_bits(after.bits());
        let text = self.home.message(id);
        let message = message_from_owt(GO_ON);
        if let Err(error) = self.ports.files.write(&text, message.as_bytes()) {
            let failure = file_failure(&error)?;
            return Ok(Outcome::Later(format!("what {} goes on with is not written: {failure}", job.id)));
        }
        let spec = DeliverySpec {
            workspace: job.spec.workspace,
            text,
            bytes: message.len() as u64,
            digest: None,
            preview: preview(GO_ON),
            sender: Sender::Owt,
            meaning: Meaning::Words,
        };
        let resumption = Resumption { message: Some((id, spec)), ..from.clone() };
        Ok(Outcome::told(Message::Job { id: job.id, input: JobInput::RetryPlanned { resumption } }))
    }

    /// How long it is until something that waits is due; `None` when nothing waits.
    pub(crate) fn time_to_next(&self) -> Result<Option<Duration>, StoreError> {
        let next = self.ports.queue.next_due()?;
        Ok(next.map(|due| due.since(self.ports.clock.now())))
    }

    /// Claims everything that is due, and tells each job. The claim is written before the job hears of it; a
    /// crash between the two is mended by [`Self::remind_held`].
    pub(crate) fn claim_due(&self, correlation: RequestId) -> Result<(), StoreError> {
        self.renew_expired()?;
        loop {
            let attempt = AttemptId::from_bits(self.ports.entropy.id_bits());
            let now = self.ports.clock.now();
            match self.ports.queue.claim(&self.runner, attempt, now, LEASE_TTL)? {
                Some(lease) => self.tell_claimed(&lease, correlation)?,
                None => return Ok(()),
            }
        }
    }

    /// A machine that slept wakes up with expired leases on what still runs: claimed anew they would belong to
    /// attempts that never begin, and nobody would give them back.
    fn renew_expired(&self) -> Result<(), StoreError> {
        let now = self.ports.clock.now();
        for lease in self.ports.queue.held(&self.runner)? {
            if lease.until <= now {
                match self.ports.queue.renew(&lease, now, LEASE_TTL) {
                    Ok(_) | Err(StoreError::LeaseLost(_)) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }

    /// Tells each job of a lease that we hold; one that knows already is not changed. Renews the lease.
    pub(crate) fn remind_held(&self, correlation: RequestId) -> Result<(), StoreError> {
        for lease in self.ports.queue.held(&self.runner)? {
            match self.ports.queue.renew(&lease, self.ports.clock.now(), LEASE_TTL) {
                Ok(_) => self.tell_claimed(&lease, correlation)?,
                Err(StoreError::LeaseLost(job)) => {
                    tracing::warn!(%job, "a lease was lost; its attempt is fenced off");
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn tell_claimed(&self, lease: &Lease, correlation: RequestId) -> Result<(), StoreError> {
        let input = JobInput::Claimed { attempt: lease.attempt, token: lease.token };
        self.dispatcher.dispatch(Message::Job { id: lease.job, input }, correlation)
    }

    pub(super) fn settle_job(
        &self,
        task: &Task,
        attempt: Option<AttemptId>,
        token: u64,
    ) -> Result<Outcome, StoreError> {
        let job: JobId = stream_id(task)?;
        if let Some(attempt) = attempt {
            self.give_back(&Lease { job, token, attempt, until: self.ports.clock.now() })?;
            return Ok(Outcome::Settled);
        }
        self.ports.queue.withdraw(job)?;
        // It was to be taken up again, and had not yet given back what its last attempt held.
        let held = self.ports.queue.held(&self.runner)?;
        for lease in held.iter().filter(|lease| lease.job == job && lease.token == token) {
            self.give_back(lease)?;
        }
        Ok(Outcome::Settled)
    }

    fn give_back(&self, lease: &Lease) -> Result<(), StoreError> {
        match self.ports.queue.settle(lease, Settlement::Finished) {
            Ok(()) | Err(StoreError::LeaseLost(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
