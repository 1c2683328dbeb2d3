//! What agents took that keep a running total of each conversation and no count of each answer (Droid).
//!
//! An attempt took what all conversations of its job have taken, without what the attempts before it were said to have taken: so
//! nothing counts twice, and what one of them took and nobody saw counts with the next. A conversation that is older than the job
//! does not count: how much of its total is from before is not known.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use owt_agents::ConversationId;
use owt_agents::transcript::RecordPlace;
use owt_agents::transcript::Total;
use owt_core::AbsPath;
use owt_core::AttemptId;
use owt_core::Timestamp;
use owt_core::attempt::Attempt;
use owt_core::evidence::Usage;
use owt_ports::StoreError;

use super::Inner;
use super::record::RecordAt;
use super::record::Shelves;
use super::transcript_reader::TranscriptReader;
use super::transcript_reader::settle;
use crate::records::Which;

/// The totals of conversations that were met.
#[derive(Debug, Default)]
pub(super) struct Totals {
    /// Their files.
    found: BTreeMap<ConversationId, AbsPath>,
    /// Those without one at the last look, and how far the record had been read by then: a picture alone makes no file, and to
    /// look for one is to list a folder and to read the beginning of a record.
    missed: Option<(BTreeSet<ConversationId>, u64)>,
}

impl Totals {
    /// The last look comes: what is not found now is never counted.
    pub(super) fn look_again(&mut self) {
        self.missed = None;
    }

    /// Whether to look for the files of these, once so much of the record has been read.
    fn wants(&mut self, conversations: &BTreeSet<&ConversationId>, read: u64) -> bool {
        let missing = conversations.iter().copied().filter(|it| !self.found.contains_key(*it)).cloned();
        let missed = Some((missing.collect(), read));
        let is_news = self.missed != missed;
        self.missed = missed;
        is_news
    }
}

/// An attempt, as far as it matters here.
#[derive(Debug, Clone, Default)]
struct Stint {
    started_at: Option<Timestamp>,
    /// The conversations that it was in, as far as they were told, and the present one last.
    conversations: Vec<ConversationId>,
    /// What it was said to have taken.
    usage: Usage,
}

impl Stint {
    fn of(attempt: &Attempt) -> Self {
        let present = attempt.spec.resumes.iter().chain(&attempt.conversation);
        let told = attempt.left_conversations.iter().chain(present);
        Self {
            started_at: attempt.started_at,
            conversations: told.filter_map(|told| ConversationId::new(told).ok()).collect(),
            usage: attempt.usage,
        }
    }
}

impl TranscriptReader {
    /// What the last of these attempts of one job took, and the model that answered there.
    fn taken(
        &mut self,
        shelves: Shelves<'_>,
        stints: &[Stint],
    ) -> Result<(Usage, Option<String>), StoreError> {
        let Some((last, earlier)) = stints.split_last() else { return Ok(Default::default()) };
        let Some(since) = stints.iter().filter_map(|stint| stint.started_at).min() else {
            return Ok(Default::default());
        };
        let (mut all, mut model) = (Usage::default(), None);
        let conversations: BTreeSet<&ConversationId> =
            stints.iter().flat_map(|stint| &stint.conversations).collect();
        if self.totals.wants(&conversations, self.how_far()) {
            self.find_totals(shelves, &conversations, since)?;
        }
        for conversation in conversations {
            let Some(total) = self.total_of(shelves, conversation)? else { continue };
            all = all.plus(used(&total));
            if last.conversations.last() == Some(conversation) {
                model = total.model;
            }
        }
        let before = earlier.iter().fold(Usage::default(), |before, stint| before.plus(stint.usage));
        Ok((all.beyond(before), model))
    }

    /// Looks for the files of those that have none yet.
    fn find_totals(
        &mut self,
        shelves: Shelves<'_>,
        conversations: &BTreeSet<&ConversationId>,
        since: Timestamp,
    ) -> Result<(), StoreError> {
        for conversation in conversations {
            if !self.totals.found.contains_key(*conversation)
                && let Some(path) = self.find_total(shelves, conversation, since)?
            {
                self.totals.found.insert((*conversation).clone(), path);
            }
        }
        Ok(())
    }

