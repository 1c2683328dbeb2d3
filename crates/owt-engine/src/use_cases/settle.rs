//! Having an agent settle what a workspace's branch and something else do not agree on: in a workspace of its own, whose branch
//! begins at the merge with git's marks in it. Until what it made of them is judged and taken, the first workspace is as it was.
//! Asked for once more, it goes on with the agent that was begun.

mod task;

use std::collections::BTreeMap;
use std::time::Duration;

use owt_agents::launch::LaunchError;
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
use owt_core::landing::Refusal;
use owt_core::session::Allowance;
use owt_core::status::Status;
use owt_core::text::Prompt;
use owt_core::vcs::BranchName;
use owt_core::workspace::Confidence;
use owt_core::workspace::Packages;
use owt_core::workspace::Phase;
use owt_core::workspace::Removal;
use owt_core::workspace::Settler;
use owt_core::workspace::Settling;
use owt_core::workspace::Sync;
use owt_core::workspace::SyncEnd;
use owt_core::workspace::Unsettled;
use owt_core::workspace::Versions;
use owt_core::workspace::Workspace;
use owt_core::workspace::WorkspaceInput;
use owt_core::workspace::Worktree;
use owt_ports::BranchState;
use owt_ports::GitError;
use owt_ports::Marked;
use owt_ports::StoreError;

use super::AgentWish;
use super::Branching;
use super::LineWish;
use super::MergeError;
use super::NewError;
use super::NewRequest;
use super::Place;
use super::PlanWish;
use super::Resolve;
use super::StillThere;
use super::WaitEnd;
use super::WantedSession;
use super::WhenSeveral;
use super::WorkWish;
use super::merge::at_work;
use super::merge::is_free;
use super::merge::is_there;
use super::sync::brought_in;
use super::wait::waited_one;
use crate::AgentError;
use crate::effects::hooks::callers_environment;
use crate::effects::sync::settled::fate_of_branch;
use crate::effects::sync::settled::ruler;
use crate::engine::Engine;
use crate::landing_rules::rules_at;
use crate::settings::BrokenSettings;
use crate::use_cases::select::live_workspaces;
use crate::view::WorkspaceView;
use task::Conflicting;

/// How long an agent may take. It goes on for itself; asked once more, it is waited for again.
const MAX_SETTLING: Duration = Duration::from_secs(2 * 60 * 60);

/// More files than an agent would look at one by one.
const MOST_FILES: usize = 200;

/// Numbers that are tried when a branch is taken.
const MAX_NUMBER: u32 = 1_000;

/// Why an agent was not asked to settle it, or what it made of it could not be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettleError {
    /// git marks conflicts in texts only, and what has no marks cannot be judged.
    #[error("an agent can settle what both changed in a text, and this is something else: {}", .0.join(", "))]
    NotInTexts(Vec<String>),
    /// That many are no merge that somebody settles in one go.
    #[error("{0} files conflict, and an agent is asked to settle {MOST_FILES} at most")]
    TooMany(usize),
    /// What would judge it may not run, or cannot be read.
    #[error("nothing can judge what an agent would make of it")]
    Unjudged(Refusal),
    /// An agent still settles something for this workspace that has moved meanwhile.
    #[error("'{name}' still settles an earlier state of it, and its agent {}", .doing.clause())]
    Settling {
        /// The workspace in which it does.
        name: String,
        /// What it does.
        doing: Status,
    },
    /// It cannot be started.
    #[error(transparent)]
    New(NewError),
    /// git.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The journal.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Another command has an agent settle it, and waits.
    #[error("another command has the conflicts of '{0}' settled just now")]
    InOtherHands(String),
    /// It has moved since it was looked at.
    #[error("'{0}' has changed since its conflicts were found")]
    Moved(String),
    /// Who asked for it has gone.
    #[error("nobody waits for what is settled any more: nothing of it was taken")]
    NobodyWaits,
    /// What is known of where it was settled is gone.
    #[error("nothing is known any more of the workspace in which it was settled")]
    Lost,
    /// It takes too long.
    #[error("the agent in '{name}' has not ended within {} minutes; it goes on", MAX_SETTLING.as_secs() / 60)]
    TooSlow {
        /// Where it works.
        name: String,
    },
}

