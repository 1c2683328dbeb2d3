//! What is not as it should be, of what this home has on this machine: found, said, and mended where that loses nothing.
//!
//! Facts are gathered first ([`gather`]), faults follow from them alone ([`plan`]), and each is mended by itself
//! ([`mend`]). Whatever is not provably of this home is no fault of it and is never touched. It must not know how a fault
//! is shown.

mod facts;
mod fault;
mod gather;
mod mend;
mod plan;

pub(crate) use gather::orphans;
pub(crate) use mend::put_away;
use std::collections::BTreeSet;

pub use fault::Fault;

use owt_core::AbsPath;
use owt_core::RequestId;
use owt_ports::StoreError;

use crate::engine::Engine;

/// Where a fault is: its kind and what it concerns. The same fault has the same place each time it is looked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The kind, as a stable code.
    pub code: String,
    /// What it concerns: a path, a name, an id.
    pub subject: String,
}

/// What is to be looked at and mended.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The faults that are to be mended, as they were found before.
    pub places: BTreeSet<Place>,
    /// Where whoever asks stands: a repository that was moved is known there.
    pub asked_in: Option<AbsPath>,
}

/// A fault, and what became of it.
#[derive(Debug, Clone)]
pub struct Examined {
    /// What it is.
    pub fault: Fault,
    /// What became of it.
    pub state: FaultState,
}

/// What became of a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultState {
    /// It was found, and nothing was done.
    Found,
    /// It is mended.
    Mended,
    /// It was tried, and stays for this reason.
    Stays(String),
}

/// Looks at everything, and mends those of the faults that are wanted. One that cannot be mended does not keep the
/// others from it. Whoever asks stands in `asked_in`. `take_reports` takes in what hooks have left, whose form is somebody else's.
///
/// # Errors
/// Only failures of the journal. What else cannot be looked at is a fault.
pub(crate) fn check_up(
    engine: &Engine,
    request: RequestId,
    Wanted { places, asked_in }: &Wanted,
    take_reports: &dyn Fn(),
) -> Result<Vec<Examined>, StoreError> {
    let mut examined = Vec::new();
    for fault in plan::faults(&gather::facts(engine, asked_in.as_ref())?) {
        let state = match fault.is_mendable() && places.contains(&fault.place()) {
            false => FaultState::Found,
            true => match mend::mend(engine, request, &fault, take_reports)? {
                Ok(()) => FaultState::Mended,
                Err(why) => FaultState::Stays(why),
            },
        };
        examined.push(Examined { fault, state });
    }
    Ok(examined)
}
