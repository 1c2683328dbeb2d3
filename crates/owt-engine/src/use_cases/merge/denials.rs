//! How often the critic has denied a workspace's work.

use owt_core::WorkspaceId;
use owt_core::landing::Landing;
use owt_core::landing::LandingPhase;
use owt_core::landing::Refusal;
use owt_ports::StoreError;

use crate::engine::Engine;
use crate::records::Which;

/// So many in a row, or so many at all, and a person has to look.
const IN_A_ROW: usize = 3;
const AT_ALL: usize = 20;

/// How often work was denied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Denials {
    /// Since it last was not.
    pub in_a_row: usize,
    /// Ever.
    pub at_all: usize,
}

impl Denials {
    /// Whether trying once more is no way any more.
    pub const fn ask_a_person(self) -> bool {
        self.in_a_row >= IN_A_ROW || self.at_all >= AT_ALL
    }
}

pub(in crate::use_cases) fn of(engine: &Engine, workspace: WorkspaceId) -> Result<Denials, StoreError> {
    let mut all = engine.records().list::<Landing>(Some(&workspace.to_string()), Which::All)?;
    all.sort_by_key(|record| (record.created_at, record.id));
    let denied =
        |phase: &LandingPhase| matches!(phase, LandingPhase::Refused { refusal: Refusal::Denied { .. } });
    let denied: Vec<bool> = all.iter().map(|record| denied(&record.state.phase)).collect();
    Ok(Denials {
        in_a_row: denied.iter().rev().take_while(|denied| **denied).count(),
        at_all: denied.iter().filter(|denied| **denied).count(),
    })
}
