//! A workspace: where one agent works. From the request to its folder, to its removal.

mod moving;
mod pulled;
mod settling;
mod spec;
mod stacking;
mod syncing;

use serde::Deserialize;
use serde::Serialize;

use crate::AbsPath;
use crate::SnapshotId;
use crate::Timestamp;
use crate::WorkspaceId;
use crate::effect::Effect;
use crate::environment::Furnishing;
use crate::environment::InstallState;
use crate::environment::Installs;
use crate::environment::Lease;
use crate::environment::Outfit;
use crate::environment::RelPath;
use crate::environment::SetupState;
use crate::failure::Failure;
use crate::job::JobInput;
use crate::machine::Machine;
use crate::machine::Step;
use crate::pull_request::HostedRepository;
use crate::pull_request::LinkedPullRequest;
use crate::pull_request::PullRequest;
use crate::pull_request::UnlinkedPullRequest;
use crate::radar::ConflictsTold;
use crate::vcs::BranchName;
use crate::vcs::ObjectId;
use crate::vcs::Repository;

pub use settling::CONFIDENCE;
pub use settling::Changed;
pub use settling::Confidence;
pub use settling::Settler;
pub use settling::Settling;
pub use settling::Unsettled;
pub use settling::Versions;
pub use spec::Base;
pub use spec::Carry;
pub use spec::Ground;
pub use spec::Packages;
pub use spec::WorkspaceName;
pub use spec::WorkspaceSpec;
pub use spec::Worktree;
pub use stacking::StoodOn;
pub use stacking::Successor;
pub use stacking::Twice;
pub use syncing::LastSync;
pub use syncing::Sync;
pub use syncing::SyncEnd;

/// How a workspace is to be removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removal {
    /// The snapshot that is taken if anything differs, and names the folder in the trash.
    pub snapshot: SnapshotId,
    /// What becomes of the branch.
    pub branch: BranchFate,
    /// It goes because just this has landed: with commits that came since it stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub landed: Option<ObjectId>,
}

impl Removal {
    /// The same, because this has landed.
    #[must_use]
    pub fn after_landing(&self, tip: &ObjectId) -> Self {
        Self { landed: Some(tip.clone()), ..self.clone() }
    }
}

/// What becomes of a removed workspace's branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "fate")]
pub enum BranchFate {
    /// It stays.
    Keep,
    /// It is deleted if every commit is in its base branch, or else in the snapshot.
    Delete,
}

/// What a removal did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RemovalReport {
    /// The snapshot, when one was needed.
    pub snapshot: Option<SnapshotId>,
    /// Files that differed from HEAD.
    pub changed_files: u32,
    /// The branch's tip before.
    pub head: Option<ObjectId>,
    /// Whether the branch is gone.
    pub branch_deleted: bool,
    /// Where the folder lies until the trash expires; `None` when there was none to put there.
    pub trash: Option<AbsPath>,
    /// The branch that was checked out in the folder, where it was not the workspace's own: it stays.
    #[serde(default)]
    pub switched_to: Option<BranchName>,
    /// Why the commands that were to run before it went did not run, or did not end well.
    #[serde(default)]
    pub teardown: Option<String>,
}

/// Where a workspace is in its life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "phase")]
pub enum Phase {
    /// Its folder is being made.
    Preparing,
    /// Its folder is there.
    Ready,
    /// It could not be made, or was taken back because its job never started.
    Discarding {
        /// Why.
        failure: Failure,
    },
    /// Nothing of it is left.
    Discarded {
        /// Why.
        failure: Failure,
    },
    /// It is being removed.
    Removing {
        /// How.
        removal: Removal,
        /// What was done, once only the branch is left to go. Written down before: a branch that is gone does not
        /// say any more where it pointed.
        report: Option<RemovalReport>,
    },
    /// It is removed.
    Removed {
        /// How.
        removal: Removal,
        /// What was done.
        report: RemovalReport,
    },
    /// It is being brought back.
    Restoring {
        /// How it was removed.
        removal: Removal,
        /// What was done then.
        report: RemovalReport,
    },
}

