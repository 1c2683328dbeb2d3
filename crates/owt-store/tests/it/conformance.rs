//! The one suite, on the database.

use owt_core::AbsPath;
use owt_store::SqliteStore;
use owt_testkit::store_conformance::assert_conforms;
use tempfile::TempDir;

use super::bench::open;

#[test]
fn it_conforms() {
    let folder = TempDir::new().unwrap();
    let root = AbsPath::new(folder.path()).unwrap();
    let opened = std::cell::Cell::new(0);
    let fresh = || -> SqliteStore {
        opened.set(opened.get() + 1);
        open(&root.join(&format!("{}/owt.db", opened.get())))
    };
    assert_conforms(fresh);
}
