//! What the databases of agent programs must do for whoever reads them, in memory as on disk. What only a real database has
//! (locks, logs, files beside it) is not here.
#![expect(
    clippy::unwrap_used,
    reason = "a check's way of failing is to panic; the port's error is the message"
)]

use std::time::Duration;

use owt_core::AbsPath;
use owt_core::Timestamp;
use owt_ports::FileError;
use owt_ports::FilePart;
use owt_ports::FilePlace;
use owt_ports::KeptConversation;
use owt_ports::ReadFrom;
use owt_ports::RecordDatabases;

/// A conversation as its program begins it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// Its name.
    pub id: KeptConversation,
    /// The one in which it helps.
    pub helps: Option<KeptConversation>,
    /// Where.
    pub folder: AbsPath,
    /// When.
    pub at: Timestamp,
}

/// The program whose database it is.
pub trait RecordProgram {
    /// A conversation begins.
    fn begin(&self, database: &AbsPath, begun: Begun);
    /// Something is written of it: `data` is JSON.
    fn write(&self, database: &AbsPath, id: &KeptConversation, kind: &str, data: &str);
    /// An empty database takes the place of the one before.
    fn replace(&self, database: &AbsPath);
    /// Nobody else gets at it from now on.
    fn hold(&self, database: &AbsPath);
    /// Others get at it again.
    fn let_go(&self, database: &AbsPath);
}

/// Runs every check on a database that is not there yet.
///
/// # Panics
/// At the first check that fails.
pub fn assert_conforms(records: &dyn RecordDatabases, program: &dyn RecordProgram, database: &AbsPath) {
    what_is_not_there_has_nothing(records, database);
    program.replace(database);
    what_is_not_there_has_nothing(records, database);
    those_of_a_folder_are_found(records, program, database);
    helpers_of_helpers_are_told(records, program, database);
    what_is_written_is_read_on(records, program, database);
    a_long_one_is_met_near_its_end(records, program, database);
    another_database_is_none_that_was_read(records, program, database);
    one_that_is_held_up_is_told_as_such(records, program, database);
}

fn named(id: &str) -> KeptConversation {
    KeptConversation(id.to_owned())
}

fn begun(id: &str, helps: Option<&str>, folder: &str, at: i64) -> Begun {
    let folder = AbsPath::new(folder).unwrap();
    Begun { id: named(id), helps: helps.map(named), folder, at: Timestamp::from_millis(at) }
}

fn text(part: &FilePart) -> &str {
    std::str::from_utf8(&part.bytes).unwrap()
}

fn what_is_not_there_has_nothing(records: &dyn RecordDatabases, database: &AbsPath) {
    let folder = AbsPath::new("/w/a").unwrap();
    assert_eq!(records.begun_in(database, &folder, Timestamp::EPOCH), Ok(vec![]));
    assert_eq!(records.helpers_of(database, &named("x")), Ok(vec![]));
    assert_eq!(records.read_on(database, &named("x"), ReadFrom::Beginning, 100), Ok(None));
    assert_eq!(records.await_free(database, Duration::ZERO), Ok(()));
}

fn those_of_a_folder_are_found(
    records: &dyn RecordDatabases,
    program: &dyn RecordProgram,
    database: &AbsPath,
) {
    for (id, helps, folder, at) in [
        ("older", None, "/w/a", 10),
        ("first", None, "/w/a", 20),
        ("elsewhere", None, "/w/ab", 30),
        ("second", None, "/w/a", 40),
        ("helper", Some("second"), "/w/a", 50),
    ] {
        program.begin(database, begun(id, helps, folder, at));
    }
    let folder = AbsPath::new("/w/a").unwrap();
    let since = |at| records.begun_in(database, &folder, Timestamp::from_millis(at)).unwrap();
    assert_eq!(since(20), [named("second"), named("first")]);
    assert_eq!(since(41), []);
}

fn helpers_of_helpers_are_told(
    records: &dyn RecordDatabases,
    program: &dyn RecordProgram,
    database: &AbsPath,
) {
    program.begin(database, begun("helpers-helper", Some("helper"), "/w/a", 60));
    program.begin(database, begun("other-helper", Some("first"), "/w/a", 70));
    let helpers = |id: &str| records.helpers_of(database, &named(id)).unwrap();
    assert_eq!(helpers("second"), [named("helper"), named("helpers-helper")]);
    assert_eq!(helpers("helpers-helper"), []);
}

