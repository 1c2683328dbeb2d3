//! The record that a program in a terminal keeps of its conversation, as evidence: which messages it has read, which tools
//! it uses, and the end of a turn of which nothing else tells (after Esc no hook fires; hooks get lost).
//!
//! It is read where it has grown, when something else has changed: the picture, the session's end. One that was
//! replaced or cut is read anew from near its end; times keep what was told before from being told again.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::time::Duration;

use owt_agents::ConversationId;
use owt_agents::Manifest;
use owt_agents::events::ErrorClass;
use owt_agents::transcript::Before;
use owt_agents::transcript::Entry;
use owt_agents::transcript::RecordPlace;
use owt_agents::transcript::Said;
use owt_agents::transcript::SeenStage;
use owt_agents::transcript::TranscriptFormat;
use owt_agents::transcript::Wanted;
use owt_core::AbsPath;
use owt_core::AttemptId;
use owt_core::DeliveryId;
use owt_core::Moment;
use owt_core::Timestamp;
use owt_core::WorkspaceId;
use owt_core::attempt::Attempt;
use owt_core::attempt::HOLD;
use owt_core::attempt::Line;
use owt_core::attempt::Undrawn;
use owt_core::delivery::Delivery;
use owt_core::delivery::DeliveryInput;
use owt_core::effect::Message;
use owt_core::evidence::Activity;
use owt_core::evidence::Evidence;
use owt_core::evidence::FinalWord;
use owt_core::evidence::Observation;
use owt_core::evidence::Overruled;
use owt_core::evidence::Source;
use owt_core::session::SessionKind;
use owt_core::workspace::Workspace;
use owt_ports::FileError;
use owt_ports::KeptConversation;
use owt_ports::ReadFrom;
use owt_ports::StoreError;

use super::Inner;
use super::OpenTool;
use super::Watcher;
use super::edits::Edits;
use super::last_words;
use super::looks::Looks;
use super::record::Record;
use super::record::RecordAt;
use super::record::Shelves;
use super::token_ledger::TokenLedger;
use super::token_totals::Totals;
use crate::before_agent::is_before;
use crate::before_agent::is_carried;
use crate::before_agent::maybe_before_agent;

/// Records of others that are remembered not to be looked at again.
const MOST_OTHERS: usize = 4096;

/// How long a program has to draw the end of a turn that it has written down.
const SETTLES: Duration = Duration::from_millis(800);

/// Reads one session's record.
pub(super) struct TranscriptReader {
    pub(super) format: TranscriptFormat,
    home: AbsPath,
    configuration: Option<AbsPath>,
    workspace: AbsPath,
    pub(super) found: Option<Record>,
    /// What its lines have said that the next may rest on.
    before: Before,
    /// Those of somebody else.
    others: BTreeSet<RecordAt>,
    /// What its tools are to change.
    edits: Edits,
    /// The end of the turn that was read last, as long as it is not told.
    ended: Option<End>,
    /// The time of the newest prompt or work that it has of this session.
    newest: Option<Timestamp>,
    /// What its answers took.
    pub(super) ledger: TokenLedger,
    /// How it is looked at as long as it is behind.
    pub(super) looks: Looks,
    /// Where its conversations' totals are, where answers have no count of their own.
    pub(super) totals: Totals,
}

/// The end of a turn that was read.
#[derive(Debug, Clone)]
struct End {
    /// When it was, by the record.
    at: Timestamp,
    /// When it was read.
    read: Moment,
    how: Ended,
}

impl End {
    /// For how long it has stood there: at least since it was read, should the clock have gone back meanwhile.
    fn held(&self, now: Timestamp, moment: Moment) -> Duration {
        now.since(self.at).max(moment.since(self.read))
    }
}

/// How a turn ended, by the record.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Ended {
    Over(Option<String>),
    Failed(ErrorClass, String),
    Interrupted,
}