/// A workspace's state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workspace {
    /// What was asked for.
    pub spec: WorkspaceSpec,
    /// Where it is in its life.
    pub phase: Phase,
    /// Since when.
    pub since: Timestamp,
    /// Set by the reconciler: the folder is not where it should be.
    pub missing: bool,
    /// Why the last removal or restoring failed.
    pub last_failure: Option<Failure>,
    /// Its ports and names, what was brought along, what is installed.
    #[serde(default)]
    pub outfit: Outfit,
    /// What its agent was told of conflicts with the work of others.
    #[serde(default, skip_serializing_if = "ConflictsTold::is_empty")]
    pub conflicts_told: ConflictsTold,
    /// The last time that something was to come into its branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_sync: Option<LastSync>,
    /// The pull request that its work goes by, as its host last told it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pull_request: Option<LinkedPullRequest>,
    /// The pull request that a person has said its work does not go by, whatever its branch says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unlinked: Option<UnlinkedPullRequest>,
    /// What it followed before that had landed, the last one behind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stood_on: Vec<StoodOn>,
}

/// What may happen to a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "input")]
pub enum WorkspaceInput {
    /// It is asked for.
    Request {
        /// Its own id, told to the job.
        id: WorkspaceId,
        /// What is asked for.
        spec: Box<WorkspaceSpec>,
    },
    /// Its folder was made, or not.
    Prepared {
        /// The failure, if any.
        failure: Option<Failure>,
    },
    /// It has got ports and names of its own.
    Leased {
        /// Which.
        lease: Lease,
    },
    /// What it needs was brought along, or could not be for want of room.
    Furnished {
        /// What was brought, or why not.
        result: Result<Box<Furnishing>, Failure>,
    },
    /// Its install has come to this step.
    Installing {
        /// The project's folder.
        folder: RelPath,
        /// The command, as one would type it.
        step: String,
    },
    /// Its install ended.
    Installed {
        /// How.
        state: InstallState,
        /// What a person should know.
        notices: Vec<String>,
    },
    /// The commands that set it up have come this far.
    SetUp {
        /// How far.
        state: SetupState,
        /// What a person should know.
        notices: Vec<String>,
    },
    /// Something listened on ports of its lease when its agent was about to start.
    PortsTaken {
        /// Which.
        ports: Vec<u16>,
    },
    /// Its job is to begin or to go on: what is being installed or set up comes first, and what could not be is tried again.
    Equip,
    /// Its job could not be started at all: take it back.
    JobNeverStarted {
        /// Why.
        failure: Failure,
    },
    /// It was taken back.
    Discarded,
    /// Remove it.
    Remove {
        /// How.
        removal: Removal,
    },
    /// All of it but its branch was removed, or not.
    Emptied {
        /// What was done, or why not.
        result: Result<RemovalReport, Failure>,
    },
    /// Its branch is gone, or stays after all.
    BranchSettled {
        /// Whether it is gone.
        gone: bool,
    },
    /// Bring it back from the trash or its snapshot.
    Restore,
    /// It was brought back, or not.
    Restored {
        /// The failure, if any.
        failure: Option<Failure>,
    },
    /// The reconciler looked: the folder is there, or not.
    Found {
        /// Whether it is there.
        present: bool,
    },
    /// Its repository is at another place, where the person moved it.
    RepositoryMoved {
        /// The repository as it is there.
        to: Repository,
    },
    /// Bring into its branch what has come meanwhile to that which it follows or was made from.
    Sync {
        /// What.
        sync: Sync,
    },
    /// It was brought in, or not.
    Synced {
        /// What came of it.
        end: SyncEnd,
    },
    /// Its work has landed in other commits than it has, and it stays.
    LandedAnew {
        /// In this branch.
        target: BranchName,
        /// Up to this commit of its own branch.
        tip: ObjectId,
        /// Where the target is.
        after: ObjectId,
    },
    /// Its work would not merge with that of another, and its agent can be told.
    Conflicts {
        /// The other.
        other: WorkspaceId,
        /// Its name.
        name: WorkspaceName,
        /// In these files.
        files: Vec<String>,
    },
    /// Its work goes by this pull request, which is so now.
    PullRequest {
        /// The repository that it is in.
        repository: HostedRepository,
        /// It.
        pull: Box<PullRequest>,
    },
    /// A person, or what they asked for, says that its work goes by this one.
    LinkPullRequest {
        /// The repository that it is in.
        repository: HostedRepository,
        /// It.
        pull: Box<PullRequest>,
    },
    /// A person says that its work does not go by the one that it has.
    UnlinkPullRequest,
    /// The branch that it follows has landed, and goes.
    FollowOn {
        /// What it follows from now on.
        successor: Successor,
    },
    /// A branch that it followed is there again.
    FollowAgain {
        /// That of this workspace.
        of: WorkspaceId,
    },
}

