//! What the critic has said of late, whoever it was that landed: news that asks nothing of anybody. From the records of landings;
//! it must not know where it is shown.

use std::time::Duration;

use owt_core::LandingId;
use owt_core::RepositoryId;
use owt_core::Timestamp;
use owt_core::TrainId;
use owt_core::critic::Review;
use owt_core::landing::Gate;
use owt_core::landing::Landing;
use owt_core::landing::LandingPhase;
use owt_core::landing::LandingSpec;
use owt_core::landing::Refusal;
use owt_core::train::Car;
use owt_core::train::CarPlace;
use owt_core::train::Train;
use owt_ports::StoreError;

use crate::engine::Engine;
use crate::records::Record;

/// So many at most, the newest.
const MOST: usize = 10;

/// What is older is news no more.
const RECENT: Duration = Duration::from_secs(24 * 60 * 60);

/// Something that has happened by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    /// When.
    pub at: Timestamp,
    /// Whose work it is about.
    pub workspace: String,
    /// What the critic has said; `None`: it let the work pass, and what else it found is not kept.
    pub review: Option<Review>,
}

/// The newest, of a repository (`None`: of all).
///
/// # Errors
/// Only failures of the journal.
pub(super) fn happenings(
    engine: &Engine,
    repository: Option<RepositoryId>,
) -> Result<Vec<Happening>, StoreError> {
    let since = engine.ports().clock.now().minus(RECENT);
    let begins = u128::from(since.as_millis().max(0).unsigned_abs()) << TIME_BITS;
    let records = engine.records();
    let is_here = |spec: &LandingSpec| repository.is_none_or(|id| spec.repository.id == id);
    let landings = records.newer_than::<Landing>(LandingId::from_bits(begins))?;
    let alone = landings.iter().filter(|it| is_here(&it.state.spec)).filter_map(of_landing);
    let trains = records.newer_than::<Train>(TrainId::from_bits(begins))?;
    let ours = trains.iter().filter(|it| repository.is_none_or(|id| it.state.repository.id == id));
    let aboard = ours.flat_map(|train| train.state.cars.iter().filter_map(|car| of_car(train, car)));
    let mut all: Vec<Happening> = alone.chain(aboard).collect();
    all.sort_by(|a, b| (b.at, &b.workspace).cmp(&(a.at, &a.workspace)));
    all.truncate(MOST);
    Ok(all)
}

/// An id begins with the milliseconds at which it was made (RFC 9562, UUIDv7): so many bits come after them.
const TIME_BITS: u32 = 80;

fn of_landing(record: &Record<Landing>) -> Option<Happening> {
    let landing = &record.state;
    let review = match (&landing.phase, &landing.review) {
        // The same lands once more, after whoever was asked for a second opinion.
        (LandingPhase::Cleared { .. }, _) => return None,
        (LandingPhase::Refused { refusal: Refusal::Denied { review } }, _) => review.clone(),
        (_, review) => review.clone()?,
    };
    let workspace = landing.spec.name.to_string();
    Some(Happening { at: record.created_at, workspace, review: Some(review) })
}

fn of_car(record: &Record<Train>, car: &Car) -> Option<Happening> {
    let review = match &car.place {
        CarPlace::Out { refusal: Refusal::Denied { review } } => Some(review.clone()),
        CarPlace::Landed { .. } if car.spec.landing.review == Gate::Required => None,
        _ => return None,
    };
    Some(Happening { at: record.state.since, workspace: car.spec.landing.name.to_string(), review })
}
