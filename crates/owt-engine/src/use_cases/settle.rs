//! Having an agent settle what a workspace's branch and something else do not agree on: in a workspace of its own, whose branch
//! begins at the merge with git's marks in it. Until what it made of them is judged and taken, the first workspace is as it was.
//! Asked for once more, it goes on with the agent that was begun.

mod task;

use std::collections::BTreeMap;
use std::time::Duration;

use owt_core::WorkspaceId;
use owt_core::landing::Refusal;
use owt_core::status::Status;
use owt_core::text::Prompt;
use owt_core::workspace::Confidence;
use owt_core::workspace::Phase;
use owt_core::workspace::Settler;
use owt_core::workspace::Settling;
use owt_core::workspace::Sync;
use owt_core::workspace::SyncEnd;
use owt_core::workspace::Unsettled;
use owt_core::workspace::Versions;
use owt_core::workspace::Workspace;
use owt_core::workspace::Worktree;
use owt_ports::GitError;
use owt_ports::Marked;
use owt_ports::StoreError;

use super::MergeError;
use super::NewError;
use super::Role;
use super::StillThere;
use super::merge::at_work;
use super::merge::is_free;
use super::merge::is_there;
use super::second_agent::Errand;
use super::second_agent::Help;
use super::second_agent::Helper;
use super::second_agent::Turn;
use super::second_agent::require_somebody;
use super::sync::BringingIn;
use super::under_way::Deadline;
use super::under_way::UnderWay;
use crate::effects::sync::settled::ruler;
use crate::engine::Engine;
use crate::landing_rules::rules_at;
use crate::settings::BrokenSettings;
use crate::settlings::Claim;
use crate::use_cases::select::live_workspaces;
use crate::view::WorkspaceView;
use task::Conflicting;

/// How long an agent may take. It goes on for itself; asked once more, it is waited for again.
const MAX_SETTLING: Duration = Duration::from_secs(2 * 60 * 60);

/// More files than an agent would look at one by one.
const MOST_FILES: usize = 200;

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
    /// Another command has an agent settle it or look at it, and waits.
    #[error("an agent helps with '{0}' just now, for another command that waits for it")]
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
    #[error("the agent in '{name}' has not ended within {minutes} minutes; it goes on")]
    TooSlow {
        /// Where it works.
        name: String,
        /// For so long it was waited for.
        minutes: u64,
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
                Ok(settings.before_landing.resolver)
            }
        }
    }
}

/// What an agent is to settle, and what becomes of it.
pub(super) struct Settle {
    /// By whom, and for whom.
    helper: Helper,
    /// What is to come into the workspace.
    sync: Sync,
    stage: Stage,
    /// Nobody else has it helped.
    alone: Option<Claim>,
}

/// How far it is.
enum Stage {
    /// Nobody settles it yet.
    Turn(Turn),
    /// An agent is at it.
    Works(Help),
    /// It is judged and brought in.
    ComesIn(BringingIn),
}

impl UnderWay for Settle {
    type End = (Sync, SyncEnd);
    type Error = MergeError;

    /// Nothing comes in but what holds.
    fn look(&mut self, still_there: StillThere<'_>) -> Result<Option<(Sync, SyncEnd)>, MergeError> {
        if let Stage::Turn(turn) = &self.stage
            && let Some(alone) = turn.look(&self.helper)?
        {
            self.stage = self.entered(&alone)?;
            self.alone = Some(alone);
        }
        if let Stage::Works(help) = &self.stage
            && let Some(end) = help.look(&self.helper.asking.engine, still_there)?
        {
            let settler = self.settler(help.by)?;
            if let Err(how) = end {
                self.helper.remove(help.by, &settler.removal)?;
                let why = Unsettled::AgentFailed { how };
                return Ok(Some((self.sync.clone(), SyncEnd::Unsettled { why })));
            }
            require_somebody(still_there)?;
            self.stage = self.taken(settler)?;
        }
        match &mut self.stage {
            Stage::ComesIn(coming) => Ok(coming.look(still_there)?.map(|end| (coming.sync().clone(), end))),
            Stage::Turn(_) | Stage::Works(_) => Ok(None),
        }
    }

    fn deadline(&self) -> Deadline {
        match &self.stage {
            Stage::Turn(turn) => turn.deadline(),
            Stage::Works(help) => help.deadline(),
            Stage::ComesIn(coming) => coming.deadline(),
        }
    }
}

impl Settle {
    /// Nothing has begun yet.
    pub(super) fn new(helper: Helper, sync: Sync) -> Self {
        Self { helper, sync, stage: Stage::Turn(Turn::begin()), alone: None }
    }

    /// Nobody else is at it: the agent that was begun goes on, or one is begun.
    fn entered(&self, alone: &Claim) -> Result<Stage, MergeError> {
        let Helper { asking, view, line, .. } = &self.helper;
        if is_there(&asking.engine, view, line)? != self.sync.before {
            return Err(SettleError::Moved(view.name().to_owned()).into());
        }
        let begun = match self.begun()? {
            Some(id) => Some(id),
            None => self.begin()?,
        };
        Ok(match begun {
            Some(id) => {
                alone.helped(id);
                Stage::Works(Help::begin(id, MAX_SETTLING))
            }
            // git sees no conflict any more.
            None => self.brought_in(self.sync.clone())?,
        })
    }

