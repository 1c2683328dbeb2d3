//! Typed client of the API over the unix socket.
//!
//! Blocking, without a runtime: a command asks one or two questions and ends, and what it does not load it does
//! not pay for. This room knows the wire; it must not know how answers are shown, nor how a server is started
//! (the binary passes that in as a [`Starter`]).

mod body;
mod client;
mod connection;
mod error;
mod reach;
mod start;
mod verdict;

pub use client::Client;
pub use client::HangUp;
pub use connection::Identity;
pub use error::ClientError;
pub use error::ConnectError;
pub use reach::Reach;
pub use start::Starter;
pub use verdict::Own;
pub use verdict::Verdict;
pub use verdict::judge;
