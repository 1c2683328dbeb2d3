//! How often the critic has denied a workspace's work.

use owt_core::Timestamp;
use owt_core::WorkspaceId;
use owt_core::landing::Landing;
use owt_core::landing::LandingPhase;
use owt_core::landing::Refusal;
use owt_core::train::CarPlace;
use owt_core::train::Train;
use owt_ports::StoreError;

use crate::engine::Engine;
use crate::records::Which;
use crate::view::WorkspaceView;

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

pub(in crate::use_cases) fn of(engine: &Engine, view: &WorkspaceView) -> Result<Denials, StoreError> {
    let mut all = alone(engine, view.id)?;
    all.extend(in_trains(engine, view)?);
    all.sort_by_key(|(at, _)| *at);
    let denied: Vec<bool> = all.into_iter().map(|(_, denied)| denied).collect();
    Ok(Denials {
        in_a_row: denied.iter().rev().take_while(|denied| **denied).count(),
        at_all: denied.iter().filter(|denied| **denied).count(),
    })
}

/// When it was tried by itself, and whether that was denied.
fn alone(engine: &Engine, workspace: WorkspaceId) -> Result<Vec<(Timestamp, bool)>, StoreError> {
    let all = engine.records().list::<Landing>(Some(&workspace.to_string()), Which::All)?;
    let denied =
        |phase: &LandingPhase| matches!(phase, LandingPhase::Refused { refusal: Refusal::Denied { .. } });
    Ok(all.iter().map(|record| (record.created_at, denied(&record.state.phase))).collect())
}

/// When it was tried with others.
fn in_trains(engine: &Engine, view: &WorkspaceView) -> Result<Vec<(Timestamp, bool)>, StoreError> {
    let Some(repository) = view.workspace.spec.repository() else { return Ok(Vec::new()) };
    let all = engine.records().list::<Train>(Some(&repository.id.to_string()), Which::All)?;
    let denied = |place: &CarPlace| matches!(place, CarPlace::Out { refusal: Refusal::Denied { .. } });
    let tries = all.iter().flat_map(|record| {
        let own = record.state.cars.iter().filter(|car| car.spec.landing.workspace == view.id);
        own.map(|car| (record.created_at, denied(&car.place)))
    });
    Ok(tries.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_in_a_row_or_twenty_in_all_are_a_persons_to_decide() {
        for (in_a_row, at_all, expected) in
            [(0, 0, false), (2, 2, false), (3, 3, true), (2, 19, false), (1, 20, true), (0, 21, true)]
        {
            let denials = Denials { in_a_row, at_all };
            assert_eq!(denials.ask_a_person(), expected, "{denials:?}");
        }
    }
}