fn what_is_written_is_read_on(
    records: &dyn RecordDatabases,
    program: &dyn RecordProgram,
    database: &AbsPath,
) {
    let id = named("first");
    let read = |from, limit| records.read_on(database, &id, from, limit).unwrap().unwrap();
    for word in ["one", "twö", "three"] {
        program.write(database, &id, "said.1", &format!("\"{word}\""));
        program.write(database, &named("second"), "said.1", "\"of another\"");
    }
    let first = read(ReadFrom::Beginning, 1);
    assert_eq!((text(&first), first.offset), ("{\"type\":\"said.1\",\"data\":\"one\"}\n", 0));
    assert_eq!(first.end.offset, 1);
    let rest = read(ReadFrom::Place(first.end), 1000);
    let two = "{\"type\":\"said.1\",\"data\":\"twö\"}\n{\"type\":\"said.1\",\"data\":\"three\"}\n";
    assert_eq!((text(&rest), rest.offset, rest.end.offset), (two, 1, 3));
    let nothing = read(ReadFrom::Place(rest.end), 1000);
    assert_eq!((text(&nothing), nothing.offset, nothing.end), ("", 3, rest.end));
    program.write(database, &id, "said.1", "4");
    let next = read(ReadFrom::Place(rest.end), 1000);
    assert_eq!((text(&next), next.offset), ("{\"type\":\"said.1\",\"data\":4}\n", 3));
    let beyond = FilePlace { offset: 1000, ..rest.end };
    assert_eq!(read(ReadFrom::Place(beyond), 1000), read(ReadFrom::NearEnd, 1000));
}

fn a_long_one_is_met_near_its_end(
    records: &dyn RecordDatabases,
    program: &dyn RecordProgram,
    database: &AbsPath,
) {
    let id = named("elsewhere");
    for number in 0..1200 {
        program.write(database, &id, "said.1", &number.to_string());
    }
    let near = records.read_on(database, &id, ReadFrom::NearEnd, 1_000_000).unwrap().unwrap();
    assert!((1..1200).contains(&near.offset) && near.end.offset == 1200, "{} to {:?}", near.offset, near.end);
    assert!(text(&near).ends_with("\"data\":1199}\n"));
    assert!(text(&near).starts_with(&format!("{{\"type\":\"said.1\",\"data\":{}}}\n", near.offset)));
}

fn another_database_is_none_that_was_read(
    records: &dyn RecordDatabases,
    program: &dyn RecordProgram,
    database: &AbsPath,
) {
    let id = named("first");
    let read = records.read_on(database, &id, ReadFrom::Beginning, 1).unwrap().unwrap();
    program.replace(database);
    program.begin(database, begun("first", None, "/w/a", 80));
    program.write(database, &id, "said.1", "\"anew\"");
    program.write(database, &id, "said.1", "\"again\"");
    let part = records.read_on(database, &id, ReadFrom::Place(read.end), 1000).unwrap().unwrap();
    assert_eq!((part.offset, part.end.offset), (0, 2), "{}", text(&part));
    assert_ne!(part.end.file, read.end.file);
}

fn one_that_is_held_up_is_told_as_such(
    records: &dyn RecordDatabases,
    program: &dyn RecordProgram,
    database: &AbsPath,
) {
    let (id, folder) = (named("first"), AbsPath::new("/w/a").unwrap());
    let busy = FileError::Busy { path: database.clone() };
    program.hold(database);
    assert_eq!(records.read_on(database, &id, ReadFrom::Beginning, 1), Err(busy.clone()));
    assert_eq!(records.begun_in(database, &folder, Timestamp::EPOCH), Err(busy.clone()));
    assert_eq!(records.helpers_of(database, &id), Err(busy.clone()));
    assert_eq!(records.await_free(database, Duration::ZERO), Err(busy));
    program.let_go(database);
    assert_eq!(records.await_free(database, Duration::ZERO), Ok(()));
    assert!(records.read_on(database, &id, ReadFrom::Beginning, 1).unwrap().is_some());
}
