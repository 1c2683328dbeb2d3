//! What an agent was told of conflicts with the work of others: each file of each other workspace once, whatever becomes of
//! its lines, and several of one moment in one message.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use crate::Timestamp;
use crate::WorkspaceId;

/// After a message about another workspace nothing more is said of it for this long.
const CALM: Duration = Duration::from_secs(120);

/// Most files of one other workspace that are told at all: what conflicts in more is not settled by messages.
const MAX_FILES: usize = 200;

/// Most other workspaces that are remembered; the longest untold of are forgotten first.
const MAX_OTHERS: usize = 100;

/// What was told, by the other workspace.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConflictsTold(BTreeMap<WorkspaceId, Told>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Told {
    files: BTreeSet<String>,
    at: Timestamp,
}

impl ConflictsTold {
    /// Whether nothing was told.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Of these files in conflict with another workspace, those that are to be told now.
    pub fn news(&self, other: WorkspaceId, files: &[String], now: Timestamp) -> Vec<String> {
        let told = self.0.get(&other);
        if told.is_some_and(|told| now.since(told.at) < CALM) {
            return Vec::new();
        }
        let files: BTreeSet<&String> = files.iter().collect();
        let is_new = |file: &&String| told.is_none_or(|told| !told.files.contains(*file));
        let room = MAX_FILES.saturating_sub(told.map_or(0, |told| told.files.len()));
        files.into_iter().filter(is_new).take(room).cloned().collect()
    }

    /// These were told.
    pub fn note(&mut self, other: WorkspaceId, files: &[String], at: Timestamp) {
        let told = self.0.entry(other).or_insert_with(|| Told { files: BTreeSet::new(), at });
        told.files.extend(files.iter().cloned());
        told.at = at;
        while self.0.len() > MAX_OTHERS {
            let oldest = self.0.iter().min_by_key(|(_, told)| told.at).map(|(id, _)| *id);
            oldest.and_then(|id| self.0.remove(&id));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn other(number: u128) -> WorkspaceId {
        WorkspaceId::from_bits(number)
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    fn files(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_file_is_told_once_and_another_after_a_while() {
        let mut told = ConflictsTold::default();
        assert_eq!(told.news(other(1), &files(&["a"]), at(0)), files(&["a"]));
        told.note(other(1), &files(&["a"]), at(0));
        assert_eq!(told.news(other(1), &files(&["a", "b"]), at(119)), files(&[]));
        assert_eq!(told.news(other(1), &files(&["a", "b"]), at(120)), files(&["b"]));
        assert_eq!(
            told.news(other(2), &files(&["a"]), at(1)),
            files(&["a"]),
            "another one is another matter"
        );
        assert_eq!(told.news(other(1), &files(&["a"]), at(9_999)), files(&[]));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut told = ConflictsTold::default();
        for number in 0..300 {
            told.note(other(number), &files(&["a"]), at(i64::try_from(number).unwrap()));
        }
        assert_eq!(told.0.len(), MAX_OTHERS);
        assert!(told.news(other(299), &files(&["a"]), at(9_999)).is_empty());
    }

    proptest! {
        /// Whatever conflicts when: no file of a workspace is told twice, and two messages keep their distance.
        #[test]
        fn nothing_is_told_twice(
            rounds in prop::collection::vec((0..200_i64, prop::collection::vec(0..6_u8, 0..5)), 1..40),
        ) {
            let (mut told, mut now, mut last, mut all) = (ConflictsTold::default(), 0, None, Vec::new());
            for (pause, names) in rounds {
                now += pause;
                let mut names: Vec<String> = names.iter().map(|name| format!("f{name}")).collect();
                names.sort();
                names.dedup();
                let news = told.news(other(1), &names, at(now));
                if news.is_empty() {
                    continue;
                }
                prop_assert!(last.is_none_or(|last| now - last >= 120));
                told.note(other(1), &news, at(now));
                all.extend(news);
                last = Some(now);
            }
            let once: BTreeSet<&String> = all.iter().collect();
            prop_assert_eq!(once.len(), all.len());
        }
    }
}
