//! One workspace's work on its way in a train.

use serde::Deserialize;
use serde::Serialize;

use super::CarSpec;
use super::section::Known;
use crate::landing::Committed;
use crate::landing::Refusal;
use crate::landing::Verification;
use crate::landing::Verified;
use crate::vcs::ObjectId;

/// One workspace's work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Car {
    /// What lands.
    pub spec: CarSpec,
    /// What was committed for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub committed: Option<Committed>,
    /// How far it is.
    pub place: CarPlace,
}

/// How far it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "place")]
pub enum CarPlace {
    /// Its candidate is still to be built.
    Waits,
    /// Its candidate is there, on those of the cars before it.
    Built {
        /// Which candidate of the train.
        number: u32,
        /// The commit.
        commit: ObjectId,
        /// What the checks say of it.
        check: CarCheck,
    },
    /// It has landed.
    Landed {
        /// The commit that it landed with.
        commit: ObjectId,
        /// How the candidate that the target went to is known to be good.
        how: Verification,
    },
    /// It had landed, and was taken back.
    TakenBack {
        /// The commit that it had landed with.
        commit: ObjectId,
    },
    /// It does not land.
    Out {
        /// Why.
        refusal: Refusal,
    },
}

/// What the checks say of a candidate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "check")]
pub enum CarCheck {
    /// They have not run.
    None,
    /// They run.
    Running {
        /// For the how many-th time.
        run: u32,
    },
    /// It is as they want it.
    Passed {
        /// What they said.
        verified: Verified,
    },
    /// It is not, and that is believed.
    Failed {
        /// How.
        refusal: Refusal,
    },
}

impl Car {
    /// What lands: the branch's tip as it was asked for, or with what was committed since.
    pub fn tip(&self) -> &ObjectId {
        self.committed.as_ref().map_or(&self.spec.landing.tip, |committed| &committed.tip)
    }

    /// Whether it may still land.
    pub const fn rides(&self) -> bool {
        matches!(self.place, CarPlace::Waits | CarPlace::Built { .. })
    }

    /// The number and commit of its candidate.
    pub const fn candidate(&self) -> Option<(u32, &ObjectId)> {
        match &self.place {
            CarPlace::Built { number, commit, .. } => Some((*number, commit)),
            _ => None,
        }
    }

    pub(super) const fn check(&self) -> Option<&CarCheck> {
        match &self.place {
            CarPlace::Built { check, .. } => Some(check),
            _ => None,
        }
    }

    pub(super) const fn known(&self) -> Option<Known> {
        match self.check() {
            None => None,
            Some(CarCheck::None | CarCheck::Running { .. }) => Some(Known::Nothing),
            Some(CarCheck::Passed { .. }) => Some(Known::Good),
            Some(CarCheck::Failed { .. }) => Some(Known::Bad),
        }
    }

    pub(super) const fn is_running(&self) -> bool {
        matches!(self.check(), Some(CarCheck::Running { .. }))
    }
}
