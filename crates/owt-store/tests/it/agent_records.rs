//! An agent program's database on a real disk: the contract, and what only a real database has.

use std::fs;
use std::os::unix::fs::symlink;
use std::sync::Mutex;
use std::time::Duration;

use owt_core::AbsPath;
use owt_core::Timestamp;
use owt_ports::FileError;
use owt_ports::KeptConversation;
use owt_ports::ReadFrom;
use owt_ports::RecordDatabases;
use owt_store::AgentRecords;
use owt_testkit::record_databases_conformance::Begun;
use owt_testkit::record_databases_conformance::RecordProgram;
use owt_testkit::record_databases_conformance::assert_conforms;
use rusqlite::Connection;

use super::bench::Bench;

/// The tables that matter, as version 1.18.33 of OpenCode makes them, shortened.
const SCHEMA: &str = "PRAGMA journal_mode = WAL;
CREATE TABLE session (id text PRIMARY KEY, parent_id text, directory text NOT NULL, time_created integer NOT NULL);
CREATE TABLE event (id integer PRIMARY KEY, aggregate_id text NOT NULL, seq integer NOT NULL, type text NOT NULL, data text NOT NULL);
CREATE UNIQUE INDEX event_aggregate_seq_idx ON event (aggregate_id, seq);";

/// OpenCode, as far as it writes.
#[derive(Default)]
struct Program {
    open: Mutex<Option<Connection>>,
}

impl Program {
    fn with<T>(&self, act: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> T {
        act(self.open.lock().unwrap().as_ref().unwrap()).unwrap()
    }

    fn end(&self) {
        *self.open.lock().unwrap() = None;
    }
}

impl RecordProgram for Program {
    fn begin(&self, _database: &AbsPath, begun: Begun) {
        let row = (begun.id.0, begun.helps.map(|id| id.0), begun.folder.as_str(), begun.at.as_millis());
        self.with(|open| open.execute("INSERT INTO session VALUES (?1, ?2, ?3, ?4)", row));
    }

    fn write(&self, _database: &AbsPath, id: &KeptConversation, kind: &str, data: &str) {
        let insert = "INSERT INTO event (aggregate_id, seq, type, data)
            SELECT ?1, coalesce(max(seq), -1) + 1, ?2, ?3 FROM event WHERE aggregate_id = ?1";
        self.with(|open| open.execute(insert, (&id.0, kind, data)));
    }

    fn replace(&self, database: &AbsPath) {
        let before = self.open.lock().unwrap().take();
        if before.is_some() {
            // It still lies somewhere, so that the next file is another one.
            fs::rename(database, format!("{database}.before")).unwrap();
        }
        drop(before);
        for ending in ["-wal", "-shm"] {
            let _may_be_gone = fs::remove_file(format!("{database}{ending}"));
        }
        let open = Connection::open(database).unwrap();
        open.execute_batch(SCHEMA).unwrap();
        *self.open.lock().unwrap() = Some(open);
    }

