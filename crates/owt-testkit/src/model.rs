//! The scripted model server: real agent programs run against it on loopback, without an account.
//!
//! It speaks Anthropic Messages, OpenAI Responses and Chat Completions, and Google's generateContent, streamed or
//! whole, with tools. What it says is chosen by the
//! last marker in a user's text: `[[scn:NAME]]` names a scenario, `[[turns:[{"bash":"ls"},{"say":"done"}]]]`
//! carries one; a base URL that ends in `/s/NAME` names one for all prompts; otherwise it is `default`. It keeps no
//! conversation: the turn is the number of answers after the marker, so resumed sessions, agents in parallel and a
//! restarted server all play on. A request that cannot act (a title, a quota check) gets a canned answer and takes
//! no turn. Every request is logged, so that a test can prove that nothing was asked twice.

mod anthropic;
mod chat;
mod conversation;
mod exchange;
mod gemini;
mod http;
mod log;
mod refusal;
mod reply;
mod responses;
mod schema;
mod script;
mod server;
mod tools;

pub use log::LoggedRequest;
pub use log::Outcome;
pub use log::RequestKind;
pub use log::UserText;
pub use log::asked_twice;
pub use log::read_log;
pub use script::Fault;
pub use script::Scenario;
pub use script::Scenarios;
pub use script::ToolCall;
pub use script::Turn;
pub use script::Usage;
pub use server::ModelConfig;
pub use server::ModelServer;
