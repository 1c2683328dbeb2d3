//! The bridge against a real HTTP server and real processes.
#![expect(clippy::unwrap_used, reason = "in a test a surprise is a failure, also in what tests share")]

mod bridge;
mod sham;
