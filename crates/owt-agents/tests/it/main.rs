//! Tests against real screens and event streams, and of the built-in manifests as a whole.

#![expect(clippy::unwrap_used, reason = "a test tells what is wrong by panicking, its helpers too")]

mod accuracy;
mod any_bytes;
mod bad_bytes;
mod catalog;
mod corpus;
mod forged;
mod launch;
mod manifest;
mod recorded;
mod screens;
mod transcripts;
