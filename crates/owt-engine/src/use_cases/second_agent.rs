//! An agent that helps with a workspace, in one of its own: started without a terminal, waited for, gone once what it made is judged.

use std::time::Duration;

use owt_agents::launch::LaunchError;
use owt_core::Permissions;
use owt_core::RequestId;
use owt_core::WorkspaceId;
use owt_core::attempt::Attempt;
use owt_core::authority::Principal;
use owt_core::branch_naming::numbered;
use owt_core::delivery::Meaning;
use owt_core::effect::Message;
use owt_core::job::Job;
use owt_core::session::Allowance;
use owt_core::text::Prompt;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_core::workspace::Packages;
use owt_core::workspace::Removal;
use owt_core::workspace::Workspace;
use owt_core::workspace::WorkspaceInput;
use owt_core::workspace::Worktree;
use owt_ports::BranchState;
use owt_ports::CallerEnvironment;
use owt_ports::GitError;
use owt_ports::StoreError;

use super::AgentWish;
use super::Branching;
use super::LineWish;
use super::NewError;
use super::NewRequest;
use super::Place;
use super::PlanWish;
use super::Resolve;
use super::Role;
use super::SettleError;
use super::StillThere;
use super::WaitEnd;
use super::WantedSession;
use super::WhenSeveral;
use super::WorkWish;
use super::under_way::Deadline;
use super::wait::waited_one;
use crate::AgentError;
use crate::effects::sync::settled::removal_of_helper;
use crate::engine::Engine;
use crate::settlings::Claim;
use crate::view::WorkspaceView;

/// Numbers that are tried when a branch is taken.
const MAX_NUMBER: u32 = 1_000;

/// More of a task is left out, in characters.
const MAX_TASK: usize = 8_000;

/// What others have written, as their words.
pub(super) fn quoted(text: &str) -> String {
    let bounded: String = text.chars().take(MAX_TASK).collect();
    let lines: Vec<String> = bounded.lines().map(|line| format!("> {line}")).collect();
    lines.join("\n")
}

/// How long who comes next waits for one who was called off, and lets go at the next beat.
const HANDOVER: Duration = Duration::from_secs(5);

/// For whom something is done.
#[derive(Clone)]
pub(super) struct Asking {
    pub(super) engine: Engine,
    pub(super) asker: Principal,
    pub(super) request: RequestId,
}

/// Whom it helps, and who waits for it.
pub(super) struct Helper {
    pub(super) asking: Asking,
    /// The workspace.
    pub(super) view: WorkspaceView,
    /// Its branch.
    pub(super) line: Worktree,
    /// The agent.
    pub(super) agent: String,
    /// What it is started with: that of whoever asks, and never that of an agent which made the workspace.
    pub(super) caller: CallerEnvironment,
}

/// The wait until no other command has the workspace helped.
pub(super) struct Turn {
    until: Deadline,
}

impl Turn {
    pub(super) fn begin() -> Self {
        Self { until: Deadline::after(HANDOVER) }
    }

    pub(super) const fn deadline(&self) -> Deadline {
        self.until
    }

    /// `None`: somebody else has it still. Two would have two agents at it, and take what the one has made for what the other has.
    pub(super) fn look(&self, helper: &Helper) -> Result<Option<Claim>, SettleError> {
        match Claim::take(&helper.asking.engine, helper.view.id) {
            None if self.until.is_over() => Err(SettleError::InOtherHands(helper.view.name().to_owned())),
            claim => Ok(claim),
        }
    }
}

/// The wait for one that helps.
pub(super) struct Help {
    /// Its workspace.
    pub(super) by: WorkspaceId,
    until: Deadline,
    limit: Duration,
}

impl Help {
    pub(super) fn begin(by: WorkspaceId, limit: Duration) -> Self {
        Self { by, until: Deadline::after(limit), limit }
    }

    pub(super) const fn deadline(&self) -> Deadline {
        self.until
    }

    /// Whether it has ended; `Err` in it: badly, and how.
    pub(super) fn look(
        &self,
        engine: &Engine,
        still_there: StillThere<'_>,
    ) -> Result<Option<Result<(), String>>, SettleError> {
        let (waited, end) = waited_one(engine, self.by)?;
        match end {
            Some(WaitEnd::Done) => Ok(Some(Ok(()))),
            Some(WaitEnd::Failed) => {
                Ok(Some(Err(waited.detail.unwrap_or_else(|| waited.status.clause().to_owned()))))
            }
            // A question of it is answered where those of all agents are.
            Some(WaitEnd::NeedsPerson | WaitEnd::TimedOut) | None => {
                require_somebody(still_there)?;
                let minutes = self.limit.as_secs() / 60;
                let too_slow = SettleError::TooSlow { name: waited.name, minutes };
                if self.until.is_over() { Err(too_slow) } else { Ok(None) }
            }
        }
    }
}

