//! A workspace as the queries see it: its record, its job, its newest attempt, what git says, the judgement.

use owt_core::AttemptId;
use owt_core::JobId;
use owt_core::Timestamp;
use owt_core::WorkspaceId;
use owt_core::attempt::Attempt;
use owt_core::job::Job;
use owt_core::status::Judgement;
use owt_core::status::judge;
use owt_core::vcs::WorktreeFacts;
use owt_core::workspace::Workspace;
use owt_ports::StoreError;

use crate::records::Record;
use crate::records::Records;

/// Everything a row of a list shows.
#[derive(Debug, Clone)]
pub struct WorkspaceView {
    /// The workspace's id.
    pub id: WorkspaceId,
    /// Its record.
    pub workspace: Workspace,
    /// Its job.
    pub job: Option<(JobId, Job)>,
    /// The job's newest attempt.
    pub attempt: Option<(AttemptId, Attempt)>,
    /// What git says, when it could be asked.
    pub facts: Option<WorktreeFacts>,
    /// What it is doing.
    pub judgement: Judgement,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl WorkspaceView {
    /// Gathers the records around a workspace; git is not asked.
    pub(crate) fn gather(records: &Records, record: Record<Workspace>) -> Result<Self, StoreError> {
        let job_id = record.state.spec.job;
        let job = records.load::<Job>(job_id)?;
        let newest = job.as_ref().and_then(Job::newest_attempt);
        let attempt = match newest {
            Some(id) => records.load::<Attempt>(id)?.map(|attempt| (id, attempt)),
            None => None,
        };
        let judgement = judge(&record.state, job.as_ref(), attempt.as_ref().map(|(_, attempt)| attempt));
        let updated_at = attempt
            .as_ref()
            .map_or(record.updated_at, |(_, attempt)| attempt.doing.since.max(record.updated_at));
        Ok(Self {
            id: record.id,
            workspace: record.state,
            job: job.map(|job| (job_id, job)),
            attempt,
            facts: None,
            judgement,
            created_at: record.created_at,
            updated_at,
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.workspace.spec.name.as_str()
    }

    /// The running attempt, if its session is there.
    pub fn running(&self) -> Option<(AttemptId, &Attempt)> {
        self.attempt.as_ref().filter(|(_, attempt)| attempt.is_running()).map(|(id, attempt)| (*id, attempt))
    }
}