/// Who is to settle what conflicts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettlerWish {
    /// Whoever is configured.
    AsConfigured,
    /// This agent.
    Agent(String),
    /// Nobody.
    Nobody,
}

impl SettlerWish {
    /// The agent, for what comes into this branch.
    pub(super) fn agent(&self, engine: &Engine, line: &Worktree) -> Result<Option<String>, BrokenSettings> {
        match self {
            Self::Nobody => Ok(None),
            Self::Agent(name) => Ok(Some(name.clone())),
            Self::AsConfigured => {
                let settings = engine.ports().settings.settings(Some(line.repository.source()), None)?;
                Ok(settings.resolver)
            }
        }
    }
}

/// What is to be settled, and by whom.
pub(super) struct Settle<'a> {
    pub(super) engine: &'a Engine,
    pub(super) asker: &'a Principal,
    pub(super) request: RequestId,
    /// The workspace.
    pub(super) view: &'a WorkspaceView,
    /// Its branch.
    pub(super) line: &'a Worktree,
    /// What is to come into it.
    pub(super) sync: &'a Sync,
    /// The agent.
    pub(super) agent: &'a str,
    /// Whether somebody still waits for it: nothing is taken behind the back of who has gone.
    pub(super) still_there: StillThere<'a>,
}

/// Has an agent settle what conflicts, and takes it if it holds; answers what was brought in, and what came of it.
pub(super) fn settle(wanted: &Settle<'_>) -> Result<(Sync, SyncEnd), MergeError> {
    let name = || wanted.view.name().to_owned();
    // Two would have two agents at it, and take what the one has made for what the other has.
    let claim = wanted.engine.settlings().claim(wanted.view.id);
    let _alone = claim.ok_or_else(|| SettleError::InOtherHands(name()))?;
    if is_there(wanted.engine, wanted.view, wanted.line)? != wanted.sync.before {
        return Err(SettleError::Moved(name()).into());
    }
    let begun = match wanted.begun()? {
        Some(id) => id,
        None => match wanted.begin()? {
            Some(id) => id,
            // git sees no conflict any more.
            None => return wanted.brought_in(wanted.sync.clone()),
        },
    };
    let end = wanted.awaited(begun)?;
    let settler = wanted.settler(begun)?;
    if let Some(how) = end {
        wanted.remove(begun, &settler.removal)?;
        let why = Unsettled::AgentFailed { how };
        return Ok((wanted.sync.clone(), SyncEnd::Unsettled { why }));
    }
    wanted.require_somebody()?;
    let view = wanted.now()?;
    is_free(wanted.engine, &view)?;
    if let Some(doing) = at_work(&view) {
        return Err(MergeError::AgentWorks { name: view.name().to_owned(), doing });
    }
    wanted.brought_in(Sync { settler: Some(Box::new(settler)), ..wanted.sync.clone() })
}