    /// What an agent has made of it is to be judged and brought in.
    fn taken(&self, settler: Settler) -> Result<Stage, MergeError> {
        let view = self.now()?;
        is_free(&self.helper.asking.engine, &view)?;
        if let Some(doing) = at_work(&view) {
            return Err(MergeError::AgentWorks { name: view.name().to_owned(), doing });
        }
        self.brought_in(Sync { settler: Some(Box::new(settler)), ..self.sync.clone() })
    }

    /// The agent that was begun before. One whose ground has moved goes, with a snapshot of what it made. One that could not go was
    /// judged before, and would come to the same: it is left to the person.
    fn begun(&self) -> Result<Option<WorkspaceId>, SettleError> {
        let live = live_workspaces(&self.helper.asking.engine, Some(self.helper.line.repository.id))?;
        let stays = |phase: &Phase| matches!(phase, Phase::Preparing | Phase::Ready);
        let is_unjudged = |it: &Workspace| stays(&it.phase) && it.last_failure.is_none();
        for record in live.into_iter().filter(|record| is_unjudged(&record.state)) {
            let Some(settling) =
                record.state.spec.settles.as_deref().filter(|it| it.of == self.helper.view.id)
            else {
                continue;
            };
            if (&settling.before, &settling.source) == (&self.sync.before, &self.sync.source) {
                return Ok(Some(record.id));
            }
            let id = record.id;
            let view = WorkspaceView::gather(self.helper.asking.engine.records(), record)?;
            if let Some(doing) = at_work(&view) {
                return Err(SettleError::Settling { name: view.name().to_owned(), doing });
            }
            self.helper.remove(id, &self.helper.removal(&view.workspace))?;
        }
        Ok(None)
    }

    /// Begins one; `None`: there is nothing to settle.
    fn begin(&self) -> Result<Option<WorkspaceId>, SettleError> {
        let (landing, repository) =
            (&self.helper.asking.engine.ports().landing, &self.helper.line.repository);
        let Some(marked) = landing.mark(repository, &self.sync.before, &self.sync.source)? else {
            return Ok(None);
        };
        let files = self.markable(&marked)?;
        let checks = self.checks()?;
        let settling = Settling {
            of: self.helper.view.id,
            before: self.sync.before.clone(),
            source: self.sync.source.clone(),
            marked: marked.commit.clone(),
            files,
        };
        let task = task::of(&Conflicting {
            line: &self.helper.line,
            sync: &self.sync,
            settling: &settling,
            marked: &marked,
            task: self.helper.view.job.as_ref().and_then(|(_, job)| job.spec.task.as_deref()),
            checks: &checks,
        });
        let prompt = Prompt::new(&task).expect("it has words, no NUL, and parts of bounded length");
        let errand = Errand {
            word: "settled",
            title: format!("Settle {} with {}", self.helper.view.name(), self.sync.name),
            task: prompt,
            begin: settling.marked.clone(),
            role: Role::Settles(Box::new(settling)),
        };
        Ok(Some(self.helper.start(errand)?))
    }

    /// The files that an agent can settle: all that conflict, or none of them.
    fn markable(&self, marked: &Marked) -> Result<Vec<String>, SettleError> {
        if marked.conflicts.len() > MOST_FILES {
            return Err(SettleError::TooMany(marked.conflicts.len()));
        }
        let paths: Vec<&str> = marked.conflicts.iter().map(|conflict| conflict.path.as_str()).collect();
        let files = |commit| -> Result<BTreeMap<String, Vec<u8>>, SettleError> {
            match self.helper.asking.engine.ports().landing.files_at(
                &self.helper.line.repository,
                commit,
                &paths,
            ) {
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
        let ports = self.helper.asking.engine.ports();
        let onto = ruler(ports.git.as_ref(), &self.helper.line, &self.sync.source)?;
        let rules = rules_at(ports, &self.helper.line.repository, &onto).map_err(|error| match error {
            crate::landing_rules::RulesError::Git(error) => SettleError::Git(error),
            crate::landing_rules::RulesError::Broken(broken) => {
                SettleError::Unjudged(Refusal::BadRules { message: broken.message })
            }
        })?;
        let landings = self.helper.asking.engine.effects().landings();
        landings.approved(rules.checks.as_ref()).map_err(SettleError::Unjudged)?;
        let commands = rules.checks.map(|checks| checks.commands).unwrap_or_default();
        Ok(commands.iter().map(ToString::to_string).collect())
    }

    fn settler(&self, workspace: WorkspaceId) -> Result<Settler, SettleError> {
        let ended = self.helper.ended(workspace)?;
        let confidence = ended.said.and_then(|said| Confidence::in_words(&said));
        Ok(Settler { workspace, agent: ended.agent, confidence, removal: ended.removal })
    }

    /// The workspace as it is by now.
    fn now(&self) -> Result<WorkspaceView, MergeError> {
        let live = live_workspaces(&self.helper.asking.engine, Some(self.helper.line.repository.id))?;
        let record = live.into_iter().find(|record| record.id == self.helper.view.id);
        let record = record.ok_or_else(|| MergeError::InBetween(self.helper.view.name().to_owned()))?;
        Ok(WorkspaceView::gather(self.helper.asking.engine.records(), record)?)
    }

    fn brought_in(&self, sync: Sync) -> Result<Stage, MergeError> {
        Ok(Stage::ComesIn(BringingIn::begin(&self.helper.asking, self.helper.view.id, sync)?))
    }
}
