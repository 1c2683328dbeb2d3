//! Who descends from whom. Pure over a table, and the two questions that read one.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::io;

use crate::tree::ProcessIdentity;
use crate::tree::table;
use crate::tree::table::Entry;

/// All living processes below `pid`, in no order. One whose parent ended is below whoever inherited it: init,
/// or the nearest subreaper ([`become_subreaper`](crate::tree::become_subreaper)).
///
/// # Errors
/// When the process table cannot be read.
pub fn descendants(pid: u32) -> io::Result<Vec<ProcessIdentity>> {
    let entries = table::all()?;
    let Some(root) = entries.iter().find(|entry| entry.identity.pid == pid) else { return Ok(Vec::new()) };
    let family = joined(&entries, &BTreeSet::new(), Some(root.identity));
    Ok(entries.iter().filter(|e| !e.zombie && family.contains(&e.identity)).map(|e| e.identity).collect())
}

/// The parent of `pid`, its parent and so on, nearest first; empty when there is no such process. Ends at init,
/// or where the system shows no more.
pub fn ancestors(pid: u32) -> Vec<ProcessIdentity> {
    let mut line = Vec::new();
    let mut current = table::one(pid);
    while let Some(parent) = current.and_then(|child| parent_of(&child)) {
        line.push(parent.identity);
        current = Some(parent);
    }
    line
}

/// The parent as of now. One that started after its child is a later process with the same number.
fn parent_of(child: &Entry) -> Option<Entry> {
    let parent = table::one(child.parent)?;
    (parent.identity.start_time <= child.identity.start_time && parent.identity != child.identity)
        .then_some(parent)
}

/// Everything in the table that belongs to `members`: they themselves, what is below them, and what is in a
/// process group or session that one of them leads or led. What is below `spared` belongs too; `spared` does not.
pub(crate) fn joined(
    entries: &[Entry],
    members: &BTreeSet<ProcessIdentity>,
    spared: Option<ProcessIdentity>,
) -> BTreeSet<ProcessIdentity> {
    let now: BTreeMap<u32, ProcessIdentity> = entries.iter().map(|e| (e.identity.pid, e.identity)).collect();
    let mut family = Family { now, members: members.clone(), spared };
    loop {
        let found: Vec<_> = entries.iter().filter(|entry| family.claims(entry)).map(|e| e.identity).collect();
        if found.is_empty() {
            return family.members;
        }
        family.members.extend(found);
    }
}

struct Family {
    now: BTreeMap<u32, ProcessIdentity>,
    members: BTreeSet<ProcessIdentity>,
    spared: Option<ProcessIdentity>,
}

impl Family {
    /// Whether an entry that is not a member yet has to become one.
    fn claims(&self, entry: &Entry) -> bool {
        !self.members.contains(&entry.identity)
            && self.spared != Some(entry.identity)
            && (self.is_below(entry) || self.is_led(entry.group, entry) || self.is_led(entry.session, entry))
    }

    fn is_below(&self, entry: &Entry) -> bool {
        self.now.get(&entry.parent).is_some_and(|parent| {
            parent.start_time <= entry.identity.start_time
                && (self.spared == Some(*parent) || self.members.contains(parent))
        })
    }

    /// Whether a member leads, or before its end led, the group or session `leader`. Its number is not given
    /// away while the group exists; if it was, somebody else has it now.
    fn is_led(&self, leader: u32, entry: &Entry) -> bool {
        let known = |candidate: &&ProcessIdentity| {
            candidate.start_time <= entry.identity.start_time
                && self.now.get(&leader).is_none_or(|current| current == *candidate)
        };
        leader != 0
            && self
                .members
                .range(ProcessIdentity { pid: leader, start_time: 0 }..)
                .take_while(|candidate| candidate.pid == leader)
                .any(|candidate| known(&candidate))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entry(pid: u32, start_time: u64, parent: u32, group: u32, session: u32) -> Entry {
        Entry { identity: ProcessIdentity { pid, start_time }, parent, group, session, zombie: false }
    }

    fn family_of(entries: &[Entry], root: ProcessIdentity) -> Vec<u32> {
        joined(entries, &BTreeSet::from([root]), None).into_iter().map(|identity| identity.pid).collect()
    }

    const ROOT: ProcessIdentity = ProcessIdentity { pid: 10, start_time: 5 };

    #[test]
    fn children_grandchildren_and_orphans_of_the_group_and_session_belong() {
        let entries = [
            entry(1, 0, 0, 1, 1),
            entry(10, 5, 1, 10, 1),
            entry(11, 6, 10, 10, 1),
            entry(12, 7, 11, 12, 12), // called setsid
            entry(13, 8, 1, 12, 12),  // its orphan
            entry(14, 8, 1, 10, 1),   // orphan in the root's group
            entry(15, 8, 1, 15, 12),  // orphan with a group of its own in that session
            entry(20, 8, 1, 20, 1),   // a stranger
        ];
        assert_eq!(family_of(&entries, ROOT), [10, 11, 12, 13, 14, 15]);
    }

    #[test]
    fn a_reused_number_claims_nobody() {
        let later_parent = [entry(10, 9, 1, 10, 10), entry(11, 6, 10, 11, 11)];
        assert_eq!(family_of(&later_parent, ROOT), [10], "10 is gone; the one of now is another");
        let later_leader = [entry(10, 9, 1, 10, 10), entry(12, 9, 10, 10, 10)];
        assert_eq!(family_of(&later_leader, ROOT), [10]);
    }

    #[test]
    fn what_shares_the_group_of_the_spared_does_not_belong() {
        let entries = [entry(10, 5, 1, 10, 10), entry(11, 6, 10, 10, 10), entry(12, 6, 1, 10, 10)];
        let family = joined(&entries, &BTreeSet::new(), Some(ROOT));
        assert_eq!(family.into_iter().map(|identity| identity.pid).collect::<Vec<_>>(), [11]);
    }

    #[test]
    fn our_ancestors_start_with_our_parent() {
        let line = ancestors(std::process::id());
        assert_eq!(line[0].pid, std::os::unix::process::parent_id());
        assert!(ancestors(u32::MAX).is_empty());
    }

    proptest! {
        /// Whatever nonsense the table holds (loops, self-parents, numbers twice), the search ends, finds only
        /// what is there, and finds it again when it starts from its own answer.
        #[test]
        fn joining_ends_and_is_complete(
            rows in proptest::collection::vec((1_u32..12, 0_u64..4, 0_u32..12, 0_u32..12, 0_u32..12), 0..24),
        ) {
            let entries: Vec<Entry> =
                rows.into_iter().map(|(pid, start, parent, group, session)| entry(pid, start, parent, group, session)).collect();
            let start = BTreeSet::from([ProcessIdentity { pid: 3, start_time: 1 }]);
            let once = joined(&entries, &start, None);
            prop_assert!(once.iter().all(|found| start.contains(found) || entries.iter().any(|e| e.identity == *found)));
            prop_assert_eq!(joined(&entries, &once, None), once);
        }
    }
}
