//! What the answers in an agent's own records took: each counts once, in whatever record and however often it stands.
//!
//! The sum follows from the records alone, so that a server that starts again comes to the same one. Answers from before the
//! attempt's start (of a conversation that was taken up again or copied) belong to others.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::time::Duration;

use owt_agents::ConversationId;
use owt_agents::events;
use owt_agents::transcript::Answer;
use owt_agents::transcript::Spending;
use owt_agents::transcript::TranscriptFormat;
use owt_core::AbsPath;
use owt_core::AttemptId;
use owt_core::Timestamp;
use owt_core::attempt::Attempt;
use owt_core::evidence::Observation;
use owt_core::evidence::Usage;
use owt_ports::Clock;
use owt_ports::ReadFrom;
use owt_ports::StoreError;

use super::Inner;
use super::Watcher;
use super::looks::Looks;
use super::record::Record;
use super::record::RecordAt;
use super::record::Shelves;
use super::record::is_passing;
use super::transcript_reader::TranscriptReader;
use super::transcript_reader::conversation_of;
use super::transcript_reader::settle;

/// Answers that are known again at least; lines of one stand close together.
const MOST_ANSWERS: usize = 20_000;

/// How often a record is read on when its session has ended, before the rest of it is given up.
const LAST_LOOKS: usize = 64;

/// How long a record that is held up is waited for when its session has ended.
const LAST_PATIENCE: Duration = Duration::from_secs(1);

/// Records of one attempt, those of its helpers included.
const MOST_RECORDS: usize = 1000;

/// What was taken, and what it cost as far as that was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Took {
    tokens: events::Usage,
    cost: Option<u64>,
}

impl Took {
    /// The larger of each figure: what is written while an answer still comes says less than the next.
    fn or_more(self, other: Self) -> Self {
        let tokens = events::Usage {
            input: self.tokens.input.max(other.tokens.input),
            cache_read: self.tokens.cache_read.max(other.tokens.cache_read),
            cache_write: self.tokens.cache_write.max(other.tokens.cache_write),
            output: self.tokens.output.max(other.tokens.output),
        };
        Self { tokens, cost: self.cost.max(other.cost) }
    }

    /// What was added.
    fn since(self, earlier: Self) -> Self {
        let cost = self.cost.map(|cost| cost.saturating_sub(earlier.cost.unwrap_or(0)));
        Self { tokens: self.tokens.since(earlier.tokens), cost }
    }

    fn plus(self, other: Self) -> Self {
        let cost = self.cost.into_iter().chain(other.cost).reduce(u64::saturating_add);
        Self { tokens: self.tokens.plus(other.tokens), cost }
    }
}

/// Records whose beginnings are looked at in one look.
const JUDGED_AT_ONCE: usize = 128;

/// Records of others that are remembered not to be looked at again.
const MOST_STRANGERS: usize = 4096;

/// The count of one attempt's answers.
#[derive(Default)]
pub(super) struct TokenLedger {
    records: BTreeMap<RecordAt, Record>,
    /// Those of them that are of conversations, and not of helpers.
    of_conversations: BTreeSet<RecordAt>,
    /// Those that lie among the helpers' and are none.
    strangers: BTreeSet<RecordAt>,
    /// Folders in which every record was judged, and none is begun any more.
    searched: BTreeSet<AbsPath>,
    /// Whether there are more that were not judged.
    is_searching: bool,
    /// Conversations whose records were looked for.
    met: BTreeSet<ConversationId>,
    /// Answers by their keys, and those of longer ago.
    answers: BTreeMap<String, Took>,
    earlier: BTreeMap<String, Took>,
    sum: Took,
    model: Option<String>,
    /// Whether its helpers could not be told just now.
    is_held_up: bool,
}

impl TokenLedger {
    /// Whether the record of this conversation was not looked for yet.
    pub(super) fn is_first_met(&mut self, conversation: &ConversationId) -> bool {
        self.met.insert(conversation.clone())
    }

