//! The databases in which agent programs keep what was said: OpenCode's, read from version 1.18.33. Its `session` has a row for
//! each conversation, its `event` one for each thing that was written, numbered without a gap and never changed.
//!
//! A look is a connection of its own that only reads, waits for nobody, and ends at once: its program folds its log whenever it
//! likes. Nothing is made beside the file. The names of tables are taken at their word only where they are tables: whoever
//! writes there is not trusted.

use std::fs::Metadata;
use std::io;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::Duration;
use std::time::Instant;

use owt_core::AbsPath;
use owt_core::Timestamp;
use owt_ports::FileError;
use owt_ports::FilePart;
use owt_ports::FilePlace;
use owt_ports::KeptConversation;
use owt_ports::ReadFrom;
use owt_ports::RecordDatabases;
use rusqlite::Connection;
use rusqlite::ErrorCode;
use rusqlite::OpenFlags;
use rusqlite::Row;

use crate::open::file_uri;

/// Conversations that were begun in one folder since a program was started, and those of helpers: more are not followed.
const MOST_BEGUN: u32 = 32;
const MOST_HELPERS: u32 = 1000;

/// Lines before the end that are read of a conversation that is met in the middle.
const LAST_LINES: u64 = 500;

/// How soon it is tried again.
const TRY_AGAIN: Duration = Duration::from_millis(10);

/// The longest thing that is taken along, in bytes.
const LONGEST: u32 = 8 * 1024 * 1024;

const TABLES: &str =
    "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('session', 'event')";

const BEGUN: &str = "SELECT id FROM session
    WHERE directory = ?1 AND parent_id IS NULL AND time_created >= ?2
    ORDER BY time_created DESC, id LIMIT ?3";

const HELPERS: &str = "WITH RECURSIVE family(id, begun) AS (
    SELECT id, time_created FROM session WHERE parent_id = ?1
    UNION SELECT session.id, session.time_created FROM session JOIN family ON session.parent_id = family.id
) SELECT id FROM family ORDER BY begun, id LIMIT ?2";

const NEXT: &str = "SELECT max(seq) + 1 FROM event WHERE aggregate_id = ?1";

const LINES: &str = "SELECT seq, json_quote(type),
    CASE WHEN typeof(data) = 'text' AND octet_length(data) <= ?3 THEN data ELSE 'null' END
    FROM event WHERE aggregate_id = ?1 AND seq >= ?2 ORDER BY seq";

/// [`RecordDatabases`] on this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct AgentRecords;

/// Why a look says nothing.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
}

