//! The transport over a real socket, with a service that is rehearsed for the test.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

mod house;
mod life;
mod logs;
mod principals;
mod protocol;
mod rehearsal;
mod role;
mod waiting;
