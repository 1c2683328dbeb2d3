//! The `owt` binary: command line and composition root.
fn main() {}