impl TranscriptReader {
    /// What the record has said since the last call; of one that is met for the first time, what its end says.
    /// `is_ours` says whether a prompt is one that was put before this agent.
    fn news(
        &mut self,
        shelves: Shelves<'_>,
        conversation: Option<&ConversationId>,
        started_at: Timestamp,
        is_ours: &dyn Fn(&str) -> Result<bool, StoreError>,
    ) -> Result<Vec<Entry>, StoreError> {
        let mut news = Vec::new();
        match self.place(conversation, started_at) {
            None => return Ok(news),
            Some(RecordPlace::File(path)) => self.follow(RecordAt::File(path)),
            Some(RecordPlace::OneOf { folders, name_ends }) => {
                if self.found.as_ref().is_none_or(|found| !found.at.name().ends_with(&name_ends)) {
                    self.found = None;
                    let whose = (conversation, started_at);
                    news.extend(self.search(shelves, &folders, &name_ends, whose, is_ours)?);
                }
            }
            Some(RecordPlace::Database(path)) => match (conversation, &self.found) {
                (Some(named), _) => self.follow(kept_in(path, named)),
                (None, Some(_)) => {}
                (None, None) => news.extend(self.search_database(shelves, &path, started_at, is_ours)?),
            },
        }
        let Some(found) = &mut self.found else { return Ok(news) };
        let lines = found.lines(shelves).or_else(|error| settle(found.at.path(), error))?;
        news.extend(lines.iter().flat_map(|line| self.format.entries_after(&mut self.before, line)));
        Ok(news)
    }

    pub(super) fn place(
        &self,
        conversation: Option<&ConversationId>,
        started_at: Timestamp,
    ) -> Option<RecordPlace> {
        self.format.place(&Wanted {
            home: &self.home,
            configuration: self.configuration.as_ref(),
            workspace: &self.workspace,
            conversation,
            started_at,
        })
    }

    /// Reads this one, and goes on where it was read.
    fn follow(&mut self, at: RecordAt) {
        if self.found.as_ref().is_none_or(|found| found.at != at) {
            self.found = Some(Record::near_end(at));
            self.before = Before::default();
        }
    }

    /// Whether there is more in the records than was read.
    pub(super) fn is_behind(&self) -> bool {
        self.ledger.is_behind() || self.found.as_ref().is_some_and(|found| found.is_behind)
    }

    /// Another figure after each look that came further.
    pub(super) fn how_far(&self) -> u64 {
        self.ledger.how_far().wrapping_add(self.found.as_ref().map_or(0, Record::how_far))
    }

    /// Waits until the database of its records can be read, where they are in one that is held up.
    pub(super) fn await_free(&self, shelves: Shelves<'_>, at_most: Duration) -> Result<(), StoreError> {
        match self.place(None, Timestamp::EPOCH) {
            Some(RecordPlace::Database(path)) => {
                shelves.databases.await_free(&path, at_most).or_else(|error| settle(&path, error))
            }
            _ => Ok(()),
        }
    }

    /// Looks for the record among those of others: by its name where the conversation is known (`named`), and otherwise
    /// for the one that was begun here since then and shows a prompt of ours.
    fn search(
        &mut self,
        shelves: Shelves<'_>,
        folders: &[AbsPath],
        name_ends: &str,
        (named, started_at): (Option<&ConversationId>, Timestamp),
        is_ours: &dyn Fn(&str) -> Result<bool, StoreError>,
    ) -> Result<Option<Entry>, StoreError> {
        if let Some(named) = named {
            if let Some(path) = self.find_named(shelves, folders, name_ends, named)? {
                self.follow(RecordAt::File(path));
            }
            return Ok(None);
        }
        for folder in folders {
            let names = shelves.files.list(folder).or_else(|error| settle(folder, error))?;
            for name in names.iter().rev().filter(|name| name.ends_with(name_ends)) {
                let at = RecordAt::File(folder.join(name));
                let is_older = self.format.begun_at(name).is_none_or(|at| at < started_at);
                if is_older || self.others.contains(&at) {
                    continue;
                }
                if let Some(begun) = self.examine(shelves, at, is_ours)? {
                    return Ok(Some(begun));
                }
            }
        }
        Ok(None)
    }