/// What has happened to a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum WorkspaceEvent {
    /// It was asked for.
    Requested {
        /// What was asked for.
        spec: Box<WorkspaceSpec>,
    },
    /// Its folder is there.
    Prepared,
    /// It has ports and names of its own.
    Leased {
        /// Which.
        lease: Lease,
    },
    /// What it needs was brought along.
    Furnished {
        /// What.
        furnishing: Box<Furnishing>,
    },
    /// Its install has come to this step, or has ended.
    Installed {
        /// How far it is.
        state: InstallState,
        /// What a person should know.
        notices: Vec<String>,
    },
    /// The commands that set it up have come this far.
    SetUp {
        /// How far.
        state: SetupState,
        /// What a person should know.
        notices: Vec<String>,
    },
    /// Something listened on ports of its lease when its agent was about to start.
    PortsTaken {
        /// Which.
        ports: Vec<u16>,
    },
    /// What it lacks is tried again.
    EquipRequested,
    /// It is to be taken back.
    DiscardRequested {
        /// Why.
        failure: Failure,
    },
    /// Nothing of it is left.
    Discarded,
    /// It is to be removed.
    RemovalRequested {
        /// How.
        removal: Removal,
    },
    /// All of it but its branch is removed.
    Emptied {
        /// What was done.
        report: RemovalReport,
    },
    /// It is removed.
    Removed {
        /// What was done.
        report: RemovalReport,
    },
    /// It could not be removed and stays.
    RemovalFailed {
        /// Why.
        failure: Failure,
    },
    /// It is to be brought back.
    RestoreRequested,
    /// It was brought back.
    Restored,
    /// It could not be brought back.
    RestoreFailed {
        /// Why.
        failure: Failure,
    },
    /// Its folder is gone without our doing.
    WentMissing,
    /// Its folder is there again.
    CameBack,
    /// Its repository is at another place.
    RepositoryMoved {
        /// The repository as it is there.
        to: Repository,
    },
    /// Something is to come into its branch.
    SyncRequested {
        /// What.
        sync: Sync,
    },
    /// It was brought in, or not.
    Synced {
        /// What came of it.
        end: SyncEnd,
    },
    /// Its agent is told that it would not merge with another.
    ConflictTold {
        /// The other.
        other: WorkspaceId,
        /// In these files, of which it was not told before.
        files: Vec<String>,
    },
    /// Its work goes by this pull request, which is so now.
    PullRequestTold {
        /// The repository that it is in.
        repository: HostedRepository,
        /// It.
        pull: Box<PullRequest>,
    },
    /// Its work does not go by this pull request.
    PullRequestUnlinked {
        /// Which.
        pull: UnlinkedPullRequest,
    },
    /// The branch that it followed has landed; it follows another.
    FollowedOn {
        /// Which.
        successor: Successor,
    },
    /// It follows the branch again that had landed.
    FollowsAgain {
        /// That of this workspace.
        of: WorkspaceId,
    },
}

impl Machine for Workspace {
    type Input = WorkspaceInput;
    type Event = WorkspaceEvent;

    fn step(current: Option<&Self>, input: &WorkspaceInput, now: Timestamp) -> Step<WorkspaceEvent> {
        match (current, input) {
            (None, WorkspaceInput::Request { spec, .. }) => {
                Step::event(WorkspaceEvent::Requested { spec: spec.clone() }).effect(Effect::PrepareWorkspace)
            }
            (Some(workspace), WorkspaceInput::Conflicts { other, name, files }) => {
                workspace.conflicts((*other, name), files, now)
            }
            (Some(workspace), WorkspaceInput::Sync { sync }) => workspace.sync(sync),
            (Some(workspace), WorkspaceInput::Synced { end }) => workspace.synced(end),
            (Some(workspace), WorkspaceInput::LandedAnew { target, tip, after }) => {
                workspace.rejoin(target, (tip, after))
            }
            (Some(workspace), WorkspaceInput::PullRequest { repository, pull }) => {
                workspace.pull_request_told(repository, pull)
            }
            (Some(workspace), WorkspaceInput::LinkPullRequest { repository, pull }) => {
                workspace.link_pull_request(repository, pull)
            }
            (Some(workspace), WorkspaceInput::UnlinkPullRequest) => workspace.unlink_pull_request(),
            (Some(workspace), WorkspaceInput::FollowOn { successor }) => workspace.follow_on(successor),
            (Some(workspace), WorkspaceInput::FollowAgain { of }) => workspace.follow_again(*of),
            (Some(workspace), input) => workspace.react(input),
            (None, _) => Step::nothing(),
        }
    }

