//! A few connections for reading, opened when first needed and lent out one thread at a time.

use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use owt_core::AbsPath;
use rusqlite::Connection;

use crate::open::Role;
use crate::open::connect;

/// More readers than this wait: each costs memory, and a query takes microseconds.
const MOST: usize = 3;

#[derive(Debug)]
pub(crate) struct Readers {
    path: AbsPath,
    role: Role,
    patience: Duration,
    lent: Mutex<Stock>,
    returned: Condvar,
}

#[derive(Debug, Default)]
struct Stock {
    idle: Vec<Connection>,
    opened: usize,
}

impl Readers {
    pub(crate) fn new(path: AbsPath, role: Role, patience: Duration) -> Self {
        Self { path, role, patience, lent: Mutex::default(), returned: Condvar::new() }
    }

    /// Asks with a connection of one's own; waits for one when all are lent.
    pub(crate) fn ask<T>(
        &self,
        question: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let loan = self.borrow()?;
        question(loan.connection())
    }

    fn borrow(&self) -> rusqlite::Result<Loan<'_>> {
        let stock = self.stock();
        let mut stock = self
            .returned
            .wait_while(stock, |stock| stock.idle.is_empty() && stock.opened >= MOST)
            .unwrap_or_else(PoisonError::into_inner);
        let connection = match stock.idle.pop() {
            Some(connection) => connection,
            None => {
                let connection = connect(&self.path, self.role, self.patience)?;
                stock.opened += 1;
                connection
            }
        };
        Ok(Loan { readers: self, connection: Some(connection) })
    }

    fn stock(&self) -> MutexGuard<'_, Stock> {
        self.lent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives its connection back when it goes, on a panic too.
struct Loan<'a> {
    readers: &'a Readers,
    connection: Option<Connection>,
}

impl Loan<'_> {
    fn connection(&self) -> &Connection {
        self.connection.as_ref().expect("only dropping takes it")
    }
}

impl Drop for Loan<'_> {
    fn drop(&mut self) {
        self.readers.stock().idle.extend(self.connection.take());
        self.readers.returned.notify_one();
    }
}
