//! In which order work should land in a target: what others stand on first, then what is in the fewest other's way, then
//! what is small, then what is old. Each place says why.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::Timestamp;
use crate::WorkspaceId;

/// Work that may land.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Whose.
    pub id: WorkspaceId,
    /// Whether it could land now.
    pub readiness: Readiness,
    /// Whose work must land before it.
    pub depends_on: BTreeSet<WorkspaceId>,
    /// Whose work it would not merge with.
    pub conflicts_with: BTreeSet<WorkspaceId>,
    /// Files that it changes; `None`: not known, and taken for large.
    pub files: Option<u32>,
    /// When it was begun.
    pub created_at: Timestamp,
}

/// Whether work could land now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Readiness {
    /// It could.
    Ready,
    /// What it stands on could not.
    Waits,
    /// Its target has changed the same.
    Conflicts,
    /// It and its target have no commit in common.
    Unrelated,
    /// Its target is gone, as when that was another workspace's branch, which has landed.
    TargetGone,
    /// Some of it is not committed.
    Uncommitted,
    /// Its agent is at work, or waits for its person.
    Working,
    /// There is nothing to land.
    Empty,
    /// Its folder or branch is not there, or not as it was.
    Away,
}

/// A place in the order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Whose.
    pub id: WorkspaceId,
    /// Whether it could land when its turn comes.
    pub readiness: Readiness,
    /// Why it is here.
    pub reason: Reason,
}

/// Why something is where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// It stands on these, which come before it.
    After(Vec<WorkspaceId>),
    /// Those behind it could not land now.
    Ready,
    /// It is in the way of so many that are still to come, the next one of so many.
    FewerConflicts {
        /// Its own.
        own: u32,
        /// The next one's.
        next: u32,
    },
    /// It changes so many files, the next one so many (`None`: not known).
    Smaller {
        /// Its own.
        own: u32,
        /// The next one's.
        next: Option<u32>,
    },
    /// It was begun before the next one, and nothing else tells them apart.
    Older,
    /// Nothing else is left.
    Last,
    /// These and it wait for one another: somebody has to begin.
    Circle(Vec<WorkspaceId>),
}

/// Brings work into its order. The same entries have the same order, however they are handed in.
pub fn order(entries: &[Entry]) -> Vec<Place> {
    let mut left: BTreeMap<WorkspaceId, &Entry> = entries.iter().map(|entry| (entry.id, entry)).collect();
    let readiness = readiness(&left);
    let mut places = Vec::new();
    while let Some(place) = next(&left, &readiness) {
        left.remove(&place.id);
        places.push(place);
    }
    places
}

/// What stands on something that cannot land waits with it.
fn readiness(all: &BTreeMap<WorkspaceId, &Entry>) -> BTreeMap<WorkspaceId, Readiness> {
    let mut known: BTreeMap<WorkspaceId, Readiness> =
        all.iter().map(|(id, entry)| (*id, entry.readiness)).collect();
    loop {
        let waits = |entry: &&&Entry| {
            let held = |id: &WorkspaceId| known.get(id).is_some_and(|it| *it != Readiness::Ready);
            known[&entry.id] == Readiness::Ready && entry.depends_on.iter().any(held)
        };
        let Some(id) = all.values().find(waits).map(|entry| entry.id) else { return known };
        known.insert(id, Readiness::Waits);
    }
}

/// What a choice between two rests on.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    readiness: Readiness,
    conflicts: u32,
    files: u32,
    created_at: Timestamp,
    id: WorkspaceId,
}

fn next(left: &BTreeMap<WorkspaceId, &Entry>, readiness: &BTreeMap<WorkspaceId, Readiness>) -> Option<Place> {
    let rank = |entry: &Entry| Rank {
        readiness: readiness[&entry.id],
        conflicts: count(entry.conflicts_with.iter().filter(|id| left.contains_key(id))),
        files: entry.files.unwrap_or(u32::MAX),
        created_at: entry.created_at,
        id: entry.id,
    };
    let open = |entry: &&&Entry| entry.depends_on.iter().all(|id| *id == entry.id || !left.contains_key(id));
    let mut ranks: Vec<Rank> = left.values().filter(open).map(|entry| rank(entry)).collect();
    let is_circle = ranks.is_empty();
    if is_circle {
        ranks = left.values().map(|entry| rank(entry)).collect();
    }
    ranks.sort();
    let first = ranks.first()?;
    let entry = left[&first.id];
    let reason = if is_circle {
        Reason::Circle(entry.depends_on.iter().filter(|id| left.contains_key(id)).copied().collect())
    } else {
        reason(entry, readiness, first, ranks.get(1))
    };
    Some(Place { id: first.id, readiness: first.readiness, reason })
}

fn count<T>(all: impl Iterator<Item = T>) -> u32 {
    u32::try_from(all.count()).unwrap_or(u32::MAX)
}

