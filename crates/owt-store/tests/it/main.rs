//! The store on a real disk: the contract, and what a real machine does to a file.
#![expect(clippy::unwrap_used, reason = "what a test sets up must work, or the test has failed")]

mod agent_records;
mod backups;
mod bench;
mod conformance;
mod damage;
mod files;
mod foreign_lock;
mod full_disk;
mod kill;
mod latency;
mod maintenance;
mod model;
mod rerun;
mod schema;
