//! Jobs that wait for others. Whoever begins to wait looks once who has ended before; whoever ends tells those who
//! wait then. Both are recorded before they look, so that none of them misses the other.

use std::sync::Arc;

use owt_core::JobId;
use owt_core::effect::Message;
use owt_core::job::Job;
use owt_core::job::JobInput;
use owt_core::job::JobOutcome;
use owt_ports::StoreError;

use super::Outcome;
use super::required;
use super::stream_id;
use crate::board::Task;
use crate::dispatcher::Dispatcher;
use crate::records::Records;
use crate::records::Which;

/// Tells jobs of those that they wait for.
pub(crate) struct DependencyEffects {
    pub(crate) records: Records,
    pub(crate) dispatcher: Arc<Dispatcher>,
}

impl DependencyEffects {
    pub(super) fn look_at_dependencies(&self, task: &Task) -> Result<Outcome, StoreError> {
        let id: JobId = stream_id(task)?;
        let job: Job = required(self.records.load(id)?, "a job")?;
        for before in job.waits_for() {
            let success = match self.records.load::<Job>(*before)? {
                Some(other) => other.outcome().map(JobOutcome::is_success),
                // Nobody will ever end it.
                None => Some(false),
            };
            if let Some(success) = success {
                let input = JobInput::DependencyEnded { job: *before, success };
                self.dispatcher.dispatch(Message::Job { id, input }, task.correlation)?;
            }
        }
        Ok(Outcome::Settled)
    }

    pub(super) fn tell_dependents(&self, task: &Task) -> Result<Outcome, StoreError> {
        let id: JobId = stream_id(task)?;
        let job: Job = required(self.records.load(id)?, "a job")?;
        let success = job.outcome().is_some_and(JobOutcome::is_success);
        for other in self.records.list::<Job>(None, Which::Live)? {
            if other.state.waits_for().contains(&id) {
                let input = JobInput::DependencyEnded { job: id, success };
                self.dispatcher.dispatch(Message::Job { id: other.id, input }, task.correlation)?;
            }
        }
        Ok(Outcome::Settled)
    }
}