    fn total_of(
        &self,
        shelves: Shelves<'_>,
        conversation: &ConversationId,
    ) -> Result<Option<Total>, StoreError> {
        let Some(path) = self.totals.found.get(conversation) else { return Ok(None) };
        let file = shelves.files.read(path).or_else(|error| settle(path, error))?;
        // Half of it says nothing.
        Ok(file.and_then(|file| self.format.total(&file)))
    }

    /// The file with the total of a conversation that was begun since then.
    fn find_total(
        &self,
        shelves: Shelves<'_>,
        conversation: &ConversationId,
        since: Timestamp,
    ) -> Result<Option<AbsPath>, StoreError> {
        let Some(RecordPlace::OneOf { folders, name_ends }) = self.place(Some(conversation), since) else {
            return Ok(None);
        };
        let Some(record) = self.find_named(shelves, &folders, &name_ends, conversation)? else {
            return Ok(None);
        };
        let entries = self.beginning(shelves, &RecordAt::File(record.clone()))?;
        let begun_at = entries.iter().find_map(|entry| entry.at);
        Ok(begun_at.filter(|at| *at >= since).and_then(|_| self.format.totals(&record)))
    }
}

fn used(Total { usage, .. }: &Total) -> Usage {
    Usage {
        input_tokens: usage.total().saturating_sub(usage.output),
        output_tokens: usage.output,
        cost_micro_usd: None,
        cache_read_tokens: usage.cache_read,
        cache_write_tokens: usage.cache_write,
    }
}

