//! Where two lines of work parted, from one walk over what they do not all have. Pure.

use std::collections::HashMap;

use owt_core::vcs::ObjectId;

/// Commits that are walked at most; where there are more, git is asked for each pair.
const MOST: usize = 20_000;

/// Where two lines of work parted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Parting {
    /// At one commit.
    At(ObjectId),
    /// At several (criss-cross), or it is not known here: git finds out.
    Unclear,
}

/// Commits that some heads have and not all, children before parents.
#[derive(Debug)]
pub(super) struct Ancestry {
    /// A commit that all heads have.
    common: ObjectId,
    numbers: HashMap<ObjectId, usize>,
    ids: Vec<ObjectId>,
    parents: Vec<Vec<usize>>,
    /// Whether `common` is among its parents.
    on_common: Vec<bool>,
}

impl Ancestry {
    /// Reads what `rev-list --topo-order --parents HEADS --not COMMON` prints; `None` when it is something else, or more
    /// than is walked here.
    pub(super) fn read(printed: &str, common: ObjectId) -> Option<Self> {
        let mut rows = Vec::new();
        for line in printed.lines() {
            let mut ids = line.split(' ').map(|id| ObjectId::new(id).ok());
            rows.push((ids.next()??, ids.collect::<Option<Vec<_>>>()?));
        }
        if rows.len() > MOST {
            return None;
        }
        let ids: Vec<ObjectId> = rows.iter().map(|(id, _)| id.clone()).collect();
        let numbers: HashMap<ObjectId, usize> =
            ids.iter().cloned().enumerate().map(|(number, id)| (id, number)).collect();
        // Parents that are not listed are among what all have.
        let parents = rows
            .iter()
            .map(|(_, parents)| parents.iter().filter_map(|id| numbers.get(id).copied()).collect());
        let parents = parents.collect();
        let on_common = rows.iter().map(|(_, parents)| parents.contains(&common)).collect();
        Some(Self { common, parents, on_common, numbers, ids })
    }

    /// The heads' own pasts, to ask about pairs.
    pub(super) fn past(&self, head: &ObjectId) -> Past {
        let mut past = Past { has: vec![false; self.ids.len()] };
        if let Some(&number) = self.numbers.get(head) {
            self.mark(&mut past, number);
        }
        past
    }

    fn mark(&self, past: &mut Past, start: usize) {
        past.has[start] = true;
        // Children come first: one pass reaches everybody.
        for number in start..self.ids.len() {
            if past.has[number] {
                self.parents[number].iter().for_each(|&parent| past.has[parent] = true);
            }
        }
    }

    /// Where two parted.
    pub(super) fn parting(&self, one: &Past, other: &Past) -> Parting {
        let both = |number: &usize| one.has[*number] && other.has[*number];
        let Some(newest) = (0..self.ids.len()).find(both) else {
            // Whatever else both have is behind what all have.
            return Parting::At(self.common.clone());
        };
        let mut behind = Past { has: vec![false; self.ids.len()] };
        self.mark(&mut behind, newest);
        let walked = newest..self.ids.len();
        // What all have may be beside it: then they parted at both.
        let has_common = walked.clone().any(|number| behind.has[number] && self.on_common[number]);
        match has_common && walked.filter(both).all(|number| behind.has[number]) {
            true => Parting::At(self.ids[newest].clone()),
            false => Parting::Unclear,
        }
    }
}

/// What a head has of the walked commits.
#[derive(Debug)]
pub(super) struct Past {
    has: Vec<bool>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: char) -> ObjectId {
        ObjectId::new(format!("{:040x}", u32::from(name))).unwrap()
    }

    /// Rows of a commit and its parents, children first; `0` is what all have.
    fn ancestry(rows: &[&str]) -> Ancestry {
        let lines: Vec<String> = rows
            .iter()
            .map(|row| row.chars().map(|name| id(name).to_string()).collect::<Vec<_>>().join(" "))
            .collect();
        Ancestry::read(&lines.join("\n"), id('0')).unwrap()
    }

    fn parting(rows: &[&str], one: char, other: char) -> Parting {
        let all = ancestry(rows);
        all.parting(&all.past(&id(one)), &all.past(&id(other)))
    }

    #[test]
    fn two_part_at_the_newest_commit_that_both_have() {
        assert_eq!(parting(&["a0", "b0"], 'a', 'b'), Parting::At(id('0')));
        assert_eq!(parting(&["am", "bm", "m0"], 'a', 'b'), Parting::At(id('m')));
        // One stands on the other.
        assert_eq!(parting(&["ba", "a0"], 'a', 'b'), Parting::At(id('a')));
        // One has nothing of its own.
        assert_eq!(parting(&["a0"], 'a', '0'), Parting::At(id('0')));
    }

    #[test]
    fn crossed_lines_are_left_to_git() {
        assert_eq!(parting(&["axy", "byx", "x0", "y0"], 'a', 'b'), Parting::Unclear);
        // `n` is behind both and beside what all have: its own past (`-`) was not walked.
        assert_eq!(parting(&["a0n", "b0n", "n-"], 'a', 'b'), Parting::Unclear);
    }

    #[test]
    fn what_is_no_list_of_commits_is_none() {
        assert!(Ancestry::read("abc", id('0')).is_none());
    }
}
