//! Who is told by which watch, and how often each was told. Pure: it must not know the system's queue.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ffi::OsStr;

use owt_ports::Mark;

use super::queue::Notice;
use super::queue::WatchId;

/// One who keeps watch. Never used again after it has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Watcher(u64);

/// Which of a watcher's two counts a change moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// What is the watcher's own.
    Own,
    /// The base branch.
    Base,
}

/// Two who cannot have the same watch want it: nobody has it now.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Conflict;

/// One interest in a watch of many.
#[derive(Debug)]
struct Interest {
    watcher: Watcher,
    part: Part,
    /// Only changes of the entry of this name; `None`: all.
    name: Option<Box<OsStr>>,
}

#[derive(Debug)]
enum Watch {
    /// Ends with its first change.
    Once(Watcher),
    Shared(Vec<Interest>),
}

/// The table. Counts only grow, and no two changes share a number.
#[derive(Debug, Default)]
pub(super) struct Table {
    watches: HashMap<WatchId, Watch>,
    marks: HashMap<Watcher, Mark>,
    last: u64,
}

impl Table {
    /// Somebody new.
    pub(super) fn enter(&mut self) -> Watcher {
        let (watcher, own, base) = (Watcher(self.next()), self.next(), self.next());
        self.marks.insert(watcher, Mark { own, base });
        watcher
    }

    /// Forgets a watcher; answers the watches that nobody has any more.
    pub(super) fn leave(&mut self, watcher: Watcher) -> Vec<WatchId> {
        self.marks.remove(&watcher);
        self.withdraw(watcher);
        let own = |watch: &Watch| matches!(watch, Watch::Once(owner) if *owner == watcher);
        let mut ended: Vec<WatchId> =
            self.watches.extract_if(|_, watch| own(watch)).map(|(id, _)| id).collect();
        ended.extend(self.idle());
        ended
    }

    /// Where a watcher stands; `None` when it has left.
    pub(super) fn mark(&self, watcher: Watcher) -> Option<Mark> {
        self.marks.get(&watcher).copied()
    }

    /// How many watches there are.
    pub(super) fn len(&self) -> usize {
        self.watches.len()
    }

    /// A watch that one watcher has for itself.
    pub(super) fn add_once(&mut self, watch: WatchId, watcher: Watcher) -> Result<(), Conflict> {
        match self.watches.entry(watch) {
            Entry::Vacant(free) => {
                free.insert(Watch::Once(watcher));
                Ok(())
            }
            Entry::Occupied(taken) if matches!(taken.get(), Watch::Once(owner) if *owner == watcher) => {
                Ok(())
            }
            Entry::Occupied(_) => Err(self.clash(watch)),
        }
    }

    /// A watch that many have. What is asked for twice is told once.
    pub(super) fn add_shared(
        &mut self,
        watch: WatchId,
        watcher: Watcher,
        part: Part,
        name: Option<&OsStr>,
    ) -> Result<(), Conflict> {
        let slot = self.watches.entry(watch).or_insert_with(|| Watch::Shared(Vec::new()));
        let Watch::Shared(interests) = slot else { return Err(self.clash(watch)) };
        let known = interests
            .iter()
            .any(|one| one.watcher == watcher && one.part == part && one.name.as_deref() == name);
        if !known {
            interests.push(Interest { watcher, part, name: name.map(Into::into) });
        }
        Ok(())
    }

    /// The system's watch was changed by the second request: the first cannot rely on it either.
    fn clash(&mut self, watch: WatchId) -> Conflict {
        self.end(watch);
        Conflict
    }

    /// Takes a watcher's interests back, before it states them anew.
    pub(super) fn withdraw(&mut self, watcher: Watcher) {
        for watch in self.watches.values_mut() {
            if let Watch::Shared(interests) = watch {
                interests.retain(|one| one.watcher != watcher);
            }
        }
    }

    /// Drops what nobody is interested in, and answers it.
    pub(super) fn idle(&mut self) -> Vec<WatchId> {
        let nobody = |watch: &Watch| matches!(watch, Watch::Shared(interests) if interests.is_empty());
        self.watches.extract_if(|_, watch| nobody(watch)).map(|(id, _)| id).collect()
    }

    /// Drops a watcher's own watches but for these, and answers what was dropped.
    pub(super) fn keep_only(&mut self, watcher: Watcher, had: &[WatchId], kept: &[WatchId]) -> Vec<WatchId> {
        let surplus = |watch: &&WatchId| kept.binary_search(watch).is_err();
        let mut dropped = Vec::new();
        for &id in had.iter().filter(surplus) {
            if matches!(self.watches.get(&id), Some(Watch::Once(owner)) if *owner == watcher) {
                self.watches.remove(&id);
                dropped.push(id);
            }
        }
        dropped
    }

    /// A watcher has found by itself that things have changed.
    pub(super) fn touch(&mut self, watcher: Watcher) {
        self.tell(watcher, Part::Own);
        self.tell(watcher, Part::Base);
    }

