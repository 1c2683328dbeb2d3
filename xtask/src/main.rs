//! Repository tasks: `cargo xtask layers|tidy|test|demo|bench`.
fn main() {}