    /// Looks for the conversation that was begun here since then and shows a prompt of ours.
    fn search_database(
        &mut self,
        shelves: Shelves<'_>,
        path: &AbsPath,
        started_at: Timestamp,
        is_ours: &dyn Fn(&str) -> Result<bool, StoreError>,
    ) -> Result<Option<Entry>, StoreError> {
        let begun = shelves.databases.begun_in(path, &self.workspace, started_at);
        for conversation in begun.or_else(|error| settle(path, error))? {
            let at = RecordAt::Database { path: path.clone(), conversation };
            if let Some(begun) = self.examine(shelves, at, is_ours)? {
                return Ok(Some(begun));
            }
        }
        Ok(None)
    }

    /// The record of this conversation, by its name.
    pub(super) fn find_named(
        &self,
        shelves: Shelves<'_>,
        folders: &[AbsPath],
        name_ends: &str,
        named: &ConversationId,
    ) -> Result<Option<AbsPath>, StoreError> {
        for folder in folders {
            let names = shelves.files.list(folder).or_else(|error| settle(folder, error))?;
            for name in names.iter().rev().filter(|name| name.ends_with(name_ends)) {
                let path = folder.join(name);
                let is_it = !self.format.is_named_in_part()
                    || self.conversation_in(shelves, &path)?.as_ref() == Some(named);
                if is_it {
                    return Ok(Some(path));
                }
            }
        }
        Ok(None)
    }

    /// Counts what stands in the record of this conversation, too, where there is one.
    pub(super) fn count_also(
        &mut self,
        shelves: Shelves<'_>,
        conversation: &ConversationId,
        started_at: Timestamp,
    ) -> Result<(), StoreError> {
        let at = match self.place(Some(conversation), started_at) {
            None => None,
            Some(RecordPlace::File(path)) => Some(RecordAt::File(path)),
            Some(RecordPlace::OneOf { folders, name_ends }) => {
                self.find_named(shelves, &folders, &name_ends, conversation)?.map(RecordAt::File)
            }
            Some(RecordPlace::Database(path)) => Some(kept_in(path, conversation)),
        };
        at.into_iter().for_each(|at| self.ledger.open(at));
        Ok(())
    }

    /// What the beginning of a record says; nothing of one of a helper.
    pub(super) fn beginning(&self, shelves: Shelves<'_>, at: &RecordAt) -> Result<Vec<Entry>, StoreError> {
        let head = shelves.read_on(at, ReadFrom::Beginning).or_else(|error| settle(at.path(), error))?;
        let bytes = head.map(|head| head.bytes).unwrap_or_default();
        let (text, mut before) = (String::from_utf8_lossy(&bytes), Before::default());
        if text.lines().next().is_some_and(|first| self.format.helps(first).is_some()) {
            return Ok(Vec::new());
        }
        Ok(text.lines().flat_map(|line| self.format.entries_after(&mut before, line)).collect())
    }

    /// The conversation that a record names in its first line.
    fn conversation_in(
        &self,
        shelves: Shelves<'_>,
        path: &AbsPath,
    ) -> Result<Option<ConversationId>, StoreError> {
        let entries = self.beginning(shelves, &RecordAt::File(path.clone()))?;
        Ok(entries.into_iter().next().and_then(|first| match first.says {
            Said::Begun { conversation, .. } => Some(conversation),
            _ => None,
        }))
    }

    /// Whether this is our record: its first line names our folder, and among the next is a prompt of ours. Then it is
    /// followed.
    fn examine(
        &mut self,
        shelves: Shelves<'_>,
        at: RecordAt,
        is_ours: &dyn Fn(&str) -> Result<bool, StoreError>,
    ) -> Result<Option<Entry>, StoreError> {
        let mut entries = self.beginning(shelves, &at)?.into_iter();
        let Some(first) = entries.next() else { return Ok(None) };
        let is_here =
            matches!(&first.says, Said::Begun { directory, .. } if directory == self.workspace.as_str());
        if !is_here {
            if self.others.len() < MOST_OTHERS {
                self.others.insert(at);
            }
            return Ok(None);
        }
        for entry in entries {
            if let Said::Prompt(prompt) = &entry.says
                && is_ours(&prompt.text)?
            {
                self.follow(at);
                return Ok(Some(first));
            }
        }
        Ok(None)
    }
}