    /// Takes in what the queue tells.
    pub(super) fn take_in(&mut self, notice: Notice<'_>) {
        match notice {
            Notice::Lost => {
                let everyone: Vec<Watcher> = self.marks.keys().copied().collect();
                everyone.into_iter().for_each(|watcher| self.touch(watcher));
            }
            Notice::Ended(watch) => self.end(watch),
            Notice::Changed(watch, name) => match self.watches.get(&watch) {
                Some(Watch::Once(_)) => self.end(watch),
                Some(Watch::Shared(interests)) => {
                    let concerned =
                        |one: &&Interest| name.is_none() || one.name.is_none() || one.name.as_deref() == name;
                    let told: Vec<_> =
                        interests.iter().filter(concerned).map(|one| (one.watcher, one.part)).collect();
                    told.into_iter().for_each(|(watcher, part)| self.tell(watcher, part));
                }
                None => {}
            },
        }
    }

    fn end(&mut self, watch: WatchId) {
        match self.watches.remove(&watch) {
            Some(Watch::Once(watcher)) => self.tell(watcher, Part::Own),
            Some(Watch::Shared(interests)) => {
                interests.iter().for_each(|one| self.tell(one.watcher, one.part));
            }
            None => {}
        }
    }

    fn tell(&mut self, watcher: Watcher, part: Part) {
        let number = self.next();
        if let Some(mark) = self.marks.get_mut(&watcher) {
            match part {
                Part::Own => mark.own = number,
                Part::Base => mark.base = number,
            }
        }
    }

    fn next(&mut self) -> u64 {
        self.last += 1;
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WATCH: WatchId = WatchId(1);

    fn changed(table: &mut Table, name: &str) {
        table.take_in(Notice::Changed(WATCH, Some(OsStr::new(name))));
    }

    #[test]
    fn a_change_is_told_to_those_whom_it_concerns() {
        let mut table = Table::default();
        let (one, two) = (table.enter(), table.enter());
        table.add_shared(WATCH, one, Part::Own, Some(OsStr::new("one"))).unwrap();
        table.add_shared(WATCH, two, Part::Base, None).unwrap();
        let (of_one, of_two) = (table.mark(one).unwrap(), table.mark(two).unwrap());
        changed(&mut table, "other");
        assert_eq!(table.mark(one), Some(of_one));
        let after = table.mark(two).unwrap();
        assert!(after.base != of_two.base && after.own == of_two.own);
        changed(&mut table, "one");
        assert_ne!(table.mark(one), Some(of_one));
    }

    #[test]
    fn a_watch_of_one_is_spent_by_its_first_change() {
        let mut table = Table::default();
        let one = table.enter();
        table.add_once(WATCH, one).unwrap();
        let before = table.mark(one);
        changed(&mut table, "a");
        let after = table.mark(one);
        assert_ne!(before, after);
        table.take_in(Notice::Ended(WATCH));
        assert_eq!((table.mark(one), table.len()), (after, 0));
    }

    #[test]
    fn a_lost_queue_and_an_ended_watch_are_changes() {
        for notice in [Notice::Lost, Notice::Ended(WATCH), Notice::Changed(WATCH, None)] {
            let mut table = Table::default();
            let one = table.enter();
            table.add_shared(WATCH, one, Part::Own, Some(OsStr::new("a"))).unwrap();
            let before = table.mark(one);
            table.take_in(notice);
            assert_ne!(table.mark(one), before, "{notice:?}");
        }
    }

    #[test]
    fn two_kinds_of_watch_in_one_place_are_a_change_for_the_first() {
        let mut table = Table::default();
        let (one, two) = (table.enter(), table.enter());
        table.add_once(WATCH, one).unwrap();
        table.add_once(WATCH, one).unwrap();
        let before = table.mark(one);
        assert_eq!(table.add_shared(WATCH, two, Part::Own, None), Err(Conflict));
        assert_ne!(table.mark(one), before);
        table.add_once(WATCH, one).unwrap();
        assert_eq!(table.add_once(WATCH, two), Err(Conflict));
    }

    #[test]
    fn who_leaves_leaves_nothing_behind() {
        let mut table = Table::default();
        let (one, two) = (table.enter(), table.enter());
        table.add_once(WatchId(1), one).unwrap();
        table.add_shared(WatchId(2), one, Part::Own, None).unwrap();
        table.add_shared(WatchId(3), one, Part::Own, None).unwrap();
        table.add_shared(WatchId(3), two, Part::Own, None).unwrap();
        let mut ended = table.leave(one);
        ended.sort();
        assert_eq!(ended, [WatchId(1), WatchId(2)]);
        assert_eq!((table.mark(one), table.len()), (None, 1));
    }

    #[test]
    fn what_is_not_kept_is_dropped() {
        let mut table = Table::default();
        let one = table.enter();
        let all: Vec<WatchId> = (1..5).map(WatchId).collect();
        all.iter().for_each(|&watch| table.add_once(watch, one).unwrap());
        assert_eq!(table.keep_only(one, &all, &all[1..3]), [WatchId(1), WatchId(4)]);
        assert_eq!(table.len(), 2);
    }
}
