//! GitHub over both ways, against a scripted one on loopback. The real one is never asked.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

mod conformance;