    fn apply(current: Option<Self>, event: &WorkspaceEvent, at: Timestamp) -> Option<Self> {
        match (current, event) {
            (None, WorkspaceEvent::Requested { spec }) => Some(Self {
                spec: (**spec).clone(),
                phase: Phase::Preparing,
                since: at,
                missing: false,
                last_failure: None,
                outfit: Outfit::default(),
                conflicts_told: ConflictsTold::default(),
                last_sync: None,
                pull_request: None,
                unlinked: None,
                stood_on: Vec::new(),
            }),
            (Some(workspace), event) => Some(workspace.after(event, at)),
            (None, _) => None,
        }
    }

    fn is_live(&self) -> bool {
        !matches!(self.phase, Phase::Discarded { .. } | Phase::Removed { .. })
    }
}

impl Workspace {
    fn react(&self, input: &WorkspaceInput) -> Step<WorkspaceEvent> {
        match (&self.phase, input) {
            (Phase::Preparing, WorkspaceInput::Prepared { failure }) => self.prepared(failure.as_ref()),
            // What ran there took its time, and may have made things elsewhere that only a teardown takes away.
            (Phase::Ready, WorkspaceInput::JobNeverStarted { .. }) if self.outfit.has_begun() => {
                Step::nothing()
            }
            (Phase::Preparing | Phase::Ready, WorkspaceInput::JobNeverStarted { failure }) => {
                Step::event(WorkspaceEvent::DiscardRequested { failure: failure.clone() })
                    .effect(Effect::DiscardWorkspace)
            }
            (Phase::Discarding { .. }, WorkspaceInput::Discarded) => Step::event(WorkspaceEvent::Discarded),
            // The job goes first: one that is still on its way would start in a folder that goes, or that comes back.
            (Phase::Ready, WorkspaceInput::Remove { removal }) => {
                Step::event(WorkspaceEvent::RemovalRequested { removal: removal.clone() })
                    .effect(Effect::tell_job(self.spec.job, JobInput::Cancel))
                    .effect(Effect::RemoveWorkspace)
            }
            (Phase::Removing { removal, report: None }, WorkspaceInput::Emptied { result }) => match result {
                Ok(report) if removal.branch == BranchFate::Delete && report.head.is_some() => {
                    Step::event(WorkspaceEvent::Emptied { report: report.clone() })
                        .effect(Effect::DeleteBranch)
                }
                Ok(report) => self.removed(report.clone()),
                Err(failure) => Step::event(WorkspaceEvent::RemovalFailed { failure: failure.clone() }),
            },
            (Phase::Removing { report: Some(report), .. }, WorkspaceInput::BranchSettled { gone }) => {
                self.removed(RemovalReport { branch_deleted: *gone, ..report.clone() })
            }
            (Phase::Removed { .. }, WorkspaceInput::Restore) => {
                Step::event(WorkspaceEvent::RestoreRequested).effect(Effect::RestoreWorkspace)
            }
            (Phase::Restoring { .. }, WorkspaceInput::Restored { failure }) => match failure {
                None => Step::event(WorkspaceEvent::Restored).effect(Effect::FurnishWorkspace),
                Some(failure) => Step::event(WorkspaceEvent::RestoreFailed { failure: failure.clone() }),
            },
            // Cancelled; should the removal fail, nothing says that it still runs.
            (Phase::Removing { .. }, WorkspaceInput::Installed { state, notices })
                if self.outfit.install.is_under_way() =>
            {
                Step::event(WorkspaceEvent::Installed { state: state.clone(), notices: notices.clone() })
            }
            (Phase::Removing { .. }, WorkspaceInput::SetUp { state, notices })
                if self.outfit.setup.is_under_way() =>
            {
                Step::event(WorkspaceEvent::SetUp { state: state.clone(), notices: notices.clone() })
            }
            (Phase::Ready, WorkspaceInput::Found { present }) => self.found(*present),
            (Phase::Ready | Phase::Removed { .. }, WorkspaceInput::RepositoryMoved { to }) => {
                self.repository_moved(to)
            }
            (Phase::Ready, WorkspaceInput::Equip) => self.equip_again(),
            // It went, or is on its way, between the wish and this: the job must not wait for ever.
            (_, WorkspaceInput::Equip) => Step::event(WorkspaceEvent::EquipRequested)
                .effect(Effect::tell_job(self.spec.job, JobInput::WorkspaceRemoved)),
            (Phase::Ready, input) => self.equip(input),
            _ => Step::nothing(),
        }
    }