impl Settle<'_> {
    /// The agent that was begun before. One whose ground has moved goes, with a snapshot of what it made. One that could not go was
    /// judged before, and would come to the same: it is left to the person.
    fn begun(&self) -> Result<Option<WorkspaceId>, SettleError> {
        let live = live_workspaces(self.engine, Some(self.line.repository.id))?;
        let stays = |phase: &Phase| matches!(phase, Phase::Preparing | Phase::Ready);
        let is_unjudged = |it: &Workspace| stays(&it.phase) && it.last_failure.is_none();
        for record in live.into_iter().filter(|record| is_unjudged(&record.state)) {
            let Some(settling) = record.state.spec.settles.as_deref().filter(|it| it.of == self.view.id)
            else {
                continue;
            };
            if (&settling.before, &settling.source) == (&self.sync.before, &self.sync.source) {
                return Ok(Some(record.id));
            }
            let id = record.id;
            let view = WorkspaceView::gather(self.engine.records(), record)?;
            if let Some(doing) = at_work(&view) {
                return Err(SettleError::Settling { name: view.name().to_owned(), doing });
            }
            self.remove(id, &self.removal(&view.workspace))?;
        }
        Ok(None)
    }

    /// Begins one; `None`: there is nothing to settle.
    fn begin(&self) -> Result<Option<WorkspaceId>, SettleError> {
        let (landing, repository) = (&self.engine.ports().landing, &self.line.repository);
        let Some(marked) = landing.mark(repository, &self.sync.before, &self.sync.source)? else {
            return Ok(None);
        };
        let files = self.markable(&marked)?;
        let checks = self.checks()?;
        let settling = Settling {
            of: self.view.id,
            before: self.sync.before.clone(),
            source: self.sync.source.clone(),
            marked: marked.commit.clone(),
            files,
        };
        let task = task::of(&Conflicting {
            line: self.line,
            sync: self.sync,
            settling: &settling,
            marked: &marked,
            task: self.view.job.as_ref().and_then(|(_, job)| job.spec.task.as_deref()),
            checks: &checks,
        });
        let prompt = Prompt::new(&task).expect("it has words, no NUL, and parts of bounded length");
        let new = self.new_request(prompt, settling)?;
        Ok(Some(self.recorded(&new)?))
    }

    /// The files that an agent can settle: all that conflict, or none of them.
    fn markable(&self, marked: &Marked) -> Result<Vec<String>, SettleError> {
        if marked.conflicts.len() > MOST_FILES {
            return Err(SettleError::TooMany(marked.conflicts.len()));
        }
        let paths: Vec<&str> = marked.conflicts.iter().map(|conflict| conflict.path.as_str()).collect();
        let files = |commit| -> Result<BTreeMap<String, Vec<u8>>, SettleError> {
            match self.engine.ports().landing.files_at(&self.line.repository, commit, &paths) {
                Ok(files) => Ok(files.into_iter().collect()),
                Err(error @ GitError::TooLarge { .. }) => {
                    Err(SettleError::NotInTexts(vec![error.to_string()]))
                }
                Err(error) => Err(error.into()),
            }
        };
        let (ours, theirs) = (files(&self.sync.before)?, files(&self.sync.source)?);
        let with_marks = files(&marked.commit)?;
        let has_marks = |path: &str| {
            let versions = Versions {
                ours: ours.get(path).map(Vec::as_slice),
                theirs: theirs.get(path).map(Vec::as_slice),
                marked: with_marks.get(path).map(Vec::as_slice),
                settled: None,
            };
            versions.ours.is_some() && versions.theirs.is_some() && versions.has_marks()
        };
        let others: Vec<String> = marked
            .conflicts
            .iter()
            .filter(|conflict| !has_marks(&conflict.path))
            .map(|conflict| format!("{} ({})", conflict.path, conflict.kind))
            .collect();
        match others.is_empty() {
            true => Ok(paths.into_iter().map(str::to_owned).collect()),
            false => Err(SettleError::NotInTexts(others)),
        }
    }

    /// The commands that decide whether it is taken. Nobody works for what could not be judged afterwards.
    fn checks(&self) -> Result<Vec<String>, SettleError> {
        let ports = self.engine.ports();
        let onto = ruler(ports.git.as_ref(), self.line, &self.sync.source)?;
        let rules = rules_at(ports, &self.line.repository, &onto).map_err(|error| match error {
            crate::landing_rules::RulesError::Git(error) => SettleError::Git(error),
            crate::landing_rules::RulesError::Broken(broken) => {
                SettleError::Unjudged(Refusal::BadRules { message: broken.message })
            }
        })?;
        let landings = self.engine.effects().landings();
        landings.approved(rules.checks.as_ref()).map_err(SettleError::Unjudged)?;
        let commands = rules.checks.map(|checks| checks.commands).unwrap_or_default();
        Ok(commands.iter().map(ToString::to_string).collect())
    }

    fn new_request(&self, task: Prompt, settling: Settling) -> Result<NewRequest, SettleError> {
        let (ports, home) = (self.engine.ports(), self.engine.home());
        let base = settling.marked.to_string();
        Ok(NewRequest {
            folder: self.line.repository.source().clone(),
            environment: callers_environment(ports, home, self.view.id)?,
            work: WorkWish {
                task: Some(task),
                meaning: Meaning::Words,
                title: Some(format!("Settle {} with {}", self.view.name(), self.sync.name)),
                template: None,
                parents: Vec::new(),
            },
            place: Place::Worktree,
            line: LineWish {
                branch: Some(self.free_branch()?),
                branching: Branching::New,
                base: Some(base),
                prefix: None,
                with_changes: false,
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
            settles: Some(settling),
            resolve: Resolve::Do,
        })
    }

    fn free_branch(&self) -> Result<BranchName, SettleError> {
        // A name that is as long as names may be has no room for a word.
        let wanted = BranchName::new(format!("{}-settled", self.line.branch))
            .or_else(|_| BranchName::new("settled"))
            .expect("a word is a branch's name");
        let git = &self.engine.ports().git;
        for branch in std::iter::once(wanted.clone()).chain((2..MAX_NUMBER).map(|n| numbered(&wanted, n))) {
            if git.branch_state(&self.line.repository, &branch)? == BranchState::Free {
                return Ok(branch);
            }
        }
        Err(SettleError::Git(GitError::BranchTaken(wanted)))
    }

    /// It may edit, because that is what it is asked for; a program that nobody can hold to that works as it is configured.
    fn recorded(&self, new: &NewRequest) -> Result<WorkspaceId, SettleError> {
        let begin = |new: &NewRequest| {
            super::new_workspace::begin_new_workspace(self.engine, self.asker, self.request, new)
        };
        let begun = match begin(new) {
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

    /// Waits for its end; `Some`: it ended badly.
    fn awaited(&self, id: WorkspaceId) -> Result<Option<String>, SettleError> {
        let mut name = String::new();
        let ended = self.engine.await_state(MAX_SETTLING, self.still_there, || {
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
        ended.ok_or(SettleError::TooSlow { name })
    }

    fn require_somebody(&self) -> Result<(), SettleError> {
        if (self.still_there)() { Ok(()) } else { Err(SettleError::NobodyWaits) }
    }

    fn settler(&self, workspace: WorkspaceId) -> Result<Settler, SettleError> {
        let records = self.engine.records();
        let helper = records.load::<Workspace>(workspace)?.ok_or(SettleError::Lost)?;
        let job = records.load::<Job>(helper.spec.job)?;
        let attempt = match job.as_ref().and_then(Job::newest_attempt) {
            Some(id) => records.load::<Attempt>(id)?,
            None => None,
        };
        let said = attempt.and_then(|attempt| attempt.final_word);
        Ok(Settler {
            workspace,
            agent: job.map_or_else(|| self.agent.to_owned(), |job| job.spec.agent),
            confidence: said.and_then(|word| Confidence::in_words(&word.text)),
            removal: self.removal(&helper),
        })
    }

    fn removal(&self, helper: &Workspace) -> Removal {
        let ports = self.engine.ports();
        let snapshot = SnapshotId::from_bits(ports.entropy.id_bits());
        Removal { snapshot, branch: fate_of_branch(ports.git.as_ref(), helper) }
    }

    fn remove(&self, id: WorkspaceId, removal: &Removal) -> Result<(), StoreError> {
        let input = WorkspaceInput::Remove { removal: removal.clone() };
        self.engine.dispatch(Message::Workspace { id, input }, self.request)
    }

    /// The workspace as it is by now.
    fn now(&self) -> Result<WorkspaceView, MergeError> {
        let live = live_workspaces(self.engine, Some(self.line.repository.id))?;
        let record = live.into_iter().find(|record| record.id == self.view.id);
        let record = record.ok_or_else(|| MergeError::InBetween(self.view.name().to_owned()))?;
        Ok(WorkspaceView::gather(self.engine.records(), record)?)
    }

    fn brought_in(&self, sync: Sync) -> Result<(Sync, SyncEnd), MergeError> {
        let end = brought_in(self.engine, self.request, self.view, &sync)?;
        Ok((sync, end))
    }
}
