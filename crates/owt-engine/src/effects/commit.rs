//! Committing what an agent left, where its sandbox cannot.

use owt_core::AttemptId;
use owt_core::attempt::Attempt;
use owt_core::attempt::AttemptInput;
use owt_core::effect::Message;
use owt_core::job::Job;
use owt_core::workspace::Phase;
use owt_core::workspace::Workspace;
use owt_ports::StoreError;

use super::Outcome;
use super::git_failure;
use super::required;
use super::stream_id;
use crate::board::Task;
use crate::ports::Ports;
use crate::records::Records;

/// Commits for agents.
pub(crate) struct CommitEffects {
    pub(crate) ports: Ports,
    pub(crate) records: Records,
}

impl CommitEffects {
    pub(super) fn commit_for_agent(&self, task: &Task) -> Result<Outcome, StoreError> {
        let id: AttemptId = stream_id(task)?;
        let attempt: Attempt = required(self.records.load(id)?, "an attempt")?;
        let workspace: Workspace = required(self.records.load(attempt.spec.workspace)?, "a workspace")?;
        let job: Job = required(self.records.load(attempt.spec.job)?, "a job")?;
        // What a removal finds uncommitted goes into its snapshot, which a commit beside it would make untrue.
        let here = workspace.spec.line().filter(|_| workspace.phase == Phase::Ready);
        let failure = match here {
            None => None,
            Some(_) => match self.ports.git.commit_all(&workspace.spec.path, &job.spec.title) {
                Ok(_) => None,
                Err(error) => Some(git_failure(&error)?),
            },
        };
        Ok(Outcome::told(Message::Attempt { id, input: AttemptInput::Committed { failure } }))
    }
}
