//! The list of workspaces while it changes.

use serde::Deserialize;
use serde::Serialize;

use crate::Problem;
use crate::Workspace;

/// A line of the answer of `POST /v1/workspaces/watch`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type", try_from = "Told")]
pub enum WatchChunk {
    /// The list, whole: at the beginning and whenever it is not as it was.
    Listed {
        /// The workspaces.
        workspaces: Vec<Workspace>,
        /// What has happened of late by itself, the newest first.
        happenings: Vec<Happening>,
    },
    /// Some time has passed, and the list is as it was.
    Same,
    /// Nothing more will come.
    Broken {
        /// Why.
        problem: Problem,
    },
}

/// Something that has happened by itself and asks nothing of anybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Happening {
    /// When, RFC 3339 UTC.
    pub at: String,
    /// Who says it: `critic`.
    pub source: String,
    /// Whose work it is about.
    pub workspace: String,
    /// How much it weighs: `passed`, `warned` or `denied`.
    pub verdict: String,
    /// What was found, in a sentence; `None`: nothing.
    #[serde(default)]
    pub found: Option<String>,
}

/// The same as it is read: field by field. An enum by its tag would be kept whole beside itself until the tag is known, and a
/// list of hundreds is what the board waits for.
#[derive(Deserialize)]
struct Told {
    r#type: Kind,
    #[serde(default)]
    workspaces: Option<Vec<Workspace>>,
    #[serde(default)]
    happenings: Vec<Happening>,
    #[serde(default)]
    problem: Option<Problem>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Listed,
    Same,
    Broken,
}

impl TryFrom<Told> for WatchChunk {
    type Error = &'static str;

    fn try_from(told: Told) -> Result<Self, Self::Error> {
        match told.r#type {
            Kind::Listed => {
                let workspaces = told.workspaces.ok_or("a list without `workspaces`")?;
                Ok(Self::Listed { workspaces, happenings: told.happenings })
            }
            Kind::Same => Ok(Self::Same),
            Kind::Broken => {
                told.problem.map(|problem| Self::Broken { problem }).ok_or("an end without its `problem`")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_what_is_torn_is_refused() {
        let broken = WatchChunk::Broken { problem: Problem::new(crate::ErrorCode::Internal, "it broke") };
        let passed = Happening {
            at: "2026-01-02T03:04:05.678Z".to_owned(),
            source: "critic".to_owned(),
            workspace: "auth".to_owned(),
            verdict: "passed".to_owned(),
            found: None,
        };
        let listed = WatchChunk::Listed { workspaces: Vec::new(), happenings: vec![passed] };
        for chunk in [listed, WatchChunk::Same, broken] {
            let written = serde_json::to_string(&chunk).unwrap();
            assert_eq!(serde_json::from_str::<WatchChunk>(&written).unwrap(), chunk, "{written}");
        }
        let torn =
            [r#"{"type":"listed"}"#, r#"{"type":"broken"}"#, r#"{"workspaces":[]}"#, r#"{"type":"new"}"#];
        for torn in torn {
            assert!(serde_json::from_str::<WatchChunk>(torn).is_err(), "{torn}");
        }
    }
}