fn kept_in(path: AbsPath, conversation: &ConversationId) -> RecordAt {
    RecordAt::Database { path, conversation: KeptConversation(conversation.as_str().to_owned()) }
}

/// What cannot be read says nothing.
pub(super) fn settle<T: Default>(path: &AbsPath, error: FileError) -> Result<T, StoreError> {
    match error {
        FileError::Crashed => Err(StoreError::Crashed),
        error => {
            tracing::debug!(%path, %error, "the agent's record cannot be read");
            Ok(T::default())
        }
    }
}

impl Inner {
    /// What the record of a session in a terminal is read with.
    pub(super) fn transcript(
        &self,
        kind: SessionKind,
        manifest: Option<&Manifest>,
        workspace: Option<(WorkspaceId, &Workspace)>,
    ) -> Result<Option<TranscriptReader>, StoreError> {
        let format = manifest.and_then(|manifest| manifest.transcript).filter(|_| kind.is_terminal());
        let (Some(format), Some((id, workspace))) = (format, workspace) else { return Ok(None) };
        let environment: BTreeMap<String, String> = match self.ports.files.read(&self.home.environment(id)) {
            Ok(bytes) => bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default(),
            Err(error) => settle(&self.home.environment(id), error)?,
        };
        let folder = |name: &str| environment.get(name).and_then(|path| AbsPath::new(path).ok());
        let Some(home) = folder("HOME") else { return Ok(None) };
        Ok(Some(TranscriptReader {
            format,
            home,
            configuration: folder(format.variable()),
            workspace: workspace.spec.path.clone(),
            found: None,
            before: Before::default(),
            others: BTreeSet::new(),
            edits: Edits::within(Some(workspace.spec.path.clone())),
            ended: None,
            newest: None,
            ledger: TokenLedger::default(),
            looks: Looks::default(),
            totals: Totals::default(),
        }))
    }

    /// Takes in what the record of a session has said since it was read last.
    pub(super) fn read_transcript(&self, id: AttemptId, watcher: &mut Watcher) -> Result<(), StoreError> {
        let Watcher { transcript: Some(reader), manifest: Some(manifest), .. } = watcher else {
            return Ok(());
        };
        let Some(attempt) = self.records.load::<Attempt>(id)? else { return Ok(()) };
        let Some(started_at) = attempt.started_at.filter(|_| attempt.is_running()) else { return Ok(()) };
        let conversation = conversation_of(id, &attempt, reader.format);
        let is_ours = |prompt: &str| Ok(self.message_in(id, &attempt, prompt, None)?.is_some());
        let news = reader.news(Shelves::of(&self.ports), conversation.as_ref(), started_at, &is_ours)?;
        let tells_tools = manifest.hooks.events.iter().any(|event| event == "PreToolUse");
        let by_hooks = tells_tools && attempt.hears_hooks();
        let read = self.ports.clock.moment();
        for Entry { at, says } in news {
            let Some(at) = at.filter(|at| *at >= started_at) else { continue };
            if is_of_a_turn(&says) {
                reader.newest = reader.newest.max(Some(at));
            }
            match says {
                Said::Begun { conversation, .. } => {
                    let (id_of, model) = (conversation.as_str().to_owned(), None);
                    self.tell_recorded(id, Observation::Conversation { id: id_of, model }, at)?;
                }
                Said::Prompt(prompt) if prompt.stage == SeenStage::TakenUp => {
                    reader.ended = None;
                    if let Some(delivery) = self.message_in(id, &attempt, &prompt.text, Some(at))? {
                        self.tell_recorded(id, Observation::PromptRead { delivery }, at)?;
                    }
                }
                Said::Prompt(_) => {}
                Said::ToolOpened { call, tool, summary, edits } => {
                    reader.ended = None;
                    reader.edits.begin(&call, &edits);
                    if !by_hooks && !attempt.is_at_rest() {
                        self.tools.open(id, OpenTool { call, tool, summary, since: at });
                    }
                }
                Said::ToolClosed { call, outcome } => {
                    self.tools.close(id, &call);
                    if let Some(edited) = reader.edits.end(&call, outcome, &[]) {
                        self.tell_recorded(id, edited, at)?;
                    }
                }
                Said::Answered => self.tell_answer(id, at)?,
                Said::TurnEnded { text } => reader.ended = Some(End { at, read, how: Ended::Over(text) }),
                Said::TurnFailed { class, message } => {
                    reader.ended = Some(End { at, read, how: Ended::Failed(class, message) });
                }
                Said::Interrupted => reader.ended = Some(End { at, read, how: Ended::Interrupted }),
            }
        }
        self.tell_end(id, reader)?;
        self.tell_tokens(id, &attempt, reader)
    }

