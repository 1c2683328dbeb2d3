//! Why a person is told: what is the same cause is told once.

use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use super::Told;
use crate::AttemptId;
use crate::DeliveryId;
use crate::Timestamp;
use crate::status::Status;
use crate::warning::Warning;

/// A status that is left and comes back within this time, with nothing else that tells the two apart, is one cause: a
/// screen that flickers is not told twice.
const FLICKER: Duration = Duration::from_secs(10);

/// Why a person is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "because")]
pub enum Cause {
    /// The agent asks something, by an id of its own.
    Asked {
        /// Which attempt.
        attempt: Option<AttemptId>,
        /// The program's id of what it asks.
        request: String,
    },
    /// It waits, and says nothing by which one such wait could be told from the next.
    Waits {
        /// Which attempt.
        attempt: Option<AttemptId>,
        /// As what.
        status: Status,
        /// Since when.
        since: Timestamp,
        /// For what.
        detail: Option<String>,
    },
    /// It has come to rest.
    Turn {
        /// Which attempt.
        attempt: Option<AttemptId>,
        /// How many turns it has had, where they are counted.
        turns: u32,
        /// How many messages were put before it.
        #[serde(default)]
        messages: u32,
        /// Since when.
        since: Timestamp,
    },
    /// It is over.
    End {
        /// Which attempt.
        attempt: Option<AttemptId>,
        /// Since when.
        since: Timestamp,
    },
    /// A message to it may have been read or not.
    Uncertain {
        /// Which attempt.
        attempt: Option<AttemptId>,
        /// Which message.
        message: DeliveryId,
    },
    /// Something about it is not as it should be.
    Warning {
        /// Which attempt.
        attempt: Option<AttemptId>,
        /// What.
        warning: Warning,
    },
    /// Its status is another.
    Status {
        /// Which attempt.
        attempt: Option<AttemptId>,
        /// Which.
        status: Status,
        /// Since when.
        since: Timestamp,
    },
}

impl Cause {
    /// Whether this is the cause of what was told.
    pub(super) fn is_that_of(&self, told: &Told) -> bool {
        let flickers = |since: Timestamp| since.since(told.at) < FLICKER;
        match (self, &told.cause) {
            (this, that) if this == that => true,
            (
                Self::Waits { attempt, status, since, detail },
                Self::Waits { attempt: of, status: as_what, detail: for_what, .. },
            ) => (attempt, status, detail) == (of, as_what, for_what) && flickers(*since),
            (
                Self::Turn { attempt, turns, messages, since },
                Self::Turn { attempt: of, turns: after, messages: answered, .. },
            ) => (attempt, turns, messages) == (of, after, answered) && flickers(*since),
            _ => false,
        }
    }
}