    fn prepared(&self, failure: Option<&Failure>) -> Step<WorkspaceEvent> {
        match failure {
            None => Step::event(WorkspaceEvent::Prepared).effect(Effect::FurnishWorkspace),
            Some(failure) => self.given_up(failure),
        }
    }

    fn given_up(&self, failure: &Failure) -> Step<WorkspaceEvent> {
        Step::event(WorkspaceEvent::DiscardRequested { failure: failure.clone() })
            .effect(Effect::tell_job(self.spec.job, JobInput::WorkspaceFailed { failure: failure.clone() }))
            .effect(Effect::DiscardWorkspace)
    }

    /// What makes the folder ready to work in. No agent starts before it is furnished, nor before what is to be
    /// installed first has ended, well or badly.
    fn equip(&self, input: &WorkspaceInput) -> Step<WorkspaceEvent> {
        let ready = || Effect::tell_job(self.spec.job, JobInput::WorkspaceReady);
        match input {
            WorkspaceInput::Leased { lease } => Step::event(WorkspaceEvent::Leased { lease: lease.clone() }),
            WorkspaceInput::Furnished { result: Ok(furnishing) } => {
                let step = Step::event(WorkspaceEvent::Furnished { furnishing: furnishing.clone() });
                match furnishing.begins() {
                    Installs::Never => step.effect(ready()),
                    Installs::First => step.effect(Effect::InstallWorkspace),
                    Installs::Meanwhile => step.effect(ready()).effect(Effect::InstallWorkspace),
                }
            }
            // Somebody has worked here: it stays as it is.
            WorkspaceInput::Furnished { result: Err(failure) } if self.outfit.furnishing.is_some() => {
                let notices = vec![failure.message.clone()];
                let state = self.outfit.install.broken_off(failure);
                Step::event(WorkspaceEvent::Installed { state, notices }).effect(ready())
            }
            WorkspaceInput::Furnished { result: Err(failure) } => self.given_up(failure),
            WorkspaceInput::Installing { folder, step } if self.outfit.install.is_under_way() => {
                let state = InstallState::Running { folder: folder.clone(), step: step.clone() };
                Step::event(WorkspaceEvent::Installed { state, notices: Vec::new() })
            }
            WorkspaceInput::Installed { state, notices } if self.outfit.install.is_under_way() => {
                let step =
                    Step::event(WorkspaceEvent::Installed { state: state.clone(), notices: notices.clone() });
                if self.outfit.setup.is_under_way() { step } else { step.effect(ready()) }
            }
            WorkspaceInput::PortsTaken { ports } if !ports.is_empty() => {
                Step::event(WorkspaceEvent::PortsTaken { ports: ports.clone() })
            }
            WorkspaceInput::SetUp { state, notices } if self.outfit.setup.is_under_way() => {
                let step =
                    Step::event(WorkspaceEvent::SetUp { state: state.clone(), notices: notices.clone() });
                if state.is_under_way() { step } else { step.effect(ready()) }
            }
            _ => Step::nothing(),
        }
    }

    /// An install that comes first tells the job when it has ended, one that runs meanwhile is waited for by nobody; anything
    /// else is looked at anew.
    fn equip_again(&self) -> Step<WorkspaceEvent> {
        let step = Step::event(WorkspaceEvent::EquipRequested);
        match (self.outfit.is_under_way(), self.outfit.comes_first()) {
            (true, true) => step,
            (true, false) => step.effect(Effect::tell_job(self.spec.job, JobInput::WorkspaceReady)),
            (false, _) => step.effect(Effect::FurnishWorkspace),
        }
    }

    fn removed(&self, report: RemovalReport) -> Step<WorkspaceEvent> {
        Step::event(WorkspaceEvent::Removed { report })
            .effect(Effect::tell_job(self.spec.job, JobInput::WorkspaceRemoved))
    }

    fn conflicts(
        &self,
        (other, name): (WorkspaceId, &WorkspaceName),
        files: &[String],
        now: Timestamp,
    ) -> Step<WorkspaceEvent> {
        let files = self.conflicts_told.news(other, files, now);
        if files.is_empty() || self.phase != Phase::Ready {
            return Step::nothing();
        }
        Step::event(WorkspaceEvent::ConflictTold { other, files: files.clone() })
            .effect(Effect::TellConflict { other: name.clone(), files })
    }