    /// Counts what stands in this record, too.
    pub(super) fn open(&mut self, at: RecordAt) {
        if self.of_conversations.insert(at.clone()) {
            // A helper of this one was none of ours until now.
            self.strangers.clear();
            self.searched.clear();
            self.follow(at);
        }
    }

    fn follow(&mut self, at: RecordAt) {
        if self.records.len() < MOST_RECORDS && !self.records.contains_key(&at) {
            self.records.insert(at.clone(), Record::whole(at));
        }
    }

    /// Whether it was left with more to read.
    pub(super) fn is_behind(&self) -> bool {
        self.is_held_up || self.is_searching || self.records.values().any(|record| record.is_behind)
    }

    /// Another figure after each look that came further.
    pub(super) fn how_far(&self) -> u64 {
        let seen = self.records.len() + self.strangers.len() + self.searched.len();
        let bytes = self.records.values().map(Record::how_far);
        bytes.fold(u64::try_from(seen).unwrap_or(u64::MAX), u64::wrapping_add)
    }

    /// Reads on.
    pub(super) fn read(
        &mut self,
        shelves: Shelves<'_>,
        format: TranscriptFormat,
        (started_at, now): (Timestamp, Timestamp),
    ) -> Result<(), StoreError> {
        self.is_held_up = false;
        self.open_helpers(shelves, format)?;
        self.open_helpers_among_others(shelves, format, (started_at, now))?;
        let mut records = std::mem::take(&mut self.records);
        let read = records.values_mut().try_for_each(|record| {
            let name = record.at.name().to_owned();
            let lines = record.lines(shelves).or_else(|error| settle(record.at.path(), error))?;
            lines.iter().filter_map(|line| format.spending(line, &name)).for_each(|said| match said {
                Spending::Model(model) => self.model = Some(model),
                Spending::Answer(answer) if answer.at >= started_at => self.count(answer),
                Spending::Answer(_) => {}
            });
            Ok(())
        });
        self.records = records;
        read
    }

    fn open_helpers(&mut self, shelves: Shelves<'_>, format: TranscriptFormat) -> Result<(), StoreError> {
        for at in self.of_conversations.clone() {
            let helpers = match &at {
                RecordAt::File(_) => helpers_beside(shelves, format, &at)?,
                RecordAt::Database { path, conversation } => {
                    let helpers = shelves.databases.helpers_of(path, conversation);
                    self.is_held_up |= helpers.as_ref().is_err_and(is_passing);
                    let helpers = helpers.or_else(|error| settle(path, error))?;
                    let of = |conversation| RecordAt::Database { path: path.clone(), conversation };
                    helpers.into_iter().map(of).collect()
                }
            };
            helpers.into_iter().for_each(|helper| self.follow(helper));
        }
        Ok(())
    }

    /// Looks for records of helpers among those that were begun since the conversations were: a helper of before may be used again.
    fn open_helpers_among_others(
        &mut self,
        shelves: Shelves<'_>,
        format: TranscriptFormat,
        (started_at, now): (Timestamp, Timestamp),
    ) -> Result<(), StoreError> {
        let begun = self.of_conversations.iter().filter_map(|at| format.begun_at(at.name()));
        let since = begun.fold(started_at, Timestamp::min);
        let folders_during = |during: (Timestamp, Timestamp)| -> BTreeSet<AbsPath> {
            let of_record = |at: &RecordAt| format.folders_of_helpers(at.path(), during);
            self.of_conversations.iter().flat_map(of_record).collect()
        };
        let (folders, grow) = (folders_during((since, now)), folders_during((now, now)));
        let mut left = JUDGED_AT_ONCE;
        for folder in folders.difference(&self.searched.clone()) {
            let is_whole = self.search(shelves, format, (folder, since), &mut left)?;
            if is_whole && !grow.contains(folder) {
                self.searched.insert(folder.clone());
                self.strangers.retain(|at| at.path().parent().as_ref() != Some(folder));
            }
        }
        self.is_searching = left == 0;
        Ok(())
    }

