//! An agent that helps with a workspace, in one of its own: started without a terminal, waited for, gone once what it made is judged.

use std::time::Duration;

use owt_agents::launch::LaunchError;
use owt_core::AbsPath;
use owt_core::Permissions;
use owt_core::RequestId;
use owt_core::SnapshotId;
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
use super::wait::waited_one;
use crate::AgentError;
use crate::effects::hooks::callers_environment;
use crate::effects::sync::settled::fate_of_branch;
use crate::engine::Engine;
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

/// Whom it helps, and who waits for it.
pub(super) struct Helper<'a> {
    pub(super) engine: &'a Engine,
    pub(super) asker: &'a Principal,
    pub(super) request: RequestId,
    /// The workspace.
    pub(super) view: &'a WorkspaceView,
    /// Its branch.
    pub(super) line: &'a Worktree,
    /// The agent.
    pub(super) agent: &'a str,
    /// Whether somebody still waits for it: nothing is taken behind the back of who has gone.
    pub(super) still_there: StillThere<'a>,
}

/// What it is to do, and where.
pub(super) struct Help {
    /// Stands behind the name of the workspace.
    pub(super) word: &'static str,
    pub(super) title: String,
    pub(super) task: Prompt,
    pub(super) begin: Begin,
    pub(super) role: Role,
}

/// Where its branch begins.
pub(super) enum Begin {
    /// At this commit.
    At(ObjectId),
    /// With all that stands in this folder, committed or not.
    AsItStands(AbsPath),
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

impl Helper<'_> {
    /// Starts it. It may edit, because what it is asked for needs that at most; a program that nobody can hold to that works as it is
    /// configured.
    pub(super) fn start(&self, help: Help) -> Result<WorkspaceId, SettleError> {
        let new = self.new_request(help)?;
        let begin = |new: &NewRequest| {
            super::new_workspace::begin_new_workspace(self.engine, self.asker, self.request, new)
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

    fn new_request(&self, help: Help) -> Result<NewRequest, SettleError> {
        let (ports, home) = (self.engine.ports(), self.engine.home());
        let with_changes = matches!(help.begin, Begin::AsItStands(_));
        let (folder, base) = match help.begin {
            Begin::At(commit) => (self.line.repository.source().clone(), Some(commit.to_string())),
            Begin::AsItStands(folder) => (folder, None),
        };
        Ok(NewRequest {
            folder,
            environment: callers_environment(ports, home, self.view.id)?,
            work: WorkWish {
                task: Some(help.task),
                meaning: Meaning::Words,
                title: Some(help.title),
                template: None,
                parents: Vec::new(),
            },
            place: Place::Worktree,
            line: LineWish {
                branch: Some(self.free_branch(help.word)?),
                branching: Branching::New,
                base,
                prefix: None,
                with_changes,
            },
            packages: Packages::AsConfigured,
            agent: AgentWish {
                names: vec![self.agent.to_owned()],
                when_several: WhenSeveral::Prefer,
                model: None,
                plan: PlanWish::Work,
                context: None,
                session: WantedSession::Automated,
                permissions: Some(Permissions::Edits),
                allowance: Allowance::default(),
            },
            role: Some(help.role),
            resolve: Resolve::Do,
        })
    }

    fn free_branch(&self, word: &str) -> Result<BranchName, SettleError> {
        // A name that is as long as names may be has no room for a word.
        let wanted = BranchName::new(format!("{}-{word}", self.line.branch))
            .or_else(|_| BranchName::new(word))
            .expect("a word is a branch's name");
        let git = &self.engine.ports().git;
        for branch in std::iter::once(wanted.clone()).chain((2..MAX_NUMBER).map(|n| numbered(&wanted, n))) {
            if git.branch_state(&self.line.repository, &branch)? == BranchState::Free {
                return Ok(branch);
            }
        }
        Err(SettleError::Git(GitError::BranchTaken(wanted)))
    }

    /// Waits for its end; `Some`: it ended badly.
    pub(super) fn awaited(&self, id: WorkspaceId, limit: Duration) -> Result<Option<String>, SettleError> {
        let mut name = String::new();
        let ended = self.engine.await_state(limit, self.still_there, || {
            let (waited, end) = waited_one(self.engine, id)?;
            name = waited.name;
            Ok(match end {
                Some(WaitEnd::Done) => Some(None),
                Some(WaitEnd::Failed) => {
                    Some(Some(waited.detail.unwrap_or_else(|| waited.status.clause().to_owned())))
                }
                // A question of it is answered where those of all agents are.
                Some(WaitEnd::NeedsPerson | WaitEnd::TimedOut) | None => None,
            })
        })?;
        if ended.is_none() {
            self.require_somebody()?;
        }
        ended.ok_or(SettleError::TooSlow { name, minutes: limit.as_secs() / 60 })
    }

    pub(super) fn require_somebody(&self) -> Result<(), SettleError> {
        if (self.still_there)() { Ok(()) } else { Err(SettleError::NobodyWaits) }
    }

    /// What is known of it once it has ended.
    pub(super) fn ended(&self, id: WorkspaceId) -> Result<Ended, SettleError> {
        let records = self.engine.records();
        let helper = records.load::<Workspace>(id)?.ok_or(SettleError::Lost)?;
        let job = records.load::<Job>(helper.spec.job)?;
        let attempt = match job.as_ref().and_then(Job::newest_attempt) {
            Some(id) => records.load::<Attempt>(id)?,
            None => None,
        };
        Ok(Ended {
            agent: job.map_or_else(|| self.agent.to_owned(), |job| job.spec.agent),
            said: attempt.and_then(|attempt| attempt.final_word).map(|word| word.text),
            removal: self.removal(&helper),
        })
    }

    pub(super) fn removal(&self, helper: &Workspace) -> Removal {
        let ports = self.engine.ports();
        let snapshot = SnapshotId::from_bits(ports.entropy.id_bits());
        Removal { snapshot, branch: fate_of_branch(ports.git.as_ref(), helper) }
    }

    pub(super) fn remove(&self, id: WorkspaceId, removal: &Removal) -> Result<(), StoreError> {
        let input = WorkspaceInput::Remove { removal: removal.clone() };
        self.engine.dispatch(Message::Workspace { id, input }, self.request)
    }
}
