//! Who has the database open, and who replaces it. SQLite's own locks say nothing of a store that is idle, and the
//! server's lock is let go before its last thread has closed the store.

use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::sync::mpsc;
use std::time::Duration;

use owt_core::AbsPath;

/// Held for as long as a store is open; any number of stores at once.
pub(crate) fn share(database: &AbsPath) -> io::Result<File> {
    let file = open(database)?;
    file.lock_shared()?;
    Ok(file)
}

/// The same for whoever only looks, and makes nothing: `None` where nobody has had it open yet.
pub(crate) fn share_if_there(database: &AbsPath) -> io::Result<Option<File>> {
    match File::open(format!("{database}.users")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        opened => {
            let file = opened?;
            file.lock_shared()?;
            Ok(Some(file))
        }
    }
}

/// Held while the file is replaced: no store has it open then. `None` when one still has after `patience`.
pub(crate) fn alone(database: &AbsPath, patience: Duration) -> io::Result<Option<File>> {
    let file = open(database)?;
    let (tell, told) = mpsc::sync_channel(1);
    // The system has no lock with a time limit. The thread ends with the lock, or with this process.
    std::thread::Builder::new().name("owt-database-wait".to_owned()).spawn(move || {
        let locked = file.lock().map(|()| file);
        // Nobody waits any more: the lock goes with the file.
        drop(tell.send(locked));
    })?;
    told.recv_timeout(patience).ok().transpose()
}

fn open(database: &AbsPath) -> io::Result<File> {
    let path = format!("{database}.users");
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}