    fn found(&self, present: bool) -> Step<WorkspaceEvent> {
        match (self.missing, present) {
            (false, false) => Step::event(WorkspaceEvent::WentMissing),
            (true, true) => Step::event(WorkspaceEvent::CameBack),
            _ => Step::nothing(),
        }
    }

    fn after(mut self, event: &WorkspaceEvent, at: Timestamp) -> Self {
        match event {
            WorkspaceEvent::Requested { .. } => return self,
            WorkspaceEvent::WentMissing => self.missing = true,
            WorkspaceEvent::CameBack => self.missing = false,
            WorkspaceEvent::RemovalFailed { failure } | WorkspaceEvent::RestoreFailed { failure } => {
                self.last_failure = Some(failure.clone());
            }
            WorkspaceEvent::Leased { lease } => self.outfit.lease = Some(lease.clone()),
            WorkspaceEvent::Furnished { furnishing } => self.outfit.furnish((**furnishing).clone()),
            WorkspaceEvent::Installed { state, notices } => self.outfit.installed(state, notices),
            WorkspaceEvent::PortsTaken { ports } => self.outfit.ports_taken(ports),
            WorkspaceEvent::SetUp { state, notices } => self.outfit.set_up(state, notices),
            WorkspaceEvent::SyncRequested { sync } => {
                self.last_sync = Some(LastSync { sync: sync.clone(), end: None });
            }
            WorkspaceEvent::Synced { end } => {
                self.last_sync = self.last_sync.map(|last| LastSync { end: Some(end.clone()), ..last });
            }
            WorkspaceEvent::ConflictTold { other, files } => self.conflicts_told.note(*other, files, at),
            WorkspaceEvent::PullRequestTold { repository, pull } => {
                return self.with_pull_request(repository, pull, at);
            }
            WorkspaceEvent::PullRequestUnlinked { pull } => {
                self.pull_request = None;
                self.unlinked = Some(pull.clone());
                return self;
            }
            WorkspaceEvent::EquipRequested if self.phase == Phase::Ready => self.outfit.try_again(),
            WorkspaceEvent::EquipRequested => return self,
            WorkspaceEvent::RepositoryMoved { to } => return self.in_repository(to),
            WorkspaceEvent::FollowedOn { successor } => return self.followed_on(successor),
            WorkspaceEvent::FollowsAgain { of } => return self.follows_again(*of),
            _ => self.last_failure = None,
        }
        match event {
            WorkspaceEvent::Discarded | WorkspaceEvent::Removed { .. } => self.outfit.release(),
            WorkspaceEvent::Restored => {
                // What a removal took down is made again.
                self.outfit.setup = SetupState::Off;
                // Somebody wants it for itself: nobody waits for what it was made to help with.
                (self.spec.settles, self.spec.reviews) = (None, None);
            }
            _ => {}
        }
        let phase = Self::next_phase(self.phase.clone(), event);
        if phase != self.phase {
            self.phase = phase;
            self.since = at;
        }
        self
    }

    fn next_phase(phase: Phase, event: &WorkspaceEvent) -> Phase {
        match (phase, event) {
            (
                _,
                WorkspaceEvent::Prepared | WorkspaceEvent::Restored | WorkspaceEvent::RemovalFailed { .. },
            ) => Phase::Ready,
            (_, WorkspaceEvent::DiscardRequested { failure }) => {
                Phase::Discarding { failure: failure.clone() }
            }
            (Phase::Discarding { failure }, WorkspaceEvent::Discarded) => Phase::Discarded { failure },
            (_, WorkspaceEvent::RemovalRequested { removal }) => {
                Phase::Removing { removal: removal.clone(), report: None }
            }
            (Phase::Removing { removal, .. }, WorkspaceEvent::Emptied { report }) => {
                Phase::Removing { removal, report: Some(report.clone()) }
            }
            (Phase::Removing { removal, .. }, WorkspaceEvent::Removed { report }) => {
                Phase::Removed { removal, report: report.clone() }
            }
            (Phase::Removed { removal, report }, WorkspaceEvent::RestoreRequested) => {
                Phase::Restoring { removal, report }
            }
            (Phase::Restoring { removal, report }, WorkspaceEvent::RestoreFailed { .. }) => {
                Phase::Removed { removal, report }
            }
            (phase, _) => phase,
        }
    }
}
