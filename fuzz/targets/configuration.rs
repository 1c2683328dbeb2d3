//! Configuration files, the person's and a repository's. What must hold is in the crate's own tests.
#![no_main]

#[path = "../../crates/owt-config/tests/it/any_bytes.rs"]
mod any_bytes;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| any_bytes::configuration(bytes));
