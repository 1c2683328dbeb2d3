//! Databases of agent programs in memory.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use owt_core::AbsPath;
use owt_core::Timestamp;
use owt_ports::FileError;
use owt_ports::FilePart;
use owt_ports::FilePlace;
use owt_ports::KeptConversation;
use owt_ports::ReadFrom;
use owt_ports::RecordDatabases;

use crate::crash::CrashPlan;
use crate::record_databases_conformance::Begun;
use crate::record_databases_conformance::RecordProgram;

/// Lines before the end that are read of a conversation that is met in the middle.
const LAST_LINES: usize = 500;

/// [`RecordDatabases`] in memory; clones are the same, and outlive a simulated crash.
#[derive(Debug, Clone)]
pub struct MemoryRecords {
    crash: CrashPlan,
    databases: Arc<Mutex<BTreeMap<AbsPath, Database>>>,
}

#[derive(Debug, Default)]
struct Database {
    /// Grows with each database that takes another's place.
    number: u64,
    conversations: Vec<Conversation>,
    /// Whether its program keeps everybody out, until somebody waits for it.
    is_held: bool,
}

#[derive(Debug)]
struct Conversation {
    begun: Begun,
    lines: Vec<String>,
}

impl MemoryRecords {
    /// None yet; calls die as `crash` says.
    pub fn new(crash: CrashPlan) -> Self {
        Self { crash, databases: Arc::default() }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<AbsPath, Database>> {
        self.databases.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a look at a database finds.
    fn look<T>(
        &self,
        database: &AbsPath,
        see: impl FnOnce(&Database) -> Option<T>,
    ) -> Result<Option<T>, FileError> {
        match self.lock().get(database) {
            Some(known) if known.is_held => Err(FileError::Busy { path: database.clone() }),
            known => Ok(known.and_then(see)),
        }
    }
}

impl Database {
    fn of(&self, id: &KeptConversation) -> Option<&Conversation> {
        self.conversations.iter().find(|it| it.begun.id == *id)
    }

    fn helpers_of(&self, id: &KeptConversation) -> Vec<KeptConversation> {
        let mut family = vec![id.clone()];
        for it in &self.conversations {
            if it.begun.helps.as_ref().is_some_and(|helped| family.contains(helped)) {
                family.push(it.begun.id.clone());
            }
        }
        family.split_off(1)
    }

    fn read_on(&self, id: &KeptConversation, from: ReadFrom, limit: usize) -> Option<FilePart> {
        let lines = &self.of(id)?.lines;
        let first = match from {
            ReadFrom::Beginning => 0,
            ReadFrom::Place(place) if place.file == self.number && place.offset <= lines.len() as u64 => {
                place.offset as usize
            }
            ReadFrom::Place(_) | ReadFrom::NearEnd => lines.len().saturating_sub(LAST_LINES),
        };
        let mut bytes = Vec::new();
        let fits = |line: &&String| {
            let is_room = bytes.len() < limit;
            bytes.extend_from_slice(if is_room { line.as_bytes() } else { &[] });
            is_room
        };
        let read = lines.iter().skip(first).take_while(fits).count();
        let end = FilePlace { file: self.number, offset: (first + read) as u64 };
        Some(FilePart { bytes, offset: first as u64, end })
    }
}

impl RecordProgram for MemoryRecords {
    fn begin(&self, database: &AbsPath, begun: Begun) {
        let mut databases = self.lock();
        let conversations = &mut databases.entry(database.clone()).or_default().conversations;
        conversations.push(Conversation { begun, lines: Vec::new() });
    }

    fn write(&self, database: &AbsPath, id: &KeptConversation, kind: &str, data: &str) {
        let mut databases = self.lock();
        let conversations = databases.get_mut(database).map(|database| &mut database.conversations);
        let known = conversations.into_iter().flatten().find(|it| it.begun.id == *id);
        let line = format!("{{\"type\":\"{kind}\",\"data\":{data}}}\n");
        known.expect("a test writes of what was begun").lines.push(line);
    }

    fn replace(&self, database: &AbsPath) {
        let mut databases = self.lock();
        let number = databases.get(database).map_or(0, |known| known.number + 1);
        let fresh = Database { number, ..Database::default() };
        databases.insert(database.clone(), fresh);
    }

    fn hold(&self, database: &AbsPath) {
        self.lock().entry(database.clone()).or_default().is_held = true;
    }

    fn let_go(&self, database: &AbsPath) {
        self.lock().entry(database.clone()).or_default().is_held = false;
    }
}

impl RecordDatabases for MemoryRecords {
    fn begun_in(
        &self,
        database: &AbsPath,
        folder: &AbsPath,
        since: Timestamp,
    ) -> Result<Vec<KeptConversation>, FileError> {
        let is_it = |begun: &&Begun| begun.folder == *folder && begun.at >= since && begun.helps.is_none();
        self.crash.around("records.begun_in", || {
            let found = self.look(database, |known| {
                let mut begun: Vec<&Begun> =
                    known.conversations.iter().map(|it| &it.begun).filter(is_it).collect();
                begun.sort_by_key(|begun| std::cmp::Reverse(begun.at));
                Some(begun.into_iter().map(|begun| begun.id.clone()).collect())
            })?;
            Ok(found.unwrap_or_default())
        })
    }

    fn helpers_of(
        &self,
        database: &AbsPath,
        conversation: &KeptConversation,
    ) -> Result<Vec<KeptConversation>, FileError> {
        self.crash.around("records.helpers_of", || {
            let found = self.look(database, |known| Some(known.helpers_of(conversation)))?;
            Ok(found.unwrap_or_default())
        })
    }

    fn read_on(
        &self,
        database: &AbsPath,
        conversation: &KeptConversation,
        from: ReadFrom,
        limit: usize,
    ) -> Result<Option<FilePart>, FileError> {
        self.crash.around("records.read_on", || {
            self.look(database, |known| known.read_on(conversation, from, limit))
        })
    }

    /// Time passes while somebody waits, and its program lets go meanwhile.
    fn await_free(&self, database: &AbsPath, at_most: Duration) -> Result<(), FileError> {
        self.crash.around("records.await_free", || {
            if let Some(known) = self.lock().get_mut(database).filter(|_| !at_most.is_zero()) {
                known.is_held = false;
            }
            self.look(database, |_| Some(())).map(drop)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record_databases_conformance::assert_conforms;

    #[test]
    fn it_conforms() {
        let records = MemoryRecords::new(CrashPlan::never());
        assert_conforms(&records, &records, &AbsPath::new("/home/me/records.db").unwrap());
    }
}
