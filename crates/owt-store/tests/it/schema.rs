//! Every released schema leads to the same one as a fresh start.
//!
//! `schemas/NNNN.sql` is what release NNNN left on disk: structure and some rows. It is written once, when the
//! migration is released, and never edited; a migration that was changed afterwards is caught by it.

use std::fs;
use std::path::PathBuf;

use owt_core::AbsPath;
use owt_ports::EventStore;
use owt_store::SCHEMA_VERSION;
use rusqlite::Connection;

use super::bench::Bench;
use super::bench::open;

/// What a database is made of: the statements that made it, without white space, and its numbers.
fn structure(path: &AbsPath) -> (u32, u32, Vec<String>) {
    let connection = Connection::open(path).unwrap();
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get(0)).unwrap();
    let mut objects = connection
        .prepare(
            "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema ORDER BY type, name",
        )
        .unwrap();
    let objects = objects
        .query_map([], |row| row.get::<_, String>(0))
        .unwrap()
        .map(|object| object.unwrap().split_whitespace().collect::<Vec<_>>().join(" "));
    (pragma("application_id"), pragma("user_version"), objects.collect())
}

fn released(version: u32) -> String {
    let name = format!("tests/it/schemas/{version:04}.sql");
    fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(&name))
        .unwrap_or_else(|error| panic!("{name} is missing for a schema that this program knows: {error}"))
}

/// The database as release `version` left it.
fn left_by(version: u32, bench: &Bench) -> AbsPath {
    let path = bench.folder().join(&format!("left-by-{version}.db"));
    Connection::open(&path).unwrap().execute_batch(&released(version)).unwrap();
    path
}

#[test]
fn every_released_schema_leads_to_the_fresh_one() {
    let bench = Bench::new();
    drop(bench.store());
    let fresh = structure(&bench.database());
    assert_eq!(fresh.1, SCHEMA_VERSION);
    for version in 1..=SCHEMA_VERSION {
        let path = left_by(version, &bench);
        assert_eq!(structure(&path).1, version, "the record of schema {version} has another number");
        let store = open(&path);
        let journal = store.journal(0, 10).unwrap();
        assert_eq!(journal.len(), 2, "schema {version} lost its events");
        assert_eq!(store.load(&journal[0].stream).unwrap().unwrap().version, 2);
        assert_eq!(store.pending_effects(10).unwrap().len(), 1);
        drop(store);
        assert_eq!(structure(&path), fresh, "from schema {version}");
    }
}

#[test]
fn opening_again_changes_nothing() {
    let bench = Bench::new();
    drop(bench.store());
    let (structure_before, before) = (structure(&bench.database()), fs::read(bench.database()).unwrap());
    drop(bench.store());
    drop(bench.store());
    assert_eq!(structure(&bench.database()), structure_before);
    assert!(fs::read(bench.database()).unwrap() == before, "the file was changed");
    assert!(!bench.folder().join("data/backups").as_path().exists(), "nothing was migrated");
}