impl Inner {
    /// Tells what an attempt took whose program tells the totals of its conversations alone.
    pub(super) fn tell_totals(
        &self,
        id: AttemptId,
        attempt: &Attempt,
        reader: &mut TranscriptReader,
    ) -> Result<(), StoreError> {
        let of_job = self.records.list::<Attempt>(Some(&attempt.spec.job.to_string()), Which::All)?;
        let earlier = of_job.iter().filter(|record| record.id < id).map(|record| &record.state);
        let stints: Vec<Stint> = earlier.chain([attempt]).map(Stint::of).collect();
        let (usage, model) = reader.taken(Shelves::of(&self.ports), &stints)?;
        self.tell_usage(id, attempt, usage, model.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use owt_agents::transcript::TranscriptFormat;
    use owt_ports::PrivateFiles;
    use owt_testkit::crash::CrashPlan;
    use owt_testkit::files::MemoryFiles;
    use owt_testkit::record_databases::MemoryRecords;

    use super::super::transcript_reader::tests::reader;
    use super::*;

    const FOLDER: &str = "/home/me/.factory/sessions/-w";

    struct Disk(MemoryFiles);

    impl Disk {
        fn begin(&self, conversation: &str, at: &str) {
            let record = AbsPath::new(format!("{FOLDER}/{conversation}.jsonl")).unwrap();
            let content = serde_json::json!([{"type": "text", "text": "go"}]);
            let message = serde_json::json!({"role": "user", "content": content});
            let prompt = serde_json::json!({"type": "message", "timestamp": at, "message": message});
            let begun = serde_json::json!({"type": "session_start", "id": conversation, "cwd": "/w"});
            self.0.append(&record, format!("{begun}\n{prompt}\n").as_bytes());
        }

        fn total(&self, conversation: &str, input: u64, output: u64) {
            let file = AbsPath::new(format!("{FOLDER}/{conversation}.settings.json")).unwrap();
            let usage =
                serde_json::json!({"inputTokens": input, "outputTokens": output, "cacheReadTokens": 1});
            let total = serde_json::json!({"model": "m", "inclusiveTokenUsage": usage});
            self.0.write(&file, total.to_string().as_bytes()).unwrap();
        }

        /// What a server that has just begun comes to.
        fn taken(&self, stints: &[Stint]) -> (u64, u64) {
            let databases = MemoryRecords::new(CrashPlan::never());
            let shelves = Shelves { files: &self.0, databases: &databases };
            let (usage, _) = reader(TranscriptFormat::Droid).taken(shelves, stints).unwrap();
            (usage.input_tokens, usage.output_tokens)
        }
    }

    fn started_at() -> Timestamp {
        Timestamp::from_utc_text("2026-11-22T12:00:00Z").unwrap()
    }

    fn stint(minutes: u64, conversations: &[&str]) -> Stint {
        Stint {
            started_at: Some(started_at().plus(Duration::from_secs(60 * minutes))),
            conversations: conversations.iter().map(|id| ConversationId::new(id).unwrap()).collect(),
            usage: Usage::default(),
        }
    }

    fn said(stint: &mut Stint, (input_tokens, output_tokens): (u64, u64)) {
        stint.usage = Usage { input_tokens, output_tokens, ..Usage::default() };
    }

    #[test]
    fn each_attempt_of_a_job_is_counted_what_was_taken_since_the_one_before_and_nothing_twice() {
        let disk = Disk(MemoryFiles::new(CrashPlan::never()));
        let mut first = stint(0, &["c-1"]);
        assert_eq!(disk.taken(&[first.clone()]), (0, 0), "nothing is written yet");
        disk.begin("c-1", "2026-11-22T12:01:00Z");
        assert_eq!(disk.taken(&[first.clone()]), (0, 0), "no total is written yet");
        disk.total("c-1", 100, 10);
        assert_eq!(disk.taken(&[first.clone()]), (101, 10));
        said(&mut first, (101, 10));
        assert_eq!(disk.taken(&[first.clone()]), (101, 10), "what it was said to have taken is its own");
        // Taken up again: the total goes on.
        let mut second = stint(10, &["c-1"]);
        assert_eq!(disk.taken(&[first.clone(), second.clone()]), (0, 0));
        disk.total("c-1", 160, 15);
        assert_eq!(disk.taken(&[first.clone(), second.clone()]), (60, 5));
        // In a conversation of its own beside the one that it left.
        second.conversations.extend(stint(0, &["c-2"]).conversations);
        disk.begin("c-2", "2026-11-22T12:12:00Z");
        disk.total("c-2", 1000, 100);
        assert_eq!(disk.taken(&[first.clone(), second.clone()]), (1061, 105));
        said(&mut second, (1061, 105));
        let third = stint(20, &["c-2"]);
        assert_eq!(disk.taken(&[first, second, third]), (0, 0));
    }

    #[test]
    fn the_file_of_a_total_is_looked_for_once_for_each_change_of_the_record_and_at_the_end() {
        let (mut totals, ids) = (Totals::default(), stint(0, &["c-1", "c-2"]).conversations);
        let all: BTreeSet<&ConversationId> = ids.iter().collect();
        assert_eq!([0, 0, 7, 7].map(|read| totals.wants(&all, read)), [true, false, true, false]);
        totals.found.insert(ids[0].clone(), AbsPath::new("/t").unwrap());
        assert_eq!([7, 7].map(|read| totals.wants(&all, read)), [true, false], "another one is missing");
        totals.look_again();
        assert!(totals.wants(&all, 7));
        let disk = Disk(MemoryFiles::new(CrashPlan::never()));
        let databases = MemoryRecords::new(CrashPlan::never());
        let shelves = Shelves { files: &disk.0, databases: &databases };
        let (mut reader, stints) = (reader(TranscriptFormat::Droid), [stint(0, &["c-1"])]);
        assert_eq!(reader.taken(shelves, &stints).unwrap().0.output_tokens, 0);
        disk.begin("c-1", "2026-11-22T12:01:00Z");
        disk.total("c-1", 100, 10);
        assert_eq!(reader.taken(shelves, &stints).unwrap().0.output_tokens, 0, "its record says nothing new");
        reader.totals.look_again();
        assert_eq!(reader.taken(shelves, &stints).unwrap().0.output_tokens, 10);
        disk.total("c-1", 200, 20);
        assert_eq!(reader.taken(shelves, &stints).unwrap().0.output_tokens, 20, "what is found is followed");
    }

    #[test]
    fn what_a_conversation_of_before_the_job_has_taken_is_not_counted_to_it() {
        let disk = Disk(MemoryFiles::new(CrashPlan::never()));
        disk.begin("c-old", "2026-11-22T11:59:00Z");
        disk.total("c-old", 100_000, 10_000);
        disk.begin("c-new", "2026-11-22T12:01:00Z");
        disk.total("c-new", 100, 10);
        assert_eq!(disk.taken(&[stint(0, &["c-new", "c-old"])]), (101, 10));
        assert_eq!(disk.taken(&[]), (0, 0));
    }
}
