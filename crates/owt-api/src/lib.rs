//! The wire contract between the server and its faces: requests, responses, error codes.
//!
//! Plain data with public fields. It must not know domain types, rows or HTTP; conversions happen in the
//! server. Every field that a script can see is listed in the command contract (`cli.md`), and changes only
//! with a deprecation.

pub mod base64;

mod agent;
mod approval;
mod attempt;
mod checkup;
mod cleanup;
mod conflicts;
mod critic;
mod database;
mod delivery;
mod diff;
mod explanation;
mod landing;
mod log;
mod note;
mod notify;
mod outfit;
mod problem;
mod pull_request;
mod question;
mod queue;
mod removal;
mod request;
mod server;
mod session;
mod status;
mod sync;
mod train;
mod undo;
mod usage;
mod waiting;
mod watching;
mod workspace;

pub use agent::*;
pub use approval::*;
pub use attempt::*;
pub use checkup::*;
pub use cleanup::*;
pub use conflicts::*;
pub use critic::*;
pub use database::*;
pub use delivery::*;
pub use diff::*;
pub use explanation::*;
pub use landing::*;
pub use log::*;
pub use note::*;
pub use notify::*;
pub use outfit::*;
pub use problem::*;
pub use pull_request::*;
pub use question::*;
pub use queue::*;
pub use removal::*;
pub use request::*;
pub use server::*;
pub use session::*;
pub use status::*;
pub use sync::*;
pub use train::*;
pub use undo::*;
pub use usage::*;
pub use waiting::*;
pub use watching::*;
pub use workspace::*;

/// The protocol spoken over the socket. A server and a client work together when these are equal; an older
/// server drains and is replaced (decision 13).
pub const PROTOCOL: u32 = 1;

/// Header that carries [`PROTOCOL`] with every request.
pub const PROTOCOL_HEADER: &str = "owt-protocol";

/// Header that carries the request's correlation id (`req_…`), made by the client.
pub const REQUEST_ID_HEADER: &str = "owt-request-id";

/// The largest request body the server reads, in bytes.
pub const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;