impl Trouble {
    fn of(self, path: &AbsPath) -> FileError {
        let is_passing = match &self {
            Self::Io(error) => error.kind() == ErrorKind::ResourceBusy,
            Self::Sqlite(error) => {
                let code = error.sqlite_error_code();
                matches!(code, Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
            }
        };
        match is_passing {
            true => FileError::Busy { path: path.clone() },
            false => FileError::Io { path: path.clone(), message: self.to_string() },
        }
    }
}

/// A look at one database.
struct Look {
    connection: Connection,
    /// Which file it is.
    file: u64,
}

/// What tells that a file nobody had open was left alone meanwhile.
#[derive(PartialEq, Eq)]
struct Stillness(u64, u64, i64, i64);

impl Stillness {
    /// `None` while somebody may have it open.
    fn of(path: &AbsPath, file: &Metadata) -> Option<Self> {
        let size = |ending: &str| {
            let beside = PathBuf::from(format!("{path}{ending}")).symlink_metadata();
            beside.ok().map(|file| file.len())
        };
        // An empty log without its index is nobody's: SQLite leaves one where it found the log and not the index any more.
        let has_log = size("-wal").is_some_and(|length| length > 0);
        let is_open = has_log || size("-shm").is_some() || size("-journal").is_some();
        (!is_open).then(|| Self(file.ino(), file.len(), file.mtime(), file.mtime_nsec()))
    }
}

/// What a look at a database finds; `None` where there is none, or one of something else.
fn look<T>(
    path: &AbsPath,
    see: impl Fn(&Look) -> rusqlite::Result<Option<T>>,
) -> Result<Option<T>, FileError> {
    try_look(path, see).map_err(|trouble| trouble.of(path))
}

fn try_look<T>(
    path: &AbsPath,
    see: impl Fn(&Look) -> rusqlite::Result<Option<T>>,
) -> Result<Option<T>, Trouble> {
    let Some(file) = own_file(path)? else { return Ok(None) };
    let before = Stillness::of(path, &file);
    let look = Look { connection: connect(path, before.is_some())?, file: file.ino() };
    if look.connection.query_row(TABLES, [], |row| row.get::<_, u32>(0))? < 2 {
        return Ok(None);
    }
    let seen = see(&look)?;
    // What was read of a file as if nobody would write holds only if nobody has.
    let is_sound = match &before {
        Some(before) => own_file(path)?.and_then(|file| Stillness::of(path, &file)).as_ref() == Some(before),
        None => true,
    };
    match is_sound {
        true => Ok(seen),
        false => Err(io::Error::from(ErrorKind::ResourceBusy).into()),
    }
}

fn own_file(path: &AbsPath) -> io::Result<Option<Metadata>> {
    let file = match path.as_path().symlink_metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    match file {
        _ if !file.is_file() => Err(io::Error::other("not a regular file")),
        _ if file.uid() != rustix::process::geteuid().as_raw() => {
            Err(io::Error::other("belongs to another user"))
        }
        _ => Ok(Some(file)),
    }
}

/// Beside one that somebody has open there are its log and the log's index: the index is opened for reading alone, or
/// SQLite would make one.
fn connect(path: &AbsPath, is_still: bool) -> rusqlite::Result<Connection> {
    let how = if is_still { "immutable=1" } else { "readonly_shm=1" };
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(format!("{}?{how}", file_uri(path)), flags)?;
    connection.busy_timeout(Duration::ZERO)?;
    connection.pragma_update(None, "mmap_size", 0)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    Ok(connection)
}

#[expect(clippy::disallowed_methods, reason = "no event tells that another program lets go of its database")]
fn pause() {
    std::thread::sleep(TRY_AGAIN);
}

fn conversation(row: &Row<'_>) -> rusqlite::Result<KeptConversation> {
    row.get(0).map(KeptConversation)
}

impl Look {
    fn read_on(
        &self,
        KeptConversation(id): &KeptConversation,
        from: ReadFrom,
        limit: usize,
    ) -> rusqlite::Result<Option<FilePart>> {
        // Both of one moment.
        let moment = self.connection.unchecked_transaction()?;
        let Some(next) = moment.query_row(NEXT, [id], |row| row.get::<_, Option<u64>>(0))? else {
            return Ok(None);
        };
        let offset = match from {
            ReadFrom::Beginning => 0,
            ReadFrom::Place(place) if place.file == self.file && place.offset <= next => place.offset,
            ReadFrom::Place(_) | ReadFrom::NearEnd => next.saturating_sub(LAST_LINES),
        };
        let (mut bytes, mut end) = (Vec::new(), offset);
        let mut lines = moment.prepare(LINES)?;
        let mut rows = lines.query((id, offset, LONGEST))?;
        while bytes.len() < limit
            && let Some(row) = rows.next()?
        {
            end = row.get::<_, u64>(0)?.saturating_add(1);
            add_line(row, &mut bytes)?;
        }
        Ok(Some(FilePart { bytes, offset, end: FilePlace { file: self.file, offset: end } }))
    }
}

/// Raw ends of lines are blanks to JSON.
fn add_line(row: &Row<'_>, bytes: &mut Vec<u8>) -> rusqlite::Result<()> {
    let text = |column: usize| Ok::<_, rusqlite::Error>(row.get_ref(column)?.as_bytes()?);
    bytes.extend_from_slice(b"{\"type\":");
    bytes.extend_from_slice(text(1)?);
    bytes.extend_from_slice(b",\"data\":");
    bytes.extend(text(2)?.iter().map(|byte| if *byte == b'\n' { b' ' } else { *byte }));
    bytes.extend_from_slice(b"}\n");
    Ok(())
}

impl RecordDatabases for AgentRecords {
    fn begun_in(
        &self,
        database: &AbsPath,
        folder: &AbsPath,
        since: Timestamp,
    ) -> Result<Vec<KeptConversation>, FileError> {
        let found = look(database, |look| {
            let mut begun = look.connection.prepare(BEGUN)?;
            let rows = begun.query_map((folder.as_str(), since.as_millis(), MOST_BEGUN), conversation)?;
            rows.collect::<rusqlite::Result<_>>().map(Some)
        })?;
        Ok(found.unwrap_or_default())
    }

    fn helpers_of(
        &self,
        database: &AbsPath,
        KeptConversation(id): &KeptConversation,
    ) -> Result<Vec<KeptConversation>, FileError> {
        let found = look(database, |look| {
            let mut helpers = look.connection.prepare(HELPERS)?;
            let rows = helpers.query_map((id, MOST_HELPERS), conversation)?;
            rows.collect::<rusqlite::Result<_>>().map(Some)
        })?;
        Ok(found.unwrap_or_default())
    }

    fn read_on(
        &self,
        database: &AbsPath,
        conversation: &KeptConversation,
        from: ReadFrom,
        limit: usize,
    ) -> Result<Option<FilePart>, FileError> {
        look(database, |look| look.read_on(conversation, from, limit))
    }

    fn await_free(&self, database: &AbsPath, at_most: Duration) -> Result<(), FileError> {
        let begun = Instant::now();
        loop {
            match look(database, |_| Ok(Some(()))) {
                Err(FileError::Busy { .. }) if begun.elapsed() < at_most => pause(),
                other => return other.map(drop),
            }
        }
    }
}