    /// Judges the records of a folder that were not judged yet; whether that were all.
    fn search(
        &mut self,
        shelves: Shelves<'_>,
        format: TranscriptFormat,
        (folder, since): (&AbsPath, Timestamp),
        left: &mut usize,
    ) -> Result<bool, StoreError> {
        let names = shelves.files.list(folder).or_else(|error| settle(folder, error))?;
        let mut is_whole = true;
        for name in names.iter().filter(|name| format.begun_at(name).is_some_and(|at| at >= since)) {
            let at = RecordAt::File(folder.join(name));
            if self.records.contains_key(&at) || self.strangers.contains(&at) {
                continue;
            }
            // Of so many no more are looked at.
            if self.strangers.len() >= MOST_STRANGERS {
                break;
            }
            if *left == 0 {
                return Ok(false);
            }
            *left -= 1;
            is_whole &= self.judge(shelves, format, at)?;
        }
        Ok(is_whole)
    }

    /// Whether a record is of a helper of ours: its first line tells, once that is whole. Whether it was.
    fn judge(
        &mut self,
        shelves: Shelves<'_>,
        format: TranscriptFormat,
        at: RecordAt,
    ) -> Result<bool, StoreError> {
        let head = shelves.read_on(&at, ReadFrom::Beginning).or_else(|error| settle(at.path(), error))?;
        let bytes = head.map(|head| head.bytes).unwrap_or_default();
        let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else { return Ok(false) };
        let helped = format.helps(&String::from_utf8_lossy(&bytes[..end]));
        let is_named = |at: &RecordAt, helped: &ConversationId| at.name().contains(helped.as_str());
        let is_ours =
            helped.is_some_and(|helped| self.of_conversations.iter().any(|at| is_named(at, &helped)));
        if is_ours {
            self.follow(at);
        } else {
            self.strangers.insert(at);
        }
        Ok(true)
    }

    fn count(&mut self, answer: Answer) {
        let known = self.answers.get(&answer.key).or_else(|| self.earlier.get(&answer.key));
        let known = known.copied().unwrap_or_default();
        let told = Took { tokens: answer.usage, cost: answer.cost.map(|cost| cost.0) };
        let grown = told.or_more(known);
        self.sum = self.sum.plus(grown.since(known));
        self.answers.insert(answer.key, grown);
        self.model = answer.model.or_else(|| self.model.take());
        if self.answers.len() >= MOST_ANSWERS {
            self.earlier = std::mem::take(&mut self.answers);
        }
    }

    /// What all of them took.
    pub(super) fn usage(&self) -> Usage {
        let Took { tokens, cost } = self.sum;
        Usage {
            input_tokens: tokens.total().saturating_sub(tokens.output),
            output_tokens: tokens.output,
            cost_micro_usd: cost,
            cache_read_tokens: tokens.cache_read,
            cache_write_tokens: tokens.cache_write,
        }
    }

    /// The model of the newest answer.
    pub(super) fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }
}

/// The records of helpers that lie beside the one in which they helped.
fn helpers_beside(
    shelves: Shelves<'_>,
    format: TranscriptFormat,
    at: &RecordAt,
) -> Result<Vec<RecordAt>, StoreError> {
    let Some(folder) = format.helpers(at.path()) else { return Ok(Vec::new()) };
    let names = shelves.files.list(&folder).or_else(|error| settle(&folder, error))?;
    let records = names.iter().filter(|name| name.ends_with(".jsonl"));
    Ok(records.map(|name| RecordAt::File(folder.join(name))).collect())
}

impl TranscriptReader {
    /// Counts what was written since.
    pub(super) fn count(
        &mut self,
        shelves: Shelves<'_>,
        left: &[String],
        during: (Timestamp, Timestamp),
    ) -> Result<(), StoreError> {
        for left in left {
            let Ok(left) = ConversationId::new(left) else { continue };
            if self.ledger.is_first_met(&left) {
                self.count_also(shelves, &left, during.0)?;
            }
        }
        if let Some(found) = &self.found {
            self.ledger.open(found.at.clone());
        }
        self.ledger.read(shelves, self.format, during)
    }

