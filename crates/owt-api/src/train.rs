//! Landing the whole queue of one target.

use serde::Deserialize;
use serde::Serialize;

use crate::ErrorCode;
use crate::LandingChecks;
use crate::LandingReview;
use crate::Problem;

/// `POST /v1/queue/ship`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ShipQueue {
    /// The caller's folder.
    pub cwd: String,
    /// What lands in this branch; `None`: the one branch in which anything lands.
    pub into: Option<String>,
    /// Say what would be done, and do nothing.
    pub dry_run: bool,
}

/// `POST /v1/queue/cancel`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CancelQueue {
    /// The caller's folder.
    pub cwd: String,
    /// What lands in this branch; `None`: the only one in which anything does.
    pub into: Option<String>,
    /// Say what would be called off, and do nothing.
    pub dry_run: bool,
}

/// `POST /v1/queue/watch`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WatchTrain {
    /// Its id.
    pub train: String,
}

/// One line of a train that is watched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum TrainChunk {
    /// It as it is now: at the beginning, and whenever something has happened to it.
    Told {
        /// The train.
        train: Box<ShippedQueue>,
    },
    /// Nothing more will come.
    Broken {
        /// Why.
        problem: Problem,
    },
}

/// How far a train is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrainState {
    /// Nothing was done.
    WouldLand,
    /// It is under way.
    Running,
    /// Everything has landed or is out.
    Ended,
}

/// The queue's work on its way into one target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShippedQueue {
    /// Its id; `None` where nothing was begun.
    pub train: Option<String>,
    /// The branch to land in; `None` where there is nothing that could.
    pub target: Option<String>,
    /// How far it is.
    pub state: TrainState,
    /// What lands, in this order.
    pub cars: Vec<TrainCar>,
    /// What has landed.
    pub landed: Vec<LandedCar>,
    /// What does not land.
    pub out: Vec<OutCar>,
    /// Where the target was.
    pub before: Option<String>,
    /// Where it is; `None`: nothing has landed.
    pub after: Option<String>,
    /// The checkout that is on the target: it went along, or would, or has something in the way.
    pub checkout: Option<String>,
    /// What is in the way there; only where it is said what would be done.
    #[serde(default)]
    pub in_the_way: Option<String>,
    /// Which checks of the repository would run; only where it is said what would be done.
    #[serde(default)]
    pub checks: Option<LandingChecks>,
    /// How often the checks ran.
    pub check_runs: u32,
    /// How many of those were to see whether a failure is one.
    pub flaky_retries: u32,
    /// Only said, not done.
    pub dry_run: bool,
}

/// One workspace's work in a train.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainCar {
    /// The workspace.
    pub workspace: String,
    /// Its branch.
    pub branch: String,
    /// How far it is.
    pub state: CarState,
    /// Commits that the target does not have; `None` where it was not asked what would be done.
    pub commits: Option<u32>,
    /// How many files are committed first.
    pub uncommitted: Option<u32>,
    /// Files that stay out of that commit: secrets, and repositories of their own.
    pub withheld: Vec<String>,
    /// What the critic says of it.
    pub review: Option<LandingReview>,
    /// What would land before it and keeps it out, since they do not merge; only where it is said what would be done.
    #[serde(default)]
    pub conflicts: Vec<CarConflict>,
}

/// Work in a train that does not merge with what lands before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarConflict {
    /// The workspace that lands before it.
    pub with: String,
    /// The files.
    pub files: Vec<String>,
}

/// How far one workspace's work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CarState {
    /// Its candidate is to be built.
    Waits,
    /// It is built now.
    Building,
    /// Its candidate is there.
    Built,
    /// The checks run on its candidate.
    Checking,
    /// They have passed.
    Passed,
    /// They have failed.
    Failed,
    /// The target is moved to it.
    Landing,
    /// It has landed.
    Landed,
    /// It had landed, and was taken back.
    TakenBack,
    /// It does not land.
    Out,
}

/// Work that has landed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LandedCar {
    /// The workspace.
    pub workspace: String,
    /// Its branch.
    pub branch: String,
    /// The commit that brought it into the target.
    pub commit: String,
    /// The snapshot that was taken when the workspace went; `None` when nothing would have been lost.
    pub snapshot: Option<String>,
    /// Why the workspace could not be removed and stays.
    pub not_deleted: Option<String>,
}

/// Work that does not land.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutCar {
    /// The workspace.
    pub workspace: String,
    /// Why.
    pub reason: String,
    /// The same as a code.
    pub code: ErrorCode,
    /// The file with all that its checks printed.
    pub log: Option<String>,
}

impl OutCar {
    /// Whether there is work of it that has not landed.
    pub fn is_left(&self) -> bool {
        self.code != ErrorCode::NothingToLand
    }
}
