//! The state machines under any sequence of inputs, however stale, repeated or out of order.
#![expect(clippy::unwrap_used, reason = "what a test sets up must work, or the test has failed")]

mod any_bytes;
mod attempts;
mod deliveries;
mod environment_files;
mod inputs;
mod jobs;
mod reasons;
mod walk;
mod workspaces;
