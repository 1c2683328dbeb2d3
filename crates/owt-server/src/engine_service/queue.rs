//! The queue, on its way to the wire.

use owt_api as api;
use owt_core::counting::counted;
use owt_core::queue::Readiness;
use owt_core::queue::Reason;
use owt_engine::use_cases::Queue;
use owt_engine::use_cases::QueuePlace;

use super::to_wire;
use super::train;

/// So many of those are named that a work conflicts with.
const MOST_NAMED: usize = 3;

pub(super) fn queue(queue: &Queue) -> Vec<api::QueuePlace> {
    let mut places: Vec<api::QueuePlace> = Vec::new();
    for it in &queue.places {
        let target = it.target.as_ref().map(ToString::to_string);
        let before = places.last().filter(|last| last.target == target).map_or(0, |last| last.place);
        places.push(api::QueuePlace { place: before + 1, ..place(queue, it, target) });
    }
    places
}

fn place(queue: &Queue, it: &QueuePlace, target: Option<String>) -> api::QueuePlace {
    let (because, mut reason) = reason(queue, it);
    if let Some(known) = known_conflicts(&it.conflicts_with) {
        reason = format!("{reason}; {known}");
    }
    api::QueuePlace {
        place: 1,
        workspace: it.workspace.clone(),
        branch: it.branch.to_string(),
        target,
        state: state(it.readiness),
        because,
        reason,
        files: it.files,
        commits: it.commits,
        conflicts_with: it.conflicts_with.clone(),
        depends_on: it.depends_on.iter().map(|id| queue.name(*id).to_owned()).collect(),
        train: it.train.as_ref().map(train::state),
        created_at: to_wire::time(it.created_at),
    }
}

/// Whom it would not merge with, as far as one line holds.
fn known_conflicts(names: &[String]) -> Option<String> {
    let named = names.iter().take(MOST_NAMED).cloned().collect::<Vec<_>>().join(", ");
    let more = match names.len().saturating_sub(MOST_NAMED) {
        0 => String::new(),
        more => format!(" and {}", counted(more, "other", "others")),
    };
    (!names.is_empty()).then(|| format!("conflicts with {named}{more}"))
}

const fn state(readiness: Readiness) -> api::QueueState {
    match readiness {
        Readiness::Ready => api::QueueState::Ready,
        Readiness::Waits => api::QueueState::Waits,
        Readiness::Conflicts => api::QueueState::Conflicts,
        Readiness::Unrelated => api::QueueState::Unrelated,
        Readiness::TargetGone => api::QueueState::TargetGone,
        Readiness::Uncommitted => api::QueueState::Uncommitted,
        Readiness::Working => api::QueueState::Working,
        Readiness::Empty => api::QueueState::Empty,
        Readiness::Away => api::QueueState::Away,
    }
}

fn reason(queue: &Queue, it: &QueuePlace) -> (api::QueueReason, String) {
    let names =
        |ids: &[owt_core::WorkspaceId]| ids.iter().map(|id| queue.name(*id)).collect::<Vec<_>>().join(", ");
    let files = |count: u32| counted(count, "file", "files");
    match &it.reason {
        Reason::After(ids) => (api::QueueReason::Dependency, format!("stands on {}", names(ids))),
        Reason::Ready => (api::QueueReason::State, "the next one is further from landing".to_owned()),
        Reason::FewerConflicts { own: 0, next } => {
            (api::QueueReason::Conflicts, format!("in nobody's way; the next one in that of {next}"))
        }
        Reason::FewerConflicts { own, next } => {
            (api::QueueReason::Conflicts, format!("in the way of {own}; the next one of {next}"))
        }
        Reason::Smaller { own, next: Some(next) } => {
            (api::QueueReason::Size, format!("smaller: {}; the next one {next}", files(*own)))
        }
        Reason::Smaller { own, next: None } => {
            (api::QueueReason::Size, format!("smaller: {}; the next one is not known", files(*own)))
        }
        Reason::Older => (api::QueueReason::Age, "older than the next one".to_owned()),
        Reason::Last => (api::QueueReason::Last, "nothing else is left".to_owned()),
        Reason::Circle(ids) => {
            (api::QueueReason::Circle, format!("it and {} wait for one another", names(ids)))
        }
    }
}
