//! A bridge between a session's protocol, which is lines on standard input and output, and a program that serves HTTP
//! on loopback (`opencode serve`).
//!
//! It starts the program with a password of its own making, learns from its output where it listens, follows its
//! stream of events, and turns lines into requests. It knows HTTP and no agent: what is asked and what it means is said
//! by the lines. Nothing else than the address that the program named on 127.0.0.1 is ever asked.
//!
//! In: `{"id": "7", "method": "POST", "path": "/session", "body": {..}}`, `body` being optional. Out:
//! - `{"id": "7", "status": 200, "body": ..}`, or `{"id": "7", "error": ".."}` where no answer came;
//! - `{"event": ..}`, what an event of the stream carries;
//! - `{"error": ".."}`, about a line that was no request, or why the bridge ends.

mod address;
mod events;
mod lines;
mod outlet;
mod request;
mod requests;
mod run;
mod server;
mod signals;

pub use lines::MAX_LINE_BYTES;
pub use run::Bridge;
pub use run::BridgeError;
pub use run::Patience;
