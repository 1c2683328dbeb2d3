//! The ways to a person, gone for real: programs on the disk, a receiver on loopback.
#![expect(clippy::unwrap_used, reason = "a test's way of failing is to panic")]

mod conformance;
mod webhooks;
