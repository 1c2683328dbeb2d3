//! What programs print on terminals; the first four bytes choose the size. What must hold is in the crate's own tests.
#![no_main]

#[path = "../../crates/owt-terminal/tests/it/any_bytes.rs"]
mod any_bytes;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| any_bytes::printed_anywhere(bytes));