    /// Counts all that is written, and waits within bounds for what is held up.
    pub(super) fn count_to_the_end(
        &mut self,
        shelves: Shelves<'_>,
        left: &[String],
        started_at: Timestamp,
        clock: &dyn Clock,
    ) -> Result<(), StoreError> {
        let begun = clock.moment();
        for _ in 0..LAST_LOOKS {
            self.count(shelves, left, (started_at, clock.now()))?;
            if !self.ledger.is_behind() {
                break;
            }
            self.await_free(shelves, LAST_PATIENCE.saturating_sub(clock.moment().since(begun)))?;
        }
        Ok(())
    }
}

impl Inner {
    /// Waits until the record of a session that has ended can be read, where another program holds it up.
    pub(super) fn await_record(&self, watcher: &Watcher) -> Result<(), StoreError> {
        match &watcher.transcript {
            Some(reader) => reader.await_free(Shelves::of(&self.ports), LAST_PATIENCE),
            None => Ok(()),
        }
    }

    /// Counts what is written, at the end of a session.
    pub(super) fn count_rest(&self, id: AttemptId, watcher: &mut Watcher) -> Result<(), StoreError> {
        let Some(reader) = &mut watcher.transcript else { return Ok(()) };
        let Some(attempt) = self.records.load::<Attempt>(id)? else { return Ok(()) };
        let (true, Some(started_at)) = (attempt.is_running(), attempt.started_at) else { return Ok(()) };
        if reader.format.keeps_totals() {
            reader.totals.look_again();
            return self.tell_totals(id, &attempt, reader);
        }
        let shelves = Shelves::of(&self.ports);
        if let (None, Some(present)) = (&reader.found, conversation_of(id, &attempt, reader.format)) {
            reader.count_also(shelves, &present, started_at)?;
        }
        reader.count_to_the_end(shelves, &attempt.left_conversations, started_at, &*self.ports.clock)?;
        self.tell_usage(id, &attempt, reader.ledger.usage(), reader.ledger.model())
    }

    /// Tells what the answers in the records of this attempt have taken, as soon as all that is written is counted.
    pub(super) fn tell_tokens(
        &self,
        id: AttemptId,
        attempt: &Attempt,
        reader: &mut TranscriptReader,
    ) -> Result<(), StoreError> {
        if reader.format.keeps_totals() {
            return self.tell_totals(id, attempt, reader);
        }
        let Some(started_at) = attempt.started_at else { return Ok(()) };
        let during = (started_at, self.ports.clock.now());
        reader.count(Shelves::of(&self.ports), &attempt.left_conversations, during)?;
        match reader.is_behind() {
            true => {
                let again = reader.looks.next(reader.how_far());
                self.remind(id, again, &[])?;
            }
            false => reader.looks = Looks::default(),
        }
        match reader.ledger.is_behind() {
            true => Ok(()),
            false => self.tell_usage(id, attempt, reader.ledger.usage(), reader.ledger.model()),
        }
    }

    /// Tells what this attempt has taken, and the model of its newest answer, as far as that is news.
    pub(super) fn tell_usage(
        &self,
        id: AttemptId,
        attempt: &Attempt,
        taken: Usage,
        model: Option<&str>,
    ) -> Result<(), StoreError> {
        let now = self.ports.clock.now();
        let usage = attempt.usage.or_more(taken);
        if usage != attempt.usage {
            self.tell_recorded(id, Observation::Used { usage }, now)?;
        }
        match (&attempt.model, model, &attempt.conversation) {
            (None, Some(model), Some(conversation)) => {
                let (id_of, model) = (conversation.clone(), Some(model.to_owned()));
                self.tell_recorded(id, Observation::Conversation { id: id_of, model }, now)
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
