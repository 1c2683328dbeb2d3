//! A restore that is killed between any two of its steps. What follows from whole ones is tested from outside.

use super::*;
use crate::Settings;

/// A table of our own stands for what is recorded: this room knows no events.
fn write(path: &AbsPath, word: &str) {
    let connection = connect(path, Role::Writer, PATIENCE).unwrap();
    connection.execute_batch("CREATE TABLE IF NOT EXISTS words (word TEXT)").unwrap();
    connection.execute("INSERT INTO words VALUES (?1)", [word]).unwrap();
}

fn words(path: &AbsPath) -> Vec<String> {
    try_words(path).unwrap()
}

fn try_words(path: &AbsPath) -> rusqlite::Result<Vec<String>> {
    let connection = connect(path, Role::Reader, PATIENCE).unwrap();
    let mut asked = connection.prepare("SELECT word FROM words ORDER BY rowid")?;
    asked.query_map([], |row| row.get(0))?.collect()
}

/// A database whose newest word is only in its log, as a killed server leaves it; a copy without that word; and where
/// the files of the one that is replaced would be.
fn scene() -> (tempfile::TempDir, AbsPath, AbsPath) {
    let folder = tempfile::tempdir().unwrap();
    let root = AbsPath::new(folder.path()).unwrap();
    let (living, copy) = (root.join("living/owt.db"), root.join("copy.db"));
    let store = SqliteStore::open(&living, &Settings::default()).unwrap();
    write(&living, "old");
    store.backup_to(&copy).unwrap();
    write(&living, "new");
    // Copied while it is open: closing it would fold the log into the file.
    let killed = root.join("data/owt.db");
    private_folder::make(killed.parent().unwrap().as_path()).unwrap();
    for end in ["", "-wal"] {
        fs::copy(format!("{living}{end}"), format!("{killed}{end}")).unwrap();
    }
    drop(store);
    assert!(fs::metadata(wal_path(&killed)).unwrap().len() > 0, "the log is empty: this shows nothing");
    (folder, killed, copy)
}

fn open(path: &AbsPath) {
    drop(SqliteStore::open(path, &Settings::default()).unwrap());
}

/// Everything that the scene's database held is in one of these folders, whole. Another may have the file without its
/// log, in which the table itself was.
fn is_kept(path: &AbsPath) -> bool {
    let folder = path.parent().unwrap();
    let names = fs::read_dir(folder.as_path()).unwrap().map(|entry| entry.unwrap().file_name());
    let mut replaced = names.filter(|name| name.to_str().unwrap().starts_with("replaced-"));
    let held = |name: &str| try_words(&folder.join(name).join("owt.db"));
    replaced.any(|name| held(name.to_str().unwrap()).is_ok_and(|words| words == ["old", "new"]))
}

#[test]
fn a_restore_that_dies_while_it_copies_leaves_the_old_one_whole() {
    let (_folder, path, copy) = scene();
    let whole = fs::read(copy.as_path()).unwrap();
    fs::write(path.parent().unwrap().join("owt.db.restoring").as_path(), &whole[..whole.len() / 2]).unwrap();
    open(&path);
    assert_eq!(words(&path), ["old", "new"]);
}

#[test]
fn a_restore_that_dies_after_its_copy_is_whole_is_finished_by_the_next_and_nothing_is_lost() {
    // Each further step of it is done in one of the rounds.
    for steps in 0..3 {
        let (_folder, path, copy) = scene();
        copy_privately(&copy, &next_to(&path).unwrap()).unwrap();
        let aside = path.parent().unwrap().join("replaced-7");
        if steps > 0 {
            private_folder::make(aside.as_path()).unwrap();
            fs::hard_link(path.as_path(), aside.join("owt.db").as_path()).unwrap();
        }
        if steps > 1 {
            fs::rename(wal_path(&path), aside.join("owt.db-wal").as_path()).unwrap();
        }
        // A second start finds nothing left to do.
        for _ in 0..2 {
            open(&path);
            assert_eq!(words(&path), ["old"], "after {steps} steps");
        }
        assert!(!next_to(&path).unwrap().as_path().exists());
        if steps == 1 {
            // The log went with the second try; the file lies in both.
            let second = fs::read_dir(path.parent().unwrap().as_path()).unwrap().map(|it| it.unwrap().path());
            let logs = second.filter(|folder| folder.join("owt.db-wal").exists());
            assert_eq!(logs.count(), 1);
        }
        assert!(is_kept(&path), "after {steps} steps");
    }
}
