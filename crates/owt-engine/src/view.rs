//! A workspace as the queries see it: its record, its job, its newest attempt, what git says, the judgement.

use std::collections::HashMap;

use owt_core::AttemptId;
use owt_core::JobId;
use owt_core::Timestamp;
use owt_core::WorkspaceId;
use owt_core::agent_failure::AgentFailure;
use owt_core::attempt::Attempt;
use owt_core::attempt::failure_of;
use owt_core::attention::Attention;
use owt_core::job::Creator;
use owt_core::job::Job;
use owt_core::pricing::Cost;
use owt_core::pricing::Prices;
use owt_core::pricing::cost_of;
use owt_core::retry::Next;
use owt_core::session::SessionKind;
use owt_core::status::Judgement;
use owt_core::status::MAY_BE_UNREAD;
use owt_core::status::Status;
use owt_core::status::holds_message;
use owt_core::status::judge;
use owt_core::vcs::WorktreeFacts;
use owt_core::warning::Warning;
use owt_core::workspace::Workspace;
use owt_ports::Found;
use owt_ports::StoreError;
use owt_ports::StreamId;

use crate::absence::Absence;
use crate::entity::Entity as _;
use crate::landing_progress::LandingProgress;
use crate::radar::Opponents;
use crate::radar::Stranded;
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
    /// The workspace whose agent began the job; `None` where the person did.
    pub begun_by: Option<WorkspaceId>,
    /// The job's newest attempt.
    pub attempt: Option<(AttemptId, Attempt)>,
    /// What lies at its place: as it is recorded, until somebody looks.
    pub found: Found,
    /// What git says, when it could be asked.
    pub facts: Option<WorktreeFacts>,
    /// How its branch stands, where its folder cannot say it any more.
    pub left: Option<Left>,
    /// What it is doing.
    pub judgement: Judgement,
    /// When something last came from its agent; `None` before the first, and until somebody looks.
    pub last_activity: Option<Timestamp>,
    /// What is to be warned of.
    pub warnings: Vec<Warning>,
    /// What its person was told of it, and has not looked at.
    pub attention: Option<Attention>,
    /// What its work would not merge with, as the last look at it found.
    pub conflicts: Opponents,
    /// Why its work cannot land in its target, as the last look at them found.
    pub stranded: Option<Stranded>,
    /// How far its landing is that is under way, as soon as somebody looks.
    pub landing: Option<LandingProgress>,
    /// What its newest attempt has cost: as its agent says, and where that says nothing, by prices, as soon as somebody looks.
    pub cost: Option<Cost>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// What the branch of a workspace without a folder holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// Commits that its base does not have.
    pub ahead: u32,
    /// Commits of its base that it does not have.
    pub behind: u32,
}

impl WorkspaceView {
    /// Gathers the records around a workspace; git is not asked.
    pub(crate) fn gather(records: &Records, record: Record<Workspace>) -> Result<Self, StoreError> {
        let mut views = Self::gather_all(records, vec![record])?;
        Ok(views.pop().expect("of one workspace there is one view"))
    }

    /// The same of many, in as many questions as of one.
    pub(crate) fn gather_all(
        records: &Records,
        workspaces: Vec<Record<Workspace>>,
    ) -> Result<Vec<Self>, StoreError> {
        let jobs = records.load_all::<Job>(workspaces.iter().map(|record| record.state.spec.job))?;
        let attempts = jobs.values().flat_map(|job| [job.newest_attempt(), creator(job)]).flatten();
        let attempts = records.load_all::<Attempt>(attempts)?;
        Ok(workspaces.into_iter().map(|record| Self::of(record, &jobs, &attempts)).collect())
    }

    fn of(
        record: Record<Workspace>,
        jobs: &HashMap<StreamId, Job>,
        attempts: &HashMap<StreamId, Attempt>,
    ) -> Self {
        let job_id = record.state.spec.job;
        let job = jobs.get(&Job::stream(job_id)).cloned();
        let known = |id: AttemptId| attempts.get(&Attempt::stream(id));
        let newest = job.as_ref().and_then(Job::newest_attempt);
        let attempt = newest.and_then(|id| Some((id, known(id)?.clone())));
        let begun_by = job.as_ref().and_then(creator).and_then(known).map(|attempt| attempt.spec.workspace);
        let judgement = judge(&record.state, job.as_ref(), attempt.as_ref().map(|(_, attempt)| attempt));
        let cost = attempt.as_ref().and_then(|(_, attempt)| attempt.usage.cost_micro_usd).map(Cost::Told);
        let updated_at = attempt
            .as_ref()
            .map_or(record.updated_at, |(_, attempt)| attempt.doing.since.max(record.updated_at));
        Self {
            id: record.id,
            found: if record.state.missing { Found::Nothing } else { Found::Folder },
            workspace: record.state,
            job: job.map(|job| (job_id, job)),
            begun_by,
            attempt,
            facts: None,
            left: None,
            judgement,
            last_activity: None,
            warnings: Vec::new(),
            attention: None,
            conflicts: Opponents::default(),
            stranded: None,
            landing: None,
            cost,
            created_at: record.created_at,
            updated_at,
        }
    }

