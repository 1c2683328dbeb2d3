//! Pictures of terminals, by every agent's rules. What must hold is in the crate's own tests.
#![no_main]

#[path = "../../crates/owt-agents/tests/it/any_bytes.rs"]
mod any_bytes;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| any_bytes::picture(bytes));