fn reason(
    entry: &Entry,
    known: &BTreeMap<WorkspaceId, Readiness>,
    own: &Rank,
    next: Option<&Rank>,
) -> Reason {
    let after: Vec<WorkspaceId> =
        entry.depends_on.iter().filter(|id| **id != entry.id && known.contains_key(id)).copied().collect();
    if !after.is_empty() {
        return Reason::After(after);
    }
    let Some(next) = next else { return Reason::Last };
    if own.readiness != next.readiness {
        return Reason::Ready;
    }
    match (own.conflicts.cmp(&next.conflicts), own.files.cmp(&next.files)) {
        (Ordering::Equal, Ordering::Equal) => Reason::Older,
        (Ordering::Equal, _) => {
            Reason::Smaller { own: own.files, next: (next.files != u32::MAX).then_some(next.files) }
        }
        _ => Reason::FewerConflicts { own: own.conflicts, next: next.conflicts },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(number: u8) -> WorkspaceId {
        WorkspaceId::from_bits(u128::from(number) + 1)
    }

    fn entry(number: u8) -> Entry {
        Entry {
            id: id(number),
            readiness: Readiness::Ready,
            depends_on: BTreeSet::new(),
            conflicts_with: BTreeSet::new(),
            files: Some(1),
            created_at: Timestamp::from_millis(i64::from(number)),
        }
    }

    fn ids(places: &[Place]) -> Vec<WorkspaceId> {
        places.iter().map(|place| place.id).collect()
    }

    #[test]
    fn each_place_has_its_reason() {
        let mut all: Vec<Entry> = (0..6).map(entry).collect();
        // 1 and 2 do not go together; 0 stands on 5; 3 is large; 4 is still worked at.
        all[1].conflicts_with.insert(id(2));
        all[2].conflicts_with.insert(id(1));
        all[0].depends_on.insert(id(5));
        all[3].files = Some(40);
        all[4].readiness = Readiness::Working;
        let places = order(&all);
        assert_eq!(ids(&places), [5, 0, 3, 1, 2, 4].map(id));
        let reasons: Vec<Reason> = places.into_iter().map(|place| place.reason).collect();
        let expected = [
            Reason::Smaller { own: 1, next: Some(40) },
            Reason::After(vec![id(5)]),
            Reason::FewerConflicts { own: 0, next: 1 },
            Reason::Older,
            Reason::Ready,
            Reason::Last,
        ];
        assert_eq!(reasons, expected);
    }

    #[test]
    fn what_stands_on_unfinished_work_waits_with_it() {
        let mut all: Vec<Entry> = (0..3).map(entry).collect();
        all[0].readiness = Readiness::Working;
        all[1].depends_on.insert(id(0));
        all[2].depends_on.insert(id(1));
        let places = order(&all);
        assert_eq!(ids(&places), [0, 1, 2].map(id));
        assert_eq!((places[1].readiness, places[2].readiness), (Readiness::Waits, Readiness::Waits));
    }

    #[test]
    fn those_that_wait_for_one_another_are_told() {
        let mut all: Vec<Entry> = (0..2).map(entry).collect();
        all[0].depends_on.insert(id(1));
        all[1].depends_on.insert(id(0));
        assert_eq!(order(&all)[0].reason, Reason::Circle(vec![id(1)]));
    }

    prop_compose! {
        fn work()(
            readiness in prop::sample::select(vec![Readiness::Ready, Readiness::Working, Readiness::Uncommitted]),
            depends_on in prop::collection::btree_set(0u8..9, 0..3),
            conflicts_with in prop::collection::btree_set(0u8..9, 0..4),
            files in prop::option::of(0u32..4),
            created_at in 0i64..4,
        ) -> Entry {
            Entry {
                id: id(0),
                readiness,
                depends_on: depends_on.into_iter().map(id).collect(),
                conflicts_with: conflicts_with.into_iter().map(id).collect(),
                files,
                created_at: Timestamp::from_millis(created_at),
            }
        }
    }

    proptest! {
        #[test]
        fn everybody_has_one_place_behind_what_it_stands_on(
            mut all in prop::collection::vec(work(), 0..9),
            turn in 0usize..9,
        ) {
            for (number, entry) in all.iter_mut().enumerate() {
                let number = u8::try_from(number).unwrap();
                entry.id = id(number);
                // Only earlier ones: no circles.
                entry.depends_on.retain(|other| *other < id(number));
            }
            let places = order(&all);
            let found = ids(&places);
            prop_assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), all.len());
            let at = |id: WorkspaceId| found.iter().position(|it| *it == id);
            for entry in &all {
                for before in entry.depends_on.iter().filter_map(|it| at(*it)) {
                    prop_assert!(Some(before) < at(entry.id));
                }
                let place = &places[at(entry.id).unwrap()];
                prop_assert!(!matches!(place.reason, Reason::Circle(_)));
                // Whoever could land lets nobody who could not go before, but for those that it stands on.
                if place.readiness == Readiness::Ready {
                    let before = &places[..at(entry.id).unwrap()];
                    prop_assert!(before.iter().all(|it| it.readiness == Readiness::Ready));
                }
            }
            let turn = turn.min(all.len());
            all.rotate_left(turn);
            prop_assert_eq!(order(&all), places);
        }
    }
}
