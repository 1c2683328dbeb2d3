//! Event streams of every agent; the first byte chooses whose. What must hold is in the crate's own tests.
#![no_main]

#[path = "../../crates/owt-agents/tests/it/any_bytes.rs"]
mod any_bytes;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| any_bytes::any_event_stream(bytes));
