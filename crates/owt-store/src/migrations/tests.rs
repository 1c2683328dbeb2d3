//! The ladder itself, on steps made up for it; the real steps are held by the tests of the whole crate.

use owt_core::AbsPath;
use tempfile::TempDir;

use super::*;

const FIRST: &str =
    "PRAGMA application_id = 0x6f777431; CREATE TABLE one (word TEXT); INSERT INTO one VALUES ('kept')";
const SECOND: &str = "ALTER TABLE one ADD COLUMN more INTEGER; CREATE TABLE two (word TEXT)";
const BROKEN: &str = "CREATE TABLE three (word TEXT); INSERT INTO nowhere VALUES (1)";

struct Bench {
    _folder: TempDir,
    place: Place,
    connection: Connection,
}

fn bench() -> Bench {
    let temporary = TempDir::new().unwrap();
    let folder = AbsPath::new(temporary.path()).unwrap();
    let place = Place { path: folder.join("owt.db"), folder };
    let connection = Connection::open(&place.path).unwrap();
    Bench { _folder: temporary, place, connection }
}

fn schema(connection: &Connection) -> (u32, Vec<String>) {
    let version = connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    let mut statement = connection.prepare("SELECT sql FROM sqlite_schema ORDER BY name").unwrap();
    let objects = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    (version, objects)
}

#[test]
fn steps_climbed_one_by_one_or_at_once_lead_to_the_same_schema() {
    let (mut slow, mut quick) = (bench(), bench());
    migrate(&mut slow.connection, &[FIRST], &slow.place).unwrap();
    migrate(&mut slow.connection, &[FIRST, SECOND], &slow.place).unwrap();
    migrate(&mut quick.connection, &[FIRST, SECOND], &quick.place).unwrap();
    assert_eq!(schema(&slow.connection), schema(&quick.connection));
    assert_eq!(schema(&slow.connection).0, 2);
}

#[test]
fn the_older_database_is_copied_before_a_step() {
    let mut bench = bench();
    migrate(&mut bench.connection, &[FIRST], &bench.place).unwrap();
    let backup = bench.place.folder.join("backups/schema-1.db");
    assert!(!backup.as_path().exists(), "there was nothing to copy");
    let before = schema(&bench.connection);
    migrate(&mut bench.connection, &[FIRST, SECOND], &bench.place).unwrap();
    let copy = Connection::open(&backup).unwrap();
    assert_eq!(schema(&copy), before);
    assert_eq!(copy.query_row("SELECT word FROM one", [], |row| row.get::<_, String>(0)).unwrap(), "kept");
}

#[test]
fn a_step_that_fails_leaves_the_schema_it_started_from() {
    let mut bench = bench();
    migrate(&mut bench.connection, &[FIRST], &bench.place).unwrap();
    let refused = migrate(&mut bench.connection, &[FIRST, SECOND, BROKEN], &bench.place);
    assert!(
        matches!(&refused, Err(StoreError::Failed(message)) if message.contains("nowhere")),
        "{refused:?}"
    );
    let (version, objects) = schema(&bench.connection);
    assert_eq!(version, 2, "the sound step before it holds");
    assert!(!objects.iter().any(|object| object.contains("three")), "{objects:?}");
}

#[test]
fn a_newer_schema_is_left_alone() {
    let mut bench = bench();
    migrate(&mut bench.connection, &[FIRST, SECOND], &bench.place).unwrap();
    let before = schema(&bench.connection);
    let refused = migrate(&mut bench.connection, &[FIRST], &bench.place);
    assert_eq!(refused, Err(StoreError::TooNew { found: 2, known: 1 }));
    assert_eq!(schema(&bench.connection), before);
}

#[test]
fn a_database_of_another_program_is_left_alone() {
    for theirs in ["CREATE TABLE songs (name TEXT)", "PRAGMA user_version = 1", "PRAGMA application_id = 7"] {
        let mut bench = bench();
        bench.connection.execute_batch(theirs).unwrap();
        let before = schema(&bench.connection);
        let refused = migrate(&mut bench.connection, &[FIRST], &bench.place);
        assert!(matches!(refused, Err(StoreError::Corrupt { .. })), "{theirs}: {refused:?}");
        assert_eq!(schema(&bench.connection), before);
    }
}