    /// Doubts what a hook alone has told of the message on the line, now that the session is gone: that the agent has read it,
    /// where its record has nothing of that turn. Claude Code 2.1.197 runs the hook before it writes the prompt down or asks its
    /// model; killed between the two, it has lost the message.
    pub(super) fn doubt_unrecorded(&self, id: AttemptId, watcher: &Watcher) -> Result<(), StoreError> {
        let Some(reader) = &watcher.transcript else { return Ok(()) };
        let Some(attempt) = self.records.load::<Attempt>(id)?.filter(Attempt::is_running) else {
            return Ok(());
        };
        let (Line::Given { delivery, .. } | Line::Taken { delivery, .. }) = attempt.line else {
            return Ok(());
        };
        if reader.newest.is_some_and(|newest| attempt.turn.began_at.is_none_or(|began| newest >= began)) {
            return Ok(());
        }
        let input = DeliveryInput::Unrecorded { attempt: id };
        self.dispatcher.dispatch(Message::Delivery { id: delivery, input }, self.request())
    }

    /// Tells of a turn that failed, which the record knows and nobody has told yet, at the moment at which something else says that
    /// the turn is over: that alone would be told as a good end.
    pub(super) fn tell_failure(&self, id: AttemptId, watcher: &mut Watcher) -> Result<(), StoreError> {
        let Some(reader) = &mut watcher.transcript else { return Ok(()) };
        let Some(End { at, how: failed @ Ended::Failed(..), .. }) = reader.ended.clone() else {
            return Ok(());
        };
        let evidence = Evidence::now(observed(failed), Source::Transcript, at);
        let attempt = self.records.load::<Attempt>(id)?;
        let now = self.ports.clock.now();
        if attempt.is_none_or(|attempt| attempt.weigh(&evidence, now).is_err()) {
            return Ok(());
        }
        reader.ended = None;
        self.tell_all(id, vec![evidence])
    }

    pub(super) fn tell_recorded(
        &self,
        id: AttemptId,
        observation: Observation,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.tell_all(id, vec![Evidence::now(observation, Source::Transcript, at)])
    }

    /// Tells that work on the message has been seen, where a screen at rest is not believed because it has shown none: the picture
    /// of a short turn may never have been taken. The screen is looked at again; it may be at rest already.
    fn tell_answer(&self, id: AttemptId, at: Timestamp) -> Result<(), StoreError> {
        let attempt = self.records.load::<Attempt>(id)?;
        if attempt.as_ref().and_then(Undrawn::of).is_none() {
            return Ok(());
        }
        self.tell_recorded(id, Observation::Doing { activity: Activity::Working }, at)?;
        self.remind(id, Duration::ZERO, &[])
    }