/// Nothing is taken behind the back of who has gone.
pub(super) fn require_somebody(still_there: StillThere<'_>) -> Result<(), SettleError> {
    if still_there() { Ok(()) } else { Err(SettleError::NobodyWaits) }
}

/// What it is to do, and where.
pub(super) struct Errand {
    /// Stands behind the name of the workspace.
    pub(super) word: &'static str,
    pub(super) title: String,
    pub(super) task: Prompt,
    /// Where its branch begins.
    pub(super) begin: ObjectId,
    pub(super) role: Role,
}

/// What came of it.
pub(super) struct Ended {
    /// Its agent.
    pub(super) agent: String,
    /// Its last words.
    pub(super) said: Option<String>,
    /// How it goes.
    pub(super) removal: Removal,
}

impl Helper {
    /// Starts it. It may edit, because what it is asked for needs that at most; a program that nobody can hold to that works as it is
    /// configured.
    pub(super) fn start(&self, errand: Errand) -> Result<WorkspaceId, SettleError> {
        let new = self.new_request(errand)?;
        let begin = |new: &NewRequest| {
            let Asking { engine, asker, request } = &self.asking;
            super::new_workspace::begin_new_workspace(engine, asker, *request, new)
        };
        let begun = match begin(&new) {
            Err(NewError::Agent(AgentError::Launch(LaunchError::Unmanaged { .. }))) => {
                let agent = AgentWish { permissions: None, ..new.agent.clone() };
                begin(&NewRequest { agent, ..new.clone() })
            }
            begun => begun,
        };
        let begun = begun.map_err(SettleError::New)?;
        let (id, _) = begun.into_iter().next().expect("one agent is asked for, and it is no preview");
        Ok(id)
    }

    fn new_request(&self, errand: Errand) -> Result<NewRequest, SettleError> {
        Ok(NewRequest {
            folder: self.line.repository.source().clone(),
            environment: self.caller.variables().clone(),
            work: WorkWish {
                task: Some(errand.task),
                meaning: Meaning::Words,
                title: Some(errand.title),
                template: None,
                parents: Vec::new(),
            },
            place: Place::Worktree,
            line: LineWish {
                branch: Some(self.free_branch(errand.word)?),
                branching: Branching::New,
                base: Some(errand.begin.to_string()),
                prefix: None,
                with_changes: false,
            },
            packages: Packages::AsConfigured,
            agent: AgentWish {
                names: vec![self.agent.clone()],
                when_several: WhenSeveral::Prefer,
                model: None,
                plan: PlanWish::Work,
                context: None,
                session: WantedSession::Automated,
                permissions: Some(Permissions::Edits),
                allowance: Allowance::default(),
            },
            role: Some(errand.role),
            resolve: Resolve::Do,
        })
    }

    fn free_branch(&self, word: &str) -> Result<BranchName, SettleError> {
        // A name that is as long as names may be has no room for a word.
        let wanted = BranchName::new(format!("{}-{word}", self.line.branch))
            .or_else(|_| BranchName::new(word))
            .expect("a word is a branch's name");
        let git = &self.asking.engine.ports().git;
        for branch in std::iter::once(wanted.clone()).chain((2..MAX_NUMBER).map(|n| numbered(&wanted, n))) {
            if git.branch_state(&self.line.repository, &branch)? == BranchState::Free {
                return Ok(branch);
            }
        }
        Err(SettleError::Git(GitError::BranchTaken(wanted)))
    }

    /// What is known of it once it has ended.
    pub(super) fn ended(&self, id: WorkspaceId) -> Result<Ended, SettleError> {
        let records = self.asking.engine.records();
        let helper = records.load::<Workspace>(id)?.ok_or(SettleError::Lost)?;
        let job = records.load::<Job>(helper.spec.job)?;
        let attempt = match job.as_ref().and_then(Job::newest_attempt) {
            Some(id) => records.load::<Attempt>(id)?,
            None => None,
        };
        Ok(Ended {
            agent: job.map_or_else(|| self.agent.clone(), |job| job.spec.agent),
            said: attempt.and_then(|attempt| attempt.final_word).map(|word| word.text),
            removal: self.removal(&helper),
        })
    }

    pub(super) fn removal(&self, helper: &Workspace) -> Removal {
        removal_of_helper(self.asking.engine.ports(), helper)
    }

    pub(super) fn remove(&self, id: WorkspaceId, removal: &Removal) -> Result<(), StoreError> {
        let input = WorkspaceInput::Remove { removal: removal.clone() };
        self.asking.engine.dispatch(Message::Workspace { id, input }, self.asking.request)
    }
}