    /// Takes in what lies at its place now, whatever is recorded; the record is corrected by the reconciler.
    pub(crate) fn take_in(&mut self, found: Found) {
        self.found = found;
        self.workspace.missing = found != Found::Folder;
        let attempt = self.attempt.as_ref().map(|(_, attempt)| attempt);
        self.judgement = judge(&self.workspace, self.job.as_ref().map(|(_, job)| job), attempt);
        if let Some(absence) = Absence::seen(found, &self.workspace.spec) {
            let whereto = match absence {
                Absence::Repository(_) => " (moved? owt doctor)",
                Absence::Folder(_) | Absence::Replaced(_) => "",
            };
            self.judgement.detail = Some(format!("{absence}{whereto}"));
        }
    }

    /// The model that its newest attempt uses.
    pub fn model(&self) -> Option<&str> {
        let told = self.attempt.as_ref().and_then(|(_, attempt)| attempt.model.as_deref());
        told.or_else(|| self.job.as_ref().and_then(|(_, job)| job.spec.model.as_deref()))
    }

    /// Whether it has used something of which its agent does not say what it cost.
    pub(crate) fn lacks_cost(&self) -> bool {
        let usage = self.attempt.as_ref().map(|(_, attempt)| attempt.usage);
        self.cost.is_none() && usage.is_some_and(|usage| usage.input_tokens + usage.output_tokens > 0)
    }

    pub(crate) fn estimate_cost(&mut self, prices: &Prices) {
        self.cost = match &self.attempt {
            Some((_, attempt)) => cost_of(&attempt.usage, self.model(), prices),
            None => None,
        };
    }

    /// Whether its agent may have read a message or not, and its person has done nothing of it yet.
    pub fn has_uncertain(&self) -> bool {
        self.attention.as_ref().is_some_and(|attention| !attention.uncertain.is_empty())
    }

    /// Said where nobody knows whether a message was read, unless its agent waits for its person anyway.
    pub(crate) fn note_uncertain(&mut self) {
        let attempt = self.attempt.as_ref().map(|(_, attempt)| attempt);
        let waits = matches!(
            self.judgement.status,
            Status::WaitingInput | Status::WaitingPermission | Status::Blocked
        );
        if self.has_uncertain() && !waits && !attempt.is_some_and(holds_message) {
            self.judgement.detail = Some(MAY_BE_UNREAD.to_owned());
        }
    }

    /// Said where a person or an agent has renamed the branch or left it.
    pub(crate) fn note_switch(&mut self) {
        if self.judgement.detail.is_none() {
            self.judgement.detail = self.switched();
        }
    }

    fn switched(&self) -> Option<String> {
        let (own, facts) = (&self.workspace.spec.line()?.branch, self.facts.as_ref()?);
        match &facts.branch {
            Some(branch) if branch == own => None,
            Some(branch) => Some(format!("{branch} is checked out there, not {own}")),
            None => Some(format!("no branch is checked out there, not {own} either")),
        }
    }

    /// How its work failed, and what comes next.
    pub fn failure(&self) -> Option<(AgentFailure, Next)> {
        let job = self.job.as_ref().map(|(_, job)| job);
        failure_of(job, self.attempt.as_ref().map(|(_, attempt)| attempt))
    }

    /// Whether there is something that its person has not looked at.
    pub fn is_unread(&self) -> bool {
        self.attention.as_ref().is_some_and(|attention| attention.unread_since.is_some())
    }

    /// Whether no agent works there, or may.
    pub(crate) fn is_at_rest(&self) -> bool {
        is_at_rest(self.judgement.status, self.running().map(|(_, attempt)| attempt))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.workspace.spec.name.as_str()
    }

    /// How its newest session lives, or will.
    pub fn backend(&self) -> Option<SessionKind> {
        let attempt = self.attempt.as_ref().map(|(_, attempt)| attempt.spec.session);
        attempt.or_else(|| self.job.as_ref().map(|(_, job)| job.spec.session))
    }

    /// The running attempt, if its session is there.
    pub fn running(&self) -> Option<(AttemptId, &Attempt)> {
        self.attempt.as_ref().filter(|(_, attempt)| attempt.is_running()).map(|(id, attempt)| (*id, attempt))
    }
}

/// The workspace whose agent has asked for a job.
pub(crate) fn begun_by(records: &Records, job: &Job) -> Result<Option<WorkspaceId>, StoreError> {
    match creator(job) {
        None => Ok(None),
        Some(id) => Ok(records.load::<Attempt>(id)?.map(|attempt| attempt.spec.workspace)),
    }
}

/// The attempt that began it; `None` where the person did.
const fn creator(job: &Job) -> Option<AttemptId> {
    match job.spec.creator {
        Creator::Person => None,
        Creator::Attempt(id) => Some(id),
    }
}

/// Whether no agent works, or may, where this is its status and this attempt runs.
pub(crate) const fn is_at_rest(status: Status, running: Option<&Attempt>) -> bool {
    match status {
        Status::Idle | Status::Done | Status::Failed | Status::Exited => true,
        // Nothing runs: nothing needs to be known of it.
        Status::Unknown | Status::Blocked => running.is_none(),
        Status::Starting | Status::Working | Status::WaitingInput | Status::WaitingPermission => false,
    }
}