    /// Tells of the end of a turn, once the hooks have had the time to do so.
    fn tell_end(&self, id: AttemptId, reader: &mut TranscriptReader) -> Result<(), StoreError> {
        let (Some(end), Some(attempt)) = (reader.ended.clone(), self.records.load::<Attempt>(id)?) else {
            return Ok(());
        };
        let now = self.ports.clock.now();
        let held = end.held(now, self.ports.clock.moment());
        let held_ms = u64::try_from(held.as_millis()).unwrap_or(u64::MAX);
        let evidence = Evidence { held_ms, ..Evidence::now(observed(end.how), Source::Transcript, end.at) };
        match attempt.weigh(&evidence, now) {
            // Where it stands in the box again, our own prompt is cleared away first.
            Ok(()) if held < SETTLES => self.remind(id, SETTLES.saturating_sub(held), &[]),
            Err(Overruled::HooksMayTell) => self.remind(id, HOLD.saturating_sub(held), &[]),
            Err(Overruled::MessageOnItsWay) => Ok(()),
            Err(_) | Ok(()) => {
                reader.ended = None;
                self.tell_all(id, vec![evidence])
            }
        }
    }

    /// The unread message that a prompt of the record carries. With a time, of those alone that were put before the agent by
    /// then: the same words may have been sent before.
    fn message_in(
        &self,
        id: AttemptId,
        attempt: &Attempt,
        prompt: &str,
        at: Option<Timestamp>,
    ) -> Result<Option<DeliveryId>, StoreError> {
        for message in maybe_before_agent(&self.records, id)? {
            let Some(delivery) = self.records.load::<Delivery>(message)? else { continue };
            let began = began_with(attempt, message);
            let is_earlier = began.is_some_and(|began| at.is_some_and(|at| at < began));
            let is_unread = at.is_none() || is_before(&delivery.phase, id);
            if is_unread && !is_earlier && is_carried(&self.ports, &delivery, prompt)? {
                return Ok(Some(message));
            }
        }
        Ok(None)
    }
}

/// When the turn of a message began, for one that is or was on the line.
fn began_with(attempt: &Attempt, message: DeliveryId) -> Option<Timestamp> {
    match attempt.line {
        Line::Given { delivery, .. } | Line::Taken { delivery, .. } if delivery == message => {
            attempt.turn.began_at
        }
        _ => attempt.heard.unread.iter().find(|unread| unread.delivery == message)?.since,
    }
}

/// Whether it stands in a record only once a prompt was taken up.
const fn is_of_a_turn(says: &Said) -> bool {
    match says {
        Said::Prompt(prompt) => matches!(prompt.stage, SeenStage::TakenUp),
        Said::ToolOpened { .. } | Said::ToolClosed { .. } | Said::Answered => true,
        Said::Begun { .. } | Said::TurnEnded { .. } | Said::TurnFailed { .. } | Said::Interrupted => false,
    }
}

/// What is seen of the end of a turn.
fn observed(ended: Ended) -> Observation {
    match ended {
        Ended::Interrupted => Observation::Doing { activity: Activity::Idle },
        Ended::Over(text) => {
            let word = text.map(|text| FinalWord::good(last_words::kept(&text)));
            Observation::TurnEnded { word }
        }
        Ended::Failed(class, message) => {
            let word = FinalWord::bad(last_words::kept(&message), class.kind(None));
            Observation::TurnEnded { word: Some(word) }
        }
    }
}

/// The conversation whose record is looked for: the one that was told last, or that it was started with. Claude Code is given
/// its name; Codex chooses it.
pub(super) fn conversation_of(
    id: AttemptId,
    attempt: &Attempt,
    format: TranscriptFormat,
) -> Option<ConversationId> {
    let known = attempt.conversation.as_ref().or(attempt.spec.resumes.as_ref());
    match (known, format) {
        (Some(known), _) => ConversationId::new(known).ok(),
        (None, format) => format.is_named_by_us().then(|| ConversationId::from_bits(id.bits())),
    }
}

#[cfg(test)]
pub(super) mod tests;
