//! The scripted agent: a program that behaves as a test tells it to, under the words of a real agent.
//!
//! It takes Claude Code's command line, speaks its stream-json both ways, calls its hooks, keeps its transcript and
//! draws its prompt box, so that it can stand in for `claude` on a test's `PATH`. How it starts is its
//! [`Personality`]; what it does with a prompt is a list of [`Step`]s, from the prompt itself
//! (`[[script:[{"say":"hello"}]]]`) or from the personality. Everything that reaches it is recorded
//! ([`Received`]), so that a test can prove that a prompt arrived once, and as it was sent.
//!
//! Personality and record are named by `SCRIPTED_AGENT_SCRIPT` and `SCRIPTED_AGENT_RECEIVED`; where the environment
//! is not the test's to set, they lie beside the program under its own name: `claude.script.json` and
//! `claude.received.jsonl` for a link called `claude`.

mod arguments;
mod command_words;
mod face;
mod headless;
mod hooks;
mod keys;
mod life;
mod performance;
mod personality;
mod places;
mod received;
mod screen;
mod signals;
mod step;
mod stream;
mod structured;
mod terminal;
mod transcript;
mod tui;

pub use life::run;
pub use personality::BracketedPaste;
pub use personality::Dialog;
pub use personality::Personality;
pub use personality::ScreenKind;
pub use received::Received;
pub use received::Via;
pub use received::prompts;
pub use received::read_received;
pub use signals::SignalName;
pub use step::CrashKind;
pub use step::Step;
