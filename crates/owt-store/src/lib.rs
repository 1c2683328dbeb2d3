//! SQLite: journal, projections, outbox, job queue.