    fn hold(&self, _database: &AbsPath) {
        self.with(|open| open.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE"));
    }

    fn let_go(&self, database: &AbsPath) {
        self.end();
        *self.open.lock().unwrap() = Some(Connection::open(database).unwrap());
    }
}

/// A program that has written three lines of a conversation.
fn written(bench: &Bench) -> (Program, AbsPath, KeptConversation) {
    let (program, database) = (Program::default(), bench.folder().join("a record?.db"));
    program.replace(&database);
    let (id, folder) = (KeptConversation("ses_1".to_owned()), AbsPath::new("/w").unwrap());
    let at = Timestamp::from_millis(10);
    program.begin(&database, Begun { id: id.clone(), helps: None, folder, at });
    for number in 0..3 {
        program.write(&database, &id, "said.1", &number.to_string());
    }
    (program, database, id)
}

fn lines(database: &AbsPath, id: &KeptConversation) -> Result<Option<usize>, FileError> {
    let part = AgentRecords.read_on(database, id, ReadFrom::Beginning, 1_000_000)?;
    Ok(part.map(|part| part.bytes.iter().filter(|byte| **byte == b'\n').count()))
}

fn beside(bench: &Bench) -> Vec<String> {
    let names = fs::read_dir(bench.folder()).unwrap();
    let mut names: Vec<String> = names.map(|name| name.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn it_conforms() {
    let bench = Bench::new();
    assert_conforms(&AgentRecords, &Program::default(), &bench.folder().join("records.db"));
}

#[test]
fn its_program_writes_and_folds_its_log_while_it_is_read_and_nothing_is_made_beside_it() {
    let bench = Bench::new();
    let (program, database, id) = written(&bench);
    let names = beside(&bench);
    program.with(|open| open.execute_batch("BEGIN IMMEDIATE"));
    assert_eq!(lines(&database, &id), Ok(Some(3)), "somebody writes");
    program.write(&database, &id, "said.1", "3");
    assert_eq!(lines(&database, &id), Ok(Some(3)), "it is not written yet");
    program.with(|open| open.execute_batch("COMMIT"));
    assert_eq!(lines(&database, &id), Ok(Some(4)));
    let folded = "PRAGMA wal_checkpoint(TRUNCATE)";
    let busy = program.with(|open| open.query_row(folded, [], |row| row.get::<_, i64>(0)));
    assert_eq!(busy, 0, "nobody stands in the log");
    assert_eq!(lines(&database, &id), Ok(Some(4)));
    assert_eq!(beside(&bench), names);
    program.end();
    assert_eq!(beside(&bench), ["a record?.db"]);
    let whole = fs::read(&database).unwrap();
    assert_eq!(lines(&database, &id), Ok(Some(4)), "of a program that has ended");
    assert_eq!(beside(&bench), ["a record?.db"]);
    assert_eq!(fs::read(&database).unwrap(), whole);
}

/// Who is killed leaves its log behind; another machine's end leaves the log without its index.
#[test]
fn what_a_killed_program_left_is_read_as_it_is() {
    let (bench, left) = (Bench::new(), Bench::new());
    let (_program, database, id) = written(&bench);
    let copy = left.folder().join("records.db");
    for ending in ["", "-wal", "-shm"] {
        fs::copy(format!("{database}{ending}"), format!("{copy}{ending}")).unwrap();
    }
    let wal = fs::read(format!("{copy}-wal")).unwrap();
    assert_eq!(lines(&copy, &id), Ok(Some(3)));
    fs::remove_file(format!("{copy}-shm")).unwrap();
    assert!(matches!(lines(&copy, &id), Err(FileError::Io { .. })), "nothing is made for it");
    assert_eq!(beside(&left), ["records.db", "records.db-wal"]);
    assert_eq!(fs::read(format!("{copy}-wal")).unwrap(), wal);
}

/// As SQLite leaves it when the index has gone before the log.
#[test]
fn an_empty_log_without_its_index_is_nobodys() {
    let bench = Bench::new();
    let (program, database, id) = written(&bench);
    program.end();
    fs::write(format!("{database}-wal"), "").unwrap();
    assert_eq!(lines(&database, &id), Ok(Some(3)));
    assert_eq!(beside(&bench), ["a record?.db", "a record?.db-wal"]);
}

#[test]
fn whoever_waits_for_one_that_is_held_up_reads_it_as_soon_as_it_is_free() {
    let bench = Bench::new();
    let (program, database, id) = written(&bench);
    program.hold(&database);
    let busy = Err(FileError::Busy { path: database.clone() });
    assert_eq!(AgentRecords.await_free(&database, Duration::from_millis(1)), busy);
    let patience = Duration::from_secs(60);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| AgentRecords.await_free(&database, patience));
        program.let_go(&database);
        assert_eq!(waiting.join().unwrap(), Ok(()));
    });
    assert_eq!(lines(&database, &id), Ok(Some(3)));
}

#[test]
fn what_is_no_such_record_says_nothing() {
    let bench = Bench::new();
    let (program, database, id) = written(&bench);
    let link = bench.folder().join("link.db");
    symlink(&database, &link).unwrap();
    assert!(
        matches!(lines(&link, &id), Err(FileError::Io { message, .. }) if message.contains("regular file"))
    );
    let text = bench.folder().join("text.db");
    fs::write(&text, "no database").unwrap();
    assert!(matches!(lines(&text, &id), Err(FileError::Io { .. })));
    program.with(|open| {
        open.execute_batch(
            "ALTER TABLE event RENAME TO other;
             CREATE VIEW event AS WITH RECURSIVE n(seq) AS (SELECT 0 UNION ALL SELECT seq + 1 FROM n)
             SELECT 'ses_1' AS aggregate_id, seq, 'x' AS type, 'x' AS data FROM n",
        )
    });
    assert_eq!(lines(&database, &id), Ok(None), "a view without end");
}

#[test]
fn what_is_too_long_or_no_text_has_no_data() {
    let bench = Bench::new();
    let (program, database, id) = written(&bench);
    let long = format!("\"{}\"", "x".repeat(9 * 1024 * 1024));
    program.write(&database, &id, "lo\"ng", &long);
    program.with(|open| {
        open.execute(
            "INSERT INTO event (aggregate_id, seq, type, data) VALUES ('ses_1', 4, 't', x'ff00')",
            [],
        )
    });
    program.write(&database, &id, "said.1", "{\n\"a\":\n1}");
    let part = AgentRecords.read_on(&database, &id, ReadFrom::Beginning, 1_000_000).unwrap().unwrap();
    let text = String::from_utf8(part.bytes).unwrap();
    let last: Vec<&str> = text.lines().skip(3).collect();
    let expected = [
        r#"{"type":"lo\"ng","data":null}"#,
        r#"{"type":"t","data":null}"#,
        r#"{"type":"said.1","data":{ "a": 1}}"#,
    ];
    assert_eq!(last, expected);
}
